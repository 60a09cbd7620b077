//! The audit log: what was done and who signed in, found, page by page, by whoever may see it.

use std::collections::BTreeSet;
use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use firstkey::service::Origin;
use serde_json::{Value, json};

use super::support::{Api, as_application, as_provisioning, passes, person};
use crate::support::app::App;
use crate::support::database::on_both_engines;

const CHANGES: &str = "/auditLogs/directoryAudits";
const SIGN_INS: &str = "/auditLogs/signIns";

async fn as_auditor(app: &App) -> Api {
    as_application(app, &[Permission::AuditLogReadAll]).await
}

async fn find(api: &Api, list: &str, filter: &str) -> Vec<Value> {
    let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let answer = api.get(&format!("{list}?$top=999&$filter={query}")).await.expect(200);
    answer["value"].as_array().unwrap().clone()
}

/// Refused sign-ins of a person, a second apart.
async fn refuse(app: &App, user: firstkey::domain::id::UserId, times: usize) {
    for number in 0..times {
        app.wait(Duration::from_secs(1));
        let entry = app.services.entry(Activity::KeySignIn, Origin::default()).on(Some(user));
        app.services.note(entry.refused(format!("reason {number}"))).await.unwrap();
    }
}

on_both_engines! {
    async fn what_was_done_is_told_as_graph_tells_it(app: App) {
        let ada = app.person("ada").await;
        let api = as_auditor(&app).await;
        let hr = as_provisioning(&app).await;
        hr.post(&passes("ada"), json!({})).await.expect(201);
        hr.patch("/users/ada", json!({ "jobTitle": "Engineer" })).await.expect(204);
        let list = api.get(CHANGES).await.expect(200);
        assert_eq!(list["@odata.context"], app.url("/v1.0/$metadata#auditLogs/directoryAudits"));
        let line = &list["value"][0];
        assert_eq!(line["activityDisplayName"], "Update user", "the newest come first");
        let line = find(&api, CHANGES, "activityDisplayName eq 'Issue Temporary Access Pass'").await;
        let line = &line[0];
        assert_eq!((&line["category"], &line["operationType"]), (&json!("UserManagement"), &json!("Add")));
        assert_eq!((&line["result"], &line["loggedByService"]), (&json!("success"), &json!("Authentication Methods")));
        assert!(line["resultReason"].as_str().unwrap().starts_with("multi-use"));
        assert_eq!(line["targetResources"][0]["id"], json!(ada.id));
        assert_eq!(line["targetResources"][0]["userPrincipalName"], "ada");
        assert_eq!(line["initiatedBy"]["user"], Value::Null);
        assert_eq!(line["initiatedBy"]["app"]["displayName"], "Payroll");
        let id = line["id"].as_str().unwrap();
        let one = api.get(&format!("{CHANGES}/{}", id.to_uppercase())).await.expect(200);
        assert_eq!(one["@odata.context"], app.url("/v1.0/$metadata#auditLogs/directoryAudits/$entity"));
        assert_eq!(one["activityDateTime"], line["activityDateTime"]);
        api.get(&format!("{SIGN_INS}/{id}")).await.refused(404, "Request_ResourceNotFound");
        api.get(&format!("{CHANGES}/nonsense")).await.refused(404, "Request_ResourceNotFound");
        let beta = api.get(&format!("/beta{CHANGES}?$select=id&$top=1")).await.expect(200);
        assert_eq!(beta["value"][0].as_object().unwrap().len(), 1);
    }

    async fn lines_are_found_by_what_is_asked_for(app: App) {
        let ada = app.person("ada").await;
        let bob = app.person("bob").await;
        let hr = as_provisioning(&app).await;
        hr.post(&passes("ada"), json!({})).await.expect(201);
        hr.post(&passes("bob"), json!({})).await.expect(201);
        app.wait(Duration::from_secs(60));
        refuse(&app, ada.id, 2).await;
        let middle = app.services.now();
        app.wait(Duration::from_secs(60));
        refuse(&app, bob.id, 1).await;
        let api = as_auditor(&app).await;
        for (filter, count) in [
            (format!("userId eq '{}'", ada.id), 2),
            ("userPrincipalName eq 'BOB'".into(), 1),
            ("userPrincipalName eq 'nobody'".into(), 0),
            ("status/errorCode eq 0".into(), 0),
            ("status/errorCode ne 0".into(), 3),
            (format!("createdDateTime ge {middle}"), 1),
            (format!("createdDateTime le {middle}"), 2),
            (format!("createdDateTime ge {middle} and userId eq '{}'", ada.id), 0),
            ("createdDateTime lt 2020-01-01".into(), 0),
            (format!("userId eq '{}' and userId eq '{}'", ada.id, bob.id), 0),
            ("appId eq 'other'".into(), 0),
        ] {
            assert_eq!(find(&api, SIGN_INS, &filter).await.len(), count, "{filter}");
        }
        for (filter, count) in [
            ("activityDisplayName eq 'Issue Temporary Access Pass'".to_owned(), 2),
            ("startswith(activityDisplayName,'Issue') and result eq 'success'".into(), 2),
            ("startswith(activityDisplayName,'Issue') and result eq 'failure'".into(), 0),
            ("category eq 'UserManagement' and initiatedBy/app/displayName eq 'operator'".into(), 2),
            (format!("category eq 'UserManagement' and targetResources/any(t:t/id eq '{}')", ada.id), 2),
            (format!("targetResources/any(t: t/id eq '{}') and result eq 'success'", bob.id), 2),
            ("activityDisplayName eq ''' OR 1=1 --'".into(), 0),
            ("category eq 'UserManagement' and category eq 'Policy'".into(), 0),
            (format!("initiatedBy/user/id eq '{}'", ada.id), 0),
        ] {
            assert_eq!(find(&api, CHANGES, &filter).await.len(), count, "{filter}");
        }
        let detail = find(&api, SIGN_INS, "userPrincipalName eq 'bob'").await.remove(0);
        assert_eq!(detail["status"], json!({ "errorCode": 50126, "failureReason": "reason 0", "additionalDetails": null }));
        assert_eq!(detail["authenticationDetails"][0]["authenticationMethod"], "Passkey (FIDO2)");
        assert_eq!(detail["userDisplayName"], "Bob Example");
    }

    async fn a_long_log_is_read_page_by_page_in_either_order(app: App) {
        let ada = app.person("ada").await;
        refuse(&app, ada.id, 7).await;
        // Lines of one moment have an order, too.
        for number in 7..10 {
            let entry = app.services.entry(Activity::PassSignIn, Origin::default()).on(Some(ada.id));
            app.services.note(entry.refused(format!("reason {number}"))).await.unwrap();
        }
        let api = as_auditor(&app).await;
        let mut orders = Vec::new();
        for order in ["createdDateTime%20desc", "createdDateTime%20asc"] {
            let mut next = format!("{SIGN_INS}?$top=3&$orderby={order}");
            let mut seen = Vec::new();
            loop {
                let answer = api.get(&next).await.expect(200);
                let lines = answer["value"].as_array().unwrap();
                assert!(lines.len() <= 3);
                seen.extend(lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()));
                let Some(link) = answer["@odata.nextLink"].as_str() else { break };
                link.clone_into(&mut next);
            }
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 10);
            orders.push(seen);
        }
        let reversed: Vec<_> = orders[1].iter().rev().cloned().collect();
        assert_eq!(orders[0], reversed);
    }
}

