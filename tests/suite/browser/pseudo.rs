//! Every page of people in a language that nobody speaks (`src/domain/language/catalogue/pseudo.rs`):
//! from right to left, longer than English, with accents on every letter. What has none is not from
//! the catalogue.
#![cfg(debug_assertions)]

use firstkey::domain::client::GrantType;
use firstkey::http::language::{Language, Text, say};
use serde_json::{Value, json};

use super::keyboard::{Reading, walk_as};
use super::pages::Album;
use super::{Stage, leave_for_lunch};
use crate::support::browser::{Authenticator, Browser};

/// What pages show that is nobody's language: names, of people and of things.
const NAMES: [&str; 12] = [
    "ada",
    "Ada Example",
    "Firstkey",
    "Payroll",
    "Lunch Club",
    "Contoso",
    "Virtual authenticator",
    "Deutsch",
    "English",
    "https",
    "Chrome",
    "Linux",
];

pub(super) fn in_pseudo(text: &Text) -> String {
    Language::by_tag("en-XB").expect("the pseudo-language").say(text)
}

/// A message that has nothing filled in.
pub(super) fn w(id: &'static str) -> String {
    in_pseudo(&say(id))
}

/// What is asked of every page in that language.
pub(super) struct Look<'a> {
    album: Album<'a>,
    browser: &'a Browser,
    names: Vec<String>,
    apart: &'static str,
    scrolls: &'static str,
}

impl<'a> Look<'a> {
    /// At pages that show these names, the longer ones first where one is in another.
    pub(super) fn at(browser: &'a Browser, names: &[impl AsRef<str>]) -> Self {
        let mut names: Vec<_> = names.iter().map(|name| name.as_ref().to_owned()).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let apart = "script, style, template, code, .host, noscript";
        Self { album: Album::of(browser), browser, names, apart, scrolls: ".sr-only, svg" }
    }

    /// At pages of the portal: what somebody wrote, what the log tells as it was written, and moments,
    /// which the browser puts into words, are nobody's language; what is wide there scrolls by itself.
    pub(super) fn at_the_portal(browser: &'a Browser, names: &[impl AsRef<str>]) -> Self {
        let apart = "script, style, template, code, noscript, pre, output, textarea, .avatar, \
                     .cell-main, .cell-sub, .row-title, [lang=en], [hreflang], time[data-moment]";
        Self { apart, scrolls: ".sr-only, svg, table, pre", ..Self::at(browser, names) }
    }

    /// The page runs from right to left, says nothing that is not from the catalogue, and is no wider
    /// than a small phone.
    pub(super) async fn look(&self, name: &str) {
        let Self { album, browser, .. } = self;
        let language = "return [document.documentElement.lang, document.documentElement.dir,
                                getComputedStyle(document.body).direction];";
        assert_eq!(browser.script(language).await, json!(["en-XB", "rtl", "rtl"]), "{name}");
        // What opens at a press is looked at, too.
        let open = "for (const e of document.querySelectorAll('details')) e.open = true;";
        browser.script(open).await;
        let plain = self.plain().await;
        assert_eq!(plain, json!([]), "{name} says something that is not from the catalogue");
        album.look(&format!("pseudo-{name}")).await;
        browser.set_viewport(320, 640, false).await;
        let outside = format!(
            "return [...document.querySelectorAll('main *, header *, footer *, nav *')]
                .filter((e) => e.checkVisibility() && !e.closest({}))
                .filter((e) => {{
                    const box = e.getBoundingClientRect();
                    return box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5);
                }})
                .map((e) => e.outerHTML.slice(0, 200));",
            json!(self.scrolls)
        );
        assert_eq!(browser.script(&outside).await, json!([]), "{name} hangs over the edge");
        browser.set_viewport(1280, 900, false).await;
    }

    /// What it says that is not from the catalogue: neither a name, nor filled in.
    async fn plain(&self) -> Value {
        let script = format!(
            "const names = {}, apart = {};
             const said = (text) => {{
                 let rest = text.replace(/https?:[^ ]+/g, '').replace(/\\u2068[^\\u2069]*\\u2069/g, '');
                 for (const name of names) rest = rest.replaceAll(name, '');
                 return /[A-Za-z]/.test(rest);
             }};
             const found = [];
             const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
             while (walker.nextNode()) {{
                 const {{ data, parentElement }} = walker.currentNode;
                 if (parentElement.closest(apart) || !said(data)) continue;
                 if (parentElement.matches('option') || parentElement.checkVisibility())
                     found.push(data.trim());
             }}
             for (const attribute of ['aria-label', 'title', 'placeholder', 'alt', 'data-label'])
                 for (const element of document.querySelectorAll(`[${{attribute}}]`))
                     if (!element.closest('[lang=en]') && said(element.getAttribute(attribute)))
                         found.push(element.outerHTML);
             if (said(document.title)) found.push(document.title);
             return found;",
            json!(self.names),
            json!(self.apart)
        );
        self.browser.script(&script).await
    }
}

