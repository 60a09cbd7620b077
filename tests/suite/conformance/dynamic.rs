//! Dynamic OP: applications that register themselves, here with an initial access token.

use std::time::Duration;

use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::{Answer, Mode, Plan, verified};
use crate::support::app::{CALLBACK, Registered};
use crate::support::client_key::{ClientKey, JWT_BEARER, KeyHost};
use crate::support::visitor::{Landing, Request};

/// A plan, and the token by which clients register in it.
struct Registrar {
    plan: Plan,
    token: String,
}

impl Registrar {
    async fn start() -> Self {
        let plan = Plan::start(Mode::Query).await;
        let hour = Duration::from_secs(60 * 60);
        let token = plan.app.services.issue_registration_token(&Caller::OPERATOR, 20, hour).await;
        Self { token: token.unwrap().reveal().to_owned(), plan }
    }

    /// Registers, with what the suite always says and what `changed` says instead.
    async fn register(&self, changed: Value) -> (u16, Value) {
        let mut metadata = json!({
            "client_name": "Conformance",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_post",
        });
        for (name, value) in changed.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let answer = reqwest::Client::new()
            .post(self.plan.app.url("/register"))
            .bearer_auth(&self.token)
            .json(&metadata)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The same, of what must be taken.
    async fn registered(&self, changed: Value) -> Value {
        let (status, told) = self.register(changed).await;
        assert_eq!(status, 201, "{told}");
        told
    }

    /// Signs Ada in to a client and consents; returns the code.
    async fn code(&mut self, request: &Request) -> String {
        let plan = &mut self.plan;
        plan.ada.authorize(request).await.page();
        let mut landing = plan.ada.use_passkey(&mut plan.device).await;
        if let Landing::Page(page) = &landing {
            assert!(page.heading().starts_with("Share this with"), "{}", page.heading());
            landing = plan.ada.submit("consent", &[("decision", "allow")]).await;
        }
        Answer(landing.away().query_pairs().into_owned().collect()).code().to_owned()
    }

    async fn redeem(&self, request: &Request, code: &str) -> Value {
        let (status, tokens) = self.plan.ada.redeem(request, code).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    async fn tokens(&mut self, client: &Registered) -> Value {
        let request = Request::of(client);
        let code = self.code(&request).await;
        self.redeem(&request, &code).await
    }
}

fn client(told: &Value) -> Registered {
    Registered {
        id: told["client_id"].as_str().unwrap().into(),
        secret: told["client_secret"].as_str().unwrap_or_default().into(),
        redirect_uri: told["redirect_uris"][0].as_str().unwrap_or(CALLBACK).into(),
    }
}

/// [Dynamic OP] RFC 7591 §3.2.1, OIDC Registration §3.2 · oidcc-server
#[tokio::test]
async fn a_registration_is_answered_with_all_that_was_registered() {
    let mut registrar = Registrar::start().await;
    let told = registrar.registered(json!({})).await;
    for name in [
        "client_id",
        "client_secret",
        "client_secret_expires_at",
        "client_id_issued_at",
        "registration_access_token",
        "registration_client_uri",
        "redirect_uris",
        "grant_types",
        "response_types",
        "token_endpoint_auth_method",
        "application_type",
    ] {
        assert!(told.get(name).is_some(), "{name}");
    }
    let tokens = registrar.tokens(&client(&told)).await;
    verified(&registrar.plan.app, told["client_id"].as_str().unwrap(), &tokens).await;
}

/// [Dynamic OP] OIDC Registration §2 · oidcc-idtoken-rs256
#[tokio::test]
async fn id_tokens_are_signed_as_was_registered() {
    let mut registrar = Registrar::start().await;
    for algorithm in ["RS256", "ES256"] {
        let told = registrar.registered(json!({ "id_token_signed_response_alg": algorithm })).await;
        let tokens = registrar.tokens(&client(&told)).await;
        let id = told["client_id"].as_str().unwrap();
        assert_eq!(verified(&registrar.plan.app, id, &tokens).await.0["alg"], algorithm);
        registrar.plan.ada = registrar.plan.app.visitor();
    }
}

/// [Dynamic OP] OIDC Core §2 · oidcc-idtoken-unsigned
#[tokio::test]
async fn unsigned_id_tokens_are_not_to_be_had() {
    let registrar = Registrar::start().await;
    let (status, told) =
        registrar.register(json!({ "id_token_signed_response_alg": "none" })).await;
    assert_eq!((status, &told["error"]), (400, &json!("invalid_client_metadata")));
}

/// [Dynamic OP] OIDC Core §5.3.2 · oidcc-userinfo-rs256
#[tokio::test]
async fn userinfo_is_signed_where_that_was_registered() {
    let mut registrar = Registrar::start().await;
    let told = registrar.registered(json!({ "userinfo_signed_response_alg": "RS256" })).await;
    let tokens = registrar.tokens(&client(&told)).await;
    let http = reqwest::Client::new();
    let answer = http.get(registrar.plan.app.url("/userinfo"));
    let answer = answer.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/jwt");
    let jwt = answer.text().await.unwrap();
    let id = told["client_id"].as_str().unwrap();
    assert_eq!(jsonwebtoken::decode_header(&jwt).unwrap().alg, jsonwebtoken::Algorithm::RS256);
    let told = crate::support::visitor::claims(&json!(jwt));
    assert_eq!((&told["iss"], &told["aud"]), (&json!(registrar.plan.app.issuer), &json!([id])));
}

/// [Dynamic OP] OIDC Core §3.1.2.1 · oidcc-ensure-redirect-uri-in-authorization-request
#[tokio::test]
async fn a_request_without_redirect_uri_gets_a_page() {
    let registrar = Registrar::start().await;
    let told = registrar.registered(json!({})).await;
    let request = Request::of(&client(&told)).without("redirect_uri");
    assert_eq!(registrar.plan.app.visitor().authorize(&request).await.page().status, 400);
}

/// [Dynamic OP] RFC 6749 §3.1.2 · oidcc-redirect-uri-query-OK
#[tokio::test]
async fn a_query_of_the_redirect_uri_is_kept() {
    let mut registrar = Registrar::start().await;
    let uri = "https://app.example/callback?foo=bar";
    let told = registrar.registered(json!({ "redirect_uris": [uri] })).await;
    let request = Request::of(&client(&told));
    registrar.plan.ada.authorize(&request).await.page();
    registrar.plan.ada.use_passkey(&mut registrar.plan.device).await.page();
    let away = registrar.plan.ada.submit("consent", &[("decision", "allow")]).await.away();
    assert!(away.as_str().starts_with("https://app.example/callback?foo=bar&code="), "{away}");
}

/// [Dynamic OP] OIDC Core §3.1.2.1 · oidcc-redirect-uri-query-mismatch, oidcc-redirect-uri-query-added
#[tokio::test]
async fn a_query_that_was_not_registered_is_refused() {
    let registrar = Registrar::start().await;
    let uri = "https://app.example/callback?foo=bar";
    let told =
        registrar.registered(json!({ "redirect_uris": [uri, "https://app.example/cb"] })).await;
    for other in [
        "https://app.example/callback?bar=foo",
        "https://app.example/callback",
        "https://app.example/callback?foo=bar&x=1",
        "https://app.example/cb?x=1",
    ] {
        let request = Request::of(&client(&told)).with("redirect_uri", other);
        assert_eq!(
            registrar.plan.app.visitor().authorize(&request).await.page().status,
            400,
            "{other}"
        );
    }
}

/// [Dynamic OP] RFC 6749 §3.1.2 · oidcc-redirect-uri-regfrag
#[tokio::test]
async fn a_fragment_cannot_be_registered() {
    let registrar = Registrar::start().await;
    let (status, told) =
        registrar.register(json!({ "redirect_uris": ["https://app.example/cb#x"] })).await;
    assert_eq!((status, &told["error"]), (400, &json!("invalid_redirect_uri")));
}

/// [Dynamic OP] OIDC Registration §2 · oidcc-registration-logo-uri, oidcc-registration-policy-uri, oidcc-registration-tos-uri
#[tokio::test]
async fn addresses_for_people_are_kept() {
    let registrar = Registrar::start().await;
    for name in ["logo_uri", "policy_uri", "tos_uri", "client_uri"] {
        let told = registrar.registered(json!({ name: "https://app.example/page" })).await;
        assert_eq!(told[name], "https://app.example/page");
    }
}

/// [Dynamic OP] OIDC Registration §2, OIDC Core §10.1.1 · oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation
#[tokio::test]
async fn a_client_proves_itself_with_keys_at_its_jwks_uri_and_may_change_them() {
    let mut registrar = Registrar::start().await;
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    let host = KeyHost::start(old.jwks()).await;
    let told = registrar
        .registered(json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": host.uri,
        }))
        .await;
    assert_eq!(told.get("client_secret"), None);
    let client = client(&told);
    let request = Request::of(&client);
    let code = registrar.code(&request).await;
    let app = &registrar.plan.app;
    let assertion = old.assertion(app, &client.id, "one");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", request.verifier.as_str()),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
    ];
    let (status, tokens) = registrar.plan.ada.token_raw(&form).await;
    assert_eq!(status, 200, "{tokens}");
    host.change(new.jwks());
    let assertion = new.assertion(app, &client.id, "two");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
    ];
    let (status, tokens) = registrar.plan.ada.token_raw(&form).await;
    assert_eq!(status, 200, "{tokens}");
}

