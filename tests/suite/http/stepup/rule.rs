//! What the operator demands of an application: whoever comes to it, by whatever way.

use std::time::Duration;

use firstkey::domain::assurance::{Acr, Factor};
use firstkey::domain::client::{ClientSettings, FORWARD_PATH, ForwardAuth, GrantType, Scope};
use firstkey::service::caller::Caller;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Ada, BOOTSTRAP, nobody_registers, proved, push, rule};
use crate::support::app::{App, CALLBACK};
use crate::support::database::on_both_engines;
use crate::support::visitor::{Landing, Page, Request, Visitor, claims};

fn asks_for_a_key(page: &Page) {
    assert_eq!(page.heading(), "One more check");
    assert!(page.body.contains("Payroll asks for a passkey or security key."), "{}", page.body);
}

on_both_engines! {
    /// [Attacks] policy by application, RFC 9470 §4 · acr_values that ask for less than the operator does, prompt=none, pushed and essential claims: none of them goes below the rule
    async fn a_request_raises_what_the_operator_demands_and_never_lowers_it(app: App) {
        let mut ada = Ada::by_pass(&app).await;
        rule(&app, "payroll", Some(Acr::PhishingResistant)).await;
        let plain = Request::of(&ada.client);
        let low = r#"{"id_token":{"acr":{"essential":true,"values":["urn:firstkey:acr:bootstrap"]}}}"#;
        for lower in [
            plain.clone(),
            plain.clone().with("acr_values", BOOTSTRAP),
            plain.clone().with("acr_values", "urn:firstkey:acr:upstream phr"),
            plain.clone().with("claims", low),
        ] {
            for request in [lower.clone(), push(&app, &lower).await] {
                let page = ada.visitor.authorize(&request).await.page();
                let spent = page.body.contains("Use the passkey or security key that you set up.");
                if !spent {
                    asks_for_a_key(&page);
                }
            }
            let silent = lower.with("prompt", "none");
            assert_eq!(ada.visitor.authorize(&silent).await.error(), "login_required");
        }
        // In a journey of its own the pass would be enough; the rule asks for the key.
        let pass = app.pass("ada").await;
        let mut again = app.visitor();
        let request = plain.clone().with("acr_values", BOOTSTRAP);
        again.authorize(&request).await.page();
        again.sign_in("ada", &pass).await.page();
        let page = again.submit("skip", &[]).await.page();
        asks_for_a_key(&page);
        assert!(!page.body.contains("name=\"pass\""), "a pass would not do");
        let code = again.use_passkey(&mut ada.key).await.code();
        let (_, tokens) = again.redeem(&request, &code).await;
        assert_eq!(claims(&tokens["id_token"])["acr"], "phr");
    }

    async fn a_rule_that_came_later_holds_for_what_was_given_before(app: App) {
        let mut ada = Ada::by_pass(&app).await;
        assert_eq!(ada.refreshes().await.0, 200);
        let request = Request::of(&ada.client);
        let mut other = app.visitor();
        other.authorize(&request).await.page();
        other.sign_in("ada", &ada.pass).await.page();
        let code = other.submit("skip", &[]).await.code();

        rule(&app, "payroll", Some(Acr::PhishingResistant)).await;
        let (status, refused) = ada.refreshes().await;
        assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")), "{refused}");
        let (status, refused) = other.redeem(&request, &code).await;
        assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")), "{refused}");

        // Nothing was used up by that: what is missing is added, in the same session.
        rule(&app, "payroll", None).await;
        assert_eq!(ada.refreshes().await.0, 200);
        rule(&app, "payroll", Some(Acr::PhishingResistant)).await;
        ada.visitor.authorize(&request).await.page();
        ada.visitor.use_passkey(&mut ada.key).await.code();
        assert_eq!(ada.refreshes().await.0, 200, "the session is strong enough now");
    }
}

