//! What authorizations gave: grants, their codes, their refresh tokens. Codes and tokens are
//! stored under the hash of their value, and each is redeemed by one statement.

use super::row::{Columns, to_json};
use super::{Conn, Error, Result};
use crate::domain::assurance::Acr;
use crate::domain::client::Scope;
use crate::domain::grant::{Code, Grant};
use crate::domain::id::{ClientId, GrantId, JourneyId};
use crate::domain::time::Timestamp;

pub(super) fn read(row: &impl Columns) -> Result<Grant> {
    let acr = row.text("acr")?;
    Ok(Grant {
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        client_id: ClientId(row.text("client_id")?),
        session_id: row.parsed("session_id")?,
        scopes: Scope::parse_list(&row.text("scopes")?),
        resources: row.json("resources")?,
        claims: row.json("claims")?,
        dpop_jkt: row.opt_text("dpop_jkt")?,
        nonce: row.opt_text("nonce")?,
        acr: Acr::ALL.into_iter().find(|known| known.name() == acr).ok_or(Error::Corrupt("acr"))?,
        amr: row.json("amr")?,
        auth_time: row.time("auth_time")?,
        created_at: row.time("created_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

/// Adds a grant that may be forgotten after `expires_at`.
pub async fn insert(conn: &mut Conn, grant: &Grant, expires_at: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO grants (id, user_id, client_id, session_id, scopes, nonce, acr, amr, auth_time,
                             created_at, expires_at, revoked_at, resources, dpop_jkt, claims)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12, $13, $14)",
    )
    .bind(grant.id.to_string())
    .bind(grant.user_id.to_string())
    .bind(&grant.client_id.0)
    .bind(grant.session_id.to_string())
    .bind(Scope::join(&grant.scopes))
    .bind(grant.nonce.as_deref())
    .bind(grant.acr.name())
    .bind(to_json(&grant.amr, "amr")?)
    .bind(grant.auth_time.micros())
    .bind(grant.created_at.micros())
    .bind(expires_at.micros())
    .bind(to_json(&grant.resources, "resources")?)
    .bind(grant.dpop_jkt.as_deref())
    .bind(to_json(&grant.claims, "claims")?)
    .execute(conn)
    .await?;
    Ok(())
}

/// Binds the refresh tokens of a grant to a key.
pub async fn bind(conn: &mut Conn, id: GrantId, thumbprint: &str) -> Result<()> {
    sqlx::query("UPDATE grants SET dpop_jkt = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(thumbprint)
        .execute(conn)
        .await?;
    Ok(())
}

/// The grant with this id, revoked or not.
pub async fn by_id(conn: &mut Conn, id: GrantId) -> Result<Option<Grant>> {
    let row = sqlx::query("SELECT * FROM grants WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Keeps a grant from being forgotten before `expires_at`.
pub async fn extend(conn: &mut Conn, id: GrantId, expires_at: Timestamp) -> Result<()> {
    sqlx::query("UPDATE grants SET expires_at = $2 WHERE id = $1 AND expires_at < $2")
        .bind(id.to_string())
        .bind(expires_at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes back a grant and with it all that it gave.
pub async fn revoke(conn: &mut Conn, id: GrantId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.to_string())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds a code.
pub async fn insert_code(conn: &mut Conn, hash: &str, code: &Code) -> Result<()> {
    sqlx::query(
        "INSERT INTO codes (hash, grant_id, journey_id, redirect_uri, code_challenge, expires_at, redeemed_at)
         VALUES ($1, $2, $3, $4, $5, $6, NULL)",
    )
    .bind(hash)
    .bind(code.grant_id.to_string())
    .bind(code.journey_id.map(|id| id.to_string()))
    .bind(&code.redirect_uri)
    .bind(code.code_challenge.as_deref())
    .bind(code.expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// A code and when it was redeemed, if it was.
pub async fn code(conn: &mut Conn, hash: &str) -> Result<Option<(Code, Option<Timestamp>)>> {
    let row =
        sqlx::query("SELECT * FROM codes WHERE hash = $1").bind(hash).fetch_optional(conn).await?;
    row.as_ref().map(read_code).transpose()
}

pub(super) fn read_code(row: &impl Columns) -> Result<(Code, Option<Timestamp>)> {
    let code = Code {
        grant_id: row.parsed("grant_id")?,
        journey_id: row.opt_parsed("journey_id")?,
        redirect_uri: row.text("redirect_uri")?,
        code_challenge: row.opt_text("code_challenge")?,
        expires_at: row.time("expires_at")?,
    };
    Ok((code, row.opt_time("redeemed_at")?))
}

/// Redeems a code: true for one caller only.
pub async fn redeem_code(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE codes SET redeemed_at = $2 WHERE hash = $1 AND redeemed_at IS NULL AND expires_at > $2",
    )
    .bind(hash)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Withdraws the codes of a journey that nobody redeemed; true if there was one.
pub async fn withdraw_codes(conn: &mut Conn, journey: JourneyId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM codes WHERE journey_id = $1 AND redeemed_at IS NULL")
        .bind(journey.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// A refresh token as it is stored.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    /// The family that it belongs to.
    pub grant_id: GrantId,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was exchanged for its successor.
    pub used_at: Option<Timestamp>,
}

/// Adds a refresh token; `parent` is the hash of the one it succeeds.
pub async fn insert_refresh_token(
    conn: &mut Conn,
    hash: &str,
    grant: GrantId,
    parent: Option<&str>,
    issued_at: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO refresh_tokens (hash, grant_id, parent, issued_at, expires_at, used_at)
         VALUES ($1, $2, $3, $4, $5, NULL)",
    )
    .bind(hash)
    .bind(grant.to_string())
    .bind(parent)
    .bind(issued_at.micros())
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// The refresh token with this hash, used or not.
pub async fn refresh_token(conn: &mut Conn, hash: &str) -> Result<Option<RefreshToken>> {
    let row = sqlx::query("SELECT * FROM refresh_tokens WHERE hash = $1")
        .bind(hash)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read_refresh_token).transpose()
}

pub(super) fn read_refresh_token(row: &impl Columns) -> Result<RefreshToken> {
    Ok(RefreshToken {
        grant_id: row.parsed("grant_id")?,
        expires_at: row.time("expires_at")?,
        used_at: row.opt_time("used_at")?,
    })
}

/// Uses a refresh token: true for one caller only.
pub async fn use_refresh_token(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2",
    )
    .bind(hash)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets a refresh token work on until `expires_at`; false where it was used or has expired.
pub async fn prolong_refresh_token(
    conn: &mut Conn,
    hash: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE refresh_tokens SET expires_at = $2
         WHERE hash = $1 AND used_at IS NULL AND expires_at > $3",
    )
    .bind(hash)
    .bind(expires_at.micros())
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The `used_at` of a token that was withdrawn: the epoch.
const WITHDRAWN: i64 = 0;

/// Withdraws the successors of a token that nobody used yet; false where one was used, so that its
/// parent cannot have been lost on the way.
pub async fn withdraw_unused_children(conn: &mut Conn, parent: &str) -> Result<bool> {
    // Changes nothing but locks the parent: those who ask again at once take turns.
    sqlx::query("UPDATE refresh_tokens SET used_at = used_at WHERE hash = $1")
        .bind(parent)
        .execute(&mut *conn)
        .await?;
    // Marked first and looked at afterwards, because marking waits for a use under way. Kept as
    // used long ago: whoever presents one after all shows that two have the parent.
    sqlx::query("UPDATE refresh_tokens SET used_at = $2 WHERE parent = $1 AND used_at IS NULL")
        .bind(parent)
        .bind(WITHDRAWN)
        .execute(&mut *conn)
        .await?;
    let used =
        sqlx::query("SELECT hash FROM refresh_tokens WHERE parent = $1 AND used_at > $2 LIMIT 1")
            .bind(parent)
            .bind(WITHDRAWN)
            .fetch_optional(conn)
            .await?;
    Ok(used.is_none())
}
