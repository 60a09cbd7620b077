//! `firstkey client`: applications that people sign in to.
// Comments on arguments are help texts, which a terminal shows as they are.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

mod metadata;
mod preset;
mod set;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value};

use self::metadata::{Metadata, metadata};
use self::set::Set;
use super::output::{Reply, Table, fields, moment, or_dash, yes_no};
use super::parse_as;
use crate::crypto::token::Token;
use crate::domain::client::{
    AuthMethod, Client, ClientSettings, ForwardAuth, GrantType, Lifetimes, Preset, Profile,
    Requirement, Scope, SigningAlgorithm,
};
use crate::domain::error::Invalid;
use crate::domain::id::ClientId;
use crate::domain::permission::Permission;
use crate::domain::registered_device;
use crate::pages::presets::Paste;
use crate::service::Services;
use crate::service::caller::Caller;
use crate::service::clients::NewClient;

/// How long a device stays signed in that is not removed: a year without a sign of it, five in all.
const DEVICE_LIFETIMES: Lifetimes = Lifetimes {
    code: None,
    access_token: None,
    id_token: None,
    refresh_token: Some(365 * 24 * 60 * 60),
    refresh_token_absolute: Some(5 * 365 * 24 * 60 * 60),
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an application
    Add(Box<Add>),
    /// List applications
    List,
    /// Show an application
    Show {
        /// Its client id
        id: String,
    },
    /// Change an application; what is not named stays
    Set(Box<Set>),
    /// List the presets: applications that we know, for add --preset
    Presets,
    /// Give an application a new secret; the old one is worth nothing from now on
    RenewSecret {
        /// Its client id
        id: String,
    },
    /// Make an initial access token, by which an application registers itself (RFC 7591)
    RegistrationToken {
        /// How many applications may register with it
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
        uses: u32,
        /// How long it is good for, in minutes
        #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=525_600))]
        minutes: u64,
    },
    /// Remove an application and all that it was given
    Rm {
        /// Its client id
        id: String,
    },
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Add {
    /// The name that people see
    name: String,
    /// An application that we know: its settings, and what to write on its side (firstkey client
    /// presets lists them)
    #[arg(long, value_name = "PRESET", value_parser = preset::named, conflicts_with_all = [
        "redirect_uris", "post_logout_redirect_uris", "public", "native", "grant_types",
        "permissions", "alg",
    ])]
    preset: Option<Preset>,
    /// With a preset: the address at which people open the application
    #[arg(long, value_name = "URL", requires = "preset")]
    url: Option<String>,
    /// Where codes may be sent; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out; may be given several times
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// It cannot keep a secret: a single-page or native application
    #[arg(long)]
    public: bool,
    /// It runs on the person's device, so the port of a loopback redirect URI may vary
    #[arg(long)]
    native: bool,
    /// It sets up devices: whoever allows it on one puts that device on their list [default client
    /// id: firstkey-device]
    #[arg(long, conflicts_with_all = [
        "redirect_uris", "post_logout_redirect_uris", "grant_types", "native", "preset",
        "forward_auth", "third_party",
    ])]
    device: bool,
    /// It is somebody else's, so people are asked for consent
    #[arg(long)]
    third_party: bool,
    /// A grant that it may use; may be given several times [default: authorization_code and
    /// refresh_token]
    #[arg(long = "grant-type", value_name = "GRANT", value_parser = parse_as::<GrantType>)]
    grant_types: Vec<GrantType>,
    /// A scope that it may ask for; may be given several times [default: those of OpenID
    /// Connect]
    #[arg(long = "scope", value_name = "SCOPE", value_parser = parse_as::<Scope>)]
    scopes: Vec<Scope>,
    /// A permission that it has on its own, with --grant-type client_credentials; may be given
    /// several times
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = parse_as::<Permission>)]
    permissions: Vec<Permission>,
    /// How its ID tokens are signed: RS256, ES256, PS256 or EdDSA
    #[arg(long, value_name = "ALG", default_value = "RS256", value_parser = parse_as::<SigningAlgorithm>)]
    alg: SigningAlgorithm,
    /// How strict the protocol is kept with it: default, fapi2 (FAPI 2.0 Security Profile), or
    /// legacy (it has a secret and knows no PKCE)
    #[arg(long, value_name = "PROFILE", default_value = "default", value_parser = parse_as::<Profile>)]
    profile: Profile,
    /// More settings, with the names of RFC 7591: a JSON object, or @FILE
    #[arg(long, value_name = "JSON", value_parser = metadata)]
    metadata: Option<Metadata>,
    /// The least sign-in that opens it, whatever its requests ask for: mfa, phishing-resistant,
    /// attested-key or nothing
    #[arg(long, value_name = "SIGN-IN", value_parser = parse_as::<Requirement>)]
    require: Option<Requirement>,
    /// It knows no OpenID Connect: protect it by its proxy, where people reach it at this origin
    #[arg(long, value_name = "ORIGIN", conflicts_with_all = ["redirect_uris", "grant_types", "native"])]
    forward_auth: Option<String>,
    /// With --forward-auth, a group that may open it; may be given several times [default:
    /// everybody]
    #[arg(long = "group", value_name = "GROUP", requires = "forward_auth")]
    groups: Vec<String>,
    /// Its client id: letters, digits, dots, dashes and _ [default: a new one]
    #[arg(long, value_name = "CLIENT_ID", value_parser = parse_as::<ClientId>)]
    id: Option<ClientId>,
}

