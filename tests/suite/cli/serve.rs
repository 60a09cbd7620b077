//! `firstkey serve`: the first start, the files it makes, and the end.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::machine::{Machine, free_port};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Visitor;

/// What stands behind a name in text for people.
fn named<'a>(text: &'a str, name: &str) -> &'a str {
    let found = text.lines().find_map(|line| line.trim().strip_prefix(name));
    found.unwrap_or_else(|| panic!("no {name}: {text}")).trim()
}

on_both_engines! {
    async fn the_first_start_prints_a_pass_for_the_first_admin_and_no_other_does(machine: Machine) {
        let served = machine.serve().await;
        let said = served.process.stdout();
        assert_eq!(named(&said, "Open"), served.issuer);
        assert_eq!(named(&said, "Username"), "admin");
        let pass = named(&said, "Pass").to_owned();
        assert_eq!(said.matches(&pass).count(), 1, "{said}");
        assert!(said.contains("60 minutes") && said.contains("works once"), "{said}");
        let outcome = served.process.stop();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");

        let served = machine.serve().await;
        let mut admin = Visitor::new(&served.issuer);
        admin.open("/").await.page();
        let page = admin.sign_in("admin", &pass).await.page();
        assert_eq!(page.heading(), "Welcome, Administrator.", "it outlives a restart");
        admin.register(&mut SoftAuthenticator::new()).await.page();
        let outcome = served.process.stop();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), ""), "the second start");
        let people = machine.list(&["user", "list"]);
        assert_eq!((people.len(), &people[0]["roles"][0]), (1, &"globalAdministrator".into()));
    }

    async fn instances_that_start_together_print_one_pass(machine: Machine) {
        let secret = machine.secret();
        let secret = [("FIRSTKEY_SECRET_FILE", secret.to_str().unwrap())];
        // Who starts first makes the secret: instances are given the same one.
        machine.ok(&["user", "list"]);
        let (one, two, three) = tokio::join!(
            machine.serve_with(&secret, &["serve", "--json"]),
            machine.serve_with(&secret, &["serve", "--json"]),
            machine.serve_with(&secret, &["serve", "--json"]),
        );
        let said: String = [&one, &two, &three].map(|served| served.process.stdout()).concat();
        let document: Value = serde_json::from_str(&said).expect("one document from all of them");
        let first = &document["firstAdmin"];
        assert_eq!(first["username"], "admin");
        let pass = &first["temporaryAccessPass"];
        assert_eq!(pass["isUsableOnce"], true);
        let mut admin = Visitor::new(&two.issuer);
        admin.open("/").await.page();
        let page =
            admin.sign_in("admin", pass["temporaryAccessPass"].as_str().unwrap()).await.page();
        assert_eq!(page.heading(), "Welcome, Administrator.");
    }

    async fn whoever_was_added_before_is_enough(machine: Machine) {
        machine.ok(&["user", "add", "grace", "--role", "globalAdministrator"]);
        let outcome = machine.serve().await.process.stop();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), ""));
        assert_eq!(machine.list(&["user", "list"]).len(), 1);
    }
}

#[tokio::test]
async fn without_a_command_it_serves_and_makes_two_files() {
    let machine = Machine::new().await;
    let port = free_port();
    let (issuer, listen) = (format!("http://localhost:{port}"), format!("127.0.0.1:{port}"));
    let variables = [("FIRSTKEY_ISSUER", &*issuer), ("FIRSTKEY_LISTEN", &*listen)];
    let mut process = machine.start_with(&variables, &[]);
    assert!(process.answers(&issuer).await, "{}", process.stderr());
    assert_eq!(process.stop().code, Some(0));
    assert_eq!(machine.files(), ["firstkey.db", "firstkey.secret"]);
    let mode = |name: &str| machine.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("firstkey.secret"), 0o600);
    // The second start takes what is there.
    let secret = std::fs::read(machine.path("firstkey.secret")).unwrap();
    let outcome = machine.start_with(&variables, &["keys", "list"]).wait();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(std::fs::read(machine.path("firstkey.secret")).unwrap(), secret);
}

#[tokio::test]
async fn commands_make_a_secret_that_others_cannot_read_too() {
    let machine = Machine::new().await;
    machine.ok(&["user", "list"]);
    assert_eq!(machine.secret().metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn signals_end_it_soon_though_a_browser_holds_a_connection() {
    let machine = Machine::new().await;
    for signal in ["TERM", "INT"] {
        let served = machine.serve().await;
        let http = reqwest::Client::new();
        http.get(format!("{}/healthz", served.issuer)).send().await.unwrap();
        let address = served.issuer.trim_start_matches("http://localhost");
        let idle = std::net::TcpStream::connect(format!("127.0.0.1{address}")).unwrap();
        let begun = Instant::now();
        let outcome = served.process.signal(signal);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert!(outcome.stderr.lines().last().unwrap().contains("\"stopped\""), "{outcome:?}");
        drop((http, idle));
    }
}

#[tokio::test]
async fn the_log_is_json_lines_of_what_was_asked_for() {
    let machine = Machine::new().await;
    for (filter, expected) in
        [("warn", &[][..]), ("info", &["INFO"]), ("debug", &["DEBUG", "INFO"])]
    {
        let served = machine.serve_with(&[("FIRSTKEY_LOG", filter)], &["serve"]).await;
        let outcome = served.process.stop();
        let levels: BTreeSet<String> = outcome
            .stderr
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["level"].clone())
            .map(|level| level.as_str().expect("a level").to_owned())
            .collect();
        assert_eq!(levels.into_iter().collect::<Vec<_>>(), expected, "{filter}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_said_and_costs_nobody_the_first_pass() {
    let machine = Machine::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let complaint = machine.refused(&["serve", "--listen", &address]);
    assert!(complaint.starts_with(&format!("cannot listen on {address}: ")), "{complaint}");
    assert!(complaint.contains("in use") && complaint.contains("--listen"), "{complaint}");
    assert!(machine.serve().await.process.stdout().contains("first admin"));
}
