//! How long every list takes with 100,000 people and 1,000,000 lines of the audit log.
//!
//! `cargo bench --bench lists` fills a new SQLite database, starts the server on it, and asks for each
//! list over HTTP; what only pages and commands ask for goes to the services. With the URL of an
//! empty database in `FIRSTKEY_BENCH_DATABASE`, it runs there instead. It prints a table, and ends
//! with an error where a list took longer than its bound.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstkey::config::{Config, Flags};
use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::client::{ClientSettings, GrantType};
use firstkey::domain::filter::{Condition, Filter, Test, UserField};
use firstkey::domain::id::ClientId;
use firstkey::domain::permission::Permission;
use firstkey::domain::time::{Clock as _, SystemClock, Timestamp};
use firstkey::server::Server;
use firstkey::service::caller::Caller;
use firstkey::service::{Services, Setup};
use firstkey::store::audit::{Part, Search};
use firstkey::store::{Engine, Store};
use sqlx::AssertSqlSafe;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const PEOPLE: u32 = 100_000;
const GROUPS: u32 = 1_000;
const PASSES: u32 = 20_000;
const LINES: u32 = 1_000_000;
/// How often each list is asked for.
const TIMES: usize = 100;
/// What the slowest but one of these may take.
const BOUND: Duration = Duration::from_millis(50);
/// How long one list is asked for at most, so that a slow one is over at some time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Everybody is in this group.
const EVERYBODY: &str = "00000000-0000-7000-9000-000000000000";

/// The id of the `i`-th row, as SQL on both engines.
fn sql_id(group: u32, number: &str) -> String {
    format!("'00000000-0000-7000-{group}-00000' || substr(CAST(10000000 + {number} AS TEXT), 2)")
}

/// The statements that fill the database.
fn seeds(now: Timestamp) -> Vec<String> {
    let rows = |count: u32| {
        format!(
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)"
        )
    };
    let (person, group, now) = (sql_id(8000, "i"), sql_id(9000, "i"), now.micros());
    let digits = "substr(CAST(1000000 + i AS TEXT), 2)";
    // The rare name is that of people whom the order of usernames has last.
    let name = format!(
        "CASE WHEN i >= 97000 THEN 'zoe' WHEN i % 3 = 0 THEN 'ada' WHEN i % 3 = 1 THEN 'bob' \
         ELSE 'chen' END || ' example ' || {digits}"
    );
    let one_of = |group: u32, count: u32| sql_id(group, &format!("(i % {count})"));
    vec![
        format!(
            "INSERT INTO users (id, handle, username, username_key, display_name, display_name_key,
                 email, email_key, roles, enabled, external_id, profile, method_count, created_at,
                 updated_at)
             {} SELECT {person}, {person}, 'person' || {digits}, 'person' || {digits}, {name}, {name},
                 'mail' || {digits} || '@example.com', 'mail' || {digits} || '@example.com', '[]',
                 CASE WHEN i % 100 = 7 THEN 0 ELSE 1 END, 'hr-' || {digits}, '{{}}',
                 CASE WHEN i % 10 = 0 THEN 0 ELSE 1 END, {now}, {now} FROM n",
            rows(PEOPLE)
        ),
        format!(
            "INSERT INTO groups (id, name, name_key, created_at, updated_at)
             {} SELECT {group}, 'Group ' || {digits}, 'group ' || {digits}, {now}, {now} FROM n",
            rows(GROUPS)
        ),
        format!(
            "INSERT INTO group_members (group_id, user_id, username_key)
             {} SELECT '{EVERYBODY}', {person}, 'person' || {digits} FROM n",
            rows(PEOPLE)
        ),
        format!(
            "INSERT INTO group_members (group_id, user_id, username_key)
             {} SELECT {}, {person}, 'person' || {digits} FROM n WHERE i % {GROUPS} > 0",
            rows(PEOPLE),
            one_of(9000, GROUPS)
        ),
        format!(
            "INSERT INTO credentials (id, user_id, credential_id, kind, name, passkey,
                 backup_eligible, transports, created_at)
             {} SELECT {person}, {person}, {person}, 'passkey', 'Phone', '{{}}', 1, '[]', {now}
             FROM n WHERE i % 10 > 0",
            rows(PEOPLE)
        ),
        format!(
            "INSERT INTO passes (id, user_id, hash, created_at, starts_at, lifetime_minutes, ends_at,
                 one_time, failures)
             {} SELECT {person}, {person}, 'none', {now}, {now}, 60,
                 {now} + (i - {PASSES} / 2) * CAST(360000000 AS BIGINT), 0, 0 FROM n",
            rows(PASSES)
        ),
        format!(
            "INSERT INTO audit_events (id, at, activity, actor, subject, client, address, success,
                 detail, seq, hash)
             {} SELECT {}, {now} - ({LINES} - i) * CAST(1000000 AS BIGINT),
                 CASE WHEN i < 50 THEN 'policyChanged' WHEN i % 20 = 0 THEN 'passIssued'
                     WHEN i % 20 = 1 THEN 'userChanged' WHEN i % 20 < 12 THEN 'keySignIn'
                     ELSE 'passSignIn' END,
                 CASE WHEN i % 20 < 2 THEN 'app:hr' ELSE {} END, {}, 'bench', '192.0.2.1',
                 CASE WHEN i % 7 = 0 THEN 0 ELSE 1 END, 'what was done', i + 1, 'none' FROM n",
            rows(LINES),
            sql_id(7000, "i"),
            one_of(8000, PEOPLE),
            one_of(8000, PEOPLE),
        ),
        format!("UPDATE audit_seal SET seq = {LINES}"),
    ]
}

