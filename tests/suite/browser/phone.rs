//! A computer and a phone: two browsers, each with what it has of its own.
//!
//! With `FIRSTKEY_PICTURES=FOLDER` both screens are photographed at each step.

use std::path::PathBuf;
use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;

use super::pages::Album;
use super::{Stage, finish, how};
use crate::support::app::App;
use crate::support::browser::{Authenticator, AuthenticatorId, Browser};
use crate::support::relying_party::RelyingParty;

const WAIT: &str = "Look at your phone";
pub(super) const ASKED: &str = "Is it you who is signing in?";

/// Ada at her computer, with her phone at hand.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) phone: Browser,
    lock: AuthenticatorId,
    film: Option<PathBuf>,
    /// Whether its pages are looked at on the way.
    looks: bool,
    frame: std::cell::Cell<u32>,
}

impl Scene {
    pub(super) async fn set() -> Self {
        let (browser, phone) = Browser::two().await;
        let app = App::start().await;
        app.person("ada").await;
        app.one_method_is_enough().await;
        let payroll = RelyingParty::start(&app).await;
        phone.be_a_phone().await;
        let lock = phone.add_authenticator(Authenticator::Platform).await;
        let stage = Stage { app, payroll, browser };
        Self { stage, phone, lock, film: None, looks: false, frame: std::cell::Cell::new(0) }
    }

    /// The same, with the phone paired and Ada signed out.
    pub(super) async fn paired() -> Self {
        let scene = Self::set().await;
        scene.pair().await;
        scene.stage.browser.forget_cookies().await;
        scene
    }

    pub(super) fn computer(&self) -> &Browser {
        &self.stage.browser
    }

    /// Looks at both screens, and photographs them where there are pictures.
    async fn shoot(&self, name: &str) {
        if !self.looks {
            return;
        }
        if let Some(folder) = &self.film {
            // Until what moves has arrived.
            tokio::time::sleep(Duration::from_millis(400)).await;
            self.frame.set(self.frame.get() + 1);
            let number = self.frame.get();
            for (device, browser) in [("computer", self.computer()), ("phone", &self.phone)] {
                browser.screenshot(folder.join(format!("{number:02}-{name}-{device}.png"))).await;
            }
        }
        if !["choose", "who", "typed", "signed-in"].contains(&name) {
            let folder = self.film.as_ref().map(|folder| folder.join("pages"));
            for (device, browser) in [("computer", self.computer()), ("phone", &self.phone)] {
                // The application's page is none of ours, nor is that of a phone in a pocket.
                if browser.url().await.starts_with(&self.stage.app.issuer) {
                    let album = Album::new(browser, folder.clone());
                    album.look(&format!("phone-{name}-{device}")).await;
                }
            }
            self.phone.be_a_phone().await;
        }
    }

    pub(super) async fn pair(&self) {
        let (computer, phone) = (self.computer(), &self.phone);
        self.stage.arrive_with_a_pass().await;
        self.shoot("choose").await;
        computer.press("Set up phone sign-in").await;
        computer.heading("Pair your phone").await;
        // What the camera would read.
        let link = computer.href("Pair this device instead").await;
        let (page, code) = link.split_once('#').expect("a code in the fragment");
        assert_eq!(computer.text_of("[data-code]").await.trim(), code);
        assert_eq!(page, self.stage.app.url("/phone/pair"));
        self.shoot("code").await;
        phone.goto(&link).await;
        phone.heading("Pair this phone").await;
        assert_eq!(phone.value("Name of this phone").await, "Pixel 10");
        assert!(!phone.url().await.contains(code), "the code does not stay in the address");
        self.shoot("scanned").await;
        phone.press("Pair this phone").await;
        phone.heading("Compare the numbers").await;
        computer.heading("Compare the numbers").await;
        let (here, there) =
            (computer.text_of("[data-number]").await, phone.text_of("[data-compare-number]").await);
        assert_eq!(here.trim(), there.trim());
        computer.wait_for_text("Pixel 10").await;
        self.shoot("compare").await;
        computer.press("Yes, add this phone").await;
        phone.heading("This phone is paired").await;
        computer.heading("You're all set").await;
        self.shoot("paired").await;
        finish(computer).await;
        self.stage.result().await;
        phone.press("Continue").await;
        phone.heading("Ready").await;
        phone.wait_for_text("ada").await;
        self.shoot("ready").await;
    }

    /// Asks the phone; the number that the computer shows.
    pub(super) async fn ask(&self) -> String {
        let computer = self.computer();
        self.stage.leave_for_sign_in().await;
        computer.fill("Username", "ada").await;
        self.shoot("who").await;
        computer.press("Use my phone").await;
        computer.heading(WAIT).await;
        computer.text_of("[data-number]").await.trim().to_owned()
    }

    pub(super) async fn close(self) {
        self.phone.close().await;
        self.stage.close().await;
    }
}

fn another(number: &str) -> String {
    let number: u32 = number.parse().expect("a number");
    ((number - 10 + 1) % 90 + 10).to_string()
}

