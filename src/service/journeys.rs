//! Journeys: beginning one, seeing where it stands, moving it on.

use std::time::Duration;

use super::accounts::{Account, hinted};
use super::attestation::heed_warnings;
use super::{Failure, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::client::Client;
use crate::domain::credential::Credential;
use crate::domain::id::{JourneyId, SessionId, UserId};
use crate::domain::journey::{Demand, Facts, Journey, Progress, Purpose, Rules, Step, next_step};
use crate::domain::pass::{Pass, Usability};
use crate::domain::policy::{
    Fido2Policy, PortalPolicy, RegistrationPolicy, Requirements, TapPolicy,
};
use crate::domain::recovery::is_outdated;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, Username};
use crate::store::{
    self, Conn, audit, clients, credentials, journeys, passes, policies, sessions, users,
};

/// How long a journey may take.
pub const JOURNEY_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The browser that a request came from.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Hash of the key that it holds.
    pub key_hash: String,
    /// The session that it is signed in with.
    pub session: Option<SessionId>,
}

/// Where a journey stands, and all that a page about it can show.
#[derive(Clone, Debug)]
pub struct Position {
    /// The journey.
    pub journey: Journey,
    /// The application that asked, if one did.
    pub client: Option<Client>,
    /// The session in hand.
    pub session: Option<Session>,
    /// Whose session it is.
    pub user: Option<User>,
    /// Who may be chosen from: those who are signed in in this browser, as far as the application
    /// asks for no other.
    pub accounts: Vec<Account>,
    /// What that person has registered.
    pub methods: Vec<Credential>,
    /// What the policy wants them to have.
    pub policy: Requirements,
    /// How strong the sign-in must be, if that was said.
    pub demand: Option<Demand>,
    /// What happens next.
    pub step: Step,
}

impl Position {
    /// Whether methods may be registered in the session now.
    pub fn may_register(&self, now: Timestamp) -> bool {
        let usable: Vec<&Credential> = self.policy.usable(&self.methods).collect();
        self.session.as_ref().is_some_and(|session| session.may_register(&usable, now))
    }
}

