//! Branding in a browser: looked at while it is typed, saved, and on every page that people see.

use firstkey::domain::branding::BrandingPolicy;
use serde_json::json;

use super::pages::Album;
use super::portal::come_in;
use super::{Stage, sign_in};
use crate::support::browser::{Authenticator, Browser};
use crate::support::images::png;

const EDIT: &str = "/admin/branding/edit";

/// Chooses a file in the field of a logo.
async fn choose_file(browser: &Browser, field: &str, content: &[u8]) {
    let script = format!(
        "const field = document.querySelector('input[type=file][name={field}]');
         const chosen = new DataTransfer();
         chosen.items.add(new File([new Uint8Array({content:?})], 'logo.png'));
         field.files = chosen.files;
         field.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    browser.script(&script).await;
}

/// Waits until this holds in the preview, of `page`.
async fn previewed(browser: &Browser, what: &str, condition: &str) {
    let script = format!(
        "const page = document.querySelector('iframe[name=preview]').contentDocument;
         return Boolean(page?.querySelector('h1') && {condition});"
    );
    browser.wait_for_script(&format!("a preview with {what}"), &script).await;
}

/// How well what is on a page can be read: the lowest contrast of what stands on the accent, and of
/// links; and of the button against the card.
async fn contrasts(browser: &Browser) -> [f64; 3] {
    let script = "
        const bytes = (text) => text.match(/[\\d.]+/g).map(Number);
        const part = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
        const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
        const ratio = (one, two) => {
            const [low, high] = [light(one), light(two)].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
        };
        const style = (selector) => getComputedStyle(document.querySelector(selector));
        const button = style('button.btn:not(.btn-quiet)');
        const card = bytes(style('.card').backgroundColor);
        return [
            ratio(bytes(button.color), bytes(button.backgroundColor)),
            Math.min(
                ratio(bytes(style('.foot a').color), bytes(style('html').backgroundColor)),
                ratio(bytes(style('.foot a').color), card),
            ),
            ratio(bytes(button.backgroundColor), card),
        ];";
    let found = browser.script(script).await;
    [0, 1, 2].map(|at| found[at].as_f64().unwrap())
}

#[tokio::test]
async fn branding_is_looked_at_while_it_is_typed_and_holds_once_it_is_saved() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let album = Album::of(browser);
    let device = browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.link("Branding").await;
    browser.heading("Branding").await;
    browser.link("Change").await;
    browser.heading("Change branding").await;
    previewed(browser, "the name", "page.querySelector('.wordmark').textContent === 'Firstkey'")
        .await;
    browser.fill("Name", "Contoso Bank").await;
    previewed(
        browser,
        "the name",
        "page.querySelector('.wordmark').textContent === 'Contoso Bank'",
    )
    .await;
    let accent = "page.defaultView.getComputedStyle(page.querySelector('.btn')).backgroundColor";
    browser.fill("Colour", "#7a1fa2").await;
    previewed(browser, "the colour", &format!("{accent} === 'rgb(122, 31, 162)'")).await;
    browser.fill("Colour", "#ffe100").await;
    browser.wait_for_text("On light pages the colour is darkened to #").await;
    browser.tick("by night").await;
    previewed(browser, "the night", &format!("{accent} === 'rgb(255, 225, 0)'")).await;
    let ground = "page.defaultView.getComputedStyle(page.documentElement).backgroundColor";
    previewed(browser, "a dark ground", &format!("{ground} === 'rgb(15, 20, 19)'")).await;
    browser.fill("Colour", "#1f4fd8").await;
    browser.tick("by day").await;
    browser.fill("What to do when stuck", "The service desk helps you, on the second floor.").await;
    browser.fill("Telephone of the help desk", "+49 30 123456").await;
    browser.fill("Privacy statement", "javascript:alert(1)").await;
    browser
        .wait_for_text("Privacy statement: an address that begins with https:// is needed.")
        .await;
    browser.fill("Privacy statement", "https://contoso.example/privacy").await;
    browser.fill("Terms of use", "https://contoso.example/terms").await;
    choose_file(browser, "logoFile", b"<svg onload='alert(1)'></svg>").await;
    browser.wait_for_text("Logo: a PNG, JPEG or WebP image is needed.").await;
    choose_file(browser, "logoFile", &png(96, 48, [31, 79, 216])).await;
    previewed(browser, "the logo", "page.querySelector('.logo img')?.naturalWidth === 96").await;
    previewed(browser, "help", "page.body.innerText.includes('on the second floor')").await;
    browser.tick("Phone").await;
    let width = "return document.querySelector('iframe[name=preview]').clientWidth <= 360;";
    browser.wait_for_script("a preview as wide as a phone", width).await;
    browser.tick("Wide").await;
    album.look("branding-edit").await;
    let page = app.visitor().open("/device").await.page();
    assert!(page.body.contains("· Firstkey</title>"), "nothing is saved by looking");
    let nothing = browser
        .script("return document.querySelector('iframe').contentWindow.history.length;")
        .await;
    assert!(nothing.as_i64().unwrap() < 12, "what was typed is not in the history: {nothing}");

    browser.press("Save").await;
    browser.wait_for_text("Branding was saved. People see it from now on.").await;
    browser.wait_for_text("Contoso Bank").await;
    album.look("branding").await;
    // Every page of people: on the way in, what went wrong, the phone's, one's own.
    let pass = app.pass("ada").await;
    browser.goto(payroll.url("/login?prompt=login")).await;
    on_the_page(browser, "sign-in").await;
    for (name, path) in [("phone", "/phone"), ("device", "/device"), ("own", "/security-info")] {
        browser.goto(app.url(path)).await;
        on_the_page(browser, name).await;
        if name == "phone" {
            // Its script decides what is shown first.
            browser.heading("Approve sign-ins on this phone").await;
        }
        album.look(&format!("branded-{name}")).await;
    }
    browser.expect_problem("status of 404");
    browser.goto(app.url("/nowhere")).await;
    on_the_page(browser, "error").await;
    album.look("branded-error").await;
    browser.goto(app.url("/security-info?language=de")).await;
    browser.wait_for_text("Datenschutz").await;
    assert!(browser.shows("Nutzungsbedingungen").await);
    browser.goto(app.url("/security-info?language=en")).await;
    browser.wait_for_text("Terms of use").await;
    // Else it would answer at once, as Grace's.
    browser.remove_authenticator(&device).await;
    browser.forget_cookies().await;
    stage.leave_for_sign_in().await;
    on_the_page(browser, "identify").await;
    album.look("branded-identify").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    on_the_page(browser, "register").await;
    album.look("branded-register").await;
    stage.close().await;
}

