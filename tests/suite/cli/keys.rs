//! `firstkey keys`, and `firstkey audit`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::machine::Machine;
use crate::support::database::on_both_engines;

/// The `kid`s in a state.
fn in_state(keys: &[Value], state: &str) -> BTreeSet<String> {
    let found = keys.iter().filter(|key| key["state"] == state);
    found.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

const ALGORITHMS: [&str; 4] = ["ES256", "RS256", "PS256", "EdDSA"];

on_both_engines! {
    async fn rotating_makes_the_next_keys_current(machine: Machine) {
        let before = machine.list(&["keys", "list"]);
        assert_eq!(before.len(), 8);
        for alg in ALGORITHMS {
            for state in ["current", "next"] {
                assert!(before.iter().any(|key| key["alg"] == alg && key["state"] == state));
            }
        }
        assert!(
            before
                .iter()
                .all(|key| key["created"].is_string() && key.get("published_until").is_none())
        );
        let said = machine.refused(&["keys", "rotate"]);
        assert!(said.contains("may not sign before") && said.contains("revoke"), "{said}");
        assert_eq!(machine.list(&["keys", "list"]), before);

        machine.let_keys_be_known().await;
        let after = machine.list(&["keys", "rotate"]);
        assert_eq!(in_state(&after, "current"), in_state(&before, "next"));
        assert_eq!(in_state(&after, "retired"), in_state(&before, "current"));
        assert_eq!(in_state(&after, "next").len(), 4);
        assert!(
            after
                .iter()
                .all(|key| key["published_until"].is_string() == (key["state"] == "retired"))
        );
        assert_eq!(machine.list(&["keys", "list"]), after);
        let table = machine.ok(&["keys", "list"]);
        assert_eq!((table.lines().count(), table.matches("retired").count()), (13, 4), "{table}");
        let secrets = machine.run(&["keys", "list", "--json"]).stdout;
        assert!(!secrets.contains("sealed") && !secrets.contains("\"d\""), "{secrets}");
    }

    async fn of_rotations_at_once_one_goes_through(machine: Machine) {
        machine.list(&["keys", "list"]);
        machine.let_keys_be_known().await;
        let rotating: Vec<_> =
            (0..3).map(|_| machine.start(&["keys", "rotate", "--json"])).collect();
        let mut done = 0;
        for running in rotating {
            let outcome = running.wait();
            if outcome.code == Some(0) {
                done += 1;
            } else {
                assert!(outcome.stderr.contains("may not sign before"), "{outcome:?}");
            }
        }
        assert_eq!(done, 1);
        let keys = machine.list(&["keys", "list"]);
        for alg in ALGORITHMS {
            let of: Vec<Value> = keys.iter().filter(|key| key["alg"] == alg).cloned().collect();
            assert_eq!(
                (in_state(&of, "current").len(), in_state(&of, "next").len()),
                (1, 1),
                "{of:?}"
            );
        }
        assert_eq!(in_state(&keys, "retired").len(), 4);
        let lines = machine.list(&["audit", "list", "--activity", "keysRotated"]);
        assert_eq!(lines.iter().filter(|line| line["success"] == true).count(), 1);
    }

    async fn a_compromised_key_is_gone_at_once(machine: Machine) {
        let before = machine.list(&["keys", "list"]);
        let of = |keys: &[Value], state: &str| {
            let found = keys.iter().find(|key| key["alg"] == "ES256" && key["state"] == state);
            found.unwrap()["kid"].as_str().unwrap().to_owned()
        };
        let (current, next) = (of(&before, "current"), of(&before, "next"));
        let after = machine.list(&["keys", "revoke", &current]);
        assert_eq!((after.len(), of(&after, "current")), (8, next.clone()));
        assert!(after.iter().all(|key| key["kid"] != *current));
        assert_ne!(of(&after, "next"), next);
        assert!(machine.refused(&["keys", "revoke", &current]).contains("there is no published key"));
        let lines = machine.list(&["audit", "list"]);
        assert_eq!((&lines[0]["activity"], lines.len()), (&json!("keyRevoked"), 1));
        assert_eq!(lines[0]["detail"], format!("{current}, ES256"));
    }

    async fn the_audit_log_says_who_did_what_newest_first(machine: Machine) {
        assert_eq!(machine.ok(&["audit", "list"]), "Nothing has happened yet.\n");
        let ada = machine.json(&["user", "add", "ada"]);
        machine.ok(&["pass", "issue", "ada", "--once"]);
        machine.ok(&["policy", "set", "TemporaryAccessPass", "defaultLength=12"]);
        let lines = machine.list(&["audit", "list"]);
        let activities: Vec<_> =
            lines.iter().map(|line| line["activity"].as_str().unwrap()).collect();
        assert_eq!(activities, ["policyChanged", "passIssued", "userAdded"]);
        assert!(lines.iter().all(|line| line["actor"] == "operator" && line["success"] == true));
        assert_eq!((&lines[1]["subject"], &lines[1]["username"]), (&ada["id"], &json!("ada")));
        assert!(lines[1]["detail"].as_str().unwrap().starts_with("one-time, 60 minutes from "));
        assert_eq!(lines[0]["detail"], "TemporaryAccessPass: defaultLength");
        assert!(lines[0]["activityDateTime"].as_str() >= lines[2]["activityDateTime"].as_str());
        assert_eq!(machine.list(&["audit", "list", "--limit", "1"]), lines[..1]);
        let table = machine.ok(&["audit", "list"]);
        assert!(table.starts_with("WHEN") && table.contains("operator"), "{table}");
        assert!(machine.misused(&["audit", "list", "--limit", "0"]).contains("--limit"));
        machine.ok(&["user", "rm", "ada"]);
        assert_eq!(machine.list(&["audit", "list"]).len(), 4, "nothing is forgotten with a person");
    }
}
