//! Configuration: defaults < file < environment < flags, checked once into one typed [`Config`].

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// What was configured, as it was written. Every field has the name of its environment variable
/// without `FIRSTKEY_`, in lower case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    issuer: String,
    listen: String,
    database: String,
    secret_file: Option<PathBuf>,
    log: String,
    brand: String,
    trusted_proxies: String,
    outbound_networks: String,
    push_networks: String,
    limit_per_address: u32,
    limit_global: u32,
    limit_per_application: u32,
    key_rotation_days: u32,
    smtp_url: String,
    mail_from: String,
    metrics_listen: String,
    drain_seconds: u32,
    otlp_endpoint: String,
    tls_certificate: String,
    tls_key: String,
    database_password_file: String,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            issuer: "http://localhost:8080".into(),
            listen: "127.0.0.1:8080".into(),
            database: "sqlite:firstkey.db".into(),
            secret_file: None,
            log: "info".into(),
            brand: "Firstkey".into(),
            trusted_proxies: String::new(),
            outbound_networks: String::new(),
            push_networks: String::new(),
            limit_per_address: 300,
            limit_global: 30_000,
            limit_per_application: 6_000,
            key_rotation_days: 90,
            smtp_url: String::new(),
            mail_from: String::new(),
            metrics_listen: String::new(),
            drain_seconds: 0,
            otlp_endpoint: String::new(),
            tls_certificate: String::new(),
            tls_key: String::new(),
            database_password_file: String::new(),
        }
    }
}

/// What flags say; each one that is absent leaves the layer below it.
#[derive(Clone, Debug, Default, Serialize, clap::Args)]
pub struct Flags {
    /// The URL at which people and applications reach this server
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The address and port to listen on
    #[arg(long, global = true, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// The database: sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The file that holds the master secret; made on first start
    #[arg(long, global = true, value_name = "PATH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// What to log: error, warn, info, debug, or a tracing filter
    #[arg(long, global = true, value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// A certificate in PEM, with those that lead to its root: the server speaks TLS itself
    #[arg(long, global = true, value_name = "PATH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's key in PEM
    #[arg(long, global = true, value_name = "PATH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// A TOML file with the same names
    #[arg(long, global = true, value_name = "PATH", env = "FIRSTKEY_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// The checked configuration.
#[derive(Clone)]
pub struct Config {
    /// The one URL that everything public is built from; never taken from a request.
    pub issuer: Url,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The database URL.
    pub database: String,
    /// The file that holds the master secret.
    pub secret_file: PathBuf,
    /// The log filter.
    pub log: String,
    /// The name that people see.
    pub brand: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that are not public, and that addresses which applications name may be in.
    pub outbound_networks: Vec<IpNet>,
    /// Networks that are not public, and that push services may be in: everybody with a phone names
    /// one.
    pub push_networks: Vec<IpNet>,
    /// Sign-in requests that one address may make in a minute; 0 for no limit.
    pub limit_per_address: u32,
    /// Sign-in requests that everybody together may make in a minute; 0 for no limit.
    pub limit_global: u32,
    /// Calls of the API that one application may make in a minute; 0 for no limit.
    pub limit_per_application: u32,
    /// After how many days signing keys are rotated; 0 for never.
    pub key_rotation_days: u32,
    /// Where mail goes out; none where none does.
    pub mail: Option<MailConfig>,
    /// Where `/metrics` is; none where it is nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// For how long requests are still taken once the server is told to stop.
    pub drain: Duration,
    /// Where traces go (OTLP over HTTP); none where they go nowhere.
    pub otlp_endpoint: Option<Url>,
    /// The certificate, where this server speaks TLS itself; none where a proxy does.
    pub tls: Option<TlsFiles>,
}

/// A certificate and its key, in files that may be renewed while the server goes on.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// In PEM: the certificate, and behind it those that lead to its root.
    pub certificate: PathBuf,
    /// Its key in PEM.
    pub key: PathBuf,
}

/// Where mail goes out.
#[derive(Clone)]
pub struct MailConfig {
    /// The mail server's URL, with its password.
    pub smtp_url: String,
    /// Whom mail is from: an address, with a name or without.
    pub from: String,
}