/// An application in JSON, with the names of RFC 7591.
#[derive(Debug, Serialize)]
struct ClientView {
    client_id: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// What to write on the side of the application, where it came from a preset.
    #[serde(skip_serializing_if = "Option::is_none")]
    paste: Option<Value>,
    client_id_issued_at: i64,
    token_endpoint_auth_method: AuthMethod,
    enabled: bool,
    #[serde(flatten)]
    metadata: Map<String, Value>,
}

impl ClientView {
    fn new(client: &Client) -> Self {
        let mut metadata = client.settings.metadata();
        metadata.remove("token_endpoint_auth_method");
        Self {
            client_id: client.id.clone(),
            client_secret: None,
            paste: None,
            client_id_issued_at: client.created_at.seconds(),
            token_endpoint_auth_method: client.auth_method(),
            enabled: client.enabled,
            metadata,
        }
    }
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::Add(mut add) => {
            let protected = protected(services, &mut add).await?;
            if add.device {
                as_device_client(&mut add);
            }
            let (id, preset, url) = (add.id.clone(), add.preset, add.url.clone());
            let public = preset.map_or(add.public, |preset| preset.public);
            let require = add.require;
            let mut settings = settings(*add)?;
            if let Some(require) = require {
                settings.require_acr = require.class();
            }
            if protected.is_some() {
                settings.forward_auth = protected;
            }
            let new = services.add_client(&Caller::OPERATOR, id, settings, public).await?;
            let Some(preset) = preset else { return show_secret(services, new, "Registered") };
            let secret = new.secret.as_ref().map(Token::reveal);
            let base = preset.base(url.as_deref())?;
            let to = Paste::new(services.issuer_text(), &new.client, secret, &base);
            let (json, text) = preset::paste(&preset, &to)?;
            show_new(services, new, "Registered", Some(json), &text)
        }
        Command::List => {
            let clients = services.list_clients().await?;
            let headings = ["CLIENT ID", "NAME", "KIND", "REDIRECT URIS"];
            let mut table = Table::new(&headings, "There are no applications.");
            for client in &clients {
                table.row(vec![
                    client.id.to_string(),
                    client.settings.client_name.clone(),
                    kind(client).to_owned(),
                    or_dash(&client.settings.redirect_uris),
                ]);
            }
            Reply::list(clients.iter().map(ClientView::new).collect(), &table)
        }
        Command::Presets => preset::list(),
        Command::Show { id } => {
            let client = services.find_client(&id).await?;
            Reply::new(&ClientView::new(&client), describe(services, &client).await?)
        }
        Command::Set(set) => {
            let Set { id, change } = *set;
            let edit =
                |settings: &mut ClientSettings, enabled: &mut bool| change.apply(settings, enabled);
            let client = services.edit_client(&Caller::OPERATOR, &id, None, edit).await?;
            Reply::new(&ClientView::new(&client), describe(services, &client).await?)
        }
        Command::RenewSecret { id } => {
            let new = services.renew_client_secret(&Caller::OPERATOR, &id).await?;
            show_secret(services, new, "A new secret for")
        }
        Command::RegistrationToken { uses, minutes } => {
            let lifetime = Duration::from_secs(minutes * 60);
            let token =
                services.issue_registration_token(&Caller::OPERATOR, uses, lifetime).await?;
            let value = token.reveal();
            let json = serde_json::json!({ "initial_access_token": value, "uses": uses });
            let text = format!(
                "Initial access token: {value}\n\nIt is shown this once, and good for {uses} \
                 registration{} within {minutes} minutes.",
                if uses == 1 { "" } else { "s" }
            );
            Reply::new(&json, text)
        }
        Command::Rm { id } => {
            let client = services.remove_client(&Caller::OPERATOR, &id).await?;
            let name = &client.settings.client_name;
            let json = serde_json::json!({
                "client_id": client.id, "client_name": name, "removed": true,
            });
            Reply::new(&json, format!("Removed {name} ({}).", client.id))
        }
    }
}

/// What --forward-auth and --group say, and what follows from that.
async fn protected(services: &Services, add: &mut Add) -> anyhow::Result<Option<ForwardAuth>> {
    let Some(origin) = add.forward_auth.take() else { return Ok(None) };
    let mut rule = ForwardAuth { origin, groups: Vec::new() };
    for group in &add.groups {
        rule.groups.push(services.find_group(group).await?.id);
    }
    add.public = true;
    add.redirect_uris = vec![rule.redirect_uri()];
    add.post_logout_redirect_uris = vec![rule.front_door()];
    add.grant_types = vec![GrantType::AuthorizationCode];
    add.scopes = vec![Scope::OpenId];
    Ok(Some(rule))
}

