//! JavaScript is off: what can be done is done, and what cannot is said.

use super::{Stage, set_up_before, sign_in};

/// The buttons that can be seen.
async fn buttons(stage: &Stage) -> Vec<String> {
    let script = "return [...document.querySelectorAll('button')]
        .filter((b) => b.checkVisibility()).map((b) => b.innerText.trim());";
    let names = stage.browser.script(script).await;
    serde_json::from_value(names).expect("a list of names")
}

#[tokio::test]
async fn a_pass_is_enough_for_whoever_has_a_key_already() {
    let stage = Stage::set().await;
    set_up_before(&stage.app, "ada").await;
    let pass = stage.app.pass("ada").await;
    let browser = &stage.browser;
    browser.disable_javascript().await;
    stage.leave_for_sign_in().await;
    assert_eq!(
        buttons(&stage).await,
        ["Next", "Use my phone"],
        "a passkey button would do nothing"
    );
    browser.wait_for_text("Passkeys need JavaScript").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    assert_eq!(buttons(&stage).await, ["Set up phone sign-in", "Skip for now"]);
    browser.press("Skip for now").await;
    assert_eq!(stage.result().await["claims"]["name"], "Ada Example");
    stage.close().await;
}

#[tokio::test]
async fn whoever_must_set_up_a_key_is_told_what_is_missing() {
    let stage = Stage::set().await;
    let pass = stage.app.pass("ada").await;
    let browser = &stage.browser;
    browser.disable_javascript().await;
    stage.leave_for_sign_in().await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    assert_eq!(buttons(&stage).await, ["Not you?", "Sign in", "Use my phone"]);
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.wait_for_text("needs JavaScript, which is off in this browser.").await;
    assert_eq!(buttons(&stage).await, ["Set up phone sign-in"]);
    stage.close().await;
}
