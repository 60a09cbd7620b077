//! `firstkey upstream`.

use serde_json::json;

use super::machine::Machine;
use crate::support::database::on_both_engines;

const SECRET: &str = "hush, this is between us and them";

on_both_engines! {
    async fn an_upstream_is_added_changed_linked_and_removed(machine: Machine) {
        assert_eq!(machine.ok(&["upstream", "list"]), "There are no upstreams.\n");
        let file = machine.path("contoso.secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        let file = file.to_str().unwrap();
        let added = machine.json(&[
            "upstream", "add", "contoso", "https://login.contoso.example", "--name", "Contoso", "--client-id", "firstkey", "--client-secret-file", file,
            "--link-existing-by", "username", "--domain", "@Contoso.example", "--domain", "contoso.test",
        ]);
        for (name, value) in [
            ("id", json!("contoso")),
            ("displayName", json!("Contoso")),
            ("issuer", json!("https://login.contoso.example")),
            ("scopes", json!(["profile", "email"])),
            ("claim", json!("preferred_username")),
            ("linkExistingBy", json!("username")),
            ("domains", json!(["contoso.example", "contoso.test"])),
            ("everybody", json!(false)),
            ("provision", json!(false)),
            ("admins", json!(false)),
            ("hasSecret", json!(true)),
            ("enabled", json!(true)),
            ("links", json!(0)),
        ] {
            assert_eq!(added[name], value, "{name}");
        }
        let redirect = added["redirectUri"].as_str().unwrap();
        assert!(redirect.ends_with("/upstream/contoso/callback"), "{redirect}");
        assert_eq!(machine.json(&["upstream", "show", "contoso"]), added);
        assert_eq!(machine.list(&["upstream", "list"]), std::slice::from_ref(&added));
        let text = machine.ok(&["upstream", "show", "contoso"]);
        for part in ["Contoso", redirect, "contoso.example, contoso.test", "username"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains(SECRET) && !added.to_string().contains(SECRET));
        let again = ["upstream", "add", "contoso", "https://c.example", "--name", "C",
            "--client-id", "x", "--everybody"];
        assert!(machine.refused(&again).contains("exists already"));

        let changed = machine.json(&["upstream", "set", "contoso", "--everybody", "--claim", "email",
            "--link-existing-by", "email", "--provision", "true", "--disable"]);
        assert_eq!((&changed["everybody"], &changed["domains"]), (&json!(true), &json!([])));
        assert_eq!((&changed["provision"], &changed["enabled"]), (&json!(true), &json!(false)));
        assert_eq!(changed["hasSecret"], true, "what is not named stays");
        let wrong = machine.refused(&["upstream", "set", "contoso", "--claim", "sub"]);
        assert!(wrong.contains("linkExistingBy"), "{wrong}");

        machine.ok(&["user", "add", "ada"]);
        let linked = machine.json(&["upstream", "link", "contoso", "1001", "ada"]);
        assert_eq!(linked["subject"], "1001");
        assert!(machine.refused(&["upstream", "link", "contoso", "1001", "ada"]).contains("exists already"));
        assert_eq!(machine.json(&["upstream", "show", "contoso"])["links"], 1);
        assert_eq!(machine.json(&["upstream", "unlink", "contoso", "ada"])["unlinked"], true);
        assert!(machine.refused(&["upstream", "unlink", "contoso", "ada"]).contains("no link"));
        assert_eq!(machine.json(&["upstream", "rm", "contoso"])["removed"], true);
        assert!(machine.refused(&["upstream", "show", "contoso"]).contains("no upstream contoso"));

        let audit = |activity: &str| {
            let lines = machine.list(&["audit", "list", "--activity", activity]);
            lines.iter().map(|line| line["detail"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(audit("upstreamAdded"), ["contoso: https://login.contoso.example"]);
        assert_eq!(audit("upstreamChanged"), [
            "contoso: disabled, adds people: true, serves everybody, links email by email",
        ]);
        assert_eq!(audit("upstreamLinked"), ["contoso: parted from 1001", "contoso: linked to 1001"]);
        assert_eq!(audit("upstreamRemoved").len(), 1);
    }
}
