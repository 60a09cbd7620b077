//! What an application demands, and by which name it is told what was met.

use std::time::Duration;

use firstkey::domain::assurance::Factor;
use firstkey::service::caller::Caller;
use serde_json::json;

use super::{Ada, BOOTSTRAP, MFA, proved};
use crate::support::app::App;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, claims};

on_both_engines! {
    async fn a_pass_completes_what_a_phone_began(app: App) {
        let mut ada = Ada::by_key(&app).await;
        proved(&app, &ada.told(), vec![Factor::Phone { user_verified: false }]).await;
        app.policy("Fido2", json!({ "state": "disabled" })).await;
        app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;
        let request = Request::of(&ada.client).with("acr_values", MFA);
        let silent = request.clone().with("prompt", "none");
        // The pass that there was is gone: nothing is left to add.
        let user = app.services.find_user("ada").await.unwrap();
        app.services.delete_pass(&Caller::OPERATOR, &user).await.unwrap();
        let unmet = "unmet_authentication_requirements";
        assert_eq!(ada.visitor.authorize(&silent).await.error(), unmet);

        let pass = app.one_time_pass("ada").await;
        app.policy("TemporaryAccessPass", json!({ "multifactorUse": "never" })).await;
        assert_eq!(ada.visitor.authorize(&silent).await.error(), unmet);
        app.policy("TemporaryAccessPass", json!({ "multifactorUse": "withAnother" })).await;
        assert_eq!(ada.visitor.authorize(&silent).await.error(), "login_required");
        let page = ada.visitor.authorize(&request).await.page();
        assert_eq!(page.heading(), "One more check");
        assert!(page.body.contains("Payroll asks for a second proof that it is you."), "{}", page.body);
        let code = ada.visitor.submit("pass", &[("pass", &pass)]).await.code();
        let (_, tokens) = ada.visitor.redeem(&request, &code).await;
        let told = claims(&tokens["id_token"]);
        assert_eq!((&told["acr"], &told["sid"]), (&json!(MFA), &ada.told()["sid"]));
        assert_eq!(told["amr"], json!(["swk", "pop", "tap", "otp", "mfa"]));
        // It was used, as a one-time pass is, and what stands now stands on both.
        let mut stranger = app.visitor();
        stranger.authorize(&request).await.page();
        let refused = stranger.sign_in("ada", &pass).await.page();
        assert!(refused.alert().is_some());
        app.wait(Duration::from_secs(2 * 60 * 60));
        assert_eq!(ada.redeems(&silent).await["acr"], MFA);
    }
}

#[tokio::test]
async fn an_essential_class_is_told_by_the_name_that_it_was_asked_for() {
    let app = App::start().await;
    let mut ada = Ada::by_key(&app).await;
    let asking = |essential: bool, classes: &[&str]| {
        let acr = json!({ "essential": essential, "values": classes });
        let claims = json!({ "id_token": { "acr": acr } }).to_string();
        Request::of(&ada.client).with("prompt", "none").with("claims", &claims)
    };
    let cases = [
        (asking(true, &[MFA]), MFA),
        (asking(true, &[BOOTSTRAP, MFA, "gold"]), MFA),
        (asking(true, &[MFA, "phr"]), "phr"),
        (asking(false, &[MFA]), "phr"),
    ];
    for (request, told) in cases {
        assert_eq!(ada.redeems(&request).await["acr"], told, "{:?}", request.params);
    }
}

#[tokio::test]
async fn what_is_preferred_is_asked_for_once_and_anything_listed_will_do() {
    let app = App::start().await;
    let mut ada = Ada::by_key(&app).await;
    let phone = Factor::Phone { user_verified: true };
    proved(&app, &ada.told(), vec![phone]).await;
    let request = Request::of(&ada.client).with("acr_values", &format!("phr {MFA}"));
    let silent = request.clone().with("prompt", "none");
    assert_eq!(ada.redeems(&silent).await["acr"], MFA, "nothing can be asked silently");
    let page = ada.visitor.authorize(&request).await.page();
    assert_eq!(page.heading(), "One more check");
    let code = ada.visitor.use_passkey(&mut ada.key).await.code();
    let (_, tokens) = ada.visitor.redeem(&request, &code).await;
    assert_eq!(claims(&tokens["id_token"])["acr"], "phr");
    // The other way round, the weaker one is preferred, and nothing is asked.
    proved(&app, &ada.told(), vec![phone]).await;
    let weaker = Request::of(&ada.client).with("acr_values", &format!("{MFA} phr"));
    assert_eq!(ada.redeems(&weaker).await["acr"], MFA);
}
