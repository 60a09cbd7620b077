//! Applications that prove who they are with a key (RFC 7523, OIDC Core §9).

use std::time::Duration;

use firstkey::domain::client::{AuthMethod, GrantType, SigningAlgorithm};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::client_key::{ClientKey, JWT_BEARER, KeyHost, assertion_claims, hmac};
use crate::support::database::on_both_engines;

/// An application that has a key and acts on its own.
async fn with_key(app: &App, id: &str, key: &ClientKey) {
    app.client_with(id, false, |settings| {
        settings.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
        settings.grant_types.push(GrantType::ClientCredentials);
        settings.jwks = Some(key.jwks());
    })
    .await;
}

/// What the token endpoint says to an assertion.
async fn present(app: &App, assertion: &str) -> (u16, Value) {
    present_with(app, assertion, &[]).await
}

async fn present_with(app: &App, assertion: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    app.visitor().token_raw(&[&form, more].concat()).await
}

#[track_caller]
fn refused((status, answer): (u16, Value), hint: &str) {
    assert_eq!((status, answer["error"].as_str()), (401, Some("invalid_client")), "{answer}");
    let description = answer["error_description"].as_str().unwrap();
    assert!(description.contains(hint), "{description}: {hint}");
}

on_both_engines! {
    /// [Attacks] RFC 7523 §3 · reused jti, in parallel
    async fn an_assertion_is_good_for_one_request(app: App) {
        let key = ClientKey::new("k");
        with_key(&app, "robot", &key).await;
        let assertion = key.assertion(&app, "robot", "one");
        let answers = join_all((0..20).map(|_| present(&app, &assertion))).await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
        refused(present(&app, &assertion).await, "used before");
        let next = key.assertion(&app, "robot", "two");
        assert_eq!(present(&app, &next).await.0, 200);
    }
}

