//! Signing keys as applications meet them: every algorithm, rotation, revocation, the JWK Set.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstkey::crypto::signing::jws_algorithm;
use firstkey::domain::audit::Activity;
use firstkey::domain::client::{AuthMethod, GrantType, SigningAlgorithm};
use firstkey::service::caller::Caller;
use futures::future::join_all;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use openidconnect::PrivateSigningKey as _;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::{ClientKey, JWT_BEARER};
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor, claims, param};

/// How long a test waits for what an instance does on its own, every second.
const PATIENCE: Duration = Duration::from_secs(20);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn key_set(app: &App) -> JwkSet {
    reqwest::get(app.url("/jwks")).await.unwrap().json().await.unwrap()
}

async fn published(app: &App) -> BTreeSet<String> {
    key_set(app).await.keys.into_iter().filter_map(|key| key.common.key_id).collect()
}

/// Waits until an instance publishes something else than `before`.
async fn changed(app: &App, before: &BTreeSet<String>) -> BTreeSet<String> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let now = published(app).await;
        if now != *before {
            return now;
        }
        assert!(Instant::now() < give_up, "the keys are as they were");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What an application makes of an ID token with the keys that it has.
#[track_caller]
fn verified(keys: &JwkSet, token: &Value) -> Value {
    let token = token.as_str().expect("an ID token");
    let header = decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).expect("a key that it knows");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&["payroll"]);
    validation.validate_exp = false;
    decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap().claims
}

/// Ada, signed in with a key.
async fn signed_in(app: &App) -> (Visitor, Request, SoftAuthenticator) {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(&request, "ada", &pass, &mut device).await.code();
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    ada.use_passkey(&mut device).await.code();
    (ada, request, device)
}

#[tokio::test]
async fn id_tokens_are_signed_in_each_way_and_hash_the_access_token_accordingly() {
    let app = App::start().await;
    let (mut ada, ..) = signed_in(&app).await;
    for algorithm in SigningAlgorithm::ALL {
        let name = algorithm.name();
        let client = app
            .client_with(name, false, |settings| settings.id_token_signed_response_alg = algorithm)
            .await;
        let request = Request::of(&client);
        let code = ada.authorize(&request).await.code();
        let (_, tokens) = ada.redeem(&request, &code).await;
        let token = tokens["id_token"].as_str().unwrap();
        let header = decode_header(token).unwrap();
        assert_eq!(format!("{:?}", header.alg), name);
        let keys = key_set(&app).await;
        let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
        assert_eq!(key.common.key_algorithm.unwrap().to_string(), name);
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[name]);
        validation.set_issuer(&[&app.issuer]);
        let told = decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation);
        // OIDC Core §3.1.3.6; with Ed25519 the hash is SHA-512 (RFC 8032 §5.1).
        let by = if name == "EdDSA" { &digest::SHA512 } else { &digest::SHA256 };
        let hash = digest::digest(by, tokens["access_token"].as_str().unwrap().as_bytes());
        let half = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2]);
        assert_eq!(told.unwrap().claims["at_hash"], half);
    }
}

#[tokio::test]
async fn what_applications_sign_may_be_signed_in_each_way() {
    let app = App::start().await;
    let (mut ada, ..) = signed_in(&app).await;
    let http = reqwest::Client::new();
    for algorithm in SigningAlgorithm::ALL {
        let name = algorithm.name();
        let key = ClientKey::of("k", algorithm);
        let client = app
            .client_with(name, false, |settings| {
                settings.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
                settings.grant_types.push(GrantType::ClientCredentials);
                settings.jwks = Some(key.jwks());
            })
            .await;
        // Assertions (RFC 7523).
        let prove = |jti: &str, key: &ClientKey| {
            let assertion = key.assertion(&app, name, jti);
            [
                ("grant_type", "client_credentials".to_owned()),
                ("client_assertion_type", JWT_BEARER.to_owned()),
                ("client_assertion", assertion),
            ]
        };
        let send = async |form: &[(&str, String)], proof: Option<&str>| {
            let mut post = http.post(app.url("/token")).form(form);
            if let Some(proof) = proof {
                post = post.header("dpop", proof);
            }
            post.send().await.unwrap()
        };
        let answer = send(&prove("1", &key), None).await;
        assert_eq!(answer.status(), 200, "{name}: {}", answer.text().await.unwrap());
        let thief = ClientKey::of("k", algorithm);
        assert_eq!(send(&prove("2", &thief), None).await.status(), 401, "{name}");
        // Proofs (RFC 9449), none by RSA PKCS #1 v1.5.
        let proof = |jti: &str, nonce: &str| {
            key.proof(&json!({
                "htm": "POST", "htu": app.url("/token"), "iat": app.now(), "jti": jti, "nonce": nonce,
            }))
        };
        let answer = send(&prove("3", &key), Some(&proof("a", ""))).await;
        if name == "RS256" {
            let said: Value = answer.json().await.unwrap();
            assert_eq!(said["error"], "invalid_dpop_proof", "{name}");
        } else {
            let nonce = answer.headers()["dpop-nonce"].to_str().unwrap().to_owned();
            let answer = send(&prove("4", &key), Some(&proof("b", &nonce))).await;
            let told: Value = answer.json().await.unwrap();
            assert_eq!(told["token_type"], "DPoP", "{name}: {told}");
        }
        // Requests (RFC 9101).
        let plain = Request::of(&client);
        let mut object = json!({ "iss": name, "aud": app.issuer, "exp": app.now() + 60 });
        for (parameter, value) in &plain.params {
            object[parameter] = value.as_str().into();
        }
        object["state"] = "signed".into();
        let away = ada.authorize(&plain.clone().with("request", &key.sign(&object))).await.away();
        assert_eq!(param(&away, "state").as_deref(), Some("signed"), "{name}: {away}");
    }
}

