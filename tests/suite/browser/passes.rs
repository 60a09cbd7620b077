//! The pass field: mistakes, too many of them, and no mouse.

use thirtyfour::Key;

use super::{Stage, finish, focused_id, sign_in};
use crate::support::browser::{Authenticator, Browser};

const WRONG: &str = "That did not work. Check the username and the pass, and type it again.";

/// Types a wrong pass and waits for the answer.
async fn guess(browser: &Browser, guess: &str) {
    browser.fill("Temporary Access Pass", guess).await;
    browser.press("Sign in").await;
    // The old page is gone once the field is empty.
    let empty = "return document.readyState === 'complete' \
                 && document.querySelector('#pass').value === '';";
    while browser.script(empty).await != true {
        tokio::task::yield_now().await;
    }
    browser.wait_for_text(WRONG).await;
}

#[tokio::test]
async fn a_mistyped_pass_is_said_where_it_is_heard_and_the_right_one_then_works() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let pass = stage.app.pass("ada").await;
    stage.leave_for_sign_in().await;
    sign_in(browser, "ada", "WRNG-PASS").await;
    browser.wait_for_text(WRONG).await;
    assert_eq!(focused_id(browser).await, "alert", "screen readers begin with it");
    assert!(browser.shows("ada").await, "nobody types a username twice");

    // Whoever simply types means the field.
    browser.type_keys("x").await;
    assert_eq!(focused_id(browser).await, "pass");
    // Groups, blanks and small letters do not matter.
    browser.fill("Temporary Access Pass", &format!(" {} ", pass.to_lowercase())).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    stage.close().await;
}

#[tokio::test]
async fn somebody_who_is_not_there_looks_the_same() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    stage.leave_for_sign_in().await;
    sign_in(browser, "nobody", "WRNG-PASS").await;
    browser.wait_for_text(WRONG).await;
    browser.press("Not you?").await;
    browser.heading("Hello. Who is signing in?").await;
    stage.close().await;
}

#[tokio::test]
async fn after_five_wrong_tries_the_page_says_how_long_to_wait() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let pass = stage.app.pass("ada").await;
    stage.leave_for_sign_in().await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    for number in 0..5 {
        guess(browser, &format!("WRNG-PAS{number}")).await;
    }
    browser.expect_problem("status of 429");
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.wait_for_text("There were too many wrong tries.").await;
    browser.wait_for_text("You can try again in").await;
    let first = browser.text_of("[data-wait-left]").await;
    assert!(first.ends_with("seconds"), "{first}");
    let changed =
        format!("return document.querySelector('[data-wait-left]').innerText !== {first:?};");
    while browser.script(&changed).await != true {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    stage.app.wait(std::time::Duration::from_secs(16));
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    stage.close().await;
}

#[tokio::test]
async fn no_mouse_is_needed() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;

    stage.leave_for_sign_in().await;
    assert_eq!(browser.focused().await, "Username");
    browser.type_keys("ada" + Key::Enter).await;
    browser.heading("Welcome").await;
    assert_eq!(browser.focused().await, "Temporary Access Pass");
    browser.type_keys(pass.as_str() + Key::Tab).await;
    assert_eq!(browser.focused().await, "Sign in");
    browser.type_keys(Key::Enter + "").await;

    browser.heading("Welcome, Ada Example.").await;
    browser.wait_for_text("Add a passkey").await;
    tab_to(browser, "Add a passkey").await;
    browser.type_keys(Key::Enter + "").await;
    browser.heading("You're all set").await;
    tab_to(browser, "Continue").await;
    browser.type_keys(" ").await;
    stage.result().await;
    stage.close().await;
}

/// Presses Tab until this has the focus.
async fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..10 {
        browser.type_keys(Key::Tab + "").await;
        if browser.focused().await == name {
            return;
        }
    }
    panic!("Tab never gets to {name}");
}

#[tokio::test]
async fn a_pass_works_once_where_it_is_for_one_time() {
    let (stage, other) = Stage::for_two().await;
    let browser = &stage.browser;
    stage.app.one_method_is_enough().await;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.one_time_pass("ada").await;
    stage.leave_for_sign_in().await;
    sign_in(browser, "ada", &pass).await;
    browser.wait_for_text("Your pass works for 10 more minutes.").await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;

    other.goto(stage.payroll.url("/login")).await;
    sign_in(&other, "ada", &pass).await;
    other.wait_for_text(WRONG).await;
    other.close().await;
    stage.close().await;
}
