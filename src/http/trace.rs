//! One line in the log for each request, and an id that the log, the answer and an error page
//! share. Neither queries nor bodies are logged: they carry codes, tokens and passes.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use crate::telemetry;

/// The header that carries the id back.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: ours, never the sender's.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

impl RequestId {
    /// One that nobody has had.
    fn fresh() -> Self {
        let id = Uuid::new_v4().simple().to_string();
        Self(id.chars().take(16).collect())
    }
}

/// What is said about an answer that lay ready, so that it has an id, too. Only a close look at the
/// log shows it: everybody gets the same.
pub fn ready(response: &mut Response, route: &str) {
    let RequestId(id) = RequestId::fresh();
    tracing::debug!(id, route, status = response.status().as_u16(), "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
}

/// Gives the request its id, and logs how it was answered.
pub async fn trace(mut request: Request, next: Next) -> Response {
    let RequestId(id) = RequestId::fresh();
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    // The route, not the path: what a stranger typed there is no business of the log.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let span = tracing::info_span!(
        "request",
        id,
        %method,
        route,
        trace_id = tracing::field::Empty,
        otel.name = tracing::field::Empty,
        otel.kind = tracing::field::Empty,
    );
    if let Some(trace) = telemetry::begin(&span, method.as_str(), &route, request.headers()) {
        span.record("trace_id", trace);
    }
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, millis) = (response.status(), begun.elapsed().as_millis());
    telemetry::end(&span, status.as_u16());
    span.in_scope(|| {
        let quiet = route.starts_with("/static/") || route == "/healthz" || route == "/readyz";
        match status.is_server_error() {
            true => tracing::warn!(status = status.as_u16(), millis, "answered"),
            false if quiet => tracing::debug!(status = status.as_u16(), millis, "answered"),
            false => tracing::info!(status = status.as_u16(), millis, "answered"),
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
