//! What is around every answer of the API: the ids of the request, and errors in Graph's form,
//! whoever made them.

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::error::{GraphError, Ids};
use crate::http::AppState;
use crate::http::api::REQUEST_ID;
use crate::http::trace::RequestId;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
/// The longest id of a caller's that is repeated; a UUID in braces fits.
const CLIENT_ID_MAX: usize = 64;

/// Names the request in the answer, and words what went wrong.
pub async fn wrap(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let own = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let ids = Ids { request: own.0, client: client_request_id(request.headers()) };
    let mut response = next.run(request).await;
    if let Some(error) = GraphError::unworded(&mut response) {
        let allow = response.headers_mut().remove(ALLOW);
        response = error.render(&ids, state.services.now(), state.services.issuer_text());
        response.headers_mut().remove(CONTENT_LENGTH);
        if let Some(allow) = allow {
            response.headers_mut().insert(ALLOW, allow);
        }
    }
    let client = ids.client.as_ref().map(|id| (CLIENT_REQUEST_ID, id));
    for (name, id) in [Some((REQUEST_ID, &ids.request)), client].into_iter().flatten() {
        if let Ok(value) = HeaderValue::from_str(id) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The caller's own id of a request, if it is one: short, and nothing but what UUIDs and counters
/// are made of, so that it does no harm in any log.
fn client_request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CLIENT_REQUEST_ID)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.{}".contains(c);
    let fits = !text.is_empty() && text.len() <= CLIENT_ID_MAX && text.chars().all(plain);
    fits.then(|| text.to_owned())
}
