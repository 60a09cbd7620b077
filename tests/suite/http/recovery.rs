//! Whoever came back: older methods are offered for removal, once and by nobody else; an admin has
//! somebody register anew.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::id::MethodId;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::mail_server::MailServer;
use crate::support::visitor::{Page, Request, Visitor};

const MINUTE: Duration = Duration::from_secs(60);

/// Somebody with a key from an hour ago.
async fn with_key(app: &App, name: &str, request: &Request) -> SoftAuthenticator {
    app.person(name).await;
    let pass = app.one_time_pass(name).await;
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(request, name, &pass, &mut device).await.away();
    app.wait(60 * MINUTE);
    device
}

/// Comes back with a pass and sets up a new key; the page after it.
async fn come_back(app: &App, name: &str, request: &Request) -> (Visitor, SoftAuthenticator, Page) {
    let pass = app.pass(name).await;
    let (mut visitor, mut device) = (app.visitor(), SoftAuthenticator::new());
    visitor.authorize(request).await.page();
    let page = visitor.sign_in(name, &pass).await.page();
    assert!(page.heading().starts_with("Welcome back"), "{}", page.heading());
    let page = visitor.register(&mut device).await.page();
    (visitor, device, page)
}

async fn methods(app: &App, name: &str) -> Vec<MethodId> {
    let person = app.services.show_user(name).await.unwrap();
    person.methods.iter().map(|method| method.id).collect()
}

async fn tries_key(app: &App, request: &Request, device: &mut SoftAuthenticator) -> (u16, Value) {
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    visitor.try_passkey(device).await
}

