//! What the forms of a journey's pages do. Each answers with a redirect to the journey, so that
//! reloading sends nothing twice.

use axum::extract::State;
use axum::response::Response;

use super::{device, leaving, steps};
use crate::domain::id::SessionId;
use crate::domain::journey::{Purpose, Step};
use crate::domain::time::Timestamp;
use crate::domain::user::Username;
use crate::http::language::{Text, say};
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::leave_for;
use crate::pages::request::{Here, Posted};
use crate::pages::waiting::{seconds_until, too_many};
use crate::service::journeys::JourneyError;
use crate::service::sign_in::SignInError;

/// What is asked does not fit where the journey stands: another tab was faster, or a page was kept
/// by the browser. The person sees where they are instead.
fn unless_moved(outcome: Result<(), JourneyError>) -> Result<(), Problem> {
    match outcome {
        Ok(()) | Err(JourneyError::MovedOn) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Shows where the journey stands now.
pub(super) async fn onward(state: &AppState, mut here: Here) -> Result<Response, Problem> {
    here.look_again(state).await?;
    let position = &here.position;
    let leaves = position.step == Step::Finish
        && matches!(position.journey.purpose, Purpose::Authorize(_))
        && !steps::shows_done(position);
    let path = format!("/journey/{}", here.id());
    if leaves {
        leave_for(state, steps::app(position), format!("{path}/finish"))
    } else {
        Ok(redirect::see_other(&path))
    }
}

/// `POST /journey/{id}/identify`
pub(super) async fn identify(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, fields } = posted;
    let typed = fields.get("username").unwrap_or_default();
    let username = match Username::parse(typed) {
        Ok(username) => username,
        Err(_) if here.position.step == Step::Identify => {
            let said = steps::Said {
                error: Some(say("username-needed").spoken()),
                username: Some(typed.chars().take(256).collect()),
                wait: None,
            };
            return steps::page(&state, &here, said).await;
        }
        Err(_) => return onward(&state, here).await,
    };
    // Only where somebody is asked who they are: a page kept by the browser must not undo more.
    if matches!(here.position.step, Step::Identify | Step::Authenticate { .. }) {
        unless_moved(state.services.identify(&here.position, username).await)?;
    }
    onward(&state, here).await
}

/// `POST /journey/{id}/restart`: "Not you?"
pub(super) async fn restart(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    unless_moved(state.services.restart(&posted.here.position).await)?;
    onward(&state, posted.here).await
}

/// `POST /journey/{id}/choose`: one of those who are signed in in this browser.
pub(super) async fn choose(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { mut here, fields } = posted;
    let Some(Ok(chosen)) = fields.get("account").map(str::parse) else {
        return Err(Problem::bad_request(say("which-account")));
    };
    let browser = here.browser.browser();
    match state.services.choose(&here.position, &browser, chosen).await {
        Ok(Some(session)) => {
            here.browser.sign_in(session, state.services.random.as_ref()).await?;
        }
        Ok(None) | Err(JourneyError::MovedOn) => {}
        Err(other) => return Err(other.into()),
    }
    onward(&state, here).await
}

/// `POST /journey/{id}/somebody-else`: none of them.
pub(super) async fn somebody_else(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    unless_moved(state.services.somebody_else(&posted.here.position).await)?;
    onward(&state, posted.here).await
}

/// `POST /journey/{id}/pass`
pub(super) async fn pass(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, fields } = posted;
    let typed = fields.get("pass").unwrap_or_default();
    let browser = here.browser.browser();
    let signed_in =
        state.services.sign_in_with_pass(&here.position, &browser, typed, here.origin).await;
    match after_sign_in(&state, here, signed_in).await? {
        Typed::Onward(response) => Ok(response),
        Typed::Refused(mut here) => {
            let id = here.id();
            here.browser.leave_message(id, &say("pass-refused")).await?;
            onward(&state, here).await
        }
        Typed::Wait(here, until) => wait_for(&state, here, until, say("pass-wait")).await,
    }
}

/// What became of a pass or a code that was typed, and what is left for its page to say.
pub(super) enum Typed {
    /// Somebody is signed in, or the journey has moved on: where it stands now.
    Onward(Response),
    /// It was refused. The page has one sentence for every true reason; the admin finds that in the
    /// audit log.
    Refused(Here),
    /// The next try is heard at this time.
    Wait(Here, Timestamp),
}

/// Where a sign-in with something that was typed leads.
pub(super) async fn after_sign_in(
    state: &AppState,
    here: Here,
    signed_in: Result<SessionId, SignInError>,
) -> Result<Typed, Problem> {
    match signed_in {
        Ok(session) => Ok(Typed::Onward(enter(state, here, session).await?)),
        Err(SignInError::MovedOn) => Ok(Typed::Onward(onward(state, here).await?)),
        Err(SignInError::Refused) => Ok(Typed::Refused(here)),
        Err(SignInError::Wait(until)) => Ok(Typed::Wait(here, until)),
        Err(SignInError::Failure(failure)) => Err(failure.into()),
    }
}

/// The browser is signed in with a session that was just opened, and goes on.
pub(super) async fn enter(
    state: &AppState,
    mut here: Here,
    session: SessionId,
) -> Result<Response, Problem> {
    here.browser.sign_in(session, state.services.random.as_ref()).await?;
    // Whatever goes wrong now, the new cookie must arrive: what was shown is redeemed.
    let path = format!("/journey/{}", here.id());
    Ok(onward(state, here).await.unwrap_or_else(|_| redirect::see_other(&path)))
}

/// The page again, with the time to wait.
pub(super) async fn wait_for(
    state: &AppState,
    here: Here,
    until: Timestamp,
    why: Text,
) -> Result<Response, Problem> {
    let seconds = seconds_until(state, until);
    let said = steps::Said { error: Some(why.spoken()), username: None, wait: Some(seconds) };
    Ok(too_many(steps::page(state, &here, said).await?, seconds))
}

/// `POST /journey/{id}/continue` and `/skip`: no more methods for now.
pub(super) async fn close_registration(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    unless_moved(state.services.close_registration(&posted.here.position).await)?;
    onward(&state, posted.here).await
}

/// `POST /journey/{id}/consent`
pub(super) async fn consent(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, fields } = posted;
    let for_device = here.position.journey.purpose.device().is_some();
    match fields.get("decision") {
        Some("allow") if for_device => device::allow(&state, here).await,
        Some("deny") if for_device => device::deny(&state, &here).await,
        Some("allow") => {
            unless_moved(state.services.consent(&here.position, here.origin).await)?;
            onward(&state, here).await
        }
        Some("deny") => leaving::deny(&state, &here).await,
        _ => Err(Problem::bad_request(say("yes-nor-no"))),
    }
}

/// `POST /journey/{id}/finish`: "Continue" on the page that says it is done.
pub(super) async fn finish(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, .. } = posted;
    let path = format!("/journey/{}", here.id());
    let authorizes = matches!(here.position.journey.purpose, Purpose::Authorize(_));
    if here.position.step == Step::Finish && authorizes {
        return leave_for(&state, steps::app(&here.position), format!("{path}/finish"));
    }
    if here.position.step == Step::Finish {
        return leaving::depart(&state, &here).await;
    }
    Ok(redirect::see_other(&path))
}
