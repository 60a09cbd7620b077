//! What happened to one's account lately, in plain words. The audit log's own reasons stay there:
//! nobody learns here why somebody was refused, or which admin did what from where.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::Here;
use crate::domain::audit::Activity;
use crate::domain::audit_log::Line;
use crate::domain::id::ClientId;
use crate::domain::registered_device::{BY_ITSELF, MOVED_ON};
use crate::domain::time::Timestamp;
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::language::{Text, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::views::Chrome;
use crate::pages::{chrome, render, words};
use crate::service::new_method::OUTDATED;
use crate::service::own::{LOST, Own};
use crate::service::recovery::ON_RETURN;

/// Something that happened, as a list row.
#[derive(Clone, Debug)]
pub(super) struct ActivityView {
    /// What, in words.
    pub(super) what: String,
    /// When.
    pub(super) when: String,
    /// From which address.
    pub(super) address: Option<String>,
    /// Whether somebody was refused.
    pub(super) refused: bool,
}

/// All that happened, page by page.
#[derive(Clone, Debug, Template)]
#[template(path = "security_info/all_activity.html")]
struct ActivityPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The lines of this page.
    activity: Vec<ActivityView>,
    /// Where the next page begins.
    next: Option<String>,
}

/// How many lines a page shows.
const PAGE: usize = 20;
/// Why a method was removed, as the audit log says it after its name.
const WHY: [&str; 3] = [LOST, ON_RETURN, OUTDATED];

/// What people see of their own account; everything else is the organisation's affair.
pub(super) const SHOWN: [Activity; 23] = [
    Activity::PassIssued,
    Activity::PassDeleted,
    Activity::PassSignIn,
    Activity::KeySignIn,
    Activity::PhoneSignIn,
    Activity::RecoveryCodeSignIn,
    Activity::RecoveryCodesMade,
    Activity::ReregistrationRequired,
    Activity::UpstreamSignIn,
    Activity::UpstreamLinked,
    Activity::MethodRegistered,
    Activity::MethodRemoved,
    Activity::MethodRenamed,
    Activity::UserChanged,
    Activity::ConsentGiven,
    Activity::Authorized,
    Activity::DeviceAuthorized,
    Activity::DeviceRegistered,
    Activity::DeviceRemoved,
    Activity::SignedOut,
    Activity::GrantRevoked,
    Activity::AccessRemoved,
    Activity::ReplayDetected,
];

/// What happened, in words; none where it is not the person's affair.
fn words_of(line: &Line, app: &str) -> Option<Text> {
    let activity = Activity::named(&line.activity)?;
    let own = line.actor.is_some() && line.actor == line.subject;
    let detail = line.detail.as_str();
    if !line.success {
        return match activity {
            Activity::PassSignIn => Some(say("act-pass-refused")),
            Activity::KeySignIn => Some(say("act-key-refused")),
            Activity::PhoneSignIn => Some(say("act-phone-refused")),
            Activity::RecoveryCodeSignIn => Some(say("act-code-refused")),
            Activity::UpstreamSignIn => Some(say("act-upstream-refused")),
            Activity::MethodRegistered if own => Some(say("act-method-refused")),
            _ => None,
        };
    }
    Some(match activity {
        Activity::PassIssued => say("act-pass-issued"),
        Activity::PassDeleted => say("act-pass-deleted"),
        Activity::PassSignIn => say("act-pass"),
        Activity::KeySignIn => say("act-key").with("name", detail),
        Activity::PhoneSignIn => say("act-phone"),
        Activity::RecoveryCodeSignIn => say("act-code"),
        Activity::RecoveryCodesMade => say("act-codes-made"),
        Activity::ReregistrationRequired => say("act-anew"),
        Activity::UpstreamSignIn => say("act-upstream"),
        Activity::UpstreamLinked => say("act-upstream-linked"),
        Activity::MethodRegistered => say("act-method-added").with("name", detail),
        Activity::MethodRemoved if own => {
            let name = WHY.iter().find_map(|why| detail.strip_suffix(why));
            say("act-method-removed").with("name", name.unwrap_or(detail))
        }
        Activity::MethodRemoved => say("act-method-removed-by"),
        Activity::MethodRenamed => say("act-method-renamed").with("names", detail),
        Activity::UserChanged => say("act-user-changed"),
        Activity::ConsentGiven => say("act-consent").with("app", app),
        Activity::Authorized => say("act-app").with("app", app),
        Activity::DeviceAuthorized => say("act-device").with("app", app),
        Activity::DeviceRegistered => say("act-device-added").with("name", detail),
        Activity::DeviceRemoved => {
            let name = detail.strip_suffix(BY_ITSELF).or_else(|| detail.strip_suffix(MOVED_ON));
            say("act-device-removed").with("name", name.unwrap_or(detail))
        }
        Activity::SignedOut if !own => say("act-signed-out-by"),
        Activity::SignedOut if detail.starts_with("everywhere") => say("act-signed-out-all"),
        Activity::SignedOut => say("act-signed-out"),
        Activity::GrantRevoked => say("act-revoked").with("app", app),
        Activity::AccessRemoved => say("act-access-removed").with("app", app),
        Activity::ReplayDetected => say("act-replayed").with("app", app),
        _ => return None,
    })
}

/// Lines older than `before`, newest first, and where the next page begins.
pub(super) async fn rows(
    state: &AppState,
    own: &Own,
    before: Option<(Timestamp, String)>,
    most: usize,
) -> Result<(Vec<ActivityView>, Option<String>), Problem> {
    let mut lines = state.services.own_activity(&own.user, &SHOWN, before, most + 1).await?;
    let more = lines.len() > most;
    lines.truncate(most);
    let next =
        lines.last().filter(|_| more).map(|line| format!("{}.{}", line.at.micros(), line.id));
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut rows = Vec::new();
    for line in lines {
        let app = match &line.client {
            None => String::new(),
            Some(id) => {
                if !names.contains_key(id) {
                    let client = state.services.client(&ClientId(id.clone())).await?;
                    let known = client.map(|it| it.settings.client_name.clone());
                    let name = known.unwrap_or_else(|| id.clone());
                    names.insert(id.clone(), name);
                }
                names.get(id).cloned().unwrap_or_default()
            }
        };
        let Some(text) = words_of(&line, &app) else { continue };
        // Where an admin was is not said; where somebody was who tried to sign in is.
        let theirs = line.actor.is_none() || line.actor == line.subject;
        rows.push(ActivityView {
            what: text.spoken(),
            when: words::moment(line.at),
            address: line.address.filter(|_| theirs),
            refused: !line.success,
        });
    }
    Ok((rows, next))
}

/// `GET /security-info/activity`
pub(super) async fn show(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    browser: BrowserSession,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let here = match Here::at(&state, browser, origin, "/security-info/activity").await? {
        Ok(here) => here,
        Err(onward) => return Ok(onward),
    };
    let query = Params::parse(query.unwrap_or_default().as_bytes())
        .map_err(|why| Problem::bad_request(say("in-address").with("why", why)))?;
    let before = query.get("before").and_then(|text| {
        let (at, id) = text.split_once('.')?;
        Some((Timestamp::from_micros(at.parse().ok()?), id.to_owned()))
    });
    let (rows, next) = rows(&state, &here.own, before, PAGE).await?;
    render(&ActivityPage { chrome: chrome(&state, here.browser.csrf()), activity: rows, next })
}
