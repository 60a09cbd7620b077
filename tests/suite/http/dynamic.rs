//! Applications that register themselves (RFC 7591, RFC 7592).

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::client::{GrantType, Profile};
use firstkey::domain::permission::Permission;
use firstkey::service::caller::Caller;
use futures::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::ClientKey;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

const HOUR: Duration = Duration::from_secs(3600);

pub(super) async fn initial(app: &App, uses: u32) -> String {
    let issued = app.services.issue_registration_token(&Caller::OPERATOR, uses, HOUR).await;
    issued.unwrap().reveal().to_owned()
}

pub(super) async fn send(
    app: &App,
    method: Method,
    path: &str,
    token: &str,
    body: &Value,
) -> Response {
    let http = reqwest::Client::new().request(method, app.url(path)).bearer_auth(token);
    http.json(body).send().await.unwrap()
}

pub(super) async fn register(app: &App, token: &str, metadata: &Value) -> (u16, Value) {
    let answer = send(app, Method::POST, "/register", token, metadata).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

pub(super) fn metadata() -> Value {
    json!({ "redirect_uris": [CALLBACK], "client_name": "Fresh", "logo_uri": "https://app.example/l.png", "x": 1 })
}

on_both_engines! {
    async fn an_application_registers_itself_and_signs_people_in(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (pass, token) = (app.pass("ada").await, initial(&app, 1).await);
        let (status, told) = register(&app, &token, &metadata()).await;
        assert_eq!(status, 201, "{told}");
        assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(told["client_secret_expires_at"], 0);
        assert_eq!((&told["client_name"], told.get("x")), (&json!("Fresh"), None));
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let client = Registered {
            id: text("client_id"),
            secret: text("client_secret"),
            redirect_uri: CALLBACK.into(),
        };
        let request = Request::of(&client).with("scope", "openid");
        let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
        // Nobody knows it, so people are asked.
        ada.authorize(&request).await.page();
        ada.sign_in("ada", &pass).await.page();
        let mut page = ada.register(&mut device).await.page();
        while page.heading() != "Share this with Fresh?" {
            assert!(["Welcome", "Add another", "You"].iter().any(|it| page.heading().starts_with(it)), "{}", page.heading());
            page = ada.submit("continue", &[]).await.page();
        }
        let mut page = ada.submit("consent", &[("decision", "allow")]).await;
        if let crate::support::visitor::Landing::Page(_) = &page {
            page = ada.submit("finish", &[]).await;
        }
        let (status, tokens) = ada.redeem(&request, &page.code()).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(app.audited(Activity::ClientAdded).await.len(), 1);

        // The token is used up, and the application keeps its registration with its own.
        assert_eq!(register(&app, &token, &metadata()).await.0, 401);
        let own = text("registration_access_token");
        let path = text("registration_client_uri").replace(&app.issuer, "");
        let shown: Value = send(&app, Method::GET, &path, &own, &Value::Null).await.json().await.unwrap();
        assert_eq!((&shown["client_id"], shown.get("client_secret")), (&json!(client.id), None));
        let mut changed = metadata();
        changed["client_id"] = json!(client.id);
        changed["client_name"] = json!("Renamed");
        let answer = send(&app, Method::PUT, &path, &own, &changed).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(app.services.find_client(&client.id).await.unwrap().settings.client_name, "Renamed");
        assert_eq!(send(&app, Method::DELETE, &path, &own, &Value::Null).await.status(), 204);
        assert_eq!(send(&app, Method::GET, &path, &own, &Value::Null).await.status(), 401);
        assert_eq!(ada.refresh(&client, "anything").await.0, 401);
    }

    async fn of_many_with_one_token_as_many_register_as_it_allows(app: App) {
        let (token, metadata) = (initial(&app, 3).await, metadata());
        let answers = join_all((0..10).map(|_| register(&app, &token, &metadata))).await;
        let statuses: Vec<u16> = answers.into_iter().map(|(status, _)| status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
        assert_eq!(app.services.list_clients().await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn what_cannot_be_registered_is_named_and_costs_nothing() {
    let app = App::start().await;
    let token = initial(&app, 1).await;
    let with = |name: &str, value: Value| {
        let mut metadata = metadata();
        metadata[name] = value;
        metadata
    };
    for (metadata, error) in [
        (json!({}), "invalid_redirect_uri"),
        (with("redirect_uris", json!("https://a.example")), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["http://a.example/cb"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["https://*.example/cb"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["javascript:alert(1)"])), "invalid_redirect_uri"),
        (with("grant_types", json!(["implicit"])), "invalid_client_metadata"),
        (
            with("grant_types", json!(["client_credentials", "authorization_code"])),
            "invalid_client_metadata",
        ),
        (with("response_types", json!(["token"])), "invalid_client_metadata"),
        (with("token_endpoint_auth_method", json!("private_key_jwt")), "invalid_client_metadata"),
        (with("id_token_signed_response_alg", json!("none")), "invalid_client_metadata"),
        (with("jwks_uri", json!("ftp://a.example")), "invalid_client_metadata"),
        (with("logo_uri", json!("data:text/html,x")), "invalid_client_metadata"),
        (with("sector_identifier_uri", json!("http://127.0.0.1:9/")), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
        (json!("x"), "invalid_client_metadata"),
    ] {
        let (status, answer) = register(&app, &token, &metadata).await;
        assert_eq!((status, &answer["error"]), (400, &json!(error)), "{metadata} {answer}");
    }
    for wrong in ["", "x", &token[1..]] {
        assert_eq!(register(&app, wrong, &metadata()).await.0, 401);
    }
    let http = reqwest::Client::new();
    let bare = http.post(app.url("/register")).json(&metadata()).send().await.unwrap();
    assert_eq!(bare.status(), 401, "nobody registers without a token");
    let form = http.post(app.url("/register")).bearer_auth(&token).form(&[("a", "b")]).send().await;
    assert_eq!(form.unwrap().status(), 400);
    assert_eq!(register(&app, &token, &metadata()).await.0, 201, "the token is not used up");
    let late = initial(&app, 1).await;
    app.wait(HOUR);
    assert_eq!(register(&app, &late, &metadata()).await.0, 401);
}

/// [Attacks] RFC 7591 §5 · an application that registers itself as more than it is
#[tokio::test]
async fn an_application_says_nothing_about_what_the_operator_decides() {
    let app = App::start().await;
    let token = initial(&app, 2).await;
    let key = ClientKey::new("k");
    let mut wants = metadata();
    for (name, value) in [
        ("third_party", json!(false)),
        ("profile", json!("legacy")),
        ("application_permissions", json!(["User.ReadWrite.All"])),
        ("scope", json!("openid profile User.ReadWrite.All")),
        ("lifetimes", json!({ "access_token": 86400 })),
        ("resource_server_for", json!(["https://bank.example"])),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("jwks", key.jwks()),
    ] {
        wants[name] = value;
    }
    let (status, told) = register(&app, &token, &wants).await;
    assert_eq!((status, told.get("client_secret")), (201, None), "{told}");
    assert_eq!(told["scope"], "openid profile");
    let id = told["client_id"].as_str().unwrap();
    let client = app.services.find_client(id).await.unwrap();
    assert!(client.settings.third_party && client.settings.application_permissions.is_empty());
    assert_eq!(client.settings.profile, Profile::Default);
    assert_eq!(client.settings.grant_types, [GrantType::AuthorizationCode]);
    assert!(client.settings.resource_server_for.is_empty());

    // What the operator adds stays when the application changes itself.
    let edit = |settings: &mut firstkey::domain::client::ClientSettings, _: &mut bool| {
        settings.third_party = false;
        settings.lifetimes.access_token = Some(120);
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, id, None, edit).await.unwrap();
    let own = told["registration_access_token"].as_str().unwrap();
    let path = format!("/register/{id}");
    assert_eq!(
        send(&app, Method::PUT, &path, own, &wants).await.status(),
        400,
        "client_id is missing"
    );
    wants["client_id"] = json!(id);
    assert_eq!(send(&app, Method::PUT, &path, own, &wants).await.status(), 200);
    let client = app.services.find_client(id).await.unwrap();
    assert_eq!(
        (client.settings.third_party, client.settings.lifetimes.access_token),
        (false, Some(120))
    );
    wants["token_endpoint_auth_method"] = json!("none");
    assert_eq!(send(&app, Method::PUT, &path, own, &wants).await.status(), 400);

    // Nobody manages somebody else's.
    let (_, other) = register(&app, &token, &metadata()).await;
    let others = other["registration_access_token"].as_str().unwrap();
    for token in [others, &token, "x"] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            assert_eq!(send(&app, method, &path, token, &wants).await.status(), 401);
        }
    }
    let ours = app
        .client_with("ours", false, |settings| {
            settings.grant_types = GrantType::ALL.to_vec();
            settings.application_permissions = vec![Permission::UserReadAll];
        })
        .await;
    assert_eq!(send(&app, Method::GET, "/register/ours", &ours.secret, &wants).await.status(), 401);
}