/// [Attacks] RFC 8628 §5.4, policy by application · a device whose application demands a key is allowed with one, and what was allowed before gets nothing more
#[tokio::test]
async fn a_device_is_held_to_the_rule_of_its_application() {
    let app = App::start().await;
    let mut ada = Ada::by_pass(&app).await;
    let tv = app
        .client_with("tv", true, |settings| {
            settings.client_name = "Payroll".into();
            settings.redirect_uris = Vec::new();
            settings.grant_types = vec![GrantType::RefreshToken, GrantType::DeviceCode];
        })
        .await;
    let begins = async || {
        let form = [("client_id", tv.id.as_str()), ("scope", "openid offline_access")];
        let http = reqwest::Client::new().post(app.url("/device_authorization")).form(&form);
        let begun: Value = http.send().await.unwrap().json().await.unwrap();
        begun
    };
    let polls = async |ada: &Visitor, begun: &Value| {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", begun["device_code"].as_str().unwrap()),
        ];
        ada.token(&tv, &fields).await
    };
    let pass = app.pass("ada").await;
    let recognises = async |visitor: &mut Visitor, begun: &Value| {
        let code = begun["user_code"].as_str().unwrap();
        visitor.open("/device").await.page();
        visitor.submit_to("/device", &[("user_code", code)]).await.page();
        visitor.submit("device", &[("decision", "continue")]).await.page()
    };

    // Allowed with a pass before there was a rule: the rule finds it before it is fetched.
    let begun = begins().await;
    let mut early = app.visitor();
    recognises(&mut early, &begun).await;
    early.sign_in("ada", &pass).await.page();
    let page = early.submit("skip", &[]).await.page();
    assert!(page.heading().starts_with("Allow Payroll"), "{}", page.heading());
    early.submit("consent", &[("decision", "allow")]).await.page();
    rule(&app, "tv", Some(Acr::PhishingResistant)).await;
    let (status, refused) = polls(&early, &begun).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")), "{refused}");

    let begun = begins().await;
    let mut late = app.visitor();
    recognises(&mut late, &begun).await;
    late.sign_in("ada", &pass).await.page();
    asks_for_a_key(&late.submit("skip", &[]).await.page());
    let page = late.use_passkey(&mut ada.key).await.page();
    assert!(page.heading().starts_with("Allow Payroll"), "{}", page.heading());
    late.submit("consent", &[("decision", "allow")]).await.page();
    let (status, tokens) = polls(&late, &begun).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(claims(&tokens["id_token"])["acr"], "phr");

    // Who cannot meet it denies the device, which is told so.
    nobody_registers(&app).await;
    app.person("grace").await;
    let (pass, begun) = (app.pass("grace").await, begins().await);
    let mut grace = app.visitor();
    recognises(&mut grace, &begun).await;
    assert_eq!(grace.sign_in("grace", &pass).await.page().status, 403);
    let page = grace.submit("unmet", &[]).await.page();
    assert_eq!(page.heading(), "The device was denied");
    assert_eq!(polls(&grace, &begun).await.1["error"], "access_denied");
}

