//! `firstkey upstream`: providers that say who somebody is until they have a key here.
// Comments on arguments are help texts, which a terminal shows as they are.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use zeroize::Zeroizing;

use super::output::{Reply, Table, fields, moment, or_dash, yes_no};
use super::parse_as;
use crate::domain::time::Timestamp;
use crate::domain::upstream::{LinkBy, NameClaim, Upstream, UpstreamId, UpstreamSettings};
use crate::service::Services;
use crate::service::caller::Caller;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a provider
    Add(Box<Add>),
    /// List providers
    List,
    /// Show a provider, and the redirect URI to register there
    Show {
        /// Its id
        id: String,
    },
    /// Change a provider; what is not named stays, and its issuer always does
    Set(Box<Set>),
    /// Remove a provider, with its links
    Rm {
        /// Its id
        id: String,
    },
    /// Link an account of a provider to a person
    Link {
        /// The provider's id
        id: String,
        /// The account: its sub there
        subject: String,
        /// The person's username or id
        user: String,
    },
    /// Part a person from their account at a provider
    Unlink {
        /// The provider's id
        id: String,
        /// The person's username or id
        user: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// A short name for addresses and commands: lower-case letters, digits and dashes
    #[arg(value_parser = parse_as::<UpstreamId>)]
    id: UpstreamId,
    /// Its issuer, to the letter
    #[arg(value_name = "ISSUER")]
    url: String,
    /// The name that people see
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Our client id there
    #[arg(long, value_name = "CLIENT_ID")]
    client_id: String,
    /// A file with our secret there, or - for standard input [default: we are a public client]
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// A scope to ask for, beside openid; may be given several times [default: profile and email]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The claim that names somebody: preferred_username, email (where it is verified) or sub
    #[arg(long, value_name = "CLAIM", default_value = "preferred_username", value_parser = parse_as::<NameClaim>)]
    claim: NameClaim,
    /// What that is compared with when an account comes for the first time: none (only accounts
    /// that you link come in), username, email or externalId
    #[arg(long, value_name = "WHAT", default_value = "none", value_parser = parse_as::<LinkBy>)]
    link_existing_by: LinkBy,
    #[command(flatten)]
    served: Served,
    /// Add people whom nobody here knows
    #[arg(long)]
    provision: bool,
    /// Let it open accounts that hold an admin role, too
    #[arg(long)]
    admins: bool,
}

/// Whom a provider serves.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
struct Served {
    /// A domain of the usernames that it serves, such as @example.com; may be given several times
    #[arg(long = "domain", value_name = "DOMAIN")]
    domains: Vec<String>,
    /// It serves every username
    #[arg(long)]
    everybody: bool,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Its id
    id: String,
    #[command(flatten)]
    change: Change,
}

/// What is named is replaced; what is not named stays.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Change {
    /// The name that people see
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Our client id there
    #[arg(long, value_name = "CLIENT_ID")]
    client_id: Option<String>,
    /// A file with our new secret there, or - for standard input
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// A scope to ask for from now on; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Option<Vec<String>>,
    /// The claim that names somebody: preferred_username, email or sub
    #[arg(long, value_name = "CLAIM", value_parser = parse_as::<NameClaim>)]
    claim: Option<NameClaim>,
    /// What that is compared with: none, username, email or externalId
    #[arg(long, value_name = "WHAT", value_parser = parse_as::<LinkBy>)]
    link_existing_by: Option<LinkBy>,
    /// A domain that it serves from now on; may be given several times
    #[arg(long = "domain", value_name = "DOMAIN", conflicts_with = "everybody")]
    domains: Option<Vec<String>>,
    /// It serves every username from now on
    #[arg(long)]
    everybody: bool,
    /// Whether people are added whom nobody here knows
    #[arg(long, value_name = "BOOL")]
    provision: Option<bool>,
    /// Whether it may open accounts that hold an admin role
    #[arg(long, value_name = "BOOL")]
    admins: Option<bool>,
    /// Let people in through it again
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Let nobody in through it any more
    #[arg(long)]
    disable: bool,
}

/// A provider in JSON. Its secret is not among it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: UpstreamId,
    #[serde(flatten)]
    settings: UpstreamSettings,
    has_secret: bool,
    enabled: bool,
    redirect_uri: String,
    links: u32,
    created_date_time: Timestamp,
}

