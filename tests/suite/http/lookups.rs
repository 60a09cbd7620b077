//! What is looked up in every request is looked up now: however much lies ready or is asked for
//! together, nobody gets an answer from before.

use firstkey::domain::audit::Activity;
use firstkey::domain::client::{ClientSettings, GrantType};
use firstkey::domain::id::ClientId;
use firstkey::service::caller::Caller;
use futures::future::join_all;
use reqwest::Method;
use reqwest::header::{ACCEPT, DATE, HeaderMap, ORIGIN};
use std::time::Duration;

use crate::support::app::{App, Registered};
use crate::support::database::on_both_engines;

fn for_itself(settings: &mut ClientSettings) {
    settings.grant_types = vec![GrantType::ClientCredentials];
    settings.redirect_uris.clear();
    settings.post_logout_redirect_uris.clear();
    settings.scope.clear();
}

/// How the token endpoint of an instance answers an application that asks for itself.
async fn status(app: &App, client: &Registered) -> u16 {
    app.visitor().token(client, &[("grant_type", "client_credentials")]).await.0
}

on_both_engines! {
    async fn what_changes_about_an_application_holds_from_the_next_request_on_everywhere(app: App) {
        let other = app.another().await;
        let hr = app.client_with("hr", false, for_itself).await;
        for _ in 0..2 {
            assert_eq!((status(&app, &hr).await, status(&other, &hr).await), (200, 200));
        }
        let me = &Caller::OPERATOR;
        let renewed = app.services.renew_client_secret(me, "hr").await.unwrap().secret.unwrap();
        let renewed = Registered { secret: renewed.reveal().to_owned(), ..hr.clone() };
        assert_eq!((status(&other, &hr).await, status(&app, &hr).await), (401, 401));
        assert_eq!((status(&other, &renewed).await, status(&app, &renewed).await), (200, 200));
        for (enabled, expected) in [(false, 401), (true, 200), (false, 401), (true, 200)] {
            let set = move |_: &mut ClientSettings, it: &mut bool| {
                *it = enabled;
                Ok(())
            };
            app.services.edit_client(me, "hr", None, set).await.unwrap();
            assert_eq!(status(&other, &renewed).await, expected);
            assert_eq!(status(&app, &renewed).await, expected);
        }
        // Another one of the same name begins where the first began.
        app.services.remove_client(me, "hr").await.unwrap();
        assert_eq!((status(&other, &renewed).await, status(&app, &renewed).await), (401, 401));
        let again = app.client_with("hr", false, for_itself).await;
        assert_eq!((status(&other, &renewed).await, status(&other, &hr).await), (401, 401));
        assert_eq!((status(&other, &again).await, status(&app, &again).await), (200, 200));
    }

    async fn many_applications_that_come_at_once_are_each_known_by_their_own_secret(app: App) {
        let mut clients = Vec::new();
        for number in 0..12 {
            clients.push(app.client_with(&format!("app-{number}"), false, for_itself).await);
        }
        for _ in 0..3 {
            let asked = clients.iter().flat_map(|client| {
                let neighbour = Registered { id: "app-0".into(), ..client.clone() };
                let nobody = Registered { id: "nobody".into(), ..client.clone() };
                [(client.clone(), true), (neighbour, client.id == "app-0"), (nobody, false)]
            });
            let asked: Vec<_> = asked.collect();
            let answers = join_all(asked.iter().map(|(client, _)| status(&app, client))).await;
            for ((client, right), status) in asked.iter().zip(answers) {
                assert_eq!(status, if *right { 200 } else { 401 }, "{}", client.id);
            }
        }
    }

    async fn tokens_for_itself_are_a_line_of_the_log_and_then_counted_for_a_minute(app: App) {
        let hr = app.client_with("hr", false, for_itself).await;
        // The first alone; the others may come at once.
        assert_eq!(status(&app, &hr).await, 200);
        let lines = async || {
            let lines = app.audited(Activity::Authorized).await.into_iter();
            lines.map(|(_, detail)| detail).collect::<Vec<_>>()
        };
        assert_eq!(lines().await, ["for itself: "]);
        let visitor = app.visitor();
        let fields = [("grant_type", "client_credentials")];
        // Visitors come from an address each: these are one's.
        assert_eq!(visitor.token(&hr, &fields).await.0, 200);
        for _ in 0..4 {
            assert_eq!(visitor.token(&hr, &fields).await.0, 200);
        }
        assert_eq!(lines().await, ["for itself: "; 2], "another address is another line");
        app.services.note_counted(app.services.now()).await.unwrap();
        assert_eq!(lines().await.len(), 2, "the minute is not over");
        app.wait(Duration::from_secs(61));
        app.services.note_counted(app.services.now()).await.unwrap();
        let now = lines().await;
        assert_eq!(now[0], "for itself: , 4 more within a minute");
        assert_eq!(now.len(), 3);
        assert_eq!(visitor.token(&hr, &fields).await.0, 200);
        assert_eq!(lines().await[0], "for itself: ", "a new minute begins with a line");
    }

    async fn what_was_counted_is_written_down_when_the_server_stops(app: App) {
        let hr = app.client_with("hr", false, for_itself).await;
        let visitor = app.visitor();
        for _ in 0..3 {
            let fields = [("grant_type", "client_credentials")];
            assert_eq!(visitor.token(&hr, &fields).await.0, 200);
        }
        let app = app.restart().await;
        let lines = app.audited(Activity::Authorized).await;
        assert_eq!(lines[0], (true, "for itself: , 2 more within a minute".into()));
        assert!(app.services.client(&ClientId("hr".into())).await.unwrap().is_some());
    }
}

/// The answer that lies ready, and the one that is made the usual way, say the same.
#[tokio::test]
async fn answers_that_lie_ready_are_those_that_would_have_been_made() {
    let app = App::start().await;
    let http = reqwest::Client::new();
    let paths =
        ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    for path in paths {
        let ask = async |method: Method| {
            let request = http.request(method, app.url(path)).header(ORIGIN, "https://app.example");
            let answer = request.header(ACCEPT, "*/*").send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let mut headers: HeaderMap = answer.headers().clone();
            for own in [DATE.as_str(), "x-request-id"] {
                headers.remove(own);
            }
            let mut headers: Vec<(String, String)> = headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            headers.sort();
            headers
        };
        // A HEAD goes the usual way.
        assert_eq!(ask(Method::GET).await, ask(Method::HEAD).await, "{path}");
        let answer = http.get(app.url(path)).send().await.unwrap();
        let etag = answer.headers()["etag"].clone();
        let again = http.get(app.url(path)).header("if-none-match", etag).send().await.unwrap();
        assert_eq!(again.status(), 304);
        assert_eq!(http.post(app.url(path)).send().await.unwrap().status(), 405, "{path}");
    }
}
