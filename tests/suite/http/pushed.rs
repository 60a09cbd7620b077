//! Requests that do not travel in the open: pushed (RFC 9126), or signed (RFC 9101).

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use super::languages::lang;
use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::ClientKey;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Landing, Request, param};

/// Pushes these parameters with the client's secret.
async fn push(app: &App, client: &Registered, params: &[(String, String)]) -> (u16, Value) {
    let http = reqwest::Client::new();
    let mut form = params.to_vec();
    form.push(("client_secret".into(), client.secret.clone()));
    let answer = http.post(app.url("/par")).form(&form).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// What the browser carries instead.
fn reference(client: &Registered, request_uri: &str) -> Request {
    let params = [("client_id", client.id.as_str()), ("request_uri", request_uri)];
    Request {
        params: params.map(|(name, value)| (name.into(), value.into())).to_vec(),
        verifier: String::new(),
        client: client.clone(),
    }
}

async fn pushed(app: &App, request: &Request) -> Request {
    let (status, answer) = push(app, &request.client, &request.params).await;
    assert_eq!(status, 201, "{answer}");
    reference(&request.client, answer["request_uri"].as_str().unwrap())
}

on_both_engines! {
    async fn a_pushed_request_is_good_for_one_sign_in(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let by_reference = pushed(&app, &request).await;
        assert!(!by_reference.path().contains("nonce"), "nothing of it is in the address");
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        let away = ada.day_one(&by_reference, "ada", &pass, &mut phone).await.away();
        assert!(away.as_str().starts_with(CALLBACK));
        assert_eq!(param(&away, "state").as_deref(), Some("a state"));
        let (status, tokens) = ada.redeem(&request, &param(&away, "code").unwrap()).await;
        assert_eq!(status, 200, "{tokens}");
        let again = app.visitor().authorize(&by_reference).await.page();
        assert_eq!(again.status, 400);
    }

    /// [Attacks] RFC 9126 §7.3 · replay of a pushed request
    async fn of_many_sign_ins_with_one_reference_one_is_answered(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (pass, client) = (app.pass("ada").await, app.client("payroll").await);
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        ada.day_one(&Request::of(&client), "ada", &pass, &mut phone).await.code();
        ada.authorize(&Request::of(&client).with("prompt", "login")).await.page();
        ada.use_passkey(&mut phone).await.code();
        // Opened by many at once, it is answered at once: one code.
        let by_reference = pushed(&app, &Request::of(&client)).await;
        let answers = join_all((0..10).map(|_| {
            let (mut ada, by_reference) = (ada.clone(), by_reference.clone());
            async move { ada.authorize(&by_reference).await }
        }));
        let codes = answers.await.into_iter().filter(|it| matches!(it, Landing::Away(_))).count();
        assert_eq!(codes, 1);
        // Begun by two, finished by one.
        let by_reference = pushed(&app, &Request::of(&client)).await;
        let (mut here, mut there) = (app.visitor(), app.visitor());
        here.authorize(&by_reference).await.page();
        there.authorize(&by_reference).await.page();
        app.wait(Duration::from_secs(600));
        here.use_passkey(&mut phone).await.code();
        let page = there.use_passkey(&mut phone).await.page();
        assert!(page.body.contains("Payroll"), "{}", page.heading());
        // An error is an answer, too.
        let silent = pushed(&app, &Request::of(&client).with("prompt", "none")).await;
        assert_eq!(app.visitor().authorize(&silent).await.error(), "login_required");
        assert_eq!(app.visitor().authorize(&silent).await.page().status, 400);
    }
}

#[tokio::test]
async fn a_reference_is_its_clients_and_short_lived() {
    let app = App::start().await;
    let (ours, other) = (app.client("payroll").await, app.client("other").await);
    let mut stolen = pushed(&app, &Request::of(&ours)).await;
    stolen = stolen.with("client_id", &other.id);
    assert_eq!(app.visitor().authorize(&stolen).await.page().status, 400);
    let request_uri = stolen.params.iter().find(|(name, _)| name == "request_uri").unwrap();
    let back = reference(&ours, &request_uri.1);
    assert_eq!(app.visitor().authorize(&back).await.page().status, 200, "it was not used up");

    let late = pushed(&app, &Request::of(&ours)).await;
    app.wait(Duration::from_secs(91));
    assert_eq!(app.visitor().authorize(&late).await.page().status, 400);
    let made_up = reference(&ours, "urn:ietf:params:oauth:request_uri:x");
    assert_eq!(app.visitor().authorize(&made_up).await.page().status, 400);
}

#[tokio::test]
async fn what_cannot_be_asked_cannot_be_pushed() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    let good = Request::of(&client);
    for (request, error) in [
        (good.clone().with("redirect_uri", "https://evil.example/"), "invalid_request"),
        (good.clone().without("redirect_uri"), "invalid_request"),
        (good.clone().with("response_type", "token"), "unsupported_response_type"),
        (good.clone().without("code_challenge"), "invalid_request"),
        (good.clone().with("scope", "email"), "invalid_scope"),
        (
            good.clone().with("request_uri", "urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (good.clone().with("request", "a.b.c"), "invalid_request_object"),
    ] {
        let (status, answer) = push(&app, &client, &request.params).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some(error)), "{answer}");
    }
    let thief = Registered { secret: "wrong".into(), ..client.clone() };
    assert_eq!(push(&app, &thief, &good.params).await.0, 401);
    let get = reqwest::get(app.url("/par")).await.unwrap();
    assert_eq!((get.status().as_u16(), get.headers()["allow"].to_str().unwrap()), (405, "POST"));
    let answer: Value = get.json().await.unwrap();
    assert_eq!(answer["error_description"], "This address does not answer GET.");
}