/// Why a journey cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum JourneyError {
    /// There is no such journey in this browser, or it has expired.
    #[error("this sign-in is over")]
    Gone,
    /// What was asked does not fit where the journey stands: another tab was faster.
    #[error("this sign-in has moved on")]
    MovedOn,
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for JourneyError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl Services {
    /// Where a request would stand that nobody has begun a journey for: with the browser's session
    /// alone. Nothing is stored.
    pub async fn preview(&self, purpose: Purpose, browser: &Browser) -> Result<Position, Failure> {
        let now = self.now();
        let journey = Journey {
            id: JourneyId::new(now, self.random.as_ref()),
            browser: browser.key_hash.clone(),
            purpose,
            progress: Progress::default(),
            version: 0,
            created_at: now,
            expires_at: now.plus(JOURNEY_LIFETIME),
            finished_at: None,
        };
        let username = journey.external().map(|external| external.username.clone());
        let journey = Journey { progress: Progress { username, ..Progress::default() }, ..journey };
        self.position(journey, browser).await
    }

    /// Stores a journey that [`Services::preview`] made.
    pub async fn begin(&self, journey: Journey) -> Result<JourneyId, Failure> {
        let id = journey.id;
        self.store
            .write(move |conn| Box::pin(async move { journeys::insert(conn, &journey).await }))
            .await?;
        Ok(id)
    }

    /// Where a journey of this browser stands.
    pub async fn look(&self, id: JourneyId, browser: &Browser) -> Result<Position, JourneyError> {
        let found = {
            let mut conn = self.store.reader().await?;
            journeys::of_browser(&mut conn, id, &browser.key_hash, self.now()).await?
        };
        let position = self.position(found.ok_or(JourneyError::Gone)?, browser).await?;
        // An application that was removed or disabled meanwhile gets no answer.
        let asked = position.journey.purpose.client_id().is_some();
        if asked && !position.client.as_ref().is_some_and(|client| client.enabled) {
            return Err(JourneyError::Gone);
        }
        Ok(position)
    }

    async fn position(&self, journey: Journey, browser: &Browser) -> Result<Position, Failure> {
        let mut conn = self.store.reader().await?;
        let request = journey.purpose.request();
        let client = match journey.purpose.client_id() {
            Some(id) => clients::by_id(&mut conn, id).await?,
            None => None,
        };
        let mut accounts = self.accounts_within(&mut conn, browser).await?;
        accounts.retain(|account| self.fits(account, request, client.as_ref()));
        let hinted = request.and_then(|request| hinted(&accounts, request));
        let in_hand = journey.progress.session.or(journey.progress.chosen);
        let session = match in_hand.or(hinted).or(browser.session) {
            Some(id) => sessions::by_id(&mut conn, id).await?,
            None => None,
        };
        let user = match &session {
            Some(session) => users::by_id(&mut conn, session.user_id).await?,
            None => None,
        };
        let mut methods = match &user {
            Some(user) => credentials::by_user(&mut conn, user.id).await?,
            None => Vec::new(),
        };
        // What is worth nothing any more is as if it were not there.
        methods.retain(|method| !user.as_ref().is_some_and(|user| is_outdated(user, method)));
        heed_warnings(&mut conn, &mut methods).await?;
        let tap: TapPolicy = policies::get(&mut conn, super::policies::TAP).await?;
        let portal: PortalPolicy = policies::get(&mut conn, super::policies::PORTAL).await?;
        let policy = match &user {
            Some(user) => requirements(&mut conn, user.id).await?,
            None => Requirements::default(),
        };
        let consent_on_record = match (request, &user) {
            (Some(request), Some(user)) => {
                let given = clients::consent(&mut conn, user.id, &request.client_id).await?;
                request.disclosed().iter().all(|scope| given.contains(scope))
            }
            _ => false,
        };
        let subject = match (&client, &user) {
            (Some(client), Some(user)) => Some(self.subject(client, user.id)),
            _ => None,
        };
        let rules = Rules {
            minimum: client.as_ref().and_then(|client| client.settings.require_acr),
            ..self.rules_about_passes(&mut conn, &tap, user.as_ref()).await?
        };
        let step = next_step(
            &journey,
            &Facts {
                subject: subject.as_deref(),
                session: session.as_ref(),
                user: user.as_ref(),
                accounts: accounts.len(),
                methods: &methods,
                policy: &policy,
                pass_needs_method: tap.is_existing_method_required,
                rules,
                third_party: client.as_ref().is_some_and(|client| client.settings.third_party),
                admin_max_age: portal.strong_sign_in_max_age(),
                consent_on_record,
                now: self.now(),
            },
        );
        let demand = journey.demand(rules);
        Ok(Position { journey, client, session, user, accounts, methods, policy, demand, step })
    }

    /// What a pass is worth to this person where several factors are demanded.
    async fn rules_about_passes(
        &self,
        conn: &mut Conn,
        tap: &TapPolicy,
        user: Option<&User>,
    ) -> Result<Rules, Failure> {
        let Some(user) = user else { return Ok(Rules::default()) };
        let groups: Vec<_> =
            users::all_groups_of(conn, user.id).await?.into_iter().map(|(id, _)| id).collect();
        let in_scope = tap.in_scope(user.id, &groups);
        let pass = passes::by_user(conn, user.id).await?;
        let works =
            |pass: &Pass| pass.usability(tap, in_scope, self.now()) == Usability::EnabledByPolicy;
        Ok(Rules {
            minimum: None,
            pass: tap.multifactor_use,
            has_pass: pass.is_some_and(|(pass, _)| works(&pass)),
        })
    }

    /// Takes the username that was typed. Says nothing about whether there is such a person.
    pub async fn identify(
        &self,
        position: &Position,
        username: Username,
    ) -> Result<(), JourneyError> {
        if position.journey.external().is_some() {
            return Err(JourneyError::MovedOn);
        }
        let mut progress = position.journey.progress.clone();
        progress.username = Some(username.as_str().to_owned());
        self.advance(position, progress).await
    }

    /// Lets the person be somebody else than the one who was named or is signed in.
    pub async fn restart(&self, position: &Position) -> Result<(), JourneyError> {
        let recognised = position.journey.progress.recognised;
        let username = position.journey.external().map(|external| external.username.clone());
        let progress = Progress { username, switch_user: true, recognised, ..Progress::default() };
        self.advance(position, progress).await
    }

    /// The person registers no more for now. Heard only where nothing is owed.
    pub async fn close_registration(&self, position: &Position) -> Result<(), JourneyError> {
        let Step::Register { optional: true, have, .. } = position.step else {
            return Err(JourneyError::MovedOn);
        };
        let skips = have < position.policy.recommended_methods as usize;
        let now = self.now();
        let mut progress = position.journey.progress.clone();
        progress.registration_closed = true;
        let (journey, session) = (position.journey.clone(), position.session.clone());
        let moved = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !journeys::advance(conn, &journey, &progress).await? {
                        return Ok(false);
                    }
                    if let Some(session) = session {
                        sessions::decline_offer(conn, session.id).await?;
                        if skips {
                            users::record_skip(conn, session.user_id, now).await?;
                        }
                    }
                    Ok(true)
                })
            })
            .await?;
        if moved { Ok(()) } else { Err(JourneyError::MovedOn) }
    }

    /// The person agrees to what the application asks for.
    pub async fn consent(&self, position: &Position, origin: Origin) -> Result<(), JourneyError> {
        let (Step::Confirm, Some(request), Some(user)) =
            (&position.step, position.journey.purpose.request(), &position.user)
        else {
            return Err(JourneyError::MovedOn);
        };
        let mut progress = position.journey.progress.clone();
        progress.consented = Some(user.id);
        let (journey, user, now) = (position.journey.clone(), user.id, self.now());
        let (client, scopes) = (request.client_id.clone(), request.disclosed());
        let entry = self.entry(Activity::ConsentGiven, origin).by_user(user).client(Some(&client));
        let event = entry.detail(crate::domain::client::Scope::join(&scopes)).done();
        let moved = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let moved = journeys::advance(conn, &journey, &progress).await?;
                    if moved {
                        clients::set_consent(conn, user, &client, &scopes, now).await?;
                        audit::insert(conn, &event).await?;
                    }
                    Ok(moved)
                })
            })
            .await?;
        if moved { Ok(()) } else { Err(JourneyError::MovedOn) }
    }

    /// Ends a journey that gives nothing to an application: the person declined, or came to see a
    /// page of ours.
    pub async fn end_journey(&self, position: &Position) -> Result<(), JourneyError> {
        let (journey, now) = (position.journey.clone(), self.now());
        self.store
            .write(move |conn| Box::pin(async move { journeys::finish(conn, &journey, now).await }))
            .await?;
        Ok(())
    }

    pub(super) async fn advance(
        &self,
        position: &Position,
        progress: Progress,
    ) -> Result<(), JourneyError> {
        let journey = position.journey.clone();
        let moved = self
            .store
            .write(move |conn| {
                Box::pin(async move { journeys::advance(conn, &journey, &progress).await })
            })
            .await?;
        if moved { Ok(()) } else { Err(JourneyError::MovedOn) }
    }
}

