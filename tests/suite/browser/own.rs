//! Looking after what opens one's account, and who is let in by it.

use std::time::Duration;

use serde_json::{Value, json};

use super::pages::Album;
use super::{Stage, finish, lunch_club, set_up_before};
use crate::support::browser::{Authenticator, AuthenticatorId, Browser, Role};

const MINUTE: Duration = Duration::from_secs(60);

/// Ada with a passkey on her computer, signed in with it.
async fn at_home(stage: &Stage) -> AuthenticatorId {
    let device = stage.with_passkey().await;
    let browser = &stage.browser;
    browser.forget_cookies().await;
    browser.set_presence(&device, false).await;
    browser.goto(stage.app.url("/security-info")).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    browser.heading("My Security Info").await;
    device
}

/// Ada adds a passkey on her computer to a key that she has elsewhere, and is signed in with a pass.
async fn adds_to_another(stage: &Stage) {
    let Stage { app, browser, .. } = stage;
    app.one_method_is_enough().await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    browser.set_presence(&device, false).await;
    browser.goto(app.url("/security-info")).await;
    super::sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.set_presence(&device, true).await;
    browser.press("Add a passkey").await;
    browser.press("I still have all of these").await;
    finish(browser).await;
    browser.heading("My Security Info").await;
}

/// Writes down in every page from now on what it signals to whoever keeps passkeys.
async fn listen_to_signals(browser: &Browser) {
    let source = "window.signalled = [];
        for (const name of ['signalAllAcceptedCredentials', 'signalCurrentUserDetails', 'signalUnknownCredential']) {
            const real = PublicKeyCredential[name];
            PublicKeyCredential[name] = async (what) => {
                window.signalled.push([name, what]);
                return real?.call(PublicKeyCredential, what);
            };
        }";
    browser.before_each_page(source).await;
}

/// What the page has signalled by this name, waiting for it.
async fn signalled(browser: &Browser, name: &str) -> Value {
    loop {
        let all = browser.script("return window.signalled;").await;
        let found = all.as_array().into_iter().flatten().find(|call| call[0] == name);
        if let Some(call) = found {
            return call[1].clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whoever_was_away_shows_that_it_is_them_and_comes_back_to_what_they_did() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    at_home(&stage).await;
    stage.app.wait(6 * MINUTE);
    browser.link("Manage Virtual authenticator").await;
    browser.heading("Virtual authenticator").await;
    browser.fill("Name", "My blue laptop").await;
    browser.press("Save").await;
    browser.heading("One more check").await;
    browser.wait_for_text("Before you change how you sign in, show that it is you.").await;
    browser.press("Use a passkey").await;
    browser.heading("Virtual authenticator").await;
    assert_eq!(browser.value("Name").await, "My blue laptop");
    browser.press("Save").await;
    browser.wait_for_text("It is called My blue laptop now.").await;

    stage.app.wait(6 * MINUTE);
    browser.link("Manage My blue laptop").await;
    browser.link("Remove").await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    browser.heading("Remove My blue laptop?").await;
    // Changed her mind.
    browser.link("Cancel").await;
    browser.heading("My Security Info").await;
    browser.wait_for_text("My blue laptop").await;
    stage.close().await;
}

#[tokio::test]
async fn the_last_way_in_is_warned_about_and_the_browser_forgets_what_was_removed() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let album = Album::of(browser);
    let device = at_home(&stage).await;
    listen_to_signals(browser).await;
    browser.reload().await;
    let kept = signalled(browser, "signalAllAcceptedCredentials").await;
    assert_eq!(kept["allAcceptedCredentialIds"].as_array().map(Vec::len), Some(1));
    let who = signalled(browser, "signalCurrentUserDetails").await;
    assert_eq!((&who["name"], &who["displayName"]), (&json!("ada"), &json!("Ada Example")));
    assert_eq!(who["userId"], kept["userId"]);
    assert_eq!(browser.credentials(&device).await.len(), 1, "what is registered stays");

    browser.link("Manage Virtual authenticator").await;
    browser.heading("Virtual authenticator").await;
    album.look("own-method").await;
    browser.link("Remove").await;
    browser.wait_for_text("This is your last way to sign in.").await;
    browser.press("Remove it").await;
    browser.wait_for_text("Add another one first.").await;
    album.look("own-remove-last").await;
    browser
        .tick(
            "It was lost or stolen Signs you out everywhere else and takes back what apps were given. \
             Recovery codes, if you have any, stop working.",
        )
        .await;
    browser.press("Remove it").await;
    browser.wait_for_text("Say first that you know that you will need a pass.").await;
    browser.tick("I know that I then need a pass to sign in").await;
    browser.press("Remove it").await;
    // What the policy wants is asked for at once, for as long as the proof is young.
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    browser.heading("My Security Info").await;
    let kept = signalled(browser, "signalAllAcceptedCredentials").await;
    let ids = kept["allAcceptedCredentialIds"].as_array().cloned().unwrap_or_default();
    let held = browser.credentials(&device).await;
    assert_eq!((ids.len(), held.len()), (1, 1), "the browser keeps what is registered alone");
    stage.close().await;
}

#[tokio::test]
async fn the_browser_no_longer_offers_what_was_removed() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = at_home(&stage).await;
    let none = json!({ "requiredMethods": 0, "recommendedMethods": 0 });
    stage.app.policy("Registration", none).await;
    listen_to_signals(browser).await;
    browser.link("Manage Virtual authenticator").await;
    browser.link("Remove").await;
    browser.tick("I know that I then need a pass to sign in").await;
    browser.press("Remove it").await;
    browser.wait_for_text("Virtual authenticator was removed.").await;
    let kept = signalled(browser, "signalAllAcceptedCredentials").await;
    assert_eq!(kept["allAcceptedCredentialIds"], json!([]));
    let gone = async {
        while !browser.credentials(&device).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), gone).await;
    waited.expect("the browser forgets it");
    stage.close().await;
}

