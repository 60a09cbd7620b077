//! The authorization endpoint: what is refused on a page, what is told to the application.

use std::time::Duration;

use firstkey::domain::client::{GrantType, Profile, Scope};
use reqwest::Method;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Landing, Request, param};

/// What attackers make of a registered `https://app.example/callback`.
const HOSTILE: [&str; 45] = [
    "https://app.example/callback/",
    "https://app.example/callback/../evil",
    "https://app.example/callback/..%2fevil",
    "https://app.example/callback%2f..%2fevil",
    "https://app.example/callback?x=1",
    "https://app.example/callback?",
    "https://app.example/callback#",
    "https://app.example/callback#fragment",
    "https://app.example/Callback",
    "https://APP.example/callback",
    "HTTPS://app.example/callback",
    "http://app.example/callback",
    "https://app.example:443/callback",
    "https://app.example:8443/callback",
    "https://app.example.evil.example/callback",
    "https://evil.example/https://app.example/callback",
    "https://app.example@evil.example/callback",
    "https://evil.example@app.example/callback",
    "https://user:secret@app.example/callback",
    "https://app.example\\@evil.example/callback",
    "https://evil.example\\.app.example/callback",
    "https://app.example%2eevil.example/callback",
    "https://app.example%00.evil.example/callback",
    "https://app.example%40evil.example/callback",
    "https://sub.app.example/callback",
    "https://app.example./callback",
    "https://app.example",
    "https://app.example/",
    "https://app.example//callback",
    "https://app.example/./callback",
    "https://app.example/callback;x",
    "https://app.example/callbac%6b",
    "https://app.example/callback%20",
    "https://app.example/callback%0d%0aset-cookie:%20x",
    " https://app.example/callback",
    "https://app.example/callback ",
    "//app.example/callback",
    "/callback",
    "callback",
    "javascript:alert(1)//https://app.example/callback",
    "data:text/html,https://app.example/callback",
    "file:///callback",
    "https://[::1]/callback",
    "https://xn--pp-qia.example/callback",
    "https://аpp.example/callback",
];

/// [Attacks] RFC 9700 §2.1 · redirect_uri by prefix, wildcard, userinfo, encoding, case, fragment
#[tokio::test]
async fn hostile_redirect_uris_are_never_followed() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    for hostile in HOSTILE {
        let request = Request::of(&client).with("redirect_uri", hostile);
        for request in [request.clone(), request.with("prompt", "none")] {
            let answer = app.visitor().raw(Method::GET, &request.path()).await;
            assert_eq!(answer.status(), 400, "{hostile}");
            assert!(answer.headers().get("location").is_none(), "{hostile}");
            let page = answer.text().await.unwrap();
            assert!(page.contains("The app sent a request that we cannot answer"), "{hostile}");
        }
    }
    let good = app.visitor().raw(Method::GET, &Request::of(&client).path()).await;
    assert_eq!(good.status(), 303);
}

/// [Attacks] RFC 8252 §7.3 · redirect_uri of a loopback address
#[tokio::test]
async fn loopback_ports_are_free_for_native_clients_alone() {
    let app = App::start().await;
    let uri = "http://127.0.0.1/callback";
    let native = app
        .client_with("native", true, |settings| {
            settings.native = true;
            settings.redirect_uris = vec![uri.into()];
        })
        .await;
    let web =
        app.client_with("web", true, |settings| settings.redirect_uris = vec![uri.into()]).await;
    let asked = "http://127.0.0.1:49152/callback";
    let status = async |request: Request| {
        app.visitor().raw(Method::GET, &request.path()).await.status().as_u16()
    };
    assert_eq!(status(Request::of(&native).with("redirect_uri", asked)).await, 303);
    assert_eq!(status(Request::of(&web).with("redirect_uri", asked)).await, 400);
    for hostile in [
        "http://127.0.0.1:49152/callback/x",
        "http://127.0.0.1:49152@evil.example/callback",
        "http://127.0.0.1:1:2/callback",
        "http://127.0.0.1:/callback#x",
        "http://127.0.0.2:49152/callback",
        "http://localhost:49152/callback",
        "https://127.0.0.1:49152/callback",
    ] {
        assert_eq!(
            status(Request::of(&native).with("redirect_uri", hostile)).await,
            400,
            "{hostile}"
        );
    }
}

