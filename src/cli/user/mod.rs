//! `firstkey user`: people who can sign in.

mod attributes;
mod sessions;
mod view;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{ArgGroup, Args, Subcommand};

use self::attributes::{Attributes, FLAGS, Resolved};
use self::view::{CodesView, FullView, MethodView, UserView, describe};
use super::output::{Reply, Table, moment};
use super::parse_as;
use super::pass::{self, PassView};
use crate::domain::error::Invalid;
use crate::domain::id::{MethodId, SessionId};
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::service::caller::Caller;
use crate::service::users::NewUser;
use crate::service::{AdminError, Services};

/// How many people are read at once.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a person
    Add(Box<Add>),
    /// List people by username
    List {
        /// No more than this many
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
    },
    /// Show a person, what they registered, and their pass
    Show {
        /// Username or id
        name: String,
    },
    /// Change a person; what is not named stays
    Set(Box<Set>),
    /// Remove a method that was lost or stolen, and end the person's sessions
    RmMethod {
        /// Username or id
        name: String,
        /// The method's id: user show lists it
        method: MethodId,
    },
    /// List where a person is signed in
    Sessions {
        /// Username or id
        name: String,
    },
    /// Sign a person out everywhere, or of one session
    SignOut {
        /// Username or id
        name: String,
        /// Only this session: user sessions lists them
        #[arg(long, value_name = "ID")]
        session: Option<SessionId>,
    },
    /// Have a person register anew: what they have opens nothing from now on
    RequireRegistration {
        /// Username or id
        name: String,
    },
    /// Take back that a person must register anew, as long as they have not begun
    CancelRegistration {
        /// Username or id
        name: String,
    },
    /// Remove a person and all that hangs on them
    Rm {
        /// Username or id
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// What they will type to say who they are: letters, digits and . _ - + @ '
    name: String,
    /// How pages address them [default: the username]
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    #[command(flatten)]
    attributes: Attributes,
    /// An admin role, such as globalAdministrator; may be given several times
    #[arg(long = "role", value_name = "ROLE", value_parser = parse_as::<Role>)]
    roles: Vec<Role>,
    /// A group that they join; may be given several times
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Username or id
    name: String,
    #[command(flatten)]
    change: Change,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group(
    ArgGroup::new("change")
        .required(true)
        .multiple(true)
        .args(["display_name", "roles", "no_roles", "enable", "disable"])
        .args(FLAGS)
))]
struct Change {
    /// How pages address them
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    #[command(flatten)]
    attributes: Attributes,
    /// Their admin roles from now on; may be given several times
    #[arg(long = "role", value_name = "ROLE", value_parser = parse_as::<Role>)]
    roles: Vec<Role>,
    /// Take away every admin role
    #[arg(long, conflicts_with = "roles")]
    no_roles: bool,
    /// Let them sign in again
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Let them sign in nowhere, and end their sessions
    #[arg(long)]
    disable: bool,
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::Add(add) => {
            let new = new_user(services, *add).await?;
            let user = services.add_user(&Caller::OPERATOR, new).await?;
            let person = services.show_user(&user.id.to_string()).await?;
            let name = person.user.username.as_str();
            let text = format!(
                "Added {name} ({}).\nGive them a pass with: firstkey pass issue {name}",
                person.user.display_name
            );
            Reply::new(&UserView::new(&person), text)
        }
        Command::List { limit } => list(services, limit.unwrap_or(u32::MAX)).await,
        Command::Show { name } => show(services, &name).await,
        Command::Set(set) => {
            let Set { name, change } = *set;
            let attributes = change.attributes.clone().resolve(services).await?;
            let edit = edit(change, attributes);
            let user = services.edit_user(&Caller::OPERATOR, &name, None, edit).await?;
            let person = services.show_user(&user.id.to_string()).await?;
            Reply::new(&UserView::new(&person), describe(&person))
        }
        Command::RmMethod { name, method } => {
            let user = services.find_user(&name).await?;
            services.remove_method(&Caller::OPERATOR, &user, method).await?;
            let username = user.username.as_str();
            let json = serde_json::json!({ "id": method, "username": username, "removed": true });
            let text = format!(
                "Removed. {username} is signed out everywhere.\n\
                 To let them set up a new one: firstkey pass issue {username}"
            );
            Reply::new(&json, text)
        }
        Command::Sessions { name } => sessions::list(services, &name).await,
        Command::SignOut { name, session } => sessions::end(services, &name, session).await,
        Command::RequireRegistration { name } => {
            let user = services.find_user(&name).await?;
            let user = services.require_registration(&Caller::OPERATOR, &user).await?;
            let username = user.username.as_str();
            let json = serde_json::json!({
                "id": user.id,
                "username": username,
                "reregistrationRequiredSince": user.reregister_since,
            });
            let text = format!(
                "What {username} registered opens nothing any more, recovery codes included, and \
                 they are signed out everywhere.\n\
                 To let them set up a new one: firstkey pass issue {username}"
            );
            Reply::new(&json, text)
        }
        Command::CancelRegistration { name } => {
            let user = services.find_user(&name).await?;
            services.cancel_registration(&Caller::OPERATOR, &user).await?;
            let username = user.username.as_str();
            let json = serde_json::json!({ "id": user.id, "username": username });
            let text = format!(
                "What {username} registered opens their account again. Recovery codes stay void."
            );
            Reply::new(&json, text)
        }
        Command::Rm { name } => {
            let user = services.remove_user(&Caller::OPERATOR, &name).await?;
            let username = user.username.as_str();
            let json = serde_json::json!({ "id": user.id, "username": username, "removed": true });
            Reply::new(&json, format!("Removed {username}."))
        }
    }
}

