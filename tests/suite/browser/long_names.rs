//! Long names of people, applications, groups and keys: on a phone of 320 px and on a wide screen
//! nothing is cut off and nothing hangs over the edge, in English and in German.

use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;

use super::pages::Album;
use super::portal::come_in;
use super::{Stage, set_up_before};
use crate::support::browser::Authenticator;
use crate::support::relying_party::RelyingParty;

/// 64 characters, or one less or more.
const USERNAME: &str = "maximiliane.von.hohenlohe-langenburg@dampfschifffahrt.example.com";
const NAME: &str = "Maximiliane Rindfleischetikettierungsüberwachungsaufgabenstetter";
const APP: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbe";
const GROUP: &str = "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverord";
const KEY: &str = "Schlüsselverwaltungsgerätezertifizierungsstellenaufsichtsbehörde";

async fn somebody(stage: &Stage) -> User {
    let new = NewUser {
        username: USERNAME.into(),
        display_name: Some(NAME.into()),
        email: Some(USERNAME.into()),
        ..NewUser::default()
    };
    stage.app.services.add_user(&Caller::OPERATOR, new).await.unwrap()
}

#[tokio::test]
async fn long_names_have_room_on_peoples_pages() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let album = Album::of(browser);
    somebody(&stage).await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let works = RelyingParty::start_with(app, "works", |settings| {
        settings.client_name = APP.into();
        settings.third_party = true;
    })
    .await;
    let pass = app.pass(USERNAME).await;
    browser.set_presence(&device, false).await;
    browser.goto(works.url("/login?ui_locales=de")).await;
    browser.heading("Hallo. Wer meldet sich an?").await;
    album.look("long-identify").await;
    browser.fill("Benutzername", USERNAME).await;
    browser.press("Weiter").await;
    browser.heading("Willkommen").await;
    album.look("long-authenticate").await;
    browser.fill("Befristeter Zugriffspass", &pass).await;
    browser.press("Anmelden").await;
    browser.heading("Willkommen, Maximiliane").await;
    browser.wait_for_text("Passkey auf diesem Gerät").await;
    album.look("long-register").await;
    browser.set_presence(&device, true).await;
    browser.press("Passkey hinzufügen").await;
    browser.heading("Das hat geklappt").await;
    browser.press("Weiter").await;
    browser.heading("Diese Angaben mit").await;
    album.look("long-consent").await;
    browser.press("Weiter").await;
    browser.heading("Alles fertig").await;
    album.look("long-done").await;
    browser.press("Weiter").await;
    works.result(browser).await;

    browser.goto(app.url("/security-info")).await;
    browser.heading("My Security Info").await;
    browser.link("Manage Virtual authenticator").await;
    browser.heading("Virtual authenticator").await;
    browser.fill("Name", KEY).await;
    browser.press("Save").await;
    browser.press("Use a passkey").await;
    browser.heading("Virtual authenticator").await;
    browser.press("Save").await;
    browser.heading("My Security Info").await;
    album.look("long-security-info").await;
    browser.link(&format!("Manage {KEY}")).await;
    browser.heading(KEY).await;
    album.look("long-method").await;
    browser.link("Remove").await;
    browser.heading(&format!("Remove {KEY}?")).await;
    album.look("long-remove").await;
    stage.close().await;
}

#[tokio::test]
async fn long_names_have_room_in_the_portal() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let album = Album::of(browser);
    let somebody = somebody(&stage).await;
    let services = &app.services;
    set_up_before(app, USERNAME).await;
    let edit = |user: &mut User| {
        user.profile.job_title = Some(GROUP.into());
        Ok(())
    };
    services.edit_user(&Caller::OPERATOR, USERNAME, None, edit).await.unwrap();
    services.add_group(&Caller::OPERATOR, GROUP).await.unwrap();
    services.set_membership(&Caller::OPERATOR, GROUP, USERNAME, true).await.unwrap();
    let group = services.find_group(GROUP).await.unwrap();
    app.client_with("long", true, |settings| settings.client_name = APP.into()).await;
    app.pass(USERNAME).await;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    album.look("long-admin-overview").await;
    for (name, path) in [
        ("people", "/admin/people".to_owned()),
        ("person", format!("/admin/people/{}", somebody.id)),
        ("pass-new", format!("/admin/people/{}/pass/new", somebody.id)),
        ("groups", "/admin/groups".into()),
        ("group", format!("/admin/groups/{}", group.id)),
        ("apps", "/admin/applications".into()),
        ("app", "/admin/applications/long".into()),
        ("passes", "/admin/passes".into()),
        ("audit", "/admin/audit".into()),
    ] {
        browser.goto(app.url(&path)).await;
        album.look(&format!("long-admin-{name}")).await;
    }
    browser.goto(app.url(&format!("/admin/people/{}/pass/new", somebody.id))).await;
    browser.press("Issue a pass").await;
    browser.wait_for_text("The pass is shown this once.").await;
    album.look("long-admin-pass-issued").await;
    stage.close().await;
}
