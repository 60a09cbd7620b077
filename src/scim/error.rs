//! Errors as RFC 7644 §3.12 words them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::reply::scim_json;
use crate::domain::authority::Denied;
use crate::domain::error::Invalid;
use crate::http::access::Challenge;
use crate::http::api::{self, Refused};
use crate::service::{AdminError, Failure};

/// The schema of an error.
const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// What is wrong with a request (RFC 7644 §3.12, table 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read, or asks for what cannot be asked for.
    InvalidFilter,
    /// There is more than we are willing to look at.
    TooMany,
    /// Somebody has that name already.
    Uniqueness,
    /// That does not change, or not so.
    Mutability,
    /// The body is not what its schema says.
    InvalidSyntax,
    /// The path of a change names nothing that there is.
    InvalidPath,
    /// The path of a change finds nothing.
    NoTarget,
    /// A value cannot be taken.
    InvalidValue,
}

impl ScimType {
    fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// Why a call was not answered as asked.
#[derive(Clone, Debug)]
pub struct ScimError {
    status: StatusCode,
    kind: Option<ScimType>,
    detail: String,
    retry_after: Option<u64>,
    /// What `WWW-Authenticate` says.
    challenge: Option<Box<Challenge>>,
}

impl ScimError {
    /// An error that only its status explains.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into(), retry_after: None, challenge: None }
    }

    /// A 400 of this type.
    pub fn bad(kind: ScimType, detail: impl Into<String>) -> Self {
        Self { kind: Some(kind), ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }

    /// A value that cannot be taken.
    pub fn value(attribute: &str, message: &str) -> Self {
        Self::bad(ScimType::InvalidValue, format!("{attribute}: {message}."))
    }

    /// There is nothing at this address.
    pub fn nothing_here() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing at this address.")
    }

    /// What nobody can do here.
    pub fn not_implemented(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, format!("{what}; see /ServiceProviderConfig."))
    }

    /// The version is another one.
    pub fn changed() -> Self {
        let detail = "Somebody changed this in the meantime: its version is another now. Nothing was \
                      changed.";
        Self::new(StatusCode::PRECONDITION_FAILED, detail)
    }

    fn too_many(seconds: u64) -> Self {
        let detail = "Too many requests; wait for as long as Retry-After says.";
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, detail);
        error.retry_after = Some(seconds);
        error
    }

    /// An answer that no handler of ours has worded.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::nothing_here(),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "This address does not answer this method.")
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                Failure::Unavailable("the request took too long".into()).into()
            }
            status if status.is_server_error() => {
                Failure::Internal(format!("an answer of {status} that nobody worded")).into()
            }
            status => Self::new(status, "The request cannot be understood."),
        }
    }
}

/// Our names of fields as SCIM has them.
fn scim_name(field: &str) -> &str {
    match field {
        "username" => "userName",
        "email" | "alternateEmail" => "emails",
        "givenName" => "name.givenName",
        "surname" => "name.familyName",
        "formattedName" => "name.formatted",
        "jobTitle" => "title",
        "employeeId" => "employeeNumber",
        "businessPhone" | "mobilePhone" => "phoneNumbers",
        "group" => "displayName",
        other => other,
    }
}

impl From<Invalid> for ScimError {
    fn from(invalid: Invalid) -> Self {
        Self::value(scim_name(&invalid.field), &invalid.message.english())
    }
}

impl From<Denied> for ScimError {
    fn from(denied: Denied) -> Self {
        let (status, challenge) = api::denied(denied);
        Self { challenge, ..Self::new(status, format!("Not allowed: {denied}.")) }
    }
}

impl From<AdminError> for ScimError {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Invalid(invalid) => invalid.into(),
            AdminError::NotFound(what) => {
                Self::new(StatusCode::NOT_FOUND, format!("There is no {what}."))
            }
            AdminError::Exists(what) => Self {
                kind: Some(ScimType::Uniqueness),
                ..Self::new(StatusCode::CONFLICT, format!("There is a {what} already."))
            },
            AdminError::Changed => Self::changed(),
            AdminError::Denied(denied) => denied.into(),
            AdminError::Failure(failure) => failure.into(),
        }
    }
}

impl From<Refused> for ScimError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Token(challenge) => {
                let detail = challenge.description.map_or_else(
                    || "An access token is needed.".to_owned(),
                    |why| format!("The request was refused: {why}."),
                );
                let mut error = Self::new(StatusCode::UNAUTHORIZED, detail);
                error.challenge = Some(Box::new(challenge));
                error
            }
            Refused::TooMany(seconds) => Self::too_many(seconds),
            Refused::Failure(failure) => failure.into(),
        }
    }
}

impl From<Failure> for ScimError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(reason) => {
                tracing::warn!(reason, "not available");
                let detail = "The service is busy. Nothing was changed; try again in a moment.";
                let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
                error.retry_after = Some(2);
                error
            }
            Failure::Internal(reason) => {
                tracing::error!(reason, "internal error");
                let detail = "Something went wrong on our side. Nothing was changed.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
            }
        }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "schemas": [SCHEMA],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let Some(kind) = self.kind {
            body["scimType"] = kind.name().into();
        }
        let mut response = scim_json(self.status, &body);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge.clone() {
            challenge.realm("scim").write(headers);
        }
        response
    }
}
