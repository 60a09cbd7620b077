//! Who is at the browser, where no session carries the journey: one browser may hold the sessions
//! of several people, each from a sign-in of its own there.

use super::{Facts, Journey, Reason, Step};

/// What is asked where no session carries the journey.
pub(super) fn without_session(journey: &Journey, facts: &Facts<'_>) -> Step {
    let progress = &journey.progress;
    // Whoever was chosen, and is not signed in any more, is somebody who was named.
    let chosen = facts.session.zip(facts.user).map(|(session, _)| session.id);
    let chosen_is_gone = progress.chosen.is_some() && progress.chosen == chosen;
    if progress.username.is_some() || chosen_is_gone {
        return Step::Authenticate { pass: true, reason: Reason::SignIn };
    }
    let nobody_in_hand = facts.session.is_none_or(|session| !session.is_live(facts.now));
    let asks = nobody_in_hand || must_choose(journey);
    if asks && facts.accounts > 0 && !progress.somebody_else {
        return Step::SelectAccount;
    }
    Step::Identify
}

/// Whether the browser's session carries the journey only if the person says so.
pub(super) fn must_choose(journey: &Journey) -> bool {
    let request = journey.purpose.request();
    journey.progress.switch_user || request.is_some_and(|request| request.prompt.select_account)
}
