//! Basic OP and Form Post OP: the code flow, its ID token, userinfo, refreshing.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Mode, Plan, in_both_modes, verified};
use crate::support::client_key::ClientKey;
use crate::support::visitor::Request;

in_both_modes! {
    /// [Basic OP, Form Post OP] OIDC Core §3.1.3.3, §3.1.3.7 · oidcc-server
    async fn a_code_is_exchanged_for_an_id_token_that_is_valid(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let tokens = plan.tokens(&request).await;
        assert_eq!(tokens["token_type"], "Bearer");
        assert!(tokens["expires_in"].as_i64().unwrap() > 0);
        let (_, claims) = verified(&plan.app, "payroll", &tokens).await;
        assert_eq!(claims["nonce"], "a nonce");
        assert!(claims["at_hash"].is_string());
        let (status, about) = plan.ada.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!((status, &about["sub"]), (200, &claims["sub"]));
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-response-type-missing
    async fn a_request_without_response_type_is_refused(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request().without("response_type");
        let answer = plan.ask(&request).await;
        assert_eq!(answer.error(), "invalid_request");
        assert_eq!(answer.get("code"), None);
    }

    /// [Basic OP, Form Post OP] OIDC Core §2, §10.1 · oidcc-idtoken-signature
    async fn id_tokens_are_signed_with_rs256_by_a_published_key(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let tokens = plan.tokens(&request).await;
        let (header, _) = verified(&plan.app, "payroll", &tokens).await;
        assert_eq!(header["alg"], "RS256", "what is registered where nothing is said");
        let set: Value = reqwest::get(plan.app.url("/jwks")).await.unwrap().json().await.unwrap();
        let mut kids: Vec<_> = set["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
        assert!(kids.contains(&&header["kid"]));
        kids.sort_by_key(ToString::to_string);
        kids.dedup();
        assert_eq!(kids.len(), set["keys"].as_array().unwrap().len(), "each key has a kid of its own");
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-ensure-request-without-nonce-succeeds-for-code-flow
    async fn a_request_without_nonce_succeeds(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request().without("nonce");
        let tokens = plan.tokens(&request).await;
        assert_eq!(verified(&plan.app, "payroll", &tokens).await.1.get("nonce"), None);
    }

    /// [Basic OP, Form Post OP] OIDC Core §5.4 · oidcc-scope-profile
    async fn the_scope_profile_tells_the_name(mode) {
        let about = about(mode, "openid profile").await;
        assert_eq!((&about["name"], &about["preferred_username"]), (&json!("Ada Example"), &json!("ada")));
        assert!(about["updated_at"].is_number());
        assert_eq!(about.get("email"), None);
    }

    /// [Basic OP, Form Post OP] OIDC Core §5.4 · oidcc-scope-email
    async fn the_scope_email_tells_the_address(mode) {
        let about = about(mode, "openid email").await;
        assert_eq!((&about["email"], about.get("name")), (&json!("ada@example.com"), None));
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1, §5.4 · oidcc-scope-address, oidcc-scope-phone
    async fn scopes_that_are_not_there_are_ignored(mode) {
        let about = about(mode, "openid address phone").await;
        assert_eq!(about.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);
    }

    /// [Basic OP, Form Post OP] OIDC Core §5.4 · oidcc-scope-all
    async fn all_scopes_may_be_asked_for_at_once(mode) {
        let about = about(mode, "openid profile email address phone").await;
        assert_eq!((&about["name"], &about["email"]), (&json!("Ada Example"), &json!("ada@example.com")));
    }

    /// [Basic OP, Form Post OP] RFC 6749 §3.3 · oidcc-ensure-other-scope-order-succeeds
    async fn the_order_of_scopes_says_nothing(mode) {
        let about = about(mode, "email openid").await;
        assert_eq!(about["email"], "ada@example.com");
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.6, RFC 6749 §4.1.2.1 · oidcc-ensure-registered-redirect-uri
    async fn a_redirect_uri_that_is_not_registered_gets_nothing(mode) {
        let plan = Plan::start(mode).await;
        let request = plan.request().with("redirect_uri", "https://app.example/other");
        let page = plan.app.visitor().authorize(&request).await.page();
        assert_eq!(page.status, 400);
        assert!(!page.body.contains("https://app.example/other"), "nothing leads there");
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-ensure-post-request-succeeds
    async fn a_request_may_be_posted(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let fields: Vec<_> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        plan.ada.open("/security-info").await.page();
        plan.ada.submit_to("/authorize", &fields).await.page();
        let landing = plan.ada.use_passkey(&mut plan.device).await;
        let answer = plan.answer(&request, landing);
        plan.redeem(&request, &answer).await;
    }

    /// [Basic OP, Form Post OP] RFC 6749 §4.1.2 · oidcc-codereuse
    async fn a_code_that_was_used_is_refused(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let answer = plan.sign_in(&request).await;
        plan.redeem(&request, &answer).await;
        let (status, refusal) = plan.ada.redeem(&request, answer.code()).await;
        assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
    }

    /// [Basic OP, Form Post OP] RFC 6749 §4.1.2 · oidcc-codereuse-30seconds
    async fn what_a_code_gave_is_revoked_when_it_comes_again(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let answer = plan.sign_in(&request).await;
        let tokens = plan.redeem(&request, &answer).await;
        plan.app.wait(Duration::from_secs(30));
        assert_eq!(plan.ada.redeem(&request, answer.code()).await.0, 400);
        assert_eq!(plan.ada.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 401);
    }

    /// [Basic OP, Form Post OP] OIDC Core §6.1, RFC 9101 §10.5 · oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported
    async fn an_unsigned_request_object_is_refused(mode) {
        use base64::Engine as _;
        let mut plan = Plan::start(mode).await;
        let part = |value: Value| {
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
        };
        let object = format!(
            "{}.{}.",
            part(json!({ "alg": "none" })),
            part(json!({ "client_id": "payroll", "nonce": "another" })),
        );
        let request = plan.request().with("request", &object);
        assert_eq!(plan.ask(&request).await.error(), "invalid_request_object");
    }

    /// [Basic OP, Form Post OP] OIDC Core §6.2 · oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
    async fn a_request_uri_elsewhere_is_refused(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request().with("request_uri", "https://app.example/request.jwt");
        assert_eq!(plan.ask(&request).await.error(), "request_uri_not_supported");
    }

    /// [Basic OP, Form Post OP] OIDC Core §5.5 · oidcc-claims-essential
    async fn an_essential_claim_is_told(mode) {
        let mut plan = Plan::start(mode).await;
        let claims = r#"{"userinfo":{"name":{"essential":true}}}"#;
        let request = plan.request().with("scope", "openid").with("claims", claims);
        let tokens = plan.tokens(&request).await;
        let about = plan.ada.userinfo(tokens["access_token"].as_str().unwrap()).await.1;
        assert_eq!(about["name"], "Ada Example");
    }

    /// [Basic OP, Form Post OP] OIDC Core §6.1 · oidcc-ensure-request-object-with-redirect-uri
    async fn what_a_signed_request_object_says_counts(mode) {
        let key = ClientKey::new("k");
        let mut plan = Plan::with(mode, |settings| settings.jwks = Some(key.jwks())).await;
        let request = plan.request();
        let mut object: Value =
            request.params.iter().map(|(n, v)| (n.clone(), json!(v))).collect::<serde_json::Map<_, _>>().into();
        object["aud"] = json!(plan.app.issuer);
        object["iss"] = json!("payroll");
        let outside = request.clone().with("redirect_uri", "https://evil.example/").with("request", &key.sign(&object));
        let answer = plan.sign_in(&outside).await;
        plan.redeem(&request, &answer).await;
    }

    /// [Basic OP, Form Post OP] OIDC Core §12 · oidcc-refresh-token
    async fn a_refresh_token_gives_an_id_token_about_the_same_person(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let tokens = plan.tokens(&request).await;
        let (_, before) = verified(&plan.app, "payroll", &tokens).await;
        let other = plan.app.client("other").await;
        let token = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(plan.ada.refresh(&other, token).await.1["error"], "invalid_grant");
        let (status, renewed) = plan.ada.refresh(&plan.client, token).await;
        assert_eq!(status, 200, "{renewed}");
        let (_, after) = verified(&plan.app, "payroll", &renewed).await;
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_ne!(tokens["access_token"], renewed["access_token"]);
    }

    /// [Basic OP, Form Post OP] RFC 7636 §4 · oidcc-ensure-request-with-valid-pkce-succeeds
    async fn a_code_needs_the_verifier_of_its_challenge(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let answer = plan.sign_in(&request).await;
        let wrong = Request { verifier: "x".repeat(43), ..request.clone() };
        assert_eq!(plan.ada.redeem(&wrong, answer.code()).await.1["error"], "invalid_grant");
        plan.redeem(&request, &answer).await;
    }
}

/// What userinfo says where these scopes were asked for.
async fn about(mode: Mode, scope: &str) -> Value {
    let mut plan = Plan::start(mode).await;
    let request = plan.request().with("scope", scope);
    let tokens = plan.tokens(&request).await;
    let (status, about) = plan.ada.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    about
}

/// [Basic OP] OIDC Core §5.3.1 · oidcc-userinfo-get, oidcc-userinfo-post-header, oidcc-userinfo-post-body
#[tokio::test]
async fn userinfo_takes_the_token_in_each_of_three_ways() {
    let mut plan = Plan::start(Mode::Query).await;
    let request = plan.request();
    let tokens = plan.tokens(&request).await;
    let token = tokens["access_token"].as_str().unwrap();
    let http = reqwest::Client::new();
    let url = plan.app.url("/userinfo");
    for request in [
        http.get(&url).bearer_auth(token),
        http.post(&url).bearer_auth(token),
        http.post(&url).form(&[("access_token", token)]),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.json::<Value>().await.unwrap()["name"], "Ada Example");
    }
    let nobody = http.get(&url).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    assert!(nobody.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
}

/// [Basic OP] OIDC Core §9 · oidcc-server-client-secret-post
#[tokio::test]
async fn the_secret_may_come_in_the_header_or_in_the_form() {
    let mut plan = Plan::start(Mode::Query).await;
    let request = plan.request();
    plan.tokens(&request).await;
    let code = plan.ask(&request).await.code().to_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", plan.client.redirect_uri.as_str()),
        ("code_verifier", request.verifier.as_str()),
    ];
    let http = reqwest::Client::new();
    let basic = http.post(plan.app.url("/token")).basic_auth("payroll", Some(&plan.client.secret));
    assert_eq!(basic.form(&form).send().await.unwrap().status(), 200);
}