async fn new_user(services: &Services, add: Add) -> anyhow::Result<NewUser> {
    let attributes = add.attributes.resolve(services).await?;
    Ok(NewUser {
        username: add.name,
        display_name: add.display_name,
        roles: add.roles.into_iter().collect(),
        groups: add.groups,
        ..attributes.into_new()
    })
}

fn edit(
    change: Change,
    attributes: Resolved,
) -> impl FnOnce(&mut User) -> Result<(), Invalid> + Clone + Send + 'static {
    let roles: BTreeSet<Role> = change.roles.into_iter().collect();
    move |user| {
        if let Some(name) = change.display_name {
            user.display_name = name;
        }
        attributes.apply(user);
        if change.no_roles || !roles.is_empty() {
            user.roles = roles;
        }
        if change.enable || change.disable {
            user.enabled = change.enable;
        }
        Ok(())
    }
}

async fn list(services: &Services, limit: u32) -> anyhow::Result<Reply> {
    let mut views: Vec<UserView> = Vec::new();
    let mut table =
        Table::new(&["USERNAME", "NAME", "MAIL", "ROLES", "GROUPS", "ENABLED"], "There is nobody.");
    loop {
        let left = limit.saturating_sub(u32::try_from(views.len()).unwrap_or(u32::MAX)).min(PAGE);
        if left == 0 {
            break;
        }
        let after = views.last().map(|view| view.username.clone()).unwrap_or_default();
        let page = services.list_users(&after, left).await?;
        let more = page.len() == left as usize;
        for user in page {
            match services.show_user(&user.id.to_string()).await {
                Ok(person) => {
                    let view = UserView::new(&person);
                    table.row(view.cells());
                    views.push(view);
                }
                // Removed since the page was read.
                Err(AdminError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !more {
            break;
        }
    }
    Reply::list(views, &table)
}

async fn show(services: &Services, name: &str) -> anyhow::Result<Reply> {
    let person = services.show_user(name).await?;
    let status = services.show_pass(&person.user).await?;
    let codes = services.recovery_status(&person.user).await?.set;
    let mut text = describe(&person);
    if person.methods.is_empty() {
        text.push_str("\nNothing is registered yet.\n");
    } else {
        let mut table = Table::new(&["METHOD", "KIND", "ADDED", "LAST USED", "ID"], "");
        for method in &person.methods {
            table.row(vec![
                method.name.clone(),
                method.kind.label().to_lowercase(),
                moment(method.created_at),
                method.last_used_at.map_or("never".into(), moment),
                method.id.to_string(),
            ]);
        }
        text.push('\n');
        text.push_str(&table.to_text());
    }
    if let Some(codes) = &codes {
        let (left, made) = (codes.left, moment(codes.created_at));
        let _ = write!(text, "\nRecovery codes: {left} left, made {made}\n");
    }
    if let Some(status) = &status {
        text.push('\n');
        text.push_str(&pass::describe(status));
    }
    let view = FullView {
        user: UserView::new(&person),
        methods: person.methods.iter().map(MethodView::new).collect(),
        recovery_codes: codes.as_ref().map(CodesView::new),
        temporary_access_pass: status.as_ref().map(PassView::new),
    };
    Reply::new(&view, text)
}
