//! The pages of a journey that signs in a device (RFC 8628 §3.3, §5.4).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use url::Url;

use super::{leaving, steps};
use crate::domain::client::{Client, Scope};
use crate::domain::journey::{DeviceVisit, Step};
use crate::domain::registered_device::PER_PERSON_MAX;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::request::{Here, Posted};
use crate::pages::views::{Chrome, MethodView, ScopeView};
use crate::pages::{chrome, device, render, words};
use crate::service::Origin;
use crate::service::device::Decided;
use crate::service::journeys::JourneyError;

/// Step `Recognise`: is this device yours?
#[derive(Clone, Debug, Template)]
#[template(path = "device_recognise.html")]
struct RecognisePage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// Public id of the journey.
    journey: String,
    /// The application that runs on the device.
    app: String,
    /// Where the application is at home, if it is somewhere.
    app_host: Option<String>,
    /// What the device says it is.
    device: Option<String>,
    /// The code, as the device shows it.
    user_code: String,
    /// When the device asked, in words.
    asked: String,
    /// From which address.
    address: Option<String>,
    /// Whether that is the network that this page is looked at from.
    same_network: bool,
}

/// Step `Confirm` of a device: may it have these things?
#[derive(Clone, Debug, Template)]
#[template(path = "device_confirm.html")]
struct DeviceConfirmPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// Public id of the journey.
    journey: String,
    /// The application that runs on the device.
    app: String,
    /// Where the application is at home, if it is somewhere.
    app_host: Option<String>,
    /// The code, as the device shows it.
    user_code: String,
    /// What the device says it is, where it is set up.
    device: Option<String>,
    /// Whether it then stays signed in until it is removed.
    stays: bool,
    /// Whether it is a recovery code with which it ends otherwise.
    by_code: bool,
    /// Who is signed in.
    username: String,
    /// What it asks for.
    scopes: Vec<ScopeView>,
}

/// The person has decided: the device goes on by itself.
#[derive(Clone, Debug, Template)]
#[template(path = "device_decided.html")]
struct DeviceDecidedPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The application that runs on the device.
    app: String,
    /// Who is signed in there; none where that was denied.
    username: Option<String>,
    /// What was set up on the way.
    methods: Vec<MethodView>,
}

/// The device that this journey is about.
fn visit(here: &Here) -> Result<&DeviceVisit, Problem> {
    here.position.journey.purpose.device().ok_or_else(Problem::journey_gone)
}

/// The same, while its code is good.
fn open<'a>(state: &AppState, here: &'a Here) -> Result<&'a DeviceVisit, Problem> {
    let visit = visit(here)?;
    if visit.request.expires_at <= state.services.now() { Err(too_late()) } else { Ok(visit) }
}

/// Where an application is at home: nothing is sent there, so it is named for people alone.
fn home(client: Option<&Client>) -> Option<String> {
    let settings = &client?.settings;
    let uri = settings.client_uri.as_ref().or_else(|| settings.redirect_uris.first())?;
    let url = Url::parse(uri).ok().filter(|url| url.scheme() == "https")?;
    url.host_str().map(str::to_owned)
}

/// Whether the device is put on the person's list.
fn sets_up(here: &Here) -> bool {
    here.position.client.as_ref().is_some_and(|client| client.settings.device_registration)
}

/// What a device that is put on a list says it is.
fn told(here: &Here) -> Option<String> {
    let visit = here.position.journey.purpose.device()?;
    sets_up(here).then(|| visit.request.told.line())
}

/// The person has as many devices as one may have.
fn full() -> Problem {
    let text = say("devices-full-text").with("n", PER_PERSON_MAX);
    Problem::new(StatusCode::CONFLICT, "devices_full", say("devices-full"), text)
        .next(say("devices-full-next"))
        .link("/security-info", say("security-info"))
}

/// Whether a device asked from the network that `here` is in.
fn same_network(visit: &DeviceVisit, here: Origin) -> bool {
    let asked = visit.request.address.as_deref().and_then(|address| address.parse().ok());
    asked.is_some_and(|address| {
        Origin { address: Some(address), agent: None }.limit_key() == here.limit_key()
    })
}

/// The page that says what asks.
pub(super) fn recognise(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let visit = open(state, here)?;
    render(&RecognisePage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: steps::app(&here.position).unwrap_or_default(),
        app_host: home(here.position.client.as_ref()),
        device: told(here),
        user_code: visit.request.user_code.to_string(),
        asked: words::ago(visit.request.asked_at, state.services.now()),
        address: visit.request.address.clone(),
        same_network: same_network(visit, here.origin),
    })
}