on_both_engines! {
    async fn a_lost_key_is_removed_by_whoever_set_up_a_new_one(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        let mut lost = with_key(&app, "ada", &request).await;
        // Whoever found it is signed in with it.
        let mut thief = app.visitor();
        thief.authorize(&request).await.page();
        let code = thief.use_passkey(&mut lost).await.code();
        let (_, tokens) = thief.redeem(&request, &code).await;

        let (mut ada, mut phone, page) = come_back(&app, "ada", &request).await;
        assert_eq!(page.heading(), "Still have these?");
        assert!(!page.body.contains("checked"), "nothing is chosen beforehand");
        let old = methods(&app, "ada").await[0];
        let field = format!("remove-{old}");
        let page = ada.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        assert_eq!(page.heading(), "You're all set");
        assert_eq!(methods(&app, "ada").await.len(), 1);
        ada.submit("finish", &[]).await.code();

        let (status, answer) = tries_key(&app, &request, &mut lost).await;
        assert_eq!((status, answer["error"].as_str()), (403, Some("unknown_credential")));
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(thief.refresh(&request.client, refresh).await.0, 400, "the thief is out");
        assert_eq!(tries_key(&app, &request, &mut phone).await.0, 200);
        let audited = app.audited(Activity::MethodRemoved).await;
        assert_eq!(audited, [(true, "Passkey, when setting up anew".to_owned())]);
    }

    async fn what_is_kept_stays_and_nobody_is_asked_twice(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        let mut device = with_key(&app, "ada", &request).await;
        let (mut ada, _, page) = come_back(&app, "ada", &request).await;
        assert_eq!(page.heading(), "Still have these?");
        // Reloading asks again, going on does not; nor does a page that the browser kept.
        let journey = ada.journey();
        assert_eq!(ada.open(&journey).await.page().heading(), "Still have these?");
        let field = format!("remove-{}", methods(&app, "ada").await[0]);
        for (fields, why) in [
            (vec![("decision", "remove")], "Nothing is ticked"),
            (vec![("decision", "keep"), (field.as_str(), "yes")], "Something is ticked"),
        ] {
            let page = ada.submit("review", &fields).await.page();
            assert_eq!(page.heading(), "Still have these?");
            assert!(page.alert().is_some_and(|alert| alert.starts_with(why)), "{:?}", page.alert());
        }
        assert_eq!(ada.submit("review", &[]).await.page().status, 400);
        ada.open(&journey).await.page();
        let page = ada.submit("review", &[("decision", "keep")]).await.page();
        assert_eq!(page.heading(), "You're all set");
        let page = ada.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        assert_eq!(page.heading(), "You're all set", "this was answered");
        assert_eq!(methods(&app, "ada").await.len(), 2);
        ada.submit("finish", &[]).await.code();
        assert_eq!(tries_key(&app, &request, &mut device).await.0, 200);
    }

    /// [Attacks] OWASP API1:2023 · removing what is not among the older ones, or is somebody else's
    async fn only_ones_own_older_methods_are_removed(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        with_key(&app, "bob", &request).await;
        with_key(&app, "ada", &request).await;
        let bobs = methods(&app, "bob").await[0];
        let (mut ada, _, _) = come_back(&app, "ada", &request).await;
        let mine = methods(&app, "ada").await;
        let (old, new) = (format!("remove-{}", mine[0]), format!("remove-{}", mine[1]));
        let theirs = format!("remove-{bobs}");
        let fields = [("decision", "remove"), (&new, "yes"), (&theirs, "yes")];
        let page = ada.submit("review", &fields).await.page();
        assert_eq!(page.heading(), "Still have these?", "neither counts");
        // From another site: nothing is done.
        let page = ada.submit("review", &[("csrf", "wrong"), ("decision", "remove"), (&old, "yes")]).await.page();
        assert!(page.status >= 400, "{}", page.status);
        assert_eq!((methods(&app, "ada").await, methods(&app, "bob").await), (mine, vec![bobs]));
        assert!(app.audited(Activity::MethodRemoved).await.is_empty());
    }

    /// [Attacks] pocket-id #1601 · a stolen pass that removes methods without setting anything up
    async fn a_pass_that_set_up_nothing_removes_nothing(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        with_key(&app, "ada", &request).await;
        let pass = app.pass("ada").await;
        let mut thief = app.visitor();
        thief.authorize(&request).await.page();
        thief.sign_in("ada", &pass).await.page();
        let field = format!("remove-{}", methods(&app, "ada").await[0]);
        let page = thief.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        assert!(page.heading().starts_with("Welcome back"), "{}", page.heading());
        thief.submit("skip", &[]).await;
        assert_eq!(methods(&app, "ada").await.len(), 1);
    }

    async fn a_second_one_is_suggested_when_the_old_one_is_gone(app: App) {
        let request = Request::of(&app.client("payroll").await);
        app.one_method_is_enough().await;
        with_key(&app, "ada", &request).await;
        app.policy("Registration", json!({ "recommendedMethods": 2 })).await;
        let (mut ada, _, page) = come_back(&app, "ada", &request).await;
        assert_eq!(page.heading(), "Still have these?");
        let field = format!("remove-{}", methods(&app, "ada").await[0]);
        let page = ada.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        assert_eq!(page.heading(), "That worked, Ada Example.");
        let page = ada.register(&mut SoftAuthenticator::new()).await.page();
        assert_eq!(page.heading(), "You're all set", "not asked once more");
    }

    async fn whoever_must_register_anew_signs_in_with_nothing_old(app: App) {
        app.one_method_is_enough().await;
        app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
        let request = Request::of(&app.client("payroll").await);
        let mut stolen = with_key(&app, "ada", &request).await;
        let mut bobs = with_key(&app, "bob", &request).await;
        let mut thief = app.visitor();
        thief.authorize(&request).await.page();
        let code = thief.use_passkey(&mut stolen).await.code();
        let (_, tokens) = thief.redeem(&request, &code).await;

        let ada = app.services.find_user("ada").await.unwrap();
        let after = app.services.require_registration(&Caller::OPERATOR, &ada).await.unwrap();
        assert!(after.reregister_since.is_some());
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(thief.refresh(&request.client, refresh).await.0, 400, "signed out everywhere");
        let (status, answer) = tries_key(&app, &request, &mut stolen).await;
        assert_eq!((status, answer["error"].as_str()), (403, Some("key_outdated")));
        assert_eq!(app.audited(Activity::KeySignIn).await[0], (false, "their person must register anew".into()));
        assert_eq!(tries_key(&app, &request, &mut bobs).await.0, 200, "nobody else is touched");

        // A pass lets them in, to set up as on the first day; the very device may be set up again.
        let pass = app.pass("ada").await;
        let mut back = app.visitor();
        back.authorize(&request).await.page();
        let page = back.sign_in("ada", &pass).await.page();
        assert_eq!(page.heading(), "Welcome, Ada Example.");
        assert!(!page.body.contains("Skip for now"));
        let mut phone = SoftAuthenticator::new();
        let page = back.register(&mut phone).await.page();
        assert_eq!(page.heading(), "You're all set", "there is nothing left to ask about");
        back.submit("finish", &[]).await.code();
        assert_eq!(methods(&app, "ada").await.len(), 1);
        let ada = app.services.find_user("ada").await.unwrap();
        assert_eq!((ada.reregister_since, ada.method_count), (None, 1));
        assert_eq!(tries_key(&app, &request, &mut stolen).await.1["error"], "unknown_credential");
        assert_eq!(tries_key(&app, &request, &mut phone).await.0, 200);
        let audited = app.audited(Activity::ReregistrationRequired).await;
        assert_eq!(audited, [(true, "1 methods open nothing any more".to_owned())]);
        let removed = app.audited(Activity::MethodRemoved).await;
        let line = "Passkey, in whose place another was registered";
        assert_eq!(removed, [(true, line.to_owned())], "it did not go silently");
        let page = back.open("/security-info/activity").await.page();
        assert!(page.body.contains("You removed Passkey<"), "{}", page.body);
    }

    async fn what_was_demanded_is_taken_back_while_nothing_new_is_there(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        let mut key = with_key(&app, "ada", &request).await;
        let ada = app.services.find_user("ada").await.unwrap();
        let services = &app.services;
        let refused = services.cancel_registration(&Caller::OPERATOR, &ada).await.unwrap_err();
        assert!(refused.to_string().contains("ada need not register anew"), "{refused}");
        services.require_registration(&Caller::OPERATOR, &ada).await.unwrap();
        assert_eq!(tries_key(&app, &request, &mut key).await.1["error"], "key_outdated");
        services.cancel_registration(&Caller::OPERATOR, &ada).await.unwrap();
        assert_eq!(tries_key(&app, &request, &mut key).await.0, 200);
        let audited = app.audited(Activity::ReregistrationCancelled).await;
        assert_eq!(audited, [(true, "1 methods open the account again".to_owned())]);

        // Once something new is there, what was is gone for good.
        services.require_registration(&Caller::OPERATOR, &ada).await.unwrap();
        let pass = app.pass("ada").await;
        let mut new = SoftAuthenticator::new();
        app.visitor().day_one(&request, "ada", &pass, &mut new).await.code();
        assert!(services.cancel_registration(&Caller::OPERATOR, &ada).await.is_err());
        assert_eq!(tries_key(&app, &request, &mut key).await.1["error"], "unknown_credential");
        assert_eq!(tries_key(&app, &request, &mut new).await.0, 200);
    }

    async fn taking_back_and_registering_at_once_leave_one_or_the_other(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        with_key(&app, "ada", &request).await;
        let ada = app.services.find_user("ada").await.unwrap();
        app.services.require_registration(&Caller::OPERATOR, &ada).await.unwrap();
        let pass = app.pass("ada").await;
        let mut back = app.visitor();
        back.authorize(&request).await.page();
        back.sign_in("ada", &pass).await.page();
        let mut new = SoftAuthenticator::new();
        let cancelled = app.services.cancel_registration(&Caller::OPERATOR, &ada);
        let (_, cancelled) = tokio::join!(back.register(&mut new), cancelled);
        let kept = methods(&app, "ada").await.len();
        assert_eq!(kept, if cancelled.is_ok() { 2 } else { 1 }, "{cancelled:?}");
        assert_eq!(app.services.find_user("ada").await.unwrap().reregister_since, None);
    }

    /// [Attacks] race · a sign-in with a stolen key while its owner is made to register anew
    async fn no_sign_in_slips_through_while_registration_is_demanded(app: App) {
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("payroll").await);
        let stolen = with_key(&app, "ada", &request).await;
        let ada = app.services.find_user("ada").await.unwrap();
        let mut thieves = Vec::new();
        for _ in 0..10 {
            let mut visitor = app.visitor();
            visitor.authorize(&request).await.page();
            thieves.push((visitor, stolen.clone()));
        }
        let tries = thieves.iter_mut().map(|(visitor, key)| visitor.try_passkey(key));
        let demand = app.services.require_registration(&Caller::OPERATOR, &ada);
        let (_, demanded) = tokio::join!(futures::future::join_all(tries), demand);
        demanded.unwrap();
        let live = app.services.sessions_of(&ada).await.unwrap();
        assert!(live.is_empty(), "whoever was faster is signed out, whoever was slower never in");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_hears_of_each_step_by_mail() {
    let mut mail = MailServer::start(0).await;
    let app = App::start_with(|config| mail.configure(config)).await;
    app.one_method_is_enough().await;
    let request = Request::of(&app.client("payroll").await);
    with_key(&app, "ada", &request).await;
    let subject = |told: &Value| told["subject"].as_str().unwrap_or_default().to_owned();
    assert_eq!(subject(&mail.next().await), "A sign-in method was added to your account");
    let (mut ada, _, _) = come_back(&app, "ada", &request).await;
    assert_eq!(subject(&mail.next().await), "A sign-in method was added to your account");
    let field = format!("remove-{}", methods(&app, "ada").await[0]);
    ada.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
    assert_eq!(subject(&mail.next().await), "A sign-in method was removed from your account");
    app.wait(60 * MINUTE);
    come_back(&app, "ada", &request).await;
    assert_eq!(subject(&mail.next().await), "A sign-in method was added to your account");
    let there = app.services.show_user("ada").await.unwrap();
    let names: Vec<_> = there.methods.into_iter().map(|method| method.name).collect();
    app.services.require_registration(&Caller::OPERATOR, &there.user).await.unwrap();
    let told = mail.next().await;
    assert_eq!(subject(&told), "Your sign-in must be set up anew");
    assert!(told["text"].as_str().unwrap().contains("Temporary Access Pass"));
    // Each that the new one takes the place of is told of, by its name.
    let pass = app.pass("ada").await;
    let mut back = app.visitor();
    back.authorize(&request).await.page();
    assert_eq!(back.sign_in("ada", &pass).await.page().heading(), "Welcome, Ada Example.");
    back.register(&mut SoftAuthenticator::new()).await.page();
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(mail.next().await);
    }
    let text = |told: &Value| told["text"].as_str().unwrap_or_default().to_owned();
    let gone: Vec<_> = told.iter().filter(|it| subject(it).contains("removed from")).collect();
    assert_eq!(gone.len(), 2, "{told:?}");
    for name in names {
        assert!(gone.iter().any(|it| text(it).contains(&format!("“{name}”"))), "{name}: {gone:?}");
    }
}

#[tokio::test]
async fn a_recovery_code_is_void_for_whoever_must_register_anew() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    let request = Request::of(&app.client("payroll").await);
    let mut device = with_key(&app, "ada", &request).await;
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    ada.use_passkey(&mut device).await.away();
    let path = "/security-info/recovery-codes";
    ada.open(path).await.page();
    let page = ada.submit_to(path, &[]).await.page();
    let code = page.body.split_once("<code>").unwrap().1.split_once("</code>").unwrap().0;
    let person = app.services.find_user("ada").await.unwrap();
    app.services.require_registration(&Caller::OPERATOR, &person).await.unwrap();
    let mut visitor = app.visitor();
    visitor.authorize(&request).await.page();
    let page = visitor.submit("recovery", &[("username", "ada"), ("code", code)]).await.page();
    assert!(page.alert().is_some());
    let audited = app.audited(Activity::RecoveryCodeSignIn).await;
    assert_eq!(audited[0], (false, "no recovery codes".to_owned()));
}
