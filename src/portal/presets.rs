//! `/admin/applications/new/preset`: an application that we know, by its address alone.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::access::{Admin, Change, Editor};
use super::apps::{PasteView, app_page};
use super::frame::{Choice, Frame, Section, explain};
use super::refusal;
use crate::domain::authority::Action;
use crate::domain::client::Preset;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::pages::presets::{Paste, snippet};
use crate::pages::render;
use crate::service::clients::NewClient;
use crate::service::{AdminError, Failure};

#[derive(Clone, Debug, Template)]
#[template(path = "admin/app_preset.html")]
struct PresetPage {
    frame: Frame,
    error: Option<String>,
    presets: Vec<Choice>,
    url: String,
    name: String,
}

/// What was filled in.
#[derive(Clone, Debug, Default)]
struct Filled {
    preset: String,
    url: String,
    name: String,
}

async fn page(
    state: &AppState,
    admin: &mut Admin,
    filled: Filled,
    error: Option<String>,
) -> Result<PresetPage, Problem> {
    let choice = |it: Preset| Choice::new(it.name, it.title, it.name == filled.preset);
    Ok(PresetPage {
        error,
        presets: Preset::ALL.into_iter().map(choice).collect(),
        url: filled.url,
        name: filled.name,
        frame: admin.frame(state, Section::Applications).await?,
    })
}

/// `GET`
pub(super) async fn new(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
) -> Result<Response, Problem> {
    if !admin.may(Action::ChangeApps, None) {
        return Err(Problem::not_found());
    }
    render(&page(&state, &mut admin, Filled::default(), None).await?)
}

/// `POST`: the one answer that holds the secret, and what to write on the other side.
pub(super) async fn add(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let text = |name| fields.get(name).unwrap_or_default().trim().to_owned();
    let filled = Filled { preset: text("preset"), url: text("url"), name: text("name") };
    match register(&state, &admin, &filled).await {
        Ok((preset, NewClient { client, secret }, base)) => {
            let secret = secret.map(|secret| secret.reveal().to_owned());
            let issuer = state.services.issuer_text();
            let to = Paste::new(issuer, &client, secret.as_deref(), &base);
            let settings = snippet(&preset, &to);
            let settings = settings.map_err(|error| Failure::Internal(error.to_string()))?;
            let mut page = app_page(&state, &mut admin, client, secret).await?;
            let (place, notes) = words(preset.name);
            page.paste = Some(PasteView {
                place: say(place).spoken(),
                settings,
                notes: notes.iter().map(|note| say(note).spoken()).collect(),
            });
            render(&page)
        }
        Err(error) => {
            let error = Some(explain(error)?);
            refusal(&page(&state, &mut admin, filled, error).await?)
        }
    }
}

/// Where the settings of a preset go, and what to know: the words of [`Preset`], in every language.
fn words(preset: &str) -> (&'static str, &'static [&'static str]) {
    match preset {
        "apache" => {
            ("settings-preset-apache", &["settings-preset-apache-1", "settings-preset-apache-2"])
        }
        "argocd" => (
            "settings-preset-argocd",
            &["settings-preset-argocd-1", "settings-preset-argocd-2", "settings-preset-argocd-3"],
        ),
        "authentik" => (
            "settings-preset-authentik",
            &["settings-preset-authentik-1", "settings-preset-authentik-2"],
        ),
        "gitlab" => {
            ("settings-preset-gitlab", &["settings-preset-gitlab-1", "settings-preset-gitlab-2"])
        }
        "grafana" => {
            ("settings-preset-grafana", &["settings-preset-grafana-1", "settings-preset-grafana-2"])
        }
        "home-assistant" => (
            "settings-preset-home-assistant",
            &["settings-preset-home-assistant-1", "settings-preset-home-assistant-2"],
        ),
        "keycloak" => (
            "settings-preset-keycloak",
            &["settings-preset-keycloak-1", "settings-preset-keycloak-2"],
        ),
        "kubernetes" => (
            "settings-preset-kubernetes",
            &["settings-preset-kubernetes-1", "settings-preset-kubernetes-2"],
        ),
        "nextcloud" => (
            "settings-preset-nextcloud",
            &[
                "settings-preset-nextcloud-1",
                "settings-preset-nextcloud-2",
                "settings-preset-nextcloud-3",
            ],
        ),
        "oauth2-proxy" => (
            "settings-preset-oauth2-proxy",
            &["settings-preset-oauth2-proxy-1", "settings-preset-oauth2-proxy-2"],
        ),
        _ => ("settings-none", &[]),
    }
}

async fn register(
    state: &AppState,
    admin: &Admin,
    filled: &Filled,
) -> Result<(Preset, NewClient, String), AdminError> {
    let preset = Preset::named(&filled.preset)?;
    let name = if filled.name.is_empty() { preset.title } else { &filled.name };
    let settings = preset.settings(name, Some(&filled.url))?;
    let new = state.services.add_client(&admin.caller, None, settings, preset.public).await?;
    Ok((preset, new, preset.base(Some(&filled.url))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_says_what_the_command_line_says() {
        for preset in Preset::ALL {
            let (place, notes) = words(preset.name);
            assert_eq!(say(place).english(), preset.place);
            let notes: Vec<_> = notes.iter().map(|note| say(note).english()).collect();
            assert_eq!(notes, preset.notes, "{}", preset.name);
        }
    }
}
