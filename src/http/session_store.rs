//! The browser sessions of `tower-sessions`, kept in our own database. The id in the cookie is
//! stored hashed, so that a stolen database opens no session.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use super::browser::key_hash;
use super::problem::Problem;
use crate::crypto::token;
use crate::domain::time::{Clock, Timestamp};
use crate::service::Failure;
use crate::store::{self, Store, browser_sessions};

/// A session store on our database.
#[derive(Clone)]
pub struct DatabaseSessions {
    store: Store,
    clock: Arc<dyn Clock>,
    idle: Duration,
}

impl fmt::Debug for DatabaseSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseSessions")
    }
}

impl DatabaseSessions {
    /// A session store on this database, for sessions that end when nothing changes in them for
    /// this long.
    pub fn new(store: Store, clock: Arc<dyn Clock>, idle: Duration) -> Self {
        Self { store, clock, idle }
    }

    /// When what is kept now ends: by our own clock, as everything else here.
    fn expiry(&self) -> Timestamp {
        self.clock.now().plus(self.idle)
    }
}

fn stored_id(id: Id) -> String {
    token::hash(&id.to_string())
}

tokio::task_local! {
    /// Whether the database was not available when the session of this request was wanted.
    static UNAVAILABLE: Cell<bool>;
}

#[allow(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn backend(error: store::Error) -> Error {
    if matches!(error, store::Error::Unavailable(_)) {
        // Outside of a request nobody is to be told.
        let _ = UNAVAILABLE.try_with(|unavailable| unavailable.set(true));
    }
    Error::Backend(error.to_string())
}

/// What is around `tower-sessions`: for it, a session that cannot be loaded or kept is an internal
/// error, under which the answer stands that nobody can go on from. It is one to try again.
pub async fn tell_unavailable(request: Request, next: Next) -> Response {
    let told = async {
        let response = next.run(request).await;
        let failed = response.status() == StatusCode::INTERNAL_SERVER_ERROR;
        if failed && UNAVAILABLE.with(Cell::get) {
            let failure = Failure::Unavailable("the browser's session was not at hand".into());
            return Problem::from(failure).into_response();
        }
        response
    };
    UNAVAILABLE.scope(Cell::new(false), told).await
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

#[async_trait]
impl SessionStore for DatabaseSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let (id, data, expires_at) = (stored_id(record.id), encode(record)?, self.expiry());
            let browser = key_hash(record);
            let fresh = self
                .store
                .write(move |conn| {
                    Box::pin(async move {
                        let browser = browser.as_deref();
                        browser_sessions::insert(conn, &id, browser, &data, expires_at).await
                    })
                })
                .await
                .map_err(backend)?;
            if fresh {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (id, data, expires_at) = (stored_id(record.id), encode(record)?, self.expiry());
        let kept = self
            .store
            .write(move |conn| {
                Box::pin(
                    async move { browser_sessions::update(conn, &id, &data, expires_at).await },
                )
            })
            .await
            .map_err(backend)?;
        if !kept {
            // A request that was under way while the browser signed in or out: its cookie is over.
            tracing::debug!("a browser session changed its id meanwhile");
        }
        Ok(())
    }

    async fn load(&self, session_id: &Id) -> Result<Option<Record>> {
        let mut conn = self.store.reader().await.map_err(backend)?;
        let found = browser_sessions::get(&mut conn, &stored_id(*session_id), self.clock.now())
            .await
            .map_err(backend)?;
        let Some((data, expires_at)) = found else { return Ok(None) };
        let data = serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *session_id, data, expiry_date: expires_at.to_datetime() }))
    }

    async fn delete(&self, session_id: &Id) -> Result<()> {
        let id = stored_id(*session_id);
        self.store
            .write(move |conn| Box::pin(async move { browser_sessions::delete(conn, &id).await }))
            .await
            .map_err(backend)
    }
}
