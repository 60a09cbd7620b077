//! Consent: asked for others' applications, once, and never skipped.

use firstkey::domain::audit::Activity;

use super::signed_in;
use crate::support::app::{App, Registered};
use crate::support::visitor::Request;

async fn third_party(app: &App) -> Registered {
    app.client_with("theirs", false, |settings| settings.third_party = true).await
}

#[tokio::test]
async fn others_applications_ask_once() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let request = Request::of(&third_party(&app).await).with("scope", "openid email");
    assert_eq!(
        ada.authorize(&request.clone().with("prompt", "none")).await.error(),
        "consent_required"
    );
    let page = ada.authorize(&request).await.page();
    assert_eq!(page.heading(), "Share this with Payroll?");
    assert!(page.body.contains("app.example") && page.body.contains("Your e-mail address"));
    // The last step's address gives nothing while consent is owed.
    let finish = format!("{}/finish", ada.journey());
    assert_eq!(ada.open(&finish).await.page().heading(), "Share this with Payroll?");
    assert_eq!(
        ada.submit("finish", &[]).await.page().heading(),
        "Share this with Payroll?",
        "nor does the form"
    );
    assert_eq!(ada.submit("consent", &[]).await.page().status, 400, "neither yes nor no");
    ada.authorize(&request).await.page();
    ada.submit("consent", &[("decision", "allow")]).await.code();
    ada.authorize(&request).await.code();
    ada.authorize(&request.clone().with("prompt", "none")).await.code();
    // More is asked for again, and so is what `prompt=consent` wants asked.
    let more = request.clone().with("scope", "openid email profile");
    ada.authorize(&more).await.page();
    ada.authorize(&request.with("prompt", "consent")).await.page();
    assert_eq!(app.audited(Activity::ConsentGiven).await, [(true, "openid email".to_owned())]);
}

/// [Attacks] OIDC Core §3.1.2.4 · consent that was not given
#[tokio::test]
async fn whoever_declines_goes_back_with_an_error() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let request = Request::of(&third_party(&app).await);
    ada.authorize(&request).await.page();
    let journey = ada.journey();
    let landing = ada.submit("consent", &[("decision", "deny")]).await;
    assert_eq!(landing.error(), "access_denied");
    // Going back does not bring the question up again.
    let page = ada.open(&journey).await.page();
    assert_eq!((page.status, page.heading().as_str()), (410, "This sign-in is over"));
    // But the application may ask anew.
    assert_eq!(ada.authorize(&request).await.page().heading(), "Share this with Payroll?");
}

#[tokio::test]
async fn our_own_applications_do_not_ask() {
    let app = App::start().await;
    let (mut ada, mut phone) = signed_in(&app, "ada").await;
    ada.authorize(&Request::of(&app.client("another").await)).await.code();
    // Unless they want it asked.
    let request = Request::of(&app.client("careful").await).with("prompt", "consent");
    assert_eq!(ada.authorize(&request).await.page().heading(), "Share this with Payroll?");
    let mut elsewhere = app.visitor();
    elsewhere.authorize(&request).await.page();
    let page = elsewhere.use_passkey(&mut phone).await.page();
    assert_eq!(page.heading(), "Share this with Payroll?");
}
