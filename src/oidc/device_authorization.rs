//! `/device_authorization` (RFC 8628 §3.1): a device without a browser asks to be signed in, and is
//! told what to show.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::client_auth;
use super::token::{TokenError, form, no_store, proved, with_nonce};
use crate::domain::client::{GrantType, Scope};
use crate::domain::device::{DEVICE_CODE_LIFETIME, INTERVAL};
use crate::domain::registered_device::{
    NAME_MAX, NAME_PARAMETER, PLATFORM_MAX, PLATFORM_PARAMETER, Told, shown,
};
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::params::{Params, RESOURCE};
use crate::pages::device;

/// `POST`.
pub async fn authorize(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    method: Method,
    uri: Uri,
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
    let registers = client.settings.device_registration;
    if registers && !scopes.contains(&Scope::OfflineAccess) {
        return Err(TokenError::Scope("a device client must ask for offline_access"));
    }
    let proved = proved(&state, &method, &uri, &headers).await?;
    let thumbprint = key(&params, proved.as_deref())?;
    if registers && thumbprint.is_none() {
        let why = "a device client must send a DPoP proof, or dpop_jkt";
        return Err(TokenError::Proof(why));
    }
    let said = |name, max| params.get(name).filter(|_| registers).and_then(|it| shown(it, max));
    let told = Told {
        name: said(NAME_PARAMETER, NAME_MAX),
        platform: said(PLATFORM_PARAMETER, PLATFORM_MAX),
        thumbprint,
    };
    let begun = state.services.authorize_device(&client, scopes, resources, told, origin).await?;
    let page = format!("{}{}", state.services.issuer_text(), device::PATH);
    let user_code = begun.user_code.to_string();
    // RFC 8628 §3.2.
    let answer = Json(json!({
        "device_code": begun.device_code.reveal(),
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": DEVICE_CODE_LIFETIME.as_secs(),
        "interval": INTERVAL.as_secs(),
    }));
    Ok(with_nonce(&state, no_store(answer.into_response()), proved.is_some()))
}

/// The thumbprint of the key that the tokens will be bound to, if any: that of a proof, or the one
/// that is named, as RFC 9449 §10 has it for authorization requests.
fn key(params: &Params, proved: Option<&str>) -> Result<Option<String>, TokenError> {
    match (proved, params.get("dpop_jkt")) {
        (Some(proved), Some(named)) if proved != named => {
            Err(TokenError::Proof("dpop_jkt is not the key of the DPoP proof"))
        }
        (None, Some(named)) if named.len() != 43 => {
            Err(TokenError::Request("dpop_jkt must be a JWK SHA-256 thumbprint"))
        }
        (proved, named) => Ok(proved.or(named).map(str::to_owned)),
    }
}