/// [Attacks] RFC 6749 §4.1.2.1 · open redirect by an unknown client
#[tokio::test]
async fn an_unknown_application_gets_a_page_and_no_redirect() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    for request in [
        Request::of(&client).with("client_id", "nobody"),
        Request::of(&client).without("client_id"),
        Request::of(&client).without("redirect_uri"),
    ] {
        let page = app.visitor().authorize(&request).await.page();
        assert_eq!(page.status, 400);
        assert_eq!(page.heading(), "The app sent a request that we cannot answer");
    }
    let twice = format!("{}&client_id=payroll", Request::of(&client).path());
    assert_eq!(app.visitor().open(&twice).await.page().status, 400);
}

#[tokio::test]
async fn mistakes_are_told_to_the_application() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    let unable = app
        .client_with("unable", false, |settings| {
            settings.grant_types = vec![GrantType::RefreshToken];
        })
        .await;
    let good = || Request::of(&client);
    let long = "x".repeat(2049);
    let cases = [
        (good().without("response_type"), "invalid_request"),
        (good().with("response_type", "token"), "unsupported_response_type"),
        (good().with("response_type", "code token"), "unsupported_response_type"),
        (good().with("response_mode", "fragment"), "invalid_request"),
        (good().with("scope", "profile"), "invalid_scope"),
        (good().without("scope"), "invalid_scope"),
        (good().without("code_challenge").without("code_challenge_method"), "invalid_request"),
        (good().with("code_challenge_method", "plain"), "invalid_request"),
        (good().without("code_challenge_method"), "invalid_request"),
        (good().with("code_challenge", "too short"), "invalid_request"),
        (good().with("code_challenge", ""), "invalid_request"),
        (good().with("prompt", "none login"), "invalid_request"),
        (good().with("prompt", "maybe"), "invalid_request"),
        (good().with("max_age", "-1"), "invalid_request"),
        (good().with("max_age", "soon"), "invalid_request"),
        (good().with("nonce", &long), "invalid_request"),
        (good().with("request", "eyJhbGciOiJub25lIn0.e30."), "invalid_request_object"),
        (good().with("request_uri", "https://evil.example/r"), "request_uri_not_supported"),
        (good().with("registration", "{}"), "registration_not_supported"),
        (good().with("id_token_hint", "nonsense"), "invalid_request"),
        (Request::of(&unable), "unauthorized_client"),
        (good().with("prompt", "none"), "login_required"),
    ];
    for (request, expected) in cases {
        let url = app.visitor().authorize(&request).await.away();
        assert!(url.as_str().starts_with("https://app.example/callback?"), "{url}");
        assert_eq!(param(&url, "error").as_deref(), Some(expected), "{url}");
        assert!(param(&url, "error_description").is_some_and(|text| text.len() > 10), "{url}");
        assert_eq!(param(&url, "state").as_deref(), Some("a state"), "{url}");
        assert_eq!(param(&url, "iss").as_deref(), Some(app.issuer.as_str()), "{url}");
        assert_eq!(param(&url, "code"), None, "{url}");
    }
}

#[tokio::test]
async fn pkce_is_optional_for_a_client_that_says_so() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let legacy =
        app.client_with("legacy", false, |settings| settings.profile = Profile::Legacy).await;
    let plain = Request::of(&legacy).without("code_challenge").without("code_challenge_method");
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    let code = ada.day_one(&plain, "ada", &pass, &mut phone).await.code();
    // A verifier where there was no challenge: somebody took the challenge away on the way here.
    let (status, answer) = ada.redeem(&plain, &code).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")));
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", legacy.redirect_uri.as_str()),
    ];
    assert_eq!(ada.token(&legacy, &fields).await.0, 200);
    // Where a challenge is sent, it counts.
    let request = Request::of(&legacy);
    ada.authorize(&request).await.page();
    let code = ada.use_passkey(&mut phone).await.code();
    let fields = fields.map(|(name, value)| (name, if name == "code" { &code } else { value }));
    let (status, answer) = ada.token(&legacy, &fields).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn a_request_may_come_as_a_form() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = http.post(app.url("/authorize")).form(&request.params).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let target = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(target.starts_with("/authorize?"), "{target}");
    let page = app.visitor().open(&target).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
}