/// What --device says.
fn as_device_client(add: &mut Add) {
    add.public = true;
    add.grant_types = vec![GrantType::RefreshToken, GrantType::DeviceCode];
    add.id.get_or_insert_with(|| ClientId(registered_device::CLIENT_ID.into()));
}

fn show_secret(services: &Services, new: NewClient, what: &str) -> anyhow::Result<Reply> {
    show_new(services, new, what, None, "")
}

/// An application with its secret, and what to write on its side.
fn show_new(
    services: &Services,
    new: NewClient,
    what: &str,
    paste: Option<Value>,
    paste_text: &str,
) -> anyhow::Result<Reply> {
    let NewClient { client, secret } = new;
    let secret = secret.map(|secret| secret.reveal().to_owned());
    let mut text = format!("{what} {}.\n\n", client.settings.client_name);
    text.push_str(&fields(&[
        ("Issuer", services.issuer_text().to_owned()),
        ("Client id", client.id.to_string()),
        ("Client secret", secret.clone().unwrap_or_default()),
    ]));
    if secret.is_some() {
        text.push_str("\nThe secret is shown this once and cannot be read again.");
    }
    text.push_str(paste_text);
    Reply::new(&ClientView { client_secret: secret, paste, ..ClientView::new(&client) }, text)
}

fn settings(add: Add) -> Result<ClientSettings, Invalid> {
    if let Some(preset) = &add.preset {
        let mut settings = preset.settings(&add.name, add.url.as_deref())?;
        settings.third_party = add.third_party;
        settings.profile = add.profile;
        if !add.scopes.is_empty() {
            settings.scope = add.scopes;
        }
        return add.metadata.map_or(Ok(settings.clone()), |metadata| metadata.over(&settings));
    }
    let or_all = |mut chosen: Vec<Scope>| {
        chosen.sort();
        chosen.dedup();
        if chosen.is_empty() { Scope::SIGN_IN.to_vec() } else { chosen }
    };
    let mut grant_types = add.grant_types;
    grant_types.sort();
    grant_types.dedup();
    if grant_types.is_empty() {
        grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    }
    let signs_people_in = grant_types.contains(&GrantType::AuthorizationCode)
        || grant_types.contains(&GrantType::DeviceCode);
    let settings = ClientSettings {
        client_name: add.name.trim().to_owned(),
        redirect_uris: add.redirect_uris,
        post_logout_redirect_uris: add.post_logout_redirect_uris,
        grant_types,
        scope: if signs_people_in { or_all(add.scopes) } else { add.scopes },
        application_permissions: add.permissions,
        native: add.native,
        third_party: add.third_party,
        profile: add.profile,
        id_token_signed_response_alg: add.alg,
        device_registration: add.device,
        lifetimes: if add.device { DEVICE_LIFETIMES } else { Lifetimes::default() },
        ..ClientSettings::default()
    };
    match add.metadata {
        Some(metadata) => metadata.over(&settings),
        None => Ok(settings),
    }
}

fn kind(client: &Client) -> &'static str {
    match (client.is_public(), client.settings.native) {
        (true, true) => "public, native",
        (true, false) => "public",
        (false, true) => "confidential, native",
        (false, false) => "confidential",
    }
}

async fn describe(services: &Services, client: &Client) -> anyhow::Result<String> {
    let settings = &client.settings;
    let grants: Vec<String> =
        settings.grant_types.iter().map(|grant| grant.name().to_owned()).collect();
    let permissions: Vec<String> =
        settings.application_permissions.iter().map(ToString::to_string).collect();
    let mut rows = vec![
        ("Client id", client.id.to_string()),
        ("Name", settings.client_name.clone()),
        ("Kind", kind(client).to_owned()),
        ("Redirect URIs", or_dash(&settings.redirect_uris)),
        ("After sign-out", or_dash(&settings.post_logout_redirect_uris)),
        ("Grants", or_dash(&grants)),
        ("Scopes", Scope::join(&settings.scope)),
        ("Permissions", or_dash(&permissions)),
        ("ID tokens", settings.id_token_signed_response_alg.name().to_owned()),
        ("Profile", settings.profile.name().to_owned()),
        ("Authenticates", client.auth_method().name().to_owned()),
        (
            "Requires",
            Requirement::of(settings.require_acr).map_or("", Requirement::name).to_owned(),
        ),
        ("Third party", yes_no(settings.third_party)),
        ("Enabled", yes_no(client.enabled)),
        ("Registered", moment(client.created_at)),
    ];
    if let Some(rule) = &settings.forward_auth {
        let mut groups = Vec::new();
        for (group, _) in services.list_groups().await? {
            if rule.groups.contains(&group.id) {
                groups.push(group.name);
            }
        }
        rows.push(("Protected at", rule.origin.clone()));
        let open_to = if rule.groups.is_empty() { "everybody".into() } else { or_dash(&groups) };
        rows.push(("Open to", open_to));
    }
    if let Some(trust) = &settings.external_hint {
        rows.push(("Second factor for", trust.issuer.clone()));
    }
    Ok(fields(&rows))
}
