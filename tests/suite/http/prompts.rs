//! `prompt`, `max_age`, `acr_values`, `login_hint` and `id_token_hint`.

use std::time::Duration;

use firstkey::domain::client::ClientSettings;
use firstkey::service::caller::Caller;
use serde_json::json;

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, Visitor, claims};

struct Scene {
    app: App,
    client: Registered,
    ada: Visitor,
    phone: SoftAuthenticator,
}

impl Scene {
    /// Ada has signed in with her phone.
    async fn set() -> Self {
        let app = App::start().await;
        app.one_method_is_enough().await;
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let client = app.client("payroll").await;
        let mut phone = SoftAuthenticator::new();
        let request = Request::of(&client);
        app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();
        let mut ada = app.visitor();
        ada.authorize(&request).await.page();
        ada.use_passkey(&mut phone).await.code();
        Self { app, client, ada, phone }
    }

    fn request(&self) -> Request {
        Request::of(&self.client)
    }

    async fn id_token(&mut self) -> (String, serde_json::Value) {
        let request = self.request();
        let code = self.ada.authorize(&request).await.code();
        let (_, tokens) = self.ada.redeem(&request, &code).await;
        (tokens["id_token"].as_str().unwrap().to_owned(), claims(&tokens["id_token"]))
    }
}

#[tokio::test]
async fn none_answers_at_once_or_not_at_all() {
    let mut scene = Scene::set().await;
    let silent = scene.request().with("prompt", "none");
    scene.ada.authorize(&silent).await.code();
    assert_eq!(scene.app.visitor().authorize(&silent).await.error(), "login_required");
    let stale = silent.clone().with("max_age", "60");
    scene.app.wait(Duration::from_secs(61));
    assert_eq!(scene.ada.authorize(&stale).await.error(), "login_required");
    assert_eq!(scene.ada.authorize(&silent.with("max_age", "120")).await.code().len(), 43);
}

/// [Attacks] OIDC Core §3.1.2.1 · prompt=none while set-up is owed
#[tokio::test]
async fn none_gives_nothing_while_a_method_is_owed() {
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    ada.sign_in("ada", &pass).await.page();
    // Every later door is closed.
    let silent = request.clone().with("prompt", "none");
    assert_eq!(ada.authorize(&silent).await.error(), "interaction_required");
    let page = ada.authorize(&request).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
    for action in ["continue", "skip", "finish"] {
        let page = ada.submit(action, &[]).await.page();
        assert_eq!(page.heading(), "Welcome, Ada Example.", "{action}");
    }
    let page = ada.submit("consent", &[("decision", "allow")]).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
    let finish = format!("{}/finish", ada.journey());
    assert_eq!(ada.open(&finish).await.page().heading(), "Welcome, Ada Example.");
    assert_eq!(ada.open("/security-info").await.page().heading(), "Welcome, Ada Example.");
}

#[tokio::test]
async fn login_and_max_age_ask_for_a_fresh_sign_in() {
    let mut scene = Scene::set().await;
    let (_, before) = scene.id_token().await;
    scene.app.wait(Duration::from_secs(100));
    for request in [
        scene.request().with("prompt", "login"),
        scene.request().with("max_age", "60"),
        scene.request().with("max_age", "0"),
    ] {
        let page = scene.ada.authorize(&request).await.page();
        assert_eq!(page.heading(), "One more check");
        assert!(page.body.contains("Payroll asks you to sign in again."));
        let code = scene.ada.use_passkey(&mut scene.phone).await.code();
        let (_, tokens) = scene.ada.redeem(&request, &code).await;
        let after = claims(&tokens["id_token"]);
        assert!(
            after["auth_time"].as_i64().unwrap() >= before["auth_time"].as_i64().unwrap() + 100
        );
        assert_eq!(after["sid"], before["sid"], "it is the same session, made fresh");
        scene.app.wait(Duration::from_secs(100));
    }
    // Who is merely signed in is not asked.
    scene.ada.authorize(&scene.request().with("max_age", "3600")).await.code();
}

