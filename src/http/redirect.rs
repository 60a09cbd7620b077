//! Sending somebody on: to another page, or to an application.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::service::Failure;

/// The redirect URI with parameters added to its query. Those it was registered with stay.
pub fn with_query(uri: &str, pairs: &[(&str, &str)]) -> Result<String, Failure> {
    let mut url = Url::parse(uri).map_err(|error| Failure::Internal(error.to_string()))?;
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(url.into())
}

/// A 303: whatever the method was, the target is fetched with GET (RFC 9700 §4.12).
pub fn see_other(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(value) => (StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
