//! Every page, looked at: none is wider than a small phone, each names itself, and what went wrong
//! is said on a page with a way out.
//!
//! With `FIRSTKEY_PICTURES=FOLDER` the walk also saves a picture of every page, narrow and wide,
//! light and dark.

use std::path::PathBuf;
use std::time::Duration;

use askama::Template as _;
use firstkey::http::language::Language;
use firstkey::pages::brand_view::BrandView;
use firstkey::pages::views::{Chrome, LeavingPage};

use super::{Stage, accessible, finish, leave_for_lunch, set_up_before, sign_in};
use crate::support::browser::{Authenticator, Browser};
use crate::support::relying_party::Demo;

/// Looks at pages one by one.
pub(super) struct Album<'a> {
    browser: &'a Browser,
    pub(super) folder: Option<PathBuf>,
}

impl<'a> Album<'a> {
    pub(super) fn new(browser: &'a Browser, folder: Option<PathBuf>) -> Self {
        Self { browser, folder }
    }

    /// With pictures where those who run the tests want some.
    pub(super) fn of(browser: &'a Browser) -> Self {
        Self::new(browser, std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from))
    }

    pub(super) async fn look(&self, name: &str) {
        let browser = self.browser;
        browser.set_viewport(320, 640, false).await;
        assert!(!browser.overflows().await, "{name} is wider than 320 px");
        let small = "return [...document.querySelectorAll('button, a.btn, input')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 24)
            .map((e) => e.outerHTML);";
        let small = browser.script(small).await;
        assert_eq!(small, serde_json::json!([]), "{name} has targets that are hard to hit");
        let heads = "return [...document.querySelectorAll('h1')]
            .filter((e) => e.checkVisibility()).length;";
        let heads = browser.script(heads).await;
        assert_eq!(heads, 1, "{name} has one main heading");
        accessible::check(browser, name).await;
        if let Some(folder) = &self.folder {
            let none = serde_json::json!({ "hidden": true });
            browser.devtools("Emulation.setScrollbarsHidden", none).await;
            // Until what moves has arrived.
            tokio::time::sleep(Duration::from_millis(500)).await;
            for (width, height) in [(1280, 800), (360, 740)] {
                for (dark, shade) in [(false, "light"), (true, "dark")] {
                    browser.set_viewport(width, height, dark).await;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    browser.screenshot(folder.join(format!("{name}-{width}-{shade}.png"))).await;
                }
            }
        }
        browser.set_viewport(1280, 900, false).await;
    }
}

/// The hop to an application is gone in a moment: here it stays.
async fn leaving(browser: &Browser) {
    let icon = browser.script("return document.querySelector('link[rel=icon]').href;").await;
    let assets = icon.as_str().unwrap().trim_end_matches("/favicon.svg").to_owned();
    let chrome = Chrome {
        brand: "Firstkey".into(),
        branding: BrandView::default(),
        assets,
        csrf: String::new(),
        language: Language::english(),
        others: Vec::new(),
    };
    let page = LeavingPage { chrome, app: "Payroll".into(), target: "https://app.example".into() };
    let html = page.render().unwrap().replace("http-equiv=\"refresh\"", "name=\"refresh\"");
    let tree = browser.devtools("Page.getFrameTree", serde_json::json!({})).await;
    let frame = &tree["frameTree"]["frame"]["id"];
    let content = serde_json::json!({ "frameId": frame, "html": html });
    browser.devtools("Page.setDocumentContent", content).await;
    browser.heading("On to Payroll").await;
}

