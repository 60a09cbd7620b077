//! `/metrics`: the numbers that an operator watches, read as Prometheus reads them.

use std::time::Duration;

use firstkey::config::MailConfig;
use firstkey::domain::audit::Activity;
use firstkey::service::Origin;
use firstkey::store;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::cuttable::{Cuttable, Way};
use crate::support::database::{Engine, TestDatabase, fresh, on_both_engines};
use crate::support::visitor::Request;

/// A server that tells its numbers.
async fn watched(database: TestDatabase) -> App {
    App::on_with(database, |config| {
        config.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
        config.key_rotation_days = 90;
        // Where nobody listens: what is sent waits.
        config.mail = Some(MailConfig {
            smtp_url: "smtp://127.0.0.1:9".into(),
            from: "no-reply@login.example".into(),
        });
    })
    .await
}

/// All numbers, as they are told.
async fn scrape(app: &App) -> String {
    let address = app.metrics.expect("metrics are told");
    let answer = reqwest::get(format!("http://{address}/metrics")).await.unwrap();
    assert_eq!(answer.status(), 200);
    let form = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(form.starts_with("application/openmetrics-text; version=1.0.0"), "{form}");
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"));
    text
}

/// The value of a line; none where there is no such line.
fn find(text: &str, line: &str) -> Option<f64> {
    let found = text.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' '));
    found.map(|value| value.parse().expect("a number"))
}

#[track_caller]
fn value(text: &str, line: &str) -> f64 {
    find(text, line).unwrap_or_else(|| panic!("no {line} in\n{text}"))
}

#[track_caller]
fn all(text: &str, expected: &[(&str, f64)]) {
    for (line, number) in expected {
        let told = value(text, line);
        assert!((told - number).abs() < 0.5, "{line}: {told}, not {number}");
    }
}

