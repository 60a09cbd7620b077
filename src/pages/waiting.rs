//! The answer to whoever tries too often: the page again, with the time to wait, and a status that
//! says so to scripts.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::domain::time::Timestamp;
use crate::http::AppState;

/// In how many seconds another try is heard.
pub(super) fn seconds_until(state: &AppState, until: Timestamp) -> u64 {
    until.since(state.services.now()).as_secs() + 1
}

/// The page as an answer of 429 with `Retry-After` (RFC 6585 §4).
pub(super) fn too_many(mut page: Response, seconds: u64) -> Response {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    page
}
