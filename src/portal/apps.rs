//! `/admin/applications`: what people sign in to.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::access::{Admin, Change, Editor};
use super::app_words::{grant_label, kind, profile_label, requirement_label};
use super::frame::{Choice, Frame, Moment, Section, explain};
use super::refusal;
use crate::domain::authority::Action;
use crate::domain::client::{
    Client, ClientSettings, ForwardAuth, GrantType, Profile, Requirement, Scope, SigningAlgorithm,
};
use crate::domain::error::Invalid;
use crate::domain::id::GroupId;
use crate::domain::permission::Permission;
use crate::http::AppState;
use crate::http::language::{Text, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::pages::words::allows;
use crate::service::clients::NewClient;

/// An application as a row.
#[derive(Clone, Debug)]
struct AppRow {
    id: String,
    name: String,
    kind: String,
    enabled: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/apps.html")]
struct AppsPage {
    frame: Frame,
    rows: Vec<AppRow>,
    may_change: bool,
}

/// What is filled in about an application.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one box to tick")]
struct AppForm {
    name: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    grants: Vec<Choice>,
    scopes: Vec<Choice>,
    permissions: Vec<Choice>,
    algorithms: Vec<Choice>,
    device_registration: bool,
    native: bool,
    third_party: bool,
    profiles: Vec<Choice>,
    requirements: Vec<Choice>,
    enabled: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/app_form.html")]
struct FormPage {
    frame: Frame,
    error: Option<String>,
    /// The application; none for a new one.
    id: Option<String>,
    title: String,
    version: i64,
    public: bool,
    form: AppForm,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/app.html")]
#[expect(clippy::struct_excessive_bools, reason = "each changes what the page shows")]
pub(super) struct AppPage {
    frame: Frame,
    id: String,
    settings: ClientSettings,
    kind: String,
    public: bool,
    enabled: bool,
    issuer: String,
    scopes: String,
    grants: String,
    permissions: String,
    profile: String,
    /// The least sign-in that opens it.
    required: String,
    /// Whom its proxy lets in, where it has one that asks us.
    open_to: Option<String>,
    /// Whether it may go without PKCE, which is a risk to tell of.
    legacy: bool,
    created: Moment,
    /// The secret, in the one answer that has it.
    secret: Option<String>,
    /// What to write on its side, in the same answer.
    pub(super) paste: Option<PasteView>,
    may_change: bool,
}

/// What is to be written on the side of an application that came from a preset.
#[derive(Clone, Debug)]
pub(super) struct PasteView {
    pub(super) place: String,
    pub(super) settings: String,
    pub(super) notes: Vec<String>,
}

/// `GET /admin/applications`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: Admin,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeeApps, None) {
        return Err(Problem::not_found());
    }
    let row = |client: &Client| AppRow {
        id: client.id.to_string(),
        name: client.settings.client_name.clone(),
        kind: kind(client).spoken(),
        enabled: client.enabled,
    };
    let page = AppsPage {
        rows: state.services.list_clients().await?.iter().map(row).collect(),
        may_change: admin.may(Action::ChangeApps, None),
        frame: admin.frame(&state, Section::Applications).await?,
    };
    render(&page)
}

/// Whom a proxy that asks us lets in.
async fn open_to(state: &AppState, rule: &ForwardAuth) -> Result<String, Problem> {
    if rule.groups.is_empty() {
        return Ok(say("settings-everybody").spoken());
    }
    let all = state.services.list_groups().await?;
    let name = |id: &GroupId| {
        let found = all.iter().find(|(group, _)| group.id == *id);
        found.map_or_else(
            || say("settings-group-was-deleted").spoken(),
            |(group, _)| group.name.clone(),
        )
    };
    Ok(rule.groups.iter().map(name).collect::<Vec<_>>().join(", "))
}

pub(super) async fn app_page(
    state: &AppState,
    admin: &mut Admin,
    client: Client,
    secret: Option<String>,
) -> Result<AppPage, Problem> {
    let settings = client.settings.clone();
    let grants: Vec<_> = settings.grant_types.iter().map(|grant| grant.name()).collect();
    let permissions: Vec<_> =
        settings.application_permissions.iter().map(|permission| permission.name()).collect();
    Ok(AppPage {
        id: client.id.to_string(),
        kind: kind(&client).spoken(),
        public: client.is_public(),
        enabled: client.enabled,
        issuer: state.services.issuer_text().to_owned(),
        scopes: Scope::join(&settings.scope),
        grants: grants.join(", "),
        permissions: permissions.join(", "),
        profile: profile_label(settings.profile).spoken(),
        required: Requirement::of(settings.require_acr)
            .map(|it| requirement_label(it).spoken())
            .unwrap_or_default(),
        open_to: match &settings.forward_auth {
            Some(rule) => Some(open_to(state, rule).await?),
            None => None,
        },
        legacy: settings.profile == Profile::Legacy,
        created: Moment::new(client.created_at),
        secret,
        paste: None,
        may_change: admin.may(Action::ChangeApps, None),
        frame: admin.frame(state, Section::Applications).await?,
        settings,
    })
}

/// `GET /admin/applications/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    mut admin: Admin,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeeApps, None) {
        return Err(Problem::not_found());
    }
    let client = state.services.find_client(&id).await?;
    render(&app_page(&state, &mut admin, client, None).await?)
}

