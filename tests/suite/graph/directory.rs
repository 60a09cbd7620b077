//! People: found, added, changed and removed.

use firstkey::domain::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Answer, Api, as_application, as_provisioning, person};
use crate::support::app::App;
use crate::support::database::on_both_engines;

fn names(answer: &Value) -> Vec<&str> {
    let list = answer["value"].as_array().unwrap();
    list.iter().map(|user| user["userPrincipalName"].as_str().unwrap()).collect()
}

async fn find(api: &Api, filter: &str) -> Vec<String> {
    let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let answer = api.get(&format!("/users?$filter={query}")).await.expect(200);
    names(&answer).into_iter().map(str::to_owned).collect()
}

on_both_engines! {
    async fn a_person_is_added_read_changed_and_removed(app: App) {
        let api = as_provisioning(&app).await;
        let answer = api.post("/users", json!({
            "@odata.type": "#microsoft.graph.user",
            "userPrincipalName": "Ada@example.com",
            "displayName": "Ada Example",
            "mail": "ada@mail.example",
            "givenName": "Ada",
            "surname": "Example",
            "jobTitle": "Engineer",
            "department": "Engines",
            "employeeId": "E-1",
            "employeeHireDate": "2026-12-01T00:00:00+00:00",
            "preferredLanguage": "en",
            "otherMails": ["ada@home.example"],
            "externalId": "hr-1",
            "accountEnabled": true,
            "mailNickname": "ada",
            "passwordProfile": { "password": "xWwvJ]6NMw+bWH-d" },
        })).await;
        let (location, etag) = (answer.header("location").to_owned(), answer.header("etag").to_owned());
        let added = answer.expect(201);
        let id = added["id"].as_str().unwrap();
        assert_eq!(location, app.url(&format!("/v1.0/users/{id}")));
        assert_eq!((etag.as_str(), added["@odata.etag"].as_str()), ("W/\"1\"", Some("W/\"1\"")));
        let read = api.get("/users/ADA%40example.com").await.expect(200);
        assert_eq!(read, added);
        assert_eq!(read["employeeHireDate"], "2026-12-01T00:00:00Z");
        assert_eq!(read["otherMails"], json!(["ada@home.example"]));
        assert_eq!(read["@odata.context"], app.url("/v1.0/$metadata#users/$entity"));

        let path = format!("/users/{id}");
        api.patch(&path, json!({ "jobTitle": null, "otherMails": [], "accountEnabled": false })).await.expect(204);
        let changed = api.get(&path).await.expect(200);
        assert_eq!((&changed["jobTitle"], &changed["otherMails"], &changed["accountEnabled"]),
            (&Value::Null, &json!([]), &json!(false)));
        assert_eq!((&changed["surname"], &changed["@odata.etag"]), (&json!("Example"), &json!("W/\"2\"")));

        let change = |etag: &str| {
            let request = api.request(Method::PATCH, &path).header("if-match", etag);
            api.send(request.json(&json!({ "department": "Looms" })))
        };
        change("W/\"1\"").await.refused(412, "resourceModified");
        change("W/\"2\"").await.expect(204);
        api.send(api.request(Method::DELETE, &path).header("if-match", "W/\"2\"")).await.refused(412, "resourceModified");
        api.delete(&path).await.expect(204);
        api.get(&path).await.refused(404, "Request_ResourceNotFound");
        api.delete(&path).await.refused(404, "Request_ResourceNotFound");
    }

    async fn people_are_found_by_what_is_asked_for(app: App) {
        let api = as_provisioning(&app).await;
        for (name, mail, external) in [
            ("ada", "a_da@example.com", "hr-1"),
            ("adam", "axda@example.com", "hr-2"),
            ("Ádám", "adam@example.org", "HR-1"),
            ("bob", "o'neil@example.com", "hr-3"),
        ] {
            let body = json!({
                "userPrincipalName": name, "mail": mail, "externalId": external,
                "displayName": format!("{name} 100%"),
            });
            api.post("/users", body).await.expect(201);
        }
        app.disable("adam").await;
        let id = api.get("/users/bob").await.expect(200)["id"].as_str().unwrap().to_owned();
        let cases = [
            ("userPrincipalName eq 'ADA'", vec!["ada"]),
            ("startswith(userPrincipalName,'Ad')", vec!["ada", "adam"]),
            ("startswith(userPrincipalName,'á')", vec!["Ádám"]),
            ("startswith(mail,'a_')", vec!["ada"]),
            ("startswith(displayName,'bob 100%')", vec!["bob"]),
            ("startswith(displayName,'%')", vec![]),
            ("startswith(mail,'O''N')", vec!["bob"]),
            ("mail eq 'o''neil@example.com'", vec!["bob"]),
            ("externalId eq 'hr-1'", vec!["ada"]),
            ("externalId eq 'HR-1'", vec!["Ádám"]),
            ("accountEnabled eq false", vec!["adam"]),
            ("startswith(userPrincipalName,'ad') and accountEnabled eq true", vec!["ada"]),
            ("userPrincipalName eq 'bob' or externalId eq 'hr-2'", vec!["adam", "bob"]),
            ("displayName eq ''' OR 1=1 --'", vec![]),
            ("id eq 'nonsense'", vec![]),
        ];
        for (filter, expected) in cases {
            assert_eq!(find(&api, filter).await, expected, "{filter}");
        }
        assert_eq!(find(&api, &format!("id eq '{id}'")).await, ["bob"]);
    }

    async fn a_long_list_is_read_page_by_page(app: App) {
        let api = as_provisioning(&app).await;
        for number in 0..7 {
            app.person(&format!("ada{number}")).await;
            app.person(&format!("bob{number}")).await;
        }
        let filter = "startswith(userPrincipalName,'ada')";
        let request = api.request(Method::GET, "/users").header("consistencylevel", "eventual").query(&[
            ("$filter", filter), ("$top", "3"), ("$count", "true"), ("$select", "userPrincipalName"),
        ]);
        let mut answer = api.send(request).await.expect(200);
        let mut seen = Vec::new();
        let mut pages = 0;
        loop {
            assert_eq!(answer["@odata.count"], 7);
            assert!(answer["value"][0].get("id").is_none(), "it was not selected");
            seen.extend(names(&answer).into_iter().map(str::to_owned));
            pages += 1;
            let Some(next) = answer["@odata.nextLink"].as_str() else { break };
            assert!(next.starts_with(&app.url("/v1.0/users?")), "{next}");
            answer = api.get(next).await.expect(200);
        }
        let expected: Vec<String> = (0..7).map(|number| format!("ada{number}")).collect();
        assert_eq!((seen, pages), (expected, 3));
    }
}

