//! What may be presented once only. Each function is one statement, so that of many who come at
//! once, on whichever instance, one is first.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::ClientId;
use crate::domain::time::Timestamp;

/// Notes what has this hash; true for the first to present it before `expires_at`.
pub async fn first(conn: &mut Conn, hash: &str, expires_at: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO seen_once (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
    )
    .bind(hash)
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Has those who name this hash take turns: each waits until the transaction of whoever came before
/// is over, and sees what that did. Forgotten after `expires_at`.
pub async fn take_turns(conn: &mut Conn, hash: &str, expires_at: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO seen_once (hash, expires_at) VALUES ($1, $2)
         ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at",
    )
    .bind(hash)
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the parameters of a pushed request, as a query, under the hash of its `request_uri`.
pub async fn push(
    conn: &mut Conn,
    hash: &str,
    client: &ClientId,
    parameters: &str,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO pushed_requests (hash, client_id, parameters, opens_until, expires_at)
         VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(hash)
    .bind(&client.0)
    .bind(parameters)
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// The pushed request of this client that may still be opened; kept until `kept_until` from now on,
/// for the sign-in that it begins.
pub async fn open_pushed(
    conn: &mut Conn,
    hash: &str,
    client: &ClientId,
    now: Timestamp,
    kept_until: Timestamp,
) -> Result<Option<String>> {
    let row = sqlx::query(
        // An instance of the version before says only when it expires.
        "UPDATE pushed_requests SET expires_at = $4,
             opens_until = CASE WHEN opens_until = 0 THEN expires_at ELSE opens_until END
         WHERE hash = $1 AND client_id = $2
             AND (opens_until > $3 OR (opens_until = 0 AND expires_at > $3))
         RETURNING parameters",
    )
    .bind(hash)
    .bind(&client.0)
    .bind(now.micros())
    .bind(kept_until.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.text("parameters")).transpose()
}

/// Notes that a pushed request was answered; true for the first answer.
pub async fn answer_pushed(conn: &mut Conn, hash: &str) -> Result<bool> {
    let done =
        sqlx::query("DELETE FROM pushed_requests WHERE hash = $1").bind(hash).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}
