//! What the phone's script asks.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::watch;
use crate::domain::id::{CeremonyId, PhoneRequestId};
use crate::domain::phone::PhoneRequest;
use crate::domain::push::PushSubscription;
use crate::http::AppState;
use crate::http::access::DPOP_NONCE;
use crate::http::address::ClientAddress;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::service::dpop::Proof;
use crate::service::phone_decisions::Deciding;
use crate::service::phone_pairing::Proving;
use crate::service::phones::{Feed, PhoneError, Waiting};

/// A phone's proof that it holds its key, as in RFC 9449: a JWT in the header `DPoP`, for this
/// method and path, good once.
fn proof<'a>(headers: &'a HeaderMap, method: &'a str, path: &'a str) -> Proof<'a> {
    let jwt = headers.get("dpop").and_then(|value| value.to_str().ok()).unwrap_or_default();
    Proof { jwt, method, path }
}

/// An answer, with the nonce for the next proof.
fn answered(state: &AppState, value: Value) -> Response {
    let mut response = Json(value).into_response();
    add_nonce(&mut response, &state.services.dpop_nonce());
    response
}

fn add_nonce(response: &mut Response, nonce: &str) {
    if let Ok(value) = HeaderValue::from_str(nonce) {
        response.headers_mut().insert(DPOP_NONCE, value);
    }
}

/// What went wrong, as a phone hears it.
fn refused(state: &AppState, error: PhoneError) -> Response {
    let (status, code, message) = match error {
        PhoneError::Failure(failure) => return Problem::from(failure).into_response(),
        PhoneError::Nonce(nonce) => {
            let now = state.services.now().millis();
            let answer = Json(json!({ "error": "use_dpop_nonce", "now": now }));
            let mut response = (StatusCode::UNAUTHORIZED, answer).into_response();
            add_nonce(&mut response, &nonce);
            return response;
        }
        PhoneError::Proof(why) => {
            tracing::info!(why, "a phone was refused");
            (StatusCode::UNAUTHORIZED, "invalid_proof", "phone-proof")
        }
        PhoneError::Unknown => (StatusCode::GONE, "unknown_phone", "phone-unknown"),
        PhoneError::Disabled => (StatusCode::FORBIDDEN, "disabled", "phone-disabled"),
        PhoneError::Gone => (StatusCode::CONFLICT, "over", "phone-over"),
        PhoneError::WrongNumber => (StatusCode::CONFLICT, "wrong_number", "phone-wrong-number"),
        PhoneError::NotVerified => (StatusCode::FORBIDDEN, "not_verified", "phone-not-verified"),
        PhoneError::Malformed => (StatusCode::BAD_REQUEST, "bad_request", "phone-malformed"),
    };
    Problem::new(status, code, say("phone-failed"), say(message)).into_response()
}

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

/// `POST /phone/pair/begin`
pub(super) async fn begin_pairing(
    State(state): State<AppState>,
    headers: HeaderMap,
    Json(body): Json<Code>,
) -> Response {
    let proof = proof(&headers, "POST", "/phone/pair/begin");
    match state.services.claim_pairing(&body.code, proof).await {
        Ok(claimed) => answered(
            &state,
            json!({
                "challenge": claimed.challenge,
                "options": claimed.options,
                "username": claimed.username,
            }),
        ),
        Err(error) => refused(&state, error),
    }
}

#[derive(Deserialize)]
pub(super) struct Pairing {
    statement: String,
    credential: Option<Value>,
}

/// `POST /phone/pair/finish`: what is sent is signed itself.
pub(super) async fn finish_pairing(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    Json(body): Json<Pairing>,
) -> Response {
    let proving = Proving { statement: body.statement, credential: body.credential };
    match state.services.prove_pairing(proving, origin).await {
        Ok(number) => answered(&state, json!({ "number": number.to_string() })),
        Err(error) => refused(&state, error),
    }
}

/// `GET /phone/pair/events`: how far the pairing is.
pub(super) async fn pairing_events(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let proof = proof(&headers, "GET", "/phone/pair/events");
    let thumbprint = match state.services.prove(proof, None).await {
        Ok(thumbprint) => thumbprint,
        Err(error) => return Ok(refused(&state, error.into())),
    };
    let services = state.services.clone();
    watch(&state, Waiting::Phone(thumbprint.clone()), move || {
        let (services, thumbprint) = (services.clone(), thumbprint.clone());
        async move {
            let seen = services.pairing_of_phone(&thumbprint).await?;
            let last = matches!(seen, "paired" | "refused" | "over");
            Ok((json!({ "state": seen }), last))
        }
    })
}

