//! What a browser's cookie refers to, under the hash of the cookie's value.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Adds a record of a browser, in the place of the one that it has; false where the id is taken, or
/// where another was added for the browser at this very moment: then try again with another id. Two
/// that are added at once leave one: otherwise whoever signs in twice at once would keep a cookie of
/// before the next sign-in of somebody else.
pub async fn insert(
    conn: &mut Conn,
    id: &str,
    browser: Option<&str>,
    data: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    if let Some(browser) = browser {
        sqlx::query("DELETE FROM browser_sessions WHERE browser = $1")
            .bind(browser)
            .execute(&mut *conn)
            .await?;
    }
    let done = sqlx::query(
        "INSERT INTO browser_sessions (id, browser, data, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
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
