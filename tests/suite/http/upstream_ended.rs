//! An upstream that is disabled or removed while somebody is let in by it: nobody stays in.

use std::sync::Arc;
use std::time::Duration;

use firstkey::service::caller::Caller;
use firstkey::store::Store;
use sqlx::Row as _;
use tokio::sync::Notify;

use crate::support::app::App;
use crate::support::database::{Engine, fresh, on_both_engines};
use crate::support::upstream::{
    ADA, SECRET, Stage, UPSTREAM, add_upstream, back_from, contoso, person,
};
use crate::support::visitor::Visitor;

/// What the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Disable,
    Remove,
}

impl Stop {
    const ALL: [Self; 2] = [Self::Disable, Self::Remove];

    async fn run(self, stage: &Stage) {
        match self {
            Self::Disable => enable(stage, false).await,
            Self::Remove => {
                let removed = stage.app.services.remove_upstream(&Caller::OPERATOR, UPSTREAM).await;
                removed.unwrap();
            }
        }
    }

    /// Everything as it was before.
    async fn undo(self, stage: &Stage) {
        match self {
            Self::Disable => enable(stage, true).await,
            Self::Remove => add_upstream(&stage.app, contoso(&stage.contoso.issuer), SECRET).await,
        }
    }
}

async fn enable(stage: &Stage, yes: bool) {
    let edit = |_: &mut _, enabled: &mut bool| {
        *enabled = yes;
        Ok(())
    };
    stage.app.services.edit_upstream(&Caller::OPERATOR, UPSTREAM, None, edit).await.unwrap();
}

/// Somebody who is about to come back: their journey, and the address.
async fn about_to_come(stage: &Stage) -> (Visitor, String, String) {
    let mut visitor = stage.app.visitor();
    let away = stage.depart(&mut visitor).await;
    let journey = visitor.journey();
    stage.contoso.gives(&stage.key.sign(&stage.contoso.claims(&stage.app, &away)));
    (visitor, journey, back_from(&away))
}

/// How many sessions that the upstream opened stand.
async fn let_in(store: &Store) -> i64 {
    let mut reader = store.reader().await.unwrap();
    let row = sqlx::query(
        "SELECT COUNT(*) AS open FROM sessions WHERE upstream_id = $1 AND ended_at IS NULL",
    )
    .bind(UPSTREAM)
    .fetch_one(&mut *reader)
    .await
    .unwrap();
    row.get("open")
}

/// Waits until so many transactions wait for another. SQLite has one writer, and nothing to see.
async fn until_waiting(store: &Store, many: i64) {
    if store.engine() == Engine::Sqlite {
        return;
    }
    let mut reader = store.reader().await.unwrap();
    let waiting = async {
        loop {
            let row = sqlx::query(
                "SELECT COUNT(*) AS waiting FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&mut *reader)
            .await
            .unwrap();
            if row.get::<i64, _>("waiting") >= many {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("somebody waits");
}

/// Holds the upstream as it is until told otherwise: who waits for it comes in the order in which
/// they began to.
async fn held(store: &Store) -> (Arc<Notify>, tokio::task::JoinHandle<()>) {
    let (holding, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (store, held, released) = (store.clone(), holding.clone(), release.clone());
    let lock = match store.engine() {
        Engine::Sqlite => "SELECT id FROM upstreams WHERE id = $1",
        Engine::Postgres => "SELECT id FROM upstreams WHERE id = $1 FOR UPDATE",
    };
    let task = tokio::spawn(async move {
        let change = store.write(move |conn| {
            Box::pin(async move {
                sqlx::query(lock).bind(UPSTREAM).fetch_one(conn).await?;
                held.notify_one();
                released.notified().await;
                Ok(())
            })
        });
        change.await.unwrap();
    });
    holding.notified().await;
    (release, task)
}

/// Whatever page came up at that moment: the sign-in goes on without them.
async fn is_out(mut visitor: Visitor, journey: &str, what: &str) {
    let page = visitor.open(journey).await.page();
    assert_eq!(page.status, 200, "{what}");
    assert!(!page.heading().starts_with("Welcome, "), "{what}: {}", page.heading());
}

on_both_engines! {
    /// [Attacks] RFC 9700 §2 · a sign-in that outlives its upstream
    async fn who_comes_back_as_the_upstream_is_stopped_does_not_stay_in(stage: Stage) {
        let store = stage.app.services.store.clone();
        let stage = Arc::new(stage);
        person(&stage.app, ADA).await;
        for stop in Stop::ALL {
            for operator_first in [true, false] {
                let what = format!("{stop:?}, the operator first: {operator_first}");
                let (mut visitor, journey, back) = about_to_come(&stage).await;
                let (release, holder) = held(&store).await;
                let coming = async move {
                    let landing = visitor.open(&back).await;
                    (visitor, landing)
                };
                let stopping = {
                    let stage = stage.clone();
                    async move { stop.run(&stage).await }
                };
                let (coming, stopping) = if operator_first {
                    let stopping = tokio::spawn(stopping);
                    until_waiting(&store, 1).await;
                    (tokio::spawn(coming), stopping)
                } else {
                    let coming = tokio::spawn(coming);
                    until_waiting(&store, 1).await;
                    (coming, tokio::spawn(stopping))
                };
                until_waiting(&store, 2).await;
                release.notify_one();
                holder.await.unwrap();
                stopping.await.unwrap();
                let (visitor, landing) = coming.await.unwrap();
                assert_eq!(let_in(&store).await, 0, "{what}");
                if operator_first && store.engine() == Engine::Postgres {
                    let told = landing.page().alert().unwrap_or_default();
                    assert!(told.starts_with("You cannot sign in here with Contoso."), "{what}");
                }
                is_out(visitor, &journey, &what).await;
                stop.undo(&stage).await;
            }
        }
        // As long as nobody stops it, all is well.
        let (mut visitor, _, back) = about_to_come(&stage).await;
        assert!(visitor.open(&back).await.page().heading().starts_with("Welcome, "));
        assert_eq!(let_in(&store).await, 1);
    }
}

/// [Attacks] RFC 9700 §2 · a race between a sign-in and the end of its upstream
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_no_sign_in_outlives_its_upstream_in_any_of_many_races() {
    let stage = Arc::new(Stage::on(App::on(fresh(Engine::Postgres).await).await).await);
    let store = stage.app.services.store.clone();
    person(&stage.app, ADA).await;
    for round in 0..60_u32 {
        let stop = Stop::ALL[(round % 2) as usize];
        let (mut visitor, journey, back) = about_to_come(&stage).await;
        let head_start = round % 10;
        let coming = tokio::spawn(async move {
            visitor.open(&back).await;
            visitor
        });
        // Now the one is a little earlier, now the other.
        for _ in 0..head_start * 3 {
            let_in(&store).await;
        }
        stop.run(&stage).await;
        let visitor = coming.await.unwrap();
        assert_eq!(let_in(&store).await, 0, "round {round}");
        is_out(visitor, &journey, &format!("round {round}")).await;
        stop.undo(&stage).await;
    }
}
