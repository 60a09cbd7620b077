//! Upstreams, whom their accounts open, and who is away at one of them.

use super::row::{Columns, to_json};
use super::{Conn, Result};
use crate::domain::id::{JourneyId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::upstream::{Upstream, UpstreamId};

fn read(row: &sqlx::any::AnyRow) -> Result<Upstream> {
    Ok(Upstream {
        id: row.parsed("id")?,
        settings: row.json("settings")?,
        sealed_secret: row.opt_text("sealed_secret")?,
        enabled: row.flag("enabled")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
    })
}

/// Adds an upstream; false where there is one with its id.
pub async fn insert(conn: &mut Conn, upstream: &Upstream) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO upstreams (id, settings, sealed_secret, enabled, version, created_at)
         VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (id) DO NOTHING",
    )
    .bind(upstream.id.as_str())
    .bind(to_json(&upstream.settings, "settings")?)
    .bind(upstream.sealed_secret.as_deref())
    .bind(i64::from(upstream.enabled))
    .bind(upstream.created_at.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces what may change of an upstream and counts that; false where somebody changed it since
/// it was read.
pub async fn update(conn: &mut Conn, upstream: &Upstream) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE upstreams SET settings = $3, sealed_secret = $4, enabled = $5,
             version = version + 1 WHERE id = $1 AND version = $2",
    )
    .bind(upstream.id.as_str())
    .bind(upstream.version)
    .bind(to_json(&upstream.settings, "settings")?)
    .bind(upstream.sealed_secret.as_deref())
    .bind(i64::from(upstream.enabled))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The upstream with this id.
pub async fn by_id(conn: &mut Conn, id: &UpstreamId) -> Result<Option<Upstream>> {
    let row = sqlx::query("SELECT * FROM upstreams WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The same, if it lets anybody in; until this transaction is over, nobody disables or removes it.
pub async fn hold(conn: &mut Conn, id: &UpstreamId) -> Result<Option<Upstream>> {
    let row = sqlx::query(
        "UPDATE upstreams SET enabled = enabled WHERE id = $1 AND enabled = 1 RETURNING *",
    )
    .bind(id.as_str())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Every upstream, by id.
pub async fn list(conn: &mut Conn) -> Result<Vec<Upstream>> {
    let rows = sqlx::query("SELECT * FROM upstreams ORDER BY id").fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Removes an upstream with its links; false where there was none.
pub async fn delete(conn: &mut Conn, id: &UpstreamId) -> Result<bool> {
    let done =
        sqlx::query("DELETE FROM upstreams WHERE id = $1").bind(id.as_str()).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// An account of an upstream, and whom it opens here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The account: its `sub` there.
    pub subject: String,
    /// The person.
    pub user_id: UserId,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When it last let somebody in.
    pub used_at: Option<Timestamp>,
}

fn read_link(row: &sqlx::any::AnyRow) -> Result<Link> {
    Ok(Link {
        subject: row.text("subject")?,
        user_id: row.parsed("user_id")?,
        created_at: row.time("created_at")?,
        used_at: row.opt_time("used_at")?,
    })
}

/// Links an account to a person; false where the account opens somebody already, or the person has
/// another one there.
pub async fn link(
    conn: &mut Conn,
    id: &UpstreamId,
    subject: &str,
    user: UserId,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO upstream_links (upstream_id, subject, user_id, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(id.as_str())
    .bind(subject)
    .bind(user.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that an account let its person in; false where it is no longer theirs.
pub async fn record_use(
    conn: &mut Conn,
    id: &UpstreamId,
    subject: &str,
    user: UserId,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE upstream_links SET used_at = $4
         WHERE upstream_id = $1 AND subject = $2 AND user_id = $3",
    )
    .bind(id.as_str())
    .bind(subject)
    .bind(user.to_string())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whom an account opens.
pub async fn linked(conn: &mut Conn, id: &UpstreamId, subject: &str) -> Result<Option<Link>> {
    let row = sqlx::query("SELECT * FROM upstream_links WHERE upstream_id = $1 AND subject = $2")
        .bind(id.as_str())
        .bind(subject)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read_link).transpose()
}

/// The account that a person has there.
pub async fn link_of(conn: &mut Conn, id: &UpstreamId, user: UserId) -> Result<Option<Link>> {
    let row = sqlx::query("SELECT * FROM upstream_links WHERE upstream_id = $1 AND user_id = $2")
        .bind(id.as_str())
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read_link).transpose()
}

/// How many accounts of an upstream are linked.
pub async fn count_links(conn: &mut Conn, id: &UpstreamId) -> Result<u32> {
    let row = sqlx::query("SELECT COUNT(*) AS links FROM upstream_links WHERE upstream_id = $1")
        .bind(id.as_str())
        .fetch_one(conn)
        .await?;
    row.count("links")
}

/// Parts a person from their account there; returns that account.
pub async fn unlink(conn: &mut Conn, id: &UpstreamId, user: UserId) -> Result<Option<String>> {
    let row = sqlx::query(
        "DELETE FROM upstream_links WHERE upstream_id = $1 AND user_id = $2 RETURNING subject",
    )
    .bind(id.as_str())
    .bind(user.to_string())
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.text("subject")).transpose()
}

/// Somebody who is away at an upstream.
#[derive(Clone, Debug)]
pub struct Away {
    /// The upstream.
    pub upstream: UpstreamId,
    /// The journey that they come back to.
    pub journey: JourneyId,
    /// The nonce and the PKCE verifier, sealed.
    pub sealed: String,
    /// When they went.
    pub created_at: Timestamp,
    /// When they are given up.
    pub expires_at: Timestamp,
}

/// Notes that somebody went to an upstream, under the hash of the state; `browser` is the hash of
/// the key that their browser holds.
pub async fn leave(conn: &mut Conn, hash: &str, browser: &str, away: &Away) -> Result<()> {
    sqlx::query(
        "INSERT INTO upstream_requests
             (hash, upstream_id, journey_id, browser, sealed, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(hash)
    .bind(away.upstream.as_str())
    .bind(away.journey.to_string())
    .bind(browser)
    .bind(&away.sealed)
    .bind(away.created_at.micros())
    .bind(away.expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes whoever comes back from this upstream to this browser: they can be taken once.
pub async fn come_back(
    conn: &mut Conn,
    hash: &str,
    upstream: &UpstreamId,
    browser: &str,
    now: Timestamp,
) -> Result<Option<Away>> {
    let row = sqlx::query(
        "DELETE FROM upstream_requests
         WHERE hash = $1 AND upstream_id = $2 AND browser = $3 AND expires_at > $4
         RETURNING journey_id, sealed, created_at, expires_at",
    )
    .bind(hash)
    .bind(upstream.as_str())
    .bind(browser)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Away {
            upstream: upstream.clone(),
            journey: row.parsed("journey_id")?,
            sealed: row.text("sealed")?,
            created_at: row.time("created_at")?,
            expires_at: row.time("expires_at")?,
        })
    })
    .transpose()
}
