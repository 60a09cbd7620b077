//! Ways that discovery advertises: to authenticate, and to get tokens.

use firstkey::domain::client::{AuthMethod, GrantType};
use firstkey::domain::permission::Permission;
use serde_json::{Value, json};

use super::{algorithm, list, post, signed_in};
use crate::support::app::CALLBACK;
use crate::support::client_key::{ClientKey, JWT_BEARER};
use crate::support::visitor::{Landing, Request};

/// [Config OP] OIDC Discovery §3 · token_endpoint_auth_methods_supported, …_signing_alg_values_supported, and those of revocation and introspection
#[tokio::test]
async fn every_way_to_authenticate_is_taken_where_it_is_advertised() {
    let (plan, document) = signed_in().await;
    let app = &plan.app;
    let algorithms = list(&document, "token_endpoint_auth_signing_alg_values_supported");
    let keys: Vec<_> = algorithms.iter().map(|name| ClientKey::of(name, algorithm(name))).collect();
    let jwks = json!({ "keys": keys.iter().map(ClientKey::jwk).collect::<Vec<_>>() });
    for (path, prefix) in [
        ("/token", "token_endpoint"),
        ("/revoke", "revocation_endpoint"),
        ("/introspect", "introspection_endpoint"),
    ] {
        // Whatever is asked for comes after who asks: what each says then is not invalid_client.
        let form = [
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("redirect_uri", CALLBACK),
            ("token", "x"),
        ];
        let mut asked = Vec::new();
        for method in list(&document, &format!("{prefix}_auth_methods_supported")) {
            let id = format!("{prefix}-{method}");
            let kind: AuthMethod = method.parse().unwrap();
            let client = app
                .client_with(&id, kind == AuthMethod::None, |settings| {
                    settings.token_endpoint_auth_method = Some(kind);
                    settings.jwks = (kind == AuthMethod::PrivateKeyJwt).then(|| jwks.clone());
                })
                .await;
            let named = [&form[..], &[("client_id", id.as_str())]].concat();
            let answers = match kind {
                AuthMethod::ClientSecretBasic => vec![post(app, path, Some(&client), &form).await],
                AuthMethod::ClientSecretPost => {
                    let secret = [("client_secret", client.secret.as_str())];
                    vec![post(app, path, None, &[&named[..], &secret].concat()).await]
                }
                AuthMethod::None => vec![post(app, path, None, &named).await],
                AuthMethod::PrivateKeyJwt => {
                    assert_eq!(
                        list(&document, &format!("{prefix}_auth_signing_alg_values_supported")),
                        algorithms
                    );
                    let mut answers = Vec::new();
                    for key in &keys {
                        let assertion =
                            key.assertion(app, &id, &format!("{path} {}", key.jwk()["kid"]));
                        let proof = [
                            ("client_assertion_type", JWT_BEARER),
                            ("client_assertion", assertion.as_str()),
                        ];
                        answers.push(post(app, path, None, &[&form[..], &proof].concat()).await);
                    }
                    answers
                }
            };
            for (status, answer) in answers {
                assert_ne!(status, 401, "{path} {method}: {answer}");
                assert_ne!(answer["error"], "invalid_client", "{path} {method}");
            }
            asked.push(method);
        }
        assert!(!asked.contains(&"client_secret_jwt".to_owned()));
    }
}

/// [Config OP] OIDC Discovery §3 · response_types_supported, response_modes_supported, grant_types_supported, code_challenge_methods_supported
#[tokio::test]
async fn every_way_to_get_tokens_works() {
    let (mut plan, document) = signed_in().await;
    for kind in list(&document, "response_types_supported") {
        for mode in list(&document, "response_modes_supported") {
            let id = format!("{kind}-{mode}");
            let client = plan
                .app
                .client_with(&id, false, |settings| {
                    settings.response_types = vec![kind.parse().unwrap()];
                    if kind == "id_token" {
                        settings.grant_types.clear();
                    }
                })
                .await;
            let request =
                Request::of(&client).with("response_type", &kind).with("response_mode", &mode);
            match (kind.as_str(), mode.as_str(), plan.ada.authorize(&request).await) {
                ("code", "query", Landing::Away(_)) => {}
                // RFC 9700 §4.3: an ID token is not for an address that is kept.
                ("id_token", "query", Landing::Page(page)) => {
                    assert!(
                        page.body.contains("name=\"error\"") && page.value("id_token").is_none()
                    );
                }
                (kind, "form_post", Landing::Page(page)) => {
                    assert!(page.body.contains(&format!("name=\"{kind}\"")), "{kind}");
                }
                (kind, mode, other) => panic!("{kind} {mode}: {other:?}"),
            }
        }
    }
    let grants = list(&document, "grant_types_supported");
    let client = plan
        .app
        .client_with("grants", false, |settings| {
            settings.grant_types = GrantType::ALL.to_vec();
            settings.application_permissions = vec![Permission::UserReadAll];
        })
        .await;
    let request = Request::of(&client);
    let code = plan.ada.authorize(&request).await.code();
    let (_, tokens) = plan.ada.redeem(&request, &code).await;
    for grant in &grants {
        let (status, answer) = match grant.as_str() {
            "authorization_code" => {
                let code = plan.ada.authorize(&request).await.code();
                plan.ada.redeem(&request, &code).await
            }
            "refresh_token" => {
                plan.ada.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await
            }
            "client_credentials" => plan.ada.token(&client, &[("grant_type", grant)]).await,
            "urn:ietf:params:oauth:grant-type:device_code" => {
                let secret = client.secret.as_str();
                let form =
                    [("client_id", "grants"), ("client_secret", secret), ("scope", "openid")];
                let (status, begun) = post(&plan.app, "/device_authorization", None, &form).await;
                assert_eq!(status, 200, "{begun}");
                let form = [
                    ("grant_type", grant.as_str()),
                    ("device_code", begun["device_code"].as_str().unwrap()),
                ];
                let (status, answer) = plan.ada.token(&client, &form).await;
                assert_eq!((status, &answer["error"]), (400, &json!("authorization_pending")));
                (200, Value::Null)
            }
            other => panic!("{other} is advertised, and no test uses it"),
        };
        assert_eq!(status, 200, "{grant}: {answer}");
    }
    assert_eq!(list(&document, "code_challenge_methods_supported"), ["S256"]);
}
