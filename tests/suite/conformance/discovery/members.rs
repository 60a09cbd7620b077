//! Scopes, claims, subjects, classes, prompts and languages that discovery advertises.

use firstkey::domain::client::{Scope, SubjectType};
use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::json;

use super::super::Plan;
use super::{document, list, signed_in, tokens};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::maker::Maker;
use crate::support::visitor::{Landing, Request, claims};

/// [Config OP] OIDC Discovery §3 · scopes_supported, claims_supported
#[tokio::test]
async fn every_scope_is_granted_and_every_claim_told() {
    let (mut plan, document) = signed_in().await;
    let edit = |user: &mut User| {
        user.profile.given_name = Some("Ada".into());
        user.profile.surname = Some("Example".into());
        user.profile.preferred_language = Some("en".into());
        user.roles.insert(Role::GlobalAdministrator);
        Ok(())
    };
    plan.app.services.edit_user(&Caller::OPERATOR, "ada", None, edit).await.unwrap();
    let (_, tokens) =
        tokens(&mut plan, "all", |settings| settings.scope = Scope::all().collect()).await;
    let granted: Vec<_> = tokens["scope"].as_str().unwrap().split(' ').collect();
    for scope in list(&document, "scopes_supported") {
        assert!(granted.contains(&scope.as_str()), "{scope}: {granted:?}");
    }
    assert!(tokens["refresh_token"].is_string());
    let said = claims(&tokens["id_token"]);
    let about = plan.ada.userinfo(tokens["access_token"].as_str().unwrap()).await.1;
    for claim in list(&document, "claims_supported") {
        assert!(
            said.get(&claim).is_some() || about.get(&claim).is_some(),
            "{claim}: {said} {about}"
        );
    }
}

/// Gives Ada a key that its maker vouches for, and signs her in with it.
async fn sign_in_with_hardware(plan: &mut Plan) {
    let maker = Maker::new("Acme");
    let services = &plan.app.services;
    services.add_attestation_root(&Caller::OPERATOR, maker.root(), &[], vec![]).await.unwrap();
    let mut key = SoftAuthenticator::new().made_by(&maker);
    let again = plan.request().with("prompt", "login");
    let pass = plan.app.pass("ada").await;
    plan.ada.authorize(&again).await.page();
    plan.ada.sign_in("ada", &pass).await.page();
    plan.ada.register(&mut key).await.page();
    plan.ada.authorize(&again).await.page();
    plan.ada.use_passkey(&mut key).await.code();
}

/// [Config OP] OIDC Discovery §3 · subject_types_supported, acr_values_supported, prompt_values_supported
#[tokio::test]
async fn every_kind_of_subject_class_and_prompt_is_known() {
    let (mut plan, document) = signed_in().await;
    let mut subjects = Vec::new();
    for kind in list(&document, "subject_types_supported") {
        let kind: SubjectType = kind.parse().unwrap();
        let (_, tokens) =
            tokens(&mut plan, kind.name(), |settings| settings.subject_type = kind).await;
        subjects.push(claims(&tokens["id_token"])["sub"].clone());
    }
    assert_ne!(subjects[0], subjects[1]);
    // The weaker classes come with whoever has no key: they are reached in tests of the pass and of
    // upstreams, and asking for them here is met by something stronger: a key whose maker vouches.
    sign_in_with_hardware(&mut plan).await;
    for class in list(&document, "acr_values_supported") {
        let essential =
            format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":["{class}"]}}}}}}"#);
        let request = plan.request().with("claims", &essential);
        let answer = plan.ask(&request).await;
        let code = answer.code();
        let (_, tokens) = plan.ada.redeem(&request, code).await;
        assert_eq!(claims(&tokens["id_token"])["acr"], json!(class), "{class}");
    }
    for prompt in list(&document, "prompt_values_supported") {
        let request = plan.request().with("prompt", &prompt);
        match (prompt.as_str(), plan.ada.authorize(&request).await) {
            ("none", Landing::Away(_)) => {}
            (_, Landing::Page(page)) => assert_eq!(page.status, 200, "{prompt}"),
            (_, other) => panic!("{prompt}: {other:?}"),
        }
    }
}

/// [Config OP] OIDC Discovery §3 · ui_locales_supported
#[tokio::test]
async fn every_language_is_one_that_pages_are_in() {
    let app = App::start().await;
    let document = document(&app).await;
    let client = app.client("payroll").await;
    for language in list(&document, "ui_locales_supported") {
        let request = Request::of(&client).with("ui_locales", &language);
        let page = app.visitor().authorize(&request).await.page();
        assert!(page.body.contains(&format!("<html lang=\"{language}\"")), "{language}");
        assert_eq!(page.headers["content-language"], language.as_str());
    }
}