#[tokio::test]
async fn no_page_is_wider_than_a_small_phone() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let album = Album::of(browser);
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    browser.set_presence(&device, false).await;

    stage.leave_for_sign_in().await;
    album.look("identify").await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    album.look("authenticate").await;
    browser.fill("Temporary Access Pass", "WRNG-PASS").await;
    browser.press("Sign in").await;
    browser.wait_for_text("That did not work.").await;
    album.look("authenticate-wrong").await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.wait_for_text("Passkey on this device").await;
    album.look("register").await;
    browser.set_presence(&device, true).await;
    browser.set_user_verified(&device, false).await;
    browser.press("Add a passkey").await;
    browser.wait_for_text("Nothing was saved.").await;
    album.look("register-cancelled").await;
    browser.set_user_verified(&device, true).await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;
    album.look("register-second").await;
    browser.press("Continue").await;
    browser.heading("You're all set").await;
    album.look("done").await;
    let journey = browser.url().await;
    browser.press("Continue").await;
    payroll.result(browser).await;
    browser.goto(&journey).await;
    album.look("already").await;
    leaving(browser).await;
    album.look("leaving").await;

    browser.goto(app.url("/security-info")).await;
    album.look("security-info").await;
    browser.goto(payroll.url("/login?prompt=login")).await;
    browser.heading("One more check").await;
    album.look("authenticate-again").await;
    browser.press("Use a passkey").await;
    payroll.result(browser).await;
    let lunch = leave_for_lunch(app, browser).await;
    browser.heading("Share this with Lunch Club?").await;
    album.look("consent").await;
    browser.goto(lunch.url("/logout")).await;
    browser.heading("Sign out?").await;
    album.look("sign-out").await;
    browser.goto(app.url("/end_session")).await;
    browser.press("Sign out").await;
    browser.heading("You are signed out").await;
    album.look("signed-out").await;
    stage.close().await;
}

#[tokio::test]
async fn nor_are_the_pages_for_when_things_go_wrong_or_the_demo() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let album = Album::of(browser);
    set_up_before(app, "ada").await;
    browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    let pass = app.pass("ada").await;
    let demo = Demo::start(app, &format!("Sign in as ada with the pass {pass}.")).await;

    browser.expect_problem("status of 404");
    browser.goto(app.url("/nowhere")).await;
    browser.heading("There is no such page").await;
    album.look("error").await;
    browser.goto(app.url("/docs/api")).await;
    browser.heading("API").await;
    album.look("docs-api").await;
    browser.expect_problem("status of 429");
    app.person("eve").await;
    stage.leave_for_sign_in().await;
    browser.fill("Username", "eve").await;
    browser.press("Next").await;
    for _ in 0..6 {
        browser.fill("Temporary Access Pass", "WRNG-PASS").await;
        browser.press("Sign in").await;
        browser.heading("Welcome").await;
    }
    while !browser.shows("You can try again in").await {
        browser.fill("Temporary Access Pass", "WRNG-PASS").await;
        browser.press("Sign in").await;
        browser.heading("Welcome").await;
    }
    album.look("authenticate-throttled").await;

    browser.goto(&demo.url).await;
    album.look("demo-home").await;
    browser.link("Sign in with Firstkey").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    album.look("register-recovery").await;
    browser.press("Add a security key").await;
    browser.heading("Still have these?").await;
    browser.press("I still have all of these").await;
    finish(browser).await;
    browser.heading("Hello, Ada Example.").await;
    album.look("demo-claims").await;
    browser.expect_problem("status of 400");
    browser.goto(format!("{}/callback?state=nobody", demo.url)).await;
    browser.heading("That did not work.").await;
    album.look("demo-error").await;
    stage.close().await;
}

#[tokio::test]
async fn an_application_that_nobody_registered_is_answered_with_a_page() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    browser.expect_problem("status of 400");
    browser.goto(app.url("/authorize?client_id=stranger&response_type=code&scope=openid")).await;
    assert_eq!(browser.headings().await.len(), 1);
    assert!(browser.shows("give them this reference").await);
    assert!(browser.url().await.starts_with(&app.issuer), "nobody is sent to a stranger");

    let elsewhere = "/authorize?client_id=payroll&response_type=code&scope=openid\
                     &redirect_uri=https%3A%2F%2Fevil.example%2F";
    browser.goto(app.url(elsewhere)).await;
    assert!(browser.shows("give them this reference").await);
    assert!(browser.url().await.starts_with(&app.issuer));
    // What the application itself got wrong, it is told.
    browser.goto(payroll.url("/login?response_type=token")).await;
    assert_eq!(payroll.error(browser).await, "unsupported_response_type");
    stage.close().await;
}

#[tokio::test]
async fn a_page_that_does_not_exist_leads_somewhere() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    browser.expect_problem("status of 404");
    for path in ["/nowhere", "/journey/nonsense"] {
        browser.goto(app.url(path)).await;
        browser.heading("There is no such page").await;
    }
    browser.link("My Security Info").await;
    browser.heading("Hello. Who is signing in?").await;
    stage.close().await;
}
