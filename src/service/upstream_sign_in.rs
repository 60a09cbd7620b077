//! Signing in through an upstream: going there, and coming back.
//!
//! What is shown before that depends on the typed username alone. Who a person is, whether a pass is
//! open for them, whether they may come this way: that is decided once the upstream has said who it
//! is, so that strangers learn nothing (docs/upstream.md).

use url::Url;

use super::audit::Entry;
use super::journeys::{Browser, JourneyError, Position};
use super::upstream_arrival::Arrival;
use super::upstream_provider::{Errand, Kept, ProviderError, shortened};
use super::{Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::audit::Activity;
use crate::domain::id::{JourneyId, SessionId};
use crate::domain::journey::{Reason, Step};
use crate::domain::upstream::{AWAY_MAX, Freshness, Identity, Upstream, UpstreamId, offered};
use crate::domain::user::Username;
use crate::store;
use crate::store::upstreams::{self, Away};

/// An upstream as a page offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its id.
    pub id: String,
    /// The name that people see.
    pub name: String,
}

/// Why somebody is not sent to an upstream.
#[derive(Debug, thiserror::Error)]
pub enum DepartError {
    /// The journey does not ask for this now, or the upstream is not offered there.
    #[error("this sign-in has moved on")]
    MovedOn,
    /// The upstream with this name cannot be reached.
    #[error("{0} cannot be reached")]
    Unreachable(String),
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for DepartError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// What somebody brings back from an upstream (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// What we sent along.
    pub state: &'a str,
    /// What is good for tokens.
    pub code: Option<&'a str>,
    /// Why there is no code.
    pub error: Option<&'a str>,
    /// Who says so.
    pub iss: Option<&'a str>,
}

/// What coming back came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A session was opened.
    SignedIn(SessionId),
    /// The journey asks for something else by now.
    MovedOn,
    /// The person, or the upstream, ended it there.
    Cancelled,
    /// The upstream cannot be reached, or what it says does not hold.
    NoAnswer,
    /// A recent sign-in is wanted, and the upstream did not say that there was one.
    NotFresh,
    /// The upstream said who it is, and that is nobody who comes in this way.
    Refused,
    /// The application expects somebody else.
    WrongUser,
    /// A pass is open for the person, and comes first.
    UsePass,
}

/// Somebody who came back.
#[derive(Clone, Debug)]
pub struct Return {
    /// To which journey.
    pub journey: JourneyId,
    /// From where: the name that people see.
    pub upstream: String,
    /// What it came to.
    pub outcome: Outcome,
}

impl Services {
    /// The upstreams that the page of this step offers.
    pub async fn offered_upstreams(&self, position: &Position) -> Result<Vec<Offered>, Failure> {
        if !is_weak(position) {
            return Ok(Vec::new());
        }
        let typed = named(position);
        let all = upstreams::list(&mut *self.store.reader().await?).await?;
        Ok(offered(&all, typed.as_ref())
            .map(|it| Offered { id: it.id.to_string(), name: it.settings.display_name.clone() })
            .collect())
    }

    /// Where to send somebody who wants to show an upstream who they are.
    pub async fn depart_upstream(
        &self,
        position: &Position,
        browser: &Browser,
        id: &str,
        origin: Origin,
    ) -> Result<(Url, String), DepartError> {
        if !is_weak(position) {
            return Err(DepartError::MovedOn);
        }
        let typed = named(position);
        let all = upstreams::list(&mut *self.store.reader().await?).await?;
        let chosen = offered(&all, typed.as_ref()).find(|it| it.id.as_str() == id);
        let upstream = chosen.ok_or(DepartError::MovedOn)?;
        let fresh = || Token::generate(self.random.as_ref()).reveal().to_owned();
        let (state, kept) = (fresh(), Kept { nonce: fresh(), verifier: fresh() });
        let request = position.journey.purpose.request();
        let errand = Errand {
            state: &state,
            kept: &kept,
            login_hint: typed.as_ref().map(|name| name.as_str().to_owned()),
            freshness: freshness(position),
            choose: position.journey.progress.switch_user
                || request.is_some_and(|request| request.prompt.select_account),
        };
        let url = match self.authorization_url(upstream, errand).await {
            Ok(url) => url,
            Err(ProviderError::Failure(failure)) => return Err(failure.into()),
            Err(error) => {
                let entry = self.upstream_entry(position, origin);
                self.note(entry.refused(format!("{id}: {error}"))).await?;
                let name = upstream.settings.display_name.clone();
                return Err(DepartError::Unreachable(name));
            }
        };
        let (now, hash) = (self.now(), token::hash(&state));
        let kept = serde_json::to_vec(&kept).map_err(|e| Failure::Internal(e.to_string()))?;
        let away = Away {
            upstream: upstream.id.clone(),
            journey: position.journey.id,
            sealed: self.master.seal(&sealed_as(&hash), &kept),
            created_at: now,
            expires_at: now.plus(AWAY_MAX),
        };
        let key = browser.key_hash.clone();
        self.store
            .write(move |conn| {
                Box::pin(async move { upstreams::leave(conn, &hash, &key, &away).await })
            })
            .await?;
        Ok((url, upstream.settings.display_name.clone()))
    }

