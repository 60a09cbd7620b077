//! Devices without a browser (RFC 8628): a device asks, a person types its code, looks at what asks
//! and allows it.

use std::time::Duration;

use firstkey::crypto::token::hash;
use firstkey::domain::audit::Activity;
use firstkey::domain::client::{AuthMethod, ClientSettings, GrantType, Profile, SigningAlgorithm};
use firstkey::service::caller::Caller;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::ClientKey;
use crate::support::database::{dump, on_both_engines};
use crate::support::visitor::{Page, Request, Visitor, claims};

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

/// Ada, signed in in her browser with her phone.
async fn signed_in(app: &App) -> (Visitor, SoftAuthenticator) {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("own").await);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();
    ada.authorize(&request).await.page();
    ada.use_passkey(&mut phone).await.code();
    (ada, phone)
}

on_both_engines! {
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

    async fn a_replayed_device_code_revokes_what_it_gave(app: App) {
        let (mut ada, _) = signed_in(&app).await;
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

    async fn of_many_parallel_polls_one_gets_tokens_at_most(app: App) {
        let (mut ada, _) = signed_in(&app).await;
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
        let (mut ada, _) = signed_in(&app).await;
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

    async fn of_two_who_decide_about_a_device_the_first_counts(app: App) {
        let (mut ada, mut phone) = signed_in(&app).await;
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

    async fn a_stolen_database_holds_no_device_code(app: App) {
        let device = Device::asks(&app, &tv(&app, |_| ()).await).await;
        let dump = dump(&app.services.store).await;
        let (_, rows) = dump.iter().find(|(table, _)| table == "device_codes").unwrap();
        assert!(rows.contains(&hash(&device.code)), "{rows}");
        assert!(dump.iter().all(|(_, rows)| !rows.contains(&device.code)));
    }
}

#[tokio::test]
async fn a_code_that_nobody_typed_in_time_is_over() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    let client = tv(&app, |_| ()).await;
    let (device, allowed) = (Device::asks(&app, &client).await, Device::asks(&app, &client).await);
    recognises(&mut ada, &allowed).await;
    decides(&mut ada, "allow").await;
    let (mut late, mut later) = (ada.clone(), ada.clone());
    recognises(&mut late, &device).await;
    types(&mut later, &device.shows).await;
    app.wait(Duration::from_secs(15 * 60));
    refused(device.polls(&app).await, "expired_token");
    refused(allowed.polls(&app).await, "expired_token");
    assert!(types(&mut ada, &device.shows).await.alert().unwrap().starts_with(REFUSED));
    let page = decides(&mut late, "allow").await;
    assert_eq!((page.status, page.heading().as_str()), (410, TOO_LATE));
    let journey = later.journey();
    assert_eq!(later.open(&journey).await.page().heading(), TOO_LATE);
    refused(device.polls(&app).await, "expired_token");
    // A day later it is forgotten.
    app.wait(Duration::from_secs(25 * 60 * 60));
    let now = app.services.now();
    let swept = app.services.store.write(move |conn| {
        Box::pin(async move { firstkey::store::expired::delete_batch(conn, now).await })
    });
    swept.await.unwrap();
    refused(device.polls(&app).await, "invalid_grant");
}

#[tokio::test]
async fn a_code_that_does_not_work_looks_the_same_whatever_is_wrong_with_it() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    let client = tv(&app, |_| ()).await;
    let expired = Device::asks(&app, &client).await;
    app.wait(Duration::from_secs(15 * 60));
    let used = Device::asks(&app, &client).await;
    recognises(&mut ada, &used).await;
    decides(&mut ada, "allow").await;
    let redeemed = Device::asks(&app, &client).await;
    recognises(&mut ada, &redeemed).await;
    decides(&mut ada, "allow").await;
    redeemed.tokens(&app).await;
    let denied = Device::asks(&app, &client).await;
    recognises(&mut ada, &denied).await;
    decides(&mut ada, "deny").await;
    let shut_out = Device::asks(&app, &client).await;

    let mut stranger = app.visitor();
    let mut pages = Vec::new();
    for code in
        ["BBBB-BBBB", "nonsense", &expired.shows, &used.shows, &redeemed.shows, &denied.shows]
    {
        let page = types(&mut stranger, code).await;
        assert_eq!((page.status, page.value("user_code").as_deref()), (200, Some(code)));
        assert!(page.alert().unwrap().starts_with(REFUSED), "{code}");
        pages.push(page.body.replace(code, ""));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let reasons = app.audited(Activity::DeviceAuthorized).await;
    let wrong = (false, "no device waits under this code".to_owned());
    assert_eq!(reasons.iter().filter(|line| **line == wrong).count(), 5, "{reasons:?}");
    // Nor does one whose application was shut out meanwhile.
    let disable = |_: &mut ClientSettings, enabled: &mut bool| {
        *enabled = false;
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, "tv", None, disable).await.unwrap();
    assert_eq!(
        types(&mut stranger, &shut_out.shows).await.body.replace(&shut_out.shows, ""),
        pages[0]
    );
}

#[tokio::test]
async fn whoever_guesses_codes_is_slowed_down_by_address() {
    let app = App::start().await;
    let client = tv(&app, |_| ()).await;
    let device = Device::asks(&app, &client).await;
    let mut eve = app.visitor();
    for number in 0..10 {
        // A right code of one's own in between undoes nothing.
        if number == 5 {
            let own = Device::asks(&app, &client).await;
            assert_eq!(types(&mut eve, &own.shows).await.heading(), "Is this your device?");
        }
        assert_eq!(types(&mut eve, "BBBB-BBBB").await.status, 200);
    }
    for who in [&mut eve.neighbour(), &mut eve] {
        let page = types(who, &device.shows).await;
        assert_eq!(page.status, 429);
        assert!((5..=15).contains(&retry_after(&page)), "{:?}", page.headers);
        assert!(page.alert().unwrap().contains("too many"));
    }
    // Elsewhere nobody notices.
    assert_eq!(types(&mut app.visitor(), &device.shows).await.heading(), "Is this your device?");
    app.wait(Duration::from_secs(16));
    assert_eq!(types(&mut eve, &device.shows).await.heading(), "Is this your device?");
    assert_eq!(types(&mut eve, "BBBB-BBBB").await.status, 200);
    let page = types(&mut eve, &device.shows).await;
    assert_eq!(page.status, 429);
    assert!((16..=30).contains(&retry_after(&page)), "{:?}", page.headers);
    let blocked = app.audited(Activity::DeviceAuthorized).await;
    assert!(blocked.iter().any(|(_, why)| why.starts_with("blocked after 10 wrong codes")));
    // What cannot be a code is no guess.
    let mut clumsy = app.visitor();
    for _ in 0..15 {
        assert_eq!(types(&mut clumsy, "1234-5678").await.status, 200);
    }
}

#[tokio::test]
async fn a_device_code_is_for_its_client() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    let client = tv(&app, |_| ()).await;
    let thief =
        app.client_with("thief", true, |it| it.grant_types.push(GrantType::DeviceCode)).await;
    let device = Device::asks(&app, &client).await;
    let stolen = Device { client: thief, ..device.clone() };
    refused(stolen.polls(&app).await, "invalid_grant");
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    refused(stolen.polls(&app).await, "invalid_grant");
    refused(
        device.polls_with(&app, &[("resource", "https://other.example")]).await,
        "invalid_target",
    );
    let fields = [("grant_type", GRANT), ("client_id", "tv")];
    refused(post(&app, "/token", &fields).await, "invalid_request");
    let nonsense = [("grant_type", GRANT), ("client_id", "tv"), ("device_code", "nonsense")];
    refused(post(&app, "/token", &nonsense).await, "invalid_grant");
    // None of that has spoilt it for its owner.
    device.tokens(&app).await;
}

#[tokio::test]
async fn what_a_device_may_ask_for() {
    let app = App::start().await;
    let client = tv(&app, |it| it.resources = vec!["https://films.example".into()]).await;
    let ask = async |fields: &[(&str, &str)]| post(&app, "/device_authorization", fields).await;
    let tv = ("client_id", "tv");
    refused(ask(&[tv]).await, "invalid_scope");
    refused(ask(&[tv, ("scope", "unheard-of")]).await, "invalid_scope");
    let other = ("resource", "https://other.example");
    refused(ask(&[tv, ("scope", "openid"), other]).await, "invalid_target");
    refused(ask(&[tv, ("scope", "openid"), ("scope", "email")]).await, "invalid_request");
    let (status, answer) = ask(&[("client_id", "nobody"), ("scope", "openid")]).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    let (status, answer) = ask(&[("scope", "openid")]).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    // Not every application may do this, and none without being told.
    let web = app.client("web").await;
    let form = [&own(&web)[..], &[("scope", "openid")]].concat();
    refused(ask(&form).await, "unauthorized_client");
    let poll = [&own(&web)[..], &[("grant_type", GRANT), ("device_code", "x")]].concat();
    refused(post(&app, "/token", &poll).await, "unauthorized_client");
    // One with a secret must have it here, too.
    let box_ = app.client_with("box", false, |it| it.grant_types.push(GrantType::DeviceCode)).await;
    let wrong = [("client_id", "box"), ("client_secret", "wrong"), ("scope", "openid")];
    assert_eq!(ask(&wrong).await.0, 401);
    assert_eq!(ask(&[("client_id", "box"), ("scope", "openid")]).await.0, 401);
    Device::asks(&app, &box_).await;

    let (mut ada, _) = signed_in(&app).await;
    let fields = [("scope", "openid"), ("resource", "https://films.example")];
    let device = Device::asks_for(&app, &client, &fields).await;
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    let tokens = device.tokens(&app).await;
    assert_eq!(claims(&tokens["access_token"])["aud"], "https://films.example");
    assert!(tokens.get("refresh_token").is_none(), "offline_access was not asked for");
}

#[tokio::test]
async fn whoever_asks_without_proving_anything_is_limited_by_address() {
    let app = App::start_with(|config| config.limit_per_address = 9).await;
    let client = tv(&app, |_| ()).await;
    let form = [&own(&client)[..], &[("scope", "openid")]].concat();
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(post(&app, "/device_authorization", &form).await.0);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}

#[tokio::test]
async fn being_signed_in_confirms_nothing_and_a_journey_stays_in_its_browser() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    let client = tv(&app, |it| it.third_party = true).await;
    // Not even where the same was allowed before.
    for _ in 0..2 {
        let device = Device::asks(&app, &client).await;
        let page = recognises(&mut ada, &device).await;
        assert_eq!(page.heading(), "Allow Big Screen on your device?");
        assert!(page.body.contains("ada"), "it says who is signed in");
        let journey = ada.journey();
        refused(device.polls(&app).await, "authorization_pending");
        let mut stranger = app.visitor();
        stranger.open("/device").await.page();
        let page = stranger.open(&journey).await.page();
        assert_eq!((page.status, page.heading().as_str()), (410, "This sign-in is over"));
        stranger.page.as_mut().unwrap().path = format!("{journey}/x");
        assert_eq!(decides(&mut stranger, "allow").await.status, 410);
        let (status, still) = device.polls(&app).await;
        assert_eq!(status, 400, "{still}");
        ada.open(&journey).await.page();
        assert_eq!(decides(&mut ada, "allow").await.heading(), "You can go back to your device");
        device.tokens(&app).await;
    }
    // Somebody else may take over before it is allowed.
    let device = Device::asks(&app, &client).await;
    recognises(&mut ada, &device).await;
    let page = ada.submit("restart", &[]).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
}

