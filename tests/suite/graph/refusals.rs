//! Who may not, and what they are told: the true reason, and nothing about anybody else.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use serde_json::json;

use super::support::{
    Api, POLICY, application, as_application, as_provisioning, give_role, passes, person, portal,
};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;

on_both_engines! {
    async fn without_a_token_that_holds_nothing_is_said(app: App) {
        app.person("ada").await;
        let answer = Api::new(&app, None).get("/users").await;
        assert_eq!(answer.header("www-authenticate"), format!("Bearer realm=\"{}\"", app.issuer));
        answer.refused(401, "InvalidAuthenticationToken");
        let api = as_application(&app, &[Permission::UserReadAll]).await;
        api.get("/users").await.expect(200);
        let token = api.token.clone().unwrap();
        let forged = format!("{}x", &token[..token.len() - 1]);
        for bad in ["nonsense".to_owned(), forged] {
            let answer = Api::new(&app, Some(bad)).get("/users/ada").await;
            assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
            answer.refused(401, "InvalidAuthenticationToken");
        }
        app.wait(Duration::from_secs(3601));
        api.get("/users").await.refused(401, "InvalidAuthenticationToken");
    }

    async fn a_token_ends_with_the_person_behind_it(app: App) {
        let mut ada = person(&app, "ada", Some(Role::AuthenticationAdministrator)).await;
        let api = ada.calls(&app, &[Permission::TapReadWriteAll]).await;
        app.person("bob").await;
        api.post(&passes("bob"), json!({})).await.expect(201);
        app.disable("ada").await;
        api.post(&passes("bob"), json!({})).await.refused(401, "InvalidAuthenticationToken");
    }
}

#[tokio::test]
async fn an_application_does_what_its_permissions_say_and_no_more() {
    let app = App::start().await;
    app.person("ada").await;
    let reader = as_application(&app, &[Permission::TapReadAll]).await;
    reader.get(&passes("ada")).await.expect(200);
    let answer = reader.post(&passes("ada"), json!({})).await;
    assert!(answer.header("www-authenticate").contains("insufficient_scope"));
    assert!(answer.refused(403, "accessDenied").contains("lacks a scope"));
    // Whoever may not is not told whether there is such a person, nor what would be right.
    reader.post(&passes("nobody"), json!({})).await.refused(403, "accessDenied");
    reader.post(&passes("ada"), json!({ "nonsense": 1 })).await.refused(403, "accessDenied");
    for path in
        ["/users", "/users/ada", "/users/nobody", "/groups", "/groups/x", "/groups/x/members"]
    {
        reader.get(path).await.refused(403, "Authorization_RequestDenied");
    }
    reader.get(POLICY).await.refused(403, "accessDenied");
    reader.patch(POLICY, json!({ "nonsense": 1 })).await.refused(403, "accessDenied");
    reader.delete(POLICY).await.refused(403, "accessDenied");
    reader.post("/users", json!({})).await.refused(403, "Authorization_RequestDenied");
    reader.patch("/users/ada", json!({})).await.refused(403, "Authorization_RequestDenied");
    reader.delete("/users/ada").await.refused(403, "Authorization_RequestDenied");
    reader.post("/groups", json!({})).await.refused(403, "Authorization_RequestDenied");
    reader.patch("/groups/x", json!({})).await.refused(403, "Authorization_RequestDenied");
    reader.delete("/groups/x/members/y/$ref").await.refused(403, "Authorization_RequestDenied");
    reader.get("/me").await.refused(400, "badRequest");
    // What would have changed something was written down.
    let refused = app.audited(Activity::PassIssued).await;
    assert!(refused.iter().all(|(success, _)| !success), "{refused:?}");
    assert_eq!(refused.len(), 2);
}

#[tokio::test]
async fn an_application_reaches_no_admin_unless_it_may_make_admins() {
    let app = App::start().await;
    app.person("grace").await;
    give_role(&app, "grace", Role::GlobalAdministrator).await;
    let api = as_provisioning(&app).await;
    let message = api.post(&passes("grace"), json!({})).await.refused(403, "accessDenied");
    assert!(message.contains("holds an admin role"), "{message}");
    api.patch("/users/grace", json!({ "accountEnabled": false }))
        .await
        .refused(403, "Authorization_RequestDenied");
    api.delete("/users/grace").await.refused(403, "Authorization_RequestDenied");
    let both = [Permission::TapReadWriteAll, Permission::RoleManagementReadWrite];
    as_application(&app, &both).await.post(&passes("grace"), json!({})).await.expect(201);
}

