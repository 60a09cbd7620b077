//! Registrations that admins began on others' behalf. Taking one deletes it: a challenge has one
//! answer.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

/// Begins a registration; its challenge names it.
pub async fn insert(
    conn: &mut Conn,
    challenge: &str,
    user: UserId,
    state: &str,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO on_behalf (challenge, user_id, state, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(challenge)
    .bind(user.to_string())
    .bind(state)
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a registration of this person: it can be taken once. Returns its state.
pub async fn take(
    conn: &mut Conn,
    challenge: &str,
    user: UserId,
    now: Timestamp,
) -> Result<Option<String>> {
    let row = sqlx::query(
        "DELETE FROM on_behalf WHERE challenge = $1 AND user_id = $2 AND expires_at > $3
         RETURNING state",
    )
    .bind(challenge)
    .bind(user.to_string())
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.text("state")).transpose()
}
