//! The servers that are compared, ready to be loaded.

use std::cell::RefCell;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use firstkey::config::{Config, Flags};
use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::client::{ClientSettings, GrantType, SigningAlgorithm};
use firstkey::domain::id::ClientId;
use firstkey::domain::pass::PassRequest;
use firstkey::domain::time::SystemClock;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use firstkey::service::{Services, Setup};
use firstkey::store::Store;
use reqwest::cookie::{CookieStore as _, Jar};
use url::Url;

use crate::lanes::{CHALLENGE, CLIENT_ID, People, Person, Place, REDIRECT_URI, VERIFIER};
use crate::process::{self, Process};
use crate::support::app::Registered;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, Visitor};

/// A server under load.
pub struct Server {
    pub name: &'static str,
    pub process: Process,
    pub issuer: String,
    pub place: Place,
    pub people: People,
    /// Who has a pass and has not been here yet: username and pass.
    pub newcomers: Vec<(String, String)>,
}

impl Server {
    /// What an application is registered as.
    pub fn registered(&self) -> Registered {
        Registered {
            id: CLIENT_ID.into(),
            secret: self.place.secret.clone(),
            redirect_uri: REDIRECT_URI.into(),
        }
    }
}

/// The floor, with a document of Firstkey's.
pub fn floor(folder: &Path, document: &[u8]) -> anyhow::Result<Server> {
    let port = process::free_port()?;
    let path = folder.join("document.json");
    std::fs::write(&path, document)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--be-floor").arg(port.to_string()).arg(path);
    Ok(Server {
        name: "floor",
        process: Process::start(command, port)?,
        issuer: format!("http://localhost:{port}"),
        place: Place {
            discovery: "/static",
            jwks: "/static",
            authorize: "/",
            token: "/token",
            introspection: "/token",
            userinfo: "/static",
            secret: "none".into(),
        },
        people: Vec::new(),
        newcomers: Vec::new(),
    })
}

/// oidc-provider in production mode, with its in-memory adapter.
pub fn oidc_provider() -> anyhow::Result<Server> {
    let port = process::free_port()?;
    let secret = "a-secret-of-the-bench-with-43-characters-xx";
    let mut command = Command::new("node");
    command
        .arg("server.mjs")
        .args([&port.to_string(), CLIENT_ID, secret, REDIRECT_URI])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/oidc-provider"))
        .env("NODE_ENV", "production")
        .stderr(Stdio::null());
    Ok(Server {
        name: "oidc-provider",
        process: Process::start(command, port)?,
        issuer: format!("http://localhost:{port}"),
        place: Place {
            discovery: "/.well-known/openid-configuration",
            jwks: "/jwks",
            authorize: "/auth",
            token: "/token",
            introspection: "/token/introspection",
            userinfo: "/me",
            secret: secret.into(),
        },
        people: Vec::new(),
        newcomers: Vec::new(),
    })
}

/// Signs so many people in at oidc-provider. Its memory holds a thousand things: what was there
/// before the last round is gone.
pub async fn sign_in_at_oidc_provider(server: &mut Server, count: usize) -> anyhow::Result<()> {
    server.people.clear();
    let issuer = Url::parse(&server.issuer)?;
    for _ in 0..count {
        let jar = Arc::new(Jar::default());
        let http = reqwest::Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", CLIENT_ID),
                ("response_type", "code"),
                ("scope", "openid profile email offline_access"),
                ("prompt", "consent"),
                ("redirect_uri", REDIRECT_URI),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        let mut at = issuer.join(&format!("{}?{query}", server.place.authorize))?;
        while at.as_str().starts_with(issuer.as_str()) {
            let answer = http.get(at.clone()).send().await?;
            let next = answer.headers().get("location").context("a redirect")?;
            at = at.join(next.to_str()?)?;
        }
        let code = at.query_pairs().find(|(name, _)| name == "code").context("a code")?.1;
        let answer: serde_json::Value = http
            .post(issuer.join(server.place.token)?)
            .basic_auth(CLIENT_ID, Some(&server.place.secret))
            .form(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", REDIRECT_URI),
                ("code_verifier", VERIFIER),
            ])
            .send()
            .await?
            .json()
            .await?;
        let text =
            |name: &str| answer[name].as_str().map(str::to_owned).context(answer.to_string());
        let cookies = jar.cookies(&issuer.join(server.place.authorize)?).context("cookies")?;
        server.people.push(Rc::new(RefCell::new(Person {
            cookie: cookies.to_str()?.to_owned(),
            refresh: text("refresh_token")?,
            access: text("access_token")?,
        })));
    }
    Ok(())
}

/// Where a Firstkey keeps its things, before it runs.
pub struct Prepared {
    pub config: Config,
    database: String,
    port: u16,
    pub secret: String,
    pub newcomers: Vec<(String, String)>,
}

