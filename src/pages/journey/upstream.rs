//! To an upstream and back.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::forms::onward;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::language::{Text, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::leave_for;
use crate::pages::request::Posted;
use crate::service::journeys::JourneyError;
use crate::service::upstream_sign_in::{Brought, DepartError, Outcome};

/// `POST /journey/{id}/upstream`: "Continue with …".
pub(super) async fn depart(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { mut here, fields } = posted;
    let chosen = fields.get("upstream").unwrap_or_default();
    let browser = here.browser.browser();
    match state.services.depart_upstream(&here.position, &browser, chosen, here.origin).await {
        Ok((url, name)) => leave_for(&state, Some(name), url.into()),
        Err(DepartError::MovedOn) => onward(&state, here).await,
        Err(DepartError::Unreachable(name)) => {
            let id = here.id();
            here.browser.leave_message(id, &no_answer(&name)).await?;
            onward(&state, here).await
        }
        Err(DepartError::Failure(failure)) => Err(failure.into()),
    }
}

/// `GET /upstream/{id}/callback`: back from there (OpenID Connect Core §3.1.2.5). Whatever it came
/// to, the journey's page shows it, so that reloading sends nothing twice.
pub(super) async fn come_back(
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    ClientAddress(origin): ClientAddress,
    mut browser: BrowserSession,
) -> Result<Response, Problem> {
    let params = Params::parse(query.unwrap_or_default().as_bytes()).map_err(|_| not_ours())?;
    let brought = Brought {
        state: params.get("state").unwrap_or_default(),
        code: params.get("code"),
        error: params.get("error"),
        iss: params.get("iss"),
    };
    let back = state.services.return_from_upstream(&browser.browser(), &id, brought, origin).await;
    let back = match back {
        Ok(back) => back,
        Err(JourneyError::Gone) => return Err(not_ours()),
        Err(other) => return Err(other.into()),
    };
    let name = &back.upstream;
    let message = match back.outcome {
        Outcome::SignedIn(session) => {
            browser.sign_in(session, state.services.random.as_ref()).await?;
            None
        }
        Outcome::MovedOn => None,
        Outcome::Cancelled => Some(say("upstream-cancelled").with("name", name)),
        Outcome::NoAnswer => Some(no_answer(name)),
        Outcome::NotFresh => Some(say("upstream-not-fresh").with("name", name)),
        Outcome::Refused => Some(say("upstream-refused").with("name", name)),
        Outcome::WrongUser => Some(say("upstream-wrong-user")),
        Outcome::UsePass => Some(say("upstream-use-pass")),
    };
    if let Some(message) = message {
        browser.leave_message(back.journey, &message).await?;
    }
    Ok(redirect::see_other(&format!("/journey/{}", back.journey)))
}

fn no_answer(name: &str) -> Text {
    say("upstream-no-answer").with("name", name)
}

/// An answer to nothing that this browser asked, or one that has been heard before.
fn not_ours() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "upstream_state",
        say("journey-gone"),
        say("upstream-gone-text"),
    )
    .next(say("sign-in-again-next"))
    .link("/security-info", say("security-info"))
}
