//! What every command starts with: the log, the database, the master secret, the services.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use futures::future::{BoxFuture, FutureExt, Shared};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::Config;
use crate::crypto::master::MasterSecret;
use crate::crypto::random::SystemRandom;
use crate::domain::time::SystemClock;
use crate::service::{Services, Setup};
use crate::store::Store;
use crate::telemetry::Traces;

/// Resolves when the process is told to stop; may be awaited in several places.
pub(super) type Stop = Shared<BoxFuture<'static, ()>>;

/// Starts logging to standard error: text for a person at a terminal, JSON for a collector.
pub(super) fn start_log(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|error| anyhow!("log: {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if io::stderr().is_terminal() {
        builder.with_ansi(true).try_init()
    } else {
        // The span of the request is named once.
        builder.json().flatten_event(true).with_span_list(false).try_init()
    };
    started.map_err(|error| anyhow!("log: {error}"))
}

/// The same for a server, which also sends traces where the configuration says so. To be finished
/// before the end.
pub(super) fn start_log_and_traces(config: &Config) -> anyhow::Result<Option<Traces>> {
    let Some(endpoint) = &config.otlp_endpoint else {
        start_log(&config.log)?;
        return Ok(None);
    };
    let filter = EnvFilter::try_new(&config.log).map_err(|error| anyhow!("log: {error}"))?;
    let traces = Traces::start(endpoint)?;
    let registry = tracing_subscriber::registry().with(traces.layer());
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let started = if io::stderr().is_terminal() {
        registry.with(log.with_ansi(true).with_filter(filter)).try_init()
    } else {
        registry.with(log.json().flatten_event(true).with_filter(filter)).try_init()
    };
    started.map_err(|error| anyhow!("log: {error}"))?;
    Ok(Some(traces))
}

/// Opens the database and makes the services ready.
pub(super) async fn open(config: &Config) -> anyhow::Result<Services> {
    let store = Store::open(&config.database)
        .await
        .map_err(|error| anyhow!("{}: {error}", shown(&config.database)))?;
    // These errors say their cause themselves.
    let master = MasterSecret::load_or_create(&config.secret_file, &SystemRandom)
        .map_err(|error| anyhow!("{error}"))?;
    let setup = Setup {
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        master,
        issuer: config.issuer.clone(),
        brand: config.brand.clone(),
        sends_mail: config.mail.is_some(),
        outbound_networks: config.outbound_networks.clone(),
        push_networks: config.push_networks.clone(),
    };
    Services::start(setup).await.map_err(|error| anyhow!("{error}"))
}

/// A database URL without its password, wherever in it that stands.
pub(super) fn shown(database: &str) -> String {
    if database.starts_with("sqlite:") {
        return database.to_owned();
    }
    match url::Url::parse(database) {
        Ok(mut url) if url.has_host() => {
            if url.password().is_some() {
                // Refused only where there is no host.
                let _ = url.set_password(Some("***"));
            }
            url.set_query(None);
            url.to_string()
        }
        // Nobody can tell where in it the password is.
        _ => match database.split_once(':') {
            Some((scheme, _)) => format!("{scheme}:…"),
            None => database.to_owned(),
        },
    }
}

/// Why a request failed in the end: reqwest says only the outermost error.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        text = error.to_string();
        next = error.source();
    }
    text
}

/// Resolves at SIGINT (Ctrl-C) or SIGTERM.
pub(super) fn stop_signal() -> anyhow::Result<Stop> {
    #[cfg(unix)]
    let waiting = {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
        async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    };
    #[cfg(not(unix))]
    let waiting = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Ok(waiting.boxed().shared())
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("sqlite:a/b.db"), "sqlite:a/b.db");
        assert_eq!(shown("postgres://me:hush@db/firstkey"), "postgres://me:***@db/firstkey");
        assert_eq!(shown("postgres://db/firstkey?user=me&password=hush"), "postgres://db/firstkey");
        assert_eq!(shown("postgres://me:hush@db:123456/firstkey"), "postgres:…");
        assert_eq!(shown("postgres:me:hush@db/firstkey"), "postgres:…");
        assert_eq!(shown("firstkey.db"), "firstkey.db");
    }
}
