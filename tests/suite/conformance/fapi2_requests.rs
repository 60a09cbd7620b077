//! FAPI 2.0 Security Profile: what of a pushed request and of an assertion is refused.

use std::time::Duration;

use openidconnect::PrivateSigningKey as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::fapi2::{Bank, fapi, redeeming, refused};
use crate::support::client_key::ClientKey;
use crate::support::visitor::{Request, param};

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.2 · fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails
#[tokio::test]
async fn a_request_that_was_not_pushed_is_refused() {
    let bank = Bank::open().await;
    let away = bank.app().visitor().authorize(&bank.request()).await.away();
    assert_eq!(param(&away, "error").as_deref(), Some("invalid_request"));
}

/// [FAPI 2.0] RFC 9126 §2.3 · fapi2-security-profile-final-ensure-registered-redirect-uri, …-ensure-redirect-uri-in-authorization-request
#[tokio::test]
async fn a_redirect_uri_must_be_sent_and_registered() {
    let bank = Bank::open().await;
    for request in [
        bank.request().with("redirect_uri", "https://evil.example/"),
        bank.request().without("redirect_uri"),
    ] {
        refused(bank.push(&request).await, "invalid_request");
    }
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.2 · fapi2-security-profile-final-ensure-response-type-code-id-token-fails, …-ensure-response-type-token-fails
#[tokio::test]
async fn no_response_type_but_code_is_taken() {
    let bank = Bank::open().await;
    for kind in ["code id_token", "token", "id_token", "none"] {
        let told = bank.push(&bank.request().with("response_type", kind)).await;
        assert_eq!(told.0, 400, "{kind}");
        assert!(
            matches!(
                told.1["error"].as_str(),
                Some("unsupported_response_type" | "unauthorized_client" | "invalid_request")
            ),
            "{}",
            told.1
        );
    }
}

/// [FAPI 2.0] RFC 7636 §4.4.1, FAPI 2.0 SP §5.3.2.2 · fapi2-security-profile-final-par-ensure-pkce-required, …-par-ensure-plain-pkce-rejected
#[tokio::test]
async fn pkce_with_s256_is_required() {
    let bank = Bank::open().await;
    for request in [
        bank.request().without("code_challenge").without("code_challenge_method"),
        bank.request().with("code_challenge_method", "plain"),
        bank.request().without("code_challenge_method"),
    ] {
        refused(bank.push(&request).await, "invalid_request");
    }
}

/// [FAPI 2.0] RFC 7636 §4.6 · fapi2-security-profile-final-par-ensure-pkce-code-verifier-required, …-par-incorrect-pkce-code-verifier-rejected
#[tokio::test]
async fn a_code_without_its_verifier_is_refused() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let code = bank.answered(&request).await.code().to_owned();
    let right = redeeming(&request, &code);
    let mut none = right.clone();
    none.retain(|(name, _)| name != "code_verifier");
    refused(bank.token(&none).await, "invalid_grant");
    let wrong = Request { verifier: "w".repeat(64), ..request };
    refused(bank.token(&redeeming(&wrong, &code)).await, "invalid_grant");
    assert_eq!(bank.token(&right).await.0, 200);
}

/// [FAPI 2.0] RFC 9126 §2.1 · fapi2-security-profile-final-par-reject-request-uri-in-par-authorization-form-params
#[tokio::test]
async fn a_request_uri_cannot_be_pushed() {
    let bank = Bank::open().await;
    let first = bank.pushed(&bank.request()).await;
    let uri = first.params.iter().find(|(name, _)| name == "request_uri").unwrap().1.clone();
    refused(bank.push(&bank.request().with("request_uri", &uri)).await, "invalid_request");
}

/// [FAPI 2.0] RFC 9126 §2.3 · fapi2-security-profile-final-par-reject-invalid-http-verb
#[tokio::test]
async fn nothing_but_post_pushes() {
    let bank = Bank::open().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let http = reqwest::Client::new();
        let answer = http.request(method, bank.app().url("/par")).send().await.unwrap();
        assert_eq!(answer.status(), 405);
    }
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.2, RFC 9126 §2.2 · fapi2-security-profile-final-par-ensure-server-accepts-reused-request-uri-before-authentication-completion
#[tokio::test]
async fn a_reference_may_be_opened_again_until_it_was_answered() {
    let mut bank = Bank::open().await;
    let reference = bank.pushed(&bank.request()).await;
    for _ in 0..2 {
        assert_eq!(bank.plan.ada.authorize(&reference).await.page().status, 200);
    }
    bank.plan.ada.use_passkey(&mut bank.plan.device).await.code();
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.2, RFC 9126 §4 · fapi2-security-profile-final-par-attempt-reuse-request-uri, …-par-attempt-to-use-expired-request-uri
#[tokio::test]
async fn a_reference_is_good_for_one_answer_and_for_a_short_time() {
    let mut bank = Bank::open().await;
    let reference = bank.pushed(&bank.request()).await;
    bank.plan.ada.authorize(&reference).await.page();
    bank.plan.ada.use_passkey(&mut bank.plan.device).await.code();
    assert_eq!(bank.plan.ada.authorize(&reference).await.page().status, 400);
    let (status, told) = bank.push(&bank.request()).await;
    assert_eq!(status, 201);
    let seconds = told["expires_in"].as_u64().unwrap();
    assert!(seconds < 600, "FAPI 2.0 SP §5.3.2.2");
    bank.app().wait(Duration::from_secs(seconds + 1));
    let late = bank.reference(told["request_uri"].as_str().unwrap());
    assert_eq!(bank.plan.ada.authorize(&late).await.page().status, 400);
}

/// [FAPI 2.0] RFC 9126 §2.2, §7.1 · fapi2-security-profile-final-par-ensure-request-uri-is-bound-to-client
#[tokio::test]
async fn a_reference_is_of_no_use_to_another_client() {
    let bank = Bank::open().await;
    let thief = ClientKey::new("thief");
    bank.app().client_with("thief", false, |settings| fapi(settings, &thief)).await;
    let stolen = bank.pushed(&bank.request()).await.with("client_id", "thief");
    assert_eq!(bank.app().visitor().authorize(&stolen).await.page().status, 400);
}

/// [FAPI 2.0] RFC 6749 §3.1 · fapi2-security-profile-final-par-without-duplicate-parameters
#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused() {
    let bank = Bank::open().await;
    let mut request = bank.request();
    request.params.push(("state".into(), "another".into()));
    refused(bank.push(&request).await, "invalid_request");
}

