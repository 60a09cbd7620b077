//! Lists: narrowed down, sorted, and page by page.

use serde_json::json;

use super::support::{ENTERPRISE, GROUP, SEARCH, Scim, encoded, names, path};
use crate::support::app::App;
use crate::support::database::on_both_engines;

on_both_engines! {
    async fn every_operator_finds_what_it_says(app: App) {
        let scim = Scim::of(&app).await;
        let boss = scim.person("Zoe", json!({ "title": "Boss" })).await;
        let boss_id = boss["id"].as_str().unwrap();
        scim.person("ada", json!({
            "externalId": "HR-1", "title": "Engineer", "displayName": "Ada 100%",
            "name": { "givenName": "Ada", "familyName": "O'Neil" },
            "emails": [{ "value": "ada@work.example" }, { "value": "ada@home.example", "type": "home" }],
            ENTERPRISE: { "employeeNumber": "E-1", "department": "Engines", "manager": { "value": boss_id } },
        })).await;
        let bob = scim.person("bob_b", json!({
            "externalId": "hr-1", "active": false,
            "emails": [{ "value": "bob@home.example", "type": "home" }],
        })).await;
        let group = json!({ "schemas": [GROUP], "displayName": "Staff", "members": [{ "value": bob["id"] }] });
        let group = scim.post("/Groups", group).await.expect(201)["id"].as_str().unwrap().to_owned();
        let urn = ENTERPRISE;
        let (ada, zoe, bob) = ("ada", "Zoe", "bob_b");
        let cases = [
            ("userName eq \"ADA\"".to_owned(), vec![ada]),
            ("USERNAME EQ \"zOE\"".into(), vec![zoe]),
            ("userName ne \"ada\"".into(), vec![bob, zoe]),
            ("userName co \"B_\"".into(), vec![bob]),
            ("userName co \"_\"".into(), vec![bob]),
            ("userName sw \"bob_\"".into(), vec![bob]),
            ("userName ew \"_B\"".into(), vec![bob]),
            ("userName ew \"\"".into(), vec![ada, bob, zoe]),
            ("userName sw \"%\"".into(), vec![]),
            ("displayName co \"100%\"".into(), vec![ada]),
            ("displayName ew \"%\"".into(), vec![ada]),
            ("userName gt \"ada\"".into(), vec![bob, zoe]),
            ("userName ge \"ada\"".into(), vec![ada, bob, zoe]),
            ("userName lt \"bob_b\"".into(), vec![ada]),
            ("userName le \"bob_b\"".into(), vec![ada, bob]),
            ("title pr".into(), vec![ada, zoe]),
            ("not (title pr)".into(), vec![bob]),
            ("title eq null".into(), vec![bob]),
            ("title ne \"boss\"".into(), vec![ada, bob]),
            ("not (title eq \"boss\")".into(), vec![ada, bob]),
            ("externalId eq \"HR-1\"".into(), vec![ada]),
            ("externalId co \"R-\"".into(), vec![ada]),
            ("externalId ew \"r-1\"".into(), vec![bob]),
            ("active eq true".into(), vec![ada, zoe]),
            ("active ne true".into(), vec![bob]),
            ("name.familyName eq \"o'neil\"".into(), vec![ada]),
            ("name.givenName sw \"A\"".into(), vec![ada]),
            ("emails eq \"ADA@work.example\"".into(), vec![ada]),
            ("emails.value ew \"home.example\"".into(), vec![ada, bob]),
            ("emails.type eq \"work\"".into(), vec![ada]),
            ("emails pr".into(), vec![ada, bob]),
            ("emails[type eq \"work\" and value co \"home\"]".into(), vec![]),
            ("emails[type eq \"home\" and value co \"home\"]".into(), vec![ada, bob]),
            ("emails[type eq \"home\"].value eq \"BOB@home.example\"".into(), vec![bob]),
            ("emails[type eq \"work\"].value eq \"bob@home.example\" or title eq \"boss\"".into(), vec![zoe]),
            ("emails[not (type eq \"work\")]".into(), vec![ada, bob]),
            ("not (emails[type eq \"work\"])".into(), vec![bob, zoe]),
            (format!("{urn}:employeeNumber eq \"e-1\""), vec![ada]),
            (format!("{urn}:department sw \"eng\""), vec![ada]),
            (format!("{urn}:manager eq \"{boss_id}\""), vec![ada]),
            (format!("{urn}:manager.value eq \"{boss_id}\""), vec![ada]),
            (format!("groups eq \"{group}\""), vec![bob]),
            (format!("groups[value eq \"{group}\"]"), vec![bob]),
            (format!("not (groups.value eq \"{group}\")"), vec![ada, zoe]),
            ("groups pr".into(), vec![bob]),
            (format!("id eq \"{boss_id}\""), vec![zoe]),
            ("meta.resourceType eq \"User\"".into(), vec![ada, bob, zoe]),
            ("meta.resourceType eq \"Group\"".into(), vec![]),
            ("meta.created gt \"2020-01-01T00:00:00Z\"".into(), vec![ada, bob, zoe]),
            ("meta.lastModified lt \"2020-01-01T00:00:00+01:00\"".into(), vec![]),
            (format!("meta.created eq \"{}\"", boss["meta"]["created"].as_str().unwrap()), vec![zoe]),
            ("userName eq \"ada\" or userName eq \"zoe\" and title eq \"x\"".into(), vec![ada]),
            ("(userName eq \"ada\" or userName eq \"zoe\") and title eq \"boss\"".into(), vec![zoe]),
            ("not (userName eq \"ada\" or title pr)".into(), vec![bob]),
            ("not (userName eq \"ada\" and title pr) and active eq true".into(), vec![zoe]),
            ("title eq \"'; DROP TABLE users; --\"".into(), vec![]),
        ];
        for (filter, found) in cases {
            assert_eq!(scim.find(&filter).await, found, "{filter}");
        }
    }

    async fn lists_are_sorted_and_read_page_by_page(app: App) {
        let scim = Scim::of(&app).await;
        for (name, title) in [("cyd", Some("B")), ("Bob", None), ("ada", Some("a")), ("dan", Some("b"))] {
            scim.person(name, json!({ "title": title })).await;
        }
        let list = async |query: &str| scim.get(&format!("/Users?{query}")).await.expect(200);
        for (query, found) in [
            ("", vec!["cyd", "Bob", "ada", "dan"]),
            ("sortOrder=descending", vec!["dan", "ada", "Bob", "cyd"]),
            ("sortBy=userName", vec!["ada", "Bob", "cyd", "dan"]),
            ("sortBy=userName&sortOrder=Descending", vec!["dan", "cyd", "Bob", "ada"]),
            ("sortBy=meta.created", vec!["cyd", "Bob", "ada", "dan"]),
            // Whoever has none comes last, or first.
            ("sortBy=title", vec!["ada", "cyd", "dan", "Bob"]),
            ("sortBy=title&sortOrder=descending", vec!["Bob", "dan", "cyd", "ada"]),
            ("startIndex=2&count=2", vec!["Bob", "ada"]),
            ("startIndex=4&count=2", vec!["dan"]),
            ("startIndex=5", vec![]),
            ("startIndex=0&count=1", vec!["cyd"]),
            ("startIndex=-7&count=1", vec!["cyd"]),
            ("startIndex=99999999999999", vec![]),
            ("count=0", vec![]),
            ("count=-1", vec![]),
            ("count=100000", vec!["cyd", "Bob", "ada", "dan"]),
        ] {
            let answer = list(query).await;
            assert_eq!(names(&answer), found, "{query}");
            assert_eq!((&answer["totalResults"], &answer["itemsPerPage"]), (&json!(4), &json!(found.len())));
        }
        assert_eq!(list("startIndex=2&count=1").await["startIndex"], 2);
        let narrowed = list(&format!("count=1&sortBy=userName&filter={}", encoded("title pr"))).await;
        assert_eq!((names(&narrowed), &narrowed["totalResults"]), (vec!["ada".to_owned()], &json!(3)));
        for query in ["count=x", "startIndex=1.5", "sortOrder=up"] {
            scim.get(&format!("/Users?{query}")).await.refused(400, "invalidValue");
        }
        scim.get("/Users?sortBy=password").await.refused(400, "invalidPath");
    }

    async fn a_search_by_body_finds_people_and_groups(app: App) {
        let scim = Scim::of(&app).await;
        for name in ["ada", "bob"] {
            scim.person(name, json!({ "displayName": format!("{name} X") })).await;
        }
        for name in ["axle x", "bolt"] {
            scim.post("/Groups", json!({ "schemas": [GROUP], "displayName": name })).await.expect(201);
        }
        let search = async |at: &str, more: serde_json::Value| {
            let mut body = json!({ "schemas": [SEARCH] });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            scim.post(&format!("{at}/.search"), body).await
        };
        let found = search("/Users", json!({
            "filter": "userName sw \"b\"", "attributes": ["userName"], "startIndex": 1, "count": 5,
        })).await.expect(200);
        assert_eq!(names(&found), ["bob"]);
        assert!(found["Resources"][0].get("meta").is_none());
        let found = search("/Groups", json!({ "sortBy": "displayName", "sortOrder": "descending" })).await;
        assert_eq!(names(&found.expect(200)), ["bolt", "axle x"]);
        let all = search("", json!({})).await.expect(200);
        assert_eq!((names(&all), &all["totalResults"]), (vec!["ada".into(), "bob".into(), "axle x".into(), "bolt".into()], &json!(4)));
        let page = search("", json!({ "startIndex": 2, "count": 2 })).await.expect(200);
        assert_eq!((names(&page), &page["totalResults"]), (vec!["bob".into(), "axle x".into()], &json!(4)));
        let last = search("", json!({ "startIndex": 4, "count": 2 })).await.expect(200);
        assert_eq!(names(&last), ["bolt"]);
        for (filter, wanted) in [
            ("displayName ew \" x\"", vec!["ada", "bob", "axle x"]),
            // Groups have no userName.
            ("userName eq \"ada\"", vec!["ada"]),
            ("not (userName eq \"ada\")", vec!["bob", "axle x", "bolt"]),
            ("meta.resourceType eq \"Group\"", vec!["axle x", "bolt"]),
        ] {
            let found = search("", json!({ "filter": filter })).await.expect(200);
            assert_eq!(names(&found), wanted, "{filter}");
        }
        search("", json!({ "sortBy": "displayName" })).await.refused(400, "invalidValue");
        search("/Users", json!({ "filter": 1 })).await.refused(400, "invalidValue");
        scim.post("/Users/.search", json!({})).await.refused(400, "invalidSyntax");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_answered_is_refused() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let long = format!("userName eq \"{}\"", "x".repeat(9000));
    let pairs = ["(userName eq \"a\" or title eq \"b\")"; 12].join(" and ");
    for filter in [
        "",
        "userName",
        "userName eq",
        "userName eq ada",
        "userName like \"a\"",
        "password eq \"x\"",
        "userName eq true",
        "active eq \"true\"",
        "active gt true",
        "userName eq 1",
        "meta.created gt \"yesterday\"",
        "meta.created co \"2026-01-01T00:00:00Z\"",
        "groups co \"x\"",
        "emails[display eq \"x\"]",
        "emails[emails[value pr]]",
        "(title pr",
        "urn:other:User:title pr",
        "userName eq \"a\\u0000b\"",
        "title gt null",
        "addresses pr",
        &long,
        &pairs,
        &"(".repeat(3000),
    ] {
        let detail = scim.get(&format!("/Users?filter={}", encoded(filter))).await;
        let detail = detail.refused(400, "invalidFilter");
        assert!(detail.len() < 400, "{detail}");
    }
}

#[tokio::test]
async fn groups_are_found_by_their_members() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let ada = scim.person("ada", json!({})).await;
    let new = |name: &str, members: serde_json::Value| json!({ "schemas": [GROUP], "displayName": name, "externalId": format!("x-{name}"), "members": members });
    let inner =
        scim.post("/Groups", new("inner", json!([{ "value": ada["id"] }]))).await.expect(201);
    scim.post("/Groups", new("outer", json!([{ "value": inner["id"] }]))).await.expect(201);
    let (ada, inner_id) = (ada["id"].as_str().unwrap(), inner["id"].as_str().unwrap());
    for (filter, found) in [
        (format!("members eq \"{ada}\""), vec!["inner"]),
        (format!("members[value eq \"{inner_id}\"]"), vec!["outer"]),
        // As Entra ID asks whether somebody is in.
        (format!("id eq \"{inner_id}\" and members eq \"{ada}\""), vec!["inner"]),
        ("members pr".into(), vec!["inner", "outer"]),
        ("displayName co \"UT\"".into(), vec!["outer"]),
        ("externalId eq \"x-inner\"".into(), vec!["inner"]),
    ] {
        let list = scim.get(&format!("/Groups?filter={}", encoded(&filter))).await.expect(200);
        assert_eq!(names(&list), found, "{filter}");
    }
    assert_eq!(scim.get(&path(&inner)).await.expect(200)["members"][0]["type"], "User");
    scim.get("/Groups?filter=userName%20pr").await.refused(400, "invalidFilter");
}
