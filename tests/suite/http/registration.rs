//! Registering and using keys: what must be refused is, whoever asks.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor};

/// Somebody at the page that asks them to register.
async fn at_registration(app: &App, name: &str) -> Visitor {
    app.person(name).await;
    let pass = app.pass(name).await;
    let client = match app.services.find_client("payroll").await {
        Ok(_) => crate::support::app::Registered {
            id: "payroll".into(),
            secret: String::new(),
            redirect_uri: crate::support::app::CALLBACK.into(),
        },
        Err(_) => app.client("payroll").await,
    };
    let mut visitor = app.visitor();
    visitor.authorize(&Request::of(&client)).await.page();
    let page = visitor.sign_in(name, &pass).await.page();
    assert!(page.heading().starts_with("Welcome, "), "{:?}", page.alert());
    visitor
}

async fn options(visitor: &mut Visitor) -> Value {
    let (status, begun) = visitor.fetch("register/options", &json!({ "kind": "passkey" })).await;
    assert_eq!(status, 200, "{begun}");
    begun
}

async fn answer(visitor: &mut Visitor, ceremony: &Value, credential: &Value) -> (u16, String) {
    let body = json!({ "ceremony": ceremony, "credential": credential });
    let (status, answer) = visitor.fetch("register", &body).await;
    (status, answer["error"].as_str().unwrap_or("none").to_owned())
}

on_both_engines! {
    /// [Attacks] WebAuthn §7.1 · a challenge in another session, or twice
    async fn a_challenge_is_answered_once_by_whom_it_was_made_for(app: App) {
        let (mut ada, mut eve) = (at_registration(&app, "ada").await, at_registration(&app, "eve").await);
        let mut phone = SoftAuthenticator::new();
        let begun = options(&mut ada).await;
        let credential = phone.create(&app.issuer, begun["options"].clone()).await;
        // In somebody else's journey it is unknown, and is not used up by that.
        let stolen = answer(&mut eve, &begun["ceremony"], &credential).await;
        assert_eq!(stolen, (409, "moved_on".into()));
        assert_eq!(answer(&mut ada, &begun["ceremony"], &credential).await, (200, "none".into()));
        let again = answer(&mut ada, &begun["ceremony"], &credential).await;
        assert_eq!(again, (409, "moved_on".into()));
        // The challenge of one is no challenge of another.
        let theirs = options(&mut eve).await;
        let swapped = answer(&mut eve, &theirs["ceremony"], &credential).await;
        assert_eq!(swapped, (403, "refused".into()));
        assert!(!app.audited(Activity::MethodRegistered).await[0].0);
    }

    /// [Attacks] WebAuthn §7.1 · a credential id of somebody else
    async fn a_key_is_one_persons_only(app: App) {
        let (mut ada, mut eve) = (at_registration(&app, "ada").await, at_registration(&app, "eve").await);
        let mut phone = SoftAuthenticator::new();
        let begun = options(&mut ada).await;
        let credential = phone.create(&app.issuer, begun["options"].clone()).await;
        assert_eq!(answer(&mut ada, &begun["ceremony"], &credential).await.0, 200);
        // Eve answers her own challenge with the id of Ada's credential.
        let begun = options(&mut eve).await;
        let mut forged = SoftAuthenticator::new().create(&app.issuer, begun["options"].clone()).await;
        forged["id"] = credential["id"].clone();
        forged["rawId"] = credential["rawId"].clone();
        // What counts is the id that the authenticator has signed, whatever is written beside it.
        answer(&mut eve, &begun["ceremony"], &forged).await;
        let owner = app.services.show_user("ada").await.unwrap();
        assert_eq!(owner.methods.len(), 1);
        assert!(app.services.show_user("eve").await.unwrap().methods.iter().all(|method| {
            method.credential_id != owner.methods[0].credential_id
        }));
    }
}

