//! `firstkey pass`.

use serde_json::{Value, json};

use super::machine::Machine;
use crate::support::database::on_both_engines;

on_both_engines! {
    async fn a_list_is_looked_at_and_issued_and_open_passes_are_listed(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        assert_eq!(machine.ok(&["pass", "list"]), "No pass is open.\n");
        let file = machine.path("new.csv");
        let text = "username,lifetimeInMinutes,displayName\nada,120,\nnobody,,\nlinus,,Linus Example\n";
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let (plan, warning) = machine.warned(&["pass", "issue-list", file, "--check"]);
        let plans: Vec<_> = plan["value"].as_array().unwrap().iter().map(|it| it["plan"].clone()).collect();
        assert_eq!(plans, [json!("issue"), json!(null), json!("add and issue")]);
        assert_eq!(warning, "1 of 3 lines left out");
        assert_eq!(machine.list(&["pass", "list"]).len(), 0, "nothing is done yet");

        let (done, _) = machine.warned(&["pass", "issue-list", file]);
        let value = &done["value"];
        assert_eq!(value[0]["pass"]["lifetimeInMinutes"], 120);
        assert_eq!(value[0]["pass"]["temporaryAccessPass"].as_str().unwrap().len(), 8);
        assert!(value[1]["error"].as_str().unwrap().contains("there is no user nobody"));
        let open = machine.list(&["pass", "list"]);
        let names: Vec<_> = open.iter().map(|pass| pass["username"].clone()).collect();
        assert_eq!(names, [json!("linus"), json!("ada")], "the one that ends first at the head");
        assert!(open.iter().all(|pass| pass["temporaryAccessPass"].is_null()));
        let refused = machine.refused(&["pass", "issue-list", "nowhere.csv"]);
        assert!(refused.starts_with("nowhere.csv"), "{refused}");
    }

    async fn a_pass_is_issued_shown_and_deleted(machine: Machine) {
        machine.ok(&["user", "add", "ada", "--display-name", "Ada Lovelace"]);
        let issued = machine.json(&["pass", "issue", "ada", "--lifetime", "90", "--once"]);
        assert_eq!(
            issued["@odata.type"],
            "#microsoft.graph.temporaryAccessPassAuthenticationMethod"
        );
        let value = issued["temporaryAccessPass"].as_str().unwrap();
        assert_eq!(value.len(), 8);
        assert!(
            value.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()),
            "{value}"
        );
        assert_eq!(
            (&issued["lifetimeInMinutes"], &issued["isUsableOnce"]),
            (&json!(90), &json!(true))
        );
        assert_eq!(
            (&issued["isUsable"], &issued["methodUsabilityReason"]),
            (&json!(true), &json!("EnabledByPolicy"))
        );
        assert!(issued["startDateTime"].is_string() && issued["createdDateTime"].is_string());

        let shown = machine.json(&["pass", "show", "ada"]);
        assert_eq!(shown["id"], issued["id"]);
        assert_eq!(shown["temporaryAccessPass"], Value::Null, "nobody reads it again");
        assert_eq!(machine.json(&["user", "show", "ada"])["temporaryAccessPass"], shown);
        for arguments in
            [&["pass", "show", "ada"][..], &["user", "show", "ada"], &["audit", "list"]]
        {
            let text = machine.ok(arguments);
            assert!(!text.contains(value) && !text.contains(&value[..4]), "{arguments:?}: {text}");
        }

        let again = machine.json(&["pass", "issue", "ada", "--multi"]);
        assert_ne!(again["id"], issued["id"], "it replaces the one before");
        assert_eq!(
            (&again["lifetimeInMinutes"], &again["isUsableOnce"]),
            (&json!(60), &json!(false))
        );
        let removed = machine.json(&["pass", "rm", "ada"]);
        assert_eq!((&removed["id"], &removed["removed"]), (&again["id"], &json!(true)));
        assert_eq!(machine.refused(&["pass", "show", "ada"]), "there is no pass of ada");
        assert_eq!(machine.refused(&["pass", "rm", "ada"]), "there is no pass of ada");
    }

    async fn a_pass_for_people_to_read_is_grouped_and_says_where_to_go(machine: Machine) {
        machine.ok(&["user", "add", "ada", "--display-name", "Ada Lovelace"]);
        let text = machine.ok(&["pass", "issue", "ada", "--issuer", "https://id.example.com"]);
        let line = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).expect(name);
            line[name.len()..].trim().to_owned()
        };
        let (first, second) =
            line("Pass").split_once('-').map(|(a, b)| (a.len(), b.len())).unwrap();
        assert_eq!((first, second), (4, 4), "{text}");
        assert_eq!(line("For"), "ada (Ada Lovelace)");
        assert_eq!(line("Sign in at"), "https://id.example.com");
        assert!(text.contains("shown this once"), "{text}");
    }

    async fn a_pass_for_their_first_day_waits_for_it(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        let start = tomorrow();
        let issued = machine.json(&["pass", "issue", "ada", "--start", &start]);
        assert_eq!(issued["startDateTime"], start);
        assert_eq!(
            (&issued["isUsable"], &issued["methodUsabilityReason"]),
            (&json!(false), &json!("NotYetValid"))
        );
        assert!(machine.ok(&["pass", "show", "ada"]).contains("cannot be used yet"));
    }

    async fn what_cannot_be_issued_is_named_and_changes_nothing(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        machine.ok(&["pass", "issue", "ada"]);
        machine.ok(&["policy", "set", "TemporaryAccessPass", "isUsableOnce=true"]);
        let before = (machine.everything(), machine.json(&["pass", "show", "ada"]));
        let bounds = "lifetimeInMinutes: between 60 and 480 minutes are allowed by the policy";
        for (arguments, complaint) in [
            (&["pass", "issue", "eve"][..], "there is no user eve"),
            (&["pass", "issue", "ada", "--lifetime", "59"], bounds),
            (&["pass", "issue", "ada", "--lifetime", "481"], bounds),
            (&["pass", "issue", "ada", "--lifetime", "-1"], bounds),
            (
                &["pass", "issue", "ada", "--multi"],
                "isUsableOnce: the policy allows one-time passes only",
            ),
            (
                &["pass", "issue", "ada", "--start", "2020-01-01T00:00:00Z"],
                "startDateTime: the start lies in the past",
            ),
            (
                &["pass", "issue", "ada", "--start", "2999-01-01T00:00:00Z"],
                "startDateTime: the start lies more than a year ahead",
            ),
        ] {
            assert_eq!(machine.refused(arguments), complaint);
        }
        for (arguments, flag) in [
            (&["pass", "issue", "ada", "--lifetime", "long"][..], "--lifetime"),
            (&["pass", "issue", "ada", "--start", "tomorrow"], "--start"),
            (&["pass", "issue", "ada", "--start", "2030-01-01T00:00:00"], "--start"),
            (&["pass", "issue", "ada", "--once", "--multi"], "--once"),
        ] {
            let said = machine.misused(arguments);
            assert!(said.contains(flag), "{arguments:?}: {said}");
        }
        assert_eq!((machine.everything(), machine.json(&["pass", "show", "ada"])), before);
    }

    async fn a_pass_that_does_not_work_comes_with_a_warning(machine: Machine) {
        for (name, change, reason, warning) in [
            (
                "ada",
                &["user", "set", "ada", "--disable"][..],
                "AccountDisabled",
                "the account of ada is disabled",
            ),
            (
                "bob",
                &["policy", "set", "TemporaryAccessPass", "excludeTargets=user:bob"],
                "DisabledByPolicy",
                "the policy does not let bob",
            ),
        ] {
            machine.ok(&["user", "add", name]);
            machine.ok(change);
            let outcome = machine.run(&["pass", "issue", name, "--json"]);
            assert_eq!(
                outcome.code,
                Some(0),
                "it is made all the same, as Entra does: {outcome:?}"
            );
            let issued: Value = serde_json::from_str(&outcome.stdout).unwrap();
            assert_eq!(
                (&issued["isUsable"], &issued["methodUsabilityReason"]),
                (&json!(false), &json!(reason))
            );
            assert!(outcome.stderr.starts_with("firstkey: warning: "), "{outcome:?}");
            assert!(outcome.stderr.contains(warning), "{outcome:?}");
            let shown = machine.json(&["pass", "show", name]);
            assert_eq!(shown["methodUsabilityReason"], reason);
            assert!(machine.ok(&["pass", "show", name]).contains("cannot be used"));
        }
        machine.ok(&["user", "set", "ada", "--enable"]);
        assert_eq!(machine.json(&["pass", "show", "ada"])["isUsable"], true);
    }
}

/// This time tomorrow, as the server writes it.
fn tomorrow() -> String {
    use firstkey::domain::time::{Clock, SystemClock, Timestamp};
    let now = SystemClock.now();
    let then = now.plus(std::time::Duration::from_secs(24 * 60 * 60));
    let text = then.to_string();
    let to_the_second = format!("{}Z", &text[..19]);
    Timestamp::parse(&to_the_second).expect("a time").to_string()
}
