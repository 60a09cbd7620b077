//! What people do in a browser, with virtual authenticators and real applications. Each test ends
//! in `close()`, which fails on everything that the console complained about.

mod accessible;
mod accounts;
mod adding;
mod apps;
mod branding;
mod clients;
mod coming_back;
mod day_one;
mod device;
mod device_join;
mod examples;
mod external_method;
mod forward_auth;
mod german;
mod german_portal;
mod german_settings;
mod harmless;
mod keyboard;
mod keys;
mod long_names;
mod out_of_time;
mod own;
mod pages;
mod passes;
mod phone;
mod phone_waking;
mod portal;
mod pseudo;
mod pseudo_portal;
mod pseudo_settings;
mod read_aloud;
mod recovery;
mod refused;
pub(crate) mod screenshots;
mod security_info;
mod stepup;
mod upstream;
mod ways;
mod without_scripts;

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::browser::{Authenticator, AuthenticatorId, Browser};
use crate::support::relying_party::RelyingParty;
use crate::support::visitor::Request;

/// Ada, the application that she wants to use, and her browser.
struct Stage {
    app: App,
    payroll: RelyingParty,
    browser: Browser,
}

impl Stage {
    async fn set() -> Self {
        Self::with(Browser::new().await).await
    }

    /// The same, and a second browser.
    async fn for_two() -> (Self, Browser) {
        let (browser, other) = Browser::two().await;
        (Self::with(browser).await, other)
    }

    async fn with(browser: Browser) -> Self {
        let app = App::start().await;
        app.person("ada").await;
        let payroll = RelyingParty::start(&app).await;
        Self { app, payroll, browser }
    }

    /// From the application to the question who it is.
    async fn leave_for_sign_in(&self) {
        self.leave_with("").await;
    }

    /// The same with parameters of the authorization request.
    async fn leave_with(&self, params: &str) {
        self.browser.goto(self.payroll.url(&format!("/login?{params}"))).await;
        self.browser.heading("Hello. Who is signing in?").await;
    }

    /// From the application to the page where a first method is added.
    async fn arrive_with_a_pass(&self) {
        let pass = self.app.pass("ada").await;
        self.leave_for_sign_in().await;
        sign_in(&self.browser, "ada", &pass).await;
        self.browser.heading("Welcome, Ada Example.").await;
    }

    /// Sets up a passkey on the device at hand, with a pass, on the way to the application.
    async fn set_up(&self) {
        self.arrive_with_a_pass().await;
        self.browser.press("Add a passkey").await;
        finish(&self.browser).await;
        self.result().await;
    }

    /// The same where one method is enough, on a device that is new.
    async fn with_passkey(&self) -> AuthenticatorId {
        self.app.one_method_is_enough().await;
        let device = self.browser.add_authenticator(Authenticator::Platform).await;
        self.set_up().await;
        device
    }

    /// Back in the application, signed in; what it was told.
    async fn result(&self) -> Value {
        self.payroll.result(&self.browser).await
    }

    async fn close(self) {
        self.browser.close().await;
    }
}

/// Lunch Club, an application of others, which people are asked whether to share anything with.
async fn lunch_club(app: &App) -> RelyingParty {
    RelyingParty::start_with(app, "lunch", |settings| {
        settings.client_name = "Lunch Club".into();
        settings.third_party = true;
    })
    .await
}

/// From Lunch Club, which wants to know all that there is, to the sign-in.
async fn leave_for_lunch(app: &App, browser: &Browser) -> RelyingParty {
    let lunch = lunch_club(app).await;
    let scopes = "openid+profile+email+groups+offline_access";
    browser.goto(lunch.url(&format!("/login?scope={scopes}"))).await;
    lunch
}

/// Types a username and a pass.
async fn sign_in(browser: &Browser, username: &str, pass: &str) {
    browser.fill("Username", username).await;
    browser.press("Next").await;
    browser.fill("Temporary Access Pass", pass).await;
    browser.press("Sign in").await;
}

/// The page that says it is done, and on to the application.
async fn finish(browser: &Browser) {
    browser.heading("You're all set").await;
    browser.press("Continue").await;
}

/// Gives somebody a passkey on a device that is not in the browser, an hour ago.
async fn set_up_before(app: &App, username: &str) -> SoftAuthenticator {
    let request = Request::of(&app.client("earlier").await);
    let pass = app.one_time_pass(username).await;
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(&request, username, &pass, &mut device).await.away();
    app.wait(std::time::Duration::from_secs(60 * 60));
    device
}

/// How the application was told that somebody signed in.
fn how(told: &Value) -> Value {
    json!([told["claims"]["acr"], told["claims"]["amr"]])
}

/// The id of the element that has the focus.
async fn focused_id(browser: &Browser) -> String {
    browser.script("return document.activeElement.id;").await.as_str().unwrap_or_default().into()
}
