//! Adding a method where the authenticator or the person does not play along.

use super::{Stage, finish};
use crate::support::browser::Authenticator;

#[tokio::test]
async fn the_same_device_twice_is_said_to_be_set_up_already() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;

    browser.press("Add a passkey").await;
    browser.wait_for_text("This device is already set up. Choose another one.").await;
    assert_eq!(super::focused_id(browser).await, "alert", "it is read out");
    assert_eq!(browser.credentials(&device).await.len(), 1);

    browser.press("Continue").await;
    finish(browser).await;
    stage.result().await;
    stage.close().await;
}

#[tokio::test]
async fn what_is_cancelled_is_not_saved_and_can_be_tried_again() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    browser.set_user_verified(&device, false).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    browser.wait_for_text("Nothing was saved.").await;
    assert!(browser.shows("Please try again.").await);
    assert_eq!(super::focused_id(browser).await, "alert");
    assert!(browser.credentials(&device).await.is_empty());

    browser.set_user_verified(&device, true).await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;
    assert!(!browser.shows("Nothing was saved.").await);
    stage.close().await;
}

#[tokio::test]
async fn who_walks_away_from_the_dialog_finds_the_page_as_it_was() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    browser.set_presence(&device, false).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    browser.wait_for_text("Follow the steps your browser shows.").await;
    let pressable =
        "return [...document.querySelectorAll('main button')].some((b) => !b.disabled);";
    assert_eq!(browser.script(pressable).await, false, "one dialog at a time");

    browser.reload().await;
    browser.heading("Welcome, Ada Example.").await;
    browser.set_presence(&device, true).await;
    browser.press("Add a passkey").await;
    browser.heading("That worked").await;
    assert_eq!(browser.credentials(&device).await.len(), 1);
    stage.close().await;
}

#[tokio::test]
async fn keys_that_do_not_ask_who_holds_them_are_turned_down_in_words() {
    for kind in [Authenticator::NoUserVerification, Authenticator::U2f] {
        let stage = Stage::set().await;
        let browser = &stage.browser;
        let key = browser.add_authenticator(kind).await;
        stage.arrive_with_a_pass().await;
        browser.press("Add a security key").await;
        browser.wait_for_text("Nothing was saved.").await;
        assert!(browser.credentials(&key).await.is_empty());

        // Nothing was lost by it.
        browser.remove_authenticator(&key).await;
        browser.add_authenticator(Authenticator::UsbSecurityKey).await;
        browser.press("Add a security key").await;
        browser.heading("That worked").await;
        stage.close().await;
    }
}
