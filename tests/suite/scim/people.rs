//! People: added, read, replaced, removed, and what their versions are for.

use firstkey::domain::audit::Activity;
use firstkey::domain::permission::Permission as P;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{ENTERPRISE, Scim, USER, path, scim_body};
use crate::graph::support::as_application;
use crate::support::app::App;
use crate::support::database::on_both_engines;

fn ada(manager: &Value) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "Ada@example.com",
        "externalId": "hr-1",
        "name": { "formatted": "Dr Ada Example", "givenName": "Ada", "familyName": "Example",
                  "honorificPrefix": "Dr" },
        "displayName": "Ada E.",
        "title": "Engineer",
        "preferredLanguage": "en-GB",
        "active": true,
        "emails": [
            { "value": "ada@example.com", "type": "Work", "primary": true },
            { "value": "ada@home.example", "type": "other" },
        ],
        "phoneNumbers": [{ "value": "+44 1", "type": "work" }, { "value": "+44 2", "type": "mobile" }],
        "addresses": [{ "locality": "London" }],
        "password": "secret",
        "id": "mine", "groups": [{ "value": "x" }], "meta": { "version": "x" },
        ENTERPRISE: {
            "employeeNumber": "E-1", "department": "Engines", "costCenter": "C",
            "manager": { "value": manager["id"], "displayName": "ignored" },
        },
    })
}