#[tokio::test]
async fn select_account_lets_somebody_else_in() {
    let mut scene = Scene::set().await;
    scene.app.person("grace").await;
    let pass = scene.app.pass("grace").await;
    let request = scene.request().with("prompt", "select_account");
    let page = scene.ada.authorize(&request).await.page();
    assert_eq!(page.heading(), "Choose an account");
    let page = scene.ada.submit("somebody-else", &[]).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
    let mut key = SoftAuthenticator::new();
    scene.ada.sign_in("grace", &pass).await.page();
    scene.ada.register(&mut key).await.page();
    let code = scene.ada.submit("finish", &[]).await.code();
    let (_, tokens) = scene.ada.redeem(&request, &code).await;
    assert_eq!(claims(&tokens["id_token"])["preferred_username"], "grace");
}

#[tokio::test]
async fn not_you_starts_afresh() {
    let mut scene = Scene::set().await;
    scene.app.wait(Duration::from_secs(100));
    scene.ada.authorize(&scene.request().with("max_age", "60")).await.page();
    let page = scene.ada.submit("restart", &[]).await.page();
    assert_eq!(page.heading(), "Choose an account");
    let page = scene.ada.submit("somebody-else", &[]).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
}

#[tokio::test]
async fn a_login_hint_is_filled_in() {
    let scene = Scene::set().await;
    let hint = "grace\"><script>";
    let mut visitor = scene.app.visitor();
    let page = visitor.authorize(&scene.request().with("login_hint", hint)).await.page();
    assert_eq!(page.value("username").as_deref(), Some(hint));
    assert!(!page.body.contains("grace\"><script>"));
}

#[tokio::test]
async fn an_id_token_hint_names_the_one_who_must_sign_in() {
    let mut scene = Scene::set().await;
    let (hint, _) = scene.id_token().await;
    let silent = scene.request().with("prompt", "none").with("id_token_hint", &hint);
    scene.ada.authorize(&silent).await.code();

    // Somebody else is signed in: silently they are nobody, and their key does not do.
    scene.app.person("grace").await;
    let pass = scene.app.pass("grace").await;
    let (mut grace, mut key) = (scene.app.visitor(), SoftAuthenticator::new());
    grace.day_one(&scene.request(), "grace", &pass, &mut key).await.code();
    assert_eq!(grace.authorize(&silent).await.error(), "login_required");
    let page = grace.authorize(&scene.request().with("id_token_hint", &hint)).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
    let (status, answer) = grace.try_passkey(&mut key).await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("wrong_user")));
    grace.use_passkey(&mut scene.phone).await.code();

    // Another application's hint is none.
    let other = scene.app.client("other").await;
    let request = Request::of(&other).with("id_token_hint", &hint);
    assert_eq!(scene.ada.authorize(&request).await.error(), "invalid_request");
}

#[tokio::test]
async fn an_acr_demand_is_met_inside_the_request() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.one_time_pass("ada").await;
    let request = Request::of(&app.client("payroll").await).with("acr_values", "phr");
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.authorize(&request).await.page();
    assert_eq!(ada.sign_in("ada", &pass).await.page().heading(), "Welcome, Ada Example.");
    let page = ada.register(&mut phone).await.page();
    assert_eq!(page.heading(), "One more check");
    assert!(page.body.contains("Use what you have just set up once"));
    assert!(!page.body.contains("name=\"pass\""), "a pass is not enough for that");
    let page = ada.submit("pass", &[("pass", &pass)]).await.page();
    assert_eq!(page.heading(), "One more check");
    let page = ada.use_passkey(&mut phone).await.page();
    assert_eq!(page.heading(), "You're all set");
    let code = ada.submit("finish", &[]).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    let id_token = claims(&tokens["id_token"]);
    assert_eq!(id_token["acr"], "phr");
    assert_eq!(id_token["amr"], json!(["tap", "otp", "swk", "user", "mfa"]));
    assert!(tokens["refresh_token"].is_string());
    // The session stands on its own now.
    app.wait(Duration::from_secs(2 * 3600));
    ada.authorize(&request).await.code();
}

#[tokio::test]
async fn an_application_may_say_once_for_all_what_it_wants() {
    let mut scene = Scene::set().await;
    let change = |settings: &mut ClientSettings, _: &mut bool| {
        settings.default_max_age = Some(60);
        Ok(())
    };
    let id = scene.client.id.clone();
    scene.app.services.edit_client(&Caller::OPERATOR, &id, None, change).await.unwrap();
    scene.app.wait(Duration::from_secs(61));
    let silent = scene.request().with("prompt", "none");
    assert_eq!(scene.ada.authorize(&silent).await.error(), "login_required");
    scene.ada.authorize(&silent.clone().with("max_age", "3600")).await.code();
}
