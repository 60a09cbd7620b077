//! People, passes and the rest, as the storage tests need them.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::assurance::{Acr, Factor};
use firstkey::domain::attestation::Attestation;
use firstkey::domain::claims::{Claim, RequestedClaims};
use firstkey::domain::client::{
    Client, ClientSettings, GrantType, Profile, Scope, SigningAlgorithm,
};
use firstkey::domain::credential::{Credential, MethodKind};
use firstkey::domain::grant::Grant;
use firstkey::domain::id::{ClientId, GrantId, JourneyId, MethodId, PassId, SessionId};
use firstkey::domain::journey::{Journey, Progress, Purpose};
use firstkey::domain::pass::{Approval, Pass, PassTerms};
use firstkey::domain::session::{PassOrigin, Proof, Session};
use firstkey::domain::time::{ShiftedClock, Timestamp};
use firstkey::domain::user::{User, Username};
use firstkey::service::authorization::PresentedCode;
use firstkey::service::journeys::{Browser, Position};
use firstkey::service::{Failure, Origin, Services, Setup};
use firstkey::store::{Store, clients, grants, passes, sessions, users};
use sqlx::Row as _;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::database::{Given, TestDatabase};

/// Where the application of these tests wants its codes.
pub const REDIRECT_URI: &str = "https://wiki.example/cb";

/// Changes the database: `change!(store, [user] |conn| users::insert(conn, &user))`. What stands in
/// brackets is cloned.
macro_rules! change {
    ($store:expr, $([$($kept:ident),*])? |$conn:ident| $change:expr) => {{
        $($(let $kept = $kept.clone();)*)?
        $store
            .write(move |$conn| Box::pin(async move { $change.await }))
            .await
            .expect("the change goes through")
    }};
}

/// Reads from the database: `read!(store, |conn| users::by_id(conn, id))`.
macro_rules! read {
    ($store:expr, |$conn:ident| $read:expr) => {{
        let mut reader = $store.reader().await.expect("a connection to read with");
        let $conn = &mut *reader;
        $read.await.expect("the database answers")
    }};
}

pub(super) use {change, read};

/// A point in time to count from.
pub fn noon() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").expect("a timestamp")
}

pub const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Runs `make(0)`, `make(1)`, … at once.
pub async fn race<T, F>(runners: usize, make: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(tokio::sync::Barrier::new(runners));
    let mut tasks = JoinSet::new();
    for number in 0..runners {
        let (start, runner) = (Arc::clone(&start), make(number));
        tasks.spawn(async move {
            start.wait().await;
            runner.await
        });
    }
    tasks.join_all().await
}

/// How many of the runners of a [`race`] were told yes.
pub fn yes(answers: &[bool]) -> usize {
    answers.iter().filter(|answer| **answer).count()
}

/// How many rows a table has.
pub async fn count(store: &Store, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) AS n FROM {table}"));
    let mut reader = store.reader().await.expect("a connection to read with");
    sqlx::query(sql).fetch_one(&mut *reader).await.expect("a count").get("n")
}

pub fn user(name: &str) -> User {
    let id = firstkey::domain::id::UserId::new(noon(), &SystemRandom);
    let username = Username::parse(name).expect("a username");
    User {
        display_name: format!("{name} the First"),
        email: Some(format!("{name}@example.com")),
        ..User::new(id, Uuid::new_v4(), username, noon())
    }
}

/// Adds a person.
pub async fn add_user(store: &Store, name: &str) -> User {
    let user = user(name);
    assert!(change!(store, [user] | conn | users::insert(conn, &user)), "{name} is taken");
    user
}

/// A pass for an hour from noon.
pub fn pass(user: &User, one_time: bool) -> Pass {
    Pass {
        id: PassId::new(noon(), &SystemRandom),
        user_id: user.id,
        created_at: noon(),
        terms: PassTerms { starts_at: noon(), lifetime_minutes: 60, one_time },
        used_at: None,
        failures: 0,
        issued_by: None,
        approval: Approval::None,
    }
}

/// Gives a person a pass for an hour from noon.
pub async fn add_pass(store: &Store, user: &User, one_time: bool) -> Pass {
    let pass = pass(user, one_time);
    change!(store, [pass] | conn | passes::replace(conn, &pass, "hash"));
    pass
}

pub fn credential(user: &User, credential_id: &str) -> Credential {
    Credential {
        id: MethodId::new(noon(), &SystemRandom),
        user_id: user.id,
        credential_id: credential_id.into(),
        kind: MethodKind::SecurityKey,
        name: "Security key".into(),
        aaguid: Some(Uuid::new_v4()),
        passkey: "counter 0".into(),
        backup_eligible: false,
        attestation: Attestation::default(),
        transports: vec!["usb".into(), "nfc".into()],
        created_at: noon(),
        last_used_at: None,
    }
}

pub const KEY: Factor = Factor::Key { device_bound: true, attested: false };

pub fn key_session(user: &User) -> Session {
    Session::from_method(SessionId::new(noon(), &SystemRandom), user.id, Proof::of(KEY, noon()))
}