/// A request as its person's phone shows it. The number stays on the computer.
fn shown(request: &PhoneRequest, username: &str) -> Value {
    json!({
        "state": "asked",
        "id": request.id,
        "username": username,
        "app": request.app,
        "address": request.address,
        "agent": request.agent,
        "known": request.known,
        "asked": request.created_at.millis(),
        "expires": request.expires_at.millis(),
    })
}

/// `GET /phone/events`: whatever there is for this phone to show.
pub(super) async fn events(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let holder = match state.services.phone_of(proof(&headers, "GET", "/phone/events")).await {
        Ok(holder) => holder,
        Err(error) => return Ok(refused(&state, error)),
    };
    let (services, thumbprint) = (state.services.clone(), holder.phone.credential_id);
    let username = holder.user.username.as_str().to_owned();
    let mut response = watch(&state, Waiting::Phone(thumbprint.clone()), move || {
        let (services, thumbprint) = (services.clone(), thumbprint.clone());
        let username = username.clone();
        async move {
            Ok(match services.phone_feed(&thumbprint).await? {
                Feed::Removed => (json!({ "state": "removed" }), true),
                Feed::Disabled => (json!({ "state": "disabled" }), true),
                Feed::Idle(silenced) => {
                    let until = silenced.map(crate::domain::time::Timestamp::millis);
                    (json!({ "state": "idle", "silenced": until }), false)
                }
                Feed::Asked(request) => (shown(&request, &username), false),
            })
        }
    })?;
    add_nonce(&mut response, &state.services.dpop_nonce());
    Ok(response)
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

/// `POST /phone/requests/{id}/verify`: by what this phone verifies its user, if it does.
pub(super) async fn verify(
    State(state): State<AppState>,
    Path(id): Path<PhoneRequestId>,
    headers: HeaderMap,
    Json(Nothing {}): Json<Nothing>,
) -> Response {
    let path = format!("/phone/requests/{id}/verify");
    match state.services.begin_verification(proof(&headers, "POST", &path), id).await {
        Ok(Some(begun)) => {
            answered(&state, json!({ "ceremony": begun.id, "options": begun.options }))
        }
        Ok(None) => answered(&state, json!({})),
        Err(error) => refused(&state, error),
    }
}

#[derive(Deserialize)]
pub(super) struct Decided {
    statement: String,
    ceremony: Option<CeremonyId>,
    credential: Option<Value>,
}

/// `POST /phone/requests/{id}`: what is sent is signed itself, and decides once.
pub(super) async fn decide(
    State(state): State<AppState>,
    Path(id): Path<PhoneRequestId>,
    ClientAddress(origin): ClientAddress,
    Json(body): Json<Decided>,
) -> Response {
    let deciding =
        Deciding { statement: body.statement, verification: body.ceremony.zip(body.credential) };
    match state.services.decide_on_phone(id, deciding, origin).await {
        Ok(()) => answered(&state, json!({ "decided": true })),
        Err(error) => refused(&state, error),
    }
}

#[derive(Deserialize)]
pub(super) struct Silent {
    silent: bool,
}

/// `POST /phone/silence`
pub(super) async fn silence(
    State(state): State<AppState>,
    headers: HeaderMap,
    Json(body): Json<Silent>,
) -> Response {
    let proof = proof(&headers, "POST", "/phone/silence");
    match state.services.silence_phones(proof, body.silent).await {
        Ok(until) => {
            let until = until.map(crate::domain::time::Timestamp::millis);
            answered(&state, json!({ "silenced": until }))
        }
        Err(error) => refused(&state, error),
    }
}

/// `GET /phone/push`: what a browser needs to subscribe to Web Push (Push API §6).
pub(super) async fn push_key(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match state.services.push_key_for_phone(proof(&headers, "GET", "/phone/push")).await {
        Ok(key) => answered(&state, json!({ "key": key })),
        Err(error) => refused(&state, error),
    }
}

#[derive(Deserialize)]
pub(super) struct Subscribed {
    subscription: PushSubscription,
}

/// `POST /phone/push`: where this phone wants to be woken from now on.
pub(super) async fn subscribe(
    State(state): State<AppState>,
    headers: HeaderMap,
    Json(body): Json<Subscribed>,
) -> Response {
    let proof = proof(&headers, "POST", "/phone/push");
    match state.services.subscribe_phone(proof, &body.subscription).await {
        Ok(()) => answered(&state, json!({ "subscribed": true })),
        Err(error) => refused(&state, error),
    }
}

/// `DELETE /phone/push`: it does not want to be woken any more.
pub(super) async fn unsubscribe(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match state.services.unsubscribe_phone(proof(&headers, "DELETE", "/phone/push")).await {
        Ok(()) => answered(&state, json!({ "subscribed": false })),
        Err(error) => refused(&state, error),
    }
}
