//! Coming back: a lost key, a recovery code, and registering anew.

use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::pages::Album;
use super::{Stage, finish, set_up_before, sign_in};
use crate::support::browser::{Authenticator, Browser};

async fn allow_codes(stage: &Stage) {
    stage.app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    stage.app.one_method_is_enough().await;
}

/// The codes that the page shows.
async fn codes(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('#codes code')].map((it) => it.innerText);";
    serde_json::from_value(browser.script(script).await).expect("a list of codes")
}

/// The buttons that can be seen in the page's main part.
async fn buttons(browser: &Browser) -> Value {
    let script = "return [...document.querySelectorAll('main button')]
        .filter((b) => b.checkVisibility()).map((b) => b.innerText.trim());";
    browser.script(script).await
}

async fn use_code(browser: &Browser, username: &str, code: &str) {
    browser.link("Use a recovery code").await;
    browser.heading("Use a recovery code").await;
    browser.fill("Username", username).await;
    browser.fill("Recovery code", code).await;
    browser.press("Sign in").await;
}

#[tokio::test]
async fn a_lost_key_is_replaced_and_removed_and_opens_nothing_any_more() {
    let stage = Stage::set().await;
    stage.app.one_method_is_enough().await;
    let browser = &stage.browser;
    let lost = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a security key").await;
    finish(browser).await;
    stage.result().await;
    let copied = browser.credentials(&lost).await;
    browser.remove_authenticator(&lost).await;
    browser.forget_cookies().await;
    stage.app.wait(std::time::Duration::from_secs(60 * 60));

    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;
    stage.leave_for_sign_in().await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.wait_for_text("then you can remove the old one.").await;
    browser.press("Add a passkey").await;
    browser.heading("Still have these?").await;
    browser.wait_for_text("You have a new way in.").await;
    assert_eq!(buttons(browser).await, json!(["I still have all of these"]));
    assert!(!browser.is_ticked("Remove Security key").await, "nothing is chosen beforehand");
    browser.tick("Remove Security key").await;
    assert_eq!(buttons(browser).await, json!(["Remove selected"]));
    browser.press("Remove selected").await;
    finish(browser).await;
    stage.result().await;
    let left = stage.app.services.show_user("ada").await.unwrap().methods;
    assert_eq!(
        left.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["Virtual authenticator"]
    );

    // Whoever found the lost key gets nowhere with it.
    browser.forget_cookies().await;
    browser.remove_authenticator(&device).await;
    let found = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.copy_credentials(&found, &copied).await;
    browser.set_presence(&found, false).await;
    stage.leave_for_sign_in().await;
    browser.set_presence(&found, true).await;
    browser.press("Use a passkey").await;
    browser.expect_problem("status of 403");
    browser.wait_for_text("That passkey or key is not registered here.").await;
    stage.close().await;
}

#[tokio::test]
async fn recovery_codes_from_the_first_to_the_last_step() {
    let stage = Stage::set().await;
    allow_codes(&stage).await;
    let browser = &stage.browser;
    let album = Album::of(browser);
    let lost = browser.add_authenticator(Authenticator::Platform).await;
    stage.arrive_with_a_pass().await;
    browser.press("Add a passkey").await;
    browser.heading("You're all set").await;
    album.look("done-codes-offered").await;
    browser.press("Make recovery codes").await;
    browser.heading("Save these codes").await;
    let all = codes(browser).await;
    assert_eq!(all.len(), 10);
    assert_eq!(buttons(browser).await, json!(["Download", "Print", "Copy", "I have saved them"]));
    album.look("recovery-codes-made").await;
    browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    assert_eq!(buttons(browser).await, json!([]), "on paper there is nothing to press");
    let text = browser.text().await;
    assert!(all.iter().all(|code| text.contains(code)) && text.contains("ada"), "{text}");
    if let Some(folder) = &album.folder {
        browser.screenshot(folder.join("recovery-codes-printed.png")).await;
    }
    browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await;
    browser.press("I have saved them").await;
    finish(browser).await;
    stage.result().await;
    // Shown once.
    browser.back().await;
    assert!(!browser.shows(&all[0]).await);

    browser.goto(stage.app.url("/security-info")).await;
    browser.wait_for_text("10 codes are left.").await;
    album.look("security-info-codes").await;
    browser.remove_authenticator(&lost).await;
    browser.forget_cookies().await;
    stage.app.wait(std::time::Duration::from_secs(60 * 60));

    // Everything is lost but the codes.
    let new = browser.add_authenticator(Authenticator::Platform).await;
    stage.leave_for_sign_in().await;
    browser.link("Use a recovery code").await;
    album.look("recover").await;
    browser.link("Sign in another way").await;
    use_code(browser, "ada", "ABCD-EFGH-JKMN-PQRS-TUVW-XYZ2").await;
    browser.wait_for_text("That did not work.").await;
    album.look("recover-wrong").await;
    assert_eq!(browser.value("Username").await, "ada");
    browser.fill("Recovery code", &all[0].to_lowercase()).await;
    browser.press("Sign in").await;
    browser.heading("Welcome back, Ada Example.").await;
    album.look("register-by-code").await;
    assert!(!browser.shows("Skip for now").await);
    browser.press("Add a passkey").await;
    browser.heading("Still have these?").await;
    browser.wait_for_text("You have a new way in.").await;
    album.look("review").await;
    browser.tick("Remove Virtual authenticator").await;
    album.look("review-ticked").await;
    browser.press("Remove selected").await;
    finish(browser).await;
    assert_eq!(stage.result().await["claims"]["acr"], "urn:firstkey:acr:bootstrap");

    // The new key makes new codes; the old ones are void.
    browser.goto(stage.app.url("/security-info")).await;
    browser.wait_for_text("9 codes are left.").await;
    browser.link("Make new codes").await;
    browser.heading("Recovery codes").await;
    album.look("recovery-codes").await;
    browser.set_presence(&new, false).await;
    browser.press("Make new codes").await;
    browser.wait_for_text("Use the passkey or security key that you set up.").await;
    browser.set_presence(&new, true).await;
    browser.press("Use a passkey").await;
    browser.heading("Recovery codes").await;
    browser.press("Make new codes").await;
    browser.heading("Save these codes").await;
    assert!(!codes(browser).await.contains(&all[1]));
    browser.press("I have saved them").await;
    browser.heading("My Security Info").await;
    browser.forget_cookies().await;
    browser.set_presence(&new, false).await;
    stage.leave_for_sign_in().await;
    use_code(browser, "ada", &all[1]).await;
    browser.wait_for_text("That did not work.").await;
    stage.close().await;
}

