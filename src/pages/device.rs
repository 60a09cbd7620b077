//! `/device` (RFC 8628 §3.3): the code of a device is typed, or comes with a link. From there on it
//! is a journey like any other.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};

use super::views::Chrome;
use super::waiting::{seconds_until, too_many};
use super::{chrome, render};
use crate::domain::device::UserCode;
use crate::domain::journey::Purpose;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::forms::Form;
use crate::http::language::say;
use crate::http::limits::limit;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::service::device::UserCodeError;

/// The code that the device shows is typed here.
#[derive(Clone, Debug, Template)]
#[template(path = "device.html")]
struct DeviceCodePage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// What was typed before, or came with the link.
    user_code: String,
    /// Whether it came with a link: then it is to be compared.
    linked: bool,
    /// What went wrong with the last try.
    error: Option<String>,
    /// How long further tries are refused, when throttled.
    wait_seconds: Option<u64>,
}

/// Where the page lives: the `verification_uri`.
pub const PATH: &str = "/device";

/// The most of what was typed that is shown again, in characters.
const ECHO_MAX: usize = 64;

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    // Where somebody may guess.
    let typed = post(typed).layer(from_fn_with_state(state.clone(), limit));
    Router::new().route(PATH, get(show).merge(typed))
}

/// `GET /device`: nothing is looked up, and nothing is confirmed by opening a link.
async fn show(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    ClientAddress(origin): ClientAddress,
    mut browser: BrowserSession,
) -> Result<Response, Problem> {
    if browser.csrf().is_empty() {
        state.limits.admit_origin(origin)?;
        browser.ensure(state.services.random.as_ref()).await?;
    }
    let params = Params::parse(query.unwrap_or_default().as_bytes())
        .map_err(|why| Problem::bad_request(say("in-address").with("why", why)))?;
    let linked = params.get("user_code").and_then(UserCode::parse);
    render(&DeviceCodePage {
        chrome: chrome(&state, browser.csrf()),
        linked: linked.is_some(),
        user_code: linked.map(|code| code.to_string()).unwrap_or_default(),
        error: None,
        wait_seconds: None,
    })
}

/// `POST /device`: a journey begins.
async fn typed(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    form: Form,
) -> Result<Response, Problem> {
    let Form { browser, fields } = form;
    let typed = fields.get("user_code").unwrap_or_default();
    let (error, wait) = match state.services.visit_device(typed, origin).await {
        Ok(visit) => {
            let purpose = Purpose::Device(Box::new(visit));
            let position = state.services.preview(purpose, &browser.browser()).await?;
            let id = state.services.begin(position.journey).await?;
            return Ok(redirect::see_other(&format!("/journey/{id}")));
        }
        // One sentence for every true reason.
        Err(UserCodeError::Unknown) => (say("device-refused"), None),
        Err(UserCodeError::Wait(until)) => (say("device-wait"), Some(seconds_until(&state, until))),
        Err(UserCodeError::Failure(failure)) => return Err(failure.into()),
    };
    let page = render(&DeviceCodePage {
        chrome: chrome(&state, browser.csrf()),
        user_code: typed.chars().take(ECHO_MAX).collect(),
        linked: false,
        error: Some(error.spoken()),
        wait_seconds: wait,
    })?;
    Ok(match wait {
        Some(seconds) => too_many(page, seconds),
        None => page,
    })
}
