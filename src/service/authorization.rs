//! What the token endpoint gives for an authorization: tokens for a code, and new tokens for a refresh
//! token.

use std::time::Duration;

use super::lookups::stands;
use super::redemption::{OneTime, Redeemed};
use super::tokens::{Minting, TokenSet};
use super::{Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::audit::Activity;
use crate::domain::client::{Client, GrantType, Scope};
use crate::domain::grant::{Grant, REFRESH_GRACE, Terms, refresh_expiry};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::rotations::{Rotated, Rotation};
use crate::store::standing::Standing;
use crate::store::{self, audit, grants, sessions, users};

/// How much longer than its refresh token a grant is kept, so that it need not be told with each one.
const KEPT_LONGER: Duration = Duration::from_secs(24 * 60 * 60);

/// Why the token endpoint gives nothing (RFC 6749 §5.2).
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// `invalid_grant`; the sentence is for the developer.
    #[error("{0}")]
    Invalid(&'static str),
    /// `invalid_scope`.
    #[error("{0}")]
    Scope(&'static str),
    /// `invalid_target` (RFC 8707 §2).
    #[error("{0}")]
    Target(&'static str),
    /// `invalid_dpop_proof` (RFC 9449 §5).
    #[error("{0}")]
    Proof(&'static str),
    /// `use_dpop_nonce`, and the nonce to use (RFC 9449 §8).
    #[error("the proof must carry a nonce of ours")]
    Nonce(String),
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// What a token request says beside what it wants to exchange.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The scopes wanted, if fewer.
    pub scope: Option<&'a str>,
    /// The resources that the access token is for (RFC 8707 §2.2), if fewer.
    pub resources: &'a [String],
    /// The thumbprint of the key that the tokens are to be bound to; it was proved.
    pub key: Option<&'a str>,
}

/// An authorization code as an application presents it.
#[derive(Clone, Copy)]
pub struct PresentedCode<'a> {
    /// The code.
    pub code: &'a str,
    /// The redirect URI of the request, again.
    pub redirect_uri: Option<&'a str>,
    /// The PKCE verifier.
    pub verifier: Option<&'a str>,
}

impl From<store::Error> for GrantError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl Services {
    /// Exchanges an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6). A code that
    /// was redeemed before revokes what it gave (RFC 6749 §4.1.2).
    pub async fn exchange_code(
        &self,
        client: &Client,
        presented: PresentedCode<'_>,
        asked: Asked<'_>,
        origin: Origin,
    ) -> Result<TokenSet, GrantError> {
        const UNKNOWN: GrantError =
            GrantError::Invalid("the code is unknown, expired, used, or of another client");
        let hash = token::hash(presented.code);
        let now = self.now();
        let found = self.standing_code(&hash).await?;
        let Some((row, redeemed, standing)) =
            found.filter(|(_, _, standing)| standing.grant.client_id == client.id)
        else {
            return Err(UNKNOWN);
        };
        let grant = &standing.grant;
        if redeemed.is_some() {
            self.revoke_replayed(grant, "a code was presented twice", origin).await?;
            return Err(UNKNOWN);
        }
        if row.expires_at <= now {
            return Err(UNKNOWN);
        }
        if presented.redirect_uri != Some(row.redirect_uri.as_str()) {
            return Err(GrantError::Invalid(
                "redirect_uri is not the one of the authorization request",
            ));
        }
        match (&row.code_challenge, presented.verifier) {
            (Some(challenge), Some(verifier)) if token::pkce_matches(verifier, challenge) => {}
            (None, None) => {}
            // A verifier without a challenge means that somebody took the challenge out of the
            // request (RFC 9700 §4.8.2).
            (None, Some(_)) => {
                return Err(GrantError::Invalid(
                    "a code_verifier was sent for a request without PKCE",
                ));
            }
            (Some(_), None) => return Err(GrantError::Invalid("code_verifier is missing")),
            (Some(_), Some(_)) => {
                return Err(GrantError::Invalid("code_verifier does not match the code_challenge"));
            }
        }
        if grant.dpop_jkt.is_some() && grant.dpop_jkt.as_deref() != asked.key {
            return Err(GrantError::Proof("the code is bound to another key"));
        }
        must_prove(client, asked)?;
        let audience = audience(&grant.resources, asked.resources)?;
        let (grant, user, session) = stands(standing, now)?;
        let presented =
            Redeemed { what: OneTime::Code, hash, grant: &grant, user: &user, session: &session };
        self.redeem(client, presented, audience, asked.key, origin).await?.ok_or(UNKNOWN)
    }

    /// Exchanges a refresh token for new tokens and its successor (RFC 6749 §6, RFC 9700 §4.14.2).
    /// One that was used before revokes the whole family, unless its answer can have got lost.
    pub async fn refresh(
        &self,
        client: &Client,
        refresh_token: &str,
        asked: Asked<'_>,
        origin: Origin,
    ) -> Result<TokenSet, GrantError> {
        const UNKNOWN: GrantError = GrantError::Invalid(
            "the refresh token is unknown, expired, used, revoked, or of another client",
        );
        let hash = token::hash(refresh_token);
        let now = self.now();
        let found = self.standing_refresh_token(&hash).await?;
        let Some((row, standing)) =
            found.filter(|(_, standing)| standing.grant.client_id == client.id)
        else {
            return Err(UNKNOWN);
        };
        let grant = &standing.grant;
        if grant.revoked_at.is_some() || row.expires_at <= now {
            return Err(UNKNOWN);
        }
        if client.is_public() && grant.dpop_jkt.is_some() && grant.dpop_jkt.as_deref() != asked.key
        {
            return Err(GrantError::Proof("the refresh token is bound to another key"));
        }
        must_prove(client, asked)?;
        let audience = audience(&grant.resources, asked.resources)?;
        let kept_until = standing.kept_until;
        let (grant, user, session) = stands(standing, now)?;
        self.must_be_strong_enough(client, &session).await?;
        let scopes = narrowed(&grant.scopes, asked.scope)?;
        // Minted first, as for a code.
        let minting = Minting {
            client,
            grant: &grant,
            user: &user,
            session: &session,
            scopes: &scopes,
            audience,
            key: asked.key,
            // For the first ID token only (OIDC Core §12.2).
            nonce: None,
        };
        if client.settings.device_registration {
            return self.refresh_device(minting, hash).await;
        }

        let next = Token::generate(self.random.as_ref());
        let terms = Terms::from(client.settings.lifetimes);
        let expires_at = refresh_expiry(&grant, &terms, session.hard_deadline(), now);
        let rotation = Rotation {
            presented: hash,
            successor: next.hash(),
            grant: grant.id,
            expires_at,
            // Applications refresh often: once a day is enough to keep the grant.
            keep_grant_until: (kept_until < expires_at).then(|| expires_at.plus(KEPT_LONGER)),
            now,
            lost_since: now.minus(REFRESH_GRACE),
        };
        let tokens = self.token_set(minting, Some(next)).await?;
        match self.lookups.rotate(rotation).await? {
            Rotated::Done => Ok(tokens),
            // All of the family went meanwhile, and nobody did anything wrong.
            Rotated::Gone => Err(UNKNOWN),
            Rotated::Replayed => {
                self.revoke_replayed(&grant, "a refresh token was used twice", origin).await?;
                Err(UNKNOWN)
            }
        }
    }

    /// Whether what a grant rests on still stands: its session, and the person.
    pub(super) async fn still_stands(&self, grant: &Grant) -> Result<(User, Session), GrantError> {
        let mut conn = self.store.reader().await?;
        let session = sessions::by_id(&mut conn, grant.session_id).await?;
        let user = users::by_id(&mut conn, grant.user_id).await?;
        let standing =
            Standing { grant: grant.clone(), kept_until: Timestamp::default(), session, user };
        stands(standing, self.now()).map(|(_, user, session)| (user, session))
    }

    pub(super) async fn revoke_replayed(
        &self,
        grant: &Grant,
        what: &str,
        origin: Origin,
    ) -> Result<(), Failure> {
        let (id, now) = (grant.id, self.now());
        let entry = self.entry(Activity::ReplayDetected, origin).on(Some(grant.user_id));
        let event = entry.client(Some(&grant.client_id)).refused(what).done();
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    grants::revoke(conn, id, now).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?)
    }
}

/// RFC 9449 §5.2: who is to have bound tokens gets no others.
pub(super) fn must_prove(client: &Client, asked: Asked<'_>) -> Result<(), GrantError> {
    if client.settings.requires_dpop() && asked.key.is_none() {
        return Err(GrantError::Proof("this client must send a DPoP proof"));
    }
    Ok(())
}

/// Which resources a token is for: those asked for now out of those asked for at first (RFC 8707
/// §2.2), or all of them.
pub(super) fn audience(granted: &[String], asked: &[String]) -> Result<Vec<String>, GrantError> {
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    if asked.iter().all(|one| granted.contains(one)) {
        Ok(asked.to_vec())
    } else {
        Err(GrantError::Target("a resource was not part of the authorization request"))
    }
}

pub(super) fn wants_refresh_token(client: &Client, grant: &Grant) -> bool {
    grant.scopes.contains(&Scope::OfflineAccess)
        && client.settings.grant_types.contains(&GrantType::RefreshToken)
}

/// The scopes of a refresh: those granted, or fewer. A scope that was asked for at first and
/// silently dropped may be asked for again (libraries repeat themselves); it is dropped again.
fn narrowed(granted: &[Scope], asked: Option<&str>) -> Result<Vec<Scope>, GrantError> {
    let Some(asked) = asked.filter(|asked| !asked.trim().is_empty()) else {
        return Ok(granted.to_vec());
    };
    let asked = Scope::parse_list(asked);
    let scopes: Vec<Scope> =
        granted.iter().copied().filter(|scope| asked.contains(scope)).collect();
    if scopes.is_empty() {
        return Err(GrantError::Scope("none of these scopes was granted"));
    }
    Ok(scopes)
}
