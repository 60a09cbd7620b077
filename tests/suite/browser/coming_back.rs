//! Every other day: one button, or the list under the username field.

use serde_json::json;

use super::{Stage, finish, how, sign_in};
use crate::support::app::App;
use crate::support::browser::{Authenticator, AuthenticatorId, Browser};
use crate::support::relying_party::Demo;

/// Somebody with a passkey on this device, in a browser that has forgotten them.
async fn with_a_passkey(stage: &Stage) -> AuthenticatorId {
    let device = stage.with_passkey().await;
    stage.browser.forget_cookies().await;
    device
}

#[tokio::test]
async fn by_the_button_without_a_username() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = with_a_passkey(&stage).await;
    browser.set_presence(&device, false).await;
    stage.leave_for_sign_in().await;
    browser.set_presence(&device, true).await;
    assert_eq!(browser.value("Username").await, "");
    browser.press("Use a passkey").await;
    assert_eq!(how(&stage.result().await), json!(["phr", ["swk", "user", "mfa"]]));
    stage.close().await;
}

#[tokio::test]
async fn by_the_list_under_the_username_field() {
    let stage = Stage::set().await;
    with_a_passkey(&stage).await;
    // The virtual authenticator is picked from the list as soon as it is offered.
    stage.browser.goto(stage.payroll.url("/login")).await;
    assert_eq!(how(&stage.result().await), json!(["phr", ["swk", "user", "mfa"]]));
    stage.close().await;
}

#[tokio::test]
async fn by_the_button_after_typing_the_username() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = with_a_passkey(&stage).await;
    browser.set_presence(&device, false).await;
    stage.leave_for_sign_in().await;
    browser.set_presence(&device, true).await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    browser.press("Use a passkey").await;
    assert_eq!(how(&stage.result().await), json!(["phr", ["swk", "user", "mfa"]]));
    stage.close().await;
}

#[tokio::test]
async fn a_passkey_that_is_cancelled_can_be_tried_again() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = with_a_passkey(&stage).await;
    browser.set_presence(&device, false).await;
    stage.leave_for_sign_in().await;
    browser.set_presence(&device, true).await;
    browser.set_user_verified(&device, false).await;
    browser.press("Use a passkey").await;
    browser.wait_for_text("You were not signed in").await;
    assert!(browser.shows("Nothing was lost.").await);

    browser.set_user_verified(&device, true).await;
    browser.press("Use a passkey").await;
    assert_eq!(how(&stage.result().await), json!(["phr", ["swk", "user", "mfa"]]));
    stage.close().await;
}

#[tokio::test]
async fn a_passkey_that_was_removed_is_named_as_unknown_and_no_dead_end() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = with_a_passkey(&stage).await;
    let credentials = browser.credentials(&device).await;
    // Another server on the same name knows nothing of this passkey.
    let other = App::start().await;
    other.person("ada").await;
    let pass = other.pass("ada").await;
    browser.set_presence(&device, false).await;
    browser.goto(other.url("/security-info")).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    browser.expect_problem("status of 403");
    browser.wait_for_text("That passkey or key is not registered here.").await;
    assert_eq!(credentials.len(), 1);
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    stage.close().await;
}

#[tokio::test]
async fn the_demo_application_from_the_first_day_to_the_second() {
    let browser = Browser::new().await;
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let demo = Demo::start(&app, &format!("Sign in as ada with the pass {pass}.")).await;
    let device = browser.add_authenticator(Authenticator::Platform).await;

    browser.goto(&demo.url).await;
    browser.wait_for_text(&pass).await;
    browser.link("Sign in with Firstkey").await;
    sign_in(&browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;
    browser.press("Continue").await;
    finish(&browser).await;
    browser.heading("Hello, Ada Example.").await;
    assert!(browser.shows("urn:firstkey:acr:bootstrap").await);

    browser.press("Refresh the token").await;
    browser.heading("Hello, Ada Example.").await;
    browser.press("Sign out").await;
    browser.wait_for_text("Everything your team does, in one place.").await;
    assert_eq!(browser.url().await, format!("{}/", demo.url));

    // Signed out at the provider, too: it asks who it is. One button answers.
    browser.set_presence(&device, false).await;
    browser.link("Sign in with Firstkey").await;
    browser.heading("Hello. Who is signing in?").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    browser.heading("Hello, Ada Example.").await;
    assert!(browser.shows("phr").await);

    // Still signed in at the provider: a second tab of the application asks nothing.
    browser.new_tab().await;
    browser.goto(format!("{}/login", demo.url)).await;
    browser.heading("Hello, Ada Example.").await;
    browser.close().await;
}
