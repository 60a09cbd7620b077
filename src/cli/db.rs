//! `firstkey db`: copies of the database.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::output::{Reply, fields};
use super::runtime;
use crate::config::Config;
use crate::crypto::master::MasterSecret;
use crate::crypto::random::SystemRandom;
use crate::domain::audit::{Activity, Event};
use crate::domain::id::AuditId;
use crate::domain::time::{Clock as _, SystemClock, Timestamp};
use crate::service::audit::Verdict;
use crate::service::caller::Caller;
use crate::store::backup::{self, BackupError, Content};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Copy the embedded database into a file, all of one moment, while the server goes on
    Backup {
        /// The file to make
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Put a copy in the place of the embedded database; the server must not be running
    Restore(Restore),
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file that `backup` made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the database that is there; it is kept under another name
    #[arg(long)]
    replace: bool,
    /// Nothing has happened since the copy was made, as in a move to another machine: leave
    /// sessions, what applications were given, and passes as they were
    #[arg(long)]
    as_is: bool,
}

/// What to do instead where the database is on PostgreSQL.
const PG_DUMP: &str = "the database is on PostgreSQL, which has tools of its own: pg_dump \
                       --format=custom and pg_restore, or the backups of whoever runs it; see \
                       docs/operations.md";

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<Reply> {
    let done = match command {
        Command::Backup { file } => make(config, &file).await,
        Command::Restore(restore) => put_back(config, &restore).await,
    };
    done.map_err(|error| match error.downcast_ref() {
        Some(BackupError::Postgres) => anyhow!(PG_DUMP),
        _ => error,
    })
}

async fn make(config: &Config, file: &Path) -> anyhow::Result<Reply> {
    let now = SystemClock.now();
    let event = event(Activity::DatabaseBackedUp, &file.display().to_string(), now);
    let content = backup::take(&config.database, file, now, &event).await?;
    let bytes = file.metadata().map(|file| file.len()).unwrap_or_default();
    let text = format!(
        "{}\nThe master secret is not in it, and without the secret it is worth nothing.\n\
         Keep a copy of {} somewhere else.\n",
        described(file, &content, None),
        config.secret_file.display()
    );
    let json = json!({
        "file": file,
        "bytes": bytes,
        "people": content.people,
        "auditLines": content.audit_lines,
        "migration": content.migration,
        "secretFile": config.secret_file,
    });
    Reply::new(&json, text)
}

async fn put_back(config: &Config, restore: &Restore) -> anyhow::Result<Reply> {
    // Said first: nothing else matters then.
    backup::file_of(&config.database)?;
    let now = SystemClock.now();
    let file = &restore.file;
    let content = backup::look_over(file, now).await?;
    fits(config, &content)?;
    let before = backup::put_in_place(file, &config.database, now, restore.replace).await;
    let before = before.map_err(|error| match error {
        BackupError::Exists(_) => {
            anyhow!("{error}: to replace it (it is kept under another name), add --replace")
        }
        error => error.into(),
    })?;
    let intact = settle(config, file, restore.as_is).await.with_context(|| {
        format!("{} is in place, but cannot be used", runtime::shown(&config.database))
    })?;
    let mut text = described(&backup::file_of(&config.database)?, &content, before.as_deref());
    if !restore.as_is {
        text.push_str(
            "\nEverybody is signed out, applications have to ask again, and open passes are gone:\n\
             what was used or taken away since the copy was made must not come back to life.\n",
        );
    }
    let json = json!({
        "database": runtime::shown(&config.database),
        "before": before,
        "people": content.people,
        "auditLines": content.audit_lines,
        "auditIntact": intact,
        "asIs": restore.as_is,
    });
    let warning = (!intact).then(|| "the audit log of this copy is not whole".to_owned());
    Ok(Reply::new(&json, text)?.warn(warning))
}

/// Whether a copy can be used here: with this secret, by this version.
fn fits(config: &Config, content: &Content) -> anyhow::Result<()> {
    let path = config.secret_file.display();
    if !config.secret_file.exists() {
        bail!("there is no master secret at {path}: put the one there that belongs to this copy");
    }
    let master = MasterSecret::load(&config.secret_file)?;
    if content.keys.iter().any(|key| master.open(&key.id, &key.sealed).is_err()) {
        bail!("the master secret at {path} is not the one that belongs to this copy");
    }
    Ok(())
}

/// Brings what was put in place up to date, and ends what must not come back to life. Returns whether
/// its audit log is whole.
async fn settle(config: &Config, file: &Path, as_is: bool) -> anyhow::Result<bool> {
    let services = runtime::open(config).await?;
    let intact = matches!(services.verify_audit().await?, Verdict::Intact { .. });
    let now = services.now();
    if !as_is {
        let ended = services.store.write(move |conn| {
            Box::pin(async move { backup::forget_what_was_open(conn, now).await })
        });
        ended.await.map_err(|error| anyhow!("{error}"))?;
    }
    let entry = services.entry_by(Activity::DatabaseRestored, &Caller::OPERATOR);
    services.note(entry.detail(file.display().to_string())).await?;
    services.store.close().await;
    Ok(intact)
}

fn event(activity: Activity, detail: &str, now: Timestamp) -> Event {
    Event {
        id: AuditId::new(now, &SystemRandom),
        at: now,
        activity,
        actor: Some(Caller::OPERATOR.actor.name()),
        subject: None,
        client: None,
        address: None,
        success: true,
        detail: detail.to_owned(),
    }
}

fn described(file: &Path, content: &Content, before: Option<&Path>) -> String {
    fields(&[
        ("File", file.display().to_string()),
        ("People", content.people.to_string()),
        ("Audit lines", content.audit_lines.to_string()),
        ("Before", before.map(|before| before.display().to_string()).unwrap_or_default()),
    ])
}
