//! Copies of an embedded database: taken while others write, looked over before anybody relies on
//! them, and put in the place of another. PostgreSQL has tools of its own for that.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection as _};

use super::engine::{create_private_file, sqlite_path};
use super::row::Columns;
use super::signing_keys::StoredKey;
use super::{Conn, Error, Result, audit, signing_keys};
use crate::domain::audit::Event;
use crate::domain::time::Timestamp;

/// How long others may hold the database up.
const BUSY: &str = "PRAGMA busy_timeout = 30000";

/// Why a copy was not made, or not put in place.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is on a server, which has its own tools.
    #[error("the database is on PostgreSQL")]
    Postgres,
    /// Something is there already.
    #[error("{0} is there already")]
    Exists(String),
    /// There is nothing to copy.
    #[error("there is no file {0}")]
    Missing(String),
    /// It is not what it should be.
    #[error("{0} {1}")]
    Unfit(String, String),
    /// Somebody works with what is to be replaced.
    #[error("{0} is in use: stop the server first")]
    InUse(String),
    /// The file system.
    #[error("{0}: {1}")]
    File(String, #[source] io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What a copy holds.
#[derive(Clone, Debug)]
pub struct Content {
    /// How many people.
    pub people: u32,
    /// How many lines of the audit log are sealed in it.
    pub audit_lines: i64,
    /// The last migration that it has.
    pub migration: i64,
    /// Its signing keys, sealed.
    pub keys: Vec<StoredKey>,
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = shown(path);
    move |error| BackupError::File(path, error)
}

/// The file of an embedded database.
pub fn file_of(url: &str) -> std::result::Result<PathBuf, BackupError> {
    sqlite_path(url).map(PathBuf::from).ok_or(BackupError::Postgres)
}

async fn open(path: &Path, mode: &str) -> std::result::Result<AnyConnection, BackupError> {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}?mode={mode}", path.display());
    let options = AnyConnectOptions::from_str(&url).map_err(Error::from)?;
    let mut conn = AnyConnection::connect_with(&options).await?;
    sqlx::raw_sql(BUSY).execute(&mut conn).await?;
    Ok(conn)
}

/// Copies the database into a file that is not there yet: all of one moment, while others write. The
/// file appears once it is whole and on the disk. `event` is written down in the database itself.
pub async fn take(
    url: &str,
    to: &Path,
    now: Timestamp,
    event: &Event,
) -> std::result::Result<Content, BackupError> {
    let from = file_of(url)?;
    if !from.is_file() {
        return Err(BackupError::Missing(shown(&from)));
    }
    if to.exists() {
        return Err(BackupError::Exists(shown(to)));
    }
    let mut conn = open(&from, "rw").await?;
    let draft = draft_of(to);
    create_private_file(&draft).map_err(file_error(to))?;
    let taken = async {
        sqlx::query("VACUUM INTO $1").bind(shown(&draft)).execute(&mut conn).await?;
        let content = look_over(&draft, now).await?;
        put(&draft, to)?;
        Ok(content)
    };
    let taken = taken.await;
    if taken.is_err() {
        let _ = fs::remove_file(&draft);
    } else {
        audit::insert(&mut conn, event).await?;
    }
    conn.close().await?;
    taken
}

/// Looks a copy over: that it is whole, and what it holds.
pub async fn look_over(path: &Path, now: Timestamp) -> std::result::Result<Content, BackupError> {
    let unfit = |why: &str| BackupError::Unfit(shown(path), why.to_owned());
    if !path.is_file() {
        return Err(BackupError::Missing(shown(path)));
    }
    let mut conn =
        open(path, "ro").await.map_err(|error| unfit(&format!("is unreadable: {error}")))?;
    let found = read(&mut conn, now).await;
    conn.close().await?;
    match found {
        Ok(Some(content)) => Ok(content),
        Ok(None) => Err(unfit("is damaged: it does not pass SQLite's own check")),
        Err(error) => Err(unfit(&format!("is no database of Firstkey's: {error}"))),
    }
}

async fn read(conn: &mut Conn, now: Timestamp) -> Result<Option<Content>> {
    let sound = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut *conn).await?;
    if sound.text("integrity_check")? != "ok" {
        return Ok(None);
    }
    if sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *conn).await?.is_some() {
        return Ok(None);
    }
    let row = sqlx::query("SELECT MAX(version) AS n FROM _sqlx_migrations WHERE success");
    let migration = row.fetch_one(&mut *conn).await?.int("n")?;
    let people = sqlx::query("SELECT COUNT(*) AS n FROM users").fetch_one(&mut *conn).await?;
    Ok(Some(Content {
        people: people.count("n")?,
        audit_lines: audit::head(conn).await?.0,
        migration,
        keys: signing_keys::published(conn, now).await?,
    }))
}

