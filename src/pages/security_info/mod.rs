//! My Security Info: what opens one's account, where one is signed in, who else is let in, and what
//! happened lately.
//!
//! | what is changed | what it takes |
//! |---|---|
//! | a method is added, renamed or removed | a strong proof from the last five minutes |
//! | a session ends, an application loses its access, a pass is deleted | being signed in |
//!
//! What only takes away is never made hard. Whoever lacks the proof is asked for it and comes back
//! to the page on which they were, with what they had typed.

mod activity;
mod apps;
mod methods;
mod sessions;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use self::activity::ActivityView;
use self::apps::AccessView;
use super::devices::DeviceView;
use super::recovery_codes::RecoveryView;
use super::views::{Chrome, MethodView, PassView, SessionView, SignedOutPage};
use super::{chrome, devices, recovery_codes, render, words};
use crate::domain::journey::{ChangeVisit, InfoPage, Purpose, SECURITY_INFO};
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::forms::Form;
use crate::http::language::Text;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::service::caller::Caller;
use crate::service::own::Own;
use crate::service::{AdminError, Origin};

/// My Security Info: what opens this account.
#[derive(Clone, Debug, Template)]
#[template(path = "security_info.html")]
struct SecurityInfoPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The person's name.
    display_name: String,
    /// The person's username.
    username: String,
    /// What is registered.
    methods: Vec<MethodView>,
    /// Their recovery codes, where they may have any.
    recovery: Option<RecoveryView>,
    /// The open pass, if there is one.
    pass: Option<PassView>,
    /// Where the person is signed in, this browser first.
    sessions: Vec<SessionView>,
    /// Which applications have something of them.
    apps: Vec<AccessView>,
    /// What happened lately.
    activity: Vec<ActivityView>,
    /// What was just done.
    word: Option<String>,
    /// What the browser is told of the methods.
    signals: SignalView,
    /// Devices that were set up.
    devices: Vec<DeviceView>,
}

/// What the browser's own list of passkeys is brought in step with.
#[derive(Clone, Debug)]
struct SignalView {
    /// The relying party.
    rp_id: String,
    /// The person's user handle, base64url.
    user_id: String,
    /// Their credential ids, base64url, as a JSON array.
    accepted: String,
    /// Their username.
    name: String,
    /// How pages address them.
    display_name: String,
}

/// Where the page lives.
pub(super) const PATH: &str = SECURITY_INFO;
/// How many lines of the latest activity the first page shows.
const LATEST: usize = 5;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show))
        .route("/security-info/pass/delete", post(delete_pass))
        .route("/security-info/register", post(add_method))
        .route("/security-info/methods/{id}", get(methods::show))
        .route("/security-info/methods/{id}/rename", post(methods::rename))
        .route("/security-info/methods/{id}/remove", get(methods::confirm).post(methods::remove))
        .route("/security-info/sessions/{id}/end", post(sessions::end_one))
        .route("/security-info/sessions/end", post(sessions::end_many))
        .route("/security-info/apps/remove", post(apps::remove))
        .route("/security-info/activity", get(activity::show))
        .route("/sign-out", post(sign_out))
}

/// `GET /security-info`: the page, or the way to it. Whoever owes a method sets it up first.
async fn show(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    mut browser: BrowserSession,
) -> Result<Response, Problem> {
    let services = &state.services;
    let Some(own) = services.own(&browser.browser(), origin).await? else {
        return begin(&state, browser, Purpose::SecurityInfo, origin).await;
    };
    let pass = services.show_pass(&own.user).await?;
    let recovery = services.recovery_status(&own.user).await?;
    let recovery = recovery_codes::view(&state, &recovery).filter(|_| !own.methods.is_empty());
    let word = browser.take_word().await?;
    render(&SecurityInfoPage {
        chrome: chrome(&state, browser.csrf()),
        display_name: own.user.display_name.clone(),
        username: own.user.username.as_str().to_owned(),
        methods: methods::rows(&state, &own).await?,
        pass: pass.as_ref().map(words::pass),
        recovery,
        sessions: sessions::rows(&state, &own).await?,
        devices: devices::views(services, &own.user).await?,
        apps: apps::rows(&state, &own).await?,
        activity: activity::rows(&state, &own, None, LATEST).await?.0,
        word: word.map(|word| word.spoken()),
        signals: signals(&state, &own),
    })
}

/// What the browser is told of what is registered, so that its own list is in step (Web
/// Authentication Level 3 §5.1.10).
fn signals(state: &AppState, own: &Own) -> SignalView {
    let kept = own.methods.iter().filter(|method| method.kind.is_key());
    let accepted: Vec<&str> = kept.map(|method| method.credential_id.as_str()).collect();
    SignalView {
        rp_id: state.services.issuer.host_str().unwrap_or_default().to_owned(),
        user_id: URL_SAFE_NO_PAD.encode(own.user.handle.as_bytes()),
        accepted: json!(accepted).to_string(),
        name: own.user.username.as_str().to_owned(),
        display_name: own.user.display_name.clone(),
    }
}

/// Begins a journey that is no application's.
pub(super) async fn begin(
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

/// Somebody at a page of their own.
struct Here {
    own: Own,
    browser: BrowserSession,
}

impl Here {
    /// Who is at a page of their own, or the way back to it once they have signed in.
    async fn at(
        state: &AppState,
        browser: BrowserSession,
        origin: Origin,
        page: &str,
    ) -> Result<Result<Self, Response>, Problem> {
        match state.services.own(&browser.browser(), origin).await? {
            Some(own) => Ok(Ok(Self { own, browser })),
            None => Ok(Err(prove(state, browser, origin, page).await?)),
        }
    }

    /// The same for a page on which what opens the account is changed: the proof is young, so that
    /// nothing is decided in vain.
    async fn to_change(
        state: &AppState,
        browser: BrowserSession,
        origin: Origin,
        page: &str,
    ) -> Result<Result<Self, Response>, Problem> {
        match Self::at(state, browser, origin, page).await? {
            Ok(here) if !here.own.may_change(state.services.now()) => {
                Ok(Err(prove(state, here.browser, origin, page).await?))
            }
            other => Ok(other),
        }
    }

    /// Back to the first page, which says what was done.
    async fn done(mut self, word: &Text) -> Result<Response, Problem> {
        self.browser.leave_word(word).await?;
        Ok(redirect::see_other(PATH))
    }
}

/// Asks for the proof that a change takes, and comes back to the page.
async fn prove(
    state: &AppState,
    browser: BrowserSession,
    origin: Origin,
    page: &str,
) -> Result<Response, Problem> {
    let purpose = Purpose::Change(ChangeVisit { page: InfoPage::new(page) });
    begin(state, browser, purpose, origin).await
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
