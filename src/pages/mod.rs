//! Floor 5: the web pages. Each handler parses, calls one service and renders one view.

pub mod answer;
pub mod api_docs;
pub mod brand_view;
pub mod demo_views;
pub mod device;
pub mod devices;
mod journey;
mod phone;
pub mod presets;
pub mod problems;
pub(crate) mod qr;
mod recovery_codes;
mod request;
mod security_info;
pub mod views;
mod waiting;
pub(crate) mod words;

use askama::Template;
use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use self::brand_view::BrandView;
use self::views::{Chrome, LeavingPage};
use crate::http::problem::Problem;
use crate::http::{AppState, language, redirect};
use crate::service::Failure;

/// Every page.
pub fn routes(state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/", get(async || redirect::see_other(security_info::PATH)))
        // A well-known address for changing one's password: here there are only keys to change.
        .route(
            "/.well-known/change-password",
            get(async || redirect::see_other(security_info::PATH)),
        )
        .route("/.well-known/passkey-endpoints", get(security_info::passkey_endpoints))
        .merge(security_info::routes())
        .merge(recovery_codes::routes())
        .merge(devices::routes())
        .merge(device::routes(state))
        .merge(journey::routes(state))
        .merge(phone::routes(state))
}

/// What every page carries around its content.
pub fn chrome(state: &AppState, csrf: &str) -> Chrome {
    Chrome {
        brand: state.services.brand(),
        branding: BrandView::of(state),
        assets: state.assets.base().to_owned(),
        csrf: csrf.to_owned(),
        language: language::spoken(),
        others: language::others(),
    }
}

/// A view as an answer.
pub fn render(page: &impl Template) -> Result<Response, Problem> {
    let html = page.render().map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(Html(html).into_response())
}

/// What a form answers that leads out of here: a page that goes on by itself. A redirect would not
/// do, since browsers hold `form-action 'self'` against all the redirects that follow a form
/// (docs/decisions/0003-leaving-by-a-page.md).
pub fn leave_for(
    state: &AppState,
    app: Option<String>,
    target: String,
) -> Result<Response, Problem> {
    let app = app.unwrap_or_else(|| state.services.brand());
    render(&LeavingPage { chrome: chrome(state, ""), app, target })
}