on_both_engines! {
    async fn the_way_from_a_pass_to_the_first_tokens_is_counted_step_by_step(
        database: TestDatabase
    ) {
        let app = watched(database).await;
        let step = |step: &str| format!("firstkey_onboarding_total{{step=\"{step}\"}}");
        let before = scrape(&app).await;
        for name in ["pass_issued", "pass_redeemed", "first_method", "first_tokens"] {
            assert_eq!(find(&before, &step(name)), Some(0.0), "there before it happens: {name}");
        }
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (client, pass) = (app.client("payroll").await, app.pass("ada").await);
        let request = Request::of(&client);
        let (mut ada, mut key) = (app.visitor(), SoftAuthenticator::new());
        ada.authorize(&request).await.page();
        ada.sign_in("ada", "WRNG-2345").await.page();
        ada.submit("pass", &[("pass", &pass)]).await.page();
        ada.register(&mut key).await.page();
        let text = scrape(&app).await;
        all(&text, &[(&step("first_method"), 1.0), (&step("first_tokens"), 0.0)]);
        let code = ada.submit("finish", &[]).await.code();
        let (status, tokens) = ada.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(ada.refresh(&client, refresh).await.0, 200);
        // The same code once more, and the same person once more.
        assert_eq!(ada.redeem(&request, &code).await.0, 400);
        let mut later = app.visitor();
        later.authorize(&request).await.page();
        let code = later.use_passkey(&mut key).await.code();
        assert_eq!(later.redeem(&request, &code).await.0, 200);

        let text = scrape(&app).await;
        all(&text, &[
            (&step("pass_issued"), 1.0),
            (&step("pass_redeemed"), 1.0),
            (&step("first_method"), 1.0),
            (&step("first_tokens"), 1.0),
            ("firstkey_methods_registered_total{kind=\"passkey\"}", 1.0),
            ("firstkey_sign_ins_total{method=\"pass\",outcome=\"failure\"}", 1.0),
            ("firstkey_sign_ins_total{method=\"pass\",outcome=\"success\"}", 1.0),
            ("firstkey_sign_ins_total{method=\"key\",outcome=\"success\"}", 1.0),
            ("firstkey_refusals_total{activity=\"passSignIn\",reason=\"wrong_pass\"}", 1.0),
            ("firstkey_refusals_total{activity=\"replayDetected\",reason=\"code_replayed\"}", 1.0),
            ("firstkey_activities_total{activity=\"authorized\",outcome=\"success\"}", 2.0),
            ("firstkey_token_requests_total{grant_type=\"authorization_code\",outcome=\"ok\"}", 2.0),
            ("firstkey_token_requests_total{grant_type=\"authorization_code\",outcome=\"invalid_grant\"}", 1.0),
            ("firstkey_token_requests_total{grant_type=\"refresh_token\",outcome=\"ok\"}", 1.0),
            ("firstkey_http_request_duration_seconds_count{route=\"/token\",status=\"2xx\"}", 3.0),
            ("firstkey_http_request_duration_seconds_count{route=\"/token\",status=\"4xx\"}", 1.0),
            ("firstkey_database_up", 1.0),
            ("firstkey_signing_key_rotation_seconds", 90.0 * 86_400.0),
            // Ada is told of her new method, and the mail server is not there.
            ("firstkey_queue_depth{queue=\"mail\"}", 1.0),
            ("firstkey_queue_depth{queue=\"argon2\"}", 0.0),
        ]);
        assert!(value(&text, "firstkey_database_write_duration_seconds_count") > 5.0);
        // The people are counted once a minute.
        assert_eq!(find(&text, "firstkey_people{state=\"all\"}"), Some(0.0));
        // Nobody and nothing is named.
        for name in ["ada", "Ada", "payroll", &pass, &code, "127.0.0.1", "10.0."] {
            assert!(!text.contains(name), "{name}");
        }
    }

    async fn what_was_undone_is_not_counted(database: TestDatabase) {
        let app = watched(database).await;
        let event = app.services.entry(Activity::KeySignIn, Origin::default()).done();
        let undone: store::Result<()> = app
            .services
            .store
            .write(move |conn| {
                Box::pin(async move {
                    store::audit::insert(conn, &event).await?;
                    Err(store::Error::Corrupt("on purpose"))
                })
            })
            .await;
        assert!(undone.is_err());
        let line = "firstkey_sign_ins_total{method=\"key\",outcome=\"success\"}";
        assert_eq!(find(&scrape(&app).await, line), Some(0.0));
        let entry = app.services.entry(Activity::KeySignIn, Origin::default());
        app.services.note(entry).await.unwrap();
        assert_eq!(find(&scrape(&app).await, line), Some(1.0));
    }

    async fn a_one_time_pass_that_many_try_at_once_is_counted_once(database: TestDatabase) {
        let app = watched(database).await;
        app.person("ada").await;
        let pass = app.one_time_pass("ada").await;
        let mut trying = Vec::new();
        for _ in 0..8 {
            let (mut somebody, pass) = (app.visitor(), pass.clone());
            somebody.open("/security-info").await.page();
            trying.push(tokio::spawn(async move { somebody.sign_in("ada", &pass).await }));
        }
        for one in trying {
            one.await.unwrap();
        }
        let text = scrape(&app).await;
        all(&text, &[
            ("firstkey_onboarding_total{step=\"pass_redeemed\"}", 1.0),
            ("firstkey_refusals_total{activity=\"passSignIn\",reason=\"used_pass\"}", 7.0),
        ]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_told_at_their_own_address_alone() {
    let app = watched(fresh(Engine::Sqlite).await).await;
    let public = reqwest::get(app.url("/metrics")).await.unwrap();
    assert_eq!(public.status(), 404);
    let own = app.metrics.unwrap();
    for path in ["/", "/authorize", "/healthz", "/admin"] {
        assert_eq!(reqwest::get(format!("http://{own}{path}")).await.unwrap().status(), 404);
    }
    let quiet = App::start().await;
    assert_eq!(quiet.metrics, None, "off by default");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stranger_types_is_no_label() {
    let app = watched(fresh(Engine::Sqlite).await).await;
    for path in ["/hush-hush", "/journey/hush-hush/pass", "/static/hush-hush/x?y=hush-hush"] {
        reqwest::get(app.url(path)).await.unwrap();
    }
    let http = reqwest::Client::new();
    let form = [("grant_type", "hush-hush")];
    http.post(app.url("/token")).form(&form).send().await.unwrap();
    http.post(app.url("/token")).body("hush-hush").send().await.unwrap();
    let text = scrape(&app).await;
    assert!(!text.contains("hush-hush"), "{text}");
    assert!(
        value(&text, "firstkey_http_request_duration_seconds_count{route=\"none\",status=\"4xx\"}")
            >= 1.0
    );
    all(
        &text,
        &[
            (
                "firstkey_token_requests_total{grant_type=\"unsupported\",outcome=\"invalid_client\"}",
                1.0,
            ),
            ("firstkey_token_requests_total{grant_type=\"none\",outcome=\"invalid_request\"}", 1.0),
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_and_what_is_sent_away_is_seen() {
    let app = App::start_with(|config| {
        config.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
        config.limit_per_address = 3;
    })
    .await;
    let mut places = Vec::new();
    while let Ok(place) = app.services.hasher.queue() {
        places.push(place);
    }
    let waiting = f64::from(u32::try_from(places.len()).unwrap());
    let mut visitor = app.visitor();
    for _ in 0..5 {
        visitor.open("/security-info").await.page();
    }
    let text = scrape(&app).await;
    all(
        &text,
        &[
            ("firstkey_queue_depth{queue=\"argon2\"}", waiting),
            ("firstkey_pass_hashing_refused_total", 1.0),
        ],
    );
    assert!(value(&text, "firstkey_limited_requests_total{limit=\"address\"}") >= 1.0, "{text}");
    drop(places);
    assert_eq!(find(&scrape(&app).await, "firstkey_queue_depth{queue=\"argon2\"}"), Some(0.0));
    app.wait(Duration::from_secs(40 * 86_400));
    let age = value(&scrape(&app).await, "firstkey_signing_key_age_seconds");
    assert!(age > 39.0 * 86_400.0, "{age}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_told_though_the_database_is_away() {
    let mut database = fresh(Engine::Postgres).await;
    let (way, url) = Cuttable::to_database(&database.url).await;
    database.url = url;
    let app = watched(database).await;
    all(
        &scrape(&app).await,
        &[("firstkey_database_up", 1.0), ("firstkey_database_connections_max", 20.0)],
    );
    way.set(Way::Stuck);
    let text = scrape(&app).await;
    all(&text, &[("firstkey_database_up", 0.0)]);
    assert_eq!(find(&text, "firstkey_queue_depth{queue=\"mail\"}"), None, "nothing is made up");
    way.set(Way::Open);
    all(&scrape(&app).await, &[("firstkey_database_up", 1.0)]);
}
