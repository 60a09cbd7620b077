//! The pages in German, in a browser: whole, also where words are long, and what their scripts say.

use std::path::PathBuf;

use firstkey::domain::client::GrantType;
use serde_json::Value;

use super::pages::Album;
use super::{Stage, leave_for_lunch};
use crate::support::browser::{Authenticator, Browser};

#[tokio::test]
async fn a_first_day_in_german_fits_on_a_small_phone() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let folder = std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from);
    let album = Album::new(browser, folder);
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    browser.set_presence(&device, false).await;

    browser.goto(payroll.url("/login?ui_locales=de")).await;
    browser.heading("Hallo. Wer meldet sich an?").await;
    album.look("de-identify").await;
    browser.fill("Benutzername", "ada").await;
    browser.press("Weiter").await;
    browser.heading("Willkommen").await;
    browser.fill("Befristeter Zugriffspass", "WRNG-PASS").await;
    browser.press("Anmelden").await;
    browser.wait_for_text("Das hat nicht geklappt.").await;
    album.look("de-authenticate-wrong").await;
    browser.fill("Befristeter Zugriffspass", &pass).await;
    browser.press("Anmelden").await;
    browser.heading("Willkommen, Ada Example.").await;
    browser.wait_for_text("Passkey auf diesem Gerät").await;
    album.look("de-register").await;
    // Written from right to left: nothing hangs over the edge.
    browser.script("document.documentElement.dir = 'rtl';").await;
    album.look("rtl-register").await;
    browser.script("document.documentElement.dir = 'ltr';").await;
    browser.set_presence(&device, true).await;
    browser.set_user_verified(&device, false).await;
    browser.press("Passkey hinzufügen").await;
    browser.wait_for_text("Es wurde nichts gespeichert.").await;
    browser.set_user_verified(&device, true).await;
    browser.press("Passkey hinzufügen").await;
    browser.heading("Das hat geklappt, Ada Example.").await;
    album.look("de-register-second").await;
    browser.press("Weiter").await;
    browser.heading("Alles fertig").await;
    album.look("de-done").await;
    browser.press("Weiter").await;
    payroll.result(browser).await;

    browser.goto(app.url("/security-info")).await;
    browser.heading("My Security Info").await;
    browser.link("Deutsch").await;
    browser.heading("Meine Sicherheitsinfos").await;
    album.look("de-security-info").await;
    browser.script("document.documentElement.dir = 'rtl';").await;
    album.look("rtl-security-info").await;
    let _lunch = leave_for_lunch(app, browser).await;
    browser.heading("Noch eine kurze Prüfung").await;
    album.look("de-authenticate-again").await;
    browser.press("Passkey verwenden").await;
    browser.heading("Diese Angaben mit Lunch Club teilen?").await;
    album.look("de-consent").await;
    browser.goto(app.url("/end_session")).await;
    browser.heading("Abmelden?").await;
    album.look("de-sign-out").await;
    browser.press("Abmelden").await;
    browser.heading("Sie sind abgemeldet").await;
    album.look("de-signed-out").await;
    browser.expect_problem("status of 404");
    browser.goto(app.url("/nowhere")).await;
    browser.heading("Diese Seite gibt es nicht").await;
    album.look("de-error").await;
    stage.close().await;
}

