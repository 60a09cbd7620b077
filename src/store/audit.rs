//! The audit log: lines are added, sealed and read, never changed.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::row::Columns;
use super::{Conn, Error, Result, counted};
use crate::domain::audit::Event;
pub use crate::domain::audit_log::{Line, Part, Search};
use crate::domain::time::Timestamp;

/// Adds a line. The log of the process says the same once it is committed (`counted`).
pub async fn insert(conn: &mut Conn, event: &Event) -> Result<()> {
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
    counted::count(event);
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<Line> {
    Ok(Line {
        id: row.text("id")?,
        at: row.time("at")?,
        activity: row.text("activity")?,
        actor: row.opt_text("actor")?,
        subject: row.opt_text("subject")?,
        username: row.opt_text("username")?,
        display_name: row.opt_text("display_name")?,
        actor_username: row.opt_text("actor_username")?,
        client: row.opt_text("client")?,
        address: row.opt_text("address")?,
        success: row.flag("success")?,
        detail: row.text("detail")?,
        seq: row.opt_int("seq")?,
    })
}

/// The condition of a part, to the letter as the indexes of this part have it; `|| ''` keeps the engine
/// from collecting one activity after the other, and sorting them.
fn condition(part: Part) -> &'static str {
    match part {
        Part::SignIns => {
            "(a.activity || '') IN ('passSignIn', 'keySignIn', 'phoneSignIn', 'upstreamSignIn', 'recoveryCodeSignIn')"
        }
        Part::Changes => {
            "(a.activity || '') NOT IN ('passSignIn', 'keySignIn', 'phoneSignIn', 'upstreamSignIn', 'recoveryCodeSignIn')"
        }
    }
}

/// A value that a condition compares with.
enum Value {
    Text(String),
    Number(i64),
}

/// Conditions whose values go in by parameter.
#[derive(Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds the text of a condition, in which each `?` stands for the next of `values`.
    fn add(&mut self, condition: &str, values: Vec<Value>) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        let mut next = self.values.len();
        for part in condition.split_inclusive('?') {
            match part.strip_suffix('?') {
                Some(text) => {
                    next += 1;
                    // Writing to a string does not fail.
                    let _ = write!(self.sql, "{text}${next}");
                }
                None => self.sql.push_str(part),
            }
        }
        self.values.extend(values);
    }

    fn of(search: &Search) -> Self {
        let mut all = Self::default();
        if let Some(part) = search.part {
            all.add(condition(part), Vec::new());
        }
        // Written out, so that the indexes of what was refused answer it.
        if let Some(success) = search.success {
            all.add(if success { "a.success = 1" } else { "a.success = 0" }, Vec::new());
        }
        let texts = [
            ("a.actor = ?", search.actor.clone()),
            ("a.subject = ?", search.subject.map(|id| id.to_string())),
            ("a.client = ?", search.client.clone()),
        ];
        let numbers = [
            ("a.at >= ?", search.since.map(Timestamp::micros)),
            ("a.at < ?", search.until.map(Timestamp::micros)),
        ];
        for (condition, value) in texts {
            value.map(Value::Text).into_iter().for_each(|value| all.add(condition, vec![value]));
        }
        for (condition, value) in numbers {
            value.map(Value::Number).into_iter().for_each(|value| all.add(condition, vec![value]));
        }
        // The first half is what an index is walked by.
        for (condition, place) in [
            ("a.at <= ? AND (a.at < ? OR a.id < ?)", &search.older_than),
            ("a.at >= ? AND (a.at > ? OR a.id > ?)", &search.newer_than),
        ] {
            let Some((at, id)) = place else { continue };
            let at = || Value::Number(at.micros());
            all.add(condition, vec![at(), at(), Value::Text(id.clone())]);
        }
        all
    }
}

/// Who it was done by and on, and what they are called now.
const NAMED: &str = "a.*, u.username AS username, u.display_name AS display_name, \
                     w.username AS actor_username";
const NAMES: &str = "LEFT JOIN users u ON u.id = a.subject LEFT JOIN users w ON w.id = a.actor";
/// Where there are no names to look up.
const UNNAMED: &str = "a.*, NULL AS username, NULL AS display_name, NULL AS actor_username";

