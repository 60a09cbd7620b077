//! What an operator is told when something around the server is wrong, and what is kept quiet.

use std::os::unix::fs::PermissionsExt as _;

use super::machine::{Machine, Running, free_port};
use crate::support::database::{self, Engine};

/// A password that must never be seen.
const HUSH: &str = "hush-hush";

/// Runs `serve` with these variables, which must fail and make nothing; returns the complaint.
#[track_caller]
fn complaint(machine: &Machine, variables: &[(&str, &str)]) -> String {
    complained(machine.start_with(variables, &["serve"]))
}

/// What a server that must fail complains of.
#[track_caller]
fn complained(running: Running) -> String {
    let outcome = running.wait();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
    assert!(!outcome.stderr.contains(HUSH), "{}", outcome.stderr);
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    outcome.stderr.strip_prefix("firstkey: ").expect("who complains").trim_end().to_owned()
}

#[tokio::test]
async fn a_setting_that_cannot_work_is_named() {
    let machine = Machine::new().await;
    for (name, value, start, hint) in [
        ("FIRSTKEY_ISSUER", "id.example.com", "issuer: ", "absolute URL"),
        ("FIRSTKEY_ISSUER", "http://id.example.com", "issuer: ", "use https"),
        ("FIRSTKEY_ISSUER", "https://127.0.0.1", "issuer: ", "use a name"),
        ("FIRSTKEY_LISTEN", "8080", "listen: ", "127.0.0.1:8080"),
        ("FIRSTKEY_TRUSTED_PROXIES", "10.0.0.0/8,lan", "trusted_proxies: ", "lan"),
        ("FIRSTKEY_LIMIT_GLOBAL", "lots", "", "LIMIT_GLOBAL"),
        ("FIRSTKEY_KEY_ROTATION_DAYS", "often", "", "KEY_ROTATION_DAYS"),
        ("FIRSTKEY_KEY_ROTATION_DAYS", "3651", "key_rotation_days: ", "3650"),
        ("FIRSTKEY_LOG", "firstkey=loud", "log: ", "expected one of"),
        ("FIRSTKEY_DATABASE", "mysql://me:hush-hush@db/x", "", "sqlite: or postgres://"),
        ("FIRSTKEY_DATABASE", "firstkey.db", "", "sqlite: or postgres://"),
        ("FIRSTKEY_CONFIG", "none.toml", "there is no configuration file", "none.toml"),
    ] {
        let said = complaint(&machine, &[(name, value)]);
        assert!(said.starts_with(start) && said.contains(hint), "{name}={value}: {said}");
    }
    assert_eq!(machine.files(), Vec::<String>::new());
}

