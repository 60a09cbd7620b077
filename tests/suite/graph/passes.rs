//! Passes: issued once, seen ever after without their value, replaced, deleted.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::permission::Permission;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use serde_json::{Value, json};

use super::support::{POLICY, as_application, as_provisioning, passes, person, typed};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

on_both_engines! {
    async fn a_pass_is_issued_listed_without_its_value_and_deleted(app: App) {
        let ada = app.person("ada").await;
        let api = as_application(&app, &[Permission::TapReadWriteAll]).await;
        let path = passes(&ada.id.to_string());
        assert_eq!(api.get(&path).await.expect(200)["value"], json!([]));

        let answer = api.post(&path, json!({})).await;
        let location = answer.header("location").to_owned();
        let issued = answer.expect(201);
        let id = issued["id"].as_str().unwrap();
        assert_eq!(location, app.url(&format!("/v1.0{path}/{id}")));
        assert_eq!(issued["temporaryAccessPass"].as_str().unwrap().len(), 8);
        let context = issued["@odata.context"].as_str().unwrap();
        assert_eq!(context, app.url(&format!(
            "/v1.0/$metadata#users('{}')/authentication/temporaryAccessPassMethods/$entity", ada.id
        )));
        assert_eq!(issued["@odata.type"], "#microsoft.graph.temporaryAccessPassAuthenticationMethod");
        assert_eq!(issued["lifetimeInMinutes"], 60);
        assert_eq!(issued["isUsableOnce"], false);
        assert_eq!(issued["isUsable"], true);
        assert_eq!(issued["methodUsabilityReason"], "EnabledByPolicy");
        assert_eq!(issued["createdDateTime"], issued["startDateTime"]);

        let list = api.get(&path).await.expect(200);
        assert_eq!(list["value"].as_array().unwrap().len(), 1);
        let one = api.get(&format!("{path}/{}", id.to_uppercase())).await.expect(200);
        for seen in [&list["value"][0], &one] {
            assert_eq!(seen["temporaryAccessPass"], Value::Null, "nobody reads it again");
            assert_eq!(seen["id"], id);
        }
        let other = uuid::Uuid::new_v4();
        for wrong in [other.to_string(), "nonsense".into()] {
            api.get(&format!("{path}/{wrong}")).await.refused(404, "resourceNotFound");
            api.delete(&format!("{path}/{wrong}")).await.refused(404, "resourceNotFound");
        }
        api.delete(&format!("{path}/{id}")).await.expect(204);
        api.delete(&format!("{path}/{id}")).await.refused(404, "resourceNotFound");
        assert_eq!(api.get(&path).await.expect(200)["value"], json!([]));
    }

    async fn the_value_signs_in_and_a_new_pass_ends_the_old_one(app: App) {
        app.person("ada").await;
        let api = as_application(&app, &[Permission::MethodReadWriteAll]).await;
        let old = api.post(&passes("ada"), json!({ "isUsableOnce": true })).await.expect(201);
        let new = api.post(&passes("ada"), json!({ "isUsableOnce": true })).await.expect(201);
        // Deleting the old one by its id does not hit the new one.
        let old_path = format!("{}/{}", passes("ada"), old["id"].as_str().unwrap());
        api.delete(&old_path).await.refused(404, "resourceNotFound");
        let request = Request::of(&app.client("payroll").await);
        let value = new["temporaryAccessPass"].as_str().unwrap();
        app.one_method_is_enough().await;
        app.visitor().day_one(&request, "ada", value, &mut SoftAuthenticator::new()).await.code();
        let seen = api.get(&passes("ada")).await.expect(200);
        assert_eq!(seen["value"][0]["methodUsabilityReason"], "OneTimeUsed");
        assert_eq!(seen["value"][0]["isUsable"], false);
        assert_eq!(app.audited(Activity::PassIssued).await.len(), 2);
    }
}

#[tokio::test]
async fn people_are_named_by_id_or_username_percent_encoded_or_not() {
    let app = App::start().await;
    let api = as_application(&app, &[Permission::TapReadWriteAll]).await;
    let new = NewUser { username: "jo@example.com".into(), ..NewUser::default() };
    let jo = app.services.add_user(&Caller::OPERATOR, new).await.unwrap();
    let id = jo.id.to_string();
    for name in ["jo@example.com", "jo%40example.com", "JO%40Example.com", &id, &id.to_uppercase()]
    {
        let issued =
            api.post(&passes(name), typed("temporaryAccessPassAuthenticationMethod")).await;
        issued.expect(201);
    }
    api.get(&passes("nobody")).await.refused(404, "resourceNotFound");
    api.get(&passes("%ff")).await.refused(400, "badRequest");
}

