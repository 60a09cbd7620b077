//! ID tokens that only their application can read (OIDC Core §10.2, §16.14).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstkey::domain::client::{AuthMethod, ClientSettings, ContentEncryption, KeyManagement};
use firstkey::domain::id::ClientId;
use firstkey::service::caller::Caller;
use picky::jose::jwe::Jwe;
use picky::jose::jwk::Jwk;
use picky::key::{EcCurve, PrivateKey};
use serde_json::{Value, json};

use crate::support::app::{App, CALLBACK};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::{ClientKey, KeyHost};
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor, claims};

/// A key to decrypt with, and its public half under this `kid`.
fn key(kid: &str) -> (PrivateKey, Value) {
    let private = PrivateKey::generate_ec(EcCurve::NistP256).unwrap();
    let public = private.to_public_key().unwrap();
    let mut jwk = serde_json::to_value(Jwk::from_public_key(&public).unwrap()).unwrap();
    jwk["kid"] = kid.into();
    jwk["use"] = "enc".into();
    (private, jwk)
}

fn wants(settings: &mut ClientSettings, algorithm: KeyManagement, encryption: ContentEncryption) {
    settings.id_token_encrypted_response_alg = Some(algorithm);
    settings.id_token_encrypted_response_enc = Some(encryption);
}

fn header(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn ada(app: &App) -> Visitor {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("first").await);
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&request, "ada", &pass, &mut device).await.code();
    ada.authorize(&request.with("prompt", "login")).await.page();
    ada.use_passkey(&mut device).await.code();
    ada
}

on_both_engines! {
    async fn a_token_is_signed_and_then_encrypted_for_whoever_registered_a_key(app: App) {
        let mut ada = ada(&app).await;
        for algorithm in KeyManagement::ALL {
            for encryption in ContentEncryption::ALL {
                let (private, jwk) = key("enc-1");
                let id = format!("{}.{}", algorithm.name(), encryption.name()).replace('+', "-");
                // Keys for other things stand beside it, and first.
                let keys = [ClientKey::new("sig").jwk(), jwk];
                let client = app
                    .client_with(&id, false, |settings| {
                        wants(settings, algorithm, encryption);
                        settings.jwks = Some(json!({ "keys": keys }));
                    })
                    .await;
                let request = Request::of(&client);
                let code = ada.authorize(&request).await.code();
                let (status, tokens) = ada.redeem(&request, &code).await;
                assert_eq!(status, 200, "{tokens}");
                let outer = header(&tokens["id_token"]);
                assert_eq!(
                    (&outer["alg"], &outer["enc"], &outer["cty"], &outer["kid"]),
                    (&json!(algorithm.name()), &json!(encryption.name()), &json!("JWT"), &json!("enc-1"))
                );
                let token = tokens["id_token"].as_str().unwrap();
                let inner = Jwe::decode(token, &private).unwrap().payload;
                let inner = String::from_utf8(inner).unwrap();
                assert_eq!(claims(&json!(inner))["email"], "ada@example.com");
                let hint = app.services.read_id_token_hint(&inner).expect("signed by us");
                assert_eq!(hint.aud.first(), Some(id.as_str()));
                assert!(!token.contains(inner.split('.').nth(1).unwrap()));

                // Whoever shows it as it is cannot be known by it, and one that was opened is a hint.
                assert!(app.services.read_id_token_hint(token).is_none());
                let page = ada.open(&format!("/end_session?id_token_hint={token}")).await.page();
                assert!(page.body.contains("Stay signed in"), "{}", page.heading());
                let silent = request.clone().with("prompt", "none");
                let shown = ada.authorize(&silent.clone().with("id_token_hint", token)).await.away();
                assert!(shown.as_str().contains("error=invalid_request"), "{shown}");
                ada.authorize(&silent.with("id_token_hint", &inner)).await.code();
                let refresh = tokens["refresh_token"].as_str().unwrap();
                let (_, fresh) = ada.refresh(&client, refresh).await;
                Jwe::decode(fresh["id_token"].as_str().unwrap(), &private).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_new_key_at_the_jwks_uri_is_used_and_without_one_nothing_is_told() {
    let app = App::start().await;
    let mut ada = ada(&app).await;
    let (_, first) = key("one");
    let (_, second) = key("two");
    let host = KeyHost::start(json!({ "keys": [first] })).await;
    let client = app
        .client_with("payroll", false, |settings| {
            wants(settings, KeyManagement::EcdhEs, ContentEncryption::A128Gcm);
            settings.jwks_uri = Some(host.uri.clone());
        })
        .await;
    let mut tokens = async || {
        let request = Request::of(&client);
        let code = ada.authorize(&request).await.code();
        ada.redeem(&request, &code).await
    };
    assert_eq!(header(&tokens().await.1["id_token"])["kid"], "one");
    host.change(json!({ "keys": [second] }));
    app.wait(Duration::from_secs(601));
    assert_eq!(header(&tokens().await.1["id_token"])["kid"], "two");

    host.change(ClientKey::new("sig").jwks());
    app.wait(Duration::from_secs(601));
    let request = Request::of(&client);
    let code = ada.authorize(&request).await.code();
    let (status, answer) = ada.redeem(&request, &code).await;
    assert_eq!((status, answer.get("id_token")), (503, None), "{answer}");
    // The next one that it shows is taken as soon as it may be asked for.
    let (_, third) = key("three");
    host.change(json!({ "keys": [third] }));
    app.wait(Duration::from_secs(31));
    // The code was not lost by that.
    let (status, answer) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(header(&answer["id_token"])["kid"], "three");
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let app = App::start().await;
    let (_, ec) = key("k");
    let with = |change: fn(&mut Value)| {
        let mut jwk = ec.clone();
        change(&mut jwk);
        json!({ "keys": [jwk] })
    };
    let a128 = Some(ContentEncryption::A128Gcm);
    let ecdh = Some(KeyManagement::EcdhEs);
    for (algorithm, encryption, jwks, field) in [
        (ecdh, a128, None, "jwks"),
        (ecdh, None, Some(with(|_| ())), "idTokenEncryptedResponseEnc"),
        (None, a128, Some(with(|_| ())), "idTokenEncryptedResponseEnc"),
        (ecdh, a128, Some(with(|jwk| jwk["kty"] = "RSA".into())), "jwks"),
        (ecdh, a128, Some(with(|jwk| jwk["use"] = "sig".into())), "jwks"),
        (ecdh, a128, Some(with(|jwk| jwk["alg"] = "ES256".into())), "jwks"),
        (ecdh, a128, Some(with(|jwk| jwk["crv"] = "secp256k1".into())), "jwks"),
    ] {
        let settings = ClientSettings {
            client_name: "App".into(),
            redirect_uris: vec![CALLBACK.into()],
            token_endpoint_auth_method: Some(AuthMethod::ClientSecretBasic),
            id_token_encrypted_response_alg: algorithm,
            id_token_encrypted_response_enc: encryption,
            jwks,
            ..ClientSettings::default()
        };
        let id = ClientId("app".into());
        let refused = app.services.add_client(&Caller::OPERATOR, Some(id), settings, false).await;
        let refused = refused.expect_err(field).to_string();
        assert!(refused.starts_with(field), "{refused}");
    }
}
