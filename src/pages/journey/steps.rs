//! One page for each step.

use axum::extract::State;
use axum::response::Response;

use super::step_views::{
    AccountView, AuthenticatePage, ConsentPage, DonePage, IdentifyPage, RegisterPage,
    SelectAccountPage, UpstreamView,
};
use super::{demand, device, leaving, recovery};
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::journey::{Purpose, Reason, Step};
use crate::domain::session::Session;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::pages::request::Here;
use crate::pages::views::MethodView;
use crate::pages::{chrome, recovery_codes, render, words};
use crate::service::accounts::Account;
use crate::service::journeys::Position;

/// What a page says about the try before it.
#[derive(Default)]
pub(super) struct Said {
    /// What went wrong.
    pub(super) error: Option<String>,
    /// What was typed as the username, where it could not be taken.
    pub(super) username: Option<String>,
    /// Seconds until another try is heard.
    pub(super) wait: Option<u64>,
}

/// `GET /journey/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    mut here: Here,
) -> Result<Response, Problem> {
    let id = here.id();
    let error = here.browser.take_message(id).await?.map(|message| message.spoken());
    page(&state, &here, Said { error, ..Said::default() }).await
}

/// The page of the step at which the journey stands.
pub(super) async fn page(state: &AppState, here: &Here, said: Said) -> Result<Response, Problem> {
    let position = &here.position;
    if position.journey.finished_at.is_some() && position.step != Step::Finish {
        return Err(device::over(here));
    }
    match position.step {
        Step::Recognise => device::recognise(state, here),
        Step::Confirm if position.journey.purpose.device().is_some() => {
            device::confirm(state, here).await
        }
        Step::SelectAccount => select_account(state, here),
        Step::Identify => {
            let upstreams = upstreams(state, here).await?;
            let offers_phone = state.services.offers_phone(position).await?;
            let codes = state.services.offers_recovery_codes().await?;
            identify(state, here, said, upstreams, (codes, offers_phone))
        }
        Step::Authenticate { pass, reason } => {
            let upstreams = upstreams(state, here).await?;
            let offers_phone = state.services.offers_phone(position).await?;
            let codes = state.services.offers_recovery_codes().await?;
            authenticate(state, here, said, (pass, offers_phone), reason, (upstreams, codes))
        }
        Step::Register { wanted, have, optional } => {
            register(state, here, said, wanted, have, optional)
        }
        Step::Unmet { class } => demand::unmet(state, here, class),
        Step::Review => recovery::review(state, here, said).await,
        Step::Confirm => consent(state, here),
        Step::Finish if shows_done(position) => done(state, here).await,
        Step::Finish => leaving::depart(state, here).await,
    }
}

/// Whoever has set something up hears that it worked before they go on.
pub(super) fn shows_done(position: &Position) -> bool {
    position.journey.finished_at.is_none()
        && !position.journey.progress.registered.is_empty()
        && !matches!(
            position.journey.purpose,
            Purpose::AddMethod | Purpose::Change(_) | Purpose::RecoveryCodes | Purpose::Device(_)
        )
}

/// The name of the application that asked.
pub(super) fn app(position: &Position) -> Option<String> {
    position.client.as_ref().map(|client| client.settings.client_name.clone())
}

fn methods(state: &AppState, position: &Position) -> Vec<MethodView> {
    let now = state.services.now();
    let added = &position.journey.progress.registered;
    position.methods.iter().map(|method| words::method(method, added, now)).collect()
}

fn select_account(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let view = |account: &Account| AccountView {
        id: account.session.id.to_string(),
        display_name: account.user.display_name.clone(),
        username: account.user.username.as_str().to_owned(),
    };
    render(&SelectAccountPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: app(&here.position),
        accounts: here.position.accounts.iter().map(view).collect(),
    })
}

/// The upstreams that the page offers.
async fn upstreams(state: &AppState, here: &Here) -> Result<Vec<UpstreamView>, Problem> {
    let offered = state.services.offered_upstreams(&here.position).await?;
    Ok(offered.into_iter().map(|it| UpstreamView { id: it.id, name: it.name }).collect())
}

fn identify(
    state: &AppState,
    here: &Here,
    said: Said,
    upstreams: Vec<UpstreamView>,
    (recovery_codes, offers_phone): (bool, bool),
) -> Result<Response, Problem> {
    let hint = here.position.journey.purpose.request().and_then(|r| r.login_hint.clone());
    render(&IdentifyPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: app(&here.position),
        username: said.username.or(hint).unwrap_or_default(),
        error: said.error,
        upstreams,
        recovery_codes,
        offers_phone,
    })
}