    /// Takes somebody back from an upstream: once, and in the browser that they left with. A
    /// [`JourneyError::Gone`] where nobody was sent there from it.
    pub async fn return_from_upstream(
        &self,
        browser: &Browser,
        id: &str,
        brought: Brought<'_>,
        origin: Origin,
    ) -> Result<Return, JourneyError> {
        let Ok(id) = id.parse::<UpstreamId>() else { return Err(JourneyError::Gone) };
        let (hash, key, now) = (token::hash(brought.state), browser.key_hash.clone(), self.now());
        let (state, from) = (hash.clone(), id.clone());
        let taken = self
            .store
            .write(move |conn| {
                Box::pin(async move { upstreams::come_back(conn, &state, &from, &key, now).await })
            })
            .await?;
        let Some(away) = taken else {
            let entry = self.entry(Activity::UpstreamSignIn, origin);
            let why = format!("{id}: nobody was sent there from this browser, or they are back");
            self.note(entry.refused(why)).await?;
            return Err(JourneyError::Gone);
        };
        let position = self.look(away.journey, browser).await?;
        let entry = self.upstream_entry(&position, origin);
        let upstream = upstreams::by_id(&mut *self.store.reader().await?, &id).await?;
        let Some(upstream) = upstream else { return Err(JourneyError::Gone) };
        let name = upstream.settings.display_name.clone();
        let done = |outcome| Ok(Return { journey: away.journey, upstream: name.clone(), outcome });
        if !is_weak(&position) {
            return done(Outcome::MovedOn);
        }
        if !upstream.enabled {
            self.note(entry.refused(format!("{id}: it is disabled"))).await?;
            return done(Outcome::Refused);
        }
        let identity = match self.ask_upstream(&upstream, &hash, &away, brought).await {
            Ok(Ok(identity)) => identity,
            Ok(Err(error)) => {
                self.note(entry.refused(format!("{id}: {error}"))).await?;
                return done(Outcome::Cancelled);
            }
            Err(ProviderError::Failure(failure)) => return Err(failure.into()),
            Err(error) => {
                self.note(entry.refused(format!("{id}: {error}"))).await?;
                return done(Outcome::NoAnswer);
            }
        };
        if let Err(refusal) = freshness(&position).check(identity.auth_time, away.created_at) {
            self.note(entry.refused(format!("{id}: {refusal}"))).await?;
            return done(Outcome::NotFresh);
        }
        let expected =
            position.journey.purpose.request().and_then(|request| request.expected_user.clone());
        let arrival = Arrival {
            upstream: id,
            identity,
            journey: away.journey,
            browser: browser.key_hash.clone(),
            expected: position.client.clone().zip(expected),
            entry,
            now,
        };
        let services = self.clone();
        let outcome = self
            .store
            .write(move |conn| Box::pin(async move { services.arrive(conn, arrival).await }))
            .await?;
        done(outcome)
    }

    /// What an upstream says about whoever comes back with this; or the error that it sent them
    /// back with.
    async fn ask_upstream(
        &self,
        upstream: &Upstream,
        hash: &str,
        away: &Away,
        brought: Brought<'_>,
    ) -> Result<Result<Identity, String>, ProviderError> {
        self.check_answer_issuer(upstream, brought.iss).await?;
        if let Some(error) = brought.error {
            return Ok(Err(format!("it answered {}", shortened(error))));
        }
        let code = brought
            .code
            .ok_or_else(|| ProviderError::Untrue("the answer has neither code nor error".into()))?;
        let kept = self.master.open(&sealed_as(hash), &away.sealed).ok();
        let kept: Kept = kept
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| Failure::Internal("what was sealed cannot be opened".into()))?;
        self.identity(upstream, code, kept).await.map(Ok)
    }

    fn upstream_entry(&self, position: &Position, origin: Origin) -> Entry {
        self.entry(Activity::UpstreamSignIn, origin)
            .client(position.client.as_ref().map(|client| &client.id))
    }
}

/// Whether something weak will do at this step: not where more than that is demanded.
fn is_weak(position: &Position) -> bool {
    match position.step {
        Step::Identify => true,
        Step::Authenticate { pass, reason } => pass && reason != Reason::Stronger,
        _ => false,
    }
}

/// Who is named at this step, if anybody is.
fn named(position: &Position) -> Option<Username> {
    if position.step == Step::Identify { None } else { position.username() }
}

/// How recent a sign-in the application wants, that of a device as well.
fn freshness(position: &Position) -> Freshness {
    let purpose = &position.journey.purpose;
    let anew = purpose.request().is_some_and(|request| request.prompt.login);
    Freshness { anew, max_age: purpose.max_age() }
}

fn sealed_as(hash: &str) -> String {
    format!("upstream request {hash}")
}
