//! The audit log: lines are added and read, never changed.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::audit::Event;
use crate::domain::time::Timestamp;

/// Adds a line, and says the same in the log of the process.
pub async fn insert(conn: &mut Conn, event: &Event) -> Result<()> {
    tracing::info!(
        target: "firstkey::audit",
        activity = event.activity.name(),
        actor = event.actor.as_deref(),
        subject = event.subject.map(tracing::field::display),
        client = event.client.as_ref().map(tracing::field::display),
        address = event.address.as_deref(),
        success = event.success,
        detail = event.detail,
    );
    sqlx::query(
        "INSERT INTO audit_events (id, at, activity, actor, subject, client, address, success, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(event.id.to_string())
    .bind(event.at.micros())
    .bind(event.activity.name())
    .bind(event.actor.as_deref())
    .bind(event.subject.map(|id| id.to_string()))
    .bind(event.client.as_ref().map(|id| id.0.as_str()))
    .bind(event.address.as_deref())
    .bind(i64::from(event.success))
    .bind(&event.detail)
    .execute(conn)
    .await?;
    Ok(())
}

/// A line as it is read back, with the subject's username where the person still exists.
#[derive(Clone, Debug)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What.
    pub activity: String,
    /// Who.
    pub actor: Option<String>,
    /// On whom.
    pub subject: Option<String>,
    /// Their username.
    pub username: Option<String>,
    /// Through which application.
    pub client: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// Whether it went through.
    pub success: bool,
    /// The true reason.
    pub detail: String,
}

/// The latest lines, newest first.
pub async fn latest(conn: &mut Conn, limit: u32) -> Result<Vec<Line>> {
    let rows = sqlx::query(
        "SELECT a.*, u.username AS username FROM audit_events a LEFT JOIN users u ON u.id = a.subject
         ORDER BY a.at DESC, a.id DESC LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Line {
                at: row.time("at")?,
                activity: row.text("activity")?,
                actor: row.opt_text("actor")?,
                subject: row.opt_text("subject")?,
                username: row.opt_text("username")?,
                client: row.opt_text("client")?,
                address: row.opt_text("address")?,
                success: row.flag("success")?,
                detail: row.text("detail")?,
            })
        })
        .collect()
}