#[tokio::test]
async fn the_key_set_may_be_kept_for_a_while_and_is_not_sent_twice() {
    let app = App::start().await;
    let http = reqwest::Client::new();
    let ask = async |known: Option<&str>| {
        let mut get = http.get(app.url("/jwks"));
        if let Some(known) = known {
            get = get.header(IF_NONE_MATCH, known);
        }
        get.send().await.unwrap()
    };
    let first = ask(None).await;
    assert_eq!(first.headers()[CONTENT_TYPE], "application/jwk-set+json");
    assert_eq!(first.headers()[CACHE_CONTROL], "public, max-age=300");
    let etag = first.headers()[ETAG].to_str().unwrap().to_owned();
    assert_eq!(key_set(&app).await.keys.len(), 8);
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".into()] {
        let again = ask(Some(&known)).await;
        assert_eq!(again.status(), 304, "{known}");
        assert_eq!(again.headers()[ETAG], etag.as_str());
        assert_eq!(again.headers()[CACHE_CONTROL], "public, max-age=300");
        assert_eq!(again.text().await.unwrap(), "");
    }
    assert_eq!(ask(Some("\"x\"")).await.status(), 200);
    app.wait(TEN_MINUTES);
    app.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
    let fresh = ask(Some(&etag)).await;
    assert_eq!(fresh.status(), 200);
    assert_ne!(fresh.headers()[ETAG], etag.as_str());
}

