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

on_both_engines! {
    async fn rotating_makes_the_next_keys_current(machine: Machine) {
        let before = machine.list(&["keys", "list"]);
        assert_eq!(before.len(), 4);
        for (alg, state) in
            [("ES256", "current"), ("ES256", "next"), ("RS256", "current"), ("RS256", "next")]
        {
            assert!(before.iter().any(|key| key["alg"] == alg && key["state"] == state));
        }
        assert!(
            before
                .iter()
                .all(|key| key["created"].is_string() && key.get("published_until").is_none())
        );

        let after = machine.list(&["keys", "rotate"]);
        assert_eq!(in_state(&after, "current"), in_state(&before, "next"));
        assert_eq!(in_state(&after, "retired"), in_state(&before, "current"));
        assert_eq!(in_state(&after, "next").len(), 2);
        assert!(
            after
                .iter()
                .all(|key| key["published_until"].is_string() == (key["state"] == "retired"))
        );
        assert_eq!(machine.list(&["keys", "list"]), after);
        let table = machine.ok(&["keys", "list"]);
        assert_eq!((table.lines().count(), table.matches("retired").count()), (7, 2), "{table}");
        let secrets = machine.run(&["keys", "list", "--json"]).stdout;
        assert!(!secrets.contains("sealed") && !secrets.contains("\"d\""), "{secrets}");
    }

    async fn rotations_at_once_all_go_through(machine: Machine) {
        machine.list(&["keys", "list"]);
        let rotating: Vec<_> =
            (0..3).map(|_| machine.start(&["keys", "rotate", "--json"])).collect();
        for running in rotating {
            let outcome = running.wait();
            assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
        }
        let keys = machine.list(&["keys", "list"]);
        for alg in ["ES256", "RS256"] {
            let of: Vec<Value> = keys.iter().filter(|key| key["alg"] == alg).cloned().collect();
            assert_eq!(
                (in_state(&of, "current").len(), in_state(&of, "next").len()),
                (1, 1),
                "{of:?}"
            );
        }
        // One line for each rotation that was really made.
        let rotations = machine.list(&["audit", "list"]);
        let rotations = rotations.iter().filter(|line| line["activity"] == "keysRotated").count();
        assert!((1..=3).contains(&rotations));
        assert_eq!(in_state(&keys, "retired").len(), 2 * rotations);
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
