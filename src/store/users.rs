//! People.

use super::counted::{Counted, count};
use super::filter::{Clause, order_by};
use super::row::{Columns, numbered, to_json};
use super::{Conn, Error, Result};
use crate::domain::filter::{Filter, Sort, UserField};
use crate::domain::id::{GroupId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::{Profile, User, Username};
use sqlx::any::AnyArguments;
use sqlx::error::DatabaseError;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};

pub(super) fn read(row: &impl Columns) -> Result<User> {
    Ok(User {
        id: row.parsed("id")?,
        handle: row.parsed("handle")?,
        username: Username::parse(&row.text("username")?)
            .map_err(|_| Error::Corrupt("username"))?,
        display_name: row.text("display_name")?,
        email: row.opt_text("email")?,
        roles: row.json("roles")?,
        enabled: row.flag("enabled")?,
        external_id: row.opt_text("external_id")?,
        manager: row.opt_parsed("manager_id")?,
        profile: row.json("profile")?,
        method_count: row.count("method_count")?,
        skips: row.count("skips")?,
        skipped_at: row.opt_time("skipped_at")?,
        reregister_since: row.opt_time("reregister_since")?,
        first_tokens_at: row.opt_time("first_tokens_at")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// Adds a person; false where the username is taken.
pub async fn insert(conn: &mut Conn, user: &User) -> Result<bool> {
    let query = sqlx::query(
        "INSERT INTO users (id, handle, username, username_key, display_name, display_name_key,
                            email, email_key, roles, enabled, external_id, manager_id, profile,
                            created_at, updated_at, alternate_email_key, given_name_key,
                            surname_key, job_title_key, department_key, employee_id_key, keyed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17,
                 $18, $19, $20, 1)
         ON CONFLICT (username_key) DO NOTHING",
    )
    .bind(user.id.to_string())
    .bind(user.handle.to_string())
    .bind(user.username.as_str())
    .bind(user.username.key())
    .bind(&user.display_name)
    .bind(key(&user.display_name))
    .bind(user.email.as_deref())
    .bind(user.email.as_deref().map(key))
    .bind(to_json(&user.roles, "roles")?)
    .bind(i64::from(user.enabled))
    .bind(user.external_id.as_deref())
    .bind(user.manager.map(|id| id.to_string()))
    .bind(to_json(&user.profile, "profile")?)
    .bind(user.created_at.micros());
    let done = bind_keys(query, &user.profile).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// The profile's fields in the form in which they are looked up.
fn bind_keys<'q>(
    query: Query<'q, Any, AnyArguments>,
    profile: &Profile,
) -> Query<'q, Any, AnyArguments> {
    [
        &profile.alternate_email,
        &profile.given_name,
        &profile.surname,
        &profile.job_title,
        &profile.department,
        &profile.employee_id,
    ]
    .into_iter()
    .fold(query, |query, value| query.bind(value.as_deref().map(key)))
}

/// Fills what people are looked up by, for at most `limit` of those who were there before it
/// existed; returns how many.
pub(super) async fn fill_keys(conn: &mut Conn, limit: u32) -> Result<usize> {
    let rows = sqlx::query("SELECT * FROM users WHERE keyed = 0 LIMIT $1")
        .bind(i64::from(limit))
        .fetch_all(&mut *conn)
        .await?;
    for row in &rows {
        let user = read(row)?;
        let query = sqlx::query(
            "UPDATE users SET alternate_email_key = $2, given_name_key = $3, surname_key = $4,
                 job_title_key = $5, department_key = $6, employee_id_key = $7, keyed = 1
             WHERE id = $1 AND keyed = 0",
        )
        .bind(user.id.to_string());
        bind_keys(query, &user.profile).execute(&mut *conn).await?;
    }
    Ok(rows.len())
}

/// Replaces all that may change about a person and counts the version up. A [`Error::Conflict`]
/// where somebody changed them since they were read, or took the username.
pub async fn update(conn: &mut Conn, user: &User, now: Timestamp) -> Result<()> {
    let query = sqlx::query(
        "UPDATE users SET username = $3, username_key = $4, display_name = $5,
             display_name_key = $6, email = $7, email_key = $8, roles = $9, enabled = $10,
             external_id = $11, manager_id = $12, profile = $13, updated_at = $14,
             alternate_email_key = $15, given_name_key = $16, surname_key = $17,
             job_title_key = $18, department_key = $19, employee_id_key = $20, keyed = 1,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(user.id.to_string())
    .bind(user.version)
    .bind(user.username.as_str())
    .bind(user.username.key())
    .bind(&user.display_name)
    .bind(key(&user.display_name))
    .bind(user.email.as_deref())
    .bind(user.email.as_deref().map(key))
    .bind(to_json(&user.roles, "roles")?)
    .bind(i64::from(user.enabled))
    .bind(user.external_id.as_deref())
    .bind(user.manager.map(|id| id.to_string()))
    .bind(to_json(&user.profile, "profile")?)
    .bind(now.micros());
    let done = bind_keys(query, &user.profile).execute(&mut *conn).await;
    if done.map_err(conflict_where_taken)?.rows_affected() != 1 {
        return Err(Error::Conflict);
    }
    // Groups are read in the order of usernames.
    sqlx::query(
        "UPDATE group_members SET username_key = $2 WHERE user_id = $1 AND username_key <> $2",
    )
    .bind(user.id.to_string())
    .bind(user.username.key())
    .execute(conn)
    .await?;
    Ok(())
}

/// Records that a person skipped what the registration policy suggests.
pub async fn record_skip(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE users SET skips = skips + 1, skipped_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a person may sign in now with a method that they registered then. Until this transaction
/// is over, nobody shuts them out, nor demands that they register anew.
pub async fn hold(conn: &mut Conn, id: UserId, registered: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE users SET method_count = method_count
         WHERE id = $1 AND enabled = 1 AND (reregister_since IS NULL OR reregister_since < $2)",
    )
    .bind(id.to_string())
    .bind(registered.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Demands that a person registers anew: what they have registered is worth nothing from now on.
/// False where there is nobody.
pub async fn require_registration(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE users SET reregister_since = $2, updated_at = $2, version = version + 1
         WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes that back: what they have registered is worth again what it was. False where nothing is
/// demanded of them, or what was is done.
pub async fn cancel_registration(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE users SET reregister_since = NULL, updated_at = $2, version = version + 1
         WHERE id = $1 AND reregister_since IS NOT NULL",
    )
    .bind(id.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A taken name is somebody else's change that came first.
pub(super) fn conflict_where_taken(error: sqlx::Error) -> Error {
    if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) {
        Error::Conflict
    } else {
        error.into()
    }
}

/// The form in which names and addresses are looked up.
pub fn key(text: &str) -> String {
    text.trim().to_lowercase()
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

/// People with this e-mail address, without regard to case; two at most, which is one too many for
/// whoever wants to know who it is.
pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Vec<User>> {
    let rows = sqlx::query("SELECT * FROM users WHERE email_key = $1 LIMIT 2")
        .bind(key(email))
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// Whether anybody goes by this address: as their e-mail address, their other one, or their
/// username.
pub async fn goes_by(conn: &mut Conn, address: &str) -> Result<bool> {
    let row = sqlx::query(
        "SELECT id FROM users
         WHERE email_key = $1 OR alternate_email_key = $1 OR username_key = $1 LIMIT 1",
    )
    .bind(key(address))
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// The same by the name under which the system that provisions them knows them, to the letter.
pub async fn by_external_id(conn: &mut Conn, external_id: &str) -> Result<Vec<User>> {
    let rows = sqlx::query("SELECT * FROM users WHERE external_id = $1 LIMIT 2")
        .bind(external_id)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// An application is given tokens of this person; it is written down the first time.
pub async fn first_tokens(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "UPDATE users SET first_tokens_at = $2 WHERE id = $1 AND first_tokens_at IS NULL",
    )
    .bind(id.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 {
        count(Counted::FirstTokens);
    }
    Ok(())
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

/// The same among those whom a filter lets through.
///
/// Where no index has those in the order of their usernames, few are sorted; among many, the list is
/// walked in its order, in an index that has all that a filter looks at.
pub async fn search(
    conn: &mut Conn,
    filter: &Filter<UserField>,
    after: &str,
    limit: u32,
) -> Result<Vec<User>> {
    let clause = Clause::of(conn, filter, 3);
    let inside = if clause.begins_after(after) {
        // The range of what it begins with is where it starts; two bounds would leave the choice.
        format!("$1 = $1{}", clause.sql)
    } else if !clause.is_walk() {
        format!("username_key > $1{}", clause.sql)
    } else if few_matching(conn, filter).await?.is_some() {
        format!(
            "username_key IN (SELECT username_key FROM users WHERE 1 = 1{}) AND username_key > $1",
            clause.sql
        )
    } else {
        format!(
            "username_key IN (SELECT username_key FROM users WHERE username_key > $1{}
                              ORDER BY username_key LIMIT $2)",
            clause.walked
        )
    };
    let sql = format!("SELECT * FROM users WHERE {inside} ORDER BY username_key LIMIT $2");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(i64::from(limit));
    let rows = clause.bind(query).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// How many are sorted rather than walked to.
const FEW: u32 = 500;

/// How many a filter lets through, if they are few.
async fn few_matching(conn: &mut Conn, filter: &Filter<UserField>) -> Result<Option<u32>> {
    let clause = Clause::of(conn, filter, 2);
    let sql = format!(
        "SELECT COUNT(*) AS people
         FROM (SELECT username_key FROM users WHERE 1 = 1{} LIMIT $1) AS few",
        clause.sql
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(FEW) + 1);
    let row = clause.bind(query).fetch_one(conn).await?;
    Ok(Some(row.count("people")?).filter(|people| *people <= FEW))
}

/// Those whom a filter lets through in an order of their own, at most `limit`, but for the first
/// `offset`.
pub async fn page(
    conn: &mut Conn,
    filter: &Filter<UserField>,
    sort: Sort<UserField>,
    offset: u32,
    limit: u32,
) -> Result<Vec<User>> {
    let clause = Clause::of(conn, filter, 3);
    // What is left out is counted in the index alone.
    let order = order_by(sort);
    let sql = format!(
        "SELECT * FROM users WHERE id IN (
             SELECT id FROM users WHERE 1 = 1{} {order} LIMIT $1 OFFSET $2) {order}",
        clause.sql
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).bind(i64::from(offset));
    let rows = clause.bind(query).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// How many a filter lets through.
pub async fn count_matching(conn: &mut Conn, filter: &Filter<UserField>) -> Result<u32> {
    let clause = Clause::of(conn, filter, 1);
    // Alternatives overlap: where they let through many, all of them are counted in one walk.
    if filter.any_of.len() > 1
        && let Some(few) = few_matching(conn, filter).await?
    {
        return Ok(few);
    }
    let condition = if filter.any_of.len() > 1 { &clause.walked } else { &clause.sql };
    let sql = format!("SELECT COUNT(*) AS people FROM users WHERE 1 = 1{condition}");
    let row = clause.bind(sqlx::query(AssertSqlSafe(sql))).fetch_one(conn).await?;
    row.count("people")
}

/// People who were put into a group, in the order of their usernames, at most `limit`, after the
/// username key `after`.
pub async fn in_group(
    conn: &mut Conn,
    group: GroupId,
    after: &str,
    limit: u32,
) -> Result<Vec<User>> {
    let rows = sqlx::query(
        "SELECT u.* FROM group_members m JOIN users u ON u.id = m.user_id
         WHERE m.group_id = $1 AND m.username_key > $2 ORDER BY m.username_key LIMIT $3",
    )
    .bind(group.to_string())
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

/// Every group that a person is in, also through other groups.
pub async fn all_groups_of(conn: &mut Conn, id: UserId) -> Result<Vec<(GroupId, String)>> {
    // UNION drops what was seen, so that a circle ends.
    let rows = sqlx::query(
        "WITH RECURSIVE inside (id) AS (
             SELECT group_id FROM group_members WHERE user_id = $1
             UNION
             SELECT gg.parent_id FROM group_groups gg JOIN inside i ON gg.child_id = i.id
         )
         SELECT g.id AS id, g.name AS name FROM inside i JOIN groups g ON g.id = i.id
         ORDER BY g.name_key",
    )
    .bind(id.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, row.text("name")?))).collect()
}

/// The groups that a person was put into.
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

/// The same for several people at once, each with whose it is.
pub async fn groups_of_all(
    conn: &mut Conn,
    ids: &[UserId],
) -> Result<Vec<(UserId, GroupId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT m.user_id AS user_id, g.id AS id, g.name AS name
         FROM group_members m JOIN groups g ON g.id = m.group_id
         WHERE m.user_id IN ({}) ORDER BY m.user_id, g.name_key",
        numbered(ids.len())
    );
    let query =
        ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id.to_string()));
    let rows = query.fetch_all(conn).await?;
    rows.iter()
        .map(|row| Ok((row.parsed("user_id")?, row.parsed("id")?, row.text("name")?)))
        .collect()
}
