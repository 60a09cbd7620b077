//! Forward auth: what reverse proxies ask before they let a request through (nginx `auth_request`,
//! Traefik `forwardAuth`, Caddy `forward_auth`), and the few pages under `/.firstkey/` of a protected
//! application's own host, which its proxy passes to us.
//!
//! The issuer's cookie is not seen on that host, so the browser gets one there, by an ordinary
//! authorization code flow: `state` is bound to the browser and good once, PKCE binds the code.

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use url::Url;
use url::form_urlencoded::Serializer;

use super::forward_headers::{COOKIE, What, pass, says_who};
use crate::crypto::token::Token;
use crate::domain::client::FORWARD_PATH;
use crate::http::address::{ClientAddress, is_from_proxy};
use crate::http::language::{Language, Text, say, spoken};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::service::Failure;
use crate::service::authorization::GrantError;
use crate::service::forward_auth::{Protected, Verdict};

/// The addresses that proxies ask, and those that they pass on.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/forward-auth", get(ask))
        .route("/forward-auth/nginx", get(ask_for_nginx))
        .route(&format!("{FORWARD_PATH}/start"), get(start))
        .route(&format!("{FORWARD_PATH}/callback"), get(callback))
        .route(&format!("{FORWARD_PATH}/sign-out"), get(sign_out))
        .route(&format!("{FORWARD_PATH}/denied"), get(denied))
}

/// A request that a proxy speaks of, to an application that it protects.
struct Asked {
    protected: Protected,
    /// The path and the query.
    path: String,
    method: String,
    headers: HeaderMap,
}

impl Asked {
    async fn of(
        state: &AppState,
        parts: &Parts,
        origin: &str,
        path: String,
    ) -> Result<Self, Problem> {
        let protected = state.services.protected_at(origin).await?;
        let Some(protected) = protected else {
            tracing::info!(origin, "no application is protected at this origin");
            return Err(refuse("no application is protected at this address"));
        };
        let method = sole(&parts.headers, "x-forwarded-method")?.unwrap_or("GET").to_owned();
        Ok(Self { protected, path, method, headers: parts.headers.clone() })
    }

    fn cookie(&self, what: What) -> Option<&str> {
        let name = self.cookie_name(what);
        let all = self.headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
        let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
        let found = pairs.find(|(known, _)| *known == name).map(|(_, value)| value);
        // Ours are tokens of one length.
        found.filter(|value| value.len() == 43)
    }

    fn is_https(&self) -> bool {
        self.protected.rule.origin.starts_with("https:")
    }

    fn cookie_name(&self, what: What) -> String {
        // The prefix binds the cookie to this very host, and browsers take it over https alone.
        let prefix = if self.is_https() { "__Host-" } else { "" };
        format!("{prefix}{COOKIE}{what}")
    }

    fn set_cookie(&self, what: What, value: &str) -> Result<HeaderValue, Failure> {
        let secure = if self.is_https() { "; Secure" } else { "" };
        let name = self.cookie_name(what);
        HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"))
            .map_err(|error| Failure::Internal(error.to_string()))
    }

    /// What to answer. Whoever says themselves who they are is refused: what a proxy does with such
    /// a header is not ours to rely on.
    async fn judged(&self, state: &AppState) -> Result<Verdict, Problem> {
        if self.headers.keys().any(says_who) {
            tracing::info!(origin = self.protected.rule.origin, "a browser said who it is");
            return Err(refuse("the browser sent a header that is ours to send"));
        }
        Ok(self.verdict(state).await?)
    }

    async fn verdict(&self, state: &AppState) -> Result<Verdict, Failure> {
        state.services.may_pass(&self.protected, self.cookie(What::Session)).await
    }
}

pub(super) fn refuse(why: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "forward_auth", say("forward-wrong"), why)
        .next(say("forward-wrong-next"))
}

/// A header that may come once at most: two would be read differently by different programs.
fn sole<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => match one.to_str() {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(refuse("a header is no text")),
        },
        _ => Err(refuse("a header came twice")),
    }
}

/// Only what a trusted proxy says of a request is believed.
fn from_proxy(parts: &Parts, state: &AppState) -> Result<(), Problem> {
    if is_from_proxy(parts, &state.config.trusted_proxies) {
        return Ok(());
    }
    tracing::warn!("forward auth was asked by an address that is not in trusted_proxies");
    Err(refuse("only the addresses in trusted_proxies may ask"))
}