async fn seed(store: &Store, now: Timestamp) -> anyhow::Result<()> {
    let mut statements = seeds(now);
    if store.engine() == Engine::Postgres {
        // It does this by itself a minute later.
        statements.push("ANALYZE".into());
    }
    for statement in statements {
        let begun = Instant::now();
        let title: String = statement.chars().take(40).collect();
        let filling = store.write(move |conn| {
            Box::pin(async move {
                sqlx::query(AssertSqlSafe(statement)).execute(conn).await?;
                Ok(())
            })
        });
        filling.await.with_context(|| title.clone())?;
        eprintln!("{:>6.1} s  {title}", begun.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Lists and how long they took.
#[derive(Default)]
struct Table {
    rows: Vec<(String, Duration, Duration)>,
}

impl Table {
    async fn time<F>(&mut self, name: &str, ask: impl Fn() -> F) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<()>>,
    {
        let begun = Instant::now();
        for _ in 0..3 {
            ask().await.with_context(|| name.to_owned())?;
        }
        let mut took = Vec::with_capacity(TIMES);
        while took.len() < TIMES && (took.is_empty() || begun.elapsed() < PATIENCE) {
            let begun = Instant::now();
            ask().await.with_context(|| name.to_owned())?;
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        let at = |percent: usize| took[(took.len() - 1) * percent / 100];
        let (half, most) = (at(50), at(99));
        let mark = if most > BOUND { "  too slow" } else { "" };
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!("{:>9.2} {:>9.2}  {name}{mark}", ms(half), ms(most));
        self.rows.push((name.to_owned(), half, most));
        Ok(())
    }
}

/// Where a page of people begins whose predecessors are many.
fn deep(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The address of every list.
fn lists(now: Timestamp) -> Vec<String> {
    let person = format!("00000000-0000-7000-8000-{:012}", 4242);
    let late = deep("person099000");
    let users = [
        "/users",
        "/users?$top=999",
        "/users?$count=true",
        "/users?$filter=userPrincipalName eq 'person004242'",
        "/users?$filter=id eq 'PERSON'",
        "/users?$filter=mail eq 'mail004242@example.com'",
        "/users?$filter=externalId eq 'hr-004242'",
        "/users?$filter=displayName eq 'ada example 004242'",
        "/users?$filter=accountEnabled eq true&$count=true",
        "/users?$filter=accountEnabled eq false&$count=true",
        "/users?$filter=startswith(userPrincipalName,'p')&$count=true",
        "/users?$filter=startswith(userPrincipalName,'person0999')",
        "/users?$filter=startswith(displayName,'a')",
        "/users?$filter=startswith(displayName,'ada example 0042')",
        "/users?$filter=startswith(displayName,'zoe')",
        "/users?$filter=startswith(displayName,'nobody')",
        "/users?$filter=startswith(displayName,'a')&$count=true",
        "/users?$filter=startswith(mail,'mail')",
        "/users?$filter=startswith(mail,'mail099')",
        "/users?$filter=startswith(mail,'mail')&$count=true",
        "/users?$filter=startswith(displayName,'zoe') or startswith(mail,'zoe') or \
         startswith(userPrincipalName,'zoe')",
        "/users?$filter=startswith(displayName,'zoe') and accountEnabled eq false",
        "/users?$skiptoken=LATE",
        "/users?$skiptoken=LATE&$filter=accountEnabled eq false",
        "/users?$skiptoken=LATE&$filter=startswith(displayName,'a')",
        "/users/PERSON",
        "/users/PERSON/authentication/methods",
        "/users/PERSON/authentication/temporaryAccessPassMethods",
        "/groups?$top=999",
        "/groups?$filter=startswith(displayName,'group 0009')&$count=true",
        "/groups/EVERYBODY/members",
        "/groups/EVERYBODY/members?$top=999",
        "/groups/EVERYBODY/members?$skiptoken=MEMBER",
    ];
    let middle = now.minus(Duration::from_secs(500_000));
    let audits = [
        "directoryAudits",
        "directoryAudits?$top=999",
        "directoryAudits?$orderby=activityDateTime asc",
        "directoryAudits?$filter=activityDisplayName eq 'Issue Temporary Access Pass'",
        "directoryAudits?$filter=activityDisplayName eq 'Update authentication methods policy'",
        "directoryAudits?$filter=activityDisplayName eq 'Add user'",
        "directoryAudits?$filter=category eq 'UserManagement'",
        "directoryAudits?$filter=category eq 'UserManagement' and result eq 'failure'",
        "directoryAudits?$filter=result eq 'failure'",
        "directoryAudits?$filter=initiatedBy/app/appId eq 'hr'",
        "directoryAudits?$filter=initiatedBy/app/appId eq 'hr' and result eq 'failure'",
        "directoryAudits?$filter=initiatedBy/user/id eq 'PERSON'",
        "directoryAudits?$filter=targetResources/any(t:t/id eq 'PERSON')",
        "directoryAudits?$filter=activityDateTime le MIDDLE",
        "directoryAudits?$filter=activityDateTime ge MIDDLE and activityDateTime lt MIDDLE",
        "directoryAudits?$skiptoken=LINE",
        "signIns",
        "signIns?$top=999",
        "signIns?$filter=userId eq 'PERSON'",
        "signIns?$filter=userPrincipalName eq 'person004242'",
        "signIns?$filter=appId eq 'bench'",
        "signIns?$filter=appId eq 'other'",
        "signIns?$filter=status/errorCode ne 0",
        "signIns?$filter=status/errorCode ne 0 and createdDateTime le MIDDLE",
        "signIns?$filter=createdDateTime ge MIDDLE&$orderby=createdDateTime asc",
        "signIns?$skiptoken=LINE",
    ];
    let line = deep(&format!("{}:{}", now.micros() - 900_000_000_000, person));
    let audits = audits.iter().map(|path| format!("/auditLogs/{path}"));
    users
        .iter()
        .map(|path| (*path).to_owned())
        .chain(audits)
        .map(|path| {
            path.replace("PERSON", &person)
                .replace("LATE", &late)
                .replace("MEMBER", &deep("u:person099000"))
                .replace("LINE", &line)
                .replace("MIDDLE", &middle.to_string())
                .replace("EVERYBODY", EVERYBODY)
        })
        .collect()
}

async fn over_http(table: &mut Table, issuer: &str, secret: &str) -> anyhow::Result<()> {
    let http = reqwest::Client::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "https://graph.microsoft.com/.default"),
        ("client_id", "bench"),
        ("client_secret", secret),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let token: serde_json::Value = http
        .post(format!("{issuer}/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await?
        .json()
        .await?;
    let token = token["access_token"].as_str().with_context(|| token.to_string())?;
    for path in lists(SystemClock.now()) {
        let url = url::Url::parse(&format!("{issuer}/v1.0{path}"))?;
        let ask = || async {
            let answer = http.get(url.clone()).bearer_auth(token).send().await?;
            let (status, body) = (answer.status(), answer.text().await?);
            if status != 200 {
                bail!("{status}: {body}");
            }
            Ok(())
        };
        table.time(&path, ask).await?;
    }
    Ok(())
}

async fn in_services(table: &mut Table, services: &Services) -> anyhow::Result<()> {
    let me = &Caller::OPERATOR;
    let now = services.now();
    table.time("overview", || async { Ok(services.overview(me).await.map(|_| ())?) }).await?;
    let open = || async { Ok(services.open_passes(me, None, 50).await.map(|_| ())?) };
    table.time("open passes", open).await?;
    let flag = |field, on| Condition { field, test: Test::Flag(on) };
    let waiting = Filter {
        any_of: vec![vec![flag(UserField::Registered, false), flag(UserField::Enabled, true)]],
    };
    let registered = Filter { any_of: vec![vec![flag(UserField::Registered, true)]] };
    for (name, filter) in [("waiting", &waiting), ("registered", &registered)] {
        for after in ["", "person099000"] {
            let list =
                || async { Ok(services.search_users(me, filter, after, 51).await.map(|_| ())?) };
            table.time(&format!("people, {name}, after '{after}'"), list).await?;
        }
        let count = || async { Ok(services.count_users(me, filter).await.map(|_| ())?) };
        table.time(&format!("people, {name}, counted"), count).await?;
    }
    for text in ["p", "zoe", "ada example 0042", "nobody"] {
        let fields = [UserField::Username, UserField::DisplayName, UserField::Email];
        let begins = |field| vec![Condition { field, test: Test::StartsWith(text.into()) }];
        let filter = Filter { any_of: fields.map(begins).into() };
        let list = || async { Ok(services.search_users(me, &filter, "", 51).await.map(|_| ())?) };
        table.time(&format!("people, searched for '{text}'"), list).await?;
        let count = || async { Ok(services.count_users(me, &filter).await.map(|_| ())?) };
        table.time(&format!("people, searched for '{text}', counted"), count).await?;
    }
    let activities = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    for (name, search) in [
        ("everything", Search::default()),
        ("refused", Search { success: Some(false), ..Search::default() }),
        ("by operator", Search { actor: Some("operator".into()), ..Search::default() }),
        ("by app:hr", Search { actor: Some("app:hr".into()), ..Search::default() }),
        ("client", Search { client: Some("bench".into()), ..Search::default() }),
        (
            "two activities, one rare",
            Search { activities: activities(&["policyChanged", "keySignIn"]), ..Search::default() },
        ),
        (
            "an activity, refused",
            Search {
                activities: activities(&["passIssued"]),
                success: Some(false),
                ..Search::default()
            },
        ),
        (
            "refused sign-ins, long ago",
            Search {
                part: Some(Part::SignIns),
                success: Some(false),
                until: Some(now.minus(Duration::from_secs(900_000))),
                ..Search::default()
            },
        ),
    ] {
        let list = || async { Ok(services.search_audit(me, &search, 51).await.map(|_| ())?) };
        table.time(&format!("audit list, {name}"), list).await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::TempDir::new()?;
    let url = std::env::var("FIRSTKEY_BENCH_DATABASE")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("lists.db").display()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let issuer = format!("http://localhost:{}", listener.local_addr()?.port());
    let mut config = Config::load(&Flags {
        issuer: Some(issuer.clone()),
        database: Some(url.clone()),
        secret_file: Some(folder.path().join("secret")),
        ..Flags::default()
    })?;
    config.limit_per_application = 0;
    config.limit_per_address = 0;
    let store = Store::open(&url).await?;
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
    services.seal_audit().await?;
    seed(&store, services.now()).await?;
    let settings = ClientSettings {
        client_name: "Bench".into(),
        grant_types: vec![GrantType::ClientCredentials],
        scope: Vec::new(),
        application_permissions: vec![
            Permission::UserReadAll,
            Permission::GroupReadAll,
            Permission::MethodReadAll,
            Permission::AuditLogReadAll,
        ],
        ..ClientSettings::default()
    };
    let id = Some(ClientId("bench".into()));
    let client = services.add_client(&Caller::OPERATOR, id, settings, false).await?;
    let secret = client.secret.context("a secret")?.reveal().to_owned();
    let server = Server::on(listener, config, services.clone())?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));

    println!("   p50 ms    p99 ms  {:?}", store.engine());
    let mut table = Table::default();
    over_http(&mut table, &issuer, &secret).await?;
    in_services(&mut table, &services).await?;
    let _ = stop.send(());
    server.await??;
    store.close().await;
    let slow = table.rows.iter().filter(|(_, _, most)| *most > BOUND).count();
    if slow > 0 {
        bail!("{slow} lists took longer than {BOUND:?}");
    }
    Ok(())
}
