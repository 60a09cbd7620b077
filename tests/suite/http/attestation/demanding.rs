//! Keys that applications and policies demand: hardware, one device, one model; and what the browser
//! is asked for.

use firstkey::domain::assurance::Acr;
use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::{at_registration, refusal, told, trusted};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::maker::Maker;
use crate::support::visitor::{Request, claims};

on_both_engines! {
    async fn an_application_that_wants_hardware_gets_it_registered_in_its_own_request(app: App) {
        app.one_method_is_enough().await;
        let maker = Maker::new("Acme");
        trusted(&app, &maker).await;
        let request = Request::of(&app.client("payroll").await).with("acr_values", "phrh");
        let mut ada = at_registration(&app, "ada", &request).await;
        let (_, begun) = ada.fetch("register/options", &json!({ "kind": "passkey" })).await;
        assert_eq!(begun["options"]["publicKey"]["attestation"], "direct");
        let answer = ada.try_register(&mut SoftAuthenticator::new(), "passkey").await;
        let page = told(&mut ada, &answer).await;
        assert!(page.contains("Payroll needs a key whose maker vouches for it"), "{page}");
        assert!(page.contains("A key that stays on one device"), "{page}");
        assert!(refusal(&app).await.starts_with("the application wants a key"));
        let mut key = SoftAuthenticator::new().made_by(&maker);
        ada.register(&mut key).await.page();
        // Another application is content with any key, from somebody else.
        let plain = Request::of(&app.client("wiki").await).with("acr_values", "phr");
        let mut bob = at_registration(&app, "bob", &plain).await;
        bob.register(&mut SoftAuthenticator::new()).await.page();
    }

    async fn hardware_that_the_operator_demands_is_registered_in_the_request_too(app: App) {
        app.one_method_is_enough().await;
        let maker = Maker::new("Acme");
        trusted(&app, &maker).await;
        let payroll = app.client_with("payroll", false, |settings| {
            settings.require_acr = Some(Acr::PhishingResistantHardware);
        });
        let request = Request::of(&payroll.await);
        let mut ada = at_registration(&app, "ada", &request).await;
        let (_, begun) = ada.fetch("register/options", &json!({ "kind": "passkey" })).await;
        assert_eq!(begun["options"]["publicKey"]["attestation"], "direct");
        let answer = ada.try_register(&mut SoftAuthenticator::new(), "passkey").await;
        told(&mut ada, &answer).await;
        assert!(refusal(&app).await.starts_with("the application wants a key"));
        let mut key = SoftAuthenticator::new().made_by(&maker);
        ada.open(&ada.journey()).await.page();
        ada.register(&mut key).await.page();
        ada.use_passkey(&mut key).await.page();
        let code = ada.submit("finish", &[]).await.code();
        assert_eq!(claims(&ada.redeem(&request, &code).await.1["id_token"])["acr"], "phrh");
    }

    async fn keys_that_are_synced_are_not_taken_where_they_must_stay_on_one_device(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        let mut ada = at_registration(&app, "ada", &request).await;
        let mut phone = SoftAuthenticator::new();
        ada.register(&mut phone).await.page();
        ada.submit("finish", &[]).await.code();
        app.policy("Fido2", json!({
            "passkeyProfiles": [{
                "id": "bound", "name": "Bound", "passkeyTypes": "deviceBound",
                "attestationEnforcement": "disabled",
                "keyRestrictions": { "isEnforced": false, "enforcementType": "block", "aaGuids": [] },
            }],
            "defaultPasskeyProfile": "bound",
        })).await;
        // At sign-in, whoever holds the key hears so, and other ways remain.
        let mut later = app.visitor();
        later.authorize(&request).await.page();
        let answer = later.try_passkey(&mut phone).await;
        let page = told(&mut later, &answer).await;
        assert!(page.contains("takes only keys that stay on one device"), "{page}");
        assert!(page.contains("Sign in another way"), "{page}");
        let (success, reason) = app.audited(Activity::KeySignIn).await.remove(0);
        assert!(!success && reason.contains("stay on one device"), "{reason}");
        let pass = app.pass("ada").await;
        later.sign_in("ada", &pass).await.page();
        let answer = later.try_register(&mut SoftAuthenticator::new(), "passkey").await;
        let page = told(&mut later, &answer).await;
        assert!(page.contains("Choose another key"), "{page}");
        assert!(refusal(&app).await.contains("stay on one device"));
        let mut key = SoftAuthenticator::new().device_bound();
        later.register(&mut key).await.page();
        later.submit("review", &[("decision", "keep")]).await.page();
        later.submit("finish", &[]).await.code();
        let mut again = app.visitor();
        again.authorize(&request).await.page();
        again.use_passkey(&mut key).await.code();
    }
}