#[tokio::test]
async fn a_configuration_file_is_read_and_its_mistakes_named() {
    let machine = Machine::new().await;
    let config = |text: &str| std::fs::write(machine.path("firstkey.toml"), text).unwrap();
    let file = ("FIRSTKEY_CONFIG", "firstkey.toml");
    for (text, hint) in [
        ("isuer = \"https://id.example.com\"", "isuer"),
        ("limit_global = \"lots\"", "limit_global"),
        ("database = \"postgres://me:hush-hush@db/x", "firstkey.toml"),
        ("database = [\"postgres://me:hush-hush@db/x\"]", "database"),
    ] {
        config(text);
        let said = complaint(&machine, &[file]);
        assert!(said.contains(hint), "{text}: {said}");
    }

    // Flags win over the environment, the environment over the file, the file over the default.
    config("issuer = \"https://file.example\"\nbrand = \"Acme\"");
    let issuer = |variables: &[(&str, &str)], more: &[&str]| {
        let command = ["client", "add", "App", "--redirect-uri", "https://app.example/cb"];
        let outcome = machine.start_with(variables, &[&command, more].concat()).wait();
        let line = outcome.stdout.lines().find_map(|line| line.strip_prefix("Issuer"));
        line.unwrap_or_else(|| panic!("{outcome:?}")).trim().to_owned()
    };
    let environment = ("FIRSTKEY_ISSUER", "https://environment.example");
    let flag = ["--issuer", "https://flag.example"];
    assert_eq!(issuer(&[], &[]), "http://localhost:8080");
    assert_eq!(issuer(&[file], &[]), "https://file.example");
    assert_eq!(issuer(&[], &["--config", "firstkey.toml"]), "https://file.example");
    assert_eq!(issuer(&[file, environment], &[]), "https://environment.example");
    assert_eq!(issuer(&[file, environment], &flag), "https://flag.example");
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_said_with_the_cause_and_without_the_password() {
    let machine = Machine::new().await;
    let port = free_port();
    let real = database::fresh(Engine::Postgres).await.url;
    let mut elsewhere = url::Url::parse(&real).unwrap();
    elsewhere.set_password(Some(HUSH)).unwrap();
    elsewhere.set_path("nowhere");
    let cases = [
        (format!("postgres://me:{HUSH}@127.0.0.1:{port}/firstkey"), &["refused"][..]),
        (format!("postgres://127.0.0.1:{port}/firstkey?user=me&password={HUSH}"), &["refused"]),
        (format!("postgres://me:{HUSH}@nowhere.invalid/firstkey"), &["lookup", "resolve", "name"]),
        (format!("postgres://me:{HUSH}@127.0.0.1:123456/firstkey"), &["port"]),
        (format!("postgres:me:{HUSH}@127.0.0.1/firstkey"), &["must begin with"]),
        (elsewhere.into(), &["\"nowhere\" does not exist"]),
    ];
    // All at once: each tries for a while.
    let running = cases.map(|(url, causes)| {
        (machine.start_with(&[("FIRSTKEY_DATABASE", &url)], &["serve"]), url, causes)
    });
    for (running, url, causes) in running {
        let said = complained(running);
        assert!(causes.iter().any(|cause| said.contains(cause)), "{url}: {said}");
        assert!(said.starts_with("postgres:"), "which one: {said}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said() {
    let machine = Machine::new().await;
    std::fs::write(machine.path("notes.txt"), "Dear diary, ".repeat(1000)).unwrap();
    std::fs::create_dir(machine.path("folder")).unwrap();
    for (url, hint) in [
        ("sqlite:notes.txt", "not a database"),
        ("sqlite:folder", "unable to open"),
        ("sqlite:nowhere/firstkey.db", "unable to open"),
    ] {
        let said = complaint(&machine, &[("FIRSTKEY_DATABASE", url)]);
        assert!(said.starts_with(url) && said.contains(hint), "{said}");
    }
    assert_eq!(machine.files(), ["folder", "notes.txt"], "no secret was made for nothing");
}

#[tokio::test]
async fn a_secret_that_is_exposed_broken_or_anothers_is_refused() {
    let machine = Machine::new().await;
    machine.ok(&["user", "add", "ada"]);
    let secret = machine.secret();
    let before = (std::fs::read(&secret).unwrap(), machine.everything());
    let mode = |mode| {
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o640);
    let said = machine.refused(&["user", "list"]);
    assert!(said.contains("can be read by others; run: chmod 600"), "{said}");
    mode(0o600);
    for (content, hint) in [("", "32 bytes in base64"), ("c2hvcnQ=", "32 bytes in base64")] {
        std::fs::write(&secret, content).unwrap();
        assert!(machine.refused(&["user", "list"]).contains(hint));
    }
    // Another machine's: the keys cannot be opened, and no others are made.
    let other = Machine::new().await;
    other.ok(&["user", "list"]);
    std::fs::copy(other.secret(), &secret).unwrap();
    for arguments in [&["serve"][..], &["pass", "issue", "ada"], &["keys", "rotate"]] {
        assert!(machine.refused(arguments).contains("another master secret"));
    }
    std::fs::write(&secret, before.0).unwrap();
    assert_eq!(machine.everything(), before.1);
}
