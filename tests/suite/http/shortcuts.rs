//! Ways past what is owed: later steps called early, forms of pages that were not shown.

use serde_json::json;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Landing, Request, Visitor, param};

/// Each thing that a journey can be told, in whatever order comes to mind.
const STEPS: [(&str, &[(&str, &str)]); 6] = [
    ("finish", &[]),
    ("continue", &[]),
    ("skip", &[]),
    ("consent", &[("decision", "allow")]),
    ("identify", &[("username", "ada")]),
    ("pass", &[("pass", "AAAA-AAAA")]),
];

/// Whether anything that can be called now leads to an application with a code.
async fn gets_away(visitor: &mut Visitor) -> Option<String> {
    let journey = visitor.journey();
    let gives = |landing: &Landing| match landing {
        Landing::Away(url) => param(url, "code"),
        Landing::Page(_) => None,
    };
    let page = visitor.page.clone();
    for (action, fields) in STEPS {
        visitor.page.clone_from(&page);
        let landing = visitor.submit(action, fields).await;
        if let Some(code) = gives(&landing) {
            return Some(format!("{action} gave {code}"));
        }
        let landing = visitor.open(&format!("{journey}/finish")).await;
        if let Some(code) = gives(&landing) {
            return Some(format!("{action} and finish gave {code}"));
        }
    }
    visitor.page = page;
    None
}

/// [Attacks] OIDC Core §3.1.2.3 · MFA skipped by calling a later step's address
#[tokio::test]
async fn no_later_step_can_be_called_before_its_time() {
    let app = App::start().await;
    app.policy("Registration", json!({ "requiredMethods": 2, "recommendedMethods": 2 })).await;
    app.person("ada").await;
    let (pass, client) = (app.pass("ada").await, app.client("payroll").await);
    let mut ada = app.visitor();
    // Nobody yet; a pass, and two methods owed; one of them there.
    ada.authorize(&Request::of(&client)).await.page();
    assert_eq!(gets_away(&mut ada).await, None);
    let mut ada = app.visitor();
    ada.authorize(&Request::of(&client)).await.page();
    ada.sign_in("ada", &pass).await.page();
    assert_eq!(gets_away(&mut ada).await, None);
    ada.register(&mut SoftAuthenticator::new()).await.page();
    assert_eq!(gets_away(&mut ada).await, None);
    // The other applications get nothing in the meantime either.
    let other = Request::of(&app.client("other").await).with("prompt", "none");
    assert_ne!(ada.clone().authorize(&other).await.error(), "");
    ada.register(&mut SoftAuthenticator::new()).await.page();
    ada.submit("finish", &[]).await.code();
}

/// [Attacks] OIDC Core §3.1.2.1 · a stronger sign-in skipped
#[tokio::test]
async fn a_key_that_is_asked_for_cannot_be_skipped() {
    let app = App::start().await;
    app.policy("Registration", json!({ "requiredMethods": 0, "recommendedMethods": 0 })).await;
    app.person("ada").await;
    let (pass, client) = (app.pass("ada").await, app.client("payroll").await);
    let mut ada = app.visitor();
    ada.authorize(&Request::of(&client).with("acr_values", "phr")).await.page();
    ada.sign_in("ada", &pass).await.page();
    assert_eq!(gets_away(&mut ada).await, None);
    let mut device = SoftAuthenticator::new();
    ada.register(&mut device).await.page();
    assert_eq!(gets_away(&mut ada).await, None, "it must be used, too");
    let mut landing = ada.use_passkey(&mut device).await;
    if let Landing::Page(_) = landing {
        landing = ada.submit("finish", &[]).await;
    }
    landing.code();
}

/// [Attacks] OIDC Core §3.1.2.4 · consent skipped
#[tokio::test]
async fn consent_is_given_by_whoever_was_asked() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let (pass, own) = (app.pass("ada").await, app.client("own").await);
    let theirs = app.client_with("theirs", false, |settings| settings.third_party = true).await;
    let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&Request::of(&own), "ada", &pass, &mut device).await.code();
    ada.authorize(&Request::of(&theirs)).await.page();
    ada.use_passkey(&mut device).await.page();
    let page = ada.page.clone();
    let journey = ada.journey();
    for (action, fields) in [
        ("finish", &[][..]),
        ("continue", &[]),
        ("skip", &[]),
        ("consent", &[]),
        ("consent", &[("decision", "maybe")]),
    ] {
        ada.page.clone_from(&page);
        ada.submit(action, fields).await.page();
        ada.open(&format!("{journey}/finish")).await.page();
    }
    // Somebody else's browser cannot say yes for her.
    let mut mallory = app.visitor();
    mallory.page.clone_from(&page);
    assert!(mallory.submit("consent", &[("decision", "allow")]).await.page().status >= 400);
    let silent = Request::of(&theirs).with("prompt", "none");
    assert_eq!(ada.authorize(&silent).await.error(), "consent_required");
    ada.page = page;
    ada.submit("consent", &[("decision", "allow")]).await.code();
}

/// [Attacks] RFC 9207 §2.4, RFC 9700 §4.4 · mix-up
#[tokio::test]
async fn every_answer_names_who_gave_it() {
    let app = App::start().await;
    let client = app.client("payroll").await;
    let good = Request::of(&client);
    for request in [
        good.clone().with("prompt", "none"),
        good.clone().without("response_type"),
        good.clone().with("scope", "email"),
        good.clone().with("prompt", "none login"),
        good.clone().with("request", "x"),
        good.clone().with("request_uri", "https://app.example/x"),
        good.with("max_age", "soon"),
    ] {
        let away = app.visitor().authorize(&request).await.away();
        assert_eq!(param(&away, "iss").as_deref(), Some(app.issuer.as_str()), "{away}");
        assert!(param(&away, "error").is_some());
    }
}
