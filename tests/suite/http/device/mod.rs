//! Devices without a browser (RFC 8628): a device asks, a person types its code, looks at what asks
//! and allows it.

mod asking;
mod german;
mod typing;
mod upstream;

use std::time::Duration;

use firstkey::crypto::token::hash;
use firstkey::domain::audit::Activity;
use firstkey::domain::client::{AuthMethod, ClientSettings, GrantType, Profile, SigningAlgorithm};
use firstkey::service::caller::Caller;
use futures::future::join_all;
use serde_json::{Value, json};

use super::signed_in;
use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::ClientKey;
use crate::support::database::{dump, on_both_engines};
use crate::support::visitor::{Page, Visitor, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Where the devices of these tests are.
const LIVING_ROOM: &str = "203.0.113.9";
const REFUSED: &str = "That code does not work.";
const TOO_LATE: &str = "This code does not work any more";

/// An application for devices alone.
async fn tv(app: &App, change: impl FnOnce(&mut ClientSettings)) -> Registered {
    app.client_with("tv", true, |settings| {
        settings.client_name = "Big Screen".into();
        settings.client_uri = Some("https://screen.example/about".into());
        settings.redirect_uris = Vec::new();
        settings.grant_types = vec![GrantType::RefreshToken, GrantType::DeviceCode];
        change(settings);
    })
    .await
}

/// Posts a form from where the devices are.
async fn post(app: &App, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let http = reqwest::Client::new().post(app.url(path)).header("x-forwarded-for", LIVING_ROOM);
    let answer = http.form(form).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null))
}

/// A device that waits.
#[derive(Clone)]
struct Device {
    client: Registered,
    code: String,
    shows: String,
    link: String,
}

impl Device {
    async fn asks(app: &App, client: &Registered) -> Self {
        Self::asks_for(app, client, &[("scope", "openid profile offline_access")]).await
    }

    async fn asks_for(app: &App, client: &Registered, fields: &[(&str, &str)]) -> Self {
        let form = [&own(client), fields].concat();
        let (status, answer) = post(app, "/device_authorization", &form).await;
        assert_eq!(status, 200, "{answer}");
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        assert_eq!(text("verification_uri"), app.url("/device"));
        assert_eq!((&answer["expires_in"], &answer["interval"]), (&json!(900), &json!(5)));
        let link = text("verification_uri_complete").replace(&app.issuer, "");
        let (code, shows) = (text("device_code"), text("user_code"));
        assert!(code.len() >= 43, "256 bits");
        assert_eq!(link, format!("/device?user_code={shows}"));
        Self { client: client.clone(), code, shows, link }
    }

    async fn polls(&self, app: &App) -> (u16, Value) {
        self.polls_with(app, &[]).await
    }

    async fn polls_with(&self, app: &App, more: &[(&str, &str)]) -> (u16, Value) {
        let fields = [("grant_type", GRANT), ("device_code", self.code.as_str())];
        post(app, "/token", &[&own(&self.client), &fields[..], more].concat()).await
    }

    async fn tokens(&self, app: &App) -> Value {
        let (status, tokens) = self.polls(app).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }
}

fn own(client: &Registered) -> Vec<(&str, &str)> {
    let mut form = vec![("client_id", client.id.as_str())];
    if !client.secret.is_empty() {
        form.push(("client_secret", client.secret.as_str()));
    }
    form
}

#[track_caller]
fn refused((status, answer): (u16, Value), expected: &str) {
    assert_eq!((status, answer["error"].as_str()), (400, Some(expected)), "{answer}");
    assert!(answer["error_description"].as_str().is_some_and(|text| text.len() > 10), "{answer}");
}

/// Types a code.
async fn types(visitor: &mut Visitor, code: &str) -> Page {
    if visitor.page.as_ref().is_none_or(|page| !page.path.starts_with("/device")) {
        visitor.open("/device").await.page();
    }
    visitor.submit_to("/device", &[("user_code", code)]).await.page()
}

