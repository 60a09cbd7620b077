//! `/jwks`: every key whose signatures are still accepted (RFC 7517 §5).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::AppState;

/// `GET`: bytes that lie ready in memory.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let ring = state.services.keys.ring();
    let etag = ring.etag().to_owned();
    let caching = [(header::CACHE_CONTROL, "public, max-age=300".to_owned()), (header::ETAG, etag)];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == ring.etag())) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let body = ring.jwks().to_vec();
    (caching, [(header::CONTENT_TYPE, "application/jwk-set+json")], body).into_response()
}
