//! Groups, and who is in them: people and groups.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Api, as_provisioning};
use crate::support::app::App;
use crate::support::database::on_both_engines;

async fn group(api: &Api, name: &str) -> String {
    let body = json!({ "displayName": name, "mailEnabled": false, "mailNickname": "x", "securityEnabled": true });
    let added = api.post("/groups", body).await.expect(201);
    added["id"].as_str().unwrap().to_owned()
}

fn reference(kind: &str, id: &str) -> Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/{kind}/{id}") })
}

async fn members(api: &Api, id: &str) -> Vec<String> {
    let list = api.get(&format!("/groups/{id}/members")).await.expect(200);
    let list = list["value"].as_array().unwrap();
    list.iter().map(|one| one["displayName"].as_str().unwrap().to_owned()).collect()
}

on_both_engines! {
    async fn a_group_is_added_filled_changed_and_removed(app: App) {
        let api = as_provisioning(&app).await;
        let (ada, bob) = (app.person("ada").await, app.person("bob").await);
        let staff = group(&api, "Staff").await;
        let engineers = group(&api, "Engineers").await;
        let add = format!("/groups/{staff}/members/$ref");
        api.post(&add, reference("directoryObjects", &ada.id.to_string())).await.expect(204);
        api.post(&add, reference("users", "BOB")).await.expect(204);
        api.post(&add, reference("groups", &engineers)).await.expect(204);
        assert_eq!(members(&api, &staff).await, ["Ada Example", "Bob Example", "Engineers"]);
        let message = api.post(&add, reference("users", &bob.id.to_string())).await;
        assert!(message.refused(400, "Request_BadRequest").contains("already exist"));

        // Page by page, from people over to groups.
        let mut path = format!("/groups/{staff}/members?$top=1");
        let mut kinds = Vec::new();
        loop {
            let page = api.get(&path).await.expect(200);
            kinds.push(page["value"][0]["@odata.type"].as_str().unwrap().to_owned());
            match page["@odata.nextLink"].as_str() {
                Some(next) => next.clone_into(&mut path),
                None => break,
            }
        }
        assert_eq!(kinds, ["#microsoft.graph.user", "#microsoft.graph.user", "#microsoft.graph.group"]);

        api.delete(&format!("/groups/{staff}/members/{}/$ref", ada.id)).await.expect(204);
        let again = api.delete(&format!("/groups/{staff}/members/{}/$ref", ada.id)).await;
        again.refused(404, "Request_ResourceNotFound");
        api.delete(&format!("/groups/{staff}/members/{engineers}/$ref")).await.expect(204);
        assert_eq!(members(&api, &staff).await, ["Bob Example"]);

        // Who is in it is part of it: its ETag has moved on.
        let path = format!("/groups/{staff}");
        let seen = api.get(&path).await.header("etag").to_owned();
        assert_ne!(seen, "W/\"1\"");
        let change = |etag: &str| {
            let request = api.request(Method::PATCH, &path).header("if-match", etag);
            api.send(request.json(&json!({ "displayName": "Everybody", "description": "All of us" })))
        };
        change("W/\"1\"").await.refused(412, "resourceModified");
        change(&seen).await.expect(204);
        let changed = api.get(&path).await.expect(200);
        assert_eq!((&changed["displayName"], &changed["description"]), (&json!("Everybody"), &json!("All of us")));
        api.send(api.request(Method::DELETE, &path).header("if-match", seen)).await.refused(412, "resourceModified");
        api.delete(&path).await.expect(204);
        api.get(&path).await.refused(404, "Request_ResourceNotFound");
        api.get("/users/bob").await.expect(200);
    }

    async fn groups_are_found_by_name_and_read_page_by_page(app: App) {
        let api = as_provisioning(&app).await;
        for name in ["Staff", "Starters", "Engineers"] {
            group(&api, name).await;
        }
        let found = api.get("/groups?$filter=startswith(displayName,'st')&$count=true&$top=1").await.expect(200);
        assert_eq!((&found["@odata.count"], &found["value"][0]["displayName"]), (&json!(2), &json!("Staff")));
        let next = api.get(found["@odata.nextLink"].as_str().unwrap()).await.expect(200);
        assert_eq!(next["value"][0]["displayName"], "Starters");
        assert!(next.get("@odata.nextLink").is_none());
        let one = api.get("/groups?$filter=displayName eq 'ENGINEERS'&$select=displayName").await.expect(200);
        assert_eq!(one["value"][0]["displayName"], "Engineers");
        assert!(one["value"][0].get("id").is_none());
    }
}

#[tokio::test]
async fn a_group_is_never_in_itself_not_even_through_others() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    let (a, b, c) = (group(&api, "a").await, group(&api, "b").await, group(&api, "c").await);
    let put = |outer: &str, inner: &str| {
        let (path, body) = (format!("/groups/{outer}/members/$ref"), reference("groups", inner));
        let api = api.clone();
        async move { api.post(&path, body).await }
    };
    put(&a, &b).await.expect(204);
    put(&b, &c).await.expect(204);
    for (outer, inner) in [(&a, &a), (&b, &a), (&c, &a)] {
        assert_eq!(put(outer, inner).await.about("Request_BadRequest"), "members");
    }
    assert!(members(&api, &c).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_taken_names_its_field_and_saves_nothing() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    let staff = group(&api, "Staff").await;
    let path = format!("/groups/{staff}");
    group(&api, "Engineers").await;
    let before = api.get(&path).await.expect(200);
    let cases = [
        (json!({ "displayName": "", "description": "x" }), "displayName"),
        (json!({ "displayName": "ENGINEERS", "description": "x" }), "displayName"),
        (json!({ "description": "x", "securityEnabled": false }), "securityEnabled"),
        (json!({ "mailEnabled": true }), "mailEnabled"),
        (json!({ "groupTypes": ["Unified"] }), "groupTypes"),
        (json!({ "description": "x".repeat(1025) }), "description"),
        (json!({ "members@odata.bind": [] }), "members@odata.bind"),
        (json!({ "visibility": "Private" }), "visibility"),
    ];
    for (body, field) in cases {
        assert_eq!(
            api.patch(&path, body.clone()).await.about("Request_BadRequest"),
            field,
            "{body}"
        );
    }
    assert_eq!(api.get(&path).await.expect(200), before);
    let add = format!("{path}/members/$ref");
    for body in [
        json!({}),
        reference("devices", "x"),
        json!({ "@odata.id": 5 }),
        json!({ "@odata.id": "x" }),
    ] {
        assert_eq!(
            api.post(&add, body.clone()).await.about("Request_BadRequest"),
            "@odata.id",
            "{body}"
        );
    }
    for (kind, id) in [("users", "nobody"), ("groups", "Engineers"), ("directoryObjects", "nobody")]
    {
        api.post(&add, reference(kind, id)).await.refused(404, "Request_ResourceNotFound");
    }
    assert!(members(&api, &staff).await.is_empty());
}