async fn view(services: &Services, upstream: &Upstream) -> anyhow::Result<View> {
    Ok(View {
        id: upstream.id.clone(),
        settings: upstream.settings.clone(),
        has_secret: upstream.sealed_secret.is_some(),
        enabled: upstream.enabled,
        redirect_uri: services.upstream_redirect_uri(upstream),
        links: services.count_upstream_links(upstream).await?,
        created_date_time: upstream.created_at,
    })
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    let operator = &Caller::OPERATOR;
    match command {
        Command::Add(add) => {
            let secret = add.client_secret_file.as_deref().map(secret).transpose()?;
            let secret = secret.as_ref().map(|text| text.as_str());
            let id = add.id.clone();
            let upstream = services.add_upstream(operator, id, settings(*add), secret).await?;
            show(services, &upstream).await
        }
        Command::List => {
            let upstreams = services.list_upstreams().await?;
            let headings = ["ID", "NAME", "ISSUER", "SERVES", "ENABLED"];
            let mut table = Table::new(&headings, "There are no upstreams.");
            let mut views = Vec::new();
            for upstream in &upstreams {
                table.row(vec![
                    upstream.id.to_string(),
                    upstream.settings.display_name.clone(),
                    upstream.settings.issuer.clone(),
                    serves(&upstream.settings),
                    yes_no(upstream.enabled),
                ]);
                views.push(view(services, upstream).await?);
            }
            Reply::list(views, &table)
        }
        Command::Show { id } => show(services, &services.find_upstream(&id).await?).await,
        Command::Set(set) => {
            let Set { id, change } = *set;
            let secret = change.client_secret_file.as_deref().map(secret).transpose()?;
            let secret = secret.as_ref().map(|text| text.as_str());
            let edit = |settings: &mut UpstreamSettings, enabled: &mut bool| {
                change.apply(settings, enabled);
                Ok(())
            };
            let upstream = services.edit_upstream(operator, &id, secret, edit).await?;
            show(services, &upstream).await
        }
        Command::Rm { id } => {
            let upstream = services.remove_upstream(operator, &id).await?;
            let json = serde_json::json!({ "id": upstream.id, "removed": true });
            Reply::new(&json, format!("Removed {}.", upstream.id))
        }
        Command::Link { id, subject, user } => {
            let link = services.link_upstream(operator, &id, &subject, &user).await?;
            let json = serde_json::json!({
                "id": id, "subject": link.subject, "userId": link.user_id,
            });
            Reply::new(&json, format!("Linked {subject} of {id} to {user}."))
        }
        Command::Unlink { id, user } => {
            services.unlink_upstream(operator, &id, &user).await?;
            let json = serde_json::json!({ "id": id, "user": user, "unlinked": true });
            Reply::new(&json, format!("Parted {user} from {id}."))
        }
    }
}

async fn show(services: &Services, upstream: &Upstream) -> anyhow::Result<Reply> {
    let view = view(services, upstream).await?;
    let settings = &upstream.settings;
    let text = fields(&[
        ("Id", upstream.id.to_string()),
        ("Name", settings.display_name.clone()),
        ("Issuer", settings.issuer.clone()),
        ("Client id", settings.client_id.clone()),
        ("Secret", yes_no(view.has_secret)),
        ("Redirect URI", view.redirect_uri.clone()),
        ("Scopes", or_dash(&settings.scopes)),
        ("Serves", serves(settings)),
        ("Claim", settings.claim.name().to_owned()),
        ("Links by", settings.link_existing_by.name().to_owned()),
        ("Linked", view.links.to_string()),
        ("Adds people", yes_no(settings.provision)),
        ("Lets admins in", yes_no(settings.admins)),
        ("Enabled", yes_no(upstream.enabled)),
        ("Added", moment(upstream.created_at)),
    ]);
    Reply::new(&view, text)
}

fn serves(settings: &UpstreamSettings) -> String {
    if settings.everybody { "everybody".into() } else { or_dash(&settings.domains) }
}

fn settings(add: Add) -> UpstreamSettings {
    let usual = || vec!["profile".to_owned(), "email".to_owned()];
    UpstreamSettings {
        display_name: add.name,
        issuer: add.url,
        client_id: add.client_id,
        scopes: if add.scopes.is_empty() { usual() } else { add.scopes },
        claim: add.claim,
        link_existing_by: add.link_existing_by,
        everybody: add.served.everybody,
        domains: add.served.domains,
        provision: add.provision,
        admins: add.admins,
    }
}

impl Change {
    fn apply(self, settings: &mut UpstreamSettings, enabled: &mut bool) {
        fn put<T>(field: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *field = new;
            }
        }
        put(&mut settings.display_name, self.name);
        put(&mut settings.client_id, self.client_id);
        put(&mut settings.scopes, self.scopes);
        put(&mut settings.claim, self.claim);
        put(&mut settings.link_existing_by, self.link_existing_by);
        put(&mut settings.provision, self.provision);
        put(&mut settings.admins, self.admins);
        if let Some(domains) = self.domains {
            (settings.domains, settings.everybody) = (domains, false);
        }
        if self.everybody {
            (settings.domains, settings.everybody) = (Vec::new(), true);
        }
        if self.enable || self.disable {
            *enabled = self.enable;
        }
    }
}

/// A secret out of a file: on the command line everybody on the machine could read it.
fn secret(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
    } else {
        let read = std::fs::read_to_string(path);
        *text = read.with_context(|| format!("{}", path.display()))?;
    }
    Ok(text)
}
