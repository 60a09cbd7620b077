//! RP-initiated logout.

use std::time::Duration;

use serde_json::Value;

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, Visitor};

const BACK: &str = "https://app.example/signed-out";

/// Ada on her first day at an application.
struct Here {
    ada: Visitor,
    device: SoftAuthenticator,
    payroll: Registered,
    request: Request,
    tokens: Value,
}

impl Here {
    async fn on(app: &App) -> Self {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let payroll = app.client("payroll").await;
        let request = Request::of(&payroll);
        let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
        let code = ada.day_one(&request, "ada", &pass, &mut device).await.code();
        let (_, tokens) = ada.redeem(&request, &code).await;
        Self { ada, device, payroll, request, tokens }
    }

    /// Signed in with her key, until her browser's session has run out.
    async fn after_a_day(app: &App) -> Self {
        let mut it = Self::on(app).await;
        it.ada.authorize(&it.request.clone().with("prompt", "login")).await.page();
        let code = it.ada.use_passkey(&mut it.device).await.code();
        it.tokens = it.ada.redeem(&it.request, &code).await.1;
        app.wait(Duration::from_secs(13 * 60 * 60));
        it
    }

    fn token(&self, name: &str) -> &str {
        self.tokens[name].as_str().unwrap()
    }

    /// What a refresh is answered with. The next one goes on from there.
    async fn refresh(&mut self) -> (u16, Value) {
        let (status, tokens) = self.ada.refresh(&self.payroll, self.token("refresh_token")).await;
        if status == 200 {
            self.tokens.clone_from(&tokens);
        }
        (status, tokens)
    }
}

async fn signed_in(app: &App) -> (Visitor, String) {
    let it = Here::on(app).await;
    let hint = it.token("id_token").to_owned();
    (it.ada, hint)
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
    let mut it = Here::after_a_day(&app).await;
    // Any page on the web can send her here.
    let mut elsewhere = it.ada.clone();
    assert_eq!(elsewhere.open("/end_session").await.page().heading(), "You are signed out");
    let (status, renewed) = it.refresh().await;
    assert_eq!(status, 200, "nobody asked her: {renewed}");
}

#[tokio::test]
async fn an_application_ends_what_it_holds_of_a_session_that_ran_out() {
    let app = App::start().await;
    let mut it = Here::after_a_day(&app).await;
    let out = path(&[("id_token_hint", it.token("id_token"))]);
    // In another browser the hint ends nothing.
    let mut stranger = app.visitor();
    stranger.open(&out).await.page();
    assert_eq!(it.refresh().await.0, 200);
    let page = it.ada.open(&out).await.page();
    assert_eq!(page.heading(), "You are signed out");
    assert_eq!(it.refresh().await.0, 400);
}
