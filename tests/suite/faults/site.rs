//! A place where Firstkey runs: one or more processes of the real binary on one database, people and
//! an application, and what they do while things break.

use std::sync::Arc;
use std::time::{Duration, Instant};

use firstkey::config::{Config, Flags};
use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::client::ClientSettings;
use firstkey::domain::id::ClientId;
use firstkey::domain::pass::PassRequest;
use firstkey::domain::time::SystemClock;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use firstkey::service::{Services, Setup};
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};

use crate::cli::machine::{Machine, Running, free_port};
use crate::support::app::{CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::{Given, TestDatabase};
use crate::support::visitor::{Landing, Page, Request, Visitor, param};

/// How long anything may take to come back.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The place.
pub struct Site {
    pub machine: Machine,
    /// The administrator's hand: one more process on the same database.
    pub services: Services,
    pub issuer: String,
    pub port: u16,
    pub client: Registered,
    http: reqwest::Client,
}

/// What did not go as it should.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// No answer, or half of one.
    Broken(String),
    /// An answer that is not the one that was hoped for.
    Refused {
        status: u16,
        later: bool,
        #[allow(dead_code, reason = "for whoever reads what a test complains of")]
        said: String,
    },
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        Self::Broken(format!("{error:?}"))
    }
}

impl Trouble {
    /// Whether it is what an honest server says that cannot do it now.
    pub fn is_later(&self) -> bool {
        matches!(self, Self::Refused { status: 503, later: true, .. })
    }
}

impl Given for Site {
    async fn given(database: TestDatabase) -> Self {
        let machine = Machine::given(database.clone()).await;
        let port = free_port();
        let issuer = format!("http://localhost:{port}");
        let config = Config::load(&Flags {
            issuer: Some(issuer.clone()),
            database: Some(database.url.clone()),
            secret_file: Some(machine.secret()),
            ..Flags::default()
        })
        .expect("the configuration holds");
        let services = Services::start(Setup {
            store: database.open().await,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            master: MasterSecret::load_or_create(&config.secret_file, &SystemRandom)
                .expect("the master secret"),
            issuer: config.issuer.clone(),
            brand: config.brand.clone(),
            sends_mail: false,
            outbound_networks: Vec::new(),
            push_networks: Vec::new(),
        })
        .await
        .expect("the services start");
        let settings = ClientSettings {
            client_name: "Payroll".into(),
            redirect_uris: vec![CALLBACK.into()],
            ..ClientSettings::default()
        };
        let id = ClientId("payroll".into());
        let new = services.add_client(&Caller::OPERATOR, Some(id), settings, false).await;
        let secret = new.expect("a client").secret.expect("its secret").reveal().to_owned();
        let client = Registered { id: "payroll".into(), secret, redirect_uri: CALLBACK.into() };
        let Value::Object(changes) = json!({ "recommendedMethods": 1 }) else { unreachable!() };
        let policy = services.change_policy(&Caller::OPERATOR, "Registration", changes).await;
        policy.expect("one method is enough");
        Self { machine, services, issuer, port, client, http: reqwest::Client::new() }
    }
}

impl Site {
    /// Starts a process where the issuer says.
    pub async fn serve(&self) -> Running {
        self.serve_at(self.port, &[]).await
    }

    /// Starts a process that listens at this port and waits until it is ready.
    pub async fn serve_at(&self, port: u16, more: &[(&str, &str)]) -> Running {
        let mut process = self.start_at(port, more);
        let at = format!("http://127.0.0.1:{port}");
        assert!(process.answers(&at).await, "it ended: {}", process.stderr());
        process
    }

    /// Starts a process that listens at this port.
    pub fn start_at(&self, port: u16, more: &[(&str, &str)]) -> Running {
        let listen = format!("127.0.0.1:{port}");
        let secret = self.machine.secret();
        let own = [
            ("FIRSTKEY_DATABASE", self.machine.database()),
            ("FIRSTKEY_SECRET_FILE", secret.to_str().unwrap()),
            ("FIRSTKEY_ISSUER", &self.issuer),
            ("FIRSTKEY_LISTEN", &listen),
            ("FIRSTKEY_LOG", "warn"),
            // Every visitor names an address of its own, as a trusted proxy would.
            ("FIRSTKEY_TRUSTED_PROXIES", "127.0.0.1/32"),
            ("FIRSTKEY_LIMIT_GLOBAL", "0"),
            ("FIRSTKEY_LIMIT_PER_APPLICATION", "0"),
        ];
        self.machine.start_with(&[&own, more].concat(), &["serve"])
    }

    /// Somebody with a pass.
    pub async fn newcomer(&self, username: &str, one_time: bool) -> String {
        let new = NewUser { username: username.into(), ..NewUser::default() };
        self.services.add_user(&Caller::OPERATOR, new).await.expect("a new person");
        let request = PassRequest { one_time: Some(one_time), ..PassRequest::default() };
        let issued = self.services.issue_pass(&Caller::OPERATOR, username, request).await;
        issued.expect("a pass").value.reveal_grouped()
    }

    pub fn visitor(&self) -> Visitor {
        Visitor::new(&self.issuer)
    }

    /// Somebody who has done the first day: their browser, and tokens.
    pub async fn at_home(&self, username: &str) -> (Visitor, Value) {
        let pass = self.newcomer(username, false).await;
        let (mut visitor, request) = (self.visitor(), Request::of(&self.client));
        let mut device = SoftAuthenticator::new();
        let code = visitor.day_one(&request, username, &pass, &mut device).await.code();
        let tokens = self.redeem(&request, &code).await.expect("tokens");
        // From now on the key is asked for, once.
        let request = Request::of(&self.client);
        visitor.authorize(&request).await.page();
        visitor.use_passkey(&mut device).await.code();
        (visitor, tokens)
    }

