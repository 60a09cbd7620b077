//! Config OP: discovery, and whether what it advertises is what there is.

use firstkey::domain::claims::Claim;
use serde_json::Value;

use super::{Mode, Plan};
use crate::support::app::App;

async fn document(app: &App) -> Value {
    let url = app.url("/.well-known/openid-configuration");
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    answer.json().await.unwrap()
}

fn list<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    let list = document[name].as_array().unwrap_or_else(|| panic!("{name} is missing"));
    list.iter().map(|value| value.as_str().expect("a text")).collect()
}

/// [Config OP] OIDC Discovery §3, §4.3 · oidcc-discovery-endpoint-verification
#[tokio::test]
async fn the_document_has_what_every_provider_must_say() {
    let app = App::start().await;
    let document = document(&app).await;
    assert_eq!(document["issuer"], app.issuer.as_str());
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "registration_endpoint",
        "end_session_endpoint",
    ] {
        let url = document[name].as_str().unwrap_or_else(|| panic!("{name} is missing"));
        assert!(url.starts_with(&app.issuer), "{name}: {url}");
    }
    assert!(list(&document, "scopes_supported").contains(&"openid"));
    assert!(list(&document, "response_types_supported").contains(&"code"));
    assert!(list(&document, "subject_types_supported").contains(&"public"));
    assert!(list(&document, "id_token_signing_alg_values_supported").contains(&"RS256"));
    assert!(!list(&document, "id_token_signing_alg_values_supported").contains(&"none"));
    assert!(
        list(&document, "token_endpoint_auth_methods_supported").contains(&"client_secret_basic")
    );
    assert_eq!(document["claims_parameter_supported"], true);
    for claim in Claim::ALL {
        assert!(list(&document, "claims_supported").contains(&claim.name()));
    }
}

/// [Config OP] RFC 8414 §3
#[tokio::test]
async fn oauth_clients_find_the_same_document() {
    let app = App::start().await;
    let url = app.url("/.well-known/oauth-authorization-server");
    let other: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(document(&app).await, other);
}

/// [Config OP] OIDC Discovery §3, RFC 7517 §4 · oidcc-discovery-endpoint-verification
#[tokio::test]
async fn the_key_set_has_distinct_public_signing_keys_for_every_algorithm() {
    let app = App::start().await;
    let document = document(&app).await;
    let set: Value =
        reqwest::get(document["jwks_uri"].as_str().unwrap()).await.unwrap().json().await.unwrap();
    let keys = set["keys"].as_array().unwrap();
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert_eq!(key.get(private), None, "{private}");
        }
        assert_eq!(key["use"], "sig");
        assert_eq!(keys.iter().filter(|other| other["kid"] == key["kid"]).count(), 1);
    }
    for algorithm in list(&document, "id_token_signing_alg_values_supported") {
        assert!(keys.iter().any(|key| key["alg"] == algorithm), "{algorithm}");
    }
}

/// [Config OP] OIDC Core §2, OIDC Discovery §4.3
#[tokio::test]
async fn the_issuer_is_the_one_of_id_tokens() {
    let mut plan = Plan::start(Mode::Query).await;
    let request = plan.request();
    let tokens = plan.tokens(&request).await;
    let (_, claims) = super::verified(&plan.app, "payroll", &tokens).await;
    assert_eq!(claims["iss"], document(&plan.app).await["issuer"]);
}
