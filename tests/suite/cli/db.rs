//! `firstkey db`: copies that are taken while the server works, and start elsewhere.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::machine::Machine;
use crate::support::app::{CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::{self, Engine, Given as _};
use crate::support::visitor::{Request, Visitor};

/// Where the database of a machine is.
fn file(machine: &Machine) -> &Path {
    Path::new(machine.database().strip_prefix("sqlite:").expect("a file"))
}

/// A machine with somebody in it.
async fn with_ada() -> Machine {
    let machine = Machine::new().await;
    machine.ok(&["user", "add", "ada", "--display-name", "Ada Lovelace"]);
    machine.ok(&["policy", "set", "Registration", "recommendedMethods=1"]);
    machine
}

fn issue(machine: &Machine, more: &[&str]) -> String {
    let issued = machine.json(&[&["pass", "issue", "ada"], more].concat());
    issued["temporaryAccessPass"].as_str().unwrap().to_owned()
}

/// Takes the secret and a copy of one machine to another.
fn carry(from: &Machine, to: &Machine, copy: &str) {
    std::fs::copy(from.path(copy), to.path(copy)).unwrap();
    std::fs::copy(from.secret(), to.secret()).unwrap();
    std::fs::set_permissions(to.secret(), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_while_the_server_writes_starts_elsewhere() {
    let machine = with_ada().await;
    let served = machine.serve().await;
    let made = machine.json(&["client", "add", "Payroll", "--redirect-uri", CALLBACK]);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let client = Registered {
        id: text("client_id"),
        secret: text("client_secret"),
        redirect_uri: CALLBACK.into(),
    };
    let (mut ada, mut key) = (Visitor::new(&served.issuer), SoftAuthenticator::new());
    let request = Request::of(&client);
    ada.authorize(&request).await.page();
    ada.sign_in("ada", &issue(&machine, &[])).await.page();
    ada.register(&mut key).await.page();
    let code = ada.submit("finish", &[]).await.code();
    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");

    // Refreshes without end, each of them a commit, while copies are taken.
    let ended = Arc::new(AtomicBool::new(false));
    let (stop, refreshing) = (Arc::clone(&ended), ada.clone());
    let (by, mut token) = (client.clone(), tokens["refresh_token"].as_str().unwrap().to_owned());
    let writing = tokio::spawn(async move {
        let mut count = 0;
        while !stop.load(Ordering::Relaxed) {
            let (status, fresh) = refreshing.refresh(&by, &token).await;
            assert_eq!(status, 200, "a copy holds nobody up: {fresh}");
            token = fresh["refresh_token"].as_str().unwrap().to_owned();
            count += 1;
        }
        count
    });
    let names = ["one.db", "two.db", "three.db"];
    for name in names {
        let said = machine.json(&["db", "backup", name]);
        assert_eq!(said["people"], 1, "{said}");
        assert!(said["bytes"].as_u64().unwrap() > 10_000 && said["secretFile"].is_string());
        let rights = machine.path(name).metadata().unwrap().permissions().mode();
        assert_eq!(rights & 0o777, 0o600);
    }
    ended.store(true, Ordering::Relaxed);
    assert!(writing.await.unwrap() > 0, "somebody wrote meanwhile");
    assert_eq!(machine.files(), ["one.db", "three.db", "two.db"], "no draft is left");
    let audited = machine.list(&["audit", "list", "--activity", "databaseBackedUp"]);
    assert_eq!((audited.len(), &audited[0]["actor"]), (3, &"operator".into()));

    let elsewhere = Machine::new().await;
    for name in names {
        carry(&machine, &elsewhere, name);
        let replace = if name == "one.db" { &[][..] } else { &["--replace"] };
        let said = elsewhere.json(&[&["db", "restore", name], replace].concat());
        assert_eq!((&said["people"], &said["auditIntact"]), (&1.into(), &true.into()), "{said}");
    }
    let second = elsewhere.serve().await;
    assert_eq!(second.process.stdout(), "", "it is no first start");
    // Her key is registered there as it was; its address is another, so she comes by a pass.
    let shown = elsewhere.json(&["user", "show", "ada"]);
    assert_eq!(shown["methods"][0]["kind"], "passkey");
    let mut ada = Visitor::new(&second.issuer);
    ada.open("/").await.page();
    let page = ada.sign_in("ada", &issue(&elsewhere, &[])).await.page();
    assert!(page.alert().is_none(), "{:?}", page.alert());
    let jwks = |served: &str| reqwest::get(format!("{served}/jwks"));
    let here: Value = jwks(&served.issuer).await.unwrap().json().await.unwrap();
    let there: Value = jwks(&second.issuer).await.unwrap().json().await.unwrap();
    assert_eq!(here, there, "the same keys sign");
    elsewhere.ok(&["audit", "verify"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_used_since_the_copy_does_not_come_back_to_life() {
    let machine = with_ada().await;
    machine.ok(&["user", "add", "grace"]);
    let pass = issue(&machine, &["--once"]);
    let served = machine.serve().await;
    let graces = machine.json(&["pass", "issue", "grace"]);
    let mut grace = Visitor::new(&served.issuer);
    grace.open("/").await.page();
    grace.sign_in("grace", graces["temporaryAccessPass"].as_str().unwrap()).await.page();
    let sessions = || machine.list(&["user", "sessions", "grace"]).len();
    assert_eq!(sessions(), 1);
    machine.ok(&["db", "backup", "copy.db"]);
    let mut ada = Visitor::new(&served.issuer);
    ada.open("/").await.page();
    let page = ada.sign_in("ada", &pass).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Lovelace.");
    assert_eq!(served.process.stop().code, Some(0));

    let said = machine.ok(&["db", "restore", "copy.db", "--replace"]);
    assert!(said.contains("signed out") && said.contains("before-restore-"), "{said}");
    assert_eq!(sessions(), 0, "the session is over");
    let served = machine.serve().await;
    let mut thief = Visitor::new(&served.issuer);
    thief.open("/").await.page();
    assert!(thief.sign_in("ada", &pass).await.page().alert().is_some(), "once is once");
    assert_eq!(served.process.stop().code, Some(0));
    let lines = machine.list(&["audit", "list", "--activity", "databaseRestored"]);
    assert_eq!((lines.len(), &lines[0]["detail"]), (1, &"copy.db".into()));

    // In a move, where nothing has happened since, all stays as it was.
    machine.ok(&["db", "restore", "copy.db", "--replace", "--as-is"]);
    assert_eq!(sessions(), 1);
    let served = machine.serve().await;
    let mut ada = Visitor::new(&served.issuer);
    ada.open("/").await.page();
    assert_eq!(ada.sign_in("ada", &pass).await.page().heading(), "Welcome, Ada Lovelace.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_good_copy_is_refused_and_nothing_is_lost() {
    let machine = with_ada().await;
    machine.ok(&["db", "backup", "copy.db"]);
    let said = machine.refused(&["db", "backup", "copy.db"]);
    assert!(said.contains("copy.db is there already"), "{said}");
    assert!(machine.refused(&["db", "backup", "nowhere/copy.db"]).contains("nowhere/copy.db"));
    let said = machine.refused(&["db", "restore", "copy.db"]);
    assert!(said.contains("is there already") && said.contains("--replace"), "{said}");

    let mut damaged = std::fs::read(machine.path("copy.db")).unwrap();
    std::fs::write(machine.path("notes.db"), "Dear diary, ".repeat(1000)).unwrap();
    std::fs::write(machine.path("half.db"), &damaged[..damaged.len() / 2]).unwrap();
    let pages = damaged.len() / 4096;
    for page in 2..pages {
        damaged[page * 4096..page * 4096 + 64].fill(0x5a);
    }
    std::fs::write(machine.path("damaged.db"), &damaged).unwrap();
    let before = machine.everything();
    for (name, hint) in [
        ("none.db", "there is no file"),
        ("notes.db", "notes.db is "),
        ("half.db", "half.db is "),
        ("damaged.db", "damaged.db is "),
    ] {
        let said = machine.refused(&["db", "restore", name, "--replace"]);
        assert!(said.contains(hint), "{name}: {said}");
    }
    // While a server works with it, it is not taken away.
    let served = machine.serve().await;
    let said = machine.refused(&["db", "restore", "copy.db", "--replace"]);
    assert!(said.contains("is in use: stop the server first"), "{said}");
    assert_eq!(reqwest::get(format!("{}/readyz", served.issuer)).await.unwrap().status(), 200);
    assert_eq!(served.process.stop().code, Some(0));
    // Without its secret a copy is worth nothing.
    let secret = std::fs::read(machine.secret()).unwrap();
    let other = with_ada().await;
    std::fs::copy(other.secret(), machine.secret()).unwrap();
    let said = machine.refused(&["db", "restore", "copy.db", "--replace"]);
    assert!(said.contains("is not the one that belongs to this copy"), "{said}");
    std::fs::remove_file(machine.secret()).unwrap();
    let said = machine.refused(&["db", "restore", "copy.db", "--replace"]);
    assert!(said.contains("there is no master secret at"), "{said}");
    assert!(!machine.secret().exists(), "none is made for nothing");
    std::fs::write(machine.secret(), secret).unwrap();
    std::fs::set_permissions(machine.secret(), std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(machine.everything(), before, "all this changed nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_database_is_replaced_and_kept() {
    let machine = with_ada().await;
    machine.ok(&["db", "backup", "copy.db"]);
    std::fs::write(file(&machine), "Dear diary, ".repeat(1000)).unwrap();
    assert!(machine.refused(&["user", "list"]).contains("not a database"));
    let said = machine.json(&["db", "restore", "copy.db", "--replace"]);
    let before = std::fs::read_to_string(said["before"].as_str().unwrap()).unwrap();
    assert!(before.starts_with("Dear diary"));
    assert_eq!(machine.list(&["user", "list"]).len(), 1);
    let mode = file(&machine).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_postgresql_its_own_tools_are_named() {
    let machine = Machine::given(database::fresh(Engine::Postgres).await).await;
    for arguments in [["db", "backup", "copy.db"], ["db", "restore", "copy.db"]] {
        let said = machine.refused(&arguments);
        assert!(said.contains("pg_dump") && said.contains("docs/operations.md"), "{said}");
    }
    assert_eq!(machine.files(), Vec::<String>::new());
}
