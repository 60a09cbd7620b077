//! Applications that nobody here wrote the protocol of, from the first day to the sign-out.
//! npm's openid-client is in every other test of this folder, under its FAPI 2.0 profile in `apps`.

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
    app.services.add_group(&firstkey::service::caller::Caller::OPERATOR, "Staff").await.unwrap();
    app.services
        .set_membership(&firstkey::service::caller::Caller::OPERATOR, "Staff", "ada", true)
        .await
        .unwrap();
    let wiki = RelyingParty::start_authlib(&app, "wiki").await;
    browser.goto(wiki.url("/login")).await;
    day_one(&browser, &pass).await;
    let told = wiki.result(&browser).await;
    assert_eq!(how(&told).to_string(), r#"["urn:firstkey:acr:bootstrap",["tap","otp"]]"#);
    assert_eq!(told["userinfo"]["email"], "ada@example.com");
    assert_eq!(told["userinfo"]["groups"], serde_json::json!(["Staff"]));
    assert_eq!(
        told["claims"]["aud"].as_array().map_or(&told["claims"]["aud"], |all| &all[0]),
        "wiki"
    );

    // Authlib asks for new tokens by itself once the old one has run out.
    let fresh = wiki.refreshed(&browser).await;
    assert_ne!(fresh["access_token"], told["access_token"]);
    assert_eq!(fresh["userinfo"]["sub"], told["userinfo"]["sub"]);
    assert_eq!(fresh["scope"], "openid profile email groups offline_access");

    // Its form, by post: the library checks the same.
    browser.goto(wiki.url("/login?acr_values=phr&max_age=0")).await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    assert_eq!(wiki.result(&browser).await["claims"]["acr"], "phr");

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
async fn apache_with_mod_auth_openidc_protects_a_page() {
    let (app, browser, pass) = ada().await;
    let mut apache = Apache::new();
    let client = app
        .client_with("intranet", false, |settings| {
            settings.client_name = "Intranet".into();
            settings.redirect_uris = vec![apache.url("/redirect_uri")];
            settings.post_logout_redirect_uris = vec![apache.url("/")];
        })
        .await;
    let (issuer, id, secret) = (&app.issuer, &client.id, &client.secret);
    apache.start(&format!(
        r#"
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {id}
OIDCClientSecret {secret}
OIDCRedirectURI {}
OIDCCryptoPassphrase 0123456789abcdef0123456789abcdef
OIDCScope "openid profile email groups"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
<Location />
    AuthType openid-connect
    Require valid-user
</Location>
"#,
        apache.url("/redirect_uri"),
    ));

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
        ("OIDC_CLAIM_iss", issuer),
        ("OIDC_CLAIM_acr", "urn:firstkey:acr:bootstrap"),
    ] {
        assert_eq!(environment(&browser, name).await.as_deref(), Some(value), "{name}");
    }

    let out = format!(
        "/redirect_uri?logout={}%2F",
        apache.origin.replace(':', "%3A").replace('/', "%2F")
    );
    browser.goto(apache.url(&out)).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.close().await;
}
