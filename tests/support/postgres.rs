//! A database of its own for each test, on the throwaway PostgreSQL server that `tests/all` starts.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

/// Where `tests/all` says its server is: the URL of a database that a superuser may connect to.
pub const SERVER: &str = "FIRSTKEY_TEST_POSTGRES";

/// Creates an empty database and returns its URL. Nobody drops it: the whole server is thrown away.
///
/// Without the server this panics rather than skips: a green run always means both engines.
pub async fn fresh_database() -> String {
    let server = std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: run tests/all, which starts a PostgreSQL for the tests")
    });
    let mut url = url::Url::parse(&server).expect("FIRSTKEY_TEST_POSTGRES is a URL");

    let name = format!("test_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap_or_else(|e| {
        panic!("cannot connect to the server in {SERVER} ({server}): {e}; run tests/all")
    });
    // An identifier cannot be bound; this one is ours, letters and digits only. template0 is never
    // connected to, so that many tests can copy it at once.
    connection
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0")))
        .await
        .expect("a database for the test");
    connection.close().await.expect("the connection closes");

    url.set_path(&name);
    url.into()
}
