//! `firstkey audit`: who did what to whom.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::output::{Reply, Table, moment};
use crate::domain::audit_log::{Line, Search};
use crate::domain::time::Timestamp;
use crate::service::Services;
use crate::service::audit::Verdict;
use crate::service::caller::Caller;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what happened, newest first
    List(List),
    /// Print every line as JSON, oldest first
    Export,
    /// Check that no line was removed or altered
    Verify,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// No more than this many lines
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Only this activity, such as passSignIn; may be given several times
    #[arg(long = "activity", value_name = "ACTIVITY")]
    activities: Vec<String>,
    /// Only what was done to this person, by username or id
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what this person did, by username or id
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only through this application
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Only what was refused
    #[arg(long)]
    refused: bool,
    /// Not before this moment
    #[arg(long, value_name = "RFC3339", value_parser = super::pass::parse_start)]
    since: Option<Timestamp>,
    /// Before this moment
    #[arg(long, value_name = "RFC3339", value_parser = super::pass::parse_start)]
    until: Option<Timestamp>,
}

/// How many lines an export reads at once.
const PAGE: u32 = 1000;

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::List(list) => show(services, list).await,
        Command::Export => export(services).await,
        Command::Verify => verify(services).await,
    }
}

async fn show(services: &Services, list: List) -> anyhow::Result<Reply> {
    let subject = match &list.user {
        Some(name) => Some(services.find_user(name).await?.id),
        None => None,
    };
    let actor = match &list.by {
        Some(name) if matches!(name.as_str(), "operator" | "system") => Some(name.clone()),
        Some(name) => Some(services.find_user(name).await?.id.to_string()),
        None => None,
    };
    let search = Search {
        activities: list.activities,
        actor,
        subject,
        client: list.client,
        success: list.refused.then_some(false),
        since: list.since,
        until: list.until,
        ..Search::default()
    };
    let lines = services.search_audit(&Caller::OPERATOR, &search, list.limit).await?;
    let headings = ["WHEN", "WHAT", "RESULT", "BY", "ON", "CLIENT", "FROM", "DETAIL"];
    let nothing = if search == Search::default() {
        "Nothing has happened yet."
    } else {
        "Nothing like that has happened."
    };
    let mut table = Table::new(&headings, nothing);
    for line in &lines {
        table.row(cells(line));
    }
    let views = lines.iter().map(|line| Line { seq: None, ..line.clone() }.document());
    Reply::list(views.collect(), &table)
}

/// Printed page by page: there may be more lines than memory.
async fn export(services: &Services) -> anyhow::Result<Reply> {
    services.seal_audit().await?;
    let mut after = 0;
    loop {
        let lines = services.sealed_audit(&Caller::OPERATOR, after, PAGE).await?;
        let Some(last) = lines.last().and_then(|line| line.seq) else {
            return Ok(Reply::empty());
        };
        after = last;
        let mut text = String::new();
        for line in lines {
            text.push_str(&line.document().to_string());
            text.push('\n');
        }
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Reply::empty()),
            outcome => outcome.context("standard output")?,
        }
    }
}

async fn verify(services: &Services) -> anyhow::Result<Reply> {
    match services.verify_audit().await? {
        Verdict::Intact { lines } => {
            let json = serde_json::json!({ "intact": true, "lines": lines });
            Reply::new(&json, format!("The audit log is whole: {lines} lines."))
        }
        Verdict::Missing { from, to } if from == to => {
            bail!("the audit log was tampered with: line {from} is missing")
        }
        Verdict::Missing { from, to } => {
            bail!("the audit log was tampered with: lines {from} to {to} are missing")
        }
        Verdict::Altered { seq, at } => bail!(
            "the audit log was tampered with: line {seq}, of {}, is not as it was written",
            moment(at)
        ),
        Verdict::HeadAltered => {
            bail!("the audit log was tampered with: its end is not as it was written")
        }
    }
}

fn cells(line: &Line) -> Vec<String> {
    let or_dash = |value: Option<&String>| value.map_or("–".into(), Clone::clone);
    // Most of what people do, they do to themselves: their name says more than their id.
    let themselves = line.actor.is_some() && line.actor == line.subject;
    let actor = if themselves { line.username.as_ref() } else { None };
    vec![
        moment(line.at),
        line.activity.clone(),
        if line.success { "ok" } else { "refused" }.into(),
        or_dash(actor.or(line.actor.as_ref())),
        or_dash(line.username.as_ref().or(line.subject.as_ref())),
        or_dash(line.client.as_ref()),
        or_dash(line.address.as_ref()),
        line.detail.clone(),
    ]
}
