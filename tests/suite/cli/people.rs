//! `firstkey user` and `firstkey group`.

use serde_json::{Value, json};

use super::machine::Machine;
use crate::support::database::on_both_engines;

on_both_engines! {
    async fn people_are_added_shown_changed_and_removed(machine: Machine) {
        machine.ok(&["group", "add", "Staff"]);
        let ada = machine.json(&[
            "user",
            "add",
            "Ada",
            "--display-name",
            "Ada Lovelace",
            "--email",
            "ada@example.com",
            "--role",
            "user-administrator",
            "--role",
            "globalReader",
            "--group",
            "staff",
        ]);
        assert_eq!(ada["username"], "Ada");
        assert_eq!(ada["userPrincipalName"], "Ada", "Microsoft Graph's name for it");
        assert_eq!(ada["displayName"], "Ada Lovelace");
        assert_eq!(ada["mail"], "ada@example.com");
        assert_eq!(ada["roles"], json!(["userAdministrator", "globalReader"]));
        assert_eq!(ada["groups"], json!(["Staff"]));
        assert_eq!((&ada["enabled"], &ada["accountEnabled"]), (&json!(true), &json!(true)));
        assert!(ada["createdDateTime"].as_str().unwrap().ends_with('Z'));
        let id = ada["id"].as_str().unwrap();

        let shown = machine.json(&["user", "show", "ADA"]);
        assert_eq!(shown["id"], id, "names compare without case");
        assert_eq!((&shown["methods"], &shown["temporaryAccessPass"]), (&json!([]), &Value::Null));
        let text = machine.ok(&["user", "show", id]);
        for part in ["Ada Lovelace", "ada@example.com", "userAdministrator, globalReader", id] {
            assert!(text.contains(part), "{part}: {text}");
        }

        let changed = machine.json(&[
            "user",
            "set",
            "ada",
            "--display-name",
            "Countess",
            "--no-roles",
            "--disable",
        ]);
        assert_eq!((&changed["displayName"], &changed["roles"]), (&json!("Countess"), &json!([])));
        assert_eq!(changed["accountEnabled"], false);
        assert_eq!(changed["mail"], "ada@example.com", "what is not named stays");
        let changed = machine.json(&["user", "set", "ada", "--enable", "--role", "globalReader"]);
        assert_eq!(
            (&changed["accountEnabled"], &changed["roles"]),
            (&json!(true), &json!(["globalReader"]))
        );

        let removed = machine.json(&["user", "rm", "ada"]);
        assert_eq!(removed, json!({ "id": id, "username": "Ada", "removed": true }));
        assert_eq!(machine.list(&["user", "list"]), Vec::<Value>::new());
        assert_eq!(machine.refused(&["user", "show", "ada"]), "there is no user ada");
    }

    async fn somebody_is_made_to_register_anew(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        assert_eq!(machine.json(&["user", "show", "ada"]).get("reregistrationRequiredSince"), None);
        let done = machine.json(&["user", "require-registration", "ADA"]);
        assert_eq!(done["username"], "ada");
        let shown = machine.json(&["user", "show", "ada"]);
        assert!(shown["reregistrationRequiredSince"].is_string(), "{shown}");
        assert_eq!(shown["reregistrationRequiredSince"], done["reregistrationRequiredSince"]);
        assert!(machine.ok(&["user", "show", "ada"]).contains("required since"));
        let said = machine.ok(&["user", "require-registration", "ada"]);
        assert!(said.contains("firstkey pass issue ada"), "{said}");
        let complaint = machine.refused(&["user", "require-registration", "eve"]);
        assert_eq!(complaint, "there is no user eve");
        let said = machine.ok(&["user", "cancel-registration", "ada"]);
        assert!(said.contains("opens their account again"), "{said}");
        assert_eq!(machine.json(&["user", "show", "ada"]).get("reregistrationRequiredSince"), None);
        let complaint = machine.refused(&["user", "cancel-registration", "ada"]);
        assert!(complaint.contains("ada need not register anew"), "{complaint}");
        let policy = machine.json(&["policy", "set", "RecoveryCodes", "state=enabled", "includeTargets=user:ada"]);
        assert_eq!((&policy["state"], &policy["includeTargets"][0]["targetType"]), (&json!("enabled"), &json!("user")));
    }

    async fn people_are_listed_by_username(machine: Machine) {
        assert_eq!(machine.ok(&["user", "list"]), "There is nobody.\n");
        for name in ["linus", "Ada", "grace", "jürgen"] {
            let said = machine.ok(&["user", "add", name]);
            assert!(said.contains(&format!("firstkey pass issue {name}")), "{said}");
        }
        let names = |arguments: &[&str]| -> Vec<String> {
            let people = machine.list(arguments);
            people.iter().map(|person| person["username"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&["user", "list"]), ["Ada", "grace", "jürgen", "linus"]);
        assert_eq!(names(&["user", "list", "--limit", "2"]), ["Ada", "grace"]);
        let table = machine.ok(&["user", "list"]);
        assert_eq!(table.lines().count(), 5, "{table}");
        assert!(table.starts_with("USERNAME"), "{table}");
    }

    async fn groups_are_filled_emptied_and_removed(machine: Machine) {
        assert_eq!(machine.ok(&["group", "list"]), "There are no groups.\n");
        machine.ok(&["user", "add", "ada"]);
        let group = machine.json(&["group", "add", "New starters"]);
        assert_eq!(
            (&group["displayName"], &group["memberCount"]),
            (&json!("New starters"), &json!(0))
        );
        let joined = machine.json(&["group", "join", "new starters", "ada"]);
        assert_eq!((&joined["user"], &joined["member"]), (&json!("ada"), &json!(true)));
        // Once more changes nothing, under its other name either.
        machine.ok(&["group", "add-member", "New starters", "ada"]);
        let shown = machine.json(&["group", "show", "New starters"]);
        assert_eq!((&shown["memberCount"], &shown["members"]), (&json!(1), &json!(["ada"])));
        assert_eq!(machine.list(&["group", "list"])[0]["memberCount"], 1);
        assert_eq!(machine.json(&["user", "show", "ada"])["groups"], json!(["New starters"]));

        let said = machine.ok(&["group", "leave", "New starters", "ada"]);
        assert_eq!(said, "ada is not in group New starters.\n");
        machine.ok(&["group", "join", "New starters", "ada"]);
        assert_eq!(machine.json(&["group", "rm", group["id"].as_str().unwrap()])["removed"], true);
        assert_eq!(machine.list(&["group", "list"]), Vec::<Value>::new());
        assert_eq!(machine.json(&["user", "show", "ada"])["groups"], json!([]), "its members stay");
    }

    async fn what_an_hr_system_knows_is_kept_changed_and_taken_away(machine: Machine) {
        machine.ok(&["user", "add", "grace"]);
        let grace = machine.json(&["user", "show", "grace"])["id"].clone();
        let ada = machine.json(&[
            "user", "add", "ada", "--given-name", "Ada", "--surname", "Lovelace",
            "--job-title", "Engineer", "--department", "Engines", "--employee-id", "1815",
            "--employee-hire-date", "2030-01-31T08:00:00+01:00", "--preferred-language", "en-GB",
            "--alternate-email", "ada@home.example", "--external-id", "hr-1", "--manager", "grace",
        ]);
        for (field, value) in [
            ("givenName", json!("Ada")),
            ("surname", json!("Lovelace")),
            ("jobTitle", json!("Engineer")),
            ("department", json!("Engines")),
            ("employeeId", json!("1815")),
            ("employeeHireDate", json!("2030-01-31T07:00:00Z")),
            ("preferredLanguage", json!("en-GB")),
            ("alternateEmail", json!("ada@home.example")),
            ("externalId", json!("hr-1")),
            ("manager", grace),
        ] {
            assert_eq!(ada[field], value, "{field}");
        }
        let shown = machine.ok(&["user", "show", "ada"]);
        assert!(shown.contains("Ada Lovelace") && shown.contains("Engines"), "{shown}");

        let less = machine.json(&[
            "user", "set", "ada", "--manager", "", "--department", "", "--employee-hire-date", "",
            "--alternate-email", "ada@new.example",
        ]);
        for field in ["manager", "department", "employeeHireDate"] {
            assert_eq!(less.get(field), None, "{field} is taken away");
        }
        assert_eq!((&less["alternateEmail"], &less["jobTitle"]), (&json!("ada@new.example"), &json!("Engineer")));
        for (arguments, complaint) in [
            (["--manager", "nobody"], "there is no user nobody"),
            (["--manager", "ada"], "manager: nobody reports to themselves"),
            (["--employee-hire-date", "soon"], "employeeHireDate: an RFC 3339 date and time with a zone is needed"),
            (["--alternate-email", "home"], "alternateEmail: an address like name@example.com is needed"),
        ] {
            let said = machine.refused(&[&["user", "set", "ada", "--given-name", "Eve"], &arguments[..]].concat());
            assert_eq!(said, complaint);
        }
        assert_eq!(machine.json(&["user", "show", "ada"])["givenName"], "Ada", "nothing is half-saved");
        assert!(machine.misused(&["user", "set", "ada"]).contains("--email"), "something must be changed");
    }

    async fn groups_are_in_groups_and_are_renamed(machine: Machine) {
        machine.ok(&["group", "add", "Staff", "--description", "All who work here"]);
        machine.ok(&["group", "add", "Engineers"]);
        let said = machine.ok(&["group", "join", "Staff", "--group", "Engineers"]);
        assert_eq!(said, "Group Engineers is in group Staff.\n");
        let shown = machine.json(&["group", "show", "Staff"]);
        assert_eq!(shown["memberGroups"], json!(["Engineers"]));
        assert_eq!(shown["description"], "All who work here");
        let circle = machine.refused(&["group", "join", "Engineers", "--group", "Staff"]);
        assert_eq!(circle, "members: a group cannot be in itself, not even through others");
        machine.misused(&["group", "join", "Staff"]);
        let renamed = machine.json(&["group", "set", "Staff", "--display-name", "People", "--description", ""]);
        assert_eq!((&renamed["displayName"], renamed.get("description")), (&json!("People"), None));
        let taken = machine.refused(&["group", "set", "People", "--display-name", "engineers"]);
        assert_eq!(taken, "group engineers exists already");
        machine.ok(&["group", "leave", "People", "--group", "Engineers"]);
        assert_eq!(machine.json(&["group", "show", "People"])["memberGroups"], json!([]));
    }

    async fn what_cannot_be_taken_is_named_and_changes_nothing(machine: Machine) {
        machine.ok(&["group", "add", "Staff"]);
        machine.ok(&["user", "add", "ada"]);
        let before = machine.everything();
        let long = "a".repeat(129);
        for (arguments, complaint) in [
            (&["user", "add", ""][..], "username: a username is needed"),
            (&["user", "add", "a b"], "username: only letters, digits and . _ - + @ ' are allowed"),
            (&["user", "add", &long], "username: at most 128 characters"),
            (&["user", "add", "ADA"], "user ADA exists already"),
            (
                &["user", "add", "eve", "--email", "eve"],
                "email: an address like name@example.com is needed",
            ),
            (
                &["user", "add", "eve", "--display-name", " "],
                "displayName: between 1 and 256 characters are needed",
            ),
            (
                &["user", "add", "eve", "--group", "Staff", "--group", "Ghosts"],
                "there is no group Ghosts",
            ),
            (
                &["user", "set", "ada", "--disable", "--email", "@"],
                "email: an address like name@example.com is needed",
            ),
            (&["user", "set", "eve", "--disable"], "there is no user eve"),
            (&["user", "rm", "eve"], "there is no user eve"),
            (&["group", "add", "STAFF"], "group STAFF exists already"),
            (&["group", "add", " "], "group: a name of 1 to 128 printable characters is needed"),
            (&["group", "join", "Staff", "eve"], "there is no user eve"),
            (&["group", "join", "Ghosts", "ada"], "there is no group Ghosts"),
            (&["group", "rm", "Ghosts"], "there is no group Ghosts"),
        ] {
            assert_eq!(machine.refused(arguments), complaint);
        }
        assert_eq!(machine.everything(), before);
    }
}

#[tokio::test]
async fn what_somebody_called_themselves_cannot_move_the_cursor() {
    let machine = Machine::new().await;
    machine.ok(&["user", "add", "eve", "--display-name", "Eve\u{202e}nimda"]);
    for arguments in [&["user", "show", "eve"][..], &["user", "list"]] {
        let text = machine.ok(arguments);
        assert!(text.contains("Eve\u{fffd}nimda") && !text.contains('\u{202e}'), "{text:?}");
    }
    let complaint = machine.refused(&["user", "show", "\u{1b}[2Jeve\n"]);
    assert_eq!(complaint, "there is no user \u{fffd}[2Jeve");
    // A script gets what is stored.
    assert_eq!(machine.json(&["user", "show", "eve"])["displayName"], "Eve\u{202e}nimda");
}
