//! Algorithms that discovery advertises: of what is signed, encrypted and proved.

use firstkey::domain::client::{ContentEncryption, KeyManagement, SigningAlgorithm};
use serde_json::{Value, json};

use super::super::verified;
use super::{algorithm, list, signed_in, tokens};
use crate::support::client_key::ClientKey;
use crate::support::visitor::Request;

/// [Config OP] OIDC Discovery §3 · id_token_signing_alg_values_supported, userinfo_signing_alg_values_supported
#[tokio::test]
async fn every_algorithm_signs_id_tokens_and_userinfo() {
    let (mut plan, document) = signed_in().await;
    assert_eq!(
        list(&document, "id_token_signing_alg_values_supported"),
        list(&document, "userinfo_signing_alg_values_supported")
    );
    for name in list(&document, "id_token_signing_alg_values_supported") {
        let (_, tokens) = tokens(&mut plan, &name, |settings| {
            settings.id_token_signed_response_alg = algorithm(&name);
            settings.userinfo_signed_response_alg = Some(algorithm(&name));
        })
        .await;
        // at_hash is of another length with Ed25519: what it is, a foreign client checks.
        let mut bare = tokens.clone();
        bare["access_token"] = Value::Null;
        assert_eq!(verified(&plan.app, &name, &bare).await.0["alg"], name.as_str());
        let http = reqwest::Client::new().get(plan.app.url("/userinfo"));
        let answer =
            http.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
        let jwt = answer.text().await.unwrap();
        assert_eq!(json!(jsonwebtoken::decode_header(&jwt).unwrap().alg), name.as_str());
    }
}

/// [Config OP] OIDC Discovery §3 · id_token_encryption_alg_values_supported, id_token_encryption_enc_values_supported
#[tokio::test]
async fn every_encryption_is_there_for_a_client_with_a_key_for_it() {
    use base64::Engine as _;
    let (mut plan, document) = signed_in().await;
    // Public halves alone: what is inside, a foreign client reads.
    let rsa = ClientKey::of("rsa", SigningAlgorithm::Rs256).jwk();
    let ec = ClientKey::of("ec", SigningAlgorithm::Es256).jwk();
    for alg in list(&document, "id_token_encryption_alg_values_supported") {
        for enc in list(&document, "id_token_encryption_enc_values_supported") {
            let mut key = if alg.starts_with("RSA") { rsa.clone() } else { ec.clone() };
            key["use"] = json!("enc");
            key.as_object_mut().unwrap().remove("alg");
            let (kind, content): (KeyManagement, ContentEncryption) =
                (alg.parse().unwrap(), enc.parse().unwrap());
            let (_, tokens) =
                tokens(&mut plan, &format!("{alg}-{enc}").replace('+', "."), |settings| {
                    settings.jwks = Some(json!({ "keys": [key] }));
                    settings.id_token_encrypted_response_alg = Some(kind);
                    settings.id_token_encrypted_response_enc = Some(content);
                })
                .await;
            let jwe = tokens["id_token"].as_str().unwrap();
            assert_eq!(jwe.split('.').count(), 5, "RFC 7516 §3.1");
            let header = jwe.split('.').next().unwrap();
            let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!((&header["alg"], &header["enc"]), (&json!(alg), &json!(enc)));
        }
    }
}

/// [Config OP] OIDC Discovery §3 · request_object_signing_alg_values_supported, dpop_signing_alg_values_supported
#[tokio::test]
async fn every_algorithm_signs_requests_and_proofs() {
    let (mut plan, document) = signed_in().await;
    for name in list(&document, "request_object_signing_alg_values_supported") {
        let key = ClientKey::of("k", algorithm(&name));
        let client =
            plan.app.client_with(&name, false, |settings| settings.jwks = Some(key.jwks())).await;
        let request = Request::of(&client);
        let mut object = json!({ "iss": name, "aud": plan.app.issuer });
        for (name, value) in &request.params {
            object[name] = json!(value);
        }
        let signed = Request::of(&client).with("request", &key.sign(&object));
        plan.ada.authorize(&signed).await.code();
    }
    let supported = list(&document, "dpop_signing_alg_values_supported");
    for each in SigningAlgorithm::ALL {
        let key = ClientKey::of("k", each);
        let claims = json!({
            "htm": "POST", "htu": plan.app.url("/token"), "iat": plan.app.now(),
            "jti": each.name(), "nonce": plan.app.services.dpop_nonce(),
        });
        let form = [
            ("client_id", "payroll"),
            ("client_secret", &plan.client.secret),
            ("grant_type", "authorization_code"),
            ("code", "x"),
        ];
        let request =
            reqwest::Client::new().post(plan.app.url("/token")).header("dpop", key.proof(&claims));
        let answer: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
        let expected = if supported.contains(&each.name().to_owned()) {
            "invalid_grant"
        } else {
            "invalid_dpop_proof"
        };
        assert_eq!(answer["error"], expected, "{}", each.name());
    }
}
