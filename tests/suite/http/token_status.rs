//! Asking about tokens (RFC 7662) and giving them back (RFC 7009).

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::client::GrantType;
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor};

/// Ada's tokens, and whose they are.
struct Tokens {
    ada: Visitor,
    client: Registered,
    access: String,
    refresh: String,
    id: String,
}

async fn tokens(app: &App) -> Tokens {
    app.one_method_is_enough().await;
    app.person("ada").await;
    let (pass, client) = (app.pass("ada").await, app.client("payroll").await);
    let request = Request::of(&client);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&request, "ada", &pass, &mut phone).await.code();
    // Signed in with the key, so that nothing ends with the pass.
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let code = ada.use_passkey(&mut phone).await.code();
    let (status, answer) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{answer}");
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    Tokens {
        access: text("access_token"),
        refresh: text("refresh_token"),
        id: text("id_token"),
        ada,
        client,
    }
}

async fn ask(app: &App, path: &str, client: &Registered, token: &str) -> (u16, Value) {
    let secret = Some(client.secret.as_str()).filter(|secret| !secret.is_empty());
    let mut form = vec![("token", token), ("client_id", client.id.as_str())];
    form.extend(secret.map(|secret| ("client_secret", secret)));
    let answer = reqwest::Client::new().post(app.url(path)).form(&form).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

async fn active(app: &App, client: &Registered, token: &str) -> bool {
    let (status, answer) = ask(app, "/introspect", client, token).await;
    assert_eq!(status, 200, "{answer}");
    if answer["active"] == false {
        assert_eq!(answer, json!({ "active": false }), "nothing else is told");
    }
    answer["active"].as_bool().unwrap()
}

on_both_engines! {
    async fn what_is_given_back_is_worth_nothing(app: App) {
        let Tokens { ada, client, access, refresh, .. } = tokens(&app).await;
        assert_eq!(ask(&app, "/revoke", &client, &refresh).await, (200, Value::Null));
        assert!(!active(&app, &client, &refresh).await && !active(&app, &client, &access).await);
        assert_eq!(ada.userinfo(&access).await.0, 401);
        assert_eq!(ada.refresh(&client, &refresh).await.1["error"], "invalid_grant");
        assert_eq!(ask(&app, "/revoke", &client, &refresh).await.0, 200, "twice is no error");
        assert_eq!(app.audited(Activity::GrantRevoked).await.len(), 1);
    }

    async fn an_access_token_takes_its_family_along(app: App) {
        let Tokens { ada, client, access, refresh, .. } = tokens(&app).await;
        assert_eq!(ask(&app, "/revoke", &client, &access).await.0, 200);
        assert_eq!(ada.userinfo(&access).await.0, 401);
        assert_eq!(ada.refresh(&client, &refresh).await.1["error"], "invalid_grant");
    }

    async fn an_application_is_told_about_its_own_tokens(app: App) {
        let Tokens { ada, client, access, refresh, id } = tokens(&app).await;
        let (_, answer) = ask(&app, "/introspect", &client, &access).await;
        assert_eq!((&answer["active"], &answer["client_id"]), (&json!(true), &json!("payroll")));
        assert_eq!((&answer["username"], &answer["token_type"]), (&json!("ada"), &json!("Bearer")));
        assert_eq!(answer["iss"], app.issuer);
        assert!(answer["exp"].as_i64().unwrap() > app.now() && answer["scope"].is_string());
        assert!(answer.get("gid").is_none());
        let (_, answer) = ask(&app, "/introspect", &client, &refresh).await;
        assert_eq!((&answer["active"], answer.get("token_type")), (&json!(true), None));
        for other in [id.as_str(), "nonsense", "a.b.c", &client.secret] {
            assert!(!active(&app, &client, other).await, "{other}");
            assert_eq!(ask(&app, "/revoke", &client, other).await.0, 200);
        }
        let (_, renewed) = ada.refresh(&client, &refresh).await;
        assert!(!active(&app, &client, &refresh).await, "it was used");
        let newer = renewed["refresh_token"].as_str().unwrap();
        assert!(active(&app, &client, newer).await);
        app.wait(Duration::from_secs(601));
        assert!(!active(&app, &client, &access).await, "it has expired");
        app.disable("ada").await;
        assert!(!active(&app, &client, newer).await);
    }
}

/// [Attacks] RFC 7662 §4 · introspecting and revoking others' tokens
#[tokio::test]
async fn others_learn_nothing_and_break_nothing() {
    let app = App::start().await;
    let Tokens { ada, client, access, refresh, .. } = tokens(&app).await;
    let other = app.client("other").await;
    for token in [&access, &refresh] {
        assert!(!active(&app, &other, token).await);
        assert_eq!(ask(&app, "/revoke", &other, token).await, (200, Value::Null));
        assert!(active(&app, &client, token).await, "somebody else gave it back");
    }
    let thief = Registered { secret: "wrong".into(), ..client.clone() };
    let spa = app.client_with("spa", true, |_| ()).await;
    for path in ["/introspect", "/revoke"] {
        assert_eq!(ask(&app, path, &thief, &access).await.0, 401);
        assert_eq!(ask(&app, path, &client, "").await.1["error"], "invalid_request");
    }
    let (status, answer) = ask(&app, "/introspect", &spa, &access).await;
    assert_eq!((status, &answer["error"]), (400, &json!("unauthorized_client")));
    assert_eq!(ada.userinfo(&access).await.0, 200);
}

#[tokio::test]
async fn an_application_of_its_own_can_ask_and_must_wait() {
    let app = App::start().await;
    let robot = app
        .client_with("robot", false, |settings| {
            settings.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
    let (_, answer) = app.visitor().token(&robot, &[("grant_type", "client_credentials")]).await;
    let token = answer["access_token"].as_str().unwrap();
    assert!(active(&app, &robot, token).await);
    let (status, answer) = ask(&app, "/revoke", &robot, token).await;
    assert_eq!((status, &answer["error"]), (400, &json!("unsupported_token_type")));
}
