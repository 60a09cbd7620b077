//! Web Push: our key, and where phones want to be woken.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::{MethodId, UserId};
use crate::domain::time::Timestamp;

/// Our key, sealed, where there is one.
pub async fn key(conn: &mut Conn) -> Result<Option<String>> {
    let row = sqlx::query("SELECT sealed FROM push_keys WHERE id = 1").fetch_optional(conn).await?;
    row.map(|row| row.text("sealed")).transpose()
}

/// Keeps a key, sealed, unless there is one; returns the one that there is then.
pub async fn keep_key(conn: &mut Conn, sealed: &str, now: Timestamp) -> Result<String> {
    sqlx::query(
        "INSERT INTO push_keys (id, sealed, created_at) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(sealed)
    .bind(now.micros())
    .execute(&mut *conn)
    .await?;
    sqlx::query("SELECT sealed FROM push_keys WHERE id = 1").fetch_one(conn).await?.text("sealed")
}

/// Remembers where a phone wants to be woken, in the place of where it wanted before; false where
/// the phone is not registered any more.
pub async fn subscribe(
    conn: &mut Conn,
    phone: MethodId,
    sealed: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO push_subscriptions (method_id, sealed, created_at)
         SELECT id, $2, $3 FROM credentials WHERE id = $1
         ON CONFLICT (method_id) DO UPDATE SET sealed = excluded.sealed,
             created_at = excluded.created_at",
    )
    .bind(phone.to_string())
    .bind(sealed)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets where a phone wants to be woken.
pub async fn unsubscribe(conn: &mut Conn, phone: MethodId) -> Result<()> {
    sqlx::query("DELETE FROM push_subscriptions WHERE method_id = $1")
        .bind(phone.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets where a phone wanted to be woken, unless it has said something else since.
pub async fn forget(conn: &mut Conn, phone: MethodId, sealed: &str) -> Result<()> {
    sqlx::query("DELETE FROM push_subscriptions WHERE method_id = $1 AND sealed = $2")
        .bind(phone.to_string())
        .bind(sealed)
        .execute(conn)
        .await?;
    Ok(())
}

/// Where a person's phones want to be woken, sealed.
pub async fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<(MethodId, String)>> {
    let rows = sqlx::query(
        "SELECT p.method_id, p.sealed FROM push_subscriptions p
         JOIN credentials c ON c.id = p.method_id WHERE c.user_id = $1 ORDER BY p.method_id",
    )
    .bind(user.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.parsed("method_id")?, row.text("sealed")?))).collect()
}
