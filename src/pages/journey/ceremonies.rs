//! What the scripts of a journey's pages ask: WebAuthn options, and the browser's answers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::refused;
use crate::domain::credential::MethodKind;
use crate::domain::id::CeremonyId;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::pages::request::Asked;
use crate::service::new_key::Place;
use crate::service::registration::{Begun, CeremonyError};

/// A begun ceremony, as the script wants it.
#[derive(Serialize)]
pub(super) struct Options {
    ceremony: CeremonyId,
    options: Value,
}

impl From<Begun> for Options {
    fn from(begun: Begun) -> Self {
        Self { ceremony: begun.id, options: begun.options }
    }
}

/// The browser's answer to a ceremony.
#[derive(Deserialize)]
pub(super) struct Answer {
    ceremony: CeremonyId,
    credential: Value,
}

/// Where to go, and what was registered.
#[derive(Serialize)]
pub(super) struct Onward {
    location: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
pub(super) struct Wanted {
    kind: String,
    #[serde(default)]
    place: Option<Place>,
}

/// `POST /journey/{id}/passkey/options`
pub(super) async fn passkey_options(
    State(state): State<AppState>,
    asked: Asked<Nothing>,
) -> Result<Json<Options>, Problem> {
    let begun = state.services.begin_key_sign_in(&asked.here.position).await?;
    Ok(Json(begun.into()))
}

/// `POST /journey/{id}/passkey`
pub(super) async fn passkey(
    State(state): State<AppState>,
    asked: Asked<Answer>,
) -> Result<Response, Problem> {
    let Asked { mut here, body: Answer { ceremony, credential } } = asked;
    let browser = here.browser.browser();
    let signed_in = state
        .services
        .finish_key_sign_in(&here.position, &browser, ceremony, credential, here.origin)
        .await;
    let session = match signed_in {
        Ok(session) => session,
        Err(CeremonyError::NotAccepted(key)) => return refused::answer(here, &key).await,
        Err(other) => return Err(other.into()),
    };
    here.browser.sign_in(session, state.services.random.as_ref()).await?;
    let location = format!("/journey/{}", here.id());
    Ok(Json(Onward { location, name: None }).into_response())
}

/// `POST /journey/{id}/register/options`
pub(super) async fn register_options(
    State(state): State<AppState>,
    asked: Asked<Wanted>,
) -> Result<Json<Options>, Problem> {
    let kind: MethodKind =
        asked.body.kind.parse().map_err(|_| Problem::bad_request(say("no-such-method")))?;
    let begun =
        state.services.begin_registration(&asked.here.position, kind, asked.body.place).await?;
    Ok(Json(begun.into()))
}

/// `POST /journey/{id}/register`
pub(super) async fn register(
    State(state): State<AppState>,
    asked: Asked<Answer>,
) -> Result<Response, Problem> {
    let Asked { here, body: Answer { ceremony, credential } } = asked;
    let browser = here.browser.browser();
    let registered = state
        .services
        .finish_registration(&here.position, &browser, ceremony, credential, here.origin)
        .await;
    let name = match registered {
        Ok(name) => Some(name),
        Err(CeremonyError::NotAccepted(key)) => return refused::answer(here, &key).await,
        Err(other) => return Err(other.into()),
    };
    let location = format!("/journey/{}", here.id());
    Ok(Json(Onward { location, name }).into_response())
}

impl From<CeremonyError> for Problem {
    fn from(error: CeremonyError) -> Self {
        let (status, code, message) = match error {
            CeremonyError::Failure(failure) => return failure.into(),
            CeremonyError::Stale => (StatusCode::CONFLICT, "moved_on", "key-stale"),
            CeremonyError::Malformed => (StatusCode::BAD_REQUEST, "bad_request", "key-malformed"),
            CeremonyError::Refused => (StatusCode::FORBIDDEN, "refused", "key-refused"),
            CeremonyError::Unknown => (StatusCode::FORBIDDEN, "unknown_credential", "key-unknown"),
            CeremonyError::AlreadyRegistered => {
                (StatusCode::CONFLICT, "already_registered", "key-already")
            }
            CeremonyError::KindNotAllowed => {
                (StatusCode::FORBIDDEN, "kind_not_allowed", "key-kind")
            }
            CeremonyError::NotAccepted(_) => {
                (StatusCode::FORBIDDEN, refused::CODE, "key-not-accepted")
            }
            CeremonyError::WrongUser => (StatusCode::FORBIDDEN, "wrong_user", "key-wrong-user"),
        };
        Self::new(status, code, say("key-failed"), say(message))
    }
}
