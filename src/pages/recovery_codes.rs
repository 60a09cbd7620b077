//! Making recovery codes, which are shown this once: from My Security Info, or when somebody has set
//! up a method.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::request::Posted;
use super::views::Chrome;
use super::{chrome, render, security_info, words};
use crate::domain::id::RecoverySetId;
use crate::domain::journey::{Purpose, Step};
use crate::domain::recovery::{COUNT, RecoveryCode, may_make_codes};
use crate::domain::user::User;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::forms::Form;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::service::journeys::Position;
use crate::service::recovery_codes::{MakeError, RecoveryStatus};
use crate::service::{Failure, Origin};

/// A person's recovery codes, as far as anybody knows them.
#[derive(Clone, Debug)]
pub(super) struct RecoveryView {
    /// The set that is seen, for the form; empty where there is none.
    pub(super) seen: String,
    /// How many are left, and when they were made, in words.
    pub(super) made: Option<(u32, String)>,
    /// Whether it is time for new ones.
    pub(super) runs_low: bool,
}

/// What a person has, and a button for new ones.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// What they have.
    recovery: RecoveryView,
    /// What went wrong with the last try.
    error: Option<String>,
}

/// New codes, this once.
#[derive(Clone, Template)]
#[template(path = "recovery_codes_made.html")]
struct MadePage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The application that waits.
    app: Option<String>,
    /// Whose they are.
    username: String,
    /// The provider's address.
    issuer: String,
    /// When they were made, in words.
    made: String,
    /// The codes, in groups.
    codes: Vec<String>,
    /// Where it goes on.
    onward: String,
}

/// Where the page lives.
pub(super) const PATH: &str = "/security-info/recovery-codes";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show).post(make))
        .route("/security-info/recovery-codes/text", post(text))
        .route("/journey/{id}/recovery-codes", post(make_at_set_up))
}

/// What My Security Info says of a person's codes; nothing where they may have none.
pub(super) fn view(state: &AppState, status: &RecoveryStatus) -> Option<RecoveryView> {
    let now = state.services.now();
    status.allowed.then(|| RecoveryView {
        seen: status.set.map(|set| set.id.to_string()).unwrap_or_default(),
        made: status.set.map(|set| (set.left, words::ago(set.created_at, now))),
        runs_low: status.set.is_some_and(|set| set.runs_low()),
    })
}

/// Whether codes are offered at the end of this set-up.
pub(super) async fn offer(
    state: &AppState,
    position: &Position,
) -> Result<Option<RecoveryView>, Failure> {
    let (Some(session), Some(user)) = (&position.session, &position.user) else {
        return Ok(None);
    };
    let status = state.services.recovery_status(user).await?;
    let has_enough = status.set.is_some_and(|set| !set.runs_low());
    let ready =
        may_make_codes(session, &position.methods, position.may_register(state.services.now()));
    let offered = status.offered_at_set_up && ready && !has_enough;
    Ok(view(state, &status).filter(|_| offered))
}

/// `GET /security-info/recovery-codes`: what there is, or the way to it.
async fn show(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    browser: BrowserSession,
) -> Result<Response, Problem> {
    let position = state.services.preview(Purpose::SecurityInfo, &browser.browser()).await?;
    page(&state, browser, &position, origin, None).await
}

async fn page(
    state: &AppState,
    browser: BrowserSession,
    position: &Position,
    origin: Origin,
    error: Option<String>,
) -> Result<Response, Problem> {
    let (Step::Finish, Some(user)) = (&position.step, &position.user) else {
        return security_info::begin(state, browser, Purpose::SecurityInfo, origin).await;
    };
    let status = state.services.recovery_status(user).await?;
    let recovery = view(state, &status).filter(|_| !position.methods.is_empty());
    match recovery {
        Some(recovery) => {
            render(&RecoveryCodesPage { chrome: chrome(state, browser.csrf()), recovery, error })
        }
        None => Ok(redirect::see_other(security_info::PATH)),
    }
}

/// The set that whoever sent a form has seen.
fn seen(text: Option<&str>) -> Option<RecoverySetId> {
    text.and_then(|id| id.parse().ok())
}

/// `POST /security-info/recovery-codes`
async fn make(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    form: Form,
) -> Result<Response, Problem> {
    let services = &state.services;
    let position = services.preview(Purpose::SecurityInfo, &form.browser.browser()).await?;
    let seen = seen(form.fields.get("seen"));
    match services.make_recovery_codes(&position, seen, origin).await {
        Ok(codes) => made(&state, form.browser.csrf(), &position, &codes, security_info::PATH),
        Err(MakeError::NotFresh) => {
            security_info::begin(&state, form.browser, Purpose::RecoveryCodes, origin).await
        }
        Err(MakeError::Changed) => {
            let error = Some(say("codes-changed").spoken());
            page(&state, form.browser, &position, origin, error).await
        }
        Err(MakeError::NotAllowed) => Ok(redirect::see_other(security_info::PATH)),
        Err(MakeError::Failure(failure)) => Err(failure.into()),
    }
}

/// `POST /journey/{id}/recovery-codes`: where they are offered.
async fn make_at_set_up(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, fields } = posted;
    let path = format!("/journey/{}", here.id());
    if offer(&state, &here.position).await?.is_none() {
        return Ok(redirect::see_other(&path));
    }
    let seen = seen(fields.get("seen"));
    match state.services.make_recovery_codes(&here.position, seen, here.origin).await {
        Ok(codes) => made(&state, here.browser.csrf(), &here.position, &codes, &path),
        Err(MakeError::Failure(failure)) => Err(failure.into()),
        // The page says what is there now.
        Err(_) => Ok(redirect::see_other(&path)),
    }
}

fn made(
    state: &AppState,
    csrf: &str,
    position: &Position,
    codes: &[RecoveryCode],
    onward: &str,
) -> Result<Response, Problem> {
    render(&MadePage {
        chrome: chrome(state, csrf),
        app: position.client.as_ref().map(|client| client.settings.client_name.clone()),
        username: position.user.as_ref().map(name).unwrap_or_default(),
        issuer: state.services.issuer_text().to_owned(),
        made: words::moment(state.services.now()),
        codes: codes.iter().map(RecoveryCode::reveal_grouped).collect(),
        onward: onward.to_owned(),
    })
}

fn name(user: &User) -> String {
    user.username.as_str().to_owned()
}

/// `POST /security-info/recovery-codes/text`: the codes that a page has just shown, as a file. They
/// are not kept here, so they come back from the page; nothing else comes along.
async fn text(State(state): State<AppState>, form: Form) -> Result<Response, Problem> {
    let Some((_, user)) = state.services.signed_in(&form.browser.browser()).await? else {
        return Ok(redirect::see_other(security_info::PATH));
    };
    let typed = form.fields.get("codes").unwrap_or_default();
    let codes: Option<Vec<_>> = typed.split_whitespace().map(RecoveryCode::parse).collect();
    let codes = codes.filter(|codes| (1..=COUNT as usize).contains(&codes.len()));
    let Some(codes) = codes else { return Err(Problem::bad_request(say("codes-unreadable"))) };
    let mut lines = vec![
        say("codes-file-title").with("brand", state.services.brand()).spoken(),
        String::new(),
        state.services.issuer_text().to_owned(),
        format!("{}: {}", say("username").spoken(), user.username.as_str()),
        words::moment(state.services.now()),
        String::new(),
    ];
    lines.extend(codes.iter().map(RecoveryCode::reveal_grouped));
    lines.extend([String::new(), say("codes-once").spoken(), String::new()]);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"recovery-codes.txt\""),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, lines.join("\r\n")).into_response())
}
