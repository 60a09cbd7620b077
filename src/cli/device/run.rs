//! What runs on a device: it needs the address of a server, and no database.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::time::Duration;

use anyhow::{Context, bail};
use openidconnect::OAuth2TokenResponse;
use openidconnect::core::CoreDeviceAuthorizationResponse;
use serde_json::json;
use url::Url;

use super::provider::{Asking, Provider, issuer, lifetime};
use super::proving::Proving;
use super::state::{Folder, Joined};
use super::{Command, Join, Leave, Place, Token, Usage, code, invalid};
use crate::cli::output::{Output, Reply, complain, fields, moment};
use crate::config::Flags;
use crate::domain::client::Scope;
use crate::domain::registered_device::{NAME_MAX, NAMELESS, PLATFORM_MAX, shown};
use crate::domain::time::{Clock, SystemClock};

/// How much longer an access token must be good for to be handed out.
const LEFT: Duration = Duration::from_secs(60);
/// What every device asks for.
const SCOPES: [&str; 2] = ["openid", "offline_access"];

/// Runs a command of a device.
pub(in crate::cli) async fn run(
    command: Command,
    flags: &Flags,
    output: Output,
) -> anyhow::Result<()> {
    let reply = match command {
        Command::Join(join) => self::join(*join, flags, output).await?,
        Command::Token(token) => self::token(token).await?,
        Command::Status(place) => status(&place).await?,
        Command::Leave(leave) => self::leave(&leave).await?,
        Command::List { .. } | Command::Show { .. } | Command::Rm { .. } => Reply::empty(),
    };
    output.print(&reply)
}

async fn join(join: Join, flags: &Flags, output: Output) -> anyhow::Result<Reply> {
    let named = flags.issuer.clone().or_else(|| std::env::var("FIRSTKEY_ISSUER").ok());
    let named = named.filter(|text| !text.is_empty());
    let Some(named) = named else {
        return Err(Usage("--issuer URL is needed: the address of the server").into());
    };
    let issuer = issuer(&named)?;
    let name = shown(&join.name.clone().unwrap_or_else(host_name), NAME_MAX);
    let name = name.unwrap_or_else(|| NAMELESS.to_owned());
    let platform = shown(&join.platform.clone().unwrap_or_else(system), PLATFORM_MAX);
    let platform = platform.unwrap_or_default();
    let mut scopes = vec!["offline_access".to_owned()];
    let usual = vec!["profile".to_owned()];
    for scope in if join.scopes.is_empty() { usual } else { join.scopes.clone() } {
        scope.parse::<Scope>().map_err(|error| invalid(&error))?;
        if !SCOPES.contains(&scope.as_str()) {
            scopes.push(scope);
        }
    }

    let folder = Folder::of(&join.place)?;
    if folder.joined()?.is_some_and(|there| there.issuer != issuer) {
        bail!("this device is set up at another server: run firstkey device leave first");
    }
    folder.create()?;
    let http = Proving::new(folder.key_or_new()?)?;
    let thumbprint = http.thumbprint();
    let provider = Provider::find(&issuer, &join.client_id.0, http).await?;
    let asking =
        Asking { scopes: &scopes, resources: &join.resources, name: &name, platform: &platform };
    let asked = provider.ask(asking).await.context("the server does not let this device ask")?;
    output.print(&waiting(&asked, join.non_interactive)?)?;
    let tokens = provider.wait(&asked).await.context("this device was not set up")?;
    let who = provider.who(&tokens)?;
    let Some(refresh_token) = tokens.refresh_token() else {
        bail!("the server sent no refresh token: {} is no device client", join.client_id);
    };
    let now = SystemClock.now();
    let joined = Joined {
        issuer,
        client_id: join.client_id.0,
        name,
        platform,
        key_thumbprint: thumbprint,
        subject: who.subject().to_string(),
        username: who.preferred_username().map(|name| name.to_string()),
        display_name: who.name().and_then(|all| all.get(None)).map(|name| name.to_string()),
        scope: granted(&tokens, &scopes),
        since: now,
        access_token: tokens.access_token().secret().clone(),
        access_token_expires_at: now.plus(lifetime(&tokens)),
        refresh_token: refresh_token.secret().clone(),
    };
    folder.put(&joined)?;
    let text = format!("{} is set up for {}.", joined.name, joined.who());
    Reply::new(&with_event("joined", &joined), text)
}

fn granted(tokens: &openidconnect::core::CoreTokenResponse, asked: &[String]) -> String {
    let granted = tokens.scopes().map(|all| all.iter().map(|one| one.as_str()).collect::<Vec<_>>());
    granted.map_or_else(|| format!("openid {}", asked.join(" ")), |all| all.join(" "))
}

/// What the person needs who is to allow this device.
fn waiting(
    asked: &CoreDeviceAuthorizationResponse,
    non_interactive: bool,
) -> anyhow::Result<Reply> {
    let page = asked.verification_uri().as_str();
    let link = asked.verification_uri_complete().map(|link| link.secret().as_str());
    let code = asked.user_code().secret();
    let until = SystemClock.now().plus(asked.expires_in());
    let mut text = format!(
        "To set up this device, open  {page}\nand type the code            {code}\n\n\
         The code works until {}.\n",
        moment(until)
    );
    let drawn = !non_interactive && io::stdout().is_terminal();
    if let Some(code) = link.filter(|_| drawn).and_then(code::drawn) {
        let _ = write!(text, "\nOr scan this with your phone, and compare the code:\n\n{code}\n");
    }
    let json = json!({
        "event": "waiting",
        "userCode": code,
        "verificationUri": page,
        "verificationUriComplete": link,
        "expiresDateTime": until,
    });
    Reply::new(&json, text)
}

