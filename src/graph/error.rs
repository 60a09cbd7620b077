//! Errors as Microsoft Graph words them: `{"error":{code, message, details, innerError}}`.
//!
//! Codes are those that its client libraries and scripts look for. A taken name is a 400 with the
//! detail `ObjectConflict`, as there, and not a 409: scripts that were written for Graph look for
//! that pair, and some retry on 409.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::domain::authority::Denied;
use crate::domain::error::Invalid;
use crate::domain::time::Timestamp;
use crate::http::access::Challenge;
use crate::http::api::{self, Refused};
use crate::http::problem::Problem;
use crate::service::{AdminError, Failure};

/// What is wrong with most requests; the directory has its own word.
const BAD_REQUEST: &str = "badRequest";

/// Which part of Graph answers: its directory and its sign-in methods have codes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// People and groups.
    Directory,
    /// Passes, keys and policies.
    Methods,
}

/// Why a call was not answered as asked. Rendered by [`envelope`](super::envelope), which knows the
/// request's ids.
#[derive(Clone, Debug)]
pub struct GraphError {
    /// The status.
    pub status: StatusCode,
    code: &'static str,
    message: String,
    details: Vec<Detail>,
    retry_after: Option<u64>,
    /// What `WWW-Authenticate` says.
    challenge: Option<Box<Challenge>>,
}

/// Which field is wrong, and how.
#[derive(Clone, Debug)]
struct Detail {
    code: &'static str,
    target: String,
    message: String,
}

/// Which request an error answers.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    /// Ours, which the log has, too.
    pub request: String,
    /// The caller's own.
    pub client: Option<String>,
}

