//! `/jwks`: every key whose signatures are still accepted (RFC 7517 §5).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::rotation::JWKS_MAX_AGE;
use crate::http::AppState;
use crate::http::etag::is_known;

/// What a JWK Set is sent as (RFC 7517 §8.5.2).
pub(super) const KIND: &str = "application/jwk-set+json";

/// How long the set may be kept.
pub(super) fn caching() -> String {
    format!("public, max-age={}", JWKS_MAX_AGE.as_secs())
}

/// `GET`: bytes that lie ready in memory (see [`super::ready`]). They may be kept for less long than a key is published
/// before it signs, so that nobody meets a signature of a key that they cannot know.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let ring = state.services.keys.ring();
    let caching = [(header::CACHE_CONTROL, caching()), (header::ETAG, ring.etag().to_owned())];
    if is_known(&headers, ring.etag()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let body = ring.jwks().clone();
    (caching, [(header::CONTENT_TYPE, KIND)], body).into_response()
}
