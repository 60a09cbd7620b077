//! The one writer of SQLite. Changes that wait together are committed together, so that durable
//! writes per second grow with load instead of hitting the rate at which the disk syncs.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::{AnyConnection, Connection};
use tokio::sync::{mpsc, oneshot};

use super::{Conn, Error, Result, counted};
use crate::metrics::Metrics;

/// The most changes that one commit takes in.
const BATCH_MAX: usize = 128;
/// Changes that may wait; whoever comes then waits to be let in.
const QUEUE: usize = 4096;

/// Told whether the commit held.
type Reply = Box<dyn FnOnce(Option<String>) + Send>;
/// What a change leaves behind: whether it is to be kept, and whom to tell.
struct Done {
    keep: bool,
    reply: Reply,
}
type Job = Box<dyn for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Done> + Send>;

enum Message {
    Run(Job),
    Close(oneshot::Sender<()>),
}

/// A handle to the writer task.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    metrics: Metrics,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

impl Writer {
    /// Starts the task on its own connection.
    pub(super) fn start(connection: AnyConnection, metrics: Metrics) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection, jobs));
        Self { queue, metrics }
    }

    /// How many changes wait for the next commit.
    pub(super) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Runs `change` in the next commit and waits until that is durable.
    pub(super) async fn write<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel::<Result<T>>();
        let metrics = self.metrics.clone();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let (outcome, counted) = counted::collect(change(connection)).await;
                let keep = outcome.is_ok();
                let reply: Reply = Box::new(move |failure| {
                    if keep && failure.is_none() {
                        counted::tell(&metrics, counted);
                    }
                    let outcome = match failure {
                        Some(reason) => outcome.and(Err(Error::Unavailable(reason))),
                        None => outcome,
                    };
                    // Whoever asked may have gone; what they asked for stands all the same.
                    let _ = answer.send(outcome);
                });
                Done { keep, reply }
            })
        });
        let gone = |what: &str| Error::Unavailable(what.into());
        self.queue.send(Message::Run(job)).await.map_err(|_| gone("the writer has stopped"))?;
        wait.await.map_err(|_| gone("the change was undone: it panicked, or the writer stopped"))?
    }

    /// Finishes what waits and closes the connection.
    pub(super) async fn close(&self) {
        let (answer, wait) = oneshot::channel();
        if self.queue.send(Message::Close(answer)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

async fn run(mut connection: AnyConnection, mut jobs: mpsc::Receiver<Message>) {
    let mut closing = None;
    while closing.is_none() {
        let Some(first) = jobs.recv().await else { break };
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Run(job) => batch.push(job),
                Message::Close(answer) => {
                    closing = Some(answer);
                    break;
                }
            }
            next = if batch.len() < BATCH_MAX { jobs.try_recv().ok() } else { None };
        }
        if !batch.is_empty() {
            commit(&mut connection, batch).await;
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "closing the database");
    }
    if let Some(answer) = closing {
        let _ = answer.send(());
    }
}

async fn commit(connection: &mut AnyConnection, batch: Vec<Job>) {
    let mut replies = Vec::with_capacity(batch.len());
    let outcome = transaction(connection, batch, &mut replies).await;
    let failure = match outcome {
        Ok(()) => None,
        Err(error) => {
            tracing::error!(%error, "a commit failed");
            let _ = execute(connection, "ROLLBACK").await;
            Some(error.to_string())
        }
    };
    for reply in replies {
        reply(failure.clone());
    }
}

async fn transaction(
    connection: &mut AnyConnection,
    batch: Vec<Job>,
    replies: &mut Vec<Reply>,
) -> std::result::Result<(), sqlx::Error> {
    execute(connection, "BEGIN IMMEDIATE").await?;
    for job in batch {
        execute(connection, "SAVEPOINT job").await?;
        // A panic in one change must not take the writer, and so every later change, with it.
        let done: std::result::Result<Done, Box<dyn Any + Send>> =
            AssertUnwindSafe(job(connection)).catch_unwind().await;
        let keep = done.as_ref().is_ok_and(|done| done.keep);
        if !keep {
            execute(connection, "ROLLBACK TO job").await?;
        }
        execute(connection, "RELEASE job").await?;
        if let Ok(done) = done {
            replies.push(done.reply);
        } else {
            tracing::error!("a change to the database panicked and was undone");
        }
    }
    execute(connection, "COMMIT").await
}

async fn execute(
    connection: &mut AnyConnection,
    sql: &'static str,
) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(|_| ())
}
