//! Mail that waits to be sent.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// A mail that whoever holds this may try to send.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// The mail, sealed.
    pub sealed: String,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Puts a mail into the queue.
pub async fn insert(conn: &mut Conn, id: &str, sealed: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO outbox (id, sealed, attempts, created_at, next_at) VALUES ($1, $2, 0, $3, $3)",
    )
    .bind(id)
    .bind(sealed)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a mail that is due; until `until`, nobody else does.
pub async fn claim(conn: &mut Conn, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>> {
    let row = sqlx::query(
        "UPDATE outbox SET next_at = $2, attempts = attempts + 1
         WHERE id = (SELECT id FROM outbox WHERE next_at <= $1 ORDER BY next_at LIMIT 1)
             AND next_at <= $1
         RETURNING id, sealed, attempts, created_at",
    )
    .bind(now.micros())
    .bind(until.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Claimed {
            id: row.text("id")?,
            sealed: row.text("sealed")?,
            attempts: row.count("attempts")?,
            created_at: row.time("created_at")?,
        })
    })
    .transpose()
}

/// Whether a mail is due.
pub async fn is_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let row = sqlx::query("SELECT id FROM outbox WHERE next_at <= $1 LIMIT 1")
        .bind(now.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Lets a mail wait for another try.
pub async fn postpone(conn: &mut Conn, id: &str, next_at: Timestamp) -> Result<()> {
    sqlx::query("UPDATE outbox SET next_at = $2 WHERE id = $1")
        .bind(id)
        .bind(next_at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets a mail.
pub async fn delete(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
