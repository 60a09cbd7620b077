//! `firstkey doctor`: whether the set-up holds, and what to do where it does not. It looks, and
//! changes nothing: no file is made, no schema brought up to date.

mod certificate;
mod database;
mod online;
mod setting;
mod vault;

use std::fmt::Display;

use anyhow::bail;
use serde::Serialize;

use super::output::{Output, Reply, Table};
use super::runtime;
use crate::config::{Config, Flags};
use crate::domain::time::{Clock as _, SystemClock};
use crate::store::inspect;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also ask at the issuer's own address, as a browser would, and at the mail server
    #[arg(long)]
    online: bool,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// It works, and should not stay so.
    Warn,
    /// It does not work, or must not stay so.
    Fail,
}

/// What was looked at, and what to do.
#[derive(Clone, Debug, Serialize)]
struct Check {
    #[serde(rename = "check")]
    name: &'static str,
    status: Status,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// All that was looked at.
#[derive(Debug, Default)]
struct Report(Vec<Check>);

impl Report {
    fn ok(&mut self, check: &'static str, found: impl Display) {
        self.add(check, Status::Ok, found, None);
    }

    fn warn(&mut self, check: &'static str, found: impl Display, advice: impl Display) {
        self.add(check, Status::Warn, found, Some(advice.to_string()));
    }

    fn fail(&mut self, check: &'static str, found: impl Display, advice: impl Display) {
        self.add(check, Status::Fail, found, Some(advice.to_string()));
    }

    fn add(
        &mut self,
        name: &'static str,
        status: Status,
        found: impl Display,
        advice: Option<String>,
    ) {
        self.0.push(Check { name, status, found: found.to_string(), advice });
    }

    fn count(&self, status: Status) -> usize {
        self.0.iter().filter(|check| check.status == status).count()
    }

    fn reply(self) -> anyhow::Result<Reply> {
        let mut table = Table::new(&["", "CHECK", "FOUND"], "");
        for check in &self.0 {
            let status = match check.status {
                Status::Ok => "ok",
                Status::Warn => "warn",
                Status::Fail => "FAIL",
            };
            let found = match &check.advice {
                Some(advice) => format!("{} → {advice}", check.found),
                None => check.found.clone(),
            };
            table.row(vec![status.into(), check.name.into(), found]);
        }
        Reply::list(self.0, &table)
    }
}

pub(super) async fn run(args: &Args, flags: &Flags, output: Output) -> anyhow::Result<()> {
    let mut report = Report::default();
    match Config::load(flags) {
        Ok(config) => look(&config, flags, args.online, &mut report).await,
        Err(error) => report.fail("configuration", error, "correct the setting that is named"),
    }
    let failed = report.count(Status::Fail);
    let all = report.0.len();
    output.print(&report.reply()?)?;
    if failed > 0 {
        bail!("{failed} of {all} checks failed");
    }
    Ok(())
}

async fn look(config: &Config, flags: &Flags, online: bool, report: &mut Report) {
    setting::look(config, flags, report);
    let now = SystemClock.now();
    certificate::look(config, now, report);
    let facts = inspect::look(&config.database, now).await;
    let shown = runtime::shown(&config.database);
    database::look(config, &shown, &facts, now, report);
    vault::look(config, facts.as_ref().ok(), now, report);
    if online {
        online::look(config, report).await;
    }
}
