//! What an authorization gave to a client: a code first, refresh tokens after it.

use std::time::Duration;

use super::assurance::{Acr, amr};
use super::claims::RequestedClaims;
use super::client::{Lifetimes, Scope};
use super::id::{ClientId, GrantId, JourneyId, SessionId, UserId};
use super::session::Session;
use super::time::Timestamp;

const MINUTE: u32 = 60;
const DAY: u32 = 24 * 60 * MINUTE;

/// The longest that any token which we sign is good for: as long must our keys be published.
pub const SIGNED_LIFETIME_MAX: Duration = Duration::from_secs(DAY as u64);
/// How soon after its use a refresh token may be used again, because the answer got lost.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);

/// How long what a client gets is good for: what its settings say, or what is so for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long an authorization code may be redeemed.
    pub code: Duration,
    /// How long an access token is good for.
    pub access_token: Duration,
    /// How long an ID token is good for.
    pub id_token: Duration,
    /// How long a refresh token is good for from its last use.
    pub refresh_idle: Duration,
    /// How long a family of refresh tokens may live in all.
    pub refresh_absolute: Duration,
}

impl From<Lifetimes> for Terms {
    fn from(lifetimes: Lifetimes) -> Self {
        let or = |said: Option<u32>, usual| Duration::from_secs(said.unwrap_or(usual).into());
        Self {
            code: or(lifetimes.code, MINUTE),
            access_token: or(lifetimes.access_token, 10 * MINUTE),
            id_token: or(lifetimes.id_token, 10 * MINUTE),
            refresh_idle: or(lifetimes.refresh_token, 30 * DAY),
            refresh_absolute: or(lifetimes.refresh_token_absolute, 365 * DAY),
        }
    }
}

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
    /// Which resources its access tokens are for (RFC 8707); none for our own endpoints.
    pub resources: Vec<String>,
    /// Claims that were asked for one by one.
    pub claims: RequestedClaims,
    /// The thumbprint of the key that the code, and a public client's refresh tokens, are bound to
    /// (RFC 9449 §5, §10).
    pub dpop_jkt: Option<String>,
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

impl Grant {
    /// What somebody gives an application in this session: no scope and no resource yet.
    pub fn within(id: GrantId, client_id: ClientId, session: &Session, now: Timestamp) -> Self {
        Self {
            id,
            user_id: session.user_id,
            client_id,
            session_id: session.id,
            scopes: Vec::new(),
            resources: Vec::new(),
            claims: RequestedClaims::default(),
            dpop_jkt: None,
            nonce: None,
            acr: session.acr(),
            amr: amr(&session.factors).into_iter().map(str::to_owned).collect(),
            // When that was proved which is told, not something weaker after it.
            auth_time: session.proved_at(session.acr()).unwrap_or(session.auth_time),
            created_at: now,
            revoked_at: None,
        }
    }
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
pub fn refresh_expiry(
    grant: &Grant,
    terms: &Terms,
    deadline: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let end = now.plus(terms.refresh_idle).min(grant.created_at.plus(terms.refresh_absolute));
    deadline.map_or(end, |deadline| end.min(deadline))
}

/// How long a token issued at `now` lives, never past the deadline of a pass.
pub fn token_expiry(lifetime: Duration, deadline: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let end = now.plus(lifetime);
    deadline.map_or(end, |deadline| end.min(deadline))
}
/// What an application has of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The application.
    pub client_id: ClientId,
    /// What it may do, by consent or by what was given to it.
    pub scopes: Vec<Scope>,
    /// Since when.
    pub since: Timestamp,
    /// When it was last given something.
    pub last_used_at: Option<Timestamp>,
}