#[tokio::test]
async fn what_a_client_may_not_have_is_left_out() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let modest =
        app.client_with("modest", false, |settings| settings.scope = vec![Scope::OpenId]).await;
    let request = Request::of(&modest).with("scope", "openid email offline_access payments:write");
    let mut ada = app.visitor();
    let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(tokens["scope"], "openid");
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test]
async fn state_comes_back_to_the_letter() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app
        .client_with("payroll", false, |settings| {
            settings.redirect_uris = vec!["https://app.example/callback?tenant=a%20b&x=1".into()];
        })
        .await;
    let awkward = "a+b c&d=e%20f\"<>\u{e9}\u{1f511}/?#";
    let request = Request::of(&client).with("state", awkward);
    let mut ada = app.visitor();
    let landing = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.away();
    assert_eq!(param(&landing, "state").as_deref(), Some(awkward));
    assert_eq!(param(&landing, "tenant").as_deref(), Some("a b"));
    assert_eq!(param(&landing, "x").as_deref(), Some("1"));
    assert!(landing.query().unwrap().starts_with("tenant=a%20b&x=1&code="), "{landing}");
}

#[tokio::test]
async fn a_journey_ends_after_an_hour() {
    let app = App::start().await;
    app.person("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let journey = ada.journey();
    app.wait(Duration::from_secs(3601));
    let Landing::Page(page) = ada.open(&journey).await else { panic!("a page is expected") };
    assert_eq!((page.status, page.heading().as_str()), (410, "This sign-in is over"));
    assert!(page.body.contains("My Security Info"), "there is a way on");
}

#[tokio::test]
async fn an_answer_may_be_posted() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let client = app.client("payroll").await;
    let request = Request::of(&client).with("response_mode", "form_post").with("state", "a\"><b>");
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&Request::of(&client), "ada", &pass, &mut phone).await.code();
    ada.authorize(&request.clone().with("prompt", "login")).await.page();
    let page = ada.use_passkey(&mut phone).await.page();
    assert!(page.body.contains(r#"method="post" action="https://app.example/callback""#));
    assert!(!page.body.contains("<b>"), "what came from outside is text");
    assert_eq!(page.value("iss").as_deref(), Some(app.issuer.as_str()));
    assert!(page.value("state").is_some());
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action https:;") && policy.contains("script-src 'self'"));
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
    assert_eq!(page.headers["referrer-policy"], "strict-origin");
    assert_eq!(page.headers["cache-control"], "no-store");
    let code = page.value("code").unwrap();
    assert_eq!(ada.redeem(&request, &code).await.0, 200);

    let silent = request.clone().with("prompt", "none");
    let page = app.visitor().authorize(&silent).await.page();
    assert_eq!((page.status, page.value("error").as_deref()), (200, Some("login_required")));
    let wrong = request.clone().with("scope", "email");
    let page = app.visitor().authorize(&wrong).await.page();
    assert_eq!(page.value("error").as_deref(), Some("invalid_scope"));
    let stolen = request.with("redirect_uri", "https://evil.example/");
    let page = app.visitor().authorize(&stolen).await.page();
    assert_eq!((page.status, page.value("error")), (400, None));

    let native = app
        .client_with("native", true, |settings| {
            settings.redirect_uris = vec!["com.example.app:/cb".into()];
            settings.native = true;
        })
        .await;
    let request = Request::of(&native).with("response_mode", "form_post");
    let refused = app.visitor().authorize(&request).await.away();
    assert_eq!(param(&refused, "error").as_deref(), Some("invalid_request"));
}