#[tokio::test]
async fn devices_and_accounts_in_german_fit_on_a_small_phone() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    let folder = std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from);
    let album = Album::new(browser, folder);
    app.one_method_is_enough().await;
    app.person("grace").await;
    let tv = app
        .client_with("tv", true, |settings| {
            settings.client_name = "Big Screen".into();
            settings.client_uri = Some("https://screen.example".into());
            settings.redirect_uris = Vec::new();
            settings.grant_types = vec![GrantType::RefreshToken, GrantType::DeviceCode];
        })
        .await;
    let mut links = Vec::new();
    for _ in 0..2 {
        let form = [("client_id", tv.id.as_str()), ("scope", "openid profile email")];
        let asks = reqwest::Client::new().post(app.url("/device_authorization")).form(&form);
        let shows: Value = asks.send().await.unwrap().json().await.unwrap();
        links.push(shows["verification_uri_complete"].as_str().unwrap().to_owned());
    }

    browser.goto(app.url("/device?language=de")).await;
    browser.heading("Gerät anmelden").await;
    album.look("de-device").await;
    browser.fill("Code auf Ihrem Gerät", "BBBB-BBBB").await;
    browser.press("Weiter").await;
    browser.wait_for_text("Dieser Code funktioniert nicht.").await;
    album.look("de-device-wrong").await;
    browser.goto(&links[0]).await;
    browser.wait_for_text("Ihr Gerät sollte genau diesen Code anzeigen.").await;
    album.look("de-device-linked").await;
    browser.press("Weiter").await;
    browser.heading("Ist das Ihr Gerät?").await;
    album.look("de-device-recognise").await;
    browser.press("Weiter").await;
    let phone = browser.add_authenticator(Authenticator::Platform).await;
    in_german(browser, "ada", &app.pass("ada").await).await;
    browser.press("Passkey hinzufügen").await;
    browser.heading("Big Screen auf Ihrem Gerät zulassen?").await;
    album.look("de-device-confirm").await;
    browser.press("Zulassen").await;
    browser.heading("Sie können zu Ihrem Gerät zurückkehren").await;
    album.look("de-device-allowed").await;
    browser.goto(&links[1]).await;
    browser.press("Weiter").await;
    browser.press("Das war ich nicht").await;
    browser.heading("Das Gerät wurde abgelehnt").await;
    album.look("de-device-denied").await;

    browser.goto(payroll.url("/login?prompt=select_account")).await;
    browser.heading("Konto auswählen").await;
    // Else it would answer at once, as Ada's.
    browser.remove_authenticator(&phone).await;
    browser.press("Anderes Konto verwenden").await;
    in_german(browser, "grace", &app.pass("grace").await).await;
    browser.goto(payroll.url("/login?prompt=select_account")).await;
    browser.heading("Konto auswählen").await;
    album.look("de-select-account").await;
    browser.goto(app.url("/end_session")).await;
    browser.heading("Abmelden?").await;
    browser.wait_for_text("Damit werden alle abgemeldet.").await;
    album.look("de-sign-out-several").await;

    // Whoever guesses sees the seconds go by, in German.
    browser.expect_problem("status of 429");
    browser.goto(app.url("/device")).await;
    while !browser.shows("noch einmal versuchen.").await {
        browser.fill("Code auf Ihrem Gerät", "BBBB-BBBB").await;
        browser.press("Weiter").await;
        browser.heading("Gerät anmelden").await;
    }
    album.look("de-device-throttled").await;
    assert!(browser.shows("Sekunde").await);
    stage.close().await;
}

/// Who it is, and their pass.
async fn in_german(browser: &Browser, username: &str, pass: &str) {
    browser.heading("Hallo. Wer meldet sich an?").await;
    browser.fill("Benutzername", username).await;
    browser.press("Weiter").await;
    browser.heading("Willkommen").await;
    browser.fill("Befristeter Zugriffspass", pass).await;
    browser.press("Anmelden").await;
    browser.heading("Willkommen, ").await;
}

#[tokio::test]
async fn another_language_is_chosen_without_javascript() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    browser.disable_javascript().await;
    stage.leave_for_sign_in().await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    browser.link("Deutsch").await;
    browser.heading("Willkommen").await;
    browser.wait_for_text("Passkeys brauchen JavaScript").await;
    assert!(browser.shows("ada").await, "the journey stands where it stood");
    browser.fill("Befristeter Zugriffspass", "WRNG-PASS").await;
    browser.press("Anmelden").await;
    browser.wait_for_text("Das hat nicht geklappt.").await;
    browser.link("English").await;
    browser.heading("Welcome").await;
    stage.close().await;
}
