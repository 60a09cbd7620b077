//! Groups, and who is in them.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::filter::{Clause, order_by};
use super::row::{Columns, numbered};
use super::users::conflict_where_taken;
use super::{Conn, Error, Result};
use crate::domain::filter::{Filter, GroupField, Sort};
use crate::domain::group::{Group, Member, name_key};
use crate::domain::id::{GroupId, UserId};
use crate::domain::time::Timestamp;

/// How many ids are looked up at once.
const RESOLVE_BATCH: usize = 500;

fn read(row: &sqlx::any::AnyRow) -> Result<Group> {
    Ok(Group {
        id: row.parsed("id")?,
        name: row.text("name")?,
        description: row.opt_text("description")?,
        external_id: row.opt_text("external_id")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// Adds a group; false where the name is taken.
pub async fn insert(conn: &mut Conn, group: &Group) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO groups (id, name, name_key, description, external_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (name_key) DO NOTHING",
    )
    .bind(group.id.to_string())
    .bind(&group.name)
    .bind(name_key(&group.name))
    .bind(group.description.as_deref())
    .bind(group.external_id.as_deref())
    .bind(group.created_at.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces what may change about a group and counts the version up. A [`Error::Conflict`] where
/// somebody changed it since it was read, or took the name.
pub async fn update(conn: &mut Conn, group: &Group, now: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "UPDATE groups SET name = $3, name_key = $4, description = $5, external_id = $6,
             updated_at = $7, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(group.id.to_string())
    .bind(group.version)
    .bind(&group.name)
    .bind(name_key(&group.name))
    .bind(group.description.as_deref())
    .bind(group.external_id.as_deref())
    .bind(now.micros())
    .execute(conn)
    .await
    .map_err(conflict_where_taken)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Conflict) }
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
        "SELECT g.*, (SELECT COUNT(*) FROM group_members m WHERE m.group_id = g.id)
                   + (SELECT COUNT(*) FROM group_groups s WHERE s.parent_id = g.id) AS members
         FROM groups g ORDER BY g.name_key",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((read(row)?, row.count("members")?))).collect()
}

/// Groups in the order of their names, at most `limit`, after the name key `after`.
pub async fn page(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<Group>> {
    let rows = sqlx::query("SELECT * FROM groups WHERE name_key > $1 ORDER BY name_key LIMIT $2")
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// The same among those that a filter lets through.
pub async fn search(
    conn: &mut Conn,
    filter: &Filter<GroupField>,
    after: &str,
    limit: u32,
) -> Result<Vec<Group>> {
    let clause = Clause::of(conn, filter, 3);
    let sql = format!(
        "SELECT * FROM groups WHERE name_key > $1{} ORDER BY name_key LIMIT $2",
        clause.sql
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(i64::from(limit));
    let rows = clause.bind(query).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Those that a filter lets through in an order of their own, at most `limit`, but for the first
/// `offset`.
pub async fn sorted(
    conn: &mut Conn,
    filter: &Filter<GroupField>,
    sort: Sort<GroupField>,
    offset: u32,
    limit: u32,
) -> Result<Vec<Group>> {
    let clause = Clause::of(conn, filter, 3);
    let order = order_by(sort);
    let sql = format!("SELECT * FROM groups WHERE 1 = 1{} {order} LIMIT $1 OFFSET $2", clause.sql);
    let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).bind(i64::from(offset));
    let rows = clause.bind(query).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// How many a filter lets through.
pub async fn count_matching(conn: &mut Conn, filter: &Filter<GroupField>) -> Result<u32> {
    let clause = Clause::of(conn, filter, 1);
    let sql = format!("SELECT COUNT(*) AS found FROM groups WHERE 1 = 1{}", clause.sql);
    let row = clause.bind(sqlx::query(AssertSqlSafe(sql))).fetch_one(conn).await?;
    row.count("found")
}

/// Groups that were put into a group, in the order of their names, at most `limit`, after the name
/// key `after`.
pub async fn in_group(
    conn: &mut Conn,
    group: GroupId,
    after: &str,
    limit: u32,
) -> Result<Vec<Group>> {
    let rows = sqlx::query(
        "SELECT g.* FROM group_groups s JOIN groups g ON g.id = s.child_id
         WHERE s.parent_id = $1 AND g.name_key > $2 ORDER BY g.name_key LIMIT $3",
    )
    .bind(group.to_string())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// The usernames of the people who were put into a group.
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

/// Who was put into each of several groups, people first, at most `limit` in all.
pub async fn members_of_all(
    conn: &mut Conn,
    ids: &[GroupId],
    limit: u32,
) -> Result<Vec<(GroupId, Member)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = numbered(ids.len());
    let bound = |sql: String| {
        let query = sqlx::query(AssertSqlSafe(sql));
        ids.iter().fold(query, |query, id| query.bind(id.to_string())).bind(i64::from(limit))
    };
    let end = ids.len() + 1;
    let people = bound(format!(
        "SELECT group_id, user_id AS id FROM group_members WHERE group_id IN ({list})
         ORDER BY group_id, user_id LIMIT ${end}"
    ))
    .fetch_all(&mut *conn)
    .await?;
    let groups = bound(format!(
        "SELECT parent_id AS group_id, child_id AS id FROM group_groups
         WHERE parent_id IN ({list}) ORDER BY parent_id, child_id LIMIT ${end}"
    ))
    .fetch_all(conn)
    .await?;
    let people =
        people.iter().map(|row| Ok((row.parsed("group_id")?, Member::User(row.parsed("id")?))));
    let groups =
        groups.iter().map(|row| Ok((row.parsed("group_id")?, Member::Group(row.parsed("id")?))));
    people.chain(groups).take(limit as usize).collect()
}

/// The people and groups that these ids stand for; what stands for nothing is left out.
pub async fn resolve(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<Member>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(RESOLVE_BATCH) {
        let list = numbered(chunk.len());
        let bound = |sql: String| {
            let query = sqlx::query(AssertSqlSafe(sql));
            chunk.iter().fold(query, |query, id| query.bind(id.to_string()))
        };
        let sql = format!("SELECT id FROM users WHERE id IN ({list})");
        for row in bound(sql).fetch_all(&mut *conn).await? {
            found.push(Member::User(row.parsed("id")?));
        }
        let sql = format!("SELECT id FROM groups WHERE id IN ({list})");
        for row in bound(sql).fetch_all(&mut *conn).await? {
            found.push(Member::Group(row.parsed("id")?));
        }
    }
    Ok(found)
}

/// Puts a person into a group; false where they were in it already, or are gone. Their username goes
/// with them, so that a group of thousands is read in its order.
pub async fn add_member(conn: &mut Conn, group: GroupId, user: UserId) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO group_members (group_id, user_id, username_key)
         SELECT $1, id, username_key FROM users WHERE id = $2 ON CONFLICT DO NOTHING",
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

/// Puts a group into a group; false where it was in it already. Whether that closes a circle is
/// the caller's to ask, with [`contains`], in the same transaction.
pub async fn add_group(conn: &mut Conn, parent: GroupId, child: GroupId) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO group_groups (parent_id, child_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(parent.to_string())
    .bind(child.to_string())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a group out of a group; false where it was not in it.
pub async fn remove_group(conn: &mut Conn, parent: GroupId, child: GroupId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM group_groups WHERE parent_id = $1 AND child_id = $2")
        .bind(parent.to_string())
        .bind(child.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether `inner` is `outer`, or is in it through any number of groups.
pub async fn contains(conn: &mut Conn, outer: GroupId, inner: GroupId) -> Result<bool> {
    let row = sqlx::query(
        "WITH RECURSIVE below (id) AS (
             SELECT id FROM groups WHERE id = $1
             UNION
             SELECT gg.child_id FROM group_groups gg JOIN below b ON gg.parent_id = b.id
         )
         SELECT id FROM below WHERE id = $2",
    )
    .bind(outer.to_string())
    .bind(inner.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Counts a group's version up, because who is in it changed.
pub async fn touch(conn: &mut Conn, id: GroupId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE groups SET version = version + 1, updated_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts up the versions of the groups that somebody or something was put into and is about to be
/// removed for good.
pub async fn touch_all_of(conn: &mut Conn, member: Member, now: Timestamp) -> Result<()> {
    let (Member::User(UserId(id)) | Member::Group(GroupId(id))) = member;
    sqlx::query(
        "UPDATE groups SET version = version + 1, updated_at = $2
         WHERE id IN (SELECT group_id FROM group_members WHERE user_id = $1
                      UNION ALL SELECT parent_id FROM group_groups WHERE child_id = $1)",
    )
    .bind(id.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(())
}