#[tokio::test]
async fn what_cannot_be_taken_names_its_field_and_saves_nothing() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    app.person("bob").await;
    let ada = app.person("ada").await;
    let path = format!("/users/{}", ada.id);
    let before = api.get(&path).await.expect(200);
    let about = |answer: Answer| answer.about("Request_BadRequest");
    let long = "x".repeat(257);
    let cases = [
        (json!({ "userPrincipalName": "a b" }), "userPrincipalName"),
        (json!({ "userPrincipalName": null }), "userPrincipalName"),
        (json!({ "userPrincipalName": "BOB", "jobTitle": "Thief" }), "userPrincipalName"),
        (json!({ "jobTitle": "Pilot", "displayName": "" }), "displayName"),
        (json!({ "jobTitle": "Pilot", "displayName": "a\u{0}b" }), "displayName"),
        (json!({ "jobTitle": "Pilot", "mail": "nowhere" }), "mail"),
        (json!({ "jobTitle": &long }), "jobTitle"),
        (json!({ "surname": 5 }), "surname"),
        (json!({ "accountEnabled": "false" }), "accountEnabled"),
        (json!({ "otherMails": ["a@b", "c@d"] }), "otherMails"),
        (json!({ "otherMails": ["nowhere"] }), "otherMails"),
        (json!({ "employeeHireDate": "soon" }), "employeeHireDate"),
        (json!({ "id": "x" }), "id"),
        (json!({ "roles": ["globalAdministrator"] }), "roles"),
    ];
    for (body, field) in cases {
        assert_eq!(about(api.patch(&path, body.clone()).await), field, "{body}");
    }
    assert_eq!(api.get(&path).await.expect(200), before);
    let taken = api.post("/users", json!({ "userPrincipalName": "Bob" })).await;
    assert_eq!(taken.body["error"]["details"][0]["code"], "ObjectConflict");
    assert_eq!(about(taken), "userPrincipalName");
    assert_eq!(about(api.post("/users", json!({})).await), "userPrincipalName");
}

#[tokio::test]
async fn whoever_signed_in_sees_themselves() {
    let app = App::start().await;
    let mut ada = person(&app, "ada", None).await;
    let api = ada.calls(&app, &[Permission::UserRead]).await;
    let me = api.get("/me?$select=id,displayName,userPrincipalName").await.expect(200);
    assert_eq!(me["userPrincipalName"], "ada");
    assert!(me.get("mail").is_none());
    api.get(&format!("/users/{}", me["id"].as_str().unwrap())).await.expect(200);
    api.get("/users").await.refused(403, "Authorization_RequestDenied");
    api.patch("/users/ada", json!({ "displayName": "Countess" }))
        .await
        .refused(403, "Authorization_RequestDenied");
}

#[tokio::test]
async fn somebody_reports_to_somebody_who_exists() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    api.get("/users/ada/manager").await.refused(404, "Request_ResourceNotFound");
    let reference =
        |id: &str| json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/users/{id}") });
    let path = "/users/ada/manager/$ref";
    api.put(path, reference(&bob.id.to_string())).await.expect(204);
    let manager = api.get("/users/ada/manager").await.expect(200);
    assert_eq!(
        (&manager["displayName"], &manager["@odata.type"]),
        (&json!("Bob Example"), &json!("#microsoft.graph.user"))
    );
    assert_eq!(
        api.put(path, reference(&ada.id.to_string())).await.about("Request_BadRequest"),
        "manager"
    );
    assert_eq!(api.put(path, json!({})).await.about("Request_BadRequest"), "@odata.id");
    api.put(path, reference("nobody")).await.refused(404, "Request_ResourceNotFound");
    api.delete(path).await.expect(204);
    api.get("/users/ada/manager").await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn an_id_names_whose_it_is_whatever_others_call_themselves() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    let api = as_provisioning(&app).await;
    let id = ada.id.to_string();
    api.post("/users", json!({ "userPrincipalName": &id })).await.expect(201);
    let named = api.get(&format!("/users/{id}")).await.expect(200);
    assert_eq!(named["userPrincipalName"], "ada");
    as_application(&app, &[Permission::UserReadAll]).await.get("/users/ada").await.expect(200);
}
