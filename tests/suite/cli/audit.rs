//! `firstkey audit`: finding lines, handing them on, and knowing that none is missing.

use firstkey::store::Store;
use serde_json::Value;

use super::machine::Machine;
use crate::support::database::on_both_engines;

fn details(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["detail"].as_str().unwrap()).collect()
}

on_both_engines! {
    async fn lines_are_found_by_what_one_remembers(machine: Machine) {
        machine.ok(&["user", "add", "ada"]);
        machine.ok(&["user", "add", "bob"]);
        machine.ok(&["pass", "issue", "ada", "--once"]);
        let list = |more: &[&str]| machine.list(&[&["audit", "list"], more].concat());
        assert_eq!(details(&list(&["--activity", "userAdded"])), ["bob", "ada"]);
        let both = ["--activity", "userAdded", "--activity", "passIssued"];
        assert_eq!(list(&both).len(), 3);
        assert_eq!(list(&["--user", "ada"]).len(), 2);
        assert_eq!(list(&["--by", "operator"]).len(), 3);
        assert_eq!(list(&["--by", "ada"]).len(), 0);
        assert_eq!(list(&["--refused"]).len(), 0);
        assert_eq!(list(&["--until", "2020-01-01T00:00:00Z"]).len(), 0);
        assert_eq!(list(&["--since", "2020-01-01T00:00:00Z"]).len(), 3);
        let nothing = machine.ok(&["audit", "list", "--refused"]);
        assert_eq!(nothing, "Nothing like that has happened.\n");
        let complaint = machine.refused(&["audit", "list", "--user", "carol"]);
        assert_eq!(complaint, "there is no user carol");
        assert!(machine.misused(&["audit", "list", "--since", "yesterday"]).contains("--since"));
    }

    async fn the_log_is_exported_whole_and_what_is_missing_shows(machine: Machine) {
        assert_eq!(machine.ok(&["audit", "export"]), "");
        for name in ["ada", "bob", "carol"] {
            machine.ok(&["user", "add", name]);
        }
        let export = machine.ok(&["audit", "export"]);
        let lines: Vec<Value> =
            export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(details(&lines), ["ada", "bob", "carol"]);
        let numbers: Vec<_> = lines.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(machine.ok(&["audit", "verify"]), "The audit log is whole: 3 lines.\n");
        assert_eq!(machine.json(&["audit", "verify"])["intact"], true);

        let store = Store::open(machine.database()).await.unwrap();
        let remove = "DELETE FROM audit_events WHERE detail = 'bob'";
        store
            .write(move |conn| {
                Box::pin(async move {
                    sqlx::query(remove).execute(conn).await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        store.close().await;
        let complaint = machine.refused(&["audit", "verify"]);
        assert_eq!(complaint, "the audit log was tampered with: line 2 is missing");
    }
}
