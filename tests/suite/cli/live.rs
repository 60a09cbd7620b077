//! Commands beside a server that runs: what they do counts there at once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::machine::{Machine, Served};
use crate::support::app::{CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor, claims};

/// Registers an application as an operator does.
fn register(machine: &Machine) -> Registered {
    let made = machine.json(&["client", "add", "Payroll", "--redirect-uri", CALLBACK]);
    Registered {
        id: made["client_id"].as_str().unwrap().into(),
        secret: made["client_secret"].as_str().unwrap().into(),
        redirect_uri: CALLBACK.into(),
    }
}

fn issue(machine: &Machine, more: &[&str]) -> String {
    let issued = machine.json(&[&["pass", "issue", "ada"], more].concat());
    issued["temporaryAccessPass"].as_str().unwrap().to_owned()
}

/// What the server publishes.
async fn published(served: &Served) -> BTreeSet<String> {
    let jwks = reqwest::get(format!("{}/jwks", served.issuer)).await.unwrap();
    let jwks: Value = jwks.json().await.unwrap();
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

on_both_engines! {
    async fn a_pass_issued_beside_the_server_signs_in_once(machine: Machine) {
        let served = machine.serve().await;
        machine.ok(&["user", "add", "ada", "--display-name", "Ada Lovelace"]);
        let pass = issue(&machine, &["--once"]);
        let (mut ada, mut phone) = (Visitor::new(&served.issuer), SoftAuthenticator::new());
        ada.open("/").await.page();
        let page = ada.sign_in("ada", &pass).await.page();
        assert_eq!(page.heading(), "Welcome, Ada Lovelace.");
        ada.register(&mut phone).await.page();
        let mut later = Visitor::new(&served.issuer);
        later.open("/").await.page();
        assert!(later.sign_in("ada", &pass).await.page().alert().is_some(), "once is once");

        let shown = machine.json(&["user", "show", "ada"]);
        assert_eq!(shown["methods"][0]["kind"], "passkey");
        assert_eq!(shown["temporaryAccessPass"]["methodUsabilityReason"], "OneTimeUsed");
        let tries: Vec<_> = machine
            .list(&["audit", "list"])
            .into_iter()
            .filter(|line| line["activity"] == "passSignIn")
            .map(|line| (line["success"].clone(), line["detail"].clone(), line["username"].clone()))
            .collect();
        assert_eq!(
            tries,
            [
                (json!(false), json!("OneTimeUsed"), json!("ada")),
                (json!(true), json!("signed in"), json!("ada")),
            ]
        );
    }

    async fn whoever_is_disabled_or_loses_their_pass_is_out(machine: Machine) {
        let served = machine.serve().await;
        machine.ok(&["user", "add", "ada"]);
        machine.ok(&["policy", "set", "Registration", "recommendedMethods=1"]);
        let pass = issue(&machine, &["--multi"]);
        let mut ada = Visitor::new(&served.issuer);
        ada.open("/security-info").await.page();
        ada.sign_in("ada", &pass).await.page();
        ada.register(&mut SoftAuthenticator::new()).await.page();
        assert_eq!(ada.open("/security-info").await.page().heading(), "My Security Info");
        machine.ok(&["pass", "rm", "ada"]);
        let page = ada.open("/security-info").await.page();
        assert_eq!(page.heading(), "Hello. Who is signing in?", "the session rested on it");

        let pass = issue(&machine, &["--multi"]);
        ada.sign_in("ada", &pass).await.page();
        ada.open("/security-info").await.page();
        machine.ok(&["user", "set", "ada", "--disable"]);
        assert_eq!(ada.open("/security-info").await.page().heading(), "Hello. Who is signing in?");
        assert!(ada.sign_in("ada", &pass).await.page().alert().is_some());
        machine.ok(&["user", "set", "ada", "--enable"]);
        machine.warned(&["policy", "set", "TemporaryAccessPass", "state=disabled"]);
        ada.open("/security-info").await.page();
        assert!(ada.sign_in("ada", &pass).await.page().alert().is_some());
    }

    async fn an_operator_sees_where_somebody_is_signed_in_and_ends_it(machine: Machine) {
        let served = machine.serve().await;
        machine.ok(&["user", "add", "ada"]);
        assert_eq!(machine.ok(&["user", "sessions", "ada"]).trim(), "Not signed in anywhere.");
        machine.ok(&["policy", "set", "Registration", "recommendedMethods=1"]);
        let pass = issue(&machine, &["--multi"]);
        let mut visitors = [Visitor::new(&served.issuer), Visitor::new(&served.issuer)];
        for visitor in &mut visitors {
            visitor.open("/security-info").await.page();
            visitor.sign_in("ada", &pass).await.page();
        }
        let found = machine.list(&["user", "sessions", "ada"]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0]["amr"], json!(["tap", "otp"]));
        let id = found[0]["id"].as_str().unwrap();
        assert!(machine.ok(&["user", "sessions", "ada"]).contains(id));
        let ended = machine.json(&["user", "sign-out", "ada", "--session", id]);
        assert_eq!((&ended["session"], &ended["signedOut"]), (&json!(id), &json!(true)));
        assert_eq!(machine.list(&["user", "sessions", "ada"]).len(), 1);
        assert!(machine.refused(&["user", "sign-out", "ada", "--session", id]).starts_with("there is no session"));
        machine.ok(&["user", "sign-out", "ada"]);
        assert!(machine.list(&["user", "sessions", "ada"]).is_empty());
        for visitor in &mut visitors {
            let page = visitor.open("/security-info").await.page();
            assert_eq!(page.heading(), "Hello. Who is signing in?");
        }
    }

    async fn whoever_loses_a_key_is_signed_out_and_sets_up_another(machine: Machine) {
        let served = machine.serve().await;
        machine.ok(&["user", "add", "ada"]);
        machine.ok(&["policy", "set", "Registration", "recommendedMethods=1"]);
        let (mut ada, mut lost) = (Visitor::new(&served.issuer), SoftAuthenticator::new());
        ada.open("/security-info").await.page();
        ada.sign_in("ada", &issue(&machine, &["--multi"])).await.page();
        ada.register(&mut lost).await.page();
        assert_eq!(ada.open("/security-info").await.page().heading(), "My Security Info");
        let shown = machine.json(&["user", "show", "ada"]);
        let method = shown["methods"][0]["id"].as_str().unwrap();
        assert!(machine.ok(&["user", "show", "ada"]).contains(method), "or nobody could name it");

        let removed = machine.json(&["user", "rm-method", "ada", method]);
        assert_eq!(removed, json!({ "id": method, "username": "ada", "removed": true }));
        assert_eq!(machine.json(&["user", "show", "ada"])["methods"], json!([]));
        let page = ada.open("/security-info").await.page();
        assert_eq!(page.heading(), "Hello. Who is signing in?");
        assert_ne!(ada.try_passkey(&mut lost).await.0, 200);
        ada.sign_in("ada", &issue(&machine, &["--multi"])).await.page();
        ada.register(&mut SoftAuthenticator::new()).await.page();

        let before = machine.everything();
        assert!(machine.refused(&["user", "rm-method", "ada", method]).starts_with("there is no "));
        assert!(machine.misused(&["user", "rm-method", "ada", "key"]).contains("<METHOD>"));
        assert_eq!(machine.everything(), before);
    }

    async fn an_application_comes_and_goes(machine: Machine) {
        let served = machine.serve().await;
        let client = register(&machine);
        let request = Request::of(&client);
        let mut ada = Visitor::new(&served.issuer);
        assert_eq!(ada.authorize(&request).await.page().heading(), "Hello. Who is signing in?");
        machine.ok(&["client", "rm", &client.id]);
        assert_eq!(ada.authorize(&request).await.page().status, 400);
        let (status, answer) = ada.redeem(&request, "x").await;
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    }

    async fn a_rotation_is_seen_within_seconds_and_breaks_nobody(machine: Machine) {
        let served = machine.serve().await;
        machine.ok(&["user", "add", "ada"]);
        machine.ok(&["policy", "set", "Registration", "recommendedMethods=1"]);
        let request = Request::of(&register(&machine));
        let mut ada = Visitor::new(&served.issuer);
        let pass = issue(&machine, &["--multi"]);
        let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
        let (_, tokens) = ada.redeem(&request, &code).await;
        let before = published(&served).await;

        machine.let_keys_be_known().await;
        let rotated = machine.list(&["keys", "rotate"]);
        let kids: BTreeSet<String> =
            rotated.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
        assert!(before.is_subset(&kids) && before.len() == 8 && kids.len() == 12);
        let patience = Instant::now() + Duration::from_secs(4);
        while published(&served).await != kids {
            assert!(Instant::now() < patience, "not seen: {}", served.process.stderr());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(ada.userinfo(access).await.0, 200, "signed before the rotation");
        let (status, fresh) =
            ada.refresh(&request.client, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(
            (status, claims(&fresh["id_token"])["iss"].as_str()),
            (200, Some(&*served.issuer))
        );
        assert_eq!(ada.userinfo(fresh["access_token"].as_str().unwrap()).await.0, 200);
    }
}
