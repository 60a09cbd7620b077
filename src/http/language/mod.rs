//! Which language a page is in, and what it says in it.
//!
//! An application may say which one its person likes (`ui_locales`, OIDC Core §3.1.2.1; `OpenID`
//! Connect RP-Initiated Logout §2); else it is what the person chose here before; else what their
//! browser asks for; else English. Who chooses on a page that an application has led them to means
//! that page, too: the later word counts.

pub(crate) mod switch;

use std::cell::Cell;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

pub use self::switch::PARAMETER;
pub use crate::domain::language::{Language, Text, ToValue, Value, say};

use self::switch::{Choice, Here};
use super::AppState;
use crate::domain::language::accept_language;
use crate::domain::time::Timestamp;

/// What is in English whatever anybody asks for: the pages for developers.
const ENGLISH_ONLY: &str = "/docs";

/// How one request is answered.
struct Speech {
    language: Cell<&'static Language>,
    /// What the person chose, and when.
    choice: Option<Choice>,
    /// Where the page is that another language is chosen on.
    here: Option<Here>,
    /// Whether nothing else will do.
    fixed: bool,
}

tokio::task_local! {
    static SPEECH: Speech;
}

/// The language of the request that is being answered.
pub fn spoken() -> &'static Language {
    SPEECH.try_with(|speech| speech.language.get()).unwrap_or_else(|_| Language::english())
}

impl Text {
    /// In the language of the request that is being answered.
    pub fn spoken(&self) -> String {
        spoken().say(self)
    }
}

/// The other languages that this page can be had in, each with its address.
pub fn others() -> Vec<(&'static Language, String)> {
    let here = SPEECH.try_with(|speech| speech.here.clone()).ok().flatten();
    let Some(here) = here else { return Vec::new() };
    let other = |language: &&Language| language.tag() != spoken().tag();
    Language::all().iter().filter(other).map(|it| (it, here.in_language(it))).collect()
}

/// An application asked for a language, at this time.
pub fn asked(ui_locales: &[String], at: Timestamp) {
    let _ = SPEECH.try_with(|speech| {
        let later = speech.choice.is_some_and(|choice| choice.at > at);
        if let (false, false, Some(language)) = (speech.fixed, later, Language::of(ui_locales)) {
            speech.language.set(language);
        }
    });
}

/// Finds the language for a request, and says in the answer which one it was.
pub async fn speak(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let english = path == ENGLISH_ONLY || path.starts_with(&format!("{ENGLISH_ONLY}/"));
    let asked_now = if english { None } else { switch::asked_now(&request) };
    let choice = match asked_now {
        Some(language) => Some(Choice { language, at: state.services.now() }),
        None => Choice::of(request.headers()),
    };
    let language = match choice {
        _ if english => Language::english(),
        Some(choice) => choice.language,
        None => accepted(request.headers()),
    };
    let speech = Speech {
        language: Cell::new(language),
        choice,
        here: if english { None } else { Here::of(&request) },
        fixed: english || asked_now.is_some(),
    };
    let answer = async {
        let response = next.run(request).await;
        (response, spoken())
    };
    let (mut response, language) = SPEECH.scope(speech, answer).await;
    let headers = response.headers_mut();
    if !is_page(headers) {
        return response;
    }
    if let Ok(tag) = HeaderValue::from_str(language.tag()) {
        headers.insert(header::CONTENT_LANGUAGE, tag);
    }
    if !english {
        headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    if let (Some(choice), true) = (choice, asked_now.is_some()) {
        headers.append(header::SET_COOKIE, choice.cookie(state.config.is_https()));
    }
    response
}

fn accepted(headers: &HeaderMap) -> &'static Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header
        .and_then(|header| Language::of(&accept_language(header)))
        .unwrap_or_else(Language::english)
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}
