//! TLS in the server itself: who gets in, who is sent away, and certificates that are renewed.

use std::time::Duration;

use firstkey::config::{Config, Flags, TlsFiles};
use firstkey::server::Server;
use reqwest::header::{SET_COOKIE, STRICT_TRANSPORT_SECURITY};
use reqwest::{Method, StatusCode, Version};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::rustls::HandshakeKind;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::https::{Authority, certificate_of, files_in, shake, write_key};
use crate::support::visitor::{Request, Visitor};

/// A server that speaks TLS, over the services of an app.
struct Secured {
    app: App,
    authority: Authority,
    files: TlsFiles,
    port: u16,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<()>,
    _folder: TempDir,
}

impl Secured {
    /// One whose patience is short, and that looks at its certificate all the time.
    async fn start() -> Self {
        let app = App::start().await;
        let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
        let files = files_in(folder.path());
        authority.issue("localhost").write(&files);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = Config::load(&Flags {
            issuer: Some(format!("https://localhost:{port}")),
            tls_certificate: Some(files.certificate.clone()),
            tls_key: Some(files.key.clone()),
            ..Flags::default()
        });
        let server = Server::on(listener, config.unwrap(), app.services.clone()).unwrap();
        let server = server
            .with_head_timeout(Duration::from_millis(400))
            .with_tls_look(Duration::from_millis(20));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            server.run(stopped).await.unwrap();
        });
        Self { app, authority, files, port, stop, running, _folder: folder }
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The certificate that somebody new is shown.
    async fn shown(&self) -> Vec<u8> {
        let answer = self.authority.client().get(self.url("/healthz")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        certificate_of(&answer)
    }

    async fn comes_to_show(&self, certificate: &[u8]) {
        for _ in 0..500 {
            if self.shown().await == certificate {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the certificate is not taken up");
    }
}

/// What comes until the server hangs up, however it does.
async fn heard(mut stream: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    let reading = stream.read_to_end(&mut bytes);
    let _ = tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it hangs up");
    bytes
}

#[tokio::test]
async fn a_first_day_by_https_that_nobody_else_speaks() {
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let files = files_in(folder.path());
    authority.issue("localhost").write(&files);
    let app = App::start_with(|config| {
        config.issuer.set_scheme("https").unwrap();
        config.tls = Some(files.clone());
    })
    .await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let (issuer, pass) = (app.issuer.replace("http://", "https://"), app.pass("ada").await);
    let mut ada = Visitor::by(&issuer, |http| authority.trusted(http));

    let answer = ada.raw(Method::GET, &request.path()).await;
    assert_eq!(answer.version(), Version::HTTP_11);
    let cookies: Vec<&str> =
        answer.headers().get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-firstkey"), "{cookie}");
        let parts: Vec<&str> = cookie.split("; ").collect();
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(parts.contains(&part), "{part}: {cookie}");
        }
    }
    for path in ["/healthz", "/jwks", "/.well-known/openid-configuration", "/nowhere"] {
        let answer = ada.raw(Method::GET, path).await;
        let strict = answer.headers()[STRICT_TRANSPORT_SECURITY].to_str().unwrap();
        assert!(strict.starts_with("max-age=63072000"), "{path}");
    }
    let mut phone = SoftAuthenticator::new();
    let code = ada.day_one(&request, "ada", &pass, &mut phone).await.code();
    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    ada.authorize(&request.clone().with("prompt", "login")).await.page();
    ada.use_passkey(&mut phone).await.code();
}

