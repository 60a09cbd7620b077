//! Recovery codes over HTTP: made, shown once, used once, and good for setting up alone.

mod losing;
mod making;
mod refusing;
mod telling;
mod using;

use std::time::Duration;

use serde_json::json;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Page, Request, Visitor};

const MINUTE: Duration = Duration::from_secs(60);
const PAGE: &str = "/security-info/recovery-codes";

/// Lets everybody have codes.
async fn allowed(app: &App) {
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    app.one_method_is_enough().await;
}

/// The codes on a page.
fn codes(page: &Page) -> Vec<String> {
    let parts = page.body.split("<code>").skip(1);
    parts.map(|part| part.split_once("</code>").unwrap().0.to_owned()).collect()
}

/// Somebody with a key who has just signed in with it, and is at their own page.
async fn at_home(app: &App, name: &str, request: &Request) -> (Visitor, SoftAuthenticator) {
    app.person(name).await;
    let pass = app.one_time_pass(name).await;
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(request, name, &pass, &mut device).await.away();
    app.wait(60 * MINUTE);
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    visitor.use_passkey(&mut device).await.away();
    (visitor, device)
}

/// Makes new codes from one's own page.
async fn make(visitor: &mut Visitor) -> Vec<String> {
    let page = visitor.open(PAGE).await.page();
    let seen = page.value("seen").unwrap_or_default();
    let page = visitor.submit_to(PAGE, &[("seen", &seen)]).await.page();
    assert_eq!(page.heading(), "Save these codes", "{}", page.path);
    assert_eq!(page.headers["cache-control"], "no-store");
    codes(&page)
}

/// Ada's codes, and the device whose key she may lose.
async fn ada_with_codes(app: &App, request: &Request) -> (Vec<String>, SoftAuthenticator) {
    allowed(app).await;
    let (mut ada, device) = at_home(app, "ada", request).await;
    let codes = make(&mut ada).await;
    app.wait(60 * MINUTE);
    (codes, device)
}

/// Goes to the form for codes and fills it in.
async fn recover(visitor: &mut Visitor, request: &Request, username: &str, code: &str) -> Page {
    let page = visitor.authorize(request).await.page();
    assert!(page.body.contains("Use a recovery code"), "{}", page.heading());
    let path = format!("{}/recovery", visitor.journey());
    visitor.open(&path).await.page();
    visitor.submit("recovery", &[("username", username), ("code", code)]).await.page()
}
