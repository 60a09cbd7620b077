//! Signing in through an upstream, which is a second real server with people of its own.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::upstream::{ADA, Federation, UPSTREAM, change_upstream, depart, go, person};
use crate::support::visitor::{Page, Request, claims, param};

const MINUTE: Duration = Duration::from_secs(60);
const UPSTREAM_ACR: &str = "urn:firstkey:acr:upstream";

/// The page with what differs by chance taken out: ids, tokens and the name that was typed.
fn anonymous(page: &Page, username: &str) -> String {
    let csrf = page.csrf().unwrap();
    let journey = page.path.split('/').nth(2).unwrap();
    page.body.replace(csrf, "CSRF").replace(journey, "JOURNEY").replace(username, "NAME")
}

fn how(id_token: &Value) -> Value {
    let claims = claims(id_token);
    json!([claims["acr"], claims["amr"]])
}

on_both_engines! {
    async fn day_one_by_an_upstream_ends_with_a_passkey_here(federation: Federation) {
        let mut it = federation;
        let (mut ada, mut phone) = (it.here.visitor(), SoftAuthenticator::new());
        let request = it.request();
        ada.authorize(&request).await.page();
        let asked = ada.identify(ADA).await.page();
        assert!(asked.body.contains("Continue with Contoso"));
        assert!(asked.body.contains("Temporary Access Pass"), "the pass comes first on the page");
        let away = go(&mut ada).await.away();
        assert!(away.as_str().starts_with(&it.there.url("/authorize?")), "{away}");
        for (name, value) in [
            ("client_id", "firstkey"),
            ("response_type", "code"),
            ("redirect_uri", &it.here.url("/upstream/contoso/callback")),
            ("scope", "openid profile email"),
            ("code_challenge_method", "S256"),
            ("login_hint", ADA),
        ] {
            assert_eq!(param(&away, name).as_deref(), Some(value), "{name}");
        }
        for secret in ["state", "nonce", "code_challenge"] {
            assert!(param(&away, secret).unwrap().len() >= 43, "{secret}");
        }
        for absent in ["prompt", "max_age"] {
            assert_eq!(param(&away, absent), None, "{absent}");
        }

        let back = it.at_upstream(&away).await;
        let welcome = it.back(&mut ada, &back).await.page();
        assert_eq!(welcome.heading(), "Welcome, Ada Example.");
        assert!(welcome.body.contains("You have 10 more minutes for this."));
        let page = ada.register(&mut phone).await.page();
        assert_eq!(page.heading(), "You're all set");
        let code = ada.submit("finish", &[]).await.code();
        let (status, tokens) = ada.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(how(&tokens["id_token"]), json!([UPSTREAM_ACR, ["fed"]]));
        assert_eq!(ada.userinfo(tokens["access_token"].as_str().unwrap()).await.1["preferred_username"], ADA);
        let said = it.here.audited(Activity::UpstreamSignIn).await;
        assert_eq!(said, [(true, "contoso: signed in for the first time".to_owned())]);
        let linked = it.here.audited(Activity::UpstreamLinked).await;
        assert_eq!(linked.len(), 1);

        // Every other day.
        let mut other = it.here.visitor();
        other.authorize(&request).await.page();
        let code = other.use_passkey(&mut phone).await.code();
        assert_eq!(how(&other.redeem(&request, &code).await.1["id_token"])[0], "phr");
        // And by the upstream again, which the link remembers.
        let mut third = it.here.visitor();
        let code = it.come(&mut third, &request).await.page();
        assert_eq!(code.heading(), "Welcome back, Ada Example.", "who comes this way may have lost something");
        assert_eq!(it.here.audited(Activity::UpstreamLinked).await, linked);
    }

    async fn whoever_comes_again_and_sets_up_something_new_says_what_they_still_have(federation: Federation) {
        let mut it = federation;
        let (mut lost, mut fresh) = (SoftAuthenticator::new(), SoftAuthenticator::new());
        let request = it.request();
        let mut ada = it.here.visitor();
        it.come(&mut ada, &request).await.page();
        ada.register(&mut lost).await.page();
        ada.submit("finish", &[]).await.code();
        it.wait(60 * MINUTE);

        let mut ada = it.here.visitor();
        let page = it.come(&mut ada, &request).await.page();
        assert_eq!(page.heading(), "Welcome back, Ada Example.");
        assert!(page.body.contains("then you can remove the old one"));
        assert_eq!(ada.register(&mut fresh).await.page().heading(), "Still have these?");
        let old = it.here.services.show_user(ADA).await.unwrap().methods[0].id;
        let field = format!("remove-{old}");
        let page = ada.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        assert_eq!(page.heading(), "You're all set");
        ada.submit("finish", &[]).await.code();

        let mut thief = it.here.visitor();
        thief.authorize(&request).await.page();
        assert_eq!(thief.try_passkey(&mut lost).await.0, 403);
        let mut ada = it.here.visitor();
        ada.authorize(&request).await.page();
        ada.use_passkey(&mut fresh).await.code();
    }

    async fn whoever_needs_a_key_uses_the_one_just_registered(federation: Federation) {
        let mut it = federation;
        let (mut ada, mut phone) = (it.here.visitor(), SoftAuthenticator::new());
        let request = it.request().with("acr_values", "phr");
        assert_eq!(it.come(&mut ada, &request).await.page().heading(), "Welcome, Ada Example.");
        let page = ada.register(&mut phone).await.page();
        assert_eq!(page.heading(), "One more check");
        assert!(!page.body.contains("Continue with Contoso"), "that would be too weak");
        let done = ada.use_passkey(&mut phone).await.page();
        assert_eq!(done.heading(), "You're all set");
        let code = ada.submit("finish", &[]).await.code();
        let tokens = ada.redeem(&request, &code).await.1;
        assert_eq!(how(&tokens["id_token"]), json!(["phr", ["fed", "swk", "user", "mfa"]]));

        // Linked, with a key, at an application that wants a key: the upstream does not do.
        it.wait(60 * MINUTE);
        let mut again = it.here.visitor();
        let page = it.come(&mut again, &request).await.page();
        assert!(["One more check", "Welcome back, Ada Example."].contains(&page.heading().as_str()));
        again.submit("skip", &[]).await.page();
        assert_eq!(again.page.as_ref().unwrap().heading(), "One more check");
        again.use_passkey(&mut phone).await.code();
    }

    async fn an_open_pass_comes_first_and_nobody_else_sees_that_there_is_one(federation: Federation) {
        let mut it = federation;
        let request = it.request();
        let mut stranger = it.here.visitor();
        stranger.authorize(&request).await.page();
        let before = anonymous(&stranger.identify(ADA).await.page(), ADA);
        let pass = it.here.one_time_pass(ADA).await;
        let mut stranger = it.here.visitor();
        stranger.authorize(&request).await.page();
        assert_eq!(anonymous(&stranger.identify(ADA).await.page(), ADA), before);

        let mut ada = it.here.visitor();
        let page = it.come(&mut ada, &request).await.page();
        let told = page.alert().unwrap();
        assert!(told.contains("gave you a Temporary Access Pass"), "{told}");
        assert!(page.body.contains("id=\"pass\""));
        let refused = it.here.audited(Activity::UpstreamSignIn).await;
        assert_eq!(refused, [(false, "contoso: a pass is open, and comes first".to_owned())]);
        assert!(it.here.audited(Activity::UpstreamLinked).await.is_empty(), "nothing is linked by that");
        let page = ada.submit("pass", &[("pass", &pass)]).await.page();
        assert_eq!(page.heading(), "Welcome, Ada Example.");

        // A pass that is used up, or deleted, stands in nobody's way.
        let mut again = it.here.visitor();
        assert_eq!(it.come(&mut again, &request).await.page().heading(), "Welcome, Ada Example.");
        it.here.pass(ADA).await;
        let mut again = it.here.visitor();
        assert!(it.come(&mut again, &request).await.page().alert().is_some());
        let user = it.here.services.find_user(ADA).await.unwrap();
        it.here.services.delete_pass(&Caller::OPERATOR, &user).await.unwrap();
        let mut again = it.here.visitor();
        assert_eq!(it.come(&mut again, &request).await.page().heading(), "Welcome, Ada Example.");
    }

    async fn what_is_offered_depends_on_the_typed_name_alone(federation: Federation) {
        let it = federation;
        let request = it.request();
        for name in ["nobody@contoso.example", "off@contoso.example", "keys@contoso.example"] {
            if name != "nobody@contoso.example" {
                person(&it.here, name).await;
            }
        }
        it.here.disable("off@contoso.example").await;
        let pass = it.here.one_time_pass("keys@contoso.example").await;
        let mut visitor = it.here.visitor();
        let mut phone = SoftAuthenticator::new();
        visitor.day_one(&request, "keys@contoso.example", &pass, &mut phone).await.away();
        it.here.pass("keys@contoso.example").await;
        let mut seen = Vec::new();
        for name in ["nobody@contoso.example", "off@contoso.example", "keys@contoso.example", ADA] {
            let mut visitor = it.here.visitor();
            let first = visitor.authorize(&request).await.page();
            assert!(!first.body.contains("Contoso"), "it does not serve everybody");
            seen.push(anonymous(&visitor.identify(name).await.page(), name));
        }
        assert!(seen[0].contains("Continue with Contoso"));
        assert!(seen.iter().all(|page| *page == seen[0]));
        let mut visitor = it.here.visitor();
        visitor.authorize(&request).await.page();
        let other = visitor.identify("ada@fabrikam.example").await.page();
        assert!(!other.body.contains("Contoso"));
        // Nor by a form that no page has.
        let page = go(&mut visitor).await.page();
        assert_eq!((page.heading().as_str(), page.alert()), ("Welcome", None));
    }

    async fn a_session_by_an_upstream_ends_as_one_by_pass_does(federation: Federation) {
        let mut it = federation;
        let (mut ada, mut phone) = (it.here.visitor(), SoftAuthenticator::new());
        let request = it.request();
        it.come(&mut ada, &request).await.page();
        ada.register(&mut phone).await.page();
        let code = ada.submit("finish", &[]).await.code();
        let tokens = ada.redeem(&request, &code).await.1;
        // Another application wants the key.
        let page = ada.authorize(&Request::of(&it.here.client("wiki").await)).await.page();
        assert!(page.body.contains("Use the passkey or security key that you set up."));
        it.wait(59 * MINUTE);
        let (status, tokens) = ada.refresh(&it.payroll, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(status, 200, "{tokens}");
        assert!(tokens["expires_in"].as_i64().unwrap() <= 60, "{tokens}");
        it.wait(MINUTE);
        let (status, refused) = ada.refresh(&it.payroll, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
        assert_eq!(ada.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 401);
    }

    async fn who_does_not_register_in_time_shows_again_who_they_are(federation: Federation) {
        let mut it = federation;
        let mut ada = it.here.visitor();
        let request = it.request();
        it.come(&mut ada, &request).await.page();
        it.wait(10 * MINUTE);
        let (status, _) = ada.try_register(&mut SoftAuthenticator::new(), "passkey").await;
        assert_eq!(status, 409);
        let journey = ada.journey();
        let page = ada.open(&journey).await.page();
        assert!(page.body.contains("Continue with Contoso"), "{}", page.heading());
        let away = go(&mut ada).await.away();
        let back = it.at_upstream(&away).await;
        assert_eq!(it.back(&mut ada, &back).await.page().heading(), "Welcome, Ada Example.");
    }

    async fn disabling_an_upstream_or_parting_from_it_ends_what_rests_on_it(federation: Federation) {
        let mut it = federation;
        let request = it.request();
        let services = it.here.services.clone();
        for stop in ["part", "disable"] {
            let (mut ada, mut phone) = (it.here.visitor(), SoftAuthenticator::new());
            it.come(&mut ada, &request).await.page();
            ada.register(&mut phone).await.page();
            let code = ada.submit("finish", &[]).await.code();
            let tokens = ada.redeem(&request, &code).await.1;
            assert_eq!(ada.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 200);
            if stop == "part" {
                services.unlink_upstream(&Caller::OPERATOR, UPSTREAM, ADA).await.unwrap();
            } else {
                let off = |_: &mut _, enabled: &mut bool| { *enabled = false; Ok(()) };
                services.edit_upstream(&Caller::OPERATOR, UPSTREAM, None, off).await.unwrap();
            }
            assert_eq!(ada.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 401, "{stop}");
            let user = services.find_user(ADA).await.unwrap();
            let method = services.show_user(ADA).await.unwrap().methods[0].id;
            services.remove_method(&Caller::OPERATOR, &user, method).await.unwrap();
        }
        let mut ada = it.here.visitor();
        ada.authorize(&request).await.page();
        assert!(!ada.identify(ADA).await.page().body.contains("Contoso"));
    }
}

#[tokio::test]
async fn an_upstream_that_is_down_leaves_the_pass() {
    let mut it = Federation::on(App::start().await).await;
    let request = it.request();
    let mut ada = it.here.visitor();
    let away = depart(&mut ada, &request, ADA).await;
    let back = it.at_upstream(&away).await;
    it.there.stop().await;
    // Down when the code is to be traded.
    let page = it.back(&mut ada, &back).await.page();
    let told = page.alert().unwrap();
    assert!(told.starts_with("Contoso cannot be asked right now."), "{told}");
    let reason = it.here.audited(Activity::UpstreamSignIn).await[0].clone();
    assert_eq!(
        reason,
        (false, "contoso: token endpoint: Request failed: it cannot be reached".into())
    );
    // Down from the beginning: what it once said about itself is forgotten by now.
    it.here.wait(6 * MINUTE);
    let page = go(&mut ada).await.page();
    assert!(page.alert().unwrap().starts_with("Contoso cannot be asked right now."));
    let pass = it.here.pass(ADA).await;
    let page = ada.submit("pass", &[("pass", &pass)]).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
}

#[tokio::test]
async fn freshness_that_an_application_asks_for_is_asked_of_the_upstream() {
    let mut it = Federation::on(App::start().await).await;
    for (asked, prompt, max_age) in [
        // `max_age` makes it say when that was; `prompt=login` alone does not.
        (vec![("prompt", "login")], Some("login"), Some("0")),
        (vec![("prompt", "login"), ("max_age", "300")], Some("login"), Some("0")),
        (vec![("max_age", "300")], None, Some("300")),
        (vec![("prompt", "select_account")], Some("select_account"), None),
    ] {
        let request =
            asked.iter().fold(it.request(), |request, (name, value)| request.with(name, value));
        let mut visitor = it.here.visitor();
        let away = depart(&mut visitor, &request, ADA).await;
        assert_eq!(param(&away, "prompt").as_deref(), prompt, "{asked:?}");
        assert_eq!(param(&away, "max_age").as_deref(), max_age, "{asked:?}");
        let back = it.at_upstream(&away).await;
        let page = it.back(&mut visitor, &back).await.page();
        assert!(page.heading().starts_with("Welcome, "), "{asked:?} {:?}", page.alert());
    }
    let mut other = it.here.visitor();
    other.authorize(&it.request()).await.page();
    other.identify("bob@contoso.example").await.page();
    other.submit("restart", &[]).await.page();
    other.identify(ADA).await.page();
    let away = go(&mut other).await.away();
    assert_eq!(param(&away, "prompt").as_deref(), Some("select_account"), "not Bob, then");
}

#[tokio::test]
async fn who_is_signed_in_as_somebody_else_than_the_application_expects_is_told_so() {
    let mut it = Federation::on(App::start().await).await;
    it.here.person("bob").await;
    let (mut bob, mut phone) = (it.here.visitor(), SoftAuthenticator::new());
    let (request, pass) = (it.request(), it.here.one_time_pass("bob").await);
    let code = bob.day_one(&request, "bob", &pass, &mut phone).await.code();
    let tokens = bob.redeem(&request, &code).await.1;
    let hint = tokens["id_token"].as_str().unwrap();
    let mut ada = it.here.visitor();
    let page = it.come(&mut ada, &it.request().with("id_token_hint", hint)).await.page();
    assert!(page.alert().unwrap().starts_with("The app expects somebody else."));
}

#[tokio::test]
async fn an_upstream_that_serves_everybody_is_offered_before_a_name_is_typed() {
    let mut it = Federation::on(App::start().await).await;
    change_upstream(&it.here, |it| (it.everybody, it.domains) = (true, Vec::new())).await;
    let mut ada = it.here.visitor();
    let page = ada.authorize(&it.request()).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
    assert!(page.body.contains("Continue with Contoso"));
    let away = go(&mut ada).await.away();
    assert_eq!(param(&away, "login_hint"), None);
    let back = it.at_upstream(&away).await;
    assert_eq!(it.back(&mut ada, &back).await.page().heading(), "Welcome, Ada Example.");
    // With a pass open, the page asks for that, and knows whose.
    it.here.pass(ADA).await;
    let mut ada = it.here.visitor();
    ada.authorize(&it.request()).await.page();
    let away = go(&mut ada).await.away();
    let back = it.at_upstream(&away).await;
    let page = it.back(&mut ada, &back).await.page();
    assert!(page.body.contains("id=\"pass\"") && page.body.contains(ADA));
    // One that another site makes a browser send goes nowhere.
    let path = format!("{}/upstream", ada.journey());
    ada.page.as_mut().unwrap().body.clear();
    let forged = ada.submit_to(&path, &[("upstream", UPSTREAM)]).await.page();
    assert_eq!(forged.status, 403);
}