on_both_engines! {
    async fn a_person_is_added_read_replaced_and_removed(app: App) {
        let scim = Scim::of(&app).await;
        let boss = scim.person("boss", json!({})).await;
        let answer = scim.post("/Users", ada(&boss)).await;
        let (location, etag) = (answer.header("location").to_owned(), answer.header("etag").to_owned());
        let added = answer.expect(201);
        let id = added["id"].as_str().unwrap().to_owned();
        assert_eq!(location, app.url(&format!("/scim/v2/Users/{id}")));
        let created = added["meta"]["created"].clone();
        assert_eq!(added, json!({
            "schemas": [USER, ENTERPRISE],
            "id": id,
            "userName": "Ada@example.com",
            "externalId": "hr-1",
            "name": { "formatted": "Dr Ada Example", "givenName": "Ada", "familyName": "Example" },
            "displayName": "Ada E.",
            "title": "Engineer",
            "preferredLanguage": "en-GB",
            "active": true,
            "emails": [
                { "value": "ada@example.com", "type": "work" },
                { "value": "ada@home.example", "type": "home" },
            ],
            "phoneNumbers": [
                { "value": "+44 1", "type": "work" },
                { "value": "+44 2", "type": "mobile" },
            ],
            ENTERPRISE: {
                "employeeNumber": "E-1", "department": "Engines",
                "manager": {
                    "value": boss["id"],
                    "$ref": app.url(&format!("/scim/v2{}", path(&boss))),
                },
            },
            "meta": {
                "resourceType": "User", "created": created, "lastModified": created,
                "location": location, "version": etag,
            },
        }));
        let path = path(&added);
        assert_eq!(scim.get(&path).await.expect(200), added);
        assert_eq!(scim.get(&path.to_uppercase().replace("USERS", "Users")).await.expect(200), added);

        // What is left out is gone, but nobody is let in again by leaving something out.
        scim.patch(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await.expect(200);
        let answer = scim.put(&path, json!({
            "schemas": [USER], "userName": "ada", "name": { "givenName": "Ada", "familyName": "B" },
        })).await;
        assert_ne!(answer.header("etag"), etag);
        let replaced = answer.expect(200);
        assert_eq!(replaced["meta"]["created"], created);
        assert_ne!(replaced["meta"]["lastModified"], created);
        assert_eq!((&replaced["active"], &replaced["displayName"]), (&json!(false), &json!("Ada B")));
        for gone in ["externalId", "title", "emails", "phoneNumbers", ENTERPRISE] {
            assert!(replaced.get(gone).is_none(), "{gone}");
        }
        assert_eq!(scim.get(&path).await.expect(200), replaced);

        scim.delete(&path).await.expect(204);
        scim.get(&path).await.refused(404, "");
        scim.delete(&path).await.refused(404, "");
        scim.put(&path, ada(&boss)).await.refused(404, "");
        assert_eq!(app.audited(Activity::UserAdded).await.len(), 2);
        assert_eq!(app.audited(Activity::UserChanged).await.len(), 2);
        assert_eq!(app.audited(Activity::UserRemoved).await.len(), 1);
    }

    async fn of_two_changes_at_once_one_has_to_look_again(app: App) {
        let scim = Scim::of(&app).await;
        let added = scim.person("ada", json!({})).await;
        let (path, etag) = (path(&added), added["meta"]["version"].as_str().unwrap());
        let body = json!({ "schemas": [USER], "userName": "ada", "title": "Queen" });
        let put = |etag: &str| scim.send(scim_body(scim.request(Method::PUT, &path), &body).header("if-match", etag));
        let (one, other) = tokio::join!(put(etag), put(etag));
        let (won, other) = if one.status == 200 { (one, other) } else { (other, one) };
        other.refused(412, "");
        let now = won.header("etag").to_owned();
        let change = super::support::patch(&json!([{ "op": "remove", "path": "title" }]));
        let change_at = |etag: &str| scim.send(scim_body(scim.request(Method::PATCH, &path), &change).header("if-match", etag));
        change_at(etag).await.refused(412, "");
        change_at("\"nonsense\"").await.refused(412, "");
        let answer = change_at(&now).await;
        let last = answer.header("etag").to_owned();
        answer.expect(200);
        let get = |etag: &str| scim.send(scim.request(Method::GET, &path).header("if-none-match", etag));
        get(&now).await.expect(200);
        let answer = get(&last).await;
        assert_eq!(answer.header("etag"), last);
        answer.expect(304);
        // What is shown and has no version of its own makes another ETag all the same.
        let group = json!({ "schemas": [super::support::GROUP], "displayName": "Staff",
                            "members": [{ "value": added["id"] }] });
        scim.post("/Groups", group).await.expect(201);
        let seen = get(&last).await.expect(200);
        assert_eq!(seen["groups"][0]["display"], "Staff");
        let delete = |etag: &str| scim.send(scim.request(Method::DELETE, &path).header("if-match", etag));
        delete(&now).await.refused(412, "");
        delete(&last).await.expect(204);
    }

    async fn changes_without_a_version_all_come_through(app: App) {
        let scim = Scim::of(&app).await;
        let path = path(&scim.person("ada", json!({})).await);
        let change = |at: &'static str, value: &'static str| {
            scim.patch(&path, json!([{ "op": "replace", "path": at, "value": value }]))
        };
        let done = tokio::join!(
            change("title", "Queen"),
            change("name.givenName", "Ada"),
            change("externalId", "hr-1"),
            change("preferredLanguage", "en"),
        );
        for answer in [done.0, done.1, done.2, done.3] {
            answer.expect(200);
        }
        let seen = scim.get(&path).await.expect(200);
        assert_eq!(
            (&seen["title"], &seen["name"]["givenName"], &seen["externalId"], &seen["preferredLanguage"]),
            (&json!("Queen"), &json!("Ada"), &json!("hr-1"), &json!("en"))
        );
    }

    async fn answers_have_what_is_asked_for(app: App) {
        let scim = Scim::of(&app).await;
        let boss = scim.person("boss", json!({})).await;
        let path = path(&scim.post("/Users", ada(&boss)).await.expect(201));
        let keys = |body: &Value| {
            let mut keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        let get = async |query: &str| scim.get(&format!("{path}?{query}")).await.expect(200);
        assert_eq!(keys(&get("attributes=USERNAME,nothing").await), ["id", "schemas", "userName"]);
        let seen = get("attributes=name.givenName,emails.value").await;
        assert_eq!(seen["name"], json!({ "givenName": "Ada" }));
        assert_eq!(seen["emails"], json!([{ "value": "ada@example.com" }, { "value": "ada@home.example" }]));
        let urn = ENTERPRISE.to_lowercase();
        let seen = get(&format!("attributes={urn}:department")).await;
        assert_eq!(seen[ENTERPRISE], json!({ "department": "Engines" }));
        assert_eq!(get(&format!("attributes={urn}")).await[ENTERPRISE]["employeeNumber"], "E-1");
        let seen = get(&format!("excludedAttributes=meta,id,name.givenName,emails,{ENTERPRISE}")).await;
        assert!(seen.get("meta").is_none() && seen.get("emails").is_none() && seen.get(ENTERPRISE).is_none());
        assert_eq!(seen["name"]["familyName"], "Example");
        assert!(seen["name"].get("givenName").is_none() && seen["id"].is_string());
        let list = scim.get("/Users?attributes=title&filter=title%20pr").await.expect(200);
        assert_eq!(keys(&list["Resources"][0]), ["id", "schemas", "title"]);
        scim.get(&format!("{path}?attributes=title&excludedAttributes=name")).await.refused(400, "invalidValue");
    }
}

#[tokio::test]
async fn a_username_is_taken_once_whatever_its_case() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    scim.person("Ada", json!({})).await;
    let bob = scim.person("bob", json!({})).await;
    let new = json!({ "schemas": [USER], "userName": "ADA" });
    scim.post("/Users", new.clone()).await.refused(409, "uniqueness");
    scim.put(&path(&bob), new).await.refused(409, "uniqueness");
    let rename = json!([{ "op": "replace", "path": "userName", "value": "aDa" }]);
    scim.patch(&path(&bob), rename).await.refused(409, "uniqueness");
    assert_eq!(scim.get(&path(&bob)).await.expect(200)["userName"], "bob");
    // Names are no ids here.
    scim.get("/Users/bob").await.refused(404, "");
}

#[tokio::test]
async fn what_graph_knows_of_a_person_stays_when_scim_replaces_them() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let graph = as_application(&app, &[P::UserReadWriteAll]).await;
    let hired = "2026-12-01T00:00:00Z";
    let body =
        json!({ "userPrincipalName": "ada", "displayName": "Ada", "employeeHireDate": hired });
    let id = graph.post("/users", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    let body = json!({ "schemas": [USER], "userName": "ada", "title": "Queen" });
    scim.put(&format!("/Users/{id}"), body).await.expect(200);
    let seen = graph.get("/users/ada").await.expect(200);
    assert_eq!((&seen["employeeHireDate"], &seen["jobTitle"]), (&json!(hired), &json!("Queen")));
}
