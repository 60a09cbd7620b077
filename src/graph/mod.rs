//! Floor 5: the API, in the shape of Microsoft Graph, so that a script that was written for it works
//! here. `/v1.0` and `/beta` answer alike.
//!
//! Every call carries an access token that we issued ourselves; who may do what is
//! [`authority::may`](crate::domain::authority::may)'s to say. No cookie is looked at.

mod audit;
pub(crate) mod audit_filter;
mod audit_schemas;
mod audit_search;
mod audit_words;
mod body;
mod call;
mod devices;
mod envelope;
mod error;
pub(crate) mod filter;
mod groups;
mod listing;
mod members;
mod methods;
pub mod openapi;
mod operations;
mod passes;
mod phones;
mod policies;
mod policy_schemas;
pub(crate) mod query;
mod schema;
mod sessions;
mod users;

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use self::error::GraphError;
use crate::http::AppState;

/// How long one call may take: less than any request may, so that what is said is said here.
const CALL_MAX: Duration = Duration::from_secs(15);

/// Both versions of the API.
pub fn routes(state: &AppState) -> Router<AppState> {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), envelope::wrap))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, CALL_MAX));
    let api = operations::all()
        .into_iter()
        .fold(Router::new(), |api, operation| api.route(&operation.path, operation.handler))
        .fallback(nothing_here)
        .layer(layers.clone());
    // Nesting leaves out the root with a slash.
    let roots = Router::new().route("/v1.0/", any(nothing_here)).route("/beta/", any(nothing_here));
    Router::new()
        .route("/openapi.json", get(openapi::show))
        .merge(roots.layer(layers))
        .nest("/v1.0", api.clone())
        .nest("/beta", api)
}

async fn nothing_here() -> GraphError {
    GraphError::no_such_resource()
}
