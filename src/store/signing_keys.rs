//! Signing keys, sealed. One is current and one is next for each algorithm.

use super::row::Columns;
use super::{Conn, Error, Result};
use crate::domain::client::SigningAlgorithm;
use crate::domain::time::Timestamp;

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Published, not signing yet.
    Next,
    /// Published and signing.
    Current,
    /// Published until the last token that it signed has expired.
    Retired,
}

impl State {
    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retired => "retired",
        }
    }
}

/// A key as it is stored.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// The `kid`.
    pub id: String,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// Where it stands in its life.
    pub state: State,
    /// The private key, sealed.
    pub sealed: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped signing.
    pub retired_at: Option<Timestamp>,
    /// When it is no longer published.
    pub expires_at: Option<Timestamp>,
}

fn state_of(row: &sqlx::any::AnyRow) -> Result<State> {
    Ok(match row.text("state")?.as_str() {
        "next" => State::Next,
        "current" => State::Current,
        "retired" => State::Retired,
        _ => return Err(Error::Corrupt("state")),
    })
}

fn read(row: &sqlx::any::AnyRow) -> Result<StoredKey> {
    Ok(StoredKey {
        id: row.text("id")?,
        algorithm: row.parsed("algorithm")?,
        state: state_of(row)?,
        sealed: row.text("sealed")?,
        created_at: row.time("created_at")?,
        activated_at: row.opt_time("activated_at")?,
        retired_at: row.opt_time("retired_at")?,
        expires_at: row.opt_time("expires_at")?,
    })
}

/// How often the keys were changed: what is decided on a look at them holds for this version.
pub async fn version(conn: &mut Conn) -> Result<i64> {
    sqlx::query("SELECT version FROM key_changes WHERE id = 1")
        .fetch_one(conn)
        .await?
        .int("version")
}

/// Makes the caller the one who changes the keys, until the transaction ends. False where somebody
/// else has changed them since `seen`.
pub async fn claim(conn: &mut Conn, seen: i64) -> Result<bool> {
    let done =
        sqlx::query("UPDATE key_changes SET version = version + 1 WHERE id = 1 AND version = $1")
            .bind(seen)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// The same, whatever was seen.
pub async fn claim_any(conn: &mut Conn) -> Result<()> {
    sqlx::query("UPDATE key_changes SET version = version + 1 WHERE id = 1").execute(conn).await?;
    Ok(())
}

/// Every key that is still published, but for those of a newer version of the program.
pub async fn published(conn: &mut Conn, now: Timestamp) -> Result<Vec<StoredKey>> {
    let rows = sqlx::query(
        "SELECT * FROM signing_keys WHERE expires_at IS NULL OR expires_at > $1 ORDER BY created_at, id",
    )
    .bind(now.micros())
    .fetch_all(conn)
    .await?;
    let ours = |row: &&sqlx::any::AnyRow| {
        !matches!(row.parsed::<SigningAlgorithm>("algorithm"), Err(Error::Corrupt(_)))
    };
    rows.iter().filter(ours).map(read).collect()
}

/// Adds a key; false where one of its algorithm and state is there already, made by another
/// instance a moment before.
pub async fn insert(conn: &mut Conn, key: &StoredKey) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO signing_keys (id, algorithm, state, sealed, created_at, activated_at, retired_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL) ON CONFLICT DO NOTHING",
    )
    .bind(&key.id)
    .bind(key.algorithm.name())
    .bind(key.state.name())
    .bind(&key.sealed)
    .bind(key.created_at.micros())
    .bind(key.activated_at.map(Timestamp::micros))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Retires the key that signs with an algorithm. It stays published for a while.
pub async fn retire(
    conn: &mut Conn,
    algorithm: SigningAlgorithm,
    now: Timestamp,
    published_until: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE signing_keys SET state = 'retired', retired_at = $2, expires_at = $3
         WHERE algorithm = $1 AND state = 'current'",
    )
    .bind(algorithm.name())
    .bind(now.micros())
    .bind(published_until.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the next key of an algorithm sign from now on; false where there is none.
pub async fn activate(
    conn: &mut Conn,
    algorithm: SigningAlgorithm,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE signing_keys SET state = 'current', activated_at = $2
         WHERE algorithm = $1 AND state = 'next'",
    )
    .bind(algorithm.name())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a published key and its private half; returns where it stood, or none where it is not
/// there.
pub async fn remove(conn: &mut Conn, id: &str, now: Timestamp) -> Result<Option<State>> {
    let row = sqlx::query(
        "DELETE FROM signing_keys WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)
         RETURNING state",
    )
    .bind(id)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| state_of(&row)).transpose()
}
