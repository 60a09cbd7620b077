//! What an admin sets up in the portal, in German: applications, policies, groups, branding, and the
//! log of it. Whole on a small phone, also where words are long.

use std::path::PathBuf;

use firstkey::domain::id::GroupId;
use firstkey::service::caller::Caller;
use serde_json::json;

use super::Stage;
use super::pages::Album;
use super::portal::{come_in, of_other_kinds};
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser, Role as Control};

fn album(browser: &Browser) -> Album<'_> {
    Album::new(browser, std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from))
}

/// A group, and who is in it.
pub(super) async fn group(app: &App, name: &str, members: &[&str]) -> GroupId {
    let group = app.services.add_group(&Caller::OPERATOR, name).await.unwrap();
    for member in members {
        app.services.set_membership(&Caller::OPERATOR, name, member, true).await.unwrap();
    }
    group.id
}

/// The longest word of a heading is not broken, on no phone.
async fn is_on_one_line(browser: &Browser) {
    let lines = "const range = document.createRange();
        range.selectNodeContents(document.querySelector('h1'));
        return range.getClientRects().length;";
    for width in [320, 360, 390] {
        browser.set_viewport(width, 740, false).await;
        assert_eq!(browser.script(lines).await, json!(1), "at {width} px");
    }
    browser.set_viewport(1280, 900, false).await;
}

/// An admin who has chosen German.
async fn in_german() -> Stage {
    let stage = Stage::set().await;
    stage.browser.add_authenticator(Authenticator::Platform).await;
    come_in(&stage.app, &stage.browser).await;
    stage.browser.goto(stage.app.url("/admin?language=de")).await;
    stage
}

#[tokio::test]
async fn an_admin_adds_an_application_in_german() {
    let stage = in_german().await;
    let Stage { app, browser, .. } = &stage;
    let album = album(browser);
    let engineering = group(app, "Engineering", &["ada"]).await;
    let _entra = of_other_kinds(app, vec![engineering]).await;

    browser.goto(app.url("/admin/applications")).await;
    browser.heading("Anwendungen").await;
    browser.wait_for_text("Hinter einem Reverse-Proxy, der uns fragt").await;
    album.look("de-apps").await;
    browser.link("Anwendung hinzufügen").await;
    browser.heading("Anwendung hinzufügen").await;
    album.look("de-app-new").await;
    browser.link("Verwenden Sie eine Vorlage").await;
    browser.heading("Vorlage verwenden").await;
    album.look("de-preset").await;
    browser.choose("Anwendung", "Nextcloud").await;
    browser.fill("Adresse der Anwendung", "https://cloud.example.com").await;
    browser.press("Diese Anwendung hinzufügen").await;
    browser.heading("Was in der Anwendung einzutragen ist").await;
    assert!(browser.has(Control::Button, "Einstellungen kopieren").await);
    assert!(browser.has(Control::Button, "Kopieren (Issuer)").await);
    for sentence in [
        "Für ein Terminal auf dem Server, als Benutzer des Webservers.",
        "Die App user_oidc muss installiert sein: occ app:install user_oidc",
        "Es wird nur dieses eine Mal gezeigt.",
        "Webanwendung mit Client-Secret",
        "Wie üblich: PKCE ist Pflicht (OAuth 2.1)",
        "Was die Anwendung verlangt",
    ] {
        assert!(browser.shows(sentence).await, "{sentence}");
    }
    album.look("de-app-added").await;

    browser.link("Bearbeiten").await;
    browser.heading("Nextcloud bearbeiten").await;
    browser
        .choose("Welche Anmeldung mindestens nötig ist", "Beliebige MFA: mehrere Faktoren")
        .await;
    album.look("de-app-edit").await;
    browser.press("Speichern").await;
    browser.wait_for_text("Nextcloud wurde gespeichert.").await;
    browser.wait_for_text("Beliebige MFA: mehrere Faktoren").await;
    browser.press("Diese Anwendung löschen").await;
    browser.fill("Geben Sie den Namen Nextcloud ein", "Nextklaut").await;
    browser.press("Endgültig löschen").await;
    browser
        .wait_for_text("Es wurde nichts gelöscht: Geben Sie zur Bestätigung Nextcloud ein.")
        .await;
    browser.press("Diese Anwendung löschen").await;
    browser.fill("Geben Sie den Namen Nextcloud ein", "Nextcloud").await;
    browser.press("Endgültig löschen").await;
    browser.wait_for_text("Nextcloud wurde gelöscht.").await;

    browser.goto(app.url("/admin/applications/wiki")).await;
    browser.wait_for_text("Der Proxy fragt uns bei jeder Anfrage.").await;
    album.look("de-app-proxied").await;
    browser.link("Ändern, wie der Proxy fragt").await;
    browser.heading("Hinter einem Reverse-Proxy").await;
    browser.fill("Offen für diese Gruppen", "Marketing").await;
    browser.expect_problem("status of 422");
    browser.press("Speichern").await;
    browser.wait_for_text("Gruppen: Es gibt keine Gruppe Marketing.").await;
    album.look("de-app-proxy").await;
    browser.goto(app.url("/admin/applications/entra")).await;
    browser.heading("Der Anbieter, der einen zweiten Faktor verlangt").await;
    album.look("de-app-hinting").await;
    browser.link("Den anfragenden Anbieter ändern").await;
    browser.choose("Findet Personen über", "preferred_username: den Benutzernamen").await;
    album.look("de-app-hint").await;
    stage.close().await;
}

