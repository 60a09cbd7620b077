//! The very samples of `deploy/proxies`, each in front of the real server: a whole first day goes
//! through, the visitor's address is believed and nobody's word for it, and streams are not gathered.

use std::time::Duration;

use firstkey::service::caller::Caller;
use firstkey::store::audit::Search;
use reqwest::header::{LOCATION, SET_COOKIE, STRICT_TRANSPORT_SECURITY};
use reqwest::{ClientBuilder, Method, StatusCode};
use tempfile::TempDir;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::https::{Authority, files_in, in_repository};
use crate::support::nginx::serve;
use crate::support::protected::{Running, free_address};
use crate::support::visitor::{Request, Visitor};

/// Requests of one address in a minute.
const LIMIT: u32 = 120;

fn sample(name: &str) -> String {
    std::fs::read_to_string(in_repository("deploy/proxies").join(name)).expect("a sample")
}

/// Replaces something that must be there.
#[track_caller]
fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the sample has no {from}");
    text.replace(from, to)
}

/// A server behind a proxy at this port.
async fn behind(port: u16) -> App {
    let app = App::start_with(|config| {
        config.issuer = format!("https://localhost:{port}").parse().unwrap();
        config.limit_per_address = LIMIT;
    })
    .await;
    app.one_method_is_enough().await;
    app
}

/// What everybody needs of a proxy.
async fn holds(app: &App, port: u16, trusting: impl Fn(ClientBuilder) -> ClientBuilder) {
    let issuer = format!("https://localhost:{port}");
    let from = |address: [u8; 4]| {
        Visitor::by(&issuer, |http| {
            let there = std::net::SocketAddr::from(([127, 0, 0, 1], port));
            trusting(http)
                .resolve("localhost", there)
                .local_address(std::net::IpAddr::from(address))
        })
    };
    app.person("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let pass = app.pass("ada").await;
    let mut ada = from([127, 0, 0, 4]);
    let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    assert_eq!(ada.redeem(&request, &code).await.0, 200);
    let page = ada.open("/").await.page();
    assert!(page.headers[STRICT_TRANSPORT_SECURITY].to_str().unwrap().starts_with("max-age="));
    // Each visitor of the tests writes an address into X-Forwarded-For; what counts is where they
    // come from.
    let lines =
        app.services.search_audit(&Caller::OPERATOR, &Search::default(), 100).await.unwrap();
    let seen: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.address.as_deref())
        .filter(|address| *address != "127.0.0.4")
        .collect();
    assert_eq!(seen, [""; 0]);
    assert!(lines.iter().any(|line| line.address.as_deref() == Some("127.0.0.4")));

    // What only proxies of other applications ask is not to be had from outside.
    for path in ["/forward-auth", "/forward-auth/nginx"] {
        let answer = ada.raw(Method::GET, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers().get("remote-user"), None, "{path}");
    }

    // The stream of a page that waits for a phone says something at once, and goes on.
    let mut waiting = from([127, 0, 0, 5]);
    waiting.authorize(&request).await.page();
    let page = waiting.submit("phone", &[("username", "nobody")]).await.page();
    assert_eq!(page.heading(), "Look at your phone");
    let path = format!("{}/phone/events", waiting.journey());
    let mut stream = waiting.raw(Method::GET, &path).await;
    assert_eq!(stream.status(), StatusCode::OK);
    let first = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await;
    let first = first.expect("it is not gathered").unwrap().expect("an event");
    assert!(first.starts_with(b"data: "), "{first:?}");
    drop(stream);

    // Whoever floods is stopped under their own address, whatever they say of it.
    let mut refused = 0;
    for _ in 0..4 * LIMIT {
        let flooder = from([127, 0, 0, 2]);
        let answer = flooder.raw(Method::GET, &request.path()).await;
        assert!(
            answer
                .headers()
                .get(SET_COOKIE)
                .is_none_or(|it| { it.to_str().unwrap().contains("; Secure") })
        );
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused += 1;
            if refused == 5 {
                break;
            }
        }
    }
    assert_eq!(refused, 5, "nobody stops them");
    let neighbour = from([127, 0, 0, 3]).raw(Method::GET, &request.path()).await;
    assert_ne!(neighbour.status(), StatusCode::TOO_MANY_REQUESTS);
}

