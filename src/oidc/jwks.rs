//! `/jwks`: every key whose signatures are still accepted (RFC 7517 §5).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::rotation::JWKS_MAX_AGE;
use crate::http::AppState;
use crate::http::etag::is_known;

/// `GET`: bytes that lie ready in memory. They may be kept for less long than a key is published
/// before it signs, so that nobody meets a signature of a key that they cannot know.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let ring = state.services.keys.ring();
    let age = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    let caching = [(header::CACHE_CONTROL, age), (header::ETAG, ring.etag().to_owned())];
    if is_known(&headers, ring.etag()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let body = ring.jwks().to_vec();
    (caching, [(header::CONTENT_TYPE, "application/jwk-set+json")], body).into_response()
}
