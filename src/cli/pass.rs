//! `firstkey pass`: issuing, showing and deleting Temporary Access Passes.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::{Reply, Table, fields, moment};
use crate::domain::id::PassId;
use crate::domain::language::Text;
use crate::domain::pass::{PassRequest, Usability};
use crate::domain::time::Timestamp;
use crate::service::bulk::{self, BulkLine, Outcome, Plan};
use crate::service::caller::Caller;
use crate::service::passes::{IssuedPass, PassStatus};
use crate::service::{AdminError, Services};

/// How many passes are read at once.
const PAGE: u32 = 200;

const LIST_HELP: &str = "\
The first line names the columns: username, and as you like startDateTime, lifetimeInMinutes,
isUsableOnce; and for people who are not there yet displayName, email, alternateEmail, manager,
groups (several separated by |).";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Issue a pass to a person; replaces the one they have
    Issue(Issue),
    /// Issue passes to many people, from a list in comma-separated values
    #[command(after_help = LIST_HELP)]
    IssueList {
        /// The file; - for standard input
        file: PathBuf,
        /// Only say what would be done
        #[arg(long)]
        check: bool,
    },
    /// List passes that have not ended, without their values
    List,
    /// Show a person's pass, without its value
    Show {
        /// Username or id
        name: String,
    },
    /// Approve a pass for an admin that another admin issued, where the policy wants that
    Approve {
        /// Username or id
        name: String,
    },
    /// Delete a person's pass and end what rests on it alone
    Rm {
        /// Username or id
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// Username or id
    name: String,
    /// How long it works, in minutes from its start [default: the policy's]
    #[arg(long, value_name = "MINUTES", allow_negative_numbers = true)]
    lifetime: Option<i64>,
    /// It works once
    #[arg(long, conflicts_with = "multi")]
    once: bool,
    /// It works as often as needed while it lasts
    #[arg(long)]
    multi: bool,
    /// When it begins to work, such as 2030-01-31T08:00:00+01:00 [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = parse_start)]
    start: Option<Timestamp>,
}

pub(super) fn parse_start(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("an RFC 3339 date and time with a zone is needed")
}

/// A pass in JSON: Microsoft Graph's `temporaryAccessPassAuthenticationMethod`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PassView {
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    id: PassId,
    temporary_access_pass: Option<String>,
    created_date_time: Timestamp,
    start_date_time: Timestamp,
    lifetime_in_minutes: u32,
    is_usable_once: bool,
    is_usable: bool,
    method_usability_reason: &'static str,
}

impl PassView {
    /// A pass whose value nobody can read again.
    pub(super) fn new(status: &PassStatus) -> Self {
        let PassStatus { pass, usability } = status;
        Self {
            odata_type: "#microsoft.graph.temporaryAccessPassAuthenticationMethod",
            id: pass.id,
            temporary_access_pass: None,
            created_date_time: pass.created_at,
            start_date_time: pass.terms.starts_at,
            lifetime_in_minutes: pass.terms.lifetime_minutes,
            is_usable_once: pass.terms.one_time,
            is_usable: *usability == Usability::EnabledByPolicy,
            method_usability_reason: usability.name(),
        }
    }

    /// A pass that was just issued, with its value.
    pub(super) fn issued(issued: &IssuedPass) -> Self {
        let value = Some(issued.value.reveal().to_owned());
        Self { temporary_access_pass: value, ..Self::new(&issued.status) }
    }
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::Issue(Issue { name, lifetime, once, multi, start }) => {
            let request = PassRequest {
                start,
                lifetime_minutes: lifetime,
                one_time: (once || multi).then_some(once),
            };
            let issued = services.issue_pass(&Caller::OPERATOR, &name, request).await?;
            let text = describe_issued(&issued, services.issuer_text());
            Ok(Reply::new(&PassView::issued(&issued), text)?.warn(warning(&issued)))
        }
        Command::IssueList { file, check } => issue_list(services, &file, check).await,
        Command::List => list(services).await,
        Command::Show { name } => {
            let user = services.find_user(&name).await?;
            let Some(found) = services.show_pass(&user).await? else {
                let what = format!("pass of {}", user.username.as_str());
                return Err(AdminError::NotFound(what).into());
            };
            Reply::new(&PassView::new(&found), describe(&found))
        }
        Command::Approve { name } => {
            let status = services.approve_pass(&Caller::OPERATOR, &name).await?;
            Reply::new(&PassView::new(&status), describe(&status))
        }
        Command::Rm { name } => {
            let user = services.find_user(&name).await?;
            let id = services.delete_pass(&Caller::OPERATOR, &user).await?;
            let username = user.username.as_str();
            let json = serde_json::json!({ "id": id, "username": username, "removed": true });
            Reply::new(&json, format!("Deleted the pass of {username}."))
        }
    }
}

/// A line of a list, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineView {
    line: u64,
    username: String,
    /// What would be done, where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<PassView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl LineView {
    fn cells(&self) -> Vec<String> {
        let pass = self.pass.as_ref().and_then(|pass| pass.temporary_access_pass.clone());
        let said = self.error.clone().or(self.plan.map(str::to_owned)).or(pass);
        vec![self.line.to_string(), self.username.clone(), said.unwrap_or_default()]
    }
}