/// [Dynamic OP] OIDC Core §8.1, OIDC Registration §5 · oidcc-registration-sector-uri, oidcc-registration-sector-bad
#[tokio::test]
async fn a_sector_must_list_the_redirect_uris() {
    let registrar = Registrar::start().await;
    let host = KeyHost::start(json!([CALLBACK])).await;
    let sector = json!({ "subject_type": "pairwise", "sector_identifier_uri": host.uri });
    registrar.registered(sector.clone()).await;
    host.change(json!(["https://app.example/another"]));
    let (status, told) = registrar.register(sector).await;
    assert_eq!((status, &told["error"]), (400, &json!("invalid_client_metadata")));
}

/// [Dynamic OP] OIDC Core §10.1.1 · oidcc-server-rotate-keys
#[tokio::test]
async fn tokens_are_valid_after_the_keys_rotated() {
    let mut registrar = Registrar::start().await;
    let told = registrar.registered(json!({})).await;
    let (client, id) = (client(&told), told["client_id"].as_str().unwrap());
    let before = registrar.tokens(&client).await;
    registrar.plan.app.wait(Duration::from_secs(2 * 60 * 60));
    registrar.plan.app.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
    let request = Request::of(&client);
    let code = registrar.code(&request.clone().with("prompt", "login")).await;
    let after = registrar.redeem(&request, &code).await;
    let old = jsonwebtoken::decode_header(before["id_token"].as_str().unwrap()).unwrap();
    let (new, _) = verified(&registrar.plan.app, id, &after).await;
    assert_ne!(json!(old.kid), new["kid"]);
}

