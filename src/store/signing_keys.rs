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

fn read(row: &sqlx::any::AnyRow) -> Result<StoredKey> {
    let state = match row.text("state")?.as_str() {
        "next" => State::Next,
        "current" => State::Current,
        "retired" => State::Retired,
        _ => return Err(Error::Corrupt("state")),
    };
    Ok(StoredKey {
        id: row.text("id")?,
        algorithm: row.parsed("algorithm")?,
        state,
        sealed: row.text("sealed")?,
        created_at: row.time("created_at")?,
        activated_at: row.opt_time("activated_at")?,
        retired_at: row.opt_time("retired_at")?,
        expires_at: row.opt_time("expires_at")?,
    })
}

/// Every key that is still published.
pub async fn published(conn: &mut Conn, now: Timestamp) -> Result<Vec<StoredKey>> {
    let rows = sqlx::query(
        "SELECT * FROM signing_keys WHERE expires_at IS NULL OR expires_at > $1 ORDER BY created_at, id",
    )
    .bind(now.micros())
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
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

/// Retires the key that signs with an algorithm and makes the next one current. False, and nothing
/// is changed, where `current` no longer is the one that signs: another rotation came first.
pub async fn promote(
    conn: &mut Conn,
    algorithm: SigningAlgorithm,
    current: &str,
    now: Timestamp,
    published_until: Timestamp,
) -> Result<bool> {
    let retired = sqlx::query(
        "UPDATE signing_keys SET state = 'retired', retired_at = $3, expires_at = $4
         WHERE algorithm = $1 AND state = 'current' AND id = $2",
    )
    .bind(algorithm.name())
    .bind(current)
    .bind(now.micros())
    .bind(published_until.micros())
    .execute(&mut *conn)
    .await?;
    if retired.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE signing_keys SET state = 'current', activated_at = $2
         WHERE algorithm = $1 AND state = 'next'",
    )
    .bind(algorithm.name())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(true)
}
