//! What people have registered: seen with its type, and removed when it is lost.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{as_application, as_provisioning, give_role, person};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::maker::Maker;
use crate::support::phone::SoftPhone;
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

/// [Attacks] OWASP API1:2023 · a method that is removed by the path of another kind
#[tokio::test]
async fn each_path_removes_its_own_kind_alone() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    ada.day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let pass = app.pass("ada").await;
    let mut back = app.visitor();
    back.authorize(&request).await.page();
    back.sign_in("ada", &pass).await.page();
    SoftPhone::new(&app).pair(&app, &mut back).await;
    let api = as_application(&app, &[Permission::MethodReadWriteAll]).await;
    let (keys, phones) = ("fido2Methods", "microsoftAuthenticatorMethods");
    let path = |kind: &str| format!("/users/ada/authentication/{kind}");
    let mut found = Vec::new();
    for kind in [keys, phones] {
        let list = api.get(&path(kind)).await.expect(200)["value"].clone();
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{kind}: {list}");
        found.push(list[0]["id"].as_str().unwrap().to_owned());
    }
    for (kind, other) in [(keys, &found[1]), (phones, &found[0])] {
        let answer = api.delete(&format!("{}/{other}", path(kind))).await;
        answer.refused(404, "resourceNotFound");
    }
    assert_eq!(app.services.show_user("ada").await.unwrap().methods.len(), 2, "both are there");
    for (kind, own) in [(keys, &found[0]), (phones, &found[1])] {
        api.delete(&format!("{}/{own}", path(kind))).await.expect(204);
    }
    assert!(app.services.show_user("ada").await.unwrap().methods.is_empty());
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

/// What an authenticator makes of options, as Graph wants it sent.
async fn made(app: &App, device: &mut SoftAuthenticator, options: &Value) -> Value {
    let options = json!({ "publicKey": options["publicKey"] });
    let made = device.create(&app.issuer, options).await;
    json!({
        "id": made["id"],
        "response": {
            "clientDataJSON": made["response"]["clientDataJSON"],
            "attestationObject": made["response"]["attestationObject"],
        },
        "clientExtensionResults": {},
    })
}

const KEYS: &str = "/users/ada/authentication/fido2Methods";

on_both_engines! {
    async fn an_admin_registers_a_key_for_somebody_who_signs_in_with_it(app: App) {
        app.person("ada").await;
        app.one_method_is_enough().await;
        let api = as_application(&app, &[Permission::MethodReadWriteAll]).await;
        let mut key = SoftAuthenticator::new();
        let path = format!("{KEYS}/creationOptions(challengeTimeoutInMinutes=43200)");
        let options = api.get(&path).await.expect(200);
        assert_eq!(options["publicKey"]["timeout"], 43_200 * 60_000_u64);
        assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "required");
        // Prepared weeks before.
        app.wait(Duration::from_secs(29 * 24 * 60 * 60));
        let api = as_application(&app, &[Permission::MethodReadWriteAll]).await;
        let body = json!({
            "@odata.type": KEY,
            "displayName": "Red key",
            "publicKeyCredential": made(&app, &mut key, &options).await,
        });
        let added = api.post(KEYS, body.clone()).await.expect(201);
        assert_eq!((&added["displayName"], &added["@odata.type"]), (&json!("Red key"), &json!(KEY)));
        // A challenge has one answer.
        assert_eq!(api.post(KEYS, body).await.about("badRequest"), "publicKeyCredential");
        assert_eq!(api.get(KEYS).await.expect(200)["value"].as_array().unwrap().len(), 1);

        let request = Request::of(&app.client("payroll").await);
        let mut ada = app.visitor();
        ada.authorize(&request).await.page();
        ada.use_passkey(&mut key).await.code();
    }
}

