//! Temporary Access Passes: one per person, redeemed by one statement.

use sqlx::AssertSqlSafe;

use super::row::{Columns, numbered};
use super::{Conn, Error, Result};
use crate::domain::id::{PassId, UserId};
use crate::domain::pass::{FAILURES_MAX, Pass, PassTerms};
use crate::domain::time::Timestamp;

fn read(row: &sqlx::any::AnyRow) -> Result<Pass> {
    Ok(Pass {
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        created_at: row.time("created_at")?,
        terms: PassTerms {
            starts_at: row.time("starts_at")?,
            lifetime_minutes: row.count("lifetime_minutes")?,
            one_time: row.flag("one_time")?,
        },
        used_at: row.opt_time("used_at")?,
        failures: row.count("failures")?,
        issued_by: row.opt_text("issued_by")?,
        approval: row.parsed("approval")?,
    })
}

/// Stores a pass and replaces the one its person had; returns the id of the replaced one. Where
/// several are stored at once, each learns of the one before it.
pub async fn replace(conn: &mut Conn, pass: &Pass, hash: &str) -> Result<Option<PassId>> {
    const INSERT: &str =
        "INSERT INTO passes (id, user_id, hash, created_at, starts_at, lifetime_minutes, ends_at,
                             one_time, used_at, failures, issued_by, approval)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, 0, $9, $10)
         ON CONFLICT (user_id) DO NOTHING";
    const REPLACE: &str = "UPDATE passes SET id = $1, hash = $3, created_at = $4, starts_at = $5,
             lifetime_minutes = $6, ends_at = $7, one_time = $8, used_at = NULL, failures = 0,
             issued_by = $9, approval = $10, approved_by = NULL
         WHERE user_id = $2";
    let run = |statement| {
        sqlx::query(statement)
            .bind(pass.id.to_string())
            .bind(pass.user_id.to_string())
            .bind(hash)
            .bind(pass.created_at.micros())
            .bind(pass.terms.starts_at.micros())
            .bind(i64::from(pass.terms.lifetime_minutes))
            .bind(pass.terms.ends_at().micros())
            .bind(i64::from(pass.terms.one_time))
            .bind(pass.issued_by.as_deref())
            .bind(pass.approval.name())
    };
    if run(INSERT).execute(&mut *conn).await?.rows_affected() == 1 {
        return Ok(None);
    }
    // Changes nothing but locks the row: what is read is what will be replaced.
    let old = sqlx::query("UPDATE passes SET failures = failures WHERE user_id = $1 RETURNING id")
        .bind(pass.user_id.to_string())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(old) = old else { return Err(Error::Conflict) };
    run(REPLACE).execute(conn).await?;
    old.parsed("id").map(Some)
}

/// A person's pass and the hash of its value.
pub async fn by_user(conn: &mut Conn, user: UserId) -> Result<Option<(Pass, String)>> {
    let row = sqlx::query("SELECT * FROM passes WHERE user_id = $1")
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| Ok((read(row)?, row.text("hash")?))).transpose()
}

/// The passes of several people.
pub async fn by_users(conn: &mut Conn, users: &[UserId]) -> Result<Vec<Pass>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT * FROM passes WHERE user_id IN ({})", numbered(users.len()));
    let query =
        users.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id.to_string()));
    query.fetch_all(conn).await?.iter().map(read).collect()
}

/// Deletes a person's pass; returns its id.
pub async fn delete(conn: &mut Conn, user: UserId) -> Result<Option<PassId>> {
    let row = sqlx::query("DELETE FROM passes WHERE user_id = $1 RETURNING id")
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| row.parsed("id")).transpose()
}

/// Approves a pass that waits for it; false where it does not (any more), or where whoever approves
/// it issued it.
pub async fn approve(conn: &mut Conn, id: PassId, approver: &str) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE passes SET approval = 'approved', approved_by = $2
         WHERE id = $1 AND approval = 'pending' AND issued_by <> $2",
    )
    .bind(id.to_string())
    .bind(approver)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a person's pass if it is this one; false where it is not (any more).
pub async fn delete_this(conn: &mut Conn, user: UserId, id: PassId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM passes WHERE user_id = $1 AND id = $2")
        .bind(user.to_string())
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts one try against a pass before it is checked, so that tries made side by side cannot
/// outrun the limit; false where the limit is reached.
pub async fn count_try(conn: &mut Conn, id: PassId) -> Result<bool> {
    let done =
        sqlx::query("UPDATE passes SET failures = failures + 1 WHERE id = $1 AND failures < $2")
            .bind(id.to_string())
            .bind(i64::from(FAILURES_MAX))
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Redeems a pass whose value has been found right: the one statement that says who wins. Takes
/// back the try that [`count_try`] counted. False where it may not be used (any more).
pub async fn redeem(conn: &mut Conn, id: PassId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE passes SET used_at = $2, failures = failures - 1
         WHERE id = $1 AND (one_time = 0 OR used_at IS NULL) AND starts_at <= $2 AND ends_at > $2
             AND approval <> 'pending'",
    )
    .bind(id.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