fn authenticate(
    state: &AppState,
    here: &Here,
    said: Said,
    (pass, offers_phone): (bool, bool),
    reason: Reason,
    (upstreams, recovery_codes): (Vec<UpstreamView>, bool),
) -> Result<Response, Problem> {
    let position = &here.position;
    let username = position.username().map(|name| name.as_str().to_owned()).unwrap_or_default();
    let app = app(position);
    let who = app.clone().unwrap_or_else(|| match position.journey.purpose {
        Purpose::Admin(_) => say("admin-portal").spoken(),
        _ => say("this-page").spoken(),
    });
    let just_registered = !position.journey.progress.registered.is_empty();
    let came_by_upstream = position.session.as_ref().is_some_and(|it| it.upstream.is_some());
    let reason_text = match reason {
        Reason::SignIn => None,
        Reason::Fresh => Some(say("reason-fresh").with("who", who)),
        Reason::Stronger if just_registered => Some(say("reason-use-new").with("who", who)),
        Reason::Stronger => Some(demand::reason(position, who)),
        Reason::PassIsSpent if position.methods.is_empty() && came_by_upstream => {
            Some(say("reason-upstream-again"))
        }
        Reason::PassIsSpent if position.methods.is_empty() => Some(say("reason-pass-again")),
        Reason::PassIsSpent => Some(say("reason-use-method")),
        Reason::WithMethod => Some(say("reason-with-method")),
        Reason::BeforeAdminChange => Some(say("reason-admin-change")),
        Reason::BeforeChange => Some(say("reason-change")),
    };
    render(&AuthenticatePage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        username,
        fixed: position.journey.external().is_some(),
        reason: reason_text.map(|text| text.spoken()),
        pass_offered: pass,
        // Known only of somebody who has proved who they are: a name that was merely typed must
        // look the same whoever it names. Whoever typed one had the passkey before them and chose
        // something else; whom another provider sends, sees it here first.
        passkey_first: position.journey.external().is_some()
            || reason != Reason::SignIn
                && position.methods.iter().any(|method| method.kind.is_key()),
        error: said.error,
        wait_seconds: said.wait,
        upstreams,
        recovery_codes,
        offers_phone,
        app,
    })
}

fn register(
    state: &AppState,
    here: &Here,
    said: Said,
    wanted: usize,
    have: usize,
    optional: bool,
) -> Result<Response, Problem> {
    let position = &here.position;
    let session = position.session.as_ref();
    let is_old =
        |method: &Credential| session.is_some_and(|session| method.created_at < session.created_at);
    let recovery = session.is_some_and(|session| session.bootstrap().is_some())
        && position.methods.iter().any(is_old);
    // Who recovers may have lost what is old: progress counts what is new.
    let (required, registered) =
        if recovery { (1, position.journey.progress.registered.len()) } else { (wanted, have) };
    let name = position.user.as_ref().map(|user| user.display_name.clone());
    let demanded = app(position).filter(|_| !optional);
    let demanded = demanded.and_then(|app| demand::to_register(position, app));
    render(&RegisterPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: app(position),
        display_name: name.unwrap_or_default(),
        recovery,
        methods: methods(state, position),
        required,
        registered,
        offers_passkey: position.policy.allows(MethodKind::Passkey),
        offers_security_key: position.policy.allows(MethodKind::SecurityKey),
        offers_phone: position.policy.allows(MethodKind::Phone)
            && (optional || demand::phone_will_do(position)),
        may_continue: optional,
        skips_left: position.user.as_ref().and_then(|user| position.policy.skips_left(user.skips)),
        minutes_left: session.and_then(|session| minutes_left(state, session)),
        by_pass: session.is_some_and(|session| session.pass.is_some()),
        demanded: demanded.map(|text| text.spoken()),
        error: said.error,
    })
}

/// How long the pass or the upstream still lets this person register, in begun minutes.
fn minutes_left(state: &AppState, session: &Session) -> Option<u64> {
    let until = session.bootstrap().filter(|_| session.rests_on_bootstrap_alone())?.register_until;
    Some(until.since(state.services.now()).as_secs().div_ceil(60).max(1))
}

fn consent(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let position = &here.position;
    let (Some(request), Some(user)) = (position.journey.purpose.request(), &position.user) else {
        return Err(Problem::journey_gone());
    };
    render(&ConsentPage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: app(position).unwrap_or_default(),
        app_host: leaving::host(&request.redirect_uri),
        username: user.username.as_str().to_owned(),
        scopes: request.disclosed().into_iter().map(words::scope).collect(),
    })
}

async fn done(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let recovery = recovery_codes::offer(state, &here.position).await?;
    let codes_left = recovery::codes_left(state, &here.position).await?;
    render(&DonePage {
        chrome: chrome(state, here.browser.csrf()),
        journey: here.id().to_string(),
        app: app(&here.position),
        methods: methods(state, &here.position),
        recovery,
        codes_left,
    })
}
