//! Opening the database, and what it is like then.

use firstkey::domain::filter::{Condition, Filter, Test, UserField};
use firstkey::store::{Conn, Engine, Error, Result, Store, users};
use futures::future::join_all;
use sqlx::{AssertSqlSafe, Row as _};

use super::fixtures::{add_user, change, count, race, read, user};
use crate::support::database::{TestDatabase, fresh, on_both_engines};

on_both_engines! {
    async fn a_restart_keeps_what_was_there(database: TestDatabase) {
        let store = database.open().await;
        let ada = add_user(&store, "ada").await;
        store.close().await;

        let store = database.open().await;
        assert_eq!(read!(store, |conn| users::by_id(conn, ada.id)), Some(ada));
    }

    async fn a_crash_keeps_what_was_there(database: TestDatabase) {
        let store = database.open().await;
        let ada = add_user(&store, "ada").await;
        drop(store);

        let store = database.open().await;
        assert_eq!(read!(store, |conn| users::by_id(conn, ada.id)), Some(ada));
    }

    async fn people_from_before_are_found_by_what_they_are_looked_up_by_now(database: TestDatabase) {
        let store = database.open().await;
        // More than are brought up to date at once.
        for number in 0..501 {
            let mut user = user(&format!("user{number}"));
            user.profile.surname = Some("Lovelace".into());
            user.profile.employee_id = Some(format!("E-{number}"));
            change!(store, |conn| users::insert(conn, &user));
        }
        let found = async |store: &Store, field: UserField, text: &str| {
            let condition = Condition { field, test: Test::Is(text.into()) };
            let filter = Filter { any_of: vec![vec![condition]] };
            read!(store, |conn| users::count_matching(conn, &filter))
        };
        assert_eq!(found(&store, UserField::Surname, "LOVELACE").await, 501);
        let forget = "UPDATE users SET keyed = 0, surname_key = NULL, employee_id_key = NULL";
        store
            .write(move |conn| Box::pin(async move {
                sqlx::query(forget).execute(conn).await?;
                Ok(())
            }))
            .await
            .unwrap();
        assert_eq!(found(&store, UserField::Surname, "lovelace").await, 0);
        store.close().await;

        let store = database.open().await;
        assert_eq!(found(&store, UserField::Surname, "lovelace").await, 501);
        assert_eq!(found(&store, UserField::EmployeeId, "e-500").await, 1);
    }

    async fn instances_that_start_together_on_an_empty_database_all_start(database: TestDatabase) {
        let outcomes = join_all((0..6).map(|_| Store::open(&database.url))).await;
        let mut stores = Vec::new();
        for outcome in outcomes {
            stores.push(outcome.expect("every instance opens the database"));
        }
        for (number, store) in stores.iter().enumerate() {
            add_user(store, &format!("user{number}")).await;
        }
        for store in &stores {
            assert_eq!(count(store, "users").await, 6);
        }
        let files = std::fs::read_dir("migrations").unwrap().count();
        assert_eq!(count(&stores[0], "_sqlx_migrations").await, i64::try_from(files).unwrap());
    }

    async fn instances_beside_each_other_lose_no_writes(database: TestDatabase) {
        let stores = [database.open().await, database.open().await, database.open().await];
        let added = race(150, |number| {
            let (store, user) = (stores[number % 3].clone(), user(&format!("user{number}")));
            async move { change!(store, |conn| users::insert(conn, &user)) }
        })
        .await;
        assert!(added.into_iter().all(|added| added));
        for store in &stores {
            assert_eq!(count(store, "users").await, 150);
        }
    }

    async fn a_closed_store_says_that_it_is_not_available(database: TestDatabase) {
        let store = database.open().await;
        store.close().await;
        let ada = user("ada");
        let write =
            store.write(move |conn| Box::pin(async move { users::insert(conn, &ada).await })).await;
        assert!(matches!(write, Err(Error::Unavailable(_))), "{write:?}");
        assert!(matches!(store.reader().await, Err(Error::Unavailable(_))));
    }
}

#[tokio::test]
async fn another_database_is_refused_in_words() {
    for url in ["mysql://localhost/firstkey", "firstkey.db", ""] {
        let error = Store::open(url).await.expect_err("only two engines are spoken").to_string();
        assert!(error.contains("sqlite:") && error.contains("postgres://"), "{error}");
    }
}

async fn ask(conn: &mut Conn, pragma: &str) -> Result<String> {
    let row = sqlx::query(AssertSqlSafe(format!("PRAGMA {pragma}"))).fetch_one(conn).await?;
    Ok(row.try_get::<String, _>(0).unwrap_or_else(|_| row.get::<i64, _>(0).to_string()))
}

#[tokio::test]
async fn sqlite_survives_a_power_cut_and_keeps_references() {
    let store = fresh(Engine::Sqlite).await;
    let store = store.open().await;
    let pragma = |name: &'static str| {
        let store = store.clone();
        async move {
            let reader = read!(store, |conn| ask(conn, name));
            (change!(store, |conn| ask(conn, name)), reader)
        }
    };
    let both = |value: &str| (value.to_owned(), value.to_owned());
    assert_eq!(pragma("journal_mode").await, both("wal"));
    assert_eq!(pragma("synchronous").await, both("2"), "2 is FULL");
    assert_eq!(pragma("foreign_keys").await, both("1"));
    assert_eq!(pragma("query_only").await, ("0".into(), "1".into()), "writer and reader");
}

#[tokio::test]
async fn on_sqlite_a_reader_cannot_write_past_the_writer() {
    let database = fresh(Engine::Sqlite).await;
    let store = database.open().await;
    let mut reader = store.reader().await.unwrap();
    assert!(users::insert(&mut reader, &user("ada")).await.is_err());
    drop(reader);
    assert_eq!(count(&store, "users").await, 0);
}