#[tokio::test]
async fn an_admin_changes_policies_in_german() {
    let stage = in_german().await;
    let Stage { app, browser, .. } = &stage;
    let album = album(browser);
    let enforced = json!({ "isAttestationEnforced": true });
    app.policy("Fido2", enforced).await;

    browser.goto(app.url("/admin/policies")).await;
    browser.heading("Richtlinien").await;
    browser.wait_for_text("nur angenommen, wenn ein vertrauenswürdiger Hersteller").await;
    browser.wait_for_text("12 Stunden").await;
    album.look("de-policies").await;
    browser.link("Befristeter Zugriffspass ändern").await;
    browser.heading("Befristeter Zugriffspass").await;
    browser.fill("Zeichen eines Zugriffspasses", "viele").await;
    browser.script("document.querySelector('form.form').noValidate = true;").await;
    browser.expect_problem("status of 422");
    browser.press("Speichern").await;
    browser
        .wait_for_text("Zeichen eines Zugriffspasses: Eine ganze Zahl ist nötig, nicht unter 0.")
        .await;
    browser.fill("Zeichen eines Zugriffspasses", "12").await;
    browser.fill("Wer nicht", "user:niemand").await;
    browser.expect_problem("status of 422");
    browser.press("Speichern").await;
    browser.wait_for_text("Wer nicht: Es gibt niemanden namens niemand.").await;
    album.look("de-policy-pass").await;
    browser.fill("Wer nicht", "user:ada").await;
    browser.choose("Wer per E-Mail benachrichtigt wird", "Die Führungskraft der Person").await;
    browser.press("Speichern").await;
    browser.wait_for_text("Befristeter Zugriffspass: gespeichert. Das gilt ab sofort.").await;
    browser.wait_for_text("Die Führungskraft der Person").await;
    browser.goto(app.url("/admin/policies/temporary-access-pass")).await;
    browser.press("Auf Standard zurücksetzen").await;
    browser.wait_for_text("Befristeter Zugriffspass: Es gelten wieder die Standardwerte.").await;
    for (slug, heading) in [
        ("fido2", "Passkeys und Sicherheitsschlüssel"),
        ("registration", "Registrierung"),
        ("recovery-codes", "Wiederherstellungscodes"),
        ("session", "Sitzungen"),
        ("admin-portal", "Admin-Portal"),
    ] {
        browser.goto(app.url(&format!("/admin/policies/{slug}"))).await;
        browser.heading(heading).await;
        album.look(&format!("de-policy-{slug}")).await;
        if slug == "recovery-codes" {
            is_on_one_line(browser).await;
        }
    }

    browser.goto(app.url("/admin/policies/attestation-roots")).await;
    browser.heading("Zertifikate der Hersteller").await;
    album.look("de-roots").await;
    let name = browser.text_of("tbody .cell-main").await;
    browser.press(&format!("{name} nicht mehr vertrauen")).await;
    browser.wait_for_text(&format!("{name} wird nicht mehr vertraut.")).await;
    browser.press(&format!("{name} wieder vertrauen")).await;
    browser.wait_for_text(&format!("{name} wird ab sofort vertraut.")).await;
    browser.fill("Modelle, für die es bürgt; keines heißt alle", "alle").await;
    browser.fill("Zertifikat", "-").await;
    browser.expect_problem("status of 422");
    browser.press("Diesem Zertifikat vertrauen").await;
    browser.wait_for_text("Modelle: In jeder Zeile muss eine AAGUID stehen.").await;
    stage.close().await;
}