#[tokio::test]
async fn what_is_asked_for_is_what_one_gets_and_starts_may_lie_ahead() {
    let app = App::start().await;
    app.person("ada").await;
    let api = as_application(&app, &[Permission::TapReadWriteAll]).await;
    let start = "2100-01-01T00:00:00+00:00";
    let error = api.post(&passes("ada"), json!({ "startDateTime": start })).await;
    assert_eq!(error.about("badRequest"), "startDateTime");
    let tomorrow =
        firstkey::domain::time::Clock::now(&*app.clock).plus(Duration::from_secs(86_400));
    let text = tomorrow.to_string().replace('Z', "+00:00");
    let body = json!({
        "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethod",
        "startDateTime": text,
        "lifetimeInMinutes": 480,
        "isUsableOnce": true,
    });
    let issued = api.post(&format!("/beta{}", passes("ada")), body).await.expect(201);
    assert_eq!(issued["startDateTime"], tomorrow.to_string());
    assert_eq!(issued["lifetimeInMinutes"], 480);
    assert_eq!(issued["isUsableOnce"], true);
    assert_eq!(issued["methodUsabilityReason"], "NotYetValid");
    assert!(issued["@odata.context"].as_str().unwrap().contains("/beta/$metadata"));
    app.wait(Duration::from_secs(86_400 + 8 * 3600));
    let seen = as_application(&app, &[Permission::TapReadAll]).await.get(&passes("ada")).await;
    assert_eq!(seen.expect(200)["value"][0]["methodUsabilityReason"], "Expired");
}

#[tokio::test]
async fn what_the_policy_refuses_names_the_field_and_the_range_and_issues_nothing() {
    let app = App::start().await;
    app.person("ada").await;
    let api = as_provisioning(&app).await;
    let kept = api.post(&passes("ada"), json!({})).await.expect(201)["id"].clone();
    for minutes in [59, 481, 0, -1] {
        let answer = api.post(&passes("ada"), json!({ "lifetimeInMinutes": minutes })).await;
        let details = answer.body["error"]["details"][0].clone();
        assert_eq!(details["target"], "lifetimeInMinutes");
        let message = answer.refused(400, "badRequest");
        for text in [message.as_str(), details["message"].as_str().unwrap()] {
            assert!(text.contains("between 60 and 480 minutes"), "{text}");
        }
    }
    api.patch(POLICY, json!({ "isUsableOnce": true, "minimumLifetimeInMinutes": 10 }))
        .await
        .expect(204);
    let answer = api.post(&passes("ada"), json!({ "isUsableOnce": false })).await;
    assert_eq!(answer.about("badRequest"), "isUsableOnce");
    let list = api.get(&passes("ada")).await.expect(200);
    assert_eq!(list["value"][0]["id"], kept, "nothing was issued");
    assert_eq!(list["value"][0]["methodUsabilityReason"], "DisabledByPolicy");
    let short = api.post(&passes("ada"), json!({ "lifetimeInMinutes": 10 })).await.expect(201);
    assert_eq!(
        (short["isUsableOnce"].clone(), short["lifetimeInMinutes"].clone()),
        (true.into(), 10.into())
    );
}

#[tokio::test]
async fn a_pass_for_somebody_out_of_scope_is_made_and_says_why_it_does_not_work() {
    let app = App::start().await;
    app.person("ada").await;
    let api = as_provisioning(&app).await;
    api.patch(POLICY, json!({ "state": "disabled" })).await.expect(204);
    let issued = api.post(&passes("ada"), json!({})).await.expect(201);
    assert_eq!(issued["isUsable"], false);
    assert_eq!(issued["methodUsabilityReason"], "DisabledByPolicy");
}

#[tokio::test]
async fn people_see_and_delete_their_own_pass_and_cannot_make_one() {
    let app = App::start().await;
    let mut ada = person(&app, "ada", None).await;
    app.pass("ada").await;
    let api = ada.calls(&app, &[Permission::TapReadWrite]).await;
    let mine = "/me/authentication/temporaryAccessPassMethods";
    let list = api.get(mine).await.expect(200);
    let id = list["value"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list["value"][0]["temporaryAccessPass"], Value::Null);
    api.get(&format!("{mine}/{id}")).await.expect(200);
    let answer = api.post(mine, json!({})).await;
    assert_eq!(answer.header("allow"), "GET,HEAD");
    answer.refused(405, "Request_BadRequest");
    api.delete(&format!("{mine}/{id}")).await.expect(204);
    assert_eq!(api.get(mine).await.expect(200)["value"], json!([]));
}
