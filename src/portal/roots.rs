//! `/admin/policies/attestation-roots`: which makers are trusted to vouch for keys.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

use super::access::{Admin, Change};
use super::frame::{Choice, Frame, Moment, Section, explain};
use super::refusal;
use crate::domain::attestation::{Format, Source};
use crate::domain::authenticators;
use crate::domain::authority::Action;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::AdminError;
use crate::service::attestation::ListedRoot;

/// The longest certificate that is taken, in bytes.
pub(super) const CERTIFICATE_MAX: usize = 64 * 1024;

const PAGE: &str = "/admin/policies/attestation-roots";

/// A maker's certificate as a row.
#[derive(Clone, Debug)]
struct RootRow {
    id: String,
    name: String,
    formats: String,
    models: String,
    from: String,
    added: Option<Moment>,
    trusted: bool,
    in_time: bool,
    /// To trust it again, where it came with the program and was put aside.
    certificate: Option<String>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/roots.html")]
struct RootsPage {
    frame: Frame,
    error: Option<String>,
    rows: Vec<RootRow>,
    certificate: String,
    formats: Vec<Choice>,
    models: String,
    may_change: bool,
}

fn row(listed: ListedRoot) -> RootRow {
    let ListedRoot { root, in_time } = listed;
    let formats: Vec<_> = root.formats.iter().map(|format| format.name()).collect();
    let model = |id: &Uuid| {
        authenticators::name_of(*id).map_or_else(|| id.to_string(), |known| known.name.to_string())
    };
    // The metadata has roots with hundreds.
    let models = match root.models.len() {
        0 => say("settings-any").spoken(),
        1..=3 => root.models.iter().map(model).collect::<Vec<_>>().join(", "),
        many => say("settings-models").with("n", many).spoken(),
    };
    RootRow {
        formats: if formats.is_empty() { say("settings-any").spoken() } else { formats.join(", ") },
        models,
        from: say(match root.source {
            Source::BuiltIn => "settings-root-built-in",
            Source::Operator => "settings-root-added",
            Source::Metadata => "settings-root-metadata",
        })
        .spoken(),
        added: root.added_at.map(Moment::new),
        trusted: root.trusted,
        in_time,
        certificate: (!root.trusted).then_some(root.certificate),
        id: root.id,
        name: root.name,
    }
}

async fn page(
    state: &AppState,
    admin: &mut Admin,
    sent: Option<(&Params, String)>,
) -> Result<RootsPage, Problem> {
    let typed = |name: &str| {
        let sent = sent.as_ref().and_then(|(fields, _)| fields.get(name));
        sent.unwrap_or_default().to_owned()
    };
    let format = |it: Format| {
        let chosen = sent.as_ref().is_some_and(|(fields, _)| wants(fields, it));
        Choice::new(it.name(), it.name(), chosen)
    };
    Ok(RootsPage {
        rows: state.services.list_attestation_roots().await?.into_iter().map(row).collect(),
        certificate: typed("certificate"),
        formats: Format::ALL.into_iter().map(format).collect(),
        models: typed("models"),
        may_change: admin.may(Action::ChangePolicies, None),
        frame: admin.frame(state, Section::Policies).await?,
        error: sent.map(|(_, error)| error),
    })
}

fn wants(fields: &Params, format: Format) -> bool {
    fields.get(&format!("format.{}", format.name())).is_some()
}

/// `GET /admin/policies/attestation-roots`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: Admin,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeePolicies, None) {
        return Err(Problem::not_found());
    }
    render(&page(&state, &mut admin, None).await?)
}

/// `POST /admin/policies/attestation-roots`: trusts a certificate, or trusts it again.
pub(super) async fn add(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let formats: Vec<_> = Format::ALL.into_iter().filter(|it| wants(&fields, *it)).collect();
    let lines = fields.get("models").unwrap_or_default().split_whitespace();
    let models: Result<Vec<Uuid>, _> = lines.map(str::parse).collect();
    let message = match models {
        Err(_) => say("settings-root-wrong-models").spoken(),
        Ok(models) => {
            let pem = fields.get("certificate").unwrap_or_default();
            let services = &state.services;
            match services.add_attestation_root(&admin.caller, pem, &formats, models).await {
                Ok(root) => {
                    let notice = say("settings-root-trusted").with("name", root.name).spoken();
                    return admin.done(&notice, PAGE).await;
                }
                Err(error) => explain(error)?,
            }
        }
    };
    refusal(&page(&state, &mut admin, Some((&fields, message))).await?)
}

/// `POST /admin/policies/attestation-roots/remove`
pub(super) async fn remove(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { admin, fields } = change;
    let id = fields.get("id").unwrap_or_default();
    let notice = match state.services.remove_attestation_root(&admin.caller, id).await {
        Ok(root) => say("settings-root-no-more").with("name", root.name),
        // Gone already: a second click, or another tab.
        Err(AdminError::NotFound(_)) => say("settings-root-gone"),
        Err(other) => return Err(other.into()),
    };
    admin.done(&notice.spoken(), PAGE).await
}
