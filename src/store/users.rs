//! People.

use super::row::{Columns, to_json};
use super::{Conn, Error, Result};
use crate::domain::id::{GroupId, UserId};
use crate::domain::user::{User, Username};

fn read(row: &sqlx::any::AnyRow) -> Result<User> {
    Ok(User {
        id: row.parsed("id")?,
        handle: row.parsed("handle")?,
        username: Username::parse(&row.text("username")?)
            .map_err(|_| Error::Corrupt("username"))?,
        display_name: row.text("display_name")?,
        email: row.opt_text("email")?,
        roles: row.json("roles")?,
        enabled: row.flag("enabled")?,
        created_at: row.time("created_at")?,
    })
}

/// Adds a person; false where the username is taken.
pub async fn insert(conn: &mut Conn, user: &User) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO users (id, handle, username, username_key, display_name, email, roles, enabled, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (username_key) DO NOTHING",
    )
    .bind(user.id.to_string())
    .bind(user.handle.to_string())
    .bind(user.username.as_str())
    .bind(user.username.key())
    .bind(&user.display_name)
    .bind(user.email.as_deref())
    .bind(to_json(&user.roles, "roles")?)
    .bind(i64::from(user.enabled))
    .bind(user.created_at.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces what may change about a person: display name, e-mail, roles, enabled.
pub async fn update(conn: &mut Conn, user: &User) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE users SET display_name = $2, email = $3, roles = $4, enabled = $5 WHERE id = $1",
    )
    .bind(user.id.to_string())
    .bind(&user.display_name)
    .bind(user.email.as_deref())
    .bind(to_json(&user.roles, "roles")?)
    .bind(i64::from(user.enabled))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a person and all that hangs on them; false where there was none.
pub async fn delete(conn: &mut Conn, id: UserId) -> Result<bool> {
    let done =
        sqlx::query("DELETE FROM users WHERE id = $1").bind(id.to_string()).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// The person with this id.
pub async fn by_id(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    let row = sqlx::query("SELECT * FROM users WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The person with this username, without regard to case.
pub async fn by_username(conn: &mut Conn, username: &Username) -> Result<Option<User>> {
    let row = sqlx::query("SELECT * FROM users WHERE username_key = $1")
        .bind(username.key())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The person with this WebAuthn user handle.
pub async fn by_handle(conn: &mut Conn, handle: uuid::Uuid) -> Result<Option<User>> {
    let row = sqlx::query("SELECT * FROM users WHERE handle = $1")
        .bind(handle.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// People in the order of their usernames, at most `limit`, after the username key `after`.
pub async fn list(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<User>> {
    let rows =
        sqlx::query("SELECT * FROM users WHERE username_key > $1 ORDER BY username_key LIMIT $2")
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(conn)
            .await?;
    rows.iter().map(read).collect()
}

/// Whether there is anybody at all.
pub async fn any(conn: &mut Conn) -> Result<bool> {
    let row = sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(conn).await?;
    Ok(row.is_some())
}

/// The groups that a person is in.
pub async fn groups_of(conn: &mut Conn, id: UserId) -> Result<Vec<(GroupId, String)>> {
    let rows = sqlx::query(
        "SELECT g.id AS id, g.name AS name FROM group_members m JOIN groups g ON g.id = m.group_id
         WHERE m.user_id = $1 ORDER BY g.name_key",
    )
    .bind(id.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, row.text("name")?))).collect()
}
