//! Wrong tries, counted in the database so that the count holds across instances and restarts.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::attempts::{PASSES, Patience};
use crate::domain::time::Timestamp;

/// Whether a try was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It was, and has been counted as wrong until [`forgive`] says otherwise.
    Admitted,
    /// It was not: too many wrong ones came before.
    Blocked {
        /// When the next try will be let through.
        until: Timestamp,
    },
}

/// Lets a try through and counts it as wrong, or refuses it. Counting first means that tries made
/// side by side are all counted.
pub async fn admit(conn: &mut Conn, key: &str, now: Timestamp) -> Result<Admission> {
    admit_with(conn, key, &PASSES, now).await
}

/// The same with another patience.
pub async fn admit_with(
    conn: &mut Conn,
    key: &str,
    patience: &Patience,
    now: Timestamp,
) -> Result<Admission> {
    // One statement decides: a row that is blocked is not touched.
    let row = sqlx::query(
        "INSERT INTO attempts (id, failures, blocked_until, expires_at) VALUES ($1, 1, 0, $3)
         ON CONFLICT (id) DO UPDATE SET
             failures = CASE WHEN attempts.expires_at <= $2 THEN 1 ELSE attempts.failures + 1 END,
             expires_at = excluded.expires_at
         WHERE attempts.blocked_until <= $2 OR attempts.expires_at <= $2
         RETURNING failures",
    )
    .bind(key)
    .bind(now.micros())
    .bind(now.plus(patience.forget_after).micros())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        let row = sqlx::query("SELECT blocked_until FROM attempts WHERE id = $1")
            .bind(key)
            .fetch_optional(conn)
            .await?;
        let until = row.as_ref().map(|row| row.time("blocked_until")).transpose()?;
        return Ok(Admission::Blocked { until: until.unwrap_or(now) });
    };
    let delay = patience.delay_after(row.count("failures")?);
    if !delay.is_zero() {
        sqlx::query("UPDATE attempts SET blocked_until = $2 WHERE id = $1")
            .bind(key)
            .bind(now.plus(delay).micros())
            .execute(conn)
            .await?;
    }
    Ok(Admission::Admitted)
}

/// Locks the count before anything else is locked, in the order in which tries that are being
/// admitted lock: otherwise two clicks on PostgreSQL can wait for each other until it notices.
/// False where there is none, because another right try has been forgiven in between.
pub async fn hold(conn: &mut Conn, key: &str) -> Result<bool> {
    let done = sqlx::query("UPDATE attempts SET failures = failures WHERE id = $1")
        .bind(key)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The try was right: it does not count. Those before it still do, where who guesses can have right
/// ones of their own. The try may have been counted for another address than the one that it was
/// right from, so nothing may be left to take back.
pub async fn excuse(conn: &mut Conn, key: &str) -> Result<()> {
    let less = "UPDATE attempts SET failures = CASE WHEN failures > 0 THEN failures - 1 ELSE 0 END,
                    blocked_until = 0 WHERE id = $1";
    sqlx::query(less).bind(key).execute(conn).await?;
    Ok(())
}

/// The try was right: the count starts anew.
pub async fn forgive(conn: &mut Conn, key: &str) -> Result<()> {
    sqlx::query("DELETE FROM attempts WHERE id = $1").bind(key).execute(conn).await?;
    Ok(())
}
