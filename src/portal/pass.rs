//! `/admin/people/{id}/pass`: issuing a pass, whose value is shown once, deleting and approving one.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::access::{Admin, Change, Editor};
use super::frame::{Frame, Moment, Section, explain};
use super::person::person;
use super::refusal;
use crate::domain::id::PassId;
use crate::domain::pass::{PassRequest, Usability};
use crate::domain::policy::{DeliveryTarget, TapPolicy};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::qr::Qr;
use crate::pages::{render, words};
use crate::service::AdminError;
use crate::service::passes::IssuedPass;

/// What is filled in.
#[derive(Clone, Debug, Default)]
struct PassForm {
    start: String,
    lifetime: String,
    once: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/pass_new.html")]
struct NewPassPage {
    frame: Frame,
    error: Option<String>,
    id: String,
    name: String,
    /// The pass that there is: a form that is sent twice issues one pass.
    replaces: String,
    /// That pass, in words.
    old: Option<String>,
    form: PassForm,
    policy: TapPolicy,
    /// Why the pass would not work, in a sentence.
    warnings: Vec<String>,
    /// Who is told by mail.
    told: Option<String>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/pass_issued.html")]
struct IssuedPage {
    frame: Frame,
    id: String,
    name: String,
    username: String,
    /// The value, in groups. Nowhere else.
    value: String,
    state: String,
    ready: bool,
    starts: Moment,
    ends: Moment,
    one_time: bool,
    mailed_to: Option<String>,
    sign_in_at: String,
    qr: Qr,
}

/// The address at which people begin, as a person types it.
pub(super) fn sign_in_address(state: &AppState) -> String {
    state.services.issuer_text().to_owned()
}

fn warnings(user: &User, policy: &TapPolicy, in_scope: bool) -> Vec<String> {
    let name = &user.display_name;
    let mut found = Vec::new();
    if !user.enabled {
        found.push(say("admin-pass-warn-disabled"));
    }
    if !in_scope {
        found.push(say("admin-pass-warn-policy"));
    }
    if policy.is_approval_required_for_admins && !user.roles.is_empty() {
        found.push(say("admin-pass-warn-admin"));
    }
    if policy.is_existing_method_required && user.method_count > 0 {
        found.push(say("admin-pass-warn-methods"));
    }
    found.into_iter().map(|warning| warning.with("name", name).spoken()).collect()
}

async fn form_page(
    state: &AppState,
    admin: &mut Admin,
    user: &User,
    form: Option<PassForm>,
    error: Option<String>,
) -> Result<NewPassPage, Problem> {
    let services = &state.services;
    let policy = services.tap_policy().await?;
    let old = services.show_pass(user).await?;
    let in_scope = services.may_use_passes(user).await?;
    let told = match policy.delivery_target {
        _ if !services.sends_mail => None,
        DeliveryTarget::None => None,
        DeliveryTarget::AlternateEmail => Some(say("admin-pass-told").spoken()),
        DeliveryTarget::Manager => Some(say("admin-pass-told-manager").spoken()),
    };
    let form = form.unwrap_or_else(|| PassForm {
        lifetime: policy.default_lifetime_in_minutes.to_string(),
        once: policy.is_usable_once,
        ..PassForm::default()
    });
    Ok(NewPassPage {
        error,
        id: user.id.to_string(),
        name: user.display_name.clone(),
        replaces: old.as_ref().map(|old| old.pass.id.to_string()).unwrap_or_default(),
        old: old.as_ref().map(|old| words::usability(old.usability)),
        form,
        warnings: warnings(user, &policy, in_scope),
        policy,
        told,
        frame: admin.frame(state, Section::People).await?,
    })
}

/// `GET /admin/people/{id}/pass/new`
pub(super) async fn new(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let user = person(&state, &admin, &id).await?.user;
    render(&form_page(&state, &mut admin, &user, None, None).await?)
}

/// The start that was typed: local to whoever typed it, whose offset from UTC came along.
fn start(fields: &Params) -> Result<Option<Timestamp>, String> {
    let Some(text) = fields.get("start") else { return Ok(None) };
    let offset: i64 = fields.get("offset").and_then(|text| text.parse().ok()).unwrap_or(0);
    let seconds = if text.len() == 16 { ":00" } else { "" };
    let moment = Timestamp::parse(&format!("{text}{seconds}Z")).filter(|_| offset.abs() <= 24 * 60);
    let moment = moment.ok_or_else(|| say("admin-pass-start-wrong").spoken())?;
    Ok(Some(Timestamp::from_micros(moment.micros() + offset * 60 * 1_000_000)))
}

fn request(fields: &Params) -> Result<PassRequest, String> {
    let lifetime_minutes = match fields.get("lifetime").map(str::trim) {
        None => None,
        Some(text) => {
            let wrong = |_| say("admin-pass-lifetime-wrong").spoken();
            Some(text.parse().map_err(wrong)?)
        }
    };
    let one_time = Some(fields.get("once").is_some());
    Ok(PassRequest { start: start(fields)?, lifetime_minutes, one_time })
}

/// `POST /admin/people/{id}/pass/new`: the one answer that holds the value.
pub(super) async fn issue(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let user = person(&state, &admin, &id).await?.user;
    let form = PassForm {
        start: fields.get("start").unwrap_or_default().to_owned(),
        lifetime: fields.get("lifetime").unwrap_or_default().to_owned(),
        once: fields.get("once").is_some(),
    };
    let seen: Option<PassId> = fields.get("replaces").and_then(|id| id.parse().ok());
    let outcome = match request(&fields) {
        Ok(asked) => {
            let id = user.id.to_string();
            state.services.issue_pass_over(&admin.caller, &id, asked, seen).await
        }
        Err(message) => {
            let page = form_page(&state, &mut admin, &user, Some(form), Some(message)).await?;
            return refusal(&page);
        }
    };
    match outcome {
        Ok(issued) => render(&issued_page(&state, &mut admin, issued).await?),
        Err(error) => {
            let message = match error {
                AdminError::Changed => say("admin-pass-meanwhile").spoken(),
                other => explain(other)?,
            };
            let page = form_page(&state, &mut admin, &user, Some(form), Some(message)).await?;
            refusal(&page)
        }
    }
}

async fn issued_page(
    state: &AppState,
    admin: &mut Admin,
    issued: IssuedPass,
) -> Result<IssuedPage, Problem> {
    let IssuedPass { user, status, value, mailed_to } = issued;
    let sign_in_at = sign_in_address(state);
    Ok(IssuedPage {
        id: user.id.to_string(),
        name: user.display_name.clone(),
        username: user.username.as_str().to_owned(),
        value: value.reveal_grouped(),
        state: words::usability(status.usability),
        ready: matches!(status.usability, Usability::EnabledByPolicy | Usability::NotYetValid),
        starts: Moment::new(status.pass.terms.starts_at),
        ends: Moment::new(status.pass.terms.ends_at()),
        one_time: status.pass.terms.one_time,
        mailed_to,
        qr: Qr::of(&sign_in_at)?,
        sign_in_at,
        frame: admin.frame(state, Section::People).await?,
    })
}

/// `POST /admin/people/{id}/pass/delete`
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    match state.services.delete_pass(&admin.caller, &user).await {
        // Gone already: a second click, or another tab.
        Ok(_) | Err(AdminError::NotFound(_)) => {}
        Err(other) => return Err(other.into()),
    }
    let notice = say("admin-pass-deleted").with("name", &user.display_name);
    admin.done(&notice.spoken(), &format!("/admin/people/{}", user.id)).await
}

/// `POST /admin/people/{id}/pass/approve`
pub(super) async fn approve(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    let notice = match state.services.approve_pass(&admin.caller, &user.id.to_string()).await {
        Ok(_) => say("admin-pass-approved").with("name", &user.display_name),
        Err(AdminError::NotFound(_)) => say("admin-pass-none-waits"),
        Err(other) => return Err(other.into()),
    };
    admin.done(&notice.spoken(), &format!("/admin/people/{}", user.id)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PassRequest, String> {
        request(&Params::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_start_is_meant_in_the_time_zone_of_whoever_typed_it() {
        // An hour east of Greenwich, browsers say -60.
        let asked = read("start=2030-01-31T08:00&offset=-60&lifetime=120&once=on").unwrap();
        assert_eq!(asked.start.unwrap().to_string(), "2030-01-31T07:00:00Z");
        assert_eq!((asked.lifetime_minutes, asked.one_time), (Some(120), Some(true)));
        let asked = read("start=2030-01-31T08:00").unwrap();
        assert_eq!(asked.start.unwrap().to_string(), "2030-01-31T08:00:00Z");
        assert_eq!(
            read("").unwrap(),
            PassRequest { one_time: Some(false), ..PassRequest::default() }
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, field) in [
            ("start=tomorrow", "Start:"),
            ("start=2030-01-31T08:00&offset=9999", "Start:"),
            ("lifetime=an+hour", "Lifetime:"),
            ("lifetime=1.5", "Lifetime:"),
        ] {
            assert!(read(text).unwrap_err().starts_with(field), "{text}");
        }
    }
}
