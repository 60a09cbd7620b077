//! The pages of a journey: every page is the rendering of one step, every form moves the journey
//! and looks again. Reloading, going back and a second tab are harmless by that.

mod ceremonies;
mod demand;
mod device;
mod forms;
mod leaving;
mod phone;
mod phone_pairing;
mod recovery;
mod refused;
mod step_views;
mod steps;
mod upstream;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::http::AppState;
use crate::http::limits::limit;

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    // Where somebody tries to be let in, or makes us wait.
    let doors = Router::new()
        .route("/journey/{id}/pass", post(forms::pass))
        .route("/journey/{id}/passkey/options", post(ceremonies::passkey_options))
        .route("/journey/{id}/passkey", post(ceremonies::passkey))
        .route("/journey/{id}/recovery", get(recovery::show).post(recovery::sign_in))
        .route("/journey/{id}/phone", get(phone::show).post(phone::ask))
        .route("/journey/{id}/phone/redeem", post(phone::redeem))
        .route("/journey/{id}/phone/events", get(phone::events))
        .route("/journey/{id}/phone/pair/events", get(phone_pairing::events))
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
        .route("/journey/{id}/review", post(recovery::reviewed))
        .route("/journey/{id}/consent", post(forms::consent))
        .route("/journey/{id}/unmet", post(demand::go_back))
        .route("/journey/{id}/device", post(device::decide))
        .route("/journey/{id}/finish", get(leaving::finish).post(forms::finish))
        .route("/journey/{id}/register/options", post(ceremonies::register_options))
        .route("/journey/{id}/refused", get(refused::show))
        .route("/journey/{id}/register", post(ceremonies::register))
        .route("/journey/{id}/phone/pair", get(phone_pairing::show).post(phone_pairing::begin))
        .route("/journey/{id}/phone/pair/settle", post(phone_pairing::settle))
        .merge(doors)
}