/// With `X-Forwarded-Proto`, `-Host` and `-Uri`, as Traefik and Caddy send them.
struct Forwarded(Asked);

impl FromRequestParts<AppState> for Forwarded {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        from_proxy(parts, state)?;
        let must = |name| {
            sole(&parts.headers, name)?.ok_or_else(|| refuse("a header of the proxy is missing"))
        };
        let (proto, host) = (must("x-forwarded-proto")?, must("x-forwarded-host")?);
        let url = Url::parse(&format!("{proto}://{host}/"));
        let url = url.map_err(|_| refuse("the headers of the proxy make no address"))?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("the headers of the proxy make no address"));
        }
        let path = sole(&parts.headers, "x-forwarded-uri")?.unwrap_or("/").to_owned();
        Asked::of(state, parts, &url.origin().ascii_serialization(), path).await.map(Self)
    }
}

/// With `X-Original-URL`, as nginx is told to send it.
struct Original(Asked);

impl FromRequestParts<AppState> for Original {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        from_proxy(parts, state)?;
        let url = sole(&parts.headers, "x-original-url")?.and_then(|url| Url::parse(url).ok());
        let url = url.ok_or_else(|| refuse("X-Original-URL is missing, or no address"))?;
        let origin = url.origin().ascii_serialization();
        Asked::of(state, parts, &origin, url.path().to_owned()).await.map(Self)
    }
}

#[derive(Template)]
#[template(path = "forward_auth.html")]
struct Page {
    language: &'static Language,
    brand: String,
    title: String,
    message: String,
    href: String,
    label: String,
}

/// A page on the application's host, where our style sheets are not.
fn page(
    state: &AppState,
    status: StatusCode,
    (title, message): (Text, Text),
    (href, label): (String, Text),
) -> Result<Response, Problem> {
    let page = Page {
        language: spoken(),
        brand: state.services.brand(),
        title: title.spoken(),
        message: message.spoken(),
        href,
        label: label.spoken(),
    };
    let html = page.render().map_err(|error| Failure::Internal(error.to_string()))?;
    Ok((status, Html(html)).into_response())
}

fn forbidden(state: &AppState, asked: &Asked, username: Option<&str>) -> Result<Response, Problem> {
    let app = &asked.protected.client.settings.client_name;
    let message = match username {
        Some(name) => say("forward-denied-as").with("name", name),
        None => say("forward-denied"),
    };
    let way_out = format!("{}{FORWARD_PATH}/sign-out", asked.protected.rule.origin);
    let words = (say("forward-denied-title").with("app", app), message.with("app", app));
    page(state, StatusCode::FORBIDDEN, words, (way_out, say("sign-out")))
}

/// `GET /forward-auth`: 200 and who it is, 302 to the sign-in, or 403 with a page.
async fn ask(State(state): State<AppState>, asked: Forwarded) -> Result<Response, Problem> {
    let asked = asked.0;
    match asked.judged(&state).await? {
        Verdict::Pass(visitor) => pass(&visitor, &asked.headers),
        Verdict::Forbidden(user) => forbidden(&state, &asked, Some(user.username.as_str())),
        Verdict::SignIn if matches!(asked.method.as_str(), "GET" | "HEAD") => {
            let rule = &asked.protected.rule;
            // What is no address of the application leads to its front door.
            let path = rule.address(&asked.path).map_or("/", |_| asked.path.as_str());
            let target = format!("{}{FORWARD_PATH}/start?to={path}", rule.origin);
            let target = HeaderValue::from_str(&target)
                .map_err(|_| refuse("the headers of the proxy make no address"))?;
            Ok((StatusCode::FOUND, [(header::LOCATION, target)]).into_response())
        }
        // A form would lose what was typed into it.
        Verdict::SignIn => Ok(StatusCode::UNAUTHORIZED.into_response()),
    }
}

/// `GET /forward-auth/nginx`: 200 and who it is, 401, or 403.
async fn ask_for_nginx(
    State(state): State<AppState>,
    asked: Original,
) -> Result<Response, Problem> {
    let asked = asked.0;
    Ok(match asked.judged(&state).await? {
        Verdict::Pass(visitor) => pass(&visitor, &asked.headers)?,
        Verdict::SignIn => StatusCode::UNAUTHORIZED.into_response(),
        Verdict::Forbidden(_) => StatusCode::FORBIDDEN.into_response(),
    })
}