/// [Attacks] RFC 7523 §3 · expired or future assertion, wrong audience
#[tokio::test]
async fn an_assertion_must_be_of_this_client_for_us_and_for_now() {
    let app = App::start().await;
    let key = ClientKey::new("k");
    with_key(&app, "robot", &key).await;
    with_key(&app, "other", &ClientKey::new("k")).await;
    let now = app.now();
    let changed = |name: &str, value: Value| {
        let mut claims = assertion_claims(&app, "robot", name);
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        key.sign(&claims)
    };
    for (name, value, hint) in [
        ("iss", json!("other"), "iss and sub"),
        ("iss", Value::Null, "iss and sub"),
        ("sub", Value::Null, "no sub"),
        ("sub", json!("other"), "iss and sub"),
        ("aud", Value::Null, "aud"),
        ("aud", json!("https://elsewhere.example"), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", json!(format!("{}.evil.example/token", app.issuer)), "aud"),
        ("exp", Value::Null, "no exp"),
        ("exp", json!(now - 60), "expired"),
        ("exp", json!(now + 24 * 3600), "one hour"),
        ("exp", json!(1e300), "one hour"),
        ("exp", json!("soon"), "no exp"),
        ("iat", json!(now + 3600), "future"),
        ("nbf", json!(now + 3600), "future"),
        ("nbf", json!("now"), "future"),
        ("jti", Value::Null, "no jti"),
        ("jti", json!("x".repeat(600)), "no jti"),
    ] {
        refused(present(&app, &changed(name, value)).await, hint);
    }
    for (name, value) in [
        ("aud", json!(app.url("/token"))),
        ("aud", json!(["https://elsewhere.example", app.issuer])),
        ("exp", json!(now - 10)),
        ("nbf", json!(now + 10)),
    ] {
        let (status, answer) = present(&app, &changed(name, value)).await;
        // Each has the name of the claim for its jti, so two of one name are told apart.
        let again = answer["error_description"].as_str().is_some_and(|why| why.contains("before"));
        assert!(status == 200 || again, "{name}: {answer}");
    }
    let named = [("client_id", "other")];
    let assertion = key.assertion(&app, "robot", "named");
    refused(present_with(&app, &assertion, &named).await, "iss and sub");
    let theirs = key.sign(&assertion_claims(&app, "other", "x"));
    refused(present(&app, &theirs).await, "not signed with a registered key");
}

/// [Attacks] RFC 8725 §3 · alg none, HMAC with a public key, unknown kid, jku, x5u, jwk
#[tokio::test]
async fn a_signature_is_checked_with_registered_keys_and_nothing_else() {
    let app = App::start().await;
    let (key, thief) = (ClientKey::new("k"), ClientKey::new("k"));
    with_key(&app, "robot", &key).await;
    let claims = |jti: &str| assertion_claims(&app, "robot", jti);
    let plain = serde_json::to_string(&key.jwk()).unwrap();
    let good = key.sign(&claims("good"));
    let parts: Vec<&str> = good.split('.').collect();
    // {"alg":"none"} and the same with the header's case changed.
    let none = |header: &str| format!("{header}.{}.", parts[1]);
    let stolen = |set: &dyn Fn(&mut jsonwebtoken::Header)| thief.sign_as(&claims("x"), set);
    let host = KeyHost::start(thief.jwks()).await;
    for (what, assertion) in [
        ("alg none", none("eyJhbGciOiJub25lIn0")),
        ("alg NonE", none("eyJhbGciOiJOb25FIn0")),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        (
            "another payload",
            format!(
                "{}.{}.{}",
                parts[0],
                thief.sign(&claims("y")).split('.').nth(1).unwrap(),
                parts[2]
            ),
        ),
        ("HMAC with the public key", hmac(&claims("x"), plain.as_bytes(), "k")),
        ("another key", thief.sign(&claims("x"))),
        ("an unknown kid", key.sign_as(&claims("x"), |header| header.kid = Some("z".into()))),
        (
            "a key that it brings along",
            stolen(&|header| header.jwk = serde_json::from_value(thief.jwk()).ok()),
        ),
        ("a key that it points to", stolen(&|header| header.jku = Some(host.uri.clone()))),
        ("a chain that it points to", stolen(&|header| header.x5u = Some(host.uri.clone()))),
        ("an encrypted shape", format!("{good}.a.b")),
        ("rubbish", "rubbish".into()),
        ("rubbish in parts", "a.b.c".into()),
        ("deep JSON", format!("{}.{}.x", "W".repeat(8000), parts[1])),
    ] {
        let (status, answer) = present(&app, &assertion).await;
        assert_eq!((status, answer["error"].as_str()), (401, Some("invalid_client")), "{what}");
    }
    assert_eq!(host.asked(), 0, "nothing that a token points to is fetched");
    assert_eq!(present(&app, &good).await.0, 200, "it was good all the time");
}

#[tokio::test]
async fn each_client_proves_itself_in_its_own_way() {
    let app = App::start().await;
    let key = ClientKey::new("k");
    with_key(&app, "robot", &key).await;
    let (pinned, plain) = (
        app.client_with("pinned", false, |settings| {
            settings.token_endpoint_auth_method = Some(AuthMethod::ClientSecretBasic);
        })
        .await,
        app.client("plain").await,
    );
    let code = [("grant_type", "authorization_code"), ("code", "x")];
    let (status, answer) = app.visitor().token(&pinned, &code).await;
    assert_eq!(
        (status, &answer["error"]),
        (401, &json!("invalid_client")),
        "it may use Basic only"
    );
    let (_, answer) = app.visitor().token(&plain, &code).await;
    assert_eq!(answer["error"], "invalid_grant");
    refused(present(&app, &key.assertion(&app, "plain", "x")).await, "private_key_jwt");
    let form = [("grant_type", "client_credentials"), ("client_id", "robot")];
    assert_eq!(app.visitor().token_raw(&form).await.0, 401, "its name alone proves nothing");
    let wrong = [&form[..], &[("client_secret", "x")]].concat();
    assert_eq!(app.visitor().token_raw(&wrong).await.0, 401);

    let assertion = key.assertion(&app, "robot", "both");
    let (status, answer) = present_with(&app, &assertion, &[("client_secret", "x")]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")));
    let other_type = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(app.visitor().token_raw(&other_type).await.0, 400);
    assert_eq!(present(&app, &assertion).await.0, 200);
}

#[tokio::test]
async fn keys_are_fetched_from_a_jwks_uri_and_kept() {
    let app = App::start().await;
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    let host = KeyHost::start(old.jwks()).await;
    app.client_with("robot", false, |settings| {
        settings.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
        settings.token_endpoint_auth_signing_alg = Some(SigningAlgorithm::Es256);
        settings.grant_types.push(GrantType::ClientCredentials);
        settings.jwks_uri = Some(host.uri.clone());
    })
    .await;
    for jti in ["1", "2", "3"] {
        assert_eq!(present(&app, &old.assertion(&app, "robot", jti)).await.0, 200);
    }
    assert_eq!(host.asked(), 1);

    host.change(new.jwks());
    assert_eq!(present(&app, &new.assertion(&app, "robot", "4")).await.0, 200);
    assert_eq!(host.asked(), 2, "an unknown kid is a reason to look again");
    for jti in ["5", "6", "7"] {
        refused(present(&app, &old.assertion(&app, "robot", jti)).await, "registered key");
    }
    assert_eq!(host.asked(), 2, "strangers cannot make us ask again and again");
    host.change(old.jwks());
    app.wait(Duration::from_secs(31));
    assert_eq!(present(&app, &old.assertion(&app, "robot", "8")).await.0, 200);
    assert_eq!(host.asked(), 3);
}

/// [Attacks] RFC 9700 §4.11 · SSRF by jwks_uri
#[tokio::test]
async fn a_jwks_uri_leads_nowhere_inside() {
    let app = App::start_with(|config| config.outbound_networks.clear()).await;
    let key = ClientKey::new("k");
    let host = KeyHost::start(key.jwks()).await;
    let port = host.uri.rsplit(':').next().unwrap().to_owned();
    for (id, uri) in [
        ("a", host.uri.clone()),
        ("b", format!("http://localhost:{port}")),
        ("c", format!("http://[::1]:{port}")),
    ] {
        app.client_with(id, false, |settings| {
            settings.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
            settings.grant_types.push(GrantType::ClientCredentials);
            settings.jwks_uri = Some(uri);
        })
        .await;
        refused(present(&app, &key.assertion(&app, id, "1")).await, "registered key");
    }
    assert_eq!(host.asked(), 0);
}