#[tokio::test]
async fn forms_need_the_token_of_their_page() {
    let app = App::start().await;
    let device = Device::asks(&app, &tv(&app, |_| ()).await).await;
    let mut eve = app.visitor();
    eve.open("/device").await.page();
    let page = eve.page.as_mut().unwrap();
    page.body = page.body.replace("name=\"csrf\"", "name=\"none\"");
    assert_eq!(types(&mut eve, &device.shows).await.status, 403);
    eve.open("/device").await.page();
    types(&mut eve, &device.shows).await;
    let page = eve.page.as_mut().unwrap();
    page.body = page.body.replace("name=\"csrf\"", "name=\"none\"");
    assert_eq!(eve.submit("device", &[("decision", "deny")]).await.page().status, 403);
    refused(device.polls(&app).await, "authorization_pending");
}

#[tokio::test]
async fn what_was_allowed_ends_with_the_session_and_the_application_may_want_a_key() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    let client = tv(&app, |it| it.default_acr_values = vec!["phr".into()]).await;
    let device = Device::asks(&app, &client).await;
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    ada.open("/security-info").await.page();
    ada.submit_to("/sign-out", &[]).await.page();
    refused(device.polls(&app).await, "invalid_grant");

    app.person("bob").await;
    let pass = app.pass("bob").await;
    let device = Device::asks(&app, &client).await;
    let (mut bob, mut phone) = (app.visitor(), SoftAuthenticator::new());
    recognises(&mut bob, &device).await;
    bob.sign_in("bob", &pass).await.page();
    let page = bob.register(&mut phone).await.page();
    assert_eq!(page.heading(), "One more check", "a key is wanted, and used once");
    let page = bob.use_passkey(&mut phone).await.page();
    assert_eq!(page.heading(), "Allow Big Screen on your device?");
    decides(&mut bob, "allow").await;
    let tokens = device.tokens(&app).await;
    assert_eq!(claims(&tokens["id_token"])["acr"], "phr");
}

