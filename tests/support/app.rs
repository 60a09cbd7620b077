//! The real server on a throwaway database, on a port of its own, with a clock that tests move.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use firstkey::config::{Config, Flags};
use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::audit::Activity;
use firstkey::domain::client::ClientSettings;
use firstkey::domain::id::ClientId;
use firstkey::domain::pass::PassRequest;
use firstkey::domain::time::{Clock, ShiftedClock};
use firstkey::domain::user::User;
use firstkey::server::Server;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use firstkey::service::{Services, Setup};
use firstkey::store::audit::Search;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::database::{self, Engine, Given, TestDatabase};
use super::visitor::Visitor;

/// Where the applications of the tests want their answers. Nobody listens there: a
/// [`Visitor`] stops at the door.
pub const CALLBACK: &str = "https://app.example/callback";

/// A running server.
pub struct App {
    /// What it works with, for looking behind the pages.
    pub services: Services,
    /// The URL that everything public begins with.
    pub issuer: String,
    /// Its clock.
    pub clock: Arc<ShiftedClock>,
    /// Its database.
    pub database: TestDatabase,
    /// Where it tells its numbers, if it does.
    pub metrics: Option<SocketAddr>,
    secret: Arc<TempDir>,
    port: u16,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

/// An application that was registered.
#[derive(Clone, Debug)]
pub struct Registered {
    pub id: String,
    /// Empty for a public client.
    pub secret: String,
    pub redirect_uri: String,
}

impl Given for App {
    async fn given(database: TestDatabase) -> Self {
        Self::on(database).await
    }
}

impl App {
    /// A server on SQLite.
    pub async fn start() -> Self {
        Self::on(database::fresh(Engine::Sqlite).await).await
    }

    /// A server on this database.
    pub async fn on(database: TestDatabase) -> Self {
        let secret = Arc::new(TempDir::new().expect("a folder for the master secret"));
        Self::serve(database, secret, Arc::new(ShiftedClock::default()), 0).await
    }

    /// A server on SQLite at a port that is free, or any free one where it is 0.
    pub async fn at_port(port: u16) -> Self {
        let secret = Arc::new(TempDir::new().expect("a folder for the master secret"));
        let database = database::fresh(Engine::Sqlite).await;
        Self::serve(database, secret, Arc::new(ShiftedClock::default()), port).await
    }

    /// A server on SQLite whose configuration is changed first.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on_with(database::fresh(Engine::Sqlite).await, change).await
    }

    /// A server on this database whose configuration is changed first.
    pub async fn on_with(database: TestDatabase, change: impl FnOnce(&mut Config)) -> Self {
        let secret = Arc::new(TempDir::new().expect("a folder for the master secret"));
        Self::serve_with(database, secret, Arc::new(ShiftedClock::default()), 0, change).await
    }

    /// One more instance on the same database, with an address of its own.
    pub async fn another(&self) -> Self {
        self.another_with(|_| ()).await
    }

