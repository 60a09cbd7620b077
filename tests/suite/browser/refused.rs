//! Keys that are not taken: the page that says so, and the way on from there.

use std::path::PathBuf;

use firstkey::service::caller::Caller;
use serde_json::json;

use super::pages::Album;
use super::{Stage, finish};
use crate::support::browser::Authenticator;
use crate::support::maker::Maker;

/// The model that Chromium's virtual authenticators claim to be.
const VIRTUAL: &str = "01020304-0506-0708-0102-030405060708";

fn folder() -> Option<PathBuf> {
    std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from)
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_named_and_another_one_is_registered() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    app.one_method_is_enough().await;
    app.policy(
        "Fido2",
        json!({
            "passkeyProfiles": [{
                "id": "bound", "name": "Bound", "passkeyTypes": "deviceBound",
                "attestationEnforcement": "disabled",
                "keyRestrictions": { "isEnforced": false, "enforcementType": "block", "aaGuids": [] },
            }],
            "defaultPasskeyProfile": "bound",
        }),
    )
    .await;
    let album = Album::new(browser, folder());
    browser.expect_problem("status of 403");
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    browser.heading("Virtual authenticator is not accepted here").await;
    browser.wait_for_text("takes only keys that stay on one device").await;
    browser.wait_for_text("Nothing was saved, and nothing is lost").await;
    album.look("refused").await;
    browser.reload().await;
    browser.heading("Virtual authenticator is not accepted here").await;
    browser.link("Choose another key").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.remove_authenticator(&device).await;
    browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.press("Add a security key").await;
    finish(browser).await;
    stage.result().await;
    stage.close().await;
}

#[tokio::test]
async fn a_maker_must_vouch_where_the_policy_says_so() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    app.policy("Fido2", json!({ "isAttestationEnforced": true })).await;
    // What the virtual key vouches with leads to nobody that is trusted.
    let maker = Maker::new("Acme");
    let caller = &Caller::OPERATOR;
    app.services.add_attestation_root(caller, maker.root(), &[], vec![]).await.unwrap();
    browser.expect_problem("status of 403");
    browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a security key").await;
    browser.heading("Virtual authenticator is not accepted here").await;
    browser.wait_for_text("no maker whom your organisation trusts vouches for it").await;
    Album::new(browser, folder()).look("refused-attestation").await;
    stage.close().await;
}

#[tokio::test]
async fn a_key_that_is_no_longer_taken_leaves_other_ways_to_sign_in() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    app.one_method_is_enough().await;
    browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;
    let models = json!({
        "isEnforced": true, "enforcementType": "allow",
        "aaGuids": ["2fc0579f-8113-47ea-b116-bb5a8db9202a", "d8522d9f-575b-4866-88a9-ba99fa02f35b"],
    });
    assert!(!models.to_string().contains(VIRTUAL));
    app.policy("Fido2", json!({ "keyRestrictions": models })).await;
    browser.expect_problem("status of 403");
    browser.goto(stage.payroll.url("/login?prompt=login")).await;
    browser.press("Use a passkey").await;
    browser.heading("Virtual authenticator is not accepted here").await;
    browser.wait_for_text("One of these: YubiKey 5 NFC, YubiKey Bio").await;
    Album::new(browser, folder()).look("refused-sign-in").await;
    browser.link("Sign in another way").await;
    browser.heading("One more check").await;
    stage.close().await;
}
