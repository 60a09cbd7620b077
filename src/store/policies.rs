//! Policies: one JSON document each. What was never set is at its default.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::row::{Columns, to_json};
use super::{Conn, Error, Result};
use crate::domain::time::Timestamp;

/// The stored document of a policy, or its default.
pub async fn get<T: DeserializeOwned + Default>(conn: &mut Conn, id: &str) -> Result<T> {
    let row = sqlx::query("SELECT document FROM policies WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map_or_else(|| Ok(T::default()), |row| row.json("document"))
}

/// When a policy was last set; none where it is at its default.
pub async fn updated_at(conn: &mut Conn, id: &str) -> Result<Option<Timestamp>> {
    let row = sqlx::query("SELECT updated_at FROM policies WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| row.time("updated_at")).transpose()
}

/// Stores a policy's document where it was last set at `seen`; a [`Error::Conflict`] where somebody
/// was faster.
pub async fn replace<T: Serialize + Sync>(
    conn: &mut Conn,
    id: &str,
    document: &T,
    seen: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    let document = to_json(document, "policy")?;
    let query = match seen {
        None => sqlx::query(
            "INSERT INTO policies (id, document, updated_at) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(document)
        .bind(now.micros()),
        Some(seen) => sqlx::query(
            "UPDATE policies SET document = $2, updated_at = $3 WHERE id = $1 AND updated_at = $4",
        )
        .bind(id)
        .bind(document)
        // Two changes never carry the same time.
        .bind(now.micros().max(seen.micros() + 1))
        .bind(seen.micros()),
    };
    let done = query.execute(conn).await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict) }
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
