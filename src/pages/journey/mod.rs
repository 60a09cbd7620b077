//! The pages of a journey: every page is the rendering of one step, every form moves the journey
//! and looks again. Reloading, going back and a second tab are harmless by that.

mod ceremonies;
mod demand;
mod device;
mod forms;
mod leaving;
mod refused;
mod steps;
mod upstream;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::http::AppState;
use crate::http::limits::limit;

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    // Where somebody tries to be let in.
    let doors = Router::new()
        .route("/journey/{id}/pass", post(forms::pass))
        .route("/journey/{id}/passkey/options", post(ceremonies::passkey_options))
        .route("/journey/{id}/passkey", post(ceremonies::passkey))
        .route("/journey/{id}/upstream", post(upstream::depart))
        .route("/upstream/{id}/callback", get(upstream::come_back))
        .layer(from_fn_with_state(state.clone(), limit));
    Router::new()
        .route("/journey/{id}", get(steps::show))
        .route("/journey/{id}/identify", post(forms::identify))
        .route("/journey/{id}/choose", post(forms::choose))
        .route("/journey/{id}/somebody-else", post(forms::somebody_else))
        .route("/journey/{id}/restart", post(forms::restart))
        .route("/journey/{id}/continue", post(forms::close_registration))
        .route("/journey/{id}/skip", post(forms::close_registration))
        .route("/journey/{id}/consent", post(forms::consent))
        .route("/journey/{id}/unmet", post(demand::go_back))
        .route("/journey/{id}/device", post(device::decide))
        .route("/journey/{id}/finish", get(leaving::finish).post(forms::finish))
        .route("/journey/{id}/register/options", post(ceremonies::register_options))
        .route("/journey/{id}/refused", get(refused::show))
        .route("/journey/{id}/register", post(ceremonies::register))
        .merge(doors)
}
