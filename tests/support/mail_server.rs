//! A real mail server: npm's `smtp-server`, on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use firstkey::config::{Config, MailConfig};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long a mail may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server that runs as long as this is held.
pub struct MailServer {
    process: Child,
    lines: UnboundedReceiver<Value>,
    port: u64,
}

impl MailServer {
    /// Starts one that turns away so many tries before it takes a mail.
    pub async fn start(turned_away: u32) -> Self {
        let mut process = Command::new("node")
            .args(["tests/clients/smtp-server/server.mjs", &turned_away.to_string()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let said = serde_json::from_str(&line).expect("a line of JSON");
                if sender.send(said).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { process, lines, port: 0 };
        let said = server.next().await;
        server.port = said["port"].as_u64().expect("a port (run tests/all for what node needs)");
        server
    }

    /// Sends the mail of a configuration here.
    pub fn configure(&self, config: &mut Config) {
        config.mail = Some(MailConfig {
            smtp_url: self.url(),
            from: "Firstkey <no-reply@login.example>".into(),
        });
    }

    /// Where it takes mail.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The next thing that happens to it.
    pub async fn next(&mut self) -> Value {
        self.next_within(PATIENCE).await.expect("the mail server is silent")
    }

    /// The next thing that happens to it, if it happens soon enough.
    pub async fn next_within(&mut self, patience: Duration) -> Option<Value> {
        let line = tokio::time::timeout(patience, self.lines.recv()).await.ok()?;
        Some(line.expect("the mail server has ended"))
    }

    /// Whether nothing else has come.
    pub fn is_quiet(&mut self) -> bool {
        self.lines.try_recv().is_err()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
