//! Recovery codes are made: by whom, when, and what is shown and kept of them.

use firstkey::domain::audit::Activity;
use serde_json::json;

use super::{MINUTE, PAGE, ada_with_codes, allowed, at_home, codes, make, recover};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::{dump, on_both_engines};
use crate::support::visitor::Request;

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
