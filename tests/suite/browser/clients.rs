//! Applications that nobody here wrote the protocol of, from the first day to the sign-out.
//! npm's openid-client is in every other test of this folder, under its FAPI 2.0 profile in `apps`.

use firstkey::crypto::token::Token;
use firstkey::domain::client::Preset;
use firstkey::pages::presets::{Paste, snippet};
use firstkey::service::caller::Caller;
use serde_json::json;

use super::{finish, how, sign_in};
use crate::support::apache::Apache;
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};
use crate::support::relying_party::{Demo, RelyingParty};

/// Ada and her browser, and nothing else.
async fn ada() -> (App, Browser, String) {
    let browser = Browser::new().await;
    let app = App::start().await;
    app.person("ada").await;
    app.one_method_is_enough().await;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    (app, browser, pass)
}

/// Makes a group that Ada is in.
async fn join(app: &App, group: &str) {
    app.services.add_group(&Caller::OPERATOR, group).await.unwrap();
    app.services.set_membership(&Caller::OPERATOR, group, "ada", true).await.unwrap();
}

/// The first day, from the question who it is.
async fn day_one(browser: &Browser, pass: &str) {
    sign_in(browser, "ada", pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    finish(browser).await;
}

#[tokio::test]
async fn authlib_signs_people_in_stays_signed_in_and_signs_out() {
    let (app, browser, pass) = ada().await;
    join(&app, "Staff").await;
    let wiki = RelyingParty::start_authlib(&app, "wiki").await;
    browser.goto(wiki.url("/login")).await;
    day_one(&browser, &pass).await;
    let told = wiki.result(&browser).await;
    assert_eq!(how(&told), json!(["urn:firstkey:acr:bootstrap", ["tap", "otp"]]));
    assert_eq!(told["userinfo"]["email"], "ada@example.com");
    assert_eq!(told["userinfo"]["groups"], json!(["Staff"]));
    assert_eq!(told["claims"]["groups"], json!(["Staff"]), "and in the ID token");
    assert!([json!("wiki"), json!(["wiki"])].contains(&told["claims"]["aud"]));

    // Authlib asks for new tokens by itself once the old one has run out.
    let fresh = wiki.refreshed(&browser).await;
    assert_ne!(fresh["access_token"], told["access_token"]);
    assert_eq!(fresh["userinfo"]["sub"], told["userinfo"]["sub"]);
    assert_eq!(fresh["scope"], "openid profile email groups offline_access");

    // It asks for more than the sign-in was.
    browser.goto(wiki.url("/login?acr_values=phr&max_age=0")).await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    assert_eq!(wiki.result(&browser).await["claims"]["acr"], "phr");

    // The answer may come by a form, too.
    browser.goto(wiki.url("/login?response_mode=form_post")).await;
    assert_eq!(wiki.result(&browser).await["userinfo"]["name"], "Ada Example");

    browser.link("Sign out").await;
    browser.wait_url(&wiki.url("/signed-out?state=")).await;
    browser.heading("Signed out").await;
    browser.goto(wiki.url("/login?prompt=none")).await;
    assert_eq!(wiki.error(&browser).await, "login_required");
    browser.close().await;
}

#[tokio::test]
async fn the_openidconnect_crate_signs_people_in_and_out() {
    let (app, browser, pass) = ada().await;
    let demo = Demo::start(&app, "Ada has a pass.").await;
    browser.goto(&demo.url).await;
    browser.link("Sign in with Firstkey").await;
    day_one(&browser, &pass).await;
    browser.heading("Hello, Ada Example.").await;
    browser.wait_for_text("urn:firstkey:acr:bootstrap").await;
    browser.press("Sign out").await;
    browser.wait_url(&format!("{}/", demo.url)).await;

    browser.link("Sign in with Firstkey").await;
    browser.press("Use a passkey").await;
    browser.heading("Hello, Ada Example.").await;
    browser.wait_for_text("phr").await;
    browser.close().await;
}

/// What Apache told the page, by name.
async fn environment(browser: &Browser, name: &str) -> Option<String> {
    let all = browser.text_of("#environment").await;
    all.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

#[tokio::test]
async fn apache_with_what_its_preset_prints_protects_a_page() {
    let (app, browser, pass) = ada().await;
    join(&app, "Staff").await;
    let mut apache = Apache::new();
    let preset = Preset::named("apache").unwrap();
    let settings = preset.settings("Intranet", Some(&apache.origin)).unwrap();
    let new = app.services.add_client(&Caller::OPERATOR, None, settings, preset.public).await;
    let new = new.unwrap();
    let secret = new.secret.as_ref().map(Token::reveal);
    let to = Paste::new(&app.issuer, &new.client, secret, &apache.origin);
    // What its page says of groups, besides.
    let groups = "
<Location /staff>
    Require claim groups:Staff
</Location>
<Location /board>
    Require claim groups:Board
</Location>
";
    apache.start(&(snippet(&preset, &to).unwrap() + groups));

    // The address that was asked for is the one that one comes back to.
    browser.goto(apache.url("/reports/2030?page=2")).await;
    browser.wait_for_text("Signing in to Intranet").await;
    day_one(&browser, &pass).await;
    browser.heading("Protected").await;
    assert_eq!(browser.url().await, apache.url("/reports/2030?page=2"));
    for (name, value) in [
        ("REMOTE_USER", "ada"),
        ("OIDC_CLAIM_name", "Ada Example"),
        ("OIDC_CLAIM_email", "ada@example.com"),
        ("OIDC_CLAIM_groups", "Staff"),
        ("OIDC_CLAIM_iss", &app.issuer),
        ("OIDC_CLAIM_acr", "urn:firstkey:acr:bootstrap"),
    ] {
        assert_eq!(environment(&browser, name).await.as_deref(), Some(value), "{name}");
    }
    browser.goto(apache.url("/staff")).await;
    browser.heading("Protected").await;
    browser.expect_problem("status of 401");
    browser.goto(apache.url("/board")).await;
    browser.heading("Unauthorized").await;

    // Signed out here and there: the page that one is sent to asks who it is.
    let home: String = url::form_urlencoded::byte_serialize(apache.url("/").as_bytes()).collect();
    browser.goto(apache.url(&format!("/redirect_uri?logout={home}"))).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.press("Use a passkey").await;
    browser.heading("Protected").await;
    assert_eq!(environment(&browser, "OIDC_CLAIM_acr").await.as_deref(), Some("phr"));

    // Signed out by an admin, everywhere: Apache is told, and asks who it is.
    let ada = app.services.find_user("ada").await.unwrap();
    app.services.end_sessions(&Caller::OPERATOR, &ada).await.unwrap();
    let mut tries = 0;
    loop {
        browser.goto(apache.url("/reports")).await;
        if !browser.shows("Protected").await {
            break;
        }
        tries += 1;
        assert!(tries < 100, "Apache was not told");
    }
    browser.heading("Hello. Who is signing in?").await;
    browser.close().await;
}