/// Puts a copy in the place of the database. What was there before is kept under another name, which
/// is returned; nobody may be working with it.
pub async fn put_in_place(
    copy: &Path,
    url: &str,
    now: Timestamp,
    replace: bool,
) -> std::result::Result<Option<PathBuf>, BackupError> {
    let to = file_of(url)?;
    if to.exists() && !replace {
        return Err(BackupError::Exists(shown(&to)));
    }
    let draft = draft_of(&to);
    let written = async {
        create_private_file(&draft)?;
        tokio::fs::copy(copy, &draft).await.map(|_| ())
    };
    let made = match written.await.map_err(file_error(&to)) {
        Ok(()) => exchange(&draft, &to, now).await,
        Err(error) => Err(error),
    };
    if made.is_err() {
        let _ = fs::remove_file(&draft);
    }
    made
}

async fn exchange(
    draft: &Path,
    to: &Path,
    now: Timestamp,
) -> std::result::Result<Option<PathBuf>, BackupError> {
    let mut before = None;
    if to.exists() {
        nobody_works_with(to).await?;
        let moment: String =
            now.to_string().chars().filter(char::is_ascii_alphanumeric).take(15).collect();
        let aside = with_suffix(to, &format!(".before-restore-{moment}"));
        fs::rename(to, &aside).map_err(file_error(to))?;
        before = Some(aside);
    }
    // A log that belongs to another file would be taken for this one's.
    for suffix in ["-wal", "-shm", "-journal"] {
        let (beside, aside) = (with_suffix(to, suffix), before.as_deref());
        if beside.exists() {
            match aside {
                Some(aside) => fs::rename(&beside, with_suffix(aside, suffix)),
                None => fs::remove_file(&beside),
            }
            .map_err(file_error(&beside))?;
        }
    }
    put(draft, to)?;
    Ok(before)
}

/// SQLite leaves its write-ahead log only where nobody else has the file open. What is too broken to
/// be opened nobody works with.
async fn nobody_works_with(path: &Path) -> std::result::Result<(), BackupError> {
    let Ok(mut conn) = open(path, "rw").await else { return Ok(()) };
    sqlx::raw_sql("PRAGMA busy_timeout = 1000").execute(&mut conn).await?;
    let left = sqlx::query("PRAGMA journal_mode = DELETE").fetch_one(&mut conn).await;
    let left = left.map_err(Error::from).and_then(|row| row.text("journal_mode"));
    // Closing what is broken may fail, too.
    let _ = conn.close().await;
    match left {
        Ok(mode) if mode == "wal" => Err(BackupError::InUse(shown(path))),
        Err(Error::Unavailable(_)) => Err(BackupError::InUse(shown(path))),
        _ => Ok(()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn draft_of(path: &Path) -> PathBuf {
    with_suffix(path, &format!(".{}.part", std::process::id()))
}

/// Gives a file that is whole its name, if nothing has that name, once it is on the disk.
fn put(draft: &Path, to: &Path) -> std::result::Result<(), BackupError> {
    let synced = OpenOptions::new().write(true).open(draft).and_then(|file| file.sync_all());
    synced.map_err(file_error(draft))?;
    match fs::hard_link(draft, to) {
        Ok(()) => fs::remove_file(draft).map_err(file_error(draft))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(shown(to)));
        }
        // Not every file system has links.
        Err(_) => fs::rename(draft, to).map_err(file_error(to))?,
    }
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // Not every system lets a folder be synced.
        let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Ends all that an older state of the database would bring back to life: sessions, what was given to
/// applications, codes, and passes, one-time ones that have been used since among them.
pub async fn forget_what_was_open(conn: &mut Conn, now: Timestamp) -> Result<()> {
    for statement in [
        "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL",
        "UPDATE grants SET revoked_at = $1 WHERE revoked_at IS NULL",
        "DELETE FROM passes WHERE ends_at > $1",
    ] {
        sqlx::query(statement).bind(now.micros()).execute(&mut *conn).await?;
    }
    for statement in [
        "DELETE FROM codes",
        "DELETE FROM device_codes",
        "DELETE FROM refresh_tokens",
        "DELETE FROM journeys",
        "DELETE FROM browser_sessions",
    ] {
        sqlx::query(statement).execute(&mut *conn).await?;
    }
    Ok(())
}