#[tokio::test]
async fn a_key_for_somebody_else_is_taken_in_time_for_them_and_by_the_rules() {
    let app = App::start().await;
    app.person("ada").await;
    app.person("bob").await;
    let api = as_provisioning(&app).await;
    let begin = format!("{KEYS}/creationOptions()");
    let post = |keys: &'static str, credential: Value| {
        let api = api.clone();
        async move { api.post(keys, json!({ "publicKeyCredential": credential })).await }
    };
    let refused = "publicKeyCredential";
    // For another person.
    let options = api.get(&begin).await.expect(200);
    let credential = made(&app, &mut SoftAuthenticator::new(), &options).await;
    let bobs = "/users/bob/authentication/fido2Methods";
    assert_eq!(post(bobs, credential).await.about("badRequest"), refused);
    // From another origin.
    let options = api.get(&format!("{KEYS}/creationOptions")).await.expect(200);
    let mut elsewhere = json!({ "publicKey": options["publicKey"] });
    elsewhere["publicKey"]["rp"]["id"] = json!("evil.example");
    let credential = SoftAuthenticator::new().create("https://evil.example", elsewhere).await;
    assert_eq!(post(KEYS, credential).await.about("badRequest"), refused);
    // Without the person being verified.
    let options = api.get(&begin).await.expect(200);
    let mut device = SoftAuthenticator::without_user_verification();
    let credential = made(&app, &mut device, &options).await;
    assert_eq!(post(KEYS, credential).await.about("badRequest"), refused);
    // Too late.
    let options = api.get(&begin).await.expect(200);
    let credential = made(&app, &mut SoftAuthenticator::new(), &options).await;
    app.wait(Duration::from_secs(5 * 60));
    assert_eq!(post(KEYS, credential).await.about("badRequest"), refused);
    // Of a model that the policy does not take.
    let model = "0f083f18-4105-43a8-ad69-24e812e38141";
    let restrictions =
        json!({ "isEnforced": true, "enforcementType": "block", "aaGuids": [model] });
    app.policy("Fido2", json!({ "keyRestrictions": restrictions })).await;
    let options = api.get(&begin).await.expect(200);
    let mut device = SoftAuthenticator::new().with_aaguid(Uuid::parse_str(model).unwrap());
    let credential = made(&app, &mut device, &options).await;
    assert_eq!(post(KEYS, credential).await.about("badRequest"), refused);
    // By people themselves or not makes no difference to admins.
    app.policy("Fido2", json!({ "isSelfServiceRegistrationAllowed": false })).await;
    let options = api.get(&begin).await.expect(200);
    let credential = made(&app, &mut SoftAuthenticator::new(), &options).await;
    post(KEYS, credential.clone()).await.expect(201);

    for nonsense in [json!({}), json!({ "id": "x" }), json!("x"), credential] {
        assert_eq!(post(KEYS, nonsense).await.about("badRequest"), refused);
    }
    for minutes in ["4", "43201", "-1", "x", ""] {
        let path = format!("{KEYS}/creationOptions(challengeTimeoutInMinutes={minutes})");
        assert_eq!(api.get(&path).await.about("badRequest"), "challengeTimeoutInMinutes");
    }
    let list = api.get(KEYS).await.expect(200);
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
}

on_both_engines! {
    async fn what_a_maker_vouches_for_is_shown_and_wanted_for_others_keys_too(app: App) {
        app.person("ada").await;
        let maker = Maker::new("Acme");
        let caller = &Caller::OPERATOR;
        app.services.add_attestation_root(caller, maker.root(), &[], vec![]).await.unwrap();
        app.policy("Fido2", json!({ "isAttestationEnforced": true })).await;
        let api = as_application(&app, &[Permission::MethodReadWriteAll]).await;
        let begin = format!("{KEYS}/creationOptions()");
        let options = api.get(&begin).await.expect(200);
        assert_eq!(options["publicKey"]["attestation"], "direct");
        let credential = made(&app, &mut SoftAuthenticator::new(), &options).await;
        let refused = api.post(KEYS, json!({ "publicKeyCredential": credential })).await;
        assert_eq!(refused.about("badRequest"), "publicKeyCredential");
        let options = api.get(&begin).await.expect(200);
        let mut key = SoftAuthenticator::new().made_by(&maker);
        let credential = made(&app, &mut key, &options).await;
        let added = api.post(KEYS, json!({ "publicKeyCredential": credential })).await.expect(201);
        assert_eq!(added["attestationLevel"], "attested");
        assert_eq!(added["passkeyType"], "deviceBound");
        let thumbprints = added["attestationCertificates"].as_array().unwrap();
        assert_eq!(thumbprints.len(), 1);
        assert_eq!(thumbprints[0].as_str().unwrap().len(), 64);
    }
}

