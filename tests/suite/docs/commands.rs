//! The commands of the guides, as they are written there, one after the other: the real binary
//! beside a running server.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::page::Page;
use crate::cli::machine::Machine;

/// What is run of a page, as one script.
fn script(page: &Page) -> String {
    let mut script = String::new();
    for block in page.blocks().iter().filter(|block| block.language == "sh") {
        match block.note.as_deref().and_then(|note| note.strip_prefix("not run")) {
            Some(why) => {
                assert!(why.len() > 10, "{}: a block is not run without a reason", page.path);
            }
            None => script += &block.text,
        }
    }
    assert!(script.contains("firstkey "), "{}: nothing to run", page.path);
    script
}

/// Runs a page on a new machine, which is handed back.
async fn run(path: &str) -> Machine {
    run_script(path, &script(&Page::read(path))).await
}

async fn run_script(path: &str, script: &str) -> Machine {
    let machine = Machine::new().await;
    let served = machine.serve().await;
    std::fs::create_dir(machine.path("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_firstkey"), machine.path("bin/firstkey")).unwrap();
    let script = script
        .replace("https://login.example.com", &served.issuer)
        .replace("http://localhost:8080", &served.issuer);
    let output = Command::new("sh")
        // Each line is said before it runs, so that one sees which it was.
        .args(["-euv", "-c", &script])
        .current_dir(machine.path("."))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", machine.path("bin").display()))
        .env("FIRSTKEY_DATABASE", machine.database())
        .env("FIRSTKEY_ISSUER", &served.issuer)
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{path}: {said}");
    assert!(!said.contains("warning"), "{path}: {said}");
    drop(served);
    machine
}

/// The usernames that are there now.
fn people(machine: &Machine) -> Vec<String> {
    let people = machine.list(&["user", "list"]);
    people.iter().map(|it| it["userPrincipalName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_readme_says_how_to_try_it_and_how_to_test_it_and_its_other_commands_work() {
    let page = Page::read("README.md");
    let blocks: Vec<String> =
        page.blocks().into_iter().filter(|it| it.language == "sh").map(|it| it.text).collect();
    assert_eq!(blocks[..2], ["cargo run --release -- demo\n", "tests/all\n"]);
    let ours: String = blocks.into_iter().filter(|it| it.starts_with("firstkey ")).collect();
    let machine = run_script("README.md", &ours).await;
    assert_eq!(people(&machine), ["ada", "admin"]);
}

#[tokio::test]
async fn the_commands_of_the_quick_start_work_as_they_are_written() {
    let machine = run("docs/quick-start.md").await;
    assert_eq!(people(&machine), ["ada", "admin"]);
    assert_eq!(machine.json(&["client", "show", "hello"])["require_acr"], "phr");
}

#[tokio::test]
async fn the_commands_of_the_admin_guide_work_as_they_are_written() {
    let machine = run("docs/admin-guide.md").await;
    assert_eq!(people(&machine), ["ada", "admin", "alan", "barbara", "grace"]);
    let pass = machine.json(&["policy", "show", "TemporaryAccessPass"]);
    assert_eq!(pass["isUsableOnce"], false, "reset");
    assert!(machine.path("audit.jsonl").metadata().unwrap().len() > 1000);
}

#[tokio::test]
async fn the_commands_of_the_application_guide_work_as_they_are_written() {
    let machine = run("docs/application-guide.md").await;
    let payroll = machine.json(&["client", "show", "payroll"]);
    assert_eq!(payroll["require_acr"], "phr");
    assert_eq!(
        payroll["backchannel_logout_uri"],
        "https://payroll.example.com/signed-out-elsewhere"
    );
}

#[tokio::test]
async fn the_commands_of_the_page_about_provisioning_work_as_they_are_written() {
    let machine = run("docs/provisioning.md").await;
    assert_eq!(people(&machine), ["admin", "mary"]);
    let pass = machine.json(&["pass", "show", "mary"]);
    assert_eq!(pass["lifetimeInMinutes"], 120, "the one of the second request");
}

#[tokio::test]
async fn the_commands_of_the_page_about_migrating_work_as_they_are_written() {
    let machine = run("docs/migrating.md").await;
    assert_eq!(people(&machine), ["ada@example.com", "admin", "alan@example.com"]);
}
