//! ID tokens as the certified library openid-client takes them: signed in each way, and encrypted.

use firstkey::domain::client::{KeyManagement, SigningAlgorithm};
use serde_json::json;

use super::Stage;
use crate::support::relying_party::RelyingParty;

#[tokio::test]
async fn an_application_gets_its_id_tokens_signed_as_it_wants_them() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    stage.with_passkey().await;
    browser.goto(stage.payroll.url("/login?prompt=login")).await;
    browser.press("Use a passkey").await;
    stage.result().await;
    for algorithm in SigningAlgorithm::ALL {
        let name = algorithm.name();
        let party = RelyingParty::start_signed(&stage.app, name, algorithm).await;
        browser.goto(party.url("/login?scope=openid+profile+offline_access")).await;
        assert_eq!(party.result(browser).await["claims"]["aud"], json!([name]));
        assert_eq!(party.refreshed(browser).await["userinfo"]["name"], "Ada Example");
    }
    stage.close().await;
}

#[tokio::test]
async fn an_application_with_a_key_opens_its_encrypted_id_tokens() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    stage.with_passkey().await;
    browser.goto(stage.payroll.url("/login?prompt=login")).await;
    browser.press("Use a passkey").await;
    stage.result().await;
    for algorithm in KeyManagement::ALL {
        let id = algorithm.name().replace('+', "-");
        let party = RelyingParty::start_encrypted(&stage.app, &id, algorithm).await;
        browser.goto(party.url("/login?scope=openid+profile+offline_access")).await;
        let told = party.result(browser).await;
        assert_eq!(told["claims"]["aud"], json!([id]));
        let token = told["tokens"]["id_token"].as_str().unwrap();
        assert_eq!(token.split('.').count(), 5, "it came encrypted");
        assert_eq!(party.refreshed(browser).await["claims"]["sub"], told["claims"]["sub"]);
    }
    stage.close().await;
}
