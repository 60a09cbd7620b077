//! How applications say who they are at the token endpoint.

use firstkey::domain::client::{ClientSettings, Profile};
use firstkey::domain::id::ClientId;
use firstkey::service::AdminError;
use firstkey::service::caller::Caller;
use reqwest::StatusCode;
use reqwest::header::WWW_AUTHENTICATE;
use serde_json::Value;

use crate::support::app::{App, Registered};

async fn post(
    app: &App,
    basic: Option<(&str, &str)>,
    form: &[(&str, &str)],
) -> (StatusCode, Option<String>, Value) {
    let mut request = reqwest::Client::new().post(app.url("/token")).form(form);
    if let Some((id, secret)) = basic {
        request = request.basic_auth(id, Some(secret));
    }
    let answer = request.send().await.unwrap();
    let challenge = answer.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
    (answer.status(), challenge, answer.json().await.unwrap())
}

const CODE: [(&str, &str); 3] = [
    ("grant_type", "authorization_code"),
    ("code", "nonsense"),
    ("redirect_uri", "https://app.example/callback"),
];

/// Whether the client was believed: then only the code was wrong.
async fn believed(app: &App, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> bool {
    let (status, _, answer) = post(app, basic, &[&CODE, form].concat()).await;
    match answer["error"].as_str().unwrap() {
        "invalid_grant" => true,
        "invalid_client" => {
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            false
        }
        other => panic!("{other}: {answer}"),
    }
}

#[tokio::test]
async fn a_secret_goes_into_the_header_or_the_form() {
    let app = App::start().await;
    let Registered { id, secret, .. } = app.client("Pay-roll_1.x").await;
    let encoded = id.replace('P', "%50").replace('-', "%2D").replace('_', "%5f");
    assert!(believed(&app, Some((&encoded, &secret)), &[]).await, "form-encoded, RFC 6749 §2.3.1");
    assert!(believed(&app, None, &[("client_id", &id), ("client_secret", &secret)]).await);
    let plain = app.client("plain").await;
    assert!(believed(&app, Some(("plain", &plain.secret)), &[]).await);
    assert!(believed(&app, Some(("plain", &plain.secret)), &[("client_id", "plain")]).await);

    assert!(!believed(&app, Some(("plain", &secret)), &[]).await, "another client's secret");
    assert!(!believed(&app, Some(("plain", "")), &[]).await);
    assert!(!believed(&app, Some(("nobody", &secret)), &[]).await);
    assert!(!believed(&app, None, &[("client_id", "plain")]).await, "a secret is needed");
    assert!(!believed(&app, None, &[("client_id", "plain"), ("client_secret", "x")]).await);
    assert!(!believed(&app, None, &[]).await);
}

#[tokio::test]
async fn a_new_secret_and_a_closed_door_count_at_once() {
    let app = App::start().await;
    let Registered { id, secret, .. } = app.client("payroll").await;
    let renewed = app.services.renew_client_secret(&Caller::OPERATOR, &id).await.unwrap();
    let fresh = renewed.secret.unwrap();
    assert!(!believed(&app, Some((&id, &secret)), &[]).await, "the old secret is worth nothing");
    assert!(believed(&app, Some((&id, fresh.reveal())), &[]).await);
    let switch = |on: bool| {
        move |_: &mut ClientSettings, enabled: &mut bool| {
            *enabled = on;
            Ok(())
        }
    };
    app.services.edit_client(&Caller::OPERATOR, &id, None, switch(false)).await.unwrap();
    assert!(!believed(&app, Some((&id, fresh.reveal())), &[]).await, "it is disabled");
    app.services.edit_client(&Caller::OPERATOR, &id, None, switch(true)).await.unwrap();
    assert!(believed(&app, Some((&id, fresh.reveal())), &[]).await);

    let stale = app.services.edit_client(&Caller::OPERATOR, &id, Some(1), switch(false)).await;
    assert!(matches!(stale, Err(AdminError::Changed)), "another admin was faster");
}

#[tokio::test]
async fn one_way_at_a_time() {
    let app = App::start().await;
    let Registered { id, secret, .. } = app.client("payroll").await;
    let twice = [&CODE[..], &[("client_secret", &secret)]].concat();
    let (status, _, answer) = post(&app, Some((&id, &secret)), &twice).await;
    assert_eq!((status.as_u16(), answer["error"].as_str()), (400, Some("invalid_request")));
    let mixed = [&CODE[..], &[("client_id", "other")]].concat();
    let (status, _, answer) = post(&app, Some((&id, &secret)), &mixed).await;
    assert_eq!((status.as_u16(), answer["error"].as_str()), (400, Some("invalid_request")));
}

#[tokio::test]
async fn whoever_tried_the_header_is_told_so() {
    let app = App::start().await;
    app.client("payroll").await;
    let (_, challenge, _) = post(&app, Some(("payroll", "wrong")), &CODE).await;
    assert!(challenge.is_some_and(|challenge| challenge.starts_with("Basic ")));
    let form = [&CODE[..], &[("client_id", "payroll"), ("client_secret", "wrong")]].concat();
    let (_, challenge, _) = post(&app, None, &form).await;
    assert_eq!(challenge, None);
}

#[tokio::test]
async fn a_public_client_has_no_secret_to_send() {
    let app = App::start().await;
    app.client_with("phone", true, |_| ()).await;
    assert!(believed(&app, None, &[("client_id", "phone")]).await);
    assert!(!believed(&app, None, &[("client_id", "phone"), ("client_secret", "x")]).await);
}

#[tokio::test]
async fn scripts_of_any_origin_may_ask_where_no_cookie_is_looked_at() {
    let app = App::start().await;
    let http = reqwest::Client::new();
    let paths =
        ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo", "/par", "/revoke"];
    for path in paths {
        let answer = http
            .request(reqwest::Method::OPTIONS, app.url(path))
            .header("origin", "https://spa.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        assert!(answer.headers().get("access-control-allow-credentials").is_none(), "{path}");
    }
    for path in ["/authorize", "/security-info", "/end_session", "/introspect"] {
        let answer =
            http.get(app.url(path)).header("origin", "https://spa.example").send().await.unwrap();
        assert!(answer.headers().get("access-control-allow-origin").is_none(), "{path}");
    }
}

#[tokio::test]
async fn who_cannot_be_known_again_is_not_registered() {
    let app = App::start().await;
    let settings = app.services.find_client(&app.client("plain").await.id).await.unwrap().settings;
    let add = async |id: &str, public, profile| {
        let settings = ClientSettings { profile, ..settings.clone() };
        let id = Some(ClientId(id.into()));
        let outcome = app.services.add_client(&Caller::OPERATOR, id, settings, public).await;
        outcome.map(|_| ()).map_err(|error| error.to_string())
    };
    for id in ["", "käse", "a\nb", " a", "a'b", "$(a)", "-a", &"x".repeat(129)] {
        assert!(
            add(id, false, Profile::Default).await.unwrap_err().starts_with("clientId: "),
            "{id:?}"
        );
    }
    assert!(add("app", true, Profile::Legacy).await.unwrap_err().starts_with("profile: "));
    assert_eq!(app.services.list_clients().await.unwrap().len(), 1);
    add("app", true, Profile::Default).await.unwrap();
    add("legacy", false, Profile::Legacy).await.unwrap();
}
