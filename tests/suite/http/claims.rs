//! What an application is told about a person: by scope, claim by claim, signed.

use firstkey::domain::client::{Scope, SigningAlgorithm};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, claims, param};

/// Ada signs in with a key for this request; what the application gets.
async fn told(app: &App, request: &Request) -> (Value, Value) {
    let pass = app.pass("ada").await;
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    let code = ada.day_one(request, "ada", &pass, &mut device).await.code();
    let (status, tokens) = ada.redeem(request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    let userinfo = ada.userinfo(tokens["access_token"].as_str().unwrap()).await.1;
    (claims(&tokens["id_token"]), userinfo)
}

async fn open_app(
    change: impl FnOnce(&mut firstkey::domain::client::ClientSettings),
) -> (App, Registered) {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let client = app.client_with("payroll", false, change).await;
    (app, client)
}

fn refused(request: &Request, away: &url::Url) -> String {
    let error = param(away, "error").unwrap_or_else(|| panic!("{:?} was answered", request.params));
    assert_eq!(param(away, "state").as_deref(), Some("a state"));
    error
}

#[tokio::test]
async fn claims_are_told_where_they_were_asked_for() {
    let (app, client) = open_app(|_| ()).await;
    let asked = json!({
        "id_token": { "email": null, "shoe_size": { "essential": true } },
        "userinfo": { "preferred_username": { "essential": true } },
    });
    let request = Request::of(&client).with("scope", "openid").with("claims", &asked.to_string());
    let (id_token, userinfo) = told(&app, &request).await;
    assert_eq!(id_token["email"], "ada@example.com");
    assert!(id_token.get("preferred_username").is_none() && id_token.get("name").is_none());
    assert_eq!(userinfo["preferred_username"], "ada");
    assert!(userinfo.get("email").is_none() && userinfo.get("name").is_none(), "{userinfo}");
}

#[tokio::test]
async fn a_scope_brings_all_its_claims() {
    let (app, client) = open_app(|_| ()).await;
    let request = Request::of(&client).with("scope", "openid profile");
    let (id_token, userinfo) = told(&app, &request).await;
    for told in [&id_token, &userinfo] {
        assert_eq!(
            (&told["name"], &told["preferred_username"]),
            (&json!("Ada Example"), &json!("ada"))
        );
        assert!(told["updated_at"].is_i64() && told.get("email").is_none(), "{told}");
    }
}

#[tokio::test]
async fn a_claim_of_a_scope_that_is_not_the_applications_is_not_told() {
    let only = |settings: &mut firstkey::domain::client::ClientSettings| {
        settings.scope = vec![Scope::OpenId, Scope::Profile];
    };
    let (app, client) = open_app(only).await;
    let asked = r#"{"id_token":{"email":{"essential":true}},"userinfo":{"groups":null}}"#;
    let request = Request::of(&client).with("scope", "openid").with("claims", asked);
    let (id_token, userinfo) = told(&app, &request).await;
    assert!(id_token.get("email").is_none() && userinfo.get("groups").is_none());
}

#[tokio::test]
async fn somebody_elses_application_says_which_claims_it_wants() {
    let (app, client) = open_app(|settings| settings.third_party = true).await;
    let (pass, own) = (app.pass("ada").await, app.client("own").await);
    let asked = r#"{"userinfo":{"email":null}}"#;
    let request = Request::of(&client).with("scope", "openid").with("claims", asked);
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&Request::of(&own), "ada", &pass, &mut device).await.code();
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let page = ada.use_passkey(&mut device).await.page();
    assert!(page.heading().starts_with("Share this with"), "{}", page.heading());
    assert!(page.body.contains("Your e-mail address"), "a claim is asked about like its scope");
    assert!(!page.body.contains("Your groups"));
}

#[tokio::test]
async fn a_claims_parameter_that_cannot_be_met_is_refused() {
    let (app, client) = open_app(|_| ()).await;
    for (text, error) in [
        ("", None),
        ("{", Some("invalid_request")),
        ("[]", Some("invalid_request")),
        (r#"{"id_token":1}"#, Some("invalid_request")),
        (&"[".repeat(4000), Some("invalid_request")),
        (
            r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#,
            Some("unmet_authentication_requirements"),
        ),
        // Nobody has this sub, which shows once somebody has signed in.
        (r#"{"id_token":{"sub":{"value":"nobody"}}}"#, None),
    ] {
        let request = Request::of(&client).with("claims", text);
        let landing = app.visitor().authorize(&request).await;
        match error {
            Some(error) => assert_eq!(refused(&request, &landing.away()), error, "{text}"),
            None => assert_eq!(landing.page().status, 200),
        }
    }
}

#[tokio::test]
async fn a_class_and_a_person_can_be_asked_for() {
    let (app, client) = open_app(|_| ()).await;
    let grace = app.person("grace").await;
    let request = Request::of(&client);
    let pass = app.pass("ada").await;
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&request, "ada", &pass, &mut device).await.code();
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    ada.use_passkey(&mut device).await.code();
    let silent = Request::of(&client).with("prompt", "none");
    let about = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
    let strong = r#"{"id_token":{"acr":{"essential":true,"values":["phr"]}}}"#;
    ada.authorize(&silent.clone().with("claims", strong)).await.code();
    let other = silent.clone().with("claims", &about(&grace.id.to_string()));
    assert_eq!(refused(&other, &ada.authorize(&other).await.away()), "login_required");
    let me = app.services.find_user("ada").await.unwrap().id.to_string();
    ada.authorize(&silent.with("claims", &about(&me))).await.code();
}

#[tokio::test]
async fn userinfo_is_signed_for_whoever_wants_it_so() {
    for algorithm in SigningAlgorithm::ALL {
        let (app, client) =
            open_app(|settings| settings.userinfo_signed_response_alg = Some(algorithm)).await;
        let request = Request::of(&client);
        let pass = app.pass("ada").await;
        let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
        let code = ada.day_one(&request, "ada", &pass, &mut device).await.code();
        let (_, tokens) = ada.redeem(&request, &code).await;
        let http = reqwest::Client::new();
        let token = tokens["access_token"].as_str().unwrap();
        let answer = http.get(app.url("/userinfo")).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/jwt");
        let jwt = answer.text().await.unwrap();
        let keys: JwkSet = http.get(app.url("/jwks")).send().await.unwrap().json().await.unwrap();
        let header = decode_header(&jwt).unwrap();
        let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&["payroll"]);
        validation.set_issuer(&[&app.issuer]);
        validation.required_spec_claims.remove("exp");
        let told = decode::<Value>(&jwt, &DecodingKey::from_jwk(key).unwrap(), &validation)
            .unwrap()
            .claims;
        assert_eq!(format!("{:?}", header.alg), algorithm.name());
        assert_eq!(
            (&told["email"], &told["sub"]),
            (&json!("ada@example.com"), &claims(&tokens["id_token"])["sub"])
        );
    }
}