#[tokio::test]
async fn what_is_asked_of_authenticators() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let passkey = options(&mut ada).await["options"]["publicKey"].clone();
    let selection = &passkey["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(passkey["hints"], json!(["client-device", "hybrid"]));
    assert_eq!(passkey["rp"]["id"], "localhost");
    assert_eq!(passkey["user"]["displayName"], "Ada Example");
    let user = app.services.show_user("ada").await.unwrap().user;
    assert!(
        !passkey.to_string().contains(&user.id.to_string()),
        "the handle is not the account's id"
    );
    let (_, begun) = ada.fetch("register/options", &json!({ "kind": "security_key" })).await;
    let key = &begun["options"]["publicKey"];
    assert_eq!(key["authenticatorSelection"]["authenticatorAttachment"], "cross-platform");
    assert_eq!(key["hints"], json!(["security-key"]));
    let (status, _) = ada.fetch("register/options", &json!({ "kind": "password" })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn one_device_is_registered_once() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let mut phone = SoftAuthenticator::new();
    ada.register(&mut phone).await.page();
    let begun = options(&mut ada).await;
    let refused = phone.try_create(&app.issuer, begun["options"].clone()).await;
    assert_eq!(refused.unwrap_err(), "InvalidStateError");
}

/// [Attacks] WebAuthn §7.2 · no user verification
#[tokio::test]
async fn a_key_must_verify_its_user() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let mut touch_only = SoftAuthenticator::without_user_verification();
    let (status, answer) = ada.try_register(&mut touch_only, "passkey").await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("refused")));
    // One that did, and stops doing so, opens nothing.
    let mut phone = SoftAuthenticator::new();
    ada.register(&mut phone).await.page();
    phone.set_user_verification(false);
    let mut later = app.visitor();
    later.open("/security-info").await.page();
    let (status, answer) = later.try_passkey(&mut phone).await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("refused")));
    assert!(!app.audited(Activity::KeySignIn).await[0].0);
}

/// [Attacks] WebAuthn §7.2 · another origin
#[tokio::test]
async fn answers_from_another_origin_are_refused() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let begun = options(&mut ada).await;
    // A page on another port of this machine could ask for the same RP ID.
    let credential =
        SoftAuthenticator::new().create("http://localhost:1", begun["options"].clone()).await;
    let refused = answer(&mut ada, &begun["ceremony"], &credential).await;
    assert_eq!(refused, (403, "refused".into()));
}

/// [Attacks] WebAuthn §7.2 · a counter that goes back
#[tokio::test]
async fn a_copied_security_key_is_noticed() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let mut key = SoftAuthenticator::new().with_counter();
    ada.register(&mut key).await.page();
    let mut copy = key.clone();
    for _ in 0..3 {
        let mut visitor = app.visitor();
        visitor.open("/security-info").await.page();
        assert_eq!(visitor.try_passkey(&mut key).await.0, 200);
    }
    let mut thief = app.visitor();
    thief.open("/security-info").await.page();
    let (status, answer) = thief.try_passkey(&mut copy).await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("refused")));
    let (success, reason) = app.audited(Activity::KeySignIn).await.remove(0);
    assert!(!success && reason.contains("CredentialPossibleCompromise"), "{reason}");
}

#[tokio::test]
async fn an_unknown_key_is_named_as_such() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let mut phone = SoftAuthenticator::new();
    ada.register(&mut phone).await.page();
    app.services.remove_user(&Caller::OPERATOR, "ada").await.unwrap();
    let mut later = app.visitor();
    later.open("/security-info").await.page();
    let (status, answer) = later.try_passkey(&mut phone).await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("unknown_credential")));
}

/// [Attacks] WebAuthn §7.2 · a key that was removed
#[tokio::test]
async fn a_stolen_key_that_was_removed_opens_nothing_and_its_sessions_are_over() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let mut key = SoftAuthenticator::new();
    ada.register(&mut key).await.page();
    let request = Request::of(&app.client("canteen").await);
    let mut thief = app.visitor();
    thief.authorize(&request).await.page();
    let code = thief.use_passkey(&mut key).await.code();
    let (_, tokens) = thief.redeem(&request, &code).await;
    let (access, refresh) = (tokens["access_token"].as_str(), tokens["refresh_token"].as_str());
    assert_eq!(thief.userinfo(access.unwrap()).await.0, 200);

    let person = app.services.show_user("ada").await.unwrap();
    let method = person.methods[0].id;
    app.services.remove_method(&Caller::OPERATOR, &person.user, method).await.unwrap();
    assert_eq!(thief.userinfo(access.unwrap()).await.0, 401);
    assert_eq!(thief.refresh(&request.client, refresh.unwrap()).await.0, 400);
    thief.open("/security-info").await.page();
    let (status, answer) = thief.try_passkey(&mut key).await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("unknown_credential")));
    // There is nothing left to remove.
    assert!(app.services.remove_method(&Caller::OPERATOR, &person.user, method).await.is_err());
    assert!(app.audited(Activity::MethodRemoved).await[0].0);
}