#[tokio::test]
async fn tokens_are_bound_to_the_key_that_the_device_proves() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app).await;
    let client = tv(&app, |it| it.dpop_bound_access_tokens = true).await;
    let device = Device::asks(&app, &client).await;
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    refused(device.polls(&app).await, "invalid_dpop_proof");
    let (key, other) = (ClientKey::new("k"), ClientKey::new("other"));
    let send = async |key: &ClientKey, jti: &str, nonce: Option<&str>, form: &[(&str, &str)]| {
        let mut proof =
            json!({ "htm": "POST", "htu": app.url("/token"), "iat": app.now(), "jti": jti });
        if let Some(nonce) = nonce {
            proof["nonce"] = nonce.into();
        }
        let http = reqwest::Client::new().post(app.url("/token")).form(form);
        let answer = http.header("dpop", key.proof(&proof)).send().await.unwrap();
        let nonce = answer.headers().get("dpop-nonce").map(|it| it.to_str().unwrap().to_owned());
        let nonce = nonce.unwrap_or_default();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap(), nonce)
    };
    let form = [("client_id", "tv"), ("grant_type", GRANT), ("device_code", device.code.as_str())];
    let (_, answer, nonce) = send(&key, "1", None, &form).await;
    assert_eq!(answer["error"], "use_dpop_nonce");
    let (status, tokens, _) = send(&key, "2", Some(&nonce), &form).await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("DPoP")), "{tokens}");
    assert_eq!(claims(&tokens["access_token"])["cnf"]["jkt"], json!(key.thumbprint()));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("client_id", "tv"), ("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, answer, _) = send(&other, "3", Some(&nonce), &form).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")));
    assert_eq!(send(&key, "4", Some(&nonce), &form).await.0, 200);
}

