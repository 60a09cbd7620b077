//! An application, or its operator, asks for a stronger sign-in: the person adds what is missing, in
//! the same request, or hears that it cannot be had.

use std::time::Duration;

use firstkey::domain::assurance::Acr;
use firstkey::service::registration::CEREMONY_LIFETIME;
use serde_json::json;

use super::pages::Album;
use super::{Stage, finish, how, sign_in};
use crate::support::browser::{Authenticator, AuthenticatorId};

/// Ada has a passkey on this device since an hour, and a pass; her browser has forgotten her.
async fn with_both(stage: &Stage) -> (AuthenticatorId, String) {
    let Stage { app, browser, .. } = stage;
    app.one_method_is_enough().await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    stage.result().await;
    browser.forget_cookies().await;
    app.wait(Duration::from_secs(60 * 60));
    browser.set_presence(&device, false).await;
    (device, app.pass("ada").await)
}

#[tokio::test]
async fn whoever_came_with_a_pass_adds_the_key_that_is_asked_for() {
    let stage = Stage::set().await;
    let (device, pass) = with_both(&stage).await;
    let browser = &stage.browser;
    stage.leave_with("acr_values=phr").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.press("Skip for now").await;
    browser.heading("One more check").await;
    browser.wait_for_text("Payroll asks for a passkey or security key.").await;
    assert!(!browser.shows("Temporary Access Pass").await, "a pass would not do");
    Album::of(browser).look("step-up").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    let told = stage.result().await;
    assert_eq!(how(&told), json!(["phr", ["tap", "otp", "swk", "user", "mfa"]]));

    // What is there is not asked for again.
    browser.goto(stage.payroll.url("/login?acr_values=phr")).await;
    stage.result().await;
    stage.close().await;
}

#[tokio::test]
async fn whoever_lost_the_key_that_is_asked_for_begins_again_with_a_pass() {
    let stage = Stage::set().await;
    let (device, pass) = with_both(&stage).await;
    let browser = &stage.browser;
    stage.leave_for_sign_in().await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    stage.result().await;

    browser.remove_authenticator(&device).await;
    browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.goto(stage.payroll.url("/login?acr_values=phr&prompt=login")).await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    browser.wait_for_text("You were not signed in").await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.press("Add a security key").await;
    browser.press("I still have all of these").await;
    browser.wait_for_text("so that Payroll knows that it works").await;
    browser.press("Use a passkey").await;
    finish(browser).await;
    let told = stage.result().await;
    assert_eq!(how(&told), json!(["phr", ["tap", "otp", "hwk", "user", "mfa"]]));
    stage.close().await;
}

/// [Attacks] OIDC Core §3.1.2.1 · somebody else's key where the application says who it must be
#[tokio::test]
async fn the_key_of_somebody_else_is_turned_down_in_words() {
    let stage = Stage::set().await;
    let (device, _) = with_both(&stage).await;
    let Stage { app, browser, payroll } = &stage;
    let grace = app.person("grace").await;
    let pass = app.pass("grace").await;
    let claims = json!({ "id_token": { "sub": { "value": grace.id } } }).to_string();
    let claims: String = url::form_urlencoded::byte_serialize(claims.as_bytes()).collect();
    stage.leave_with(&format!("claims={claims}")).await;
    browser.set_presence(&device, true).await;
    browser.expect_problem("status of 403");
    browser.press("Use a passkey").await;
    browser.wait_for_text("The app expects somebody else.").await;
    browser.set_presence(&device, false).await;
    sign_in(browser, "grace", &pass).await;
    browser.heading("Welcome, Grace Example.").await;
    browser.set_presence(&device, true).await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    assert_eq!(payroll.result(browser).await["claims"]["sub"], json!(grace.id));
    stage.close().await;
}

#[tokio::test]
async fn an_answer_that_comes_after_its_time_is_said_to_and_the_next_one_works() {
    let stage = Stage::set().await;
    let (device, pass) = with_both(&stage).await;
    let Stage { app, browser, .. } = &stage;
    // The person finds their PIN at last, and the answer comes when the test says so.
    browser.before_each_page(
        "const get = navigator.credentials.get.bind(navigator.credentials);
         navigator.credentials.get = async (options) => {
           const answer = await get(options);
           if (options.mediation !== 'conditional') await new Promise((go) => { window.late = go; });
           return answer;
         };",
    )
    .await;
    stage.leave_with("acr_values=phr").await;
    sign_in(browser, "ada", &pass).await;
    browser.press("Skip for now").await;
    browser.heading("One more check").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    let answered = async || {
        while browser.script("return typeof window.late;").await != "function" {
            tokio::task::yield_now().await;
        }
    };
    answered().await;
    app.wait(CEREMONY_LIFETIME + Duration::from_secs(1));
    browser.expect_problem("status of 409");
    browser.script("window.late();").await;
    browser.wait_for_text("it took too long. Nothing is lost.").await;

    browser.reload().await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    answered().await;
    browser.script("window.late();").await;
    assert_eq!(stage.result().await["claims"]["acr"], "phr");
    stage.close().await;
}

