//! Floor 4: what every surface shares: the browser's session, CSRF, headers, addresses, limits,
//! parameters, redirects, static files, tokens and versions of the APIs, and problems that a later
//! layer turns into a page or JSON.

pub mod access;
pub mod address;
pub mod api;
pub mod assets;
pub mod brand_assets;
pub mod browser;
pub mod csrf;
pub mod etag;
pub mod forms;
pub mod headers;
pub mod language;
pub mod limits;
pub mod measured;
pub mod params;
pub mod problem;
pub mod redirect;
pub mod session_store;
pub mod trace;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::extract::FromRef;

use crate::config::Config;
use crate::service::Services;

use self::assets::Assets;
use self::limits::Limits;

/// What every handler can ask for.
#[derive(Clone, Debug)]
pub struct AppState {
    /// What people do.
    pub services: Services,
    /// How we are set up.
    pub config: Arc<Config>,
    /// How much one address may ask.
    pub limits: Arc<Limits>,
    /// How much one application may ask of the API.
    pub app_limits: Arc<Limits>,
    /// Whether the server was told to stop, and only finishes what it has begun.
    pub stopping: Arc<AtomicBool>,
    /// Our static files.
    pub assets: Arc<Assets>,
}

impl FromRef<AppState> for Services {
    fn from_ref(state: &AppState) -> Self {
        state.services.clone()
    }
}