/// Fills a new database with an application and people who have a pass. `fill` adds what else is to
/// be there.
pub async fn prepare<F>(
    folder: &Path,
    database: &str,
    newcomers: usize,
    fill: impl FnOnce(Store) -> F,
) -> anyhow::Result<Prepared>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let port = process::free_port()?;
    let config = Config::load(&Flags {
        issuer: Some(format!("http://localhost:{port}")),
        database: Some(database.to_owned()),
        secret_file: Some(folder.join("secret")),
        ..Flags::default()
    })?;
    let store = Store::open(database).await?;
    let services = Services::start(Setup {
        store: store.clone(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        master: MasterSecret::load_or_create(&config.secret_file, &SystemRandom)?,
        issuer: config.issuer.clone(),
        brand: config.brand.clone(),
        sends_mail: false,
        outbound_networks: Vec::new(),
        push_networks: Vec::new(),
    })
    .await?;
    let settings = ClientSettings {
        client_name: "Bench".into(),
        redirect_uris: vec![REDIRECT_URI.into()],
        grant_types: vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::ClientCredentials,
        ],
        id_token_signed_response_alg: SigningAlgorithm::Es256,
        ..ClientSettings::default()
    };
    let id = Some(ClientId(CLIENT_ID.into()));
    let client = services.add_client(&Caller::OPERATOR, id, settings, false).await?;
    let secret = client.secret.context("a secret")?.reveal().to_owned();
    let mut all = Vec::new();
    for number in 0..newcomers {
        let username = format!("newcomer-{number}");
        let new = NewUser {
            username: username.clone(),
            display_name: Some(format!("Newcomer {number}")),
            email: Some(format!("{username}@example.com")),
            ..NewUser::default()
        };
        services.add_user(&Caller::OPERATOR, new).await?;
        let issued =
            services.issue_pass(&Caller::OPERATOR, &username, PassRequest::default()).await?;
        all.push((username, issued.value.reveal_grouped()));
    }
    // Who is signed in with one key gets a code without a page.
    let one = serde_json::Map::from_iter([("recommendedMethods".to_owned(), 1.into())]);
    services.change_policy(&Caller::OPERATOR, "Registration", one).await?;
    fill(store.clone()).await?;
    services.seal_audit().await?;
    store.close().await;
    Ok(Prepared { config, database: database.to_owned(), port, secret, newcomers: all })
}

impl Prepared {
    /// Starts the program on it, and signs `people` of the newcomers in.
    pub async fn start(
        self,
        name: &'static str,
        program: &str,
        people: usize,
    ) -> anyhow::Result<Server> {
        let Self { config, database, port, secret, mut newcomers } = self;
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env("FIRSTKEY_ISSUER", config.issuer.as_str())
            .env("FIRSTKEY_LISTEN", format!("127.0.0.1:{port}"))
            .env("FIRSTKEY_DATABASE", &database)
            .env("FIRSTKEY_SECRET_FILE", &config.secret_file)
            .env("FIRSTKEY_LIMIT_PER_ADDRESS", "0")
            .env("FIRSTKEY_LIMIT_GLOBAL", "0")
            .stderr(Stdio::null());
        if let Ok(log) = std::env::var("FIRSTKEY_LOG") {
            command.env("FIRSTKEY_LOG", log);
        }
        let process = Process::start(command, port)?;
        let mut server = Server {
            name,
            process,
            issuer: format!("http://localhost:{port}"),
            place: Place {
                discovery: "/.well-known/openid-configuration",
                jwks: "/jwks",
                authorize: "/authorize",
                token: "/token",
                introspection: "/introspect",
                userinfo: "/userinfo",
                secret,
            },
            people: Vec::new(),
            newcomers: Vec::new(),
        };
        for (username, pass) in newcomers.drain(..people) {
            let person = signed_in(&server, &username, &pass).await?;
            server.people.push(Rc::new(RefCell::new(person)));
        }
        server.newcomers = newcomers;
        Ok(server)
    }
}

/// A person's first day, over HTTP and with a passkey in software, until the application has tokens.
pub async fn day_one(server: &Server, username: &str, pass: &str) -> anyhow::Result<()> {
    let mut visitor = Visitor::new(&server.issuer);
    let request = Request::of(&server.registered());
    let mut device = SoftAuthenticator::new();
    let code = visitor.day_one(&request, username, pass, &mut device).await.code();
    let (status, answer) = visitor.redeem(&request, &code).await;
    ensure!(status == 200, "{answer}");
    Ok(())
}

/// The same, and then in another browser with the passkey alone.
async fn signed_in(server: &Server, username: &str, pass: &str) -> anyhow::Result<Person> {
    let request = Request::of(&server.registered());
    let mut device = SoftAuthenticator::new();
    let first = Visitor::new(&server.issuer).day_one(&request, username, pass, &mut device).await;
    ensure!(!first.code().is_empty(), "a code");
    let mut visitor = Visitor::new(&server.issuer);
    visitor.authorize(&request).await.page();
    let code = visitor.use_passkey(&mut device).await.code();
    let (status, answer) = visitor.redeem(&request, &code).await;
    ensure!(status == 200, "{answer}");
    let text = |name: &str| answer[name].as_str().map(str::to_owned).context(answer.to_string());
    let port = server.process.address.port();
    let cookies = visitor.cookies();
    ensure!(cookies.len() == 1, "one cookie, not {}", cookies.len());
    Ok(Person {
        cookie: format!("firstkey-{port}={}", cookies[0]),
        refresh: text("refresh_token")?,
        access: text("access_token")?,
    })
}
