//! Connections of people who take their time.

use std::time::Duration;

use firstkey::config::{Config, Flags};
use firstkey::server::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::app::App;

/// A second server over the services of an app, whose patience is short.
async fn impatient(app: &App) -> (u16, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let issuer = format!("http://localhost:{port}");
    let config = Config::load(&Flags { issuer: Some(issuer), ..Flags::default() }).unwrap();
    let server = Server::on(listener, config, app.services.clone()).unwrap();
    let server = server.with_head_timeout(Duration::from_millis(300));
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let stopped = async move {
            let _ = stopped.await;
        };
        server.run(stopped).await.unwrap();
    });
    (port, stop, running)
}

async fn says(port: u16, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// What comes until the server hangs up.
async fn heard(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let reading = stream.read_to_string(&mut text);
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it hangs up").unwrap();
    text
}

/// [Attacks] RFC 9112 §11 · slowloris
#[tokio::test]
async fn whoever_sends_half_a_request_or_none_is_hung_up_on() {
    let app = App::start().await;
    let (port, _stop, _running) = impatient(&app).await;
    for beginning in ["GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n", ""] {
        let answer = heard(says(port, beginning).await).await;
        assert!(!answer.contains("200 OK"), "{beginning:?} {answer:?}");
    }
    // Whoever says it all is heard, and may stay for another request.
    let mut stream = says(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(heard(stream).await.contains("ready"));
}

/// [Attacks] slow readers · answers that are asked for and never read
#[tokio::test]
async fn whoever_never_reads_is_hung_up_on() {
    let app = App::start().await;
    let (port, _stop, _running) = impatient(&app).await;
    let request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    let mut greedy = says(port, &request).await;
    // Until nobody takes any more of it: the answers are stuck.
    let asking = async { while greedy.write_all(request.as_bytes()).await.is_ok() {} };
    let hung_up = tokio::time::timeout(Duration::from_secs(60), asking).await;
    assert!(hung_up.is_ok(), "it waits for somebody who never reads");
    let heard = heard(says(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await).await;
    assert!(heard.contains("alive"), "{heard}");
}

#[tokio::test]
async fn a_request_under_way_is_answered_although_the_server_stops() {
    let app = App::start().await;
    let (port, stop, running) = impatient(&app).await;
    let head = "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 21\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let mut stream = says(port, head).await;
    // Until the request has been begun.
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stream.write_all(b"grant_type=nonsense&x").await.unwrap();
    let answer = heard(stream).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    running.await.unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "nobody listens any more");
}
