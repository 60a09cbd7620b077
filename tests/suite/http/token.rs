//! The token endpoint and what it gives for codes.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::client::SigningAlgorithm;
use firstkey::service::caller::Caller;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor, claims};

/// Somebody who is signed in and gets a code without seeing a page.
struct SignedIn {
    visitor: Visitor,
    client: Registered,
    request: Request,
}

async fn signed_in(app: &App) -> SignedIn {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let (mut visitor, mut phone) = (app.visitor(), SoftAuthenticator::new());
    visitor.day_one(&request, "ada", &pass, &mut phone).await.code();
    visitor.authorize(&request.clone().with("prompt", "login")).await.page();
    visitor.use_passkey(&mut phone).await.code();
    SignedIn { visitor, client, request }
}

#[track_caller]
fn refused((status, answer): (u16, Value), expected: &str) {
    assert_eq!((status, answer["error"].as_str()), (400, Some(expected)), "{answer}");
    assert!(answer["error_description"].as_str().is_some_and(|text| text.len() > 10), "{answer}");
}

on_both_engines! {
    /// [Attacks] RFC 9700 §2.1, RFC 6749 §4.1.2 · code replay
    async fn a_replayed_code_revokes_what_it_gave(app: App) {
        let SignedIn { mut visitor, client, request } = signed_in(&app).await;
        let code = visitor.authorize(&request).await.code();
        let (status, tokens) = visitor.redeem(&request, &code).await;
        assert_eq!(status, 200);
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(visitor.userinfo(access).await.0, 200);

        refused(visitor.redeem(&request, &code).await, "invalid_grant");
        assert_eq!(visitor.userinfo(access).await.0, 401);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        refused(visitor.refresh(&client, refresh).await, "invalid_grant");
        assert_eq!(app.audited(Activity::ReplayDetected).await.len(), 1);
    }

    /// [Attacks] RFC 6749 §10.5 · code replay in parallel
    async fn of_many_parallel_redeems_of_a_code_one_wins_at_most(app: App) {
        let SignedIn { mut visitor, request, .. } = signed_in(&app).await;
        let code = visitor.authorize(&request).await.code();
        let answers = join_all((0..20).map(|_| visitor.redeem(&request, &code))).await;
        let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
        assert_eq!(won.len(), 1);
        // The losers have revoked what the winner got.
        let access = won[0].1["access_token"].as_str().unwrap();
        assert_eq!(visitor.userinfo(access).await.0, 401);
    }

    /// [Attacks] RFC 9700 §4.8, RFC 7636 §4.6 · code swap between clients, PKCE downgrade
    async fn a_code_is_for_its_client_its_address_and_its_verifier(app: App) {
        let SignedIn { mut visitor, client, request } = signed_in(&app).await;
        let thief = app.client("thief").await;
        let code = visitor.authorize(&request).await.code();
        let exchange = |client: &Registered, changed: &[(&str, Option<&str>)]| {
            let fields = [
                ("grant_type", Some("authorization_code")),
                ("code", Some(code.as_str())),
                ("redirect_uri", Some(client.redirect_uri.as_str())),
                ("code_verifier", Some(request.verifier.as_str())),
            ];
            let fields: Vec<(String, String)> = fields
                .into_iter()
                .map(|(name, value)| {
                    let change = changed.iter().find(|(changed, _)| *changed == name);
                    (name, change.map_or(value, |(_, value)| *value))
                })
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect();
            let (client, visitor) = (client.clone(), visitor.clone());
            async move {
                let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                visitor.token(&client, &fields).await
            }
        };
        let other = Request::of(&client);
        refused(exchange(&thief, &[]).await, "invalid_grant");
        refused(exchange(&client, &[("code_verifier", None)]).await, "invalid_grant");
        refused(exchange(&client, &[("code_verifier", Some(""))]).await, "invalid_grant");
        refused(exchange(&client, &[("code_verifier", Some(&other.verifier))]).await, "invalid_grant");
        refused(exchange(&client, &[("redirect_uri", None)]).await, "invalid_grant");
        let elsewhere = Some("https://app.example/elsewhere");
        refused(exchange(&client, &[("redirect_uri", elsewhere)]).await, "invalid_grant");
        refused(exchange(&client, &[("code", Some("nonsense"))]).await, "invalid_grant");
        refused(exchange(&client, &[("code", None)]).await, "invalid_request");
        refused(exchange(&client, &[("grant_type", None)]).await, "invalid_request");
        refused(exchange(&client, &[("grant_type", Some("password"))]).await, "unsupported_grant_type");
        // None of that has spoilt it for its owner.
        assert_eq!(exchange(&client, &[]).await.0, 200);
    }
}

#[tokio::test]
async fn a_code_lives_for_a_minute() {
    let app = App::start().await;
    let SignedIn { mut visitor, request, .. } = signed_in(&app).await;
    let code = visitor.authorize(&request).await.code();
    app.wait(Duration::from_secs(61));
    refused(visitor.redeem(&request, &code).await, "invalid_grant");
}

