//! Step-up: what an application, or its operator, demands of a sign-in is met inside the request.

use std::time::Duration;

use firstkey::domain::assurance::{Acr, Factor};
use firstkey::domain::audit::Activity;
use firstkey::domain::client::{ClientSettings, FORWARD_PATH, ForwardAuth, GrantType, Scope};
use firstkey::domain::id::SessionId;
use firstkey::service::caller::Caller;
use firstkey::store::sessions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Landing, Page, Request, Visitor, claims, param};

const MFA: &str = "urn:firstkey:acr:mfa";
const BOOTSTRAP: &str = "urn:firstkey:acr:bootstrap";

/// Ada, who has a key and whose session rests on a pass alone: what an application got for it.
struct Ada {
    visitor: Visitor,
    key: SoftAuthenticator,
    client: Registered,
    tokens: Value,
    pass: String,
}

impl Ada {
    async fn by_pass(app: &App) -> Self {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (pass, client) = (app.pass("ada").await, app.client("payroll").await);
        let request = Request::of(&client);
        let (mut visitor, mut key) = (app.visitor(), SoftAuthenticator::new());
        let code = visitor.day_one(&request, "ada", &pass, &mut key).await.code();
        let (status, tokens) = visitor.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        Self { visitor, key, client, tokens, pass }
    }

    /// The same, who has used her key since.
    async fn by_key(app: &App) -> Self {
        let mut ada = Self::by_pass(app).await;
        let request = Request::of(&ada.client).with("prompt", "login");
        ada.visitor.authorize(&request).await.page();
        let code = ada.visitor.use_passkey(&mut ada.key).await.code();
        ada.tokens = ada.visitor.redeem(&request, &code).await.1;
        assert_eq!(ada.told()["acr"], "phr");
        ada
    }

    fn told(&self) -> Value {
        claims(&self.tokens["id_token"])
    }

    async fn refreshes(&mut self) -> (u16, Value) {
        let token = self.tokens["refresh_token"].as_str().unwrap();
        let (status, answer) = self.visitor.refresh(&self.client, token).await;
        if status == 200 {
            self.tokens = answer.clone();
        }
        (status, answer)
    }

