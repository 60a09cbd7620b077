//! What people have registered: seen with its type, and removed when it is lost.

use firstkey::domain::audit::Activity;
use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use serde_json::json;
use uuid::Uuid;

use super::support::{as_application, person};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

const KEY: &str = "#microsoft.graph.fido2AuthenticationMethod";
const PASS: &str = "#microsoft.graph.temporaryAccessPassAuthenticationMethod";

on_both_engines! {
    async fn every_method_says_what_it_is_and_a_lost_key_is_removed(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let model = Uuid::parse_str("0f083f18-4105-43a8-ad69-24e812e38141").unwrap();
        let mut key = SoftAuthenticator::new().with_aaguid(model);
        let mut ada = app.visitor();
        ada.day_one(&request, "ada", &pass, &mut key).await.code();

        let api = as_application(&app, &[Permission::MethodReadWriteAll]).await;
        let list = api.get("/users/ada/authentication/methods").await.expect(200);
        let types: Vec<_> = list["value"].as_array().unwrap().iter().map(|one| &one["@odata.type"]).collect();
        assert_eq!(types, [KEY, PASS]);
        let keys = "/users/ada/authentication/fido2Methods";
        let list = api.get(keys).await.expect(200);
        let found = &list["value"][0];
        assert_eq!(list["value"].as_array().unwrap().len(), 1);
        assert_eq!((&found["aaGuid"], &found["model"]), (&json!(model), &json!("Security Key NFC by Yubico")));
        assert_eq!(found["attestationLevel"], "notAttested");
        assert_eq!(found["passkeyType"], "synced");
        let id = found["id"].as_str().unwrap();
        for path in [format!("{keys}/{id}"), format!("/users/ada/authentication/methods/{id}")] {
            assert_eq!(api.get(&path).await.expect(200)["displayName"], found["displayName"]);
        }

        let other = format!("{keys}/{}", Uuid::new_v4());
        api.get(&other).await.refused(404, "resourceNotFound");
        api.delete(&other).await.refused(404, "resourceNotFound");
        api.delete(&format!("{keys}/{id}")).await.expect(204);
        assert_eq!(api.get(keys).await.expect(200)["value"], json!([]));
        assert_eq!(app.audited(Activity::MethodRemoved).await.len(), 1);
        // Whoever has the key is signed out, and does not come back with it.
        assert_eq!(ada.authorize(&request).await.page().heading(), "Hello. Who is signing in?");
        assert_ne!(ada.try_passkey(&mut key).await.0, 200);
    }
}

#[tokio::test]
async fn people_see_their_own_methods_and_remove_none_here() {
    let app = App::start().await;
    let mut ada = person(&app, "ada", Some(Role::AuthenticationAdministrator)).await;
    let permissions = [Permission::MethodReadWriteAll, Permission::MethodRead];
    let api = ada.calls(&app, &permissions).await;
    let mine = api.get("/me/authentication/fido2Methods").await.expect(200);
    api.get("/me/authentication/methods").await.expect(200);
    let id = mine["value"][0]["id"].as_str().unwrap();
    let path = format!("/me/authentication/fido2Methods/{id}");
    let message = api.delete(&path).await.refused(403, "accessDenied");
    assert!(message.contains("nobody may do this for themselves"), "{message}");
}
