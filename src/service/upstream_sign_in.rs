//! Signing in through an upstream: going there, and coming back.
//!
//! What is shown before that depends on the typed username alone. Who a person is, whether a pass is
//! open for them, whether they may come this way: that is decided once the upstream has said who it
//! is, so that strangers learn nothing (docs/upstream.md).

use url::Url;

use super::journeys::{Browser, JourneyError, Position, advance_within};
use super::upstream_provider::{Errand, Kept, ProviderError, shortened};
use super::{Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::audit::Activity;
use crate::domain::id::{GroupId, JourneyId, SessionId, UserId};
use crate::domain::journey::{Purpose, Step};
use crate::domain::pass::{ONE_TIME_REGISTRATION, Usability};
use crate::domain::policy::TapPolicy;
use crate::domain::random;
use crate::domain::session::{Session, UpstreamOrigin};
use crate::domain::time::Timestamp;
use crate::domain::upstream::{
    AWAY_MAX, Freshness, Identity, LinkBy, Refusal, SESSION, Upstream, UpstreamId, offered,
};
use crate::domain::user::{User, Username, parse_email};
use crate::service::audit::Entry;
use crate::store::upstreams::{self, Away};
use crate::store::{self, Conn, audit, passes, policies, sessions, users};

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

/// What an upstream said, and what is to be made of it.
#[derive(Clone)]
struct Arrival {
    upstream: Upstream,
    identity: Identity,
    journey: JourneyId,
    browser: String,
    expected: Option<(crate::domain::client::Client, String)>,
    entry: Entry,
    now: Timestamp,
}

/// Whom an account opens.
struct Found {
    user: User,
    /// Whether the account is to be linked to them first.
    unlinked: bool,
    /// Whether they are to be added first.
    unknown: bool,
}

impl Services {
    /// The upstreams that the page of this step offers.
    pub async fn offered_upstreams(&self, position: &Position) -> Result<Vec<Offered>, Failure> {
        let Some(typed) = weak_step(position) else { return Ok(Vec::new()) };
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
        let Some(typed) = weak_step(position) else { return Err(DepartError::MovedOn) };
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
        if weak_step(&position).is_none() {
            return done(Outcome::MovedOn);
        }
        if !upstream.enabled {
            self.note(entry.refused(format!("{id}: it is disabled"))).await?;
            return done(Outcome::Refused);
        }
        let identity = match self.ask_upstream(&upstream, &position, &hash, &away, brought).await {
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
        let expected =
            position.journey.purpose.request().and_then(|request| request.expected_user.clone());
        let arrival = Arrival {
            upstream: upstream.clone(),
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
        position: &Position,
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
        let asked = away.created_at;
        self.identity(upstream, code, kept, freshness(position), asked).await.map(Ok)
    }

    /// Lets somebody in of whom an upstream said who they are, or refuses: all of it, or nothing.
    async fn arrive(&self, conn: &mut Conn, arrival: Arrival) -> store::Result<Outcome> {
        let Arrival { upstream, identity, journey, browser, expected, entry, now } = arrival;
        let id = upstream.id.clone();
        let found = match self.whom(conn, &upstream, &identity).await? {
            Ok(found) => found,
            Err((refusal, user)) => {
                let entry = entry.on(user).refused(format!("{id}: {refusal}"));
                audit::insert(conn, &entry.done()).await?;
                return Ok(Outcome::Refused);
            }
        };
        let Found { user, unlinked, unknown } = found;
        let other = expected.is_some_and(|(client, sub)| self.subject(&client, user.id) != sub);
        let refusal = if other {
            Some((Refusal::WrongUser, Outcome::WrongUser))
        } else if !unknown && pass_is_open(conn, user.id, now).await? {
            Some((Refusal::PassOpen, Outcome::UsePass))
        } else {
            None
        };
        if let Some((refusal, outcome)) = refusal {
            if outcome == Outcome::UsePass {
                // The page asks them for their pass, whatever name they typed before.
                advance_within(conn, journey, &browser, now, |progress| {
                    progress.username = Some(user.username.as_str().to_owned());
                })
                .await?;
            }
            let entry = entry.on(Some(user.id)).refused(format!("{id}: {refusal}"));
            audit::insert(conn, &entry.done()).await?;
            return Ok(outcome);
        }
        let mut said = format!("{id}: signed in");
        if unknown {
            if !users::insert(conn, &user).await? {
                // Somebody took the name meanwhile: all of it is looked at anew.
                return Err(store::Error::Conflict);
            }
            let added = self.entry(Activity::UserAdded, Origin::default()).on(Some(user.id));
            let added = added.detail(format!("{} through {id}", user.username.as_str()));
            audit::insert(conn, &added.done()).await?;
        }
        if unlinked {
            if !upstreams::link(conn, &id, &identity.subject, user.id, now).await? {
                return Err(store::Error::Conflict);
            }
            let linked = entry.clone().by_user(user.id).done();
            let detail = format!("{id}: linked to {}", identity.subject);
            let linked = crate::domain::audit::Event {
                id: crate::domain::id::AuditId::new(now, self.random.as_ref()),
                activity: Activity::UpstreamLinked,
                detail,
                ..linked
            };
            audit::insert(conn, &linked).await?;
            said.push_str(" for the first time");
        }
        if !upstreams::record_use(conn, &id, &identity.subject, user.id, now).await? {
            return Err(store::Error::Conflict);
        }
        let origin = UpstreamOrigin {
            id,
            deadline: now.plus(SESSION),
            register_until: now.plus(ONE_TIME_REGISTRATION),
        };
        let session = Session::from_upstream(
            SessionId::new(now, self.random.as_ref()),
            user.id,
            origin,
            identity.auth_time.unwrap_or(now),
            now,
        );
        sessions::put(conn, &session, &browser).await?;
        advance_within(conn, journey, &browser, now, |progress| {
            progress.session = Some(session.id);
            progress.authenticated_at = Some(now);
        })
        .await?;
        audit::insert(conn, &entry.by_user(user.id).detail(said).done()).await?;
        Ok(Outcome::SignedIn(session.id))
    }

    /// Whom an account opens: the person it is linked to, whatever it is called by now; or, the
    /// first time, the one whom it names, as far as the operator lets it.
    async fn whom(
        &self,
        conn: &mut Conn,
        upstream: &Upstream,
        identity: &Identity,
    ) -> store::Result<Result<Found, (Refusal, Option<UserId>)>> {
        let settings = &upstream.settings;
        if let Some(link) = upstreams::linked(conn, &upstream.id, &identity.subject).await?
            && let Some(user) = users::by_id(conn, link.user_id).await?
        {
            return Ok(match settings.admits(&user) {
                Ok(()) => Ok(Found { user, unlinked: false, unknown: false }),
                Err(refusal) => Err((refusal, Some(user.id))),
            });
        }
        let name = match settings.name_of(identity) {
            Ok(name) => name,
            Err(refusal) => return Ok(Err((refusal, None))),
        };
        let mut named = match settings.link_existing_by {
            LinkBy::None => Vec::new(),
            LinkBy::Username => match Username::parse(name) {
                Ok(username) => users::by_username(conn, &username).await?.into_iter().collect(),
                Err(_) => Vec::new(),
            },
            LinkBy::Email => users::by_email(conn, name).await?,
            LinkBy::ExternalId => users::by_external_id(conn, name).await?,
        };
        if named.len() > 1 {
            return Ok(Err((Refusal::Ambiguous, None)));
        }
        let Some(user) = named.pop() else {
            return self.newcomer(conn, upstream, identity, name).await;
        };
        let refusal = if let Err(refusal) = settings.admits(&user) {
            Some(refusal)
        } else if upstreams::link_of(conn, &upstream.id, user.id).await?.is_some() {
            Some(Refusal::LinkedToAnother)
        } else if user.method_count > 0 {
            // A claim can be changed over there; it must not open what somebody has locked here.
            Some(Refusal::HasMethods)
        } else {
            None
        };
        Ok(match refusal {
            Some(refusal) => Err((refusal, Some(user.id))),
            None => Ok(Found { user, unlinked: true, unknown: false }),
        })
    }

    /// Somebody whom nobody here knows, where the operator has such people added.
    async fn newcomer(
        &self,
        conn: &mut Conn,
        upstream: &Upstream,
        identity: &Identity,
        name: &str,
    ) -> store::Result<Result<Found, (Refusal, Option<UserId>)>> {
        let settings = &upstream.settings;
        if !settings.provision {
            return Ok(Err((Refusal::Unknown, None)));
        }
        let Ok(username) = Username::parse(name) else {
            return Ok(Err((Refusal::Unusable, None)));
        };
        if let Some(taken) = users::by_username(conn, &username).await? {
            // Somebody else's, as far as the operator lets us know.
            return Ok(Err((Refusal::Unknown, Some(taken.id))));
        }
        let now = self.now();
        let handle = uuid::Builder::from_random_bytes(random::bytes(self.random.as_ref()));
        let id = UserId::new(now, self.random.as_ref());
        let mut user = User::new(id, handle.into_uuid(), username, now);
        if let Some(name) = &identity.name {
            user.display_name.clone_from(name);
        }
        let email = identity.email.as_deref().filter(|_| identity.email_verified);
        user.email = email.and_then(|email| parse_email(email).ok());
        if user.tidy().is_err() {
            user.display_name = user.username.as_str().to_owned();
        }
        Ok(match settings.admits(&user) {
            Ok(()) => Ok(Found { user, unlinked: true, unknown: true }),
            Err(refusal) => Err((refusal, None)),
        })
    }

    fn upstream_entry(&self, position: &Position, origin: Origin) -> Entry {
        self.entry(Activity::UpstreamSignIn, origin)
            .client(position.client.as_ref().map(|client| &client.id))
    }
}

/// Whether something weak will do at this step: then whoever is named, if anybody is.
fn weak_step(position: &Position) -> Option<Option<Username>> {
    match position.step {
        Step::Identify => Some(None),
        Step::Authenticate { pass: true, .. } => Some(position.username()),
        _ => None,
    }
}

/// How recent a sign-in the application wants.
fn freshness(position: &Position) -> Freshness {
    match &position.journey.purpose {
        Purpose::Authorize(request) => {
            Freshness { anew: request.prompt.login, max_age: request.max_age }
        }
        Purpose::SecurityInfo | Purpose::AddMethod | Purpose::Admin(_) | Purpose::Device(_) => {
            Freshness::default()
        }
    }
}

/// Whether a person has a pass that they could use now. It comes before any upstream, as it does in
/// Entra for federated domains: somebody here handed it out on purpose.
async fn pass_is_open(conn: &mut Conn, user: UserId, now: Timestamp) -> store::Result<bool> {
    let Some((pass, _)) = passes::by_user(conn, user).await? else { return Ok(false) };
    let policy: TapPolicy = policies::get(conn, super::policies::TAP).await?;
    let groups: Vec<GroupId> =
        users::all_groups_of(conn, user).await?.into_iter().map(|(id, _)| id).collect();
    let usability = pass.usability(&policy, policy.in_scope(user, &groups), now);
    Ok(usability == Usability::EnabledByPolicy)
}

fn sealed_as(hash: &str) -> String {
    format!("upstream request {hash}")
}
