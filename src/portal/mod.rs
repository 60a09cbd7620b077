//! Floor 5: the admin portal, under `/admin`: pages for those who look after an organisation.
//!
//! A page is one file: a view, filled by a handler that asks the services as the signed-in admin.
//! `access` lets admins in, and asks for a recent sign-in before anything is changed; `frame` is
//! what surrounds every page.

mod access;
mod app_parts;
mod app_words;
mod apps;
mod audit;
mod branding;
mod bulk;
mod details;
mod devices;
mod frame;
mod groups;
mod key;
mod late;
mod naming;
mod overview;
mod pass;
mod passes;
mod people;
mod person;
mod policies;
mod presets;
mod roots;
mod rows;
mod upload;

use askama::Template;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::http::AppState;
use crate::http::forms::ValueMax;
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::bulk::TEXT_MAX;

/// The longest form that holds a list, in bytes: escaped, a letter can take nine.
const LIST_FORM_MAX: usize = 1024 * 1024;

/// Every page of the portal.
pub fn routes() -> Router<AppState> {
    let lists = Router::new()
        .route("/admin/passes/bulk", get(bulk::new).post(bulk::preview))
        .route("/admin/passes/bulk/issue", post(bulk::issue))
        .layer(Extension(ValueMax(TEXT_MAX)))
        .layer(DefaultBodyLimit::max(LIST_FORM_MAX));
    let keys = Router::new()
        .route("/admin/people/{id}/key/new", get(key::new).post(key::add))
        .layer(Extension(ValueMax(key::ANSWER_MAX)));
    let roots = Router::new()
        .route("/admin/policies/attestation-roots", get(roots::list).post(roots::add))
        .layer(Extension(ValueMax(roots::CERTIFICATE_MAX)));
    let branding = Router::new()
        .route("/admin/branding", get(branding::show))
        .route("/admin/branding/edit", get(branding::edit).post(branding::save))
        .route("/admin/branding/preview", get(branding::preview).post(branding::draft))
        .layer(DefaultBodyLimit::max(upload::FORM_MAX));
    Router::new()
        .merge(branding)
        .merge(lists)
        .merge(keys)
        .merge(roots)
        .route("/admin/policies/attestation-roots/remove", post(roots::remove))
        .route("/admin", get(overview::show))
        .route("/admin/sign-in", get(late::sign_in))
        .route("/admin/groups", get(groups::list).post(groups::add))
        .route("/admin/groups/{id}", get(groups::show).post(groups::save))
        .route("/admin/groups/{id}/members", post(groups::members))
        .route("/admin/groups/{id}/delete", post(groups::delete))
        .route("/admin/policies", get(policies::list))
        .route("/admin/policies/{slug}", get(policies::edit).post(policies::save))
        .route("/admin/applications", get(apps::list))
        .route("/admin/applications/new", get(apps::new).post(apps::add))
        .route("/admin/applications/new/preset", get(presets::new).post(presets::add))
        .route("/admin/applications/{id}", get(apps::show))
        .route("/admin/applications/{id}/edit", get(apps::edit).post(apps::save))
        .route("/admin/applications/{id}/proxy", get(app_parts::proxy).post(app_parts::save_proxy))
        .route("/admin/applications/{id}/hint", get(app_parts::hint).post(app_parts::save_hint))
        .route("/admin/applications/{id}/secret", post(apps::renew_secret))
        .route("/admin/applications/{id}/delete", post(apps::delete))
        .route("/admin/audit", get(audit::list))
        .route("/admin/audit/export", get(audit::export))
        .route("/admin/passes", get(passes::list))
        .route("/admin/people", get(people::list))
        .route("/admin/people/new", get(people::new).post(people::add))
        .route("/admin/people/{id}", get(person::show))
        .route("/admin/people/{id}/edit", get(person::edit).post(person::save))
        .route("/admin/people/{id}/delete", post(person::delete))
        .route("/admin/people/{id}/pass/new", get(pass::new).post(pass::issue))
        .route("/admin/people/{id}/pass/delete", post(pass::delete))
        .route("/admin/people/{id}/pass/approve", post(pass::approve))
        .route("/admin/people/{id}/methods/{method}/delete", post(person::remove_method))
        .route("/admin/people/{id}/require-registration", post(person::require_registration))
        .route("/admin/people/{id}/cancel-registration", post(person::cancel_registration))
        .route("/admin/people/{id}/devices/{device}/remove", post(devices::remove))
        .route("/admin/people/{id}/sessions/end", post(person::end_sessions))
        .route("/admin/people/{id}/sessions/{session}/end", post(person::end_session))
}

/// What was asked for in the query.
fn asked(query: Option<String>) -> Result<Params, Problem> {
    Params::parse(query.unwrap_or_default().as_bytes())
        .map_err(|why| Problem::bad_request(say("in-address").with("why", why)))
}

/// A form once more, with what is wrong and all that was filled in (RFC 9110 §15.5.21).
fn refusal(page: &impl Template) -> Result<Response, Problem> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render(page)?).into_response())
}
