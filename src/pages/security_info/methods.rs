//! One method: what is known of it, another name for it, and its end.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use url::form_urlencoded::Serializer;

use super::{Here, prove};
use crate::domain::credential::{Credential, NAME_MAX};
use crate::domain::id::MethodId;
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::forms::Form;
use crate::http::language::{Text, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::views::{Chrome, MethodView};
use crate::pages::{chrome, render, words};
use crate::service::own::{ChangeError, Own, Removing};

/// One method of one's own.
#[derive(Clone, Debug, Template)]
#[template(path = "security_info/method.html")]
struct MethodPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The method.
    method: MethodView,
    /// What stands in the field of its name.
    name: String,
    /// The most characters of a name.
    name_max: usize,
    /// Why the name cannot be taken.
    error: Option<String>,
}

/// Really remove it?
#[derive(Clone, Debug, Template)]
#[template(path = "security_info/remove.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is one sentence or one box")]
struct RemovePage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The method.
    method: MethodView,
    /// Whether it is the last one.
    last: bool,
    /// Whether the policy wants that one to stay.
    required: bool,
    /// How many others the policy will then want.
    missing: usize,
    /// Whether "lost or stolen" was ticked.
    lost_ticked: bool,
    /// Whether "I know" was ticked.
    last_ticked: bool,
    /// Why it was not removed.
    error: Option<String>,
}

fn page(id: MethodId) -> String {
    format!("/security-info/methods/{id}")
}

/// The methods as rows, each with the place of its last use.
pub(super) async fn rows(state: &AppState, own: &Own) -> Result<Vec<MethodView>, Problem> {
    let places = state.services.method_places(&own.user).await?;
    let now = state.services.now();
    let row = |method: &Credential| MethodView {
        place: places.get(&method.id).and_then(words::place),
        ..words::method(method, &[], now)
    };
    Ok(own.methods.iter().map(row).collect())
}

/// One of them. Somebody else's is not there, like one that is gone.
async fn row(state: &AppState, own: &Own, id: MethodId) -> Result<MethodView, Problem> {
    let id = id.to_string();
    rows(state, own).await?.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)
}

async fn method_page(
    state: &AppState,
    here: &Here,
    id: MethodId,
    typed: Option<String>,
    error: Option<Text>,
) -> Result<Response, Problem> {
    let method = row(state, &here.own, id).await?;
    render(&MethodPage {
        chrome: chrome(state, here.browser.csrf()),
        name: typed.unwrap_or_else(|| method.name.clone()),
        name_max: NAME_MAX,
        error: error.map(|text| text.spoken()),
        method,
    })
}

/// `GET /security-info/methods/{id}`, perhaps with the `name` that was typed before.
pub(super) async fn show(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    browser: BrowserSession,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id: MethodId = id.parse().map_err(|_| Problem::not_found())?;
    let query = query.unwrap_or_default();
    let here = match Here::at(&state, browser, origin, &page(id)).await? {
        Ok(here) => here,
        Err(onward) => return Ok(onward),
    };
    let typed = Params::parse(query.as_bytes()).ok();
    let typed = typed.and_then(|params| params.get("name").map(ToOwned::to_owned));
    method_page(&state, &here, id, typed.filter(|name| name.chars().count() <= NAME_MAX), None)
        .await
}

/// `POST /security-info/methods/{id}/rename`
pub(super) async fn rename(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let id: MethodId = id.parse().map_err(|_| Problem::not_found())?;
    let typed = form.fields.get("name").unwrap_or_default();
    // Whoever has to show first that it is them finds again what they typed.
    let filled = Serializer::new(String::new()).append_pair("name", typed).finish();
    let back = format!("{}?{filled}", page(id));
    let here = match Here::at(&state, form.browser, origin, &back).await? {
        Ok(here) => here,
        Err(onward) => return Ok(onward),
    };
    match state.services.rename_own(&here.own, id, typed).await {
        Ok(()) => here.done(&say("method-renamed").with("name", typed.trim())).await,
        Err(ChangeError::Invalid(_)) => {
            let error = say("method-name-wrong").with("n", NAME_MAX);
            let typed = typed.chars().take(NAME_MAX).collect();
            method_page(&state, &here, id, Some(typed), Some(error)).await
        }
        Err(ChangeError::NotProved) => prove(&state, here.browser, origin, &back).await,
        Err(other) => Err(other.into()),
    }
}

async fn remove_page(
    state: &AppState,
    here: &Here,
    id: MethodId,
    how: Removing,
    error: Option<Text>,
) -> Result<Response, Problem> {
    let method = row(state, &here.own, id).await?;
    let loss = here.own.loss(id);
    render(&RemovePage {
        chrome: chrome(state, here.browser.csrf()),
        method,
        last: loss.last,
        required: loss.last && here.own.policy.required_methods > 0,
        missing: loss.missing,
        lost_ticked: how.lost,
        last_ticked: how.last,
        error: error.map(|text| text.spoken()),
    })
}

/// `GET /security-info/methods/{id}/remove`: says what happens, and asks.
pub(super) async fn confirm(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    browser: BrowserSession,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: MethodId = id.parse().map_err(|_| Problem::not_found())?;
    let page = format!("{}/remove", page(id));
    match Here::to_change(&state, browser, origin, &page).await? {
        Ok(here) => remove_page(&state, &here, id, Removing::default(), None).await,
        Err(onward) => Ok(onward),
    }
}

/// `POST /security-info/methods/{id}/remove`
pub(super) async fn remove(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let id: MethodId = id.parse().map_err(|_| Problem::not_found())?;
    let ticked = |name| form.fields.get(name).is_some();
    let how = Removing { lost: ticked("lost"), last: ticked("last") };
    let page = format!("{}/remove", page(id));
    let here = match Here::at(&state, form.browser, origin, &page).await? {
        Ok(here) => here,
        Err(onward) => return Ok(onward),
    };
    let name = here.own.method(id).map(|method| method.name.clone()).unwrap_or_default();
    match state.services.remove_own(&here.own, id, how).await {
        Ok(()) if how.lost => here.done(&say("method-removed-lost").with("name", name)).await,
        Ok(()) => here.done(&say("method-removed").with("name", name)).await,
        Err(error @ (ChangeError::Last | ChangeError::Required)) => {
            // Another tab may have removed the others meanwhile: what is said is what is so now.
            let Some(own) = state.services.own(&here.browser.browser(), origin).await? else {
                return prove(&state, here.browser, origin, &page).await;
            };
            let here = Here { own, ..here };
            let word =
                if matches!(error, ChangeError::Last) { "remove-tick" } else { "remove-required" };
            remove_page(&state, &here, id, how, Some(say(word))).await
        }
        Err(ChangeError::NotProved) => prove(&state, here.browser, origin, &page).await,
        Err(other) => Err(other.into()),
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Failure(failure) => failure.into(),
            ChangeError::NotFound => Self::not_found(),
            other => Self::bad_request(other.to_string()),
        }
    }
}