fn retry_after(page: &Page) -> u64 {
    page.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// Types a code and says that the device is one's own.
async fn recognises(visitor: &mut Visitor, device: &Device) -> Page {
    visitor.open("/device").await.page();
    assert_eq!(types(visitor, &device.shows).await.heading(), "Is this your device?");
    visitor.submit("device", &[("decision", "continue")]).await.page()
}

async fn decides(visitor: &mut Visitor, decision: &str) -> Page {
    visitor.submit("consent", &[("decision", decision)]).await.page()
}

on_both_engines! {
    /// [Attacks] RFC 8628 §5.4 · device flow phishing: the page names the device, place and time
    async fn a_device_is_signed_in_on_the_first_day_by_whoever_types_its_code(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (pass, client) = (app.pass("ada").await, tv(&app, |_| ()).await);
        let device = Device::asks(&app, &client).await;
        refused(device.polls(&app).await, "authorization_pending");

        // The link fills in the code and does nothing else.
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        let page = ada.open(&device.link).await.page();
        assert_eq!((page.status, page.heading().as_str()), (200, "Sign in a device"));
        assert_eq!(page.value("user_code").as_ref(), Some(&device.shows));
        let typed = device.shows.to_lowercase().replace('-', " ");
        let page = types(&mut ada, &typed).await;
        assert_eq!(page.heading(), "Is this your device?");
        for told in ["Big Screen", "screen.example", &device.shows, LIVING_ROOM, "another network",
            "just now", "Only continue if you started this yourself"] {
            assert!(page.body.contains(told), "{told}");
        }
        // Nor does any later address.
        let finish = format!("{}/finish", ada.journey());
        assert_eq!(ada.open(&finish).await.page().heading(), "Is this your device?");
        let page = ada.submit("device", &[("decision", "continue")]).await.page();
        assert_eq!(page.heading(), "Hello. Who is signing in?");
        assert!(ada.sign_in("ada", &pass).await.page().heading().starts_with("Welcome"));
        let page = ada.register(&mut phone).await.page();
        assert_eq!(page.heading(), "Allow Big Screen on your device?");
        assert!(page.body.contains("Your name") && !page.body.contains("Your groups"));
        assert_eq!(ada.open(&finish).await.page().heading(), page.heading());
        assert_eq!(ada.submit("finish", &[]).await.page().heading(), page.heading());
        assert_eq!(decides(&mut ada, "").await.status, 400, "neither yes nor no");
        ada.open(&finish).await.page();
        let page = decides(&mut ada, "allow").await;
        assert_eq!(page.heading(), "You can go back to your device");
        assert!(page.body.contains("You have set up"));
        let journey = ada.journey();
        assert_eq!(ada.open(&journey).await.page().heading(), page.heading(), "reloaded");

        let tokens = device.tokens(&app).await;
        let id = claims(&tokens["id_token"]);
        assert_eq!((&id["aud"], &id["name"]), (&json!(["tv"]), &json!("Ada Example")));
        assert_eq!(id["acr"], "urn:firstkey:acr:bootstrap");
        assert_eq!(id["amr"], json!(["tap", "otp"]));
        for claim in ["auth_time", "sid", "at_hash"] {
            assert!(id.get(claim).is_some(), "{claim}: {id}");
        }
        assert!(id.get("nonce").is_none() && id.get("email").is_none(), "{id}");
        assert_eq!(tokens["scope"], "openid profile offline_access");
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(ada.userinfo(access).await.0, 200);
        let (status, next) = ada.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(status, 200, "{next}");
        let done = (true, "openid profile offline_access".to_owned());
        assert_eq!(app.audited(Activity::DeviceAuthorized).await, [done]);
        // What was given still ends with the pass.
        app.wait(Duration::from_secs(61 * 60));
        refused(ada.refresh(&client, next["refresh_token"].as_str().unwrap()).await, "invalid_grant");
    }

    /// [Attacks] RFC 8628 §3.5 · device code replay
    async fn a_replayed_device_code_revokes_what_it_gave(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let client = tv(&app, |_| ()).await;
        let device = Device::asks(&app, &client).await;
        recognises(&mut ada, &device).await;
        decides(&mut ada, "allow").await;
        let tokens = device.tokens(&app).await;
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(ada.userinfo(access).await.0, 200);
        app.wait(Duration::from_secs(5));
        refused(device.polls(&app).await, "invalid_grant");
        assert_eq!(ada.userinfo(access).await.0, 401);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        refused(ada.refresh(&client, refresh).await, "invalid_grant");
        assert_eq!(app.audited(Activity::ReplayDetected).await.len(), 1);
        // And long after it would have expired.
        app.wait(Duration::from_secs(60 * 60));
        refused(device.polls(&app).await, "invalid_grant");
    }

    /// [Attacks] RFC 8628 §3.5 · device code replay in parallel
    async fn of_many_parallel_polls_one_gets_tokens_at_most(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let device = Device::asks(&app, &tv(&app, |_| ()).await).await;
        recognises(&mut ada, &device).await;
        decides(&mut ada, "allow").await;
        let second = app.another().await;
        let answers = join_all((0..20).map(|number| {
            device.polls(if number % 2 == 0 { &app } else { &second })
        }))
        .await;
        let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
        assert_eq!(won.len(), 1);
        // The losers have revoked what the winner got.
        let access = won[0].1["access_token"].as_str().unwrap();
        assert_eq!(ada.userinfo(access).await.0, 401);
        for (_, answer) in answers.iter().filter(|(status, _)| *status != 200) {
            assert_eq!(answer["error"], "invalid_grant");
        }
    }

    async fn a_device_that_polls_too_often_must_wait_longer_and_longer_everywhere(app: App) {
        let device = Device::asks(&app, &tv(&app, |_| ()).await).await;
        let other = Device::asks(&app, &device.client).await;
        let second = app.another().await;
        refused(device.polls(&app).await, "authorization_pending");
        app.wait(Duration::from_secs(1));
        // 10 seconds from now on.
        refused(device.polls(&second).await, "slow_down");
        app.wait(Duration::from_secs(4));
        // 15 seconds.
        refused(device.polls(&app).await, "slow_down");
        app.wait(Duration::from_secs(15));
        refused(device.polls(&second).await, "authorization_pending");
        app.wait(Duration::from_secs(10));
        refused(device.polls(&app).await, "slow_down");
        // Each device has its own time.
        refused(other.polls(&app).await, "authorization_pending");
        app.wait(Duration::from_secs(5));
        refused(other.polls(&app).await, "authorization_pending");
    }

    async fn a_device_that_is_denied_gets_nothing(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let client = tv(&app, |_| ()).await;
        // By somebody who did not start it, before anybody has signed in.
        let device = Device::asks(&app, &client).await;
        let mut bob = app.visitor();
        types(&mut bob, &device.shows).await;
        let page = bob.submit("device", &[("decision", "deny")]).await.page();
        assert_eq!(page.heading(), "The device was denied");
        refused(device.polls(&app).await, "access_denied");
        // By somebody who sees what it asks for.
        let device = Device::asks(&app, &client).await;
        let page = recognises(&mut ada, &device).await;
        assert_eq!(page.heading(), "Allow Big Screen on your device?");
        let (journey, asked) = (ada.journey(), ada.page.clone());
        assert_eq!(decides(&mut ada, "deny").await.heading(), "The device was denied");
        refused(device.polls(&app).await, "access_denied");
        // Going back does not bring the question up again.
        let page = ada.open(&journey).await.page();
        assert_eq!((page.status, page.heading().as_str()), (410, "This sign-in is over"));
        ada.page = asked;
        assert_eq!(decides(&mut ada, "allow").await.status, 410);
        refused(device.polls(&app).await, "access_denied");
        assert_eq!(app.audited(Activity::DeviceDenied).await, vec![(true, String::new()); 2]);
        assert_eq!(app.audited(Activity::DeviceAuthorized).await, []);
    }

    /// [Attacks] RFC 8628 §3.3 · a device decided about twice
    async fn of_two_who_decide_about_a_device_the_first_counts(app: App) {
        let (mut ada, mut phone) = signed_in(&app, "ada").await;
        let device = Device::asks(&app, &tv(&app, |_| ()).await).await;
        recognises(&mut ada, &device).await;
        let mut elsewhere = app.visitor();
        recognises(&mut elsewhere, &device).await;
        let page = elsewhere.use_passkey(&mut phone).await.page();
        assert_eq!(page.heading(), "Allow Big Screen on your device?");
        let mut denying = app.visitor();
        types(&mut denying, &device.shows).await;

        let pages = join_all([decides(&mut ada, "allow"), decides(&mut elsewhere, "allow")]).await;
        let mut headings = pages.iter().map(Page::heading).collect::<Vec<_>>();
        headings.sort();
        assert_eq!(headings, [TOO_LATE, "You can go back to your device"]);
        let page = denying.submit("device", &[("decision", "deny")]).await.page();
        assert_eq!((page.status, page.heading().as_str()), (410, TOO_LATE));
        device.tokens(&app).await;
    }

    /// [Attacks] RFC 8628 §5.2 · device codes in a stolen database
    async fn a_stolen_database_holds_no_device_code(app: App) {
        let device = Device::asks(&app, &tv(&app, |_| ()).await).await;
        let dump = dump(&app.services.store).await;
        let (_, rows) = dump.iter().find(|(table, _)| table == "device_codes").unwrap();
        assert!(rows.contains(&hash(&device.code)), "{rows}");
        assert!(dump.iter().all(|(_, rows)| !rows.contains(&device.code)));
    }
}
