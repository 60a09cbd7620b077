//! `firstkey health`: whether the server of this configuration, on this machine, can answer: for
//! containers that have nothing else to ask with, and for scripts that wait for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::output::{Output, Reply};
use super::runtime;
use crate::config::{Config, Flags};

/// `/readyz` takes two seconds at most.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(flags: &Flags, output: Output) -> anyhow::Result<()> {
    let config = Config::load(flags)?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}/readyz", reachable(config.listen));
    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        // By its number this machine is nobody else, nothing is told to it, and no certificate is
        // for a number. Whether people take it is for `firstkey doctor`.
        .tls_danger_accept_invalid_certs(true)
        .build()?;
    let answer = match http.get(&url).send().await {
        Ok(answer) => answer,
        Err(error) => bail!("{url}: {}", runtime::innermost(&error)),
    };
    let status = answer.status();
    if status.is_success() {
        return output.print(&Reply::new(&json!({ "status": "ready" }), "ready\n")?);
    }
    let said = answer.bytes().await.with_context(|| url.clone())?;
    let said: Value = serde_json::from_slice(&said).unwrap_or_default();
    match said["error_description"].as_str() {
        Some(why) => bail!("not ready: {why}"),
        None => bail!("{url} answers {status}"),
    }
}

/// Whoever listens everywhere listens on this machine, too.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, listen.port())
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn whoever_listens_everywhere_is_asked_on_this_machine() {
        let asked = |listen: &str| reachable(listen.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(asked("[::]:8443"), "[::1]:8443");
        assert_eq!(asked("192.0.2.1:80"), "192.0.2.1:80");
    }
}
