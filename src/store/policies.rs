//! Policies: one JSON document each. What was never set is at its default.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::row::{Columns, to_json};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// The stored document of a policy, or its default.
pub async fn get<T: DeserializeOwned + Default>(conn: &mut Conn, id: &str) -> Result<T> {
    let row = sqlx::query("SELECT document FROM policies WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map_or_else(|| Ok(T::default()), |row| row.json("document"))
}

/// Stores a policy's document.
pub async fn set<T: Serialize + Sync>(
    conn: &mut Conn,
    id: &str,
    document: &T,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO policies (id, document, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at",
    )
    .bind(id)
    .bind(to_json(document, "policy")?)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns a policy to its default.
pub async fn reset(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM policies WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
