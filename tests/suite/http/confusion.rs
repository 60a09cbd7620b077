//! Tokens that were given for one thing and are shown for another (RFC 8725 §2.8).

use firstkey::domain::client::{AuthMethod, GrantType, SigningAlgorithm};
use firstkey::domain::permission::Permission;
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::{ClientKey, JWT_BEARER, KeyHost};
use crate::support::visitor::{Request, Visitor};

/// Ada, signed in, and all that an application got.
struct Loot {
    ada: Visitor,
    client: Registered,
    code: String,
    tokens: Value,
}

async fn loot(app: &App) -> Loot {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let (pass, client) = (app.pass("ada").await, app.client("payroll").await);
    let request = Request::of(&client);
    let mut ada = app.visitor();
    let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    Loot { ada, client, code, tokens }
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

/// [Attacks] RFC 8725 §3.11 · token confusion: everything else as an access token
#[tokio::test]
async fn nothing_else_is_an_access_token() {
    let app = App::start().await;
    let Loot { ada, code, tokens, .. } = loot(&app).await;
    let own = ClientKey::new("k");
    let forged = own.sign_as(
        &json!({ "iss": app.issuer, "sub": "x", "aud": app.issuer, "exp": app.now() + 60, "jti": "1" }),
        |header| header.typ = Some("at+jwt".into()),
    );
    for other in [text(&tokens, "id_token"), text(&tokens, "refresh_token"), &code, &forged] {
        assert_eq!(ada.userinfo(other).await.0, 401);
        for path in ["/v1.0/users", "/scim/v2/Users"] {
            let answer = reqwest::Client::new().get(app.url(path)).bearer_auth(other).send().await;
            assert_eq!(answer.unwrap().status(), 401, "{path}");
        }
    }
    // A token for one's own data is none for everybody's.
    let access = text(&tokens, "access_token");
    assert_eq!(ada.userinfo(access).await.0, 200);
    let users = reqwest::Client::new().get(app.url("/v1.0/users")).bearer_auth(access).send().await;
    assert_eq!(users.unwrap().status(), 403);
}

/// [Attacks] RFC 8725 §3.11 · token confusion: everything else as a refresh token or a code
#[tokio::test]
async fn nothing_else_is_a_refresh_token_or_a_code() {
    let app = App::start().await;
    let Loot { ada, client, code, tokens } = loot(&app).await;
    for other in [text(&tokens, "id_token"), text(&tokens, "access_token"), &code] {
        let (status, answer) = ada.refresh(&client, other).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    }
    for other in
        [text(&tokens, "id_token"), text(&tokens, "access_token"), text(&tokens, "refresh_token")]
    {
        let (status, answer) = ada.redeem(&Request::of(&client), other).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    }
    assert_eq!(ada.refresh(&client, text(&tokens, "refresh_token")).await.0, 200, "none was lost");
}

/// [Attacks] RFC 8725 §3.11, OIDC Core §3.1.2.1 · token confusion: everything else as an id_token_hint
#[tokio::test]
async fn nothing_else_is_an_id_token_hint() {
    let app = App::start().await;
    let Loot { mut ada, client, tokens, .. } = loot(&app).await;
    let other = app.client("other").await;
    let signed = app
        .client_with("signed", false, |settings| {
            settings.userinfo_signed_response_alg = Some(SigningAlgorithm::Es256);
        })
        .await;
    let silent = |client: &Registered| Request::of(client).with("prompt", "none");
    let hint = text(&tokens, "id_token");
    let good = silent(&client).with("id_token_hint", hint);
    // The pass session carried that journey alone: what matters is that the hint is understood.
    assert_ne!(ada.authorize(&good).await.error(), "invalid_request");
    let forged = ClientKey::new("k")
        .sign(&json!({ "iss": app.issuer, "sub": "x", "aud": "payroll", "exp": app.now() + 60 }));
    for wrong in [text(&tokens, "access_token"), &forged, "a.b.c", "x"] {
        let request = silent(&client).with("id_token_hint", wrong);
        assert_eq!(ada.authorize(&request).await.error(), "invalid_request");
        let page = ada.open(&format!("/end_session?id_token_hint={wrong}")).await.page();
        assert_ne!(page.heading(), "You are signed out");
    }
    for stranger in [&other, &signed] {
        let request = silent(stranger).with("id_token_hint", hint);
        assert_eq!(ada.authorize(&request).await.error(), "invalid_request", "of another client");
    }
}

/// [Attacks] RFC 9101 §10.8, RFC 7523 §5 · token confusion: an assertion as request object, and back
#[tokio::test]
async fn an_assertion_is_no_request_and_a_request_no_assertion() {
    let app = App::start().await;
    let key = ClientKey::new("k");
    let client = app
        .client_with("robot", false, |settings| {
            settings.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
            settings.grant_types.push(GrantType::ClientCredentials);
            settings.application_permissions = vec![Permission::UserReadAll];
            settings.jwks = Some(key.jwks());
        })
        .await;
    let assertion = key.assertion(&app, "robot", "1");
    let request = Request::of(&client).with("request", &assertion);
    assert_eq!(app.visitor().authorize(&request).await.error(), "invalid_request_object");
    let mut object: Value = json!({ "iss": "robot", "client_id": "robot", "aud": app.issuer, "exp": app.now() + 60, "jti": "2" });
    for (name, value) in &Request::of(&client).params {
        object[name] = json!(value);
    }
    let proof = key
        .proof(&json!({ "htm": "POST", "htu": app.url("/token"), "iat": app.now(), "jti": "3" }));
    for other in [key.sign(&object), proof] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &other),
        ];
        let (status, answer) = app.visitor().token_raw(&form).await;
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    }
}

/// [Attacks] RFC 7591 §5 · SSRF by logo_uri and the like
#[tokio::test]
async fn addresses_of_an_application_are_kept_and_never_fetched() {
    let app = App::start().await;
    let host = KeyHost::start(json!({})).await;
    let client = app
        .client_with("payroll", false, |settings| {
            for uri in [
                &mut settings.logo_uri,
                &mut settings.client_uri,
                &mut settings.policy_uri,
                &mut settings.tos_uri,
                &mut settings.initiate_login_uri,
            ] {
                *uri = Some(host.uri.clone());
            }
            settings.third_party = true;
        })
        .await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let mut ada = app.visitor();
    ada.authorize(&Request::of(&client)).await.page();
    ada.sign_in("ada", &pass).await.page();
    let page = ada.register(&mut SoftAuthenticator::new()).await.page();
    assert!(!page.body.contains(&host.uri), "nor does a browser fetch them");
    assert_eq!(host.asked(), 0);
}
