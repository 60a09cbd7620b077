//! `/admin/groups`: groups, and who is in them.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use super::access::{Admin, Change};
use super::frame::{Frame, PAGE, Section, explain, query};
use super::refusal;
use crate::domain::authority::Action;
use crate::domain::filter::{Condition, Filter, GroupField, Test};
use crate::domain::group::{Group, Member, name_key};
use crate::http::AppState;
use crate::http::language::{Text, say};
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::AdminError;
use crate::service::directory::{After, Inside};
use crate::service::groups::NewGroup;

/// A group as a row.
#[derive(Clone, Debug)]
struct GroupRow {
    id: String,
    name: String,
    description: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/groups.html")]
struct GroupsPage {
    frame: Frame,
    error: Option<String>,
    q: String,
    rows: Vec<GroupRow>,
    first: Option<String>,
    next: Option<String>,
    may_change: bool,
    /// What was filled in for a new one.
    name: String,
    description: String,
}

/// Somebody or something in a group.
#[derive(Clone, Debug)]
struct MemberRow {
    href: String,
    name: String,
    detail: String,
    icon: &'static str,
    /// What the form that takes them out sends.
    value: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/group.html")]
struct GroupPage {
    frame: Frame,
    error: Option<String>,
    id: String,
    /// What it is called now.
    title: String,
    /// What is in the form.
    name: String,
    description: String,
    version: i64,
    members: Vec<MemberRow>,
    first: Option<String>,
    next: Option<String>,
    may_change: bool,
    /// Who was to be put in.
    member: String,
}

/// `GET /admin/groups`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: Admin,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let asked = super::asked(asked)?;
    let (q, after) = (asked.get("q").unwrap_or_default(), asked.get("after").unwrap_or_default());
    render(&list_page(&state, &mut admin, q, after).await?)
}

async fn list_page(
    state: &AppState,
    admin: &mut Admin,
    q: &str,
    after: &str,
) -> Result<GroupsPage, Problem> {
    let mut filter = Filter::default();
    if !q.is_empty() {
        let test = Test::StartsWith(q.to_owned());
        filter.any_of = vec![vec![Condition { field: GroupField::Name, test }]];
    }
    let mut groups = state.services.search_groups(&admin.caller, &filter, after, PAGE + 1).await?;
    let more = groups.len() > PAGE as usize;
    groups.truncate(PAGE as usize);
    let link = |after: &str| format!("/admin/groups{}", query(&[("q", q), ("after", after)]));
    let last = groups.last().map(|group| name_key(&group.name)).filter(|_| more);
    let row = |group: Group| GroupRow {
        id: group.id.to_string(),
        name: group.name,
        description: group.description.unwrap_or_default(),
    };
    Ok(GroupsPage {
        error: None,
        q: q.to_owned(),
        rows: groups.into_iter().map(row).collect(),
        first: (!after.is_empty()).then(|| link("")),
        next: last.map(|last| link(&last)),
        may_change: admin.may(Action::ChangeGroups, None),
        name: String::new(),
        description: String::new(),
        frame: admin.frame(state, Section::Groups).await?,
    })
}

/// `POST /admin/groups`
pub(super) async fn add(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let name = fields.get("name").unwrap_or_default().to_owned();
    let description = fields.get("description").unwrap_or_default().to_owned();
    let new = NewGroup {
        name: name.clone(),
        description: Some(description.clone()),
        ..NewGroup::default()
    };
    match state.services.create_group(&admin.caller, new).await {
        Ok(group) => {
            let notice = say("settings-group-added").with("name", &group.name).spoken();
            admin.done(&notice, &format!("/admin/groups/{}", group.id)).await
        }
        Err(error) => {
            let error = Some(explain(error)?);
            let page = list_page(&state, &mut admin, "", "").await?;
            refusal(&GroupsPage { error, name, description, ..page })
        }
    }
}

fn member_row(inside: Inside) -> MemberRow {
    match inside {
        Inside::User(user) => MemberRow {
            href: format!("/admin/people/{}", user.id),
            name: user.display_name.clone(),
            detail: user.username.as_str().to_owned(),
            icon: "person",
            value: format!("user:{}", user.id),
        },
        Inside::Group(group) => MemberRow {
            href: format!("/admin/groups/{}", group.id),
            name: group.name,
            detail: say("settings-group-inside").spoken(),
            icon: "group",
            value: format!("group:{}", group.id),
        },
    }
}

/// Where a list of members goes on, as a query says it.
fn read_after(text: &str) -> After {
    match text.split_once(':') {
        Some(("g", key)) => After::Group(key.to_owned()),
        Some(("u", key)) => After::User(key.to_owned()),
        _ => After::User(String::new()),
    }
}

fn write_after(inside: &Inside) -> String {
    match inside {
        Inside::User(user) => format!("u:{}", user.username.key()),
        Inside::Group(group) => format!("g:{}", name_key(&group.name)),
    }
}

async fn group_page(
    state: &AppState,
    admin: &mut Admin,
    group: Group,
    after: &str,
) -> Result<GroupPage, Problem> {
    let mut members =
        state.services.members_of(&admin.caller, &group, &read_after(after), PAGE + 1).await?;
    let more = members.len() > PAGE as usize;
    members.truncate(PAGE as usize);
    let id = group.id.to_string();
    let link = |after: &str| format!("/admin/groups/{id}{}", query(&[("after", after)]));
    let last = members.last().map(write_after).filter(|_| more);
    Ok(GroupPage {
        error: None,
        first: (!after.is_empty()).then(|| link("")),
        next: last.map(|last| link(&last)),
        id,
        title: group.name.clone(),
        name: group.name,
        description: group.description.unwrap_or_default(),
        version: group.version,
        members: members.into_iter().map(member_row).collect(),
        may_change: admin.may(Action::ChangeGroups, None),
        member: String::new(),
        frame: admin.frame(state, Section::Groups).await?,
    })
}

/// `GET /admin/groups/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    mut admin: Admin,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let group = state.services.group_for(&admin.caller, &id).await?;
    let asked = super::asked(asked)?;
    let after = asked.get("after").unwrap_or_default();
    render(&group_page(&state, &mut admin, group, after).await?)
}

