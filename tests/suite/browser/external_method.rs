//! Entra sends somebody here for their second factor, across sites, and gets them back.

use firstkey::domain::client::HintedBy;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::json;

use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};
use crate::support::entra::{ADA_OID, Entra, believe};

#[tokio::test]
async fn somebody_with_a_pass_registers_a_key_inside_entras_sign_in_and_uses_it_the_next_day() {
    let browser = Browser::new().await;
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let edit = |user: &mut User| {
        user.external_id = Some(ADA_OID.into());
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "ada", None, edit).await.unwrap();
    let entra = Entra::start().await;
    let client = entra.register(&app, HintedBy::Oid).await;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;

    let hint = entra.hint(&app);
    let request = entra.request(&client, &entra.sign(&hint));
    browser.goto(entra.serve(&app, &request)).await;
    browser.wait_for_text("Signing in to Contoso").await;
    browser.fill("Temporary Access Pass", &pass).await;
    browser.press("Sign in").await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    browser.wait_for_text("Use what you have just set up once").await;
    browser.press("Use a passkey").await;
    browser.heading("You're all set").await;
    browser.press("Continue").await;
    browser.heading("Back at Entra").await;
    let told = believe(&app, &request, &hint, entra.answers().last().unwrap()).await;
    assert_eq!(told["amr"], json!(["fido"]));

    // The session of then is no second factor of now.
    let mut hint = entra.hint(&app);
    hint["exp"] = (app.now() - 2).into();
    let request = entra.request(&client, &entra.sign(&hint)).with("nonce", "another");
    browser.goto(entra.serve(&app, &request)).await;
    browser.press("Use a passkey").await;
    browser.heading("Back at Entra").await;
    assert_eq!(entra.answers().len(), 2);
    believe(&app, &request, &hint, entra.answers().last().unwrap()).await;
    browser.close().await;
}
