//! Requests of devices, under the hash of their device code. Each is decided by one statement and
//! redeemed by one.

use super::row::{Columns, to_json};
use super::{Conn, Error, Result};
use crate::domain::client::Scope;
use crate::domain::device::{
    DeviceAuthorization, DeviceRequest, DeviceState, INTERVAL, LEEWAY, SLOW_DOWN, UserCode,
};
use crate::domain::id::{ClientId, GrantId, JourneyId, SessionId};
use crate::domain::registered_device::Told;
use crate::domain::time::Timestamp;

fn read(row: &sqlx::any::AnyRow) -> Result<DeviceAuthorization> {
    let user_code = UserCode::parse(&row.text("user_code")?).ok_or(Error::Corrupt("user_code"))?;
    let state = match row.text("state")?.as_str() {
        "pending" => DeviceState::Pending,
        "approved" => DeviceState::Approved(row.parsed("grant_id")?, row.parsed("journey_id")?),
        "denied" => DeviceState::Denied,
        _ => return Err(Error::Corrupt("state")),
    };
    Ok(DeviceAuthorization {
        request: DeviceRequest {
            user_code,
            client_id: ClientId(row.text("client_id")?),
            scopes: Scope::parse_list(&row.text("scopes")?),
            resources: row.json("resources")?,
            told: Told {
                name: row.opt_text("device_name")?,
                platform: row.opt_text("device_platform")?,
                thumbprint: row.opt_text("dpop_jkt")?,
            },
            address: row.opt_text("address")?,
            asked_at: row.time("created_at")?,
            expires_at: row.time("expires_at")?,
        },
        state,
        allowed_in: row.opt_parsed("allowed_in")?,
        redeemed_at: row.opt_time("redeemed_at")?,
    })
}

/// Adds a request; false where another one has its user code.
pub async fn insert(conn: &mut Conn, hash: &str, request: &DeviceRequest) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO device_codes (hash, user_code, client_id, scopes, resources, address,
                                   created_at, expires_at, poll_interval, state, dpop_jkt,
                                   device_name, device_platform)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11, $12)
         ON CONFLICT (user_code) DO NOTHING",
    )
    .bind(hash)
    .bind(request.user_code.as_str())
    .bind(&request.client_id.0)
    .bind(Scope::join(&request.scopes))
    .bind(to_json(&request.resources, "resources")?)
    .bind(request.address.as_deref())
    .bind(request.asked_at.micros())
    .bind(request.expires_at.micros())
    .bind(INTERVAL.as_secs().cast_signed())
    .bind(request.told.thumbprint.as_deref())
    .bind(request.told.name.as_deref())
    .bind(request.told.platform.as_deref())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The request with this hash, whatever became of it.
pub async fn by_hash(conn: &mut Conn, hash: &str) -> Result<Option<DeviceAuthorization>> {
    let row = sqlx::query("SELECT * FROM device_codes WHERE hash = $1")
        .bind(hash)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The request that waits under this user code, with its hash.
pub async fn pending(
    conn: &mut Conn,
    code: &UserCode,
    now: Timestamp,
) -> Result<Option<(String, DeviceRequest)>> {
    let row = sqlx::query(
        "SELECT * FROM device_codes WHERE user_code = $1 AND state = 'pending' AND expires_at > $2",
    )
    .bind(code.as_str())
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((row.text("hash")?, read(&row)?.request))).transpose()
}

/// Notes a poll of a request that nobody has decided; false where it came too soon, and from then
/// on the device must wait longer (RFC 8628 §3.5).
pub async fn poll(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE device_codes SET polled_at = $2
         WHERE hash = $1 AND (polled_at IS NULL OR polled_at + poll_interval * 1000000 <= $3)",
    )
    .bind(hash)
    .bind(now.micros())
    .bind(now.plus(LEEWAY).micros())
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(true);
    }
    sqlx::query(
        "UPDATE device_codes SET polled_at = $2, poll_interval = poll_interval + $3 WHERE hash = $1",
    )
    .bind(hash)
    .bind(now.micros())
    .bind(SLOW_DOWN.as_secs().cast_signed())
    .execute(conn)
    .await?;
    Ok(false)
}

/// Allows a request: true for one caller only, and for none after a denial.
pub async fn approve(
    conn: &mut Conn,
    hash: &str,
    grant: GrantId,
    (journey, session): (JourneyId, SessionId),
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE device_codes SET state = 'approved', grant_id = $2, journey_id = $3, allowed_in = $5
         WHERE hash = $1 AND state = 'pending' AND expires_at > $4",
    )
    .bind(hash)
    .bind(grant.to_string())
    .bind(journey.to_string())
    .bind(now.micros())
    .bind(session.to_string())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Denies a request: true for one caller only, and for none after an approval.
pub async fn deny(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE device_codes SET state = 'denied'
         WHERE hash = $1 AND state = 'pending' AND expires_at > $2",
    )
    .bind(hash)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Redeems an allowed request: true for one caller only.
pub async fn redeem(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE device_codes SET redeemed_at = $2
         WHERE hash = $1 AND state = 'approved' AND redeemed_at IS NULL AND expires_at > $2",
    )
    .bind(hash)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
