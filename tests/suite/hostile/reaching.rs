//! Making the server reach where it should not: by every kind of address that an application may
//! name, in every way to write one, and by hosts that answer with more than they should.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use firstkey::domain::client::{AuthMethod, ClientSettings, GrantType, SubjectType};
use firstkey::service::caller::Caller;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::app::{App, CALLBACK};
use crate::support::client_key::{ClientKey, JWT_BEARER};
use crate::support::visitor::Request;

/// Ways to write an address of this machine or its neighbours.
const HOSTS: [&str; 30] = [
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "224.0.0.1",
];

/// A host on this machine, and how often anybody came.
struct Host {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Host {
    async fn start(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&came);
        let router = Router::new().fallback(any(async move || {
            counted.fetch_add(1, Ordering::SeqCst);
            answer()
        }));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { port, came }
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

fn settings(change: impl FnOnce(&mut ClientSettings)) -> ClientSettings {
    let mut settings = ClientSettings {
        client_name: "Fresh".into(),
        redirect_uris: vec![CALLBACK.into()],
        ..ClientSettings::default()
    };
    change(&mut settings);
    settings
}

/// Signs with a key that is at `jwks_uri`.
async fn by_keys_at(app: &App, uri: String) -> Option<(u16, Value)> {
    let key = ClientKey::new("k");
    let new = settings(|it| {
        it.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
        it.grant_types = vec![GrantType::ClientCredentials];
        it.jwks_uri = Some(uri);
    });
    let added = app.services.add_client(&Caller::OPERATOR, None, new, false).await.ok()?;
    let id = added.client.id.0;
    let assertion = key.assertion(app, &id, "1");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &id),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion),
    ];
    Some(app.visitor().token_raw(&form).await)
}

/// Shares its subjects with a sector that `uri` tells of.
async fn in_sector(app: &App, uri: String) -> Result<(), String> {
    let new = settings(|it| {
        it.subject_type = SubjectType::Pairwise;
        it.sector_identifier_uri = Some(uri);
    });
    let added = app.services.add_client(&Caller::OPERATOR, None, new, false).await;
    added.map(|_| ()).map_err(|error| error.to_string())
}

/// [Attacks] RFC 9700 §4.11, OWASP SSRF · every way to write an address inside, by `jwks_uri` and `sector_identifier_uri`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_way_of_writing_an_address_leads_inside() {
    let app = App::start_with(|config| config.outbound_networks.clear()).await;
    let host = Host::start(|| axum::Json(json!([CALLBACK])).into_response()).await;
    for name in HOSTS {
        for scheme in ["http", "https"] {
            let uri = format!("{scheme}://{name}:{}/x", host.port);
            let begun = Instant::now();
            if let Some((status, answer)) = by_keys_at(&app, uri.clone()).await {
                assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")), "{uri}");
            }
            assert!(in_sector(&app, uri.clone()).await.is_err(), "{uri}");
            assert!(begun.elapsed() < Duration::from_secs(4), "{uri} was tried");
        }
    }
    assert_eq!(host.came(), 0);
}

/// [Attacks] RFC 9101 §10.4 · SSRF by `request_uri`, whatever it is
#[tokio::test]
async fn no_request_uri_is_ever_fetched() {
    let app = App::start().await;
    let host = Host::start(|| "x".into_response()).await;
    let client = app.client("payroll").await;
    for uri in [
        format!("http://127.0.0.1:{}/r", host.port),
        format!("urn:ietf:params:oauth:request_uri:http://127.0.0.1:{}/r", host.port),
        format!("https://localhost:{}/r#x", host.port),
        "file:///etc/passwd".into(),
        "data:,x".into(),
    ] {
        let request = Request::of(&client).with("request_uri", &uri);
        let answer = app.visitor().raw(Method::GET, &request.path()).await;
        let told = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
        let refused =
            told.as_deref().is_some_and(|it| it.contains("error=request_uri_not_supported"));
        assert!(refused || answer.status() == 400, "{uri} {told:?}");
        let form = [
            ("client_id", client.id.as_str()),
            ("client_secret", &client.secret),
            ("request_uri", &uri),
        ];
        let pushed = reqwest::Client::new().post(app.url("/par")).form(&form).send().await.unwrap();
        assert_eq!(pushed.status(), 400, "{uri}");
    }
    assert_eq!(host.came(), 0);
}

/// [Attacks] RFC 9700 §4.11, OWASP SSRF · redirects, endless and compressed answers, by who may be asked
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_asked_leads_nowhere_else_and_is_heard_for_so_long_alone() {
    let app = App::start().await;
    let inside = Host::start(|| axum::Json(json!([CALLBACK])).into_response()).await;
    let target = format!("http://127.0.0.1:{}/inside", inside.port);
    let redirects = Host::start(move || Redirect::temporary(&target).into_response()).await;
    let endless = Host::start(|| {
        let chunks = std::iter::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 16 * 1024]));
        Body::from_stream(futures::stream::iter(chunks)).into_response()
    })
    .await;
    // 16 MiB of blanks in 16 KiB: nobody asked for it, and nobody unpacks it.
    let bomb = Host::start(|| {
        let packed: Vec<u8> =
            std::iter::repeat_n(b"\x1f\x8b\x08\0\0\0\0\0\0\x03", 100).flatten().copied().collect();
        ([(header::CONTENT_ENCODING, "gzip")], packed).into_response()
    })
    .await;
    let deep = Host::start(|| "[".repeat(60_000).into_response()).await;
    let failing = Host::start(|| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    for (what, host) in [
        ("redirects", &redirects),
        ("endless", &endless),
        ("bomb", &bomb),
        ("deep", &deep),
        ("failing", &failing),
    ] {
        let uri = format!("http://127.0.0.1:{}/x", host.port);
        let begun = Instant::now();
        let (status, answer) = by_keys_at(&app, uri.clone()).await.unwrap();
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")), "{what}");
        let why = in_sector(&app, uri).await.unwrap_err();
        assert!(!why.is_empty(), "{what}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{what} kept us");
        assert!(host.came() >= 2, "{what} was asked");
    }
    assert_eq!(inside.came(), 0, "a redirect was followed");
}

/// [Attacks] slow answers · a `jwks_uri` that never answers holds nobody else up
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_never_answers_is_waited_for_in_vain_and_by_nobody_else() {
    let app = App::start().await;
    // Takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://127.0.0.1:{}/x", silent.local_addr().unwrap().port());
    let begun = Instant::now();
    let asked = by_keys_at(&app, uri);
    let others = async {
        for _ in 0..20 {
            assert_eq!(app.visitor().raw(Method::GET, "/readyz").await.status(), 200);
        }
        begun.elapsed()
    };
    let (asked, others) = tokio::join!(asked, others);
    let (status, answer) = asked.unwrap();
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    assert!(begun.elapsed() < Duration::from_secs(15), "five seconds are enough");
    assert!(others < begun.elapsed(), "others were answered meanwhile");
}
