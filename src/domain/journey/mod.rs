//! The journey: everybody's way from an authorization request to its answer, as one pure function.
//!
//! Every page is the rendering of one [`Step`]; every form moves the journey and asks again where
//! [`next_step`] points. Tokens come out of [`Step::Finish`] only.

mod choice;
mod demand;
mod device;
mod visit;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::assurance::{Acr, Factor};
use super::claims::RequestedClaims;
use super::client::{ResponseMode, ResponseType, Scope};
use super::credential::Credential;
use super::external_method::ExternalMethod;
use super::id::{ClientId, JourneyId, MethodId, SessionId, UserId};
use super::pass::ONE_TIME_REGISTRATION;
use super::policy::Requirements;
use super::session::Session;
use super::time::Timestamp;
use super::user::User;

use choice::{must_choose, without_session};
pub use demand::{AcrTerms, Demand, Rules};
use demand::{Chances, prefers_more};
pub use device::DeviceVisit;
pub use visit::{AdminVisit, PORTAL, PortalPage};

/// The least `max_age`, in seconds, that is asked for again in one journey: time to read a page.
const MAX_AGE_FLOOR: u64 = 60;

/// The error that says that a sign-in as it is demanded cannot be had (OpenID Connect Core Error Code
/// `unmet_authentication_requirements` 1.0).
pub const UNMET: &str = "unmet_authentication_requirements";

/// A validated authorization request (OIDC Core §3.1.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes: known to be the client's.
    pub redirect_uri: String,
    /// What is to be answered.
    #[serde(default)]
    pub response_type: ResponseType,
    /// How the answer travels there.
    #[serde(default)]
    pub response_mode: ResponseMode,
    /// What is asked for and may be had.
    pub scopes: Vec<Scope>,
    /// Which resources its access tokens will be for (RFC 8707).
    #[serde(default)]
    pub resources: Vec<String>,
    /// Claims that were asked for one by one.
    #[serde(default)]
    pub claims: RequestedClaims,
    /// The thumbprint of the key that the code is bound to (RFC 9449 §10).
    #[serde(default)]
    pub dpop_jkt: Option<String>,
    /// Handed back unchanged.
    pub state: Option<String>,
    /// Repeated in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge, `S256`.
    pub code_challenge: Option<String>,
    /// What the client wants to happen.
    pub prompt: Prompt,
    /// How old, in seconds, the sign-in may be.
    pub max_age: Option<u64>,
    /// The class of sign-in asked for.
    pub acr: Option<Acr>,
    /// How it is asked for.
    #[serde(default)]
    pub acr_terms: AcrTerms,
    /// What the person is likely to type.
    pub login_hint: Option<String>,
    /// The languages that they like, the best first (BCP 47).
    #[serde(default)]
    pub ui_locales: Vec<String>,
    /// The person it must be, by the `sub` that the client knows them by.
    pub expected_user: Option<String>,
    /// The hash by which it is known, where it was pushed (RFC 9126): it is answered once.
    #[serde(default)]
    pub pushed: Option<String>,
    /// What an outside issuer says of that person, and wants to hear.
    #[serde(default)]
    pub external: Option<ExternalMethod>,
}

impl AuthorizationRequest {
    /// What a person is asked about: the scopes, and those of the claims asked for one by one.
    pub fn disclosed(&self) -> Vec<Scope> {
        let mut scopes = self.scopes.clone();
        for scope in self.claims.scopes() {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes.sort();
        scopes
    }
}

/// The `prompt` parameter (OIDC Core §3.1.2.1).
#[expect(clippy::struct_excessive_bools, reason = "a set of four values, as the standard has it")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Show no page: answer at once or with an error.
    pub none: bool,
    /// Sign in anew.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Let the person choose who they are.
    pub select_account: bool,
}

