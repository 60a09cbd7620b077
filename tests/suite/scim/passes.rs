//! A pass for the first day, given with the person: by HR alone, with nobody between.

use std::time::Duration;

use firstkey::config::MailConfig;
use firstkey::domain::audit::Activity;
use firstkey::domain::mail::Mail;
use firstkey::domain::permission::Permission as P;
use firstkey::domain::time::Clock;
use serde_json::{Value, json};

use super::support::{ENTERPRISE, PASS, Scim, USER, path, scim_body};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

fn with_pass(username: &str, pass: &Value) -> Value {
    json!({
        "schemas": [USER, PASS], "userName": username, PASS: pass,
        "emails": [{ "value": format!("{username}@home.example"), "type": "home" }],
    })
}

async fn with_mail() -> App {
    App::start_with(|config| {
        config.mail = Some(MailConfig {
            smtp_url: "smtp://127.0.0.1:1".into(),
            from: "Firstkey <no-reply@example.com>".into(),
        });
    })
    .await
}

/// The next mail in the queue, whoever else has tried to send it.
async fn next_mail(app: &App) -> Mail {
    for _ in 0..100 {
        if let Some(outgoing) = app.services.next_mail().await.unwrap() {
            let mail = outgoing.mail.clone();
            app.services.mail_sent(outgoing).await.unwrap();
            return mail;
        }
        app.wait(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no mail");
}

on_both_engines! {
    async fn a_person_starts_with_the_pass_that_hr_gave_them(app: App) {
        let scim = Scim::of(&app).await;
        let start = app.clock.now().plus(Duration::from_secs(86_400));
        let body = with_pass("ada", &json!({
            "startDateTime": start.to_string(), "lifetimeInMinutes": 480, "isUsableOnce": true,
        }));
        let only = format!("/Users?attributes=userName,{PASS}:temporaryAccessPass");
        let added = scim.post(&only, body).await.expect(201);
        let value = added[PASS]["temporaryAccessPass"].as_str().expect("the value").to_owned();
        assert_eq!((&added["userName"], added.get("displayName")), (&json!("ada"), None));
        let id = added["id"].as_str().unwrap();
        let at = format!("/Users/{id}");

        // Ever after, its state and never its value, whatever is asked for.
        let seen = scim.get(&at).await.expect(200);
        let pass = &seen[PASS];
        assert_eq!(pass["startDateTime"], start.to_string());
        assert_eq!((&pass["lifetimeInMinutes"], &pass["isUsableOnce"]), (&json!(480), &json!(true)));
        assert_eq!((&pass["isUsable"], &pass["methodUsabilityReason"]), (&json!(false), &json!("NotYetValid")));
        assert_eq!(seen["schemas"], json!([USER, PASS]));
        let seen = scim.get(&format!("{at}?attributes={PASS}:temporaryAccessPass,{PASS}")).await.expect(200);
        assert!(seen[PASS].get("temporaryAccessPass").is_none());
        let list = scim.get("/Users").await.expect(200);
        assert_eq!(list["Resources"][0][PASS]["methodUsabilityReason"], "NotYetValid");
        assert!(!list.to_string().contains(&value));

        app.one_method_is_enough().await;
        app.wait(Duration::from_secs(86_400));
        let request = Request::of(&app.client("payroll").await);
        app.visitor().day_one(&request, "ada", &value, &mut SoftAuthenticator::new()).await.code();
        let scim = Scim::of(&app).await;
        assert_eq!(scim.get(&at).await.expect(200)[PASS]["methodUsabilityReason"], "OneTimeUsed");
        assert_eq!(app.audited(Activity::PassIssued).await.len(), 1);
        assert_eq!(app.audited(Activity::UserAdded).await.len(), 1);
    }

    async fn bad_terms_leave_no_person_behind(app: App) {
        let scim = Scim::of(&app).await;
        for (pass, named) in [
            (json!({ "lifetimeInMinutes": 5 }), "lifetimeInMinutes"),
            (json!({ "lifetimeInMinutes": "60" }), "lifetimeInMinutes"),
            (json!({ "lifetimeInMinutes": 1.5 }), "lifetimeInMinutes"),
            (json!({ "lifetimeInMinutes": -9_223_372_036_854_775_808_i64 }), "lifetimeInMinutes"),
            (json!({ "startDateTime": "tomorrow" }), "startDateTime"),
            (json!({ "startDateTime": "2020-01-01T00:00:00Z" }), "startDateTime"),
            (json!({ "startDateTime": "2100-01-01T00:00:00Z" }), "startDateTime"),
            (json!({ "isUsableOnce": "perhaps" }), "isUsableOnce"),
            (json!("now"), "TemporaryAccessPass"),
        ] {
            let detail = scim.post("/Users", with_pass("ada", &pass)).await.refused(400, "invalidValue");
            assert!(detail.contains(named), "{detail}");
        }
        let unknown = with_pass("ada", &json!({ "lifetime": 60 }));
        scim.post("/Users", unknown).await.refused(400, "invalidSyntax");
        // Nor does a bad person leave a pass.
        scim.post("/Users", with_pass("a b", &json!({}))).await.refused(400, "invalidValue");
        assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 0);
        assert_eq!(app.audited(Activity::PassIssued).await.len(), 0);
        scim.person("ada", json!({})).await;
        scim.post("/Users", with_pass("ADA", &json!({}))).await.refused(409, "uniqueness");
        assert_eq!(app.audited(Activity::PassIssued).await.len(), 0);
    }

    async fn a_pass_comes_and_goes_by_change(app: App) {
        let scim = Scim::of(&app).await;
        let at = path(&scim.person("ada", json!({})).await);
        let issued = async || app.audited(Activity::PassIssued).await.len();
        for (number, operation) in [
            json!({ "op": "add", "path": PASS, "value": { "lifetimeInMinutes": 90 } }),
            json!({ "op": "add", "path": PASS, "value": {} }),
            json!({ "op": "replace", "value": { PASS: { "isUsableOnce": true } } }),
            json!({ "op": "add", "path": format!("{PASS}:lifetimeInMinutes"), "value": 120 }),
            json!({ "op": "add", "value": { PASS: { "schemas": [PASS], "lifetimeInMinutes": 120 } } }),
        ].into_iter().enumerate() {
            let seen = scim.patch(&at, json!([operation])).await.expect(200);
            assert_eq!(seen[PASS]["isUsable"], true, "{operation}");
            assert!(seen[PASS].get("temporaryAccessPass").is_none());
            assert_eq!(issued().await, number + 1, "{operation}");
        }
        assert_eq!(scim.get(&at).await.expect(200)[PASS]["lifetimeInMinutes"], 120);

        // Sent back as it was, a person keeps the pass they have; sent back without, too.
        let same = scim.get(&at).await.expect(200);
        assert_eq!(scim.put(&at, same.clone()).await.expect(200)[PASS], same[PASS]);
        scim.put(&at, json!({ "schemas": [USER], "userName": "ada" })).await.expect(200);
        assert_eq!(issued().await, 5);
        let mut other = same;
        other[PASS]["lifetimeInMinutes"] = 61.into();
        let request = scim.request(reqwest::Method::PUT, &format!("{at}?attributes={PASS}:temporaryAccessPass"));
        let seen = scim.send(scim_body(request, &other)).await.expect(200);
        assert_eq!(seen[PASS]["temporaryAccessPass"].as_str().map(str::len), Some(8));
        assert_eq!(issued().await, 6);

        for (operation, kind) in [
            (json!({ "op": "replace", "path": format!("{PASS}:isUsable"), "value": true }), "mutability"),
            (json!({ "op": "replace", "path": format!("{PASS}:temporaryAccessPass"), "value": "x" }), "mutability"),
            (json!({ "op": "remove", "path": format!("{PASS}:startDateTime") }), "mutability"),
            (json!({ "op": "replace", "path": format!("{PASS}:lifetime"), "value": 60 }), "invalidPath"),
            (json!({ "op": "replace", "path": PASS, "value": 60 }), "invalidValue"),
            (json!({ "op": "replace", "path": PASS, "value": { "lifetimeInMinutes": 1 } }), "invalidValue"),
        ] {
            // What else is in the request is not done, either.
            let title = json!({ "op": "replace", "path": "title", "value": "Queen" });
            scim.patch(&at, json!([title, operation])).await.refused(400, kind);
        }
        let seen = scim.get(&at).await.expect(200);
        assert_eq!((seen[PASS]["lifetimeInMinutes"].clone(), seen.get("title")), (json!(61), None));
        for _ in 0..2 {
            let seen = scim.patch(&at, json!([{ "op": "remove", "path": PASS }])).await.expect(200);
            assert!(seen.get(PASS).is_none());
        }
        assert_eq!(app.audited(Activity::PassDeleted).await.len(), 1);
        assert_eq!(issued().await, 6);
    }
}

#[tokio::test]
async fn the_pass_goes_where_the_policy_says_and_its_mail_waits_with_it() {
    let app = with_mail().await;
    app.policy(
        "TemporaryAccessPass",
        json!({ "deliveryTarget": "alternateEmail", "isValueMailed": true }),
    )
    .await;
    let scim = Scim::of(&app).await;
    let answer = scim.post("/Users", with_pass("ada", &json!({}))).await.expect(201);
    assert!(answer[PASS].get("temporaryAccessPass").is_none(), "only the mail has it");
    let mail = next_mail(&app).await;
    assert_eq!(mail.to, "ada@home.example");

    // What HR changes in the same go counts for the mail, too.
    let change = json!([
        { "op": "replace", "path": "emails[type eq \"home\"].value", "value": "new@home.example" },
        { "op": "add", "path": PASS, "value": {} },
    ]);
    let scim = Scim::of(&app).await;
    scim.patch(&path(&answer), change).await.expect(200);
    assert_eq!(next_mail(&app).await.to, "new@home.example");

    app.policy("TemporaryAccessPass", json!({ "deliveryTarget": "manager" })).await;
    let scim = Scim::of(&app).await;
    let boss = json!({ "emails": [{ "value": "boss@example.com" }] });
    let boss = scim.person("boss", boss).await;
    let mut body = with_pass("bob", &json!({}));
    body[ENTERPRISE] = json!({ "manager": { "value": boss["id"] } });
    scim.post("/Users", body).await.expect(201);
    assert_eq!(next_mail(&app).await.to, "boss@example.com");
    // A refused person sends nobody anything.
    scim.post("/Users", with_pass("bob", &json!({}))).await.refused(409, "uniqueness");
    app.wait(Duration::from_secs(3600));
    assert!(app.services.next_mail().await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_may_not_give_passes_gives_none_and_sees_none() {
    let app = App::start().await;
    let hr = Scim::of(&app).await;
    let people_only = Scim::with(&app, &[P::UserReadWriteAll]).await;
    people_only.post("/Users", with_pass("ada", &json!({}))).await.refused(403, "");
    assert_eq!(people_only.get("/Users").await.expect(200)["totalResults"], 0);
    let ada = hr.post("/Users", with_pass("ada", &json!({}))).await.expect(201);
    let at = path(&ada);
    assert!(people_only.get(&at).await.expect(200).get(PASS).is_none());
    let list = people_only.get("/Users").await.expect(200);
    assert!(list["Resources"][0].get(PASS).is_none());
    for operation in
        [json!({ "op": "add", "path": PASS, "value": {} }), json!({ "op": "remove", "path": PASS })]
    {
        let title = json!({ "op": "replace", "path": "title", "value": "Queen" });
        people_only.patch(&at, json!([title, operation])).await.refused(403, "");
    }
    let seen = hr.get(&at).await.expect(200);
    assert_eq!((&seen[PASS], seen.get("title")), (&ada[PASS], None));
    // What was refused is written down.
    assert_eq!(app.audited(Activity::PassIssued).await.iter().filter(|line| !line.0).count(), 2);
    // Sent back as it was seen, without the pass, nothing is asked for.
    let seen = people_only.get(&at).await.expect(200);
    people_only.put(&at, seen).await.expect(200);
    let reader = Scim::with(&app, &[P::UserReadAll, P::TapReadAll]).await;
    assert_eq!(reader.get(&at).await.expect(200)[PASS]["isUsable"], true);
}
