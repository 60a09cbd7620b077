//! Step-up: what an application, or its operator, demands of a sign-in is met inside the request.

mod classes;
mod rule;

use firstkey::domain::assurance::{Acr, Factor};
use firstkey::domain::audit::Activity;
use firstkey::domain::client::ClientSettings;
use firstkey::domain::id::SessionId;
use firstkey::service::caller::Caller;
use firstkey::store::sessions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor, claims, param};

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

on_both_engines! {
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