/// What a journey is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Purpose {
    /// An application asked for authorization.
    Authorize(Box<AuthorizationRequest>),
    /// The person came to see their own security info.
    SecurityInfo,
    /// The person came to register one more method.
    AddMethod,
    /// The person came to the admin portal.
    Admin(AdminVisit),
    /// The person typed the code of a device (RFC 8628).
    Device(Box<DeviceVisit>),
}

impl Purpose {
    /// The authorization request, if it is one.
    pub fn request(&self) -> Option<&AuthorizationRequest> {
        match self {
            Self::Authorize(request) => Some(request),
            Self::SecurityInfo | Self::AddMethod | Self::Admin(_) | Self::Device(_) => None,
        }
    }

    /// The device that asks, if one does.
    pub fn device(&self) -> Option<&DeviceVisit> {
        match self {
            Self::Device(visit) => Some(visit),
            _ => None,
        }
    }

    /// The application that something is for.
    pub fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Authorize(request) => Some(&request.client_id),
            Self::Device(visit) => Some(&visit.request.client_id),
            Self::SecurityInfo | Self::AddMethod | Self::Admin(_) => None,
        }
    }

    /// How old, in seconds, the sign-in may be.
    fn max_age(&self) -> Option<u64> {
        match self {
            Self::Authorize(request) => request.max_age,
            Self::Device(visit) => visit.max_age,
            Self::SecurityInfo | Self::AddMethod | Self::Admin(_) => None,
        }
    }

    /// The class of sign-in that it takes, where it takes one.
    fn demanded_acr(&self) -> Option<Acr> {
        match self {
            Self::Authorize(request) => request.acr,
            Self::SecurityInfo | Self::AddMethod => None,
            Self::Admin(_) => Some(Acr::PhishingResistant),
            Self::Device(visit) => visit.acr,
        }
    }
}

/// How far a journey has come.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that the person did or not")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The username that was typed. Not yet proved, perhaps of nobody.
    pub username: Option<String>,
    /// The session that carries this journey.
    pub session: Option<SessionId>,
    /// When the person proved who they are in this very journey.
    pub authenticated_at: Option<Timestamp>,
    /// What was registered in this journey.
    pub registered: Vec<MethodId>,
    /// Whether the person declined or finished registering more in this journey.
    pub registration_closed: bool,
    /// Who consented in this journey: somebody else may sign in before it ends.
    pub consented: Option<UserId>,
    /// Whether the person asked to be somebody else than the browser's session says.
    pub switch_user: bool,
    /// Whether the person said that the device is theirs.
    #[serde(default)]
    pub recognised: bool,
    /// The session of this browser that the person chose to go on with. It was not opened in this
    /// journey, so it carries no more than any other.
    #[serde(default)]
    pub chosen: Option<SessionId>,
    /// Whether the person is none of those who are signed in in this browser.
    #[serde(default)]
    pub somebody_else: bool,
}

/// A journey as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// The journey.
    pub id: JourneyId,
    /// Hash of the key that binds it to one browser.
    pub browser: String,
    /// What it is for.
    pub purpose: Purpose,
    /// How far it has come.
    pub progress: Progress,
    /// Counts changes, so that two tabs cannot overwrite each other.
    pub version: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// When its answer was sent.
    pub finished_at: Option<Timestamp>,
}

impl Journey {
    /// The class that a sign-in must reach for it, by the request and by these rules.
    pub fn demand(&self, rules: Rules) -> Option<Demand> {
        Demand::of(self, rules)
    }

    /// What an outside issuer says of the person that it is about.
    pub fn external(&self) -> Option<&ExternalMethod> {
        self.purpose.request().and_then(|request| request.external.as_ref())
    }
}

