//! Where somebody is signed in, what is done there, and ending some of it.

use std::time::Duration;

use super::row::{Columns, to_json};
use super::sessions::{read, tell};
use super::{Conn, Result};
use crate::domain::agent::Place;
use crate::domain::id::{MethodId, SessionId, UserId};
use crate::domain::policy::SessionPolicy;
use crate::domain::session::Seen;
use crate::domain::time::Timestamp;

/// How often it is written down, at most, that something was done in a session.
const PAUSE: Duration = Duration::from_secs(60);

/// From where something was done, out of two columns.
pub(super) fn place(
    row: &sqlx::any::AnyRow,
    address: &'static str,
    agent: &'static str,
) -> Result<Place> {
    Ok(Place { address: row.opt_text(address)?, agent: row.opt_parsed(agent)? })
}

/// Whether it is time to write down that something is done in a session: at once where nothing is
/// known of the place yet, and once a minute after that.
pub async fn is_due(conn: &mut Conn, id: SessionId, place: &Place, now: Timestamp) -> Result<bool> {
    let row = sqlx::query(
        "SELECT last_active_at, address, agent FROM sessions WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(false) };
    let known = self::place(&row, "address", "agent")?;
    Ok((known == Place::default() && known != *place)
        || now.since(row.time("last_active_at")?) >= PAUSE)
}

/// Writes down that something is done in a session that stands.
pub async fn record(
    conn: &mut Conn,
    id: SessionId,
    place: &Place,
    policy: &SessionPolicy,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE sessions SET last_active_at = $2, address = $3, agent = $4, idle_until = $5
         WHERE id = $1 AND ended_at IS NULL AND last_active_at <= $2 AND expires_at > $2
             AND (idle_until IS NULL OR idle_until > $2)",
    )
    .bind(id.to_string())
    .bind(now.micros())
    .bind(place.address.as_deref())
    .bind(place.agent.map(|agent| agent.to_string()))
    .bind(policy.idle().map(|idle| now.plus(idle).micros()))
    .execute(conn)
    .await?;
    Ok(())
}

/// The same where a proxy of an application asks for somebody, whose place is known to it alone.
pub async fn keep(
    conn: &mut Conn,
    id: SessionId,
    policy: &SessionPolicy,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE sessions SET last_active_at = $2, idle_until = $3
         WHERE id = $1 AND ended_at IS NULL AND last_active_at <= $2 AND expires_at > $2
             AND (idle_until IS NULL OR idle_until > $2)",
    )
    .bind(id.to_string())
    .bind(now.micros())
    .bind(policy.idle().map(|idle| now.plus(idle).micros()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Where a person is signed in now, the place of the last activity first.
pub async fn of_user(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<Vec<Seen>> {
    let rows = sqlx::query(
        "SELECT * FROM sessions
         WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2
             AND (idle_until IS NULL OR idle_until > $2)
         ORDER BY last_active_at DESC, id",
    )
    .bind(user.to_string())
    .bind(now.micros())
    .fetch_all(conn)
    .await?;
    let seen = |row: &sqlx::any::AnyRow| {
        Ok(Seen {
            session: read(row)?,
            last_active_at: row.time("last_active_at")?,
            place: place(row, "address", "agent")?,
        })
    };
    rows.iter().map(seen).collect()
}

/// Ends one session of a person; false where they have none such that stands.
pub async fn end_one(conn: &mut Conn, user: UserId, id: SessionId, now: Timestamp) -> Result<bool> {
    let ended = sqlx::query(
        "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL
         RETURNING id",
    )
    .bind(id.to_string())
    .bind(user.to_string())
    .bind(now.micros())
    .fetch_all(&mut *conn)
    .await?;
    tell(conn, &ended, now).await?;
    Ok(!ended.is_empty())
}

/// Ends every session of a person but one. Those that have run out in their browser are ended as
/// well: what applications were given under them may stand still.
pub async fn end_others(
    conn: &mut Conn,
    user: UserId,
    kept: SessionId,
    now: Timestamp,
) -> Result<()> {
    let ended = sqlx::query(
        "UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL
         RETURNING id",
    )
    .bind(user.to_string())
    .bind(kept.to_string())
    .bind(now.micros())
    .fetch_all(&mut *conn)
    .await?;
    tell(conn, &ended, now).await
}

/// Ends the sessions of a person that rest on a method which is no more, but for the one in which
/// it was removed.
pub async fn end_by_method(
    conn: &mut Conn,
    user: UserId,
    method: MethodId,
    kept: SessionId,
    now: Timestamp,
) -> Result<()> {
    let rows = sqlx::query("SELECT * FROM sessions WHERE user_id = $1 AND ended_at IS NULL")
        .bind(user.to_string())
        .fetch_all(&mut *conn)
        .await?;
    for session in rows.iter().map(read).collect::<Result<Vec<_>>>()? {
        if session.id == kept || !session.rests_on(method) {
            continue;
        }
        // One in which another method was used meanwhile stands on its own.
        let ended = sqlx::query(
            "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND proofs = $3 AND ended_at IS NULL
             RETURNING id",
        )
        .bind(session.id.to_string())
        .bind(now.micros())
        .bind(to_json(&session.proofs, "proofs")?)
        .fetch_all(&mut *conn)
        .await?;
        tell(conn, &ended, now).await?;
    }
    Ok(())
}

/// Holds the sessions that stand to a policy that has just been set: a stricter limit holds at once,
/// one that is gone at once, and a looser one from the next activity or sign-in on.
pub async fn hold_to(conn: &mut Conn, policy: &SessionPolicy, now: Timestamp) -> Result<()> {
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    sqlx::query(
        "UPDATE sessions SET expires_at = auth_time + $1
         WHERE ended_at IS NULL AND expires_at > auth_time + $1",
    )
    .bind(micros(policy.absolute()))
    .execute(&mut *conn)
    .await?;
    let query = match policy.idle() {
        Some(idle) => sqlx::query(
            "UPDATE sessions SET idle_until = last_active_at + $1
             WHERE ended_at IS NULL AND (idle_until IS NULL OR idle_until > last_active_at + $1)",
        )
        .bind(micros(idle)),
        None => sqlx::query("UPDATE sessions SET idle_until = NULL WHERE idle_until > $1")
            .bind(now.micros()),
    };
    query.execute(conn).await?;
    Ok(())
}
