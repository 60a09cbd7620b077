//! My Security Info, by requests: what a change takes, whose it is, and what ends with what.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::id::MethodId;
use firstkey::domain::policy::Requirements;
use firstkey::service::own::{ChangeError, Own, Removing};
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Page, Request, Visitor};

const MINUTE: Duration = Duration::from_secs(60);

/// Somebody with one passkey, signed in with it just now and looking at their own page.
pub(super) async fn at_home(app: &App, name: &str) -> (Visitor, SoftAuthenticator) {
    app.one_method_is_enough().await;
    app.person(name).await;
    let mut device = SoftAuthenticator::new();
    let first = app.client(&format!("first-{name}")).await;
    let pass = app.one_time_pass(name).await;
    app.visitor().day_one(&Request::of(&first), name, &pass, &mut device).await.code();
    app.wait(60 * MINUTE);
    let visitor = back_home(app, &mut device).await;
    (visitor, device)
}

/// The same person in another browser.
pub(super) async fn back_home(app: &App, device: &mut SoftAuthenticator) -> Visitor {
    let mut visitor = app.visitor();
    visitor.open("/security-info").await.page();
    let page = visitor.use_passkey(device).await.page();
    assert_eq!(page.heading(), "My Security Info");
    visitor
}

/// Registers one more passkey.
async fn add(visitor: &mut Visitor, device: &mut SoftAuthenticator) {
    visitor.open("/security-info").await.page();
    visitor.submit_to("/security-info/register", &[]).await.page();
    assert_eq!(visitor.register(device).await.page().heading(), "My Security Info");
}

async fn methods(app: &App, name: &str) -> Vec<(MethodId, String)> {
    let person = app.services.show_user(name).await.unwrap();
    person.methods.into_iter().map(|method| (method.id, method.name)).collect()
}

fn path(id: MethodId, action: &str) -> String {
    format!("/security-info/methods/{id}{action}")
}

