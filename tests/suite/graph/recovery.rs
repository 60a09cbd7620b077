//! Having somebody register anew, and the policy of recovery codes.

use firstkey::domain::audit::Activity;
use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::support::{as_application, give_role, person};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

const ACTION: &str = "authentication/requireReregistration";
const CANCEL: &str = "authentication/cancelReregistration";
const POLICY: &str =
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/recoverycodes";

on_both_engines! {
    async fn somebody_is_made_to_register_anew(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let pass = app.one_time_pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let mut key = SoftAuthenticator::new();
        let mut ada = app.visitor();
        ada.day_one(&request, "ada", &pass, &mut key).await.code();
        let permissions = [Permission::MethodReadWriteAll, Permission::UserReadAll];
        let api = as_application(&app, &permissions).await;
        let since = "reregistrationRequiredSince";
        assert_eq!(api.get("/users/ada").await.expect(200)[since], Value::Null);
        api.post(&format!("/users/ada/{ACTION}"), json!({})).await.expect(204);
        assert!(api.get("/users/ada").await.expect(200)[since].is_string());
        assert_eq!(ada.authorize(&request).await.page().heading(), "Hello. Who is signing in?");
        assert_eq!(ada.try_passkey(&mut key).await.1["error"], "key_outdated");
        // What is worth nothing is still there to be seen, until there is something new.
        let keys = api.get("/users/ada/authentication/fido2Methods").await.expect(200);
        assert_eq!(keys["value"].as_array().unwrap().len(), 1);
        let audited = app.audited(Activity::ReregistrationRequired).await;
        assert_eq!(audited.len(), 1);
        api.post(&format!("/users/nobody/{ACTION}"), json!({})).await.refused(404, "resourceNotFound");
        // And it is taken back.
        api.post(&format!("/users/ada/{CANCEL}"), json!({})).await.expect(204);
        assert_eq!(api.get("/users/ada").await.expect(200)[since], Value::Null);
        ada.authorize(&request).await.page();
        assert_eq!(ada.try_passkey(&mut key).await.0, 200);
        let twice = api.post(&format!("/users/ada/{CANCEL}"), json!({})).await;
        assert_eq!(twice.about("badRequest"), "reregistration");
    }
}

/// [Attacks] OWASP API5:2023 · having somebody register anew without the right to
#[tokio::test]
async fn who_may_remove_no_method_has_nobody_register_anew() {
    let app = App::start().await;
    let mut helper = person(&app, "helper", Some(Role::AuthenticationAdministrator)).await;
    let mut reader = person(&app, "reader", Some(Role::GlobalReader)).await;
    let mut member = person(&app, "member", None).await;
    app.person("grace").await;
    give_role(&app, "grace", Role::GlobalReader).await;
    app.person("ada").await;
    let all = [Permission::MethodReadWriteAll];
    let (helper, reader, member) = (
        helper.calls(&app, &all).await,
        reader.calls(&app, &all).await,
        member.calls(&app, &all).await,
    );
    let passes_only = as_application(&app, &[Permission::TapReadWriteAll]).await;
    for (api, name) in [
        (&helper, "grace"),
        (&helper, "helper"),
        (&reader, "ada"),
        (&member, "ada"),
        (&member, "member"),
        (&passes_only, "ada"),
    ] {
        let path = format!("/users/{name}/{ACTION}");
        api.post(&path, json!({})).await.refused(403, "accessDenied");
        let user = app.services.find_user(name).await.unwrap();
        assert_eq!(user.reregister_since, None, "{name}");
        if ["helper", "member"].contains(&name) {
            // It would end the session that their own token is of.
            continue;
        }
        app.services.require_registration(&Caller::OPERATOR, &user).await.unwrap();
        let path = format!("/users/{name}/{CANCEL}");
        api.post(&path, json!({})).await.refused(403, "accessDenied");
        let user = app.services.find_user(name).await.unwrap();
        assert!(user.reregister_since.is_some(), "{name} stays as demanded");
        app.services.cancel_registration(&Caller::OPERATOR, &user).await.unwrap();
    }
    helper.post(&format!("/users/ada/{ACTION}"), json!({})).await.expect(204);
}

#[tokio::test]
async fn the_policy_of_recovery_codes_is_read_changed_and_put_back() {
    let app = App::start().await;
    let api = as_application(&app, &[Permission::PolicyReadWriteMethods]).await;
    let before = api.get(POLICY).await.expect(200);
    assert_eq!(before["id"], "RecoveryCodes");
    assert_eq!(
        before["@odata.type"],
        "#microsoft.graph.recoveryCodesAuthenticationMethodConfiguration"
    );
    assert_eq!((&before["state"], &before["isOfferedAtSetUp"]), (&json!("disabled"), &json!(true)));
    api.patch(POLICY, json!({ "state": "enabled", "isOfferedAtSetUp": false })).await.expect(204);
    let after = api.get(POLICY).await.expect(200);
    assert_eq!((&after["state"], &after["isOfferedAtSetUp"]), (&json!("enabled"), &json!(false)));
    let wrong = api.patch(POLICY, json!({ "isOfferedAtSetUp": "often" })).await;
    assert_eq!(wrong.about("badRequest"), "isOfferedAtSetUp");
    api.delete(POLICY).await.expect(204);
    assert_eq!(api.get(POLICY).await.expect(200)["state"], "disabled");
}
