//! Pairing a phone, on the computer: a code to scan, and the phone that came, to be recognised.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::steps;
use crate::domain::credential::MethodKind;
use crate::domain::journey::Step;
use crate::domain::phone::{Pairing, PairingState};
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::phone::PAIR_PATH;
use crate::pages::phone::stream::watch;
use crate::pages::qr::Qr;
use crate::pages::request::{Here, Posted};
use crate::pages::views::Chrome;
use crate::pages::{chrome, render};
use crate::service::phones::Waiting;
use crate::service::registration::CeremonyError;

/// The computer pairs a phone: the code to scan, or the phone that came, to be recognised.
#[derive(Clone, Debug, Template)]
#[template(path = "phone_pair.html")]
struct PhonePairPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// Public id of the journey.
    journey: String,
    /// The application that asked.
    app: Option<String>,
    /// `open`, `claimed`, `proved` or `over`.
    state: &'static str,
    /// The code, where it waits for a phone.
    code: Option<PairingCodeView>,
    /// The phone that came, where one did.
    phone: Option<PhoneView>,
    /// What went wrong with the last try.
    error: Option<String>,
}

/// A code for a phone.
#[derive(Clone, Debug)]
struct PairingCodeView {
    /// To be scanned.
    qr: Qr,
    /// Where it leads.
    href: String,
    /// The page, to be typed.
    page: String,
    /// The code, to be typed.
    code: String,
    /// Minutes that are left.
    minutes: u64,
}

/// A phone that wants to be paired.
#[derive(Clone, Debug)]
struct PhoneView {
    /// What it calls itself.
    name: String,
    /// The number that it shows.
    number: String,
    /// Whether it verifies its user.
    verifying: bool,
}

fn back(here: &Here) -> Response {
    redirect::see_other(&format!("/journey/{}", here.id()))
}

/// `POST /journey/{id}/phone/pair`: a code, or another one.
pub(super) async fn begin(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let here = posted.here;
    match state.services.begin_pairing(&here.position).await {
        Ok(()) => Ok(redirect::see_other(&format!("/journey/{}/phone/pair", here.id()))),
        Err(CeremonyError::Stale) => Ok(back(&here)),
        Err(other) => Err(other.into()),
    }
}

/// `GET /journey/{id}/phone/pair`
pub(super) async fn show(
    State(state): State<AppState>,
    mut here: Here,
) -> Result<Response, Problem> {
    let pairs = matches!(here.position.step, Step::Register { .. })
        && here.position.policy.allows(MethodKind::Phone);
    if !pairs {
        return Ok(back(&here));
    }
    let id = here.id();
    let error = here.browser.take_message(id).await?.map(|message| message.spoken());
    let pairing = state.services.pairing(&here.position).await?;
    if let Some(PairingState::Paired | PairingState::Refused) = pairing.as_ref().map(|it| &it.state)
    {
        return Ok(back(&here));
    }
    let (code, phone) = match &pairing {
        Some(pairing) if pairing.state == PairingState::Open => {
            (Some(code(&state, pairing)?), None)
        }
        Some(Pairing { state: PairingState::Proved(phone, number), .. }) => {
            let view = PhoneView {
                name: phone.name.clone(),
                number: number.to_string(),
                verifying: phone.key.user_verifying,
            };
            (None, Some(view))
        }
        _ => (None, None),
    };
    render(&PhonePairPage {
        chrome: chrome(&state, here.browser.csrf()),
        journey: id.to_string(),
        app: steps::app(&here.position),
        state: pairing.as_ref().map_or("over", |pairing| pairing.state.name()),
        code,
        phone,
        error,
    })
}

fn code(state: &AppState, pairing: &Pairing) -> Result<PairingCodeView, Problem> {
    let code = state.services.pairing_code(pairing)?;
    let page = format!("{}{PAIR_PATH}", state.services.issuer_text());
    // In the fragment, which is sent to nobody and so is in no log.
    let href = format!("{page}#{code}");
    let left = pairing.expires_at.since(state.services.now());
    let minutes = left.as_secs().div_ceil(60).max(1);
    Ok(PairingCodeView { qr: Qr::of(&href)?, href, page, code, minutes })
}

/// `GET /journey/{id}/phone/pair/events`
pub(super) async fn events(State(state): State<AppState>, here: Here) -> Result<Response, Problem> {
    let (services, position) = (state.services.clone(), here.position);
    watch(&state, Waiting::Computer(position.journey.id), move || {
        let (services, position) = (services.clone(), position.clone());
        async move {
            let pairing = services.pairing(&position).await?;
            let seen = pairing.map_or("over", |pairing| pairing.state.name());
            let last = matches!(seen, "paired" | "refused" | "over");
            Ok((json!({ "state": seen }), last))
        }
    })
}

/// `POST /journey/{id}/phone/pair/settle`: whether the phone that shows this number is theirs.
pub(super) async fn settle(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { mut here, fields } = posted;
    let theirs = match fields.get("decision") {
        Some("add") => true,
        Some("refuse") => false,
        _ => return Err(Problem::bad_request(say("yes-nor-no"))),
    };
    let number = fields.get("number").and_then(|number| number.parse().ok()).unwrap_or_default();
    let (id, browser) = (here.id(), here.browser.browser());
    let settled =
        state.services.settle_pairing(&here.position, &browser, number, theirs, here.origin).await;
    match settled {
        Ok(Some(_)) | Err(CeremonyError::Stale) => Ok(back(&here)),
        Ok(None) => {
            here.browser.leave_message(id, &say("phone-pair-refused")).await?;
            Ok(back(&here))
        }
        Err(other) => Err(other.into()),
    }
}