fn choice(value: &str, label: &Text, chosen: bool) -> Choice {
    Choice::new(value, &label.spoken(), chosen)
}

fn app_form(settings: &ClientSettings, enabled: bool) -> AppForm {
    let grant =
        |it: GrantType| choice(it.name(), &grant_label(it), settings.grant_types.contains(&it));
    let scope = |it: Scope| Choice::new(it.name(), it.name(), settings.scope.contains(&it));
    let permission = |it: Permission| {
        choice(it.name(), &allows(it), settings.application_permissions.contains(&it))
    };
    let algorithm = |it: SigningAlgorithm| {
        Choice::new(it.name(), it.name(), settings.id_token_signed_response_alg == it)
    };
    let profile = |it: Profile| choice(it.name(), &profile_label(it), settings.profile == it);
    let requirement = |it: Requirement| {
        choice(it.name(), &requirement_label(it), settings.require_acr == it.class())
    };
    AppForm {
        name: settings.client_name.clone(),
        redirect_uris: settings.redirect_uris.join("\n"),
        post_logout_redirect_uris: settings.post_logout_redirect_uris.join("\n"),
        grants: GrantType::ALL.into_iter().map(grant).collect(),
        scopes: Scope::all().map(scope).collect(),
        permissions: Permission::ALL
            .into_iter()
            .filter(|permission| permission.reaches_everybody())
            .map(permission)
            .collect(),
        algorithms: SigningAlgorithm::ALL.into_iter().map(algorithm).collect(),
        device_registration: settings.device_registration,
        native: settings.native,
        third_party: settings.third_party,
        profiles: Profile::ALL.into_iter().map(profile).collect(),
        requirements: Requirement::served().map(requirement).collect(),
        enabled,
    }
}

