//! What is no proper HTTP, sent byte by byte: smuggled requests, headers without end, people who
//! take their time with a body or never read an answer.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::app::App;

async fn connect(app: &App) -> TcpStream {
    let port = app.issuer.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    TcpStream::connect(("127.0.0.1", port)).await.unwrap()
}

/// All that is answered to these bytes until the server hangs up, or says nothing for a moment.
async fn answers(app: &App, bytes: &[u8]) -> String {
    let mut stream = connect(app).await;
    // It may hang up while we are still talking.
    let _ = stream.write_all(bytes).await;
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    let patience = Duration::from_millis(if bytes.len() > 10_000 { 3000 } else { 700 });
    while let Ok(Ok(read)) = tokio::time::timeout(patience, stream.read(&mut chunk)).await {
        if read == 0 {
            break;
        }
        all.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// How many answers there are, and the status of the first.
fn statuses(answers: &str) -> Vec<u16> {
    let parts = answers.split("HTTP/1.1 ").skip(1);
    parts.map(|part| part[..3].parse().unwrap()).collect()
}

/// [Attacks] RFC 9112 §11 · smuggled and split requests, bytes that are none of HTTP's, headers without end
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_proper_request_is_refused_and_no_second_one_is_found_in_it() {
    let app = App::start().await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let long = "x".repeat(2 * 1024 * 1024);
    let headers: String = (0..5000).map(|n| format!("x-{n}: 1\r\n")).collect::<Vec<_>>().concat();
    let chunked = "Transfer-Encoding: chunked\r\n";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("a NUL", b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("a NUL in a header", b"GET / HTTP/1.1\r\nHost: x\r\nx: a\0b\r\n\r\n".to_vec()),
        ("a bare CR", b"GET / HTTP/1.1\r\nHost: x\r\nx: a\rb\r\n\r\n".to_vec()),
        ("a space before the colon", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n".to_vec()),
        ("a folded header", b"GET / HTTP/1.1\r\nHost: x\r\nx: a\r\n b\r\n\r\n".to_vec()),
        ("a long address", format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()),
        ("a long header", format!("GET / HTTP/1.1\r\nHost: x\r\nx: {long}\r\n\r\n").into_bytes()),
        ("a long cookie", format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {long}\r\n\r\n").into_bytes()),
        ("many headers", format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n").into_bytes()),
        (
            "two lengths",
            format!("POST /token HTTP/1.1\r\nHost: x\r\n{form}Content-Length: 3\r\nContent-Length: 40\r\n\r\na=b{hidden}").into_bytes(),
        ),
        (
            "a length with a sign",
            format!("POST /token HTTP/1.1\r\nHost: x\r\n{form}Content-Length: +3\r\n\r\na=b{hidden}").into_bytes(),
        ),
        (
            "two encodings",
            format!("POST /token HTTP/1.1\r\nHost: x\r\n{form}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}").into_bytes(),
        ),
        (
            "a chunk of no size",
            format!("POST /token HTTP/1.1\r\nHost: x\r\n{form}{chunked}\r\n-1\r\n\r\n{hidden}").into_bytes(),
        ),
        (
            "a chunk too large for a number",
            format!("POST /token HTTP/1.1\r\nHost: x\r\n{form}{chunked}\r\nfffffffffffffffff\r\n\r\n{hidden}").into_bytes(),
        ),
    ];
    for (what, bytes) in cases {
        let said = answers(&app, &bytes).await;
        let statuses = statuses(&said);
        assert!(statuses.len() <= 1, "{what}: a second request was answered: {said}");
        assert!(statuses.iter().all(|status| (400..500).contains(status)), "{what}: {said}");
    }
    // Both: chunks count (RFC 9112 §6.1), and the connection is not used any more.
    let both = format!(
        "POST /token HTTP/1.1\r\nHost: x\r\n{form}Content-Length: 4\r\n{chunked}\r\n3\r\na=b\r\n0\r\n\r\n{hidden}"
    );
    let said = answers(&app, both.as_bytes()).await;
    assert!(!said.contains("alive"), "{said}");
    // Two proper ones are two.
    let said = answers(&app, format!("{hidden}{hidden}").as_bytes()).await;
    assert_eq!(statuses(&said), [200, 200], "{said}");
}

/// [Attacks] slow bodies · a body that comes byte by byte, or never
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_never_finishes_a_body_is_told_so_within_half_a_minute() {
    let app = App::start().await;
    let mut slow = Vec::new();
    for path in ["/token", "/par", "/authorize", "/scim/v2/Users", "/v1.0/users", "/register"] {
        let mut stream = connect(&app).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push((path, stream));
    }
    let begun = Instant::now();
    for (path, mut stream) in slow {
        let mut first = [0; 12];
        let reading = stream.read_exact(&mut first);
        let heard = tokio::time::timeout(Duration::from_secs(40), reading).await;
        // An answer before the body is an answer, too; so is to be hung up on.
        if let Ok(Ok(_)) = heard {
            let first = String::from_utf8_lossy(&first).into_owned();
            assert!(first.starts_with("HTTP/1.1 4") || first == "HTTP/1.1 503", "{path}: {first}");
        }
        assert!(heard.is_ok(), "{path}: nothing after {:?}", begun.elapsed());
    }
}
