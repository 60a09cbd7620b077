//! Sending somebody on: to another page, or back to an application with an answer in the query
//! (RFC 6749 §4.1.2).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::domain::journey::AuthorizationRequest;
use crate::service::Failure;

/// The redirect URI with parameters added to its query. Those it was registered with stay.
pub fn with_query(uri: &str, pairs: &[(&str, &str)]) -> Result<String, Failure> {
    let mut url = Url::parse(uri).map_err(|error| Failure::Internal(error.to_string()))?;
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(url.into())
}

/// Where a code goes: with `state` and `iss` (RFC 9207).
pub fn success(
    request: &AuthorizationRequest,
    code: &str,
    issuer: &str,
) -> Result<String, Failure> {
    let mut pairs = vec![("code", code)];
    if let Some(state) = &request.state {
        pairs.push(("state", state));
    }
    pairs.push(("iss", issuer));
    with_query(&request.redirect_uri, &pairs)
}

/// Where an error goes (RFC 6749 §4.1.2.1).
pub fn error(
    redirect_uri: &str,
    state: Option<&str>,
    issuer: &str,
    code: &str,
    description: &str,
) -> Result<String, Failure> {
    let mut pairs = vec![("error", code), ("error_description", description)];
    if let Some(state) = state {
        pairs.push(("state", state));
    }
    pairs.push(("iss", issuer));
    with_query(redirect_uri, &pairs)
}

/// A 303: whatever the method was, the target is fetched with GET (RFC 9700 §4.12).
pub fn see_other(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(value) => (StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
