//! Refresh tokens: rotation, reuse, the grace for a lost answer, and what ends them.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use serde_json::Value;

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor, claims};

/// Somebody who signed in with a key and has a refresh token.
async fn with_token(app: &App) -> (Visitor, Registered, Value) {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let mut phone = SoftAuthenticator::new();
    app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();
    let mut visitor = app.visitor();
    visitor.authorize(&request).await.page();
    let code = visitor.use_passkey(&mut phone).await.code();
    let (status, tokens) = visitor.redeem(&request, &code).await;
    assert_eq!(status, 200);
    (visitor, client, tokens)
}

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().expect("a refresh token")
}

#[track_caller]
fn refused((status, answer): (u16, Value)) {
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "{answer}");
}

on_both_engines! {
    /// [Attacks] RFC 9700 §4.14.2 · refresh reuse
    async fn each_token_is_used_once_and_reuse_ends_the_family(app: App) {
        let (ada, client, first) = with_token(&app).await;
        let (status, second) = ada.refresh(&client, refresh_token(&first)).await;
        assert_eq!(status, 200, "{second}");
        assert_ne!(refresh_token(&first), refresh_token(&second));
        let (old, new) = (claims(&first["id_token"]), claims(&second["id_token"]));
        assert_eq!((&old["sub"], &old["sid"], &old["auth_time"]), (&new["sub"], &new["sid"], &new["auth_time"]));
        assert!(new.get("nonce").is_none(), "the nonce is for the first ID token");
        let (status, third) = ada.refresh(&client, refresh_token(&second)).await;
        assert_eq!(status, 200);

        // The successor has been used: whoever comes with the old one now is a thief, or was robbed.
        refused(ada.refresh(&client, refresh_token(&first)).await);
        refused(ada.refresh(&client, refresh_token(&third)).await);
        assert_eq!(ada.userinfo(third["access_token"].as_str().unwrap()).await.0, 401);
        assert_eq!(app.audited(Activity::ReplayDetected).await.len(), 1);
    }

    async fn a_lost_answer_may_be_asked_for_again_for_ten_seconds(app: App) {
        let (ada, client, first) = with_token(&app).await;
        let (_, lost) = ada.refresh(&client, refresh_token(&first)).await;
        let (status, second) = ada.refresh(&client, refresh_token(&first)).await;
        assert_eq!(status, 200, "{second}");
        let (status, third) = ada.refresh(&client, refresh_token(&second)).await;
        assert_eq!(status, 200);
        let (status, fourth) = ada.refresh(&client, refresh_token(&third)).await;
        assert_eq!(status, 200);
        // What was lost turns up after all: two have the first token, and one of them is a thief.
        refused(ada.refresh(&client, refresh_token(&lost)).await);
        refused(ada.refresh(&client, refresh_token(&fourth)).await);
        assert_eq!(app.audited(Activity::ReplayDetected).await.len(), 1);
    }

    async fn ten_seconds_later_a_used_token_is_a_stolen_one(app: App) {
        let (ada, client, first) = with_token(&app).await;
        let (_, second) = ada.refresh(&client, refresh_token(&first)).await;
        app.wait(Duration::from_secs(11));
        refused(ada.refresh(&client, refresh_token(&first)).await);
        refused(ada.refresh(&client, refresh_token(&second)).await);
    }
}

/// [Attacks] RFC 6749 §10.4 · refresh token of another client
#[tokio::test]
async fn a_token_is_for_its_client() {
    let app = App::start().await;
    let (ada, client, tokens) = with_token(&app).await;
    let thief = app.client("thief").await;
    refused(ada.refresh(&thief, refresh_token(&tokens)).await);
    assert_eq!(ada.refresh(&client, refresh_token(&tokens)).await.0, 200);
}

#[tokio::test]
async fn scopes_may_be_fewer_but_never_more() {
    let app = App::start().await;
    let (ada, client, tokens) = with_token(&app).await;
    let ask = async |token: &str, scope: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        ada.token(&client, &fields).await
    };
    let (status, fewer) = ask(refresh_token(&tokens), "openid email").await;
    assert_eq!((status, fewer["scope"].as_str()), (200, Some("openid email")));
    let (_, userinfo) = ada.userinfo(fewer["access_token"].as_str().unwrap()).await;
    assert!(userinfo.get("name").is_none(), "{userinfo}");
    // A library that repeats what it first asked for is not punished for what was dropped.
    let (status, all) =
        ask(refresh_token(&fewer), "openid profile email groups offline_access admin").await;
    assert_eq!(status, 200, "{all}");
    assert_eq!(all["scope"], "openid profile email groups offline_access");
    let (status, none) = ask(refresh_token(&all), "admin").await;
    assert_eq!((status, none["error"].as_str()), (400, Some("invalid_scope")));
}

/// [Attacks] RFC 9700 §4.14 · refresh after logout
#[tokio::test]
async fn signing_out_ends_it() {
    let app = App::start().await;
    let (mut ada, client, tokens) = with_token(&app).await;
    ada.open("/security-info").await.page();
    ada.submit_to("/sign-out", &[]).await.page();
    refused(ada.refresh(&client, refresh_token(&tokens)).await);
    assert_eq!(ada.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 401);
}

#[tokio::test]
async fn it_slides_for_thirty_days_and_outlives_the_browser_session() {
    let app = App::start().await;
    let (ada, client, tokens) = with_token(&app).await;
    app.wait(Duration::from_secs(29 * 24 * 3600));
    let (status, tokens) = ada.refresh(&client, refresh_token(&tokens)).await;
    assert_eq!(status, 200, "{tokens}");
    app.wait(Duration::from_secs(29 * 24 * 3600));
    let (status, tokens) = ada.refresh(&client, refresh_token(&tokens)).await;
    assert_eq!(status, 200, "{tokens}");
    app.wait(Duration::from_secs(31 * 24 * 3600));
    refused(ada.refresh(&client, refresh_token(&tokens)).await);
}

/// [Attacks] RFC 9700 §4.14 · refresh after a pass expired
#[tokio::test]
async fn what_rests_on_a_pass_alone_ends_with_the_pass() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let mut ada = app.visitor();
    let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    app.wait(Duration::from_secs(55 * 60));
    let (status, tokens) = ada.refresh(&client, refresh_token(&tokens)).await;
    assert_eq!(status, 200);
    assert!(tokens["expires_in"].as_i64().unwrap() <= 300, "{tokens}");
    app.wait(Duration::from_secs(5 * 60));
    refused(ada.refresh(&client, refresh_token(&tokens)).await);
    assert_eq!(ada.authorize(&request).await.page().heading(), "Hello. Who is signing in?");
}

/// [Attacks] RFC 9700 §4.14 · refresh after a pass was deleted
#[tokio::test]
async fn deleting_the_pass_ends_what_rests_on_it() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let mut ada = app.visitor();
    let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    let page = ada.open("/security-info").await.page();
    assert!(page.body.contains("Ready to use"));
    ada.submit_to("/security-info/pass/delete", &[]).await.page();
    refused(ada.refresh(&client, refresh_token(&tokens)).await);
}
