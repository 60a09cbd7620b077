//! The pass policy: read, changed in part or not at all, and put back.

use firstkey::domain::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{POLICY, as_application, as_provisioning};
use crate::support::app::App;
use crate::support::database::on_both_engines;

const ROOT: &str = "/policies/authenticationMethodsPolicy";
const TYPE: &str = "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration";

on_both_engines! {
    async fn the_policy_is_read_changed_in_part_and_put_back(app: App) {
        let api = as_provisioning(&app).await;
        let before = api.get(POLICY).await.expect(200);
        assert_eq!(before["id"], "TemporaryAccessPass");
        assert_eq!(before["@odata.type"], TYPE);
        assert_eq!(before["state"], "enabled");
        assert_eq!(before["defaultLength"], 8);
        let everybody = json!([{ "targetType": "group", "id": "all_users", "isRegistrationRequired": false }]);
        assert_eq!(before["includeTargets"], everybody);
        let change = json!({
            "@odata.type": TYPE,
            "id": "TemporaryAccessPass",
            "defaultLength": 12,
            "minimumLifetimeInMinutes": 30,
            "excludeTargets@odata.context": "whatever",
            "includeTargets": [{
                "@odata.type": "#microsoft.graph.authenticationMethodTarget",
                "targetType": "group",
                "id": "all_users",
            }],
        });
        let lower = POLICY.replace("TemporaryAccessPass", "temporaryaccesspass");
        api.patch(&lower, change).await.expect(204);
        let after = api.get(&format!("/beta{POLICY}")).await.expect(200);
        assert_eq!((after["defaultLength"].clone(), after["maximumLifetimeInMinutes"].clone()), (12.into(), 480.into()));
        assert_eq!(after["includeTargets"], everybody);
        api.delete(POLICY).await.expect(204);
        let back = api.get(POLICY).await.expect(200);
        assert_eq!(back, before);
    }

    async fn whoever_saw_an_older_policy_changes_nothing(app: App) {
        let api = as_provisioning(&app).await;
        let seen = api.get(POLICY).await;
        let first = seen.header("etag").to_owned();
        assert_eq!(seen.expect(200)["@odata.etag"], first.as_str());
        let change = |etag: &str, length: u32| {
            let request = api.request(Method::PATCH, POLICY).header("if-match", etag);
            api.send(request.json(&json!({ "defaultLength": length })))
        };
        change(&first, 9).await.expect(204);
        change(&first, 10).await.refused(412, "resourceModified");
        change("\"nonsense\"", 10).await.refused(412, "resourceModified");
        change("*", 11).await.expect(204);
        let second = api.get(POLICY).await;
        assert_ne!(second.header("etag"), first);
        assert_eq!(second.body["defaultLength"], 11);
        let reset = api.request(Method::DELETE, POLICY).header("if-match", &first);
        api.send(reset).await.refused(412, "resourceModified");
        assert_eq!(api.get(POLICY).await.body["defaultLength"], 11);
    }
}

#[tokio::test]
async fn a_change_that_breaks_a_rule_is_refused_whole_and_names_the_field() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    let before = api.get(POLICY).await.expect(200);
    let nobody = uuid::Uuid::new_v4();
    let cases: [(Value, &str); 16] = [
        (json!({ "minimumLifetimeInMinutes": 9 }), "minimumLifetimeInMinutes"),
        (json!({ "maximumLifetimeInMinutes": 43_201 }), "maximumLifetimeInMinutes"),
        (json!({ "minimumLifetimeInMinutes": 481 }), "minimumLifetimeInMinutes"),
        (json!({ "defaultLifetimeInMinutes": 59 }), "defaultLifetimeInMinutes"),
        (json!({ "defaultLength": 49, "isUsableOnce": true }), "defaultLength"),
        (json!({ "defaultLength": "9" }), "defaultLength"),
        (json!({ "defaultLength": 9.5 }), "defaultLength"),
        (json!({ "defaultLength": -9 }), "defaultLength"),
        (json!({ "defaultLength": null }), "defaultLength"),
        (json!({ "state": "on" }), "state"),
        (json!({ "isUsableOnce": 1 }), "isUsableOnce"),
        (json!({ "includeTargets": "all_users" }), "includeTargets"),
        (json!({ "includeTargets": [{ "targetType": "group", "id": nobody }] }), "includeTargets"),
        (json!({ "isUsableOnce": true, "nonsense": 1 }), "nonsense"),
        (json!({ "id": "Fido2" }), "id"),
        (
            json!({ "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration" }),
            "@odata.type",
        ),
    ];
    for (change, field) in cases {
        let answer = api.patch(POLICY, change.clone()).await;
        assert_eq!(answer.about("badRequest"), field, "{change}");
    }
    assert_eq!(api.get(POLICY).await.expect(200), before);
}

