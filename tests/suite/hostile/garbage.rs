//! Garbage at every door: too much, too deep, not text, packed, or with a line break where a header
//! ends; and addresses that would lead people elsewhere.

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::json;

use crate::support::app::App;
use crate::support::client_key::ClientKey;
use crate::support::visitor::Request;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Every door that takes a body without a session, and what is put in.
const DOORS: [(&str, &str); 18] = [
    ("/authorize", FORM),
    ("/token", FORM),
    ("/par", FORM),
    ("/revoke", FORM),
    ("/introspect", FORM),
    ("/userinfo", FORM),
    ("/device_authorization", FORM),
    ("/end_session", FORM),
    ("/device", FORM),
    ("/journey/00000000-0000-0000-0000-000000000000/pass", FORM),
    ("/register", JSON),
    ("/v1.0/users", JSON),
    ("/beta/users", JSON),
    ("/scim/v2/Users", "application/scim+json"),
    ("/scim/v2/.search", "application/scim+json"),
    ("/scim/v2/Bulk", "application/scim+json"),
    ("/phone/pair/begin", JSON),
    ("/phone/pair/finish", JSON),
];

fn bare() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // A connection on which too much was sent is closed, and must not be taken for another.
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// [Attacks] RFC 9110 §17, OWASP API4:2023 · 8 MiB, 100,000 parameters, NUL, invalid UTF-8, deep JSON and packed bodies at every door
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_garbage_is_more_than_a_clear_no_at_any_door() {
    let app = App::start_with(|config| config.limit_per_address = 0).await;
    let many: String = (0..100_000).map(|n| format!("p{n}=1&")).collect::<Vec<_>>().concat();
    let many_members: String =
        (0..20_000).map(|n| format!("\"p{n}\":1,")).collect::<Vec<_>>().concat();
    // What a megabyte of zeros is packed as, over and over.
    let bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xec\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a"
        .repeat(1000);
    let bodies: [(&str, Vec<u8>, Option<&str>); 11] = [
        ("8 MiB", vec![b'x'; 8 * 1024 * 1024], None),
        ("100,000 parameters", many.into_bytes(), None),
        ("20,000 members", format!("{{{many_members}\"x\":1}}").into_bytes(), None),
        ("NUL", b"grant_type=%00&client_id=%00&code=\0".to_vec(), None),
        (
            "NUL in JSON",
            b"{\"userName\":\"a\\u0000\",\"schemas\":[\"\\u0000\"],\"code\":\"\\u0000\"}".to_vec(),
            None,
        ),
        ("no UTF-8", b"client_id=%ff%fe&x=\xff\xfe".to_vec(), None),
        ("half a surrogate", b"{\"userName\":\"\\ud800\"}".to_vec(), None),
        ("deep", "[".repeat(60_000).into_bytes(), None),
        ("deep objects", "{\"a\":".repeat(10_000).into_bytes(), None),
        ("packed", bomb, Some("gzip")),
        ("nothing", Vec::new(), None),
    ];
    let http = bare();
    for (path, kind) in DOORS {
        for (what, body, packed) in &bodies {
            let mut request = http.post(app.url(path)).header("content-type", kind);
            if let Some(packed) = packed {
                request = request.header("content-encoding", *packed);
            }
            let begun = Instant::now();
            let answer = request.body(body.clone()).send().await;
            assert!(begun.elapsed() < Duration::from_secs(15), "{path} {what}");
            match answer {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    assert!(
                        (400..500).contains(&status) || status == 303,
                        "{path} {what}: {status}"
                    );
                }
                // A server that stops reading may hang up before all has been sent.
                Err(error) => assert!(body.len() > 60_000, "{path} {what}: {error}"),
            }
        }
    }
    assert_eq!(http.get(app.url("/healthz")).send().await.unwrap().status(), 200);
}

/// [Attacks] RFC 9112 §11.1 · line breaks in everything that comes back in a header
#[tokio::test]
async fn nothing_that_is_sent_becomes_a_header_of_an_answer() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    let breaks = "x\r\nset-cookie: evil=1\r\nlocation: https://evil.example/\r\n\r\n<script>";
    let mut paths: Vec<String> = Vec::new();
    for name in [
        "state",
        "nonce",
        "redirect_uri",
        "client_id",
        "scope",
        "prompt",
        "response_mode",
        "login_hint",
        "ui_locales",
        "claims",
        "acr_values",
        "max_age",
        "request",
        "request_uri",
        "id_token_hint",
    ] {
        paths.push(Request::of(&client).with(name, breaks).path());
        paths.push(Request::of(&client).with("prompt", "none").with(name, breaks).path());
    }
    let broken: String = url::form_urlencoded::byte_serialize(breaks.as_bytes()).collect();
    for path in [
        "/end_session?post_logout_redirect_uri=",
        "/end_session?state=",
        "/device?user_code=",
        "/?language=",
        "/security-info?language=",
        "/admin?x=",
        "/nowhere?",
        "/upstream/x/callback?state=",
        "/v1.0/users?$filter=",
        "/scim/v2/Users?filter=",
        "/static/",
        "/register/",
        "/journey/",
    ] {
        paths.push(format!("{path}{broken}"));
    }
    for path in paths {
        let answer =
            bare().get(app.url(&path)).header("x-request-id", "a evil=1").send().await.unwrap();
        for (name, value) in answer.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            assert!(!value.contains("evil=1") || name == "location", "{path}: {name}: {value}");
            assert!(!value.starts_with("https://evil"), "{path}: {name}: {value}");
        }
        assert!(answer.status().as_u16() < 500, "{path} {}", answer.status());
        assert!(!answer.text().await.unwrap().contains("<script>"), "{path}");
    }
}

