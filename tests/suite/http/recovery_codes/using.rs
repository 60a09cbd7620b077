//! A recovery code is used: what it opens, for whom and for how long.

use firstkey::domain::audit::Activity;
use serde_json::json;

use super::{MINUTE, PAGE, ada_with_codes, at_home, make, recover};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, claims};

on_both_engines! {
    async fn a_code_sets_up_something_new_and_does_nothing_before(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        let page = recover(&mut ada, &request, "Ada", &codes[3].to_lowercase().replace('-', " ")).await;
        assert_eq!(page.heading(), "Welcome back, Ada Example.");
        assert!(!page.body.contains("Skip for now"), "nothing else is to be done");
        // Not by skipping, nor by another page or application.
        let journey = ada.journey();
        for action in ["skip", "continue", "finish"] {
            let page = ada.submit(action, &[]).await.page();
            assert_eq!(page.heading(), "Welcome back, Ada Example.", "{action}");
        }
        for path in ["/security-info", PAGE, "/admin"] {
            let page = ada.open(path).await.page();
            let opened = ["My Security Info", "Recovery codes", "Overview"];
            assert!(!opened.contains(&page.heading().as_str()), "{path}: {}", page.heading());
        }
        ada.open(&journey).await.page();
        let page = ada.register(&mut phone).await.page();
        assert_eq!(page.heading(), "Still have these?");
        let page = ada.submit("review", &[("decision", "keep")]).await.page();
        assert_eq!(page.heading(), "You're all set");
        // The code made no others.
        assert!(!page.body.contains("Make recovery codes"), "only few would be a reason");
        let code = ada.submit("finish", &[]).await.code();
        let (status, tokens) = ada.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        let told = claims(&tokens["id_token"]);
        assert_eq!(told["acr"], "urn:firstkey:acr:bootstrap");
        assert_eq!(told["amr"], json!(["recovery", "otp"]));
        let audited = app.audited(Activity::RecoveryCodeSignIn).await;
        assert_eq!(audited, [(true, "signed in, 9 left".to_owned())]);
        // It stands as long as a pass would, and no longer.
        app.wait(61 * MINUTE);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(ada.refresh(&request.client, refresh).await.0, 400);
    }
}

#[tokio::test]
async fn a_code_gives_ten_minutes_to_register() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let (codes, _) = ada_with_codes(&app, &request).await;
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    recover(&mut ada, &request, "ada", &codes[0]).await;
    app.wait(10 * MINUTE);
    let (status, _) = ada.try_register(&mut phone, "passkey").await;
    assert_eq!(status, 409);
    let journey = ada.journey();
    assert_eq!(ada.open(&journey).await.page().heading(), "Welcome");
}

#[tokio::test]
async fn a_code_is_typed_for_the_person_whom_the_application_names_and_nobody_else() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let (codes, mut device) = ada_with_codes(&app, &request).await;
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let code = ada.use_passkey(&mut device).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    let hint = tokens["id_token"].as_str().unwrap().to_owned();
    let (mut bob, _) = at_home(&app, "bob", &request).await;
    let others = make(&mut bob).await;
    // Bob's code, where the application wants Ada: he is signed in, but not here.
    let hinted = request.clone().with("id_token_hint", &hint);
    let mut visitor = app.visitor();
    let page = recover(&mut visitor, &hinted, "bob", &others[0]).await;
    assert!(page.status == 200 && !page.heading().starts_with("You're"), "{}", page.heading());
    let (status, _) = visitor.try_register(&mut SoftAuthenticator::new(), "passkey").await;
    assert_eq!(status, 409, "he may not set up here");
    let page = recover(&mut app.visitor(), &hinted, "ada", &codes[0]).await;
    assert!(page.heading().starts_with("Welcome back, Ada"));
}
