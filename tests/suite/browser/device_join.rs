//! The first day of a laptop: `firstkey device join` on it, and a person with a pass in a browser.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::Value;

use super::pages::Album;
use super::sign_in;
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};
use crate::support::laptop::device_client;

#[tokio::test]
async fn a_laptop_is_set_up_on_the_first_day_and_taken_off_the_list() {
    let (browser, app) = (Browser::new().await, App::start().await);
    let album = Album::of(&browser);
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    device_client(&app).await;
    browser.add_authenticator(Authenticator::Platform).await;
    let state = tempfile::TempDir::new().expect("a folder");
    let folder = state.path().join("device").display().to_string();
    let mut process = Command::new(env!("CARGO_BIN_EXE_firstkey"))
        .args(["device", "join", "--issuer", &app.issuer, "--state", &folder])
        .args(["--name", "ADA-LAPTOP", "--platform", "Windows 11", "--json"])
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut said = BufReader::new(process.stdout.take().expect("its output"));
    let (mut said, shows) = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        said.read_line(&mut line).expect("a line");
        (said, serde_json::from_str::<Value>(&line).expect("JSON"))
    })
    .await
    .expect("what it shows");

    browser.goto(shows["verificationUriComplete"].as_str().unwrap()).await;
    browser.press("Next").await;
    browser.heading("Is this your device?").await;
    assert!(browser.shows("ADA-LAPTOP, Windows 11").await);
    album.look("device-join-recognise").await;
    browser.press("Continue").await;
    sign_in(&browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("Allow Laptops on your device?").await;
    assert!(browser.shows("It stays signed in until you remove it").await);
    album.look("device-join-confirm").await;
    browser.press("Allow").await;
    browser.heading("You can go back to your device").await;
    let (code, joined) = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        said.read_line(&mut line).expect("a line");
        (process.wait().expect("its end").code(), line)
    })
    .await
    .expect("what it says");
    let joined: Value = serde_json::from_str(&joined).unwrap();
    assert_eq!((code, &joined["name"]), (Some(0), &"Ada Example".into()));

    browser.goto(app.url("/security-info")).await;
    browser.wait_for_text("Your devices").await;
    browser.wait_for_text("ADA-LAPTOP").await;
    album.look("security-info-devices").await;
    // What an admin sees of it. The portal opens to a key, used once more.
    let user = app.services.find_user("ada").await.unwrap();
    let edit = |user: &mut User| {
        user.roles.insert(Role::GlobalReader);
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "ada", None, edit).await.unwrap();
    browser.goto(app.url(&format!("/admin/people/{}", user.id))).await;
    browser.press("Use a passkey").await;
    browser.heading("Ada Example").await;
    browser.wait_for_text("ADA-LAPTOP, Windows 11").await;
    album.look("admin-person-devices").await;
    // Without JavaScript, too.
    browser.disable_javascript().await;
    browser.goto(app.url("/security-info")).await;
    browser.press("Remove ADA-LAPTOP").await;
    browser.heading("My Security Info").await;
    assert!(!browser.shows("Your devices").await);
    browser.wait_for_text("The device ADA-LAPTOP, Windows 11 was removed").await;
    assert!(app.services.devices_of(&user).await.unwrap().is_empty());
    browser.close().await;
}
