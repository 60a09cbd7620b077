//! What authorizations give: a code when a journey is finished, tokens for the code, new tokens for
//! a refresh token.

use std::time::Duration;

use super::external_hint::AGE_MAX;
use super::journeys::{self as journeys_service, JourneyError, Position};
use super::lookups::stands;
use super::redemption::{OneTime, Redeemed};
use super::tokens::{Minting, Said, TokenSet};
use super::{Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::audit::Activity;
use crate::domain::client::{Client, GrantType, ResponseType, Scope};
use crate::domain::grant::{Code, Grant, REFRESH_GRACE, Terms, refresh_expiry};
use crate::domain::id::GrantId;
use crate::domain::journey::{AuthorizationRequest, Step, fresh_since};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::standing::Standing;
use crate::store::{self, audit, grants, journeys, once, sessions, users};

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

/// What the transaction that finishes a journey came to.
enum Given {
    Answer,
    Already,
    MovedOn,
    /// The hint of an outside issuer was answered before.
    Replayed,
}

/// What finishing a journey gave.
#[derive(Debug)]
pub enum Finished {
    /// A code, to be sent to the application.
    Code(Token),
    /// An ID token, to be sent to the application.
    IdToken(String),
    /// An error for the application: what was proved is not what it asked for.
    Refused((&'static str, &'static str)),
    /// Nothing: the application has redeemed the code of this journey already.
    Already,
}

impl Services {
    /// Gives the answer that a finished journey has earned. An ID token is given once, whatever
    /// happens to it. A code that is asked for again before the application has redeemed it (a
    /// double click, a crash, the back button) is withdrawn, and another given.
    ///
    /// `stored` says whether the journey is in the database; a request that needed no page is not.
    pub async fn finish(
        &self,
        position: &Position,
        stored: bool,
        origin: Origin,
    ) -> Result<Finished, JourneyError> {
        let (Step::Finish, Some(request), Some(session), Some(user)) =
            (&position.step, position.journey.purpose.request(), &position.session, &position.user)
        else {
            return Err(JourneyError::MovedOn);
        };
        let now = self.now();
        let code = Token::generate(self.random.as_ref());
        let client = self.client(&request.client_id).await?.ok_or(JourneyError::MovedOn)?;
        let terms = Terms::from(client.settings.lifetimes);
        // Whoever wants a fresh sign-in is told of what is fresh alone.
        let fresh = fresh_since(&position.journey, now).map(|since| session.proved_since(since));
        let grant = self.grant(request, fresh.as_ref().unwrap_or(session));
        let journey = stored.then(|| position.journey.clone());
        let id_token = match request.response_type {
            ResponseType::Code => None,
            ResponseType::IdToken => {
                let said = match Said::of(request, session) {
                    Ok(said) => said,
                    Err(why) => {
                        self.end_journey(position).await?;
                        return Ok(Finished::Refused(why));
                    }
                };
                Some(self.answer_token(&client, &grant, user, session, said).await?)
            }
        };
        let hint = request.external.as_ref().map(|external| {
            (external.hint.clone(), now.plus(journeys_service::LIFETIME).plus(AGE_MAX))
        });
        let has_code = id_token.is_none();
        let replayed = self.entry(Activity::ReplayDetected, origin).on(Some(grant.user_id));
        let replayed = replayed.client(Some(&grant.client_id));
        let replayed = replayed.refused("an id_token_hint was answered twice").done();
        let row = Code {
            grant_id: grant.id,
            journey_id: journey.as_ref().map(|journey| journey.id),
            redirect_uri: request.redirect_uri.clone(),
            code_challenge: request.code_challenge.clone(),
            expires_at: now.plus(terms.code),
        };
        let entry = self.entry(Activity::Authorized, origin).by_user(grant.user_id);
        let event = entry.client(Some(&grant.client_id)).detail(Scope::join(&grant.scopes)).done();
        let (hash, pushed) = (code.hash(), request.pushed.clone());
        let given = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // Whoever ends the session knows to whom something was given under it.
                    if !sessions::hold(conn, grant.session_id).await? {
                        return Ok(Given::MovedOn);
                    }
                    let mut first = true;
                    if let Some(journey) = journey {
                        first = journey.finished_at.is_none()
                            && journeys::finish(conn, &journey, now).await?;
                        // Only a code can be taken back.
                        let again =
                            first || (has_code && grants::withdraw_codes(conn, journey.id).await?);
                        if !again {
                            let now = journeys::of_browser(conn, journey.id, &journey.browser, now);
                            let finished = now.await?.is_none_or(|it| it.finished_at.is_some());
                            return Ok(if finished { Given::Already } else { Given::MovedOn });
                        }
                    }
                    if let Some(hash) = pushed
                        && first
                        && !once::answer_pushed(conn, &hash).await?
                    {
                        return Ok(Given::Already);
                    }
                    if let Some((hint, kept)) = hint
                        && !once::first(conn, &hint, kept).await?
                    {
                        audit::insert(conn, &replayed).await?;
                        return Ok(Given::Replayed);
                    }
                    let forgotten = row.expires_at.plus(terms.access_token);
                    grants::insert(conn, &grant, forgotten).await?;
                    if has_code {
                        grants::insert_code(conn, &hash, &row).await?;
                    } else {
                        users::first_tokens(conn, grant.user_id, now).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(Given::Answer)
                })
            })
            .await?;
        match given {
            Given::Answer => Ok(match id_token {
                Some(token) => Finished::IdToken(token),
                None => Finished::Code(code),
            }),
            Given::Replayed => {
                let why = "this id_token_hint was answered before";
                Ok(Finished::Refused(("invalid_request", why)))
            }
            Given::Already => Ok(Finished::Already),
            Given::MovedOn => Err(JourneyError::MovedOn),
        }
    }

    fn grant(&self, request: &AuthorizationRequest, session: &Session) -> Grant {
        let now = self.now();
        let acr = request.acr_terms.told(session.acr());
        let id = GrantId::new(now, self.random.as_ref());
        Grant {
            scopes: request.scopes.clone(),
            resources: request.resources.clone(),
            claims: request.claims.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            nonce: request.nonce.clone(),
            acr,
            // When that was proved which is told, not something weaker after it.
            auth_time: session.proved_at(acr).unwrap_or(session.auth_time),
            ..Grant::within(id, request.client_id.clone(), session, now)
        }
    }

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
        let next_hash = next.hash();
        let terms = Terms::from(client.settings.lifetimes);
        let expires_at = refresh_expiry(&grant, &terms, session.hard_deadline(), now);
        let tokens = self.token_set(minting, Some(next)).await?;
        let id = grant.id;
        let rotated = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let first = grants::use_refresh_token(conn, &hash, now).await?;
                    if !first {
                        let before =
                            grants::refresh_token(conn, &hash).await?.and_then(|row| row.used_at);
                        let lost = before.is_some_and(|then| now.since(then) <= REFRESH_GRACE)
                            && grants::withdraw_unused_children(conn, &hash).await?;
                        if !lost {
                            return Ok(false);
                        }
                    }
                    grants::insert_refresh_token(
                        conn,
                        &next_hash,
                        id,
                        Some(&hash),
                        now,
                        expires_at,
                    )
                    .await?;
                    // Applications refresh often: once a day is enough to keep the grant.
                    if kept_until < expires_at {
                        grants::extend(conn, id, expires_at.plus(KEPT_LONGER)).await?;
                    }
                    Ok(true)
                })
            })
            .await?;
        if !rotated {
            self.revoke_replayed(&grant, "a refresh token was used twice", origin).await?;
            return Err(UNKNOWN);
        }
        Ok(tokens)
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
