//! `firstkey doctor`: a healthy set-up, and every ailment that can be made real.

use std::os::unix::fs::PermissionsExt as _;

use axum::routing::get;
use serde_json::Value;
use sqlx::{AnyConnection, Connection as _};

use super::machine::{Machine, Outcome, free_port};
use crate::support::cuttable::{Cuttable, Way};
use crate::support::database::{self, Engine, Given as _, on_both_engines};
use crate::support::mail_server::MailServer;

/// Another set-up than the defaults, which are for trying only.
const HTTPS: [(&str, &str); 2] =
    [("FIRSTKEY_ISSUER", "https://id.example"), ("FIRSTKEY_TRUSTED_PROXIES", "127.0.0.1")];

/// What was found: each check with its status, what it found and what to do.
struct Found {
    outcome: Outcome,
    checks: Vec<Value>,
}

impl Found {
    fn of(outcome: Outcome) -> Self {
        let document: Value = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: {outcome:?}"));
        let checks = document["value"].as_array().expect("a list").clone();
        let failed = checks.iter().filter(|check| check["status"] == "fail").count();
        if failed == 0 {
            assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
        } else {
            assert_eq!(outcome.code, Some(1), "{outcome:?}");
            let said = format!("firstkey: {failed} of {} checks failed\n", checks.len());
            assert_eq!(outcome.stderr, said);
        }
        for check in &checks {
            let advised = check["advice"].is_string();
            assert_eq!(advised, check["status"] != "ok", "who complains says what to do: {check}");
        }
        Self { outcome, checks }
    }

    /// How a check came out: `fail`, `warn` or `ok`, and all that was said.
    #[track_caller]
    fn is(&self, check: &str, status: &str, words: &str) {
        let found = self.checks.iter().any(|it| {
            it["check"] == check && it["status"] == status && it.to_string().contains(words)
        });
        assert!(found, "{check} {status} {words}: {}", self.outcome.stdout);
    }

    /// All that is not as it should be.
    fn complaints(&self) -> Vec<&str> {
        let bad = self.checks.iter().filter(|check| check["status"] != "ok");
        bad.map(|check| check["check"].as_str().expect("a name")).collect()
    }
}

fn examine(machine: &Machine, more: &[(&str, &str)]) -> Found {
    let own = [("FIRSTKEY_DATABASE", machine.database())];
    let variables = [&own[..], &HTTPS, more].concat();
    Found::of(machine.start_with(&variables, &["doctor", "--json"]).wait())
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

/// Whether this is the PostgreSQL of the tests, which forgets all in a crash, and is faster for it.
async fn throwaway(machine: &Machine) -> bool {
    if !machine.database().starts_with("postgres") {
        return false;
    }
    let mut conn = connect(machine.database()).await;
    let fsync = sqlx::query_scalar::<_, String>("SELECT current_setting('fsync')");
    fsync.fetch_one(&mut conn).await.unwrap() == "off"
}

async fn change(machine: &Machine, sql: &'static str) {
    // Not as the server opens it, which would mend the schema.
    let mut conn = connect(machine.database()).await;
    let done = sqlx::query(sql).execute(&mut conn).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql}");
    conn.close().await.unwrap();
}

