//! My Security Info.

use super::{Stage, finish, sign_in};
use crate::support::browser::{Authenticator, Role};

#[tokio::test]
async fn it_shows_what_opens_the_account_and_takes_a_pass_back() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;
    browser.goto(stage.app.url("/")).await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    finish(browser).await;

    browser.heading("My Security Info").await;
    browser.wait_for_text("Virtual authenticator").await;
    browser.wait_for_text("Only this browser.").await;
    browser.press_in("Temporary Access Pass", "Delete this pass").await;
    browser.heading("My Security Info").await;
    while browser.has(Role::Button, "Delete this pass").await {
        tokio::task::yield_now().await;
    }
    assert!(
        stage
            .app
            .services
            .show_pass(&stage.app.services.find_user("ada").await.unwrap())
            .await
            .unwrap()
            .is_none()
    );

    browser.press("Sign out").await;
    browser.heading("You are signed out").await;
    browser.back().await;
    browser.goto(stage.app.url("/security-info")).await;
    browser.heading("Hello. Who is signing in?").await;
    stage.close().await;
}

#[tokio::test]
async fn a_method_is_added_and_both_are_listed() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = stage.with_passkey().await;

    browser.goto(stage.app.url("/security-info")).await;
    browser.press("Add a method").await;
    // The pass has done its work: what comes later takes the key.
    browser.wait_for_text("Use the passkey or security key that you set up.").await;
    browser.press("Use a passkey").await;
    browser.heading("Add another way in").await;
    browser.set_presence(&device, false).await;
    browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.press("Add a security key").await;
    browser.heading("My Security Info").await;
    browser.wait_for_text("Virtual authenticator").await;
    browser.wait_for_text("Security key").await;

    // Changed one's mind.
    browser.press("Add a method").await;
    browser.heading("Add another way in").await;
    browser.press("Skip for now").await;
    browser.heading("My Security Info").await;
    stage.close().await;
}

#[tokio::test]
async fn whoever_comes_later_shows_that_it_is_them_before_adding() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = stage.with_passkey().await;
    stage.app.wait(std::time::Duration::from_secs(2 * 60 * 60));

    browser.set_presence(&device, false).await;
    browser.goto(stage.app.url("/security-info")).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    browser.heading("My Security Info").await;
    stage.app.wait(std::time::Duration::from_secs(30 * 60));
    browser.press("Add a method").await;
    browser.heading("One more check").await;
    browser.wait_for_text("Before you change how you sign in, show that it is you.").await;
    browser.press("Use a passkey").await;
    browser.heading("Add another way in").await;
    stage.close().await;
}