#[tokio::test]
async fn who_must_push_cannot_ask_in_the_open() {
    let app = App::start().await;
    let client = app
        .client_with("payroll", false, |settings| {
            settings.require_pushed_authorization_requests = true;
        })
        .await;
    let request = Request::of(&client);
    let refused = app.visitor().authorize(&request).await.error();
    assert_eq!(refused, "invalid_request");
    let by_reference = pushed(&app, &request).await;
    assert_eq!(app.visitor().authorize(&by_reference).await.page().status, 200);
}

/// [Attacks] RFC 9101 §10.4 · SSRF by request_uri
#[tokio::test]
async fn nothing_is_fetched_for_a_request() {
    let app = App::start().await;
    let host = crate::support::client_key::KeyHost::start(json!({ "keys": [] })).await;
    let request = Request::of(&app.client("payroll").await);
    for uri in [host.uri.as_str(), "https://app.example/request", "file:///etc/passwd"] {
        let refused = app.visitor().authorize(&request.clone().with("request_uri", uri)).await;
        assert_eq!(refused.error(), "request_uri_not_supported");
    }
    assert_eq!(host.asked(), 0);
}

/// The claims of a request object that asks for what `request` asks for.
fn object(app: &App, request: &Request) -> Value {
    let mut claims = json!({ "iss": request.client.id, "aud": app.issuer, "exp": app.now() + 60 });
    for (name, value) in &request.params {
        claims[name] = value.as_str().into();
    }
    claims
}

fn carrying(request: &Request, object: &str) -> Request {
    let params = [
        ("client_id", request.client.id.as_str()),
        ("redirect_uri", request.client.redirect_uri.as_str()),
        ("response_type", "code"),
        ("scope", "openid"),
        ("request", object),
    ];
    Request {
        params: params.map(|(name, value)| (name.into(), value.into())).to_vec(),
        verifier: request.verifier.clone(),
        client: request.client.clone(),
    }
}

#[tokio::test]
async fn a_signed_request_says_all_that_counts() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let key = ClientKey::new("k");
    let client =
        app.client_with("payroll", false, |settings| settings.jwks = Some(key.jwks())).await;
    let request = Request::of(&client);
    let mut claims = object(&app, &request);
    claims["state"] = "signed state".into();
    claims["max_age"] = 3600.into();
    let signed = carrying(&request, &key.sign(&claims)).with("state", "open state");
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    let away = ada.day_one(&signed, "ada", &pass, &mut phone).await.away();
    assert_eq!(param(&away, "state").as_deref(), Some("signed state"));
    let (status, tokens) = ada.redeem(&request, &param(&away, "code").unwrap()).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(crate::support::visitor::claims(&tokens["id_token"])["nonce"], "a nonce");

    // The same, pushed.
    claims["exp"] = (app.now() + 60).into();
    let by_reference = pushed(&app, &carrying(&request, &key.sign(&claims))).await;
    assert!(matches!(app.visitor().authorize(&by_reference).await, Landing::Page(_)));
}

