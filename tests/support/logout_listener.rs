//! Where an application is told of sign-outs, and what a library that nobody here wrote makes of
//! what it is told.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::app::App;

/// How long an application waits to be told.
const PATIENCE: Duration = Duration::from_secs(20);

/// How an application answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// By a redirect to itself.
    Redirect,
    /// Never.
    Silence,
}

/// A back-channel logout endpoint that answers 200, unless it is told otherwise.
pub struct LogoutListener {
    pub uri: String,
    heard: UnboundedReceiver<String>,
}

#[derive(Clone)]
struct Ears {
    uri: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    heard: UnboundedSender<String>,
}

impl LogoutListener {
    /// Listens on this machine, and answers so at first.
    pub async fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let uri = format!("http://127.0.0.1:{port}/logout?of=app");
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let (sender, heard) = unbounded_channel();
        let ears = Ears { uri: uri.clone(), answers, heard: sender };
        let router = Router::new().route("/logout", post(hear)).with_state(ears);
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { uri, heard }
    }

    /// The next logout token that it is sent.
    pub async fn next(&mut self) -> String {
        let token = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
        token.expect("nobody tells the application").expect("it listens")
    }

    /// What else it has been sent by now.
    pub fn all(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }

    /// Whether it has been sent nothing else.
    pub fn is_quiet(&mut self) -> bool {
        self.heard.try_recv().is_err()
    }
}

async fn hear(State(ears): State<Ears>, headers: HeaderMap, body: String) -> Response {
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let [(name, token)] = fields.as_slice() else { panic!("one field is expected: {body}") };
    assert_eq!(name, "logout_token");
    let answer = ears.answers.lock().expect("the answers").pop_front();
    ears.heard.send(token.clone()).expect("somebody listens");
    match answer.unwrap_or(Answer::Status(200)) {
        Answer::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Answer::Redirect => (StatusCode::FOUND, [(header::LOCATION, ears.uri)]).into_response(),
        Answer::Silence => std::future::pending().await,
    }
}

/// The header and the claims of a logout token, as npm's `jose` verifies them with the published
/// keys; what it says against them, otherwise.
pub async fn verify(app: &App, audience: &str, token: &str) -> Result<(Value, Value), String> {
    let asked = json!({
        "token": token, "issuer": app.issuer, "audience": audience, "now": app.now(),
        "jwks_uri": app.url("/jwks"),
    });
    let output = tokio::task::spawn_blocking(move || {
        let mut node = Command::new("node")
            .arg("tests/clients/openid-client/logout-token.mjs")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let mut input = node.stdin.take().expect("a pipe");
        input.write_all(asked.to_string().as_bytes()).expect("it reads");
        drop(input);
        node.wait_with_output().expect("it ends").stdout
    });
    let output = output.await.expect("its output");
    let said: Value = serde_json::from_slice(&output).expect("JSON (run tests/all for npm's jose)");
    match said["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok((said["header"].clone(), said["claims"].clone())),
    }
}
