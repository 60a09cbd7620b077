//! Several people signed in in one browser.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::client::SubjectType;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::languages::german;
use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::logout_listener::LogoutListener;
use crate::support::visitor::{Page, Request, Visitor, claims};

const CHOICE: &str = "Choose an account";
const WHO: &str = "Hello. Who is signing in?";

/// One browser in which Ada signed in first and Grace after her, each with a key of her own.
struct Shared {
    app: App,
    client: Registered,
    browser: Visitor,
    ada: Person,
    grace: Person,
}

struct Person {
    key: SoftAuthenticator,
    id_token: String,
    /// Who she is to the application, and her session.
    sub: String,
    sid: String,
}

impl Shared {
    async fn set(app: App) -> Self {
        let client = app.client("payroll").await;
        Self::with(app, client).await
    }

    async fn with(app: App, client: Registered) -> Self {
        app.one_method_is_enough().await;
        let own = app.client("own").await;
        let mut keys = Vec::new();
        for name in ["ada", "grace", "alan"] {
            app.person(name).await;
            let (pass, mut key) = (app.pass(name).await, SoftAuthenticator::new());
            app.visitor().day_one(&Request::of(&own), name, &pass, &mut key).await.code();
            keys.push(key);
        }
        // Alan signed in elsewhere.
        let mut grace_key = keys.remove(1);
        let mut ada_key = keys.remove(0);
        let mut browser = app.visitor();
        let request = Request::of(&client);
        browser.authorize(&request).await.page();
        let code = browser.use_passkey(&mut ada_key).await.code();
        let ada = person(ada_key, &browser.redeem(&request, &code).await.1);
        app.wait(Duration::from_secs(10));
        let request = Request::of(&client).with("prompt", "select_account");
        browser.authorize(&request).await.page();
        browser.submit("somebody-else", &[]).await.page();
        let code = browser.use_passkey(&mut grace_key).await.code();
        let grace = person(grace_key, &browser.redeem(&request, &code).await.1);
        app.wait(Duration::from_secs(10));
        Self { app, client, browser, ada, grace }
    }

    fn request(&self) -> Request {
        Request::of(&self.client)
    }

    fn selecting(&self) -> Request {
        self.request().with("prompt", "select_account")
    }

    /// Who the application is told it is, by `sub` and `sid`.
    async fn told(&self, request: &Request, code: &str) -> (String, String) {
        let (status, tokens) = self.browser.redeem(request, code).await;
        assert_eq!(status, 200, "{tokens}");
        who(&tokens)
    }

    async fn silently(&mut self, request: &Request) -> (String, String) {
        let code = self.browser.authorize(request).await.code();
        self.told(request, &code).await
    }
}

fn who(tokens: &Value) -> (String, String) {
    let claims = claims(&tokens["id_token"]);
    let text = |name: &str| claims[name].as_str().unwrap().to_owned();
    (text("sub"), text("sid"))
}

fn person(key: SoftAuthenticator, tokens: &Value) -> Person {
    let (sub, sid) = who(tokens);
    Person { key, id_token: tokens["id_token"].as_str().unwrap().to_owned(), sub, sid }
}

impl Person {
    fn is(&self) -> (String, String) {
        (self.sub.clone(), self.sid.clone())
    }
}

