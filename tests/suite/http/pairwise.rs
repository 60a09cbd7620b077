//! Applications that know people by a name of their own sector (OIDC Core §8).

use firstkey::domain::client::{ClientSettings, SubjectType};
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::KeyHost;
use crate::support::visitor::{Request, Visitor, claims};

async fn pairwise(app: &App, id: &str, redirect_uri: &str) -> Registered {
    app.client_with(id, false, |settings| {
        settings.subject_type = SubjectType::Pairwise;
        settings.redirect_uris = vec![redirect_uri.into()];
    })
    .await
}

/// Ada with a key.
async fn ada(app: &App) -> Visitor {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let (pass, own) = (app.pass("ada").await, app.client("own").await);
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&Request::of(&own), "ada", &pass, &mut device).await.code();
    let mut ada = app.visitor();
    ada.authorize(&Request::of(&own)).await.page();
    ada.use_passkey(&mut device).await.code();
    ada
}

async fn tokens(ada: &mut Visitor, client: &Registered) -> Value {
    let request = Request::of(client);
    let code = ada.authorize(&request).await.code();
    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

#[tokio::test]
async fn two_sectors_cannot_tell_that_it_is_the_same_person() {
    let app = App::start().await;
    let mut ada = ada(&app).await;
    let public = app.services.find_user("ada").await.unwrap().id.to_string();
    let (one, two) = ("https://one.example/cb", "https://two.example/cb");
    let (a, b) = (pairwise(&app, "a", one).await, pairwise(&app, "b", one).await);
    let c = pairwise(&app, "c", two).await;
    let mut subjects = Vec::new();
    for client in [&a, &b, &c] {
        let tokens = tokens(&mut ada, client).await;
        let sub = claims(&tokens["id_token"])["sub"].as_str().unwrap().to_owned();
        assert_eq!(claims(&tokens["access_token"])["sub"], sub.as_str());
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(ada.userinfo(token).await.1["sub"], sub.as_str());
        let form = [("token", token), ("client_id", &client.id), ("client_secret", &client.secret)];
        let http = reqwest::Client::new();
        let answer = http.post(app.url("/introspect")).form(&form).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!((&answer["sub"], answer.get("username")), (&json!(sub), None));
        let (_, renewed) = ada.refresh(client, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(claims(&renewed["id_token"])["sub"], sub.as_str());
        assert!(!tokens.to_string().contains(&public));
        subjects.push(sub);
    }
    assert_eq!(subjects[0], subjects[1], "one sector, one name");
    assert_ne!(subjects[0], subjects[2]);
}

#[tokio::test]
async fn an_application_can_name_people_as_it_knows_them() {
    let app = App::start().await;
    let mut ada = ada(&app).await;
    let client = pairwise(&app, "a", "https://one.example/cb").await;
    let hint = tokens(&mut ada, &client).await["id_token"].as_str().unwrap().to_owned();
    let sub = claims(&json!(hint))["sub"].as_str().unwrap().to_owned();
    let silent = Request::of(&client).with("prompt", "none");
    ada.authorize(&silent.clone().with("id_token_hint", &hint)).await.code();
    let about = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
    ada.authorize(&silent.clone().with("claims", &about(&sub))).await.code();
    let public = app.services.find_user("ada").await.unwrap().id.to_string();
    let guessed = silent.clone().with("claims", &about(&public));
    assert_eq!(ada.authorize(&guessed).await.error(), "login_required");
    let both = silent.with("id_token_hint", &hint).with("claims", &about("another"));
    assert_eq!(ada.authorize(&both).await.error(), "invalid_request");
    let out = format!("/end_session?id_token_hint={hint}");
    assert_eq!(ada.open(&out).await.page().heading(), "You are signed out");
}

/// [Attacks] OIDC Core §8.1 · SSRF by sector_identifier_uri, a sector that did not agree
#[tokio::test]
async fn a_sector_must_agree() {
    let app = App::start().await;
    let host = KeyHost::start(json!([CALLBACK, "https://other.example/cb"])).await;
    let settings = |uris: &[&str]| ClientSettings {
        client_name: "Suite".into(),
        redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
        subject_type: SubjectType::Pairwise,
        sector_identifier_uri: Some(host.uri.clone()),
        ..ClientSettings::default()
    };
    let add = async |settings| {
        let added = app.services.add_client(&Caller::OPERATOR, None, settings, false).await;
        added.map(|added| added.client.id.0)
    };
    let id = add(settings(&[CALLBACK, "https://other.example/cb"])).await.unwrap();
    let why = add(settings(&[CALLBACK, "https://evil.example/cb"])).await.unwrap_err().to_string();
    assert!(why.contains("does not list https://evil.example/cb"), "{why}");
    let change = async |uri: &'static str| {
        let edit = move |settings: &mut ClientSettings, _: &mut bool| {
            settings.redirect_uris = vec![uri.into()];
            Ok(())
        };
        app.services.edit_client(&Caller::OPERATOR, &id, None, edit).await
    };
    change("https://other.example/cb").await.unwrap();
    assert!(change("https://evil.example/cb").await.is_err());
    host.change(json!({ "keys": [] }));
    let why = add(settings(&[CALLBACK])).await.unwrap_err().to_string();
    assert!(why.contains("JSON array"), "{why}");

    // Nobody makes us look into our own network.
    let guarded = App::start_with(|config| config.outbound_networks.clear()).await;
    let added = guarded.services.add_client(&Caller::OPERATOR, None, settings(&[CALLBACK]), false);
    let why = added.await.unwrap_err().to_string();
    assert!(why.contains("not public"), "{why}");
}
