//! `firstkey serve`: the server.

use anyhow::{Context as _, anyhow};
use serde_json::json;

use super::output::{Output, Reply, moment};
use super::pass::PassView;
use super::runtime;
use crate::config::{Config, Flags};
use crate::server::Server;
use crate::server::tls::Certificate;
use crate::service::passes::IssuedPass;

pub(super) async fn run(flags: &Flags, output: Output) -> anyhow::Result<()> {
    let config = Config::load(flags)?;
    let traces = runtime::start_log_and_traces(&config)?;
    let stop = runtime::stop_signal()?;
    if let Some(files) = &config.tls {
        // Before anything else: without it nobody could be answered.
        Certificate::load(files)?;
    }
    let services = runtime::open(&config).await?;
    let listen = config.listen;
    let issuer = config.issuer.clone();
    // The listener first: a pass that is printed by a server that then fails would be lost.
    let server = Server::bind(config, services.clone()).await.map_err(|error| {
        anyhow!("cannot listen on {listen}: {error}; choose another with --listen ADDRESS:PORT")
    })?;
    if let Some(first) = services.first_admin().await? {
        output.print(&welcome(&first, services.issuer_text())?)?;
    }
    let address = server.address();
    tracing::info!(%address, issuer = services.issuer_text(), "listening");
    if let Some(address) = server.metrics_address() {
        tracing::info!(%address, "metrics");
    }
    let port = issuer.port_or_known_default();
    if issuer.scheme() == "http" && port != Some(address.port()) {
        tracing::warn!(
            %address,
            issuer = services.issuer_text(),
            "the issuer names another port than the server listens on; set --issuer to match"
        );
    }
    look_again_at_hangups(&server)?;
    let _quota = outlive_quotas();
    server.run(stop).await.map_err(|error| anyhow!("the server stopped: {error}"))?;
    services.store.close().await;
    if let Some(traces) = traces {
        traces.finish().await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// SIGHUP, which `systemctl reload` and those who renew certificates send, ends nothing: it has the
/// certificate looked at.
#[cfg(unix)]
fn look_again_at_hangups(server: &Server) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangups = signal(SignalKind::hangup()).context("SIGHUP")?;
    let look = server.look_again();
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            if let Some(look) = &look {
                look();
            } else {
                tracing::info!("there is no certificate to look at");
            }
        }
    });
    Ok(())
}

/// Elsewhere files are looked at now and then alone.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "it may fail elsewhere")]
fn look_again_at_hangups(_server: &Server) -> anyhow::Result<()> {
    Ok(())
}

/// Where a file may grow no more because of a limit on the process, the system ends it with SIGXFSZ,
/// unless somebody listens; then writing fails, as on a full disk, and is told as that.
#[cfg(target_os = "linux")]
fn outlive_quotas() -> std::io::Result<tokio::signal::unix::Signal> {
    const SIGXFSZ: i32 = 25;
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ))
}

/// Elsewhere there are other limits.
#[cfg(not(target_os = "linux"))]
fn outlive_quotas() {}

/// What whoever starts the very first server needs to know.
fn welcome(first: &IssuedPass, issuer: &str) -> anyhow::Result<Reply> {
    let username = first.user.username.as_str();
    let terms = first.status.pass.terms;
    let text = format!(
        "\
Welcome to Firstkey. There was nobody in the database, so here is your first admin.

  Open      {issuer}
  Username  {username}
  Pass      {pass}

The pass works once, until {until} ({minutes} minutes). It is shown this once.
If it runs out, issue another with: firstkey pass issue {username}
",
        pass = first.value.reveal_grouped(),
        until = moment(terms.ends_at()),
        minutes = terms.lifetime_minutes,
    );
    let json = json!({
        "issuer": issuer,
        "firstAdmin": {
            "id": first.user.id,
            "username": username,
            "temporaryAccessPass": PassView::issued(first),
        },
    });
    Reply::new(&json, text)
}
