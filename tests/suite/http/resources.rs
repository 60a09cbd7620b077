//! Tokens for other people's resources (RFC 8707), and for as long as an application wants them.

use firstkey::domain::client::{ClientSettings, GrantType, Lifetimes};
use firstkey::domain::permission::Permission;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, claims, param};

const ORDERS: &str = "https://orders.example/api";
const STOCK: &str = "https://stock.example/api";

async fn shop(app: &App) -> Registered {
    app.client_with("shop", false, |settings| {
        settings.resources = vec![ORDERS.into(), STOCK.into()];
        settings.grant_types = GrantType::ALL.to_vec();
        settings.application_permissions = vec![Permission::UserReadAll];
    })
    .await
}

async fn introspect(app: &App, client: &Registered, token: &str) -> Value {
    let form = [("token", token), ("client_id", &client.id), ("client_secret", &client.secret)];
    let http = reqwest::Client::new();
    http.post(app.url("/introspect")).form(&form).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_token_is_for_the_resources_that_were_asked_for() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let (pass, shop) = (app.pass("ada").await, shop(&app).await);
    let orders = app
        .client_with("orders", false, |settings| settings.resource_server_for = vec![ORDERS.into()])
        .await;
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    let request = Request::of(&shop).with("resource", ORDERS);
    let request = Request {
        params: [request.params.clone(), vec![("resource".into(), app.issuer.clone())]].concat(),
        ..request
    };
    let code = ada.day_one(&request, "ada", &pass, &mut device).await.code();
    let fields = |resource| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", shop.redirect_uri.as_str()),
            ("code_verifier", request.verifier.as_str()),
            ("resource", resource),
        ]
    };
    // One that was not asked for cannot be had now, and asking loses nothing.
    let (status, answer) = ada.token(&shop, &fields(STOCK)).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_target")), "{answer}");
    let (status, tokens) = ada.token(&shop, &fields(ORDERS)).await;
    assert_eq!(status, 200, "{tokens}");
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims(&tokens["access_token"])["aud"], ORDERS);
    assert_eq!(ada.userinfo(token).await.0, 401, "a token for others is none for us");
    let answer = introspect(&app, &orders, token).await;
    assert_eq!((&answer["active"], &answer["username"]), (&json!(true), &json!("ada")), "{answer}");
    let nosy = app.client("nosy").await;
    assert_eq!(introspect(&app, &nosy, token).await, json!({ "active": false }));

    // New tokens are for all that was asked for, and ours is among them here.
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let (_, tokens) = ada.refresh(&shop, refresh).await;
    assert_eq!(claims(&tokens["access_token"])["aud"], json!([ORDERS, app.issuer]));
    let newer = tokens["access_token"].as_str().unwrap();
    assert_eq!(ada.userinfo(newer).await.0, 200);

    // What a disabled application holds is good for nothing, for its resources as for us.
    assert_eq!(introspect(&app, &orders, newer).await["active"], true);
    let off = |_: &mut ClientSettings, enabled: &mut bool| {
        *enabled = false;
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, "shop", None, off).await.unwrap();
    assert_eq!(introspect(&app, &orders, newer).await, json!({ "active": false }));
}

/// [Attacks] RFC 8707 §3 · a token for somebody else's resource
#[tokio::test]
async fn nobody_names_a_resource_that_is_not_theirs_to_name() {
    let app = App::start().await;
    let (shop, other) = (shop(&app).await, app.client("other").await);
    let strange = Request::of(&other).with("resource", ORDERS);
    let away = app.visitor().authorize(&strange).await.away();
    assert_eq!(param(&away, "error").as_deref(), Some("invalid_target"));

    let own = |resource| [("grant_type", "client_credentials"), ("resource", resource)];
    let ada = app.visitor();
    let (status, answer) = ada.token(&shop, &own("https://bank.example")).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_target")), "{answer}");
    let (status, answer) = ada.token(&shop, &own(STOCK)).await;
    assert_eq!((status, &answer["scope"]), (200, &json!("")), "{answer}");
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(claims(&answer["access_token"])["aud"], STOCK);
    let http = reqwest::Client::new();
    let called = http.get(app.url("/v1.0/users")).bearer_auth(token).send().await.unwrap();
    assert_eq!(called.status(), 401, "a token for others does not open our API");
}

#[tokio::test]
async fn tokens_live_as_long_as_the_application_wants() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app
        .client_with("payroll", false, |settings| {
            settings.lifetimes = Lifetimes {
                code: Some(10),
                access_token: Some(120),
                id_token: Some(180),
                refresh_token: Some(240),
                refresh_token_absolute: Some(300),
            };
        })
        .await;
    let request = Request::of(&client);
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    let code = ada.day_one(&request, "ada", &pass, &mut device).await.code();
    app.wait(std::time::Duration::from_secs(11));
    assert_eq!(ada.redeem(&request, &code).await.0, 400, "the code is over");
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let code = ada.use_passkey(&mut device).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(tokens["expires_in"], 120);
    let lifetime = |jwt: &Value| {
        let claims = claims(jwt);
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
    };
    assert_eq!((lifetime(&tokens["access_token"]), lifetime(&tokens["id_token"])), (120, 180));
    app.wait(std::time::Duration::from_secs(200));
    let (status, tokens) = ada.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200, "{tokens}");
    app.wait(std::time::Duration::from_secs(101));
    let (status, _) = ada.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 400, "the family is over");
}
