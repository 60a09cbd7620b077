//! Every check of scim2-tester, a suite for SCIM servers, against the running server.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use firstkey::domain::permission::Permission as P;
use serde::Deserialize;

use crate::graph::support::as_application;
use crate::support::app::App;
use crate::support::database::on_both_engines;

const CLIENT: &str = "tests/clients/scim2-tester";

#[derive(Debug, Deserialize)]
struct Check {
    name: String,
    resource: Option<String>,
    status: String,
    reason: Option<String>,
}

async fn run(app: &App) -> Vec<Check> {
    let api = as_application(app, &[P::UserReadWriteAll, P::GroupReadWriteAll]).await;
    let mut script = Command::new(format!("{CLIENT}/.venv/bin/python"));
    script
        .arg(format!("{CLIENT}/check.py"))
        .args([app.url("/scim/v2"), api.token.expect("a token")])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null());
    // The server is on this thread.
    let output = tokio::task::spawn_blocking(move || script.output()).await.unwrap();
    let output = output.expect("the tester is installed (run tests/all)");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the tester fails (run tests/all): {errors}");
    serde_json::from_slice(&output.stdout).expect("results")
}

on_both_engines! {
    async fn scim2_tester_finds_nothing_wrong(app: App) {
        let checks = run(&app).await;
        let failing: Vec<_> = checks
            .iter()
            .filter(|check| check.status != "SUCCESS")
            .map(|check| format!("{} {:?}: {:?}", check.name, check.resource, check.reason))
            .collect();
        assert!(failing.is_empty(), "{failing:#?}");
        let mut counts: BTreeMap<_, u32> = BTreeMap::new();
        for check in &checks {
            let name = (check.resource.as_deref().unwrap_or("Server"), check.name.as_str());
            *counts.entry(name).or_default() += 1;
        }
        // It was not content because there was nothing to look at.
        for name in [
            ("User", "search_with_attributes"),
            ("User", "object_replacement"),
            ("Group", "check_remove_attribute"),
        ] {
            assert!(counts.contains_key(&name), "{counts:#?}");
        }
        assert!(counts[&("User", "check_replace_attribute")] >= 13, "{counts:#?}");
    }
}