/// All that [`next_step`] looks at, besides the journey itself.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The session in hand: the journey's own, the one that was chosen, the one that the request is
    /// about, or else the browser's.
    pub session: Option<&'a Session>,
    /// Whose session it is; a disabled person counts as nobody.
    pub user: Option<&'a User>,
    /// The `sub` by which the application knows that person.
    pub subject: Option<&'a str>,
    /// How many there are to choose from: people with a live session in this browser, as far
    /// as the request asks for no other.
    pub accounts: usize,
    /// What that person has registered.
    pub methods: &'a [Credential],
    /// What the policies want them to have.
    pub policy: &'a Requirements,
    /// Whether a pass works only together with a method that its person still has.
    pub pass_needs_method: bool,
    /// How strong a sign-in must be, apart from what the request says.
    pub rules: Rules,
    /// Whether the application is somebody else's.
    pub third_party: bool,
    /// How old the sign-in of an admin may be who changes something in the portal.
    pub admin_max_age: Duration,
    /// Whether an earlier consent covers what is asked for.
    pub consent_on_record: bool,
    /// The present moment.
    pub now: Timestamp,
}

/// Why somebody who is signed in is asked to prove it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody is signed in.
    SignIn,
    /// The application wants a fresh sign-in (`prompt=login`, `max_age`).
    Fresh,
    /// The application wants a stronger sign-in than this one (`acr_values`, or its operator).
    Stronger,
    /// Methods are to be changed, and the last strong sign-in is too old for that.
    BeforeChange,
    /// An admin wants to change something, and the last sign-in is too old for that.
    BeforeAdminChange,
    /// The pass has done what it was for: another application, another day wants a key.
    PassIsSpent,
    /// The policy wants a pass to be used together with a method that the person still has.
    WithMethod,
}

/// Where a journey stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Say which device asks, from where and since when, and ask whether it is the person's own
    /// (RFC 8628 §5.4).
    Recognise,
    /// Ask which of those who are signed in in this browser it is.
    SelectAccount,
    /// Ask who it is.
    Identify,
    /// Ask for proof.
    Authenticate {
        /// Whether a pass is proof enough.
        pass: bool,
        /// Why proof is asked for.
        reason: Reason,
    },
    /// Register methods.
    Register {
        /// How many are wanted in all.
        wanted: usize,
        /// How many there are that count.
        have: usize,
        /// Whether the person may go on without.
        optional: bool,
    },
    /// The sign-in that is demanded is one that this person cannot have: say so, and let them go
    /// back to the application.
    Unmet {
        /// What is demanded.
        class: Acr,
    },
    /// Ask for consent.
    Confirm,
    /// Nothing is owed: the answer may be given.
    Finish,
}

/// Decides what happens next.
pub fn next_step(journey: &Journey, facts: &Facts<'_>) -> Step {
    if journey.purpose.device().is_some() && !journey.progress.recognised {
        return Step::Recognise;
    }
    let Some(session) = usable_session(journey, facts) else {
        return without_session(journey, facts);
    };
    let demand = journey.demand(facts.rules);
    if !is_fresh_enough(session, journey, demand, facts.now) {
        return again(session, demand, facts, Reason::Fresh);
    }
    if !may_carry(session, journey, facts) {
        return Step::Authenticate { pass: true, reason: Reason::PassIsSpent };
    }
    if facts.pass_needs_method
        && session.rests_on_bootstrap_alone()
        && facts.methods.iter().any(|it| it.created_at < session.created_at)
    {
        return Step::Authenticate { pass: false, reason: Reason::WithMethod };
    }
    let owed = demand.filter(|demand| !demand.met_by(&session.factors));
    let owed = owed.map(|demand| (demand.class, Chances::of(demand, session, facts)));
    if let Some((class, chances)) = owed
        && chances.none()
    {
        return Step::Unmet { class };
    }
    let chances = owed.map(|(_, chances)| chances);
    if let Some(step) = registration(journey, session, chances, facts) {
        return step;
    }
    if let Some(chances) = chances {
        return Step::Authenticate { pass: chances.by_pass(session), reason: Reason::Stronger };
    }
    if prefers_more(journey, session, facts) {
        return again(session, demand, facts, Reason::Stronger);
    }
    if let Purpose::Admin(AdminVisit { change: true, .. }) = journey.purpose
        && facts.now.since(session.auth_time) > facts.admin_max_age
    {
        return Step::Authenticate { pass: false, reason: Reason::BeforeAdminChange };
    }
    if went_stale(session, journey, demand, facts.now) {
        return again(session, demand, facts, Reason::Fresh);
    }
    if needs_consent(journey, session, facts) {
        return Step::Confirm;
    }
    Step::Finish
}

