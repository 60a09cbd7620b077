//! Signing in with a pass: one answer for every true reason, and every pass redeemed as often as it
//! may be.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::pass::PassRequest;
use firstkey::domain::time::Clock;
use firstkey::service::caller::Caller;
use futures::future::join_all;
use serde_json::json;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Page, Request, Visitor};

/// The page with what differs by chance taken out: ids, tokens and the name that was typed.
fn anonymous(page: &Page, username: &str) -> String {
    let csrf = page.csrf().unwrap();
    let journey = page.path.split('/').nth(2).unwrap();
    let body = page.body.replace(csrf, "CSRF").replace(journey, "JOURNEY");
    // Whole: some of these names are words of the page as well.
    body.replace(&format!(">{username}<"), ">NAME<").replace(&format!("\"{username}\""), "\"NAME\"")
}

async fn refused(app: &App, request: &Request, username: &str, pass: &str) -> (String, String) {
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    let asked = visitor.identify(username).await.page();
    let told = visitor.submit("pass", &[("pass", pass)]).await.page();
    assert_eq!(told.status, 200);
    assert!(told.alert().is_some_and(|alert| alert.starts_with("That did not work.")));
    (anonymous(&asked, username), anonymous(&told, username))
}

on_both_engines! {
    /// [Attacks] NIST SP 800-63B-4 · account enumeration by text and status
    async fn every_refusal_looks_the_same(app: App) {
        let request = Request::of(&app.client("payroll").await);
        for name in ["wrong", "expired", "early", "used", "excluded", "disabled", "passless", "void"] {
            app.person(name).await;
        }
        let one_time = PassRequest { one_time: Some(true), ..PassRequest::default() };
        let short = PassRequest { lifetime_minutes: Some(60), ..PassRequest::default() };
        let expired = app.pass_with("expired", short).await;
        app.wait(Duration::from_secs(61 * 60));
        app.pass("wrong").await;
        let start = Some(app.clock.now().plus(Duration::from_secs(3600)));
        let early = app.pass_with("early", PassRequest { start, ..PassRequest::default() }).await;
        let used = app.pass_with("used", one_time).await;
        let mut first = app.visitor();
        first.authorize(&request).await.page();
        assert!(first.sign_in("used", &used).await.page().heading().starts_with("Welcome, "));
        let excluded = app.pass("excluded").await;
        app.services.add_group(&Caller::OPERATOR, "contractors").await.unwrap();
        app.services.set_membership(&Caller::OPERATOR, "contractors", "excluded", true).await.unwrap();
        let group = app.services.find_group("contractors").await.unwrap().id;
        app.policy("TemporaryAccessPass", json!({
            "excludeTargets": [{ "targetType": "group", "id": group }],
        })).await;
        let disabled = app.pass("disabled").await;
        app.disable("disabled").await;

        let (asked, told) = refused(&app, &request, "nobody", "ABCD-2345").await;
        let cases = [
            ("wrong", "ABCD-2345", "wrong pass"),
            ("expired", &expired, "Expired"),
            ("early", &early, "NotYetValid"),
            ("used", &used, "OneTimeUsed"),
            ("excluded", &excluded, "DisabledByPolicy"),
            ("disabled", &disabled, "the account is disabled"),
            ("passless", "ABCD-2345", "no pass"),
            ("wrong", "what is this?", "wrong pass"),
        ];
        for (username, pass, reason) in cases {
            let (asked_here, told_here) = refused(&app, &request, username, pass).await;
            assert_eq!(asked_here, asked, "{username} is asked differently");
            assert_eq!(told_here, told, "{username} is told something else");
            let audited = app.audited(Activity::PassSignIn).await;
            assert_eq!(audited[0], (false, reason.to_owned()), "the admin sees why");
        }
    }

    /// [Attacks] RFC 6749 §10.5 · a one-time pass redeemed in parallel
    async fn of_200_parallel_redeems_of_a_one_time_pass_one_wins(app: App) {
        app.person("ada").await;
        let pass = app.one_time_pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let mut visitors: Vec<Visitor> = (0..200).map(|_| app.visitor()).collect();
        for visitor in &mut visitors {
            visitor.authorize(&request).await.page();
            visitor.identify("ada").await.page();
        }
        let tries = visitors.iter_mut().map(|visitor| {
            let pass = pass.clone();
            async move { visitor.submit("pass", &[("pass", &pass)]).await.page() }
        });
        let pages = join_all(tries).await;
        let won = pages.iter().filter(|page| page.heading().starts_with("Welcome, ")).count();
        let lost = pages.iter().filter(|page| page.alert().is_some()).count();
        assert_eq!((won, lost), (1, 199));
        let audited = app.audited(Activity::PassSignIn).await;
        assert_eq!(audited.iter().filter(|(success, _)| *success).count(), 1);
        assert_eq!(audited.len(), 200);
    }

    /// [Attacks] NIST SP 800-63B-4 §3.2.2 · guessing a pass
    async fn guessing_is_slowed_down_for_whoever_guesses_and_nobody_else(app: App) {
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let mut guesser = app.visitor();
        guesser.authorize(&request).await.page();
        guesser.identify("ada").await.page();
        for _ in 0..5 {
            let page = guesser.submit("pass", &[("pass", "ABCD-2345")]).await.page();
            assert_eq!(page.status, 200);
        }
        // Even the right one is not heard now, nor from a fresh browser at the same address.
        let mut again = guesser.neighbour();
        again.authorize(&request).await.page();
        again.identify("ADA").await.page();
        for visitor in [&mut guesser, &mut again] {
            let page = visitor.submit("pass", &[("pass", &pass)]).await.page();
            assert_eq!(page.status, 429);
            assert_eq!(page.heading(), "Welcome");
            let wait: u64 = page.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=16).contains(&wait), "{wait}");
            assert!(page.body.contains("data-wait"));
        }
        // Somebody else, elsewhere, signs in all the while.
        let mut ada = app.visitor();
        ada.authorize(&request).await.page();
        assert!(ada.sign_in("ada", &pass).await.page().heading().starts_with("Welcome, "));
        // And here after the wait.
        app.wait(Duration::from_secs(16));
        let page = guesser.submit("pass", &[("pass", &pass)]).await.page();
        assert!(page.heading().starts_with("Welcome, "), "{} {:?}", page.heading(), page.alert());
    }

    /// [Attacks] NIST SP 800-63B-4 §3.2.2 · locking somebody out
    async fn a_pass_is_void_after_100_wrong_tries_but_keys_are_not(app: App) {
        app.person("ada").await;
        app.one_method_is_enough().await;
        let pass = app.pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let mut phone = SoftAuthenticator::new();
        app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();

        let mut guesser = app.visitor();
        guesser.authorize(&request).await.page();
        guesser.identify("ada").await.page();
        for _ in 0..100 {
            guesser.moves();
            guesser.submit("pass", &[("pass", "ABCD-2345")]).await.page();
        }
        let (_, _) = refused(&app, &request, "ada", &pass).await;
        assert_eq!(app.audited(Activity::PassSignIn).await[0], (false, "Voided".to_owned()));
        // Whoever knows a username can annoy, but locks nobody out of their key.
        let mut ada = app.visitor();
        ada.authorize(&request).await.page();
        ada.use_passkey(&mut phone).await.code();
        // A new pass works.
        let pass = app.pass("ada").await;
        let mut ada = app.visitor();
        ada.authorize(&request).await.page();
        let page = ada.sign_in("ada", &pass).await.page();
        assert!(page.heading().starts_with("Welcome back"), "{}", page.heading());
    }

    async fn a_multi_use_pass_works_again_until_it_ends(app: App) {
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        for spelling in [pass.to_lowercase(), pass.replace('-', " "), pass.replace('-', "")] {
            let mut visitor = app.visitor();
            visitor.authorize(&request).await.page();
            let page = visitor.sign_in("ada", &spelling).await.page();
            assert!(page.heading().starts_with("Welcome, "), "{spelling}: {:?}", page.alert());
        }
        app.wait(Duration::from_secs(3601));
        refused(&app, &request, "ada", &pass).await;
    }

    async fn a_new_pass_ends_the_old_one_and_what_rests_on_it(app: App) {
        app.person("ada").await;
        let old = app.pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let mut early = app.visitor();
        early.authorize(&request).await.page();
        early.sign_in("ada", &old).await.page();
        let new = app.pass("ada").await;
        // The session that the old pass opened is over: the journey asks again.
        let journey = early.journey();
        let page = early.open(&journey).await.page();
        assert_eq!(page.heading(), "Welcome");
        refused(&app, &request, "ada", &old).await;
        let page = early.submit("pass", &[("pass", &new)]).await.page();
        assert!(page.heading().starts_with("Welcome, "));
    }
}

#[tokio::test]
async fn a_one_time_pass_gives_ten_minutes_to_register() {
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.one_time_pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.authorize(&request).await.page();
    ada.sign_in("ada", &pass).await.page();
    app.wait(Duration::from_secs(9 * 60));
    let journey = ada.journey();
    let page = ada.open(&journey).await.page();
    assert!(page.body.contains("Your pass works for 1 more minute."), "{}", page.body);
    app.wait(Duration::from_secs(61));
    let (status, answer) = ada.try_register(&mut phone, "passkey").await;
    assert_eq!((status, answer["error"].as_str()), (409, Some("moved_on")));
    let page = ada.open(&journey).await.page();
    assert_eq!(page.heading(), "Welcome", "only another pass helps");
}
