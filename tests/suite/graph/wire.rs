//! What every answer has in common, and what becomes of requests that nobody should send.

use firstkey::domain::permission::Permission;
use reqwest::Method;
use serde_json::json;

use super::support::{Api, POLICY, as_application, as_provisioning, passes, typed};
use crate::support::app::App;

#[tokio::test]
async fn every_answer_names_its_request_and_repeats_the_callers_id_if_it_is_one() {
    let app = App::start().await;
    let api = as_provisioning(&app).await;
    let send = |path: &str, id: &str| {
        api.send(api.request(Method::GET, path).header("client-request-id", id))
    };
    let own = "5f3c0b0e-9a55-4f0b-8f43-0e5b9f0a1c11";
    let answer = send("/users", own).await;
    assert_eq!(answer.header("client-request-id"), own);
    assert_eq!(answer.header("request-id"), answer.header("x-request-id"), "the log has the same");
    let answer = send("/users/nobody", own).await;
    assert_eq!(answer.body["error"]["innerError"]["client-request-id"], own);
    assert_eq!(answer.header("client-request-id"), own);
    answer.refused(404, "Request_ResourceNotFound");
    for bad in ["x".repeat(65).as_str(), "a b", "<script>", "a\tb", "\"", "a;b", ""] {
        let answer = send("/users/nobody", bad).await;
        assert_eq!(answer.header("client-request-id"), "", "{bad}");
        let inner = &answer.body["error"]["innerError"];
        assert_eq!(inner["client-request-id"], inner["request-id"], "{bad}");
    }
}

