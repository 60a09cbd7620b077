//! Signing in with a phone, as the computer sees it: ask, show a number, wait, go on. Whoever asks
//! sees the same whether or not somebody has that name, or a phone.

use super::journeys::{Browser, JourneyError, Position, requirements};
use super::opening::{Opening, open_session};
use super::tries::{named, shut_out};
use super::{Failure, Origin, Services};
use crate::crypto::token;
use crate::domain::assurance::{Acr, Factor};
use crate::domain::audit::Activity;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::{PhoneRequestId, SessionId, UserId};
use crate::domain::journey::{Reason, Step};
use crate::domain::phone::{
    ASKED, ASKING, Number, PhoneRequest, REQUEST_LIFETIME, RequestState, agent_name,
};
use crate::domain::policy::RegistrationPolicy;
use crate::domain::session::Proof;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, Username};
use crate::store::attempts::{Admission, admit_with, excuse, forgive, hold};
use crate::store::{self, audit, credentials, phone_requests, phones, policies, users};

/// Why no phone was asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The journey does not ask for that now.
    #[error("this sign-in has moved on")]
    MovedOn,
    /// This address has asked too often: the next time it is heard is this.
    #[error("too many requests")]
    Wait(Timestamp),
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for AskError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// Who is to be asked, and why they are not.
struct Candidate {
    user: Option<User>,
    known: bool,
    refusal: Option<&'static str>,
}

impl Position {
    /// Whether a phone is good enough for what this journey asks for now.
    pub fn takes_phone(&self) -> bool {
        let asks = match self.step {
            // To change methods takes the best of what the person has.
            Step::Authenticate { reason: Reason::BeforeChange, .. } => {
                let usable = self.policy.usable(&self.methods);
                usable.map(Credential::reaches).max() == Some(Acr::MultiFactor)
            }
            Step::Identify | Step::Authenticate { .. } => true,
            _ => false,
        };
        asks && self.journey.finished_at.is_none()
            && self.demand.is_none_or(|demand| demand.class <= Acr::MultiFactor)
    }

    /// Whether the person has proved who they are before: then what they have may be shown.
    fn is_proved(&self) -> bool {
        matches!(self.step, Step::Authenticate { reason, .. } if reason != Reason::SignIn)
    }
}

/// What the requests of one address are counted by.
fn asking_key(origin: Origin) -> String {
    token::hash(&format!("phone asked from {}", origin.limit_key()))
}

/// What the requests that reach one person are counted by: strangers' apart from those of a browser
/// of theirs.
fn asked_key(username: &Username, browser: Option<&str>) -> String {
    token::hash(&format!("phone asked {} {}", browser.unwrap_or_default(), username.key()))
}

impl Services {
    /// Whether the page offers "Use my phone".
    pub async fn offers_phone(&self, position: &Position) -> Result<bool, Failure> {
        if !position.takes_phone() {
            return Ok(false);
        }
        if position.is_proved() {
            let has_one = position.methods.iter().any(|it| it.kind == MethodKind::Phone);
            return Ok(has_one && position.policy.allows(MethodKind::Phone));
        }
        // A name that was merely typed must look the same whoever it names.
        let mut conn = self.store.reader().await?;
        let policy: RegistrationPolicy =
            policies::get(&mut conn, super::policies::REGISTRATION).await?;
        let rules = policy.rules.iter().map(|rule| &rule.requirements);
        Ok(rules.chain([&policy.requirements]).any(|it| it.allows(MethodKind::Phone)))
    }