/// The page that asks for the last word.
pub(super) async fn confirm(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let visit = open(state, here)?;
    let position = &here.position;
    let (Some(user), Some(session)) = (&position.user, &position.session) else {
        return Err(Problem::journey_gone());
    };
    if sets_up(here) && !state.services.has_room_for_device(user, &visit.request.told).await? {
        return Err(full());
    }
    render(&DeviceConfirmPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: steps::app(position).unwrap_or_default(),
        app_host: home(position.client.as_ref()),
        user_code: visit.request.user_code.to_string(),
        device: told(here),
        stays: state.services.device_would_stay(session, position.could_add()),
        by_code: session.recovery.is_some(),
        username: user.username.as_str().to_owned(),
        // How long a device stays signed in is said with its name.
        scopes: visit
            .request
            .scopes
            .iter()
            .copied()
            .filter(|scope| !(sets_up(here) && *scope == Scope::OfflineAccess))
            .map(words::scope)
            .collect(),
    })
}

/// `POST /journey/{id}/device`: whether the device is the person's own.
pub(super) async fn decide(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { here, fields } = posted;
    visit(&here)?;
    match fields.get("decision") {
        Some("continue") => match state.services.recognise_device(&here.position).await {
            Ok(()) | Err(JourneyError::MovedOn) => Ok(back(&here)),
            Err(other) => Err(other.into()),
        },
        Some("deny") => deny(&state, &here).await,
        _ => Err(Problem::bad_request(say("yes-nor-no"))),
    }
}

/// The person agrees: the journey is finished, and the device may fetch its tokens.
pub(super) async fn allow(state: &AppState, mut here: Here) -> Result<Response, Problem> {
    if here.position.step == Step::Confirm {
        open(state, &here)?;
    }
    match state.services.allow_device(&here.position).await {
        Ok(()) | Err(JourneyError::MovedOn) => {}
        Err(other) => return Err(other.into()),
    }
    here.look_again(state).await?;
    // The page that says so is fetched by GET, so that reloading it sends nothing.
    if here.position.step == Step::Finish {
        state.services.approve_device(&here.position, here.origin).await?;
    }
    Ok(back(&here))
}

/// The person does not want that.
pub(super) async fn deny(state: &AppState, here: &Here) -> Result<Response, Problem> {
    match state.services.deny_device(&here.position, here.origin).await {
        Ok(Decided::Yes) => render(&DeviceDecidedPage {
            // The journey is over: its address has this page in no other language.
            chrome: Chrome { others: Vec::new(), ..chrome(state, "") },
            app: steps::app(&here.position).unwrap_or_default(),
            username: None,
            methods: Vec::new(),
        }),
        Ok(Decided::TooLate) => Err(too_late()),
        Err(JourneyError::MovedOn) => Ok(back(here)),
        Err(other) => Err(other.into()),
    }
}

/// The end: the device has what it wanted, if nothing came in between.
pub(super) async fn end(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let position = &here.position;
    let decided = state.services.approve_device(position, here.origin).await?;
    if decided == Decided::TooLate {
        return Err(too_late());
    }
    let registered = &position.journey.progress.registered;
    let now = state.services.now();
    let added = position.methods.iter().filter(|method| registered.contains(&method.id));
    render(&DeviceDecidedPage {
        chrome: chrome(state, here.browser.csrf()),
        app: steps::app(position).unwrap_or_default(),
        username: position.user.as_ref().map(|user| user.username.as_str().to_owned()),
        methods: added.map(|method| words::method(method, registered, now)).collect(),
    })
}

/// Where the journey stands now.
fn back(here: &Here) -> Response {
    redirect::see_other(&format!("/journey/{}", here.id()))
}

/// The code is worth nothing any more.
fn too_late() -> Problem {
    Problem::new(StatusCode::GONE, "device_code_gone", say("device-gone"), say("device-gone-text"))
        .next(say("device-gone-next"))
        .link(device::PATH, say("device-type-code"))
}

/// The journey was finished, and what it rested on is no more.
pub(super) fn over(here: &Here) -> Problem {
    let problem = leaving::over(&here.position);
    if here.position.journey.purpose.device().is_none() {
        return problem;
    }
    problem.next(say("device-over-next")).link(device::PATH, say("device-type-code"))
}