#[tokio::test]
async fn the_grant_is_off_unless_the_operator_turns_it_on_and_never_with_fapi2() {
    let app = App::start().await;
    let document: Value = reqwest::get(app.url("/.well-known/openid-configuration"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(document["device_authorization_endpoint"], app.url("/device_authorization"));
    assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    assert!(!ClientSettings::default().grant_types.contains(&GrantType::DeviceCode));

    let strict = ClientSettings {
        client_name: "Strict".into(),
        redirect_uris: vec!["https://app.example/cb".into()],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::DeviceCode],
        profile: Profile::Fapi2,
        token_endpoint_auth_method: Some(AuthMethod::PrivateKeyJwt),
        jwks: Some(json!({ "keys": [ClientKey::new("k").jwk()] })),
        id_token_signed_response_alg: SigningAlgorithm::Es256,
        ..ClientSettings::default()
    };
    let refusal = app.services.add_client(&Caller::OPERATOR, None, strict.clone(), false).await;
    assert!(refusal.unwrap_err().to_string().contains("fapi2 has no device authorization"));
    let usual = ClientSettings { grant_types: vec![GrantType::AuthorizationCode], ..strict };
    app.services.add_client(&Caller::OPERATOR, None, usual, false).await.unwrap();
    // Nor for an application that registers itself.
    let lifetime = Duration::from_secs(60);
    let token =
        app.services.issue_registration_token(&Caller::OPERATOR, 1, lifetime).await.unwrap();
    let metadata = json!({ "grant_types": [GRANT], "token_endpoint_auth_method": "none" });
    let http = reqwest::Client::new().post(app.url("/register")).bearer_auth(token.reveal());
    let answer = http.json(&metadata).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"], "invalid_client_metadata");
}
