//! `firstkey device`: devices that people have set up. `join`, `token`, `status` and `leave` run on
//! the device itself and need nothing but the address of the server; `list`, `show` and `rm` are the
//! operator's, on the database.
// Comments on arguments are help texts, which a terminal shows as they are.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

mod code;
mod provider;
mod proving;
mod run;
mod state;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{Reply, Table, fields, moment};
use super::parse_as;
use crate::domain::error::Invalid;
use crate::domain::id::ClientId;
use crate::domain::registered_device::{CLIENT_ID, RegisteredDevice};
use crate::domain::user::User;
use crate::service::Services;
use crate::service::caller::Caller;

pub(super) use run::run as run_on_device;

/// How many devices are read at a time.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// On a device: set it up for somebody, who allows it in a browser
    Join(Box<Join>),
    /// On a device: print a fresh access token
    Token(Token),
    /// On a device: say for whom it is set up, and whether it still is
    Status(Place),
    /// On a device: sign it out, and delete its key
    Leave(Leave),
    /// List devices that people have set up
    List {
        /// Only those of one person: a username or id
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
    /// Show a device
    Show {
        /// Its id
        id: String,
    },
    /// Remove a device: it is signed out at once
    Rm {
        /// Its id
        id: String,
    },
}

/// Where a device keeps its key and its tokens.
#[derive(Clone, Debug, Args)]
pub(super) struct Place {
    /// The folder in which the device keeps its key and its tokens [default: firstkey-device in the
    /// state folder of systemd or of the user]
    #[arg(long, value_name = "DIR", env = "FIRSTKEY_DEVICE_STATE")]
    state: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Join {
    /// The client id of the device client
    #[arg(long, value_name = "CLIENT_ID", default_value = CLIENT_ID, value_parser = parse_as::<ClientId>)]
    client_id: ClientId,
    /// What the device is called [default: its host name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What runs on it [default: the name of the system]
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// A scope to ask for beside openid and offline_access; may be given several times [default:
    /// profile]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A resource that the tokens are for (RFC 8707); may be given several times
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// For first-boot scripts: no QR code
    #[arg(long)]
    non_interactive: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct Token {
    /// The address that it will be sent to: then both headers of that request are printed, with a
    /// proof that is good for it alone
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The method of that request
    #[arg(long, value_name = "METHOD", default_value = "GET", requires = "url")]
    method: String,
    /// The nonce that the server at that address asked for (RFC 9449, section 9)
    #[arg(long, value_name = "NONCE", requires = "url")]
    nonce: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct Leave {
    /// Delete the key and the tokens even where the server cannot be told
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    place: Place,
}

/// Wrong usage that is seen only once the command runs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) &'static str);

impl Command {
    /// Whether it runs on a device, without a database.
    pub(super) fn is_of_device(&self) -> bool {
        matches!(self, Self::Join(_) | Self::Token(_) | Self::Status(_) | Self::Leave(_))
    }
}

/// What an operator does.
pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::List { user } => list(services, user.as_deref()).await,
        Command::Show { id } => {
            let (device, owner) = services.find_device(&Caller::OPERATOR, &id).await?;
            Reply::new(&view(&device, &owner), describe(&device, &owner))
        }
        Command::Rm { id } => {
            let (device, owner) = services.find_device(&Caller::OPERATOR, &id).await?;
            services.remove_device(&Caller::OPERATOR, &owner, device.id).await?;
            let text = format!("Removed {} of {}.", device.line(), owner.username.as_str());
            Reply::new(&json!({ "id": device.id, "removed": true }), text)
        }
        // These were run before a database was opened.
        Command::Join(_) | Command::Token(_) | Command::Status(_) | Command::Leave(_) => {
            Ok(Reply::empty())
        }
    }
}

async fn list(services: &Services, user: Option<&str>) -> anyhow::Result<Reply> {
    let mut found = Vec::new();
    if let Some(name) = user {
        let owner = services.find_user(name).await?;
        found.extend(services.devices_of(&owner).await?);
    } else {
        let mut after = String::new();
        loop {
            let page = services.list_devices(&Caller::OPERATOR, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.to_string();
            found.extend(page);
        }
    }
    let mut table = Table::new(
        &["ID", "USER", "NAME", "PLATFORM", "ADDED", "LAST SEEN"],
        "There are no devices.",
    );
    let mut views = Vec::new();
    for device in &found {
        let owner = services.find_user(&device.user_id.to_string()).await?;
        table.row(vec![
            device.id.to_string(),
            owner.username.as_str().to_owned(),
            device.name.clone(),
            device.platform.clone().unwrap_or_else(|| "–".into()),
            moment(device.created_at),
            moment(device.last_seen_at),
        ]);
        views.push(view(device, &owner));
    }
    Reply::list(views, &table)
}

fn view(device: &RegisteredDevice, owner: &User) -> Value {
    json!({
        "id": device.id,
        "displayName": device.name,
        "operatingSystem": device.platform,
        "userId": owner.id,
        "userPrincipalName": owner.username.as_str(),
        "appId": device.client_id,
        "keyThumbprint": device.thumbprint,
        "registrationDateTime": device.created_at,
        "approximateLastSignInDateTime": device.last_seen_at,
        "ipAddress": device.address,
    })
}

fn describe(device: &RegisteredDevice, owner: &User) -> String {
    fields(&[
        ("Id", device.id.to_string()),
        ("Name", device.name.clone()),
        ("Platform", device.platform.clone().unwrap_or_default()),
        ("User", owner.username.as_str().to_owned()),
        ("Application", device.client_id.to_string()),
        ("Key", device.thumbprint.clone()),
        ("Added", moment(device.created_at)),
        ("Last seen", moment(device.last_seen_at)),
        ("From", device.address.clone().unwrap_or_default()),
    ])
}

/// An error for people, where the domain names a field.
fn invalid(invalid: &Invalid) -> anyhow::Error {
    anyhow::anyhow!("{}", invalid.message.english())
}
