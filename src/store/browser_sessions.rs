//! What a browser's cookie refers to, under the hash of the cookie's value.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Adds a record of a browser, in the place of the one that it has; false where the id is taken. Two
/// that are added at once for one browser leave one: otherwise whoever signs in twice at once would
/// keep a cookie of before the next sign-in of somebody else.
pub async fn insert(
    conn: &mut Conn,
    id: &str,
    browser: Option<&str>,
    data: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO browser_sessions (id, browser, data, expires_at)
         SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM browser_sessions WHERE id = $1)
         ON CONFLICT (browser) DO UPDATE SET id = excluded.id, data = excluded.data,
             expires_at = excluded.expires_at",
    )
    .bind(id)
    .bind(browser)
    .bind(data)
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes a record; false where it is gone. It is never brought back: whoever knows the id of
/// before a sign-in must not be able to.
pub async fn update(conn: &mut Conn, id: &str, data: &str, expires_at: Timestamp) -> Result<bool> {
    let done = sqlx::query("UPDATE browser_sessions SET data = $2, expires_at = $3 WHERE id = $1")
        .bind(id)
        .bind(data)
        .bind(expires_at.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A record that has not expired.
pub async fn get(conn: &mut Conn, id: &str, now: Timestamp) -> Result<Option<(String, Timestamp)>> {
    let row = sqlx::query(
        "SELECT data, expires_at FROM browser_sessions WHERE id = $1 AND expires_at > $2",
    )
    .bind(id)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((row.text("data")?, row.time("expires_at")?))).transpose()
}

/// Forgets a record.
pub async fn delete(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM browser_sessions WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
