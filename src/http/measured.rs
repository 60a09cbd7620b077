//! How long requests take, by route and class of status, for whoever watches the server.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::AppState;

/// Measures a request, the work of every other layer included. A route is one of ours: what a
/// stranger typed must not become a label.
pub async fn measure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let metrics = state.services.store.metrics();
    metrics.request(route, response.status().as_u16(), begun.elapsed());
    response
}
