//! Signed-in sessions.

use super::row::{Columns, to_json};
use super::{Conn, Result, logouts};
use crate::domain::id::{PassId, SessionId, UserId};
use crate::domain::session::{PassOrigin, RecoveryOrigin, Session, UpstreamOrigin};
use crate::domain::time::Timestamp;
use crate::domain::upstream::UpstreamId;

pub(super) fn read(row: &impl Columns) -> Result<Session> {
    let pass = match (
        row.opt_parsed("pass_id")?,
        row.opt_time("pass_deadline")?,
        row.opt_time("register_until")?,
    ) {
        (Some(id), Some(deadline), Some(register_until)) => {
            Some(PassOrigin { id, deadline, register_until })
        }
        _ => None,
    };
    let upstream = match (
        row.opt_parsed("upstream_id")?,
        row.opt_time("upstream_deadline")?,
        row.opt_time("register_until")?,
    ) {
        (Some(id), Some(deadline), Some(register_until)) => {
            Some(UpstreamOrigin { id, deadline, register_until })
        }
        _ => None,
    };
    let recovery = match (
        row.opt_parsed("recovery_set")?,
        row.opt_time("recovery_deadline")?,
        row.opt_time("register_until")?,
    ) {
        (Some(set), Some(deadline), Some(register_until)) => {
            Some(RecoveryOrigin { set, deadline, register_until })
        }
        _ => None,
    };
    Ok(Session {
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        factors: row.json("factors")?,
        proofs: row.json("proofs")?,
        auth_time: row.time("auth_time")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        idle_until: row.opt_time("idle_until")?,
        pass,
        upstream,
        recovery,
        offer_declined: row.flag("offer_declined")?,
        ended_at: row.opt_time("ended_at")?,
    })
}

/// Stores a session, new or changed. `browser` is the hash of the key that the browser holds.
pub async fn put(conn: &mut Conn, session: &Session, browser: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO sessions (id, user_id, browser, factors, auth_time, created_at, expires_at,
                               pass_id, pass_deadline, register_until, offer_declined, ended_at,
                               upstream_id, upstream_deadline, proofs, idle_until,
                               last_active_at, recovery_set, recovery_deadline)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12, $13, $14, $15, $6, $16,
                 $17)
         ON CONFLICT (id) DO UPDATE SET factors = excluded.factors, proofs = excluded.proofs,
             auth_time = excluded.auth_time, idle_until = excluded.idle_until,
             last_active_at = excluded.auth_time,
             expires_at = excluded.expires_at, offer_declined = excluded.offer_declined",
    )
    .bind(session.id.to_string())
    .bind(session.user_id.to_string())
    .bind(browser)
    .bind(to_json(&session.factors, "factors")?)
    .bind(session.auth_time.micros())
    .bind(session.created_at.micros())
    .bind(session.expires_at.micros())
    .bind(session.pass.map(|pass| pass.id.to_string()))
    .bind(session.pass.map(|pass| pass.deadline.micros()))
    .bind(session.bootstrap().map(|opened| opened.register_until.micros()))
    .bind(i64::from(session.offer_declined))
    .bind(session.upstream.as_ref().map(|upstream| upstream.id.to_string()))
    .bind(session.upstream.as_ref().map(|upstream| upstream.deadline.micros()))
    .bind(to_json(&session.proofs, "proofs")?)
    .bind(session.idle_until.map(Timestamp::micros))
    .bind(session.recovery.map(|recovery| recovery.set.to_string()))
    .bind(session.recovery.map(|recovery| recovery.deadline.micros()))
    .execute(conn)
    .await?;
    Ok(())
}

