//! Answers of an upstream that are not what they should be: each is refused, whatever it tries.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::languages::german;
use crate::support::app::App;
use crate::support::client_key::{ClientKey, hmac};
use crate::support::database::{dump, on_both_engines};
use crate::support::upstream::{ADA, SECRET, Stage, back_from, contoso, go, person};
use crate::support::visitor::{Page, Request, Visitor, param};

#[track_caller]
fn is_not_believed(page: &Page, what: &str) {
    let told = page.alert().unwrap_or_else(|| panic!("{what}: {}", page.heading()));
    assert!(told.starts_with("Contoso cannot be asked right now."), "{what}: {told}");
}

/// Why the last one was refused.
pub(super) async fn reason(stage: &Stage) -> String {
    let (success, detail) = stage.app.audited(Activity::UpstreamSignIn).await[0].clone();
    assert!(!success, "{detail}");
    detail.trim_start_matches("contoso: ").to_owned()
}

on_both_engines! {
    /// [Attacks] RFC 9700 §4.7 · login CSRF by an upstream's answer
    async fn a_state_is_good_once_and_in_its_own_browser(stage: Stage) {
        person(&stage.app, ADA).await;
        let mut ada = stage.app.visitor();
        let away = stage.depart(&mut ada).await;
        stage.contoso.gives(&stage.key.sign(&stage.contoso.claims(&stage.app, &away)));
        let back = back_from(&away);
        let over = |page: &Page| (page.status, page.heading()) == (400, "This sign-in is over".into());
        // Somebody else's browser, with a cookie of its own and without.
        let mut mallory = stage.app.visitor();
        assert!(over(&mallory.open(&back).await.page()));
        mallory.authorize(&Request::of(&stage.payroll)).await.page();
        assert!(over(&mallory.open(&back).await.page()));
        // The callback of another upstream.
        let settings = contoso("https://fabrikam.example");
        let other = "fabrikam".parse().unwrap();
        stage.app.services.add_upstream(&Caller::OPERATOR, other, settings, None).await.unwrap();
        assert!(over(&ada.open(&back.replace("/contoso/", "/fabrikam/")).await.page()));
        for made_up in ["/upstream/contoso/callback", "/upstream/contoso/callback?state=x&code=y",
            "/upstream/NO/callback?state=x&code=y", "/upstream/contoso/callback?state=x&state=y"] {
            assert!(over(&ada.open(made_up).await.page()), "{made_up}");
        }
        assert!(stage.contoso.asked().iter().all(|(path, _)| path != "/token"));
        assert!(ada.open(&back).await.page().heading().starts_with("Welcome, "));
        assert!(over(&ada.open(&back).await.page()), "a second time");
        assert_eq!(stage.contoso.asked().iter().filter(|(path, _)| path == "/token").count(), 1);
    }

    /// [Attacks] RFC 9700 §4.7 · an upstream's answer replayed in parallel
    async fn of_many_who_come_back_at_once_one_is_let_in(stage: Stage) {
        person(&stage.app, ADA).await;
        let mut ada = stage.app.visitor();
        let away = stage.depart(&mut ada).await;
        stage.contoso.gives(&stage.key.sign(&stage.contoso.claims(&stage.app, &away)));
        let back = back_from(&away);
        let answers = join_all((0..8).map(|_| ada.raw(Method::GET, &back))).await;
        let led_on = answers.iter().filter(|answer| answer.status() == 303).count();
        assert_eq!(led_on, 1);
        assert_eq!(stage.contoso.asked().iter().filter(|(path, _)| path == "/token").count(), 1);
    }

    async fn of_two_accounts_that_call_themselves_alike_the_first_is_linked(stage: Stage) {
        person(&stage.app, ADA).await;
        let mut visitors: Vec<Visitor> = (0..2).map(|_| stage.app.visitor()).collect();
        let mut backs = Vec::new();
        for visitor in &mut visitors {
            // Both are there at once.
            let away = stage.depart(visitor).await;
            backs.push((back_from(&away), away));
        }
        let page = {
            stage.contoso.gives(&stage.key.sign(&stage.contoso.claims(&stage.app, &backs[0].1)));
            visitors[0].open(&backs[0].0).await.page()
        };
        assert!(page.heading().starts_with("Welcome, "));
        let mut claims = stage.contoso.claims(&stage.app, &backs[1].1);
        claims["sub"] = json!("another account");
        stage.contoso.gives(&stage.key.sign(&claims));
        assert!(visitors[1].open(&backs[1].0).await.page().alert().is_some());
        assert_eq!(reason(&stage).await, "the person is linked to another account there");
    }

    async fn what_is_away_is_found_by_no_thief_and_forgotten_in_time(stage: Stage) {
        let mut ada = stage.app.visitor();
        let away = stage.depart(&mut ada).await;
        let tables = dump(&stage.app.services.store).await;
        for name in ["state", "nonce"] {
            let secret = param(&away, name).unwrap();
            assert!(tables.iter().all(|(_, text)| !text.contains(&secret)), "{name}");
        }
        assert!(tables.iter().all(|(_, text)| !text.contains(SECRET)));
        let rows = |tables: Vec<(String, String)>| {
            tables.into_iter().find(|(name, _)| name == "upstream_requests").unwrap().1
        };
        assert!(!rows(tables).is_empty());
        stage.app.wait(Duration::from_secs(10 * 60));
        stage.contoso.gives(&stage.key.sign(&stage.contoso.claims(&stage.app, &away)));
        assert_eq!(ada.open(&back_from(&away)).await.page().status, 400, "too late");
        let now = stage.app.services.now();
        let swept = stage.app.services.store.write(move |conn| {
            Box::pin(async move { firstkey::store::expired::delete_batch(conn, now).await })
        });
        swept.await.unwrap();
        assert!(rows(dump(&stage.app.services.store).await).is_empty());
    }
}