#[tokio::test]
async fn two_tabs_remove_a_method_once() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    set_up_before(&stage.app, "ada").await;
    adds_to_another(&stage).await;
    browser.link("Manage Passkey").await;
    browser.heading("Passkey").await;
    browser.link("Remove").await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    browser.heading("Remove Passkey?").await;
    let page = browser.url().await;
    browser.new_tab().await;
    browser.goto(&page).await;
    browser.heading("Remove Passkey?").await;
    browser.press("Remove it").await;
    browser.wait_for_text("Passkey was removed.").await;
    browser.switch_tab(0).await;
    browser.expect_problem("status of 404");
    browser.press("Remove it").await;
    browser.heading("There is no such page").await;
    browser.link("My Security Info").await;
    browser.heading("My Security Info").await;
    browser.wait_for_text("Virtual authenticator").await;
    stage.close().await;
}

#[tokio::test]
async fn sessions_apps_and_activity_are_looked_after_without_a_script() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let album = Album::of(browser);
    let mut other = set_up_before(app, "ada").await;
    adds_to_another(&stage).await;
    browser.goto(payroll.url("/login?prompt=login")).await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    stage.result().await;
    let lunch = lunch_club(app).await;
    browser.goto(lunch.url("/login?scope=openid+profile+email+offline_access")).await;
    browser.heading("Share this with Lunch Club?").await;
    browser.press("Continue").await;
    lunch.result(browser).await;
    // She is signed in elsewhere as well.
    let mut elsewhere = [app.visitor(), app.visitor()];
    for visitor in &mut elsewhere {
        visitor.open("/security-info").await.page();
        assert_eq!(visitor.use_passkey(&mut other).await.page().heading(), "My Security Info");
    }

    browser.disable_javascript().await;
    browser.goto(app.url("/security-info")).await;
    browser.wait_for_text("Chrome on Linux").await;
    browser.wait_for_text("This browser").await;
    album.look("own-home").await;
    browser.press("Sign out Unknown browser").await;
    browser.wait_for_text("Signed out there.").await;
    let mut home = 0;
    for visitor in &mut elsewhere {
        let page = visitor.open("/security-info").await.page();
        home += usize::from(page.heading() == "My Security Info");
    }
    assert_eq!(home, 1, "one of the two is out");
    browser.press("Sign out everywhere else").await;
    browser.wait_for_text("You are signed out everywhere else.").await;
    browser.wait_for_text("Only this browser.").await;
    for visitor in &mut elsewhere {
        let page = visitor.open("/security-info").await.page();
        assert_ne!(page.heading(), "My Security Info");
    }

    browser.press("Remove access of Lunch Club").await;
    browser.wait_for_text("Lunch Club no longer has access.").await;
    assert!(!browser.has(Role::Button, "Remove access of Lunch Club").await);
    browser.link("All activity").await;
    browser.heading("Recent activity").await;
    browser.wait_for_text("You removed the access of Lunch Club").await;
    browser.wait_for_text("A Temporary Access Pass was issued for you").await;
    album.look("own-activity").await;
    browser.goto(app.url("/security-info")).await;
    browser.link("Manage Passkey").await;
    browser.fill("Name", "Old one").await;
    browser.press("Save").await;
    browser.wait_for_text("It is called Old one now.").await;
    browser.link("Manage Old one").await;
    browser.link("Remove").await;
    browser.heading("Remove Old one?").await;
    browser.wait_for_text("You can no longer sign in with it.").await;
    album.look("own-remove").await;
    browser.press("Remove it").await;
    browser.wait_for_text("Old one was removed.").await;
    album.look("own-removed").await;
    browser.goto(app.url("/security-info?language=de")).await;
    album.look("de-own-home").await;
    browser.press("Überall abmelden").await;
    browser.heading("Sie sind abgemeldet").await;
    browser.goto(app.url("/security-info")).await;
    browser.heading("Hallo. Wer meldet sich an?").await;
    stage.close().await;
}
