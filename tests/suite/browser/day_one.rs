//! The first day: a pass leads to a passkey or a security key, and into the application.

use serde_json::json;

use super::{Stage, finish, how, set_up_before, sign_in};
use crate::support::browser::Authenticator;

#[tokio::test]
async fn with_this_devices_own_passkey_and_a_security_key_besides() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;

    stage.leave_for_sign_in().await;
    assert!(browser.shows("Signing in to Payroll").await);
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    assert!(browser.shows("ada").await);
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;

    browser.heading("Welcome, Ada Example.").await;
    browser.wait_for_text("Two minutes, and you will never need a password here.").await;
    browser.wait_for_text("Passkey on this device").await;
    browser.press("Add a passkey").await;

    browser.heading("That worked, Ada Example.").await;
    assert_eq!(browser.credentials(&device).await.len(), 1);
    assert!(browser.shows("Virtual authenticator").await, "it is called by its model");
    assert!(browser.shows("1 of 2").await);

    let key = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.press("Add a security key").await;
    finish(browser).await;
    assert_eq!(browser.credentials(&key).await.len(), 1);

    let told = stage.result().await;
    assert_eq!(how(&told), json!(["urn:firstkey:acr:bootstrap", ["tap", "otp"]]));
    assert_eq!(told["claims"]["name"], "Ada Example");
    assert_eq!(told["userinfo"]["email"], "ada@example.com");
    stage.close().await;
}

#[tokio::test]
async fn with_one_passkey_and_no_second_method() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;
    browser.press("Continue").await;
    finish(browser).await;
    assert_eq!(stage.result().await["claims"]["name"], "Ada Example");
    stage.close().await;
}

#[tokio::test]
async fn with_a_security_key() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    let key = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a security key").await;
    finish(browser).await;
    let told = stage.result().await;
    assert_eq!(how(&told), json!(["urn:firstkey:acr:bootstrap", ["tap", "otp"]]));
    let credentials = browser.credentials(&key).await;
    assert_eq!(credentials[0]["isResidentCredential"], true, "it is found without a username");
    assert_eq!(credentials[0]["userName"], "ada");

    // What is bound to one piece of hardware is told as that.
    browser.forget_cookies().await;
    stage.leave_for_sign_in().await;
    browser.press("Use a passkey").await;
    assert_eq!(how(&stage.result().await), json!(["phr", ["hwk", "user", "mfa"]]));
    stage.close().await;
}

#[tokio::test]
async fn where_two_methods_are_required_one_is_not_the_end() {
    let stage = Stage::set().await;
    stage
        .app
        .policy("Registration", json!({ "requiredMethods": 2, "recommendedMethods": 2 }))
        .await;
    let browser = &stage.browser;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    assert!(browser.shows("0 of 2").await);
    browser.press("Add a passkey").await;

    browser.heading("That worked").await;
    assert!(browser.shows("1 of 2").await);
    assert!(!browser.shows("Continue").await && !browser.shows("Skip for now").await);
    // Nor by the back door of the application.
    browser.goto(stage.payroll.url("/login")).await;
    browser.wait_for_text("1 of 2").await;

    browser.set_presence(&device, false).await;
    browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.press("Add a security key").await;
    finish(browser).await;
    assert_eq!(stage.result().await["claims"]["name"], "Ada Example");
    stage.close().await;
}

#[tokio::test]
async fn who_lost_everything_is_shown_what_there_was_and_sets_up_anew() {
    let stage = Stage::set().await;
    set_up_before(&stage.app, "ada").await;
    let browser = &stage.browser;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;

    stage.leave_for_sign_in().await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.heading("What you had before").await;
    browser.wait_for_text("added an hour ago").await;
    browser.press("Add a passkey").await;
    browser.press("I still have all of these").await;

    // With what there was, these are two.
    browser.heading("You're all set").await;
    browser.wait_for_text("New").await;
    assert_eq!(browser.credentials(&device).await.len(), 1);
    finish(browser).await;
    stage.result().await;
    stage.close().await;
}