on_both_engines! {
    async fn a_healthy_set_up_is_told_so_and_left_as_it_is(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        let before = machine.everything();
        let files = machine.files();
        let found = examine(&machine, &[]);
        let mut expected = vec!["mail"];
        if throwaway(&machine).await {
            expected.push("durability");
            found.is("durability", "fail", "set fsync = on");
        } else {
            found.is("durability", "ok", "synced");
        }
        assert_eq!(found.complaints(), expected, "{}", found.outcome.stdout);
        for (check, words) in [
            ("configuration", ""),
            ("issuer", "https://id.example"),
            ("proxy", "127.0.0.1/32"),
            ("schema", "up to date"),
            ("clock", ""),
            ("master secret", "firstkey.secret"),
            ("signing keys", "8 of them"),
            ("queues", ""),
        ] {
            found.is(check, "ok", words);
        }
        assert_eq!((machine.everything(), machine.files()), (before, files));
        // For people: a line for each, with what to do.
        let variables = [&[("FIRSTKEY_DATABASE", machine.database())][..], &HTTPS].concat();
        let text = machine.start_with(&variables, &["doctor"]).wait().stdout;
        assert_eq!(text.lines().count(), found.checks.len() + 1, "{text}");
        let mail = text.lines().find(|line| line.starts_with("warn")).expect(&text);
        assert!(mail.contains("→ set smtp_url and mail_from"), "{mail}");
    }

    async fn before_the_first_start_nothing_is_made(machine: Machine) {
        let found = examine(&machine, &[]);
        found.is("master secret", "ok", "the first start makes it");
        assert!(found.checks.iter().all(|check| check["check"] != "signing keys"));
        assert_eq!(machine.files(), Vec::<String>::new());
        assert!(!machine.secret().exists());
        let empty = machine.path("anywhere.db");
        let url = format!("sqlite:{}", empty.display());
        let found = examine(&machine, &[("FIRSTKEY_DATABASE", &url)]);
        found.is("database", "ok", "the first start makes it");
        assert!(!empty.exists());
    }

    async fn a_schema_that_is_behind_ahead_or_broken_is_told(machine: Machine) {
        machine.ok(&["user", "list"]);
        change(&machine, "UPDATE _sqlx_migrations SET version = version + 990000
                          WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)").await;
        let found = examine(&machine, &[]);
        found.is("schema", "warn", "is missing");
        change(&machine, "INSERT INTO _sqlx_migrations
            (version, description, installed_on, success, checksum, execution_time)
            SELECT version - 990000, description, installed_on, success, checksum, 1
            FROM _sqlx_migrations WHERE version > 990000").await;
        examine(&machine, &[]).is("schema", "warn", "a newer version has been here");
        change(&machine, "UPDATE _sqlx_migrations SET success = (1 = 0) WHERE version > 990000").await;
        examine(&machine, &[]).is("schema", "fail", "did not finish");
    }

    async fn a_clock_that_was_set_back_is_told(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        change(&machine, "UPDATE audit_events SET at = at + 3600000000").await;
        examine(&machine, &[]).is("clock", "fail", "in the future");
    }

    async fn what_waits_for_long_and_keys_that_are_old_are_told(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        change(&machine, "UPDATE audit_events SET at = at - 3600000000").await;
        change(&machine, "UPDATE signing_keys SET activated_at = activated_at - 7948800000000
                          WHERE activated_at IS NOT NULL").await;
        let found = examine(&machine, &[]);
        found.is("queues", "warn", "1 lines of the audit log for up to 60 min");
        found.is("signing keys", "warn", "92 days");
        change(&machine, "DELETE FROM signing_keys WHERE state = 'next' AND algorithm = 'ES256'").await;
        examine(&machine, &[]).is("signing keys", "warn", "no next ES256 key");
    }

    async fn a_secret_that_is_gone_exposed_broken_or_anothers_is_told(machine: Machine) {
        machine.ok(&["user", "list"]);
        let secret = machine.secret();
        let right = std::fs::read(&secret).unwrap();
        let mode = |mode| {
            std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o644);
        examine(&machine, &[]).is("master secret", "fail", "run: chmod 600");
        mode(0o600);
        std::fs::write(&secret, "short").unwrap();
        examine(&machine, &[]).is("master secret", "fail", "restore it");
        let other = Machine::new().await;
        other.ok(&["user", "list"]);
        std::fs::copy(other.secret(), &secret).unwrap();
        examine(&machine, &[]).is("signing keys", "fail", "cannot be opened");
        std::fs::remove_file(&secret).unwrap();
        examine(&machine, &[]).is("master secret", "fail", "put the secret there");
        assert!(!secret.exists(), "none is made");
        std::fs::write(&secret, right).unwrap();
    }
}

#[tokio::test]
async fn settings_that_are_wrong_or_weak_are_told() {
    let machine = Machine::new().await;
    machine.ok(&["user", "list"]);
    let port = free_port().to_string();
    for (variables, check, status, words) in [
        (&[("FIRSTKEY_ISSUER", "id.example")][..], "configuration", "fail", "absolute URL"),
        (&[("FIRSTKEY_ISSUER", "http://localhost:8080")], "issuer", "warn", "this very machine"),
        (&[("FIRSTKEY_ISSUER", "http://localhost:1")], "issuer", "fail", "another port"),
        (&[("FIRSTKEY_TRUSTED_PROXIES", "")], "proxy", "fail", "set trusted_proxies to 127.0.0.1"),
        (&[("FIRSTKEY_TRUSTED_PROXIES", "192.0.2.1")], "proxy", "fail", "add 127.0.0.1"),
        (&[("FIRSTKEY_TRUSTED_PROXIES", "0.0.0.0/0")], "proxy", "fail", "anybody"),
        (&[("FIRSTKEY_TRUSTED_PROXIES", "127.0.0.1,::/3")], "proxy", "warn", "much more"),
        (
            &[("FIRSTKEY_LISTEN", "0.0.0.0:8080"), ("FIRSTKEY_TRUSTED_PROXIES", "")],
            "proxy",
            "fail",
            "the proxy that speaks TLS",
        ),
        (&[("FIRSTKEY_METRICS_LISTEN", "127.0.0.1:9464")], "metrics", "ok", "9464"),
        (&[("FIRSTKEY_METRICS_LISTEN", "0.0.0.0:9464")], "metrics", "warn", "other machines"),
        (
            &[
                ("FIRSTKEY_SMTP_URL", "smtp://me:hush@mail.example"),
                ("FIRSTKEY_MAIL_FROM", "a@b.example"),
            ],
            "mail",
            "fail",
            "unencrypted",
        ),
        (
            &[
                ("FIRSTKEY_SMTP_URL", "smtps://me:hush@mail.example"),
                ("FIRSTKEY_MAIL_FROM", "a@b.example"),
            ],
            "mail",
            "ok",
            "by mail.example",
        ),
    ] {
        let found = examine(&machine, variables);
        found.is(check, status, words);
        assert!(!found.outcome.stdout.contains("hush"), "{}", found.outcome.stdout);
    }
    std::fs::write(machine.path("firstkey.toml"), "brand = \"Acme\"").unwrap();
    let file = [("FIRSTKEY_CONFIG", "firstkey.toml")];
    examine(&machine, &file).is("configuration", "warn", "run: chmod 600 firstkey.toml");
    // Not over the network unless asked for.
    let found = examine(&machine, &[("FIRSTKEY_ISSUER", &format!("http://localhost:{port}"))]);
    assert!(found.checks.iter().all(|check| check["check"] != "reachable"));
}

#[tokio::test]
async fn a_database_file_that_is_missing_exposed_or_none_at_all_is_told() {
    let machine = Machine::new().await;
    machine.ok(&["user", "list"]);
    let file = machine.database().strip_prefix("sqlite:").unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    examine(&machine, &[]).is("database file", "warn", "run: chmod 600");
    std::fs::write(machine.path("notes.db"), "Dear diary, ".repeat(1000)).unwrap();
    for (url, words) in [
        ("sqlite:notes.db", "not a database"),
        ("sqlite:nowhere/x.db", "there is no folder nowhere"),
    ] {
        examine(&machine, &[("FIRSTKEY_DATABASE", url)]).is("database", "fail", words);
    }
    let empty = machine.path("plain.db");
    std::fs::copy(file, &empty).unwrap();
    let url = format!("sqlite:{}", empty.display());
    let mut conn = connect(&url).await;
    sqlx::raw_sql("PRAGMA journal_mode = DELETE").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    examine(&machine, &[("FIRSTKEY_DATABASE", &url)]).is("durability", "warn", "not wal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_is_away_or_set_up_to_forget_is_told() {
    let machine = Machine::given(database::fresh(Engine::Postgres).await).await;
    machine.ok(&["user", "list"]);
    let (way, url) = Cuttable::to_database(machine.database()).await;
    let by = [("FIRSTKEY_DATABASE", url.as_str())];
    examine(&machine, &by).is("database", "ok", "PostgreSQL 1");
    way.set(Way::Cut);
    let found = examine(&machine, &by);
    found.is("database", "fail", "whether the database is running");
    assert!(found.checks.iter().all(|check| check["check"] != "schema"), "nothing is made up");
    let mut hidden = url::Url::parse(machine.database()).unwrap();
    hidden.set_password(Some("hush")).unwrap();
    hidden.set_path("nowhere");
    let found = examine(&machine, &[("FIRSTKEY_DATABASE", hidden.as_str())]);
    found.is("database", "fail", "does not exist");
    assert!(!found.outcome.stdout.contains("hush"));

    for (option, check, status, words) in [
        ("synchronous_commit=off", "durability", "fail", "could be used again"),
        ("default_transaction_read_only=on", "primary", "fail", "it takes no changes"),
        ("default_transaction_isolation=serializable", "isolation", "ok", "serializable"),
    ] {
        let url = format!("{}?options=-c%20{option}", machine.database());
        examine(&machine, &[("FIRSTKEY_DATABASE", &url)]).is(check, status, words);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn online_the_issuer_and_the_mail_server_are_asked() {
    let machine = Machine::new().await;
    let served = machine.serve().await;
    let online = |more: &[(&str, &str)]| {
        let own = [("FIRSTKEY_DATABASE", machine.database())];
        let variables = [&own[..], more].concat();
        Found::of(machine.start_with(&variables, &["doctor", "--online", "--json"]).wait())
    };
    let address = served.issuer.replace("http://localhost", "127.0.0.1");
    let mail = MailServer::start(0).await;
    let (smtp, from) = (mail.url(), "no-reply@login.example");
    let own = [("FIRSTKEY_ISSUER", served.issuer.as_str()), ("FIRSTKEY_LISTEN", &address)];
    let posts = [("FIRSTKEY_SMTP_URL", smtp.as_str()), ("FIRSTKEY_MAIL_FROM", from)];
    let found = online(&[&own[..], &posts].concat());
    found.is("reachable", "ok", "/.well-known/openid-configuration");
    found.is("mail server", "ok", "");

    let away = format!("http://localhost:{}", free_port());
    let at = away.replace("http://localhost", "127.0.0.1");
    let gone = format!("smtp://127.0.0.1:{}", free_port());
    let posts = [("FIRSTKEY_SMTP_URL", gone.as_str()), ("FIRSTKEY_MAIL_FROM", from)];
    let found = online(
        &[&[("FIRSTKEY_ISSUER", away.as_str()), ("FIRSTKEY_LISTEN", &at)][..], &posts].concat(),
    );
    found.is("reachable", "fail", "refused");
    found.is("mail server", "fail", "check smtp_url");

    // Somebody else answers there.
    let document = || async { "{\"issuer\": \"https://somebody.example\"}" };
    let other = axum::Router::new().route("/.well-known/openid-configuration", get(document));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let issuer = at.replace("127.0.0.1", "http://localhost");
    tokio::spawn(async move { axum::serve(listener, other).await });
    let found = online(&[("FIRSTKEY_ISSUER", issuer.as_str()), ("FIRSTKEY_LISTEN", &at)]);
    found.is("reachable", "fail", "another server answers");
}