    /// Signs in for `request`, which shows no page.
    async fn redeems(&mut self, request: &Request) -> Value {
        let code = self.visitor.authorize(request).await.code();
        let (status, tokens) = self.visitor.redeem(request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        claims(&tokens["id_token"])
    }
}

/// Puts something else in the place of what was proved in a session.
async fn proved(app: &App, told: &Value, factors: Vec<Factor>) {
    let id: SessionId = told["sid"].as_str().unwrap().parse().unwrap();
    let session = sessions::by_id(&mut app.services.store.reader().await.unwrap(), id).await;
    let session = firstkey::domain::session::Session { factors, ..session.unwrap().unwrap() };
    let put = app.services.store.write(move |conn| {
        let session = session.clone();
        Box::pin(async move { sessions::put(conn, &session, "unchanged").await })
    });
    put.await.unwrap();
}

/// From now on the operator lets nobody in below this.
async fn rule(app: &App, id: &str, class: Option<Acr>) {
    let edit = move |settings: &mut ClientSettings, _: &mut bool| {
        settings.require_acr = class;
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, id, None, edit).await.unwrap();
}

async fn nobody_registers(app: &App) {
    app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;
    app.policy("Fido2", json!({ "isSelfServiceRegistrationAllowed": false })).await;
}

async fn push(app: &App, request: &Request) -> Request {
    let mut form = request.params.clone();
    form.push(("client_secret".into(), request.client.secret.clone()));
    let answer = reqwest::Client::new().post(app.url("/par")).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let params = [
        ("client_id".to_owned(), request.client.id.clone()),
        ("request_uri".to_owned(), answer["request_uri"].as_str().unwrap().to_owned()),
    ];
    Request { params: params.to_vec(), ..request.clone() }
}

fn asks_for_a_key(page: &Page) {
    assert_eq!(page.heading(), "One more check");
    assert!(page.body.contains("Payroll asks for a passkey or security key."), "{}", page.body);
}

on_both_engines! {
    /// [Attacks] policy by application, RFC 9470 §4 · acr_values that ask for less than the operator
    /// does, prompt=none, pushed and essential claims: none of them goes below the rule
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

    async fn what_nobody_can_have_is_said_on_a_page_that_leads_back(app: App) {
        let mut ada = Ada::by_pass(&app).await;
        app.person("grace").await;
        nobody_registers(&app).await;
        let request = Request::of(&ada.client).with("acr_values", "phr");
        let mut visitor = app.visitor();
        for request in [request.clone(), push(&app, &request).await] {
            let pass = app.pass("grace").await;
            visitor.authorize(&request).await.page();
            if visitor.page.as_ref().unwrap().heading() != "You cannot open Payroll yet" {
                visitor.identify("grace").await.page();
                visitor.submit("pass", &[("pass", &pass)]).await.page();
            }
            let page = visitor.page.clone().unwrap();
            assert_eq!((page.status, page.heading().as_str()), (403, "You cannot open Payroll yet"));
            assert!(page.body.contains("Ask your help desk"), "{}", page.body);
            // Nothing else leads on, and nobody else's browser ends it.
            for action in ["finish", "skip", "continue", "consent"] {
                let landed = visitor.submit(action, &[("decision", "allow")]).await.page();
                assert!(landed.status >= 400, "{action}");
                visitor.page = Some(page.clone());
            }
            let stranger = app.visitor().raw(Method::POST, &format!("{}/unmet", visitor.journey())).await;
            assert!(stranger.status().is_client_error());
            let away = visitor.submit("unmet", &[]).await.away();
            assert!(away.as_str().starts_with(CALLBACK));
            let told = |name: &str| param(&away, name);
            assert_eq!(told("error").as_deref(), Some("unmet_authentication_requirements"));
            assert_eq!(told("state").as_deref(), Some("a state"));
            assert_eq!(told("iss").as_deref(), Some(app.issuer.as_str()));
            assert!(told("code").is_none());
            visitor = app.visitor();
            if !request.path().contains("nonce") {
                assert_eq!(visitor.authorize(&request).await.page().status, 400, "it was answered");
            }
        }
        let audited = app.audited(Activity::Authorized).await;
        let refused: Vec<_> = audited.iter().filter(|(success, _)| !success).collect();
        assert_eq!(refused.len(), 2, "{audited:?}");
        assert_eq!(refused[0].1, "phr is demanded, and this person cannot have it");

        // Whoever has a key goes on as ever, and to a page that is not owed nothing is heard.
        let page = ada.visitor.authorize(&request).await.page();
        assert!(page.status == 200, "{}", page.heading());
        let landed = ada.visitor.submit("unmet", &[]).await.page();
        assert_eq!(landed.heading(), page.heading());
        ada.visitor.use_passkey(&mut ada.key).await.code();
    }

    async fn a_pass_completes_what_a_phone_began(app: App) {
        let mut ada = Ada::by_key(&app).await;
        proved(&app, &ada.told(), vec![Factor::Phone { user_verified: false }]).await;
        app.policy("Fido2", json!({ "state": "disabled" })).await;
        app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;
        let request = Request::of(&ada.client).with("acr_values", MFA);
        let silent = request.clone().with("prompt", "none");
        // The pass that there was is gone: nothing is left to add.
        let user = app.services.find_user("ada").await.unwrap();
        app.services.delete_pass(&Caller::OPERATOR, &user).await.unwrap();
        let unmet = "unmet_authentication_requirements";
        assert_eq!(ada.visitor.authorize(&silent).await.error(), unmet);

        let pass = app.one_time_pass("ada").await;
        app.policy("TemporaryAccessPass", json!({ "multifactorUse": "never" })).await;
        assert_eq!(ada.visitor.authorize(&silent).await.error(), unmet);
        app.policy("TemporaryAccessPass", json!({ "multifactorUse": "withAnother" })).await;
        assert_eq!(ada.visitor.authorize(&silent).await.error(), "login_required");
        let page = ada.visitor.authorize(&request).await.page();
        assert_eq!(page.heading(), "One more check");
        assert!(page.body.contains("Payroll asks for a second proof that it is you."), "{}", page.body);
        let code = ada.visitor.submit("pass", &[("pass", &pass)]).await.code();
        let (_, tokens) = ada.visitor.redeem(&request, &code).await;
        let told = claims(&tokens["id_token"]);
        assert_eq!((&told["acr"], &told["sid"]), (&json!(MFA), &ada.told()["sid"]));
        assert_eq!(told["amr"], json!(["swk", "pop", "tap", "otp", "mfa"]));
        // It was used, as a one-time pass is, and what stands now stands on both.
        let mut stranger = app.visitor();
        stranger.authorize(&request).await.page();
        let refused = stranger.sign_in("ada", &pass).await.page();
        assert!(refused.alert().is_some());
        app.wait(Duration::from_secs(2 * 60 * 60));
        assert_eq!(ada.redeems(&silent).await["acr"], MFA);
    }
}

#[tokio::test]
async fn a_pass_alone_is_several_factors_only_where_its_policy_says_so_and_is_never_called_so() {
    let app = App::start().await;
    app.policy("Registration", json!({ "requiredMethods": 0, "recommendedMethods": 0 })).await;
    nobody_registers(&app).await;
    app.person("ada").await;
    let client = app.client_with("payroll", false, |it| it.require_acr = Some(Acr::MultiFactor));
    let request = Request::of(&client.await);
    let pass = app.pass("ada").await;
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let page = ada.sign_in("ada", &pass).await.page();
    assert_eq!((page.status, page.heading().as_str()), (403, "You cannot open Payroll yet"));
    assert!(page.body.contains("More than one proof"), "{}", page.body);

    app.policy("TemporaryAccessPass", json!({ "multifactorUse": "alone" })).await;
    let code = ada.open(&format!("{}/finish", ada.journey())).await.code();
    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(claims(&tokens["id_token"])["acr"], BOOTSTRAP, "what is told is true");

    // An application that will look at the class is not told that it was met.
    let essential = format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":["{MFA}"]}}}}}}"#);
    let mut ada = app.visitor();
    ada.authorize(&request.with("claims", &essential)).await.page();
    assert_eq!(ada.sign_in("ada", &pass).await.page().status, 403);
}

#[tokio::test]
async fn an_essential_class_is_told_by_the_name_that_it_was_asked_for() {
    let app = App::start().await;
    let mut ada = Ada::by_key(&app).await;
    let asking = |essential: bool, classes: &[&str]| {
        let acr = json!({ "essential": essential, "values": classes });
        let claims = json!({ "id_token": { "acr": acr } }).to_string();
        Request::of(&ada.client).with("prompt", "none").with("claims", &claims)
    };
    let cases = [
        (asking(true, &[MFA]), MFA),
        (asking(true, &[BOOTSTRAP, MFA, "gold"]), MFA),
        (asking(true, &[MFA, "phr"]), "phr"),
        (asking(false, &[MFA]), "phr"),
    ];
    for (request, told) in cases {
        assert_eq!(ada.redeems(&request).await["acr"], told, "{:?}", request.params);
    }
}

#[tokio::test]
async fn what_is_preferred_is_asked_for_once_and_anything_listed_will_do() {
    let app = App::start().await;
    let mut ada = Ada::by_key(&app).await;
    let phone = Factor::Phone { user_verified: true };
    proved(&app, &ada.told(), vec![phone]).await;
    let request = Request::of(&ada.client).with("acr_values", &format!("phr {MFA}"));
    let silent = request.clone().with("prompt", "none");
    assert_eq!(ada.redeems(&silent).await["acr"], MFA, "nothing can be asked silently");
    let page = ada.visitor.authorize(&request).await.page();
    assert_eq!(page.heading(), "One more check");
    let code = ada.visitor.use_passkey(&mut ada.key).await.code();
    let (_, tokens) = ada.visitor.redeem(&request, &code).await;
    assert_eq!(claims(&tokens["id_token"])["acr"], "phr");
    // The other way round, the weaker one is preferred, and nothing is asked.
    proved(&app, &ada.told(), vec![phone]).await;
    let weaker = Request::of(&ada.client).with("acr_values", &format!("{MFA} phr"));
    assert_eq!(ada.redeems(&weaker).await["acr"], MFA);
}

/// [Attacks] RFC 8628 §5.4, policy by application · a device whose application demands a key is
/// allowed with one, and what was allowed before gets nothing more
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