#[tokio::test]
async fn a_browser_without_webauthn_is_told_so_and_loses_nothing() {
    let stage = Stage::set().await;
    let (device, pass) = with_both(&stage).await;
    let browser = &stage.browser;
    let without = browser.before_each_page("delete window.PublicKeyCredential;").await;
    stage.leave_with("acr_values=phr").await;
    browser.fill("Username", "ada").await;
    browser.press("Next").await;
    browser.wait_for_text("Your Temporary Access Pass works.").await;
    assert!(!browser.shows("Use a passkey").await);
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.wait_for_text("This browser cannot add a passkey or security key here.").await;
    assert!(!browser.shows("Add a passkey").await);
    browser.press("Skip for now").await;
    browser.heading("One more check").await;
    browser.wait_for_text("Open this page in an up-to-date browser").await;
    assert!(!browser.shows("Use a passkey").await);

    // The same page in a browser that can.
    let identifier = json!({ "identifier": without });
    browser.devtools("Page.removeScriptToEvaluateOnNewDocument", identifier).await;
    browser.set_presence(&device, true).await;
    browser.reload().await;
    browser.press("Use a passkey").await;
    assert_eq!(stage.result().await["claims"]["acr"], "phr");
    stage.close().await;
}

#[tokio::test]
async fn without_javascript_the_page_says_what_the_key_needs() {
    let stage = Stage::set().await;
    let (_, pass) = with_both(&stage).await;
    let browser = &stage.browser;
    browser.disable_javascript().await;
    stage.leave_with("acr_values=phr").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.press("Skip for now").await;
    browser.heading("One more check").await;
    browser.wait_for_text("Payroll asks for a passkey or security key.").await;
    browser.wait_for_text("Passkeys need JavaScript, which is off in this browser.").await;
    assert!(!browser.shows("Use a passkey").await);
    stage.close().await;
}

#[tokio::test]
async fn an_attested_key_that_is_demanded_and_not_to_be_had_leads_back_with_an_error() {
    let stage = Stage::set().await;
    let (device, _) = with_both(&stage).await;
    let Stage { app, browser, payroll } = &stage;
    stage.leave_for_sign_in().await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    stage.result().await;
    app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;
    app.policy("Fido2", json!({ "isSelfServiceRegistrationAllowed": false })).await;
    let claims = json!({ "id_token": { "acr": { "essential": true, "value": "phrh" } } });
    let claims = claims.to_string();
    let claims: String = url::form_urlencoded::byte_serialize(claims.as_bytes()).collect();
    // Where no class of that name can be reached at all, the application hears it at once.
    if Acr::SERVED.contains(&Acr::PhishingResistantHardware) {
        browser.expect_problem("status of 403");
        browser.goto(payroll.url(&format!("/login?claims={claims}"))).await;
        browser.heading("You cannot open Payroll yet").await;
        browser.wait_for_text("whose maker vouches for it").await;
        browser.press("Back to Payroll").await;
    } else {
        browser.goto(payroll.url(&format!("/login?claims={claims}"))).await;
    }
    assert_eq!(payroll.error(browser).await, "unmet_authentication_requirements");
    stage.close().await;
}

#[tokio::test]
async fn what_a_policy_forbids_is_said_on_a_page_that_leads_back_without_javascript_too() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;
    app.policy("Fido2", json!({ "isSelfServiceRegistrationAllowed": false })).await;
    let pass = app.pass("ada").await;
    browser.expect_problem("status of 403");
    browser.disable_javascript().await;
    stage.leave_with("acr_values=phr").await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("You cannot open Payroll yet").await;
    browser.wait_for_text("you cannot set one up yourself here").await;
    browser.wait_for_text("Ask your help desk").await;
    Album::of(browser).look("unmet").await;
    browser.press("Back to Payroll").await;
    assert_eq!(payroll.error(browser).await, "unmet_authentication_requirements");
    stage.close().await;
}

#[tokio::test]
async fn an_admin_says_in_the_portal_what_opens_an_application_and_it_holds_for_everybody() {
    let (stage, theirs) = Stage::for_two().await;
    let Stage { app, browser, payroll } = &stage;
    browser.add_authenticator(Authenticator::Platform).await;
    super::portal::come_in(app, browser).await;
    browser.link("Applications").await;
    browser.link("Payroll").await;
    browser.heading("Payroll").await;
    assert!(browser.shows("Whatever the application asks for").await);
    browser.link("Edit").await;
    let require = "The least sign-in that opens it";
    browser.choose(require, "Phishing-resistant: a passkey or security key").await;
    Album::of(browser).look("admin-app-require").await;
    browser.press("Save").await;
    browser.wait_for_text("Payroll was saved.").await;
    assert!(browser.shows("Phishing-resistant: a passkey or security key").await);
    Album::of(browser).look("admin-app-required").await;
    // What the form does not change, it leaves.
    browser.link("Edit").await;
    browser.press("Save").await;
    browser.wait_for_text("Payroll was saved.").await;
    let settings = app.services.find_client("payroll").await.unwrap().settings;
    assert_eq!(settings.require_acr, Some(Acr::PhishingResistant));
    assert!(app.services.policy_warnings().await.unwrap().is_empty());

    theirs.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    theirs.goto(payroll.url("/login?acr_values=urn:firstkey:acr:bootstrap")).await;
    sign_in(&theirs, "ada", &pass).await;
    theirs.heading("Welcome, Ada Example.").await;
    theirs.wait_for_text("Payroll opens only with a passkey or security key").await;
    assert!(!theirs.shows("Set up phone sign-in").await, "a phone would not open it");
    Album::of(&theirs).look("step-up-register").await;
    theirs.press("Add a passkey").await;
    theirs.wait_for_text("so that Payroll knows that it works").await;
    theirs.press("Use a passkey").await;
    finish(&theirs).await;
    assert_eq!(payroll.result(&theirs).await["claims"]["acr"], "phr");
    theirs.close().await;

    let off = json!({ "isSelfServiceRegistrationAllowed": false });
    app.policy("Fido2", off).await;
    let warnings = app.services.policy_warnings().await.unwrap();
    assert!(warnings.iter().any(|it| it.code() == "demandIsUnmet"), "{warnings:?}");
    stage.close().await;
}