impl GraphError {
    /// An error with a status and a code.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            challenge: None,
        }
    }

    /// A request that cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, BAD_REQUEST, message)
    }

    /// A field or an option that cannot be taken.
    pub fn field(target: impl Into<String>, message: impl Into<String>) -> Self {
        let (target, message) = (target.into(), message.into());
        let mut error = Self::bad_request(format!("Invalid {target}: {message}."));
        error.details.push(Detail { code: "invalidValue", target, message });
        error
    }

    /// The same in the directory's words.
    #[must_use]
    pub fn in_directory(mut self) -> Self {
        if self.code == BAD_REQUEST {
            self.code = "Request_BadRequest";
        }
        self
    }

    /// A name that somebody else has.
    pub fn taken(property: &str) -> Self {
        let message =
            format!("Another object with the same value for property {property} already exists.");
        let mut error = Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message.clone());
        let target = property.to_owned();
        error.details.push(Detail { code: "ObjectConflict", target, message });
        error
    }

    /// A token that is missing or does not hold (RFC 6750 §3.1).
    pub fn unauthenticated(challenge: Challenge) -> Self {
        let message = challenge.description.map_or_else(
            || "Access token is empty.".to_owned(),
            |why| format!("Access token validation failure: {why}."),
        );
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message);
        error.challenge = Some(Box::new(challenge));
        error
    }

    /// There is no such address.
    pub fn no_such_resource() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "resourceNotFound",
            "There is no resource at this address; see /docs/api.",
        )
    }

    /// Too many calls.
    pub fn too_many(retry_after: u64) -> Self {
        let message = "Too many requests; wait for as long as Retry-After says.";
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
        error.retry_after = Some(retry_after);
        error
    }

    /// What a service said.
    pub fn of(area: Area, error: AdminError) -> Self {
        let directory = area == Area::Directory;
        match error {
            AdminError::Invalid(invalid) => Self::invalid(directory, &invalid),
            AdminError::NotFound(what) => {
                let code = if directory { "Request_ResourceNotFound" } else { "resourceNotFound" };
                Self::new(StatusCode::NOT_FOUND, code, format!("There is no {what}."))
            }
            AdminError::Exists(_) => Self::taken(if directory { "displayName" } else { "id" }),
            AdminError::Changed => {
                let message = "Somebody else changed this in the meantime: its ETag is another now. \
                               Nothing was changed.";
                Self::new(StatusCode::PRECONDITION_FAILED, "resourceModified", message)
            }
            AdminError::Denied(denied) => Self::denied(directory, denied),
            AdminError::Failure(failure) => failure.into(),
        }
    }

    fn invalid(directory: bool, invalid: &Invalid) -> Self {
        let field = invalid.field.as_ref();
        let target = if directory { graph_name(field) } else { field };
        let error = Self::field(target, invalid.message.english());
        if directory { error.in_directory() } else { error }
    }

    fn denied(directory: bool, denied: Denied) -> Self {
        let (code, message) = if directory {
            (
                "Authorization_RequestDenied",
                format!("Insufficient privileges to complete the operation: {denied}."),
            )
        } else {
            ("accessDenied", format!("Request Authorization failed: {denied}."))
        };
        let (status, challenge) = api::denied(denied);
        Self { challenge, ..Self::new(status, code, message) }
    }

    /// The error as JSON.
    fn document(&self, ids: &Ids, now: Timestamp) -> Value {
        let client = ids.client.as_ref().unwrap_or(&ids.request);
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": now.to_string(),
                "request-id": ids.request,
                "client-request-id": client,
            },
        });
        if !self.details.is_empty() {
            let detail = |one: &Detail| json!({ "code": one.code, "target": one.target, "message": one.message });
            error["details"] = self.details.iter().map(detail).collect();
            error["target"] = self.details[0].target.clone().into();
        }
        json!({ "error": error })
    }

    /// The error as an answer.
    pub fn render(&self, ids: &Ids, now: Timestamp, issuer: &str) -> Response {
        let mut response = (self.status, Json(self.document(ids, now))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge.clone() {
            challenge.realm(issuer).write(headers);
        }
        response
    }

    /// What went wrong in an answer that no handler of ours has worded.
    pub fn unworded(response: &mut Response) -> Option<Self> {
        if let Some(error) = response.extensions_mut().remove::<Self>() {
            return Some(error);
        }
        let problem = response.extensions_mut().remove::<Problem>();
        let status = response.status();
        if !(status.is_client_error() || status.is_server_error()) {
            return None;
        }
        Some(match status {
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
            ),
            StatusCode::NOT_FOUND => Self::no_such_resource(),
            StatusCode::TOO_MANY_REQUESTS => {
                Self::too_many(problem.and_then(|problem| problem.retry_after).unwrap_or(1))
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                Failure::Unavailable("the request took too long".into()).into()
            }
            status if status.is_server_error() => {
                Failure::Internal(format!("an answer of {status} that nobody worded")).into()
            }
            status => Self { status, ..Self::bad_request("The request cannot be understood.") },
        })
    }
}

/// Our names of fields as Graph has them.
fn graph_name(field: &str) -> &str {
    match field {
        "username" => "userPrincipalName",
        "email" => "mail",
        "alternateEmail" => "otherMails",
        "group" => "displayName",
        other => other,
    }
}

impl From<Refused> for GraphError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Token(challenge) => Self::unauthenticated(challenge),
            Refused::TooMany(seconds) => Self::too_many(seconds),
            Refused::Failure(failure) => failure.into(),
        }
    }
}

impl From<Failure> for GraphError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(reason) => {
                tracing::warn!(reason, "not available");
                let message = "The service is busy. Nothing was changed; try again in a moment.";
                let mut error =
                    Self::new(StatusCode::SERVICE_UNAVAILABLE, "serviceNotAvailable", message);
                error.retry_after = Some(2);
                error
            }
            Failure::Internal(reason) => {
                tracing::error!(reason, "internal error");
                let message = "Something went wrong on our side. Nothing was changed.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "generalException", message)
            }
        }
    }
}

impl IntoResponse for GraphError {
    /// A bare answer that carries the error along for the layer that renders it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
