//! `/admin/branding`: name, logo, colour and help of the pages, and how they would look.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Map, Value, json};

use super::access::{Admin, Change, Editor};
use super::frame::{Frame, Section, explain};
use super::upload::Upload;
use super::{asked, refusal};
use crate::domain::authority::Action;
use crate::domain::branding::{BrandingPolicy, Colour, Palette};
use crate::http::headers::{FRAMED_POLICY, FRAMING_POLICY, OwnPolicy};
use crate::http::language::{Text, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{AppState, brand_assets, redirect};
use crate::pages::brand_view::BrandView;
use crate::pages::views::Chrome;
use crate::pages::{chrome, render};
use crate::service::branding::Draft;
use crate::service::policies::BRANDING;
use crate::service::{AdminError, Failure};

const PAGE: &str = "/admin/branding";
const PREVIEW: &str = "/admin/branding/preview";

/// A line of text that is filled in: its name, the messages that are its label and its hint, perhaps
/// none, the kind of field, its length.
type Line = (&'static str, &'static str, &'static str, &'static str, usize);

const LINES: [Line; 5] = [
    ("helpDeskText", "settings-help-text", "settings-help-text-hint", "text", 300),
    ("helpDeskPhone", "settings-help-phone", "", "tel", 40),
    ("helpDeskUrl", "settings-help-url", "settings-help-url-hint", "url", 1000),
    ("privacyUrl", "settings-privacy", "settings-https", "url", 1000),
    ("termsUrl", "settings-terms", "settings-https", "url", 1000),
];

/// A logo on the form.
#[derive(Clone, Debug)]
struct LogoField {
    /// The field of the policy.
    name: &'static str,
    label: String,
    hint: String,
    /// The image that is there.
    image: String,
}

impl LogoField {
    fn address(&self) -> String {
        brand_assets::image_address(&self.image)
    }
}

/// The name of each logo, its label and its hint.
const LOGOS: [(&str, &str, &str); 2] = [
    ("logo", "settings-logo", "settings-logo-hint"),
    ("darkLogo", "settings-logo-dark", "settings-logo-dark-hint"),
];

#[derive(Clone, Debug)]
struct LineField {
    name: &'static str,
    label: String,
    hint: String,
    kind: &'static str,
    max: usize,
    value: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/branding.html")]
struct BrandingPage {
    frame: Frame,
    facts: Vec<(String, String)>,
    notes: Vec<String>,
    preview: String,
    preview_dark: String,
    may_change: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/branding_edit.html")]
struct EditPage {
    frame: Frame,
    error: Option<String>,
    version: i64,
    display_name: String,
    default_name: String,
    accent: String,
    logos: Vec<LogoField>,
    is_name_shown: bool,
    lines: Vec<LineField>,
    notes: Vec<String>,
    preview: String,
    dark: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/branding_preview.html")]
struct PreviewPage {
    chrome: Chrome,
    /// An application that somebody could be on the way to.
    app: Option<String>,
    /// Style sheets of one side alone.
    sheets: Vec<String>,
    /// Why there is nothing to look at.
    wrong: Option<String>,
}

/// A page with a preview in it.
fn framing(page: Response) -> Response {
    (Extension(OwnPolicy { policy: FRAMING_POLICY, framed: false }), page).into_response()
}

/// The address at which a draft is looked at.
fn preview_of(
    state: &AppState,
    admin: &Admin,
    policy: &BrandingPolicy,
    dark: bool,
) -> Result<String, Failure> {
    let draft = Draft { policy: policy.clone(), dark };
    let sealed = state.services.seal_draft(&admin.caller, &draft)?;
    Ok(format!("{PREVIEW}{}", super::frame::query(&[("draft", sealed.as_str())])))
}

/// What becomes of the colour where it could not be seen: the words of [`Palette::notes`], in every
/// language.
fn notes(policy: &BrandingPolicy) -> Vec<String> {
    let Some(chosen) = policy.accent_color else { return Vec::new() };
    let palette = Palette::of(chosen);
    let sides = [
        (palette.light.accent, say("settings-colour-darker")),
        (palette.dark.accent, say("settings-colour-lighter")),
    ];
    let changed = sides.into_iter().filter(|(shown, _)| *shown != chosen);
    let note = |(shown, text): (Colour, Text)| {
        text.with("shown", shown.to_string()).with("chosen", chosen.to_string()).spoken()
    };
    changed.map(note).collect()
}

/// `GET /admin/branding`
pub(super) async fn show(
    State(state): State<AppState>,
    mut admin: Admin,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeePolicies, None) {
        return Err(Problem::not_found());
    }
    let policy = state.services.branding_policy().await?;
    let or = |value: &Option<String>, other: Text| value.clone().unwrap_or_else(|| other.spoken());
    let none = || say("settings-none");
    let colour = policy.accent_color.map(|it| it.to_string());
    let logo = if policy.logo.is_some() { "settings-yes" } else { "settings-none-single" };
    let dark = policy.dark_logo.is_some();
    let dark = if dark { "settings-logo-own" } else { "settings-logo-same" };
    let facts = [
        ("settings-name", or(&policy.display_name, state.services.default_brand.as_str().into())),
        ("settings-colour", or(&colour, say("settings-as-it-comes"))),
        ("settings-logo", say(logo).spoken()),
        ("settings-logo-dark", say(dark).spoken()),
        ("settings-help", or(&policy.help_desk_text, none())),
        ("settings-help-phone", or(&policy.help_desk_phone, say("settings-none-single"))),
        ("settings-help-url", or(&policy.help_desk_url, none())),
        ("settings-privacy", or(&policy.privacy_url, none())),
        ("settings-terms", or(&policy.terms_url, none())),
    ];
    let facts = facts.into_iter().map(|(label, value)| (say(label).spoken(), value)).collect();
    let page = BrandingPage {
        facts,
        notes: notes(&policy),
        preview: preview_of(&state, &admin, &policy, false)?,
        preview_dark: preview_of(&state, &admin, &policy, true)?,
        may_change: admin.may(Action::ChangePolicies, None),
        frame: admin.frame(&state, Section::Branding).await?,
    };
    Ok(framing(render(&page)?))
}

/// The form, as the policy is or as it was filled in.
async fn form(
    state: &AppState,
    admin: &mut Admin,
    sent: Option<(&Params, String)>,
) -> Result<EditPage, Problem> {
    let policy = state.services.branding_policy().await?;
    let stored = serde_json::to_value(&policy).map_err(|e| Failure::Internal(e.to_string()))?;
    let value = |name: &str| match &sent {
        Some((fields, _)) => fields.get(name).unwrap_or_default().to_owned(),
        None => stored.get(name).and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    let logos = LOGOS.map(|(name, label, hint)| LogoField {
        name,
        label: say(label).spoken(),
        hint: say(hint).spoken(),
        image: value(name),
    });
    let lines = LINES.map(|(name, label, hint, kind, max)| LineField {
        name,
        label: say(label).spoken(),
        hint: if hint.is_empty() { String::new() } else { say(hint).spoken() },
        kind,
        max,
        value: value(name),
    });
    let dark = sent.as_ref().is_some_and(|(fields, _)| fields.get("scheme") == Some("dark"));
    let version = sent.as_ref().and_then(|(fields, _)| fields.get("version")?.parse().ok());
    let version = match version {
        Some(version) => version,
        None => state.services.policy_version(BRANDING).await?,
    };
    // What can be looked at of it, is.
    let shown = match &sent {
        Some((fields, _)) => state.services.branding_with(changes(fields)).await.unwrap_or(policy),
        None => policy,
    };
    Ok(EditPage {
        version,
        display_name: value("displayName"),
        default_name: state.services.default_brand.clone(),
        accent: value("accentColor"),
        logos: logos.into(),
        is_name_shown: match &sent {
            Some((fields, _)) => fields.get("isNameShown").is_some(),
            None => shown.is_name_shown,
        },
        lines: lines.into(),
        notes: notes(&shown),
        preview: preview_of(state, admin, &shown, dark)?,
        dark,
        error: sent.map(|(_, error)| error),
        frame: admin.frame(state, Section::Branding).await?,
    })
}

/// `GET /admin/branding/edit`
pub(super) async fn edit(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
) -> Result<Response, Problem> {
    if !admin.may(Action::ChangePolicies, None) {
        return Err(Problem::not_found());
    }
    Ok(framing(render(&form(&state, &mut admin, None).await?)?))
}

/// What was filled in, as changes of the policy.
fn changes(fields: &Params) -> Map<String, Value> {
    let names = LINES.iter().map(|(name, ..)| *name).chain(LOGOS.iter().map(|(name, ..)| *name));
    let names = names.chain(["displayName", "accentColor"]);
    let mut changes: Map<String, Value> = names
        .map(|name| {
            let text = fields.get(name).map(str::trim).filter(|text| !text.is_empty());
            (name.to_owned(), text.map_or(Value::Null, Value::from))
        })
        .collect();
    changes.insert("isNameShown".into(), fields.get("isNameShown").is_some().into());
    changes
}

/// Why something cannot be taken, in the words of the form.
fn explained(error: AdminError) -> Result<String, Problem> {
    let AdminError::Invalid(invalid) = error else { return explain(error) };
    let lines = LINES.iter().map(|(name, label, ..)| (*name, *label));
    let logos = LOGOS.iter().map(|(name, label, _)| (*name, *label));
    let others = [("displayName", "settings-name"), ("accentColor", "settings-colour")];
    let label = lines.chain(logos).chain(others).find(|(name, _)| *name == invalid.field);
    let label = label.map(|(_, label)| say(label).spoken());
    let text = say("settings-wrong").with("label", label.as_deref().unwrap_or(&invalid.field));
    Ok(text.with("why", &invalid.message).spoken())
}

/// Puts what was uploaded in the place of what was there, and takes away what is to go. The first
/// file that cannot be taken, in words; what was there stays then.
async fn with_images(
    state: &AppState,
    upload: &Upload,
) -> Result<(Params, Option<String>), Problem> {
    let Change { admin, fields } = &upload.change;
    let mut fields = fields.clone();
    let mut wrong = None;
    for (name, ..) in LOGOS {
        if let Some(file) = upload.file(&format!("{name}File")) {
            match state.services.add_branding_image(&admin.caller, name, file).await {
                Ok(image) => fields = fields.without(&[name]).with(name, &image),
                Err(error) => wrong = wrong.or(Some(explained(error)?)),
            }
        } else if fields.get(&format!("{name}Gone")).is_some() {
            fields = fields.without(&[name]);
        }
    }
    // Without a logo there is none for dark pages either.
    if fields.get("logo").is_none() && fields.get("logoGone").is_some() {
        fields = fields.without(&["darkLogo"]);
    }
    Ok((fields, wrong))
}

/// `POST /admin/branding/edit`
pub(super) async fn save(
    State(state): State<AppState>,
    upload: Upload,
) -> Result<Response, Problem> {
    let (fields, wrong) = with_images(&state, &upload).await?;
    let mut admin = upload.change.admin;
    let services = &state.services;
    if fields.get("reset").is_some() {
        services.reset_policy(&admin.caller, BRANDING).await?;
        return admin.done(&say("settings-branding-was-reset").spoken(), PAGE).await;
    }
    let message = if let Some(wrong) = wrong {
        wrong
    } else {
        let version = fields.get("version").and_then(|text| text.parse().ok());
        let changes = changes(&fields);
        match services.change_policy_at(&admin.caller, BRANDING, version, changes).await {
            Ok(_) => {
                return admin.done(&say("settings-branding-saved").spoken(), PAGE).await;
            }
            Err(error) => explained(error)?,
        }
    };
    // Without the ticks: what they asked for is done.
    let fields = fields.without(&["logoGone", "darkLogoGone"]);
    let page = form(&state, &mut admin, Some((&fields, message))).await?;
    Ok(framing(refusal(&page)?))
}

/// `POST /admin/branding/preview`: leads to how it would look; for the page's script, says where
/// that is.
pub(super) async fn draft(
    State(state): State<AppState>,
    headers: HeaderMap,
    upload: Upload,
) -> Result<Response, Problem> {
    let (fields, wrong) = with_images(&state, &upload).await?;
    let admin = upload.change.admin;
    if !admin.may(Action::ChangePolicies, None) {
        return Err(Problem::not_found());
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let for_script = accept.is_some_and(|accept| accept.starts_with("application/json"));
    let drafted = match wrong {
        Some(wrong) => Err(wrong),
        None => match state.services.branding_with(changes(&fields)).await {
            Ok(policy) => Ok(policy),
            Err(error) => Err(explained(error)?),
        },
    };
    let policy = match drafted {
        Ok(policy) => policy,
        Err(wrong) if for_script => return Ok(Json(json!({ "wrong": wrong })).into_response()),
        Err(wrong) => {
            let saved = state.services.branding_policy().await?;
            return framed(&state, Draft { policy: saved, dark: false }, Some(wrong));
        }
    };
    let dark = fields.get("scheme") == Some("dark");
    let preview = preview_of(&state, &admin, &policy, dark)?;
    if !for_script {
        return Ok(redirect::see_other(&preview));
    }
    let answer = json!({
        "preview": preview,
        "notes": notes(&policy),
        "logo": policy.logo,
        "darkLogo": policy.dark_logo,
    });
    Ok(Json(answer).into_response())
}

/// `GET /admin/branding/preview`: the sign-in page as it would look. It does nothing.
pub(super) async fn preview(
    State(state): State<AppState>,
    admin: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeePolicies, None) {
        return Err(Problem::not_found());
    }
    let query = asked(query)?;
    let draft = query.get("draft").and_then(|it| state.services.open_draft(&admin.caller, it));
    framed(&state, draft.ok_or_else(Problem::not_found)?, None)
}

/// The page in the frame.
fn framed(state: &AppState, draft: Draft, wrong: Option<String>) -> Result<Response, Problem> {
    let Draft { policy, dark } = draft;
    let assets = state.assets.base();
    let side = if dark { "dark" } else { "light" };
    let mut branding = BrandView::new(&policy, assets);
    let mut sheets = vec![format!("{assets}/tokens--{side}.css")];
    if let Some(sheet) = branding.accent_sheet.take() {
        sheets.push(sheet.replace(".css", &format!("--{side}.css")));
    }
    // A browser that prefers the other side would show its logo.
    if let Some(night) = branding.dark_logo.take().filter(|_| dark) {
        branding.logo = Some(night);
    }
    let around = chrome(state, "");
    let brand = policy.display_name.unwrap_or_else(|| state.services.default_brand.clone());
    let chrome = Chrome { brand, branding, others: Vec::new(), ..around };
    let own = OwnPolicy { policy: FRAMED_POLICY, framed: true };
    let refused = wrong.is_some();
    let page =
        PreviewPage { chrome, app: Some(say("settings-preview-app").spoken()), sheets, wrong };
    let page = if refused { refusal(&page)? } else { render(&page)? };
    Ok((Extension(own), page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_says_of_a_colour_what_the_command_line_says() {
        for colour in ["#ffe100", "#000000", "#0e6652"] {
            let accent_color = Some(colour.parse().unwrap());
            let policy = BrandingPolicy { accent_color, ..BrandingPolicy::default() };
            assert_eq!(notes(&policy), Palette::of(colour.parse().unwrap()).notes());
        }
    }
}