/// What was filled in; what the form does not ask for stays as it is `before`.
fn read(fields: &Params, before: ClientSettings) -> ClientSettings {
    let lines = |name| -> Vec<String> {
        let text = fields.get(name).unwrap_or_default();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let on = |prefix: &str, name: &str| fields.get(&format!("{prefix}.{name}")).is_some();
    let algorithm = fields.get("algorithm").and_then(|name| name.parse().ok());
    let required: Option<Requirement> = fields.get("require").and_then(|name| name.parse().ok());
    ClientSettings {
        client_name: fields.get("name").unwrap_or_default().trim().to_owned(),
        redirect_uris: lines("redirectUris"),
        post_logout_redirect_uris: lines("postLogoutRedirectUris"),
        grant_types: GrantType::ALL.into_iter().filter(|it| on("grant", it.name())).collect(),
        scope: Scope::all().filter(|it| on("scope", it.name())).collect(),
        application_permissions: Permission::ALL
            .into_iter()
            .filter(|it| on("permission", it.name()))
            .collect(),
        device_registration: fields.get("deviceRegistration").is_some(),
        native: fields.get("native").is_some(),
        third_party: fields.get("thirdParty").is_some(),
        profile: fields.get("profile").and_then(|name| name.parse().ok()).unwrap_or(before.profile),
        require_acr: required.map_or(before.require_acr, Requirement::class),
        id_token_signed_response_alg: algorithm.unwrap_or(before.id_token_signed_response_alg),
        ..before
    }
}

/// `GET /admin/applications/new`
pub(super) async fn new(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
) -> Result<Response, Problem> {
    render(&new_page(&state, &mut admin, &ClientSettings::default(), false, None).await?)
}

async fn new_page(
    state: &AppState,
    admin: &mut Admin,
    settings: &ClientSettings,
    public: bool,
    error: Option<String>,
) -> Result<FormPage, Problem> {
    Ok(FormPage {
        error,
        id: None,
        title: say("settings-app-add").spoken(),
        version: 0,
        public,
        form: app_form(settings, true),
        frame: admin.frame(state, Section::Applications).await?,
    })
}

/// `POST /admin/applications/new`: the one answer that holds the secret.
pub(super) async fn add(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let (settings, public) =
        (read(&fields, ClientSettings::default()), fields.get("public").is_some());
    match state.services.add_client(&admin.caller, None, settings.clone(), public).await {
        Ok(NewClient { client, secret }) => {
            let secret = secret.map(|secret| secret.reveal().to_owned());
            render(&app_page(&state, &mut admin, client, secret).await?)
        }
        Err(error) => {
            let error = Some(explain(error)?);
            refusal(&new_page(&state, &mut admin, &settings, public, error).await?)
        }
    }
}

async fn edit_page(
    state: &AppState,
    admin: &mut Admin,
    client: &Client,
    sent: Option<(ClientSettings, bool, i64, String)>,
) -> Result<FormPage, Problem> {
    let (settings, enabled, version, error) = match sent {
        Some((settings, enabled, version, error)) => (settings, enabled, version, Some(error)),
        None => (client.settings.clone(), client.enabled, client.version, None),
    };
    Ok(FormPage {
        error,
        id: Some(client.id.to_string()),
        title: say("settings-app-edit").with("name", &client.settings.client_name).spoken(),
        version,
        public: client.is_public(),
        form: app_form(&settings, enabled),
        frame: admin.frame(state, Section::Applications).await?,
    })
}

/// `GET /admin/applications/{id}/edit`
pub(super) async fn edit(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    if !admin.may(Action::ChangeApps, None) {
        return Err(Problem::not_found());
    }
    let client = state.services.find_client(&id).await?;
    render(&edit_page(&state, &mut admin, &client, None).await?)
}

/// `POST /admin/applications/{id}/edit`
pub(super) async fn save(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let client = state.services.find_client(&id).await?;
    let wanted = read(&fields, client.settings.clone());
    let enabled = fields.get("enabled").is_some();
    let version = fields.get("version").and_then(|text| text.parse().ok()).unwrap_or_default();
    let to_set = wanted.clone();
    let edit = move |settings: &mut ClientSettings, on: &mut bool| -> Result<(), Invalid> {
        *settings = to_set;
        *on = enabled;
        Ok(())
    };
    match state.services.edit_client(&admin.caller, &id, Some(version), edit).await {
        Ok(client) => {
            let notice = say("settings-saved").with("name", &client.settings.client_name).spoken();
            admin.done(&notice, &format!("/admin/applications/{}", client.id)).await
        }
        Err(error) => {
            let sent = Some((wanted, enabled, version, explain(error)?));
            refusal(&edit_page(&state, &mut admin, &client, sent).await?)
        }
    }
}

/// `POST /admin/applications/{id}/secret`: a new secret, in the one answer that holds it.
pub(super) async fn renew_secret(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let mut admin = change.admin;
    let NewClient { client, secret } =
        state.services.renew_client_secret(&admin.caller, &id).await?;
    let secret = secret.map(|secret| secret.reveal().to_owned());
    render(&app_page(&state, &mut admin, client, secret).await?)
}

/// `POST /admin/applications/{id}/delete`
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { admin, fields } = change;
    let client = state.services.find_client(&id).await?;
    let name = &client.settings.client_name;
    if fields.get("name").map(str::trim) != Some(name.trim()) {
        let notice = say("settings-type-to-confirm").with("name", name).spoken();
        return admin.done(&notice, &format!("/admin/applications/{}", client.id)).await;
    }
    state.services.remove_client(&admin.caller, &id).await?;
    let notice = say("settings-deleted").with("name", name).spoken();
    admin.done(&notice, "/admin/applications").await
}