/// [Attacks] RFC 8446, RFC 7301 §3.2, RFC 8996 · no TLS, an old one, or another protocol inside of it
#[tokio::test]
async fn whoever_speaks_no_tls_or_an_old_one_is_sent_away() {
    let secured = Secured::start().await;
    // By plain HTTP nothing is answered, and no cookie is set.
    let mut plain = TcpStream::connect(("127.0.0.1", secured.port)).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let answer = heard(plain).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1"), "{answer:?}");
    // A hello of TLS 1.1, with what was usual then: an alert, and a fatal one.
    let mut old = TcpStream::connect(("127.0.0.1", secured.port)).await.unwrap();
    let mut hello = vec![0x03, 0x02];
    hello.extend([7; 32]);
    hello.extend([0, 0, 4, 0xc0, 0x13, 0, 0x2f, 1, 0]);
    let mut message = vec![1, 0, 0, u8::try_from(hello.len()).unwrap()];
    message.extend(&hello);
    let mut record = vec![0x16, 0x03, 0x01, 0, u8::try_from(message.len()).unwrap()];
    record.extend(&message);
    old.write_all(&record).await.unwrap();
    let answer = heard(old).await;
    assert_eq!((answer.first(), answer.get(5)), (Some(&0x15), Some(&2)), "{answer:?}");

    let http2 = shake(&secured.authority.connector(&[b"h2"]), secured.port).await.unwrap_err();
    assert!(http2.to_string().contains("NoApplicationProtocol"), "{http2}");
    let stranger = shake(&Authority::new().connector(&[]), secured.port).await.unwrap_err();
    assert!(stranger.to_string().contains("invalid peer certificate"), "{stranger}");
    let both = secured.authority.connector(&[b"h2", b"http/1.1"]);
    let stream = shake(&both, secured.port).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));

    // TLS 1.2 is taken, for who has no other.
    let older = secured.authority.trusted(reqwest::Client::builder());
    let older = older.tls_version_max(reqwest::tls::Version::TLS_1_2).build().unwrap();
    let answer = older.get(secured.url("/healthz")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

/// [Attacks] slowloris by TLS · handshakes that are begun and never finished
#[tokio::test]
async fn whoever_never_finishes_a_handshake_or_a_request_is_hung_up_on() {
    let secured = Secured::start().await;
    // Nothing, a record of which a byte is there, and one that promises much.
    for beginning in [&b""[..], b"\x16", b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03"] {
        let mut stream = TcpStream::connect(("127.0.0.1", secured.port)).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        heard(stream).await;
    }
    // Nor does it help to say a little of it now and then: the time is for the whole.
    let mut stream = TcpStream::connect(("127.0.0.1", secured.port)).await.unwrap();
    stream.write_all(b"\x16\x03\x01\x40\x00").await.unwrap();
    let dribble = async {
        while stream.write_all(b"\x01").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), dribble).await.expect("it hangs up");

    let connector = secured.authority.connector(&[b"http/1.1"]);
    for beginning in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut stream = shake(&connector, secured.port).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let answer = heard(stream).await;
        assert!(!String::from_utf8_lossy(&answer).contains("200 OK"), "{beginning:?}");
    }
    let mut stream = shake(&connector, secured.port).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(String::from_utf8(heard(stream).await).unwrap().contains("alive"));
}

/// [Attacks] slow readers by TLS · answers that are asked for and never read
#[tokio::test]
async fn whoever_never_reads_by_tls_is_hung_up_on() {
    let secured = Secured::start().await;
    let connector = secured.authority.connector(&[b"http/1.1"]);
    let greedy = shake(&connector, secured.port).await.unwrap();
    let request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    // The two halves apart: who writes by the whole of it reads, too.
    let (_unread, mut asking) = tokio::io::split(greedy);
    let asks = async { while asking.write_all(request.as_bytes()).await.is_ok() {} };
    let hung_up = tokio::time::timeout(Duration::from_secs(60), asks).await;
    assert!(hung_up.is_ok(), "it waits for somebody who never reads");
    secured.shown().await;
}

/// [Attacks] RFC 8446 §2.2 · going on under a certificate that was replaced
#[tokio::test]
async fn a_renewed_certificate_is_taken_up_and_with_it_everybody_shakes_hands_anew() {
    let secured = Secured::start().await;
    let connector = secured.authority.connector(&[b"http/1.1"]);
    let comes = async || {
        let mut stream = shake(&connector, secured.port).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut first = [0; 15];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        stream.get_ref().1.handshake_kind()
    };
    assert_eq!(comes().await, Some(HandshakeKind::Full));
    assert_eq!(comes().await, Some(HandshakeKind::Resumed), "whoever comes back is known");

    let renewed = secured.authority.issue("localhost");
    renewed.write(&secured.files);
    secured.comes_to_show(&renewed.der).await;
    assert_eq!(comes().await, Some(HandshakeKind::Full));

    // Files that do not fit, are broken or gone change nothing, and the next good ones are taken.
    let other = secured.authority.issue("localhost");
    write_key(&secured.files.key, &other.key);
    assert_eq!(secured.shown().await, renewed.der);
    std::fs::write(&secured.files.certificate, "-----BEGIN CERTIFICATE-----\nAA").unwrap();
    assert_eq!(secured.shown().await, renewed.der);
    std::fs::remove_file(&secured.files.certificate).unwrap();
    assert_eq!(secured.shown().await, renewed.der);
    other.write(&secured.files);
    secured.comes_to_show(&other.der).await;
}

#[tokio::test]
async fn a_request_under_way_by_tls_is_answered_although_the_server_stops() {
    let secured = Secured::start().await;
    let head = "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 21\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let connector = secured.authority.connector(&[b"http/1.1"]);
    let mut stream = shake(&connector, secured.port).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // One that says nothing holds up nobody.
    let _silent = TcpStream::connect(("127.0.0.1", secured.port)).await.unwrap();
    // Until the request has been begun.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let Secured { stop, running, port, app: _app, .. } = secured;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stream.write_all(b"grant_type=nonsense&x").await.unwrap();
    let answer = String::from_utf8(heard(stream).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    running.await.unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "nobody listens any more");
}