pub fn pass_session(user: &User, pass: &Pass) -> Session {
    let origin = PassOrigin {
        id: pass.id,
        deadline: pass.terms.ends_at(),
        register_until: pass.register_until(noon()),
    };
    Session::from_pass(SessionId::new(noon(), &SystemRandom), user.id, origin, noon())
}

/// Stores a session of a browser.
pub async fn add_session(store: &Store, session: &Session, browser: &str) {
    let browser = browser.to_owned();
    change!(store, [session] | conn | sessions::put(conn, &session, &browser));
}

pub fn client(id: &str) -> Client {
    Client {
        id: ClientId(id.into()),
        secret_hash: None,
        settings: ClientSettings {
            client_name: "Wiki".into(),
            redirect_uris: vec!["https://wiki.example/cb".into()],
            grant_types: GrantType::ALL.to_vec(),
            profile: Profile::Legacy,
            id_token_signed_response_alg: SigningAlgorithm::Es256,
            ..ClientSettings::default()
        },
        enabled: true,
        version: 1,
        created_at: noon(),
    }
}

/// Registers an application.
pub async fn add_client(store: &Store, id: &str) -> Client {
    let client = client(id);
    change!(store, [client] | conn | clients::put(conn, &client));
    client
}

/// Stores what `session` gave to `client` at noon; it may be forgotten after `expires_at`.
pub async fn add_grant(
    store: &Store,
    session: &Session,
    client: &Client,
    expires_at: Timestamp,
) -> Grant {
    let grant = Grant {
        id: GrantId::new(noon(), &SystemRandom),
        user_id: session.user_id,
        client_id: client.id.clone(),
        session_id: session.id,
        scopes: vec![Scope::OpenId, Scope::OfflineAccess],
        resources: vec!["https://api.example".into()],
        claims: RequestedClaims { id_token: vec![Claim::Email], userinfo: vec![] },
        dpop_jkt: None,
        nonce: Some("n-0S6_WzA2Mj".into()),
        acr: Acr::PhishingResistant,
        amr: vec!["hwk".into(), "user".into(), "mfa".into()],
        auth_time: session.auth_time,
        created_at: session.created_at,
        revoked_at: None,
    };
    change!(store, [grant] | conn | grants::insert(conn, &grant, expires_at));
    grant
}

/// A journey of a browser, from noon for an hour.
pub fn journey(browser: &str) -> Journey {
    Journey {
        id: JourneyId::new(noon(), &SystemRandom),
        browser: browser.into(),
        purpose: Purpose::SecurityInfo,
        progress: Progress::default(),
        version: 0,
        created_at: noon(),
        expires_at: noon().plus(minutes(60)),
        finished_at: None,
    }
}

/// A running instance, whose clock the test moves.
pub struct World {
    pub database: TestDatabase,
    pub store: Store,
    pub clock: Arc<ShiftedClock>,
    pub master: MasterSecret,
    pub services: Services,
}

impl Given for World {
    async fn given(database: TestDatabase) -> Self {
        let (store, clock) = (database.open().await, Arc::new(ShiftedClock::default()));
        let master = MasterSecret::generate(&SystemRandom);
        let services = start(&store, &clock, &master).await.expect("the services start");
        Self { database, store, clock, master, services }
    }
}

/// Starts an instance.
pub async fn start(
    store: &Store,
    clock: &Arc<ShiftedClock>,
    master: &MasterSecret,
) -> Result<Services, Failure> {
    Services::start(Setup {
        store: store.clone(),
        clock: Arc::<ShiftedClock>::clone(clock),
        random: Arc::new(SystemRandom),
        master: master.clone(),
        issuer: "http://localhost:8080".parse().expect("a URL"),
        brand: "Firstkey".into(),
        sends_mail: false,
        outbound_networks: Vec::new(),
        push_networks: Vec::new(),
    })
    .await
}

/// A browser that nobody has signed in with.
pub fn browser(key_hash: &str) -> Browser {
    Browser { key_hash: key_hash.into(), session: None }
}

/// A client address of its own for each number.
pub fn origin(number: usize) -> Origin {
    let number = u32::try_from(number).expect("a small number");
    Origin { address: Some(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number))), agent: None }
}

/// Goes to the sign-in page in this browser and types the username.
pub async fn asked_for_pass(services: &Services, browser: &Browser, username: &str) -> Position {
    let position = services.preview(Purpose::SecurityInfo, browser).await.expect("a journey");
    let id = services.begin(position.journey).await.expect("the journey begins");
    let position = services.look(id, browser).await.expect("the journey");
    let username = Username::parse(username).expect("a username");
    services.identify(&position, username).await.expect("the name is taken down");
    services.look(id, browser).await.expect("the journey")
}

/// A code as the application of these tests presents it.
pub fn presented(code: &str) -> PresentedCode<'_> {
    PresentedCode { code, redirect_uri: Some(REDIRECT_URI), verifier: None }
}
