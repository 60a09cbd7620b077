//! `/register` (RFC 7591, OpenID Connect Dynamic Client Registration) and what an application does
//! with its registration afterwards (RFC 7592).

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::token::no_store;
use crate::domain::client::Client;
use crate::domain::error::Invalid;
use crate::http::AppState;
use crate::http::access::Challenge;
use crate::http::address::ClientAddress;
use crate::http::problem::Problem;
use crate::service::Services;
use crate::service::dynamic::DynamicError;

/// An answer that is no registration.
#[derive(Debug)]
pub struct Refused(DynamicError);

impl From<DynamicError> for Refused {
    fn from(error: DynamicError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    /// RFC 7591 §3.2.2, RFC 7592 §2.
    fn into_response(self) -> Response {
        match self.0 {
            DynamicError::Token => {
                let mut response = StatusCode::UNAUTHORIZED.into_response();
                let why = "the token is unknown, used up, expired, or of another client";
                Challenge::of("invalid_token", Some(why)).write(response.headers_mut());
                no_store(response)
            }
            DynamicError::Invalid(invalid) => {
                let body = json!({
                    "error": code(&invalid),
                    "error_description": format!("{}: {}", invalid.field, invalid.message.english()),
                });
                no_store((StatusCode::BAD_REQUEST, Json(body)).into_response())
            }
            DynamicError::Failure(failure) => Problem::from(failure).into_response(),
        }
    }
}

fn code(invalid: &Invalid) -> &'static str {
    match &*invalid.field {
        "redirectUri" | "redirect_uris" => "invalid_redirect_uri",
        _ => "invalid_client_metadata",
    }
}

/// `POST /register`.
pub async fn register(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    state.limits.admit_origin(origin).map_err(IntoResponse::into_response)?;
    let refused = |error: DynamicError| Refused(error).into_response();
    let token = bearer(&headers).ok_or_else(|| refused(DynamicError::Token))?;
    let metadata = metadata(&headers, &body).map_err(refused)?;
    let registered =
        state.services.register_dynamically(token, &metadata, origin).await.map_err(refused)?;
    let client = &registered.new.client;
    let mut answer = information(&state.services, client, registered.token.reveal());
    if let Some(secret) = &registered.new.secret {
        answer.insert("client_secret".into(), secret.reveal().into());
        // It does not expire.
        answer.insert("client_secret_expires_at".into(), 0.into());
    }
    Ok(no_store((StatusCode::CREATED, Json(answer)).into_response()))
}

/// `GET /register/{client_id}`.
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let token = bearer(&headers).ok_or(DynamicError::Token)?;
    let client = state.services.registered_client(&id, token).await?;
    Ok(no_store(Json(information(&state.services, &client, token)).into_response()))
}

/// `PUT /register/{client_id}`.
pub async fn replace(
    State(state): State<AppState>,
    Path(id): Path<String>,
    ClientAddress(origin): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let token = bearer(&headers).ok_or(DynamicError::Token)?;
    let metadata = metadata(&headers, &body)?;
    let client = state.services.replace_registration(&id, token, &metadata, origin).await?;
    Ok(no_store(Json(information(&state.services, &client, token)).into_response()))
}

/// `DELETE /register/{client_id}`.
pub async fn remove(
    State(state): State<AppState>,
    Path(id): Path<String>,
    ClientAddress(origin): ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let token = bearer(&headers).ok_or(DynamicError::Token)?;
    state.services.remove_registration(&id, token, origin).await?;
    Ok(no_store(StatusCode::NO_CONTENT.into_response()))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn metadata(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, DynamicError> {
    let json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let invalid = |why| DynamicError::Invalid(Invalid::new("client_metadata", why));
    if !json {
        return Err(invalid("the body must be application/json"));
    }
    serde_json::from_slice(body).map_err(|_| invalid("a JSON object is needed"))
}

/// RFC 7591 §3.2.1, RFC 7592 §3.
fn information(services: &Services, client: &Client, token: &str) -> Map<String, Value> {
    let mut answer = client.settings.metadata();
    let uri = format!("{}/register/{}", services.issuer_text(), client.id);
    for (name, value) in [
        ("client_id", json!(client.id)),
        ("client_id_issued_at", json!(client.created_at.seconds())),
        ("registration_client_uri", uri.into()),
        ("registration_access_token", token.into()),
        ("token_endpoint_auth_method", client.auth_method().name().into()),
    ] {
        answer.insert(name.into(), value);
    }
    answer
}