/// [Attacks] RFC 9700 §4.14 · tokens after a person is disabled
#[tokio::test]
async fn a_disabled_person_gets_no_tokens() {
    let app = App::start().await;
    let SignedIn { mut visitor, client, request } = signed_in(&app).await;
    let code = visitor.authorize(&request).await.code();
    let second = visitor.authorize(&request).await.code();
    let (_, tokens) = visitor.redeem(&request, &code).await;
    app.disable("ada").await;
    refused(visitor.redeem(&request, &second).await, "invalid_grant");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    refused(visitor.refresh(&client, refresh).await, "invalid_grant");
    assert_eq!(visitor.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 401);
    let page = visitor.authorize(&request).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
}

/// [Attacks] RFC 9068 §4, RFC 8725 §3.1 · alg none and HMAC, an ID token as access token
#[tokio::test]
async fn tokens_say_what_they_should() {
    let app = App::start().await;
    let SignedIn { mut visitor, request, .. } = signed_in(&app).await;
    let code = visitor.authorize(&request).await.code();
    let (_, tokens) = visitor.redeem(&request, &code).await;
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 600);
    let (id, access) = (claims(&tokens["id_token"]), claims(&tokens["access_token"]));
    for claim in
        ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"]
    {
        assert!(id.get(claim).is_some(), "{claim} is missing: {id}");
    }
    for claim in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope"] {
        assert!(access.get(claim).is_some(), "{claim} is missing: {access}");
    }
    // Pass first, then the key in the same session.
    assert_eq!(id["acr"], "phr");
    assert_eq!(id["amr"], json!(["tap", "otp", "swk", "user", "mfa"]));
    assert_eq!(id["name"], "Ada Example");
    assert_eq!(access["client_id"], "payroll");
    // An ID token is no access token, and neither is anything that was tampered with.
    let id_token = tokens["id_token"].as_str().unwrap();
    assert_eq!(visitor.userinfo(id_token).await.0, 401);
    let token = tokens["access_token"].as_str().unwrap();
    let (head, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(visitor.userinfo(&format!("{head}.{}", signature.to_uppercase())).await.0, 401);
    let (_, payload) = head.split_once('.').unwrap();
    for unsigned in ["eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0", "eyJhbGciOiJIUzI1NiJ9"] {
        assert_eq!(visitor.userinfo(&format!("{unsigned}.{payload}.")).await.0, 401);
    }
    assert_eq!(visitor.userinfo(token).await.0, 200);
    app.wait(Duration::from_secs(601));
    assert_eq!(visitor.userinfo(token).await.0, 401);
}

#[tokio::test]
async fn es256_is_there_for_who_asks_and_rotation_breaks_nobody() {
    let app = App::start().await;
    let SignedIn { mut visitor, request, .. } = signed_in(&app).await;
    // By then everybody can know the next keys.
    app.wait(Duration::from_secs(600));
    let modern = app
        .client_with("modern", false, |settings| {
            settings.id_token_signed_response_alg = SigningAlgorithm::Es256;
        })
        .await;
    let header = |jwt: &Value| {
        use base64::Engine as _;
        let text = jwt.as_str().unwrap().split('.').next().unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let code = visitor.authorize(&request).await.code();
    let (_, before) = visitor.redeem(&request, &code).await;
    assert_eq!(header(&before["id_token"])["alg"], "RS256");
    assert_eq!(header(&before["access_token"])["alg"], "ES256");
    assert_eq!(header(&before["access_token"])["typ"], "at+jwt");
    let modern_request = Request::of(&modern);
    let code = visitor.authorize(&modern_request).await.code();
    let (_, tokens) = visitor.redeem(&modern_request, &code).await;
    assert_eq!(header(&tokens["id_token"])["alg"], "ES256");

    let published = async || -> Vec<String> {
        let keys: Value = reqwest::get(app.url("/jwks")).await.unwrap().json().await.unwrap();
        let keys = keys["keys"].as_array().unwrap().clone();
        assert!(keys.iter().all(|key| key["use"] == "sig" && key.get("d").is_none()), "{keys:?}");
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let known = published().await;
    app.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
    let code = visitor.authorize(&request).await.code();
    let (_, after) = visitor.redeem(&request, &code).await;
    let kid = |jwt: &Value| header(jwt)["kid"].as_str().unwrap().to_owned();
    assert_ne!(kid(&before["id_token"]), kid(&after["id_token"]));
    assert!(known.contains(&kid(&after["id_token"])), "the next key was published beforehand");
    assert!(published().await.contains(&kid(&before["id_token"])), "the retired one still is");
    assert_eq!(visitor.userinfo(before["access_token"].as_str().unwrap()).await.0, 200);
}
