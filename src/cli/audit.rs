//! `firstkey audit`: who did what to whom.

use clap::Subcommand;
use serde::Serialize;

use super::output::{Reply, Table, moment};
use crate::domain::time::Timestamp;
use crate::service::Services;
use crate::store::audit::Line;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what happened, newest first
    List {
        /// No more than this many lines
        #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
}

/// A line in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineView {
    activity_date_time: Timestamp,
    activity: String,
    success: bool,
    detail: String,
    actor: Option<String>,
    subject: Option<String>,
    username: Option<String>,
    client_id: Option<String>,
    address: Option<String>,
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    let Command::List { limit } = command;
    let lines = services.audit_log(limit).await?;
    let headings = ["WHEN", "WHAT", "RESULT", "BY", "ON", "CLIENT", "FROM", "DETAIL"];
    let mut table = Table::new(&headings, "Nothing has happened yet.");
    for line in &lines {
        table.row(cells(line));
    }
    Reply::list(lines.into_iter().map(LineView::new).collect(), &table)
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

impl LineView {
    fn new(line: Line) -> Self {
        Self {
            activity_date_time: line.at,
            activity: line.activity,
            success: line.success,
            detail: line.detail,
            actor: line.actor,
            subject: line.subject,
            username: line.username,
            client_id: line.client,
            address: line.address,
        }
    }
}
