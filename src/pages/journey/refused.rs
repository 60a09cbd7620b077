//! The page about a key that works and is not taken: what it is, why, what is taken instead.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::steps;
use crate::domain::authenticators;
use crate::domain::credential::MethodKind;
use crate::domain::journey::Step;
use crate::domain::policy::{EnforcementType, KeyRefusal, PasskeyProfile, PasskeyTypes};
use crate::http::language::{Text, say};
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::request::Here;
use crate::pages::views::Chrome;
use crate::pages::{chrome, render};
use crate::service::new_key::RefusedKey;

/// A key works, and is not taken here.
#[derive(Clone, Debug, Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// Public id of the journey.
    journey: String,
    /// The application that asked.
    app: Option<String>,
    /// What the key calls itself, where that is known.
    name: Option<String>,
    /// Symbol in `templates/partials/icons.html` without its `i-`.
    icon: &'static str,
    /// Why it is not taken, in a sentence or two.
    reason: String,
    /// What is: conditions that hold together, of which any one set will do.
    accepted: Vec<Vec<String>>,
    /// Whether it was to be registered, and not used.
    registering: bool,
}

/// The code for scripts.
pub(super) const CODE: &str = "key_not_accepted";

/// The most models that are named.
const NAMES_MAX: usize = 12;

/// What the script hears: where the page is. What it says is kept with the browser.
pub(super) async fn answer(mut here: Here, key: &RefusedKey) -> Result<Response, Problem> {
    let id = here.id();
    here.browser.leave_detail(id, key).await?;
    let body = json!({
        "error": CODE,
        "message": say("key-not-accepted").spoken(),
        "location": format!("/journey/{id}/refused"),
    });
    Ok((StatusCode::FORBIDDEN, Json(body)).into_response())
}

/// `GET /journey/{id}/refused`
pub(super) async fn show(State(state): State<AppState>, here: Here) -> Result<Response, Problem> {
    let id = here.id();
    let Some(key) = here.browser.detail::<RefusedKey>(id) else {
        return Ok(redirect::see_other(&format!("/journey/{id}")));
    };
    let known = key.model.and_then(authenticators::name_of);
    let app = steps::app(&here.position);
    let registering = matches!(here.position.step, Step::Register { .. });
    render(&RefusedPage {
        chrome: chrome(&state, here.browser.csrf()),
        journey: id.to_string(),
        name: known.map(|known| known.name.to_owned()),
        icon: match known.map(|known| known.kind) {
            Some(authenticators::Kind::Platform) => "laptop",
            Some(authenticators::Kind::SyncedProvider) => "cloud",
            Some(authenticators::Kind::SecurityKey) => "security-key",
            None => "passkey",
        },
        reason: reason(key.why, app.clone()).spoken(),
        accepted: accepted(&key),
        registering,
        app,
    })
}

fn reason(why: KeyRefusal, app: Option<String>) -> Text {
    match why {
        KeyRefusal::NotThisPerson => say("refused-person"),
        KeyRefusal::Kind => say("refused-kind"),
        KeyRefusal::Model => say("refused-model"),
        KeyRefusal::Synced => say("refused-synced"),
        KeyRefusal::DeviceBound => say("refused-device-bound"),
        KeyRefusal::NotAttested => say("refused-not-attested"),
        KeyRefusal::NotStrongEnough => {
            let app = app.unwrap_or_else(|| say("refused-the-app").spoken());
            say("refused-not-strong-enough").with("app", app)
        }
    }
}

/// What is taken: conditions that hold together, for each profile.
fn accepted(key: &RefusedKey) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for profile in &key.profiles {
        let conditions = conditions(profile, key);
        // One profile without conditions takes everything.
        if conditions.is_empty() {
            return Vec::new();
        }
        if !all.contains(&conditions) {
            all.push(conditions);
        }
    }
    all
}

fn conditions(profile: &PasskeyProfile, key: &RefusedKey) -> Vec<String> {
    let mut conditions = Vec::new();
    match key.kinds.as_slice() {
        [MethodKind::SecurityKey] => conditions.push(say("refused-only-security-key")),
        [MethodKind::Passkey] => conditions.push(say("refused-only-passkey")),
        _ => {}
    }
    let restrictions = &profile.key_restrictions;
    if let Some(only) = restrictions.only_these() {
        conditions.push(say("refused-some-models").with("names", names(only)));
    } else if restrictions.is_enforced
        && restrictions.enforcement_type == EnforcementType::Block
        && !restrictions.aa_guids.is_empty()
    {
        let names = names(&restrictions.aa_guids);
        conditions.push(say("refused-other-models").with("names", names));
    }
    let attested = profile.wants_attestation() || key.attested;
    match profile.passkey_types {
        PasskeyTypes { synced: false, .. } => conditions.push(say("refused-stays")),
        PasskeyTypes { device_bound: false, .. } => conditions.push(say("refused-syncs")),
        _ if attested => conditions.push(say("refused-stays")),
        _ => {}
    }
    if attested {
        conditions.push(say("refused-vouched"));
    }
    conditions.into_iter().map(|text| text.spoken()).collect()
}

/// The names of models; variants of one product share theirs.
fn names(models: &[Uuid]) -> String {
    let name = |model: &Uuid| {
        authenticators::name_of(*model).map_or_else(|| model.to_string(), |it| it.name.to_owned())
    };
    let mut names: Vec<_> = models.iter().map(name).collect();
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    let names = names.join(", ");
    if more == 0 {
        return names;
    }
    say("refused-and-more").with("names", names).with("more", more as u64).spoken()
}
