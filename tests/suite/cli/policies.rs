//! `firstkey policy`.

use serde_json::{Value, json};

use super::machine::Machine;
use crate::support::database::on_both_engines;

const PASS: &str = "TemporaryAccessPass";

/// A target as it is written in JSON.
fn target(kind: &str, id: &Value) -> Value {
    json!({ "targetType": kind, "id": id, "isRegistrationRequired": false })
}

on_both_engines! {
    async fn a_policy_is_shown_changed_and_reset(machine: Machine) {
        let names: Vec<_> =
            machine.list(&["policy", "list"]).iter().map(|policy| policy["id"].clone()).collect();
        assert_eq!(
            names,
            [PASS, "Fido2", "Registration", "RecoveryCodes", "Session", "AdminPortal", "Branding"]
        );
        let default = machine.json(&["policy", "show", "temporaryaccesspass"]);
        // Entra's fields and defaults; ours stand beside them.
        for (field, value) in [
            ("id", json!(PASS)),
            ("state", json!("enabled")),
            ("minimumLifetimeInMinutes", json!(60)),
            ("maximumLifetimeInMinutes", json!(480)),
            ("defaultLifetimeInMinutes", json!(60)),
            ("defaultLength", json!(8)),
            ("isUsableOnce", json!(false)),
            ("includeTargets", json!([target("group", &json!("all_users"))])),
            ("excludeTargets", json!([])),
        ] {
            assert_eq!(default[field], value, "{field}");
        }

        let (changed, _) = machine.warned(&[
            "policy",
            "set",
            PASS,
            "defaultLength=12",
            "isUsableOnce=true",
            "state=disabled",
        ]);
        assert_eq!(
            (&changed["defaultLength"], &changed["isUsableOnce"]),
            (&json!(12), &json!(true))
        );
        assert_eq!(changed["state"], "disabled");
        assert_eq!(changed["maximumLifetimeInMinutes"], 480, "what is not named stays");
        assert_eq!(machine.json(&["policy", "show", PASS]), changed);
        // Bounds are checked against each other only when all are there.
        machine.warned(&[
            "policy",
            "set",
            PASS,
            "minimumLifetimeInMinutes=600",
            "defaultLifetimeInMinutes=700",
            "maximumLifetimeInMinutes=800",
        ]);
        assert_eq!(machine.json(&["policy", "reset", PASS]), default);
        let kinds = machine.json(&["policy", "set", "Registration", "allowedKinds=securityKey"]);
        assert_eq!(kinds["allowedKinds"], json!(["securityKey"]));
    }

    async fn what_would_lock_people_out_is_said(machine: Machine) {
        assert_eq!(machine.ok(&["policy", "check"]), "Nothing surprising.\n");
        let (changed, warning) = machine.warned(&["policy", "set", PASS, "state=disabled"]);
        assert_eq!(changed["state"], "disabled", "it is done all the same");
        let said = "Nobody may sign in with a pass, so whoever has no key yet cannot register one.";
        assert_eq!(warning, said);
        assert_eq!(machine.list(&["policy", "check"])[0]["code"], "passesAreOff");
        machine.ok(&["policy", "reset", PASS]);
        assert_eq!(machine.list(&["policy", "check"]), Vec::<Value>::new());
    }

    async fn targets_are_named_as_people_name_them(machine: Machine) {
        let group = machine.json(&["group", "add", "New starters"]);
        let ada = machine.json(&["user", "add", "ada"]);
        let changed = machine.json(&[
            "policy",
            "set",
            PASS,
            "includeTargets=group:new starters, user:ADA",
            "excludeTargets=",
        ]);
        assert_eq!(
            changed["includeTargets"],
            json!([target("group", &group["id"]), target("user", &ada["id"])])
        );
        // What is shown can be given to `set` again.
        let text = machine.ok(&["policy", "show", PASS]);
        let shown =
            text.lines().find_map(|line| line.strip_prefix("includeTargets")).unwrap().trim();
        assert_eq!(shown, "group:New starters,user:ada");
        let again = machine.json(&["policy", "set", PASS, &format!("includeTargets={shown}")]);
        assert_eq!(again, changed);
        let all = machine.json(&["policy", "set", PASS, "includeTargets=all"]);
        assert_eq!(all["includeTargets"][0]["id"], "all_users");
    }

    async fn what_cannot_be_set_is_named_and_changes_nothing(machine: Machine) {
        let before = machine.everything();
        for (changes, field, hint) in [
            (&["defaultLength=7"][..], "defaultLength: ", "between 8 and 48"),
            (&["defaultLength=twelve"], "defaultLength: ", "a whole number is needed"),
            (&["defaultLength=1.5"], "defaultLength: ", "a whole number is needed"),
            (&["defaultLength="], "defaultLength: ", "a whole number is needed"),
            (&["isUsableOnce=1"], "isUsableOnce: ", "true or false is needed"),
            (&["isUsableOnce=true", "state=on"], "state: ", "`enabled` or `disabled`"),
            (&["maximumLifetimeInMinutes=43201"], "maximumLifetimeInMinutes: ", "43200"),
            (&["minimumLifetimeInMinutes=481"], "minimumLifetimeInMinutes: ", "must not exceed"),
            (
                &["defaultLifetimeInMinutes=500"],
                "defaultLifetimeInMinutes: ",
                "60 and the maximum of 480",
            ),
            (&["includeTargets=Staff"], "includeTargets: ", "group:NAME, user:NAME or all"),
            (&["includeTargets=group:Ghosts"], "there is no group ", "Ghosts"),
            (
                &["excludeTargets=[{\"targetType\":\"user\",\"id\":\"x\"}]"],
                "excludeTargets: ",
                "no user with this id",
            ),
            (&["excludeTargets=[1]"], "excludeTargets: ", "invalid type"),
            (&["defaultLength=12", "lenght=9"], "lenght: ", "no such field; the fields are"),
            (&["id=Other"], "id: ", "no such field"),
        ] {
            let complaint = machine.refused(&[&["policy", "set", PASS], changes].concat());
            assert!(
                complaint.starts_with(field) && complaint.contains(hint),
                "{changes:?}: {complaint}"
            );
        }
        for (changes, field, hint) in [
            ("recommendedMethods=0", "recommendedMethods: ", "requiredMethods, which is 1"),
            ("requiredMethods=6", "requiredMethods: ", "at most 5"),
            ("allowedKinds=", "allowedKinds: ", "at least one"),
            ("allowedKinds=smoke", "allowedKinds: ", "`passkey`"),
        ] {
            let complaint = machine.refused(&["policy", "set", "Registration", changes]);
            assert!(
                complaint.starts_with(field) && complaint.contains(hint),
                "{changes}: {complaint}"
            );
        }
        for verb in ["show", "reset"] {
            let complaint = machine.refused(&["policy", verb, "Passwords"]);
            assert_eq!(
                complaint,
                "there is no policy Passwords; the policies are TemporaryAccessPass, Fido2, Registration, RecoveryCodes, Session, AdminPortal, Branding"
            );
        }
        assert!(machine.misused(&["policy", "set", PASS]).contains("FIELD=VALUE"));
        assert!(
            machine
                .misused(&["policy", "set", PASS, "defaultLength"])
                .contains("FIELD=VALUE is needed")
        );
        assert_eq!(machine.everything(), before);
    }
}
