//! An empty database of either engine, and tests that are written once and run on both.
//!
//! ```ignore
//! on_both_engines! {
//!     async fn a_user_is_found_again(store: Store) { … }
//! }
//! ```
//!
//! makes `a_user_is_found_again::sqlite` and `a_user_is_found_again::postgres`. The argument is
//! whatever is [`Given`]: the open store, the database itself, or what a suite builds on them.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use firstkey::store::Store;
use sqlx::{AssertSqlSafe, Row as _};
use tempfile::TempDir;

pub use firstkey::store::Engine;

use super::postgres;

/// A database that nobody else uses.
#[derive(Clone)]
pub struct TestDatabase {
    /// How the server is told of it.
    pub url: String,
    /// Deleted with the last clone.
    folder: Option<Arc<TempDir>>,
}

/// Makes an empty database.
pub async fn fresh(engine: Engine) -> TestDatabase {
    match engine {
        Engine::Sqlite => {
            let folder = TempDir::new().expect("a folder for the database");
            let url = format!("sqlite:{}", folder.path().join("firstkey.db").display());
            TestDatabase { url, folder: Some(Arc::new(folder)) }
        }
        Engine::Postgres => TestDatabase { url: postgres::fresh_database().await, folder: None },
    }
}

impl TestDatabase {
    /// The database at this URL of PostgreSQL.
    pub fn postgres(url: String) -> Self {
        Self { url, folder: None }
    }

    /// Opens it as one more instance of the server does.
    pub async fn open(&self) -> Store {
        Store::open(&self.url).await.expect("the database opens")
    }

    /// Which engine it is on.
    pub fn engine(&self) -> Engine {
        if self.folder.is_some() { Engine::Sqlite } else { Engine::Postgres }
    }

    /// The files that SQLite made.
    pub fn files(&self) -> Vec<PathBuf> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let entries = std::fs::read_dir(folder.path()).expect("the folder of the database");
        entries.map(|entry| entry.expect("a file of the database").path()).collect()
    }
}

/// What a test of [`on_both_engines`] may ask for.
pub trait Given {
    /// Makes it on this database.
    fn given(database: TestDatabase) -> impl Future<Output = Self>;
}

impl Given for TestDatabase {
    async fn given(database: TestDatabase) -> Self {
        database
    }
}

impl Given for Store {
    async fn given(database: TestDatabase) -> Self {
        database.open().await
    }
}

/// Runs one test on a fresh database. Called by [`on_both_engines`].
pub async fn run<A: Given, F: Future<Output = ()>>(engine: Engine, test: impl FnOnce(A) -> F) {
    let database = fresh(engine).await;
    test(A::given(database.clone()).await).await;
}

const SQLITE_TABLES: &str =
    "SELECT CAST(name AS TEXT) AS name FROM sqlite_master WHERE type = 'table'";
const POSTGRES_TABLES: &str =
    "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = 'public'";

/// Everything that a thief of the database reads, table by table.
pub async fn dump(store: &Store) -> Vec<(String, String)> {
    let mut reader = store.reader().await.unwrap();
    let sqlite = store.engine() == Engine::Sqlite;
    let tables = sqlx::query(if sqlite { SQLITE_TABLES } else { POSTGRES_TABLES })
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    let mut dump = Vec::new();
    for table in tables.iter().map(|row| row.get::<String, _>("name")) {
        if table.starts_with("_sqlx") {
            continue;
        }
        let columns = if sqlite {
            format!("SELECT CAST(name AS TEXT) AS name FROM pragma_table_info('{table}')")
        } else {
            format!(
                "SELECT CAST(column_name AS TEXT) AS name FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}'"
            )
        };
        let columns = sqlx::query(AssertSqlSafe(columns)).fetch_all(&mut *reader).await.unwrap();
        let columns: Vec<String> = columns
            .iter()
            .map(|row| format!("COALESCE(CAST({} AS TEXT), '')", row.get::<String, _>("name")))
            .collect();
        let sql = format!("SELECT {} AS line FROM {table}", columns.join(" || ' | ' || "));
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *reader).await.unwrap();
        let lines: Vec<String> = rows.iter().map(|row| row.get("line")).collect();
        dump.push((table, lines.join("\n")));
    }
    dump
}

/// Makes two tests of each function: one on SQLite, one on PostgreSQL.
macro_rules! on_both_engines {
    ($(
        $(#[$meta:meta])*
        async fn $name:ident($given:ident: $type:ty) $body:block
    )+) => {$(
        $(#[$meta])*
        async fn $name($given: $type) $body

        mod $name {
            use $crate::support::database::{Engine, run};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(Engine::Sqlite, super::$name).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run(Engine::Postgres, super::$name).await;
            }
        }
    )+};
}

pub(crate) use on_both_engines;
