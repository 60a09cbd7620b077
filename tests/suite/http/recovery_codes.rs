//! Recovery codes over HTTP: made, shown once, used once, and good for setting up alone.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::{dump, on_both_engines};
use crate::support::mail_server::MailServer;
use crate::support::visitor::{Page, Request, Visitor, claims};

const MINUTE: Duration = Duration::from_secs(60);
const PAGE: &str = "/security-info/recovery-codes";

/// Lets everybody have codes.
async fn allowed(app: &App) {
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    app.one_method_is_enough().await;
}

/// The codes on a page.
fn codes(page: &Page) -> Vec<String> {
    let parts = page.body.split("<code>").skip(1);
    parts.map(|part| part.split_once("</code>").unwrap().0.to_owned()).collect()
}

/// Somebody with a key who has just signed in with it, and is at their own page.
async fn at_home(app: &App, name: &str, request: &Request) -> (Visitor, SoftAuthenticator) {
    app.person(name).await;
    let pass = app.one_time_pass(name).await;
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(request, name, &pass, &mut device).await.away();
    app.wait(60 * MINUTE);
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    visitor.use_passkey(&mut device).await.away();
    (visitor, device)
}

/// Makes new codes from one's own page.
async fn make(visitor: &mut Visitor) -> Vec<String> {
    let page = visitor.open(PAGE).await.page();
    let seen = page.value("seen").unwrap_or_default();
    let page = visitor.submit_to(PAGE, &[("seen", &seen)]).await.page();
    assert_eq!(page.heading(), "Save these codes", "{}", page.path);
    assert_eq!(page.headers["cache-control"], "no-store");
    codes(&page)
}

/// Ada's codes, and the device whose key she may lose.
async fn ada_with_codes(app: &App, request: &Request) -> (Vec<String>, SoftAuthenticator) {
    allowed(app).await;
    let (mut ada, device) = at_home(app, "ada", request).await;
    let codes = make(&mut ada).await;
    app.wait(60 * MINUTE);
    (codes, device)
}

/// Goes to the form for codes and fills it in.
async fn recover(visitor: &mut Visitor, request: &Request, username: &str, code: &str) -> Page {
    let page = visitor.authorize(request).await.page();
    assert!(page.body.contains("Use a recovery code"), "{}", page.heading());
    let path = format!("{}/recovery", visitor.journey());
    visitor.open(&path).await.page();
    visitor.submit("recovery", &[("username", username), ("code", code)]).await.page()
}

fn anonymous(page: &Page, username: &str) -> String {
    let journey = page.path.split('/').nth(2).unwrap();
    let body = page.body.replace(page.csrf().unwrap(), "CSRF").replace(journey, "JOURNEY");
    body.replace(&format!("\"{username}\""), "\"NAME\"").replace(&format!(">{username}<"), ">NAME<")
}

