//! PATCH of people: every kind of path, and what is refused without changing anything.

use serde_json::{Value, json};

use super::support::{ENTERPRISE, Scim, USER, patch, path, scim_body};
use crate::support::app::App;
use crate::support::database::on_both_engines;

async fn ada(scim: &Scim, boss: &Value) -> Value {
    scim.person("ada", json!({
        "displayName": "Ada", "title": "Engineer", "externalId": "hr-1",
        "name": { "givenName": "Ada", "familyName": "Example" },
        "emails": [{ "value": "ada@work.example" }, { "value": "ada@home.example", "type": "home" }],
        ENTERPRISE: { "employeeNumber": "E-1", "manager": { "value": boss["id"] } },
    }))
    .await
}

on_both_engines! {
    async fn every_kind_of_path_changes_what_it_names(app: App) {
        let scim = Scim::of(&app).await;
        let boss = scim.person("boss", json!({})).await;
        let other = scim.person("other", json!({})).await;
        let urn = |rest: &str| format!("{ENTERPRISE}:{rest}");
        let emails = |work: Option<&str>, home: Option<&str>| {
            let mut list = Vec::new();
            list.extend(work.map(|value| json!({ "value": value, "type": "work" })));
            list.extend(home.map(|value| json!({ "value": value, "type": "home" })));
            if list.is_empty() { Value::Null } else { Value::Array(list) }
        };
        let (work, home) = (Some("ada@work.example"), Some("ada@home.example"));
        let op = |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
        // The change, where to look, and what is there then.
        let cases = [
            (op("replace", "title", json!("Queen")), "/title", json!("Queen")),
            (op("Add", "TITLE", json!("Queen")), "/title", json!("Queen")),
            (op("remove", "title", Value::Null), "/title", Value::Null),
            (op("replace", "title", Value::Null), "/title", Value::Null),
            (op("replace", &format!("{USER}:title"), json!("Q")), "/title", json!("Q")),
            (op("replace", "active", json!("False")), "/active", json!(false)),
            (op("replace", "name.givenName", json!("A")), "/name", json!({ "givenName": "A", "familyName": "Example" })),
            (op("remove", "name.givenName", Value::Null), "/name", json!({ "familyName": "Example" })),
            (op("add", "name", json!({ "formatted": "A E" })), "/name",
                json!({ "formatted": "A E", "givenName": "Ada", "familyName": "Example" })),
            (op("remove", "name", Value::Null), "/name", Value::Null),
            (op("replace", "emails[type eq \"work\"].value", json!("a@b")), "/emails", emails(Some("a@b"), home)),
            (op("replace", "emails[type eq \"WORK\" and value co \"ada\"].value", json!("a@b")), "/emails", emails(Some("a@b"), home)),
            (op("add", "emails[type eq \"work\"].value", json!("a@b")), "/emails", emails(Some("a@b"), home)),
            (op("replace", "emails[value ew \"home.example\"]", json!({ "value": "x@y" })), "/emails", emails(work, Some("x@y"))),
            (op("remove", "emails[type eq \"home\"]", Value::Null), "/emails", emails(work, None)),
            (op("remove", "emails[type eq \"home\"].value", Value::Null), "/emails", emails(work, None)),
            (op("remove", "emails", Value::Null), "/emails", Value::Null),
            (op("replace", "emails", json!([{ "value": "a@b" }])), "/emails", emails(Some("a@b"), None)),
            (op("add", "emails", json!([{ "value": "x@y", "type": "other" }])), "/emails", emails(work, Some("x@y"))),
            (op("add", "emails", json!({ "value": "a@b", "type": "work" })), "/emails", emails(Some("a@b"), home)),
            (op("add", "phoneNumbers[type eq \"mobile\"].value", json!("+44")), "/phoneNumbers", json!([{ "value": "+44", "type": "mobile" }])),
            (op("replace", "emails[type eq \"work\"].primary", json!(true)), "/emails", emails(work, home)),
            (op("replace", "addresses[type eq \"work\"].locality", json!("London")), "/title", json!("Engineer")),
            (op("replace", "userName", json!("ada2")), "/userName", json!("ada2")),
            (op("replace", &urn("employeeNumber"), json!("E-2")), &format!("/{ENTERPRISE}/employeeNumber"), json!("E-2")),
            (op("remove", &urn("employeeNumber"), Value::Null), &format!("/{ENTERPRISE}/employeeNumber"), Value::Null),
            (op("add", &urn("department"), json!("Looms")), &format!("/{ENTERPRISE}/department"), json!("Looms")),
            (op("add", &urn("manager"), other["id"].clone()), &format!("/{ENTERPRISE}/manager/value"), other["id"].clone()),
            (op("replace", &urn("manager.value"), other["id"].clone()), &format!("/{ENTERPRISE}/manager/value"), other["id"].clone()),
            (op("replace", &urn("manager"), json!({ "$ref": other["meta"]["location"] })), &format!("/{ENTERPRISE}/manager/value"), other["id"].clone()),
            (op("remove", &urn("manager"), Value::Null), &format!("/{ENTERPRISE}/manager"), Value::Null),
            (op("remove", ENTERPRISE, Value::Null), &format!("/{ENTERPRISE}"), Value::Null),
            (op("replace", ENTERPRISE, json!({ "department": "D" })), &format!("/{ENTERPRISE}/department"), json!("D")),
            (op("add", "externalId", json!("hr-2")), "/externalId", json!("hr-2")),
            // Without a path.
            (json!([{ "op": "replace", "value": { "title": "Queen", "active": false } }]), "/active", json!(false)),
            (json!([{ "op": "add", "value": { "name.familyName": "Byron" } }]), "/name", json!({ "givenName": "Ada", "familyName": "Byron" })),
            (json!([{ "op": "add", "value": { "emails[type eq \"work\"].value": "a@b" } }]), "/emails", emails(Some("a@b"), home)),
            (json!([{ "op": "add", "value": { ENTERPRISE: { "department": "D" } } }]), &format!("/{ENTERPRISE}/employeeNumber"), json!("E-1")),
            (json!([{ "op": "replace", "value": { urn("department"): "D", "id": "x", "schemas": [USER] } }]), &format!("/{ENTERPRISE}/department"), json!("D")),
            // One after the other.
            (json!([
                { "op": "remove", "path": "emails" },
                { "op": "add", "path": "emails[type eq \"home\"].value", "value": "x@y" },
            ]), "/emails", emails(None, Some("x@y"))),
        ];
        for (operations, at, wanted) in cases {
            let ada = ada(&scim, &boss).await;
            let at = at.replace(&format!("/{ENTERPRISE}"), &format!("/{}", ENTERPRISE.replace('~', "~0")));
            let changed = scim.patch(&path(&ada), operations.clone()).await.expect(200);
            let seen = scim.get(&path(&ada)).await.expect(200);
            assert_eq!(changed, seen, "{operations}");
            assert_eq!(seen.pointer(&at).unwrap_or(&Value::Null), &wanted, "{operations}");
            scim.delete(&path(&ada)).await.expect(204);
        }
    }

    async fn what_cannot_be_changed_says_why_and_changes_nothing(app: App) {
        let scim = Scim::of(&app).await;
        let boss = scim.person("boss", json!({})).await;
        let ada = ada(&scim, &boss).await;
        let op = |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
        let urn = |rest: &str| format!("{ENTERPRISE}:{rest}");
        for (operations, kind) in [
            (json!([{ "op": "remove" }]), "noTarget"),
            (op("remove", "emails[type eq \"fax\"]", Value::Null), "noTarget"),
            (op("replace", "emails[value eq \"nobody\"].value", json!("a@b")), "noTarget"),
            (op("add", "emails[value co \"nobody\"].type", json!("work")), "noTarget"),
            (op("replace", "shoeSize", json!(42)), "invalidPath"),
            (op("replace", "name.shoeSize", json!(42)), "invalidPath"),
            (op("replace", "urn:other:User:title", json!("x")), "invalidPath"),
            (op("replace", &urn("shoeSize"), json!(42)), "invalidPath"),
            (op("replace", "members", json!([])), "invalidPath"),
            (op("replace", "title[value eq \"x\"]", json!("x")), "invalidPath"),
            (op("replace", "emails[", json!("x")), "invalidPath"),
            (op("replace", "", json!("x")), "invalidPath"),
            (json!([{ "op": "replace", "path": 7, "value": "x" }]), "invalidPath"),
            (op("replace", "id", json!("x")), "mutability"),
            (op("replace", "meta.version", json!("x")), "mutability"),
            (op("add", "groups", json!([{ "value": boss["id"] }])), "mutability"),
            (op("remove", "userName", Value::Null), "mutability"),
            (op("remove", "active", Value::Null), "mutability"),
            (op("remove", "displayName", Value::Null), "mutability"),
            (op("replace", "userName", Value::Null), "invalidValue"),
            (op("replace", "userName", json!("a b")), "invalidValue"),
            (op("replace", "userName", json!("")), "invalidValue"),
            (op("replace", "userName", json!("x".repeat(129))), "invalidValue"),
            (op("replace", "active", json!("perhaps")), "invalidValue"),
            (op("replace", "title", json!({ "a": 1 })), "invalidValue"),
            (op("replace", "title", json!("x".repeat(257))), "invalidValue"),
            (op("replace", "title", json!("a\u{0}b")), "invalidValue"),
            (op("replace", "title", json!("a\nb")), "invalidValue"),
            (op("replace", "displayName", json!("\u{7}")), "invalidValue"),
            (op("replace", "emails", json!([{ "value": "no address" }])), "invalidValue"),
            (op("replace", "emails", json!([{ "type": "work" }])), "invalidValue"),
            (op("replace", "emails", json!([{ "value": "a@b", "type": "fax" }])), "invalidValue"),
            (op("replace", "emails", json!([{ "value": "a@b" }, { "value": "x@y", "type": "work" }])), "invalidValue"),
            (op("replace", &urn("manager"), json!("nobody")), "invalidValue"),
            (op("replace", &urn("manager"), json!(uuid::Uuid::new_v4())), "invalidValue"),
            (op("replace", &urn("manager"), ada["id"].clone()), "invalidValue"),
            (json!([{ "op": "replace", "value": "x" }]), "invalidValue"),
            (json!([{ "op": "replace", "value": { "shoeSize": 42 } }]), "invalidPath"),
            (json!([{ "op": "move", "path": "title" }]), "invalidSyntax"),
            (json!(["remove"]), "invalidSyntax"),
            (json!([]), "invalidSyntax"),
            (json!({}), "invalidSyntax"),
            // The first alone would have gone through.
            (json!([{ "op": "remove", "path": "title" }, { "op": "remove", "path": "userName" }]), "mutability"),
        ] {
            let detail = scim.patch(&path(&ada), operations.clone()).await.refused(400, kind);
            assert!(!detail.is_empty() && detail.len() < 300, "{operations}");
        }
        assert_eq!(scim.get(&path(&ada)).await.expect(200), ada);
    }
}

#[tokio::test]
async fn a_change_says_that_it_is_one() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let path = path(&scim.person("ada", json!({})).await);
    let operations = json!([{ "op": "replace", "path": "title", "value": "Queen" }]);
    for body in [
        json!({ "Operations": operations }),
        json!({ "schemas": [], "Operations": operations }),
        json!({ "schemas": [USER], "Operations": operations }),
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }),
    ] {
        let request = scim.request(reqwest::Method::PATCH, &path);
        scim.send(scim_body(request, &body)).await.refused(400, "invalidSyntax");
    }
    let request = scim.request(reqwest::Method::PATCH, &format!("{path}?attributes=title"));
    let seen = scim.send(scim_body(request, &patch(&operations))).await.expect(200);
    assert_eq!(seen["title"], "Queen");
    assert!(seen.get("userName").is_none());
}
