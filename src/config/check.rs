//! What can be wrong with each setting, said in one sentence.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use super::raw::Raw;
use super::{Config, ConfigError, MailConfig, TlsFiles};

/// Checks all of it.
pub(super) fn check(raw: Raw) -> Result<Config, ConfigError> {
    let listen = address("listen", &raw.listen)?;
    let metrics_listen = check_metrics(&raw.metrics_listen, listen)?;
    let trusted_proxies = networks("trusted_proxies", &raw.trusted_proxies)?;
    let outbound_networks = networks("outbound_networks", &raw.outbound_networks)?;
    let push_networks = networks("push_networks", &raw.push_networks)?;
    let secret_file =
        raw.secret_file.unwrap_or_else(|| beside_database(&raw.database, "firstkey.secret"));
    let issuer = check_issuer(&raw.issuer)?;
    Ok(Config {
        tls: check_tls(&raw.tls_certificate, &raw.tls_key, &issuer)?,
        issuer,
        listen,
        database: with_password(raw.database, &raw.database_password_file)?,
        secret_file,
        log: raw.log,
        brand: raw.brand,
        trusted_proxies,
        outbound_networks,
        push_networks,
        limit_per_address: raw.limit_per_address,
        limit_global: raw.limit_global,
        limit_per_application: raw.limit_per_application,
        key_rotation_days: check_rotation(raw.key_rotation_days)?,
        mail: check_mail(raw.smtp_url, raw.mail_from)?,
        metrics_listen,
        drain: check_drain(raw.drain_seconds)?,
        otlp_endpoint: check_otlp(&raw.otlp_endpoint)?,
    })
}

fn address(field: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    let why = || format!("{field}: {text} is no address and port such as 127.0.0.1:8080");
    text.parse().map_err(|_| ConfigError(why()))
}

/// Numbers are never told where the public is.
fn check_metrics(text: &str, listen: SocketAddr) -> Result<Option<SocketAddr>, ConfigError> {
    if text.is_empty() {
        return Ok(None);
    }
    let metrics = address("metrics_listen", text)?;
    if metrics == listen && listen.port() != 0 {
        let why = "metrics_listen: it needs an address of its own, not the one of listen";
        return Err(ConfigError(why.into()));
    }
    Ok(Some(metrics))
}

/// Five minutes at most: whoever stops us has less patience than that.
fn check_drain(seconds: u32) -> Result<Duration, ConfigError> {
    if seconds > 300 {
        return Err(ConfigError("drain_seconds: 0 to 300 are allowed".into()));
    }
    Ok(Duration::from_secs(seconds.into()))
}

/// The message never shows the URL, which may hold a password.
fn check_otlp(text: &str) -> Result<Option<Url>, ConfigError> {
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.filter(|url| url.query().is_none() && url.fragment().is_none());
    let why = "otlp_endpoint: a URL such as http://localhost:4318 is needed";
    url.map(Some).ok_or_else(|| ConfigError(why.into()))
}

/// Ten years at most, so that a mistake is seen.
fn check_rotation(days: u32) -> Result<u32, ConfigError> {
    if days > 3650 {
        return Err(ConfigError("key_rotation_days: 0 to 3650 are allowed".into()));
    }
    Ok(days)
}

/// Both or neither; the message never shows the URL, which holds a password.
fn check_mail(smtp_url: String, from: String) -> Result<Option<MailConfig>, ConfigError> {
    let refuse = |text: &str| Err(ConfigError(text.to_owned()));
    match (smtp_url.is_empty(), from.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => return refuse("mail_from: smtp_url is needed, too"),
        (false, true) => return refuse("smtp_url: mail_from is needed, too"),
        (false, false) => {}
    }
    let known = Url::parse(&smtp_url)
        .is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
    if !known {
        return refuse("smtp_url: a URL such as smtps://user:password@mail.example.com is needed");
    }
    if from.parse::<lettre::message::Mailbox>().is_err() {
        return refuse("mail_from: an address such as Firstkey <no-reply@example.com> is needed");
    }
    Ok(Some(MailConfig { smtp_url, from }))
}

/// Both or neither, and only where people come by https: the issuer would name nobody's address.
fn check_tls(certificate: &str, key: &str, issuer: &Url) -> Result<Option<TlsFiles>, ConfigError> {
    let refuse = |text: &str| Err(ConfigError(text.to_owned()));
    match (certificate.is_empty(), key.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => return refuse("tls_key: tls_certificate is needed, too"),
        (false, true) => return refuse("tls_certificate: tls_key is needed, too"),
        (false, false) => {}
    }
    if issuer.scheme() != "https" {
        return refuse("tls_certificate: whoever speaks TLS needs an issuer that is https");
    }
    Ok(Some(TlsFiles { certificate: certificate.into(), key: key.into() }))
}

/// The database's URL with the password that a file holds, as containers are given their secrets.
fn with_password(database: String, file: &str) -> Result<String, ConfigError> {
    if file.is_empty() || database.starts_with("sqlite:") {
        return Ok(database);
    }
    let refuse = |why: &str| ConfigError(format!("database_password_file: {why}"));
    let needed = "it goes with a database such as postgres://user@host/name, without a password";
    let mut url = Url::parse(&database).map_err(|_| refuse(needed))?;
    let known = matches!(url.scheme(), "postgres" | "postgresql") && url.has_host();
    let has_one = url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password");
    if !known || has_one {
        return Err(refuse(needed));
    }
    let read = std::fs::read_to_string(file);
    let text = read.map_err(|error| refuse(&format!("{file}: {error}")))?;
    let password = text.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err(refuse(&format!("{file} is empty")));
    }
    // Every sign by its number: a password may hold a `%` or an `@` of its own.
    let encoded = utf8_percent_encode(password, NON_ALPHANUMERIC).to_string();
    url.set_password(Some(&encoded)).map_err(|()| refuse(needed))?;
    Ok(url.into())
}

/// Addresses and networks, by commas or spaces.
fn networks(field: &str, text: &str) -> Result<Vec<IpNet>, ConfigError> {
    text.split([',', ' '])
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            entry
                .parse::<IpNet>()
                .or_else(|_| entry.parse::<std::net::IpAddr>().map(IpNet::from))
                .map_err(|_| ConfigError(format!("{field}: {entry} is no address or network")))
        })
        .collect()
}

/// The issuer must be a URL at which WebAuthn works: https, or http on localhost.
fn check_issuer(text: &str) -> Result<Url, ConfigError> {
    let refuse = |why: &str| Err(ConfigError(format!("issuer: {text}: {why}")));
    let Ok(url) = Url::parse(text) else { return refuse("an absolute URL is needed") };
    let Some(host) = url.host() else { return refuse("a host name is needed") };
    let Host::Domain(name) = host else {
        return refuse("an IP address cannot be used with passkeys; use a name, such as localhost");
    };
    let local = name == "localhost" || name.ends_with(".localhost");
    match url.scheme() {
        "https" => {}
        "http" if local => {}
        "http" => return refuse("http works for localhost only; use https"),
        _ => return refuse("https is needed"),
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || url.path() != "/"
        || !url.username().is_empty()
    {
        return refuse("it must be a scheme and a host, without path, query or fragment");
    }
    Ok(url)
}

/// A file that stands beside an embedded database, or in the working folder for any other.
fn beside_database(database: &str, name: &str) -> PathBuf {
    let path = database.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//"));
    let path = path.map(|rest| rest.split('?').next().unwrap_or(rest));
    path.and_then(|path| Path::new(path).parent()).unwrap_or_else(|| Path::new("")).join(name)
}

#[cfg(test)]
mod tests;