#[tokio::test]
async fn without_javascript_codes_are_made_downloaded_and_used() {
    let stage = Stage::set().await;
    allow_codes(&stage).await;
    set_up_before(&stage.app, "ada").await;
    // Without a script there is no key to show: codes are made by whoever has just set up, with one.
    let browser = &stage.browser;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = stage.app.pass("ada").await;
    stage.leave_for_sign_in().await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.heading("Still have these?").await;
    browser.wait_for_text("You have a new way in.").await;
    browser.disable_javascript().await;
    browser.press("I still have all of these").await;
    browser.heading("You're all set").await;
    browser.press("Make recovery codes").await;
    browser.heading("Save these codes").await;
    let all = codes(browser).await;
    assert_eq!(buttons(browser).await, json!(["Download", "I have saved them"]));
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let allow = json!({ "behavior": "allow", "downloadPath": to });
    browser.devtools("Browser.setDownloadBehavior", allow).await;
    browser.press("Download").await;
    let file = folder.path().join("recovery-codes.txt");
    // It is there a moment before anything is in it.
    let text = loop {
        match std::fs::read_to_string(&file) {
            Ok(text) if !text.is_empty() => break text,
            _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    };
    assert!(all.iter().all(|code| text.contains(code)), "{text}");
    browser.heading("Save these codes").await;
    browser.press("I have saved them").await;
    browser.heading("You're all set").await;

    browser.forget_cookies().await;
    browser.goto(stage.payroll.url("/login?")).await;
    browser.heading("Hello. Who is signing in?").await;
    use_code(browser, "ada", &all[4]).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.wait_for_text("needs JavaScript").await;
    assert_eq!(buttons(browser).await, json!(["Set up phone sign-in"]));
    stage.close().await;
}

#[tokio::test]
async fn whoever_must_register_anew_needs_a_pass_and_begins_as_on_day_one() {
    let stage = Stage::set().await;
    let browser = &stage.browser;
    let device = stage.with_passkey().await;
    let ada = stage.app.services.find_user("ada").await.unwrap();
    stage.app.services.require_registration(&Caller::OPERATOR, &ada).await.unwrap();

    // Signed out, and the old key is refused with a way out.
    browser.set_presence(&device, false).await;
    browser.goto(stage.app.url("/security-info")).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    browser.expect_problem("status of 403");
    browser.wait_for_text("Ask your help desk for a Temporary Access Pass.").await;
    let pass = stage.app.pass("ada").await;
    browser.set_presence(&device, false).await;
    sign_in(browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    // The same device may be set up again.
    browser.set_presence(&device, true).await;
    browser.press("Add a passkey").await;
    finish(browser).await;
    browser.heading("My Security Info").await;
    let methods = stage.app.services.show_user("ada").await.unwrap().methods;
    assert_eq!(methods.len(), 1);
    stage.close().await;
}
