//! Telling applications that a session ended (OpenID Connect Back-Channel Logout 1.0).

use std::time::{Duration, Instant};

use firstkey::domain::audit::Activity;
use firstkey::domain::client::{ClientSettings, SigningAlgorithm, SubjectType};
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::{dump, on_both_engines};
use crate::support::logout_listener::{Answer, LogoutListener, verify};
use crate::support::visitor::{Landing, Request, Visitor, claims, param};

const HOUR: Duration = Duration::from_secs(3600);
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// An application that wants to be told.
async fn told_at(app: &App, id: &str, listener: &LogoutListener) -> Registered {
    let uri = listener.uri.clone();
    app.client_with(id, false, |settings| settings.backchannel_logout_uri = Some(uri)).await
}

/// Ada, signed in to an application with a key, and the tokens that it was given.
async fn ada(app: &App, client: &Registered) -> (Visitor, SoftAuthenticator, Value) {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let (own, mut device) = (app.client("own").await, SoftAuthenticator::new());
    app.visitor().day_one(&Request::of(&own), "ada", &pass, &mut device).await.code();
    // The pass has done its work; what follows rests on the key.
    let (mut ada, request) = (app.visitor(), Request::of(client));
    ada.authorize(&request).await.page();
    let code = ada.use_passkey(&mut device).await.code();
    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    (ada, device, tokens)
}

async fn sign_out(visitor: &mut Visitor) {
    visitor.open("/security-info").await.page();
    visitor.submit_to("/sign-out", &[]).await;
}

/// Who is still to be told.
async fn queue(app: &App) -> String {
    let tables = dump(&app.services.store).await;
    tables.into_iter().find(|(name, _)| name == "logout_deliveries").expect("a queue").1
}

