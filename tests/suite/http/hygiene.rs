//! What every answer carries, and what strangers may throw at the server.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Landing, Request};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
     require-trusted-types-for 'script'";

fn bare() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// [Attacks] RFC 9700 §4.16 · clickjacking, cached secrets, scripts from elsewhere
#[tokio::test]
async fn every_answer_is_guarded() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    let request = Request::of(&client);
    let mut visitor = app.visitor();
    visitor.authorize(&request).await.page();
    let journey = visitor.journey();
    let paths = [
        "/",
        "/authorize",
        "/security-info",
        "/end_session",
        "/nowhere",
        "/journey/x",
        &journey,
        "/token",
        "/userinfo",
        "/jwks",
        "/healthz",
        "/.well-known/openid-configuration",
        "/static/x/base.css",
        "/static/x/none.css",
        &request.path(),
    ];
    for path in paths {
        let answer = visitor.raw(Method::GET, path).await;
        let headers = answer.headers();
        assert_eq!(headers["content-security-policy"], POLICY, "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin", "{path}");
        assert!(headers.contains_key("cache-control"), "{path}");
        assert!(headers.contains_key("x-request-id"), "{path}");
        assert!(headers.get("strict-transport-security").is_none(), "{path}: this is http");
    }
    let page = visitor.raw(Method::GET, &journey).await;
    assert_eq!(page.headers()["cache-control"], "no-store");
}

/// [Attacks] RFC 6265 §8.4 · session fixation
#[tokio::test]
async fn cookies_are_set_only_where_one_is_needed_and_change_with_the_sign_in() {
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut visitor = app.visitor();
    for path in ["/jwks", "/nowhere", "/authorize", "/.well-known/openid-configuration"] {
        let answer = visitor.raw(Method::GET, path).await;
        assert!(answer.headers().get("set-cookie").is_none(), "{path}");
    }
    let answer = visitor.raw(Method::GET, &request.path()).await;
    let first = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["firstkey-", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(first.contains(part), "{first}");
    }
    visitor.authorize(&request).await.page();
    visitor.identify("ada").await.page();
    let path = format!("{}/pass", visitor.journey());
    // Planted before the sign-in, the cookie is worth nothing after it.
    let cookie = first.split(';').next().unwrap().to_owned();
    visitor.submit_to(&path, &[("pass", &pass)]).await.page();
    let planted =
        bare().get(app.url("/security-info")).header("cookie", cookie).send().await.unwrap();
    assert!(planted.status().is_redirection(), "{}", planted.status());
    let landed = planted.headers()["location"].to_str().unwrap();
    assert!(landed.starts_with("/journey/"), "{landed}");
}

on_both_engines! {
    /// [Attacks] RFC 6265 §8.4 · session fixation, by two sign-ins at once that leave a browser two cookies
    async fn however_many_sign_in_at_once_a_browser_has_one_cookie(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let mut browser = app.visitor();
        let mut tabs = Vec::new();
        for number in 0..6 {
            let name = format!("ada{number}");
            app.person(&name).await;
            let pass = app.pass(&name).await;
            browser.authorize(&request).await.page();
            browser.identify(&name).await.page();
            tabs.push((browser.with_the_same_cookies(), pass));
        }
        let signed_in = tabs.into_iter().map(|(mut tab, pass)| async move {
            let path = format!("{}/pass", tab.journey());
            tab.submit_to(&path, &[("pass", &pass)]).await;
            tab
        });
        let tabs = futures::future::join_all(signed_in).await;
        let choose = request.with("prompt", "select_account");
        let mut known = 0;
        for mut tab in tabs {
            let page = tab.authorize(&choose).await.page();
            known += usize::from(page.heading() == "Choose an account");
        }
        assert_eq!(known, 1, "cookies that are the browser's");
    }
}

