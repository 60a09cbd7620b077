//! The audit log: lines are added, sealed and read, never changed.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::row::Columns;
use super::{Conn, Error, Result};
use crate::domain::audit::Event;
use crate::domain::id::UserId;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub id: String,
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
    /// Its number in the chain, once it is sealed.
    pub seq: Option<i64>,
}

impl Line {
    /// The line as exports have it. Its number in the chain is said where it no longer changes.
    pub fn document(&self) -> serde_json::Value {
        let mut document = serde_json::json!({
            "id": self.id,
            "activityDateTime": self.at,
            "activity": self.activity,
            "success": self.success,
            "detail": self.detail,
            "actor": self.actor,
            "subject": self.subject,
            "username": self.username,
            "clientId": self.client,
            "address": self.address,
        });
        if let Some(seq) = self.seq {
            document["seq"] = seq.into();
        }
        document
    }

    /// What its hash covers, as its `seq`-th line.
    pub fn covered(&self, seq: i64) -> String {
        serde_json::json!([
            seq,
            self.id,
            self.at.micros(),
            self.activity,
            self.actor,
            self.subject,
            self.client,
            self.address,
            self.success,
            self.detail,
        ])
        .to_string()
    }
}

fn read(row: &sqlx::any::AnyRow) -> Result<Line> {
    Ok(Line {
        id: row.text("id")?,
        at: row.time("at")?,
        activity: row.text("activity")?,
        actor: row.opt_text("actor")?,
        subject: row.opt_text("subject")?,
        username: row.opt_text("username")?,
        client: row.opt_text("client")?,
        address: row.opt_text("address")?,
        success: row.flag("success")?,
        detail: row.text("detail")?,
        seq: row.opt_int("seq")?,
    })
}

/// Which lines are looked for. What is absent matches every line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What happened, by name; any of these.
    pub activities: Vec<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// On whom it was done.
    pub subject: Option<UserId>,
    /// Through which application.
    pub client: Option<String>,
    /// Whether it went through.
    pub success: Option<bool>,
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// Older than the line with this time and id: where the page before ended.
    pub older_than: Option<(Timestamp, String)>,
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
        if !search.activities.is_empty() {
            let marks = vec!["?"; search.activities.len()].join(", ");
            let names = search.activities.iter().cloned().map(Value::Text).collect();
            all.add(&format!("a.activity IN ({marks})"), names);
        }
        let texts = [
            ("a.actor = ?", search.actor.clone()),
            ("a.subject = ?", search.subject.map(|id| id.to_string())),
            ("a.client = ?", search.client.clone()),
        ];
        let numbers = [
            ("a.success = ?", search.success.map(i64::from)),
            ("a.at >= ?", search.since.map(Timestamp::micros)),
            ("a.at < ?", search.until.map(Timestamp::micros)),
        ];
        for (condition, value) in texts {
            value.map(Value::Text).into_iter().for_each(|value| all.add(condition, vec![value]));
        }
        for (condition, value) in numbers {
            value.map(Value::Number).into_iter().for_each(|value| all.add(condition, vec![value]));
        }
        if let Some((at, id)) = &search.older_than {
            let at = || Value::Number(at.micros());
            // The first half is what an index is walked by.
            let values = vec![at(), at(), Value::Text(id.clone())];
            all.add("a.at <= ? AND (a.at < ? OR a.id < ?)", values);
        }
        all
    }
}

/// The lines that match, newest first, at most `limit`.
pub async fn search(conn: &mut Conn, search: &Search, limit: u32) -> Result<Vec<Line>> {
    let Conditions { sql, values } = Conditions::of(search);
    let limit_at = values.len() + 1;
    // Only names of ours are in the text.
    let statement = AssertSqlSafe(format!(
        "SELECT a.*, u.username AS username FROM audit_events a LEFT JOIN users u ON u.id = a.subject
         {sql} ORDER BY a.at DESC, a.id DESC LIMIT ${limit_at}"
    ));
    let query = values.into_iter().fold(sqlx::query(statement), |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    });
    let rows = query.bind(i64::from(limit)).fetch_all(conn).await?;
    rows.iter().map(read).collect()
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
    let rows = sqlx::query(
        "SELECT a.*, NULL AS username FROM audit_events a WHERE a.seq IS NULL
         ORDER BY a.at, a.id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
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
    let rows = sqlx::query(
        "SELECT a.*, u.username AS username FROM audit_events a LEFT JOIN users u ON u.id = a.subject
         WHERE a.seq > $1 ORDER BY a.seq LIMIT $2",
    )
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((read(row)?, row.text("hash")?))).collect()
}
