//! RP-initiated logout.

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, Visitor};

const BACK: &str = "https://app.example/signed-out";

async fn signed_in(app: &App) -> (Visitor, String) {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    (ada, tokens["id_token"].as_str().unwrap().to_owned())
}

fn path(params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/end_session?{query}")
}

async fn is_signed_in(visitor: &mut Visitor) -> bool {
    visitor.open("/security-info").await.page().heading() == "My Security Info"
}

#[tokio::test]
async fn an_application_that_knows_who_it_is_about_is_believed() {
    let app = App::start().await;
    let (mut ada, hint) = signed_in(&app).await;
    let out =
        path(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK), ("state", "a b")]);
    let url = ada.open(&out).await.away();
    assert_eq!(url.as_str(), "https://app.example/signed-out?state=a+b");
    assert!(!is_signed_in(&mut ada).await);
    // Once more, signed out already: straight back. Without a state, to the letter.
    let out = path(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK)]);
    assert_eq!(ada.open(&out).await.away().as_str(), BACK);
}

#[tokio::test]
async fn anybody_else_must_ask_the_person() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    let out = path(&[("client_id", "payroll"), ("post_logout_redirect_uri", BACK)]);
    for request in ["/end_session".to_owned(), out] {
        let page = ada.open(&request).await.page();
        assert!(page.body.contains("Stay signed in"), "{}", page.heading());
        assert!(is_signed_in(&mut ada).await, "nothing happened yet");
        ada.open(&request).await.page();
        let kept = page.value("request").unwrap_or_default();
        let stay = [("request", kept.as_str()), ("decision", "stay")];
        let page = ada.submit_to("/end_session/confirm", &stay).await.page();
        assert_eq!(page.heading(), "My Security Info");
    }
    let page = ada
        .open(&path(&[("client_id", "payroll"), ("post_logout_redirect_uri", BACK)]))
        .await
        .page();
    let kept = page.value("request").unwrap();
    let leave = [("request", kept.as_str()), ("decision", "sign_out")];
    assert_eq!(ada.submit_to("/end_session/confirm", &leave).await.away().as_str(), BACK);
    assert!(!is_signed_in(&mut ada).await);
}

/// [Attacks] RP-Initiated Logout §6 · logout by somebody else's token
#[tokio::test]
async fn somebody_elses_hint_is_no_order() {
    let app = App::start().await;
    let (_, hint) = signed_in(&app).await;
    app.person("grace").await;
    let pass = app.pass("grace").await;
    let mut grace = app.visitor();
    grace.open("/security-info").await.page();
    grace.sign_in("grace", &pass).await.page();
    grace.register(&mut SoftAuthenticator::new()).await.page();
    let page = grace.open(&path(&[("id_token_hint", &hint)])).await.page();
    assert!(page.body.contains("Stay signed in"));
    assert!(is_signed_in(&mut grace).await);
}

/// [Attacks] RP-Initiated Logout §3 · open redirect in logout
#[tokio::test]
async fn it_never_leads_where_nobody_registered() {
    let app = App::start().await;
    let (mut ada, hint) = signed_in(&app).await;
    app.client("other").await;
    let refused = [
        path(&[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://evil.example/")]),
        path(&[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", "https://app.example/signed-out/"),
        ]),
        path(&[("post_logout_redirect_uri", BACK)]),
        path(&[("client_id", "nobody"), ("post_logout_redirect_uri", BACK)]),
        path(&[("client_id", "other"), ("id_token_hint", &hint)]),
    ];
    for request in refused {
        let page = ada.open(&request).await.page();
        assert_eq!(page.status, 400, "{request}");
        assert!(is_signed_in(&mut ada).await, "{request}");
    }
}

/// [Attacks] RP-Initiated Logout §6 · logout CSRF
#[tokio::test]
async fn a_form_that_nobody_here_made_signs_nobody_out() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    ada.open("/security-info").await.page();
    let forged = [("csrf", "forged")];
    // The forged token comes second: a parameter that comes twice is refused, too.
    assert_eq!(ada.submit_to("/sign-out", &forged).await.page().status, 400);
    ada.open("/security-info").await.page();
    let mut page = ada.page.clone().unwrap();
    page.body =
        page.body.replace("<meta name=\"csrf\" content=\"", "<meta name=\"csrf\" content=\"x");
    ada.page = Some(page);
    assert_eq!(ada.submit_to("/sign-out", &[]).await.page().status, 403);
    assert!(is_signed_in(&mut ada).await);
}

#[tokio::test]
async fn a_hint_that_cannot_be_read_any_more_leads_to_the_question() {
    let app = App::start().await;
    let (mut ada, hint) = signed_in(&app).await;
    // Like one whose key was retired long ago.
    for hint in ["nonsense", &format!("{hint}x")] {
        let out = path(&[("id_token_hint", hint), ("client_id", "payroll")]);
        assert_eq!(ada.open(&out).await.page().heading(), "Sign out?");
        assert!(is_signed_in(&mut ada).await);
    }
}

/// [Attacks] RP-Initiated Logout §6 · logout CSRF once the browser's session ran out
#[tokio::test]
async fn what_outlives_the_browsers_session_ends_for_whom_it_is_about_alone() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&request, "ada", &pass, &mut device).await.code();
    ada.authorize(&request.clone().with("prompt", "login")).await.page();
    let code = ada.use_passkey(&mut device).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    app.wait(std::time::Duration::from_secs(13 * 60 * 60));

    // Any page on the web can send her here.
    let mut elsewhere = ada.clone();
    assert_eq!(elsewhere.open("/end_session").await.page().heading(), "You are signed out");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let (status, renewed) = ada.refresh(&client, refresh).await;
    assert_eq!(status, 200, "nobody asked her: {renewed}");
}

#[tokio::test]
async fn an_application_ends_what_it_holds_of_a_session_that_ran_out() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&request, "ada", &pass, &mut device).await.code();
    ada.authorize(&request.clone().with("prompt", "login")).await.page();
    let code = ada.use_passkey(&mut device).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    app.wait(std::time::Duration::from_secs(13 * 60 * 60));
    let hint = tokens["id_token"].as_str().unwrap();
    // In another browser the hint ends nothing.
    let mut stranger = app.visitor();
    stranger.open(&path(&[("id_token_hint", hint)])).await.page();
    let page = ada.open(&path(&[("id_token_hint", hint)])).await.page();
    assert_eq!(page.heading(), "You are signed out");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(ada.refresh(&client, refresh).await.0, 400);
}
