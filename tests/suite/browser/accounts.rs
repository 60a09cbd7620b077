//! Several people at one browser.

use super::pages::Album;
use super::{Stage, finish, sign_in};
use crate::support::browser::Authenticator;

#[tokio::test]
async fn two_people_share_a_browser() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let album = Album::of(browser);
    app.one_method_is_enough().await;
    app.person("grace").await;
    let pass = app.pass("grace").await;

    // Ada sets up her key, and uses it.
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;
    browser.goto(payroll.url("/login?prompt=login")).await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    let ada = stage.result().await["claims"]["sub"].clone();
    browser.remove_authenticator(&device).await;

    // Grace comes by.
    browser.add_authenticator(Authenticator::Platform).await;
    browser.goto(payroll.url("/login?prompt=select_account")).await;
    browser.heading("Choose an account").await;
    assert!(!browser.shows("Grace Example").await);
    browser.press("Use another account").await;
    browser.heading("Hello. Who is signing in?").await;
    sign_in(browser, "grace", &pass).await;
    browser.heading("Welcome, Grace Example.").await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    assert_eq!(stage.result().await["claims"]["name"], "Grace Example");

    // Either goes on where she was, with one press.
    browser.goto(payroll.url("/login?prompt=select_account")).await;
    browser.heading("Choose an account").await;
    album.look("select-account").await;
    browser.press("Ada Example ada").await;
    assert_eq!(stage.result().await["claims"]["sub"], ada);
    browser.goto(app.url("/security-info")).await;
    browser.wait_for_text("Hello, Ada Example.").await;

    // "Not you?" leads to the same question.
    browser.goto(payroll.url("/login?prompt=login")).await;
    browser.heading("One more check").await;
    browser.press("Not you?").await;
    browser.heading("Choose an account").await;
    browser.goto(app.url("/end_session")).await;
    browser.heading("Sign out?").await;
    browser.wait_for_text("This signs all of them out.").await;
    album.look("sign-out-several").await;
    browser.press("Sign out").await;
    browser.heading("You are signed out").await;
    browser.goto(payroll.url("/login?prompt=select_account")).await;
    browser.heading("Hello. Who is signing in?").await;
    stage.close().await;
}
