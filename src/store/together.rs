//! Reads that wait together are asked together. While one round of questions is with the database,
//! those that come gather for the next, so that under load a round answers many and each costs a
//! fraction; alone, a question goes at once. No answer is older than its question: what somebody
//! waits for is read after they came. Changes of one kind can be made together in the same way, in
//! one transaction for each round.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::Any;
use sqlx::pool::PoolConnection;
use tokio::sync::oneshot;

use super::{Conn, Error, Result, Store};

/// The most questions of one round.
const ROUND_MAX: usize = 32;
/// How long a round may take. A connection that falls silent would keep all who ask the same waiting
/// for as long as its operating system has hope for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same for a round of changes. One that is given up may be made all the same, and whoever asks
/// again must come within what [`REFRESH_GRACE`](crate::domain::grant::REFRESH_GRACE) forgives.
const PATIENCE_TO_CHANGE: Duration = Duration::from_secs(4);

/// Answers so many questions, each at its place.
pub type Ask<K, V> = for<'c> fn(&'c mut Conn, Vec<K>) -> BoxFuture<'c, Result<Vec<V>>>;

/// A question, and who waits for its answer.
type Waiting<K, V> = (K, oneshot::Sender<Result<V>>);

/// One kind of question. Cheap to clone; all clones ask together.
pub struct Together<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    store: Store,
    ask: Ask<K, V>,
    /// Whether asking changes something.
    changes: bool,
    /// Those who wait, and whether somebody sees to them.
    waiting: Mutex<(Vec<Waiting<K, V>>, bool)>,
}

impl<K, V> Clone for Together<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> fmt::Debug for Together<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together")
    }
}

impl<K: Clone + Send + 'static, V: Send + 'static> Together<K, V> {
    /// Questions that `ask` answers.
    pub fn new(store: Store, ask: Ask<K, V>) -> Self {
        Self(Arc::new(Inner { store, ask, changes: false, waiting: Mutex::default() }))
    }

    /// Changes that `ask` makes, wholly or not at all, and says what came of each. Where that cannot
    /// be told, as when the database goes away while it commits, none is tried again.
    pub fn changes(store: Store, ask: Ask<K, V>) -> Self {
        Self(Arc::new(Inner { store, ask, changes: true, waiting: Mutex::default() }))
    }

    /// The answer to a question, read from the database after this was called. A change is durable.
    pub async fn get(&self, key: K) -> Result<V> {
        let (answer, wait) = oneshot::channel();
        let idle = {
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.0.push((key, answer));
            !std::mem::replace(&mut waiting.1, true)
        };
        if idle {
            // A task of its own: whoever asked first may go away, and others still wait.
            tokio::spawn(Self::rounds(self.clone()));
        }
        wait.await.map_err(|_| Error::Unavailable("nobody answered a question".into()))?
    }

    async fn rounds(self) {
        let _guard = Guard(&self.0);
        // Kept for as long as there is something to ask: a pool looks at each that it gets back.
        let mut kept = None;
        loop {
            let round: Vec<_> = {
                let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                // Those who have gone need no answer.
                waiting.0.retain(|(_, answer)| !answer.is_closed());
                let count = waiting.0.len().min(ROUND_MAX);
                if count == 0 {
                    waiting.1 = false;
                    return;
                }
                waiting.0.drain(..count).collect()
            };
            let (keys, answers): (Vec<_>, Vec<_>) = round.into_iter().unzip();
            match self.ask(&mut kept, keys.clone()).await {
                Ok(values) => {
                    for (answer, value) in answers.into_iter().zip(values) {
                        // Whoever asked may have gone.
                        let _ = answer.send(Ok(value));
                    }
                }
                Err(Error::Unavailable(reason)) => {
                    for answer in answers {
                        let _ = answer.send(Err(Error::Unavailable(reason.clone())));
                    }
                }
                // What is wrong with one is no answer to the others, nor is it "there is none".
                Err(_) => {
                    for (key, answer) in keys.into_iter().zip(answers) {
                        let alone = self.ask(&mut kept, vec![key]).await;
                        let lost = || Error::Corrupt("round of answers");
                        let alone = alone.and_then(|mut values| values.pop().ok_or_else(lost));
                        let _ = answer.send(alone);
                    }
                }
            }
        }
    }

    async fn ask(&self, kept: &mut Option<PoolConnection<Any>>, keys: Vec<K>) -> Result<Vec<V>> {
        let count = keys.len();
        let outcome = if self.0.changes {
            self.change(keys).await
        } else {
            match self.once(kept, keys.clone()).await {
                // The connection may have been lost while nobody used it. Nothing is changed by
                // asking twice.
                Err(Error::Unavailable(_) | Error::Conflict) => self.once(kept, keys).await,
                outcome => outcome,
            }
        };
        let values = outcome?;
        if values.len() == count { Ok(values) } else { Err(Error::Corrupt("round of answers")) }
    }

    async fn change(&self, keys: Vec<K>) -> Result<Vec<V>> {
        let ask = self.0.ask;
        let change = self.0.store.write(move |conn| ask(conn, keys));
        tokio::time::timeout(PATIENCE_TO_CHANGE, change)
            .await
            .unwrap_or_else(|_| Err(Error::Unavailable("the database does not answer".into())))
    }

    async fn once(&self, kept: &mut Option<PoolConnection<Any>>, keys: Vec<K>) -> Result<Vec<V>> {
        let mut conn = match kept.take() {
            Some(conn) => conn,
            None => self.0.store.reader().await?,
        };
        let asked = (self.0.ask)(&mut conn, keys);
        let Ok(values) = tokio::time::timeout(PATIENCE, asked).await else {
            // The pool would ask it how it is, and wait as well.
            drop(conn.detach());
            return Err(Error::Unavailable("the database does not answer".into()));
        };
        let values = values?;
        // One that failed goes back to the pool, which finds out what is the matter with it.
        *kept = Some(conn);
        Ok(values)
    }
}

/// Lets those go who wait, should a round panic, so that the next question begins anew.
struct Guard<'a, K, V>(&'a Inner<K, V>);

impl<K, V> Drop for Guard<'_, K, V> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
        }
    }
}
