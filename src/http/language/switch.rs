//! Choosing another language: a link to the same page, and a cookie that remembers it.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use tower_sessions::cookie::{Cookie, SameSite};
use url::form_urlencoded;

use super::Language;
use crate::domain::id::JourneyId;
use crate::domain::time::Timestamp;

/// The parameter of a page's address that chooses its language.
pub const PARAMETER: &str = "language";

const COOKIE: &str = "firstkey-language";
/// Bound to this very host, where browsers do that.
const COOKIE_OVER_HTTPS: &str = "__Host-firstkey-language";
/// How long a choice is remembered, in days.
const DAYS: i64 = 400;
/// The longest query that is repeated in a link.
const QUERY_MAX: usize = 4096;

/// What somebody chose, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(super) language: &'static Language,
    pub(super) at: Timestamp,
}

impl Choice {
    /// What the browser remembers. What is not of our making is ignored.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies =
            headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.flat_map(Cookie::split_parse).flatten().find_map(|cookie| {
            if ![COOKIE, COOKIE_OVER_HTTPS].contains(&cookie.name()) {
                return None;
            }
            let (tag, at) = cookie.value().split_once('.')?;
            let at = Timestamp::from_micros(at.parse().ok()?);
            Some(Self { language: Language::by_tag(tag)?, at })
        })
    }

    /// As the browser remembers it.
    pub(crate) fn cookie(self, https: bool) -> HeaderValue {
        let value = format!("{}.{}", self.language.tag(), self.at.micros());
        let cookie = Cookie::build((if https { COOKIE_OVER_HTTPS } else { COOKIE }, value))
            .path("/")
            .secure(https)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::days(DAYS));
        HeaderValue::from_str(&cookie.build().to_string())
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The language that this very request chooses.
pub(super) fn asked_now(request: &Request) -> Option<&'static Language> {
    if request.method() != Method::GET {
        return None;
    }
    let query = request.uri().query()?;
    let (_, tag) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == PARAMETER)?;
    Language::by_tag(&tag)
}

/// The page that is asked for, as a link on itself can name it.
#[derive(Clone, Debug)]
pub(super) struct Here {
    path: String,
    query: String,
}

impl Here {
    /// None for an answer to a form that is on no page of its own: a link would lose it.
    pub(super) fn of(request: &Request) -> Option<Self> {
        if request.method() != Method::GET {
            // A form of a journey answers with the page on which the journey stands.
            let id = request.uri().path().strip_prefix("/journey/")?.split('/').next()?;
            let id: JourneyId = id.parse().ok()?;
            return Some(Self { path: format!("/journey/{id}"), query: String::new() });
        }
        let query = request.uri().query().unwrap_or_default();
        if query.len() > QUERY_MAX {
            return None;
        }
        // Whoever chooses has heard what the application asked for.
        let kept = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name != PARAMETER && name != "ui_locales");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        // The address alone, without a path, is the same page: no path that a stranger made up
        // (`//elsewhere.example/`) gets into a link.
        Some(Self { path: String::new(), query })
    }

    /// Its address in this language.
    pub(super) fn in_language(&self, language: &Language) -> String {
        let and = if self.query.is_empty() { "" } else { "&" };
        format!("{}?{}{and}{PARAMETER}={}", self.path, self.query, language.tag())
    }
}
