//! Applications that are to be told that a session ended.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::{ClientId, SessionId, UserId};
use crate::domain::time::Timestamp;

/// An application that whoever holds this may try to tell.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The line of the queue.
    pub id: String,
    /// Who is to be told.
    pub client_id: ClientId,
    /// Of whose session.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// When the session ended.
    pub created_at: Timestamp,
}

/// Queues every application that was given something under a session and wants to be told of its
/// end. Which those are is looked at once the session has ended: nothing is given under it any more.
pub(super) async fn queue(conn: &mut Conn, session: SessionId, now: Timestamp) -> Result<()> {
    queue_some(conn, session, "", now).await
}

/// Queues one application, which loses what it was given under a session that stands.
pub(super) async fn queue_one(
    conn: &mut Conn,
    session: SessionId,
    client: &ClientId,
    now: Timestamp,
) -> Result<()> {
    queue_some(conn, session, &client.0, now).await
}

async fn queue_some(
    conn: &mut Conn,
    session: SessionId,
    client: &str,
    now: Timestamp,
) -> Result<()> {
    // Settings are compact JSON, where quotation marks inside a text are escaped. What a key set
    // happens to hold may match as well: whom to tell is read from the settings when it is done.
    sqlx::query(
        "INSERT INTO logout_deliveries
             (id, client_id, user_id, session_id, attempts, created_at, next_at)
         SELECT DISTINCT g.session_id || ' ' || g.client_id, g.client_id, g.user_id, g.session_id,
             0, CAST($2 AS BIGINT), CAST($2 AS BIGINT)
         FROM grants g JOIN clients c ON c.id = g.client_id
         WHERE g.session_id = $1 AND c.settings LIKE '%\"backchannel_logout_uri\":\"%'
             AND ($3 = '' OR g.client_id = $3)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(session.to_string())
    .bind(now.micros())
    .bind(client)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes one that is due; until `until`, nobody else does.
pub async fn claim(conn: &mut Conn, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>> {
    let row = sqlx::query(
        "UPDATE logout_deliveries SET next_at = $2, attempts = attempts + 1
         WHERE id = (SELECT id FROM logout_deliveries WHERE next_at <= $1 ORDER BY next_at LIMIT 1)
             AND next_at <= $1
         RETURNING id, client_id, user_id, session_id, attempts, created_at",
    )
    .bind(now.micros())
    .bind(until.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Claimed {
            id: row.text("id")?,
            client_id: ClientId(row.text("client_id")?),
            user_id: row.parsed("user_id")?,
            session_id: row.parsed("session_id")?,
            attempts: row.count("attempts")?,
            created_at: row.time("created_at")?,
        })
    })
    .transpose()
}

/// Whether one is due.
pub async fn is_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let row = sqlx::query("SELECT id FROM logout_deliveries WHERE next_at <= $1 LIMIT 1")
        .bind(now.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Lets one wait for another try.
pub async fn postpone(conn: &mut Conn, id: &str, next_at: Timestamp) -> Result<()> {
    sqlx::query("UPDATE logout_deliveries SET next_at = $2 WHERE id = $1")
        .bind(id)
        .bind(next_at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets all that are due at an application wait.
pub async fn postpone_due(
    conn: &mut Conn,
    client: &ClientId,
    now: Timestamp,
    next_at: Timestamp,
) -> Result<()> {
    sqlx::query("UPDATE logout_deliveries SET next_at = $3 WHERE client_id = $1 AND next_at <= $2")
        .bind(&client.0)
        .bind(now.micros())
        .bind(next_at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes one out of the queue.
pub async fn delete(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM logout_deliveries WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