/// Asks somebody whose sign-in is strong enough for another one. A pass is asked for only where it
/// leads to what is demanded.
fn again(session: &Session, demand: Option<Demand>, facts: &Facts<'_>, reason: Reason) -> Step {
    let pass = demand.is_none_or(|demand| {
        demand.met_by(&[Factor::TemporaryAccessPass])
            || Chances::of(demand, session, facts).registration
    });
    Step::Authenticate { pass, reason }
}

/// The session, if it may carry this journey at all.
fn usable_session<'a>(journey: &Journey, facts: &Facts<'a>) -> Option<&'a Session> {
    let (session, user) = facts.session.zip(facts.user)?;
    let request = journey.purpose.request();
    let own = journey.progress.session == Some(session.id);
    let chosen = own || journey.progress.chosen == Some(session.id) || !must_choose(journey);
    let expected = request.and_then(|request| request.expected_user.as_deref());
    // A one-time pass whose ten minutes ran out while methods are owed leads nowhere: only another
    // pass helps, so the person is asked to sign in.
    let stranded = session.rests_on_bootstrap_alone()
        && !session.may_register(facts.now)
        && counted(facts) < facts.policy.required_methods as usize;
    let usable = session.user_id == user.id
        && user.enabled
        && session.is_live(facts.now)
        && chosen
        && expected.is_none_or(|expected| facts.subject == Some(expected))
        && !stranded;
    usable.then_some(session)
}

/// Whether the session may carry this journey. One that rests on a pass or an upstream alone completes the journey
/// that it was opened in, and shows the person their own page. Another journey it carries only
/// while the person is still setting up, and to its end if they set up there: they may have begun
/// again from the application.
fn may_carry(session: &Session, journey: &Journey, facts: &Facts<'_>) -> bool {
    let own = journey.progress.session == Some(session.id)
        || journey.progress.registration_closed
        || registered_here(journey, facts);
    let setting_up = !session.offer_declined
        && facts.now.since(session.created_at) <= ONE_TIME_REGISTRATION
        && facts.methods.iter().all(|method| method.created_at < session.created_at);
    let owes = counted(facts) < facts.policy.required_methods as usize;
    own || journey.purpose == Purpose::SecurityInfo
        || !session.rests_on_bootstrap_alone()
        || setting_up
        || owes
}

/// When that was proved which must be fresh: strength and freshness are met together, not a key in
/// the morning and something weaker now.
fn proved_at(session: &Session, demand: Option<Demand>) -> Timestamp {
    let strong = demand.and_then(|demand| session.proved_at(demand.class));
    strong.unwrap_or(session.auth_time)
}

/// Whether so much time went by in this journey that the application would not take the sign-in any
/// more: setting up a key can take longer than `max_age`.
fn went_stale(
    session: &Session,
    journey: &Journey,
    demand: Option<Demand>,
    now: Timestamp,
) -> bool {
    let max_age = journey.purpose.max_age().unwrap_or(0);
    max_age > 0 && now.since(proved_at(session, demand)).as_secs() > max_age.max(MAX_AGE_FLOOR)
}

fn is_fresh_enough(
    session: &Session,
    journey: &Journey,
    demand: Option<Demand>,
    now: Timestamp,
) -> bool {
    let proved = proved_at(session, demand);
    // What is good for setting up only may have been proved elsewhere, before this journey: an
    // upstream says when.
    let strong = demand.is_some_and(|it| it.class > Acr::Bootstrap && session.acr() >= it.class);
    if journey.progress.authenticated_at.is_some() && (!strong || proved >= journey.created_at) {
        return true;
    }
    let young_enough = journey.purpose.max_age().is_none_or(|seconds| {
        // `max_age=0` means `prompt=login` (OIDC Core §3.1.2.1).
        seconds > 0 && now.since(proved).as_secs() <= seconds
    });
    young_enough && !journey.purpose.request().is_some_and(|request| request.prompt.login)
}

