//! `firstkey group`: groups of people.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::{Reply, Table, fields, moment, or_dash};
use crate::domain::group::{Group, Member};
use crate::domain::id::GroupId;
use crate::domain::time::Timestamp;
use crate::service::Services;
use crate::service::caller::Caller;
use crate::service::groups::NewGroup;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a group
    Add {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
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
    /// Change a group's name or description
    Set(Set),
    /// Put a person, or another group, into a group
    #[command(visible_alias = "add-member")]
    Join(Membership),
    /// Take a person, or another group, out of a group
    #[command(visible_alias = "remove-member")]
    Leave(Membership),
}

#[derive(Debug, Args)]
pub(super) struct Membership {
    /// The group's name or id
    group: String,
    /// The person's username or id
    #[arg(required_unless_present = "inner", conflicts_with = "inner")]
    user: Option<String>,
    /// A group instead of a person: its name or id
    #[arg(long = "group", value_name = "GROUP")]
    inner: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Name or id
    name: String,
    #[command(flatten)]
    change: Change,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Change {
    /// Its name from now on
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// What it is for; nothing where empty
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// A group in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupView {
    id: GroupId,
    display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    created_date_time: Timestamp,
    member_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member_groups: Option<Vec<String>>,
}

impl GroupView {
    fn new(group: Group, member_count: usize) -> Self {
        Self {
            id: group.id,
            display_name: group.name,
            description: group.description,
            created_date_time: group.created_at,
            member_count,
            members: None,
            member_groups: None,
        }
    }
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::Add { name, description } => {
            let new = NewGroup { name, description, ..NewGroup::default() };
            let group = services.create_group(&Caller::OPERATOR, new).await?;
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
        Command::Show { name } => show(services, &name).await,
        Command::Set(Set { name, change }) => {
            let group = services.find_group(&name).await?;
            let edit = |group: &mut Group| {
                if let Some(name) = change.display_name {
                    group.name = name;
                }
                if let Some(text) = change.description {
                    group.description = Some(text);
                }
                Ok(())
            };
            let group = services.edit_group(&Caller::OPERATOR, group.id, None, edit).await?;
            show(services, &group.id.to_string()).await
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

async fn show(services: &Services, name: &str) -> anyhow::Result<Reply> {
    let (group, people) = services.show_group(name).await?;
    let groups = services.groups_in(&group).await?;
    let text = fields(&[
        ("Group", group.name.clone()),
        ("For", group.description.clone().unwrap_or_default()),
        ("Members", or_dash(&people)),
        ("Groups in it", groups.join(", ")),
        ("Created", moment(group.created_at)),
        ("Id", group.id.to_string()),
    ]);
    let view = GroupView::new(group, people.len());
    Reply::new(&GroupView { members: Some(people), member_groups: Some(groups), ..view }, text)
}

async fn set(services: &Services, names: Membership, inside: bool) -> anyhow::Result<Reply> {
    let state = if inside { "is in" } else { "is not in" };
    if let Some(name) = names.inner {
        let (group, inner) =
            (services.find_group(&names.group).await?, services.find_group(&name).await?);
        let member = Member::Group(inner.id);
        services.set_member(&Caller::OPERATOR, &group, member, inside).await?;
        let json = serde_json::json!({
            "id": group.id, "displayName": group.name, "group": inner.name, "member": inside,
        });
        return Reply::new(&json, format!("Group {} {state} group {}.", inner.name, group.name));
    }
    let user = names.user.unwrap_or_default();
    let group = services.set_membership(&Caller::OPERATOR, &names.group, &user, inside).await?;
    let json = serde_json::json!({
        "id": group.id, "displayName": group.name, "user": user, "member": inside,
    });
    Reply::new(&json, format!("{user} {state} group {}.", group.name))
}
