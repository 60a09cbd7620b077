//! What people do to pages: reload, go back, open them twice, hand them on. None of it does harm.

use std::time::Duration;

use super::{Stage, finish, sign_in};
use crate::support::browser::Authenticator;

#[tokio::test]
async fn reloading_at_every_step() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;

    stage.leave_for_sign_in().await;
    browser.reload().await;
    browser.heading("Hello. Who is signing in?").await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    browser.reload().await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.reload().await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;
    browser.reload().await;
    browser.heading("That worked").await;
    browser.press("Continue").await;
    browser.heading("You're all set").await;
    browser.reload().await;
    finish(browser).await;
    stage.result().await;
    stage.close().await;
}

#[tokio::test]
async fn going_back_from_every_step() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;

    stage.leave_for_sign_in().await;
    browser.fill("Username", "adda").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    // The journey has one address: back shows where it is, and another name is a button.
    browser.back().await;
    browser.heading("Welcome").await;
    browser.press("Not you?").await;
    browser.heading("Hello. Who is signing in?").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;
    browser.back().await;
    browser.goto(stage.payroll.url("/login")).await;
    browser.press("Use a passkey").await;
    browser.heading("Add another way in").await;
    browser.press("Skip for now").await;
    let told = stage.result().await;
    assert_eq!(told["claims"]["name"], "Ada Example");
    stage.close().await;
}

#[tokio::test]
async fn going_back_from_the_application_says_that_it_is_done() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    let journey = browser.url().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;

    browser.goto(&journey).await;
    browser.heading("You are already signed in").await;
    browser.link("Go to Payroll").await;
    browser.heading("Hello, Ada Example").await;
    stage.close().await;
}

#[tokio::test]
async fn two_tabs_on_the_same_journey() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    stage.app.one_method_is_enough().await;
    let pass = stage.app.pass("ada").await;
    stage.leave_for_sign_in().await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    let journey = browser.url().await;

    browser.new_tab().await;
    browser.add_authenticator(Authenticator::Platform).await;
    browser.goto(&journey).await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;

    // The first tab still asks for the pass: it comes along.
    browser.switch_tab(0).await;
    browser.add_authenticator(Authenticator::Platform).await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("You're all set").await;

    // The second one finds that nothing is left to add, and leads on.
    browser.switch_tab(1).await;
    browser.expect_problem("status of 409");
    browser.press("Add a passkey").await;
    browser.wait_for_text("Reload this page to go on.").await;
    browser.reload().await;
    finish(browser).await;
    stage.result().await;

    browser.switch_tab(0).await;
    browser.press("Continue").await;
    browser.heading("You are already signed in").await;
    stage.close().await;
}

#[tokio::test]
async fn the_server_is_restarted_at_every_step() {
    let mut stage = Stage::set().await;
    stage.browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;
    stage.leave_for_sign_in().await;

    stage.app = stage.app.restart().await;
    sign_in(&stage.browser, "ada", &pass).await;
    stage.browser.heading("Welcome, Ada Example.").await;
    stage.app = stage.app.restart().await;
    stage.browser.press("Add a passkey").await;
    stage.browser.heading("That worked").await;
    stage.app = stage.app.restart().await;
    stage.browser.press("Continue").await;
    stage.browser.heading("You're all set").await;
    stage.app = stage.app.restart().await;
    finish(&stage.browser).await;
    stage.result().await;
    stage.close().await;
}

#[tokio::test]
async fn while_the_server_is_away_the_page_says_so() {
    let mut stage = Stage::set().await;
    stage.browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    stage.app.stop().await;
    stage.browser.expect_problem("ERR_CONNECTION_REFUSED");
    stage.browser.press("Add a passkey").await;
    stage.browser.wait_for_text("The server could not be reached. Nothing is lost.").await;
    stage.app = stage.app.restart().await;
    stage.browser.reload().await;
    stage.browser.press("Add a passkey").await;
    stage.browser.heading("That worked").await;
    stage.close().await;
}

#[tokio::test]
async fn a_journey_opened_in_another_browser_is_refused_with_a_page() {
    let (stage, other) = Stage::for_two().await;
    let pass = stage.app.pass("ada").await;
    stage.leave_for_sign_in().await;
    let journey = stage.browser.url().await;
    other.expect_problem("status of 410");
    other.goto(&journey).await;
    other.heading("This sign-in is over").await;
    assert!(other.shows("it was begun in another browser").await);
    other.link("My Security Info").await;
    other.heading("Hello. Who is signing in?").await;
    other.close().await;

    // It did the first browser no harm.
    sign_in(&stage.browser, "ada", &pass).await;
    stage.browser.heading("Welcome, Ada Example.").await;
    stage.close().await;
}

#[tokio::test]
async fn a_page_left_open_for_too_long_says_so() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    stage.leave_for_sign_in().await;
    stage.app.wait(Duration::from_secs(2 * 60 * 60));
    browser.expect_problem("status of 410");
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("This sign-in is over").await;
    assert!(browser.shows("Nothing that you set up is lost.").await);
    stage.close().await;
}

#[tokio::test]
async fn a_script_of_a_page_left_open_for_too_long_says_so() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    stage.app.wait(Duration::from_secs(2 * 60 * 60));
    browser.expect_problem("status of 410");
    browser.press("Add a passkey").await;
    browser.wait_for_text("Nothing that you set up is lost.").await;
    stage.close().await;
}
