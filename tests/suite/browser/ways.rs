//! Every way in at once: what is offered first, what somebody new finds, and what the pages look
//! like to whoever has a key, a phone and recovery codes.

use serde_json::{Value, json};
use thirtyfour::Key;

use super::pages::Album;
use super::{Stage, finish, focused_id, sign_in};
use crate::support::app::App;
use crate::support::browser::{Authenticator, AuthenticatorId, Browser};
use crate::support::phone::SoftPhone;
use crate::support::upstream::{ADA, add_upstream, contoso, person};
use crate::support::visitor::Request;

/// Everything that a policy can turn on.
async fn everything(app: &App) {
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    let mut upstream = contoso("https://login.contoso.example");
    (upstream.everybody, upstream.domains) = (true, Vec::new());
    add_upstream(app, upstream, "a secret").await;
    person(app, ADA).await;
}

/// What can be pressed in the page's main part, in the order in which it is read; what stands out
/// has a star.
async fn ways(browser: &Browser) -> Value {
    let script = "const quiet = ':not(.btn-quiet, .btn-ghost, .btn-danger)';
        return [...document.querySelectorAll('main .btn, .other-ways button, .other-ways a')]
            .filter((it) => it.checkVisibility())
            .map((it) => (it.matches('.btn' + quiet) ? '*' : '') + it.innerText.trim());";
    browser.script(script).await
}

/// Ada of Contoso has a passkey in this browser, a phone, and a pass.
async fn with_all(stage: &Stage) -> (AuthenticatorId, String) {
    let Stage { app, browser, payroll } = stage;
    everything(app).await;
    app.one_method_is_enough().await;
    let pass = app.pass(ADA).await;
    let mut owner = app.visitor();
    let wiki = Request::of(&app.client("wiki").await);
    owner.authorize(&wiki).await.page();
    owner.sign_in(ADA, &pass).await.page();
    let mut phone = SoftPhone::new(app);
    phone.name = "Pixel 10".into();
    phone.pair(app, &mut owner).await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    stage.leave_for_sign_in().await;
    sign_in(browser, ADA, &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.press("I still have all of these").await;
    finish(browser).await;
    payroll.result(browser).await;
    browser.set_presence(&device, false).await;
    browser.forget_cookies().await;
    app.wait(std::time::Duration::from_secs(2 * 60 * 60));
    (device, app.pass(ADA).await)
}

#[tokio::test]
async fn every_way_in_has_its_place_and_one_of_them_stands_out() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    everything(app).await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    browser.set_presence(&device, false).await;
    stage.leave_for_sign_in().await;
    let last = ["Continue with Contoso", "Use a recovery code"];
    let first = ["*Use a passkey", "Next", "Use my phone"];
    assert_eq!(ways(browser).await, json!([&first[..], &last[..]].concat()));
    // Whoever types may simply go on typing, and Enter is "Next".
    assert_eq!(focused_id(browser).await, "username");
    Album::of(browser).look("ways-identify").await;
    browser.link("Deutsch").await;
    browser.heading("Hallo. Wer meldet sich an?").await;
    Album::of(browser).look("ways-identify-de").await;
    browser.link("English").await;
    browser.heading("Hello. Who is signing in?").await;
    browser.fill("Username", ADA).await;
    browser.type_keys(Key::Enter).await;

    browser.heading("Welcome").await;
    let first = ["*Sign in", "Use a passkey", "Use my phone"];
    assert_eq!(ways(browser).await, json!([&first[..], &last[..]].concat()));
    assert_eq!(focused_id(browser).await, "pass");
    Album::of(browser).look("ways-authenticate").await;
    browser.link("Deutsch").await;
    browser.heading("Willkommen").await;
    Album::of(browser).look("ways-authenticate-de").await;
    browser.link("English").await;
    browser.heading("Welcome").await;
    browser.press("Use my phone").await;
    browser.heading("Look at your phone").await;
    Album::of(browser).look("ways-phone").await;
    browser.link("Deutsch").await;
    browser.heading("Schauen Sie auf Ihr Smartphone").await;
    Album::of(browser).look("ways-phone-de").await;
    stage.close().await;
}

#[tokio::test]
async fn without_passkeys_what_is_left_moves_up() {
    let stage = Stage::set().await;
    let Stage { app, browser, payroll } = &stage;
    everything(app).await;
    let last = ["Continue with Contoso", "Use a recovery code"];
    let first = ["*Next", "Use my phone"];
    browser.before_each_page("delete window.PublicKeyCredential;").await;
    stage.leave_for_sign_in().await;
    browser.wait_for_text("This browser cannot use passkeys here.").await;
    assert_eq!(ways(browser).await, json!([&first[..], &last[..]].concat()));
    Album::of(browser).look("ways-identify-unsupported").await;
    browser.disable_javascript().await;
    browser.goto(payroll.url("/login")).await;
    browser.wait_for_text("Passkeys need JavaScript").await;
    assert_eq!(ways(browser).await, json!([&first[..], &last[..]].concat()));
    Album::of(browser).look("ways-identify-no-script").await;
    browser.fill("Username", ADA).await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    let first = ["*Sign in", "Use my phone"];
    assert_eq!(ways(browser).await, json!([&first[..], &last[..]].concat()));
    Album::of(browser).look("ways-authenticate-no-script").await;
    stage.close().await;
}

#[tokio::test]
async fn whoever_has_all_of_them_finds_each_named_for_what_it_is() {
    let stage = Stage::set().await;
    let (device, pass) = with_all(&stage).await;
    let Stage { app, browser, payroll } = &stage;
    stage.leave_for_sign_in().await;
    sign_in(browser, ADA, &pass).await;
    browser.heading("Welcome back, Ada Example.").await;
    Album::of(browser).look("ways-register-back").await;
    assert_eq!(
        ways(browser).await,
        json!(["*Add a passkey", "Add a security key", "Set up phone sign-in", "Skip for now"])
    );
    browser.link("Deutsch").await;
    browser.heading("Willkommen zurück, Ada Example.").await;
    Album::of(browser).look("ways-register-back-de").await;
    browser.link("English").await;
    let key = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.press("Add a security key").await;
    browser.heading("Still have these?").await;
    Album::of(browser).look("ways-review").await;
    browser.link("Deutsch").await;
    Album::of(browser).look("ways-review-de").await;
    browser.link("English").await;
    browser.press("I still have all of these").await;
    browser.heading("You're all set").await;
    Album::of(browser).look("ways-done").await;
    finish(browser).await;
    payroll.result(browser).await;
    browser.remove_authenticator(&key).await;

    browser.goto(payroll.url("/login?prompt=login")).await;
    browser.heading("One more check").await;
    Album::of(browser).look("ways-check").await;
    let all = ["*Use a passkey", "Use my phone", "Sign in", "Continue with Contoso"];
    assert_eq!(ways(browser).await, json!([&all[..], &["Use a recovery code"]].concat()));
    browser.link("Deutsch").await;
    browser.heading("Noch eine kurze Prüfung").await;
    Album::of(browser).look("ways-check-de").await;
    browser.link("English").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    payroll.result(browser).await;
    browser.goto(app.url("/security-info")).await;
    browser.heading("My Security Info").await;
    Album::of(browser).look("ways-security-info").await;
    browser.link("Manage Pixel 10").await;
    browser.heading("Pixel 10").await;
    Album::of(browser).look("ways-method-phone").await;
    browser.link("Remove").await;
    browser.heading("Remove Pixel 10?").await;
    Album::of(browser).look("ways-remove-phone").await;
    stage.close().await;
}