#[tokio::test]
async fn a_phone_is_paired_and_signs_in_at_the_computer() {
    let mut scene = Scene::set().await;
    scene.film = std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from);
    scene.looks = true;
    scene.pair().await;
    let (computer, phone) = (scene.computer(), &scene.phone);
    computer.forget_cookies().await;
    let number = scene.ask().await;
    phone.heading(ASKED).await;
    for text in ["ada", "Payroll", "127.0.0.1", "You have not signed in in that browser lately."] {
        phone.wait_for_text(text).await;
    }
    assert!(!phone.overflows().await);
    scene.shoot("asked").await;
    phone.fill("Number on your computer", &number).await;
    scene.shoot("typed").await;
    phone.press("Approve").await;
    phone.heading("Approved").await;
    let told = scene.stage.result().await;
    assert_eq!(
        how(&told),
        serde_json::json!(["urn:firstkey:acr:mfa", ["swk", "pop", "user", "mfa"]])
    );
    scene.shoot("signed-in").await;
    // The phone remembers over a reload, and so does the server.
    phone.press("Back").await;
    phone.reload().await;
    phone.heading("Ready").await;
    assert_eq!(phone.credentials(&scene.lock).await.len(), 1, "its own lock, and no passkey");
    scene.close().await;
}

#[tokio::test]
async fn a_wrong_number_a_no_and_not_me_let_nobody_in() {
    let scene = Scene::paired().await;
    let (computer, phone) = (scene.computer(), &scene.phone);
    // The wrong number: the server says 409.
    phone.expect_problem("status of 409");
    let number = scene.ask().await;
    phone.heading(ASKED).await;
    phone.fill("Number on your computer", &another(&number)).await;
    phone.press("Approve").await;
    phone.heading("That was not the number").await;
    assert!(computer.shows("Waiting for your phone").await, "the computer learns nothing");
    phone.press("Back").await;
    phone.heading("Ready").await;

    scene.ask().await;
    phone.heading(ASKED).await;
    phone.press("Deny").await;
    phone.heading("Denied").await;
    phone.press("Back").await;

    scene.ask().await;
    phone.heading(ASKED).await;
    phone.press("This was not me").await;
    phone.heading("Thank you for saying so").await;
    phone.press("No more requests for an hour").await;
    phone.wait_for_text("You asked for quiet").await;
    scene.ask().await;
    computer.press("Ask again").await;
    computer.heading(WAIT).await;
    phone.press("Listen again").await;
    phone.heading("Ready").await;
    let reasons: Vec<_> = scene.stage.app.audited(Activity::PhoneSignIn).await;
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons.iter().all(|(success, _)| !success));
    scene.close().await;
}

#[tokio::test]
async fn a_request_is_over_after_a_minute_and_another_one_works() {
    let scene = Scene::paired().await;
    let (computer, phone) = (scene.computer(), &scene.phone);
    scene.ask().await;
    phone.heading(ASKED).await;
    scene.stage.app.wait(Duration::from_secs(61));
    computer.heading("Your phone did not approve in time").await;
    phone.heading("This request is over").await;
    phone.press("Back").await;
    computer.press("Ask again").await;
    computer.heading(WAIT).await;
    phone.heading(ASKED).await;
    let number = computer.text_of("[data-number]").await;
    phone.fill("Number on your computer", number.trim()).await;
    // A finger that is not hers approves nothing, and hers does.
    phone.set_user_verified(&scene.lock, false).await;
    phone.press("Approve").await;
    phone.wait_for_text("The screen lock did not verify you.").await;
    phone.set_user_verified(&scene.lock, true).await;
    phone.press("Approve").await;
    phone.heading("Approved").await;
    scene.stage.result().await;
    scene.close().await;
}

#[tokio::test]
async fn a_phone_that_is_removed_says_so_at_once() {
    let scene = Scene::paired().await;
    let app = &scene.stage.app;
    let person = app.services.show_user("ada").await.unwrap();
    let method = person.methods[0].id;
    app.services.remove_method(&Caller::OPERATOR, &person.user, method).await.unwrap();
    scene.phone.heading("This phone was removed").await;
    scene.phone.press("Continue").await;
    scene.phone.heading("Approve sign-ins on this phone").await;
    scene.close().await;
}

#[tokio::test]
async fn a_phone_that_is_not_recognised_is_not_added_and_a_code_is_typed() {
    let scene = Scene::set().await;
    let (computer, phone) = (scene.computer(), &scene.phone);
    scene.stage.arrive_with_a_pass().await;
    computer.press("Set up phone sign-in").await;
    let code = computer.text_of("[data-code]").await;
    phone.goto(scene.stage.app.url("/phone")).await;
    phone.heading("Approve sign-ins on this phone").await;
    phone.fill("Code", &code.to_lowercase()).await;
    phone.press("Continue").await;
    // Without its screen lock it is good for less, and that is said.
    phone.set_user_verified(&scene.lock, false).await;
    phone.press("Pair this phone").await;
    phone.press("Pair without the screen lock").await;
    phone.heading("Compare the numbers").await;
    computer.wait_for_text("Without its screen lock: good for less").await;
    computer.press("No, that is not my phone").await;
    computer.wait_for_text("The phone was not added.").await;
    phone.wait_for_text("This phone was not paired.").await;
    assert!(scene.stage.app.services.show_user("ada").await.unwrap().methods.is_empty());
    scene.close().await;
}

#[tokio::test]
async fn without_scripts_on_the_computer_a_button_goes_on() {
    let scene = Scene::paired().await;
    let (computer, phone) = (scene.computer(), &scene.phone);
    computer.disable_javascript().await;
    let number = scene.ask().await;
    phone.heading(ASKED).await;
    computer.press("I have approved it").await;
    computer.wait_for_text("Your phone has not approved yet.").await;
    phone.fill("Number on your computer", &number).await;
    phone.press("Approve").await;
    phone.heading("Approved").await;
    // The page looks again by itself.
    computer.heading("Approved").await;
    computer.press("Continue").await;
    scene.stage.result().await;
    scene.close().await;
}
