//! Which applications a person lets in: what they consented to, and what stands of what was given.

use super::row::Columns;
use super::{Conn, Result, logouts};
use crate::domain::client::Scope;
use crate::domain::grant::Access;
use crate::domain::id::{ClientId, UserId};
use crate::domain::time::Timestamp;

/// Every application that has something of a person, the one that used it last first.
pub async fn of_user(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<Vec<Access>> {
    let mut found: Vec<Access> = Vec::new();
    let consents =
        sqlx::query("SELECT client_id, scopes, granted_at FROM consents WHERE user_id = $1")
            .bind(user.to_string())
            .fetch_all(&mut *conn)
            .await?;
    for row in consents {
        let granted_at = row.time("granted_at")?;
        add(&mut found, row.text("client_id")?, &row.text("scopes")?, granted_at, None);
    }
    // A grant stands as long as it may be used, and so does its session.
    let grants = sqlx::query(
        "SELECT g.client_id, g.scopes, g.created_at,
             (SELECT MAX(t.issued_at) FROM refresh_tokens t WHERE t.grant_id = g.id) AS refreshed_at
         FROM grants g JOIN sessions s ON s.id = g.session_id
         WHERE g.user_id = $1 AND g.revoked_at IS NULL AND s.ended_at IS NULL
             AND (g.expires_at > $2 OR EXISTS
                 (SELECT 1 FROM forward_sessions f WHERE f.grant_id = g.id AND f.expires_at > $2))",
    )
    .bind(user.to_string())
    .bind(now.micros())
    .fetch_all(conn)
    .await?;
    for row in grants {
        let created_at = row.time("created_at")?;
        let last = row.opt_time("refreshed_at")?.map_or(created_at, |at| at.max(created_at));
        add(&mut found, row.text("client_id")?, &row.text("scopes")?, created_at, Some(last));
    }
    found.sort_by_key(|access| std::cmp::Reverse((access.last_used_at, access.since)));
    Ok(found)
}

fn add(
    found: &mut Vec<Access>,
    client: String,
    scopes: &str,
    since: Timestamp,
    used: Option<Timestamp>,
) {
    let scopes = Scope::parse_list(scopes);
    let client_id = ClientId(client);
    if let Some(access) = found.iter_mut().find(|access| access.client_id == client_id) {
        access.since = access.since.min(since);
        access.last_used_at = access.last_used_at.max(used);
        access.scopes.extend(scopes);
        access.scopes.sort();
        access.scopes.dedup();
        return;
    }
    found.push(Access { client_id, scopes, since, last_used_at: used });
}

/// Takes from an application all that it has of a person, and queues it to be told; false where it
/// had nothing.
pub async fn remove(
    conn: &mut Conn,
    user: UserId,
    client: &ClientId,
    now: Timestamp,
) -> Result<bool> {
    let consents = sqlx::query("DELETE FROM consents WHERE user_id = $1 AND client_id = $2")
        .bind(user.to_string())
        .bind(&client.0)
        .execute(&mut *conn)
        .await?;
    let revoked = sqlx::query(
        "UPDATE grants SET revoked_at = $3
         WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL RETURNING session_id",
    )
    .bind(user.to_string())
    .bind(&client.0)
    .bind(now.micros())
    .fetch_all(&mut *conn)
    .await?;
    for row in &revoked {
        logouts::queue_one(conn, row.parsed("session_id")?, client, now).await?;
    }
    Ok(consents.rows_affected() > 0 || !revoked.is_empty())
}

/// Takes back all that was given to applications for a person.
pub async fn revoke_all(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE grants SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL")
        .bind(user.to_string())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}
