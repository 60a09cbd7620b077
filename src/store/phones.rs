//! What is known of paired phones, beyond what every method has.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::{MethodId, UserId};
use crate::domain::time::Timestamp;

/// Adds what is known of a phone that has just been added as a method.
pub async fn insert(conn: &mut Conn, method: MethodId, verifier: Option<&str>) -> Result<()> {
    sqlx::query("INSERT INTO phones (method_id, verifier) VALUES ($1, $2)")
        .bind(method.to_string())
        .bind(verifier)
        .execute(conn)
        .await?;
    Ok(())
}

/// The WebAuthn credential by which a phone verifies its user, as the library serialises it.
pub async fn verifier(conn: &mut Conn, method: MethodId) -> Result<Option<String>> {
    let row = sqlx::query("SELECT verifier FROM phones WHERE method_id = $1")
        .bind(method.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.opt_text("verifier")).transpose()?.flatten())
}

/// Keeps the new counter of that credential. False where the stored state is no longer `before`.
pub async fn record_verification(
    conn: &mut Conn,
    method: MethodId,
    before: &str,
    after: &str,
) -> Result<bool> {
    let done =
        sqlx::query("UPDATE phones SET verifier = $3 WHERE method_id = $1 AND verifier = $2")
            .bind(method.to_string())
            .bind(before)
            .bind(after)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Records that a phone approved.
pub async fn record_use(conn: &mut Conn, method: MethodId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query("UPDATE credentials SET last_used_at = $2 WHERE id = $1")
        .bind(method.to_string())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Asks a person's phones nothing until then; asks them again where there is no such time.
pub async fn silence(conn: &mut Conn, user: UserId, until: Option<Timestamp>) -> Result<()> {
    sqlx::query(
        "UPDATE phones SET silenced_until = $2
         WHERE method_id IN (SELECT id FROM credentials WHERE user_id = $1)",
    )
    .bind(user.to_string())
    .bind(until.map(Timestamp::micros))
    .execute(conn)
    .await?;
    Ok(())
}

/// Until when a person's phones are to be asked nothing.
pub async fn silenced_until(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let row = sqlx::query(
        "SELECT MAX(p.silenced_until) AS until FROM phones p
         JOIN credentials c ON c.id = p.method_id WHERE c.user_id = $1",
    )
    .bind(user.to_string())
    .fetch_one(conn)
    .await?;
    Ok(row.opt_time("until")?.filter(|until| now < *until))
}
