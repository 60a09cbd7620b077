//! `/healthz` and `/readyz`: whether the process lives, whether it can answer, and why not.

use serde_json::Value;
use sqlx::Executor as _;

use crate::support::app::App;
use crate::support::cuttable::{Cuttable, Way};
use crate::support::database::{Engine, fresh, on_both_engines};

/// The status, the reason where there is one, and whether it says when to come back.
async fn ask(url: &str) -> (u16, String, bool) {
    let answer = reqwest::get(url).await.expect("an answer");
    let later = answer.headers().contains_key("retry-after");
    let (status, mut text) = (answer.status().as_u16(), answer.text().await.unwrap());
    if status == 503 {
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(answer["error"], "not_ready");
        answer["error_description"].as_str().expect("a reason").clone_into(&mut text);
    }
    (status, text, later)
}

async fn is_ready(app: &App) -> (u16, String, bool) {
    ask(&app.url("/readyz")).await
}

async fn migrations(app: &App, change: &'static str) {
    let done = app.services.store.write(move |conn| {
        Box::pin(async move {
            conn.execute(change).await?;
            Ok(())
        })
    });
    done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_cut_off_or_says_nothing_is_told_and_comes_back() {
    let mut database = fresh(Engine::Postgres).await;
    let (way, url) = Cuttable::to_database(&database.url).await;
    let port = way.address.port().to_string();
    database.url = url;
    let app = App::on(database).await;
    assert_eq!(is_ready(&app).await, (200, "ready\n".into(), false));
    for broken in [Way::Cut, Way::Stuck] {
        way.set(broken);
        let (status, why, later) = is_ready(&app).await;
        let expected = "the database does not answer";
        assert_eq!((status, why.as_str(), later), (503, expected, true), "{broken:?}");
        assert!(!why.contains(&port), "where it is, is nobody's business");
        assert_eq!(ask(&app.url("/healthz")).await.0, 200, "a restart would not help");
        way.set(Way::Open);
        assert_eq!(is_ready(&app).await.0, 200, "after {broken:?}");
    }
}

on_both_engines! {
    async fn a_database_that_lacks_a_migration_is_told(app: App) {
        const OLD: &str = "UPDATE _sqlx_migrations SET version = -version
                           WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
        const UP_TO_DATE: &str = "UPDATE _sqlx_migrations SET version = -version WHERE version < 0";
        migrations(&app, OLD).await;
        let (status, why, _) = is_ready(&app).await;
        assert_eq!(status, 503, "{why}");
        assert!(why.starts_with("the database is behind this version: migration "));
        migrations(&app, UP_TO_DATE).await;
        assert_eq!(is_ready(&app).await.0, 200);
    }

    async fn what_a_newer_version_added_keeps_nobody_from_serving(app: App) {
        const NEWER: &str = "INSERT INTO _sqlx_migrations
            (version, description, installed_on, success, checksum, execution_time)
            SELECT 990000, 'from tomorrow', installed_on, success, checksum, 1
            FROM _sqlx_migrations WHERE version = 1";
        migrations(&app, NEWER).await;
        assert_eq!(is_ready(&app).await.0, 200);
        let again = app.restart().await;
        assert_eq!(is_ready(&again).await.0, 200, "an older version starts, too");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_the_server_sees_it_drain_while_it_still_answers() {
    let mut app = App::start_with(|config| config.drain = std::time::Duration::from_secs(3)).await;
    let (ready, alive) = (app.url("/readyz"), app.url("/.well-known/openid-configuration"));
    let stopped = tokio::spawn(async move { app.stop().await });
    loop {
        let (status, why, later) = ask(&ready).await;
        if status == 503 {
            assert_eq!((why.as_str(), later), ("the server is stopping", true));
            break;
        }
    }
    assert_eq!(ask(&alive).await.0, 200, "balancers take a moment to see it");
    stopped.await.unwrap();
    assert!(reqwest::get(&alive).await.is_err());
}
