//! Opening the database, reading from it, and writing to it.

use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection};
use tracing::Instrument as _;

use super::writer::Writer;
use super::{Conn, Error, Result, counted, schema, users};
use crate::metrics::{Metrics, Pool};

/// Which database stands behind a [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default: one file, one writer.
    Sqlite,
    /// For any number of instances.
    Postgres,
}

/// The database. Cheap to clone; all clones share the same connections.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    pool: AnyPool,
    writer: Option<Writer>,
    metrics: Metrics,
}

/// How often a transaction that lost against another is run again.
const RETRIES: u32 = 8;
/// How long a database that is not ready is waited for at the start.
const SETUP_PATIENCE: Duration = Duration::from_secs(5);
/// How many people are brought up to date at once at the start.
const FILL_BATCH: u32 = 500;
/// Connections that read from SQLite side by side: more than [`super::together`] may hold for long.
const SQLITE_READERS: u32 = 6;
/// Text by its bytes, for what begins with something: PostgreSQL's own indexes sort as people do.
/// One transaction, in which instances that start together take turns.
const POSTGRES_INDEXES: &str = "BEGIN;
SELECT pg_advisory_xact_lock(5141870923);
CREATE INDEX IF NOT EXISTS users_username_bytes ON users (username_key text_pattern_ops);
CREATE INDEX IF NOT EXISTS users_display_name_bytes ON users (display_name_key text_pattern_ops);
CREATE INDEX IF NOT EXISTS users_email_bytes ON users (email_key text_pattern_ops);
CREATE INDEX IF NOT EXISTS groups_name_bytes ON groups (name_key text_pattern_ops);
COMMIT;";
/// How long a connection to PostgreSQL is taken to be still there after its last use.
const TRUSTED: Duration = Duration::from_millis(100);
/// How often another connection is tried where one was lost before anything was done on it.
const LOST: u32 = 4;
/// How long a connection may take to show that it is alive.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);
/// Connections to PostgreSQL from one instance.
const POSTGRES_CONNECTIONS: u32 = 20;

/// When a connection last said nothing at all. Those that were idle then lead to the same place:
/// they are not asked one after the other, each for as long.
#[derive(Clone, Debug, Default)]
struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    /// Asks a connection for a sign of life.
    async fn check(
        &self,
        connection: &mut Conn,
        idle: Option<Duration>,
    ) -> std::result::Result<(), sqlx::Error> {
        let begun = Instant::now();
        if let (Some(idle), Some(silent)) = (idle, *self.last())
            && begun.checked_sub(idle).is_some_and(|since| since < silent)
        {
            return Err(sqlx::Error::PoolTimedOut);
        }
        let Ok(answer) = tokio::time::timeout(ANSWER_PATIENCE, connection.ping()).await else {
            *self.last() = Some(begun);
            return Err(sqlx::Error::PoolTimedOut);
        };
        answer
    }

    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the schema was last found to be another than connections knew that are older.
static SCHEMA_CHANGED: Mutex<Option<Instant>> = Mutex::new(None);

/// Connections that there are by now have prepared statements for another schema, and are replaced.
pub(super) fn schema_has_changed() {
    *SCHEMA_CHANGED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
}

/// Whether a connection that was made so long ago knows another schema.
fn is_outdated(age: Duration) -> bool {
    let changed = *SCHEMA_CHANGED.lock().unwrap_or_else(PoisonError::into_inner);
    changed.is_some_and(|then| then.elapsed() < age)
}