/// [Attacks] WebAuthn §7.2 · a challenge reused
#[tokio::test]
async fn sign_in_challenges_are_for_one_use_in_one_journey() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let mut phone = SoftAuthenticator::new();
    ada.register(&mut phone).await.page();
    let (mut one, mut two) = (app.visitor(), app.visitor());
    one.open("/security-info").await.page();
    two.open("/security-info").await.page();
    let (_, begun) = one.fetch("passkey/options", &json!({})).await;
    assert!(begun["options"]["publicKey"]["allowCredentials"].as_array().is_none_or(Vec::is_empty));
    let credential = phone.get(&app.issuer, begun["options"].clone()).await;
    let body = json!({ "ceremony": begun["ceremony"], "credential": credential });
    assert_eq!(two.fetch("passkey", &body).await.0, 409);
    app.wait(Duration::from_secs(301));
    assert_eq!(one.fetch("passkey", &body).await.0, 409, "five minutes are over");
}

#[tokio::test]
async fn methods_are_named_after_their_model() {
    let app = App::start().await;
    let mut ada = at_registration(&app, "ada").await;
    let yubikey = Uuid::parse_str("03012cb7-4fb2-42e7-9e8d-a81f10e2a5e9").unwrap();
    let (status, answer) =
        ada.try_register(&mut SoftAuthenticator::new().with_aaguid(yubikey), "security_key").await;
    assert_eq!((status, answer["name"].as_str()), (200, Some("YubiKey 5Ci")));
    let journey = ada.journey();
    let page = ada.open(&journey).await.page();
    assert!(page.body.contains("YubiKey 5Ci"), "the page says what was added");
    let (_, answer) =
        ada.try_register(&mut SoftAuthenticator::new().with_aaguid(yubikey), "security_key").await;
    assert_eq!(answer["name"], "YubiKey 5Ci 2");
}

#[tokio::test]
async fn a_policy_may_want_two_and_one_kind_only() {
    let app = App::start().await;
    app.policy(
        "Registration",
        json!({
            "requiredMethods": 2, "recommendedMethods": 2, "allowedKinds": ["passkey"],
        }),
    )
    .await;
    let mut ada = at_registration(&app, "ada").await;
    assert!(!ada.page.as_ref().unwrap().body.contains("Add a security key"));
    let (status, answer) = ada.try_register(&mut SoftAuthenticator::new(), "security_key").await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("kind_not_allowed")));
    let page = ada.register(&mut SoftAuthenticator::new()).await.page();
    assert!(page.body.contains("1 of 2"), "{}", page.body);
    let page = ada.submit("continue", &[]).await.page();
    assert!(page.heading().starts_with("That worked"), "there is no way round the second");
    let page = ada.register(&mut SoftAuthenticator::new()).await.page();
    assert_eq!(page.heading(), "You're all set");
    ada.submit("finish", &[]).await.code();
}

/// [Attacks] WebAuthn §7.1 · registering without a recent strong sign-in
#[tokio::test]
async fn later_changes_need_a_fresh_sign_in() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    let mut ada = at_registration(&app, "ada").await;
    let mut phone = SoftAuthenticator::new();
    ada.register(&mut phone).await.page();
    let mut later = app.visitor();
    later.open("/security-info").await.page();
    later.use_passkey(&mut phone).await.page();
    let page = later.submit_to("/security-info/register", &[]).await.page();
    assert_eq!(page.heading(), "Add another way in");
    app.wait(Duration::from_secs(301));
    let (status, _) = later.try_register(&mut SoftAuthenticator::new(), "passkey").await;
    assert_eq!(status, 409);
    let journey = later.journey();
    let page = later.open(&journey).await.page();
    assert!(page.body.contains("Before you change how you sign in"), "{}", page.heading());
    let page = later.use_passkey(&mut phone).await.page();
    assert_eq!(page.heading(), "Add another way in");
    let page = later.register(&mut SoftAuthenticator::new()).await.page();
    assert_eq!(page.heading(), "My Security Info");
    assert_eq!(app.services.show_user("ada").await.unwrap().methods.len(), 2);
}
