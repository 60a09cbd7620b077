//! `response_type=id_token`, and being an external authentication method of Microsoft Entra.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::client::{HintedBy, ResponseType};
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::{ClientKey, hmac};
use crate::support::database::on_both_engines;
use crate::support::entra::{ADA_OID, Answer, Entra, MFA, believe, rsa_key, sign_with, unsigned};
use crate::support::visitor::{Landing, Page, Request, Visitor, claims};

struct Scene {
    app: App,
    entra: Entra,
    client: Registered,
    phone: SoftAuthenticator,
}

impl Scene {
    /// Ada has a phone with a passkey; Entra is registered.
    async fn on(app: App) -> Self {
        app.one_method_is_enough().await;
        app.person("ada").await;
        known_to_entra(&app, "ada", ADA_OID).await;
        let pass = app.one_time_pass("ada").await;
        let mut phone = SoftAuthenticator::new();
        let other = app.client("payroll").await;
        app.visitor().day_one(&Request::of(&other), "ada", &pass, &mut phone).await.code();
        let entra = Entra::start().await;
        let client = entra.register(&app, HintedBy::Oid).await;
        Self { app, entra, client, phone }
    }

    async fn set() -> Self {
        Self::on(App::start().await).await
    }

    fn hint(&self) -> Value {
        self.entra.hint(&self.app)
    }

    fn request(&self) -> Request {
        self.entra.request(&self.client, &self.entra.sign(&self.hint()))
    }

    /// What Entra is told without a page, about a request with this hint.
    async fn told(&self, hint: &str) -> (String, String) {
        refusal(&self.app, &self.entra.request(&self.client, hint)).await
    }
}

async fn known_to_entra(app: &App, username: &str, oid: &str) {
    let oid = oid.to_owned();
    let edit = move |user: &mut User| {
        user.external_id = Some(oid.clone());
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, username, None, edit).await.expect("a person");
}

/// The form that a page posts away.
fn answer(page: &Page) -> Answer {
    let names = ["id_token", "state", "iss", "error", "error_description", "code", "access_token"];
    names.iter().filter_map(|name| Some(((*name).to_owned(), page.value(name)?))).collect()
}

async fn refusal(app: &App, request: &Request) -> (String, String) {
    let page = app.visitor().authorize(request).await.page();
    let mut answer = answer(&page);
    assert!(!answer.contains_key("id_token"), "{} {answer:?}", page.heading());
    let mut take = |name: &str| answer.remove(name).unwrap_or_else(|| page.heading());
    (take("error"), take("error_description"))
}

async fn use_key(ada: &mut Visitor, phone: &mut SoftAuthenticator) -> Page {
    ada.use_passkey(phone).await.page()
}