    /// Posts to the token endpoint of a server that may not answer.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Result<Value, Trouble> {
        let mut form =
            vec![("client_id", &*self.client.id), ("client_secret", &*self.client.secret)];
        form.extend_from_slice(fields);
        let request = self.http.post(format!("{}/token", self.issuer)).form(&form);
        let response = request.send().await?;
        let status = response.status().as_u16();
        let later = response.headers().contains_key(RETRY_AFTER);
        let said = response.text().await?;
        if status != 200 {
            return Err(Trouble::Refused { status, later, said });
        }
        serde_json::from_str(&said).map_err(|error| Trouble::Broken(format!("{error}: {said}")))
    }

    pub async fn redeem(&self, request: &Request, code: &str) -> Result<Value, Trouble> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &*request.client.redirect_uri),
            ("code_verifier", &*request.verifier),
        ];
        self.token(&fields).await
    }

    pub async fn refresh(&self, token: &str) -> Result<Value, Trouble> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Refreshes until it works: what an application does whose server is away for a moment.
    pub async fn refresh_at_last(&self, token: &str) -> (String, Vec<Trouble>) {
        let give_up = Instant::now() + PATIENCE;
        let mut troubles = Vec::new();
        loop {
            match self.refresh(token).await {
                Ok(tokens) => return (refresh_token(&tokens), troubles),
                Err(trouble) => troubles.push(trouble),
            }
            assert!(Instant::now() < give_up, "it never works again: {troubles:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The first day of somebody, from the pass to tokens, each step of which may fail.
    pub async fn first_day(
        &self,
        username: &str,
        pass: &str,
        device: &mut SoftAuthenticator,
    ) -> Result<Value, Trouble> {
        let (mut visitor, request) = (self.visitor(), Request::of(&self.client));
        self.arrive(&mut visitor, &request, username, pass).await?;
        self.set_up(&mut visitor, &request, device).await
    }

    /// The first half of it: in by the pass.
    pub async fn arrive(
        &self,
        visitor: &mut Visitor,
        request: &Request,
        username: &str,
        pass: &str,
    ) -> Result<(), Trouble> {
        page(visitor.try_open(&request.path()).await?)?;
        page(visitor.try_submit("identify", &[("username", username)]).await?)?;
        let shown = page(visitor.try_submit("pass", &[("pass", pass)]).await?)?;
        if !shown.heading().starts_with("Welcome, ") {
            return Err(Trouble::Refused { status: 200, later: false, said: shown.heading() });
        }
        Ok(())
    }

    /// The second half: a passkey, back to the application, tokens.
    pub async fn set_up(
        &self,
        visitor: &mut Visitor,
        request: &Request,
        device: &mut SoftAuthenticator,
    ) -> Result<Value, Trouble> {
        let begun =
            answer(visitor.try_fetch("register/options", &json!({ "kind": "passkey" })).await?)?;
        let credential = device.create(&self.issuer, begun["options"].clone()).await;
        let registered = json!({ "ceremony": begun["ceremony"], "credential": credential });
        let kept = answer(visitor.try_fetch("register", &registered).await?)?;
        let location = kept["location"].as_str().expect("a location").to_owned();
        let shown = page(visitor.try_open(&location).await?)?;
        if shown.heading() != "You're all set" {
            page(visitor.try_submit("continue", &[]).await?)?;
        }
        let code = code(visitor.try_submit("finish", &[]).await?)?;
        self.redeem(request, &code).await
    }

    /// What one number in the database is, seen from another process.
    pub async fn count(&self, sql: &'static str, bound: Option<&str>) -> i64 {
        use sqlx::Row as _;
        let mut reader = self.services.store.reader().await.expect("the database is back");
        let mut query = sqlx::query(sql);
        if let Some(bound) = bound {
            query = query.bind(bound.to_owned());
        }
        query.fetch_one(&mut *reader).await.expect("a number").get::<i64, _>(0)
    }
}

/// The refresh token among what an application was given.
pub fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("no refresh token: {tokens}")).into()
}

/// A page that a person can go on from.
pub fn page(landing: Landing) -> Result<Page, Trouble> {
    match landing {
        Landing::Page(page) if page.status == 200 => Ok(page),
        Landing::Page(page) => Err(Trouble::Refused {
            status: page.status,
            later: page.headers.contains_key(RETRY_AFTER),
            said: format!("{} {}", page.path, page.heading()),
        }),
        Landing::Away(url) => Err(Trouble::Broken(format!("left for {url}"))),
    }
}

/// The code that an application was given.
pub fn code(landing: Landing) -> Result<String, Trouble> {
    match landing {
        Landing::Away(url) => {
            param(&url, "code").ok_or_else(|| Trouble::Broken(format!("no code in {url}")))
        }
        page @ Landing::Page(_) => page_trouble(self::page(page)),
    }
}

fn page_trouble(page: Result<Page, Trouble>) -> Result<String, Trouble> {
    let page = page?;
    Err(Trouble::Broken(format!("{} {} instead of a code", page.path, page.heading())))
}

/// What a script of a page was told. Scripts see no header that says when to come back: the page
/// tells people to press the button again.
pub fn answer((status, said): (u16, Value)) -> Result<Value, Trouble> {
    if status == 200 {
        return Ok(said);
    }
    Err(Trouble::Refused { status, later: status == 503, said: said.to_string() })
}