    /// The same, with a configuration that is changed first.
    pub async fn another_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let (database, secret) = (self.database.clone(), self.secret.clone());
        Self::serve_with(database, secret, self.clock.clone(), 0, change).await
    }

    async fn serve(
        database: TestDatabase,
        secret: Arc<TempDir>,
        clock: Arc<ShiftedClock>,
        port: u16,
    ) -> Self {
        Self::serve_with(database, secret, clock, port, |_| ()).await
    }

    async fn serve_with(
        database: TestDatabase,
        secret: Arc<TempDir>,
        clock: Arc<ShiftedClock>,
        port: u16,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let issuer = format!("http://localhost:{port}");
        let mut config = Config::load(&Flags {
            issuer: Some(issuer.clone()),
            database: Some(database.url.clone()),
            secret_file: Some(secret.path().join("secret")),
            ..Flags::default()
        })
        .expect("the configuration holds");
        // Every visitor names an address of its own, as a trusted proxy would.
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        // Applications of the tests listen on this machine.
        config.outbound_networks = config.trusted_proxies.clone();
        config.push_networks = config.trusted_proxies.clone();
        change(&mut config);
        let services = Services::start(Setup {
            store: database.open().await,
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            master: MasterSecret::load_or_create(&config.secret_file, &SystemRandom)
                .expect("the master secret"),
            issuer: config.issuer.clone(),
            brand: config.brand.clone(),
            sends_mail: config.mail.is_some(),
            outbound_networks: config.outbound_networks.clone(),
            push_networks: config.push_networks.clone(),
        })
        .await
        .expect("the services start");
        let server = Server::on(listener, config, services.clone()).expect("the server");
        let metrics = server.metrics_address();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        let running = Some(Running { stop, server });
        Self { services, issuer, clock, database, metrics, secret, port, running }
    }

    /// A server that is a process of its own, on this database and with this master secret.
    pub async fn beside(database: TestDatabase, secret_file: &Path, issuer: &str) -> Self {
        let clock = Arc::new(ShiftedClock::default());
        let services = Services::start(Setup {
            store: database.open().await,
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            master: MasterSecret::load_or_create(secret_file, &SystemRandom)
                .expect("the master secret"),
            issuer: issuer.parse().expect("an address"),
            brand: "Firstkey".into(),
            sends_mail: false,
            outbound_networks: vec!["127.0.0.1/32".parse().expect("a network")],
            push_networks: Vec::new(),
        });
        Self {
            services: services.await.expect("the services start"),
            issuer: issuer.into(),
            clock,
            database,
            metrics: None,
            secret: Arc::new(TempDir::new().expect("a folder")),
            port: 0,
            running: None,
        }
    }

    /// Stops the server as an operator does, and starts it again where it was.
    pub async fn restart(mut self) -> Self {
        self.stop().await;
        Self::serve(self.database.clone(), self.secret.clone(), self.clock.clone(), self.port).await
    }

    /// Stops the server.
    pub async fn stop(&mut self) {
        let Some(Running { stop, server }) = self.running.take() else { return };
        let _ = stop.send(());
        server.await.expect("the server ends").expect("the server ends well");
        self.services.store.close().await;
    }

    /// An address of the server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Moves the server's clock.
    pub fn wait(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// The server's time, in seconds.
    pub fn now(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// Adds a person.
    pub async fn person(&self, username: &str) -> User {
        let new = NewUser {
            username: username.into(),
            display_name: Some(format!("{} Example", capital(username))),
            email: Some(format!("{username}@example.com")),
            ..NewUser::default()
        };
        self.services.add_user(&Caller::OPERATOR, new).await.expect("a new person")
    }

    /// Issues a pass with the policy's defaults.
    pub async fn pass(&self, username: &str) -> String {
        self.pass_with(username, PassRequest::default()).await
    }

    /// Issues a pass that works once.
    pub async fn one_time_pass(&self, username: &str) -> String {
        self.pass_with(username, PassRequest { one_time: Some(true), ..PassRequest::default() })
            .await
    }

    /// Issues a pass.
    pub async fn pass_with(&self, username: &str, request: PassRequest) -> String {
        self.services
            .issue_pass(&Caller::OPERATOR, username, request)
            .await
            .expect("a pass")
            .value
            .reveal_grouped()
    }

    /// Registers a first-party application with a secret.
    pub async fn client(&self, id: &str) -> Registered {
        self.client_with(id, false, |_| ()).await
    }

    /// Registers an application; `change` sees its settings first.
    pub async fn client_with(
        &self,
        id: &str,
        public: bool,
        change: impl FnOnce(&mut ClientSettings),
    ) -> Registered {
        let mut settings = ClientSettings {
            client_name: "Payroll".into(),
            redirect_uris: vec![CALLBACK.into()],
            post_logout_redirect_uris: vec!["https://app.example/signed-out".into()],
            ..ClientSettings::default()
        };
        change(&mut settings);
        let redirect_uri = settings.redirect_uris.first().cloned().unwrap_or_default();
        let new = self
            .services
            .add_client(&Caller::OPERATOR, Some(ClientId(id.into())), settings, public)
            .await
            .expect("a new client");
        let secret = new.secret.map(|secret| secret.reveal().to_owned()).unwrap_or_default();
        Registered { id: id.into(), secret, redirect_uri }
    }

    /// Changes some fields of a policy.
    pub async fn policy(&self, id: &str, changes: serde_json::Value) {
        let serde_json::Value::Object(changes) = changes else { panic!("an object is needed") };
        self.services.change_policy(&Caller::OPERATOR, id, changes).await.expect("a new policy");
    }

    /// One method is enough: nothing more is suggested.
    pub async fn one_method_is_enough(&self) {
        self.policy("Registration", json!({ "recommendedMethods": 1 })).await;
    }

    /// Lets somebody sign in nowhere.
    pub async fn disable(&self, username: &str) {
        let edit = |user: &mut User| {
            user.enabled = false;
            Ok(())
        };
        let done = self.services.edit_user(&Caller::OPERATOR, username, None, edit).await;
        done.expect("a disabled person");
    }

    /// Somebody at an HTTP client of their own.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(&self.issuer)
    }

    /// What the audit log has of an activity, the newest first: whether it succeeded, and why not.
    pub async fn audited(&self, activity: Activity) -> Vec<(bool, String)> {
        let search = Search { activities: vec![activity.name().into()], ..Search::default() };
        let lines = self.services.search_audit(&Caller::OPERATOR, &search, 10_000).await;
        let lines = lines.expect("the audit log");
        let of = lines.into_iter().filter(|line| line.activity == activity.name());
        of.map(|line| (line.success, line.detail)).collect()
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
