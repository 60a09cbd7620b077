//! Logos. One that is in use stays; any other goes away after a while.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::row::Columns;
use super::{Conn, Error, Result};
use crate::domain::branding::BrandingPolicy;
use crate::domain::time::Timestamp;

/// How many images are kept that are not in use. Each may have a quarter of a megabyte.
const DRAFTS: i64 = 50;

/// Keeps an image until `expires_at`, or for as long as it is in use. Of those that are not, the
/// oldest make room.
pub async fn add(conn: &mut Conn, name: &str, content: &[u8], expires_at: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO branding_images (name, content, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at
         WHERE branding_images.expires_at IS NOT NULL",
    )
    .bind(name)
    .bind(STANDARD.encode(content))
    .bind(expires_at.micros())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "DELETE FROM branding_images WHERE expires_at IS NOT NULL AND name NOT IN (
             SELECT name FROM branding_images WHERE expires_at IS NOT NULL
             ORDER BY expires_at DESC, name LIMIT $1)",
    )
    .bind(DRAFTS)
    .execute(conn)
    .await?;
    Ok(())
}

/// An image.
pub async fn get(conn: &mut Conn, name: &str) -> Result<Option<Vec<u8>>> {
    let row = sqlx::query("SELECT content FROM branding_images WHERE name = $1")
        .bind(name)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    STANDARD.decode(row.text("content")?).map(Some).map_err(|_| Error::Corrupt("content"))
}

/// Whether there is such an image.
pub async fn exists(conn: &mut Conn, name: &str) -> Result<bool> {
    let row = sqlx::query("SELECT name FROM branding_images WHERE name = $1")
        .bind(name)
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Holds on to the images that the policy names, and lets go of all others at `expires_at`: pages
/// that are open still show them. An [`Error::Conflict`] where one is gone by now.
pub async fn hold(conn: &mut Conn, policy: &BrandingPolicy, expires_at: Timestamp) -> Result<()> {
    sqlx::query("UPDATE branding_images SET expires_at = $1 WHERE expires_at IS NULL")
        .bind(expires_at.micros())
        .execute(&mut *conn)
        .await?;
    for (_, name) in policy.images() {
        let held = sqlx::query("UPDATE branding_images SET expires_at = NULL WHERE name = $1")
            .bind(name)
            .execute(&mut *conn)
            .await?;
        if held.rows_affected() == 0 {
            return Err(Error::Conflict);
        }
    }
    Ok(())
}
