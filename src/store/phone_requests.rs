//! Sign-ins that wait for a phone. Each is decided by one statement and redeemed by one.

use super::row::Columns;
use super::{Conn, Error, Result};
use crate::domain::id::{JourneyId, MethodId, PhoneRequestId, UserId};
use crate::domain::phone::{Number, PhoneRequest, RequestState};
use crate::domain::time::Timestamp;

fn read(row: &sqlx::any::AnyRow) -> Result<PhoneRequest> {
    let state = match row.text("state")?.as_str() {
        "waiting" => RequestState::Waiting,
        "approved" => RequestState::Approved {
            method: row.parsed("method_id")?,
            user_verified: row.flag("user_verified")?,
        },
        "denied" => RequestState::Denied,
        "replaced" => RequestState::Replaced,
        _ => return Err(Error::Corrupt("state")),
    };
    Ok(PhoneRequest {
        id: row.parsed("id")?,
        user_id: row.opt_parsed("user_id")?,
        journey_id: row.parsed("journey_id")?,
        browser: row.text("browser")?,
        number: Number::of_stored(row.int("number")?),
        app: row.opt_text("app")?,
        address: row.opt_text("address")?,
        agent: row.opt_text("agent")?,
        known: row.flag("known")?,
        state,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        redeemed_at: row.opt_time("redeemed_at")?,
    })
}

/// Adds a request, in the place of those that the same browser has open.
pub async fn insert(conn: &mut Conn, request: &PhoneRequest) -> Result<()> {
    sqlx::query(
        "UPDATE phone_requests SET state = 'replaced' WHERE browser = $1 AND state = 'waiting'",
    )
    .bind(&request.browser)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO phone_requests (id, user_id, journey_id, browser, number, app, address, agent,
                                     known, state, user_verified, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', 0, $10, $11)",
    )
    .bind(request.id.to_string())
    .bind(request.user_id.map(|id| id.to_string()))
    .bind(request.journey_id.to_string())
    .bind(&request.browser)
    .bind(request.number.stored())
    .bind(request.app.as_deref())
    .bind(request.address.as_deref())
    .bind(request.agent.as_deref())
    .bind(i64::from(request.known))
    .bind(request.created_at.micros())
    .bind(request.expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// The request that a journey of this browser waits for: its last one.
pub async fn of_journey(
    conn: &mut Conn,
    journey: JourneyId,
    browser: &str,
) -> Result<Option<PhoneRequest>> {
    let row = sqlx::query(
        "SELECT * FROM phone_requests WHERE journey_id = $1 AND browser = $2
         ORDER BY created_at DESC, id DESC LIMIT 1",
    )
    .bind(journey.to_string())
    .bind(browser)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The one request that a person is asked about now: one from a browser of theirs before one from
/// elsewhere, and then the first that came. So nobody takes another's place.
pub async fn front(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<Option<PhoneRequest>> {
    let row = sqlx::query(
        "SELECT * FROM phone_requests WHERE user_id = $1 AND state = 'waiting' AND expires_at > $2
         ORDER BY known DESC, created_at, id LIMIT 1",
    )
    .bind(user.to_string())
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The request of this person with this id.
pub async fn of_user(
    conn: &mut Conn,
    id: PhoneRequestId,
    user: UserId,
) -> Result<Option<PhoneRequest>> {
    let row = sqlx::query("SELECT * FROM phone_requests WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// What a phone says to a request.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Which phone.
    pub method: MethodId,
    /// Whose.
    pub user: UserId,
    /// Whether the computer may go on.
    pub approved: bool,
    /// Whether the phone verified its user for that.
    pub user_verified: bool,
    /// Until when the computer may go on.
    pub redeem_until: Timestamp,
}

/// Decides a request; true for the first to do so, while it is open and the phone is still one of
/// its person's.
pub async fn decide(
    conn: &mut Conn,
    id: PhoneRequestId,
    verdict: Verdict,
    now: Timestamp,
) -> Result<bool> {
    let Verdict { method, user, approved, user_verified, redeem_until } = verdict;
    let done = sqlx::query(
        "UPDATE phone_requests SET state = $5, method_id = $2, user_verified = $6,
             expires_at = CASE WHEN $5 = 'approved' THEN $7 ELSE expires_at END
         WHERE id = $1 AND user_id = $3 AND state = 'waiting' AND expires_at > $4
             AND EXISTS (SELECT 1 FROM credentials c WHERE c.id = $2 AND c.user_id = $3
                         AND c.kind = 'phone')
             AND EXISTS (SELECT 1 FROM users u WHERE u.id = $3 AND u.enabled = 1)",
    )
    .bind(id.to_string())
    .bind(method.to_string())
    .bind(user.to_string())
    .bind(now.micros())
    .bind(if approved { "approved" } else { "denied" })
    .bind(i64::from(user_verified))
    .bind(redeem_until.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Redeems an approval; true for the first to do so in time, in the browser that asked, while the
/// phone is still one of its person's.
pub async fn redeem(
    conn: &mut Conn,
    request: &PhoneRequest,
    browser: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE phone_requests SET redeemed_at = $3
         WHERE id = $1 AND browser = $2 AND state = 'approved' AND expires_at > $3
             AND redeemed_at IS NULL
             AND EXISTS (SELECT 1 FROM credentials c WHERE c.id = phone_requests.method_id
                         AND c.user_id = phone_requests.user_id AND c.kind = 'phone')
             AND EXISTS (SELECT 1 FROM users u WHERE u.id = phone_requests.user_id
                         AND u.enabled = 1)",
    )
    .bind(request.id.to_string())
    .bind(browser)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a person has ever signed in in this browser, as far as is remembered.
pub async fn is_known(conn: &mut Conn, browser: &str, user: UserId) -> Result<bool> {
    let row = sqlx::query("SELECT id FROM sessions WHERE browser = $1 AND user_id = $2 LIMIT 1")
        .bind(browser)
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}
