//! A real mail server: npm's `smtp-server`, on a port of its own.

use std::time::Duration;

use firstkey::config::{Config, MailConfig};
use serde_json::Value;

use super::node::Node;

/// How long a mail may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server that runs as long as this is held.
pub struct MailServer {
    node: Node,
    port: u64,
}

impl MailServer {
    /// Starts one that turns away so many tries before it takes a mail.
    pub async fn start(turned_away: u32) -> Self {
        let node = Node::start("smtp-server/server.mjs", &[&turned_away.to_string()]);
        let mut server = Self { node, port: 0 };
        server.port = server.next().await["port"].as_u64().expect("a port");
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
        self.node.next_within(patience).await
    }

    /// Whether nothing else has come.
    pub fn is_quiet(&mut self) -> bool {
        self.node.is_quiet()
    }
}
