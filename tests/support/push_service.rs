//! A push service with a browser behind it, in Node: what comes is decrypted by Mozilla's
//! `http_ece`, and its sender is checked by `jose`.

use std::time::Duration;

use serde_json::Value;

use super::node::Node;

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A push service that runs as long as this is held.
pub struct PushService {
    node: Node,
    /// What the browser sends us when it subscribed there.
    pub subscription: Value,
}

impl PushService {
    /// Starts one.
    pub async fn start() -> Self {
        let mut node = Node::start("push-service/server.mjs", &[]);
        let said = node.next_within(PATIENCE).await.expect("the push service is silent");
        Self { node, subscription: said["subscription"].clone() }
    }

    /// Answers with this status from now on.
    pub fn answer(&mut self, status: u16) {
        self.node.tell(&status.to_string());
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        self.node.next_within(PATIENCE).await.expect("the push service is silent")
    }

    /// Whether nothing else has come.
    pub fn is_quiet(&mut self) -> bool {
        self.node.is_quiet()
    }
}