/// What the policies want a person to have registered.
pub(super) async fn requirements(conn: &mut Conn, user: UserId) -> store::Result<Requirements> {
    let registration: RegistrationPolicy =
        policies::get(conn, super::policies::REGISTRATION).await?;
    let fido2: Fido2Policy = policies::get(conn, super::policies::FIDO2).await?;
    let groups: Vec<_> =
        users::all_groups_of(conn, user).await?.into_iter().map(|(id, _)| id).collect();
    Ok(registration.for_person(&fido2, user, &groups))
}

/// Moves a journey on inside a transaction that does more than that. Reads it afresh, so that what
/// another tab did a moment ago is kept; where it is gone or finished, nothing is moved.
pub(super) async fn advance_within(
    conn: &mut Conn,
    id: JourneyId,
    browser: &str,
    now: crate::domain::time::Timestamp,
    change: impl FnOnce(&mut Progress) + Send,
) -> store::Result<()> {
    let Some(journey) = journeys::of_browser(conn, id, browser, now).await? else { return Ok(()) };
    if journey.finished_at.is_some() {
        return Ok(());
    }
    let mut progress = journey.progress.clone();
    change(&mut progress);
    if journeys::advance(conn, &journey, &progress).await? {
        Ok(())
    } else {
        Err(store::Error::Conflict)
    }
}