/// What may be said about a device: nothing that is secret.
fn with_event(event: &str, joined: &Joined) -> serde_json::Value {
    json!({
        "event": event,
        "issuer": joined.issuer,
        "clientId": joined.client_id,
        "displayName": joined.name,
        "operatingSystem": joined.platform,
        "keyThumbprint": joined.key_thumbprint,
        "subject": joined.subject,
        "username": joined.username,
        "name": joined.display_name,
        "scope": joined.scope,
        "joinedDateTime": joined.since,
    })
}

/// What is here, and the server that gave it.
async fn at_server(folder: &Folder) -> anyhow::Result<(Joined, Provider)> {
    let joined = folder.joined()?;
    let (Some(joined), Some(key)) = (joined, folder.key()?) else {
        bail!("this device is not set up: run firstkey device join");
    };
    let http = Proving::new(key)?;
    let provider = Provider::find(&issuer(&joined.issuer)?, &joined.client_id, http).await?;
    Ok((joined, provider))
}

/// Makes sure that the access token is good for a while.
async fn freshen(
    folder: &Folder,
    provider: &Provider,
    joined: &mut Joined,
    always: bool,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    if !always && joined.access_token_expires_at > now.plus(LEFT) {
        return Ok(());
    }
    let tokens = provider.refresh(&joined.refresh_token).await?;
    joined.access_token.clone_from(tokens.access_token().secret());
    joined.access_token_expires_at = now.plus(lifetime(&tokens));
    if let Some(next) = tokens.refresh_token() {
        joined.refresh_token.clone_from(next.secret());
    }
    folder.put(joined)
}

async fn token(asked: Token) -> anyhow::Result<Reply> {
    let folder = Folder::of(&asked.place)?;
    let (mut joined, provider) = at_server(&folder).await?;
    freshen(&folder, &provider, &mut joined, false).await?;
    let token = &joined.access_token;
    let expires = joined.access_token_expires_at;
    let Some(url) = &asked.url else {
        let json = json!({
            "accessToken": token, "tokenType": "DPoP", "expiresDateTime": expires,
        });
        return Reply::new(&json, token.clone());
    };
    let url = Url::parse(url).with_context(|| format!("--url {url}"))?;
    let method = asked.method.to_ascii_uppercase();
    let proof = provider.http.proof(&method, &url, Some(token), asked.nonce)?;
    let json = json!({
        "accessToken": token, "tokenType": "DPoP", "expiresDateTime": expires, "proof": proof,
    });
    Reply::new(&json, format!("Authorization: DPoP {token}\nDPoP: {proof}"))
}

async fn status(place: &Place) -> anyhow::Result<Reply> {
    let folder = Folder::of(place)?;
    let (mut joined, provider) = at_server(&folder).await?;
    // A new token says most: whether the device is on the list, and its person may sign in.
    freshen(&folder, &provider, &mut joined, true).await?;
    if provider.takes(&joined.access_token).await? == Some(false) {
        bail!("this device is no longer set up: the server takes its token no more");
    }
    let text = fields(&[
        ("Set up for", joined.who()),
        ("At", joined.issuer.clone()),
        ("As", joined.client_id.clone()),
        ("Device", joined.name.clone()),
        ("Platform", joined.platform.clone()),
        ("Key", joined.key_thumbprint.clone()),
        ("Scopes", joined.scope.clone()),
        ("Since", moment(joined.since)),
    ]);
    Reply::new(&with_event("signedIn", &joined), text)
}

async fn leave(leave: &Leave) -> anyhow::Result<Reply> {
    let folder = Folder::of(&leave.place)?;
    if folder.joined()?.is_none() && folder.key()?.is_some() {
        // It never got further than its key.
        folder.clear()?;
        return Reply::new(&json!({ "event": "left" }), "The key of this device is deleted.");
    }
    let told = async {
        let (joined, provider) = at_server(&folder).await?;
        // One that was removed before is told so as well: there is nothing left to give back.
        provider.revoke(&joined.refresh_token).await
    };
    if let Err(error) = told.await {
        if !leave.force {
            return Err(error);
        }
        complain(&format!("warning: {error:#}"));
    }
    folder.clear()?;
    Reply::new(&json!({ "event": "left" }), "This device is signed out, and its key is deleted.")
}

fn host_name() -> String {
    let name = hostname::get().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
    // The part that people know it by.
    name.split('.').next().unwrap_or_default().to_owned()
}

/// What runs here, as people call it.
fn system() -> String {
    match std::env::consts::OS {
        "macos" => "macOS".into(),
        "windows" => "Windows".into(),
        "linux" => linux().unwrap_or_else(|| "Linux".into()),
        other => other.into(),
    }
}

/// The name of a distribution (os-release(5)).
fn linux() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release")
        .or_else(|_| std::fs::read_to_string("/usr/lib/os-release"))
        .ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned()).filter(|name| !name.is_empty())
}
