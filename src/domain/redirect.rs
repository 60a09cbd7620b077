//! Redirect URIs: which may be registered, and when a request's matches a registered one.

use url::{Host, Url};

use super::error::Invalid;
use super::language::{Text, say};

/// The longest redirect URI, in bytes.
const LENGTH_MAX: usize = 2048;

/// Reads a redirect URI that somebody wants to register: absolute, without a fragment, user info
/// or wildcard; `https`, `http` on loopback, or a private scheme with a dot in it (RFC 8252 §7.1).
pub fn parse_registered(field: &'static str, text: &str) -> Result<String, Invalid> {
    let refuse = |why: Text| Err(Invalid::new(field, why));
    if text.len() > LENGTH_MAX {
        return refuse(say("invalid-uri-long"));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return refuse(say("invalid-uri-characters"));
    }
    let Ok(url) = Url::parse(text) else {
        return refuse(say("invalid-uri"));
    };
    if url.fragment().is_some() {
        return refuse(say("invalid-uri-fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(say("invalid-uri-user"));
    }
    if text.contains('*') {
        return refuse(say("invalid-uri-wildcard"));
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(text.to_owned()),
        "http" if is_loopback(&url) => Ok(text.to_owned()),
        "http" => refuse(say("invalid-uri-http")),
        scheme if scheme.contains('.') => Ok(text.to_owned()),
        _ => refuse(say("invalid-uri-scheme")),
    }
}

/// Reads the address of something on the web that belongs to an application: `https`, or `http` on
/// loopback, without user info and fragment.
pub fn parse_web(field: &'static str, text: &str) -> Result<Url, Invalid> {
    let url = Url::parse(&parse_registered(field, text)?);
    url.ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
        .ok_or_else(|| Invalid::new(field, say("invalid-web")))
}

/// Reads a resource indicator (RFC 8707 §2): an absolute URI without a fragment.
pub fn parse_resource(field: &'static str, text: &str) -> Result<(), Invalid> {
    let plain = text.len() <= LENGTH_MAX
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    match Url::parse(text) {
        Ok(url) if plain && url.fragment().is_none() => Ok(()),
        _ => Err(Invalid::new(field, say("invalid-resource"))),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether `asked` is the registered URI: the same string, to the byte (RFC 9700 §2.1). For a
/// native client, a registered loopback IP literal matches any port (RFC 8252 §7.3).
pub fn matches(registered: &str, asked: &str, native: bool) -> bool {
    registered == asked || (native && matches_loopback(registered, asked))
}

fn matches_loopback(registered: &str, asked: &str) -> bool {
    let (Some(registered), Some(asked)) = (split_loopback(registered), split_loopback(asked))
    else {
        return false;
    };
    registered == asked
}

/// The host and the rest of an `http` loopback IP URI, without its port; compared as strings.
fn split_loopback(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host))?;
    let after = &rest[host.len()..];
    let path_at = after.find(['/', '?']).unwrap_or(after.len());
    let (port, path) = after.split_at(path_at);
    let port_is_plain = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| {
            digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        });
    (port_is_plain && !path.contains('#')).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for good in [
            "https://app.example.com/callback",
            "https://app.example.com/callback?tenant=1",
            "http://localhost:8081/callback",
            "http://127.0.0.1/callback",
            "http://[::1]:9999/",
            "com.example.app:/oauth",
        ] {
            parse_registered("redirectUri", good).unwrap();
        }
        for bad in [
            "",
            "/callback",
            "http://app.example.com/",
            "https://app.example.com/#x",
            "https://user@app.example.com/",
            "https://*.example.com/",
            "https://app.example.com\\@evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://app.example.com/ x",
            "https://app.example.com/\u{0}",
        ] {
            assert!(parse_registered("redirectUri", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback_ports_vary_for_native_clients_only() {
        let registered = "http://127.0.0.1/cb";
        assert!(matches(registered, "http://127.0.0.1:51004/cb", true));
        assert!(matches(registered, "http://127.0.0.1/cb", false));
        assert!(!matches(registered, "http://127.0.0.1:51004/cb", false));
        for bad in [
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:@evil.example/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://localhost:51004/cb",
            "https://127.0.0.1:51004/cb",
            "http://127.0.0.1:51004/cb#x",
        ] {
            assert!(!matches(registered, bad, true), "{bad}");
        }
    }
}