/// Waits until the queue is as it shall be.
async fn settled(app: &App, fits: impl Fn(&str) -> bool) {
    let all = async {
        while !fits(&queue(app).await) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("the queue does not settle");
}

async fn all_told(app: &App) {
    settled(app, str::is_empty).await;
}

fn sid(token: &Value) -> Value {
    claims(token)["sid"].clone()
}

on_both_engines! {
    /// [Back-Channel Logout OP] Back-Channel Logout §2.4, §2.5, §2.6 · oidcc-backchannel-rp-initiated-logout
    async fn every_application_of_the_session_is_told_and_jose_believes_it(app: App) {
        let (mut one, mut two) = (LogoutListener::start(&[]).await, LogoutListener::start(&[Answer::Status(204)]).await);
        let mut three = LogoutListener::start(&[]).await;
        let payroll = told_at(&app, "payroll", &one).await;
        let uri = two.uri.clone();
        let wiki = app.client_with("wiki", false, |settings| {
            settings.backchannel_logout_uri = Some(uri);
            settings.backchannel_logout_session_required = true;
            settings.subject_type = SubjectType::Pairwise;
            settings.id_token_signed_response_alg = SigningAlgorithm::Es256;
        }).await;
        let deaf = app.client("deaf").await;
        // Wants to be told, and was given nothing.
        told_at(&app, "unused", &three).await;
        let (mut ada, _, first) = ada(&app, &payroll).await;
        let second = ada.joins(&wiki).await;
        ada.joins(&deaf).await;

        let hint = first["id_token"].as_str().unwrap();
        ada.open(&format!("/end_session?id_token_hint={hint}")).await.page();
        let (to_one, to_two) = (one.next().await, two.next().await);
        for (token, client, tokens, alg) in [(&to_one, "payroll", &first, "RS256"), (&to_two, "wiki", &second, "ES256")] {
            let (header, told) = verify(&app, client, token).await.unwrap();
            assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!(alg)));
            let known = claims(&tokens["id_token"]);
            assert_eq!((&told["sub"], &told["sid"]), (&known["sub"], &known["sid"]));
            assert_eq!(told["events"], json!({ EVENT: {} }));
            assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 120);
            let mut names: Vec<_> = told.as_object().unwrap().keys().cloned().collect();
            names.sort();
            assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
        }
        assert_ne!(claims(&json!(to_one))["sub"], claims(&json!(to_two))["sub"], "pairwise");
        assert_ne!(claims(&json!(to_one))["jti"], claims(&json!(to_two))["jti"]);
        assert!(verify(&app, "wiki", &to_one).await.unwrap_err().contains("aud"));
        all_told(&app).await;
        assert!(one.is_quiet() && two.is_quiet() && three.is_quiet());
        // What they were given is worth nothing any more.
        let refresh = first["refresh_token"].as_str().unwrap();
        assert_eq!(ada.refresh(&payroll, refresh).await.0, 400);
        assert!(app.audited(Activity::LogoutNotTold).await.is_empty());
    }

    async fn several_instances_tell_it_once(app: App) {
        let mut listener = LogoutListener::start(&[]).await;
        let payroll = told_at(&app, "payroll", &listener).await;
        let others = [app.another().await, app.another().await];
        let (mut ada, _, tokens) = ada(&app, &payroll).await;
        sign_out(&mut ada).await;
        assert_eq!(sid(&json!(listener.next().await)), sid(&tokens["id_token"]));
        all_told(&app).await;
        assert!(listener.is_quiet());
        drop(others);
    }

    /// [Back-Channel Logout OP] Back-Channel Logout §2.5, §2.8
    async fn one_that_has_trouble_is_told_again_later_with_a_new_token(app: App) {
        let troubles = [Answer::Status(500), Answer::Redirect, Answer::Status(503)];
        let mut listener = LogoutListener::start(&troubles).await;
        let payroll = told_at(&app, "payroll", &listener).await;
        let (mut ada, _, _) = ada(&app, &payroll).await;
        sign_out(&mut ada).await;
        let mut seen = Vec::new();
        for tries in 0..=troubles.len() {
            let token = listener.next().await;
            verify(&app, "payroll", &token).await.unwrap();
            seen.push(claims(&json!(token))["jti"].to_string());
            if tries < troubles.len() {
                // Until what came of it is written down, another try waits for the lease.
                let tried = format!(" | {} | ", tries + 1);
                settled(&app, |queue| queue.contains(&tried)).await;
                assert!(listener.is_quiet(), "no redirect is followed");
                app.wait(Duration::from_secs(60));
            }
        }
        all_told(&app).await;
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), troubles.len() + 1);
        assert!(listener.is_quiet() && app.audited(Activity::LogoutNotTold).await.is_empty());
    }

    async fn whoever_gets_something_while_the_session_ends_is_told(app: App) {
        let mut listener = LogoutListener::start(&[]).await;
        let (payroll, deaf) = (told_at(&app, "payroll", &listener).await, app.client("deaf").await);
        let (mut ada, mut device, _) = ada(&app, &deaf).await;
        let user = app.services.find_user("ada").await.unwrap();
        let mut expected = Vec::new();
        for _ in 0..10 {
            let request = Request::of(&payroll);
            let signing_in = async {
                let Landing::Away(url) = ada.authorize(&request).await else { return None };
                let (status, tokens) = ada.redeem(&request, &param(&url, "code")?).await;
                (status == 200).then(|| sid(&tokens["id_token"]).to_string())
            };
            let ending = app.services.end_sessions(&Caller::OPERATOR, &user);
            let (told, ended) = futures::future::join(signing_in, ending).await;
            ended.unwrap();
            expected.extend(told);
            ada.authorize(&Request::of(&deaf)).await.page();
            ada.use_passkey(&mut device).await.code();
        }
        all_told(&app).await;
        let heard: Vec<_> = listener.all().into_iter().map(|it| sid(&json!(it)).to_string()).collect();
        assert!(expected.iter().all(|sid| heard.contains(sid)), "{expected:?} {heard:?}");
    }

    /// [Back-Channel Logout OP] Back-Channel Logout §2.3
    async fn whatever_ends_a_session_is_told(app: App) {
        let mut listener = LogoutListener::start(&[]).await;
        let payroll = told_at(&app, "payroll", &listener).await;
        let (_ada, mut device, first) = ada(&app, &payroll).await;
        let mut expected = vec![sid(&first["id_token"]).to_string()];
        let request = Request::of(&payroll);
        let mut again = async |app: &App| {
            let mut ada = app.visitor();
            ada.authorize(&request).await.page();
            let code = ada.use_passkey(&mut device).await.code();
            sid(&ada.redeem(&request, &code).await.1["id_token"]).to_string()
        };
        let heard = async |listener: &mut LogoutListener, mut expected: Vec<String>| {
            let mut heard = Vec::new();
            while heard.len() < expected.len() {
                heard.push(sid(&json!(listener.next().await)).to_string());
            }
            heard.sort();
            expected.sort();
            assert_eq!(heard, expected);
        };

        // An admin ends them all, and each is told of.
        expected.push(again(&app).await);
        let user = app.services.find_user("ada").await.unwrap();
        app.services.end_sessions(&Caller::OPERATOR, &user).await.unwrap();
        heard(&mut listener, expected).await;

        let ended = again(&app).await;
        app.disable("ada").await;
        heard(&mut listener, vec![ended]).await;
        let edit = |user: &mut firstkey::domain::user::User| {
            user.enabled = true;
            Ok(())
        };
        app.services.edit_user(&Caller::OPERATOR, "ada", None, edit).await.unwrap();

        let ended = again(&app).await;
        let method = app.services.show_user("ada").await.unwrap().methods[0].id;
        // One that is lost signs everybody out; another is there by then.
        let pass = app.one_time_pass("ada").await;
        let mut other = app.visitor();
        other.open("/security-info").await.page();
        other.sign_in("ada", &pass).await.page();
        other.register(&mut SoftAuthenticator::new()).await.page();
        let user = app.services.find_user("ada").await.unwrap();
        app.services.remove_method(&Caller::OPERATOR, &user, method).await.unwrap();
        heard(&mut listener, vec![ended]).await;

        // A pass that is deleted ends what rests on it alone.
        app.person("grace").await;
        let pass = app.pass("grace").await;
        let mut grace = app.visitor();
        grace.authorize(&request).await.page();
        let code = grace.day_one(&request, "grace", &pass, &mut SoftAuthenticator::new()).await.code();
        let ended = sid(&grace.redeem(&request, &code).await.1["id_token"]).to_string();
        let user = app.services.find_user("grace").await.unwrap();
        app.services.delete_pass(&Caller::OPERATOR, &user).await.unwrap();
        heard(&mut listener, vec![ended]).await;

        // Somebody who is removed was signed in, too.
        app.person("alan").await;
        let (pass, mut alan) = (app.pass("alan").await, app.visitor());
        let code = alan.day_one(&request, "alan", &pass, &mut SoftAuthenticator::new()).await.code();
        let ended = sid(&alan.redeem(&request, &code).await.1["id_token"]).to_string();
        app.services.remove_user(&Caller::OPERATOR, "alan").await.unwrap();
        heard(&mut listener, vec![ended]).await;
        all_told(&app).await;
        assert!(listener.is_quiet());
    }
}

