//! `/par` (RFC 9126): an application sends its authorization request beforehand, and the browser
//! carries nothing but a reference to it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::authorize::checks;
use super::client_auth;
use super::token::{self, TokenError, form, no_store};
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::service::requests::PUSHED_LIFETIME;

/// The longest request that is kept, in bytes.
const QUERY_MAX: usize = 24 * 1024;

/// `POST`.
pub async fn push(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form(&headers, &body)?;
    let client = client_auth::authenticate(&state.services, &headers, &params).await?;
    // Whoever proves nothing may be anybody, and each request is kept for a while.
    if client.is_public()
        && let Err(problem) = state.limits.admit_origin(origin)
    {
        return Ok(no_store(problem.into_response()));
    }
    let asked = params.without(&client_auth::PARAMETERS);
    // RFC 9449 §10.1: a proof here says which key the code is bound to.
    let proved = token::proved(&state, &method, &uri, &headers).await?;
    let counts = checks::check_pushed(&state.services, &client, &asked)
        .await
        .map_err(|(error, description)| TokenError::Authorization(error, description))?;
    let counts = match (&proved, counts.get("dpop_jkt")) {
        (Some(key), None) => counts.with("dpop_jkt", key),
        (Some(key), Some(named)) if key != named => {
            return Err(TokenError::Proof("dpop_jkt is not the key of the DPoP proof"));
        }
        _ => counts,
    };
    let query = counts.to_query();
    if query.len() > QUERY_MAX {
        return Err(TokenError::Request("the request is too long"));
    }
    let request_uri = state.services.push_request(&client, query).await?;
    let answer = json!({ "request_uri": request_uri, "expires_in": PUSHED_LIFETIME.as_secs() });
    let answer = no_store((StatusCode::CREATED, Json(answer)).into_response());
    Ok(token::with_nonce(&state, answer, proved.is_some()))
}