#[tokio::test]
async fn an_admin_looks_after_groups_and_reads_the_log_in_german() {
    let stage = in_german().await;
    let Stage { app, browser, .. } = &stage;
    let album = album(browser);
    browser.goto(app.url("/admin/groups")).await;
    browser.heading("Gruppen").await;
    browser.wait_for_text("Noch keine Gruppen. Richtlinien richten sich an Gruppen.").await;
    album.look("de-groups-none").await;
    browser.fill("Name", "Entwicklung").await;
    browser.fill("Wofür sie da ist", "Alle, die etwas bauen").await;
    browser.press("Diese Gruppe hinzufügen").await;
    browser.wait_for_text("Die Gruppe Entwicklung wurde hinzugefügt.").await;
    browser.wait_for_text("Niemand ist in dieser Gruppe.").await;
    let member = "Benutzername oder Name einer Gruppe";
    browser.fill(member, "konrad").await;
    browser.expect_problem("status of 422");
    browser.press("Zur Gruppe hinzufügen").await;
    browser.wait_for_text("Es gibt keine Person oder Gruppe konrad.").await;
    browser.fill(member, "ada").await;
    browser.press("Zur Gruppe hinzufügen").await;
    browser.wait_for_text("Das neue Mitglied ist jetzt in der Gruppe.").await;
    group(app, "Neulinge", &[]).await;
    browser.fill(member, "Neulinge").await;
    browser.press("Zur Gruppe hinzufügen").await;
    browser.wait_for_text("Gruppe: Alle ihre Mitglieder sind auch in dieser").await;
    browser.fill(member, "ada").await;
    browser.press("Zur Gruppe hinzufügen").await;
    browser.wait_for_text("Dieses Mitglied war schon in der Gruppe.").await;
    album.look("de-group").await;
    browser.press("Ada Example herausnehmen").await;
    browser.wait_for_text("Dieses Mitglied ist nicht mehr in der Gruppe.").await;
    browser.press("Diese Gruppe löschen").await;
    browser.fill("Geben Sie den Namen Entwicklung ein", "Entwicklung").await;
    browser.press("Endgültig löschen").await;
    browser.wait_for_text("Die Gruppe Entwicklung wurde gelöscht.").await;
    browser.fill("Name beginnt mit", "Z").await;
    browser.press("Anzeigen").await;
    browser.wait_for_text("Keine Gruppe hat einen Namen, der so beginnt.").await;

    browser.goto(app.url("/admin/audit")).await;
    browser.heading("Prüfprotokoll").await;
    browser.wait_for_text("in einer Kette versiegelt").await;
    album.look("de-audit").await;
    browser.choose("Was", "Anmeldungen").await;
    browser.choose("Ergebnis", "Abgelehnt").await;
    browser.press("Anzeigen").await;
    browser.wait_for_text("Nichts dergleichen ist geschehen.").await;
    album.look("de-audit-none").await;
    browser.link("Alles anzeigen").await;
    browser.fill("An wem (Benutzername)", "konrad").await;
    browser.press("Anzeigen").await;
    browser.wait_for_text("Es gibt niemanden namens konrad.").await;
    browser.goto(app.url("/admin/audit?since=gestern")).await;
    browser.wait_for_text("Ab: ein Datum wie 2030-01-31.").await;
    stage.close().await;
}

#[tokio::test]
async fn an_admin_changes_the_branding_in_german() {
    let stage = in_german().await;
    let Stage { app, browser, .. } = &stage;
    let album = album(browser);
    browser.goto(app.url("/admin/branding")).await;
    browser.heading("Branding").await;
    browser.wait_for_text("Name, Logo, Farbe und Hilfe").await;
    browser.link("Ändern").await;
    browser.heading("Branding ändern").await;
    let preview = "return document.querySelector('iframe[name=preview]').contentDocument?.body
        ?.innerText.includes('Anmeldung bei Gehaltsabrechnung') ?? false;";
    browser.wait_for_script("a preview in German", preview).await;
    browser.fill("Farbe", "#ffe100").await;
    browser.wait_for_text("Auf hellen Seiten wird die Farbe zu #").await;
    browser.fill("Datenschutzerklärung", "javascript:alert(1)").await;
    browser.wait_for_text("Datenschutzerklärung: ").await;
    // A file that is too large to be sent at all.
    let choose = "const field = document.querySelector('input[name=logoFile]');
        const chosen = new DataTransfer();
        chosen.items.add(new File([new Uint8Array(200 * 1024)], 'logo.png'));
        field.files = chosen.files;
        field.dispatchEvent(new Event('change', { bubbles: true }));";
    browser.script(choose).await;
    browser.wait_for_text("Logo: eine Datei. Höchstens 100 KiB.").await;
    album.look("de-branding-edit").await;
    let choose_none = "const field = document.querySelector('input[name=logoFile]');
        field.value = '';
        field.dispatchEvent(new Event('change', { bubbles: true }));";
    browser.script(choose_none).await;
    let fits = "return document.querySelector('input[name=logoFile]').validity.valid;";
    browser.wait_for_script("no file that is too large", fits).await;
    browser.fill("Datenschutzerklärung", "https://contoso.example/privacy").await;
    browser.tick("bei Nacht").await;
    browser.press("Speichern").await;
    browser.wait_for_text("Das Branding wurde gespeichert. Es ist ab sofort zu sehen.").await;
    browser.wait_for_text("dasselbe").await;
    album.look("de-branding").await;
    browser.link("Ändern").await;
    browser.press("Wie mitgeliefert").await;
    browser.wait_for_text("Das Branding ist wieder wie mitgeliefert.").await;
    stage.close().await;
}