on_both_engines! {
    async fn codes_are_shown_once_and_stored_as_hashes(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        assert_eq!(codes.len(), 10);
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), 10);
        assert!(codes.iter().all(|code| code.len() == 29), "{codes:?}");
        for (table, rows) in dump(&app.services.store).await {
            for code in &codes {
                let plain = code.replace('-', "");
                assert!(!rows.contains(code) && !rows.contains(&plain), "a code is in {table}");
            }
        }
        assert_eq!(
            app.audited(Activity::RecoveryCodesMade).await,
            [(true, "10 codes, the first ones".to_owned())]
        );
    }

    async fn a_code_sets_up_something_new_and_does_nothing_before(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        let page = recover(&mut ada, &request, "Ada", &codes[3].to_lowercase().replace('-', " ")).await;
        assert_eq!(page.heading(), "Welcome back, Ada Example.");
        assert!(!page.body.contains("Skip for now"), "nothing else is to be done");
        // Not by skipping, nor by another page or application.
        let journey = ada.journey();
        for action in ["skip", "continue", "finish"] {
            let page = ada.submit(action, &[]).await.page();
            assert_eq!(page.heading(), "Welcome back, Ada Example.", "{action}");
        }
        for path in ["/security-info", PAGE, "/admin"] {
            let page = ada.open(path).await.page();
            let opened = ["My Security Info", "Recovery codes", "Overview"];
            assert!(!opened.contains(&page.heading().as_str()), "{path}: {}", page.heading());
        }
        ada.open(&journey).await.page();
        let page = ada.register(&mut phone).await.page();
        assert_eq!(page.heading(), "Still have these?");
        let page = ada.submit("review", &[("decision", "keep")]).await.page();
        assert_eq!(page.heading(), "You're all set");
        // The code made no others.
        assert!(!page.body.contains("Make recovery codes"), "only few would be a reason");
        let code = ada.submit("finish", &[]).await.code();
        let (status, tokens) = ada.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        let told = claims(&tokens["id_token"]);
        assert_eq!(told["acr"], "urn:firstkey:acr:bootstrap");
        assert_eq!(told["amr"], json!(["recovery", "otp"]));
        let audited = app.audited(Activity::RecoveryCodeSignIn).await;
        assert_eq!(audited, [(true, "signed in, 9 left".to_owned())]);
        // It stands as long as a pass would, and no longer.
        app.wait(61 * MINUTE);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(ada.refresh(&request.client, refresh).await.0, 400);
    }

    /// [Attacks] NIST SP 800-63B-4 §4.2.1.1 · a recovery code that was used is used again
    async fn a_code_works_once_and_50_at_once_open_one_session(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let mut visitors: Vec<Visitor> = (0..50).map(|_| app.visitor()).collect();
        for visitor in &mut visitors {
            visitor.authorize(&request).await.page();
        }
        let tries = visitors.iter_mut().map(|visitor| {
            let fields = [("username", "ada"), ("code", codes[0].as_str())];
            async move { visitor.submit("recovery", &fields).await.page() }
        });
        let pages = join_all(tries).await;
        let won = pages.iter().filter(|page| page.heading().starts_with("Welcome back")).count();
        let lost = pages.iter().filter(|page| page.alert().is_some()).count();
        assert_eq!((won, lost), (1, 49));
        let audited = app.audited(Activity::RecoveryCodeSignIn).await;
        assert_eq!(audited.iter().filter(|(success, _)| *success).count(), 1);
        let page = recover(&mut app.visitor(), &request, "ada", &codes[0]).await;
        assert!(page.alert().is_some());
        let page = recover(&mut app.visitor(), &request, "ada", &codes[1]).await;
        assert!(page.heading().starts_with("Welcome back"), "the others work");
    }

    /// [Attacks] NIST SP 800-63B-4 · account enumeration by recovery codes
    async fn every_refused_code_looks_the_same(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (ada, _) = ada_with_codes(&app, &request).await;
        recover(&mut app.visitor(), &request, "ada", &ada[9]).await;
        let mut sets = Vec::new();
        for name in ["bob", "cleo", "dan", "eve"] {
            let (mut visitor, _) = at_home(&app, name, &request).await;
            sets.push(make(&mut visitor).await);
        }
        app.person("fay").await;
        app.disable("bob").await;
        app.services.add_group(&Caller::OPERATOR, "contractors").await.unwrap();
        app.services.set_membership(&Caller::OPERATOR, "contractors", "cleo", true).await.unwrap();
        let group = app.services.find_group("contractors").await.unwrap().id;
        let target = json!([{ "targetType": "group", "id": group }]);
        app.policy("RecoveryCodes", json!({ "excludeTargets": target })).await;
        let dan = app.services.find_user("dan").await.unwrap();
        app.services.require_registration(&Caller::OPERATOR, &dan).await.unwrap();
        app.services.add_group(&Caller::OPERATOR, "keyless").await.unwrap();
        app.services.set_membership(&Caller::OPERATOR, "keyless", "eve", true).await.unwrap();
        let group = app.services.find_group("keyless").await.unwrap().id;
        let target = json!([{ "targetType": "group", "id": group }]);
        app.policy("Fido2", json!({ "excludeTargets": target })).await;
        // Nor a phone.
        app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;

        let told = recover(&mut app.visitor(), &request, "nobody", &ada[0]).await;
        assert_eq!(told.status, 200);
        assert!(told.alert().is_some_and(|alert| alert.starts_with("That did not work.")));
        let asked = {
            let mut visitor = app.visitor();
            visitor.authorize(&request).await.page();
            let page = visitor.identify("nobody").await.page();
            anonymous(&page, "nobody")
        };
        let cases = [
            ("ada", &sets[0][0], "wrong or used code"),
            ("ada", &ada[9], "wrong or used code"),
            ("ada", &"what is this?".to_owned(), "wrong or used code"),
            ("bob", &sets[0][0], "the account is disabled"),
            ("cleo", &sets[1][0], "DisabledByPolicy"),
            ("dan", &sets[2][0], "no recovery codes"),
            ("eve", &sets[3][0], "they may register nothing"),
            ("fay", &ada[0], "no recovery codes"),
        ];
        for (username, code, reason) in cases {
            let page = recover(&mut app.visitor(), &request, username, code).await;
            assert_eq!(anonymous(&page, username), anonymous(&told, "nobody"), "{username}");
            let audited = app.audited(Activity::RecoveryCodeSignIn).await;
            assert_eq!(audited[0], (false, reason.to_owned()), "the admin sees why");
            let mut visitor = app.visitor();
            visitor.authorize(&request).await.page();
            let page = visitor.identify(username).await.page();
            assert_eq!(anonymous(&page, username), asked, "{username} is asked differently");
        }
        // What was refused for another reason is not used up.
        app.policy("RecoveryCodes", json!({ "excludeTargets": [] })).await;
        let page = recover(&mut app.visitor(), &request, "cleo", &sets[1][0]).await;
        assert!(page.heading().starts_with("Welcome back"));
    }

    /// [Attacks] a stolen key · recovery codes that were made with it outlive it
    async fn codes_are_void_once_something_was_removed_as_lost(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, mut device) = ada_with_codes(&app, &request).await;
        let mut ada = app.visitor();
        ada.open("/security-info").await.page();
        ada.use_passkey(&mut device).await.page();
        for _ in 0..2 {
            ada.open("/security-info").await.page();
            ada.submit_to("/security-info/register", &[]).await.page();
            ada.register(&mut SoftAuthenticator::new()).await.page();
        }
        let methods = app.services.show_user("ada").await.unwrap().methods;
        let path = |number: usize| format!("/security-info/methods/{}/remove", methods[number].id);
        // What was merely put aside voids nothing.
        ada.open(&path(1)).await.page();
        ada.submit_to(&path(1), &[]).await.page();
        let mut early = app.visitor();
        let page = recover(&mut early, &request, "ada", &codes[0]).await;
        assert!(page.heading().starts_with("Welcome back"), "{:?}", page.alert());
        let page = ada.open(&path(2)).await.page();
        assert!(page.body.contains("Recovery codes, if you have any, stop working."), "{}", page.body);
        ada.submit_to(&path(2), &[("lost", "yes")]).await.page();
        assert_eq!(app.services.show_user("ada").await.unwrap().methods.len(), 1);
        let journey = early.journey();
        assert_eq!(early.open(&journey).await.page().heading(), "Welcome", "it asks again");
        let page = recover(&mut app.visitor(), &request, "ada", &codes[1]).await;
        assert!(page.alert().is_some(), "{}", page.heading());
        let refused = (false, "no recovery codes".to_owned());
        assert_eq!(app.audited(Activity::RecoveryCodeSignIn).await[0], refused);
        assert!(ada.open("/security-info").await.page().body.contains("With recovery codes on paper"));

        // Nor do they outlive a method that an admin removes.
        let (mut bob, _) = at_home(&app, "bob", &request).await;
        let codes = make(&mut bob).await;
        let user = app.services.find_user("bob").await.unwrap();
        let key = app.services.show_user("bob").await.unwrap().methods[0].id;
        app.services.remove_method(&Caller::OPERATOR, &user, key).await.unwrap();
        let page = recover(&mut app.visitor(), &request, "bob", &codes[0]).await;
        assert!(page.alert().is_some(), "{}", page.heading());
    }

    /// [Attacks] a stolen key · recovery codes that were made with it outlive its owner's return
    async fn whoever_comes_back_and_removes_something_keeps_codes_only_if_they_came_with_one(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let old = app.services.show_user("ada").await.unwrap().methods[0].id;
        let mut ada = app.visitor();
        recover(&mut ada, &request, "ada", &codes[0]).await;
        let page = ada.register(&mut SoftAuthenticator::new()).await.page();
        assert!(!page.body.contains("Your recovery codes stop working"), "{}", page.body);
        let field = format!("remove-{old}");
        let page = ada.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        assert_eq!(page.heading(), "You're all set");
        let page = recover(&mut app.visitor(), &request, "ada", &codes[1]).await;
        assert!(page.heading().starts_with("Welcome back"), "they have the codes in their hands");

        let (mut bob, _) = at_home(&app, "bob", &request).await;
        let codes = make(&mut bob).await;
        let old = app.services.show_user("bob").await.unwrap().methods[0].id;
        let pass = app.pass("bob").await;
        let mut bob = app.visitor();
        bob.authorize(&request).await.page();
        bob.sign_in("bob", &pass).await.page();
        let page = bob.register(&mut SoftAuthenticator::new()).await.page();
        assert!(page.body.contains("Your recovery codes stop working then, too."), "{}", page.body);
        let field = format!("remove-{old}");
        bob.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        let page = recover(&mut app.visitor(), &request, "bob", &codes[0]).await;
        assert!(page.alert().is_some(), "{}", page.heading());
    }

    /// [Attacks] NIST SP 800-63B-4 §3.1.2.2 · guessing recovery codes, and voiding those of others
    async fn guessing_codes_is_slowed_down_and_takes_them_from_nobody(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let wrong = "ABCD-EFGH-JKMN-PQRS-TUVW-XYZ2";
        let mut guesser = app.visitor();
        for _ in 0..5 {
            assert_eq!(recover(&mut guesser, &request, "ada", wrong).await.status, 200);
        }
        let mut again = guesser.neighbour();
        for visitor in [&mut guesser, &mut again] {
            let page = recover(visitor, &request, "ADA", &codes[0]).await;
            assert_eq!(page.status, 429);
            assert!(page.headers.contains_key("retry-after") && page.body.contains("data-wait"));
        }
        // From ever new addresses, which makes no code any likelier to be guessed.
        for _ in 0..120 {
            guesser.moves();
            recover(&mut guesser, &request, "ada", wrong).await;
        }
        let page = recover(&mut app.visitor(), &request, "ada", &codes[0]).await;
        assert!(page.heading().starts_with("Welcome back"), "{:?}", page.alert());
    }

    async fn new_codes_end_the_old_ones_and_what_they_opened(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (old, mut device) = ada_with_codes(&app, &request).await;
        let mut early = app.visitor();
        recover(&mut early, &request, "ada", &old[0]).await;
        let mut ada = app.visitor();
        ada.authorize(&request).await.page();
        ada.use_passkey(&mut device).await.away();
        let stale = ada.open(PAGE).await.page().value("seen").unwrap();
        let new = make(&mut ada).await;
        let journey = early.journey();
        assert_eq!(early.open(&journey).await.page().heading(), "Welcome", "it asks again");
        let page = recover(&mut app.visitor(), &request, "ada", &old[1]).await;
        assert!(page.alert().is_some());
        // A form that was sent twice, or from a window that knows of the old ones only.
        for seen in [stale.as_str(), "", "nonsense"] {
            let page = ada.submit_to(PAGE, &[("seen", seen)]).await.page();
            assert_eq!(page.heading(), "Recovery codes");
            assert!(page.alert().is_some_and(|it| it.starts_with("Other codes were made")));
        }
        let page = recover(&mut app.visitor(), &request, "ada", &new[0]).await;
        assert!(page.heading().starts_with("Welcome back"));
    }

    /// [Attacks] OWASP ASVS 7.5.1 · new recovery codes from a session that was left open
    async fn codes_are_made_only_soon_after_a_strong_sign_in(app: App) {
        let request = Request::of(&app.client("payroll").await);
        allowed(&app).await;
        let (mut ada, mut device) = at_home(&app, "ada", &request).await;
        app.wait(6 * MINUTE);
        let seen = ada.open(PAGE).await.page().value("seen").unwrap_or_default();
        let page = ada.submit_to(PAGE, &[("seen", &seen)]).await.page();
        assert_eq!(page.heading(), "One more check");
        let page = ada.use_passkey(&mut device).await.page();
        assert_eq!((page.path.as_str(), page.heading().as_str()), (PAGE, "Recovery codes"));
        assert_eq!(make(&mut ada).await.len(), 10);

        // A pass makes none before something is set up with it.
        app.person("bob").await;
        app.policy("Registration", json!({ "requiredMethods": 0, "recommendedMethods": 0 })).await;
        let pass = app.pass("bob").await;
        let mut bob = app.visitor();
        bob.open("/security-info").await.page();
        bob.sign_in("bob", &pass).await.page();
        let page = bob.submit("skip", &[]).await.page();
        assert_eq!(page.heading(), "My Security Info");
        assert!(!page.body.contains("Recovery codes"), "nothing to come back to");
        let page = bob.submit_to(PAGE, &[]).await.page();
        assert_ne!(page.heading(), "Save these codes");
        assert_eq!(app.audited(Activity::RecoveryCodesMade).await.len(), 1);
    }

    async fn codes_are_offered_at_the_end_of_set_up_and_work(app: App) {
        allowed(&app).await;
        app.person("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let pass = app.pass("ada").await;
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        ada.authorize(&request).await.page();
        ada.sign_in("ada", &pass).await.page();
        // Not before something is set up.
        let page = ada.submit("recovery-codes", &[]).await.page();
        assert!(page.heading().starts_with("Welcome, "));
        let page = ada.register(&mut phone).await.page();
        assert!(page.body.contains("Make recovery codes"), "{}", page.heading());
        let seen = page.value("seen").unwrap_or_default();
        let page = ada.submit("recovery-codes", &[("seen", &seen)]).await.page();
        let codes = codes(&page);
        assert_eq!((page.heading().as_str(), codes.len()), ("Save these codes", 10));
        let journey = ada.journey();
        let page = ada.open(&journey).await.page();
        assert_eq!(page.heading(), "You're all set");
        assert!(!page.body.contains("Make recovery codes"), "they are made");
        ada.submit("finish", &[]).await.code();
        let page = recover(&mut app.visitor(), &request, "ada", &codes[9]).await;
        assert!(page.heading().starts_with("Welcome back"));
        // Where the policy does not want that, it is not offered.
        app.policy("RecoveryCodes", json!({ "isOfferedAtSetUp": false })).await;
        app.person("bob").await;
        let pass = app.pass("bob").await;
        let mut bob = app.visitor();
        bob.authorize(&request).await.page();
        bob.sign_in("bob", &pass).await.page();
        let page = bob.register(&mut SoftAuthenticator::new()).await.page();
        assert!(!page.body.contains("Make recovery codes"));
        let page = bob.submit("recovery-codes", &[]).await.page();
        assert_eq!(page.heading(), "You're all set");
    }

    async fn codes_come_back_as_a_text_file_and_nothing_else_does(app: App) {
        let request = Request::of(&app.client("payroll").await);
        allowed(&app).await;
        let (mut ada, _) = at_home(&app, "ada", &request).await;
        let made = make(&mut ada).await;
        let path = format!("{PAGE}/text");
        let page = ada.submit_to(&path, &[("codes", &made.join(" "))]).await.page();
        assert_eq!(page.status, 200);
        assert_eq!(page.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["content-disposition"], "attachment; filename=\"recovery-codes.txt\"");
        assert!(made.iter().all(|code| page.body.contains(code.as_str())));
        assert!(page.body.contains("ada") && page.body.contains(&app.issuer));
        for wrong in ["", "<script>", "hello", &format!("{} x", made[0]), &[made[0].as_str(); 11].join(" ")] {
            ada.open(PAGE).await.page();
            let page = ada.submit_to(&path, &[("codes", wrong)]).await.page();
            assert_eq!(page.status, 400, "{wrong}");
        }
        // From another site, and by nobody.
        let page = ada.submit_to(&path, &[("csrf", "x"), ("codes", &made[0])]).await.page();
        assert_ne!(page.status, 200);
        let mut eve = app.visitor();
        eve.authorize(&request).await.page();
        let page = eve.submit_to(&path, &[("codes", &made[0])]).await.page();
        assert!(!page.body.contains(&made[0]));
    }
}

