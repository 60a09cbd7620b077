//! `/end_session` (OpenID Connect RP-Initiated Logout): signs out whom the ID token is about, and
//! leaves others who are signed in in the same browser alone. Asks first wherever it is not certain
//! that the person wants that, and then signs everybody out. Goes back to an application only where
//! it registered to be gone back to.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::client::Client;
use crate::domain::id::ClientId;
use crate::domain::language::ui_locales;
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::csrf;
use crate::http::language::{self, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::redirect;
use crate::pages::views::{Chrome, SignedOutPage};
use crate::pages::{chrome, leave_for, render};
use crate::service::token_reading::HintClaims;

/// RP-initiated logout: really sign out?
#[derive(Clone, Debug, Template)]
#[template(path = "sign_out.html")]
struct SignOutPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The application that asked.
    app: Option<String>,
    /// Who is signed in, one or several.
    usernames: Vec<String>,
    /// The stored logout request, handed back with the answer.
    request: Option<String>,
}

/// A checked logout request.
struct LogoutRequest {
    client: Option<Arc<Client>>,
    hint: Option<HintClaims>,
    /// Where to go afterwards: registered by the client.
    target: Option<String>,
    /// The parameters that a confirmation page must hand on.
    params: Params,
}

/// `GET`.
pub async fn get(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    ClientAddress(origin): ClientAddress,
    mut browser: BrowserSession,
) -> Result<Response, Problem> {
    let params = Params::parse(query.unwrap_or_default().as_bytes()).map_err(refuse)?;
    let request = check(&state, params).await?;
    let accounts = state.services.accounts(&browser.browser()).await?;
    if accounts.is_empty() {
        // Nobody is signed in here now, so nobody needs to be asked. What an application still holds
        // of a session that ran out ends if it shows that it is that one's.
        if let (Some(client), Some(hint)) = (&request.client, &request.hint) {
            state.services.end_run_out(&browser.browser(), client, hint, origin).await?;
        }
        browser.sign_out().await?;
        return leave(&state, request);
    }
    // An ID token of a session that somebody has here now says enough; what else says whose.
    let named = accounts.iter().find(|account| {
        let known = request.client.as_ref().map(|it| state.services.subject(it, account.user.id));
        request.hint.as_ref().is_some_and(|hint| {
            known.as_deref() == Some(&hint.sub)
                && hint.sid.is_none_or(|sid| account.sessions.contains(&sid))
        })
    });
    if let Some(named) = named {
        state.services.sign_out_account(&browser.browser(), named, origin).await?;
        if accounts.len() == 1 {
            browser.sign_out().await?;
        } else if named.is_current {
            browser.step_back().await?;
        }
        return leave(&state, request);
    }
    let page = SignOutPage {
        chrome: chrome(&state, browser.csrf()),
        app: request.client.map(|client| client.settings.client_name.clone()),
        usernames: accounts.iter().map(|it| it.user.username.as_str().to_owned()).collect(),
        request: Some(request.params.to_query()),
    };
    render(&page)
}

/// `POST`: as for `/authorize`, the browser comes back with a GET that brings its cookie.
pub async fn post(body: Bytes) -> Result<Response, Problem> {
    let params = Params::parse(&body).map_err(refuse)?;
    Ok(redirect::see_other(&format!("/end_session?{}", params.to_query())))
}

/// `POST /end_session/confirm`: what the person answered.
pub async fn confirm(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    mut browser: BrowserSession,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let form = Params::parse(&body).map_err(refuse)?;
    csrf::check(&browser, &headers, form.get("csrf").unwrap_or_default())?;
    if form.get("decision") != Some("sign_out") {
        return Ok(redirect::see_other("/security-info"));
    }
    // Checked anew: what came through the page is believed no more than what came first.
    let params =
        Params::parse(form.get("request").unwrap_or_default().as_bytes()).map_err(refuse)?;
    let request = check(&state, params).await?;
    state.services.sign_out(&browser.browser(), origin).await?;
    browser.sign_out().await?;
    match request.target {
        Some(target) => leave_for(
            &state,
            request.client.map(|client| client.settings.client_name.clone()),
            target,
        ),
        None => signed_out(&state, request.client),
    }
}

async fn check(state: &AppState, params: Params) -> Result<LogoutRequest, Problem> {
    let wanted = ui_locales(params.get("ui_locales").unwrap_or_default());
    language::asked(&wanted, state.services.now());
    // One that we cannot read may be ours all the same, from before a rotation of the keys: then
    // nothing is certain, and the person is asked.
    let hint = params.get("id_token_hint").and_then(|it| state.services.read_id_token_hint(it));
    let hinted = hint.as_ref().and_then(|hint| hint.aud.first());
    let named = params.get("client_id");
    if let (Some(hinted), Some(named)) = (hinted, named)
        && hinted != named
    {
        return Err(refuse("id_token_hint was issued to another client than client_id"));
    }
    let client = match hinted.or(named) {
        None => None,
        Some(id) => state.services.client(&ClientId(id.to_owned())).await?,
    };
    let target = match params.get("post_logout_redirect_uri") {
        None => None,
        Some(uri) => match &client {
            Some(client) if client.knows_post_logout_redirect_uri(uri) => {
                let pairs: Vec<_> =
                    params.get("state").map(|state| ("state", state)).into_iter().collect();
                let bare = pairs.is_empty();
                Some(if bare { uri.to_owned() } else { redirect::with_query(uri, &pairs)? })
            }
            Some(_) => {
                return Err(refuse("post_logout_redirect_uri is not registered for this app"));
            }
            None => {
                return Err(refuse("post_logout_redirect_uri needs id_token_hint or client_id"));
            }
        },
    };
    Ok(LogoutRequest { client, hint, target, params })
}

/// Goes where the application wants, or says that it is done.
fn leave(state: &AppState, request: LogoutRequest) -> Result<Response, Problem> {
    match request.target {
        Some(target) => Ok(redirect::see_other(&target)),
        None => signed_out(state, request.client),
    }
}

fn signed_out(state: &AppState, client: Option<Arc<Client>>) -> Result<Response, Problem> {
    render(&SignedOutPage {
        chrome: chrome(state, ""),
        app_href: None,
        app: client.map(|client| client.settings.client_name.clone()),
    })
}

fn refuse(why: &'static str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        say("bad-sign-out"),
        say("bad-sign-out-text").with("why", why),
    )
    .next(say("bad-sign-out-next"))
    .link("/security-info", say("security-info"))
}
