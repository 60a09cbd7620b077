//! What some applications have besides: a proxy that asks for them, or another provider that says
//! who is to sign in. Each is a form of its own, so that the form of the application leaves it alone.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::access::{Admin, Change, Editor};
use super::frame::{Choice, Frame, Section, explain};
use super::refusal;
use crate::domain::authority::Action;
use crate::domain::client::{Client, ClientSettings, ExternalHint, ForwardAuth, HintedBy};
use crate::domain::error::Invalid;
use crate::domain::id::GroupId;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::AdminError;

/// What is filled in about the proxy.
#[derive(Clone, Debug)]
struct ProxyForm {
    origin: String,
    groups: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/app_proxy.html")]
struct ProxyPage {
    frame: Frame,
    error: Option<String>,
    id: String,
    name: String,
    version: i64,
    form: ProxyForm,
}

/// What is filled in about the other provider.
#[derive(Clone, Debug)]
struct HintForm {
    issuer: String,
    jwks_uri: String,
    audience: String,
    tenant: String,
    claims: Vec<Choice>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/app_hint.html")]
struct HintPage {
    frame: Frame,
    error: Option<String>,
    id: String,
    name: String,
    version: i64,
    form: HintForm,
}

fn text(fields: &Params, name: &str) -> String {
    fields.get(name).unwrap_or_default().trim().to_owned()
}

fn version(fields: &Params) -> i64 {
    fields.get("version").and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The application, for whoever may change it.
async fn client(state: &AppState, admin: &Admin, id: &str) -> Result<Client, Problem> {
    if !admin.may(Action::ChangeApps, None) {
        return Err(Problem::not_found());
    }
    Ok(state.services.find_client(id).await?)
}

/// Changes one part of the settings, and goes back to the application; else the reason, for the form.
async fn save(
    state: &AppState,
    admin: Admin,
    client: &Client,
    version: i64,
    change: impl FnOnce(&mut ClientSettings) + Clone + Send + 'static,
) -> Result<Result<Response, (Admin, String)>, Problem> {
    let edit = move |settings: &mut ClientSettings, _: &mut bool| -> Result<(), Invalid> {
        change(settings);
        Ok(())
    };
    let id = client.id.to_string();
    match state.services.edit_client(&admin.caller, &id, Some(version), edit).await {
        Ok(client) => {
            let notice = say("settings-saved").with("name", &client.settings.client_name).spoken();
            admin.done(&notice, &format!("/admin/applications/{id}")).await.map(Ok)
        }
        Err(error) => Ok(Err((admin, explain(error)?))),
    }
}

async fn proxy_page(
    state: &AppState,
    admin: &mut Admin,
    client: &Client,
    sent: Option<(ProxyForm, i64, String)>,
) -> Result<ProxyPage, Problem> {
    let Some(rule) = &client.settings.forward_auth else { return Err(Problem::not_found()) };
    let (form, version, error) = if let Some((form, version, error)) = sent {
        (form, version, Some(error))
    } else {
        let all = state.services.list_groups().await?;
        // One that was deleted keeps its id: it lets nobody in, and its absence would let in all.
        let name = |id: &GroupId| {
            let found = all.iter().find(|(group, _)| group.id == *id);
            found.map_or_else(|| id.to_string(), |(group, _)| group.name.clone())
        };
        let groups = rule.groups.iter().map(name).collect::<Vec<_>>().join("\n");
        (ProxyForm { origin: rule.origin.clone(), groups }, client.version, None)
    };
    Ok(ProxyPage {
        error,
        id: client.id.to_string(),
        name: client.settings.client_name.clone(),
        version,
        form,
        frame: admin.frame(state, Section::Applications).await?,
    })
}

/// The groups of these names, or ids that were there before.
async fn groups(
    state: &AppState,
    names: &str,
    before: &[GroupId],
) -> Result<Result<Vec<GroupId>, String>, Problem> {
    let mut groups = Vec::new();
    for name in names.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(kept) = before.iter().find(|id| id.to_string() == name) {
            groups.push(*kept);
            continue;
        }
        match state.services.find_group(name).await {
            Ok(group) => groups.push(group.id),
            Err(AdminError::NotFound(_)) => {
                return Ok(Err(say("settings-proxy-no-group").with("name", name).spoken()));
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(Ok(groups))
}

/// `GET /admin/applications/{id}/proxy`
pub(super) async fn proxy(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let client = client(&state, &admin, &id).await?;
    render(&proxy_page(&state, &mut admin, &client, None).await?)
}

/// `POST /admin/applications/{id}/proxy`
pub(super) async fn save_proxy(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let client = client(&state, &admin, &id).await?;
    let Some(before) = client.settings.forward_auth.clone() else {
        return Err(Problem::not_found());
    };
    let form = ProxyForm { origin: text(&fields, "origin"), groups: text(&fields, "groups") };
    let version = version(&fields);
    let message = match groups(&state, &form.groups, &before.groups).await? {
        Err(message) => message,
        Ok(groups) => {
            let rule = ForwardAuth { origin: form.origin.clone(), groups };
            // What follows from where it is reached.
            let change = move |settings: &mut ClientSettings| {
                settings.redirect_uris = vec![rule.redirect_uri()];
                if settings.post_logout_redirect_uris == [before.front_door()] {
                    settings.post_logout_redirect_uris = vec![rule.front_door()];
                }
                settings.forward_auth = Some(rule);
            };
            match save(&state, admin, &client, version, change).await? {
                Ok(done) => return Ok(done),
                Err((back, message)) => {
                    admin = back;
                    message
                }
            }
        }
    };
    let sent = Some((form, version, message));
    refusal(&proxy_page(&state, &mut admin, &client, sent).await?)
}

async fn hint_page(
    state: &AppState,
    admin: &mut Admin,
    client: &Client,
    sent: Option<(ExternalHint, i64, String)>,
) -> Result<HintPage, Problem> {
    let Some(kept) = &client.settings.external_hint else { return Err(Problem::not_found()) };
    let (hint, version, error) = match sent {
        Some((hint, version, error)) => (hint, version, Some(error)),
        None => (kept.clone(), client.version, None),
    };
    let claim = |it: HintedBy| {
        let label = say(match it {
            HintedBy::Oid => "settings-hinted-oid",
            HintedBy::PreferredUsername => "settings-hinted-username",
            HintedBy::Email => "settings-hinted-email",
        });
        Choice::new(it.name(), &label.spoken(), it == hint.user_claim)
    };
    Ok(HintPage {
        error,
        id: client.id.to_string(),
        name: client.settings.client_name.clone(),
        version,
        form: HintForm {
            claims: HintedBy::ALL.into_iter().map(claim).collect(),
            issuer: hint.issuer,
            jwks_uri: hint.jwks_uri,
            audience: hint.audience,
            tenant: hint.tenant.unwrap_or_default(),
        },
        frame: admin.frame(state, Section::Applications).await?,
    })
}

/// `GET /admin/applications/{id}/hint`
pub(super) async fn hint(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let client = client(&state, &admin, &id).await?;
    render(&hint_page(&state, &mut admin, &client, None).await?)
}

/// `POST /admin/applications/{id}/hint`
pub(super) async fn save_hint(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { admin, fields } = change;
    let client = client(&state, &admin, &id).await?;
    let Some(before) = client.settings.external_hint.clone() else {
        return Err(Problem::not_found());
    };
    let wanted = ExternalHint {
        issuer: text(&fields, "issuer"),
        jwks_uri: text(&fields, "jwksUri"),
        audience: text(&fields, "audience"),
        tenant: Some(text(&fields, "tenant")).filter(|tenant| !tenant.is_empty()),
        user_claim: text(&fields, "userClaim").parse().unwrap_or(before.user_claim),
    };
    let (version, to_set) = (version(&fields), wanted.clone());
    let change = move |settings: &mut ClientSettings| settings.external_hint = Some(to_set);
    match save(&state, admin, &client, version, change).await? {
        Ok(done) => Ok(done),
        Err((mut admin, message)) => {
            let sent = Some((wanted, version, message));
            refusal(&hint_page(&state, &mut admin, &client, sent).await?)
        }
    }
}