impl Store {
    /// Opens the database at `url` (`sqlite:PATH` or `postgres://…`), creates the SQLite file if it
    /// is missing, and brings the schema up to date.
    pub async fn open(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let (engine, url) = read_url(url)?;
        let options =
            AnyConnectOptions::from_str(&url).map_err(|error| Error::Url(error.to_string()))?;
        let store = match engine {
            Engine::Sqlite => {
                create_private(&url);
                // The writer comes first: it fills the file and turns on the write-ahead log.
                let mut connection = sqlx::AnyConnection::connect_with(&options).await?;
                sqlite_first_setup(&mut connection).await?;
                // sqlx locks nothing on SQLite: here instances that start together take turns.
                let mut turn = connection.begin_with("BEGIN IMMEDIATE").await?;
                migrate(&mut turn).await?;
                turn.commit().await?;
                let pool = AnyPoolOptions::new()
                    .max_connections(SQLITE_READERS)
                    // There is no network that a connection can be lost on.
                    .test_before_acquire(false)
                    .acquire_timeout(Duration::from_secs(5))
                    .after_connect(|connection, _| {
                        Box::pin(async move {
                            sqlite_setup(connection).await?;
                            sqlx::query("PRAGMA query_only = ON").execute(&mut *connection).await?;
                            Ok(())
                        })
                    })
                    .connect_lazy_with(options);
                let metrics = Metrics::new("sqlite");
                let writer = Some(Writer::start(connection, metrics.clone()));
                Self { engine, pool, writer, metrics }
            }
            Engine::Postgres => {
                // One connection first: of a pool one hears that it waited in vain, and not why.
                let mut connection = postgres_connection(&options).await?;
                migrate(&mut connection).await?;
                sqlx::raw_sql(POSTGRES_INDEXES).execute(&mut connection).await?;
                connection.close().await?;
                let before = Silence::default();
                let after = before.clone();
                let pool = AnyPoolOptions::new()
                    .max_connections(POSTGRES_CONNECTIONS)
                    .test_before_acquire(false)
                    .before_acquire(move |connection, about| {
                        let silence = before.clone();
                        Box::pin(async move {
                            if is_outdated(about.age) {
                                return Ok(false);
                            }
                            // One that was used a moment ago is there: asking costs as much as
                            // most questions.
                            if about.idle_for > TRUSTED {
                                silence.check(connection, Some(about.idle_for)).await?;
                            }
                            Ok(true)
                        })
                    })
                    .acquire_timeout(Duration::from_secs(5))
                    // Whoever gave up waiting leaves a connection behind that may never answer
                    // again. The pool would wait for it without end, and soon have no other.
                    .after_release(move |connection, _| {
                        let silence = after.clone();
                        Box::pin(async move {
                            silence.check(connection, None).await?;
                            Ok(true)
                        })
                    })
                    .connect_lazy_with(options);
                Self { engine, pool, writer: None, metrics: Metrics::new("postgres") }
            }
        };
        Ok(store)
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The numbers of this process.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How the connections are.
    pub fn connections(&self) -> Pool {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Pool {
            open: self.pool.size(),
            idle: count(self.pool.num_idle()),
            max: self.pool.options().get_max_connections(),
            writer: self.writer.as_ref().map_or(0, |writer| count(writer.waiting())),
        }
    }

    /// A connection to read with.
    pub async fn reader(&self) -> Result<PoolConnection<Any>> {
        let _waits = self.metrics.waits();
        Ok(self.pool.acquire().await?)
    }

    /// Asks the database for a sign of life, and for the first migration that it lacks.
    pub async fn missing_migration(&self) -> Result<Option<i64>> {
        schema::missing(&mut *self.reader().await?).await
    }

    /// Runs `change` as one transaction and returns once it is durable. It may run more
    /// than once, where it lost against another transaction; what it captures is cloned.
    pub async fn write<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Clone + Send + 'static,
    {
        let span = tracing::debug_span!("database write");
        self.write_until_it_holds(change).instrument(span).await
    }

    async fn write_until_it_holds<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Clone + Send + 'static,
    {
        let mut attempt = 0;
        let begun = Instant::now();
        loop {
            let outcome = match &self.writer {
                Some(writer) => writer.write(change.clone()).await,
                None => self.transact(change.clone()).await,
            };
            match outcome {
                Err(error) if error.is_serialization_failure() && attempt < RETRIES => {
                    attempt += 1;
                    tokio::time::sleep(Duration::from_millis(1 << attempt)).await;
                }
                outcome => {
                    self.metrics.written(begun);
                    return outcome;
                }
            }
        }
    }

    async fn transact<T, F>(&self, change: F) -> Result<T>
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send,
    {
        let waits = self.metrics.waits();
        let mut lost = 0;
        loop {
            let mut connection = self.pool.acquire().await?;
            let begun = connection.begin().await.map_err(Error::from);
            let mut transaction = match begun {
                Err(Error::Unavailable(_)) if lost < LOST => {
                    lost += 1;
                    continue;
                }
                begun => begun?,
            };
            drop(waits);
            // Dropping the transaction on error rolls it back.
            let (value, counted) = counted::collect(change(&mut transaction)).await;
            let value = value?;
            transaction.commit().await?;
            counted::tell(&self.metrics, counted);
            return Ok(value);
        }
    }

    /// Closes every connection, after what is being written has been written.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        self.pool.close().await;
    }
}