/// The sessions that a page lets choose from, in its order.
fn offered(page: &Page) -> Vec<String> {
    assert_eq!(page.heading(), CHOICE);
    let buttons = page.body.split("name=\"account\" value=\"").skip(1);
    buttons.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn my_page(visitor: &mut Visitor) -> Page {
    visitor.open("/security-info").await.page()
}

on_both_engines! {
    async fn whoever_signed_in_in_this_browser_is_offered_and_nobody_else(app: App) {
        let mut shared = Shared::set(app).await;
        let request = shared.selecting();
        let page = shared.browser.authorize(&request).await.page();
        assert_eq!(offered(&page), [shared.grace.sid.clone(), shared.ada.sid.clone()], "who is in use comes first");
        assert!(page.body.contains("Ada Example") && page.body.contains(">grace<"));
        assert!(!page.body.contains("alan"));
        assert!(my_page(&mut shared.browser).await.body.contains("Hello, Grace Example"));

        shared.browser.authorize(&request).await.page();
        let cookies = shared.browser.cookies();
        let code = shared.browser.submit("choose", &[("account", &shared.ada.sid)]).await.code();
        assert_eq!(shared.told(&request, &code).await, shared.ada.is(), "her session, as it was");
        assert_ne!(shared.browser.cookies(), cookies, "the cookie changes");
        // The browser is Ada's from now on.
        assert!(my_page(&mut shared.browser).await.body.contains("Hello, Ada Example"));
        let plain = shared.request();
        assert_eq!(shared.silently(&plain).await, shared.ada.is());
        let page = shared.browser.authorize(&request).await.page();
        assert_eq!(offered(&page), [shared.ada.sid.clone(), shared.grace.sid.clone()]);

        // In another browser nobody is offered.
        let page = shared.app.visitor().authorize(&request).await.page();
        assert_eq!(page.heading(), WHO);
    }

    async fn without_a_page_the_one_in_use_answers_or_the_one_who_is_meant(app: App) {
        let mut shared = Shared::set(app).await;
        let silent = shared.request().with("prompt", "none");
        assert_eq!(shared.silently(&silent).await, shared.grace.is());
        let (ada, grace) = (shared.ada.is(), shared.grace.is());
        let (ada_hint, grace_hint) = (shared.ada.id_token.clone(), shared.grace.id_token.clone());
        let about = json!({ "id_token": { "sub": { "value": ada.0 } } }).to_string();
        for (name, value, whose) in [
            ("id_token_hint", ada_hint.as_str(), &ada),
            ("id_token_hint", &grace_hint, &grace),
            ("claims", &about, &ada),
            ("login_hint", "ADA", &ada),
            ("login_hint", "ada@example.com", &ada),
            ("login_hint", "grace", &grace),
            ("login_hint", "alan", &grace),
        ] {
            assert_eq!(shared.silently(&silent.clone().with(name, value)).await, *whose, "{name}={value}");
            let shown = shared.request().with(name, value);
            assert_eq!(shared.silently(&shown).await, *whose, "{name}={value}");
        }
        // Nobody was switched by that.
        assert_eq!(shared.silently(&silent).await, grace);
        let alan = shared.app.services.find_user("alan").await.unwrap().id.to_string();
        let about = json!({ "id_token": { "sub": { "value": alan } } }).to_string();
        let request = silent.with("claims", &about);
        assert_eq!(shared.browser.authorize(&request).await.error(), "login_required");
        // Only the one who is meant is offered.
        let request = shared.selecting().with("id_token_hint", &ada_hint);
        let page = shared.browser.authorize(&request).await.page();
        assert_eq!(offered(&page), std::slice::from_ref(&ada.1));
        let page = shared.browser.submit("choose", &[("account", &grace.1)]).await.page();
        assert_eq!(page.heading(), CHOICE, "another is not heard");
        let code = shared.browser.submit("choose", &[("account", &ada.1)]).await.code();
        assert_eq!(shared.told(&request, &code).await, ada);
    }

    async fn a_hint_signs_out_whom_it_is_about_and_nobody_else(app: App) {
        let mut listener = LogoutListener::start(&[]).await;
        let uri = listener.uri.clone();
        let client = app.client_with("payroll", false, |settings| settings.backchannel_logout_uri = Some(uri)).await;
        let mut shared = Shared::with(app, client).await;
        // Ada is not the one in use: Grace does not notice.
        let path = format!("/end_session?id_token_hint={}", shared.ada.id_token);
        assert_eq!(shared.browser.open(&path).await.page().heading(), "You are signed out");
        assert_eq!(claims(&json!(listener.next().await))["sid"], shared.ada.sid.as_str());
        assert!(my_page(&mut shared.browser).await.body.contains("Hello, Grace Example"));
        let request = shared.selecting();
        let page = shared.browser.authorize(&request).await.page();
        assert_eq!(offered(&page), std::slice::from_ref(&shared.grace.sid));

        // Ada comes back; then Grace leaves, who is not in use any more.
        shared.browser.submit("somebody-else", &[]).await.page();
        let code = shared.browser.use_passkey(&mut shared.ada.key).await.code();
        let (_, again) = shared.told(&request, &code).await;
        assert_ne!(again, shared.ada.sid);
        // The session of the old ID token is over: that is no order.
        let page = shared.browser.open(&path).await.page();
        assert_eq!(page.heading(), "Sign out?");
        assert!(page.body.contains("<strong>ada</strong> and <strong>grace</strong>"), "{}", page.body);

        // The one in use leaves: nobody is in use, and nobody is taken for somebody else.
        let plain = shared.request();
        let code = shared.browser.authorize(&plain).await.code();
        let ada = person(SoftAuthenticator::new(), &shared.browser.redeem(&plain, &code).await.1);
        let cookies = shared.browser.cookies();
        shared.browser.open(&format!("/end_session?id_token_hint={}", ada.id_token)).await.page();
        assert_ne!(shared.browser.cookies(), cookies);
        assert_eq!(claims(&json!(listener.next().await))["sid"], again.as_str());
        let silent = shared.request().with("prompt", "none");
        assert_eq!(shared.browser.authorize(&silent).await.error(), "account_selection_required");
        assert_eq!(offered(&my_page(&mut shared.browser).await), std::slice::from_ref(&shared.grace.sid));
        let page = shared.browser.submit("choose", &[("account", &shared.grace.sid)]).await.page();
        assert!(page.body.contains("Hello, Grace Example"));
        assert!(listener.is_quiet());
    }

    async fn whoever_confirms_signs_everybody_out(app: App) {
        let mut shared = Shared::set(app).await;
        let page = shared.browser.open("/end_session").await.page();
        assert!(page.body.contains("<strong>grace</strong> and <strong>ada</strong>"));
        assert!(page.body.contains("This signs all of them out."));
        let kept = page.value("request").unwrap_or_default();
        let leave = [("request", kept.as_str()), ("decision", "sign_out")];
        let page = shared.browser.submit_to("/end_session/confirm", &leave).await.page();
        assert_eq!(page.heading(), "You are signed out");
        assert_eq!(my_page(&mut shared.browser).await.heading(), WHO);
        let page = shared.browser.authorize(&shared.selecting()).await.page();
        assert_eq!(page.heading(), WHO);
        assert_eq!(shared.app.audited(Activity::SignedOut).await.len(), 2);
    }
}

#[tokio::test]
async fn whoever_is_no_longer_signed_in_signs_in_again_by_name() {
    let mut shared = Shared::set(App::start().await).await;
    let request = shared.selecting();
    for disabled in [false, true] {
        let page = shared.browser.authorize(&request).await.page();
        let ada = offered(&page)[1].clone();
        if disabled {
            shared.app.disable("ada").await;
        } else {
            let user = shared.app.services.find_user("ada").await.unwrap();
            shared.app.services.end_sessions(&Caller::OPERATOR, &user).await.unwrap();
        }
        let cookies = shared.browser.cookies();
        let page = shared.browser.submit("choose", &[("account", &ada)]).await.page();
        assert_eq!(page.heading(), "Welcome", "as for a name that was typed");
        assert!(page.body.contains("<span class=\"who-name\">ada</span>"));
        assert_eq!(shared.browser.cookies(), cookies, "nobody was switched");
        if disabled {
            assert_eq!(shared.browser.try_passkey(&mut shared.ada.key).await.0, 403);
        } else {
            let code = shared.browser.use_passkey(&mut shared.ada.key).await.code();
            let (sub, sid) = shared.told(&request, &code).await;
            assert_eq!(sub, shared.ada.sub);
            assert_ne!(sid, shared.ada.sid);
            // Grace is in use again, and Ada the second of two.
            shared.browser.authorize(&request).await.page();
            shared.browser.submit("choose", &[("account", &shared.grace.sid)]).await.code();
        }
    }
}

/// [Attacks] OIDC Core §3.1.2.1 · choosing an account of another browser
#[tokio::test]
async fn nobody_becomes_somebody_who_did_not_sign_in_here() {
    let mut shared = Shared::set(App::start().await).await;
    let own = shared.app.client("another").await;
    let mut elsewhere = shared.app.visitor();
    elsewhere.authorize(&Request::of(&own)).await.page();
    elsewhere.use_passkey(&mut shared.ada.key).await.code();
    let request = Request::of(&own);
    let code = elsewhere.authorize(&request).await.code();
    let (_, theirs) = who(&elsewhere.redeem(&request, &code).await.1);

    let request = shared.selecting();
    shared.browser.authorize(&request).await.page();
    let unknown = "00000000-0000-7000-8000-000000000000";
    for account in [theirs.as_str(), unknown] {
        let page = shared.browser.submit("choose", &[("account", account)]).await.page();
        assert_eq!(offered(&page).len(), 2, "{account}");
    }
    let page = shared.browser.submit("choose", &[("account", "ada")]).await.page();
    assert_eq!(page.status, 400);
    shared.browser.authorize(&request).await.page();
    assert_eq!(shared.browser.submit("choose", &[]).await.page().status, 400);
    assert!(my_page(&mut shared.browser).await.body.contains("Hello, Grace Example"));

    // Where nobody is asked, nothing is chosen: a page that the browser kept.
    shared.browser.authorize(&request).await.page();
    shared.browser.submit("somebody-else", &[]).await.page();
    let page = shared.browser.submit("choose", &[("account", &shared.ada.sid)]).await.page();
    assert_eq!(page.heading(), WHO);
    let page = shared.browser.submit("restart", &[]).await.page();
    assert_eq!(page.heading(), CHOICE, "not you, whoever that was to be");
}

/// [Attacks] OIDC Core §3.1.2.1 · a stale session by way of the account chooser
#[tokio::test]
async fn whoever_is_chosen_must_be_fresh_and_strong_enough_all_the_same() {
    let mut shared = Shared::set(App::start().await).await;
    shared.app.wait(Duration::from_secs(100));
    for (name, value) in [("max_age", "60"), ("prompt", "login select_account")] {
        let request = shared.selecting().with(name, value);
        shared.browser.authorize(&request).await.page();
        let page = if name == "prompt" {
            shared.browser.submit("choose", &[("account", &shared.ada.sid)]).await.page()
        } else {
            shared.browser.submit("choose", &[("account", &shared.grace.sid)]).await.page()
        };
        assert_eq!(page.heading(), "One more check", "{name}");
        let key = if name == "prompt" { &mut shared.ada.key } else { &mut shared.grace.key };
        let code = shared.browser.use_passkey(key).await.code();
        let expected = if name == "prompt" { shared.ada.is() } else { shared.grace.is() };
        assert_eq!(shared.told(&request, &code).await, expected, "{name}: made fresh");
        shared.app.wait(Duration::from_secs(100));
    }

    // Who came with a pass alone is offered, and carries no more than before.
    let pass = shared.app.pass("alan").await;
    shared.browser.authorize(&shared.selecting()).await.page();
    shared.browser.submit("somebody-else", &[]).await.page();
    shared.browser.sign_in("alan", &pass).await;
    shared.app.wait(Duration::from_secs(20 * 60));
    let page = shared.browser.authorize(&shared.selecting()).await.page();
    let alan = offered(&page)[0].clone();
    let page = shared.browser.submit("choose", &[("account", &alan)]).await.page();
    assert_eq!(page.heading(), "One more check");
    assert!(page.body.contains("Use the passkey or security key that you set up."));
}

#[tokio::test]
async fn an_application_with_names_of_its_own_finds_whom_it_means() {
    let app = App::start().await;
    let client = app
        .client_with("payroll", false, |settings| settings.subject_type = SubjectType::Pairwise)
        .await;
    let mut shared = Shared::with(app, client).await;
    let silent = shared.request().with("prompt", "none");
    let hint = shared.ada.id_token.clone();
    let ada = shared.ada.is();
    assert_eq!(shared.silently(&silent.with("id_token_hint", &hint)).await, ada);
    let id = shared.app.services.find_user("ada").await.unwrap().id.to_string();
    assert_ne!(ada.0, id);
    shared.browser.open(&format!("/end_session?id_token_hint={hint}")).await.page();
    let page = shared.browser.authorize(&shared.selecting()).await.page();
    assert_eq!(offered(&page), std::slice::from_ref(&shared.grace.sid));
}

#[tokio::test]
async fn who_it_is_and_who_signs_out_is_asked_in_german() {
    let mut shared = Shared::set(App::start().await).await;
    let request = shared.selecting().with("ui_locales", "de");
    let page = shared.browser.authorize(&request).await.page();
    assert_eq!(german(&page), "Konto auswählen");
    let page = shared.browser.submit("choose", &[]).await.page();
    assert_eq!(
        (page.status, german(&page).as_str()),
        (400, "Diese Anfrage lässt sich nicht beantworten")
    );
    let page = shared.browser.open("/end_session?client_id=payroll&ui_locales=de").await.page();
    assert_eq!(german(&page), "Abmelden?");
    let who =
        "Sie sind angemeldet als <strong>grace</strong> und <strong>ada</strong>. Damit werden";
    assert!(page.body.contains(who), "{}", page.body);
}