on_both_engines! {
    async fn a_key_is_the_second_factor(app: App) {
        let mut scene = Scene::on(app).await;
        let hint = scene.hint();
        let request = scene.entra.request(&scene.client, &scene.entra.sign(&hint));
        let mut ada = scene.app.visitor();
        let page = ada.authorize(&request).await.page();
        assert!(page.path.starts_with("/journey/") && page.body.contains(">ada<"), "no question who");
        assert!(!page.body.contains("Not you?"), "it can be nobody else");
        let page = use_key(&mut ada, &mut scene.phone).await;
        assert!(page.body.contains(&format!(r#"action="{}""#, scene.client.redirect_uri)));
        let claims = believe(&scene.app, &request, &hint, &answer(&page)).await;
        assert_eq!(
            (claims["acr"].clone(), claims["amr"].clone()),
            (json!("possessionorinherence"), json!(["fido"]),)
        );
        assert_eq!(claims["aud"], json!([scene.client.id]));

        // The same answer is not given again, and the same hint gets no other.
        let journey = ada.page.as_ref().unwrap().path.split('/').nth(2).unwrap().to_owned();
        let again = ada.open(&format!("/journey/{journey}/finish")).await.page();
        assert!(again.value("id_token").is_none(), "{}", again.heading());
        ada.authorize(&request).await.page();
        let replayed = answer(&use_key(&mut ada, &mut scene.phone).await);
        assert_eq!(replayed["error"], "invalid_request", "{replayed:?}");
        assert_eq!(scene.app.audited(Activity::ReplayDetected).await.len(), 1);

        // Entra asks anew each time, and each time a key is used.
        let hint = json!({ "iat": scene.app.now() - 1, "exp": scene.app.now() });
        let mut fresh = scene.hint();
        fresh["iat"] = hint["iat"].clone();
        let request = scene.entra.request(&scene.client, &scene.entra.sign(&fresh));
        let silent = request.clone().with("prompt", "none");
        let page = ada.authorize(&silent).await.page();
        assert_eq!(page.value("error").as_deref(), Some("login_required"));
        let page = ada.authorize(&request).await.page();
        assert!(page.path.starts_with("/journey/"), "a session is no second factor");
        believe(&scene.app, &request, &fresh, &answer(&use_key(&mut ada, &mut scene.phone).await))
            .await;
    }

    /// [Attacks] OIDC Core §3.2.2 · one hint answered in parallel
    async fn of_many_who_finish_at_once_one_is_answered(app: App) {
        let mut scene = Scene::on(app).await;
        let request = scene.request();
        let mut ada = scene.app.visitor();
        ada.authorize(&request).await.page();
        let (status, told) = ada.try_passkey(&mut scene.phone).await;
        assert_eq!(status, 200);
        let path = told["location"].as_str().unwrap();
        let tries = (0..6).map(|_| {
            let mut ada = ada.clone();
            async move { ada.open(path).await }
        });
        let landed = futures::future::join_all(tries).await;
        let tokens = landed.into_iter().map(Landing::page).filter_map(|page| page.value("id_token"));
        assert_eq!(tokens.count(), 1);
    }
}

#[tokio::test]
async fn a_pass_alone_is_no_second_factor_but_leads_to_one() {
    let scene = Scene::set().await;
    scene.app.person("bob").await;
    known_to_entra(&scene.app, "bob", "b0b").await;
    let pass = scene.app.pass("bob").await;
    let mut hint = scene.hint();
    (hint["oid"], hint["sub"]) = ("b0b".into(), "bob at Entra".into());
    let request = scene.entra.request(&scene.client, &scene.entra.sign(&hint));
    let (mut bob, mut phone) = (scene.app.visitor(), SoftAuthenticator::new());
    bob.authorize(&request).await.page();
    let page = bob.submit("pass", &[("pass", &pass)]).await.page();
    assert!(page.heading().starts_with("Welcome"), "{}", page.heading());
    let page = bob.register(&mut phone).await.page();
    assert!(page.value("id_token").is_none(), "what was set up must be used once");
    let page = if page.heading() == "You're all set" {
        bob.submit("finish", &[]).await.page()
    } else {
        bob.use_passkey(&mut phone).await.page()
    };
    let page = if page.value("id_token").is_none() {
        bob.submit("finish", &[]).await.page()
    } else {
        page
    };
    believe(&scene.app, &request, &hint, &answer(&page)).await;
}

/// [Attacks] OIDC Core §3.1.2.1 · a second factor of somebody else
#[tokio::test]
async fn another_persons_key_is_refused() {
    let scene = Scene::set().await;
    scene.app.person("eve").await;
    let pass = scene.app.one_time_pass("eve").await;
    let payroll = Registered {
        id: "payroll".into(),
        secret: String::new(),
        redirect_uri: crate::support::app::CALLBACK.into(),
    };
    let (mut eve, mut key) = (scene.app.visitor(), SoftAuthenticator::new());
    eve.day_one(&Request::of(&payroll), "eve", &pass, &mut key).await.code();
    eve.authorize(&scene.request()).await.page();
    let (status, told) = eve.try_passkey(&mut key).await;
    assert!(status >= 400, "{told}");
    // Nor can she say that it is she after all.
    eve.submit("identify", &[("username", "eve")]).await.page();
    let page = eve.submit("restart", &[]).await.page();
    assert!(page.body.contains(">ada<") && page.value("id_token").is_none());
    let pass = scene.app.pass("eve").await;
    let page = eve.submit("pass", &[("pass", &pass)]).await.page();
    assert!(page.alert().is_some(), "{}", page.heading());
}

/// [Attacks] OIDC Core §3.1.3.7 · hints of another tenant, audience, time, key or none
#[tokio::test]
async fn only_a_hint_of_this_tenant_for_this_application_of_this_moment_counts() {
    let scene = Scene::set().await;
    let changed = |name: &str, value: Value| {
        let mut hint = scene.hint();
        hint[name] = value;
        scene.entra.sign(&hint)
    };
    let without = |name: &str| {
        let mut hint = scene.hint();
        hint.as_object_mut().unwrap().remove(name);
        scene.entra.sign(&hint)
    };
    let now = scene.app.now();
    let stranger = rsa_key("stranger");
    let posing = rsa_key("7_Zuf1tvkwLxYaHS3q6lUjUYIGw");
    let good = scene.entra.sign(&scene.hint());
    let mut tampered = good.split('.').map(str::to_owned).collect::<Vec<_>>();
    tampered[1] = scene.entra.sign(&json!({ "sub": "eve" })).split('.').nth(1).unwrap().to_owned();
    for (case, hint) in [
        ("another tenant's issuer", changed("iss", "https://login.example/other/v2.0".into())),
        ("another tenant", changed("tid", "other".into())),
        ("no tenant", without("tid")),
        ("another application", changed("aud", "other".into())),
        ("our client id", changed("aud", "entra".into())),
        ("two applications", changed("aud", json!([crate::support::entra::APP_ID, "other"]))),
        ("issued too long ago", changed("iat", (now - 601).into())),
        ("expired too long ago", changed("exp", (now - 601).into())),
        ("not yet", changed("nbf", (now + 120).into())),
        ("issued in the future", changed("iat", (now + 120).into())),
        ("no iat", without("iat")),
        ("no exp", without("exp")),
        ("no sub", without("sub")),
        ("an empty sub", changed("sub", "".into())),
        ("no oid", without("oid")),
        ("an oid that is no text", changed("oid", json!(["a"]))),
        ("nobody signed it", unsigned(&scene.hint())),
        ("HMAC with a public key", hmac(&scene.hint(), b"public", "7_Zuf1tvkwLxYaHS3q6lUjUYIGw")),
        ("a stranger's key", sign_with(&stranger, &scene.hint())),
        ("a stranger's key that poses as Entra's", sign_with(&posing, &scene.hint())),
        ("another algorithm", ClientKey::new("7_Zuf1tvkwLxYaHS3q6lUjUYIGw").sign(&scene.hint())),
        ("tampered with", tampered.join(".")),
        ("no token", "nonsense".into()),
    ] {
        let (error, description) = scene.told(&hint).await;
        assert_eq!(error, "invalid_request", "{case}: {description}");
        assert!(description.contains("id_token_hint"), "{case}: {description}");
    }
    let request = scene.request().without("id_token_hint");
    assert_eq!(refusal(&scene.app, &request).await.0, "invalid_request");
    // The good one is good, and is not, ten minutes later.
    let page = scene.app.visitor().authorize(&scene.entra.request(&scene.client, &good)).await;
    assert!(page.page().path.starts_with("/journey/"));
    scene.app.wait(Duration::from_secs(601));
    assert_eq!(scene.told(&good).await.1, "id_token_hint has expired");
}

#[tokio::test]
async fn whom_a_hint_names_must_be_one_person_who_may_sign_in() {
    let scene = Scene::set().await;
    let named = |oid: &str| {
        let mut hint = scene.hint();
        hint["oid"] = oid.into();
        scene.entra.sign(&hint)
    };
    assert_eq!(scene.told(&named("nobody")).await.0, "access_denied");
    assert_eq!(scene.told(&named(&ADA_OID.to_uppercase())).await.0, "access_denied");
    scene.app.person("twin").await;
    known_to_entra(&scene.app, "twin", ADA_OID).await;
    assert_eq!(scene.told(&named(ADA_OID)).await.0, "access_denied", "two are nobody");
    known_to_entra(&scene.app, "twin", "alone").await;
    scene.app.disable("twin").await;
    assert_eq!(scene.told(&named("alone")).await.0, "access_denied");
}

#[tokio::test]
async fn people_may_be_found_by_username_or_mail_address() {
    for by in [HintedBy::PreferredUsername, HintedBy::Email] {
        let app = App::start().await;
        app.person("ada").await;
        let entra = Entra::start().await;
        let client = entra.register(&app, by).await;
        let hint = entra.sign(&entra.hint(&app));
        let page = app.visitor().authorize(&entra.request(&client, &hint)).await.page();
        assert!(page.body.contains(">ada<"), "{by:?} {}", page.heading());
    }
}

#[tokio::test]
async fn what_a_key_is_not_is_not_promised() {
    let scene = Scene::set().await;
    let asking = |acr: Value, amr: Value| {
        let claims = json!({ "id_token": {
            "acr": { "essential": true, "values": acr }, "amr": { "essential": true, "values": amr },
        }});
        scene.request().with("claims", &claims.to_string())
    };
    for request in [
        asking(json!(["inherence"]), json!(["fido"])),
        asking(json!(["knowledgeorinherence"]), json!(["fido"])),
        asking(json!(["possessionorinherence"]), json!(["face", "otp", "sms"])),
    ] {
        let (error, _) = refusal(&scene.app, &request).await;
        assert_eq!(error, "unmet_authentication_requirements");
    }
    // A passkey that is copied between devices is not bound to one.
    let request = asking(json!(["possessionorinherence"]), json!(["hwk"]));
    let (mut ada, mut phone) = (scene.app.visitor(), scene.phone);
    ada.authorize(&request).await.page();
    let told = answer(&ada.use_passkey(&mut phone).await.page());
    let synced = told.get("error").map(String::as_str);
    assert_eq!(synced, Some("unmet_authentication_requirements"), "{told:?}");
}

/// [Attacks] OIDC Core §3.2.2.1, RFC 9700 §4.3 · an ID token in an address, or without nonce
#[tokio::test]
async fn an_id_token_is_posted_and_needs_a_nonce() {
    let scene = Scene::set().await;
    let app = &scene.app;
    // OIDC Core §3.2.2.1, and never in an address, not even what is wrong.
    for (request, wanted) in [
        (scene.request().without("nonce"), "nonce"),
        (scene.request().without("response_mode"), "form_post"),
        (scene.request().with("response_mode", "query"), "form_post"),
        (scene.request().with("response_mode", "fragment"), "response_mode"),
        (scene.request().with("scope", "email"), "openid"),
    ] {
        let (_, description) = refusal(app, &request).await;
        assert!(description.contains(wanted), "{description}");
    }
    // Who is not registered for it does not get it, and who is gets no code.
    let payroll = app.client("wages").await;
    let asked = Request::of(&payroll).with("response_type", "id_token");
    let refused = refusal(app, &asked.with("response_mode", "form_post")).await;
    assert_eq!(refused.0, "unauthorized_client");
    let code = scene.request().with("response_type", "code");
    let page = app.visitor().authorize(&code).await.page();
    assert_eq!(page.value("error").as_deref(), Some("unauthorized_client"));
    for both in ["code id_token", "id_token token", "token"] {
        let request = scene.request().with("response_type", both);
        let page = app.visitor().authorize(&request).await.page();
        assert_eq!(page.value("error").as_deref(), Some("unsupported_response_type"));
    }
    let stolen = scene.request().with("redirect_uri", "https://evil.example/");
    assert_eq!(app.visitor().authorize(&stolen).await.page().status, 400);
    let (status, _) = app.visitor().token(&scene.client, &[("grant_type", "implicit")]).await;
    assert!(status >= 400);
}

#[tokio::test]
async fn an_application_that_trusts_no_other_issuer_is_told_in_our_words() {
    let mut scene = Scene::set().await;
    let client = scene
        .app
        .client_with("old", true, |settings| {
            settings.response_types = vec![ResponseType::Code, ResponseType::IdToken];
        })
        .await;
    let request = Request::of(&client)
        .with("response_type", "id_token")
        .with("response_mode", "form_post")
        .with("scope", "openid email")
        .without("code_challenge")
        .without("code_challenge_method");
    let mut ada = scene.app.visitor();
    ada.authorize(&request).await.page();
    let page = ada.use_passkey(&mut scene.phone).await.page();
    let told = claims(&page.value("id_token").unwrap().into());
    assert_eq!(
        (told["acr"].clone(), told["email"].clone()),
        (json!("phr"), json!("ada@example.com"),)
    );
    assert_eq!((told["nonce"].clone(), told.get("at_hash")), (json!("a nonce"), None));
    // With a session, at once. Entra's words mean nothing here.
    let page = ada.authorize(&request.clone().with("prompt", "none")).await.page();
    assert!(page.value("id_token").is_some() && page.value("access_token").is_none());
    let (error, _) = refusal(&scene.app, &request.with("claims", MFA)).await;
    assert_eq!(error, "unmet_authentication_requirements");
}

#[tokio::test]
async fn trust_in_an_outside_issuer_is_the_operators_and_goes_with_id_tokens_alone() {
    let scene = Scene::set().await;
    let change = |change: fn(&mut firstkey::domain::client::ClientSettings)| {
        let services = scene.app.services.clone();
        async move {
            let edit = move |settings: &mut firstkey::domain::client::ClientSettings,
                             _: &mut bool| {
                change(settings);
                Ok(())
            };
            services.edit_client(&Caller::OPERATOR, "entra", None, edit).await
        }
    };
    let code = ResponseType::Code;
    for refused in [
        change(|it| it.response_types.push(ResponseType::Code)).await,
        change(|it| it.external_hint.as_mut().unwrap().issuer = "login".into()).await,
        change(|it| it.external_hint.as_mut().unwrap().jwks_uri = "http://a.example/k".into())
            .await,
        change(|it| it.external_hint.as_mut().unwrap().audience = String::new()).await,
    ] {
        assert!(refused.is_err(), "{}", code.name());
    }
    let token = scene
        .app
        .services
        .issue_registration_token(&Caller::OPERATOR, 1, Duration::from_secs(60))
        .await
        .unwrap();
    let hint = json!({ "issuer": "https://evil.example", "jwks_uri": "https://evil.example/k",
                       "audience": "x" });
    let metadata = json!({ "redirect_uris": ["https://evil.example/"], "external_hint": hint });
    let answer = reqwest::Client::new()
        .post(scene.app.url("/register"))
        .bearer_auth(token.reveal())
        .json(&metadata)
        .send()
        .await
        .unwrap();
    let registered: Value = answer.json().await.unwrap();
    assert!(registered.get("external_hint").is_none(), "{registered}");
}
