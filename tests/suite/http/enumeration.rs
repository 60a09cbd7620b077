//! Who types usernames learns nothing about which of them exist (NIST SP 800-63B-4 §3.2.2, OWASP
//! Authentication Cheat Sheet), at no door. How long the answers take is measured by
//! `cargo bench --bench enumeration`; here the causes of a difference are ruled out.

use std::time::Duration;

use firstkey::domain::client::GrantType;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use serde_json::{Value, json};

use crate::support::apart::{Seen, cannot_be_told_apart};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::upstream::{add_upstream, contoso};
use crate::support::visitor::{Request, Visitor};

/// Nobody has the first of these; the others exist, each in a way of their own.
const NAMES: [&str; 6] = ["nobody", "keyed", "passed", "bare", "shut", "stale"];

/// Makes the people of [`NAMES`], and an application.
async fn people(app: &App) -> Request {
    app.one_method_is_enough().await;
    let request = Request::of(&app.client("payroll").await);
    for name in &NAMES[1..] {
        app.person(name).await;
    }
    let pass = app.one_time_pass("keyed").await;
    let mut key = SoftAuthenticator::new();
    app.visitor().day_one(&request, "keyed", &pass, &mut key).await.code();
    app.pass("stale").await;
    app.wait(Duration::from_secs(9 * 60 * 60));
    app.pass("passed").await;
    app.pass("shut").await;
    app.disable("shut").await;
    request
}

/// What there is to see from the question who it is, to five wrong passes and the wait after them.
async fn tries_everything(visitor: &mut Visitor, name: &str) -> Seen {
    let mut seen = Seen::default();
    let asked = visitor.identify(name).await.page();
    seen.page(&asked, name);
    seen.json(&visitor.fetch("passkey/options", &json!({})).await);
    for typed in ["", "ABCD-2345", "what is this?", "abcd2345", "ABCD-2346", "ABCD-2347", "X"] {
        let told = visitor.submit("pass", &[("pass", typed)]).await.page();
        seen.page(&told, name);
    }
    // The way back, and the same name again.
    seen.page(&visitor.submit("restart", &[]).await.page(), name);
    seen.page(&visitor.identify(&name.to_uppercase()).await.page(), &name.to_uppercase());
    let journey = visitor.journey();
    seen.page(&visitor.open(&journey).await.page(), &name.to_uppercase());
    seen
}

on_both_engines! {
    /// [Attacks] NIST SP 800-63B-4 · account enumeration by text, status, headers, cookies, allowCredentials, and by the number of hashes that are worked out
    async fn at_the_sign_in_of_an_application_all_names_are_the_same(app: App) {
        let request = people(&app).await;
        for request in [
            request.clone(),
            request.clone().with("acr_values", "phr"),
            request.clone().with("prompt", "login").with("max_age", "0"),
        ] {
            cannot_be_told_apart(&app, &NAMES, async |visitor, name| {
                visitor.authorize(&request).await.page();
                tries_everything(visitor, name).await
            })
            .await;
        }
    }
}

/// [Attacks] WebAuthn Level 3 §14.6.2 · a username made known by allowCredentials
#[tokio::test]
async fn no_key_is_named_to_whoever_types_a_name() {
    let app = App::start().await;
    let request = people(&app).await;
    for name in NAMES {
        let mut visitor = app.visitor();
        visitor.authorize(&request).await.page();
        visitor.identify(name).await.page();
        let (status, begun) = visitor.fetch("passkey/options", &json!({})).await;
        assert_eq!(status, 200);
        let allowed = begun["options"]["publicKey"].get("allowCredentials");
        assert!(allowed.is_none_or(|list| *list == json!([])), "{name}: {begun}");
    }
}

/// [Attacks] OIDC Core §3.1.2.1 · account enumeration by login_hint
#[tokio::test]
async fn a_login_hint_is_typed_for_somebody_and_tells_nothing() {
    let app = App::start().await;
    let request = people(&app).await;
    cannot_be_told_apart(&app, &NAMES, async |visitor, name| {
        let mut seen = Seen::default();
        let hinted = request.clone().with("login_hint", name);
        let page = visitor.authorize(&hinted).await.page();
        assert_eq!(page.value("username").as_deref(), Some(name));
        seen.page(&page, name);
        let silent = hinted.with("prompt", "none");
        let error = visitor.authorize(&silent).await.error();
        assert_eq!(error, "login_required");
        seen
    })
    .await;
}

/// [Attacks] NIST SP 800-63B-4 · account enumeration where people's own pages and the portal ask
#[tokio::test]
async fn at_our_own_pages_all_names_are_the_same() {
    let app = App::start().await;
    people(&app).await;
    for path in ["/security-info", "/admin"] {
        cannot_be_told_apart(&app, &NAMES, async |visitor, name| {
            visitor.open(path).await.page();
            tries_everything(visitor, name).await
        })
        .await;
    }
}

/// [Attacks] RFC 8628 §5.4 · account enumeration at the sign-in of a device
#[tokio::test]
async fn at_the_sign_in_of_a_device_all_names_are_the_same() {
    let app = App::start().await;
    people(&app).await;
    let tv = app
        .client_with("tv", true, |settings| {
            settings.redirect_uris = Vec::new();
            settings.grant_types = vec![GrantType::DeviceCode];
        })
        .await;
    cannot_be_told_apart(&app, &NAMES, async |visitor, name| {
        let form = [("client_id", tv.id.as_str()), ("scope", "openid")];
        let http = reqwest::Client::new().post(app.url("/device_authorization")).form(&form);
        let begun: Value = http.send().await.unwrap().json().await.unwrap();
        let code = begun["user_code"].as_str().unwrap();
        visitor.open("/device").await.page();
        visitor.submit_to("/device", &[("user_code", code)]).await.page();
        visitor.submit("device", &[("decision", "continue")]).await.page();
        tries_everything(visitor, name).await
    })
    .await;
}

/// [Attacks] home realm discovery · which provider is offered depends on what was typed, not on who exists, be they linked to it or not
#[tokio::test]
async fn which_upstream_is_offered_tells_nothing() {
    let app = App::start().await;
    let request = people(&app).await;
    add_upstream(&app, contoso("https://login.contoso.example"), "a secret").await;
    let new = NewUser { username: "ada@contoso.example".into(), ..NewUser::default() };
    app.services.add_user(&Caller::OPERATOR, new).await.unwrap();
    let names = ["nobody@contoso.example", "ada@contoso.example"];
    for names in [&names[..], &NAMES[..]] {
        cannot_be_told_apart(&app, names, async |visitor, name| {
            visitor.authorize(&request).await.page();
            tries_everything(visitor, name).await
        })
        .await;
    }
}
