//! Databases on the PostgreSQL whose URL is in `FIRSTKEY_BENCH_POSTGRES`.

use std::sync::Mutex;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use url::Url;

use crate::process;

static MADE: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn server() -> anyhow::Result<Url> {
    let url = std::env::var("FIRSTKEY_BENCH_POSTGRES");
    Ok(url.context("FIRSTKEY_BENCH_POSTGRES is not set; run benches/load/run")?.parse()?)
}

/// A new database: its URL, and the process id of the server.
pub async fn new_database(name: &str) -> anyhow::Result<(String, u32)> {
    let mut url = server()?;
    let name = format!("firstkey_bench_{}_{name}", std::process::id());
    let mut connection = PgConnection::connect(url.as_str()).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
    let (backend,): (i32,) =
        sqlx::query_as("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
    let postmaster = process::parent(u32::try_from(backend)?).context("a postmaster")?;
    connection.close().await?;
    if let Ok(mut made) = MADE.lock() {
        made.push(name.clone());
    }
    url.set_path(&name);
    Ok((url.into(), postmaster))
}

/// Drops what was made.
pub async fn drop_all() -> anyhow::Result<()> {
    let made = MADE.lock().map(|mut made| std::mem::take(&mut *made)).unwrap_or_default();
    for name in made {
        let mut connection = PgConnection::connect(server()?.as_str()).await?;
        let sql = format!("DROP DATABASE {name} WITH (FORCE)");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    Ok(())
}