/// [Attacks] RFC 9700 §4.11 · open redirect by return parameters, and by paths that look like hosts
#[tokio::test]
async fn nobody_is_sent_elsewhere_by_an_address_of_ours() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    let http = bare();
    for to in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "https:evil.example",
    ] {
        let to_encoded: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let mut paths: Vec<String> =
            ["next", "return", "return_to", "redirect", "redirect_uri", "rd", "url", "continue"]
                .iter()
                .flat_map(|name| {
                    ["/", "/security-info", "/admin", "/end_session", "/device"]
                        .map(|path| format!("{path}?{name}={to_encoded}"))
                })
                .collect();
        paths.push(format!(
            "/end_session?post_logout_redirect_uri={to_encoded}&client_id={}",
            client.id
        ));
        paths.push(format!("/forward-auth/start?rd={to_encoded}&client_id={}", client.id));
        paths.push(format!("/{to}"));
        paths.push(format!("/{to}?language=de"));
        for path in paths {
            let Ok(request) = http.get(format!("{}{path}", app.issuer)).build() else { continue };
            let answer = http.execute(request).await.unwrap();
            let leads = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
            if let Some(leads) = leads {
                let there = url::Url::parse(&app.issuer).unwrap().join(&leads).unwrap();
                assert!(there.as_str().starts_with(&app.issuer), "{path} leads to {there}");
            }
            let page = answer.text().await.unwrap();
            assert!(
                !page.contains("href=\"//evil") && !page.contains("href=\"https://evil"),
                "{path}"
            );
            assert!(!page.contains("href=\"javascript:"), "{path}");
        }
    }
}

/// [Attacks] RFC 9110 §17.1 · Host and X-Forwarded-* from anyone, at every door
#[tokio::test]
async fn no_host_that_is_claimed_is_anywhere_in_an_answer() {
    let app = App::start_with(|config| config.trusted_proxies.clear()).await;
    let client = app.client_with("tv", true, |it| {
        it.grant_types.push(firstkey::domain::client::GrantType::DeviceCode);
    });
    let client = client.await;
    let authorize = Request::of(&client).path();
    let gets = [
        "/",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        &authorize,
        "/admin",
        "/security-info",
        "/device",
        "/end_session",
        "/openapi.json",
        "/scim/v2/ServiceProviderConfig",
        "/scim/v2/Schemas",
        "/v1.0/users",
        "/nowhere",
        "/docs/api",
        "/readyz",
    ];
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-server", "evil.example"),
        ("x-forwarded-prefix", "/evil.example"),
        ("x-original-url", "/evil.example"),
        ("x-rewrite-url", "/evil.example"),
        ("forwarded", "for=1.2.3.4;host=evil.example;proto=https"),
    ] {
        let asked = gets.iter().map(|path| bare().get(app.url(path)));
        let device = bare().post(app.url("/device_authorization"));
        let device = device.form(&[("client_id", client.id.as_str()), ("scope", "openid")]);
        for request in asked.chain([device]) {
            let answer = request.header(name, value).send().await.unwrap();
            let (status, headers) = (answer.status(), format!("{:?}", answer.headers()));
            let body = answer.text().await.unwrap();
            assert!(
                !headers.contains("evil") && !body.contains("evil.example"),
                "{name} {status} {headers} {body}"
            );
        }
    }
}

/// [Attacks] NIST SP 800-63B-4 §3.2.2 · guessing on from addresses that are made up
#[tokio::test]
async fn an_address_that_a_stranger_claims_gives_no_new_tries() {
    let app = App::start_with(|config| config.trusted_proxies.clear()).await;
    app.person("ada").await;
    app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut guesser = app.visitor();
    guesser.authorize(&request).await.page();
    guesser.identify("ada").await.page();
    let mut last = 0;
    for _ in 0..6 {
        guesser.moves();
        last = guesser.submit("pass", &[("pass", "ABCD-2345")]).await.page().status;
    }
    assert_eq!(last, 429, "each try came from the same place, whatever it said");
}

/// [Attacks] RFC 7516 §4.1.3, RFC 8725 §3.6 · zip bombs in encrypted request objects and assertions
#[tokio::test]
async fn nothing_encrypted_is_unpacked_for_a_stranger() {
    use base64::Engine as _;
    let app = App::start().await;
    let client = app.client("payroll").await;
    let part = |json: serde_json::Value| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string())
    };
    let header = part(json!({ "alg": "dir", "enc": "A256GCM", "zip": "DEF" }));
    let bomb = format!("{header}..AAAA.{}.AAAA", "A".repeat(6000));
    for name in ["request", "id_token_hint"] {
        let request = Request::of(&client).with(name, &bomb);
        let told = app.visitor().authorize(&request).await.error();
        assert!(
            ["invalid_request_object", "invalid_request"].contains(&told.as_str()),
            "{name} {told}"
        );
    }
    let proof = ClientKey::new("k").proof(&json!({ "htm": "GET" }));
    for token in [bomb.clone(), proof] {
        let answer = bare()
            .request(Method::GET, app.url("/userinfo"))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
    }
}
