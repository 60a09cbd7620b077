//! What an admin sets up in the portal, in a language that nobody speaks (`pseudo.rs`). What has no
//! accents is not from the catalogue.
#![cfg(debug_assertions)]

use firstkey::domain::attestation::Format;
use firstkey::domain::client::{GrantType, Preset, Scope, SigningAlgorithm};
use firstkey::domain::permission::Permission;
use firstkey::http::language::say;
use serde_json::json;

use super::Stage;
use super::german_settings::group;
use super::portal::{come_in, of_other_kinds};
use super::pseudo::{Look, in_pseudo, w};
use crate::support::browser::Authenticator;

/// What these pages show that is nobody's language: names of things, and words of
/// the protocols.
fn names() -> Vec<String> {
    let ours = [
        "Firstkey",
        "Payroll",
        "Wiki",
        "Contoso",
        "Engineering",
        "Ada Example",
        "ada",
        "#0e6652",
        "grace",
        "Deutsch",
        "English",
    ];
    let mut names: Vec<String> = ours.map(str::to_owned).into();
    names.extend(GrantType::ALL.map(|it| it.name().to_owned()));
    names.extend(Scope::all().map(|it| it.name().to_owned()));
    names.extend(Permission::ALL.map(|it| it.name().to_owned()));
    names.extend(SigningAlgorithm::ALL.map(|it| it.name().to_owned()));
    names.extend(Format::ALL.map(|it| it.name().to_owned()));
    names.extend(Preset::ALL.map(|it| it.title.to_owned()));
    names.push("device_registration".to_owned());
    names
}

/// An admin who has chosen that language.
async fn in_pseudo_language() -> Stage {
    let stage = Stage::set().await;
    stage.browser.add_authenticator(Authenticator::Platform).await;
    come_in(&stage.app, &stage.browser).await;
    stage.browser.goto(stage.app.url("/admin?language=en-XB")).await;
    stage
}

#[tokio::test]
async fn what_an_admin_sets_up_is_said_from_right_to_left_and_never_in_plain_english() {
    let stage = in_pseudo_language().await;
    let Stage { app, browser, .. } = &stage;
    let look = Look::at_the_portal(browser, &names());
    let empty = [("groups-none", "/admin/groups"), ("groups-none-like", "/admin/groups?q=zz")];
    for (name, path) in empty {
        browser.goto(app.url(path)).await;
        look.look(name).await;
    }
    let engineering = group(app, "Engineering", &["ada"]).await;
    let _entra = of_other_kinds(app, vec![engineering]).await;
    app.policy("Fido2", json!({ "isAttestationEnforced": true })).await;
    for (name, path) in [
        ("apps", "/admin/applications".to_owned()),
        ("app", "/admin/applications/payroll".into()),
        ("app-proxied", "/admin/applications/wiki".into()),
        ("app-hinting", "/admin/applications/entra".into()),
        ("app-proxy", "/admin/applications/wiki/proxy".into()),
        ("app-hint", "/admin/applications/entra/hint".into()),
        ("app-edit", "/admin/applications/payroll/edit".into()),
        ("app-new", "/admin/applications/new".into()),
        ("app-preset", "/admin/applications/new/preset".into()),
        ("policies", "/admin/policies".into()),
        ("policy-pass", "/admin/policies/temporary-access-pass".into()),
        ("policy-keys", "/admin/policies/fido2".into()),
        ("policy-registration", "/admin/policies/registration".into()),
        ("policy-codes", "/admin/policies/recovery-codes".into()),
        ("policy-session", "/admin/policies/session".into()),
        ("policy-portal", "/admin/policies/admin-portal".into()),
        ("roots", "/admin/policies/attestation-roots".into()),
        ("groups", "/admin/groups".into()),
        ("group", format!("/admin/groups/{engineering}")),
        ("branding", "/admin/branding".into()),
        ("branding-edit", "/admin/branding/edit".into()),
        ("audit", "/admin/audit".into()),
        ("audit-none", "/admin/audit?activity=nothing".into()),
        ("audit-wrong", "/admin/audit?by=nobody".into()),
    ] {
        browser.goto(app.url(&path)).await;
        look.look(name).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn nor_is_what_comes_of_it() {
    let stage = in_pseudo_language().await;
    let Stage { app, browser, .. } = &stage;
    let look = Look::at_the_portal(browser, &names());
    for preset in Preset::ALL {
        browser.goto(app.url("/admin/applications/new/preset")).await;
        browser.choose(&w("settings-app"), preset.title).await;
        browser.fill(&w("settings-preset-address"), preset.address.unwrap_or_default()).await;
        browser.press(&w("settings-app-add-this")).await;
        browser.heading(&w("settings-paste")).await;
        look.look(&format!("preset-{}", preset.name)).await;
    }
    browser.goto(app.url("/admin/policies/session")).await;
    browser.fill(&w("settings-session-idle"), "60").await;
    browser.press(&w("settings-save")).await;
    let saved = say("settings-policy-saved").with("name", w("settings-session"));
    browser.wait_for_text(&in_pseudo(&saved)).await;
    look.look("policy-saved").await;
    browser.goto(app.url("/admin/branding/edit")).await;
    browser.fill(&w("settings-colour"), "#ffe100").await;
    let note = "return document.querySelector('[data-notes]').children.length > 0;";
    browser.wait_for_script("a note on the colour", note).await;
    look.look("branding-note").await;
    browser.goto(app.url("/admin/groups")).await;
    browser.fill(&w("settings-name"), "Engineering").await;
    browser.press(&w("settings-group-add-this")).await;
    let added = in_pseudo(&say("settings-group-added").with("name", "Engineering"));
    browser.wait_for_text(&added).await;
    look.look("group-added").await;
    stage.close().await;
}
