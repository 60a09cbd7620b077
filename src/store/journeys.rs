//! Journeys, changed by compare-and-set on their version.

use super::row::{Columns, to_json};
use super::{Conn, Result};
use crate::domain::id::JourneyId;
use crate::domain::journey::{Journey, Progress};
use crate::domain::time::Timestamp;

fn read(row: &sqlx::any::AnyRow) -> Result<Journey> {
    Ok(Journey {
        id: row.parsed("id")?,
        browser: row.text("browser")?,
        purpose: row.json("purpose")?,
        progress: row.json("progress")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        finished_at: row.opt_time("finished_at")?,
    })
}

/// Begins a journey.
pub async fn insert(conn: &mut Conn, journey: &Journey) -> Result<()> {
    sqlx::query(
        "INSERT INTO journeys (id, browser, purpose, progress, version, created_at, expires_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)",
    )
    .bind(journey.id.to_string())
    .bind(&journey.browser)
    .bind(to_json(&journey.purpose, "purpose")?)
    .bind(to_json(&journey.progress, "progress")?)
    .bind(journey.version)
    .bind(journey.created_at.micros())
    .bind(journey.expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// The journey with this id, if this browser began it and it has not expired.
pub async fn of_browser(
    conn: &mut Conn,
    id: JourneyId,
    browser: &str,
    now: Timestamp,
) -> Result<Option<Journey>> {
    let row =
        sqlx::query("SELECT * FROM journeys WHERE id = $1 AND browser = $2 AND expires_at > $3")
            .bind(id.to_string())
            .bind(browser)
            .bind(now.micros())
            .fetch_optional(conn)
            .await?;
    row.as_ref().map(read).transpose()
}

/// Moves a journey on from the version that was read; false where another request moved it first.
pub async fn advance(conn: &mut Conn, journey: &Journey, progress: &Progress) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE journeys SET progress = $3, version = version + 1
         WHERE id = $1 AND version = $2 AND finished_at IS NULL",
    )
    .bind(journey.id.to_string())
    .bind(journey.version)
    .bind(to_json(progress, "progress")?)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a journey from the version that was read; false where another request ended or moved it
/// first.
pub async fn finish(conn: &mut Conn, journey: &Journey, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE journeys SET finished_at = $3, version = version + 1
         WHERE id = $1 AND version = $2 AND finished_at IS NULL",
    )
    .bind(journey.id.to_string())
    .bind(journey.version)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
