//! Config OP: each value that discovery advertises is used, and what it does not advertise is
//! refused.

mod algorithms;
mod members;
mod ways;

use firstkey::domain::client::{ClientSettings, Scope, SigningAlgorithm};
use serde_json::{Value, json};

use super::{Mode, Plan};
use crate::support::app::{App, Registered};
use crate::support::visitor::Request;

/// What stands for itself: addresses that are called, flags that other tests hold it to.
const PLAIN: [&str; 17] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "require_pushed_authorization_requests",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "authorization_response_iss_parameter_supported",
];

async fn document(app: &App) -> Value {
    let url = app.url("/.well-known/openid-configuration");
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

fn list(document: &Value, name: &str) -> Vec<String> {
    let list = document[name].as_array().unwrap_or_else(|| panic!("{name} is missing"));
    list.iter().map(|value| value.as_str().expect("a text").to_owned()).collect()
}

fn algorithm(name: &str) -> SigningAlgorithm {
    name.parse().unwrap()
}

/// A plan whose Ada is signed in, so that requests are answered at once.
async fn signed_in() -> (Plan, Value) {
    let mut plan = Plan::start(Mode::Query).await;
    let request = plan.request();
    plan.sign_in(&request).await;
    let document = document(&plan.app).await;
    (plan, document)
}

/// The tokens of one more client.
async fn tokens(
    plan: &mut Plan,
    id: &str,
    change: impl FnOnce(&mut ClientSettings),
) -> (Registered, Value) {
    let client = plan.app.client_with(id, false, change).await;
    let scopes: Vec<_> = Scope::all().map(Scope::name).collect();
    let request = Request::of(&client).with("scope", &scopes.join(" "));
    let code = plan.ada.authorize(&request).await.code();
    let (status, tokens) = plan.ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    (client, tokens)
}

/// Posts a form to an endpoint that the document names, with or without a secret in a header.
async fn post(
    app: &App,
    path: &str,
    basic: Option<&Registered>,
    form: &[(&str, &str)],
) -> (u16, Value) {
    let mut request = reqwest::Client::new().post(app.url(path));
    if let Some(client) = basic {
        request = request.basic_auth(&client.id, Some(&client.secret));
    }
    let answer = request.form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

/// [Config OP] OIDC Discovery §3, RFC 8414 §2 · nothing is advertised that no test uses
#[tokio::test]
async fn every_member_of_the_document_is_known_to_this_suite() {
    let app = App::start().await;
    let document = document(&app).await;
    let lists = [
        "scopes_supported",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "id_token_encryption_alg_values_supported",
        "id_token_encryption_enc_values_supported",
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "revocation_endpoint_auth_methods_supported",
        "revocation_endpoint_auth_signing_alg_values_supported",
        "introspection_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
        "code_challenge_methods_supported",
        "acr_values_supported",
        "claims_supported",
        "prompt_values_supported",
        "ui_locales_supported",
    ];
    for name in document.as_object().unwrap().keys() {
        let known = PLAIN.contains(&name.as_str())
            || lists.contains(&name.as_str())
            || name == "request_uri_parameter_supported";
        assert!(known, "{name} is advertised, and no test uses it");
    }
    assert_eq!(document["request_uri_parameter_supported"], false);
    for endpoint in PLAIN.iter().filter(|name| name.ends_with("endpoint") || **name == "jwks_uri") {
        let url = document[*endpoint].as_str().unwrap();
        let status = reqwest::get(url).await.unwrap().status();
        assert_ne!(status, 404, "{endpoint}");
    }
}

/// [Config OP] OIDC Discovery §3 · what is not advertised
#[tokio::test]
async fn what_is_not_advertised_is_refused() {
    let (mut plan, _) = signed_in().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_type", "code token", "unsupported_response_type"),
        ("response_type", "none", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "jwt", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "create", "invalid_request"),
        ("request_uri", "https://app.example/r", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#,
            "unmet_authentication_requirements",
        ),
    ] {
        let request = plan.request().with(name, value);
        assert_eq!(plan.ask(&request).await.error(), error, "{name}={value}");
    }
    for grant in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
    ] {
        let (status, answer) = plan.ada.token(&plan.client, &[("grant_type", grant)]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("unsupported_grant_type")), "{grant}");
    }
    let known = |name: &str, value: &str| {
        let metadata = json!({ name: value });
        ClientSettings::default().with_metadata(metadata.as_object().unwrap()).is_ok()
    };
    for (name, value) in [
        ("id_token_signed_response_alg", "none"),
        ("id_token_signed_response_alg", "HS256"),
        ("id_token_encrypted_response_alg", "RSA1_5"),
        ("id_token_encrypted_response_alg", "dir"),
        ("id_token_encrypted_response_enc", "A999GCM"),
        ("token_endpoint_auth_method", "client_secret_jwt"),
        ("token_endpoint_auth_method", "tls_client_auth"),
        ("request_object_signing_alg", "none"),
        ("subject_type", "secret"),
    ] {
        assert!(!known(name, value), "{name}={value}");
    }
}