#[tokio::test]
async fn a_first_day_from_right_to_left_is_whole_and_says_nothing_in_plain_english() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let look = Look::at(browser, &NAMES);
    let look = async |name: &str| look.look(name).await;
    let branding = json!({ "privacyUrl": "https://example.com", "termsUrl": "https://example.com",
                           "helpDeskUrl": "https://example.com" });
    app.policy("Branding", branding).await;
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    browser.set_presence(&device, false).await;

    browser.goto(payroll.url("/login?ui_locales=en-XB")).await;
    browser.heading(&w("identify-heading")).await;
    look("identify").await;
    browser.fill(&w("username"), "ada").await;
    browser.press(&w("next")).await;
    browser.heading(&w("welcome-heading")).await;
    look("authenticate").await;
    browser.fill(&w("temporary-access-pass"), "WRNG-PASS").await;
    browser.press(&w("sign-in")).await;
    browser.wait_for_text(&w("pass-refused")).await;
    look("authenticate-wrong").await;
    browser.fill(&w("temporary-access-pass"), &pass).await;
    browser.press(&w("sign-in")).await;
    browser.heading(&in_pseudo(&say("first-heading").with("name", "Ada Example"))).await;
    look("register").await;
    browser.set_presence(&device, true).await;
    browser.press(&w("add-passkey")).await;
    browser.heading(&in_pseudo(&say("added-heading").with("name", "Ada Example"))).await;
    look("register-second").await;
    browser.press(&w("continue")).await;
    browser.heading(&w("done-title")).await;
    look("done").await;
    browser.press(&w("continue")).await;
    payroll.result(browser).await;

    browser.goto(app.url("/security-info?language=en-XB")).await;
    browser.heading(&w("security-info")).await;
    look("security-info").await;
    for (name, path) in
        [("activity", "/security-info/activity"), ("phone", "/phone"), ("device", "/device")]
    {
        browser.goto(app.url(path)).await;
        browser.wait_for_text(&w("privacy")).await;
        if name == "phone" {
            browser.heading(&w("phone-welcome-heading")).await;
        }
        look(name).await;
    }
    let _lunch = leave_for_lunch(app, browser).await;
    browser.heading(&w("check-heading")).await;
    look("authenticate-again").await;
    browser.press(&w("use-passkey")).await;
    browser.heading(&in_pseudo(&say("consent-heading").with("app", "Lunch Club"))).await;
    look("consent").await;
    browser.goto(payroll.url("/login?prompt=select_account")).await;
    browser.heading(&w("choose-account")).await;
    look("select-account").await;
    browser.goto(app.url("/end_session")).await;
    browser.wait_for_text(&w("privacy")).await;
    look("sign-out").await;
    browser.press(&w("sign-out")).await;
    browser.wait_for_text(&w("privacy")).await;
    look("signed-out").await;
    browser.expect_problem("status of 404");
    browser.goto(app.url("/nowhere")).await;
    browser.wait_for_text(&w("privacy")).await;
    look("error").await;
    stage.close().await;
}

