//! `/userinfo` (OpenID Connect Core §5.3): who the bearer of an access token speaks about.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::token::with_nonce;
use crate::http::AppState;
use crate::http::access::{Challenge, presented};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::service::authorization::GrantError;
use crate::service::dpop::Presented;
use crate::service::userinfo::UserInfo;

/// `GET`: the token in the `Authorization` header (RFC 6750 §2.1).
pub async fn get(
    State(state): State<AppState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match presented(&headers, &method, &uri) {
        Ok(presented) => answer(&state, presented).await,
        Err(error) => refused(error),
    }
}

/// `POST`: the token in the header or in the form (RFC 6750 §2.2), not in both.
pub async fn post(
    State(state): State<AppState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    let in_body = if form {
        match Params::parse(&body) {
            Ok(params) => params.owned("access_token"),
            Err(why) => return malformed(why),
        }
    } else {
        None
    };
    match (presented(&headers, &method, &uri), in_body) {
        (Err(error), _) => refused(error),
        (Ok(Some(_)), Some(_)) => malformed("the token was sent in two ways"),
        (Ok(None), Some(token)) => {
            answer(&state, Some(Presented { token: &token, proof: None })).await
        }
        (Ok(presented), None) => answer(&state, presented).await,
    }
}

async fn answer(state: &AppState, presented: Option<Presented<'_>>) -> Response {
    let Some(presented) = presented else {
        // RFC 6750 §3.1: no error code where no token was sent.
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        Challenge::none().write(response.headers_mut());
        return response;
    };
    match state.services.userinfo(presented).await {
        Ok(told) => {
            let answer = match told {
                UserInfo::Plain(claims) => Json(claims).into_response(),
                UserInfo::Signed(jwt) => {
                    ([(header::CONTENT_TYPE, "application/jwt")], jwt).into_response()
                }
            };
            with_nonce(state, answer, presented.proof.is_some())
        }
        Err(error) => refused(error),
    }
}

fn refused(error: GrantError) -> Response {
    let challenge = Challenge::refused(&error);
    match error {
        GrantError::Failure(failure) => Problem::from(failure).into_response(),
        GrantError::Scope(_) => say(StatusCode::FORBIDDEN, &challenge),
        _ => say(StatusCode::UNAUTHORIZED, &challenge),
    }
}

fn malformed(why: &'static str) -> Response {
    say(StatusCode::BAD_REQUEST, &Challenge::of("invalid_request", Some(why)))
}

fn say(status: StatusCode, challenge: &Challenge) -> Response {
    let body = json!({ "error": challenge.error, "error_description": challenge.description });
    let mut response = (status, Json(body)).into_response();
    challenge.write(response.headers_mut());
    response
}