on_both_engines! {
    async fn sign_ins_and_refreshes_go_on_while_keys_rotate(app: App) {
        let other = app.another().await;
        let (mut first, request, mut device) = signed_in(&app).await;
        let code = first.authorize(&request).await.code();
        let mut visitors = Vec::new();
        for _ in 0..3 {
            let mut visitor = app.visitor();
            visitor.authorize(&request).await.page();
            visitor.use_passkey(&mut device).await.code();
            visitors.push(visitor);
        }
        let (_, mut kept) = first.redeem(&request, &code).await;
        for round in 0..3 {
            app.wait(TEN_MINUTES);
            // Applications have looked at the keys before, and do not look again.
            let known = key_set(&other).await;
            let before = published(&app).await;
            let rotating = async {
                let instance = if round % 2 == 0 { &other } else { &app };
                instance.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
            };
            let signing_in = join_all(visitors.iter_mut().map(async |visitor| {
                for _ in 0..6 {
                    let code = visitor.authorize(&request).await.code();
                    let (status, tokens) = visitor.redeem(&request, &code).await;
                    assert_eq!(status, 200, "{tokens}");
                    verified(&known, &tokens["id_token"]);
                    let access = tokens["access_token"].as_str().unwrap();
                    assert_eq!(visitor.userinfo(access).await.0, 200);
                }
            }));
            let refreshing = async {
                let mut tokens = kept.clone();
                for _ in 0..12 {
                    let refresh = tokens["refresh_token"].as_str().unwrap();
                    let (status, fresh) = first.refresh(&request.client, refresh).await;
                    assert_eq!(status, 200, "{fresh}");
                    verified(&known, &fresh["id_token"]);
                    let access = fresh["access_token"].as_str().unwrap();
                    assert_eq!(first.userinfo(access).await.0, 200);
                    tokens = fresh;
                }
                tokens
            };
            let ((), _, tokens) = tokio::join!(rotating, signing_in, refreshing);
            kept = tokens;
            changed(&app, &before).await;
            other.services.refresh_keys().await.unwrap();
            assert_eq!(published(&app).await, published(&other).await);
        }
        assert_eq!(app.audited(Activity::KeysRotated).await.len(), 3);
    }

    async fn keys_rotate_by_themselves_and_old_ones_go_in_time(app: App) {
        let other = app.another_with(|config| config.key_rotation_days = 0).await;
        let (mut ada, request, mut device) = signed_in(&app).await;
        let code = ada.authorize(&request).await.code();
        let (_, tokens) = ada.redeem(&request, &code).await;
        let start = published(&app).await;
        app.wait(DAY * 90);
        let rotated = changed(&app, &start).await;
        assert_eq!(rotated.len(), 12);
        assert_eq!(changed(&other, &start).await, rotated, "every instance sees it");
        assert_eq!(app.audited(Activity::KeysRotated).await, [(true, "rotated".to_owned())]);

        ada.authorize(&request.clone().with("prompt", "login")).await.page();
        let code = ada.use_passkey(&mut device).await.code();
        let (_, fresh) = ada.redeem(&request, &code).await;
        let kid = |tokens: &Value| decode_header(tokens["id_token"].as_str().unwrap()).unwrap().kid.unwrap();
        assert!(start.contains(&kid(&fresh)), "it was published before it signed");
        assert_ne!(kid(&fresh), kid(&tokens));
        verified(&key_set(&app).await, &tokens["id_token"]);
        app.wait(DAY * 2);
        let left = changed(&app, &rotated).await;
        assert_eq!((left.len(), left.contains(&kid(&tokens))), (8, false));
    }

    /// [Attacks] RFC 7517 §1 · tokens of a stolen signing key
    async fn what_a_revoked_key_signed_is_worth_nothing(app: App) {
        let other = app.another().await;
        let (mut ada, request, _) = signed_in(&app).await;
        let code = ada.authorize(&request).await.code();
        let (_, tokens) = ada.redeem(&request, &code).await;
        let access = tokens["access_token"].as_str().unwrap();
        let hint = tokens["id_token"].as_str().unwrap();
        let kid = |token: &str| decode_header(token).unwrap().kid.unwrap();
        let before = published(&app).await;
        assert_eq!(ada.userinfo(access).await.0, 200);
        for token in [access, hint] {
            app.services.revoke_key(&Caller::OPERATOR, &kid(token)).await.unwrap();
        }
        assert_eq!(ada.userinfo(access).await.0, 401);
        let now = published(&app).await;
        assert!(!now.contains(&kid(access)) && !now.contains(&kid(hint)));
        changed(&other, &before).await;
        other.services.refresh_keys().await.unwrap();
        assert_eq!(published(&other).await, now);
        assert!(other.services.read_id_token_hint(hint).is_none());
        let page = ada.open(&format!("/end_session?id_token_hint={hint}")).await.page();
        assert!(page.body.contains("Stay signed in"), "{}", page.heading());

        // Refresh tokens are not signed: whoever has one gets new tokens, by other keys.
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let (status, fresh) = ada.refresh(&request.client, refresh).await;
        assert_eq!(status, 200, "{fresh}");
        verified(&key_set(&app).await, &fresh["id_token"]);
        assert!(before.contains(&kid(fresh["id_token"].as_str().unwrap())));
        assert_eq!(ada.userinfo(fresh["access_token"].as_str().unwrap()).await.0, 200);
        let audited = app.audited(Activity::KeyRevoked).await;
        assert_eq!(audited[0], (true, format!("{}, RS256", kid(hint))));
        assert_eq!(audited.len(), 2);
    }
}

/// [Attacks] RFC 8725 §3.1 · a key of one algorithm under another
#[tokio::test]
async fn no_key_of_ours_passes_for_another() {
    let app = App::start().await;
    let (mut ada, request, _) = signed_in(&app).await;
    let code = ada.authorize(&request).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    let (access, id) = (claims(&tokens["access_token"]), claims(&tokens["id_token"]));
    let ring = app.services.keys.ring();
    // What a signer that was fooled would have made: `by` signs, and the header says it was `as_`.
    let forge =
        |by: SigningAlgorithm, as_: SigningAlgorithm, alg: &str, typ: &str, told: &Value| {
            let kid = ring.signer(as_).unwrap().id().to_owned();
            let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
            let header = json!({ "alg": alg, "kid": kid, "typ": typ });
            let message = format!("{}.{}", part(&header), part(told));
            let signature = ring.signer(by).unwrap().sign(&jws_algorithm(by), message.as_bytes());
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.unwrap()))
        };
    for by in SigningAlgorithm::ALL {
        for as_ in SigningAlgorithm::ALL {
            for alg in [by.name(), as_.name()] {
                let hint = forge(by, as_, alg, "JWT", &id);
                let right = by == as_;
                let read = app.services.read_id_token_hint(&hint).is_some();
                assert_eq!(read, right, "{by:?} as {as_:?}, alg {alg}");
                let token = forge(by, as_, alg, "at+jwt", &access);
                let status = ada.userinfo(&token).await.0;
                let right = right && by == SigningAlgorithm::Es256;
                assert_eq!(status, if right { 200 } else { 401 }, "{by:?} as {as_:?}, alg {alg}");
            }
        }
    }
}
