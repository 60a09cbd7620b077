//! Who may do what, what ends when somebody is turned off, and what nobody may send.

use firstkey::domain::permission::Permission as P;
use firstkey::domain::role::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{ENTERPRISE, GROUP, PASS, Scim, USER, path};
use crate::graph::support::{give_role, person};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

on_both_engines! {
    async fn turning_somebody_off_ends_all_that_they_have_at_once(app: App) {
        let scim = Scim::of(&app).await;
        app.one_method_is_enough().await;
        let ada = scim.person("ada", json!({})).await;
        let pass = app.pass("ada").await;
        let client = app.client("payroll").await;
        let request = Request::of(&client);
        let mut phone = SoftAuthenticator::new();
        app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();
        let mut visitor = app.visitor();
        visitor.authorize(&request).await.page();
        let code = visitor.use_passkey(&mut phone).await.code();
        let (status, tokens) = visitor.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(visitor.userinfo(access).await.0, 200);

        let off = json!([{ "op": "replace", "path": "active", "value": false }]);
        scim.patch(&path(&ada), off).await.expect(200);
        assert_eq!(visitor.userinfo(access).await.0, 401);
        let (status, answer) = visitor.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")));
        // Nor does anything come back with them.
        let body = json!({ "schemas": [USER], "userName": "ada", "active": true });
        scim.put(&path(&ada), body).await.expect(200);
        assert_eq!(visitor.userinfo(access).await.0, 401);
        let (status, _) = visitor.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(status, 400);
        // A browser that was signed in asks for the key again.
        visitor.authorize(&request).await.page();
    }
}

/// Every address with its methods.
fn calls(ada: &str, staff: &str) -> Vec<(Method, String)> {
    let mut calls = vec![
        (Method::GET, "/Users".to_owned()),
        (Method::POST, "/Users".to_owned()),
        (Method::POST, "/Users/.search".to_owned()),
        (Method::GET, "/Groups".to_owned()),
        (Method::POST, "/Groups".to_owned()),
        (Method::POST, "/Groups/.search".to_owned()),
        (Method::POST, "/.search".to_owned()),
        (Method::GET, "/Me".to_owned()),
        (Method::POST, "/Bulk".to_owned()),
    ];
    for at in [ada, staff] {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            calls.push((method, at.to_owned()));
        }
    }
    calls
}

#[tokio::test]
async fn without_a_token_that_holds_nobody_gets_in() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let ada = path(&scim.person("ada", json!({})).await);
    let staff = json!({ "schemas": [GROUP], "displayName": "Staff" });
    let staff = path(&scim.post("/Groups", staff).await.expect(201));
    for (token, why) in [(None, false), (Some("nonsense".to_owned()), true)] {
        let stranger = Scim::new(&app, token);
        for (method, at) in calls(&ada, &staff) {
            let request = stranger.request(method, &at).header("content-type", "application/json");
            let answer = stranger.send(request.body("{}")).await;
            let challenge = answer.header("www-authenticate").to_owned();
            answer.refused(401, "");
            assert!(challenge.starts_with("Bearer "), "{at} {challenge}");
            assert_eq!(challenge.contains("invalid_token"), why);
        }
    }
}