/// What the pushed request endpoint says to an assertion.
async fn asserted(bank: &Bank, assertion: &str) -> (u16, Value) {
    bank.post("/par", &bank.request().params, assertion, None).await
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.1 · fapi2-security-profile-final-par-endpoint-as-array-audience-fails, …-par-endpoint-as-audience-fails, …-par-token-endpoint-as-audience-fails, …-ensure-client-assertion-with-wrong-aud-fails
#[tokio::test]
async fn the_audience_of_an_assertion_is_the_issuer_and_one_text() {
    let bank = Bank::open().await;
    let issuer = bank.app().issuer.clone();
    for audience in [
        json!([bank.app().url("/par")]),
        json!(bank.app().url("/par")),
        json!(bank.app().url("/token")),
        json!([issuer]),
        json!("https://other.example"),
        json!(null),
    ] {
        let mut claims = bank.assertion();
        claims["aud"] = audience;
        refused(asserted(&bank, &bank.key.sign(&claims)).await, "invalid_client");
    }
    assert_eq!(asserted(&bank, &bank.key.sign(&bank.assertion())).await.0, 201);
}

/// [FAPI 2.0] RFC 7523 §3 · fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails, …-ensure-client-assertion-with-no-sub-fails, …-par-ensure-jwt-client-assertion-with-iat-nbf-8-seconds-in-the-future-is-accepted, …-over-60-seconds-in-the-future-fails
#[tokio::test]
async fn the_times_and_names_of_an_assertion_are_judged() {
    let bank = Bank::open().await;
    let now = bank.app().now();
    let with = |changes: &[(&str, Value)]| {
        let mut claims = bank.assertion();
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        bank.key.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = bank.assertion();
        claims.as_object_mut().unwrap().remove(name);
        bank.key.sign(&claims)
    };
    for assertion in [
        with(&[("exp", json!(now - 300))]),
        with(&[("iat", json!(now + 70))]),
        with(&[("nbf", json!(now + 70))]),
        with(&[("sub", json!("another"))]),
        with(&[("iss", json!("another"))]),
        without("sub"),
        without("iss"),
        without("aud"),
        without("exp"),
        without("jti"),
    ] {
        refused(asserted(&bank, &assertion).await, "invalid_client");
    }
    let soon = with(&[("iat", json!(now + 8)), ("nbf", json!(now + 8))]);
    assert_eq!(asserted(&bank, &soon).await.0, 201);
    assert_eq!(asserted(&bank, &soon).await.0, 401, "an assertion is good once");
}

/// [FAPI 2.0] FAPI 2.0 SP §5.4.1 · fapi2-security-profile-final-ensure-signed-client-assertion-with-rs256-fails
#[tokio::test]
async fn an_assertion_with_rs256_is_refused() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use firstkey::crypto::signing::{SigningKey, generate, jws_algorithm};
    use firstkey::domain::client::SigningAlgorithm::Rs256;
    let bank = Bank::open().await;
    let key = SigningKey::from_pkcs8("rsa", Rs256, &generate(Rs256).unwrap()).unwrap();
    let jwk = serde_json::to_value(key.as_verification_key()).unwrap();
    let edit = move |settings: &mut firstkey::domain::client::ClientSettings, _: &mut bool| {
        settings.jwks = Some(json!({ "keys": [jwk] }));
        Ok(())
    };
    let operator = firstkey::service::caller::Caller::OPERATOR;
    bank.app().services.edit_client(&operator, "payroll", None, edit).await.unwrap();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed =
        format!("{}.{}", part(json!({ "alg": "RS256", "kid": "rsa" })), part(bank.assertion()));
    let signature = key.sign(&jws_algorithm(Rs256), signed.as_bytes()).unwrap();
    let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    refused(asserted(&bank, &assertion).await, "invalid_client");
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.1 · fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint, …-ensure-client-id-in-token-endpoint
#[tokio::test]
async fn the_token_endpoint_wants_the_clients_own_assertion() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let code = bank.answered(&request).await.code().to_owned();
    let mut bare = redeeming(&request, &code);
    bare.push(("client_id".into(), "payroll".into()));
    let http = reqwest::Client::new().post(bank.app().url("/token")).form(&bare);
    let answer = http.header("dpop", bank.bound.proof(&bank.proof("/token"))).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let mut named = redeeming(&request, &code);
    named.push(("client_id".into(), "another".into()));
    refused(bank.token(&named).await, "invalid_client");
    assert_eq!(bank.token(&redeeming(&request, &code)).await.0, 200);
}