async fn tokens(visitor: &mut Visitor, client: &Registered) -> Value {
    let request = Request::of(client);
    let code = visitor.authorize(&request).await.code();
    let (status, tokens) = visitor.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

/// What became of the refresh token and the access token that were given.
async fn still_works(app: &App, client: &Registered, tokens: &Value) -> (bool, bool) {
    let visitor = app.visitor();
    let access = visitor.userinfo(tokens["access_token"].as_str().unwrap()).await.0 == 200;
    let refresh = visitor.refresh(client, tokens["refresh_token"].as_str().unwrap()).await.0 == 200;
    (access, refresh)
}

async fn is_home(visitor: &mut Visitor) -> bool {
    visitor.open("/security-info").await.page().heading() == "My Security Info"
}

fn asks_again(page: &Page) -> bool {
    page.heading() == "One more check"
        && page.body.contains("Before you change how you sign in, show that it is you.")
}

on_both_engines! {
    async fn a_method_gets_the_name_that_its_owner_gives_it(app: App) {
        let (mut ada, _) = at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let page = ada.open(&path(id, "")).await.page();
        assert_eq!((page.heading(), page.value("name")), ("Passkey".into(), Some("Passkey".into())));
        for bad in ["", "   ", "a\u{7}b", "\u{202e}yek", &"x".repeat(65)] {
            let page = ada.submit_to(&path(id, "/rename"), &[("name", bad)]).await.page();
            assert!(page.alert().unwrap().contains("1 to 64 characters"), "{bad:?}");
            assert_eq!(methods(&app, "ada").await[0].1, "Passkey");
        }
        let name = "  <b>Blue</b> & \u{f6}ld  ";
        let page = ada.submit_to(&path(id, "/rename"), &[("name", name)]).await.page();
        assert_eq!(page.path, "/security-info");
        assert!(page.body.contains("It is called") && !page.body.contains("<b>Blue"), "{}", page.body);
        assert_eq!(methods(&app, "ada").await[0].1, name.trim());
        assert_eq!(app.audited(Activity::MethodRenamed).await.len(), 1);
    }

    /// [Attacks] OWASP ASVS 3.7.1 · whoever finds an open browser changes nothing of what opens the account
    async fn a_change_takes_a_strong_sign_in_from_the_last_five_minutes_and_loses_nothing(app: App) {
        let (mut ada, mut device) = at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let mut second = SoftAuthenticator::new();
        add(&mut ada, &mut second).await;
        app.wait(6 * MINUTE);

        // A name that was typed is still there once it was shown that it is her.
        ada.open(&path(id, "")).await.page();
        let page = ada.submit_to(&path(id, "/rename"), &[("name", "Blue & new")]).await.page();
        assert!(asks_again(&page), "{}", page.heading());
        assert_eq!(methods(&app, "ada").await[0].1, "Passkey");
        let page = ada.use_passkey(&mut device).await.page();
        assert_eq!((page.heading(), page.value("name")), ("Passkey".into(), Some("Blue & new".into())));
        ada.submit_to(&path(id, "/rename"), &[("name", "Blue & new")]).await.page();
        assert_eq!(methods(&app, "ada").await[0].1, "Blue & new");

        // Removing leads back to the question about that very method.
        app.wait(6 * MINUTE);
        let page = ada.open(&path(id, "/remove")).await.page();
        assert!(asks_again(&page), "{}", page.heading());
        let page = ada.use_passkey(&mut second).await.page();
        assert_eq!(page.heading(), "Remove Blue & new?");
        // And again where the question stood open for too long.
        app.wait(6 * MINUTE);
        let page = ada.submit_to(&path(id, "/remove"), &[]).await.page();
        assert!(asks_again(&page) && methods(&app, "ada").await.len() == 2, "{}", page.heading());
        let page = ada.use_passkey(&mut second).await.page();
        assert_eq!(page.heading(), "Remove Blue & new?");
        ada.submit_to(&path(id, "/remove"), &[]).await.page();
        assert_eq!(methods(&app, "ada").await.len(), 1);
        // What only takes away is never made hard.
        app.wait(6 * MINUTE);
        ada.open("/security-info").await.page();
        let page = ada.submit_to("/security-info/sessions/end", &[("which", "others")]).await.page();
        assert!(page.body.contains("You are signed out everywhere else."));
    }

    /// [Attacks] OWASP ASVS 4.2.1 · somebody else's method, session or application by its id
    async fn what_is_somebody_elses_is_not_there(app: App) {
        let (_, _) = at_home(&app, "bob").await;
        let (mut ada, _) = at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "bob").await[..] else { panic!("one method") };
        let theirs = app.services.sessions_of(&app.services.find_user("bob").await.unwrap()).await.unwrap();
        let session = theirs[0].session.id;
        ada.open("/security-info").await.page();
        let token = ada.page.clone();
        for (path, fields) in [
            (path(id, "/rename"), vec![("name", "Mine")]),
            (path(id, "/remove"), vec![("last", "yes"), ("lost", "yes")]),
            (format!("/security-info/sessions/{session}/end"), vec![]),
            ("/security-info/methods/nonsense/remove".into(), vec![]),
            ("/security-info/sessions/nonsense/end".into(), vec![]),
            ("/security-info/apps/remove".into(), vec![("client", "nobody")]),
        ] {
            ada.page.clone_from(&token);
            assert_eq!(ada.submit_to(&path, &fields).await.page().status, 404, "{path}");
        }
        for action in ["", "/remove"] {
            assert_eq!(ada.open(&path(id, action)).await.page().status, 404, "{action}");
        }
        assert_eq!(methods(&app, "bob").await[0].1, "Passkey");
        let after = app.services.sessions_of(&app.services.find_user("bob").await.unwrap()).await.unwrap();
        assert_eq!(after.len(), theirs.len());
    }

    /// [Attacks] RFC 6749 §10.12 · a form of another site, or of nobody's page, changes nothing
    async fn no_form_is_heard_without_its_token(app: App) {
        let (ada, _) = at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let user = app.services.find_user("ada").await.unwrap();
        let session = app.services.sessions_of(&user).await.unwrap()[0].session.id;
        let mut stranger = ada;
        if let Some(page) = &mut stranger.page {
            page.body = page.body.replace("name=\"csrf\" content=\"", "name=\"csrf\" content=\"x");
        }
        let token = stranger.page.clone();
        for path in [
            path(id, "/rename"),
            path(id, "/remove"),
            format!("/security-info/sessions/{session}/end"),
            "/security-info/sessions/end".into(),
            "/security-info/apps/remove".into(),
        ] {
            stranger.page.clone_from(&token);
            let page = stranger.submit_to(&path, &[("name", "x"), ("which", "all")]).await.page();
            assert_eq!(page.status, 403, "{path}");
        }
        assert_eq!(app.services.sessions_of(&user).await.unwrap().len(), 1);
    }

    async fn the_last_method_goes_only_with_a_warning_and_where_it_may(app: App) {
        let (mut ada, mut device) = at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let page = ada.open(&path(id, "/remove")).await.page();
        assert!(page.body.contains("This is your last way to sign in."), "{}", page.body);
        assert!(page.body.contains("You must have at least one way to sign in."));
        for fields in [vec![], vec![("last", "yes")]] {
            let page = ada.submit_to(&path(id, "/remove"), &fields).await.page();
            assert!(page.alert().unwrap().starts_with("You must have at least one"), "{fields:?}");
        }
        // Lost or stolen, it may go all the same, but not unknowingly.
        let page = ada.submit_to(&path(id, "/remove"), &[("lost", "yes")]).await.page();
        assert!(page.alert().unwrap().starts_with("Say first"), "{:?}", page.alert());
        // Where nothing is required, it may go as well.
        app.policy("Registration", json!({ "requiredMethods": 0, "recommendedMethods": 0 })).await;
        let page = ada.submit_to(&path(id, "/remove"), &[]).await.page();
        assert!(page.alert().unwrap().starts_with("Say first"), "{:?}", page.alert());
        assert_eq!(methods(&app, "ada").await.len(), 1);
        let page = ada.submit_to(&path(id, "/remove"), &[("last", "yes")]).await.page();
        assert!(page.body.contains("Passkey was removed."), "{}", page.body);
        assert_eq!(methods(&app, "ada").await.len(), 0);
        // Here she may set up another one for as long as the proof is young.
        let mut next = SoftAuthenticator::new();
        add(&mut ada, &mut next).await;
        let mut elsewhere = app.visitor();
        elsewhere.open("/security-info").await.page();
        assert_eq!(elsewhere.try_passkey(&mut device).await.1["error"], "unknown_credential");
    }

    /// [Attacks] two tabs · two last methods removed at once, each with the other still there
    async fn of_two_last_methods_removed_at_once_one_stays(app: App) {
        for _ in 0..5 {
            let name = format!("ada{}", app.now());
            let (mut ada, _) = at_home(&app, &name).await;
            add(&mut ada, &mut SoftAuthenticator::new()).await;
            let found = methods(&app, &name).await;
            let user = app.services.find_user(&name).await.unwrap();
            let own = Own {
                session: app.services.sessions_of(&user).await.unwrap()[0].session.clone(),
                methods: app.services.show_user(&name).await.unwrap().methods,
                user,
                policy: Requirements { required_methods: 0, ..Requirements::default() },
                origin: firstkey::service::Origin::default(),
            };
            let how = Removing::default();
            let (one, two) = tokio::join!(
                app.services.remove_own(&own, found[0].0, how),
                app.services.remove_own(&own, found[1].0, how),
            );
            let refused = [one, two].into_iter().filter_map(Result::err).collect::<Vec<_>>();
            assert!(matches!(refused[..], [ChangeError::Last]), "{refused:?}");
            assert_eq!(methods(&app, &name).await.len(), 1);
            app.wait(MINUTE);
        }
    }

    /// [Attacks] downgrade · a pass, however it was come by, removes no key and renames none
    async fn a_pass_alone_removes_nothing(app: App) {
        at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let pass = app.pass("ada").await;
        let mut thief = app.visitor();
        thief.open("/security-info").await.page();
        let page = thief.sign_in("ada", &pass).await.page();
        assert_eq!(page.heading(), "Welcome back, Ada Example.");
        let page = thief.submit("skip", &[]).await.page();
        assert_eq!(page.heading(), "My Security Info");
        let token = thief.page.clone();
        let page = thief.open(&path(id, "/remove")).await.page();
        assert!(asks_again(&page) && !page.body.contains("name=\"pass\""), "{}", page.body);
        for (action, fields) in
            [("/remove", [("lost", "yes"), ("last", "yes")]), ("/rename", [("name", "x"), ("last", "yes")])]
        {
            thief.page.clone_from(&token);
            let page = thief.submit_to(&path(id, action), &fields).await.page();
            assert!(asks_again(&page), "{}", page.heading());
            // Typing it once more is no proof either.
            let refused = thief.submit("pass", &[("pass", &pass)]).await.page();
            assert!(asks_again(&refused), "{}", refused.heading());
        }
        assert_eq!(methods(&app, "ada").await, [(id, "Passkey".to_owned())]);
    }

    async fn removing_a_method_ends_the_sessions_elsewhere_that_rest_on_it(app: App) {
        let (mut ada, mut device) = at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let mut second = SoftAuthenticator::new();
        add(&mut ada, &mut second).await;
        let mut by_first = back_home(&app, &mut device).await;
        let mut by_second = back_home(&app, &mut second).await;
        // One that was opened with the first, in which the second was used as well.
        let mut by_both = back_home(&app, &mut device).await;
        app.wait(6 * MINUTE);
        by_both.open(&path(id, "/remove")).await.page();
        by_both.use_passkey(&mut second).await.page();
        ada.open(&path(id, "/remove")).await.page();
        ada.use_passkey(&mut device).await.page();
        let page = ada.submit_to(&path(id, "/remove"), &[]).await.page();
        assert!(page.body.contains("Passkey was removed."), "{}", page.body);
        assert!(is_home(&mut ada).await && is_home(&mut by_second).await && is_home(&mut by_both).await);
        assert!(!is_home(&mut by_first).await);
        // What was proved with it here counts no more: the next change takes the other one.
        let [(left, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let page = ada.open(&path(left, "/remove")).await.page();
        assert!(asks_again(&page), "{}", page.heading());
    }

    /// [Attacks] a stolen key · whatever was done with it is over at once
    async fn one_that_was_stolen_takes_every_other_session_and_every_token_with_it(app: App) {
        let (mut ada, mut device) = at_home(&app, "ada").await;
        let [(id, _)] = methods(&app, "ada").await[..] else { panic!("one method") };
        let mut second = SoftAuthenticator::new();
        add(&mut ada, &mut second).await;
        let (payroll, wiki) = (app.client("payroll").await, app.client("wiki").await);
        let mut thief = back_home(&app, &mut device).await;
        let mut own_phone = back_home(&app, &mut second).await;
        let stolen = tokens(&mut thief, &payroll).await;
        let here = tokens(&mut ada, &wiki).await;
        ada.open(&path(id, "/remove")).await.page();
        let page = ada.submit_to(&path(id, "/remove"), &[("lost", "yes")]).await.page();
        assert!(page.body.contains("apps have lost their access"), "{}", page.body);
        assert!(is_home(&mut ada).await && !is_home(&mut thief).await && !is_home(&mut own_phone).await);
        assert_eq!(still_works(&app, &payroll, &stolen).await, (false, false));
        assert_eq!(still_works(&app, &wiki, &here).await, (false, false));
        let told = app.audited(Activity::MethodRemoved).await;
        assert_eq!(told[0].1, "Passkey (lost or stolen)");
    }
}