#[tokio::test]
async fn whoever_may_only_read_changes_nothing_and_others_not_even_read() {
    let app = App::start().await;
    let hr = Scim::of(&app).await;
    let ada = hr.person("ada", json!({})).await;
    let staff =
        json!({ "schemas": [GROUP], "displayName": "Staff", "members": [{ "value": ada["id"] }] });
    let staff = hr.post("/Groups", staff).await.expect(201);
    let (ada_at, staff_at) = (path(&ada), path(&staff));
    let reader = Scim::with(&app, &[P::UserReadAll, P::GroupReadAll]).await;
    reader.get(&ada_at).await.expect(200);
    reader.get(&staff_at).await.expect(200);
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    let named = json!({ "schemas": [USER], "userName": "eve" });
    let group = json!({ "schemas": [GROUP], "displayName": "Eves" });
    for answer in [
        reader.post("/Users", named.clone()).await,
        reader.put(&ada_at, named).await,
        reader.patch(&ada_at, title.clone()).await,
        reader.delete(&ada_at).await,
        reader.post("/Groups", group.clone()).await,
        reader.put(&staff_at, group).await,
        reader.patch(&staff_at, title).await,
        reader.delete(&staff_at).await,
    ] {
        assert!(answer.header("www-authenticate").contains("insufficient_scope"));
        answer.refused(403, "");
    }
    assert_eq!(hr.get(&ada_at).await.expect(200), hr.get(&ada_at).await.expect(200));

    // Whoever may see people alone does not see groups, not even of people.
    let people = Scim::with(&app, &[P::UserReadAll]).await;
    assert!(people.get(&ada_at).await.expect(200).get("groups").is_none());
    people.get("/Groups").await.refused(403, "");
    people.get(&staff_at).await.refused(403, "");
    let search = json!({ "schemas": [super::support::SEARCH] });
    people.post("/.search", search).await.refused(403, "");
    let nobody = Scim::with(&app, &[P::AuditLogReadAll]).await;
    for at in ["/Users", &ada_at, &format!("/Users/{}", uuid::Uuid::new_v4()), "/Users/x"] {
        // Nor do they hear whether there is one.
        nobody.get(at).await.refused(403, "");
    }
}

#[tokio::test]
async fn an_admin_is_out_of_reach_of_hr() {
    let app = App::start().await;
    let hr = Scim::of(&app).await;
    let ada = hr.person("ada", json!({})).await;
    give_role(&app, "ada", Role::GlobalAdministrator).await;
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    hr.patch(&path(&ada), off).await.refused(403, "");
    hr.delete(&path(&ada)).await.refused(403, "");
    let pass = json!([{ "op": "add", "path": PASS, "value": {} }]);
    hr.patch(&path(&ada), pass).await.refused(403, "");
    let seen = hr.get(&path(&ada)).await.expect(200);
    assert_eq!((&seen["active"], seen.get(PASS)), (&json!(true), None));
}

#[tokio::test]
async fn me_is_whoever_signed_in() {
    let app = App::start().await;
    let hr = Scim::of(&app).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        hr.send(hr.request(method, "/Me")).await.refused(501, "");
    }
    hr.post("/Bulk", json!({})).await.refused(501, "");
    let mut ada = person(&app, "ada", None).await;
    let token = ada.calls(&app, &[P::UserRead]).await.token;
    let own = Scim::new(&app, token);
    // The redirection is followed.
    let seen = own.get("/Me").await.expect(200);
    assert_eq!(seen["userName"], "ada");
    own.get("/Users").await.refused(403, "");
    own.delete(&path(&seen)).await.refused(403, "");
}

