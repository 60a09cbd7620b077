//! Devices that people set up: each has a key of its own, is on a list, and stays signed in until it
//! is taken off it.

mod keys;
mod limits;

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::registered_device::RegisteredDevice;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::signed_in;
use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::laptop::{
    Laptop, active, allows, api, device_client, recognises, set_up, text,
};
use crate::support::mail_server::MailServer;
use crate::support::visitor::{Request, Visitor, claims};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The devices of somebody.
async fn devices(app: &App, name: &str) -> Vec<RegisteredDevice> {
    let user = app.services.find_user(name).await.unwrap();
    app.services.devices_of(&user).await.unwrap()
}

#[track_caller]
fn refused((status, answer): (u16, Value), expected: &str) {
    assert_eq!((status, answer["error"].as_str()), (400, Some(expected)), "{answer}");
}

/// Takes a device off one's list, in one's browser.
async fn removes(person: &mut Visitor, device: &RegisteredDevice) {
    person.open("/security-info").await.page();
    let path = format!("/security-info/devices/{}/remove", device.id);
    let page = person.submit_to(&path, &[]).await.page();
    assert_eq!(page.heading(), "My Security Info");
}

on_both_engines! {
    async fn a_device_set_up_on_the_first_day_outlives_the_pass_and_the_browser(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (pass, client) = (app.pass("ada").await, device_client(&app).await);
        let laptop = Laptop::new("ADA-LAPTOP");
        let asked = laptop.asks(&app, &client).await;
        refused(laptop.polls(&app, &client, &asked).await, "authorization_pending");

        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        ada.open("/device").await.page();
        let page = ada.submit_to("/device", &[("user_code", &asked.shows)]).await.page();
        for told in ["ADA-LAPTOP, Windows", "We have not checked it", "another network"] {
            assert!(page.body.contains(told), "{told}");
        }
        ada.submit("device", &[("decision", "continue")]).await.page();
        ada.sign_in("ada", &pass).await.page();
        let page = ada.register(&mut phone).await.page();
        assert_eq!(page.heading(), "Allow Laptops on your device?");
        assert!(page.body.contains("ADA-LAPTOP, Windows"));
        assert!(page.body.contains("stays signed in until you remove it"), "{}", page.body);
        let page = ada.submit("consent", &[("decision", "allow")]).await.page();
        assert_eq!(page.heading(), "You can go back to your device");
        assert!(devices(&app, "ada").await.is_empty(), "it has not proved its key yet");
        let (status, tokens) = laptop.polls(&app, &client, &asked).await;
        assert_eq!((status, &tokens["token_type"]), (200, &json!("DPoP")), "{tokens}");
        let access = claims(&tokens["access_token"]);
        assert_eq!(access["cnf"]["jkt"], laptop.key.thumbprint());
        assert_eq!(claims(&tokens["id_token"])["acr"], "urn:firstkey:acr:bootstrap");
        let done = (true, "ADA-LAPTOP, Windows".to_owned());
        assert_eq!(app.audited(Activity::DeviceRegistered).await, [done]);
        let list = devices(&app, "ada").await;
        let device = &list[0];
        assert_eq!((list.len(), device.name.as_str()), (1, "ADA-LAPTOP"));
        assert_eq!((device.platform.as_deref(), device.address.as_deref()),
            (Some("Windows"), Some("203.0.113.7")));
        assert_eq!(device.thumbprint, laptop.key.thumbprint());

        // The browser signs out, the pass is deleted and ends: the device stays.
        ada.open("/security-info").await.page();
        ada.submit_to("/sign-out", &[]).await.page();
        app.services.delete_pass(&Caller::OPERATOR, &app.services.find_user("ada").await.unwrap())
            .await.unwrap();
        app.wait(24 * HOUR);
        let refresh = text(&tokens, "refresh_token");
        for _ in 0..2 {
            let (status, next) = laptop.refreshes(&app, &client, refresh).await;
            assert_eq!(status, 200, "{next}");
            assert!(next.get("refresh_token").is_none(), "bound to a key, it need not change");
            assert!(next["expires_in"].as_u64().unwrap() > 500, "{next}");
        }
        let seen = devices(&app, "ada").await[0].last_seen_at;
        assert!(seen.since(device.last_seen_at) >= 24 * HOUR);
        // Not more often than once in a minute.
        app.wait(Duration::from_secs(30));
        assert_eq!(laptop.refreshes(&app, &client, refresh).await.0, 200);
        assert_eq!(devices(&app, "ada").await[0].last_seen_at, seen);
        // It goes on as long as it is seen.
        for _ in 0..3 {
            app.wait(20 * 24 * HOUR);
            assert_eq!(laptop.refreshes(&app, &client, refresh).await.0, 200);
        }
    }

    async fn a_device_that_rests_on_a_pass_alone_ends_with_it_unless_a_key_follows(app: App) {
        app.policy("Registration", json!({ "requiredMethods": 0, "recommendedMethods": 0 })).await;
        app.person("ada").await;
        let (pass, client) = (app.pass("ada").await, device_client(&app).await);
        let (first, second) = (Laptop::new("FIRST"), Laptop::new("SECOND"));
        let mut phone = SoftAuthenticator::new();
        let (mut ada, mut elsewhere) = (app.visitor(), app.visitor());
        let mut tokens = Vec::new();
        for (laptop, browser) in [(&first, &mut ada), (&second, &mut elsewhere)] {
            let asked = laptop.asks(&app, &client).await;
            recognises(browser, &asked).await;
            browser.sign_in("ada", &pass).await.page();
            let page = browser.submit("skip", &[]).await.page();
            assert!(page.body.contains("signed out when your pass ends"), "{}", page.body);
            browser.submit("consent", &[("decision", "allow")]).await.page();
            let (status, got) = laptop.polls(&app, &client, &asked).await;
            assert_eq!(status, 200, "{got}");
            tokens.push(text(&got, "refresh_token").to_owned());
        }
        assert_eq!(devices(&app, "ada").await.len(), 2);
        // In the first browser a key is added and used.
        app.policy("Registration", json!({ "requiredMethods": 1, "recommendedMethods": 1 })).await;
        let request = Request::of(&app.client("own").await).with("acr_values", "phr");
        ada.authorize(&request).await.page();
        ada.register(&mut phone).await.page();
        ada.use_passkey(&mut phone).await;
        for (laptop, token) in [(&first, &tokens[0]), (&second, &tokens[1])] {
            assert_eq!(laptop.refreshes(&app, &client, token).await.0, 200);
        }
        app.wait(HOUR + Duration::from_secs(60));
        assert_eq!(first.refreshes(&app, &client, &tokens[0]).await.0, 200);
        refused(second.refreshes(&app, &client, &tokens[1]).await, "invalid_grant");
        let left = devices(&app, "ada").await;
        assert_eq!(left.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["FIRST"]);
    }

    async fn a_device_stands_alone_only_where_a_method_could_have_been_added(app: App) {
        signed_in(&app, "ada").await;
        // Nobody registers keys themselves any more: a pass opens nothing that lasts.
        app.policy("Fido2", json!({ "isSelfServiceRegistrationAllowed": false })).await;
        app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;
        let (pass, client, laptop) =
            (app.pass("ada").await, device_client(&app).await, Laptop::new("X"));
        let asked = laptop.asks(&app, &client).await;
        let mut ada = app.visitor();
        recognises(&mut ada, &asked).await;
        let page = ada.sign_in("ada", &pass).await.page();
        assert!(page.body.contains("signed out when your pass ends"), "{}", page.body);
        ada.submit("consent", &[("decision", "allow")]).await.page();
        let (status, tokens) = laptop.polls(&app, &client, &asked).await;
        assert_eq!(status, 200, "{tokens}");
        let refresh = text(&tokens, "refresh_token");
        assert_eq!(laptop.refreshes(&app, &client, refresh).await.0, 200);
        app.wait(HOUR + Duration::from_secs(60));
        refused(laptop.refreshes(&app, &client, refresh).await, "invalid_grant");
        assert!(devices(&app, "ada").await.is_empty());
    }

    async fn a_device_of_a_recovery_code_ends_with_it_unless_a_key_follows(app: App) {
        app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
        let (mut ada, _) = signed_in(&app, "ada").await;
        let path = "/security-info/recovery-codes";
        ada.open(path).await.page();
        let page = ada.submit_to(path, &[]).await.page();
        let codes: Vec<_> = page.body.split("<code>").skip(1).collect();
        let client = device_client(&app).await;
        let (first, second) = (Laptop::new("FIRST"), Laptop::new("SECOND"));
        let (mut ada, mut elsewhere) = (app.visitor(), app.visitor());
        let mut tokens = Vec::new();
        let mut phones = [SoftAuthenticator::new(), SoftAuthenticator::new()];
        for (number, laptop, browser) in [(0, &first, &mut ada), (1, &second, &mut elsewhere)] {
            let asked = laptop.asks(&app, &client).await;
            recognises(browser, &asked).await;
            let code = codes[number].split_once("</code>").unwrap().0;
            browser.submit("recovery", &[("username", "ada"), ("code", code)]).await.page();
            browser.register(&mut phones[number]).await.page();
            let page = browser.submit("review", &[("decision", "keep")]).await.page();
            assert_eq!(page.heading(), "Allow Laptops on your device?");
            assert!(page.body.contains("an hour after you used your recovery code"), "{}", page.body);
            browser.submit("consent", &[("decision", "allow")]).await.page();
            let (status, got) = laptop.polls(&app, &client, &asked).await;
            assert_eq!(status, 200, "{got}");
            tokens.push(text(&got, "refresh_token").to_owned());
        }
        // In the first browser the new key is used.
        let request = Request::of(&app.client("own").await).with("acr_values", "phr");
        ada.authorize(&request).await.page();
        ada.use_passkey(&mut phones[0]).await;
        for (laptop, token) in [(&first, &tokens[0]), (&second, &tokens[1])] {
            assert_eq!(laptop.refreshes(&app, &client, token).await.0, 200);
        }
        app.wait(HOUR + Duration::from_secs(60));
        let left = devices(&app, "ada").await;
        assert_eq!(left.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["FIRST"]);
        assert_eq!(first.refreshes(&app, &client, &tokens[0]).await.0, 200);
        refused(second.refreshes(&app, &client, &tokens[1]).await, "invalid_grant");
    }

    async fn a_removed_device_is_signed_out_at_once(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let (client, api, laptop) = (device_client(&app).await, api(&app).await, Laptop::new("X"));
        let tokens = laptop.joins(&app, &client, &mut ada).await;
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        assert!(active(&app, &api, access).await);
        let device = devices(&app, "ada").await.remove(0);
        let page = ada.open("/security-info").await.page();
        assert!(page.body.contains("Your devices") && page.body.contains("Remove X"));
        removes(&mut ada, &device).await;
        assert!(!active(&app, &api, access).await);
        refused(laptop.refreshes(&app, &client, refresh).await, "invalid_grant");
        assert!(devices(&app, "ada").await.is_empty());
        removes(&mut ada, &device).await;
        assert_eq!(app.audited(Activity::DeviceRemoved).await, [(true, "X, Windows".to_owned())]);
        // Set up again with the same key, it is a new one.
        laptop.joins(&app, &client, &mut ada).await;
        assert_ne!(devices(&app, "ada").await[0].id, device.id);
    }

    /// [Attacks] OWASP API1 · another person's device
    async fn nobody_removes_a_device_that_is_not_theirs(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let (mut eve, _) = signed_in(&app, "eve").await;
        let (client, laptop) = (device_client(&app).await, Laptop::new("X"));
        let tokens = laptop.joins(&app, &client, &mut ada).await;
        let device = devices(&app, "ada").await.remove(0);
        removes(&mut eve, &device).await;
        let page = eve.open("/security-info").await.page();
        assert!(!page.body.contains("Your devices"));
        // Nor by a form of another site.
        let path = format!("/security-info/devices/{}/remove", device.id);
        let forged = ada.raw(reqwest::Method::POST, &path).await;
        assert!(forged.status().is_client_error(), "{}", forged.status());
        assert_eq!(devices(&app, "ada").await.len(), 1);
        let refresh = text(&tokens, "refresh_token");
        assert_eq!(laptop.refreshes(&app, &client, refresh).await.0, 200);
    }

    async fn whatever_signs_somebody_out_everywhere_signs_out_their_devices(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let (client, laptop) = (device_client(&app).await, Laptop::new("X"));
        let user = app.services.find_user("ada").await.unwrap();
        let tokens = laptop.joins(&app, &client, &mut ada).await;
        app.services.end_sessions(&Caller::OPERATOR, &user).await.unwrap();
        let refresh = text(&tokens, "refresh_token");
        refused(laptop.refreshes(&app, &client, refresh).await, "invalid_grant");
        assert!(devices(&app, "ada").await.is_empty());

        let (mut bob, _) = signed_in(&app, "bob").await;
        let tokens = laptop.joins(&app, &client, &mut bob).await;
        app.disable("bob").await;
        let refresh = text(&tokens, "refresh_token");
        refused(laptop.refreshes(&app, &client, refresh).await, "invalid_grant");
        assert!(devices(&app, "bob").await.is_empty());
        app.services.remove_user(&Caller::OPERATOR, "bob").await.unwrap();
    }

    async fn a_device_that_leaves_is_off_the_list(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let (client, laptop) = (device_client(&app).await, Laptop::new("X"));
        let tokens = laptop.joins(&app, &client, &mut ada).await;
        let refresh = text(&tokens, "refresh_token");
        for _ in 0..2 {
            let form = [("client_id", client.id.as_str()), ("token", refresh)];
            assert_eq!(laptop.post(&app, "/revoke", &form).await.0, 200);
        }
        assert!(devices(&app, "ada").await.is_empty());
        refused(laptop.refreshes(&app, &client, refresh).await, "invalid_grant");
        let left = (true, "X, Windows: by the device itself".to_owned());
        assert_eq!(app.audited(Activity::DeviceRemoved).await, [left]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_told_by_mail_of_every_device_that_comes_and_goes() {
    let mut mail = MailServer::start(0).await;
    let app = App::start_with(|config| mail.configure(config)).await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    assert_eq!(mail.next().await["subject"], "A sign-in method was added to your account");
    let (client, laptop) = (device_client(&app).await, Laptop::new("ADA-LAPTOP"));
    laptop.joins(&app, &client, &mut ada).await;
    let told = mail.next().await;
    assert_eq!(told["subject"], "A device was set up for your account");
    assert!(told["text"].as_str().unwrap().contains("“ADA-LAPTOP, Windows”"), "{told}");
    let device = devices(&app, "ada").await.remove(0);
    removes(&mut ada, &device).await;
    assert_eq!(mail.next().await["subject"], "A device was removed from your account");
}

#[tokio::test]
async fn words_of_a_device_are_text_and_no_application_makes_itself_a_device_client() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let client = device_client(&app).await;
    let laptop = Laptop::new("<script>alert(1)</script>\u{202e}\n<b>IT said\u{200b} yes");
    laptop.joins(&app, &client, &mut ada).await;
    let shown = "<script>alert(1)</script> <b>IT said yes";
    assert_eq!(devices(&app, "ada").await[0].name, shown);
    let page = ada.open("/security-info").await.page();
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>IT"));
    assert!(page.body.contains("IT said yes"));

    let token = app.services.issue_registration_token(&Caller::OPERATOR, 1, HOUR).await.unwrap();
    let metadata = json!({
        "client_name": "Mine", "redirect_uris": ["https://app.example/cb"],
        "device_registration": true,
    });
    let request = reqwest::Client::new().post(app.url("/register")).json(&metadata);
    let made: Value =
        request.bearer_auth(token.reveal()).send().await.unwrap().json().await.unwrap();
    assert_eq!(made["device_registration"], false, "{made}");
    // Nor is one that has a secret or other grants.
    let mut settings = firstkey::domain::client::ClientSettings::default();
    set_up(&mut settings);
    settings.validate_as(true).unwrap();
    assert_eq!(settings.validate_as(false).unwrap_err().field, "deviceRegistration");
    settings.grant_types.push(firstkey::domain::client::GrantType::AuthorizationCode);
    settings.redirect_uris = vec!["https://app.example/cb".into()];
    assert_eq!(settings.validate_as(true).unwrap_err().field, "deviceRegistration");
}