/// The lines that match, in the order that was asked for, at most `limit`.
pub async fn search(conn: &mut Conn, search: &Search, limit: u32) -> Result<Vec<Line>> {
    let (sql, values) = statement(search);
    let query =
        values.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        });
    let rows = query.bind(i64::from(limit)).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// The statement that finds these lines, and its values; the last parameter is the limit. Only names
/// of ours are in its text.
fn statement(search: &Search) -> (String, Vec<Value>) {
    let mut conditions = Conditions::of(search);
    let order = if search.oldest_first { "a.at, a.id" } else { "a.at DESC, a.id DESC" };
    let (inner, outer) = match search.activities.as_slice() {
        [] => ("audit_events".to_owned(), conditions.sql.clone()),
        [activity] => {
            conditions.add("a.activity = ?", vec![Value::Text(activity.clone())]);
            ("audit_events".to_owned(), conditions.sql.clone())
        }
        // The first of each, out of its own part of an index; then the first of these.
        several => {
            let limit_at = conditions.values.len() + several.len() + 1;
            let mut each = Vec::new();
            for (number, activity) in several.iter().enumerate() {
                let common = conditions.sql.len();
                conditions.add("a.activity = ?", vec![Value::Text(activity.clone())]);
                each.push(format!(
                    "SELECT * FROM (SELECT a.* FROM audit_events a{}
                     ORDER BY {order} LIMIT ${limit_at}) AS e{number}",
                    conditions.sql
                ));
                conditions.sql.truncate(common);
            }
            (format!("({})", each.join(" UNION ALL ")), String::new())
        }
    };
    let limit_at = conditions.values.len() + 1;
    let sql = format!(
        "SELECT {NAMED} FROM {inner} AS a {NAMES}{outer} ORDER BY {order} LIMIT ${limit_at}"
    );
    (sql, conditions.values)
}

/// The line with this id.
pub async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Line>> {
    let sql = format!("SELECT {NAMED} FROM audit_events a {NAMES} WHERE a.id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// How many lines are sealed, and the hash of the last; nobody else seals until this transaction is
/// over.
pub async fn lock_head(conn: &mut Conn) -> Result<(i64, String)> {
    let row = sqlx::query("UPDATE audit_seal SET seq = seq WHERE id = 1 RETURNING seq, hash")
        .fetch_optional(conn)
        .await?;
    let row = row.ok_or(Error::Corrupt("audit_seal"))?;
    Ok((row.int("seq")?, row.text("hash")?))
}

/// The same, without holding anybody up.
pub async fn head(conn: &mut Conn) -> Result<(i64, String)> {
    let row =
        sqlx::query("SELECT seq, hash FROM audit_seal WHERE id = 1").fetch_optional(conn).await?;
    let row = row.ok_or(Error::Corrupt("audit_seal"))?;
    Ok((row.int("seq")?, row.text("hash")?))
}

/// Lines that are not sealed yet, oldest first.
pub async fn unsealed(conn: &mut Conn, limit: u32) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT {UNNAMED} FROM audit_events a WHERE a.seq IS NULL ORDER BY a.at, a.id LIMIT $1"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Seals a line.
pub async fn seal(conn: &mut Conn, id: &str, seq: i64, hash: &str) -> Result<()> {
    sqlx::query("UPDATE audit_events SET seq = $2, hash = $3 WHERE id = $1 AND seq IS NULL")
        .bind(id)
        .bind(seq)
        .bind(hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Moves the head of the chain to the line that was sealed last.
pub async fn set_head(conn: &mut Conn, seq: i64, hash: &str) -> Result<()> {
    sqlx::query("UPDATE audit_seal SET seq = $1, hash = $2 WHERE id = 1")
        .bind(seq)
        .bind(hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Sealed lines with their hashes, in their order, after the `after`-th.
pub async fn sealed(conn: &mut Conn, after: i64, limit: u32) -> Result<Vec<(Line, String)>> {
    let sql = format!(
        "SELECT {NAMED} FROM audit_events a {NAMES} WHERE a.seq > $1 ORDER BY a.seq LIMIT $2"
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(after).bind(i64::from(limit)).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((read(row)?, row.text("hash")?))).collect()
}
