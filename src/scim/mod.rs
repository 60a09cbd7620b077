//! Floor 5: SCIM 2.0 (RFC 7643, RFC 7644), for HR systems that keep people and groups here, and
//! give people their pass for the first day.
//!
//! Every call carries an access token that we issued ourselves, but for those that ask what this
//! server can do; who may do what is [`authority::may`](crate::domain::authority::may)'s to say. No
//! cookie is looked at. `resources` says what there is to know of one, `syntax` reads
//! filters and paths, `filter` hands them to the database.

pub(crate) mod body;
mod call;
mod discovery;
mod error;
pub(crate) mod filter;
mod groups;
mod pass;
pub(crate) mod patch;
pub(crate) mod person;
pub(crate) mod query;
mod reply;
pub(crate) mod resources;
mod root;
mod schema;
mod selection;
pub(crate) mod syntax;
mod users;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use self::error::ScimError;
use crate::http::AppState;

/// How long one call may take: less than any request may, so that what is said is said here.
const CALL_MAX: Duration = Duration::from_secs(15);
/// The largest body, in bytes: a group may have many members.
const BODY_MAX: usize = 1024 * 1024;

/// The API.
pub fn routes() -> Router<AppState> {
    let layers = ServiceBuilder::new()
        .layer(from_fn(reply::wrap))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, CALL_MAX))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    let api = Router::new()
        .route("/ServiceProviderConfig", get(discovery::config))
        .route("/ResourceTypes", get(discovery::resource_types))
        .route("/ResourceTypes/{name}", get(discovery::one_resource_type))
        .route("/Schemas", get(discovery::schemas))
        .route("/Schemas/{id}", get(discovery::one_schema))
        .route("/Users", get(users::list).post(users::create))
        .route("/Users/.search", post(users::search_body))
        .route(
            "/Users/{id}",
            get(users::show).put(users::replace).patch(users::change).delete(users::delete),
        )
        .route("/Groups", get(groups::list).post(groups::create))
        .route("/Groups/.search", post(groups::search_body))
        .route(
            "/Groups/{id}",
            get(groups::show).put(groups::replace).patch(groups::change).delete(groups::delete),
        )
        .route("/.search", post(root::search))
        .route("/Me", any(root::me))
        .route("/Bulk", post(root::bulk))
        .fallback(async || ScimError::nothing_here());
    // Nesting leaves out the root with a slash.
    let root = Router::new().route("/scim/v2/", any(async || ScimError::nothing_here()));
    Router::new().merge(root.layer(layers.clone())).nest("/scim/v2", api.layer(layers))
}
