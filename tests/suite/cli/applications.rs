//! `firstkey client`.

use serde_json::{Value, json};

use super::machine::Machine;
use crate::support::database::on_both_engines;

const CALLBACK: &str = "https://app.example/callback";

on_both_engines! {
    async fn an_application_for_devices_needs_no_redirect_uri(machine: Machine) {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let made = machine.json(&["client", "add", "TV", "--public", "--grant-type", grant]);
        assert_eq!(made["grant_types"], json!([grant]));
        assert_eq!(made["scope"], "openid profile email groups offline_access");
        assert_eq!((&made["redirect_uris"], &made["client_secret"]), (&json!([]), &json!(null)));
    }

    async fn what_opens_an_application_is_required_and_taken_back(machine: Machine) {
        let require = |what| ["client", "add", "Payroll", "--redirect-uri", CALLBACK, "--require", what];
        let made = machine.json(&require("phishing-resistant"));
        let id = made["client_id"].as_str().unwrap();
        assert_eq!(made["require_acr"], "phr");
        assert!(machine.ok(&["client", "show", id]).contains("phishing-resistant"));
        let set = |what| machine.json(&["client", "set", id, "--require", what]);
        assert_eq!(set("mfa")["require_acr"], "urn:firstkey:acr:mfa");
        let renamed = machine.json(&["client", "set", id, "--name", "Wages"]);
        assert_eq!(renamed["require_acr"], "urn:firstkey:acr:mfa", "what is not named stays");
        assert!(set("nothing").get("require_acr").is_none());
        let by_name = r#"{"require_acr":"phr"}"#;
        assert_eq!(machine.json(&["client", "set", id, "--metadata", by_name])["require_acr"], "phr");
        // Where people cannot set up what is required, it is said.
        assert!(machine.list(&["policy", "check"]).is_empty());
        let (_, _) = machine.warned(&["policy", "set", "Fido2", "isSelfServiceRegistrationAllowed=false"]);
        let codes: Vec<_> = machine.list(&["policy", "check"]).iter().map(|it| it["code"].clone()).collect();
        assert!(codes.contains(&json!("demandIsUnmet")), "{codes:?}");
    }

    async fn an_application_is_registered_shown_and_removed(machine: Machine) {
        assert_eq!(machine.ok(&["client", "list"]), "There are no applications.\n");
        let made = machine.json(&[
            "client",
            "add",
            "Payroll",
            "--redirect-uri",
            CALLBACK,
            "--redirect-uri",
            "http://localhost:9000/cb",
            "--post-logout-redirect-uri",
            "https://app.example/",
            "--scope",
            "openid",
            "--scope",
            "email",
            "--grant-type",
            "authorization_code",
            "--alg",
            "ES256",
            "--third-party",
        ]);
        let id = made["client_id"].as_str().unwrap();
        assert!(made["client_secret"].as_str().unwrap().len() >= 43, "256 bits");
        assert_eq!(made["client_name"], "Payroll");
        assert_eq!(made["redirect_uris"], json!([CALLBACK, "http://localhost:9000/cb"]));
        assert_eq!(made["post_logout_redirect_uris"], json!(["https://app.example/"]));
        assert_eq!(made["grant_types"], json!(["authorization_code"]));
        assert_eq!(made["scope"], "openid email");
        assert_eq!(made["application_type"], "web");
        assert_eq!(made["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(made["id_token_signed_response_alg"], "ES256");
        assert_eq!((&made["profile"], &made["third_party"]), (&json!("default"), &json!(true)));
        assert!(made["client_id_issued_at"].as_i64().unwrap() > 1_700_000_000);

        let mut expected = made.clone();
        expected.as_object_mut().unwrap().remove("client_secret");
        assert_eq!(machine.json(&["client", "show", id]), expected, "without its secret");
        assert_eq!(machine.list(&["client", "list"]), [expected]);
        let text = machine.ok(&["client", "show", id]);
        for part in ["Payroll", CALLBACK, "confidential", "openid email", "ES256", "client_secret_basic"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains(made["client_secret"].as_str().unwrap()));

        let removed = machine.json(&["client", "rm", id]);
        assert_eq!(removed, json!({ "client_id": id, "client_name": "Payroll", "removed": true }));
        assert_eq!(machine.refused(&["client", "show", id]), format!("there is no client {id}"));
    }

    async fn an_initial_access_token_is_made_and_kept_in_the_audit_log(machine: Machine) {
        let made = machine.json(&["client", "registration-token", "--uses", "3"]);
        assert!(made["initial_access_token"].as_str().unwrap().len() >= 43, "256 bits");
        assert_eq!(made["uses"], 3);
        let text = machine.ok(&["client", "registration-token", "--minutes", "5"]);
        assert!(text.contains("good for 1 registration within 5 minutes"), "{text}");
        for wrong in [["--uses", "0"], ["--minutes", "0"], ["--uses", "many"]] {
            let told = machine.misused(&["client", "registration-token", wrong[0], wrong[1]]);
            assert!(told.contains(wrong[0]), "{told}");
        }
    }

    async fn a_secret_is_shown_once_and_only_to_those_who_can_keep_it(machine: Machine) {
        let text = machine.ok(&[
            "client",
            "add",
            "Web",
            "--redirect-uri",
            CALLBACK,
            "--id",
            "Pay-roll_1.x",
        ]);
        assert!(text.contains("Client secret") && text.contains("shown this once"), "{text}");
        assert!(text.contains("Pay-roll_1.x") && text.contains("Issuer"), "{text}");
        assert_eq!(machine.json(&["client", "show", "Pay-roll_1.x"])["client_id"], "Pay-roll_1.x");

        let public = [
            "client",
            "add",
            "App",
            "--redirect-uri",
            "http://127.0.0.1/cb",
            "--public",
            "--native",
        ];
        let made = machine.json(&public);
        assert_eq!(made.get("client_secret"), None);
        assert_eq!(made["token_endpoint_auth_method"], "none");
        assert_eq!(made["application_type"], "native");
        assert_eq!(made["profile"], "default");
        assert_eq!(made["scope"], "openid profile email groups offline_access");
        assert_eq!(made["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert!(!machine.ok(&public).contains("ecret"));
        let bot = machine.json(&[
            "client",
            "add",
            "Bot",
            "--grant-type",
            "client_credentials",
            "--permission",
            "User.Read.All",
        ]);
        assert!(bot["client_secret"].is_string());
        assert_eq!(bot["application_permissions"], json!(["User.Read.All"]));
        assert_eq!((&bot["redirect_uris"], &bot["scope"]), (&json!([]), &json!("")));
        let old = machine.json(&["client", "add", "Old", "--redirect-uri", CALLBACK, "--profile", "legacy"]);
        assert_eq!(old["profile"], "legacy");
    }

    async fn an_application_is_changed_and_gets_a_new_secret(machine: Machine) {
        let made = machine.json(&["client", "add", "Payroll", "--redirect-uri", CALLBACK]);
        let id = made["client_id"].as_str().unwrap();
        let changed = machine.json(&[
            "client", "set", id, "--name", "Wages", "--redirect-uri", "https://wages.example/cb",
            "--third-party", "true", "--profile", "legacy", "--disable",
        ]);
        assert_eq!(changed["client_name"], "Wages");
        assert_eq!(changed["redirect_uris"], json!(["https://wages.example/cb"]));
        assert_eq!((&changed["third_party"], &changed["profile"]), (&json!(true), &json!("legacy")));
        assert_eq!(changed["enabled"], false);
        for kept in ["client_id", "grant_types", "scope", "id_token_signed_response_alg"] {
            assert_eq!(changed[kept], made[kept], "{kept} was not named");
        }
        assert_eq!(machine.json(&["client", "set", id, "--enable"])["enabled"], true);

        let before = machine.json(&["client", "show", id]);
        let refused = machine.refused(&["client", "set", id, "--name", "X", "--redirect-uri", "http://a.example/"]);
        assert!(refused.starts_with("redirectUri: "), "{refused}");
        let refused = machine.refused(&["client", "set", id, "--permission", "User.Read.All"]);
        assert!(refused.starts_with("applicationPermissions: "), "{refused}");
        machine.misused(&["client", "set", id]);
        assert_eq!(machine.refused(&["client", "set", "nothing", "--enable"]), "there is no client nothing");
        assert_eq!(machine.json(&["client", "show", id]), before, "nothing is half-saved");

        let renewed = machine.json(&["client", "renew-secret", id]);
        assert_eq!(renewed["client_id"], id);
        assert_ne!(renewed["client_secret"], made["client_secret"]);
        let public = machine.json(&["client", "add", "App", "--public", "--redirect-uri", CALLBACK]);
        let refused = machine.refused(&["client", "renew-secret", public["client_id"].as_str().unwrap()]);
        assert_eq!(refused, "clientSecret: an application that is public or has keys has no secret");
        machine.refused(&["client", "set", public["client_id"].as_str().unwrap(), "--profile", "legacy"]);
    }

    async fn what_cannot_be_registered_is_named_and_changes_nothing(machine: Machine) {
        machine.ok(&["client", "add", "Payroll", "--redirect-uri", CALLBACK, "--id", "payroll"]);
        let before = machine.everything();
        let add = |more: &[&'static str]| [&["client", "add", "App"], more].concat();
        for (arguments, field, hint) in [
            (vec!["client", "add", " ", "--redirect-uri", CALLBACK], "name: ", "1 to 128"),
            (add(&[]), "redirectUri: ", "at least one"),
            (add(&["--redirect-uri", "app.example"]), "redirectUri: ", "absolute URI"),
            (add(&["--redirect-uri", "http://app.example/cb"]), "redirectUri: ", "use https"),
            (add(&["--redirect-uri", "https://app.example/*"]), "redirectUri: ", "wildcards"),
            (add(&["--redirect-uri", "https://app.example/#x"]), "redirectUri: ", "fragment"),
            (add(&["--redirect-uri", CALLBACK, "--redirect-uri", ""]), "redirectUri: ", "absolute"),
            (
                add(&["--redirect-uri", CALLBACK, "--post-logout-redirect-uri", "/"]),
                "postLogoutRedirectUri: ",
                "absolute",
            ),
            (add(&["--redirect-uri", CALLBACK, "--scope", "email"]), "scope: ", "openid"),
            (
                add(&["--redirect-uri", CALLBACK, "--id", "payroll"]),
                "client payroll",
                "exists already",
            ),
            (
                add(&["--grant-type", "client_credentials", "--public"]),
                "grantType: ",
                "needs a secret",
            ),
            (
                add(&["--redirect-uri", CALLBACK, "--permission", "User.Read.All"]),
                "applicationPermissions: ",
                "client_credentials",
            ),
            (
                add(&["--grant-type", "client_credentials", "--permission", "User.Read"]),
                "applicationPermissions: ",
                "User.Read is about whoever signs in",
            ),
            (vec!["client", "rm", "nobody"], "there is no client ", "nobody"),
        ] {
            let complaint = machine.refused(&arguments);
            assert!(complaint.starts_with(field) && complaint.contains(hint), "{complaint}");
        }
        let long = "x".repeat(129);
        for (more, flag, hint) in [
            (vec!["--id", "käse"], "--id", "letters, digits, dots"),
            (vec!["--id", ""], "--id", "1 to 128"),
            (vec!["--id", &long], "--id", "1 to 128"),
            (vec!["--id", "app "], "--id", "letters, digits, dots"),
            (vec!["--id", "a'; rm -rf ~; '"], "--id", "letters, digits, dots"),
            (vec!["--id", ".app"], "--id", "a digit first"),
            (vec!["--profile", "loose"], "--profile", "fapi2"),
            (vec!["--alg", "HS256"], "--alg", "ES256, RS256"),
            (vec!["--grant-type", "password"], "--grant-type", "authorization_code"),
            (vec!["--scope", "admin"], "--scope", "offline_access"),
            (vec!["--permission", "Everything"], "--permission", "User.Read.All"),
        ] {
            let said = machine.misused(&[add(&["--redirect-uri", CALLBACK]), more].concat());
            assert!(said.contains(flag) && said.contains(hint), "{said}");
        }
        assert_eq!(machine.everything(), before);
    }
}

#[tokio::test]
async fn an_application_behind_a_proxy_says_where_it_is_and_whom_it_is_open_to() {
    let machine = Machine::new().await;
    machine.ok(&["group", "add", "Staff"]);
    let at = ["--forward-auth", "https://wiki.example.com", "--id", "wiki"];
    machine.ok(&[&["client", "add", "Wiki", "--group", "Staff"], &at[..]].concat());
    let text = machine.ok(&["client", "show", "wiki"]);
    assert!(text.contains("Protected at") && text.contains("https://wiki.example.com\n"), "{text}");
    assert!(text.contains("Open to") && text.contains("Staff"), "{text}");
    machine.ok(&[
        "client",
        "add",
        "Help",
        "--forward-auth",
        "https://help.example.com",
        "--id",
        "h",
    ]);
    assert!(machine.ok(&["client", "show", "h"]).contains("everybody"));
    // One origin is one application's.
    let again = ["client", "add", "Other", "--forward-auth", "https://wiki.example.com"];
    assert!(machine.refused(&again).contains("https://wiki.example.com"));
}

#[tokio::test]
async fn several_at_once_each_get_their_own() {
    let machine = Machine::new().await;
    machine.ok(&["client", "list"]);
    let adding: Vec<_> = (0..4)
        .map(|_| machine.start(&["client", "add", "App", "--redirect-uri", CALLBACK, "--json"]))
        .collect();
    let mut secrets: Vec<String> = Vec::new();
    for running in adding {
        let outcome = running.wait();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let made: Value = serde_json::from_str(&outcome.stdout).unwrap();
        secrets.push(made["client_secret"].as_str().unwrap().to_owned());
    }
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), 4);
    assert_eq!(machine.list(&["client", "list"]).len(), 4);
}
