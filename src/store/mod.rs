//! Floor 2: the database. SQL lives here and nowhere else.
//!
//! Every statement is written once, in the subset that SQLite and PostgreSQL both speak; see
//! `docs/decisions/0001-two-engines-one-sql.md`. Each aggregate has a file whose functions take a
//! [`Conn`]: from [`Store::reader`] to read, inside [`Store::write`] to change. Whatever is done in
//! one `write` happens wholly or not at all.

pub mod access;
pub mod activity;
pub mod attempts;
pub mod attestation_roots;
pub mod audit;
pub mod backup;
pub mod branding;
pub mod browser_sessions;
pub mod ceremonies;
pub mod clients;
mod counted;
pub mod credentials;
pub mod depths;
pub mod device_codes;
pub mod devices;
pub mod dynamic;
mod engine;
pub mod expired;
mod filter;
pub mod forward_auth;
pub mod grants;
pub mod groups;
pub mod inspect;
pub mod journeys;
pub mod logouts;
pub mod on_behalf;
pub mod once;
pub mod outbox;
pub mod overview;
pub mod passes;
pub mod phone_pairings;
pub mod phone_requests;
pub mod phones;
pub mod policies;
pub mod push;
pub mod recovery_codes;
pub mod rotations;
mod row;
mod schema;
pub mod sessions;
pub mod signing_keys;
pub mod standing;
pub mod together;
pub mod upstreams;
pub mod users;
mod writer;

pub use engine::{Engine, Store};

use sqlx::error::DatabaseError;

/// PostgreSQL takes no changes: a standby, or one that was made so. Another will be the first.
const READ_ONLY: &str = "25006";

/// PostgreSQL: a statement that was prepared earlier would return other columns by now, since a newer
/// version added one.
const OUTDATED_PLAN: &str = "0A000";

/// A database connection of either engine.
pub type Conn = sqlx::AnyConnection;

/// What a storage function returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached, is too busy or out of space; trying again later may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// It refused a statement.
    #[error("the database refused a statement: {0}")]
    Statement(#[source] sqlx::Error),
    /// It holds something that we cannot read.
    #[error("the database holds an unreadable {0}")]
    Corrupt(&'static str),
    /// Another transaction changed the same thing first, or a newer version the schema; the whole
    /// change runs again.
    #[error("another change came first")]
    Conflict,
    /// Its schema could not be brought up to date.
    #[error("the database could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The URL names no engine that we speak.
    #[error("{0}")]
    Url(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let busy = error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| {
            // SQLite: busy, locked, read-only, I/O error, full, cannot open (primary code in the
            // low byte). PostgreSQL: connection, resources, operator intervention.
            let sqlite = code
                .parse::<u32>()
                .is_ok_and(|code| code < 10_000 && matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14));
            sqlite
                || (code.len() == 5
                    && ["08", "53", "57", READ_ONLY].iter().any(|class| code.starts_with(class)))
        });
        let code = error.as_database_error().and_then(DatabaseError::code);
        if code.is_some_and(|code| code == OUTDATED_PLAN) {
            engine::schema_has_changed();
            return Self::Conflict;
        }
        match error {
            // A connection that is cut while it is made says less than the protocol has, or nothing.
            E::Protocol(_) | E::BeginFailed => Self::Unavailable(error.to_string()),
            E::Io(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::Tls(_) => {
                Self::Unavailable(error.to_string())
            }
            error if busy => Self::Unavailable(error.to_string()),
            error => Self::Statement(error),
        }
    }
}

impl Error {
    /// Whether another run of the same transaction may succeed: SQLSTATE 40001 and 40P01.
    fn is_serialization_failure(&self) -> bool {
        let error = match self {
            Self::Conflict => return true,
            Self::Statement(error) => error,
            _ => return false,
        };
        error
            .as_database_error()
            .and_then(DatabaseError::code)
            .is_some_and(|code| code == "40001" || code == "40P01")
    }
}
