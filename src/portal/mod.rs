//! Floor 5: the admin portal, under `/admin`: pages for those who look after an organisation.
//!
//! A page is one file: a view, filled by a handler that asks the services as the signed-in admin.
//! [`access`] lets admins in, and asks for a recent sign-in before anything is changed; [`frame`] is
//! what surrounds every page.

mod access;
mod frame;
mod late;
mod overview;
mod rows;

use axum::Router;
use axum::routing::get;

use crate::http::AppState;

/// Every page of the portal.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/sign-in", get(late::sign_in))
}
