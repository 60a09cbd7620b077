//! `/introspect` (RFC 7662): an application asks what one of its tokens is good for now.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::client_auth;
use super::token::{TokenError, form, no_store};
use crate::http::AppState;

/// `POST`. Whoever proves nothing is told nothing (RFC 7662 §2.1).
pub async fn introspect(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form(&headers, &body)?;
    let client = client_auth::authenticate(&state.services, &headers, &params).await?;
    if client.is_public() {
        return Err(TokenError::Unauthorized);
    }
    let token = params.get("token").ok_or(TokenError::Request("token is missing"))?;
    let answer = match state.services.introspect(&client, token).await? {
        Some(answer) => Json(answer).into_response(),
        None => Json(json!({ "active": false })).into_response(),
    };
    Ok(no_store(answer))
}
