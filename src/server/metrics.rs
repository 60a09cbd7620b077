//! `/metrics`, at an address of its own: what it says is nobody's business but the operator's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Mutex;

use super::tls::Tls;
use crate::http::AppState;
use crate::metrics::CONTENT_TYPE;

/// How often people are counted.
const COUNT_PEOPLE: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct Scraped {
    state: AppState,
    rotation: Duration,
    tls: Option<Arc<Tls>>,
    /// When people were counted last. Held while numbers are looked up: those who ask at the same
    /// moment do not make the database work twice at once.
    counted: Arc<Mutex<Option<Instant>>>,
}

/// The one route.
pub(super) fn router(state: AppState, rotation: Duration, tls: Option<Arc<Tls>>) -> Router {
    let scraped = Scraped { state, rotation, tls, counted: Arc::default() };
    Router::new().route("/metrics", get(metrics)).with_state(scraped)
}

async fn metrics(State(scraped): State<Scraped>) -> Response {
    let services = &scraped.state.services;
    let metrics = services.store.metrics();
    let mut counted = scraped.counted.lock().await;
    let due = counted.is_none_or(|then| then.elapsed() >= COUNT_PEOPLE);
    services.measure(scraped.rotation, due).await;
    if due {
        *counted = Some(Instant::now());
    }
    drop(counted);
    let (address, global) = scraped.state.limits.refused();
    metrics.set_limited("address", address);
    metrics.set_limited("global", global);
    metrics.set_limited("application", scraped.state.app_limits.refused().0);
    if let Some(tls) = &scraped.tls {
        metrics.set_certificate(tls.until());
    }
    match metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