/// The session with this id, ended or not.
pub async fn by_id(conn: &mut Conn, id: SessionId) -> Result<Option<Session>> {
    let row = sqlx::query("SELECT * FROM sessions WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Every session of a browser, ended or not.
pub async fn of_browser(conn: &mut Conn, browser: &str) -> Result<Vec<Session>> {
    let rows = sqlx::query("SELECT * FROM sessions WHERE browser = $1")
        .bind(browser)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// The sessions of a browser that stand now, but for those of a pass that has ended.
pub async fn live_of_browser(
    conn: &mut Conn,
    browser: &str,
    now: Timestamp,
) -> Result<Vec<Session>> {
    let rows = sqlx::query(
        "SELECT * FROM sessions WHERE browser = $1 AND ended_at IS NULL AND expires_at > $2
             AND (idle_until IS NULL OR idle_until > $2)",
    )
    .bind(browser)
    .bind(now.micros())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// Whether a session has not been ended; until this transaction is over, nobody ends it.
pub async fn hold(conn: &mut Conn, id: SessionId) -> Result<bool> {
    let done =
        sqlx::query("UPDATE sessions SET ended_at = NULL WHERE id = $1 AND ended_at IS NULL")
            .bind(id.to_string())
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of a browser: the person signed out.
pub async fn end_by_browser(conn: &mut Conn, browser: &str, now: Timestamp) -> Result<()> {
    let ended = sqlx::query(
        "UPDATE sessions SET ended_at = $2 WHERE browser = $1 AND ended_at IS NULL RETURNING id",
    )
    .bind(browser)
    .bind(now.micros())
    .fetch_all(&mut *conn)
    .await?;
    tell(conn, &ended, now).await
}

/// Ends every session of a person in one browser.
pub async fn end_by_browser_and_user(
    conn: &mut Conn,
    browser: &str,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let ended = sqlx::query(
        "UPDATE sessions SET ended_at = $3
         WHERE browser = $1 AND user_id = $2 AND ended_at IS NULL RETURNING id",
    )
    .bind(browser)
    .bind(user.to_string())
    .bind(now.micros())
    .fetch_all(&mut *conn)
    .await?;
    tell(conn, &ended, now).await
}

/// Ends every session of a person.
pub async fn end_by_user(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    let ended = sqlx::query(
        "UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL RETURNING id",
    )
    .bind(user.to_string())
    .bind(now.micros())
    .fetch_all(&mut *conn)
    .await?;
    tell(conn, &ended, now).await
}

/// Queues the applications that want to know of it: whatever ends a session ends here.
pub(super) async fn tell(
    conn: &mut Conn,
    ended: &[sqlx::any::AnyRow],
    now: Timestamp,
) -> Result<()> {
    for row in ended {
        logouts::queue(conn, row.parsed("id")?, now).await?;
    }
    Ok(())
}

/// Ends every session that a pass opened and that rests on the pass alone: one in which a key was
/// used as well stands on its own.
pub async fn end_by_pass(conn: &mut Conn, pass: PassId, now: Timestamp) -> Result<()> {
    let rows = sqlx::query("SELECT * FROM sessions WHERE pass_id = $1 AND ended_at IS NULL")
        .bind(pass.to_string())
        .fetch_all(&mut *conn)
        .await?;
    end_unless_strong(conn, &rows, now).await
}

/// The same for sessions that an upstream opened: all of them, or those of one person.
pub async fn end_by_upstream(
    conn: &mut Conn,
    upstream: &UpstreamId,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<()> {
    let rows = sqlx::query(
        "SELECT * FROM sessions WHERE upstream_id = $1 AND ended_at IS NULL
             AND ($2 = '' OR user_id = $2)",
    )
    .bind(upstream.as_str())
    .bind(user.map(|id| id.to_string()).unwrap_or_default())
    .fetch_all(&mut *conn)
    .await?;
    end_unless_strong(conn, &rows, now).await
}

/// The same for sessions of a person that a recovery code opened.
pub async fn end_by_recovery(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    let rows = sqlx::query(
        "SELECT * FROM sessions
         WHERE user_id = $1 AND recovery_set IS NOT NULL AND ended_at IS NULL",
    )
    .bind(user.to_string())
    .fetch_all(&mut *conn)
    .await?;
    end_unless_strong(conn, &rows, now).await
}

async fn end_unless_strong(
    conn: &mut Conn,
    rows: &[sqlx::any::AnyRow],
    now: Timestamp,
) -> Result<()> {
    for session in rows.iter().map(read).collect::<Result<Vec<_>>>()? {
        if session.rests_on_bootstrap_alone() {
            let ended = sqlx::query(
                "UPDATE sessions SET ended_at = $2
                 WHERE id = $1 AND factors = $3 AND ended_at IS NULL RETURNING id",
            )
            .bind(session.id.to_string())
            .bind(now.micros())
            .bind(to_json(&session.factors, "factors")?)
            .fetch_all(&mut *conn)
            .await?;
            tell(conn, &ended, now).await?;
        }
    }
    Ok(())
}

/// Remembers that the person declined what the policy merely suggests.
pub async fn decline_offer(conn: &mut Conn, id: SessionId) -> Result<()> {
    sqlx::query("UPDATE sessions SET offer_declined = 1 WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}
