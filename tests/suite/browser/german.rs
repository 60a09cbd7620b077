//! The pages in German, in a browser: whole, also where words are long, and what their scripts say.

use std::path::PathBuf;

use super::Stage;
use super::pages::Album;
use crate::support::browser::Authenticator;
use crate::support::relying_party::RelyingParty;

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
    let lunch = RelyingParty::start_with(app, "lunch", |settings| {
        settings.client_name = "Lunch Club".into();
        settings.third_party = true;
    })
    .await;
    let scopes = "openid+profile+email+groups+offline_access";
    browser.goto(lunch.url(&format!("/login?scope={scopes}"))).await;
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