#[tokio::test]
async fn nobody_registers_a_key_for_themselves_or_for_an_admin_above_them() {
    let app = App::start().await;
    let mut ada = person(&app, "ada", Some(Role::AuthenticationAdministrator)).await;
    let mut eve = person(&app, "eve", None).await;
    let all = [Permission::MethodReadWriteAll];
    let api = ada.calls(&app, &all).await;
    for path in [KEYS, "/me/authentication/fido2Methods"] {
        let path = format!("{path}/creationOptions()");
        let message = api.get(&path).await.refused(403, "accessDenied");
        assert!(message.contains("nobody may do this for themselves"), "{message}");
    }
    api.post(KEYS, json!({ "publicKeyCredential": {} })).await.refused(403, "accessDenied");
    app.person("grace").await;
    give_role(&app, "grace", Role::GlobalReader).await;
    let path = "/users/grace/authentication/fido2Methods/creationOptions";
    api.get(path).await.refused(403, "accessDenied");
    api.get("/users/eve/authentication/fido2Methods/creationOptions").await.expect(200);
    let member = eve.calls(&app, &all).await;
    member.get(&format!("{KEYS}/creationOptions")).await.refused(403, "accessDenied");
    let other = as_application(&app, &[Permission::TapReadWriteAll]).await;
    other.get(&format!("{KEYS}/creationOptions")).await.refused(403, "accessDenied");
}

/// [Attacks] four eyes · an admin opens another admin's account with a key of their own
#[tokio::test]
async fn where_a_second_admin_must_approve_nobody_gives_an_admin_a_key() {
    let app = App::start().await;
    let mut root = person(&app, "root", Some(Role::GlobalAdministrator)).await;
    app.person("ada").await;
    app.person("bob").await;
    // Even an application that otherwise reaches admins.
    let privileged = [Permission::MethodReadWriteAll, Permission::RoleManagementReadWrite];
    let mut apis = vec![as_application(&app, &privileged).await];
    apis.push(root.calls(&app, &[Permission::MethodReadWriteAll]).await);
    let begin = format!("{KEYS}/creationOptions");
    let mut before = Vec::new();
    for api in &apis {
        before.push(api.get(&begin).await.expect(200));
    }
    give_role(&app, "ada", Role::GlobalReader).await;
    app.policy("TemporaryAccessPass", json!({ "isApprovalRequiredForAdmins": true })).await;
    for (api, options) in apis.iter().zip(&before) {
        let message = api.get(&begin).await.refused(403, "accessDenied");
        assert!(message.contains("issue a pass, which a second admin approves"), "{message}");
        let credential = made(&app, &mut SoftAuthenticator::new(), options).await;
        let finish = api.post(KEYS, json!({ "publicKeyCredential": credential })).await;
        finish.refused(403, "accessDenied");
        let (success, reason) = app.audited(Activity::MethodRegistered).await.remove(0);
        assert!(!success && reason.contains("a second admin"), "{reason}");
        // Whoever holds no role may be given one as before.
        api.get("/users/bob/authentication/fido2Methods/creationOptions").await.expect(200);
    }
    // Whoever sits at the machine can write to the database anyway.
    let ada = app.services.find_user("ada").await.unwrap();
    let own = app.services.begin_on_behalf(&Caller::OPERATOR, &ada, 5).await.unwrap();
    let options = json!({ "publicKey": own.public_key });
    let credential = made(&app, &mut SoftAuthenticator::new(), &options).await;
    app.services.finish_on_behalf(&Caller::OPERATOR, &ada, None, credential).await.unwrap();
}

on_both_engines! {
    async fn sign_in_sessions_are_revoked_with_what_was_given_under_them(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let payroll = app.client("payroll").await;
        let request = Request::of(&payroll);
        let (mut ada, mut key) = (app.visitor(), SoftAuthenticator::new());
        let code = ada.day_one(&request, "ada", &pass, &mut key).await.code();
        let tokens = ada.redeem(&request, &code).await.1;
        let api = as_application(&app, &[Permission::MethodReadAll]).await;
        api.post("/users/ada/revokeSignInSessions", json!({})).await.refused(403, "accessDenied");
        let api = as_application(&app, &[Permission::MethodReadWriteAll]).await;
        let done = api.post("/users/ada/revokeSignInSessions", json!({})).await.expect(200);
        assert_eq!(done["value"], true);
        assert_eq!(ada.authorize(&request).await.page().heading(), "Hello. Who is signing in?");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(ada.refresh(&payroll, refresh).await.0, 400);
        let audited = app.audited(Activity::SignedOut).await;
        assert_eq!(audited.iter().map(|(done, _)| *done).collect::<Vec<_>>(), [true, false]);
        api.post("/users/nobody/revokeSignInSessions", json!({})).await.refused(404, "resourceNotFound");
    }
}