#[tokio::test]
async fn the_policy_of_keys_is_changed_in_graphs_words() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    let path = POLICY.replace("TemporaryAccessPass", "FIDO2");
    let before = api.get(&path).await.expect(200);
    assert_eq!(before["id"], "Fido2");
    let kind = "#microsoft.graph.fido2AuthenticationMethodConfiguration";
    assert_eq!(before["@odata.type"], kind);
    let model = "0f083f18-4105-43a8-ad69-24e812e38141";
    let restrictions = json!({
        "@odata.type": "#microsoft.graph.fido2KeyRestrictions",
        "isEnforced": true,
        "enforcementType": "allow",
        "aaGuids": [model],
    });
    let change = json!({ "@odata.type": kind, "keyRestrictions": restrictions });
    api.patch(&path, change).await.expect(204);
    let after = api.get(&path).await.expect(200);
    assert_eq!(after["keyRestrictions"]["aaGuids"], json!([model]));
    for (wrong, field) in [
        (
            json!({ "keyRestrictions": { "isEnforced": true, "enforcementType": "allow", "aaGuids": [] } }),
            "keyRestrictions",
        ),
        (json!({ "keyRestrictions": { "nonsense": 1 } }), "keyRestrictions"),
        (json!({ "isAttestationEnforced": "yes" }), "isAttestationEnforced"),
        (json!({ "defaultPasskeyProfile": "gone" }), "defaultPasskeyProfile"),
        (json!({ "passkeyProfiles": [{ "id": "x" }] }), "passkeyProfiles"),
        (json!({ "isUsableOnce": true }), "isUsableOnce"),
        (json!({ "@odata.type": TYPE, "state": "disabled" }), "@odata.type"),
    ] {
        assert_eq!(api.patch(&path, wrong.clone()).await.about("badRequest"), field, "{wrong}");
    }
    assert_eq!(api.get(&path).await.expect(200), after);
    api.delete(&path).await.expect(204);
    assert_eq!(api.get(&path).await.expect(200), before);
}

#[tokio::test]
async fn keys_have_profiles_that_targets_name() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    let path = POLICY.replace("TemporaryAccessPass", "Fido2");
    let profile = |id: &str, types: &str, enforcement: &str| {
        json!({
            "@odata.type": "#microsoft.graph.passkeyProfile",
            "id": id, "name": "Of a kind", "passkeyTypes": types,
            "attestationEnforcement": enforcement,
            "keyRestrictions": {
                "isEnforced": false, "enforcementType": "allow", "aaGuids": [],
            },
        })
    };
    let target = |profiles: Value| {
        json!({ "targetType": "group", "id": "all_users", "isRegistrationRequired": false,
                "allowedPasskeyProfiles": profiles })
    };
    let profiles = json!([
        profile("hard", "deviceBound", "registrationOnly"),
        profile("soft", "deviceBound,synced", "disabled")
    ]);
    let change = json!({
        "passkeyProfiles": profiles,
        "defaultPasskeyProfile": "soft",
        "includeTargets": [target(json!(["hard", "soft"]))],
    });
    api.patch(&path, change).await.expect(204);
    let after = api.get(&path).await.expect(200);
    assert_eq!(after["passkeyProfiles"][0]["attestationEnforcement"], "registrationOnly");
    assert_eq!(after["passkeyProfiles"][1]["passkeyTypes"], "deviceBound,synced");
    assert_eq!(after["includeTargets"][0]["allowedPasskeyProfiles"], json!(["hard", "soft"]));
    for (wrong, field) in [
        (json!({ "includeTargets": [target(json!(["gone"]))] }), "includeTargets"),
        (json!({ "passkeyProfiles": [] }), "defaultPasskeyProfile"),
        (
            json!({ "passkeyProfiles": [profile("a", "synced", "registrationOnly")] }),
            "passkeyProfiles",
        ),
        (json!({ "passkeyProfiles": [profile("a", "copied", "disabled")] }), "passkeyProfiles"),
    ] {
        assert_eq!(api.patch(&path, wrong.clone()).await.about("badRequest"), field, "{wrong}");
    }
    // Passes have none.
    let wrong = json!({ "includeTargets": [target(json!(["hard"]))] });
    assert_eq!(api.patch(POLICY, wrong).await.about("badRequest"), "includeTargets");
    assert_eq!(api.get(&path).await.expect(200), after);
}

#[tokio::test]
async fn the_whole_policy_lists_what_there_is() {
    let app = App::start().await;
    let api = as_application(&app, &[Permission::PolicyReadAll]).await;
    let whole = api.get(ROOT).await.expect(200);
    assert_eq!(whole["id"], "authenticationMethodsPolicy");
    let list = api.get(&format!("{ROOT}/authenticationMethodConfigurations")).await.expect(200);
    for configurations in [&whole["authenticationMethodConfigurations"], &list["value"]] {
        assert_eq!(configurations[0]["@odata.type"], TYPE);
    }
    let other = POLICY.replace("TemporaryAccessPass", "Sms");
    api.get(&other).await.refused(404, "resourceNotFound");
    api.patch(POLICY, json!({})).await.refused(403, "accessDenied");
}
