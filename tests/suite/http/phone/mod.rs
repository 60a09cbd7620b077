//! Signing in with a phone, over HTTP: what a phone does, and what somebody who is none tries.

mod asking;
mod deciding;
mod pairing;
mod waking;

use std::time::Duration;

use firstkey::domain::audit::Activity;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::{TestDatabase, on_both_engines};
use crate::support::phone::{SoftPhone, code_of, marked, number, settle};
use crate::support::visitor::{Page, Request, Visitor, claims};

const MINUTE: Duration = Duration::from_secs(60);

/// Somebody who is asked to register something, by a pass.
async fn arrives(app: &App, username: &str, request: &Request) -> Visitor {
    app.person(username).await;
    let pass = app.pass(username).await;
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    let page = visitor.sign_in(username, &pass).await.page();
    assert!(page.heading().starts_with("Welcome"), "{} {:?}", page.heading(), page.alert());
    visitor
}

/// Payroll, at which one method is enough.
async fn payroll(app: &App) -> Request {
    app.one_method_is_enough().await;
    Request::of(&app.client("payroll").await)
}

/// Somebody with this phone, whose pass is long over.
async fn with(app: &App, username: &str, request: &Request, mut phone: SoftPhone) -> SoftPhone {
    let mut owner = arrives(app, username, request).await;
    let page = phone.pair(app, &mut owner).await;
    assert_eq!(page.heading(), "You're all set");
    owner.submit("finish", &[]).await.code();
    app.wait(2 * 60 * MINUTE);
    phone
}

/// Asks this person's phone, from a new browser; what the computer shows.
async fn asks(app: &App, username: &str, request: &Request) -> (Visitor, Page) {
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    let page = ask(&mut visitor, username).await;
    (visitor, page)
}

async fn ask(visitor: &mut Visitor, username: &str) -> Page {
    visitor.submit("phone", &[("username", username)]).await.page()
}

/// "I have approved": what a computer without scripts does.
async fn goes_on(visitor: &mut Visitor) -> Page {
    visitor.submit("phone/redeem", &[]).await.page()
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"].as_str().unwrap_or_default())
}

fn error(error: &str, status: u16) -> (u16, &str) {
    (status, error)
}
