//! Requests to addresses that somebody named: an application's keys, where it is told of a sign-out,
//! what an upstream says. Whoever names an address must not learn or move anything inside our
//! network with it, so only public addresses are
//! reached, redirects are not followed, and an answer has bounded time and size.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use openidconnect::{HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use tracing::Instrument as _;
use url::{Host, Url};

use super::Failure;

/// How long an answer may take in all.
const TIME_MAX: Duration = Duration::from_secs(5);
/// The largest answer, in bytes.
const SIZE_MAX: usize = 64 * 1024;

/// Networks that are not the public internet (IANA special-purpose address registries).
const SPECIAL: [&str; 28] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// Why a document was not fetched, for the log and for those who manage the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It would have been inside a network that is not public.
    #[error("its address is not public; outbound_networks may allow it")]
    Private,
    /// Nobody answered, or not in time.
    #[error("it cannot be reached")]
    Unreachable,
    /// The answer was not 200.
    #[error("the answer was not 200")]
    Status,
    /// The answer was larger than 64 KiB.
    #[error("the answer is larger than 64 KiB")]
    Size,
}

/// Reaches public addresses, and those in networks that the operator allowed.
#[derive(Clone)]
pub struct Outbound {
    http: reqwest::Client,
    reach: Arc<Reach>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").finish_non_exhaustive()
    }
}

/// Which addresses may be reached.
#[derive(Debug)]
struct Reach {
    special: Vec<IpNet>,
    allowed: Vec<IpNet>,
}

impl Reach {
    fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let within = |networks: &[IpNet]| networks.iter().any(|net| net.contains(&address));
        within(&self.allowed) || !within(&self.special)
    }
}

/// Looks names up, and forgets the addresses that may not be reached: what is connected to is what
/// was judged, whatever the name stands for a moment later.
#[derive(Debug)]
struct Guarded(Arc<Reach>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> =
                found.filter(|address| reach.admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err(FetchError::Private.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

impl Outbound {
    /// Reaches public addresses and those in the `allowed` networks.
    pub fn new(allowed: Vec<IpNet>) -> Result<Self, Failure> {
        let internal = |error: String| Failure::Internal(format!("outbound requests: {error}"));
        let special = SPECIAL
            .iter()
            .map(|net| net.parse())
            .collect::<Result<_, _>>()
            .map_err(|error: ipnet::AddrParseError| internal(error.to_string()))?;
        let reach = Arc::new(Reach { special, allowed });
        let http = reqwest::Client::builder()
            .dns_resolver(Arc::new(Guarded(Arc::clone(&reach))))
            // A proxy of the environment would look names up itself, unguarded.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIME_MAX)
            .build()
            .map_err(|error| internal(error.to_string()))?;
        Ok(Self { http, reach })
    }

    /// The document at `url`.
    pub async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let answer = self.answer(self.http.get(url.clone()), url).await?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status);
        }
        body(answer).await
    }

    /// The answer to a request, whatever its status.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| FetchError::Unreachable)?;
        let (head, content) = request.into_parts();
        let request = self.http.request(head.method, url.clone()).headers(head.headers);
        let answer = self.answer(request.body(content), &url).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = HttpResponse::new(body(answer).await?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    async fn answer(
        &self,
        request: reqwest::RequestBuilder,
        url: &Url,
    ) -> Result<reqwest::Response, FetchError> {
        self.admit(url)?;
        // Whom, and not what: addresses may carry secrets.
        let span = tracing::debug_span!("outbound request", host = url.host_str());
        request.send().instrument(span).await.map_err(|error| cause(&error))
    }

    /// Posts an encoded form to `url`; returns the status of the answer. The rest of it is not read.
    pub async fn post_form(&self, url: &Url, form: String) -> Result<u16, FetchError> {
        let request = self
            .http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        Ok(self.answer(request, url).await?.status().as_u16())
    }

    /// Refuses an address that may not be reached.
    fn admit(&self, url: &Url) -> Result<(), FetchError> {
        // A name goes through the resolver; an address does not.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if literal.is_some_and(|address| !self.reach.admits(address)) {
            return Err(FetchError::Private);
        }
        Ok(())
    }
}

/// What an answer holds, if that is not too much.
async fn body(mut answer: reqwest::Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| FetchError::Unreachable)? {
        if body.len() + chunk.len() > SIZE_MAX {
            return Err(FetchError::Size);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether it was our own refusal that a request failed of.
fn cause(error: &reqwest::Error) -> FetchError {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(ours) = error.downcast_ref::<FetchError>() {
            return *ours;
        }
        next = error.source();
    }
    FetchError::Unreachable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_that_are_not_public_are_not_reached() {
        let outbound = Outbound::new(Vec::new()).unwrap();
        for host in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[fe80::1]",
            "[fd00::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "0x7f.1",
            "2130706433",
            "localhost",
        ] {
            let url = format!("http://{host}:9/jwks").parse().unwrap();
            assert_eq!(outbound.get(&url).await, Err(FetchError::Private), "{host}");
            let posted = outbound.post_form(&url, "a=b".into()).await;
            assert_eq!(posted, Err(FetchError::Private), "{host}");
            let mut post = HttpRequest::new(b"code=x".to_vec());
            *post.method_mut() = openidconnect::http::Method::POST;
            *post.uri_mut() = url.as_str().parse().unwrap();
            assert_eq!(outbound.send(post).await.unwrap_err(), FetchError::Private, "{host}");
        }
    }

    #[test]
    fn public_addresses_and_allowed_ones_are() {
        let allowed = vec!["10.1.0.0/16".parse().unwrap()];
        let reach = Outbound::new(allowed).unwrap().reach;
        for (address, admitted) in [
            ("93.184.216.34", true),
            ("2606:4700::1111", true),
            ("10.1.2.3", true),
            ("10.2.2.3", false),
            ("::ffff:10.1.2.3", true),
        ] {
            assert_eq!(reach.admits(address.parse().unwrap()), admitted, "{address}");
        }
    }
}
