//! `firstkey pass`: issuing, showing and deleting Temporary Access Passes.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::{Reply, fields, moment};
use crate::domain::id::PassId;
use crate::domain::pass::{PassRequest, Usability};
use crate::domain::time::Timestamp;
use crate::service::caller::Caller;
use crate::service::passes::{IssuedPass, PassStatus};
use crate::service::{AdminError, Services};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Issue a pass to a person; replaces the one they have
    Issue(Issue),
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
