//! The first day by an upstream: two real servers, one browser, a passkey on each.

use serde_json::json;
use url::Url;

use super::pages::Album;
use super::{finish, how};
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};
use crate::support::relying_party::RelyingParty;
use crate::support::upstream::{ADA, CLIENT, Stage, add_upstream, back_from, contoso, person};
use crate::support::visitor::Request;

#[tokio::test]
async fn somebody_known_to_contoso_gets_a_passkey_here_and_needs_contoso_no_more() {
    let browser = Browser::new().await;
    let (here, there) = (App::start().await, App::start().await);
    for app in [&here, &there] {
        person(app, ADA).await;
        app.one_method_is_enough().await;
    }
    let callback = here.url("/upstream/contoso/callback");
    let us = there.client_with(CLIENT, false, |it| it.redirect_uris = vec![callback]).await;
    add_upstream(&here, contoso(&there.issuer), &us.secret).await;
    let payroll = RelyingParty::start(&here).await;

    // Ada sets up at Contoso what her browser will use there.
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = there.pass(ADA).await;
    browser.goto(there.url("/security-info")).await;
    browser.fill("Username", ADA).await;
    browser.press("Next").await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.press("Add a passkey").await;
    finish(&browser).await;
    browser.wait_url(&there.url("/security-info")).await;
    browser.forget_cookies().await;

    browser.goto(payroll.url("/login")).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.set_presence(&device, false).await;
    browser.fill("Username", ADA).await;
    browser.press("Next").await;
    browser.heading("Welcome").await;
    browser.press("Continue with Contoso").await;
    browser.wait_url(&there.url("/journey/")).await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    browser.wait_url(&here.url("/journey/")).await;
    browser.heading("Welcome, Ada Example.").await;
    // Both servers are called localhost: what is used here from now on is on another device, so
    // that the two are told apart.
    browser.remove_authenticator(&device).await;
    browser.add_authenticator(Authenticator::Platform).await;
    browser.press("Add a passkey").await;
    finish(&browser).await;
    let told = payroll.result(&browser).await;
    assert_eq!(how(&told), json!(["urn:firstkey:acr:upstream", ["fed"]]));
    assert_eq!(told["claims"]["name"], "Ada Example");

    // The next day.
    drop(there);
    browser.forget_cookies().await;
    browser.goto(payroll.url("/login")).await;
    let told = payroll.result(&browser).await;
    assert_eq!(told["claims"]["acr"], "phr", "by autofill, with what is on the device");
    browser.close().await;
}

#[tokio::test]
async fn a_sign_in_there_that_is_not_recent_is_no_dead_end() {
    let (browser, stage) = (Browser::new().await, Stage::on(App::start().await).await);
    let album = Album::of(&browser);
    person(&stage.app, ADA).await;
    let request = Request::of(&stage.payroll).with("prompt", "login");
    browser.goto(stage.app.url(&request.path())).await;
    browser.fill("Username", ADA).await;
    browser.press("Next").await;
    browser.press("Continue with Contoso").await;
    let away: Url = browser.wait_url(&stage.contoso.issuer).await.parse().unwrap();
    stage.contoso.gives(&stage.key.sign(&stage.contoso.claims(&stage.app, &away)));
    browser.goto(stage.app.url(&back_from(&away))).await;
    browser.wait_for_text("Contoso did not confirm one.").await;
    album.look("upstream-not-fresh").await;
    // The pass is as good as ever.
    let pass = stage.app.pass(ADA).await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.close().await;
}