/// [Attacks] RFC 9700 §4.7 · login CSRF: a journey carried to another browser
#[tokio::test]
async fn a_journey_belongs_to_one_browser() {
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    ada.sign_in("ada", &pass).await.page();
    let journey = ada.journey();
    let mut stranger = app.visitor();
    let Landing::Page(page) = stranger.open(&journey).await else { panic!("left") };
    assert_eq!((page.status, page.heading().as_str()), (410, "This sign-in is over"));
    // A cookie of their own does not help.
    stranger.authorize(&request).await.page();
    for (method, path) in [
        (Method::GET, journey.clone()),
        (Method::GET, format!("{journey}/finish")),
        (Method::POST, format!("{journey}/continue")),
        (Method::POST, format!("{journey}/register/options")),
    ] {
        assert_eq!(stranger.raw(method, &path).await.status(), 410, "{path}");
    }
}

/// [Attacks] RFC 9700 §4.7 · CSRF
#[tokio::test]
async fn forms_and_scripts_need_the_token_of_their_page() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let mut page = ada.page.clone().unwrap();
    page.body = page.body.replace("name=\"csrf\" content=\"", "name=\"csrf\" content=\"x");
    ada.page = Some(page);
    for action in [
        "identify",
        "choose",
        "somebody-else",
        "pass",
        "restart",
        "continue",
        "skip",
        "consent",
        "finish",
    ] {
        let answer = ada.submit(action, &[("username", "ada")]).await.page();
        // The page shows the journey's own token again from here on.
        assert_eq!(answer.status, 403, "{action}");
        assert_eq!(answer.heading(), "This page was open for too long");
        let mut journey_page = answer.clone();
        journey_page.path = format!("{}/x", answer.path.rsplit_once('/').unwrap().0);
        ada.page = Some(journey_page);
    }
    for action in ["passkey/options", "passkey", "register/options", "register"] {
        let (status, answer) = ada.fetch(action, &serde_json::json!({})).await;
        assert_eq!((status, answer["error"].as_str()), (403, Some("csrf")), "{action}");
    }
}

/// [Attacks] RFC 9700 §4.7 · CSRF from another origin
#[tokio::test]
async fn forms_from_elsewhere_are_refused_even_with_the_token() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let first = bare().get(app.url(&request.path())).send().await.unwrap();
    let cookie =
        first.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let journey = first.headers()["location"].to_str().unwrap().to_owned();
    let page = bare().get(app.url(&journey)).header("cookie", &cookie).send().await.unwrap();
    let body = page.text().await.unwrap();
    let csrf = body.split("name=\"csrf\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    let post = async |site: &str| {
        bare()
            .post(app.url(&format!("{journey}/identify")))
            .header("cookie", &cookie)
            .header("sec-fetch-site", site)
            .form(&[("csrf", csrf), ("username", "ada")])
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(post("cross-site").await, 403);
    assert_eq!(post("same-site").await, 403);
    assert_eq!(post("same-origin").await, 303);
}

/// [Attacks] RFC 9110 §17 · 8 MiB forms, 100,000 parameters, NUL, invalid UTF-8, deep JSON
#[tokio::test]
async fn garbage_gets_a_clear_answer() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let journey = ada.journey();
    let many = (0..100_000).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    let http = bare();
    let form = "application/x-www-form-urlencoded";
    let deep = "[".repeat(60_000);
    let cases: [(Method, String, &str, Vec<u8>, u16); 14] = [
        (Method::POST, "/token".into(), form, b"grant_type=%00".to_vec(), 400),
        (Method::POST, "/token".into(), form, b"grant_type=%ff%fe".to_vec(), 400),
        (Method::POST, "/token".into(), form, b"a=1&a=2".to_vec(), 400),
        (Method::POST, "/token".into(), form, many.clone().into_bytes(), 413),
        (Method::POST, "/token".into(), form, vec![b'x'; 8 * 1024 * 1024], 413),
        (Method::POST, "/token".into(), "application/json", b"{}".to_vec(), 400),
        (Method::POST, "/authorize".into(), form, vec![b'x'; 60_000], 400),
        (Method::POST, "/authorize".into(), "text/plain", b"x".to_vec(), 400),
        (Method::DELETE, "/authorize".into(), "", vec![], 405),
        (Method::GET, "/token".into(), "", vec![], 405),
        (Method::POST, format!("{journey}/identify"), form, vec![b'x'; 1024 * 1024], 413),
        (Method::POST, format!("{journey}/passkey"), "application/json", deep.into_bytes(), 410),
        (Method::GET, "/journey/00000000-0000-0000-0000-000000000000".into(), "", vec![], 410),
        (Method::GET, "/static/x/..%2f..%2fCargo.toml".into(), "", vec![], 404),
    ];
    for (method, path, kind, body, expected) in cases {
        let length = body.len();
        let answer = http
            .request(method.clone(), app.url(&path))
            .header("content-type", kind)
            .body(body)
            .send()
            .await;
        // A server that stops reading may close the connection before all has been sent.
        let Ok(answer) = answer else {
            assert!(length > 1_000_000, "{method} {path}: no answer");
            continue;
        };
        assert_eq!(answer.status(), expected, "{method} {path} with {length} bytes");
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["error"].is_string(), "{method} {path}");
    }
    let query = format!("/authorize?{}", &many[..30_000]);
    assert_eq!(http.get(app.url(&query)).send().await.unwrap().status(), 400);
}

