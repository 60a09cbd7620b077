//! A change happens wholly or not at all, and whoever was told that it happened finds it there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use firstkey::domain::id::UserId;
use firstkey::store::{Conn, Engine, Error, Store, users};
use futures::FutureExt as _;
use tokio::sync::{Barrier, Notify};

use super::fixtures::{add_user, change, count, noon, race, read, user};
use crate::support::database::{TestDatabase, fresh, on_both_engines};

on_both_engines! {
    async fn an_error_undoes_the_whole_change(store: Store) {
        let (ada, bob) = (user("ada"), user("bob"));
        let outcome: Result<(), Error> = store
            .write(move |conn| {
                Box::pin(async move {
                    users::insert(conn, &ada).await?;
                    users::insert(conn, &bob).await?;
                    Err(Error::Corrupt("thing"))
                })
            })
            .await;
        assert!(matches!(outcome, Err(Error::Corrupt("thing"))), "{outcome:?}");
        assert_eq!(count(&store, "users").await, 0);
    }

    async fn a_refused_statement_undoes_the_whole_change(store: Store) {
        let ada = add_user(&store, "ada").await;
        // Another name with the same id.
        let mut again = user("bob");
        again.id = ada.id;
        let carol = user("carol");
        let outcome = store
            .write(move |conn| {
                Box::pin(async move {
                    users::insert(conn, &carol).await?;
                    users::insert(conn, &again).await
                })
            })
            .await;
        assert!(matches!(outcome, Err(Error::Statement(_))), "{outcome:?}");
        assert_eq!(count(&store, "users").await, 1);
        add_user(&store, "dora").await;
    }

    async fn a_panic_in_a_change_undoes_it_and_stops_nobody_else(store: Store) {
        for round in 0..30 {
            let (store, ada) = (store.clone(), user(&format!("ada{round}")));
            let panicking = tokio::spawn(async move {
                store
                    .write::<(), _>(move |conn| {
                        Box::pin(async move {
                            users::insert(conn, &ada).await?;
                            panic!("a bug in a change, made by the test");
                        })
                    })
                    .await
            });
            assert!(!matches!(panicking.await, Ok(Ok(()))));
        }
        assert_eq!(count(&store, "users").await, 0);
        add_user(&store, "bob").await;
    }

    async fn many_changes_at_once_all_land(store: Store) {
        let added = race(300, |number| {
            let (store, user) = (store.clone(), user(&format!("user{number}")));
            async move { change!(store, |conn| users::insert(conn, &user)) }
        })
        .await;
        assert!(added.into_iter().all(|added| added));
        assert_eq!(count(&store, "users").await, 300);
    }

    async fn a_change_is_seen_as_soon_as_it_is_done(store: Store) {
        race(8, |task| {
            let store = store.clone();
            async move {
                for number in 0..25 {
                    let user = add_user(&store, &format!("user{task}-{number}")).await;
                    assert_eq!(read!(store, |conn| users::by_id(conn, user.id)), Some(user));
                }
            }
        })
        .await;
    }

    async fn whoever_hangs_up_leaves_no_half_done_change(store: Store) {
        for round in 0..20_u64 {
            let (ada, bob) = (user(&format!("ada{round}")), user(&format!("bob{round}")));
            let change = store.write(move |conn| {
                Box::pin(async move {
                    users::insert(conn, &ada).await?;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    users::insert(conn, &bob).await
                })
            });
            let _ = tokio::time::timeout(Duration::from_micros(250 * round), change).await;
        }
        add_user(&store, "carol").await;
        let done = count(&store, "users").await;
        assert_eq!(done % 2, 1, "{done} users, of whom all but one came in pairs");
    }

    async fn what_was_said_to_be_written_is_there_after_closing(database: TestDatabase) {
        let store = database.open().await;
        let closing = {
            let store = store.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(3)).await;
                store.close().await;
            }
        };
        let closing = tokio::spawn(closing);
        let outcomes = race(200, |number| {
            let (store, user) = (store.clone(), user(&format!("user{number}")));
            async move {
                store.write(move |conn| Box::pin(async move { users::insert(conn, &user).await })).await
            }
        })
        .await;
        closing.await.unwrap();
        let promised = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        for outcome in &outcomes {
            assert!(matches!(outcome, Ok(true) | Err(Error::Unavailable(_))), "{outcome:?}");
        }
        let kept = count(&database.open().await, "users").await;
        assert_eq!(kept, i64::try_from(promised).unwrap());
    }

    async fn a_change_that_lost_against_another_runs_again(store: Store) {
        let runs = Arc::new(AtomicU32::new(0));
        let (seen, ada) = (Arc::clone(&runs), user("ada"));
        let outcome = store
            .write(move |conn| {
                Box::pin(async move {
                    users::insert(conn, &ada).await?;
                    match seen.fetch_add(1, Ordering::SeqCst) {
                        0 | 1 => Err(Error::Conflict),
                        _ => Ok(()),
                    }
                })
            })
            .await;
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert_eq!(count(&store, "users").await, 1);
    }

    async fn a_change_that_always_loses_gives_up(store: Store) {
        let runs = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&runs);
        let outcome: Result<(), Error> = store
            .write(move |_| {
                Box::pin(async move {
                    seen.fetch_add(1, Ordering::SeqCst);
                    Err(Error::Conflict)
                })
            })
            .await;
        assert!(matches!(outcome, Err(Error::Conflict)), "{outcome:?}");
        assert!(runs.load(Ordering::SeqCst) > 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_changes_that_lock_each_other_out_both_land() {
    let database = fresh(Engine::Postgres).await;
    let store = database.open().await;
    let people = [add_user(&store, "ada").await, add_user(&store, "bob").await];
    let both_hold_one = Arc::new(Barrier::new(2));
    let updated = race(2, |number| {
        let (store, met) = (store.clone(), Arc::clone(&both_hold_one));
        let (first, second) = (people[number].id, people[1 - number].id);
        async move {
            let again = Arc::new(AtomicU32::new(0));
            let outcome = store.write(move |conn| {
                Box::pin(async move {
                    rename(conn, first, "first").await?;
                    if again.fetch_add(1, Ordering::SeqCst) == 0 {
                        met.wait().await;
                    }
                    rename(conn, second, "second").await
                })
            });
            outcome.await
        }
    })
    .await;
    assert!(updated.iter().all(Result::is_ok), "{updated:?}");
}

async fn rename(conn: &mut Conn, id: UserId, name: &str) -> Result<(), Error> {
    let mut user = users::by_id(conn, id).await?.expect("somebody");
    user.display_name = name.into();
    users::update(conn, &user, noon()).await
}

/// Holds up SQLite's writer until told to go on, so that what comes after waits together.
fn hold_up(store: &Store) -> (Arc<Notify>, Arc<Notify>, tokio::task::JoinHandle<()>) {
    let (held, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (store, holding, released) = (store.clone(), Arc::clone(&held), Arc::clone(&go_on));
    let holder = tokio::spawn(async move {
        let outcome = store.write(move |_| {
            Box::pin(async move {
                holding.notify_one();
                released.notified().await;
                Ok(())
            })
        });
        outcome.await.unwrap();
    });
    (held, go_on, holder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_changes_that_wait_share_one_commit() {
    let database = fresh(Engine::Sqlite).await;
    let store = database.open().await;
    let (held, go_on, holder) = hold_up(&store);
    held.notified().await;

    let mut waiting = Vec::new();
    for number in 0..60 {
        let user = user(&format!("user{number}"));
        let change =
            store.write(move |conn| Box::pin(async move { users::insert(conn, &user).await }));
        let mut change = Box::pin(change);
        // The first poll puts it into the queue.
        assert!((&mut change).now_or_never().is_none());
        waiting.push(change);
    }
    let outside = store.clone();
    let last = store.write(move |conn| {
        Box::pin(async move {
            let inside = users::list(conn, "", 100).await?.len();
            let seen_by_others = users::list(&mut *outside.reader().await?, "", 100).await?.len();
            Ok((inside, seen_by_others))
        })
    });
    let mut last = Box::pin(last);
    assert!((&mut last).now_or_never().is_none());

    go_on.notify_one();
    holder.await.unwrap();
    for change in waiting {
        assert!(change.await.unwrap());
    }
    assert_eq!(last.await.unwrap(), (60, 0), "sixty changes of one transaction");
    assert_eq!(count(&store, "users").await, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_bad_change_undoes_itself_and_nothing_that_shares_its_commit() {
    let database = fresh(Engine::Sqlite).await;
    let store = database.open().await;
    let (held, go_on, holder) = hold_up(&store);
    held.notified().await;

    let mut waiting = Vec::new();
    for number in 0..60 {
        let (user, second) = (user(&format!("user{number}")), user(&format!("second{number}")));
        let change = store.write(move |conn| {
            Box::pin(async move {
                users::insert(conn, &user).await?;
                assert!(number % 3 != 1, "a bug in a change, made by the test");
                if number % 3 == 2 {
                    return Err(Error::Corrupt("thing"));
                }
                users::insert(conn, &second).await
            })
        });
        let mut change = Box::pin(change);
        assert!((&mut change).now_or_never().is_none());
        waiting.push(change);
    }
    go_on.notify_one();
    holder.await.unwrap();
    for (number, change) in waiting.into_iter().enumerate() {
        assert_eq!(change.await.is_ok(), number % 3 == 0, "change {number}");
    }
    assert_eq!(count(&store, "users").await, 40);
}
