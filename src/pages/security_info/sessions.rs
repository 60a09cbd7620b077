//! Where one is signed in, and signing out there.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{Here, PATH};
use crate::domain::id::SessionId;
use crate::domain::session::Seen;
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::forms::Form;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::pages::views::{SessionView, SignedOutPage};
use crate::pages::{chrome, render, words};
use crate::service::own::Own;

/// The sessions as rows, this one first.
pub(super) async fn rows(state: &AppState, own: &Own) -> Result<Vec<SessionView>, Problem> {
    let now = state.services.now();
    let mut found = state.services.sessions_of(&own.user).await?;
    found.sort_by_key(|seen| seen.session.id != own.session.id);
    let row = |seen: &Seen| SessionView {
        id: seen.session.id.to_string(),
        this: seen.session.id == own.session.id,
        ..words::session(seen, now)
    };
    Ok(found.iter().map(row).collect())
}

/// `POST /security-info/sessions/{id}/end`: one of them.
pub(super) async fn end_one(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let id: SessionId = id.parse().map_err(|_| Problem::not_found())?;
    let mut here = match Here::at(&state, form.browser, origin, PATH).await? {
        Ok(here) => here,
        Err(onward) => return Ok(onward),
    };
    let ended = state.services.end_own(&here.own, id).await?;
    if here.own.session.id == id {
        here.browser.step_back().await?;
        return signed_out(&state);
    }
    // Ended already: a second click, or another tab.
    let known = ended || state.services.had_session(&here.own.user, id).await?;
    if known { here.done(&say("session-ended")).await } else { Err(Problem::not_found()) }
}

/// `POST /security-info/sessions/end`: all others, or all.
pub(super) async fn end_many(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    form: Form,
) -> Result<Response, Problem> {
    let here_too = match form.fields.get("which") {
        Some("others") => false,
        Some("all") => true,
        _ => return Err(Problem::bad_request(say("yes-nor-no"))),
    };
    let mut here = match Here::at(&state, form.browser, origin, PATH).await? {
        Ok(here) => here,
        Err(onward) => return Ok(onward),
    };
    state.services.end_own_sessions(&here.own, here_too).await?;
    if here_too {
        here.browser.step_back().await?;
        return signed_out(&state);
    }
    here.done(&say("sessions-ended")).await
}

fn signed_out(state: &AppState) -> Result<Response, Problem> {
    render(&SignedOutPage { chrome: chrome(state, ""), app_href: None, app: None })
}