impl fmt::Debug for Config {
    /// Without the database's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("issuer", &self.issuer.as_str())
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// A configuration that cannot work, said in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads every layer and checks the result.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Raw::default()));
        if let Some(path) = &flags.config {
            if !path.is_file() {
                return Err(ConfigError(format!(
                    "there is no configuration file {}",
                    path.display()
                )));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        // Taken as they are written: a value such as 8080 must not become a number.
        let known =
            ["issuer", "listen", "database", "secret_file", "log", "brand", "trusted_proxies"]
                .into_iter()
                .chain(["outbound_networks", "push_networks", "smtp_url", "mail_from"])
                .chain(["metrics_listen", "otlp_endpoint"])
                .chain(["tls_certificate", "tls_key", "database_password_file"]);
        let numbers = [
            "limit_per_address",
            "limit_global",
            "limit_per_application",
            "key_rotation_days",
            "drain_seconds",
        ];
        for name in known {
            if let Ok(value) = std::env::var(format!("FIRSTKEY_{}", name.to_uppercase())) {
                // Not as a bare pair: figment would let that win over flags.
                figment = figment.merge(Serialized::default(name, value));
            }
        }
        figment = figment.merge(Env::prefixed("FIRSTKEY_").only(&numbers));
        figment = figment.merge(Serialized::defaults(flags));
        let raw: Raw =
            figment.extract().map_err(|error| ConfigError(without_excerpt(&error.to_string())))?;
        Self::check(raw)
    }

    fn check(raw: Raw) -> Result<Self, ConfigError> {
        let listen = address("listen", &raw.listen)?;
        let metrics_listen = check_metrics(&raw.metrics_listen, listen)?;
        let trusted_proxies = networks("trusted_proxies", &raw.trusted_proxies)?;
        let outbound_networks = networks("outbound_networks", &raw.outbound_networks)?;
        let push_networks = networks("push_networks", &raw.push_networks)?;
        let secret_file =
            raw.secret_file.unwrap_or_else(|| beside_database(&raw.database, "firstkey.secret"));
        let issuer = check_issuer(&raw.issuer)?;
        Ok(Self {
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

    /// Whether browsers reach us by https, so that cookies can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.issuer.scheme() == "https"
    }
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

/// The message without the lines of the file that it shows: they may hold a password.
fn without_excerpt(message: &str) -> String {
    let is_excerpt = |line: &&str| {
        line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|')
    };
    let lines: Vec<&str> = message.lines().filter(|line| !is_excerpt(line)).collect();
    lines.join(" ")
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
mod tests {
    use super::*;

    #[test]
    fn issuers_that_cannot_work_are_refused() {
        for good in ["http://localhost:8080", "https://id.example.com", "https://id.example.com/"] {
            check_issuer(good).unwrap();
        }
        for bad in [
            "localhost:8080",
            "http://id.example.com",
            "http://127.0.0.1:8080",
            "https://id.example.com/firstkey",
            "https://id.example.com/?x=1",
            "ftp://id.example.com",
            "",
        ] {
            assert!(check_issuer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_page_about_configuration_has_every_setting_with_its_default() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows = page.lines().filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [name, variable, default, meaning] = cells[..] else { return None };
            let name = name.strip_prefix('`')?.strip_suffix('`')?;
            assert_eq!(variable, format!("`FIRSTKEY_{}`", name.to_uppercase()), "{name}");
            assert!(!meaning.is_empty(), "{name}");
            Some((name.to_owned(), default.trim_matches('`').to_owned()))
        });
        let rows: std::collections::BTreeMap<String, String> = rows.collect();
        let Ok(serde_json::Value::Object(defaults)) = serde_json::to_value(Raw::default()) else {
            panic!("settings have names")
        };
        assert!(rows.keys().eq(defaults.keys().collect::<std::collections::BTreeSet<_>>()));
        for (name, value) in &defaults {
            let said = &rows[name];
            match value {
                serde_json::Value::String(text) if text.is_empty() => assert_eq!(said, "none"),
                serde_json::Value::String(text) => assert_eq!(said, text, "{name}"),
                // Made of another setting, which the page says.
                serde_json::Value::Null => assert!(said.len() > 3, "{name}"),
                other => assert_eq!(said, &other.to_string(), "{name}"),
            }
        }
    }

    #[test]
    fn the_secret_stands_beside_the_database() {
        let beside = |database| beside_database(database, "firstkey.secret");
        assert_eq!(beside("sqlite:firstkey.db"), Path::new("firstkey.secret"));
        assert_eq!(
            beside("sqlite:/var/lib/fk/db.sqlite?x=1"),
            Path::new("/var/lib/fk/firstkey.secret")
        );
        assert_eq!(beside("sqlite:///var/lib/fk/db"), Path::new("/var/lib/fk/firstkey.secret"));
        assert_eq!(beside("postgres://h/db"), Path::new("firstkey.secret"));
    }

    #[test]
    fn what_a_file_holds_is_not_shown() {
        let message = "TOML parse error at line 12, column 3\n   |\n12 | database = \"hush\n   |  ^\n\
                       invalid string in a.toml";
        let shown = "TOML parse error at line 12, column 3 invalid string in a.toml";
        assert_eq!(without_excerpt(message), shown);
        assert_eq!(without_excerpt("a || b"), "a || b");
    }

    #[test]
    fn mistakes_are_named() {
        let check = |change: fn(&mut Raw)| {
            let mut raw = Raw::default();
            change(&mut raw);
            Config::check(raw).map_err(|error| error.to_string())
        };
        assert!(check(|_| ()).is_ok());
        assert!(check(|raw| raw.listen = "8080".into()).unwrap_err().starts_with("listen:"));
        let proxies = check(|raw| raw.trusted_proxies = "10.0.0.0/8, ::1".into()).unwrap();
        assert_eq!(proxies.trusted_proxies.len(), 2);
        let metrics = check(|raw| raw.metrics_listen = "127.0.0.1:9464".into()).unwrap();
        assert_eq!(metrics.metrics_listen.map(|address| address.port()), Some(9464));
        let public = check(|raw| raw.metrics_listen = "127.0.0.1:8080".into()).unwrap_err();
        assert!(public.contains("an address of its own"), "{public}");
        assert!(check(|raw| raw.metrics_listen = "on".into()).unwrap_err().contains("on"));
        assert!(check(|raw| raw.drain_seconds = 301).unwrap_err().contains("300"));
        let otlp = |url: &'static str| {
            let raw = Raw { otlp_endpoint: url.into(), ..Raw::default() };
            Config::check(raw).map_err(|error| error.to_string())
        };
        assert!(otlp("http://localhost:4318").unwrap().otlp_endpoint.is_some());
        for bad in ["localhost:4318", "grpc://localhost:4317", "http://me:hush@x/?y=hush"] {
            let refusal = otlp(bad).unwrap_err();
            assert!(refusal.starts_with("otlp_endpoint:") && !refusal.contains("hush"));
        }
        assert!(check(|raw| raw.key_rotation_days = 3651).unwrap_err().contains("3650"));
        assert!(check(|raw| raw.trusted_proxies = "lan".into()).unwrap_err().contains("lan"));
    }

    #[test]
    fn tls_needs_a_certificate_a_key_and_https() {
        let check = |certificate: &str, key: &str, issuer: &str| {
            let issuer = issuer.parse().unwrap();
            let checked = check_tls(certificate, key, &issuer);
            checked.map(|tls| tls.is_some()).map_err(|error| error.to_string())
        };
        let https = "https://id.example";
        assert_eq!(check("", "", https), Ok(false));
        assert_eq!(check("cert.pem", "key.pem", https), Ok(true));
        assert!(check("", "key.pem", https).unwrap_err().starts_with("tls_key: tls_certificate"));
        assert!(check("cert.pem", "", https).unwrap_err().starts_with("tls_certificate: tls_key"));
        let plain = check("cert.pem", "key.pem", "http://localhost:8080").unwrap_err();
        assert!(plain.contains("an issuer that is https"), "{plain}");
    }

    #[test]
    fn a_password_in_a_file_reaches_the_database_as_it_is_and_no_message() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password").display().to_string();
        let with = |database: &str| {
            with_password(database.into(), &file).map_err(|error| error.to_string())
        };
        assert!(with("postgres://me@db/firstkey").unwrap_err().contains("No such file"));
        std::fs::write(&file, "\n").unwrap();
        assert!(with("postgres://me@db/firstkey").unwrap_err().ends_with("is empty"));
        std::fs::write(&file, "hush %41@/:\u{e4}\n").unwrap();
        let url = with("postgres://me@db:5433/firstkey?sslmode=require").unwrap();
        assert_eq!(
            url,
            "postgres://me:hush%20%2541%40%2F%3A%C3%A4@db:5433/firstkey?sslmode=require"
        );
        for database in [
            "postgres://me:other@db/firstkey",
            "postgres://me@db/firstkey?password=other",
            "postgres:firstkey",
            "firstkey",
        ] {
            let refusal = with(database).unwrap_err();
            assert!(refusal.contains("without a password"), "{database}: {refusal}");
            assert!(!refusal.contains("hush") && !refusal.contains("other"), "{refusal}");
        }
        assert_eq!(with_password("firstkey".into(), "").unwrap(), "firstkey");
        assert_eq!(with("sqlite:firstkey.db").unwrap(), "sqlite:firstkey.db");
    }

    #[test]
    fn mail_needs_a_server_and_an_address_and_keeps_the_password_to_itself() {
        let check = |url: &str, from: &str| {
            let checked = check_mail(url.into(), from.into());
            checked.map(|mail| mail.map(|mail| mail.from)).map_err(|error| error.to_string())
        };
        let from = "Firstkey <no-reply@example.com>";
        assert!(check("", "").unwrap().is_none());
        let kept = check("smtps://me:hush@mail.example.com", from).unwrap();
        assert_eq!(kept.as_deref(), Some(from));
        check("smtp://localhost:2525", "no-reply@example.com").unwrap();
        assert!(check("", from).unwrap_err().starts_with("mail_from: smtp_url is needed"));
        assert!(check("smtp://localhost", "").unwrap_err().starts_with("smtp_url: mail_from"));
        for bad in ["me:hush@mail.example.com", "https://me:hush@mail.example.com", "smtp:hush"] {
            let refusal = check(bad, from).unwrap_err();
            assert!(refusal.starts_with("smtp_url:") && !refusal.contains("hush"), "{refusal}");
        }
        assert!(check("smtp://localhost", "nobody").unwrap_err().starts_with("mail_from:"));
    }
}
