//! Keys by policy: what makers vouch for, which keys stay on one device, which models are taken, and
//! what people hear whose key is not.

mod demanding;
mod vouching;

use firstkey::domain::audit::Activity;
use firstkey::domain::credential::Credential;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::App;
use crate::support::maker::Maker;
use crate::support::visitor::{Request, Visitor};

const MODEL: Uuid = Uuid::from_u128(0xacce);

/// The policy that wants a maker's word for every new key.
async fn enforced(app: &App) {
    app.policy("Fido2", json!({ "isAttestationEnforced": true })).await;
}

async fn trusted(app: &App, maker: &Maker) {
    let caller = &Caller::OPERATOR;
    app.services.add_attestation_root(caller, maker.root(), &[], vec![]).await.unwrap();
}

/// Somebody with a pass, where they are asked to register.
async fn at_registration(app: &App, name: &str, request: &Request) -> Visitor {
    if app.services.find_user(name).await.is_err() {
        app.person(name).await;
    }
    let pass = app.pass(name).await;
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    visitor.sign_in(name, &pass).await.page();
    visitor
}

async fn keys(app: &App, name: &str) -> Vec<Credential> {
    app.services.show_user(name).await.unwrap().methods
}

/// Why the last registration was refused.
async fn refusal(app: &App) -> String {
    let (success, reason) = app.audited(Activity::MethodRegistered).await.remove(0);
    assert!(!success, "{reason}");
    reason
}

/// The page that the answer to a script leads to.
async fn told(visitor: &mut Visitor, answer: &(u16, Value)) -> String {
    let (status, answer) = answer;
    assert_eq!((*status, answer["error"].as_str()), (403, Some("key_not_accepted")), "{answer}");
    let location = answer["location"].as_str().expect("a page of its own").to_owned();
    assert!(location.ends_with("/refused"), "{location}");
    visitor.open(&location).await.page().body
}