/// `GET /.firstkey/start?to=PATH`: begins a sign-in. What follows `to=` is taken as it is, for nginx
/// cannot escape it.
async fn start(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    RawQuery(query): RawQuery,
    asked: Forwarded,
) -> Result<Response, Problem> {
    let asked = asked.0;
    let rule = &asked.protected.rule;
    let query = query.unwrap_or_default();
    let to = query.strip_prefix("to=").unwrap_or("/");
    let Some(return_to) = rule.address(to) else {
        return Err(Problem::bad_request(say("forward-not-the-apps")));
    };
    state.limits.admit_origin(origin)?;
    // The same for several tabs, so that each can end.
    let held = asked.cookie(What::SignIn).map(str::to_owned);
    let held =
        held.unwrap_or_else(|| Token::generate(state.services.random.as_ref()).reveal().to_owned());
    let begun = state.services.begin_forward_sign_in(&asked.protected, &held, return_to).await?;
    let query = Serializer::new(String::new())
        .append_pair("client_id", &asked.protected.client.id.0)
        .append_pair("redirect_uri", &rule.redirect_uri())
        .append_pair("response_type", "code")
        .append_pair("scope", "openid")
        .append_pair("state", begun.state.reveal())
        .append_pair("code_challenge", &begun.challenge)
        .append_pair("code_challenge_method", "S256")
        .finish();
    let target = format!("{}/authorize?{query}", state.services.issuer_text());
    let mut response = redirect::see_other(&target);
    response.headers_mut().append(header::SET_COOKIE, asked.set_cookie(What::SignIn, &held)?);
    Ok(response)
}

/// `GET /.firstkey/callback`: the end of a sign-in, in the browser that began it.
async fn callback(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    RawQuery(query): RawQuery,
    asked: Forwarded,
) -> Result<Response, Problem> {
    let asked = asked.0;
    let again = || (asked.protected.rule.front_door(), say("try-again"));
    let over =
        |why: Text| page(&state, StatusCode::BAD_REQUEST, (say("journey-gone"), why), again());
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let params = params.map_err(|why| Problem::bad_request(say("in-address").with("why", why)))?;
    // RFC 9207 §2.4.
    if params.get("iss") != Some(state.services.issuer_text()) {
        return over(say("forward-not-us"));
    }
    let (Some(held), Some(sent)) = (asked.cookie(What::SignIn), params.get("state")) else {
        return over(say("forward-other-browser"));
    };
    let taken = state.services.take_forward_sign_in(&asked.protected, held, sent).await?;
    let Some((verifier, return_to)) = taken else {
        return over(say("forward-over"));
    };
    let Some(code) = params.get("code") else {
        return over(say("forward-not-signed-in"));
    };
    let finished =
        state.services.finish_forward_sign_in(&asked.protected, code, &verifier, origin).await;
    let session = match finished {
        Ok(session) => session,
        Err(GrantError::Failure(failure)) => return Err(failure.into()),
        Err(error) => {
            tracing::info!(client = %asked.protected.client.id, %error, "a code was not taken");
            return over(say("forward-not-signed-in"));
        }
    };
    let mut response = redirect::see_other(&return_to);
    let cookie = asked.set_cookie(What::Session, session.reveal())?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `GET /.firstkey/sign-out`: to the one place where people sign out, which asks them. What the
/// browser holds here is worth nothing afterwards.
async fn sign_out(State(state): State<AppState>, asked: Forwarded) -> Response {
    let asked = asked.0;
    let query = Serializer::new(String::new())
        .append_pair("client_id", &asked.protected.client.id.0)
        .append_pair("post_logout_redirect_uri", &asked.protected.rule.front_door())
        .finish();
    redirect::see_other(&format!("{}/end_session?{query}", state.services.issuer_text()))
}

/// `GET /.firstkey/denied`: the page for a 403 of nginx's.
async fn denied(State(state): State<AppState>, asked: Forwarded) -> Result<Response, Problem> {
    let asked = asked.0;
    match asked.verdict(&state).await? {
        Verdict::Forbidden(user) => forbidden(&state, &asked, Some(user.username.as_str())),
        _ => forbidden(&state, &asked, None),
    }
}
