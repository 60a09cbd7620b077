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

/// Keeps the parameters of a pushed request, as a query, under the hash of its `request_uri`.
pub async fn push(
    conn: &mut Conn,
    hash: &str,
    client: &ClientId,
    parameters: &str,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO pushed_requests (hash, client_id, parameters, expires_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(hash)
    .bind(&client.0)
    .bind(parameters)
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a pushed request of this client: it can be taken once.
pub async fn take_pushed(
    conn: &mut Conn,
    hash: &str,
    client: &ClientId,
    now: Timestamp,
) -> Result<Option<String>> {
    let row = sqlx::query(
        "DELETE FROM pushed_requests WHERE hash = $1 AND client_id = $2 AND expires_at > $3
         RETURNING parameters",
    )
    .bind(hash)
    .bind(&client.0)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.text("parameters")).transpose()
}