#[tokio::test]
async fn nobody_has_codes_until_the_policy_says_so() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    let request = Request::of(&app.client("payroll").await);
    let (mut ada, _) = at_home(&app, "ada", &request).await;
    assert!(!ada.open("/security-info").await.page().body.contains("Recovery codes"));
    for page in [ada.open(PAGE).await.page(), ada.submit_to(PAGE, &[]).await.page()] {
        assert_eq!(page.path, "/security-info");
    }
    let mut eve = app.visitor();
    let page = eve.authorize(&request).await.page();
    assert!(!page.body.contains("recovery"));
    let path = format!("{}/recovery", eve.journey());
    assert_eq!(eve.open(&path).await.page().heading(), "Hello. Who is signing in?");
    let fields = [("username", "ada"), ("code", "ABCD-EFGH-JKMN-PQRS-TUVW-XYZ2")];
    let page = eve.submit("recovery", &fields).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
    assert!(app.audited(Activity::RecoveryCodeSignIn).await.is_empty());
    // Codes that were made while it did.
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    let codes = make(&mut ada).await;
    app.policy("RecoveryCodes", json!({ "state": "disabled" })).await;
    let fields = [("username", "ada"), ("code", codes[0].as_str())];
    eve.submit("recovery", &fields).await.page();
    assert!(app.audited(Activity::RecoveryCodeSignIn).await.is_empty());
}