/// [Back-Channel Logout OP] Back-Channel Logout §2.8
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_refuses_is_given_up_and_that_is_written_down() {
    let app = App::start().await;
    let mut listener = LogoutListener::start(&[Answer::Status(400)]).await;
    let payroll = told_at(&app, "payroll", &listener).await;
    let (mut ada, _, _) = ada(&app, &payroll).await;
    sign_out(&mut ada).await;
    listener.next().await;
    all_told(&app).await;
    app.wait(HOUR);
    assert!(listener.is_quiet());
    let lines = app.audited(Activity::LogoutNotTold).await;
    assert_eq!(lines, [(false, "the answer was 400".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_nobody_reaches_is_given_up_after_some_hours() {
    let app = App::start().await;
    let payroll = app
        .client_with("payroll", false, |settings| {
            settings.backchannel_logout_uri = Some("http://127.0.0.1:1/logout".into());
        })
        .await;
    let (mut ada, _, _) = ada(&app, &payroll).await;
    sign_out(&mut ada).await;
    settled(&app, |queue| queue.contains(" | 1 | ")).await;
    app.wait(HOUR);
    settled(&app, |queue| queue.contains(" | 2 | ")).await;
    assert!(app.audited(Activity::LogoutNotTold).await.is_empty());
    app.wait(6 * HOUR);
    all_told(&app).await;
    let lines = app.audited(Activity::LogoutNotTold).await;
    assert_eq!(lines, [(false, "it cannot be reached".to_owned())]);
}

/// [Attacks] RFC 9700 §4.11 · SSRF by backchannel_logout_uri
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_inside_the_network_is_reached_with_it() {
    let app = App::start_with(|config| config.outbound_networks = Vec::new()).await;
    let mut listener = LogoutListener::start(&[]).await;
    let payroll = told_at(&app, "payroll", &listener).await;
    let (mut ada, _, _) = ada(&app, &payroll).await;
    sign_out(&mut ada).await;
    all_told(&app).await;
    assert!(listener.is_quiet());
    let lines = app.audited(Activity::LogoutNotTold).await;
    assert_eq!(lines.len(), 1);
    assert!(lines[0].1.contains("not public"), "{lines:?}");
}

/// [Attacks] Back-Channel Logout §2.5 · an application that never answers
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_waits_for_nobody_and_nobody_waits_for_who_is_slow() {
    let app = App::start().await;
    let mut slow = LogoutListener::start(&[Answer::Silence]).await;
    let mut quick = LogoutListener::start(&[]).await;
    let payroll = told_at(&app, "payroll", &slow).await;
    let wiki = told_at(&app, "wiki", &quick).await;
    let (mut ada, _, _) = ada(&app, &payroll).await;
    ada.joins(&wiki).await;
    let begun = Instant::now();
    sign_out(&mut ada).await;
    assert!(!queue(&app).await.is_empty(), "told after the answer, not before");
    slow.next().await;
    quick.next().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "an answer may take that long");
    assert!(queue(&app).await.contains("payroll"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_gone_or_wants_it_no_more_is_not_told() {
    let app = App::start().await;
    let mut listener = LogoutListener::start(&[Answer::Status(500); 3]).await;
    let payroll = told_at(&app, "payroll", &listener).await;
    let (wiki, calendar) =
        (told_at(&app, "wiki", &listener).await, told_at(&app, "calendar", &listener).await);
    let (mut ada, _, _) = ada(&app, &payroll).await;
    ada.joins(&wiki).await;
    ada.joins(&calendar).await;
    sign_out(&mut ada).await;
    for _ in 0..3 {
        listener.next().await;
    }
    settled(&app, |queue| queue.matches(" | 1 | ").count() == 3).await;
    app.services.remove_client(&Caller::OPERATOR, "payroll").await.unwrap();
    assert_eq!(queue(&app).await.lines().count(), 2, "its deliveries go with it");
    let quiet = |settings: &mut ClientSettings, _: &mut bool| {
        settings.backchannel_logout_uri = None;
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, "wiki", None, quiet).await.unwrap();
    let off = |_: &mut ClientSettings, enabled: &mut bool| {
        *enabled = false;
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, "calendar", None, off).await.unwrap();
    app.wait(HOUR);
    all_told(&app).await;
    assert!(listener.is_quiet() && app.audited(Activity::LogoutNotTold).await.is_empty());
}

/// [Attacks] Back-Channel Logout §4, RFC 8725 §3.11 · token confusion: a logout token as an ID token or hint
/// [Back-Channel Logout OP] Back-Channel Logout §4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_token_passes_for_nothing_else() {
    let app = App::start().await;
    let mut listener = LogoutListener::start(&[]).await;
    let payroll = told_at(&app, "payroll", &listener).await;
    let (mut ada, mut device, tokens) = ada(&app, &payroll).await;
    sign_out(&mut ada).await;
    let token = listener.next().await;
    let mut again = app.visitor();
    again.authorize(&Request::of(&payroll)).await.page();
    again.use_passkey(&mut device).await.code();
    let page = again.open(&format!("/end_session?id_token_hint={token}")).await.page();
    assert_eq!(page.heading(), "Sign out?", "no hint");
    let request = Request::of(&payroll).with("prompt", "none").with("id_token_hint", &token);
    assert_eq!(again.authorize(&request).await.error(), "invalid_request");
    assert_eq!(again.userinfo(&token).await.0, 401);
    let id_token = tokens["id_token"].as_str().unwrap();
    let error = verify(&app, "payroll", id_token).await.unwrap_err();
    assert!(error.contains("typ"), "an ID token is no logout token: {error}");
}

/// [Back-Channel Logout OP] Back-Channel Logout §2.1, §2.2 · oidcc-backchannel-logout-discovery-endpoint-verification
#[tokio::test]
async fn it_is_advertised_and_the_address_is_one_on_the_web() {
    let app = App::start().await;
    let discovery: Value = reqwest::get(app.url("/.well-known/openid-configuration"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(discovery["backchannel_logout_supported"], true);
    assert_eq!(discovery["backchannel_logout_session_supported"], true);
    for (uri, good) in [
        ("https://app.example/logout?tenant=1", true),
        ("http://localhost:9/logout", true),
        ("http://app.example/logout", false),
        ("https://app.example/logout#here", false),
        ("https://user@app.example/logout", false),
        ("com.example.app:/logout", false),
        ("file:///etc/passwd", false),
    ] {
        let settings = ClientSettings {
            client_name: "Payroll".into(),
            redirect_uris: vec![CALLBACK.into()],
            backchannel_logout_uri: Some(uri.into()),
            ..ClientSettings::default()
        };
        let added = app.services.add_client(&Caller::OPERATOR, None, settings, false).await;
        assert_eq!(added.is_ok(), good, "{uri}");
    }
}

#[tokio::test]
async fn logout_tokens_are_signed_in_each_way() {
    let app = App::start().await;
    let mut listeners = Vec::new();
    let mut signed_in = None;
    for algorithm in SigningAlgorithm::ALL {
        let listener = LogoutListener::start(&[]).await;
        let uri = listener.uri.clone();
        let client = app
            .client_with(algorithm.name(), false, |settings| {
                settings.backchannel_logout_uri = Some(uri);
                settings.id_token_signed_response_alg = algorithm;
            })
            .await;
        match &mut signed_in {
            None => signed_in = Some(ada(&app, &client).await.0),
            Some(ada) => {
                ada.joins(&client).await;
            }
        }
        listeners.push((algorithm, listener));
    }
    sign_out(&mut signed_in.unwrap()).await;
    for (algorithm, mut listener) in listeners {
        let token = listener.next().await;
        let (header, _) = verify(&app, algorithm.name(), &token).await.unwrap();
        assert_eq!(header["alg"], algorithm.name());
    }
    all_told(&app).await;
}
