//! An application that knows no OpenID Connect, behind a real nginx.

use firstkey::domain::client::{ClientSettings, FORWARD_PATH, ForwardAuth, GrantType, Scope};
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::{finish, sign_in};
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};
use crate::support::nginx::Nginx;

/// [Attacks] RFC 9110 §17 · identity headers sent by the browser
#[tokio::test]
async fn nginx_lets_in_who_has_signed_in_here_and_nobody_who_says_so() {
    let browser = Browser::new().await;
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let origin = Nginx::free_origin().await;
    app.client_with("wiki", true, |settings| {
        settings.client_name = "Wiki".into();
        settings.redirect_uris = vec![format!("{origin}{FORWARD_PATH}/callback")];
        settings.post_logout_redirect_uris = vec![format!("{origin}/")];
        settings.grant_types = vec![GrantType::AuthorizationCode];
        settings.scope = vec![Scope::OpenId];
        settings.forward_auth = Some(ForwardAuth { origin: origin.clone(), groups: Vec::new() });
    })
    .await;
    let nginx = Nginx::start(&origin, &app.issuer).await;
    browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;

    // From a deep link, over a pass and a new passkey, back to it.
    let deep = nginx.url("/pages/7?a=1&b=%2Fx&c=d");
    browser.goto(&deep).await;
    browser.wait_for_text("Signing in to Wiki").await;
    sign_in(&browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    finish(&browser).await;
    browser.heading("Wiki").await;
    assert_eq!(browser.url().await, deep);
    let told: Value = serde_json::from_str(&browser.text_of("#result").await).unwrap();
    assert_eq!(told["user"], json!(["ada"]));
    assert_eq!(
        (told["name"].clone(), told["email"].clone()),
        (json!(["Ada Example"]), json!(["ada@example.com"]),)
    );

    // What a browser says of itself does not get through, with a session or without.
    let cookies = browser.cookies().await;
    let held = cookies.iter().find(|it| it["name"] == "firstkey-app").expect("a cookie");
    assert_eq!((held["httpOnly"].clone(), held["sameSite"].clone()), (json!(true), json!("Lax")));
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let posing = |cookie: &str| {
        http.get(nginx.url("/page"))
            .header("cookie", cookie)
            .header("x-original-url", "http://elsewhere.example/")
    };
    let asking = |cookie: &str| posing(cookie).send();
    let cookie = format!("firstkey-app={}", held["value"].as_str().unwrap());
    let body = asking(&cookie).await.unwrap().text().await.unwrap();
    assert!(body.contains(r#""user":["ada"]"#), "{body}");
    for (name, value) in [("remote-user", "root"), ("remote-groups", "admins")] {
        for cookie in [cookie.as_str(), ""] {
            let refused = posing(cookie).header(name, value).send().await.unwrap();
            assert_eq!(refused.status(), 403);
            let body = refused.text().await.unwrap();
            assert!(!body.contains(value) && !body.contains("result"), "{body}");
        }
    }
    for none in ["", "firstkey-app=", "firstkey-app=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let answer = asking(none).await.unwrap();
        assert_eq!(answer.status(), 302, "{none}");
        let location = answer.headers()["location"].to_str().unwrap();
        assert!(location.starts_with(&nginx.url("/.firstkey/start?to=/page")), "{location}");
    }
    assert_eq!(http.get(nginx.url("/.firstkey/ask")).send().await.unwrap().status(), 404);

    // Who may not is told so, at once.
    let staff = app.services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
    let only = |groups: Vec<_>| {
        let services = app.services.clone();
        async move {
            let edit = move |settings: &mut ClientSettings, _: &mut bool| {
                settings.forward_auth.as_mut().unwrap().groups = groups;
                Ok(())
            };
            services.edit_client(&Caller::OPERATOR, "wiki", None, edit).await.unwrap();
        }
    };
    only(vec![staff.id]).await;
    browser.expect_problem("403");
    browser.goto(&deep).await;
    browser.heading("You may not open Wiki").await;
    // Without a style of its own: axe-core takes a dark ground that the browser chose for white.
    let broken = browser.axe(false, None).await.broken;
    assert!(broken.is_empty(), "{broken:?}");
    assert!(browser.shows("You are signed in as ada.").await);
    assert_eq!(asking(&cookie).await.unwrap().status(), 403);
    only(Vec::new()).await;
    browser.goto(&deep).await;
    browser.heading("Wiki").await;

    // Signed out is signed out, also for who kept the cookie.
    browser.goto(nginx.url("/.firstkey/sign-out")).await;
    browser.press("Sign out").await;
    browser.heading("Hello. Who is signing in?").await;
    assert_eq!(asking(&cookie).await.unwrap().status(), 302);
    browser.close().await;
}
