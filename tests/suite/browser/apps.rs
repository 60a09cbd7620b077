//! What applications ask for: consent, a stronger sign-in, a sign-out.

use serde_json::json;

use super::{Stage, finish, how, lunch_club, sign_in};
use crate::support::browser::Authenticator;
use crate::support::relying_party::RelyingParty;

#[tokio::test]
async fn somebody_elses_application_is_given_what_one_agrees_to() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let caterer = lunch_club(&stage.app).await;
    // Our own asks nothing.
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;

    // The pass was for that one: another application wants the key.
    browser.goto(caterer.url("/login")).await;
    browser.wait_for_text("Use the passkey or security key that you set up.").await;
    browser.press("Use a passkey").await;
    browser.heading("Share this with Lunch Club?").await;
    let host = caterer.origin.trim_start_matches("http://");
    assert!(browser.shows(host).await, "whom the answer goes to can be checked");
    assert!(browser.shows("Your e-mail address").await);
    browser.press("Cancel").await;
    assert_eq!(caterer.error(browser).await, "access_denied");

    browser.goto(caterer.url("/login")).await;
    browser.heading("Share this with Lunch Club?").await;
    browser.press("Continue").await;
    assert_eq!(caterer.result(browser).await["userinfo"]["email"], "ada@example.com");

    // Once is enough, until it asks for more.
    browser.goto(caterer.url("/login")).await;
    caterer.result(browser).await;
    browser.goto(caterer.url("/login?scope=openid+groups")).await;
    browser.heading("Share this with Lunch Club?").await;
    browser.wait_for_text("Your groups").await;
    stage.close().await;
}

#[tokio::test]
async fn a_key_that_is_asked_for_is_used_right_after_it_was_set_up() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;
    stage.leave_with("acr_values=phr").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("One more check").await;
    browser.wait_for_text("so that Payroll knows that it works").await;
    assert!(!browser.shows("Temporary Access Pass").await, "a pass would not do");
    browser.press("Use a passkey").await;
    finish(browser).await;
    let told = stage.result().await;
    assert_eq!(how(&told), json!(["phr", ["tap", "otp", "swk", "user", "mfa"]]));
    stage.close().await;
}

#[tokio::test]
async fn a_fresh_sign_in_is_asked_for_in_words() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;

    browser.goto(stage.payroll.url("/login?prompt=login")).await;
    browser.heading("One more check").await;
    browser.wait_for_text("Payroll asks you to sign in again.").await;
    browser.press("Use a passkey").await;
    let told = stage.result().await;
    assert_eq!(told["claims"]["acr"], "phr");
    stage.close().await;
}

#[tokio::test]
async fn signing_out_of_an_application_comes_back_to_it() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;

    browser.link("Sign out").await;
    browser.wait_url(&stage.payroll.url("/signed-out?state=")).await;
    browser.heading("Signed out").await;
    // Here, too: who it is must be asked.
    browser.set_presence(&device, false).await;
    stage.leave_for_sign_in().await;
    stage.close().await;
}

#[tokio::test]
async fn signing_out_without_a_hint_asks_first() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let directory = RelyingParty::start_with(&stage.app, "directory", |settings| {
        settings.client_name = "Directory".into();
    })
    .await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;

    // This one has no ID token to show: nobody signed in to it.
    browser.goto(directory.url("/logout")).await;
    browser.heading("Sign out?").await;
    browser.wait_for_text("Directory asks to sign you out.").await;
    browser.press("Stay signed in").await;
    browser.heading("My Security Info").await;

    browser.goto(directory.url("/logout")).await;
    browser.heading("Sign out?").await;
    browser.press("Sign out").await;
    browser.wait_url(&directory.url("/signed-out")).await;
    browser.heading("Signed out").await;

    // Nobody is signed in any more: there is nothing to ask.
    browser.goto(stage.app.url("/end_session")).await;
    browser.heading("You are signed out").await;
    stage.close().await;
}

#[tokio::test]
async fn an_application_under_the_profile_fapi2_signs_people_in() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let bank = RelyingParty::start_fapi(&stage.app, "bank").await;
    let pass = stage.app.pass("ada").await;
    browser.goto(bank.url("/login?scope=openid+profile+offline_access")).await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    let told = bank.result(browser).await;
    assert_eq!(told["token_type"], "dpop");
    assert_eq!(told["userinfo"]["name"], "Ada Example");
    assert_eq!(bank.refreshed(browser).await["token_type"], "dpop");
    stage.close().await;
}

#[tokio::test]
async fn an_answer_is_posted_to_an_application_that_wants_it_so() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;
    stage.leave_with("response_mode=form_post&use=par").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    assert_eq!(stage.result().await["userinfo"]["email"], "ada@example.com");

    // An error travels the same way, and so does the answer to a form of ours.
    browser.goto(stage.payroll.url("/login?response_mode=form_post&scope=email")).await;
    assert_eq!(stage.payroll.error(browser).await, "invalid_scope");
    let lunch = lunch_club(&stage.app).await;
    browser.goto(lunch.url("/login?response_mode=form_post")).await;
    browser.press("Use a passkey").await;
    browser.heading("Share this with Lunch Club?").await;
    browser.press("Cancel").await;
    assert_eq!(lunch.error(browser).await, "access_denied");
    browser.goto(lunch.url("/login?response_mode=form_post")).await;
    browser.heading("Share this with Lunch Club?").await;
    browser.press("Continue").await;
    assert_eq!(lunch.result(browser).await["claims"]["aud"], json!(["lunch"]));
    stage.close().await;
}