/// Whether this person registered something in this journey.
fn registered_here(journey: &Journey, facts: &Facts<'_>) -> bool {
    facts.methods.iter().any(|method| journey.progress.registered.contains(&method.id))
}

/// The methods that count towards the policy.
fn counted(facts: &Facts<'_>) -> usize {
    facts.methods.iter().filter(|method| facts.policy.counts(method)).count()
}

fn registration(
    journey: &Journey,
    session: &Session,
    owed: Option<Chances>,
    facts: &Facts<'_>,
) -> Option<Step> {
    let progress = &journey.progress;
    let have = counted(facts);
    // Where nothing that they have meets the demand, what does is set up first.
    let missing = owed.is_some_and(|it| it.registration && !it.method && !it.pass);
    let demanded = if missing { have + 1 } else { 0 };
    let required = (facts.policy.required_methods as usize).max(demanded);
    let recommended = (facts.policy.recommended_methods as usize).max(required);

    if have < required {
        return Some(if session.may_register(facts.now) {
            Step::Register { wanted: required, have, optional: false }
        } else {
            Step::Authenticate { pass: true, reason: Reason::BeforeChange }
        });
    }
    if journey.purpose == Purpose::AddMethod
        && !registered_here(journey, facts)
        && !progress.registration_closed
    {
        return Some(if session.may_register(facts.now) {
            Step::Register { wanted: have + 1, have, optional: true }
        } else {
            Step::Authenticate { pass: false, reason: Reason::BeforeChange }
        });
    }
    if journey.finished_at.is_some() {
        return None;
    }
    suggestion(session, have, recommended, facts)
        .filter(|_| !progress.registration_closed && !session.offer_declined)
}

/// What the policy suggests beyond what it requires. Whoever came with a pass is asked at once: they
/// are setting up, or lost something. Whoever signs in with what they have is reminded now and then.
fn suggestion(
    session: &Session,
    have: usize,
    recommended: usize,
    facts: &Facts<'_>,
) -> Option<Step> {
    if !session.may_register(facts.now) {
        return None;
    }
    let user = facts.user?;
    let came_with_pass = session.bootstrap().is_some();
    let lost_something = facts.methods.iter().all(|method| method.created_at < session.created_at);
    if have < recommended {
        let asked = came_with_pass || facts.policy.reminder_due(user.skipped_at, facts.now);
        let optional = facts.policy.skips_left(user.skips) != Some(0);
        return asked.then_some(Step::Register { wanted: recommended, have, optional });
    }
    let offered = came_with_pass && lost_something && !facts.policy.allowed_kinds.is_empty();
    offered.then_some(Step::Register { wanted: have + 1, have, optional: true })
}

fn needs_consent(journey: &Journey, session: &Session, facts: &Facts<'_>) -> bool {
    if journey.progress.consented == Some(session.user_id) {
        return false;
    }
    // A device is always asked about: whoever asks may be somebody else (RFC 8628 §5.4).
    journey.purpose.device().is_some()
        || journey.purpose.request().is_some_and(|request| {
            request.prompt.consent || (facts.third_party && !facts.consent_on_record)
        })
}

/// The OAuth error that `prompt=none` gets where a page would be needed (OIDC Core §3.1.2.6).
pub fn silent_error(step: &Step) -> Option<&'static str> {
    match step {
        Step::SelectAccount => Some("account_selection_required"),
        Step::Identify | Step::Authenticate { .. } => Some("login_required"),
        Step::Register { .. } | Step::Recognise => Some("interaction_required"),
        Step::Unmet { .. } => Some(UNMET),
        Step::Confirm => Some("consent_required"),
        Step::Finish => None,
    }
}

#[cfg(test)]
mod tests;
