//! A look at a database that changes nothing: not even its schema. For `firstkey doctor`.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

use super::engine::{Engine, read_url};
use super::row::Columns;
use super::signing_keys::StoredKey;
use super::{Conn, Error, Result, depths, schema, signing_keys};
use crate::domain::time::Timestamp;
use crate::metrics::Stored;

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was seen.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Which database it is.
    pub engine: Engine,
    /// Its version, in its own words.
    pub version: String,
    /// Settings of it that matter here; none where it does not know one.
    pub settings: Vec<(&'static str, Option<String>)>,
    /// Its own clock, where it has one.
    pub clock: Option<Timestamp>,
    /// The migrations that it has.
    pub schema: Schema,
    /// What it holds of ours, where it has our schema.
    pub content: Option<Content>,
}

/// How far the schema has come.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Whether there is any.
    pub exists: bool,
    /// The first migration of ours that it lacks.
    pub lacks: Option<i64>,
    /// One that was begun and not finished.
    pub broken: Option<i64>,
    /// The last one, if that is newer than all of ours.
    pub newer: Option<i64>,
}

/// What it holds.
#[derive(Clone, Debug)]
pub struct Content {
    /// Signing keys that are published, sealed.
    pub keys: Vec<StoredKey>,
    /// What waits.
    pub stored: Stored,
    /// The latest moment in the audit log.
    pub latest: Option<Timestamp>,
}

/// Looks at the database.
pub async fn look(url: &str, now: Timestamp) -> Result<Facts> {
    match tokio::time::timeout(PATIENCE, look_at(url, now)).await {
        Ok(facts) => facts,
        Err(_) => Err(Error::Unavailable(format!("no answer in {PATIENCE:?}"))),
    }
}

async fn look_at(url: &str, now: Timestamp) -> Result<Facts> {
    sqlx::any::install_default_drivers();
    let (engine, url) = read_url(url)?;
    // Never made here.
    let url = if engine == Engine::Sqlite { url.replace("mode=rwc", "mode=rw") } else { url };
    let options =
        AnyConnectOptions::from_str(&url).map_err(|error| Error::Url(error.to_string()))?;
    let mut conn = AnyConnection::connect_with(&options).await?;
    let facts = match engine {
        Engine::Sqlite => sqlite(&mut conn, now).await,
        Engine::Postgres => postgres(&mut conn, now).await,
    };
    // What was seen counts.
    let _ = conn.close().await;
    facts
}

async fn sqlite(conn: &mut Conn, now: Timestamp) -> Result<Facts> {
    sqlx::raw_sql("PRAGMA busy_timeout = 5000").execute(&mut *conn).await?;
    let version = one(conn, "SELECT sqlite_version() AS value").await?.unwrap_or_default();
    let journal = sqlx::query("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
    let journal = journal.opt_text("journal_mode")?;
    let tables = "SELECT name AS value FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let schema = schema_of(conn, tables).await?;
    let content = content(conn, &schema, now).await?;
    let settings = vec![("journal_mode", journal)];
    let version = format!("SQLite {version}");
    Ok(Facts { engine: Engine::Sqlite, version, settings, clock: None, schema, content })
}

/// What PostgreSQL is asked for by name.
const SETTINGS: [&str; 7] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "server_encoding",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "max_connections",
];

async fn postgres(conn: &mut Conn, now: Timestamp) -> Result<Facts> {
    let version = one(conn, "SELECT current_setting('server_version') AS value").await?;
    let mut settings = Vec::new();
    for name in SETTINGS {
        // Not every database that speaks its language knows all of them.
        let sql = format!("SELECT current_setting('{name}', true) AS value");
        settings.push((name, one(conn, sql).await.ok().flatten()));
    }
    let standby = "SELECT CAST(pg_is_in_recovery() AS TEXT) AS value";
    settings.push(("standby", one(conn, standby).await.ok().flatten()));
    let tls = "SELECT CAST(ssl AS TEXT) AS value FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    settings.push(("tls", one(conn, tls).await.ok().flatten()));
    let clock =
        "SELECT CAST(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS TEXT)
                 AS value";
    let clock = one(conn, clock).await.ok().flatten().and_then(|micros| micros.parse().ok());
    let tables = "SELECT CAST(tablename AS TEXT) AS value FROM pg_tables
                  WHERE tablename = '_sqlx_migrations' AND schemaname = current_schema()";
    let schema = schema_of(conn, tables).await?;
    let content = content(conn, &schema, now).await?;
    Ok(Facts {
        engine: Engine::Postgres,
        version: format!("PostgreSQL {}", version.unwrap_or_default()),
        settings,
        clock: clock.map(Timestamp::from_micros),
        schema,
        content,
    })
}

async fn one(conn: &mut Conn, sql: impl Into<String>) -> Result<Option<String>> {
    let row = sqlx::query(AssertSqlSafe(sql.into())).fetch_optional(conn).await?;
    row.map_or(Ok(None), |row| row.opt_text("value"))
}

async fn schema_of(conn: &mut Conn, tables: &'static str) -> Result<Schema> {
    if one(conn, tables).await?.is_none() {
        return Ok(Schema::default());
    }
    let number =
        "SELECT CAST(MIN(version) AS TEXT) AS value FROM _sqlx_migrations WHERE NOT success";
    let broken = one(conn, number).await?.and_then(|version| version.parse().ok());
    let number = "SELECT CAST(MAX(version) AS TEXT) AS value FROM _sqlx_migrations";
    let last: Option<i64> = one(conn, number).await?.and_then(|version| version.parse().ok());
    let newer = last.filter(|last| *last > schema::newest());
    Ok(Schema { exists: true, lacks: schema::missing(conn).await?, broken, newer })
}

async fn content(conn: &mut Conn, schema: &Schema, now: Timestamp) -> Result<Option<Content>> {
    if !schema.exists || schema.lacks.is_some() {
        return Ok(None);
    }
    let latest = "SELECT CAST(MAX(at) AS TEXT) AS value FROM audit_events";
    let latest = one(conn, latest).await?.and_then(|micros| micros.parse().ok());
    Ok(Some(Content {
        keys: signing_keys::published(conn, now).await?,
        stored: depths::all(conn, now).await?,
        latest: latest.map(Timestamp::from_micros),
    }))
}
