//! Applications behind a proxy that asks us: sign-ins under way, and what browsers hold.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::{ClientId, GrantId};
use crate::domain::time::Timestamp;

/// A sign-in that somebody began from a protected application.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The application.
    pub client: ClientId,
    /// Hash of what its browser holds.
    pub browser: String,
    /// The PKCE verifier.
    pub verifier: String,
    /// Where it leads afterwards.
    pub return_to: String,
    /// When it is given up.
    pub expires_at: Timestamp,
}

/// The application with this origin.
pub async fn client_at(conn: &mut Conn, origin: &str) -> Result<Option<ClientId>> {
    let row = sqlx::query("SELECT id FROM clients WHERE forward_origin = $1")
        .bind(origin)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.text("id").map(ClientId)).transpose()
}

/// Keeps a sign-in under the hash of its `state`.
pub async fn begin(conn: &mut Conn, hash: &str, sign_in: &SignIn) -> Result<()> {
    sqlx::query(
        "INSERT INTO forward_sign_ins (hash, client_id, browser, verifier, return_to, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash)
    .bind(&sign_in.client.0)
    .bind(&sign_in.browser)
    .bind(&sign_in.verifier)
    .bind(&sign_in.return_to)
    .bind(sign_in.expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the sign-in of this application and browser: it can be taken once. Returns the verifier
/// and where it leads.
pub async fn take(
    conn: &mut Conn,
    hash: &str,
    client: &ClientId,
    browser: &str,
    now: Timestamp,
) -> Result<Option<(String, String)>> {
    let row = sqlx::query(
        "DELETE FROM forward_sign_ins
         WHERE hash = $1 AND client_id = $2 AND browser = $3 AND expires_at > $4
         RETURNING verifier, return_to",
    )
    .bind(hash)
    .bind(&client.0)
    .bind(browser)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((row.text("verifier")?, row.text("return_to")?))).transpose()
}

/// Keeps what a browser holds, under its hash.
pub async fn open(
    conn: &mut Conn,
    hash: &str,
    client: &ClientId,
    grant: GrantId,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO forward_sessions (hash, client_id, grant_id, expires_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(hash)
    .bind(&client.0)
    .bind(grant.to_string())
    .bind(expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// The grant that what a browser holds for this application rests on.
pub async fn grant(
    conn: &mut Conn,
    hash: &str,
    client: &ClientId,
    now: Timestamp,
) -> Result<Option<GrantId>> {
    let row = sqlx::query(
        "SELECT grant_id FROM forward_sessions
         WHERE hash = $1 AND client_id = $2 AND expires_at > $3",
    )
    .bind(hash)
    .bind(&client.0)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.parsed("grant_id")).transpose()
}
