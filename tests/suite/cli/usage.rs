//! What holds for every command: help, usage, and where answers go.

use std::process::{Command, Stdio};

use super::machine::Machine;

#[tokio::test]
async fn help_names_every_command_and_setting() {
    let machine = Machine::new().await;
    let help = machine.ok(&["--help"]);
    for part in [
        "serve",
        "demo",
        "user",
        "group",
        "pass",
        "client",
        "policy",
        "keys",
        "audit",
        "health",
        "--json",
        "--tls-certificate",
        "--issuer",
        "--listen",
        "--database",
        "--secret-file",
        "--log",
        "--config",
        "FIRSTKEY_DATABASE",
        "Exit status",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    for (command, verbs) in [
        ("user", &["add", "list", "show", "set", "rm-method", "rm"][..]),
        ("group", &["add", "list", "show", "rm", "join", "leave"]),
        ("pass", &["issue", "show", "rm"]),
        ("client", &["add", "list", "show", "rm"]),
        ("policy", &["list", "show", "set", "reset"]),
        ("keys", &["list", "rotate", "revoke"]),
        ("audit", &["list"]),
    ] {
        let help = machine.ok(&[command, "--help"]);
        for verb in verbs {
            let line = format!("\n  {verb} ");
            assert!(help.contains(&line), "{command} {verb}: {help}");
        }
    }
    assert_eq!(machine.ok(&["--version"]), format!("firstkey {}\n", env!("CARGO_PKG_VERSION")));
    assert!(!machine.secret().exists(), "asking for help makes nothing");
}

#[tokio::test]
async fn wrong_usage_is_told_from_failure_and_makes_nothing() {
    let machine = Machine::new().await;
    for (arguments, named) in [
        (&["usr"][..], "'user'"),
        (&["--jason"], "'--json'"),
        (&["user"], "add"),
        (&["user", "add"], "<NAME>"),
        (&["user", "add", "ada", "bob"], "'bob'"),
        (&["user", "add", "ada", "--role", "root"], "--role"),
        (&["user", "set", "ada"], "--disable"),
        (&["user", "list", "--limit", "many"], "--limit"),
        (&["group", "join", "Staff"], "<USER>"),
        (&["keys", "rotate", "now"], "'now'"),
        (&["keys", "revoke"], "<KID>"),
        (&["demo", "--port", "0"], "--port"),
        (&["serve", "--listen"], "--listen"),
        (&["serve", "extra"], "'extra'"),
    ] {
        let said = machine.misused(arguments);
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
    assert!(machine.files().is_empty() && !machine.secret().exists(), "{:?}", machine.files());
}

#[tokio::test]
async fn a_reader_that_has_gone_away_is_no_error() {
    let machine = Machine::new().await;
    machine.ok(&["user", "add", "ada"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_firstkey"))
        .args(["user", "list"])
        .env_clear()
        .env("FIRSTKEY_DATABASE", machine.database())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(command.stdout.take());
    let output = command.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
