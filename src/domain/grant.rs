//! What an authorization gave to a client: a code first, refresh tokens after it.

use std::time::Duration;

use super::assurance::Acr;
use super::client::Scope;
use super::id::{ClientId, GrantId, JourneyId, SessionId, UserId};
use super::time::Timestamp;

/// How long an authorization code may be redeemed.
pub const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// How long an access token is good for.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long an ID token is good for.
pub const ID_TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a refresh token is good for from its last use.
pub const REFRESH_IDLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a family of refresh tokens may live in all.
pub const REFRESH_ABSOLUTE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How soon after its use a refresh token may be used again, because the answer got lost.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);

/// One person's authorization of one client: the family that its tokens belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The grant.
    pub id: GrantId,
    /// Who authorized.
    pub user_id: UserId,
    /// Which application.
    pub client_id: ClientId,
    /// The session it was given in.
    pub session_id: SessionId,
    /// What it covers.
    pub scopes: Vec<Scope>,
    /// The `nonce` of the request, repeated in the ID token.
    pub nonce: Option<String>,
    /// How the person had signed in when they authorized.
    pub acr: Acr,
    /// The `amr` claim.
    pub amr: Vec<String>,
    /// The `auth_time` claim.
    pub auth_time: Timestamp,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// An authorization code (RFC 6749 §4.1.2), stored under the hash of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What it opens.
    pub grant_id: GrantId,
    /// The journey that it came from, if one was needed.
    pub journey_id: Option<JourneyId>,
    /// The redirect URI of the request, to be repeated (RFC 6749 §4.1.3).
    pub redirect_uri: String,
    /// The PKCE challenge, `S256` (RFC 7636 §4.2).
    pub code_challenge: Option<String>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// When a refresh token issued at `now` stops working.
pub fn refresh_expiry(grant: &Grant, deadline: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let end = now.plus(REFRESH_IDLE).min(grant.created_at.plus(REFRESH_ABSOLUTE));
    deadline.map_or(end, |deadline| end.min(deadline))
}

/// How long a token issued at `now` lives, never past the deadline of a pass.
pub fn token_expiry(lifetime: Duration, deadline: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let end = now.plus(lifetime);
    deadline.map_or(end, |deadline| end.min(deadline))
}
