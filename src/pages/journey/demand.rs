//! What the pages say about a sign-in that must be stronger, and the one for whom it cannot be.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::{device, steps};
use crate::domain::assurance::{Acr, Factor};
use crate::domain::journey::{Step, UNMET};
use crate::http::language::{Text, say};
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::answer::Answer;
use crate::pages::request::{Here, Posted};
use crate::pages::security_info;
use crate::pages::views::Chrome;
use crate::pages::{chrome, render};
use crate::service::journeys::Position;

/// Step `Unmet`: what is asked for, and a way back.
#[derive(Clone, Debug, Template)]
#[template(path = "unmet.html")]
pub(super) struct UnmetPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// Who is signed in.
    pub username: String,
    /// What is asked for.
    pub asked: String,
}

/// Why somebody who is signed in is asked for more.
pub(super) fn reason(position: &Position, who: String) -> Text {
    let class = position.demand.map_or(Acr::PhishingResistant, |demand| demand.class);
    let pass_completes = position
        .demand
        .zip(position.session.as_ref())
        .is_some_and(|(demand, session)| demand.met_with(session, Factor::TemporaryAccessPass));
    let by_pass = matches!(position.step, Step::Authenticate { pass: true, .. }) && pass_completes;
    match class {
        Acr::PhishingResistantHardware => say("reason-attested").with("who", who),
        Acr::MultiFactor if by_pass && !position.methods.is_empty() => {
            say("reason-second-factor").with("who", who)
        }
        Acr::MultiFactor if by_pass => say("reason-second-factor-pass").with("who", who),
        Acr::MultiFactor => say("reason-several").with("who", who),
        _ => say("reason-stronger").with("who", who),
    }
}

/// Why somebody must set something up to open `app`, where the app is why.
pub(super) fn to_register(position: &Position, app: String) -> Option<Text> {
    let (demand, session) = position.demand.zip(position.session.as_ref())?;
    if demand.met_by(&session.factors) {
        return None;
    }
    let text = match demand.class {
        Acr::PhishingResistantHardware => "set-up-attested",
        Acr::PhishingResistant => "set-up-phishing-resistant",
        Acr::MultiFactor | Acr::Possession => "set-up-several",
        Acr::Bootstrap | Acr::Upstream => return None,
    };
    Some(say(text).with("app", app))
}

/// Whether a phone is of use to somebody who must set something up: not where the app would ask
/// for something stronger at once.
pub(super) fn phone_will_do(position: &Position) -> bool {
    let phone = Factor::Phone { user_verified: true };
    position.demand.zip(position.session.as_ref()).is_none_or(|(demand, session)| {
        demand.met_by(&session.factors) || demand.met_with(session, phone)
    })
}

/// The page that says that the sign-in which is asked for cannot be had.
pub(super) fn unmet(state: &AppState, here: &Here, class: Acr) -> Result<Response, Problem> {
    let position = &here.position;
    let asked = match class {
        Acr::PhishingResistantHardware => "unmet-attested",
        Acr::PhishingResistant => "unmet-phishing-resistant",
        Acr::MultiFactor | Acr::Possession => "unmet-several",
        Acr::Bootstrap | Acr::Upstream => "unmet-pass",
    };
    let page = render(&UnmetPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: steps::app(position),
        username: position.username().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        asked: say(asked).spoken(),
    })?;
    Ok((StatusCode::FORBIDDEN, page).into_response())
}

/// `POST /journey/{id}/unmet`: back to the application, with an error that says why.
pub(super) async fn go_back(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, .. } = posted;
    if !matches!(here.position.step, Step::Unmet { .. }) {
        return Ok(redirect::see_other(&format!("/journey/{}", here.id())));
    }
    if here.position.journey.purpose.device().is_some() {
        return device::deny(&state, &here).await;
    }
    let Some(request) = here.position.journey.purpose.request() else {
        state.services.end_journey(&here.position).await?;
        return Ok(redirect::see_other(security_info::PATH));
    };
    state.services.refuse_unmet(&here.position, request, here.origin).await?;
    let why = (UNMET, "the person cannot sign in in the way that is demanded");
    let issuer = state.services.issuer_text();
    Answer::refusal(request, why, issuer).leave(&state, steps::app(&here.position))
}