#[tokio::test]
async fn from_right_to_left_the_focus_goes_through_the_pages_in_the_order_in_which_they_are_seen() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let walk = async |name: &str| walk_as(browser, name, Reading::RightToLeft).await;
    // Something at the end of each line: links of the organisation, ways other than a passkey.
    let branding = json!({ "privacyUrl": "https://example.com", "termsUrl": "https://example.com",
                           "helpDeskUrl": "https://example.com" });
    app.policy("Branding", branding).await;
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    app.one_method_is_enough().await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    browser.set_presence(&device, false).await;

    browser.goto(payroll.url("/login?ui_locales=en-XB")).await;
    browser.heading(&w("identify-heading")).await;
    walk("identify").await;
    browser.fill(&w("username"), "ada").await;
    browser.press(&w("next")).await;
    browser.heading(&w("welcome-heading")).await;
    walk("authenticate").await;
    browser.fill(&w("temporary-access-pass"), &pass).await;
    browser.press(&w("sign-in")).await;
    browser.heading(&in_pseudo(&say("first-heading").with("name", "Ada Example"))).await;
    walk("register").await;
    browser.set_presence(&device, true).await;
    browser.press(&w("add-passkey")).await;
    browser.heading(&w("done-title")).await;
    walk("done").await;
    browser.press(&w("continue")).await;
    payroll.result(browser).await;

    browser.goto(app.url("/security-info?language=en-XB")).await;
    browser.heading(&w("security-info")).await;
    // Narrow as well, where lines break elsewhere.
    for width in [1280, 360] {
        browser.set_viewport(width, 900, false).await;
        walk(&format!("security-info, {width} px wide")).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn nor_do_the_pages_of_other_days_say_anything_in_plain_english() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let look = Look::at(browser, &NAMES);
    let look = async |name: &str| look.look(name).await;
    app.policy("RecoveryCodes", json!({ "state": "enabled", "isOfferedAtSetUp": false })).await;
    stage.with_passkey().await;
    let tv = app
        .client_with("tv", true, |settings| {
            settings.client_name = "Contoso".into();
            settings.redirect_uris = Vec::new();
            settings.grant_types = vec![GrantType::RefreshToken, GrantType::DeviceCode];
        })
        .await;

    browser.goto(app.url("/security-info?language=en-XB")).await;
    browser.heading(&w("security-info")).await;
    let way_to = async |part: &str| {
        let script = format!("return document.querySelector('main a[href*=\"{part}\"]').href;");
        browser.script(&script).await.as_str().unwrap().to_owned()
    };
    let method = way_to("/security-info/methods/").await;
    browser.goto(&method).await;
    browser.wait_for_text("Virtual authenticator").await;
    look("method").await;
    browser.goto(format!("{}/remove", method.trim_end_matches("/remove"))).await;
    browser.heading(&w("check-heading")).await;
    look("before-a-change").await;
    browser.press(&w("use-passkey")).await;
    browser.heading(&in_pseudo(&say("remove-heading").with("name", "Virtual authenticator"))).await;
    look("remove").await;
    browser.goto(app.url("/security-info/recovery-codes")).await;
    browser.heading(&w("codes")).await;
    look("codes").await;
    browser.press(&w("codes-make-new")).await;
    browser.heading(&w("codes-save-heading")).await;
    look("codes-made").await;

    let form = [("client_id", tv.id.as_str()), ("scope", "openid profile email")];
    let asks = reqwest::Client::new().post(app.url("/device_authorization")).form(&form);
    let shows: serde_json::Value = asks.send().await.unwrap().json().await.unwrap();
    browser.goto(shows["verification_uri_complete"].as_str().unwrap()).await;
    browser.wait_for_text(&w("device-linked")).await;
    look("device-linked").await;
    browser.press(&w("next")).await;
    browser.heading(&w("device-yours")).await;
    look("device-recognise").await;
    browser.press(&w("device-not-me")).await;
    browser.heading(&w("device-denied-heading")).await;
    look("device-denied").await;

    browser.forget_cookies().await;
    browser.goto(payroll.url("/login?ui_locales=en-XB")).await;
    browser.heading(&w("identify-heading")).await;
    browser.link(&w("use-recovery-code")).await;
    browser.heading(&w("recover-heading")).await;
    look("recover").await;
    stage.close().await;
}
