//! Whoever comes back without what they signed in with: what they must do first, and what they are
//! asked at the end.

use super::{Facts, Journey, Purpose, Reason, Step, registered_here};
use crate::domain::recovery::{may_make_codes, older};
use crate::domain::session::Session;

/// How many methods the person must have: what the policy says, and at least one where an admin
/// wants them to register anew.
pub(super) fn required(facts: &Facts<'_>) -> usize {
    let anew = facts.user.is_some_and(|user| user.reregister_since.is_some())
        && !facts.policy.allowed_kinds.is_empty();
    (facts.policy.required_methods as usize).max(usize::from(anew))
}

/// Whether the session rests on a recovery code, and nothing has been set up since. Then nothing
/// else is done: a code is there for that.
pub(super) fn owes_new_method(session: &Session, facts: &Facts<'_>) -> bool {
    session.recovery.is_some()
        && session.rests_on_bootstrap_alone()
        && facts.methods.iter().all(|method| method.created_at < session.created_at)
}

/// Asks once about what was there before, when somebody came by a pass, a recovery code or an
/// upstream and has set up something new in this journey: what is new stays, so that nobody is left
/// without a way in. Only while the session may register: what may add may also remove, and no
/// longer.
pub(super) fn review(journey: &Journey, session: &Session, facts: &Facts<'_>) -> Option<Step> {
    let due = session.bootstrap().is_some()
        && !journey.progress.reviewed
        && journey.finished_at.is_none()
        && registered_here(journey, facts)
        && super::may_register(session, facts)
        && older(session, facts.methods).next().is_some();
    due.then_some(Step::Review)
}

/// What whoever wants recovery codes must show first.
pub(super) fn before_codes(
    journey: &Journey,
    session: &Session,
    facts: &Facts<'_>,
) -> Option<Step> {
    let wants = journey.purpose == Purpose::RecoveryCodes;
    (wants && !may_make_codes(session, facts.methods, super::may_register(session, facts)))
        .then_some(Step::Authenticate { pass: false, reason: Reason::BeforeChange })
}
