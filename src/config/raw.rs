//! What was configured, layer upon layer, before it is checked.

use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ConfigError;

/// What was configured, as it was written. Every field has the name of its environment variable
/// without `FIRSTKEY_`, in lower case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) issuer: String,
    pub(super) listen: String,
    pub(super) database: String,
    pub(super) secret_file: Option<PathBuf>,
    pub(super) log: String,
    pub(super) brand: String,
    pub(super) trusted_proxies: String,
    pub(super) outbound_networks: String,
    pub(super) push_networks: String,
    pub(super) limit_per_address: u32,
    pub(super) limit_global: u32,
    pub(super) limit_per_application: u32,
    pub(super) key_rotation_days: u32,
    pub(super) smtp_url: String,
    pub(super) mail_from: String,
    pub(super) metrics_listen: String,
    pub(super) drain_seconds: u32,
    pub(super) otlp_endpoint: String,
    pub(super) tls_certificate: String,
    pub(super) tls_key: String,
    pub(super) database_password_file: String,
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

/// Reads every layer.
pub(super) fn read(flags: &Flags) -> Result<Raw, ConfigError> {
    let mut figment = Figment::from(Serialized::defaults(Raw::default()));
    if let Some(path) = &flags.config {
        if !path.is_file() {
            return Err(ConfigError(format!("there is no configuration file {}", path.display())));
        }
        figment = figment.merge(Toml::file_exact(path));
    }
    for (name, default) in settings()? {
        if default.is_number() {
            figment = figment.merge(Env::prefixed("FIRSTKEY_").only(&[&name]));
        } else if let Ok(value) = std::env::var(format!("FIRSTKEY_{}", name.to_uppercase())) {
            // Taken as it is written: a value such as 8080 must not become a number. Not as a bare
            // pair: figment would let that win over flags.
            figment = figment.merge(Serialized::default(&name, value));
        }
    }
    figment = figment.merge(Serialized::defaults(flags));
    figment.extract().map_err(|error| ConfigError(without_excerpt(&error.to_string())))
}

/// Every setting with its default.
fn settings() -> Result<Map<String, Value>, ConfigError> {
    match serde_json::to_value(Raw::default()) {
        Ok(Value::Object(settings)) => Ok(settings),
        _ => Err(ConfigError("the settings have no names".into())),
    }
}

/// The message without the lines of the file that it shows: they may hold a password.
fn without_excerpt(message: &str) -> String {
    let is_excerpt = |line: &&str| {
        line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|')
    };
    let lines: Vec<&str> = message.lines().filter(|line| !is_excerpt(line)).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let defaults = settings().unwrap();
        assert!(rows.keys().eq(defaults.keys().collect::<std::collections::BTreeSet<_>>()));
        for (name, value) in &defaults {
            let said = &rows[name];
            match value {
                Value::String(text) if text.is_empty() => assert_eq!(said, "none"),
                Value::String(text) => assert_eq!(said, text, "{name}"),
                // Made of another setting, which the page says.
                Value::Null => assert!(said.len() > 3, "{name}"),
                other => assert_eq!(said, &other.to_string(), "{name}"),
            }
        }
    }

    #[test]
    fn what_a_file_holds_is_not_shown() {
        let message = "TOML parse error at line 12, column 3\n   |\n12 | database = \"hush\n   |  ^\n\
                       invalid string in a.toml";
        let shown = "TOML parse error at line 12, column 3 invalid string in a.toml";
        assert_eq!(without_excerpt(message), shown);
        assert_eq!(without_excerpt("a || b"), "a || b");
    }
}
