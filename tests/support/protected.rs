//! Applications that know no OpenID Connect, and what `docs/forward-auth.md` tells their proxies.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, Uri};
use axum::response::Html;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A place on this machine that is free now.
pub async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address")
}

/// An application that says which headers reach it, in its page and as JSON in `#result`.
pub async fn application(title: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let page = async move |uri: Uri, headers: HeaderMap| {
        let all = |name: &str| -> Vec<String> {
            let values = headers.get_all(name).iter();
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into()).collect()
        };
        let names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        let told = json!({
            "uri": uri.to_string(), "host": all("host"), "cookie": all("cookie"), "names": names,
            "user": all("remote-user"), "name": all("remote-name"),
            "email": all("remote-email"), "groups": all("remote-groups"),
        });
        Html(format!(
            "<!doctype html><title>{title}</title><h1>{title}</h1><p id=result>{told}</p>"
        ))
    };
    let router = Router::new().fallback(page);
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// What the application of [`application`] was told, where its page is the answer.
pub fn told(page: &str) -> Option<Value> {
    let (_, rest) = page.split_once("<p id=result>")?;
    serde_json::from_str(rest.split_once("</p>")?.0).ok()
}

/// The settings in `docs/forward-auth.md` that begin with this fence, for an application at
/// `origin` that really is at `application`; `issuer` is where Firstkey is.
pub fn documented(fence: &str, origin: &str, application: SocketAddr, issuer: &str) -> String {
    let page = include_str!("../../docs/forward-auth.md");
    let snippet = page
        .split_once(&format!("```{fence}\n"))
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .map(|(snippet, _)| snippet)
        .expect("docs/forward-auth.md has these settings");
    // The issuer by its address: what a proxy resolves is no part of this.
    let firstkey = issuer.replace("localhost", "127.0.0.1");
    let host = origin.trim_start_matches("http://");
    snippet
        .replace("https://login.example.com", &firstkey)
        .replace("127.0.0.1:3000", &application.to_string())
        .replace("https://wiki.example.com", origin)
        .replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
        .replace("wiki.example.com", host)
}

/// A proxy that runs for as long as this is held.
pub struct Running {
    process: Child,
    folder: TempDir,
}

impl Running {
    /// Runs `command` once its settings are in `file` of a folder of its own, and waits until it
    /// listens. In the settings and arguments, `FOLDER` is that folder.
    pub async fn start(
        program: &str,
        arguments: &[&str],
        (file, settings): (&str, &str),
        at: SocketAddr,
    ) -> Self {
        let folder = TempDir::new().expect("a folder");
        let here = folder.path().display().to_string();
        std::fs::write(folder.path().join(file), settings.replace("FOLDER", &here))
            .expect("a configuration");
        let path = std::env::var("PATH").unwrap_or_default();
        let process = Command::new(program)
            .env("PATH", format!("{path}:/usr/sbin"))
            .env("XDG_CONFIG_HOME", &here)
            .env("XDG_DATA_HOME", &here)
            .args(arguments.iter().map(|argument| argument.replace("FOLDER", &here)))
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error} (tests/all installs it)"));
        let running = Self { process, folder };
        for _ in 0..1000 {
            if TcpStream::connect(at).await.is_ok() {
                return running;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{program} does not listen at {at}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The answer to a request that no client library would send: its first line and its headers as
/// they are.
pub struct Answer {
    /// The status, 0 where the connection was closed without an answer.
    pub status: u16,
    /// All of it.
    pub text: String,
}

impl Answer {
    /// What the application was told, if the request reached it.
    pub fn told(&self) -> Option<Value> {
        told(&self.text)
    }

    /// Where it leads.
    pub fn location(&self) -> Option<&str> {
        let mut lines = self.text.lines();
        lines
            .find_map(|line| {
                line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location"))
            })
            .map(|(_, value)| value)
    }
}

/// Sends a first line and headers by a plain connection.
pub async fn raw(at: SocketAddr, first_line: &str, headers: &[(&str, &str)]) -> Answer {
    use std::fmt::Write as _;
    let mut request = format!("{first_line}\r\n");
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").expect("text");
    }
    request.push_str("\r\n");
    let mut stream = TcpStream::connect(at).await.expect("the proxy listens");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    // HTTP/1.0 or `Connection: close` ends the answer; a proxy that keeps the line open is cut off.
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, text }
}