/// [Attacks] RFC 7239 §8.1 · an address of somebody else in X-Forwarded-For (the sample for nginx)
#[tokio::test]
async fn the_sample_for_nginx_works() {
    let (at, plain) = (free_address().await, free_address().await);
    let app = behind(at.port()).await;
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let files = files_in(folder.path());
    authority.issue("localhost").write(&files);
    let upstream = app.issuer.trim_start_matches("http://localhost:").to_owned();
    let mut servers = sample("nginx.conf");
    for (from, to) in [
        ("server 127.0.0.1:8080;", format!("server 127.0.0.1:{upstream};")),
        ("listen 443 ssl http2;", format!("listen {at} ssl http2;")),
        ("listen [::]:443 ssl http2;", String::new()),
        ("listen 80;", format!("listen {plain};")),
        ("listen [::]:80;", String::new()),
        (
            "/etc/letsencrypt/live/login.example.com/fullchain.pem",
            files.certificate.display().to_string(),
        ),
        ("/etc/letsencrypt/live/login.example.com/privkey.pem", files.key.display().to_string()),
        (
            "https://login.example.com$request_uri",
            format!("https://localhost:{}$request_uri", at.port()),
        ),
        ("server_name login.example.com;", "server_name localhost;".to_owned()),
    ] {
        servers = with(&servers, from, &to);
    }
    let _nginx = serve(&servers, at).await;
    holds(&app, at.port(), |http| authority.trusted(http)).await;

    // Who comes by http is sent to https, with all that they asked for.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let url = format!("http://{plain}/authorize?a=b");
    let answer = http.build().unwrap().get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
    let https = format!("https://localhost:{}/authorize?a=b", at.port());
    assert_eq!(answer.headers()[LOCATION], *https);
}

/// [Attacks] RFC 7239 §8.1 · an address of somebody else in X-Forwarded-For (the sample for Caddy)
#[tokio::test]
async fn the_sample_for_caddy_works() {
    let (at, plain) = (free_address().await, free_address().await);
    let app = behind(at.port()).await;
    let data = TempDir::new().unwrap();
    let upstream = app.issuer.trim_start_matches("http://localhost:").to_owned();
    // The file as it is, and around it what belongs to this machine: for `localhost` Caddy is an
    // authority of its own.
    let configuration = format!(
        "{{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\tstorage file_system {}\n\
         \thttp_port {}\n\thttps_port {}\n\tdefault_bind 127.0.0.1\n}}\n\
         import {}\n",
        data.path().display(),
        plain.port(),
        at.port(),
        in_repository("deploy/proxies/Caddyfile").display(),
    );
    let configuration = configuration.replace("\n         ", "\n");
    let own = [("LOGIN_HOST", "localhost"), ("LOGIN_UPSTREAM", &format!("127.0.0.1:{upstream}"))];
    let mut arguments = own.map(|(name, value)| format!("{name}={value}")).to_vec();
    let run = ["caddy", "run", "--adapter", "caddyfile", "--config", "FOLDER/Caddyfile"];
    arguments.extend(run.map(str::to_owned));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let _caddy = Running::start("env", &arguments, ("Caddyfile", &configuration), at).await;
    let root = data.path().join("pki/authorities/local/root.crt");
    let mut pem = std::fs::read(&root);
    for _ in 0..500 {
        if pem.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        pem = std::fs::read(&root);
    }
    let root = reqwest::Certificate::from_pem(&pem.expect("Caddy's own authority")).unwrap();
    let trusting = |http: ClientBuilder| http.tls_certs_only([root.clone()]);
    // It listens a moment before it has its certificate.
    let http = trusting(reqwest::Client::builder()).build().unwrap();
    for _ in 0..500 {
        let url = format!("https://localhost:{}/healthz", at.port());
        if http.get(url).send().await.is_ok_and(|answer| answer.status() == StatusCode::OK) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    holds(&app, at.port(), trusting).await;
}
