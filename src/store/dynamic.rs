//! Applications that register themselves (RFC 7591, RFC 7592): the tokens that let them.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::ClientId;
use crate::domain::time::Timestamp;

/// Adds an initial access token.
pub async fn insert_token(
    conn: &mut Conn,
    hash: &str,
    uses: u32,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO registration_tokens (hash, uses_left, created_at, expires_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(hash)
    .bind(i64::from(uses))
    .bind(now.micros())
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an initial access token can be used, without using it.
pub async fn token_is_good(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool> {
    let row = sqlx::query(
        "SELECT hash FROM registration_tokens WHERE hash = $1 AND uses_left > 0 AND expires_at > $2",
    )
    .bind(hash)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Uses an initial access token: true for as many callers as it has uses.
pub async fn use_token(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE registration_tokens SET uses_left = uses_left - 1
         WHERE hash = $1 AND uses_left > 0 AND expires_at > $2",
    )
    .bind(hash)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Remembers the token by which an application manages its registration.
pub async fn insert(conn: &mut Conn, client: &ClientId, token_hash: &str) -> Result<()> {
    sqlx::query("INSERT INTO client_registrations (client_id, token_hash) VALUES ($1, $2)")
        .bind(&client.0)
        .bind(token_hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// The hash of the token by which an application manages its registration.
pub async fn token_hash(conn: &mut Conn, client: &ClientId) -> Result<Option<String>> {
    let row = sqlx::query("SELECT token_hash FROM client_registrations WHERE client_id = $1")
        .bind(&client.0)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.text("token_hash")).transpose()
}
