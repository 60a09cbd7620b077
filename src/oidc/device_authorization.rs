//! `/device_authorization` (RFC 8628 §3.1): a device without a browser asks to be signed in, and is
//! told what to show.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::client_auth;
use super::token::{TokenError, form, no_store};
use crate::domain::client::{GrantType, Scope};
use crate::domain::device::{INTERVAL, LIFETIME};
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::params::RESOURCE;
use crate::pages::device;

/// `POST`.
pub async fn authorize(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form(&headers, &body)?;
    let client = client_auth::authenticate(&state.services, &headers, &params).await?;
    if !client.settings.grant_types.contains(&GrantType::DeviceCode) {
        return Err(TokenError::Unauthorized);
    }
    // Whoever proves nothing may be anybody, and each request is remembered for a day.
    if client.is_public()
        && let Err(problem) = state.limits.admit_origin(origin)
    {
        return Ok(no_store(problem.into_response()));
    }
    let asked = Scope::parse_list(params.get("scope").unwrap_or_default());
    let scopes = client.grant_scopes(&asked);
    if scopes.is_empty() {
        let why = "scope is missing, or has none that this client may ask for";
        return Err(TokenError::Scope(why));
    }
    let resources = params.all(RESOURCE);
    if let Some(why) = client.refuses_resources(&resources, state.services.issuer_text()) {
        return Err(TokenError::Target(why));
    }
    let begun = state.services.authorize_device(&client, scopes, resources, origin).await?;
    let page = format!("{}{}", state.services.issuer_text(), device::PATH);
    let user_code = begun.user_code.to_string();
    // RFC 8628 §3.2.
    let answer = Json(json!({
        "device_code": begun.device_code.reveal(),
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": LIFETIME.as_secs(),
        "interval": INTERVAL.as_secs(),
    }));
    Ok(no_store(answer.into_response()))
}
