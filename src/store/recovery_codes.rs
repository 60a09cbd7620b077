//! Recovery codes: one set for each person, each code redeemed by one statement.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::{RecoverySetId, UserId};
use crate::domain::recovery::RecoverySet;
use crate::domain::time::Timestamp;

/// Stores a new set in place of the one that was `seen`, or of none. Nothing of the old one works
/// any more. False where another one is there: two that are made at once cannot both be shown as
/// the one that holds.
pub async fn replace(
    conn: &mut Conn,
    user: UserId,
    seen: Option<RecoverySetId>,
    set: RecoverySetId,
    hashes: &[String],
    now: Timestamp,
) -> Result<bool> {
    let statement = match seen {
        None => {
            "INSERT INTO recovery_sets (user_id, id, created_at, failures) VALUES ($1, $2, $3, 0)
             ON CONFLICT (user_id) DO NOTHING"
        }
        Some(_) => {
            "UPDATE recovery_sets SET id = $2, created_at = $3, failures = 0
             WHERE user_id = $1 AND id = $4"
        }
    };
    let mut query =
        sqlx::query(statement).bind(user.to_string()).bind(set.to_string()).bind(now.micros());
    if let Some(seen) = seen {
        query = query.bind(seen.to_string());
    }
    if query.execute(&mut *conn).await?.rows_affected() != 1 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM recovery_codes WHERE user_id = $1")
        .bind(user.to_string())
        .execute(&mut *conn)
        .await?;
    for hash in hashes {
        sqlx::query("INSERT INTO recovery_codes (hash, user_id, used_at) VALUES ($1, $2, NULL)")
            .bind(hash)
            .bind(user.to_string())
            .execute(&mut *conn)
            .await?;
    }
    Ok(true)
}

/// A person's set, if they have one.
pub async fn by_user(conn: &mut Conn, user: UserId) -> Result<Option<RecoverySet>> {
    let row = sqlx::query(
        "SELECT s.id, s.created_at,
             (SELECT COUNT(*) FROM recovery_codes c
              WHERE c.user_id = s.user_id AND c.used_at IS NULL) AS remaining
         FROM recovery_sets s WHERE s.user_id = $1",
    )
    .bind(user.to_string())
    .fetch_optional(conn)
    .await?;
    row.as_ref()
        .map(|row| {
            Ok(RecoverySet {
                id: row.parsed("id")?,
                created_at: row.time("created_at")?,
                left: row.count("remaining")?,
            })
        })
        .transpose()
}

/// Deletes a person's set; false where they have none.
pub async fn delete(conn: &mut Conn, user: UserId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM recovery_sets WHERE user_id = $1")
        .bind(user.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a person's set, unless it is the one that is `kept`.
pub async fn delete_but(
    conn: &mut Conn,
    user: UserId,
    kept: Option<RecoverySetId>,
) -> Result<bool> {
    let Some(kept) = kept else { return delete(conn, user).await };
    let done = sqlx::query("DELETE FROM recovery_sets WHERE user_id = $1 AND id <> $2")
        .bind(user.to_string())
        .bind(kept.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Locks a person's set before anything of it is looked at, in the order in which it is replaced.
pub async fn hold(conn: &mut Conn, user: UserId) -> Result<()> {
    sqlx::query("UPDATE recovery_sets SET failures = failures WHERE user_id = $1")
        .bind(user.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Redeems a code: the one statement that says whether it is right, and who wins. False where there
/// is no such code (any more).
pub async fn redeem(conn: &mut Conn, user: UserId, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE recovery_codes SET used_at = $3
         WHERE hash = $1 AND user_id = $2 AND used_at IS NULL",
    )
    .bind(hash)
    .bind(user.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