#[tokio::test]
async fn bodies_that_are_no_people_are_refused_by_name() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    let long = "x".repeat(5000);
    for (body, kind, named) in [
        (json!({ "userName": "ada" }), "invalidSyntax", "schemas"),
        (json!({ "schemas": USER, "userName": "ada" }), "invalidSyntax", "schemas"),
        (json!({ "schemas": [GROUP], "userName": "ada" }), "invalidSyntax", "schemas"),
        (json!({ "schemas": [USER, GROUP], "userName": "ada" }), "invalidSyntax", "schemas"),
        (json!({ "schemas": [USER, "urn:x"], "userName": "ada" }), "invalidSyntax", "schemas"),
        (json!({ "schemas": [USER] }), "invalidValue", "userName"),
        (json!({ "schemas": [USER], "userName": null }), "invalidValue", "userName"),
        (json!({ "schemas": [USER], "userName": 7 }), "invalidValue", "userName"),
        (json!({ "schemas": [USER], "userName": "" }), "invalidValue", "userName"),
        (json!({ "schemas": [USER], "userName": "a\u{0}" }), "invalidValue", "userName"),
        (json!({ "schemas": [USER], "userName": "<script>" }), "invalidValue", "userName"),
        (json!({ "schemas": [USER], "userName": long }), "invalidValue", "userName"),
        (
            json!({ "schemas": [USER], "userName": "ada", "displayName": long }),
            "invalidValue",
            "displayName",
        ),
        (json!({ "schemas": [USER], "userName": "ada", "title": long }), "invalidValue", "title"),
        (json!({ "schemas": [USER], "userName": "ada", "name": "Ada" }), "invalidValue", "name"),
        (
            json!({ "schemas": [USER], "userName": "ada", "name": { "familyName": "a\u{7}b" } }),
            "invalidValue",
            "name.familyName",
        ),
        (
            json!({ "schemas": [USER], "userName": "ada", "emails": [{ "value": "x" }] }),
            "invalidValue",
            "emails",
        ),
        (
            json!({ "schemas": [USER], "userName": "ada", "emails": [["x"]] }),
            "invalidValue",
            "emails",
        ),
        (
            json!({ "schemas": [USER], "userName": "ada", "phoneNumbers": [{ "value": "1", "type": "fax" }] }),
            "invalidValue",
            "phoneNumbers",
        ),
        (
            json!({ "schemas": [USER], "userName": "ada", "externalId": long }),
            "invalidValue",
            "externalId",
        ),
        (
            json!({ "schemas": [USER], "userName": "ada", "shoeSize": 42 }),
            "invalidSyntax",
            "shoeSize",
        ),
        (
            json!({ "schemas": [USER], "userName": "ada", ENTERPRISE: [] }),
            "invalidValue",
            ENTERPRISE,
        ),
        (
            json!({ "schemas": [USER], "userName": "ada", ENTERPRISE: { "manager": "boss" } }),
            "invalidValue",
            "manager",
        ),
        (json!({ "schemas": [USER], "userName": "ada", "urn:x": {} }), "invalidSyntax", "urn:x"),
    ] {
        let answer = scim.post("/Users", body.clone()).await;
        let detail = answer.refused(400, kind);
        assert!(detail.contains(named) && detail.len() < 400, "{detail}");
    }
    for raw in ["", "[]", "{", "null", "\"x\"", "{\"schemas\": [\"\u{0}\"]"] {
        let request =
            scim.request(Method::POST, "/Users").header("content-type", "application/json");
        scim.send(request.body(raw.to_owned())).await.refused(400, "invalidSyntax");
    }
    let request = scim.request(Method::POST, "/Users").header("content-type", "text/plain");
    scim.send(request.body("{}")).await.refused(415, "");
    let request = scim.request(Method::POST, "/Users").body("{}");
    scim.send(request).await.refused(415, "");
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 0);
    // What is hostile elsewhere is only text here.
    let body =
        json!({ "displayName": "<script>alert(1)</script> '; DROP TABLE users; -- \u{202e}" });
    let seen = scim.person("ada", body.clone()).await;
    assert_eq!(seen["displayName"], body["displayName"]);
}

#[tokio::test]
async fn what_is_not_there_says_so_in_scims_words() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    for at in
        ["", "/", "/Nothing", "/Users/x", "/Users/%00", "/Users/a/b", "/Groups/x", "/Schemas/x"]
    {
        scim.get(at).await.refused(404, "");
    }
    for at in ["/Users", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes"] {
        let answer = scim.send(scim.request(Method::DELETE, at)).await;
        assert!(answer.header("allow").contains("GET"), "{at}");
        answer.refused(405, "");
    }
    let answer: Value = scim.get("/Users/%ff").await.body;
    assert_eq!(answer["status"], "400");
}

#[tokio::test]
async fn an_application_that_asks_too_much_waits() {
    let app = App::start_with(|config| config.limit_per_application = 5).await;
    let scim = Scim::of(&app).await;
    let mut answer = scim.get("/Users").await;
    for _ in 0..10 {
        answer = scim.get("/Users").await;
    }
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    answer.refused(429, "");
}