/// [Attacks] policy by application · the cookie of a protected application outlives no rule
#[tokio::test]
async fn a_proxy_is_held_to_the_rule_of_its_application() {
    let app = App::start().await;
    let mut ada = Ada::by_key(&app).await;
    let origin = "https://wiki.example.com";
    app.client_with("wiki", true, |settings| {
        settings.client_name = "Wiki".into();
        settings.redirect_uris = vec![format!("{origin}{FORWARD_PATH}/callback")];
        settings.post_logout_redirect_uris = vec![format!("{origin}/")];
        settings.grant_types = vec![GrantType::AuthorizationCode];
        settings.scope = vec![Scope::OpenId];
        settings.forward_auth = Some(ForwardAuth { origin: origin.into(), groups: Vec::new() });
    })
    .await;
    let redirect = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().redirect(redirect).build().unwrap();
    let ask = async |path: &str, cookie: &str| {
        let request = http
            .get(app.url(path))
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "wiki.example.com")
            .header("x-forwarded-uri", if path == "/forward-auth" { "/" } else { path })
            .header("cookie", cookie);
        request.send().await.unwrap()
    };
    let cookie = |answer: &reqwest::Response| {
        let set = answer.headers()["set-cookie"].to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    };
    let start = ask("/.firstkey/start?to=/", "").await;
    let authorize = start.headers()["location"].to_str().unwrap().replace(&app.issuer, "");
    let back = ada.visitor.open(&authorize).await.away();
    let callback = format!("/.firstkey/callback?{}", back.query().unwrap());
    let held = cookie(&ask(&callback, &cookie(&start)).await);
    assert_eq!(ask("/forward-auth", &held).await.status(), 200);

    proved(&app, &ada.told(), vec![Factor::Phone { user_verified: true }]).await;
    assert_eq!(ask("/forward-auth", &held).await.status(), 200);
    rule(&app, "wiki", Some(Acr::PhishingResistant)).await;
    assert_eq!(ask("/forward-auth", &held).await.status(), 302, "to sign in");
    let start = ask("/.firstkey/start?to=/", "").await;
    let authorize = start.headers()["location"].to_str().unwrap().replace(&app.issuer, "");
    let page = ada.visitor.open(&authorize).await.page();
    assert_eq!(page.heading(), "One more check");
    let Landing::Away(back) = ada.visitor.use_passkey(&mut ada.key).await else { panic!("stayed") };
    let callback = format!("/.firstkey/callback?{}", back.query().unwrap());
    let held = cookie(&ask(&callback, &cookie(&start)).await);
    assert_eq!(ask("/forward-auth", &held).await.status(), 200);
}

/// [Attacks] RFC 7591 §5 · an application sets, or takes away, what the operator demands of it
#[tokio::test]
async fn an_application_that_registers_itself_says_nothing_about_the_rule() {
    let app = App::start().await;
    let token = app
        .services
        .issue_registration_token(&Caller::OPERATOR, 1, Duration::from_secs(3600))
        .await
        .unwrap();
    let send = async |method: Method, path: String, token: String, body: Value| {
        let http = reqwest::Client::new().request(method, path).bearer_auth(token).json(&body);
        let answer: Value = http.send().await.unwrap().json().await.unwrap();
        answer
    };
    let metadata = json!({ "redirect_uris": [CALLBACK], "require_acr": "phr" });
    let told = send(Method::POST, app.url("/register"), token.reveal().to_owned(), metadata).await;
    assert!(told["client_id"].is_string() && told.get("require_acr").is_none(), "{told}");
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    let id = text("client_id");
    rule(&app, &id, Some(Acr::PhishingResistant)).await;
    for require in [Value::Null, json!("urn:firstkey:acr:mfa")] {
        let body = json!({ "client_id": id, "redirect_uris": [CALLBACK], "require_acr": require });
        let own = text("registration_access_token");
        let answer = send(Method::PUT, text("registration_client_uri"), own, body).await;
        assert_eq!(answer["client_id"], json!(id), "{answer}");
        let client = app.services.find_client(&id).await.unwrap();
        assert_eq!(client.settings.require_acr, Some(Acr::PhishingResistant));
    }
}

#[tokio::test]
async fn only_what_somebody_can_reach_can_be_required() {
    let app = App::start().await;
    let refused = async |class: Acr| {
        let settings = ClientSettings {
            client_name: "App".into(),
            redirect_uris: vec![CALLBACK.into()],
            require_acr: Some(class),
            ..ClientSettings::default()
        };
        app.services.add_client(&Caller::OPERATOR, None, settings, false).await.is_err()
    };
    for class in Acr::ALL {
        let reached = Acr::SERVED.contains(&class) && class >= Acr::MultiFactor;
        assert_eq!(refused(class).await, !reached, "{}", class.name());
    }
}
