//! Web Push (RFC 8030): where a browser wants to be woken, and what it is told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::error::Invalid;

/// The longest address of a push service, in bytes; those of browsers have a few hundred.
const ENDPOINT_MAX: usize = 2048;

/// Where a browser wants to be woken: what `PushSubscription.toJSON()` gives (Push API §7).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// The address at its push service. Whoever knows it can use up the browser's patience, so it
    /// is kept like a secret.
    pub endpoint: Url,
    /// What messages are encrypted with.
    pub keys: PushKeys,
}

/// What messages to one browser are encrypted with (RFC 8291 §2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushKeys {
    /// Its public key: an uncompressed point on P-256, base64url.
    pub p256dh: String,
    /// Its authentication secret of 16 bytes, base64url.
    pub auth: String,
}

impl std::fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushSubscription(…)")
    }
}

impl std::fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushKeys(…)")
    }
}

impl PushSubscription {
    /// Checks what a browser sent. A push service is reached by `https`; one on this very machine
    /// may do without, and is reached only where the operator allows it.
    pub fn validate(&self) -> Result<(), Invalid> {
        let local = match self.endpoint.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let scheme = self.endpoint.scheme();
        let plain = self.endpoint.as_str().len() <= ENDPOINT_MAX
            && self.endpoint.username().is_empty()
            && self.endpoint.password().is_none();
        if !plain || !(scheme == "https" || (scheme == "http" && local)) {
            return Err(Invalid::new("endpoint", "the https address of a push service is needed"));
        }
        if self.keys.point().is_none() {
            return Err(Invalid::new("keys.p256dh", "an uncompressed P-256 point is needed"));
        }
        if self.keys.secret().is_none() {
            return Err(Invalid::new("keys.auth", "16 bytes in base64url are needed"));
        }
        Ok(())
    }
}

impl PushKeys {
    /// The public key: 0x04, then x and y (SEC 1 §2.3.3).
    pub fn point(&self) -> Option<[u8; 65]> {
        let bytes: [u8; 65] = decode(&self.p256dh)?.try_into().ok()?;
        (bytes[0] == 4).then_some(bytes)
    }

    /// The authentication secret.
    pub fn secret(&self) -> Option<[u8; 16]> {
        decode(&self.auth)?.try_into().ok()
    }
}

/// Browsers leave the padding out; some libraries do not.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// What the answer of a push service means for the subscription (RFC 8030 §5, §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was taken.
    Taken,
    /// The browser wants no more: the subscription is over.
    Gone,
    /// Not this time.
    Failed,
}

impl Delivery {
    /// What a status says.
    pub fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Taken,
            404 | 410 => Self::Gone,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn subscription(endpoint: &str, p256dh: &[u8], auth: &[u8]) -> PushSubscription {
        let [p256dh, auth] = [p256dh, auth].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let sent = json!({ "endpoint": endpoint, "expirationTime": null,
                           "keys": { "p256dh": p256dh, "auth": auth } });
        serde_json::from_value(sent).unwrap()
    }

    #[test]
    fn what_is_no_subscription_is_refused_by_name() {
        let (mut point, secret) = ([7; 65], [7; 16]);
        point[0] = 4;
        let field = |endpoint: &str, point: &[u8], secret: &[u8]| {
            subscription(endpoint, point, secret).validate().err().map(|invalid| invalid.field)
        };
        let push = "https://push.example.com/a?b=c";
        assert_eq!(field(push, &point, &secret), None);
        assert_eq!(field("http://127.0.0.1:9/push", &point, &secret), None);
        for endpoint in [
            "http://push.example.com/a",
            "http://10.0.0.1/a",
            "ftp://push.example.com/a",
            "data:text/plain,a",
            "https://ada:secret@push.example.com/a",
            &format!("https://push.example.com/{}", "a".repeat(ENDPOINT_MAX)),
        ] {
            assert_eq!(field(endpoint, &point, &secret).as_deref(), Some("endpoint"), "{endpoint}");
        }
        for wrong in [&point[1..], &[7; 65][..], &[]] {
            assert_eq!(field(push, wrong, &secret).as_deref(), Some("keys.p256dh"));
        }
        assert_eq!(field(push, &point, &[7; 15]).as_deref(), Some("keys.auth"));
    }

    #[test]
    fn a_subscription_does_not_print_itself() {
        let shown = format!("{:?}", subscription("https://push.example.com/capability", &[], &[]));
        assert!(!shown.contains("capability"));
    }

    #[test]
    fn answers_of_push_services() {
        assert_eq!(Delivery::of(201), Delivery::Taken);
        assert_eq!(Delivery::of(410), Delivery::Gone);
        assert_eq!(Delivery::of(404), Delivery::Gone);
        for again in [301, 400, 403, 413, 429, 500, 503] {
            assert_eq!(Delivery::of(again), Delivery::Failed);
        }
    }
}
