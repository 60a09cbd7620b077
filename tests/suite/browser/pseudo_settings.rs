//! What an admin sets up in the portal, in a language that nobody speaks (`pseudo.rs`). What has no
//! accents is not from the catalogue.
#![cfg(debug_assertions)]

use std::path::PathBuf;

use firstkey::domain::attestation::Format;
use firstkey::domain::client::{GrantType, Preset, Scope, SigningAlgorithm};
use firstkey::domain::permission::Permission;
use firstkey::http::language::say;
use serde_json::json;

use super::Stage;
use super::german_settings::group;
use super::pages::Album;
use super::portal::{come_in, of_other_kinds};
use super::pseudo::{in_pseudo, w};
use crate::support::browser::{Authenticator, Browser};

/// What these pages show that is nobody's language, the longest first: names of things, and words of
/// the protocols.
fn names() -> Vec<String> {
    let ours =
        ["Firstkey", "Payroll", "Wiki", "Contoso", "Engineering", "Ada Example", "ada", "#0e6652"];
    let mut names: Vec<String> = ours.map(str::to_owned).into();
    names.extend(GrantType::ALL.map(|it| it.name().to_owned()));
    names.extend(Scope::all().map(|it| it.name().to_owned()));
    names.extend(Permission::ALL.map(|it| it.name().to_owned()));
    names.extend(SigningAlgorithm::ALL.map(|it| it.name().to_owned()));
    names.extend(Format::ALL.map(|it| it.name().to_owned()));
    names.extend(Preset::ALL.map(|it| it.title.to_owned()));
    names.push("device_registration".to_owned());
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

/// Looks at a page of these: it runs from right to left, is no wider than a small phone, and its
/// content says nothing that is not from the catalogue.
async fn look(album: &Album<'_>, browser: &Browser, name: &str) {
    let language = "return [document.documentElement.lang, document.documentElement.dir];";
    assert_eq!(browser.script(language).await, json!(["en-XB", "rtl"]), "{name}");
    // What opens at a press is looked at, too.
    browser.script("for (const e of document.querySelectorAll('details')) e.open = true;").await;
    let plain = format!(
        "const names = {};
         const said = (text) => {{
             let rest = text.replace(/https?:[^ ]+/g, '').replace(/\\u2068[^\\u2069]*\\u2069/g, '');
             for (const name of names) rest = rest.replaceAll(name, '');
             return /[A-Za-z]/.test(rest);
         }};
         const content = document.querySelector('#content');
         const others = 'script, style, template, code, pre, output, textarea, .cell-main, ' +
             '.cell-sub, .row-title, [lang]:not(html), time[data-moment]';
         const found = [];
         const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
         while (walker.nextNode()) {{
             const element = walker.currentNode.parentElement;
             if (element.closest(others)) continue;
             if ((element.matches('option') || element.checkVisibility()) &&
                 said(walker.currentNode.data))
                 found.push(walker.currentNode.data.trim());
         }}
         const attributes = ['aria-label', 'title', 'placeholder', 'alt', 'data-label'];
         for (const attribute of attributes)
             for (const element of content.querySelectorAll(`[${{attribute}}]`))
                 if (!element.closest('code, [lang]:not(html)') && said(element.getAttribute(attribute)))
                     found.push(element.outerHTML);
         if (said(document.title)) found.push(document.title);
         return found;",
        json!(names())
    );
    let plain = browser.script(&plain).await;
    assert_eq!(plain, json!([]), "{name} says something that is not from the catalogue");
    album.look(&format!("pseudo-{name}")).await;
    browser.set_viewport(320, 640, false).await;
    let outside = "return [...document.querySelectorAll('#content *')]
        .filter((e) => e.checkVisibility() && !e.closest('.sr-only, svg, table, pre'))
        .filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5);
        })
        .map((e) => e.outerHTML.slice(0, 200));";
    assert_eq!(browser.script(outside).await, json!([]), "{name} hangs over the edge");
    browser.set_viewport(1280, 900, false).await;
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
    let album = Album::new(browser, std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from));
    let empty = [("groups-none", "/admin/groups"), ("groups-none-like", "/admin/groups?q=zz")];
    for (name, path) in empty {
        browser.goto(app.url(path)).await;
        look(&album, browser, name).await;
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
        look(&album, browser, name).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn nor_is_what_comes_of_it() {
    let stage = in_pseudo_language().await;
    let Stage { app, browser, .. } = &stage;
    let album = Album::new(browser, std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from));
    for preset in Preset::ALL {
        browser.goto(app.url("/admin/applications/new/preset")).await;
        browser.choose(&w("settings-app"), preset.title).await;
        browser.fill(&w("settings-preset-address"), preset.address.unwrap_or_default()).await;
        browser.press(&w("settings-app-add-this")).await;
        browser.heading(&w("settings-paste")).await;
        look(&album, browser, &format!("preset-{}", preset.name)).await;
    }
    browser.goto(app.url("/admin/policies/session")).await;
    browser.fill(&w("settings-session-idle"), "60").await;
    browser.press(&w("settings-save")).await;
    let saved = say("settings-policy-saved").with("name", w("settings-session"));
    browser.wait_for_text(&in_pseudo(&saved)).await;
    look(&album, browser, "policy-saved").await;
    browser.goto(app.url("/admin/branding/edit")).await;
    browser.fill(&w("settings-colour"), "#ffe100").await;
    let note = "return document.querySelector('[data-notes]').children.length > 0;";
    browser.wait_for_script("a note on the colour", note).await;
    look(&album, browser, "branding-note").await;
    browser.goto(app.url("/admin/groups")).await;
    browser.fill(&w("settings-name"), "Engineering").await;
    browser.press(&w("settings-group-add-this")).await;
    let added = in_pseudo(&say("settings-group-added").with("name", "Engineering"));
    browser.wait_for_text(&added).await;
    look(&album, browser, "group-added").await;
    stage.close().await;
}
