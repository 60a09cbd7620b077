//! Answers: JSON of SCIM's own media type, the id of the request, and errors in SCIM's form,
//! whoever made them.

use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::error::ScimError;
use crate::http::api::REQUEST_ID;
use crate::http::trace::RequestId;

/// The media type (RFC 7644 §3.1).
pub const MEDIA_TYPE: &str = "application/scim+json";

/// JSON as an answer.
pub fn scim_json(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, MEDIA_TYPE)], body.to_string()).into_response()
}

/// Names the request in the answer, and words what the framework refused.
pub async fn wrap(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let mut response = next.run(request).await;
    let status = response.status();
    let worded = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
    if (status.is_client_error() || status.is_server_error()) && !worded {
        let allow = response.headers_mut().remove(ALLOW);
        response = ScimError::of_status(status).into_response();
        response.headers_mut().remove(CONTENT_LENGTH);
        if let Some(allow) = allow {
            response.headers_mut().insert(ALLOW, allow);
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
