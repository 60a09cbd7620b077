//! Microsoft Graph's own JavaScript client, driven against the running server.

use std::process::{Command, Stdio};

use firstkey::domain::permission::Permission as P;
use serde_json::{Value, json};

use super::support::application;
use crate::support::app::App;
use crate::support::database::on_both_engines;

async fn run(app: &App) -> Vec<Value> {
    let permissions = [
        P::MethodReadWriteAll,
        P::PolicyReadWriteMethods,
        P::UserReadWriteAll,
        P::GroupReadWriteAll,
    ];
    let client = application(app, &permissions).await;
    let mut script = Command::new("node");
    script
        .arg("tests/clients/graph-client/provision.mjs")
        .args([&app.issuer, &client.id, &client.secret, "ada"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null());
    // The server is on this thread.
    let output = tokio::task::spawn_blocking(move || script.output()).await.unwrap();
    let output = output.expect("node runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the script fails (run tests/all): {errors}");
    serde_json::from_slice(&output.stdout).expect("a transcript")
}

on_both_engines! {
    async fn graphs_own_client_provisions_people_and_passes(app: App) {
        app.person("ada").await;
        let transcript = run(&app).await;
        let step = |name: &str| {
            let found = transcript.iter().find(|line| line["step"] == name);
            let mut line = found.unwrap_or_else(|| panic!("no step {name}")).clone();
            line.as_object_mut().unwrap().remove("step");
            line
        };
        let refused = |name: &str, status: u16, code: &str| {
            let line = step(name);
            assert_eq!(line["refused"], true, "{line}");
            assert_eq!((&line["statusCode"], &line["code"]), (&json!(status), &json!(code)), "{line}");
            assert_eq!(line["named"], true, "the client knows the request's id");
            line
        };
        assert_eq!(step("issue"), json!({
            "length": 8, "lifetimeInMinutes": 60, "isUsableOnce": true, "reason": "EnabledByPolicy",
        }));
        assert_eq!(step("list"), json!({ "count": 1, "value": null }));
        assert_eq!(step("read"), json!({ "same": true, "value": null }));
        let line = refused("too long", 400, "badRequest");
        assert!(line["message"].as_str().unwrap().contains("between 60 and 480"), "{line}");
        assert_eq!(line["details"][0]["target"], "lifetimeInMinutes");
        step("delete");
        refused("gone", 404, "resourceNotFound");
        assert_eq!(step("change the policy"), json!({
            "defaultLength": 16,
            "type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",
        }));
        refused("break the policy", 400, "badRequest");
        assert_eq!(step("reset the policy"), json!({ "defaultLength": 8 }));
        assert_eq!(step("add people"), json!({
            "names": ["bea@example.com", "ben@example.com", "bob@example.com"],
        }));
        let line = refused("add again", 400, "Request_BadRequest");
        assert_eq!(line["details"], json!([{ "code": "ObjectConflict", "target": "userPrincipalName" }]));
        assert_eq!(step("find people"), json!({
            "count": 3, "firstPage": 2, "names": ["bea Example", "ben Example", "bob Example"],
        }));
        assert_eq!(step("change a person"), json!({ "jobTitle": "Engineer" }));
        refused("change what has changed", 412, "resourceModified");
        refused("join again", 400, "Request_BadRequest");
        assert_eq!(step("fill a group"), json!({
            "members": [["#microsoft.graph.user", "bea Example"]],
        }));
        assert_eq!(step("empty a group"), json!({ "members": 0 }));
        refused("nobody", 404, "Request_ResourceNotFound");
        assert_eq!(step("request ids"), json!({ "echoed": true }));
    }
}
