//! `firstkey demo`: everything at once, and nothing left of it.

use serde_json::Value;

use super::machine::{Machine, Outcome, Running, free_port};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::Visitor;

/// The demo on free ports, answering: the process, the provider and the application.
async fn demo(machine: &Machine, more: &[&str]) -> (Running, String, String) {
    for _ in 0..5 {
        let (port, app_port) = (free_port(), free_port());
        let ports = [port.to_string(), app_port.to_string()];
        let arguments = ["demo", "--port", &ports[0], "--app-port", &ports[1]];
        let mut process = machine.start(&[&arguments, more].concat());
        let url = |port| format!("http://localhost:{port}");
        if process.answers(&url(port)).await {
            return (process, url(port), url(app_port));
        }
        assert!(process.stderr().contains("in use"), "{}", process.stderr());
    }
    panic!("no ports stay free");
}

#[tokio::test]
async fn the_demo_says_what_to_do_and_doing_so_leads_into_the_application() {
    let machine = Machine::new().await;
    let (process, issuer, app) = demo(&machine, &[]).await;
    let guide = process.stdout();
    let line = |start: &str| {
        let found = guide.lines().find_map(|line| line.trim().strip_prefix(start));
        found.unwrap_or_else(|| panic!("no {start}: {guide}")).trim().to_owned()
    };
    assert_eq!(line("1  Open"), app);
    assert_eq!(line("3  Username"), "ada");
    let pass = line("4  Pass").split(' ').next().unwrap().to_owned();
    assert!(guide.contains(&issuer) && guide.contains("Ctrl-C"), "{guide}");

    // A browser: one cookie jar for the application, one for the provider.
    let browser = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let start = browser.get(&app).send().await.unwrap().text().await.unwrap();
    assert!(start.contains("Sign in with Firstkey") && start.contains(&pass), "{start}");
    let away = browser.get(format!("{app}/login")).send().await.unwrap();
    let mut ada = Visitor::new(&issuer);
    ada.open(away.headers()["location"].to_str().unwrap()).await.page();
    ada.sign_in("ada", &pass).await.page();
    ada.register(&mut SoftAuthenticator::new()).await.page();
    ada.submit("continue", &[]).await.page();
    let back = ada.submit("finish", &[]).await.away();
    assert!(back.as_str().starts_with(&format!("{app}/callback?")), "{back}");
    let answer = browser.get(back).send().await.unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
    let page = browser.get(&app).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Ada Lovelace"), "{page}");

    assert!(machine.files().iter().any(|name| name.starts_with("firstkey-demo-")));
    let outcome = process.stop();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(machine.files(), Vec::<String>::new(), "nothing is left");
    let own = machine.secret().with_file_name("firstkey.db");
    assert!(!own.exists(), "the database of the environment was not touched");
}

#[tokio::test]
async fn a_script_reads_the_demo_as_json() {
    let machine = Machine::new().await;
    let (process, issuer, app) = demo(&machine, &["--json"]).await;
    let Outcome { code, stdout, .. } = process.stop();
    assert_eq!(code, Some(0));
    let guide: Value = serde_json::from_str(&stdout).expect("one document");
    assert_eq!((&guide["issuer"], &guide["app"]["url"]), (&issuer.into(), &app.into()));
    assert!(guide["app"]["client_secret"].is_string());
    let users = guide["users"].as_array().unwrap();
    let names: Vec<_> = users.iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["ada", "grace", "linus"]);
    assert_eq!(users[1]["temporaryAccessPass"]["isUsableOnce"], true);
    assert_eq!(users[2]["temporaryAccessPass"], Value::Null);
}

#[tokio::test]
async fn the_demo_says_which_port_is_taken_and_refuses_what_it_cannot_use() {
    let machine = Machine::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().port().to_string();
    for (flag, other) in [("--port", "--app-port"), ("--app-port", "--port")] {
        let free = free_port().to_string();
        let complaint = machine.refused(&["demo", flag, &taken, other, &free]);
        let expected =
            format!("port {taken} is in use by another program; choose another with {flag} PORT");
        assert_eq!(complaint, expected);
    }
    let same = machine.refused(&["demo", "--port", "8088", "--app-port", "8088"]);
    assert_eq!(same, "--port and --app-port must differ");
    for flag in ["--issuer", "--listen", "--database", "--secret-file"] {
        let complaint = machine.refused(&["demo", flag, "x"]);
        assert!(complaint.starts_with(&format!("the demo does not take {flag}: ")), "{complaint}");
    }
    assert_eq!(machine.files(), Vec::<String>::new());
}