#[tokio::test]
async fn only_whoever_may_sees_the_log() {
    let app = App::start().await;
    let other = as_application(&app, &[Permission::UserReadWriteAll]).await;
    for path in [CHANGES, SIGN_INS, "/auditLogs/signIns/x", "/auditLogs/directoryAudits/x"] {
        other.get(path).await.refused(403, "Authorization_RequestDenied");
    }
    // Nor does a filter tell them who there is.
    other
        .get(&format!("{SIGN_INS}?$filter=userPrincipalName%20eq%20'ada'"))
        .await
        .refused(403, "Authorization_RequestDenied");
    let mut reader = person(&app, "grace", Some(Role::GlobalReader)).await;
    reader.calls(&app, &[Permission::AuditLogReadAll]).await.get(SIGN_INS).await.expect(200);
    let mut nobody = person(&app, "mallory", None).await;
    nobody
        .calls(&app, &[Permission::AuditLogReadAll])
        .await
        .get(SIGN_INS)
        .await
        .refused(403, "Authorization_RequestDenied");
}

#[tokio::test]
async fn what_cannot_be_answered_names_the_option() {
    let app = App::start().await;
    let api = as_auditor(&app).await;
    for (query, field) in [
        ("$filter=detail%20eq%20'x'", "$filter"),
        ("$filter=result%20eq%20'maybe'", "$filter"),
        ("$filter=activityDateTime%20ge%20yesterday", "$filter"),
        ("$filter=userId%20eq%20'x'", "$filter"),
        ("$orderby=result", "$orderby"),
        ("$count=true", "$count"),
        ("$skiptoken=YWRh", "$skiptoken"),
        ("$top=1000", "$top"),
        ("$select=secret", "$select"),
    ] {
        let about = api.get(&format!("{CHANGES}?{query}")).await.about("badRequest");
        assert_eq!(about, field, "{query}");
    }
}

#[tokio::test]
async fn a_second_admin_approves_a_pass_over_the_api() {
    let app = App::start().await;
    app.policy("TemporaryAccessPass", json!({ "isApprovalRequiredForAdmins": true })).await;
    let mut first = person(&app, "first", Some(Role::GlobalAdministrator)).await;
    let mut second = person(&app, "second", Some(Role::GlobalAdministrator)).await;
    app.person("target").await;
    super::support::give_role(&app, "target", Role::GlobalReader).await;
    let permissions = [Permission::TapReadWriteAll];
    let (first, second) =
        (first.calls(&app, &permissions).await, second.calls(&app, &permissions).await);
    let issued = first.post(&passes("target"), json!({})).await.expect(201);
    assert_eq!(issued["methodUsabilityReason"], "NotApproved");
    let path = format!("{}/{}/approve", passes("target"), issued["id"].as_str().unwrap());
    let other = format!("{}/{}/approve", passes("target"), uuid::Uuid::new_v4());
    first.post(&path, json!({})).await.refused(403, "accessDenied");
    second.post(&other, json!({})).await.refused(404, "resourceNotFound");
    let approved = second.post(&path, json!({})).await.expect(200);
    assert_eq!(approved["methodUsabilityReason"], "EnabledByPolicy");
    assert_eq!(approved["temporaryAccessPass"], Value::Null);
    second.post(&path, json!({})).await.refused(404, "resourceNotFound");
}
