//! From a pass to a signed-in application.

use serde_json::json;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, claims, param};

on_both_engines! {
    async fn a_pass_leads_to_a_passkey_and_into_the_application(app: App) {
        app.person("ada").await;
        let pass = app.one_time_pass("ada").await;
        let request = Request::of(&app.client("payroll").await);
        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());

        let landing = ada.day_one(&request, "ada", &pass, &mut phone).await.away();
        assert!(landing.as_str().starts_with("https://app.example/callback?"));
        assert_eq!(param(&landing, "state").as_deref(), Some("a state"));
        assert_eq!(param(&landing, "iss").as_deref(), Some(app.issuer.as_str()));
        let (status, tokens) = ada.redeem(&request, &param(&landing, "code").unwrap()).await;
        assert_eq!(status, 200, "{tokens}");

        let id_token = claims(&tokens["id_token"]);
        assert_eq!(id_token["iss"], app.issuer);
        assert_eq!(id_token["aud"], json!(["payroll"]));
        assert_eq!(id_token["nonce"], "a nonce");
        assert_eq!(id_token["acr"], "urn:firstkey:acr:bootstrap");
        assert_eq!(id_token["amr"], json!(["tap", "otp"]));
        assert!((app.now() - id_token["auth_time"].as_i64().unwrap()).abs() < 5);

        // The next sign-in is a touch, without a username.
        let mut later = app.visitor();
        let page = later.authorize(&request).await.page();
        assert_eq!(page.heading(), "Hello. Who is signing in?");
        let code = later.use_passkey(&mut phone).await.code();
        let (_, tokens) = later.redeem(&request, &code).await;
        let again = claims(&tokens["id_token"]);
        assert_eq!(again["sub"], id_token["sub"]);
        assert_eq!(again["acr"], "phr");
        assert_eq!(again["amr"], json!(["swk", "user", "mfa"]));
        assert_ne!(again["sid"], id_token["sid"]);
        let (status, userinfo) = later.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!((status, &userinfo["sub"]), (200, &id_token["sub"]));
        assert_eq!(userinfo["email"], "ada@example.com");
    }
}
