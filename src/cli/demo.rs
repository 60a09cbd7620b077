//! `firstkey demo`: everything at once, with throwaway data.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::output::{Output, Reply};
use super::pass::PassView;
use super::runtime;
use crate::config::{Config, Flags};
use crate::demo::{DemoApp, DemoSettings};
use crate::domain::client::ClientSettings;
use crate::domain::id::ClientId;
use crate::domain::pass::PassRequest;
use crate::domain::role::Role;
use crate::server::Server;
use crate::service::Services;
use crate::service::caller::Caller;
use crate::service::passes::IssuedPass;
use crate::service::users::NewUser;

/// How long the demo's passes work, in minutes: a working day.
const LIFETIME: i64 = 8 * 60;
/// The application's `client_id`.
const CLIENT_ID: &str = "demo-app";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The port of the server
    #[arg(long, default_value = "8080", value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// The port of the demo application
    #[arg(long, default_value = "8081", value_parser = clap::value_parser!(u16).range(1..))]
    app_port: u16,
}

/// What was made up for the demo.
#[derive(Debug)]
struct World {
    ada: IssuedPass,
    grace: IssuedPass,
    app: DemoSettings,
}

pub(super) async fn run(args: Args, flags: &Flags, output: Output) -> anyhow::Result<()> {
    let Args { port, app_port } = args;
    if port == app_port {
        bail!("--port and --app-port must differ");
    }
    let folder = tempfile::Builder::new()
        .prefix("firstkey-demo-")
        .tempdir()
        .context("no temporary folder can be made")?;
    let config = config(port, flags, folder.path())?;
    let log = config.log.clone();
    let stop = runtime::stop_signal()?;
    let services = runtime::open(&config).await?;
    let server = Server::bind(config, services.clone())
        .await
        .map_err(|error| anyhow!(in_the_way(&error, port, "--port")))?;
    let listener = TcpListener::bind(local(app_port))
        .await
        .map_err(|error| anyhow!(in_the_way(&error, app_port, "--app-port")))?;
    let world = populate(&services, app_port).await?;
    // Only now, so that the guide is not lost among what making the data has to say.
    runtime::start_log(&log)?;
    let app = DemoApp::new(world.app.clone())?;
    output.print(&guide(&world)?)?;
    let outcome = tokio::try_join!(server.run(stop.clone()), app.run(listener, stop));
    services.store.close().await;
    outcome.map_err(|error| anyhow!("the demo stopped: {error}"))?;
    folder.close().context("the temporary folder cannot be removed")
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn in_the_way(error: &std::io::Error, port: u16, flag: &str) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            format!("port {port} is in use by another program; choose another with {flag} PORT")
        }
        _ => format!("cannot listen on port {port}: {error}; choose another with {flag} PORT"),
    }
}

/// A configuration of the demo's own: of what the person set up, only the log and the looks count.
fn config(port: u16, flags: &Flags, folder: &Path) -> anyhow::Result<Config> {
    let taken = [
        ("--issuer", flags.issuer.is_some()),
        ("--listen", flags.listen.is_some()),
        ("--database", flags.database.is_some()),
        ("--secret-file", flags.secret_file.is_some()),
        ("--tls-certificate", flags.tls_certificate.is_some()),
    ];
    if let Some((flag, _)) = taken.into_iter().find(|(_, given)| *given) {
        bail!("the demo does not take {flag}: its data and addresses are its own");
    }
    let flags = Flags {
        issuer: Some(format!("http://localhost:{port}")),
        listen: Some(local(port).to_string()),
        database: Some(format!("sqlite:{}", folder.join("demo.db").display())),
        secret_file: Some(folder.join("demo.secret")),
        // Whatever the environment says.
        tls_certificate: Some(PathBuf::new()),
        tls_key: Some(PathBuf::new()),
        ..flags.clone()
    };
    Ok(Config::load(&flags)?)
}

/// Makes groups, people, passes and the application.
async fn populate(services: &Services, app_port: u16) -> anyhow::Result<World> {
    let operator = &Caller::OPERATOR;
    for group in ["Staff", "New starters"] {
        services.add_group(operator, group).await?;
    }
    let people = [
        ("ada", "Ada Lovelace", "New starters", None),
        ("grace", "Grace Hopper", "Staff", Some(Role::GlobalAdministrator)),
        ("linus", "Linus Pauling", "Staff", None),
    ];
    for (username, display_name, group, role) in people {
        let new = NewUser {
            username: username.into(),
            display_name: Some(display_name.into()),
            email: Some(format!("{username}@example.com")),
            roles: role.into_iter().collect::<BTreeSet<_>>(),
            groups: vec![group.into()],
            ..NewUser::default()
        };
        services.add_user(operator, new).await?;
    }
    let ada = issue(services, "ada", false).await?;
    let grace = issue(services, "grace", true).await?;
    // Browsers leave out the port that goes without saying.
    let url = match app_port {
        80 => "http://localhost".to_owned(),
        port => format!("http://localhost:{port}"),
    };
    let settings = ClientSettings {
        client_name: "Demo App".into(),
        redirect_uris: vec![format!("{url}/callback")],
        post_logout_redirect_uris: vec![format!("{url}/")],
        ..ClientSettings::default()
    };
    let id = Some(ClientId(CLIENT_ID.into()));
    let client = services.add_client(operator, id, settings, false).await?;
    let secret = client.secret.as_ref().map(|secret| secret.reveal().to_owned());
    let app = DemoSettings {
        issuer: services.issuer_text().to_owned(),
        url,
        client_id: client.client.id.0,
        client_secret: secret.unwrap_or_default(),
        hint: Some(format!("Sign in as ada with the pass {}.", ada.value.reveal_grouped())),
    };
    Ok(World { ada, grace, app })
}

async fn issue(services: &Services, username: &str, once: bool) -> anyhow::Result<IssuedPass> {
    let request =
        PassRequest { lifetime_minutes: Some(LIFETIME), one_time: Some(once), start: None };
    Ok(services.issue_pass(&Caller::OPERATOR, username, request).await?)
}

/// What to open and what to type.
fn guide(world: &World) -> anyhow::Result<Reply> {
    let World { ada, grace, app } = world;
    let DemoSettings { issuer, url, .. } = app;
    let text = format!(
        "Firstkey demo. All data is made up and gone when you stop it.

  1  Open {url}
  2  Press \"Sign in with Firstkey\"
  3  Username  ada
  4  Pass      {ada_pass}   (works for 8 hours, as often as you like)
  5  Register a passkey: you come back to the application, signed in
  6  Sign out and in again: with your passkey, without the pass

Also there
  grace  a global administrator with the one-time pass {grace_pass}
  linus  somebody who has neither a pass nor a key
  {issuer}  the server: everybody's own page
  {issuer}/admin  the admin portal: come in as grace
  {issuer}/docs/api  the API
  {issuer}/.well-known/openid-configuration

Stop with Ctrl-C.
",
        ada_pass = ada.value.reveal_grouped(),
        grace_pass = grace.value.reveal_grouped(),
    );
    let json = json!({
        "issuer": issuer,
        "app": {
            "url": url,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        },
        "users": [
            person("ada", Some(ada)),
            person("grace", Some(grace)),
            person("linus", None),
        ],
    });
    Reply::new(&json, text)
}

fn person(username: &str, pass: Option<&IssuedPass>) -> Value {
    json!({ "username": username, "temporaryAccessPass": pass.map(PassView::issued) })
}
