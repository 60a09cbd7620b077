//! Who is asking: the client's address, through trusted proxies only.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ipnet::IpNet;

use super::AppState;
use crate::domain::agent::Agent;
use crate::service::Origin;

/// The address that limits and the audit log go by.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub Origin);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(parts, &state.config.trusted_proxies)))
    }
}

/// The address of a request whose parts are at hand.
pub fn origin(parts: &Parts, trusted: &[IpNet]) -> Origin {
    let peer =
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        address: peer.map(|peer| client_address(peer, &parts.headers, trusted)),
        agent: agent.and_then(Agent::read),
    }
}

/// Whether a request came straight from a trusted proxy.
pub fn is_from_proxy(parts: &Parts, trusted: &[IpNet]) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|peer| trusted.iter().any(|net| net.contains(&peer.0.ip().to_canonical())))
}

/// Walks `X-Forwarded-For` from the right for as long as the hop that wrote it is trusted. What a
/// stranger put in front of that is never looked at.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    // Byte by byte: what a stranger put in front must not spoil what the proxy wrote behind it.
    let hops: Vec<&[u8]> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .collect();
    let mut address = peer;
    for hop in hops.iter().rev() {
        if !is_trusted(address) {
            break;
        }
        match read_hop(hop) {
            Some(next) => address = next.to_canonical(),
            None => break,
        }
    }
    address
}

/// An address, or an address and a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
fn read_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn address(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_hops_are_believed() {
        let proxy = ["10.0.0.0/8"];
        assert_eq!(address("203.0.113.9", &["198.51.100.1"], &proxy), "203.0.113.9");
        assert_eq!(address("10.0.0.1", &["198.51.100.1"], &proxy), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["6.6.6.6, 198.51.100.1"], &proxy), "198.51.100.1");
        assert_eq!(
            address("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"], &proxy),
            "198.51.100.1"
        );
        assert_eq!(address("10.0.0.1", &["6.6.6.6", "198.51.100.1"], &proxy), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["nonsense"], &proxy), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["6.6.6.6:80, 198.51.100.1:4711"], &proxy), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["[2001:db8::1]:4711"], &proxy), "2001:db8::1");
        assert_eq!(address("10.0.0.1", &["[2001:db8::1]"], &proxy), "2001:db8::1");
        let mut headers = HeaderMap::new();
        let spoilt = b"caf\xe9, 198.51.100.1";
        headers.append("x-forwarded-for", HeaderValue::from_bytes(spoilt).unwrap());
        let trusted = [proxy[0].parse().unwrap()];
        let found = client_address("10.0.0.1".parse().unwrap(), &headers, &trusted);
        assert_eq!(found.to_string(), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &[], &[]), "10.0.0.1");
    }
}
