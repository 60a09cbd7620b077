//! Groups and who is in them.

use std::collections::BTreeSet;

use firstkey::domain::audit::Activity;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{GROUP, Scim, names, patch, path, scim_body};
use crate::support::app::App;
use crate::support::database::on_both_engines;

fn group(name: &str, members: &[&Value]) -> Value {
    let members: Vec<_> = members.iter().map(|one| json!({ "value": one["id"] })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

fn ids(of: &[&Value]) -> BTreeSet<String> {
    of.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn inside(scim: &Scim, group: &Value) -> BTreeSet<String> {
    let seen = scim.get(&path(group)).await.expect(200);
    let members = seen["members"].as_array().cloned().unwrap_or_default();
    members.iter().map(|one| one["value"].as_str().unwrap().to_owned()).collect()
}

on_both_engines! {
    async fn a_group_is_added_with_its_members_replaced_and_removed(app: App) {
        let scim = Scim::of(&app).await;
        let ada = scim.person("ada", json!({})).await;
        let bob = scim.person("bob", json!({})).await;
        let inner = scim.post("/Groups", group("Inner", &[&bob])).await.expect(201);
        let mut body = group("Outer", &[&ada, &inner]);
        body["externalId"] = "x-1".into();
        let answer = scim.post("/Groups", body).await;
        let (location, etag) = (answer.header("location").to_owned(), answer.header("etag").to_owned());
        let outer = answer.expect(201);
        let at = path(&outer);
        assert_eq!(location, app.url(&format!("/scim/v2{at}")));
        assert_eq!(outer["meta"]["version"], etag);
        assert_eq!((&outer["displayName"], &outer["externalId"]), (&json!("Outer"), &json!("x-1")));
        assert_eq!(outer["members"], json!([
            { "value": ada["id"], "$ref": ada["meta"]["location"], "type": "User" },
            { "value": inner["id"], "$ref": inner["meta"]["location"], "type": "Group" },
        ]));
        assert_eq!(scim.get(&at).await.expect(200), outer);
        let seen = scim.get(&format!("{at}?excludedAttributes=members")).await.expect(200);
        assert!(seen.get("members").is_none() && seen["displayName"] == "Outer");
        let get = scim.request(Method::GET, &at).header("if-none-match", &etag);
        scim.send(get).await.expect(304);
        let seen = scim.get(&path(&ada)).await.expect(200);
        assert_eq!(seen["groups"], json!([
            { "value": outer["id"], "$ref": location, "display": "Outer", "type": "direct" },
        ]));

        let before = app.audited(Activity::GroupChanged).await.len();
        let put = |etag: &str, body: Value| {
            scim.send(scim_body(scim.request(Method::PUT, &at), &body).header("if-match", etag))
        };
        let answer = put(&etag, group("Outer", &[&bob, &ada])).await;
        let next = answer.header("etag").to_owned();
        answer.expect(200);
        assert_eq!(inside(&scim, &outer).await, ids(&[&ada, &bob]));
        let lines = app.audited(Activity::GroupChanged).await;
        // One left, one joined, and what nobody names any more is gone.
        assert_eq!(lines.len() - before, 3, "{lines:?}");
        put(&etag, group("Other", &[])).await.refused(412, "");
        // The same again changes nothing.
        let mut same = group("Outer", &[&ada, &bob]);
        same["externalId"] = Value::Null;
        assert_eq!(put(&next, same).await.header("etag"), next);

        scim.delete(&at).await.expect(204);
        scim.get(&at).await.refused(404, "");
        scim.delete(&at).await.refused(404, "");
        assert!(scim.get(&path(&ada)).await.expect(200).get("groups").is_none());
    }

    async fn members_come_and_go_by_change(app: App) {
        let scim = Scim::of(&app).await;
        let [ada, bob, cyd] = [
            scim.person("ada", json!({})).await,
            scim.person("bob", json!({})).await,
            scim.person("cyd", json!({})).await,
        ];
        let staff = scim.post("/Groups", group("Staff", &[&ada])).await.expect(201);
        let at = path(&staff);
        let of = |one: &Value| json!({ "value": one["id"] });
        let which = |one: &Value| format!("members[value eq \"{}\"]", one["id"].as_str().unwrap());
        for (operations, wanted) in [
            (json!([{ "op": "add", "path": "members", "value": [of(&bob), of(&ada)] }]), vec![&ada, &bob]),
            (json!([{ "op": "remove", "path": which(&ada) }]), vec![&bob]),
            // Who has left already is missed by nobody.
            (json!([{ "op": "remove", "path": which(&ada) }]), vec![&bob]),
            (json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", uuid::Uuid::new_v4()) }]), vec![&bob]),
            (json!([{ "op": "Add", "path": "members", "value": of(&cyd) }]), vec![&bob, &cyd]),
            // As Entra ID has it.
            (json!([{ "op": "Remove", "path": "members", "value": [of(&bob)] }]), vec![&cyd]),
            (json!([{ "op": "add", "value": { "members": [of(&ada), { "$ref": bob["meta"]["location"] }] } }]), vec![&ada, &bob, &cyd]),
            (json!([{ "op": "remove", "path": format!("{GROUP}:members[value eq \"{}\" or value eq \"{}\"]",
                ada["id"].as_str().unwrap(), bob["id"].as_str().unwrap()) }]), vec![&cyd]),
            (json!([{ "op": "replace", "path": "members", "value": [of(&ada), of(&bob)] }]), vec![&ada, &bob]),
            (json!([{ "op": "remove", "path": "members" }, { "op": "add", "path": "members", "value": [of(&cyd)] }]), vec![&cyd]),
            (json!([{ "op": "replace", "path": "members", "value": [] }]), vec![]),
        ] {
            let answer = scim.patch(&at, operations.clone()).await;
            let etag = answer.header("etag").to_owned();
            answer.expect(204);
            assert_eq!(inside(&scim, &staff).await, ids(&wanted), "{operations}");
            assert_eq!(scim.get(&at).await.header("etag"), etag);
        }
        let change = json!([
            { "op": "replace", "path": "displayName", "value": "All staff" },
            { "op": "add", "path": "externalId", "value": "x-1" },
            { "op": "add", "path": "members", "value": [of(&ada)] },
        ]);
        let request = scim.request(Method::PATCH, &format!("{at}?attributes=displayName,members"));
        let seen = scim.send(scim_body(request, &patch(&change))).await.expect(200);
        assert_eq!((&seen["displayName"], &seen["members"][0]["value"]), (&json!("All staff"), &ada["id"]));
        assert!(seen.get("externalId").is_none());
    }

    async fn what_cannot_be_says_why_and_changes_nothing(app: App) {
        let scim = Scim::of(&app).await;
        let ada = scim.person("ada", json!({})).await;
        let inner = scim.post("/Groups", group("Inner", &[&ada])).await.expect(201);
        let outer = scim.post("/Groups", group("Outer", &[&inner])).await.expect(201);
        let nobody = json!({ "id": uuid::Uuid::new_v4() });
        let detail = scim.post("/Groups", group("New", &[&ada, &nobody])).await.refused(400, "invalidValue");
        assert!(detail.starts_with("members: "), "{detail}");
        scim.post("/Groups", group("INNER", &[])).await.refused(409, "uniqueness");
        scim.post("/Groups", json!({ "schemas": [GROUP] })).await.refused(400, "invalidValue");
        scim.post("/Groups", group(&"x".repeat(129), &[])).await.refused(400, "invalidValue");
        scim.post("/Groups", group("a\u{0}", &[])).await.refused(400, "invalidValue");
        assert_eq!(names(&scim.get("/Groups").await.expect(200)), ["Inner", "Outer"]);

        let op = |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
        for (operations, status, kind) in [
            (op("add", "members", json!([{ "value": outer["id"] }])), 400, "invalidValue"),
            (op("add", "members", json!([{ "value": inner["id"] }])), 400, "invalidValue"),
            (op("add", "members", json!([{ "value": "ada" }])), 400, "invalidValue"),
            (op("add", "members", json!([{ "value": nobody["id"] }])), 400, "invalidValue"),
            (op("replace", "members[value eq \"x\"]", json!({ "value": "y" })), 400, "mutability"),
            (op("replace", "members.value", json!("y")), 400, "mutability"),
            (op("remove", "members[type eq \"User\"]", Value::Null), 400, "invalidPath"),
            (op("remove", "displayName", Value::Null), 400, "mutability"),
            (op("replace", "displayName", json!("OUTER")), 409, "uniqueness"),
            (op("replace", "title", json!("x")), 400, "invalidPath"),
            (json!([
                { "op": "replace", "path": "displayName", "value": "Renamed" },
                { "op": "add", "path": "members", "value": [{ "value": nobody["id"] }] },
            ]), 400, "invalidValue"),
        ] {
            scim.patch(&path(&inner), operations).await.refused(status, kind);
        }
        assert_eq!(scim.get(&path(&inner)).await.expect(200), inner);
    }
}

#[tokio::test]
async fn a_group_has_another_version_once_a_member_is_removed_for_good() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let ada = scim.person("ada", json!({})).await;
    let inner = scim.post("/Groups", group("Inner", &[&ada])).await.expect(201);
    let outer = scim.post("/Groups", group("Outer", &[&inner])).await.expect(201);
    for (gone, holder) in [(&ada, &inner), (&inner, &outer)] {
        let etag = scim.get(&path(holder)).await.header("etag").to_owned();
        scim.delete(&path(gone)).await.expect(204);
        let get = scim.request(Method::GET, &path(holder)).header("if-none-match", &etag);
        assert!(scim.send(get).await.expect(200).get("members").is_none());
    }
}

#[tokio::test]
async fn more_members_than_a_page_sends_are_added_in_one_go() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(scim.person(&format!("p{number}"), json!({})).await);
    }
    // The same people over and over: it is the size of the request that counts.
    let members: Vec<_> = (0..1500).map(|n| json!({ "value": people[n % 20]["id"] })).collect();
    let body = json!({ "schemas": [GROUP], "displayName": "All", "members": members });
    assert!(body.to_string().len() > 64 * 1024);
    let all = scim.post("/Groups", body).await.expect(201);
    assert_eq!(all["members"].as_array().unwrap().len(), 20);
    let huge = json!({ "schemas": [GROUP], "displayName": "x".repeat(1024 * 1024) });
    scim.post("/Groups", huge).await.refused(413, "");
}
