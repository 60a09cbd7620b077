//! "Use my phone", on the computer: ask, show the number, wait, go on.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::json;

use super::forms::{enter, onward, wait_for};
use super::steps;
use crate::domain::journey::Step;
use crate::domain::phone::Sight;
use crate::domain::user::Username;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::phone::stream::watch;
use crate::pages::request::{Here, Posted};
use crate::pages::views::Chrome;
use crate::pages::{chrome, render};
use crate::service::journeys::JourneyError;
use crate::service::phone_sign_in::AskError;
use crate::service::phones::Waiting;

/// The computer waits for the phone.
#[derive(Clone, Debug, Template)]
#[template(path = "phone_wait.html")]
struct PhoneWaitPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// Public id of the journey.
    journey: String,
    /// The application that asked.
    app: Option<String>,
    /// Who is signing in.
    username: String,
    /// What the phone asks for.
    number: String,
    /// `waiting`, `approved` or `over`.
    sight: &'static str,
    /// What went wrong with the last try.
    error: Option<String>,
}

fn wait_path(here: &Here) -> String {
    format!("/journey/{}/phone", here.id())
}

/// `POST /journey/{id}/phone`: asks a phone; with the username, where nobody was named yet.
pub(super) async fn ask(
    State(state): State<AppState>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { mut here, fields } = posted;
    if here.position.step == Step::Identify {
        let typed = fields.get("username").unwrap_or_default();
        let Ok(username) = Username::parse(typed) else {
            let said = steps::Said {
                error: Some(say("username-needed").spoken()),
                username: Some(typed.chars().take(256).collect()),
                wait: None,
            };
            return steps::page(&state, &here, said).await;
        };
        match state.services.identify(&here.position, username).await {
            Ok(()) | Err(JourneyError::MovedOn) => {}
            Err(other) => return Err(other.into()),
        }
        here.look_again(&state).await?;
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let browser = here.browser.browser();
    let asked = state
        .services
        .ask_phone(&here.position, &browser, agent.unwrap_or_default(), here.origin)
        .await;
    match asked {
        Ok(()) => Ok(redirect::see_other(&wait_path(&here))),
        Err(AskError::MovedOn) => onward(&state, here).await,
        Err(AskError::Wait(until)) => {
            wait_for(&state, here, until, say("phone-asked-too-often")).await
        }
        Err(AskError::Failure(failure)) => Err(failure.into()),
    }
}

/// `GET /journey/{id}/phone`: the number, until a phone has decided.
pub(super) async fn show(
    State(state): State<AppState>,
    mut here: Here,
) -> Result<Response, Problem> {
    let browser = here.browser.browser();
    let request = state.services.phone_request(&here.position, &browser).await?;
    let (Some(request), true) = (request, here.position.takes_phone()) else {
        return Ok(redirect::see_other(&format!("/journey/{}", here.id())));
    };
    let id = here.id();
    let error = here.browser.take_message(id).await?.map(|message| message.spoken());
    let (position, now) = (&here.position, state.services.now());
    render(&PhoneWaitPage {
        chrome: chrome(&state, here.browser.csrf()),
        journey: id.to_string(),
        app: steps::app(position),
        username: position.username().map(|name| name.as_str().to_owned()).unwrap_or_default(),
        number: request.number.to_string(),
        sight: request.seen_from_computer(now).name(),
        error,
    })
}

/// `GET /journey/{id}/phone/events`
pub(super) async fn events(State(state): State<AppState>, here: Here) -> Result<Response, Problem> {
    let (services, browser) = (state.services.clone(), here.browser.browser());
    let position = here.position;
    watch(&state, Waiting::Computer(position.journey.id), move || {
        let (services, browser, position) = (services.clone(), browser.clone(), position.clone());
        async move {
            let request = services.phone_request(&position, &browser).await?;
            let sight = request.map_or(Sight::Over, |it| it.seen_from_computer(services.now()));
            Ok((json!({ "state": sight.name() }), sight != Sight::Waiting))
        }
    })
}

/// `POST /journey/{id}/phone/redeem`: goes on, if the phone has approved.
pub(super) async fn redeem(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { mut here, .. } = posted;
    let browser = here.browser.browser();
    match state.services.redeem_phone(&here.position, &browser, here.origin).await {
        Ok(Some(session)) => enter(&state, here, session).await,
        Ok(None) => {
            let id = here.id();
            here.browser.leave_message(id, &say("phone-not-yet")).await?;
            Ok(redirect::see_other(&wait_path(&here)))
        }
        Err(JourneyError::MovedOn) => onward(&state, here).await,
        Err(other) => Err(other.into()),
    }
}
