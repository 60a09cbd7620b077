//! Floor 5: the OpenID Connect provider, one file for each endpoint, named as the RFCs name them.

pub mod authorize;
mod client_auth;
pub mod device_authorization;
pub mod discovery;
pub mod end_session;
mod forward_auth;
pub(crate) mod forward_headers;
pub mod introspect;
pub mod jwks;
pub mod par;
pub mod ready;
pub mod register;
pub mod revoke;
pub mod token;
pub mod userinfo;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::routing::{get, post};
use tower_http::cors::{Any, CorsLayer};

use crate::http::AppState;
use crate::http::access::{DPOP, DPOP_NONCE};

/// What [`routes`] lets scripts of any origin see, for answers that do not come from there.
fn cors_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "www-authenticate,retry-after,dpop-nonce"),
        (header::VARY, "origin, access-control-request-method, access-control-request-headers"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The endpoints that applications and their libraries call, and never a browser with its cookies.
pub fn bare_routes() -> Router<AppState> {
    let cors = CorsLayer::new()
        // None of these looks at a cookie, so any origin may ask: what it sends is all it has.
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, DPOP])
        .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER, DPOP_NONCE]);
    let shared = Router::new()
        .route("/.well-known/openid-configuration", get(discovery::show))
        .route("/.well-known/oauth-authorization-server", get(discovery::show))
        .route("/jwks", get(jwks::show))
        // Not limited by address: what it takes cannot be guessed, and all the people of an
        // application come from its one server.
        .route("/token", post(token::exchange))
        .route("/par", post(par::push))
        .route("/revoke", post(revoke::revoke))
        .route("/userinfo", get(userinfo::get).post(userinfo::post))
        .layer(cors);
    Router::new()
        // For devices, which run no page of anybody's.
        .route("/device_authorization", post(device_authorization::authorize))
        // For servers alone: no script of a page has a secret to ask with.
        .route("/introspect", post(introspect::introspect))
        .merge(shared)
}

/// The other endpoints of the protocol.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/end_session", get(end_session::get).post(end_session::post))
        .route("/register", post(register::register))
        .route(
            "/register/{client_id}",
            get(register::show).put(register::replace).delete(register::remove),
        )
        .route("/end_session/confirm", post(end_session::confirm))
        .merge(forward_auth::routes())
}