#[tokio::test]
async fn whatever_is_refused_is_refused_in_graphs_form() {
    let app = App::start().await;
    app.person("ada").await;
    let api = as_provisioning(&app).await;
    let nobody = Api::new(&app, None);
    for path in ["/v1.0", "/v1.0/", "/beta/nonsense", "/v1.0/users/ada/nonsense", "/v1.0/../v1.0/x"]
    {
        api.get(path).await.refused(404, "resourceNotFound");
        nobody.get(path).await.refused(404, "resourceNotFound");
    }
    let answer = api.put("/users", json!({})).await;
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    answer.refused(405, "Request_BadRequest");
    api.delete("/policies/authenticationMethodsPolicy").await.refused(405, "Request_BadRequest");

    let path = passes("ada");
    let raw = |kind: &'static str, body: &'static str| {
        api.send(api.request(Method::POST, &path).header("content-type", kind).body(body))
    };
    raw("text/plain", "{}").await.refused(415, "UnsupportedMediaType");
    raw("application/x-www-form-urlencoded", "a=b").await.refused(415, "UnsupportedMediaType");
    api.send(api.request(Method::POST, &path)).await.refused(415, "UnsupportedMediaType");
    for body in ["", "{", "[]", "null", "\"x\"", "{\"a\":1,}", "{}{}", "\u{0}", "NaN"] {
        raw("application/json", body).await.refused(400, "badRequest");
    }
    let deep: &'static str = Box::leak("[".repeat(20_000).into_boxed_str());
    raw("application/json", deep).await.refused(400, "badRequest");
    let large: &'static str =
        Box::leak(format!("{{\"a\":\"{}\"}}", "x".repeat(70_000)).into_boxed_str());
    raw("application/json", large).await.refused(413, "badRequest");
    assert_eq!(api.get(&path).await.expect(200)["value"], json!([]), "nothing was issued");
    raw("application/json; charset=utf-8", "{}").await.expect(201);
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name_and_annotations_are_not() {
    let app = App::start().await;
    app.person("ada").await;
    let api = as_provisioning(&app).await;
    let wrong = json!({ "lifetimeInMinutes": 60, "lifeTimeInMinutes": 60 });
    let answer = api.post(&passes("ada"), wrong).await;
    assert!(answer.body["error"]["message"].as_str().unwrap().contains("startDateTime"));
    assert_eq!(answer.about("badRequest"), "lifeTimeInMinutes");
    let cases = [
        (json!({ "lifetimeInMinutes": "60" }), "lifetimeInMinutes"),
        (json!({ "lifetimeInMinutes": 60.5 }), "lifetimeInMinutes"),
        (json!({ "lifetimeInMinutes": 1e300 }), "lifetimeInMinutes"),
        (json!({ "isUsableOnce": "true" }), "isUsableOnce"),
        (json!({ "startDateTime": "tomorrow" }), "startDateTime"),
        (json!({ "startDateTime": 5 }), "startDateTime"),
        (json!({ "temporaryAccessPass": "MYOWN2345" }), "temporaryAccessPass"),
        (json!({ "id": "x" }), "id"),
    ];
    for (body, field) in cases {
        assert_eq!(
            api.post(&passes("ada"), body.clone()).await.about("badRequest"),
            field,
            "{body}"
        );
    }
    let answer =
        api.post("/users", json!({ "userPrincipalName": "bob", "usageLocation": "NL" })).await;
    assert_eq!(answer.about("Request_BadRequest"), "usageLocation");
    api.get("/users/bob").await.refused(404, "Request_ResourceNotFound");
    api.post(&passes("ada"), typed("temporaryAccessPassAuthenticationMethod")).await.expect(201);
    let nulls = json!({ "startDateTime": null, "lifetimeInMinutes": null, "isUsableOnce": null });
    api.post(&passes("ada"), nulls).await.expect(201);
}

#[tokio::test]
async fn query_options_that_are_not_understood_are_refused_not_ignored() {
    let app = App::start().await;
    app.person("ada").await;
    let api = as_provisioning(&app).await;
    for (path, option) in [
        ("/users?$search=%22displayName:ada%22", "$search"),
        ("/users?$expand=manager", "$expand"),
        ("/users?$orderby=displayName", "$orderby"),
        ("/users?$top=0", "$top"),
        ("/users?$filter=displayName", "$filter"),
        ("/users?$select=password", "$select"),
        ("/users?$skiptoken=!", "$skiptoken"),
        ("/users/ada?$filter=x", "$filter"),
        (&format!("{}?$top=1", passes("ada")), "$top"),
    ] {
        assert_eq!(api.get(path).await.about("badRequest"), option, "{path}");
    }
    api.get("/users?foo=bar&$count=false").await.expect(200);
    api.get(&format!("{POLICY}?$select=state")).await.expect(200);
}

#[tokio::test]
async fn guessing_tokens_is_slowed_down_and_work_is_not() {
    let app = App::start().await;
    let api = as_application(&app, &[Permission::UserReadAll]).await;
    let guess = |number: u32| {
        let guesser = Api::new(&app, Some(format!("guess-{number}")));
        async move { guesser.send(guesser.request(Method::GET, "/users")).await }
    };
    let mut waits = Vec::new();
    for number in 0..310 {
        let answer = guess(number).await;
        if answer.status == 429 {
            waits.push(answer.header("retry-after").parse::<u64>().unwrap());
            answer.refused(429, "TooManyRequests");
        }
    }
    assert!(!waits.is_empty() && waits.iter().all(|wait| (1..=60).contains(wait)), "{waits:?}");
    api.get("/users").await.expect(200);
}

#[tokio::test]
async fn an_application_that_asks_too_much_waits_and_others_do_not() {
    let app = App::start_with(|config| config.limit_per_application = 5).await;
    let greedy = as_application(&app, &[Permission::UserReadAll]).await;
    let other = as_application(&app, &[Permission::UserReadAll]).await;
    for _ in 0..5 {
        greedy.get("/users").await.expect(200);
    }
    let answer = greedy.get("/users").await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    answer.refused(429, "TooManyRequests");
    other.get("/users").await.expect(200);
}

#[tokio::test]
async fn where_the_database_is_gone_it_is_said_when_to_try_again() {
    let app = App::start().await;
    let api = as_application(&app, &[Permission::UserReadAll]).await;
    app.services.store.close().await;
    let answer = api.get("/users").await;
    assert_eq!(answer.header("retry-after"), "2");
    answer.refused(503, "serviceNotAvailable");
}

#[tokio::test]
async fn no_browser_is_invited_in() {
    let app = App::start().await;
    let api = as_application(&app, &[Permission::UserReadAll]).await;
    let answer =
        api.send(api.request(Method::GET, "/users").header("origin", "https://spa.example"));
    assert!(answer.await.headers.get("access-control-allow-origin").is_none());
    let page = api.request(Method::GET, "/users/nobody").header("accept", "text/html");
    api.send(page).await.refused(404, "Request_ResourceNotFound");
}