/// `POST /admin/groups/{id}`: another name or description.
pub(super) async fn save(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let group = state.services.group_for(&admin.caller, &id).await?;
    let name = fields.get("name").unwrap_or_default().to_owned();
    let description = fields.get("description").unwrap_or_default().to_owned();
    let version = fields.get("version").and_then(|text| text.parse().ok());
    let (new_name, new_description) = (name.clone(), description.clone());
    let edit = move |group: &mut Group| {
        group.name = new_name;
        group.description = Some(new_description);
        Ok(())
    };
    match state.services.edit_group(&admin.caller, group.id, version, edit).await {
        Ok(group) => {
            let notice = say("settings-saved").with("name", &group.name).spoken();
            admin.done(&notice, &format!("/admin/groups/{id}")).await
        }
        Err(error) => {
            let error = Some(explain(error)?);
            let page = group_page(&state, &mut admin, group, "").await?;
            refusal(&GroupPage { error, name, description, ..page })
        }
    }
}

/// Who is meant: `user:` or `group:` and an id, or a username, or a group's name; else, why it is
/// nobody.
async fn named(state: &AppState, text: &str) -> Result<Result<Member, Text>, AdminError> {
    let services = &state.services;
    if let Some(id) = text.strip_prefix("group:") {
        return match services.find_group(id).await {
            Ok(group) => Ok(Ok(Member::Group(group.id))),
            Err(AdminError::NotFound(_)) => Ok(Err(say("settings-group-unknown").with("name", id))),
            Err(other) => Err(other),
        };
    }
    let name = text.strip_prefix("user:").unwrap_or(text);
    match services.find_user(name).await {
        Ok(user) => Ok(Ok(Member::User(user.id))),
        Err(AdminError::NotFound(_)) => match services.find_group(name).await {
            Ok(group) => Ok(Ok(Member::Group(group.id))),
            Err(AdminError::NotFound(_)) => {
                Ok(Err(say("settings-member-unknown").with("name", name)))
            }
            Err(other) => Err(other),
        },
        Err(other) => Err(other),
    }
}

/// `POST /admin/groups/{id}/members`: puts somebody in, or takes them out.
pub(super) async fn members(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let group = state.services.group_for(&admin.caller, &id).await?;
    let text = fields.get("member").unwrap_or_default().trim().to_owned();
    let inside = fields.get("remove").is_none();
    let outcome = async {
        let member = match named(&state, &text).await? {
            Ok(member) => member,
            Err(nobody) => return Ok(Err(nobody)),
        };
        match state.services.set_member(&admin.caller, &group, member, inside).await {
            // Deleted since they were found.
            Err(AdminError::NotFound(what)) if what == "such member" => {
                Ok(Err(say("settings-member-gone")))
            }
            outcome => outcome.map(Ok),
        }
    };
    let message = match outcome.await {
        Ok(Ok(changed)) => {
            let notice = say(match (inside, changed) {
                (true, true) => "settings-member-added",
                (true, false) => "settings-member-already",
                (false, _) => "settings-member-removed",
            });
            return admin.done(&notice.spoken(), &format!("/admin/groups/{id}")).await;
        }
        Ok(Err(nobody)) => nobody.spoken(),
        Err(other) => explain(other)?,
    };
    let page = group_page(&state, &mut admin, group, "").await?;
    refusal(&GroupPage { error: Some(message), member: text, ..page })
}

/// `POST /admin/groups/{id}/delete`
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let group = state.services.group_for(&admin.caller, &id).await?;
    let typed = fields.get("name").unwrap_or_default();
    if name_key(typed) != name_key(&group.name) {
        let error = say("settings-type-to-confirm").with("name", &group.name);
        let error = Some(error.spoken());
        let page = group_page(&state, &mut admin, group, "").await?;
        return refusal(&GroupPage { error, ..page });
    }
    match state.services.remove_group(&admin.caller, &group.id.to_string()).await {
        Ok(_) => {
            let notice = say("settings-group-deleted").with("name", &group.name).spoken();
            admin.done(&notice, "/admin/groups").await
        }
        Err(error) => {
            let error = Some(explain(error)?);
            let page = group_page(&state, &mut admin, group, "").await?;
            refusal(&GroupPage { error, ..page })
        }
    }
}