/// [Dynamic OP] RFC 7523 §3, OIDC Core §9 · oidcc-ensure-client-assertion-with-iss-aud-succeeds
#[tokio::test]
async fn an_assertion_may_be_for_the_issuer() {
    let registrar = Registrar::start().await;
    let key = ClientKey::new("k");
    let told = registrar
        .registered(json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(),
        }))
        .await;
    let id = told["client_id"].as_str().unwrap();
    let assertion = key.assertion(&registrar.plan.app, id, "one");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "made up"),
        ("redirect_uri", CALLBACK),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
    ];
    let (status, answer) = registrar.plan.ada.token_raw(&form).await;
    assert_eq!(
        (status, &answer["error"]),
        (400, &json!("invalid_grant")),
        "it is believed who it is"
    );
}

/// [Dynamic OP] RFC 7592 §2 · fapi1-advanced and open banking plans ask the same
#[tokio::test]
async fn a_client_reads_changes_and_removes_its_registration() {
    let registrar = Registrar::start().await;
    let told = registrar.registered(json!({})).await;
    let (uri, token) = (
        told["registration_client_uri"].as_str().unwrap(),
        told["registration_access_token"].as_str().unwrap(),
    );
    let http = reqwest::Client::new();
    let shown: Value = http.get(uri).bearer_auth(token).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["client_id"], told["client_id"]);
    let changed =
        json!({ "client_id": told["client_id"], "redirect_uris": ["https://app.example/new"] });
    let answer = http.put(uri).bearer_auth(token).json(&changed).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["redirect_uris"], json!(["https://app.example/new"]));
    assert_eq!(http.delete(uri).bearer_auth(token).send().await.unwrap().status(), 204);
    assert_eq!(http.get(uri).bearer_auth(token).send().await.unwrap().status(), 401);
}
