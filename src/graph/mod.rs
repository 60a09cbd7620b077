//! Floor 5: the API, in the shape of Microsoft Graph, so that a script that was written for it works
//! here. `/v1.0` and `/beta` answer alike.
//!
//! Every call carries an access token that we issued ourselves; who may do what is
//! [`authority::may`](crate::domain::authority::may)'s to say. No cookie is looked at.

mod body;
mod call;
mod envelope;
mod error;
mod filter;
mod groups;
mod members;
mod methods;
mod passes;
mod policies;
mod query;
mod users;

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any, delete, get, post, put};
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
    let api = Router::new()
        // Nobody issues a pass to themselves, so there is no such address.
        .nest("/users/{user}", personal(get(passes::list).post(passes::create)))
        .nest("/me", personal(get(passes::list)))
        .merge(directory())
        .merge(policy())
        .fallback(nothing_here)
        .layer(layers.clone());
    // Nesting leaves out the root with a slash.
    let roots = Router::new().route("/v1.0/", any(nothing_here)).route("/beta/", any(nothing_here));
    Router::new().merge(roots.layer(layers)).nest("/v1.0", api.clone()).nest("/beta", api)
}

async fn nothing_here() -> GraphError {
    GraphError::no_such_resource()
}

/// What there is about one person, whoever names them how.
fn personal(passes: MethodRouter<AppState>) -> Router<AppState> {
    Router::new()
        .route("/authentication/methods", get(methods::list))
        .route("/authentication/methods/{id}", get(methods::show))
        .route("/authentication/fido2Methods", get(methods::list_keys))
        .route(
            "/authentication/fido2Methods/{id}",
            get(methods::show_key).delete(methods::delete_key),
        )
        .route("/authentication/temporaryAccessPassMethods", passes)
        .route(
            "/authentication/temporaryAccessPassMethods/{id}",
            get(passes::show).delete(passes::delete),
        )
}

/// People and groups.
fn directory() -> Router<AppState> {
    Router::new()
        .route("/me", get(users::show))
        .route("/users", get(users::list).post(users::create))
        .route("/users/{user}", get(users::show).patch(users::change).delete(users::delete))
        .route("/users/{user}/manager", get(users::manager))
        .route("/users/{user}/manager/$ref", put(users::set_manager).delete(users::clear_manager))
        .route("/groups", get(groups::list).post(groups::create))
        .route("/groups/{id}", get(groups::show).patch(groups::change).delete(groups::delete))
        .route("/groups/{id}/members", get(members::list))
        .route("/groups/{id}/members/$ref", post(members::add))
        .route("/groups/{id}/members/{member}/$ref", delete(members::remove))
}

/// The policies of sign-in methods.
fn policy() -> Router<AppState> {
    const ROOT: &str = "/policies/authenticationMethodsPolicy";
    let configurations = format!("{ROOT}/authenticationMethodConfigurations");
    Router::new()
        .route(ROOT, get(policies::show_all))
        .route(&configurations, get(policies::list))
        .route(
            &format!("{configurations}/{{id}}"),
            get(policies::show).patch(policies::change).delete(policies::reset),
        )
}
