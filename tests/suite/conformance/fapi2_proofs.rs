//! FAPI 2.0 Security Profile: proofs of possession (RFC 9449).

use serde_json::{Value, json};

use super::fapi2::{Bank, redeeming, refused};
use crate::support::client_key::ClientKey;

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.1 · fapi2-security-profile-final-ensure-holder-of-key-required
#[tokio::test]
async fn tokens_are_given_to_the_holder_of_a_key_alone() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let code = bank.answered(&request).await.code().to_owned();
    let form = redeeming(&request, &code);
    let assertion = bank.key.sign(&bank.assertion());
    refused(bank.post("/token", &form, &assertion, None).await, "invalid_dpop_proof");
    assert_eq!(bank.token(&form).await.0, 200);
}

/// [FAPI 2.0] RFC 9449 §4.3, §11.1 · fapi2-security-profile-final-check-dpop-proof-nbf-exp, …-ensure-dpop-proof-with-iat-10-seconds-before-succeeds, …-after-succeeds
#[tokio::test]
async fn a_proof_of_about_now_is_taken() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    for shift in [-10, 10] {
        let code = bank.answered(&request).await.code().to_owned();
        let mut claims = bank.proof("/token");
        claims["iat"] = json!(bank.app().now() + shift);
        claims["nbf"] = json!(bank.app().now() - 60);
        claims["exp"] = json!(bank.app().now() + 60);
        let assertion = bank.key.sign(&bank.assertion());
        let proof = bank.bound.proof(&claims);
        let form = redeeming(&request, &code);
        assert_eq!(bank.post("/token", &form, &assertion, Some(proof)).await.0, 200, "{shift}");
    }
}

/// [FAPI 2.0] RFC 9449 §10 · fapi2-security-profile-final-ensure-dpop-auth-code-binding-success, …-ensure-dpop-proof-at-par-endpoint-binding-success
#[tokio::test]
async fn a_code_may_be_bound_to_a_key_beforehand() {
    let mut bank = Bank::open().await;
    let jkt = bank.bound.thumbprint();
    let request = bank.request().with("dpop_jkt", &jkt);
    bank.tokens(&request).await;

    let request = bank.request();
    let (assertion, proof) =
        (bank.key.sign(&bank.assertion()), bank.bound.proof(&bank.proof("/par")));
    let (status, told) = bank.post("/par", &request.params, &assertion, Some(proof)).await;
    assert_eq!(status, 201, "{told}");
    let reference = bank.reference(told["request_uri"].as_str().unwrap());
    let code = bank.plan.ada.authorize(&reference).await.code();
    let form = redeeming(&request, &code);
    let thief = ClientKey::new("thief").proof(&bank.proof("/token"));
    let assertion = bank.key.sign(&bank.assertion());
    refused(bank.post("/token", &form, &assertion, Some(thief)).await, "invalid_dpop_proof");
    assert_eq!(bank.token(&form).await.0, 200);
}

/// [FAPI 2.0] RFC 9449 §10 · fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails, …-ensure-token-endpoint-fails-with-mismatched-dpop-jkt, …-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt
#[tokio::test]
async fn a_code_that_is_bound_to_another_key_is_refused() {
    let mut bank = Bank::open().await;
    let other = ClientKey::new("other").thumbprint();
    let request = bank.request().with("dpop_jkt", &other);
    let code = bank.answered(&request).await.code().to_owned();
    refused(bank.token(&redeeming(&request, &code)).await, "invalid_dpop_proof");
    let (assertion, proof) =
        (bank.key.sign(&bank.assertion()), bank.bound.proof(&bank.proof("/par")));
    refused(
        bank.post("/par", &request.params, &assertion, Some(proof)).await,
        "invalid_dpop_proof",
    );
}

/// [FAPI 2.0] RFC 9449 §4.3, §7.1 · fapi2-security-profile-final-dpop-negative-tests
#[tokio::test]
async fn a_token_without_the_right_proof_opens_nothing() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let tokens = bank.tokens(&request).await;
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let good = || bank.at_userinfo(&token);
    let with = |name: &str, value: Value| {
        let mut claims = good();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for claims in [
        with("htm", json!("POST")),
        with("htu", json!(bank.app().url("/token"))),
        with("iat", json!(bank.app().now() - 86_400)),
        with("iat", json!(bank.app().now() + 86_400)),
        with("ath", json!("x")),
        with("nonce", json!("x")),
        without("htm"),
        without("htu"),
        without("iat"),
        without("jti"),
        without("ath"),
        without("nonce"),
    ] {
        let proof = bank.bound.proof(&claims);
        assert_eq!(bank.userinfo("DPoP", &token, Some(proof)).await, 401, "{claims}");
    }
    let other = ClientKey::new("other").proof(&good());
    assert_eq!(bank.userinfo("DPoP", &token, Some(other)).await, 401, "another key");
    assert_eq!(bank.userinfo("DPoP", &token, None).await, 401, "no proof");
    assert_eq!(bank.userinfo("Bearer", &token, None).await, 401, "as a bearer token");
    let proof = bank.bound.proof(&good());
    assert_eq!(bank.userinfo("DPoP", &token, Some(proof.clone())).await, 200);
    assert_eq!(bank.userinfo("DPoP", &token, Some(proof)).await, 401, "a proof is good once");
}