/// The engine that a URL names, and the URL as sqlx wants it.
pub(super) fn read_url(url: &str) -> Result<(Engine, String)> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mode =
            if path.contains("mode=") { String::new() } else { format!("{separator}mode=rwc") };
        return Ok((Engine::Sqlite, format!("sqlite:{path}{mode}")));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok((Engine::Postgres, url.to_owned()));
    }
    Err(Error::Url("the database URL must begin with sqlite: or postgres://".into()))
}

/// Makes the file of a new SQLite database readable by its owner alone; SQLite gives the files that
/// it puts beside it the same mode. One that is there is left as its owner wants it.
fn create_private(url: &str) {
    if let Some(path) = sqlite_path(url) {
        // Where that fails, the file is there, or SQLite will say what is wrong with it.
        let _ = create_private_file(Path::new(path));
    }
}

/// The file that a URL of SQLite names, where it names one.
pub(super) fn sqlite_path(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    let none = path.is_empty() || path == ":memory:" || url.contains("mode=memory");
    (!none).then_some(path)
}

/// Makes an empty file that its owner alone can read.
pub(super) fn create_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

async fn sqlite_setup(connection: &mut Conn) -> std::result::Result<(), sqlx::Error> {
    // WAL lets readers read while the one writer writes; FULL makes a commit survive a power cut.
    for pragma in [
        "PRAGMA busy_timeout = 5000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        // 32 MiB at most: a page of a thousand lines and whom they name.
        "PRAGMA cache_size = -32768",
        // What a statement of many rows needs to be undone by would be a file for each.
        "PRAGMA temp_store = MEMORY",
    ] {
        sqlx::raw_sql(pragma).execute(&mut *connection).await?;
    }
    Ok(())
}

/// SQLite does not wait, as it does for all else, where others turn on the write-ahead log of a new
/// file at the same moment: try again until they have.
async fn sqlite_first_setup(connection: &mut Conn) -> Result<()> {
    let give_up = Instant::now() + SETUP_PATIENCE;
    loop {
        match sqlite_setup(connection).await.map_err(Error::from) {
            Err(Error::Unavailable(_)) if Instant::now() < give_up => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            outcome => return outcome,
        }
    }
}

/// Connects to PostgreSQL, which may be starting just now, as we are.
async fn postgres_connection(options: &AnyConnectOptions) -> Result<sqlx::AnyConnection> {
    let give_up = Instant::now() + SETUP_PATIENCE;
    loop {
        let connecting = sqlx::AnyConnection::connect_with(options);
        let outcome = match tokio::time::timeout(SETUP_PATIENCE, connecting).await {
            Ok(outcome) => outcome.map_err(Error::from),
            Err(_) => Err(Error::Unavailable(format!("no answer in {SETUP_PATIENCE:?}"))),
        };
        match outcome {
            Err(Error::Unavailable(_)) if Instant::now() < give_up => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            outcome => return outcome,
        }
    }
}

async fn migrate(connection: &mut Conn) -> Result<()> {
    // PostgreSQL: sqlx takes an advisory lock here, so that instances that start together do not
    // collide. Only start-up relies on it.
    schema::migrate(connection).await?;
    // What no statement of both engines can compute.
    while users::fill_keys(connection, FILL_BATCH).await? > 0 {}
    Ok(())
}