#[tokio::test]
async fn the_page_about_a_refused_key_names_it_and_says_which_are_taken() {
    let app = App::start().await;
    let yubikey = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
    app.policy(
        "Fido2",
        json!({ "keyRestrictions": {
            "isEnforced": true, "enforcementType": "allow",
            "aaGuids": [yubikey, "00000000-0000-0000-0000-00000000acce"],
        } }),
    )
    .await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = at_registration(&app, "ada", &request).await;
    let hello = "08987058-cadc-4b81-b6e1-30de50dcbe96".parse().unwrap();
    let mut hello = SoftAuthenticator::new().with_aaguid(hello);
    let answer = ada.try_register(&mut hello, "passkey").await;
    let page = told(&mut ada, &answer).await;
    assert!(page.contains("Windows Hello is not accepted here"), "{page}");
    assert!(page.contains("One of these: 00000000-0000-0000-0000-00000000acce, YubiKey 5 NFC"));
    assert!(page.contains("Nothing was saved, and nothing is lost"));
    // It can be looked at again, in German, too, and by nobody else.
    let location = answer.1["location"].as_str().unwrap();
    assert!(ada.open(location).await.page().body.contains("Windows Hello"));
    ada.speaks("de");
    assert!(
        ada.open(location).await.page().body.contains("Windows Hello wird hier nicht angenommen")
    );
    ada.speaks("en");
    let mut eve = app.visitor();
    assert_eq!(eve.open(location).await.page().status, 410);
    // The journey goes on, and the page is over with the next one.
    let page = ada.open(&ada.journey()).await.page();
    assert!(page.heading().starts_with("Welcome"), "{}", page.heading());
    let page = ada.open(location).await.page();
    assert!(page.heading().starts_with("Welcome"), "{}", page.heading());
    let mut unnamed = SoftAuthenticator::new();
    let answer = ada.try_register(&mut unnamed, "passkey").await;
    assert!(told(&mut ada, &answer).await.contains("That key is not accepted here"));
    let mut fine = SoftAuthenticator::new().with_aaguid(yubikey.parse().unwrap());
    ada.open(&ada.journey()).await.page();
    ada.register(&mut fine).await.page();
}

#[tokio::test]
async fn groups_have_profiles_of_their_own_and_exclusion_beats_all() {
    let app = App::start().await;
    let maker = Maker::new("Acme");
    trusted(&app, &maker).await;
    let services = &app.services;
    let mut ids = Vec::new();
    for (group, member) in [("Admins", "ada"), ("Left out", "eve")] {
        app.person(member).await;
        let group = services.add_group(&Caller::OPERATOR, group).await.unwrap();
        services.set_membership(&Caller::OPERATOR, &group.name, member, true).await.unwrap();
        ids.push(group.id);
    }
    let open = json!({ "isEnforced": false, "enforcementType": "block", "aaGuids": [] });
    app.policy(
        "Fido2",
        json!({
            "passkeyProfiles": [
                { "id": "hardware", "name": "Hardware", "passkeyTypes": "deviceBound",
                  "attestationEnforcement": "registrationOnly", "keyRestrictions": open },
                { "id": "synced", "name": "Synced", "passkeyTypes": "synced",
                  "attestationEnforcement": "disabled", "keyRestrictions": open },
            ],
            "includeTargets": [
                { "targetType": "group", "id": ids[0], "allowedPasskeyProfiles": ["hardware"] },
                { "targetType": "group", "id": "all_users", "allowedPasskeyProfiles": ["synced"] },
            ],
            "excludeTargets": [{ "targetType": "group", "id": ids[1] }],
        }),
    )
    .await;
    let request = Request::of(&app.client("payroll").await);
    // Whoever is in both has the choice.
    let mut ada = at_registration(&app, "ada", &request).await;
    let answer = ada.try_register(&mut SoftAuthenticator::new().device_bound(), "passkey").await;
    let page = told(&mut ada, &answer).await;
    assert!(page.contains("Any one of these will do"), "{page}");
    assert!(page.contains("A passkey that is synced") && page.contains("whose maker vouches"));
    ada.open(&ada.journey()).await.page();
    ada.register(&mut SoftAuthenticator::new()).await.page();
    ada.register(&mut SoftAuthenticator::new().made_by(&maker)).await.page();
    let mut bob = at_registration(&app, "bob", &request).await;
    let answer = bob.try_register(&mut SoftAuthenticator::new().made_by(&maker), "passkey").await;
    assert!(told(&mut bob, &answer).await.contains("takes only passkeys that are synced"));
    // Who is left out is asked for no key, and has none.
    let mut eve = app.visitor();
    let pass = app.pass("eve").await;
    eve.authorize(&request).await.page();
    eve.sign_in("eve", &pass).await.code();
}

#[tokio::test]
async fn the_browser_is_asked_for_what_the_person_chose() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = at_registration(&app, "ada", &request).await;
    for (asked, attachment, hints) in [
        (json!({ "kind": "passkey" }), Value::Null, json!(["client-device", "hybrid"])),
        (
            json!({ "kind": "passkey", "place": null }),
            Value::Null,
            json!(["client-device", "hybrid"]),
        ),
        (
            json!({ "kind": "passkey", "place": "here" }),
            json!("platform"),
            json!(["client-device"]),
        ),
        (
            json!({ "kind": "passkey", "place": "elsewhere" }),
            json!("cross-platform"),
            json!(["hybrid"]),
        ),
        (
            json!({ "kind": "security_key", "place": "here" }),
            json!("cross-platform"),
            json!(["security-key"]),
        ),
    ] {
        let (status, begun) = ada.fetch("register/options", &asked).await;
        assert_eq!(status, 200, "{asked}");
        let options = &begun["options"]["publicKey"];
        let selection = &options["authenticatorSelection"];
        assert_eq!(selection["authenticatorAttachment"], attachment, "{asked}");
        assert_eq!(options["hints"], hints, "{asked}");
        assert_eq!(selection["residentKey"], "required", "{asked}");
    }
    let asked = json!({ "kind": "passkey", "place": "nowhere" });
    assert_eq!(ada.fetch("register/options", &asked).await.0, 400);
}