/// [Attacks] RFC 9101 §10.8 · token confusion: request objects
#[tokio::test]
async fn a_request_object_must_be_signed_for_this_purpose() {
    let app = App::start().await;
    let (key, thief) = (ClientKey::new("k"), ClientKey::new("k"));
    let client =
        app.client_with("payroll", false, |settings| settings.jwks = Some(key.jwks())).await;
    let request = Request::of(&client);
    let good = object(&app, &request);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        key.sign(&claims)
    };
    let typed = |typ: &str| key.sign_as(&good, |header| header.typ = Some(typ.into()));
    for (what, object) in [
        ("another key", thief.sign(&good)),
        (
            "no signature",
            format!("eyJhbGciOiJub25lIn0.{}.", key.sign(&good).split('.').nth(1).unwrap()),
        ),
        ("another client", with("client_id", json!("other"))),
        ("another issuer", with("iss", json!("other"))),
        ("an assertion", with("sub", json!("payroll"))),
        ("another audience", with("aud", json!("https://elsewhere.example"))),
        ("too late", with("exp", json!(app.now() - 60))),
        ("a text for a time", with("exp", json!("soon"))),
        ("too early", with("nbf", json!(app.now() + 60))),
        ("a request in a request", with("request", json!("a.b.c"))),
        ("a reference in a request", with("request_uri", json!("https://app.example/r"))),
        ("an access token", typed("at+jwt")),
        ("a proof", typed("dpop+jwt")),
        ("NUL", with("state", json!("a\0b"))),
        ("rubbish", "rubbish".into()),
    ] {
        let landing = app.visitor().authorize(&carrying(&request, &object)).await;
        assert_eq!(landing.error(), "invalid_request_object", "{what}");
    }
    let evil = with("redirect_uri", json!("https://evil.example/"));
    let landing = app.visitor().authorize(&carrying(&request, &evil)).await;
    assert_eq!(landing.page().status, 400, "no redirect where the signed address is not its own");
    let typed = typed("oauth-authz-req+jwt");
    assert_eq!(app.visitor().authorize(&carrying(&request, &typed)).await.page().status, 200);
}

#[tokio::test]
async fn who_must_sign_cannot_leave_it() {
    let app = App::start().await;
    let key = ClientKey::new("k");
    let client = app
        .client_with("payroll", false, |settings| {
            settings.jwks = Some(key.jwks());
            settings.require_signed_request_object = true;
        })
        .await;
    let request = Request::of(&client);
    assert_eq!(app.visitor().authorize(&request).await.error(), "invalid_request");
    assert_eq!(push(&app, &client, &request.params).await.0, 400);
    let signed = carrying(&request, &key.sign(&object(&app, &request)));
    assert_eq!(app.visitor().authorize(&signed).await.page().status, 200);
}

/// OIDC Core §3.1.2.1 · `ui_locales` in a pushed and in a signed request
#[tokio::test]
async fn the_language_that_a_pushed_or_signed_request_asks_for_counts() {
    let app = App::start().await;
    let key = ClientKey::new("k");
    let client = app.client_with("payroll", false, |it| it.jwks = Some(key.jwks())).await;
    let plain = Request::of(&client);
    let german = plain.clone().with("ui_locales", "fr de");
    let signed = carrying(&german, &key.sign(&object(&app, &german)));
    let by_reference = pushed(&app, &german).await;
    // What stands beside a signed or pushed request does not count.
    for request in [by_reference, signed.clone(), signed.with("ui_locales", "en")] {
        let mut ada = app.visitor();
        ada.speaks("en");
        let page = ada.authorize(&request).await.page();
        assert_eq!((page.status, lang(&page).as_str()), (200, "de"));
        assert_eq!(lang(&ada.identify("ada").await.page()), "de");
    }
    let signed = carrying(&plain, &key.sign(&object(&app, &plain)));
    assert_eq!(lang(&app.visitor().authorize(&signed).await.page()), "en");
}
