//! `/par` (RFC 9126): an application sends its authorization request beforehand, and the browser
//! carries nothing but a reference to it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::authorize::checks;
use super::client_auth;
use super::token::{TokenError, form, no_store};
use crate::http::AppState;
use crate::service::requests::PUSHED_LIFETIME;

/// `POST`.
pub async fn push(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form(&headers, &body)?;
    let client = client_auth::authenticate(&state.services, &headers, &params).await?;
    let asked = params.without(&client_auth::PARAMETERS);
    let counts = checks::check_pushed(&state.services, &client, &asked)
        .await
        .map_err(|(error, description)| TokenError::Authorization(error, description))?;
    let request_uri = state.services.push_request(&client, counts.to_query()).await?;
    let answer = json!({ "request_uri": request_uri, "expires_in": PUSHED_LIFETIME.as_secs() });
    Ok(no_store((StatusCode::CREATED, Json(answer)).into_response()))
}