#[tokio::test]
async fn a_code_gives_ten_minutes_to_register() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let (codes, _) = ada_with_codes(&app, &request).await;
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    recover(&mut ada, &request, "ada", &codes[0]).await;
    app.wait(10 * MINUTE);
    let (status, _) = ada.try_register(&mut phone, "passkey").await;
    assert_eq!(status, 409);
    let journey = ada.journey();
    assert_eq!(ada.open(&journey).await.page().heading(), "Welcome");
}

#[tokio::test]
async fn a_code_is_typed_for_the_person_whom_the_application_names_and_nobody_else() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let (codes, mut device) = ada_with_codes(&app, &request).await;
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let code = ada.use_passkey(&mut device).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    let hint = tokens["id_token"].as_str().unwrap().to_owned();
    let (mut bob, _) = at_home(&app, "bob", &request).await;
    let others = make(&mut bob).await;
    // Bob's code, where the application wants Ada: he is signed in, but not here.
    let hinted = request.clone().with("id_token_hint", &hint);
    let mut visitor = app.visitor();
    let page = recover(&mut visitor, &hinted, "bob", &others[0]).await;
    assert!(page.status == 200 && !page.heading().starts_with("You're"), "{}", page.heading());
    let (status, _) = visitor.try_register(&mut SoftAuthenticator::new(), "passkey").await;
    assert_eq!(status, 409, "he may not set up here");
    let page = recover(&mut app.visitor(), &hinted, "ada", &codes[0]).await;
    assert!(page.heading().starts_with("Welcome back, Ada"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_step_is_told_by_mail() {
    let mut mail = MailServer::start(0).await;
    let app = App::start_with(|config| mail.configure(config)).await;
    let request = Request::of(&app.client("payroll").await);
    allowed(&app).await;
    let (mut ada, _) = at_home(&app, "ada", &request).await;
    let subject = |told: &Value| told["subject"].as_str().unwrap_or_default().to_owned();
    assert_eq!(subject(&mail.next().await), "A sign-in method was added to your account");
    let codes = make(&mut ada).await;
    let told = mail.next().await;
    assert_eq!(subject(&told), "New recovery codes were made for your account");
    assert!(codes.iter().all(|code| !told.to_string().contains(code.as_str())));
    let mut back = app.visitor();
    for (number, code) in codes.iter().enumerate() {
        back = app.visitor();
        let page = recover(&mut back, &request, "ada", code).await;
        assert!(page.heading().starts_with("Welcome back"), "{number}: {:?}", page.alert());
        let told = mail.next().await;
        assert_eq!(subject(&told), "A recovery code was used for your account");
        let words = match 9 - number {
            0 => "the last one".to_owned(),
            1 => "One is left".to_owned(),
            left => format!("{left} are left"),
        };
        assert!(told["text"].as_str().unwrap().contains(&words), "{told}");
        assert!(!told.to_string().contains(code.as_str()));
    }
    // The page says so, too.
    back.register(&mut SoftAuthenticator::new()).await.page();
    mail.next().await;
    let page = back.submit("review", &[("decision", "keep")]).await.page();
    assert_eq!(page.heading(), "You're all set");
    assert!(page.body.contains("No code is left."), "{}", page.body);
}

#[tokio::test]
async fn all_of_it_is_in_german() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let (codes, mut device) = ada_with_codes(&app, &request).await;
    let mut ada = app.visitor();
    ada.speaks("de");
    let page = ada.authorize(&request).await.page();
    assert!(page.body.contains("Wiederherstellungscode verwenden"));
    let path = format!("{}/recovery", ada.journey());
    let page = ada.open(&path).await.page();
    assert_eq!(page.heading(), "Wiederherstellungscode verwenden");
    let wrong = [("username", "ada"), ("code", "falsch")];
    let page = ada.submit("recovery", &wrong).await.page();
    assert!(page.alert().is_some_and(|alert| alert.starts_with("Das hat nicht geklappt.")));
    ada.submit("recovery", &[("username", "ada"), ("code", &codes[0])]).await.page();
    let page = ada.register(&mut SoftAuthenticator::new()).await.page();
    assert!(page.body.contains("Ich habe alles noch") && page.body.contains("Passkey entfernen"));
    ada.submit("review", &[("decision", "keep")]).await.page();
    let mut ada = app.visitor();
    ada.speaks("de");
    ada.authorize(&request).await.page();
    ada.use_passkey(&mut device).await.away();
    let page = ada.open("/security-info").await.page();
    assert!(page.body.contains("9 Codes sind noch übrig."), "{}", page.body);
    let page = ada.open(PAGE).await.page();
    let seen = page.value("seen").unwrap();
    let page = ada.submit_to(PAGE, &[("seen", &seen)]).await.page();
    assert_eq!(page.heading(), "Speichern Sie diese Codes");
    assert!(page.body.contains("Wiederherstellungscodes für Firstkey"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mail_about_a_removed_method_says_what_became_of_the_codes() {
    let mut mail = MailServer::start(0).await;
    let app = App::start_with(|config| mail.configure(config)).await;
    let request = Request::of(&app.client("payroll").await);
    ada_with_codes(&app, &request).await;
    let user = app.services.find_user("ada").await.unwrap();
    let mut told = Vec::new();
    for subject in ["A sign-in method was added", "New recovery codes were made"] {
        assert!(mail.next().await["subject"].as_str().unwrap().starts_with(subject));
    }
    let key = app.services.show_user("ada").await.unwrap().methods[0].id;
    app.services.remove_method(&Caller::OPERATOR, &user, key).await.unwrap();
    told.push(mail.next().await["text"].as_str().unwrap().to_owned());
    app.person("bob").await;
    let pass = app.pass("bob").await;
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(&request, "bob", &pass, &mut device).await.away();
    mail.next().await;
    let user = app.services.find_user("bob").await.unwrap();
    let key = app.services.show_user("bob").await.unwrap().methods[0].id;
    app.services.remove_method(&Caller::OPERATOR, &user, key).await.unwrap();
    told.push(mail.next().await["text"].as_str().unwrap().to_owned());
    let said = told.iter().map(|text| text.contains("Your recovery codes open nothing any more"));
    assert_eq!(said.collect::<Vec<_>>(), [true, false], "{told:?}");
}
