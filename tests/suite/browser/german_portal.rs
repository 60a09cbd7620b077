//! The admin portal in German: whole, also where words are long, and what its scripts say.

use std::path::PathBuf;
use std::time::Duration;

use firstkey::service::caller::Caller;
use serde_json::json;

use super::Stage;
use super::pages::Album;
use super::portal::come_in;
use crate::support::browser::{Authenticator, Role as Control};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a walk through all of it")]
async fn an_admin_adds_somebody_and_issues_passes_in_german() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let album = Album::new(browser, std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from));
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    app.policy("TemporaryAccessPass", json!({ "isApprovalRequiredForAdmins": true })).await;
    browser.link("Deutsch").await;
    browser.heading("Übersicht").await;
    browser.wait_for_text("Person hat die Einrichtung noch nicht abgeschlossen").await;
    browser.wait_for_text("Personen insgesamt").await;
    browser.wait_for_text("Anmeldung mit Schlüssel").await;
    browser.wait_for_text("mehrmalig, 60 Minuten ab ").await;
    album.look("de-admin-overview").await;

    browser.link("Personen").await;
    browser.heading("Personen").await;
    browser.wait_for_text("2 Personen").await;
    album.look("de-admin-people").await;
    browser.choose("Status", "Einrichtung nicht abgeschlossen").await;
    browser.press("Anzeigen").await;
    browser.wait_for_text("1 Person").await;
    browser.link("Person hinzufügen").await;
    browser.heading("Person hinzufügen").await;
    browser.fill("Benutzername", "ada").await;
    browser.expect_problem("status of 422");
    browser.press("Diese Person hinzufügen").await;
    browser.wait_for_text("Es gibt schon eine Person mit dem Benutzernamen ada.").await;
    album.look("de-admin-person-new-refused").await;
    browser.fill("Benutzername", "alan").await;
    browser.fill("Anzeigename", "Alan Turing").await;
    browser.fill("Benutzername der Führungskraft", "nobody").await;
    browser.press("Diese Person hinzufügen").await;
    browser.wait_for_text("Führungskraft: ").await;
    browser.fill("Benutzername der Führungskraft", "grace").await;
    browser.press("Diese Person hinzufügen").await;
    browser.heading("Alan Turing").await;
    browser.wait_for_text("Alan Turing wurde hinzugefügt.").await;

    browser.press("Zugriffspass ausstellen").await;
    browser.heading("Ein Zugriffspass für Alan Turing").await;
    browser.wait_for_text("In Ihrer Zeitzone, ").await;
    album.look("de-admin-pass-new").await;
    browser.fill("Gültigkeit in Minuten", "90").await;
    browser.press("Zugriffspass ausstellen").await;
    browser.wait_for_text("Der Zugriffspass wird nur dieses eine Mal gezeigt.").await;
    assert!(browser.shows("Zettel drucken").await);
    assert!(browser.shows("Gilt so oft wie nötig, vom ").await);
    album.look("de-admin-pass-issued").await;
    browser.link("Fertig: zurück zu Alan Turing").await;
    browser.heading("Befristeter Zugriffspass").await;
    browser.wait_for_text("Kann verwendet werden").await;
    // In the reader's language and time zone; the server's words are kept beside it.
    let told = "const at = document.querySelector('.row-detail time');
                return [/^\\d\\d\\.\\d\\d\\.\\d{4}, \\d\\d:\\d\\d$/.test(at.textContent), at.title];";
    let told = browser.script(told).await;
    assert!(told[0] == true && told[1].as_str().unwrap().ends_with(" Uhr (UTC)"), "{told}");
    album.look("de-admin-person").await;
    browser.press("Zugriffspass löschen").await;
    browser.wait_for_text("Der Zugriffspass von Alan Turing wurde gelöscht.").await;
    browser.link("Bearbeiten").await;
    browser.heading("Alan Turing bearbeiten").await;
    browser.tick("Privilegierter Authentifizierungsadministrator").await;
    album.look("de-admin-person-edit").await;
    browser.press("Speichern").await;
    browser.wait_for_text("Alan Turing wurde gespeichert.").await;
    browser.press("Zugriffspass ausstellen").await;
    browser.wait_for_text("Alan Turing hat eine Adminrolle").await;
    browser.press("Zugriffspass ausstellen").await;
    browser.wait_for_text("Er kann noch nicht verwendet werden: Wartet auf").await;

    let ada = app.services.find_user("ada").await.unwrap();
    app.services.require_registration(&Caller::OPERATOR, &ada).await.unwrap();
    browser.goto(app.url(&format!("/admin/people/{}", ada.id))).await;
    browser.wait_for_text("Die Person muss seit dem").await;
    album.look("de-admin-person-anew").await;
    browser.goto(app.url("/admin/passes")).await;
    browser.heading("Offene Zugriffspässe").await;
    browser.wait_for_text("mehrmals").await;
    album.look("de-admin-passes").await;
    browser.link("Zugriffspässe aus einer Liste").await;
    browser.heading("Zugriffspässe aus einer Liste").await;
    album.look("de-admin-bulk").await;
    let list = "username,displayName\nada,\nnobody,\nnew,Somebody New";
    browser.fill("Die Liste, als kommagetrennte Werte (CSV)", list).await;
    browser.press("Zuerst ansehen").await;
    browser.heading("Ist das richtig?").await;
    browser.wait_for_text("2 Zugriffspässe werden ausgestellt; 1 Zeile wird ausgelassen.").await;
    browser.wait_for_text("Wird hinzugefügt, mit einem Zugriffspass").await;
    browser.wait_for_text("mit einem displayName würde sie hinzugefügt").await;
    album.look("de-admin-bulk-preview").await;
    browser.press("2 Zugriffspässe ausstellen").await;
    browser.heading("2 Zugriffspässe ausgestellt").await;
    assert!(browser.has(Control::Link, "Als Datei speichern").await);
    album.look("de-admin-bulk-result").await;

    browser.goto(app.url("/admin/people/new")).await;
    app.wait(Duration::from_secs(20 * 60));
    browser.fill("Benutzername", "edsger").await;
    browser.expect_problem("status of 403");
    browser.press("Diese Person hinzufügen").await;
    browser.heading("Noch einmal anmelden").await;
    album.look("de-admin-late").await;
    browser.goto(app.url("/admin/sign-in")).await;
    browser.press("Passkey verwenden").await;
    browser.heading("Sie sind wieder angemeldet").await;
    album.look("de-admin-back-in").await;
    browser.expect_problem("status of 404");
    browser.goto(app.url("/admin/people/nobody")).await;
    browser.wait_for_text("Die Person nobody gibt es hier nicht (mehr).").await;
    stage.close().await;
}

#[tokio::test]
async fn a_key_for_somebody_else_is_registered_in_german() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let album = Album::new(browser, std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from));
    let own = browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.remove_authenticator(&own).await;
    let key = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.goto(app.url("/admin/people?language=de")).await;
    browser.link("Ada Example").await;
    browser.link("Schlüssel für diese Person einrichten").await;
    browser.heading("Ein Schlüssel für Ada Example").await;
    album.look("de-admin-key-new").await;
    browser.set_user_verified(&key, false).await;
    browser.press("Diesen Schlüssel einrichten").await;
    browser.wait_for_text("Es wurde nichts gespeichert; versuchen Sie es noch einmal.").await;
    browser.set_user_verified(&key, true).await;
    browser.fill("Name des Schlüssels", "Roter Schlüssel").await;
    browser.press("Diesen Schlüssel einrichten").await;
    browser.wait_for_text("Roter Schlüssel ist jetzt der Schlüssel von Ada Example.").await;
    browser.press("Roter Schlüssel entfernen").await;
    browser.wait_for_text("Entfernt. Ada Example ist überall abgemeldet.").await;
    stage.close().await;
}