/// What was saved is there, and its logo is an image.
async fn on_the_page(browser: &Browser, name: &str) {
    browser.wait_for_text("The service desk helps you, on the second floor.").await;
    let there = "const logo = document.querySelector('.logo img');
                 return logo.complete && logo.naturalWidth > 0;";
    browser.wait_for_script("a logo", there).await;
    let found = browser
        .script(
            "const logo = document.querySelector('.logo img');
             return [
                 logo.naturalWidth,
                 document.querySelector('.wordmark').textContent,
                 [...document.querySelectorAll('.foot-links a')].map((link) => link.href),
                 getComputedStyle(document.documentElement).getPropertyValue('--accent'),
             ];",
        )
        .await;
    let links =
        ["tel:+4930123456", "https://contoso.example/privacy", "https://contoso.example/terms"];
    assert_eq!(found, json!([96, "Contoso Bank", links, "#1f4fd8"]), "{name}");
}

#[tokio::test]
async fn the_preview_works_without_javascript() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.disable_javascript().await;
    browser.goto(app.url(EDIT)).await;
    browser.fill("Name", "Contoso Bank").await;
    browser.fill("Terms of use", "http://contoso.example").await;
    browser.expect_problem("status of 422");
    browser.press("Preview").await;
    let text = "const page = document.querySelector('iframe[name=preview]').contentDocument;
                return page.body.innerText.includes('Terms of use: an address');";
    browser.wait_for_script("what is wrong, in the preview", text).await;
    browser.fill("Terms of use", "https://contoso.example").await;
    browser.tick("by night").await;
    browser.press("Preview").await;
    previewed(
        browser,
        "the name",
        "page.querySelector('.wordmark').textContent === 'Contoso Bank'",
    )
    .await;
    assert_eq!(browser.value("Name").await, "Contoso Bank", "the form stays as it is");
    assert_eq!(app.services.branding_policy().await.unwrap(), BrandingPolicy::default());
    browser.press("Save").await;
    browser.wait_for_text("Branding was saved.").await;
    stage.close().await;
}

#[tokio::test]
async fn extreme_colours_can_be_read_by_day_and_by_night() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let album = Album::of(browser);
    let colours =
        ["#000000", "#ffffff", "#ffff00", "#0000ff", "#ff0000", "#00ff00", "#777777", "#ff69b4"];
    for colour in colours {
        let changes = json!({
            "accentColor": colour,
            "displayName": "شركة المثال للتجارة الدولية",
            "privacyUrl": "https://example.com",
        });
        app.policy("Branding", changes).await;
        for dark in [false, true] {
            browser.set_viewport(1280, 900, dark).await;
            stage.leave_for_sign_in().await;
            let [text, link, shape] = contrasts(browser).await;
            assert!(text >= 4.5, "a button of {colour}, dark: {dark}: {text}");
            assert!(link >= 4.5, "a link of {colour}, dark: {dark}: {link}");
            assert!(shape >= 3.0, "the shape of a button of {colour}, dark: {dark}: {shape}");
        }
        album.look(&format!("accent-{}", &colour[1..])).await;
    }
    stage.close().await;
}
