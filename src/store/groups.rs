//! Groups and who is in them.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::group::{Group, name_key};
use crate::domain::id::{GroupId, UserId};

fn read(row: &sqlx::any::AnyRow) -> Result<Group> {
    Ok(Group {
        id: row.parsed("id")?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
    })
}

/// Adds a group; false where the name is taken.
pub async fn insert(conn: &mut Conn, group: &Group) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO groups (id, name, name_key, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name_key) DO NOTHING",
    )
    .bind(group.id.to_string())
    .bind(&group.name)
    .bind(name_key(&group.name))
    .bind(group.created_at.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a group; its members stay people.
pub async fn delete(conn: &mut Conn, id: GroupId) -> Result<bool> {
    let done =
        sqlx::query("DELETE FROM groups WHERE id = $1").bind(id.to_string()).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// The group with this name, without regard to case.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Group>> {
    let row = sqlx::query("SELECT * FROM groups WHERE name_key = $1")
        .bind(name_key(name.trim()))
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The group with this id.
pub async fn by_id(conn: &mut Conn, id: GroupId) -> Result<Option<Group>> {
    let row = sqlx::query("SELECT * FROM groups WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Every group with the number of its members, in the order of their names.
pub async fn list(conn: &mut Conn) -> Result<Vec<(Group, u32)>> {
    let rows = sqlx::query(
        "SELECT g.id AS id, g.name AS name, g.created_at AS created_at,
                (SELECT COUNT(*) FROM group_members m WHERE m.group_id = g.id) AS members
         FROM groups g ORDER BY g.name_key",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((read(row)?, row.count("members")?))).collect()
}

/// The usernames of a group's members.
pub async fn members(conn: &mut Conn, id: GroupId) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "SELECT u.username AS username FROM group_members m JOIN users u ON u.id = m.user_id
         WHERE m.group_id = $1 ORDER BY u.username_key",
    )
    .bind(id.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| row.text("username")).collect()
}

/// Puts a person into a group; false where they were in it already.
pub async fn add_member(conn: &mut Conn, group: GroupId, user: UserId) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO group_members (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(group.to_string())
    .bind(user.to_string())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a person out of a group; false where they were not in it.
pub async fn remove_member(conn: &mut Conn, group: GroupId, user: UserId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM group_members WHERE group_id = $1 AND user_id = $2")
        .bind(group.to_string())
        .bind(user.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}