#[tokio::test]
async fn an_admin_does_what_both_they_and_the_application_may() {
    let app = App::start().await;
    let mut ada = person(&app, "ada", Some(Role::AuthenticationAdministrator)).await;
    app.person("bob").await;
    app.person("grace").await;
    give_role(&app, "grace", Role::GlobalReader).await;
    let api =
        ada.calls(&app, &[Permission::TapReadWriteAll, Permission::PolicyReadWriteMethods]).await;
    api.post(&passes("bob"), json!({})).await.expect(201);
    let message = api.post(&passes("grace"), json!({})).await.refused(403, "accessDenied");
    assert!(message.contains("holds an admin role"), "{message}");
    let message = api.post(&passes("ada"), json!({})).await.refused(403, "accessDenied");
    assert!(message.contains("nobody may do this for themselves"), "{message}");
    let message =
        api.patch(POLICY, json!({ "state": "disabled" })).await.refused(403, "accessDenied");
    assert!(message.contains("your roles do not allow this"), "{message}");
    // The same person through an application that may read only.
    let reader = ada.calls(&app, &[Permission::TapReadAll]).await;
    reader.get(&passes("bob")).await.expect(200);
    reader.post(&passes("bob"), json!({})).await.refused(403, "accessDenied");
    // What only reaches oneself.
    let own = ada.calls(&app, &[Permission::TapRead, Permission::UserRead]).await;
    own.get("/me/authentication/temporaryAccessPassMethods").await.expect(200);
    own.get("/me").await.expect(200);
    own.get("/users/bob").await.refused(403, "Authorization_RequestDenied");
    own.get("/users/nobody").await.refused(403, "Authorization_RequestDenied");
    own.get(&passes("bob")).await.refused(403, "accessDenied");
}

#[tokio::test]
async fn a_sign_in_with_a_pass_alone_changes_nothing_through_the_api() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    give_role(&app, "ada", Role::GlobalAdministrator).await;
    app.person("bob").await;
    let pass = app.pass("ada").await;
    let permissions = [Permission::TapReadWriteAll, Permission::UserReadWriteAll];
    let (_, request) = portal(&app, &permissions).await;
    let mut ada = app.visitor();
    // She has a key now, but has not signed in with it.
    let code = ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    let api = Api::new(&app, Some(tokens["access_token"].as_str().unwrap().to_owned()));
    api.get("/me").await.expect(200);
    let message = api.post(&passes("bob"), json!({})).await.refused(401, "accessDenied");
    assert!(message.contains("Temporary Access Pass alone"), "{message}");
    // RFC 9470: how to ask for more.
    let answer = api.post(&passes("bob"), json!({})).await;
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("insufficient_user_authentication"), "{challenge}");
    assert!(challenge.contains("acr_values=\"phr\""), "{challenge}");
    let mine = api.get("/me/authentication/temporaryAccessPassMethods").await.expect(200);
    let id = mine["value"][0]["id"].as_str().unwrap();
    let path = format!("/me/authentication/temporaryAccessPassMethods/{id}");
    api.delete(&path).await.refused(401, "accessDenied");
    api.get("/users").await.refused(401, "Authorization_RequestDenied");
    api.post("/users", json!({ "userPrincipalName": "eve" }))
        .await
        .refused(401, "Authorization_RequestDenied");
}

#[tokio::test]
async fn a_permission_that_is_taken_away_is_gone_at_once() {
    let app = App::start().await;
    let client = application(&app, &[Permission::UserReadAll]).await;
    let form = [("grant_type", "client_credentials"), ("scope", "User.Read.All")];
    let (_, answer) = app.visitor().token(&client, &form).await;
    let api = Api::new(&app, Some(answer["access_token"].as_str().unwrap().to_owned()));
    api.get("/users").await.expect(200);
    let id = firstkey::domain::id::ClientId(client.id);
    app.services.remove_client(&firstkey::service::caller::Caller::OPERATOR, &id.0).await.unwrap();
    api.get("/users").await.refused(401, "InvalidAuthenticationToken");
}
