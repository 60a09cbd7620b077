//! Numbers and short lists for the first page of the portal, each from an index.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

/// How many people there are, and how many of those who may sign in have registered nothing yet.
pub async fn people(conn: &mut Conn) -> Result<(u32, u32)> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM users").fetch_one(&mut *conn).await?;
    let all = row.count("n")?;
    let row = sqlx::query("SELECT COUNT(*) AS n FROM users WHERE method_count = 0 AND enabled = 1")
        .fetch_one(conn)
        .await?;
    Ok((all, row.count("n")?))
}

/// How many passes have not ended, used up or not yet valid ones among them.
pub async fn passes(conn: &mut Conn, now: Timestamp) -> Result<u32> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM passes WHERE ends_at > $1")
        .bind(now.micros())
        .fetch_one(conn)
        .await?;
    row.count("n")
}

/// Whose passes have not ended, the one that ends first at the head, after that of `after`.
pub async fn open_passes(
    conn: &mut Conn,
    after: (Timestamp, &str),
    limit: u32,
) -> Result<Vec<UserId>> {
    let rows = sqlx::query(
        "SELECT user_id FROM passes WHERE ends_at >= $1 AND (ends_at > $1 OR id > $2)
         ORDER BY ends_at, id LIMIT $3",
    )
    .bind(after.0.micros())
    .bind(after.1)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| row.parsed("user_id")).collect()
}

/// How many sign-ins were refused since then.
pub async fn refused_sign_ins(conn: &mut Conn, since: Timestamp) -> Result<u32> {
    // To the letter as the index of refused sign-ins has it.
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM audit_events
         WHERE (activity || '') IN ('passSignIn', 'keySignIn', 'phoneSignIn', 'upstreamSignIn', 'recoveryCodeSignIn')
             AND success = 0 AND at >= $1",
    )
    .bind(since.micros())
    .fetch_one(conn)
    .await?;
    row.count("n")
}
