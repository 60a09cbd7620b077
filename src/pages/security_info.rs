//! My Security Info: what opens one's account, and signing out.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::views::{SecurityInfoPage, SignedOutPage};
use super::{chrome, devices, render, words};
use crate::domain::journey::{Purpose, Step};
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::forms::Form;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::service::caller::Caller;
use crate::service::{AdminError, Origin};

/// Where the page lives.
pub(super) const PATH: &str = "/security-info";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show))
        .route("/security-info/pass/delete", post(delete_pass))
        .route("/security-info/register", post(add_method))
        .route("/sign-out", post(sign_out))
}

/// `GET /security-info`: the page, or the way to it. Whoever owes a method sets it up first.
async fn show(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    browser: BrowserSession,
) -> Result<Response, Problem> {
    let services = &state.services;
    let position = services.preview(Purpose::SecurityInfo, &browser.browser()).await?;
    let (Step::Finish, Some(user)) = (&position.step, &position.user) else {
        return begin(&state, browser, Purpose::SecurityInfo, origin).await;
    };
    let pass = services.show_pass(user).await?;
    let sessions = services.count_sessions(user).await?;
    let now = services.now();
    render(&SecurityInfoPage {
        chrome: chrome(&state, browser.csrf()),
        display_name: user.display_name.clone(),
        username: user.username.as_str().to_owned(),
        methods: position.methods.iter().map(|method| words::method(method, &[], now)).collect(),
        pass: pass.as_ref().map(words::pass),
        sessions: sessions as usize,
        devices: devices::views(services, user).await?,
    })
}

/// Begins a journey that is no application's.
async fn begin(
    state: &AppState,
    mut browser: BrowserSession,
    purpose: Purpose,
    origin: Origin,
) -> Result<Response, Problem> {
    state.limits.admit_origin(origin)?;
    browser.ensure(state.services.random.as_ref()).await?;
    let position = state.services.preview(purpose, &browser.browser()).await?;
    let id = state.services.begin(position.journey).await?;
    Ok(redirect::see_other(&format!("/journey/{id}")))
}

/// `POST /security-info/register`: one more method.
async fn add_method(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    form: Form,
) -> Result<Response, Problem> {
    begin(&state, form.browser, Purpose::AddMethod, origin).await
}

/// `POST /security-info/pass/delete`: one's own pass.
async fn delete_pass(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    form: Form,
) -> Result<Response, Problem> {
    if let Some((_, user)) = state.services.signed_in(&form.browser.browser()).await? {
        let caller = Caller::person(&user, origin);
        match state.services.delete_pass(&caller, &user).await {
            // Gone already: a second click, or another tab.
            Ok(_) | Err(AdminError::NotFound(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(redirect::see_other(PATH))
}

/// `POST /sign-out`
async fn sign_out(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    form: Form,
) -> Result<Response, Problem> {
    let mut browser = form.browser;
    state.services.sign_out(&browser.browser(), origin).await?;
    browser.sign_out().await?;
    render(&SignedOutPage { chrome: chrome(&state, ""), app_href: None, app: None })
}

/// `GET /.well-known/passkey-endpoints`: where password managers send people who want to add or
/// look after a passkey (W3C, "A Well-Known URL for Relying Party Passkey Endpoints").
pub(super) async fn passkey_endpoints(State(state): State<AppState>) -> Json<Value> {
    let page = format!("{}{PATH}", state.services.issuer_text());
    Json(json!({ "enroll": page, "manage": page }))
}
