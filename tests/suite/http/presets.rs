//! What a preset registers is enough for what the settings of its other side ask for.

use firstkey::domain::client::{Preset, Scope};
use firstkey::service::caller::Caller;
use serde_json::json;

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, claims, param};

/// Registers the application of a preset at its example's address.
async fn register(app: &App, preset: &Preset) -> Registered {
    let settings = preset.settings(preset.title, preset.address).unwrap();
    let new = app.services.add_client(&Caller::OPERATOR, None, settings, preset.public).await;
    let new = new.unwrap();
    Registered {
        id: new.client.id.to_string(),
        secret: new.secret.map(|secret| secret.reveal().to_owned()).unwrap_or_default(),
        redirect_uri: String::new(),
    }
}

#[tokio::test]
async fn each_is_told_who_it_is_and_in_which_groups_and_signs_people_out() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    app.services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
    app.services.set_membership(&Caller::OPERATOR, "Staff", "ada", true).await.unwrap();
    let (pass, mut phone) = (app.pass("ada").await, SoftAuthenticator::new());
    let first = Request::of(&app.client("payroll").await);
    app.visitor().day_one(&first, "ada", &pass, &mut phone).await.code();

    for preset in Preset::ALL {
        let name = preset.name;
        let registered = register(&app, &preset).await;
        let settings = preset.settings(preset.title, preset.address).unwrap();
        let scope = Scope::join(preset.scopes);
        for redirect_uri in settings.redirect_uris {
            let client = Registered { redirect_uri, ..registered.clone() };
            let request = Request::of(&client).with("scope", &scope);
            let mut ada = app.visitor();
            ada.authorize(&request).await.page();
            let landing = ada.use_passkey(&mut phone).await.away();
            assert!(landing.as_str().starts_with(&client.redirect_uri), "{name}: {landing}");
            let code = param(&landing, "code").unwrap();
            let (status, tokens) = ada.redeem(&request, &code).await;
            assert_eq!(status, 200, "{name}: {tokens}");
            let told = claims(&tokens["id_token"]);
            assert_eq!(told["groups"], json!(["Staff"]), "{name}");
            assert_eq!(told["email"], "ada@example.com", "{name}");
            assert_eq!(told["preferred_username"], "ada", "{name}");
            let stays = preset.scopes.contains(&Scope::OfflineAccess);
            assert_eq!(tokens.get("refresh_token").is_some(), stays, "{name}");
            if stays {
                let token = tokens["refresh_token"].as_str().unwrap();
                let (status, fresh) = ada.refresh(&client, token).await;
                assert_eq!(status, 200, "{name}");
                assert_eq!(claims(&fresh["id_token"])["groups"], json!(["Staff"]), "{name}");
            }

            let hint = tokens["id_token"].as_str().unwrap();
            if let Some(after) = settings.post_logout_redirect_uris.first() {
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("id_token_hint", hint)
                    .append_pair("post_logout_redirect_uri", after)
                    .finish();
                let away = ada.open(&format!("/end_session?{query}")).await.away();
                assert_eq!(away, after.parse().unwrap(), "{name}");
            }
        }
    }
}
