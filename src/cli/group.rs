//! `firstkey group`: groups of people.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::{Reply, Table, fields, moment, or_dash};
use crate::domain::group::Group;
use crate::domain::id::GroupId;
use crate::domain::time::Timestamp;
use crate::service::Services;
use crate::service::caller::Caller;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a group
    Add {
        /// Its name
        name: String,
    },
    /// List groups
    List,
    /// Show a group and who is in it
    Show {
        /// Name or id
        name: String,
    },
    /// Remove a group; its members stay
    Rm {
        /// Name or id
        name: String,
    },
    /// Put a person into a group
    #[command(visible_alias = "add-member")]
    Join(Membership),
    /// Take a person out of a group
    #[command(visible_alias = "remove-member")]
    Leave(Membership),
}

#[derive(Debug, Args)]
pub(super) struct Membership {
    /// The group's name or id
    group: String,
    /// The person's username or id
    user: String,
}

/// A group in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupView {
    id: GroupId,
    display_name: String,
    created_date_time: Timestamp,
    member_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<String>>,
}

impl GroupView {
    fn new(group: Group, member_count: usize) -> Self {
        Self {
            id: group.id,
            display_name: group.name,
            created_date_time: group.created_at,
            member_count,
            members: None,
        }
    }
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::Add { name } => {
            let group = services.add_group(&Caller::OPERATOR, &name).await?;
            let text = format!("Added group {}.", group.name);
            Reply::new(&GroupView::new(group, 0), text)
        }
        Command::List => {
            let mut table = Table::new(&["GROUP", "MEMBERS", "ID"], "There are no groups.");
            let mut views = Vec::new();
            for (group, members) in services.list_groups().await? {
                table.row(vec![group.name.clone(), members.to_string(), group.id.to_string()]);
                views.push(GroupView::new(group, members as usize));
            }
            Reply::list(views, &table)
        }
        Command::Show { name } => {
            let (group, members) = services.show_group(&name).await?;
            let text = fields(&[
                ("Group", group.name.clone()),
                ("Members", or_dash(&members)),
                ("Created", moment(group.created_at)),
                ("Id", group.id.to_string()),
            ]);
            let view = GroupView::new(group, members.len());
            Reply::new(&GroupView { members: Some(members), ..view }, text)
        }
        Command::Rm { name } => {
            let group = services.remove_group(&Caller::OPERATOR, &name).await?;
            let json =
                serde_json::json!({ "id": group.id, "displayName": group.name, "removed": true });
            Reply::new(&json, format!("Removed group {}.", group.name))
        }
        Command::Join(membership) => set(services, membership, true).await,
        Command::Leave(membership) => set(services, membership, false).await,
    }
}

async fn set(services: &Services, names: Membership, inside: bool) -> anyhow::Result<Reply> {
    let Membership { group, user } = names;
    let group = services.set_membership(&Caller::OPERATOR, &group, &user, inside).await?;
    let json = serde_json::json!({
        "id": group.id, "displayName": group.name, "user": user, "member": inside,
    });
    let state = if inside { "is in" } else { "is not in" };
    Reply::new(&json, format!("{user} {state} group {}.", group.name))
}