async fn issue_list(services: &Services, file: &Path, check: bool) -> anyhow::Result<Reply> {
    let text = if file == Path::new("-") {
        io::read_to_string(io::stdin()).context("standard input")?
    } else {
        fs::read_to_string(file).with_context(|| file.display().to_string())?
    };
    let lines = bulk::read(&text)?;
    let plans = services.plan_bulk(&Caller::OPERATOR, &lines).await?;
    let views: Vec<LineView> = if check {
        let view = |(line, plan): (&BulkLine, Result<Plan, Text>)| {
            let (plan, error) = match plan {
                Ok(Plan::Add) => (Some("add and issue"), None),
                Ok(Plan::Issue(..)) => (Some("issue"), None),
                Err(reason) => (None, Some(reason.english())),
            };
            let (number, username) = (line.number, line.username.clone());
            LineView { line: number, username, plan, pass: None, error }
        };
        lines.iter().zip(plans).map(view).collect()
    } else {
        let tokens: Vec<String> = plans
            .iter()
            .map(|plan| plan.as_ref().map_or_else(|_| String::new(), Plan::token))
            .collect();
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let outcomes = services.issue_bulk(&Caller::OPERATOR, lines, &tokens).await?;
        let view = |outcome: Outcome| LineView {
            line: outcome.line.number,
            username: outcome.line.username,
            plan: None,
            pass: outcome.pass.as_ref().ok().map(PassView::issued),
            error: outcome.pass.err().map(|reason| reason.english()),
        };
        outcomes.into_iter().map(view).collect()
    };
    let left_out = views.iter().filter(|view| view.error.is_some()).count();
    let mut table = Table::new(&["LINE", "USERNAME", if check { "PLAN" } else { "PASS" }], "");
    for view in &views {
        table.row(view.cells());
    }
    let warning = (left_out > 0).then(|| format!("{left_out} of {} lines left out", views.len()));
    Ok(Reply::list(views, &table)?.warn(warning))
}

async fn list(services: &Services) -> anyhow::Result<Reply> {
    let headings = ["USERNAME", "STATE", "FROM", "UNTIL", "WORKS"];
    let mut table = Table::new(&headings, "No pass is open.");
    let mut views = Vec::new();
    let mut after: Option<(Timestamp, String)> = None;
    loop {
        let position = after.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = services.open_passes(&Caller::OPERATOR, position, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = Some((last.pass.terms.ends_at(), last.pass.id.to_string()));
        for (user, status) in &page {
            let terms = status.pass.terms;
            table.row(vec![
                user.username.as_str().to_owned(),
                status.usability.name().to_owned(),
                moment(terms.starts_at),
                moment(terms.ends_at()),
                uses(terms.one_time).to_owned(),
            ]);
            let mut view = serde_json::to_value(PassView::new(status))?;
            view["username"] = user.username.as_str().into();
            views.push(view);
        }
    }
    Reply::list(views, &table)
}

fn warning(issued: &IssuedPass) -> Option<String> {
    let username = issued.user.username.as_str();
    match issued.status.usability {
        Usability::DisabledByPolicy => Some(format!(
            "the policy does not let {username} sign in with a pass; see: \
             firstkey policy show TemporaryAccessPass"
        )),
        Usability::AccountDisabled => Some(format!(
            "the account of {username} is disabled, so the pass does not work; to let them sign \
             in, run: firstkey user set {username} --enable"
        )),
        _ => None,
    }
}

fn describe_issued(new: &IssuedPass, sign_in_at: &str) -> String {
    let user = &new.user;
    let terms = new.status.pass.terms;
    let mut pairs = vec![
        ("Pass", new.value.reveal_grouped()),
        ("For", format!("{} ({})", user.username.as_str(), user.display_name)),
        ("Works", uses(terms.one_time).to_owned()),
    ];
    if terms.starts_at > new.status.pass.created_at {
        pairs.push(("From", moment(terms.starts_at)));
    }
    pairs.push(("Until", moment(terms.ends_at())));
    pairs.push(("Sign in at", sign_in_at.to_owned()));
    if let Some(address) = &new.mailed_to {
        pairs.push(("Told", address.clone()));
    }
    format!("{}\nThe pass is shown this once and cannot be read again.", fields(&pairs))
}

/// A pass for people to read, without its value.
pub(super) fn describe(status: &PassStatus) -> String {
    let terms = status.pass.terms;
    let now = match status.usability {
        Usability::EnabledByPolicy => "can be used",
        Usability::DisabledByPolicy => "cannot be used: the policy does not allow it",
        Usability::Expired => "cannot be used: it has expired",
        Usability::NotYetValid => "cannot be used yet",
        Usability::OneTimeUsed => "cannot be used: it worked once, and that is over",
        Usability::Voided => "cannot be used: too many wrong tries were made",
        Usability::NotApproved => "cannot be used yet: a second admin must approve it",
        Usability::AccountDisabled => "cannot be used: the account is disabled",
    };
    fields(&[
        ("Pass", now.to_owned()),
        ("Works", uses(terms.one_time).to_owned()),
        ("From", moment(terms.starts_at)),
        ("Until", moment(terms.ends_at())),
        ("Last used", status.pass.used_at.map_or("never".into(), moment)),
    ])
}

fn uses(one_time: bool) -> &'static str {
    if one_time { "once" } else { "as often as needed" }
}
