//! From a pass to a signed-in application.

use serde_json::json;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, claims, param};

on_both_engines! {
    async fn a_pass_leads_to_a_passkey_and_into_the_application(app: App) {
        app.person("ada").await;
        let pass = app.one_time_pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());

        let landing = ada.day_one(&request, "ada", &pass, &mut phone).await.away();
        assert!(landing.as_str().starts_with("https://app.example/callback?"));
        assert_eq!(param(&landing, "state").as_deref(), Some("a state"));
        assert_eq!(param(&landing, "iss").as_deref(), Some(app.issuer.as_str()));
        let (status, tokens) = ada.redeem(&request, &param(&landing, "code").unwrap()).await;
        assert_eq!(status, 200, "{tokens}");

        let id_token = claims(&tokens["id_token"]);
        assert_eq!(id_token["iss"], app.issuer);
        assert_eq!(id_token["aud"], json!(["payroll"]));
        assert_eq!(id_token["nonce"], "a nonce");
        assert_eq!(id_token["acr"], "urn:firstkey:acr:bootstrap");
        assert_eq!(id_token["amr"], json!(["tap", "otp"]));
        assert!((app.now() - id_token["auth_time"].as_i64().unwrap()).abs() < 5);

        // The next sign-in is a touch, without a username.
        let mut later = app.visitor();
        let page = later.authorize(&request).await.page();
        assert_eq!(page.heading(), "Hello. Who is signing in?");
        let code = later.use_passkey(&mut phone).await.code();
        let (_, tokens) = later.redeem(&request, &code).await;
        let again = claims(&tokens["id_token"]);
        assert_eq!(again["sub"], id_token["sub"]);
        assert_eq!(again["acr"], "phr");
        assert_eq!(again["amr"], json!(["swk", "user", "mfa"]));
        assert_ne!(again["sid"], id_token["sid"]);
        let (status, userinfo) = later.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!((status, &userinfo["sub"]), (200, &id_token["sub"]));
        assert_eq!(userinfo["email"], "ada@example.com");
    }
}

#[tokio::test]
async fn reloading_going_back_and_two_tabs_are_harmless() {
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.one_time_pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.authorize(&request).await.page();
    let mut other_tab = ada.clone();
    let journey = ada.journey();

    ada.sign_in("ada", &pass).await.page();
    // Kept pages send what they have: the person sees where they are.
    let page = other_tab.identify("eve").await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
    let page = other_tab.submit("pass", &[("pass", &pass)]).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
    for _ in 0..3 {
        assert_eq!(ada.open(&journey).await.page().heading(), "Welcome, Ada Example.");
    }
    let page = ada.register(&mut phone).await.page();
    assert_eq!(page.heading(), "That worked, Ada Example.");
    let page = other_tab.submit("skip", &[]).await.page();
    assert_eq!(page.heading(), "You're all set");
    let page = ada.submit("continue", &[]).await.page();
    assert_eq!(page.heading(), "You're all set");

    // A double click gets a code that works; the first one does not any more.
    let lost = ada.submit("finish", &[]).await.code();
    let code = ada.open(&journey).await.code();
    assert_eq!(ada.redeem(&request, &lost).await.0, 400);
    assert_eq!(ada.redeem(&request, &code).await.0, 200);
    // The back button, after all is done.
    let page = ada.open(&journey).await.page();
    assert_eq!((page.status, page.heading().as_str()), (200, "You are already signed in"));
    assert!(page.body.contains("href=\"https://app.example/\""));
}

#[tokio::test]
async fn whoever_lost_everything_comes_back_with_a_pass() {
    let app = App::start().await;
    app.person("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let pass = app.pass("ada").await;
    let mut lost = SoftAuthenticator::new();
    app.visitor().day_one(&request, "ada", &pass, &mut lost).await.code();

    app.wait(std::time::Duration::from_secs(30 * 24 * 3600));
    let pass = app.one_time_pass("ada").await;
    let (mut ada, mut fresh) = (app.visitor(), SoftAuthenticator::new());
    ada.authorize(&request).await.page();
    let page = ada.sign_in("ada", &pass).await.page();
    assert_eq!(page.heading(), "Welcome back, Ada Example.");
    assert!(page.body.contains("What you had before"));
    ada.register(&mut fresh).await.page();
    ada.submit("review", &[("decision", "keep")]).await.page();
    ada.submit("finish", &[]).await.code();
    let mut later = app.visitor();
    later.authorize(&request).await.page();
    later.use_passkey(&mut fresh).await.code();
}

#[tokio::test]
async fn the_first_admin_sets_themselves_up_with_the_products_own_flow() {
    let app = App::start().await;
    let first = app.services.first_admin().await.unwrap().expect("nobody is there yet");
    assert!(app.services.first_admin().await.unwrap().is_none(), "there is one first");
    let mut admin = app.visitor();
    let page = admin.open("/").await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
    let page = admin.sign_in("admin", first.value.reveal()).await.page();
    assert_eq!(page.heading(), "Welcome, Administrator.");
    admin.register(&mut SoftAuthenticator::new()).await.page();
    admin.submit("continue", &[]).await.page();
    let page = admin.submit("finish", &[]).await.page();
    assert_eq!(page.heading(), "My Security Info");
}

/// [Attacks] OIDC Core §3.1.2.1 · a pass session that does more than it was opened for
#[tokio::test]
async fn a_pass_opens_the_application_that_it_was_typed_for_and_adds_no_key_later() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let (payroll, wiki) = (app.client("payroll").await, app.client("wiki").await);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&Request::of(&payroll), "ada", &pass, &mut phone).await.code();

    // Whoever sits down at the browser afterwards gets no further with the pass's session.
    let silent = Request::of(&wiki).with("prompt", "none");
    assert_eq!(ada.authorize(&silent).await.error(), "login_required");
    let page = ada.authorize(&Request::of(&wiki)).await.page();
    assert_eq!(page.heading(), "One more check");
    assert!(page.body.contains("Use the passkey or security key that you set up."));
    let page = ada.submit_to("/security-info/register", &[]).await.page();
    assert_eq!(page.heading(), "One more check");
    let (status, _) = ada.try_register(&mut SoftAuthenticator::new(), "passkey").await;
    assert_ne!(status, 200);
    assert_eq!(app.services.show_user("ada").await.unwrap().methods.len(), 1);

    // With the key, everything goes.
    ada.authorize(&Request::of(&wiki)).await.page();
    ada.use_passkey(&mut phone).await.code();
    ada.authorize(&Request::of(&payroll)).await.code();
}

#[tokio::test]
async fn whoever_begins_again_while_setting_up_needs_no_second_pass() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.one_time_pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.authorize(&request).await.page();
    ada.sign_in("ada", &pass).await.page();
    let page = ada.authorize(&request).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
    ada.register(&mut phone).await.page();
    ada.submit("finish", &[]).await.code();
}
