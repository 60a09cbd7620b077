//! Configuration: defaults < file < environment < flags, checked once into one typed [`Config`].

mod check;
mod raw;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

pub use self::raw::Flags;

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
        check::check(raw::read(flags)?)
    }

    /// Whether browsers reach us by https, so that cookies can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.issuer.scheme() == "https"
    }
}
