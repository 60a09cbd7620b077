//! The one writer of SQLite. Changes that wait together are committed together, so that durable
//! writes per second grow with load instead of hitting the rate at which the disk syncs.

use std::fmt;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::{AnyConnection, Connection};
use tokio::sync::{mpsc, oneshot};

use super::counted::{self, Counted};
use super::{Conn, Error, Result};
use crate::metrics::Metrics;

/// The most changes that one commit takes in.
const BATCH_MAX: usize = 128;
/// Changes that may wait; whoever comes then waits to be let in.
const QUEUE: usize = 4096;

/// A change that waits for its commit.
trait Job: Send {
    /// Does what it is for; true where that is to be kept. May be asked again, where all was undone.
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool>;
    /// Tells whoever asked what came of it: what it returned, or why the commit failed.
    fn tell(self: Box<Self>, failure: Option<String>);
}

struct Change<T, F> {
    what: F,
    outcome: Option<(Result<T>, Vec<Counted>)>,
    metrics: Metrics,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Change<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Clone + Send + 'static,
{
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool> {
        // Whatever came of it before is not what came of it.
        self.outcome = None;
        let what = self.what.clone();
        Box::pin(async move {
            let outcome = counted::collect(what(conn)).await;
            self.outcome.insert(outcome).0.is_ok()
        })
    }

    fn tell(self: Box<Self>, failure: Option<String>) {
        // One that panicked has none: whoever waits hears that nobody answers.
        let Some((outcome, counted)) = self.outcome else { return };
        if outcome.is_ok() && failure.is_none() {
            counted::tell(&self.metrics, counted);
        }
        let outcome = match failure {
            // Whatever it ran into may have been undone with the rest.
            Some(reason) => Err(Error::Unavailable(reason)),
            None => outcome,
        };
        // Whoever asked may have gone; what they asked for stands all the same.
        let _ = self.answer.send(outcome);
    }
}

enum Message {
    Run(Box<dyn Job>),
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
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Clone + Send + 'static,
    {
        let (answer, wait) = oneshot::channel::<Result<T>>();
        let job = Message::Run(Box::new(Change {
            what: change,
            outcome: None,
            metrics: self.metrics.clone(),
            answer,
        }));
        let gone = |what: &str| Error::Unavailable(what.into());
        self.queue.send(job).await.map_err(|_| gone("the writer has stopped"))?;
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

async fn commit(connection: &mut AnyConnection, mut batch: Vec<Box<dyn Job>>) {
    let failure = match transaction(connection, &mut batch).await {
        Ok(()) => None,
        Err(error) => {
            tracing::error!(%error, "a commit failed");
            let _ = execute(connection, "ROLLBACK").await;
            Some(error.to_string())
        }
    };
    for job in batch {
        job.tell(failure.clone());
    }
}

/// All in one transaction. Nearly always every change is kept: then nothing needs to be undone alone,
/// and two statements for each are saved. Where one is not, all begin again, each behind a savepoint.
async fn transaction(
    connection: &mut AnyConnection,
    batch: &mut [Box<dyn Job>],
) -> std::result::Result<(), sqlx::Error> {
    execute(connection, "BEGIN IMMEDIATE").await?;
    let mut all_kept = true;
    for job in &mut *batch {
        if !run_one(connection, job).await {
            all_kept = false;
            break;
        }
    }
    if !all_kept {
        // Where the engine has rolled back by itself, there is nothing to.
        let _ = execute(connection, "ROLLBACK").await;
        if batch.len() == 1 {
            return Ok(());
        }
        execute(connection, "BEGIN IMMEDIATE").await?;
        for job in batch {
            execute(connection, "SAVEPOINT job").await?;
            if !run_one(connection, job).await {
                execute(connection, "ROLLBACK TO job").await?;
            }
            execute(connection, "RELEASE job").await?;
        }
    }
    execute(connection, "COMMIT").await
}

/// A panic in one change must not take the writer, and so every later change, with it.
async fn run_one(connection: &mut AnyConnection, job: &mut Box<dyn Job>) -> bool {
    let done = AssertUnwindSafe(job.run(connection)).catch_unwind().await;
    if done.is_err() {
        tracing::error!("a change to the database panicked and is undone");
    }
    done.unwrap_or(false)
}

async fn execute(
    connection: &mut AnyConnection,
    sql: &'static str,
) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(|_| ())
}
