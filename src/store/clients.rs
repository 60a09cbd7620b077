//! Applications and what people consented to.

use std::collections::{BTreeSet, HashMap};

use futures::FutureExt;
use futures::future::BoxFuture;

use super::row::{Columns, to_json};
use super::standing::{read_all, rows_of};
use super::users::conflict_where_taken;
use super::{Conn, Result};
use crate::domain::client::{Client, Scope};
use crate::domain::id::{ClientId, UserId};
use crate::domain::time::Timestamp;

fn read(row: &sqlx::any::AnyRow) -> Result<Client> {
    Ok(Client {
        id: ClientId(row.text("id")?),
        secret_hash: row.opt_text("secret_hash")?,
        settings: row.json("settings")?,
        enabled: row.flag("enabled")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
    })
}

/// Adds an application, or replaces the one with its id and counts that.
pub async fn put(conn: &mut Conn, client: &Client) -> Result<()> {
    sqlx::query(
        "INSERT INTO clients (id, secret_hash, settings, enabled, created_at, forward_origin)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash,
             settings = excluded.settings, enabled = excluded.enabled,
             forward_origin = excluded.forward_origin,
             version = clients.version + 1",
    )
    .bind(&client.id.0)
    .bind(client.secret_hash.as_deref())
    .bind(to_json(&client.settings, "settings")?)
    .bind(i64::from(client.enabled))
    .bind(client.created_at.micros())
    .bind(client.settings.forward_auth.as_ref().map(|rule| rule.origin.as_str()))
    .execute(conn)
    .await
    .map_err(conflict_where_taken)?;
    Ok(())
}

/// The application with this `client_id`.
pub async fn by_id(conn: &mut Conn, id: &ClientId) -> Result<Option<Client>> {
    let row =
        sqlx::query("SELECT * FROM clients WHERE id = $1").bind(&id.0).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// What tells an application as it is from what it was: how often it was changed, and when it was
/// registered, for the case that one with its id was removed before.
pub type Version = (i64, Timestamp);

/// The versions of the applications with these ids.
pub fn versions(
    conn: &mut Conn,
    ids: Vec<ClientId>,
) -> BoxFuture<'_, Result<Vec<Option<Version>>>> {
    async move {
        let texts: BTreeSet<String> = ids.iter().map(|id| id.0.clone()).collect();
        let texts: Vec<String> = texts.into_iter().collect();
        let select = "SELECT id, version, created_at FROM clients WHERE id IN";
        let rows = rows_of(conn, select, &texts).await?;
        let found: HashMap<String, Version> = read_all(&rows, |row| {
            Ok((row.text("id")?, (row.int("version")?, row.time("created_at")?)))
        })?;
        Ok(ids.iter().map(|id| found.get(&id.0).copied()).collect())
    }
    .boxed()
}

/// Every application, oldest first.
pub async fn list(conn: &mut Conn) -> Result<Vec<Client>> {
    let rows = sqlx::query("SELECT * FROM clients ORDER BY created_at, id").fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Removes an application and all that it was given; false where there was none.
pub async fn delete(conn: &mut Conn, id: &ClientId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM clients WHERE id = $1").bind(&id.0).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// What a person has consented to for an application.
pub async fn consent(conn: &mut Conn, user: UserId, client: &ClientId) -> Result<Vec<Scope>> {
    let row = sqlx::query("SELECT scopes FROM consents WHERE user_id = $1 AND client_id = $2")
        .bind(user.to_string())
        .bind(&client.0)
        .fetch_optional(conn)
        .await?;
    Ok(row
        .map(|row| row.text("scopes"))
        .transpose()?
        .map_or_else(Vec::new, |s| Scope::parse_list(&s)))
}

/// Records a consent.
pub async fn set_consent(
    conn: &mut Conn,
    user: UserId,
    client: &ClientId,
    scopes: &[Scope],
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO consents (user_id, client_id, scopes, granted_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, client_id)
         DO UPDATE SET scopes = excluded.scopes, granted_at = excluded.granted_at",
    )
    .bind(user.to_string())
    .bind(&client.0)
    .bind(Scope::join(scopes))
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(())
}
