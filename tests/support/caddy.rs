//! A real Caddy, in front of applications that say which headers reach them.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::protected::{Running, application, documented};

/// Caddy with the configuration of `docs/forward-auth.md`.
pub struct Caddy {
    /// Where it listens.
    pub at: SocketAddr,
    _running: Running,
}

impl Caddy {
    /// Protects applications at these origins, all of them at one address; `change` may spoil the
    /// configuration first.
    pub async fn start_for(
        at: SocketAddr,
        applications: &[(&str, &'static str)],
        issuer: &str,
        change: impl Fn(String) -> String,
    ) -> Self {
        let mut settings = "{\n\tadmin off\n\tauto_https off\n}\n".to_owned();
        for (origin, title) in applications {
            let site = change(documented("caddyfile", origin, application(title).await, issuer));
            // By http: how Caddy comes by certificates is no part of this.
            writeln!(settings, "http://{site}").expect("text");
        }
        let arguments = ["run", "--adapter", "caddyfile", "--config", "FOLDER/Caddyfile"];
        let running = Running::start("caddy", &arguments, ("Caddyfile", &settings), at).await;
        Self { at, _running: running }
    }
}
