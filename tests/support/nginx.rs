//! A real nginx, in front of an application that says which headers reach it.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::response::Html;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

/// nginx with the configuration of `docs/forward-auth.md`.
pub struct Nginx {
    /// Where the application is reached.
    pub origin: String,
    process: Child,
    _folder: TempDir,
}

impl Nginx {
    /// A place that is free now.
    pub async fn free_origin() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        format!("http://{}", listener.local_addr().expect("an address"))
    }

    /// Protects an application at this origin; `issuer` is where Firstkey is.
    pub async fn start(origin: &str, issuer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let upstream = listener.local_addr().expect("an address");
        let wiki = async |uri: Uri, headers: HeaderMap| {
            let all = |name: &str| -> Vec<String> {
                let values = headers.get_all(name).iter();
                values.map(|value| String::from_utf8_lossy(value.as_bytes()).into()).collect()
            };
            let told = json!({
                "uri": uri.to_string(), "user": all("remote-user"), "name": all("remote-name"),
                "email": all("remote-email"), "groups": all("remote-groups"),
            });
            Html(format!("<!doctype html><title>Wiki</title><h1>Wiki</h1><p id=result>{told}</p>"))
        };
        let router = Router::new().fallback(wiki);
        tokio::spawn(async { axum::serve(listener, router).await });

        let folder = TempDir::new().expect("a folder");
        let at = origin.trim_start_matches("http://");
        let here = folder.path().display();
        // The issuer by its address: what nginx resolves is no part of this.
        let firstkey = issuer.replace("localhost", "127.0.0.1");
        let documented = include_str!("../../docs/forward-auth.md");
        let snippet = documented
            .split_once("```nginx\n")
            .and_then(|(_, rest)| rest.split_once("\n```"))
            .map(|(snippet, _)| snippet)
            .expect("docs/forward-auth.md has a configuration for nginx");
        let snippet = snippet
            .replace("https://login.example.com", &firstkey)
            .replace("http://127.0.0.1:3000", &format!("http://{upstream}"))
            .replace("https://wiki.example.com", origin)
            .replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
            .replace("wiki.example.com", at);
        let configuration = format!(
            "daemon off; master_process off; pid {here}/pid; error_log stderr warn;
             events {{ worker_connections 64; }}
             http {{
               access_log off;
               client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;
               fastcgi_temp_path {here}/fastcgi; uwsgi_temp_path {here}/uwsgi;
               scgi_temp_path {here}/scgi;
               server {{ listen {at}; {snippet} }}
             }}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration).expect("a configuration");
        let path = std::env::var("PATH").unwrap_or_default();
        let process = Command::new("nginx")
            .env("PATH", format!("{path}:/usr/sbin"))
            .args(["-e", "stderr", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx runs (tests/all installs it)");
        let nginx = Self { origin: origin.to_owned(), process, _folder: folder };
        for _ in 0..500 {
            if TcpStream::connect(at).await.is_ok() {
                return nginx;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nginx does not listen at {at}");
    }

    /// An address of the application.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
