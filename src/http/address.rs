//! Who is asking: the client's address, through trusted proxies only.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use super::AppState;
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
    Origin { address: peer.map(|peer| client_address(peer, &parts.headers, trusted)) }
}

/// Walks `X-Forwarded-For` from the right for as long as the hop that wrote it is trusted. What a
/// stranger put in front of that is never looked at.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut address = peer;
    for hop in hops.iter().rev() {
        if !is_trusted(address) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(next) => address = next.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
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
        assert_eq!(address("10.0.0.1", &[], &[]), "10.0.0.1");
    }
}
