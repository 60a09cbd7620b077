//! The journey: everybody's way from an authorization request to its answer, as one pure function.
//!
//! Every page is the rendering of one [`Step`]; every form moves the journey and asks again where
//! [`next_step`] points. Tokens come out of [`Step::Finish`] only.

mod choice;
mod demand;
mod device;
mod purpose;
mod recovery;
mod visit;

use std::time::Duration;

use super::assurance::{Acr, Factor};
use super::credential::Credential;
use super::pass::ONE_TIME_REGISTRATION;
use super::policy::Requirements;
use super::session::Session;
use super::time::Timestamp;
use super::user::User;

use choice::{must_choose, without_session};
pub use demand::{AcrTerms, Demand, Rules};
use demand::{Chances, prefers_more};
pub use device::DeviceVisit;
pub use purpose::{AuthorizationRequest, Journey, Progress, Prompt, Purpose};
pub use visit::{AdminVisit, ChangeVisit, InfoPage, PORTAL, PortalPage, SECURITY_INFO};

/// The least `max_age`, in seconds, that is asked for again in one journey: time to read a page.
const MAX_AGE_FLOOR: u64 = 60;

/// The error that says that a sign-in as it is demanded cannot be had (OpenID Connect Core Error Code
/// `unmet_authentication_requirements` 1.0).
pub const UNMET: &str = "unmet_authentication_requirements";

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
    /// Ask which of the methods from before the person still has.
    Review,
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
    if matches!(journey.purpose, Purpose::Change(_)) {
        return if facts.methods.is_empty() || may_change(session, facts) {
            Step::Finish
        } else {
            Step::Authenticate { pass: false, reason: Reason::BeforeChange }
        };
    }
    if !may_carry(session, journey, facts) {
        return Step::Authenticate { pass: true, reason: Reason::PassIsSpent };
    }
    if facts.pass_needs_method
        && session.rests_on_bootstrap_alone()
        // A recovery code is what somebody kept for when they have nothing else.
        && session.recovery.is_none()
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
    if let Some(step) = recovery::review(journey, session, facts)
        .or_else(|| recovery::before_codes(journey, session, facts))
    {
        return step;
    }
    if let Some(chances) = chances {
        return Step::Authenticate { pass: chances.by_pass(session), reason: Reason::Stronger };
    }
    if prefers_more(journey, session, facts) {
        return again(session, demand, facts, Reason::Stronger);
    }
    if let Purpose::Admin(AdminVisit { change: true, .. }) = journey.purpose
        && session
            .reached_at(Acr::PhishingResistant)
            .is_none_or(|at| facts.now.since(at) > facts.admin_max_age)
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
    // A one-time pass or a recovery code whose ten minutes ran out while methods are owed leads
    // nowhere: only another one helps, so the person is asked to sign in.
    let stranded = session.rests_on_bootstrap_alone()
        && !may_register(session, facts)
        && (counted(facts) < recovery::required(facts)
            || recovery::owes_new_method(session, facts));
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
    let owes = counted(facts) < recovery::required(facts);
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

/// From when on a sign-in counts as fresh, where the application wants a fresh one: what was proved
/// in this very journey always does.
pub fn fresh_since(journey: &Journey, now: Timestamp) -> Option<Timestamp> {
    let asked = journey.purpose.request().is_some_and(|request| request.prompt.login);
    match journey.purpose.max_age() {
        Some(0) => Some(journey.created_at),
        Some(seconds) => Some(now.minus(Duration::from_secs(seconds)).min(journey.created_at)),
        None => asked.then_some(journey.created_at),
    }
}

/// Whether methods may be changed in this session now.
fn may_change(session: &Session, facts: &Facts<'_>) -> bool {
    let usable: Vec<&Credential> = facts.policy.usable(facts.methods).collect();
    session.may_change(&usable, facts.now)
}

/// Whether methods may be registered in this session now.
fn may_register(session: &Session, facts: &Facts<'_>) -> bool {
    let usable: Vec<&Credential> = facts.policy.usable(facts.methods).collect();
    session.may_register(&usable, facts.now)
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
    let anew = if recovery::owes_new_method(session, facts) { have + 1 } else { 0 };
    let required = recovery::required(facts).max(demanded).max(anew);
    let recommended = (facts.policy.recommended_methods as usize).max(required);

    if have < required {
        return Some(if may_register(session, facts) {
            Step::Register { wanted: required, have, optional: false }
        } else {
            Step::Authenticate { pass: true, reason: Reason::BeforeChange }
        });
    }
    if journey.purpose == Purpose::AddMethod
        && !registered_here(journey, facts)
        && !progress.registration_closed
    {
        return Some(if may_register(session, facts) {
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
    if !may_register(session, facts) {
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
    // Where admins hand out keys, nobody is asked to set up what may be set up besides.
    let wanted =
        facts.policy.allows_keys() || (recommended > 0 && !facts.policy.allowed_kinds.is_empty());
    let offered = came_with_pass && lost_something && wanted;
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
        Step::Register { .. } | Step::Review | Step::Recognise => Some("interaction_required"),
        Step::Unmet { .. } => Some(UNMET),
        Step::Confirm => Some("consent_required"),
        Step::Finish => None,
    }
}

#[cfg(test)]
mod tests;
