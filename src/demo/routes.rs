//! The demo application's pages.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::DemoApp;
use super::provider::Trouble;
use super::visitors::{Key, SignedIn, forget_cookie};
use crate::domain::time::{Clock, SystemClock, Timestamp};
use crate::http::assets::Assets;
use crate::http::headers::CONTENT_SECURITY_POLICY;
use crate::pages::demo_views::{DemoClaimsPage, DemoErrorPage, DemoHomePage};

/// Where the static files live.
const ASSETS: &str = "/static";

/// Every page of the application.
pub(super) fn router(app: DemoApp) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/refresh", post(refresh))
        .route("/logout", post(logout))
        .route("/static/{name}", get(file))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// The provider's own policy, except that a form may lead to the provider: signing out begins with
/// a form of ours, and browsers hold `form-action` against the redirects that follow too.
pub(super) fn content_security_policy(issuer: &str) -> String {
    CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {issuer}"))
}

/// What every request and every answer goes through.
async fn guard(State(DemoApp(app)): State<DemoApp>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let foreign = site.is_some_and(|site| site != "same-origin" && site != "none");
    let mut response = if host != Some(app.host.as_str()) {
        // Under another name (127.0.0.1) the browser would not bring the cookie back.
        Redirect::to(&format!("{}/", app.settings.url)).into_response()
    } else if request.method() == Method::POST && foreign {
        let description = "The request did not come from a page of this application.";
        problem(StatusCode::FORBIDDEN, Trouble::new("forbidden", description))
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&app.content_security_policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn home(State(DemoApp(app)): State<DemoApp>, headers: HeaderMap) -> Response {
    match Key::read(&headers).and_then(|key| app.visitors.person(&key)) {
        Some(person) => page(StatusCode::OK, &claims_page(&person)),
        None => page(
            StatusCode::OK,
            &DemoHomePage {
                assets: ASSETS.into(),
                issuer: app.settings.issuer.clone(),
                pass_hint: app.settings.hint.clone(),
            },
        ),
    }
}

async fn login(State(DemoApp(app)): State<DemoApp>, headers: HeaderMap) -> Response {
    match app.provider.authorize().await {
        Ok((url, pending)) => {
            let cookie = app.visitors.leave(Key::read(&headers).as_ref(), pending);
            with_cookie(Redirect::to(url.as_str()), cookie)
        }
        Err(trouble) => problem(StatusCode::BAD_GATEWAY, trouble),
    }
}

/// The answer to an authorization request: a code, or why there is none.
#[derive(Debug, Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

async fn callback(
    State(DemoApp(app)): State<DemoApp>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    let state = answer.state.unwrap_or_default();
    let found = Key::read(&headers)
        .and_then(|key| app.visitors.come_back(&key, &state).map(|pending| (key, pending)));
    let Some((key, pending)) = found else {
        let description = "This answer belongs to no sign-in that was begun in this browser.";
        return problem(StatusCode::BAD_REQUEST, Trouble::new("state_mismatch", description));
    };
    // RFC 9207: the answer of another provider must not be taken for this one's.
    if answer.iss.is_some_and(|iss| iss != app.settings.issuer) {
        let description = "This answer comes from another provider.";
        return problem(StatusCode::BAD_REQUEST, Trouble::new("issuer_mismatch", description));
    }
    if let Some(error) = answer.error {
        let description = answer.error_description.unwrap_or_else(|| "No reason was given.".into());
        return problem(StatusCode::OK, Trouble { error, description });
    }
    let Some(code) = answer.code else {
        let description = "The answer holds neither a code nor an error.";
        return problem(StatusCode::BAD_REQUEST, Trouble::new("invalid_answer", description));
    };
    match app.provider.exchange(code, pending).await {
        Ok(person) => {
            let cookie = app.visitors.sign_in(&key, person);
            with_cookie(Redirect::to("/"), Some(cookie))
        }
        Err(trouble) => problem(StatusCode::BAD_GATEWAY, trouble),
    }
}

async fn refresh(State(DemoApp(app)): State<DemoApp>, headers: HeaderMap) -> Response {
    let Some(key) = Key::read(&headers) else { return Redirect::to("/").into_response() };
    // A refresh token works once. So refreshes take turns, and one that has begun is finished even
    // where the browser has gone away.
    let refreshing = tokio::spawn(async move {
        let _turn = app.refreshing.lock().await;
        let Some(person) = app.visitors.person(&key) else { return Ok(()) };
        match app.provider.refresh(&person).await {
            Ok(person) => {
                app.visitors.update(&key, person);
                Ok(())
            }
            Err(trouble) => {
                // The provider has ended what this session stood on.
                if trouble.error == "invalid_grant" {
                    app.visitors.forget(&key);
                }
                Err(trouble)
            }
        }
    });
    match refreshing.await {
        Ok(Ok(())) => Redirect::to("/").into_response(),
        Ok(Err(trouble)) => problem(StatusCode::BAD_GATEWAY, trouble),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn logout(State(DemoApp(app)): State<DemoApp>, headers: HeaderMap) -> Response {
    // Signed out here first, whatever the provider says.
    let person = Key::read(&headers).and_then(|key| app.visitors.forget(&key));
    let Some(person) = person else { return Redirect::to("/").into_response() };
    match app.provider.end_session(&person).await {
        Ok(url) => with_cookie(Redirect::to(url.as_str()), Some(forget_cookie())),
        Err(trouble) => problem(StatusCode::BAD_GATEWAY, trouble),
    }
}

async fn file(Path(name): Path<String>) -> Response {
    match Assets::file(&name) {
        Some(file) => file,
        None => not_found().await,
    }
}

async fn not_found() -> Response {
    problem(StatusCode::NOT_FOUND, Trouble::new("not_found", "There is no such page."))
}

fn claims_page(person: &SignedIn) -> DemoClaimsPage {
    let text = |claim| {
        let found = person.userinfo.get(claim).or_else(|| person.claims.get(claim));
        found.and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    DemoClaimsPage {
        assets: ASSETS.into(),
        name: text("name")
            .or_else(|| text("preferred_username"))
            .or_else(|| text("sub"))
            .unwrap_or_default(),
        claims: sorted(&person.claims),
        userinfo: sorted(&person.userinfo),
        access_token_expires: in_words(person.expires, SystemClock.now()),
    }
}

/// Claims by name. Plain text stands as it is, everything else as JSON.
fn sorted(claims: &Map<String, Value>) -> Vec<(String, String)> {
    let show = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let mut pairs: Vec<_> =
        claims.iter().map(|(name, value)| (name.clone(), show(value))).collect();
    pairs.sort();
    pairs
}

fn in_words(expires: Option<Timestamp>, now: Timestamp) -> String {
    let Some(expires) = expires else { return "at a time that was not said".into() };
    let left = expires.since(now);
    let at = expires.to_datetime();
    let clock = format!("{:02}:{:02}:{:02} UTC", at.hour(), at.minute(), at.second());
    match left {
        Duration::ZERO => format!("now: it ended at {clock}"),
        left if left < Duration::from_secs(120) => {
            format!("in {} seconds, at {clock}", left.as_secs())
        }
        left => format!("in {} minutes, at {clock}", (left.as_secs() + 30) / 60),
    }
}

fn with_cookie(response: impl IntoResponse, cookie: Option<HeaderValue>) -> Response {
    let mut response = response.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn problem(status: StatusCode, trouble: Trouble) -> Response {
    let Trouble { error, description } = trouble;
    tracing::info!(%status, error, description, "the demo application shows an error");
    page(status, &DemoErrorPage { assets: ASSETS.into(), error, description })
}

fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the demo application cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_may_lead_to_the_provider_and_nowhere_else() {
        let policy = content_security_policy("http://localhost:8080");
        assert!(policy.contains("form-action 'self' http://localhost:8080;"));
        assert!(policy.contains("default-src 'none'"));
    }

    #[test]
    fn the_end_of_a_token_is_said_in_words() {
        let now = Timestamp::parse("2026-11-23T10:00:00Z").unwrap();
        let after = |seconds| in_words(Some(now.plus(Duration::from_secs(seconds))), now);
        assert_eq!(after(600), "in 10 minutes, at 10:10:00 UTC");
        assert_eq!(after(90), "in 90 seconds, at 10:01:30 UTC");
        assert_eq!(after(0), "now: it ended at 10:00:00 UTC");
    }

    #[test]
    fn claims_are_sorted_and_shown_as_json() {
        let Value::Object(claims) = json!({"sub": "x", "amr": ["tap", "otp"], "exp": 1}) else {
            unreachable!()
        };
        let pairs = sorted(&claims);
        let shown: Vec<_> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(shown, ["amr=[\"tap\",\"otp\"]", "exp=1", "sub=x"]);
    }
}
