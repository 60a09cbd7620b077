//! The phone's own pages, an app that can be installed, and what its script asks. There is no cookie
//! and no session: each request is signed with the key that was paired (`docs/phone-sign-in.md`).

mod api;
pub(in crate::pages) mod stream;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use super::views::Chrome;
use super::{chrome, render};
use crate::domain::branding::Palette;
use crate::http::AppState;
use crate::http::assets::Assets;
use crate::http::headers::Installs;
use crate::http::language::{say, spoken};
use crate::http::limits::limit;
use crate::http::problem::Problem;

/// The phone's own page: every view that its script switches between.
#[derive(Clone, Debug, Template)]
#[template(path = "phone.html")]
struct PhonePage {
    /// Brand, assets.
    chrome: Chrome,
    /// The issuer, for which the phone signs.
    issuer: String,
    /// The nonce for the first proof (RFC 9449 §8).
    nonce: String,
    /// The server's time in milliseconds: phones may be wrong about it.
    now: u64,
}

/// Where the phone's page lives.
pub(in crate::pages) const PATH: &str = "/phone";
/// Where a phone comes that is to be paired.
pub(in crate::pages) const PAIR_PATH: &str = "/phone/pair";

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    // Where somebody may guess, or send much to be checked.
    let doors = Router::new()
        .route("/phone/pair/begin", post(api::begin_pairing))
        .route("/phone/pair/finish", post(api::finish_pairing))
        .route("/phone/pair/events", get(api::pairing_events))
        .route("/phone/events", get(api::events))
        .route("/phone/silence", post(api::silence))
        .route("/phone/push", get(api::push_key).post(api::subscribe).delete(api::unsubscribe))
        .route("/phone/requests/{id}", post(api::decide))
        .route("/phone/requests/{id}/verify", post(api::verify))
        .layer(from_fn_with_state(state.clone(), limit));
    Router::new()
        .route(PATH, get(page))
        .route(PAIR_PATH, get(page))
        .route("/phone/manifest.webmanifest", get(manifest))
        .route("/phone/sw.js", get(service_worker))
        .merge(doors)
}

/// `GET /phone` and `GET /phone/pair`: the same page. The code of a pairing is in the fragment of
/// its address, which no browser sends.
async fn page(State(state): State<AppState>) -> Result<Response, Problem> {
    let page = render(&PhonePage {
        chrome: chrome(&state, ""),
        issuer: state.services.issuer_text().to_owned(),
        nonce: state.services.dpop_nonce(),
        now: state.services.now().millis(),
    })?;
    Ok((Extension(Installs), page).into_response())
}

/// `GET /phone/manifest.webmanifest` (W3C Web Application Manifest).
async fn manifest(State(state): State<AppState>) -> Response {
    let (brand, assets) = (state.services.brand(), state.assets.base());
    let accent = state.services.branding().accent_color.map(|it| Palette::of(it).light.accent);
    let icon = |name: &str, sizes: &str, kind: &str, purpose: &str| -> Value {
        json!({
            "src": format!("{assets}/{name}"), "sizes": sizes, "type": kind, "purpose": purpose,
        })
    };
    let manifest = json!({
        "id": PATH,
        "name": brand,
        "short_name": brand,
        "start_url": PATH,
        "scope": PATH,
        "display": "standalone",
        "background_color": "#f4f5f1",
        "theme_color": accent.map_or("#0e6652".to_owned(), |accent| accent.to_string()),
        "icons": [
            icon("phone-icon.svg", "any", "image/svg+xml", "any"),
            icon("phone-icon-192.png", "192x192", "image/png", "any"),
            icon("phone-icon-512.png", "512x512", "image/png", "any"),
            icon("phone-icon-512.png", "512x512", "image/png", "maskable"),
        ],
    });
    let kind = HeaderValue::from_static("application/manifest+json");
    ([(header::CONTENT_TYPE, kind)], Json(manifest).into_response().into_body()).into_response()
}

/// `GET /phone/sw.js`: for the phone's pages and nothing else (Service Workers §7.2). It has no page
/// to read from, so what it says comes before it, in the person's language.
async fn service_worker(State(state): State<AppState>) -> Result<Response, Problem> {
    let script = Assets::text("phone-sw.js").ok_or_else(Problem::not_found)?;
    let words = json!({
        "title": spoken().say(&say("phone-push-title")),
        "body": spoken().say(&say("phone-push-text")),
        "lang": spoken().tag(),
        "icon": format!("{}/phone-icon-192.png", state.assets.base()),
        "page": PATH,
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::VARY, HeaderValue::from_static("accept-language, cookie")),
        (HeaderName::from_static("service-worker-allowed"), HeaderValue::from_static(PATH)),
    ];
    Ok((headers, format!("const words = {words};\n{script}")).into_response())
}
