//! `/userinfo` (OpenID Connect Core §5.3): who the bearer of an access token speaks about.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::http::AppState;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::service::authorization::GrantError;

/// `GET`: the token in the `Authorization` header (RFC 6750 §2.1).
pub async fn get(State(state): State<AppState>, headers: HeaderMap) -> Response {
    answer(&state, bearer(&headers)).await
}

/// `POST`: the token in the header or in the form (RFC 6750 §2.2), not in both.
pub async fn post(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    let form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    let in_body = if form {
        match Params::parse(&body) {
            Ok(params) => params.owned("access_token"),
            Err(why) => return refused(StatusCode::BAD_REQUEST, "invalid_request", why),
        }
    } else {
        None
    };
    match (bearer(&headers), in_body) {
        (Some(_), Some(_)) => {
            refused(StatusCode::BAD_REQUEST, "invalid_request", "the token was sent in two ways")
        }
        (header, body) => answer(&state, header.or(body)).await,
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

async fn answer(state: &AppState, token: Option<String>) -> Response {
    let Some(token) = token else {
        // RFC 6750 §3.1: no error code where no token was sent.
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        challenge(&mut response, "Bearer");
        return response;
    };
    match state.services.userinfo(&token).await {
        Ok(claims) => Json(claims).into_response(),
        Err(GrantError::Invalid(why)) => refused(StatusCode::UNAUTHORIZED, "invalid_token", why),
        Err(GrantError::Scope(why)) => refused(StatusCode::FORBIDDEN, "insufficient_scope", why),
        Err(GrantError::Failure(failure)) => Problem::from(failure).into_response(),
    }
}

fn refused(status: StatusCode, error: &str, why: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": why }));
    let mut response = (status, body).into_response();
    challenge(&mut response, &format!("Bearer error=\"{error}\", error_description=\"{why}\""));
    response
}

fn challenge(response: &mut Response, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
}