/// [Attacks] RFC 9700 §4.16 · HTML in names
#[tokio::test]
async fn hostile_names_are_shown_as_text_and_lose_nothing() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    for typed in ["", " ", "<script>alert(1)</script>\u{7}", "\u{202e}ada", &"x".repeat(5000)] {
        ada.authorize(&request).await.page();
        let page = ada.identify(typed).await.page();
        assert_eq!((page.status, page.heading().as_str()), (200, "Hello. Who is signing in?"));
        assert!(page.alert().is_some_and(|alert| alert.starts_with("Type your username")));
        assert!(!page.body.contains("<script>alert"));
        assert_eq!(page.value("username").unwrap_or_default(), {
            let shown: String = typed.chars().take(256).collect();
            shown
        });
    }
}

/// [Attacks] RFC 9110 §17.1 · Host and X-Forwarded-* from anyone
#[tokio::test]
async fn host_and_forwarding_headers_change_no_address() {
    let app = App::start().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-proto", "https"),
    ] {
        let answer = bare()
            .get(app.url("/.well-known/openid-configuration"))
            .header(name, value)
            .send()
            .await
            .unwrap();
        let document: Value = answer.json().await.unwrap();
        assert_eq!(document["issuer"], app.issuer);
        assert!(!document.to_string().contains("evil"), "{document}");
    }
}

#[tokio::test]
async fn discovery_tells_where_things_are() {
    let app = App::start().await;
    let fetch = async |path: &str| -> Value {
        bare().get(app.url(path)).send().await.unwrap().json().await.unwrap()
    };
    let document = fetch("/.well-known/openid-configuration").await;
    assert_eq!(document, fetch("/.well-known/oauth-authorization-server").await);
    for (name, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("userinfo_endpoint", "/userinfo"),
        ("jwks_uri", "/jwks"),
        ("end_session_endpoint", "/end_session"),
        ("revocation_endpoint", "/revoke"),
        ("introspection_endpoint", "/introspect"),
        ("pushed_authorization_request_endpoint", "/par"),
    ] {
        assert_eq!(document[name], app.url(path));
    }
    let keys = bare().get(app.url("/jwks")).send().await.unwrap();
    let etag = keys.headers()["etag"].clone();
    let again = bare().get(app.url("/jwks")).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(bare().get(app.url("/readyz")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn too_many_requests_from_one_address_are_turned_away() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let mut busy = app.visitor();
    busy.authorize(&request).await.page();
    let mut refused = 0;
    for _ in 0..320 {
        let (status, answer) = busy.fetch("passkey/options", &serde_json::json!({})).await;
        if status == 429 {
            assert_eq!(answer["error"], "too_many_requests");
            refused += 1;
        }
    }
    assert!(refused > 0, "the bucket holds 300");
    // Others do not notice.
    app.visitor().authorize(&request).await.page();
}

#[tokio::test]
async fn a_restart_in_the_middle_is_harmless() {
    let mut app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.one_time_pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.authorize(&request).await.page();
    app = app.restart().await;
    ada.sign_in("ada", &pass).await.page();
    app = app.restart().await;
    ada.register(&mut phone).await.page();
    app = app.restart().await;
    let code = ada.submit("finish", &[]).await.code();
    app = app.restart().await;
    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    app.wait(Duration::from_secs(1));
    assert_eq!(ada.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 200);
}
