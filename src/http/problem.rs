//! Something went wrong that a person or a script should hear about. A handler returns a
//! [`Problem`]; the outermost layer of the pages renders it, as a page or as JSON, with the id that
//! the log also has.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::language::{Text, say};
use crate::domain::authority::Denied;
use crate::domain::error::Invalid;
use crate::service::journeys::JourneyError;
use crate::service::{AdminError, Failure};

/// What happened, what was not lost, and what to do next.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// A stable code for scripts.
    pub code: &'static str,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u64>,
    /// How it is put into words.
    pub words: Box<Words>,
}

/// A problem in words for people.
#[derive(Clone, Debug)]
pub struct Words {
    /// The heading.
    pub title: Text,
    /// What happened, in a sentence.
    pub message: Text,
    /// What to do next, in a sentence.
    pub next: Text,
    /// A link for that, with its label.
    pub link: Option<(String, Text)>,
}

impl Problem {
    /// A problem with a status and a code.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: impl Into<Text>,
        message: impl Into<Text>,
    ) -> Self {
        let words = Words {
            title: title.into(),
            message: message.into(),
            next: String::new().into(),
            link: None,
        };
        Self { status, code, retry_after: None, words: Box::new(words) }
    }

    /// What to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<Text>) -> Self {
        self.words.next = next.into();
        self
    }

    /// A link for what to do next.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, label: impl Into<Text>) -> Self {
        self.words.link = Some((href.into(), label.into()));
        self
    }

    /// A request that cannot be understood.
    pub fn bad_request(message: impl Into<Text>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", say("unanswerable"), message)
    }

    /// A body that is too large.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            say("too-large"),
            say("too-large-text"),
        )
    }

    /// A body of another kind than the one that is expected.
    pub fn unsupported_media_type(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            say("unanswerable"),
            say("media-type-text").with("expected", expected),
        )
    }

    /// There is nothing here.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", say("not-found"), say("not-found-text"))
            .next(say("not-found-next"))
            .link("/security-info", say("security-info"))
    }

    /// The journey is over.
    pub fn journey_gone() -> Self {
        Self::new(StatusCode::GONE, "journey_gone", say("journey-gone"), say("journey-gone-text"))
            .next(say("sign-in-again-next"))
            .link("/security-info", say("security-info"))
    }

    /// Too many requests.
    pub fn too_many(retry_after: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            say("too-many"),
            say("too-many-text"),
        )
        .next(say("too-many-next"));
        problem.retry_after = Some(retry_after);
        problem
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(reason) => {
                tracing::warn!(reason, "not available");
                let mut problem = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    say("busy"),
                    say("busy-text"),
                )
                .next(say("busy-next"));
                problem.retry_after = Some(2);
                problem
            }
            Failure::Internal(reason) => {
                tracing::error!(reason, "internal error");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    say("internal"),
                    say("internal-text"),
                )
                .next(say("internal-next"))
            }
        }
    }
}

impl From<JourneyError> for Problem {
    fn from(error: JourneyError) -> Self {
        match error {
            JourneyError::Gone => Self::journey_gone(),
            JourneyError::MovedOn => {
                Self::new(StatusCode::CONFLICT, "moved_on", say("moved-on"), say("moved-on-text"))
                    .next(say("moved-on-next"))
            }
            JourneyError::Failure(failure) => failure.into(),
        }
    }
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Failure(failure) => failure.into(),
            AdminError::NotFound(what) => {
                let title = say("admin-gone-title");
                Self::new(StatusCode::NOT_FOUND, "not_found", title, gone(&what))
            }
            AdminError::Denied(denied) => {
                let (title, message) = (say("admin-denied-title"), words_of(denied));
                Self::new(StatusCode::FORBIDDEN, "denied", title, message)
                    .next(say("admin-denied-next"))
            }
            AdminError::Invalid(Invalid { field, message }) => {
                Self::bad_request(say("invalid-field").with("field", &*field).with("why", message))
            }
            AdminError::Changed => Self::bad_request(say("admin-changed")),
            other @ AdminError::Exists(_) => Self::bad_request(other.to_string()),
        }
    }
}

/// What is not there, in a sentence.
fn gone(what: &str) -> Text {
    match what.split_once(' ') {
        Some(("user", name)) => say("admin-gone-user").with("name", name),
        Some(("group", name)) => say("admin-gone-group").with("name", name),
        Some(("client", name)) => say("admin-gone-client").with("name", name),
        _ => say("admin-gone").with("what", what),
    }
}

/// Why somebody may not, in a sentence.
fn words_of(denied: Denied) -> Text {
    say(match denied {
        Denied::Self_ => "admin-denied-self",
        Denied::Admin => "admin-denied-admin",
        Denied::Alone => "admin-denied-alone",
        Denied::Role => "admin-denied-role",
        Denied::Scope => "admin-denied-scope",
        Denied::Weak => "admin-denied-weak",
    })
}

impl IntoResponse for Problem {
    /// A bare answer that carries the problem along for the layer that renders it.
    fn into_response(self) -> Response {
        let mut response = (self.status, self.words.message.english()).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
