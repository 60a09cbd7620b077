//! Coming back: signing in with a recovery code, and "Still have these?".

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::forms::{Typed, after_sign_in, onward};
use super::steps::Said;
use crate::domain::id::MethodId;
use crate::domain::journey::Step;
use crate::domain::recovery::RecoverySet;
use crate::domain::user::Username;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::request::{Here, Posted};
use crate::pages::views::{Chrome, MethodView};
use crate::pages::waiting::{seconds_until, too_many};
use crate::pages::{chrome, render, words};
use crate::service::journeys::{JourneyError, Position};
use crate::service::recovery_codes::takes_recovery_code;

/// Signing in with a recovery code.
#[derive(Clone, Debug, Template)]
#[template(path = "recover.html")]
struct RecoverPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// Public id of the journey.
    journey: String,
    /// The application that asked.
    app: Option<String>,
    /// What was typed before.
    username: String,
    /// Whether it can be nobody else: the application's sign-in has said who it is.
    fixed: bool,
    /// What went wrong with the last try.
    error: Option<String>,
    /// How long further tries are refused, when throttled.
    wait_seconds: Option<u64>,
}

/// A method from before, and the name of its box.
#[derive(Clone, Debug)]
struct RowView {
    /// The name of the form's field.
    field: String,
    /// The method.
    method: MethodView,
}

/// Step `Review`: still have these?
#[derive(Clone, Debug, Template)]
#[template(path = "review.html")]
struct ReviewPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// Public id of the journey.
    journey: String,
    /// The application that asked.
    app: Option<String>,
    /// What there was before.
    methods: Vec<RowView>,
    /// Whether there are recovery codes that end with whatever is removed.
    ends_codes: bool,
    /// What went wrong with the last try.
    error: Option<String>,
}

/// Names of the boxes that are ticked, in front of a method's id.
const BOX: &str = "remove-";

/// `GET /journey/{id}/recovery`
pub(super) async fn show(
    State(state): State<AppState>,
    mut here: Here,
) -> Result<Response, Problem> {
    let path = format!("/journey/{}", here.id());
    let offered = state.services.offers_recovery_codes().await?;
    if !offered || !takes_recovery_code(&here.position) {
        return Ok(redirect::see_other(&path));
    }
    let id = here.id();
    let error = here.browser.take_message(id).await?.map(|message| message.spoken());
    page(&state, &here, Said { error, ..Said::default() })
}

fn page(state: &AppState, here: &Here, said: Said) -> Result<Response, Problem> {
    let position = &here.position;
    let request = position.journey.purpose.request();
    // At the first step nobody was named yet, whoever the browser may remember.
    let named = if position.step == Step::Identify { None } else { position.username() };
    let named = named.map(|name| name.as_str().to_owned());
    let hint = request.and_then(|request| request.login_hint.clone());
    render(&RecoverPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: super::steps::app(position),
        username: said.username.or(named).or(hint).unwrap_or_default(),
        fixed: position.journey.external().is_some(),
        error: said.error,
        wait_seconds: said.wait,
    })
}

/// `POST /journey/{id}/recovery`
pub(super) async fn sign_in(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, fields } = posted;
    if !state.services.offers_recovery_codes().await? || !takes_recovery_code(&here.position) {
        return onward(&state, here).await;
    }
    let external = here.position.journey.external().map(|external| external.username.clone());
    let typed = external.as_deref().or(fields.get("username")).unwrap_or_default().to_owned();
    let Ok(username) = Username::parse(&typed) else {
        let said = Said {
            error: Some(say("username-needed").spoken()),
            username: Some(typed.chars().take(256).collect()),
            wait: None,
        };
        return page(&state, &here, said);
    };
    let code = fields.get("code").unwrap_or_default();
    let browser = here.browser.browser();
    let signed_in = state
        .services
        .sign_in_with_recovery_code(&here.position, &browser, &username, code, here.origin)
        .await;
    match after_sign_in(&state, here, signed_in).await? {
        Typed::Onward(response) => Ok(response),
        Typed::Refused(here) => {
            let error = Some(say("recovery-refused").spoken());
            page(&state, &here, Said { error, username: Some(typed), wait: None })
        }
        Typed::Wait(here, until) => {
            let seconds = seconds_until(&state, until);
            let error = Some(say("recovery-wait").spoken());
            let said = Said { error, username: Some(typed), wait: Some(seconds) };
            Ok(too_many(page(&state, &here, said)?, seconds))
        }
    }
}

/// The page of [`Step::Review`].
pub(super) async fn review(state: &AppState, here: &Here, said: Said) -> Result<Response, Problem> {
    let position = &here.position;
    let came_with_code = position.session.as_ref().is_some_and(|it| it.recovery.is_some());
    let ends_codes = match &position.user {
        Some(user) if !came_with_code => state.services.recovery_status(user).await?.set.is_some(),
        _ => false,
    };
    let now = state.services.now();
    let row = |method: &crate::domain::credential::Credential| RowView {
        field: format!("{BOX}{}", method.id),
        method: words::method(method, &[], now),
    };
    render(&ReviewPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: super::steps::app(position),
        methods: position.older_methods().into_iter().map(row).collect(),
        ends_codes,
        error: said.error,
    })
}

/// How many codes are left to whoever came with one, where they are few.
pub(super) async fn codes_left(
    state: &AppState,
    position: &Position,
) -> Result<Option<u32>, Problem> {
    let came = position.session.as_ref().is_some_and(|session| session.recovery.is_some());
    let Some(user) = position.user.as_ref().filter(|_| came) else { return Ok(None) };
    let status = state.services.recovery_status(user).await?;
    Ok(status.set.filter(RecoverySet::runs_low).map(|set| set.left))
}

/// `POST /journey/{id}/review`: what is ticked is removed.
pub(super) async fn reviewed(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { mut here, fields } = posted;
    if here.position.step != Step::Review {
        return onward(&state, here).await;
    }
    let ticked = |id: &MethodId| fields.get(&format!("{BOX}{id}")).is_some();
    let old = here.position.older_methods().into_iter().map(|method| method.id);
    let lost: Vec<MethodId> = old.filter(ticked).collect();
    let unclear = match fields.get("decision") {
        Some("keep") => !lost.is_empty(),
        Some("remove") => lost.is_empty(),
        _ => return Err(Problem::bad_request(say("yes-nor-no"))),
    };
    if unclear {
        // A browser that shows both buttons: nothing is guessed.
        let id = here.id();
        let why = if lost.is_empty() { "review-none-chosen" } else { "review-contradicts" };
        here.browser.leave_message(id, &say(why)).await?;
        return onward(&state, here).await;
    }
    match state.services.review_methods(&here.position, &lost, here.origin).await {
        Ok(()) | Err(JourneyError::MovedOn) => onward(&state, here).await,
        Err(other) => Err(other.into()),
    }
}
