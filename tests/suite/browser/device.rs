//! A device without a browser, on the npm library openid-client, and the person who allows it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use firstkey::domain::client::GrantType;
use serde_json::{Value, json};

use super::pages::Album;
use super::{set_up_before, sign_in};
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};

/// `tests/clients/openid-client/device.mjs`, running.
struct Device {
    process: Child,
    said: Option<BufReader<ChildStdout>>,
}

impl Device {
    /// Registers its application, switches it on, and returns what it shows.
    async fn start(app: &App) -> (Self, Value) {
        app.client_with("tv", true, |settings| {
            settings.client_name = "Big Screen".into();
            settings.client_uri = Some("https://screen.example".into());
            settings.redirect_uris = Vec::new();
            settings.grant_types = vec![GrantType::RefreshToken, GrantType::DeviceCode];
        })
        .await;
        let mut process = Command::new("node")
            .args(["tests/clients/openid-client/device.mjs", &app.issuer, "tv"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let said = process.stdout.take().map(BufReader::new);
        let mut device = Self { process, said };
        let shows = device.says().await;
        (device, shows)
    }

    /// The next thing that it says.
    async fn says(&mut self) -> Value {
        let mut said = self.said.take().expect("it runs");
        let (said, line) = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            said.read_line(&mut line).expect("it says something");
            (said, line)
        })
        .await
        .expect("a line");
        self.said = Some(said);
        serde_json::from_str(&line)
            .unwrap_or_else(|e| panic!("device.mjs does not start (run tests/all): {e} {line:?}"))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn the_first_day_on_a_device_without_a_browser() {
    let (browser, app) = (Browser::new().await, App::start().await);
    let album = Album::of(&browser);
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    browser.add_authenticator(Authenticator::Platform).await;
    let (mut device, shows) = Device::start(&app).await;
    let code = shows["user_code"].as_str().unwrap();

    // Typed wrong first.
    browser.goto(shows["verification_uri"].as_str().unwrap()).await;
    browser.heading("Sign in a device").await;
    album.look("device").await;
    browser.fill("Code on your device", "bbbb bbbb").await;
    browser.press("Next").await;
    browser.wait_for_text("That code does not work.").await;
    album.look("device-wrong").await;
    // Then by the link that the device shows as a QR code: nothing but the typing is spared.
    browser.goto(shows["verification_uri_complete"].as_str().unwrap()).await;
    browser.wait_for_text("Your device should show this very code.").await;
    assert_eq!(browser.value("Code on your device").await, code);
    album.look("device-linked").await;
    browser.press("Next").await;
    browser.heading("Is this your device?").await;
    assert!(browser.shows("Big Screen").await && browser.shows("screen.example").await);
    assert!(browser.shows(code).await && browser.shows("in the same network as you").await);
    album.look("device-recognise").await;
    browser.press("Continue").await;

    browser.heading("Hello. Who is signing in?").await;
    assert!(browser.shows("Signing in to Big Screen").await);
    sign_in(&browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("Allow Big Screen on your device?").await;
    assert!(browser.shows("Your e-mail address").await && browser.shows("ada").await);
    album.look("device-confirm").await;
    browser.press("Allow").await;
    browser.heading("You can go back to your device").await;
    browser.wait_for_text("You have set up").await;
    album.look("device-allowed").await;
    browser.reload().await;
    browser.heading("You can go back to your device").await;

    let told = device.says().await;
    assert_eq!(told["claims"]["name"], "Ada Example", "{told}");
    assert_eq!(told["claims"]["amr"], json!(["tap", "otp"]));
    assert_eq!(told["userinfo"]["email"], "ada@example.com");
    assert_eq!(
        (&told["scope"], &told["refreshed"]),
        (&json!("openid profile email offline_access"), &json!(true))
    );
    browser.close().await;
}

#[tokio::test]
async fn whoever_guesses_is_told_how_long_to_wait() {
    let (browser, app) = (Browser::new().await, App::start().await);
    let album = Album::of(&browser);
    browser.expect_problem("status of 429");
    browser.goto(app.url("/device")).await;
    while !browser.shows("You can try again in").await {
        browser.fill("Code on your device", "BBBB-BBBB").await;
        browser.press("Next").await;
        browser.heading("Sign in a device").await;
    }
    album.look("device-throttled").await;
    browser.close().await;
}

#[tokio::test]
async fn whoever_did_not_start_it_says_so_and_the_device_hears_it() {
    let (browser, app) = (Browser::new().await, App::start().await);
    let album = Album::of(&browser);
    app.person("ada").await;
    set_up_before(&app, "ada").await;
    let (mut device, shows) = Device::start(&app).await;
    // Without JavaScript, too.
    browser.disable_javascript().await;
    browser.goto(shows["verification_uri_complete"].as_str().unwrap()).await;
    browser.press("Next").await;
    browser.heading("Is this your device?").await;
    browser.press("It was not me").await;
    browser.heading("The device was denied").await;
    album.look("device-denied").await;
    assert_eq!(device.says().await["error"], "access_denied");
    browser.close().await;
}