/// The token is made of the key, and of good claims.
type Forge = fn(&ClientKey, Value) -> String;

/// [Attacks] OIDC Core §3.1.3.7 · forged ID tokens of an upstream
#[tokio::test]
async fn an_id_token_that_is_not_ours_or_not_theirs_lets_nobody_in() {
    fn with(key: &ClientKey, mut claims: Value, name: &str, value: Value) -> String {
        claims[name] = value;
        key.sign(&claims)
    }
    let cases: [(&str, &str, Forge); 14] = [
        ("for another application", "its audience", |k, c| with(k, c, "aud", json!("wiki"))),
        ("for others as well", "its audience", |k, c| {
            with(k, c, "aud", json!(["firstkey", "wiki"]))
        }),
        ("given to another application", "another party", |k, c| with(k, c, "azp", json!("wiki"))),
        ("of another issuer", "its issuer", |k, c| {
            with(k, c, "iss", json!("https://evil.example"))
        }),
        ("of another sign-in", "its nonce", |k, c| with(k, c, "nonce", json!("another"))),
        ("without a nonce", "its nonce", |k, mut c| {
            c.as_object_mut().unwrap().remove("nonce");
            k.sign(&c)
        }),
        ("expired", "its time", |k, c| {
            let then = c["iat"].as_i64().unwrap() - 10;
            with(k, c, "exp", json!(then))
        }),
        ("old", "its time", |k, c| {
            let then = c["iat"].as_i64().unwrap() - 3600;
            with(k, c, "iat", json!(then))
        }),
        ("signed by another key of that name", "its signature", |_, c| {
            ClientKey::new("contoso-1").sign(&c)
        }),
        ("signed by a key that nobody knows", "its key is unknown", |_, c| {
            ClientKey::new("contoso-2").sign(&c)
        }),
        ("signed with our secret", "its signature", |_, c| {
            hmac(&c, SECRET.as_bytes(), "contoso-1")
        }),
        ("signed with their public key", "its signature", |k, c| {
            hmac(&c, k.jwk().to_string().as_bytes(), "contoso-1")
        }),
        ("not signed at all", "its signature", |k, c| {
            use base64::Engine as _;
            let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
            let signed = k.sign(&c);
            let claims = signed.split('.').nth(1).unwrap();
            format!("{}.{claims}.", engine.encode(r#"{"alg":"none"}"#))
        }),
        ("for another access token", "another token", |k, c| {
            with(k, c, "at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"))
        }),
    ];
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    for (what, why, forge) in cases {
        let mut visitor = stage.app.visitor();
        let away = stage.depart(&mut visitor).await;
        let claims = stage.contoso.claims(&stage.app, &away);
        stage.contoso.gives(&forge(&stage.key, claims));
        let page = visitor.open(&back_from(&away)).await.page();
        is_not_believed(&page, what);
        let reason = reason(&stage).await;
        assert!(reason.contains(why), "{what}: {reason}");
    }
    let page = stage.come(&mut stage.app.visitor(), |_| ()).await;
    assert!(page.heading().starts_with("Welcome, "), "{:?}", page.alert());
}

/// [Attacks] RFC 9207 §2.4 · mix-up between upstreams
#[tokio::test]
async fn an_answer_that_names_another_issuer_is_not_traded() {
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    let come = async |iss: &str| {
        let mut visitor = stage.app.visitor();
        let away = stage.depart(&mut visitor).await;
        stage.contoso.gives(&stage.key.sign(&stage.contoso.claims(&stage.app, &away)));
        visitor.open(&format!("{}{iss}", back_from(&away))).await.page()
    };
    is_not_believed(&come("&iss=https%3A%2F%2Fevil.example").await, "another issuer");
    assert_eq!(reason(&stage).await, "the answer comes from another issuer");
    assert!(stage.contoso.asked().iter().all(|(path, _)| path != "/token"));
    assert!(come("").await.heading().starts_with("Welcome, "), "it never said that it would");
    let named = format!("&iss={}", stage.contoso.issuer);
    assert!(come(&named).await.heading().starts_with("Welcome, "));
    // One that says that it names its issuer has to.
    stage.contoso.metadata("authorization_response_iss_parameter_supported", json!(true));
    stage.app.wait(Duration::from_secs(6 * 60));
    is_not_believed(&come("").await, "no issuer");
    assert_eq!(reason(&stage).await, "the answer does not name its issuer");
    assert!(come(&named).await.heading().starts_with("Welcome, "));
}

#[tokio::test]
async fn an_upstream_that_says_no_is_no_dead_end() {
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    let mut ada = stage.app.visitor();
    let away = stage.depart(&mut ada).await;
    let sent = param(&away, "state").unwrap();
    let query = format!("error=access_denied&error_description=%3Cb%3Ehush%3C%2Fb%3E&state={sent}");
    let page = ada.open(&format!("/upstream/contoso/callback?{query}")).await.page();
    assert!(page.alert().unwrap().starts_with("Contoso did not say who you are."));
    assert!(!page.body.contains("hush"));
    assert_eq!(reason(&stage).await, "it answered access_denied");
    let again = go(&mut ada).await.away();
    assert_ne!(param(&again, "state"), Some(sent));
    // Neither a code nor an error, and a code that is worth nothing.
    let sent = param(&again, "state").unwrap();
    let page = ada.open(&format!("/upstream/contoso/callback?state={sent}")).await.page();
    is_not_believed(&page, "nothing");
    let away = go(&mut ada).await.away();
    is_not_believed(&ada.open(&back_from(&away)).await.page(), "a bad code");
    assert_eq!(reason(&stage).await, "token endpoint: invalid_grant");
}

#[tokio::test]
async fn new_keys_of_an_upstream_are_fetched_when_they_are_needed() {
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    let key = ClientKey::new("contoso-2");
    let come = async || {
        let mut visitor = stage.app.visitor();
        let away = stage.depart(&mut visitor).await;
        stage.contoso.gives(&key.sign(&stage.contoso.claims(&stage.app, &away)));
        visitor.open(&back_from(&away)).await.page()
    };
    is_not_believed(&come().await, "not published yet");
    stage.contoso.keys(json!({ "keys": [stage.key.jwk(), key.jwk()] }));
    // Strangers cannot make us ask more often than that.
    is_not_believed(&come().await, "asked a moment ago");
    stage.app.wait(Duration::from_secs(31));
    assert!(come().await.heading().starts_with("Welcome, "));
}

/// [Attacks] OIDC Core §3.1.2.1 · a sign-in at an upstream that is older than it was asked to be
#[tokio::test]
async fn a_sign_in_there_that_is_too_old_for_the_application_does_not_do() {
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    let come = async |name: &str, value: &str, age: Option<i64>| {
        let mut visitor = stage.app.visitor();
        let request = Request::of(&stage.payroll).with(name, value);
        let away = crate::support::upstream::depart(&mut visitor, &request, ADA).await;
        let mut claims = stage.contoso.claims(&stage.app, &away);
        if let Some(age) = age {
            claims["auth_time"] = json!(stage.app.now() - age);
        }
        stage.contoso.gives(&stage.key.sign(&claims));
        visitor.open(&back_from(&away)).await.page()
    };
    for (name, value, age) in [
        ("max_age", "300", None),
        ("max_age", "300", Some(3600)),
        ("prompt", "login", None),
        ("prompt", "login", Some(3600)),
    ] {
        let page = come(name, value, age).await;
        let told = page.alert().unwrap_or_else(|| panic!("{name} {age:?}: {}", page.heading()));
        let expected = "The app asks for a recent sign-in, and Contoso did not confirm one.";
        assert!(told.starts_with(expected), "{told}");
        assert!(page.body.contains("Continue with Contoso"), "it may be tried again");
        let why = match age {
            None => "it does not say when the person signed in there",
            Some(_) => "the sign-in there is older than the application allows",
        };
        assert_eq!(reason(&stage).await, why, "{name}");
    }
    assert!(stage.app.audited(Activity::UpstreamLinked).await.is_empty());
    for (name, value, age) in [("max_age", "300", Some(200)), ("prompt", "login", Some(1))] {
        assert!(come(name, value, age).await.heading().starts_with("Welcome, "), "{name}");
    }
}

/// [Attacks] RFC 9700 §4.11 · SSRF by an upstream's addresses
#[tokio::test]
async fn an_upstream_inside_our_network_is_not_reached() {
    let app = App::start_with(|config| config.outbound_networks.clear()).await;
    let stage = Stage::on(app).await;
    let mut ada = stage.app.visitor();
    ada.authorize(&Request::of(&stage.payroll)).await.page();
    ada.identify(ADA).await.page();
    is_not_believed(&go(&mut ada).await.page(), "loopback");
    assert!(reason(&stage).await.contains("its address is not public"));
    assert!(stage.contoso.asked().is_empty());

    // One outside may not send us in: by its metadata, by a redirect, or with more than we want.
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    stage.contoso.metadata("token_endpoint", json!("http://169.254.169.254/latest"));
    is_not_believed(&stage.come(&mut stage.app.visitor(), |_| ()).await, "link-local");
    assert!(reason(&stage).await.contains("its address is not public"));
    let stage = Stage::on(App::start().await).await;
    stage.contoso.redirects();
    is_not_believed(&stage.come(&mut stage.app.visitor(), |_| ()).await, "a redirect");
    assert!(stage.contoso.asked().iter().all(|(path, _)| path != "/elsewhere"));
    let stage = Stage::on(App::start().await).await;
    let large = |it: &mut Value| it["padding"] = json!("x".repeat(70_000));
    is_not_believed(&stage.come(&mut stage.app.visitor(), large).await, "too much");
    assert!(reason(&stage).await.contains("larger than 64 KiB"));
    // Nor may it pass for somebody else.
    let stage = Stage::on(App::start().await).await;
    stage.contoso.metadata("issuer", json!("https://login.example"));
    let mut ada = stage.app.visitor();
    ada.authorize(&Request::of(&stage.payroll)).await.page();
    ada.identify(ADA).await.page();
    is_not_believed(&go(&mut ada).await.page(), "another issuer");
}

#[tokio::test]
async fn what_an_upstream_did_not_say_is_told_in_german() {
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    let mut ada = stage.app.visitor();
    ada.speaks("de");
    let away = stage.depart(&mut ada).await;
    let sent = param(&away, "state").unwrap();
    let query = format!("error=access_denied&state={sent}");
    let page = ada.open(&format!("/upstream/contoso/callback?{query}")).await.page();
    assert_eq!(german(&page), "Willkommen");
    assert!(page.alert().unwrap().starts_with("Contoso hat nicht mitgeteilt, wer Sie sind."));
    assert!(page.body.contains("Weiter mit Contoso"));
    // The same once more is no answer to anything that was asked.
    let page = ada.open(&format!("/upstream/contoso/callback?{query}")).await.page();
    assert_eq!((page.status, german(&page).as_str()), (400, "Diese Anmeldung ist vorbei"));
}
