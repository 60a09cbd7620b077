//! What the configuration says by itself.

use std::net::SocketAddr;
use std::path::Path;

use ipnet::IpNet;
use url::{Host, Url};

use super::Report;
use crate::config::{Config, Flags};

/// The shortest prefix that still looks like the network of one's own proxies.
const PREFIX_MIN: u8 = 8;

pub(super) fn look(config: &Config, flags: &Flags, report: &mut Report) {
    file(flags.config.as_deref(), report);
    issuer(config, report);
    proxies(config, report);
    metrics(config.metrics_listen, report);
    mail(config, report);
}

/// It may hold the passwords of the database and of the mail server.
fn file(path: Option<&Path>, report: &mut Report) {
    let Some(path) = path else {
        return report.ok("configuration", "from the environment and flags");
    };
    let shown = path.display();
    if exposed(path) {
        let found = format!("{shown} can be read by others, and may hold passwords");
        report.warn("configuration", found, format!("run: chmod 600 {shown}"));
    } else {
        report.ok("configuration", shown);
    }
}

/// Whether others on the machine can read a file.
pub(super) fn exposed(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn issuer(config: &Config, report: &mut Report) {
    let shown = config.issuer.as_str().trim_end_matches('/');
    if config.is_https() {
        return report.ok("issuer", shown);
    }
    let port = config.issuer.port_or_known_default();
    if port == Some(config.listen.port()) {
        let why = "only browsers on this very machine can use it";
        let advice = "set issuer to the https address at which people reach it";
        report.warn("issuer", format!("{shown}: {why}"), advice);
    } else {
        report.fail(
            "issuer",
            format!("{shown} names another port than listen, {}", config.listen),
            "set issuer to match: by http there is no proxy in between",
        );
    }
}

/// Whoever may say where requests come from decides what every limit and the audit log see.
fn proxies(config: &Config, report: &mut Report) {
    let trusted = &config.trusted_proxies;
    let shown = trusted.iter().map(IpNet::to_string).collect::<Vec<_>>().join(", ");
    if let Some(everybody) = trusted.iter().find(|net| net.prefix_len() == 0) {
        return report.fail(
            "proxy",
            format!("trusted_proxies has {everybody}: anybody may say where they come from"),
            "name the addresses of your own proxies alone",
        );
    }
    if let Some(large) = trusted.iter().find(|net| net.prefix_len() < PREFIX_MIN) {
        return report.warn(
            "proxy",
            format!("trusted_proxies has {large}, which is much more than your own network"),
            "name the addresses of your own proxies alone",
        );
    }
    if !config.is_https() {
        return report.ok("proxy", if shown.is_empty() { "none" } else { &shown });
    }
    if config.tls.is_some() && trusted.is_empty() {
        return report.ok("proxy", "none: this server speaks TLS itself");
    }
    let local = config.listen.ip().is_loopback();
    if trusted.is_empty() {
        let advice = if local {
            format!("set trusted_proxies to {}", config.listen.ip())
        } else {
            "set trusted_proxies to the address of the proxy that speaks TLS".to_owned()
        };
        let why = "no trusted_proxies: every limit and the audit log see the proxy's address \
                   instead of the visitor's";
        return report.fail("proxy", why, advice);
    }
    if local && !trusted.iter().any(|net| net.contains(&config.listen.ip())) {
        return report.fail(
            "proxy",
            format!(
                "only this machine can reach {}, and trusted_proxies has {shown}",
                config.listen
            ),
            format!("add {} to trusted_proxies", config.listen.ip()),
        );
    }
    report.ok("proxy", format!("X-Forwarded-For is believed from {shown}"));
}

fn metrics(listen: Option<SocketAddr>, report: &mut Report) {
    match listen {
        None => report.ok("metrics", "not told"),
        Some(address) if address.ip().is_loopback() => report.ok("metrics", address),
        Some(address) => report.warn(
            "metrics",
            format!("{address} can be reached from other machines"),
            "let only Prometheus through, or listen on 127.0.0.1",
        ),
    }
}

fn mail(config: &Config, report: &mut Report) {
    let Some(mail) = &config.mail else {
        let why = "not configured: nobody is told of passes or of changes to their methods";
        return report.warn("mail", why, "set smtp_url and mail_from");
    };
    let url = Url::parse(&mail.smtp_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let local = url.as_ref().is_some_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || is_loopback(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    });
    let required = url.as_ref().is_some_and(|url| {
        url.scheme() == "smtps" || url.query_pairs().any(|(k, v)| k == "tls" && v == "required")
    });
    if local || required {
        report.ok("mail", format!("by {host}, from {}", mail.from));
    } else {
        report.fail(
            "mail",
            format!("mail to {host} goes unencrypted, and may hold passes"),
            "use smtps://…, or smtp://…?tls=required",
        );
    }
}

/// URLs of other schemes than the web's keep an address as text.
fn is_loopback(name: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