    /// Asks the phone of whoever this journey is about. `user_agent` is what the browser says of
    /// itself.
    pub async fn ask_phone(
        &self,
        position: &Position,
        browser: &Browser,
        user_agent: &str,
        origin: Origin,
    ) -> Result<(), AskError> {
        if !position.takes_phone() {
            return Err(AskError::MovedOn);
        }
        let Some(username) = position.username() else { return Err(AskError::MovedOn) };
        let now = self.now();
        let asking = asking_key(origin);
        let admission = self
            .store
            .write(move |conn| {
                Box::pin(async move { admit_with(conn, &asking, &ASKING, now).await })
            })
            .await?;
        if let Admission::Blocked { until } = admission {
            return Err(AskError::Wait(until));
        }

        let Candidate { user, known, refusal } =
            self.whom_to_ask(position, browser, &username).await?;
        let entry = self
            .entry(Activity::PhoneAsked, origin)
            .on(user.as_ref().map(|user| user.id))
            .client(position.client.as_ref().map(|client| &client.id));
        let request = PhoneRequest {
            id: PhoneRequestId::new(now, self.random.as_ref()),
            user_id: user.as_ref().map(|user| user.id),
            journey_id: position.journey.id,
            browser: browser.key_hash.clone(),
            number: Number::generate(self.random.as_ref()),
            app: position.client.as_ref().map(|client| client.settings.client_name.clone()),
            address: origin.text(),
            agent: agent_name(user_agent),
            known,
            state: RequestState::Waiting,
            created_at: now,
            expires_at: now.plus(REQUEST_LIFETIME),
            redeemed_at: None,
        };
        let key = asked_key(&username, known.then_some(browser.key_hash.as_str()));
        // Whoever is not there is counted and written down as well, so that it takes as long.
        let stored = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let admission = admit_with(conn, &key, &ASKED, now).await?;
                    let refusal = match admission {
                        Admission::Blocked { .. } => refusal.or(Some("asked too often")),
                        Admission::Admitted => refusal,
                    };
                    let reached = request.user_id.filter(|_| refusal.is_none());
                    let request = PhoneRequest { user_id: reached, ..request };
                    phone_requests::insert(conn, &request).await?;
                    let event = match refusal {
                        Some(reason) => entry.refused(reason).done(),
                        None => entry.detail(request.agent.clone().unwrap_or_default()).done(),
                    };
                    audit::insert(conn, &event).await?;
                    Ok(request)
                })
            })
            .await?;
        if stored.user_id.is_some() {
            self.tell_phone(&stored);
        }
        Ok(())
    }

    /// Whether there is a phone to ask. The same is looked up about nobody as about somebody.
    async fn whom_to_ask(
        &self,
        position: &Position,
        browser: &Browser,
        username: &Username,
    ) -> Result<Candidate, Failure> {
        let (mut conn, now) = (self.store.reader().await?, self.now());
        let (user, id) = named(&mut conn, username).await?;
        let methods = credentials::by_user(&mut conn, id).await?;
        let policy = requirements(&mut conn, id).await?;
        let silenced = phones::silenced_until(&mut conn, id, now).await?;
        let known = phone_requests::is_known(&mut conn, &browser.key_hash, id).await?;
        let refusal = if let Some(reason) = shut_out(user.as_ref()) {
            Some(reason)
        } else if !methods.iter().any(|it| it.kind == MethodKind::Phone) {
            Some("no phone")
        } else if !policy.allows(MethodKind::Phone) {
            Some("the policy does not take phones")
        } else if !self.is_expected(position, id) {
            Some("the application expects another person")
        } else {
            silenced.map(|_| "the phone is silenced")
        };
        Ok(Candidate { user, known, refusal })
    }

    /// Whether this is the person whom the application asks for, where it asks for one.
    fn is_expected(&self, position: &Position, user: UserId) -> bool {
        let request = position.journey.purpose.request();
        let expected = request.and_then(|request| request.expected_user.as_deref());
        let known = position.client.as_ref().map(|client| self.subject(client, user));
        expected.is_none_or(|expected| known.as_deref() == Some(expected))
    }

    /// The request that this journey waits for.
    pub async fn phone_request(
        &self,
        position: &Position,
        browser: &Browser,
    ) -> Result<Option<PhoneRequest>, Failure> {
        let mut conn = self.store.reader().await?;
        let journey = position.journey.id;
        Ok(phone_requests::of_journey(&mut conn, journey, &browser.key_hash).await?)
    }

    /// The phone has approved: opens a session, or strengthens the one in hand. Returns nothing
    /// where it has not, or too late, or that was used before.
    pub async fn redeem_phone(
        &self,
        position: &Position,
        browser: &Browser,
        origin: Origin,
    ) -> Result<Option<SessionId>, JourneyError> {
        if !position.takes_phone() {
            return Err(JourneyError::MovedOn);
        }
        let found = self.phone_request(position, browser).await?;
        let Some((request, id, method, user_verified)) = found.and_then(|request| {
            let RequestState::Approved { method, user_verified } = request.state else {
                return None;
            };
            let user = request.user_id?;
            Some((request, user, method, user_verified))
        }) else {
            return Ok(None);
        };
        let mut conn = self.store.reader().await?;
        let policy = requirements(&mut conn, id).await?;
        let user = users::by_id(&mut conn, id).await?.filter(|user| user.enabled);
        let methods = credentials::by_user(&mut conn, id).await?;
        drop(conn);
        // Nothing is left of what a phone approved that was removed meanwhile.
        let phone = methods.into_iter().find(|it| it.id == method && it.kind == MethodKind::Phone);
        let Some((user, phone)) = user.zip(phone) else { return Ok(None) };
        if !policy.allows(MethodKind::Phone) || !self.is_expected(position, user.id) {
            return Ok(None);
        }
        let now = self.now();
        let proof = Proof::by(&phone, Factor::Phone { user_verified }, now);
        let session = self.session_after(position, &user, proof).await?;
        let (opened, place) = (session.id, origin.place());
        let entry = self.entry(Activity::PhoneSignIn, origin).by_user(user.id);
        let entry = entry.client(position.client.as_ref().map(|client| &client.id));
        let event = entry.detail("approved and signed in").done();
        let opening = Opening::here(position, browser, session, now);
        let asking = asking_key(origin);
        // Of whoever approved, whatever name the journey has by now.
        let asked = asked_key(&user.username, request.known.then_some(browser.key_hash.as_str()));
        let redeemed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // Whoever was switched off, or must register anew, comes in no more.
                    if !users::hold(conn, user.id, phone.created_at).await?
                        || !phones::record_use(conn, method, now).await?
                        || !phone_requests::redeem(conn, &request, &opening.browser, now).await?
                    {
                        return Ok(false);
                    }
                    credentials::record_place(conn, method, &place).await?;
                    open_session(conn, &opening).await?;
                    audit::insert(conn, &event).await?;
                    excuse(conn, &asking).await?;
                    if hold(conn, &asked).await? {
                        forgive(conn, &asked).await?;
                    }
                    Ok(true)
                })
            })
            .await?;
        Ok(redeemed.then_some(opened))
    }
}
