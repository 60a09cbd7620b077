//! `/admin/people/{id}`: one person.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::access::{Admin, Change, Editor};
use super::devices::{self, DeviceRow};
use super::frame::{Choice, Frame, Moment, Section, explain};
use super::naming;
use super::people::{PersonForm, manager};
use super::refusal;
use super::rows::{LineRow, initials, lines};
use crate::domain::audit_log::Search;
use crate::domain::authority::Action;
use crate::domain::id::{MethodId, SessionId};
use crate::domain::pass::Approval;
use crate::domain::role::Role;
use crate::domain::session::Seen;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::http::AppState;
use crate::http::language::{Text, say};
use crate::http::problem::Problem;
use crate::pages::views::SessionView;
use crate::pages::{render, words};
use crate::service::AdminError;
use crate::service::passes::PassStatus;
use crate::service::users::Person;

/// How many lines of the audit log are shown.
const LINES: u32 = 10;

/// A method as a row.
#[derive(Clone, Debug)]
struct MethodRow {
    id: String,
    name: String,
    icon: String,
    kind: String,
    added: String,
    last_used: Option<String>,
    /// Who vouches for it.
    vouched: Option<String>,
}

/// A pass as it is shown, never its value.
#[derive(Clone, Debug)]
struct PassCard {
    state: String,
    waits: bool,
    starts: Moment,
    ends: Moment,
    one_time: bool,
}

/// What the admin may do here.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one button")]
struct Allowed {
    issue: bool,
    delete_pass: bool,
    remove_methods: bool,
    add_method: bool,
    remove_devices: bool,
    edit: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/person.html")]
struct PersonPage {
    frame: Frame,
    id: String,
    initials: String,
    user: User,
    /// Their manager, by name.
    manager: Option<(String, String)>,
    groups: Vec<(String, String)>,
    methods: Vec<MethodRow>,
    pass: Option<PassCard>,
    /// Where they are signed in; none where the admin may not see that.
    sessions: Option<Vec<SessionView>>,
    /// Since when they must register anew.
    anew: Option<Moment>,
    /// How many recovery codes are left, and when they were made.
    codes: Option<(u32, Moment)>,
    devices: Vec<DeviceRow>,
    roles: Vec<String>,
    created: Moment,
    lines: Vec<LineRow>,
    allowed: Allowed,
    own: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/person_edit.html")]
struct EditPage {
    frame: Frame,
    error: Option<String>,
    id: String,
    title: String,
    version: i64,
    form: PersonForm,
    enabled: bool,
    roles: Vec<Choice>,
    may_assign: bool,
}

fn pass_card(status: &PassStatus) -> PassCard {
    PassCard {
        state: words::usability(status.usability),
        waits: status.pass.approval == Approval::Pending,
        starts: Moment::new(status.pass.terms.starts_at),
        ends: Moment::new(status.pass.terms.ends_at()),
        one_time: status.pass.terms.one_time,
    }
}

/// A session of somebody else as a row.
fn session(seen: &Seen, now: Timestamp) -> SessionView {
    let row = words::session(seen, now);
    match words::how(&seen.session) {
        "how-phone" => SessionView { how: say("admin-how-phone").spoken(), ..row },
        _ => row,
    }
}

/// The person whose page it is, for somebody who may see people.
pub(super) async fn person(
    state: &AppState,
    admin: &Admin,
    id: &str,
) -> Result<Person, AdminError> {
    let user = state.services.find_user_for(&admin.caller, Action::SeePeople, id).await?;
    if !admin.may(Action::SeePeople, Some(&user)) {
        return Err(AdminError::NotFound(format!("user {id}")));
    }
    state.services.show_user(&user.id.to_string()).await
}

/// `GET /admin/people/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    mut admin: Admin,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let services = &state.services;
    let Person { user, groups, methods } = person(&state, &admin, &id).await?;
    let now = services.now();
    let manager = match user.manager {
        Some(id) => services.find_user(&id.to_string()).await.ok(),
        None => None,
    };
    let sees_pass = admin.may(Action::SeePass, Some(&user));
    let pass = if sees_pass { services.show_pass(&user).await? } else { None };
    let sees_methods = admin.may(Action::SeeMethods, Some(&user));
    let codes = services.recovery_status(&user).await?.set.filter(|_| sees_methods);
    let methods = methods.iter().filter(|_| sees_methods).map(|method| {
        let view = words::method(method, &[], now);
        MethodRow {
            id: method.id.to_string(),
            kind: say(view.kind_word()).spoken(),
            name: view.name,
            icon: view.icon,
            added: view.added,
            last_used: view.last_used,
            vouched: method.attestation.root.clone(),
        }
    });
    let sessions = match services.list_sessions(&admin.caller, &user).await {
        Ok(found) => Some(found.iter().map(|seen| session(seen, now)).collect::<Vec<_>>()),
        Err(AdminError::Denied(_)) => None,
        Err(other) => return Err(other.into()),
    };
    let search = Search { subject: Some(user.id), ..Search::default() };
    let may = |action| admin.may(action, Some(&user));
    let page = PersonPage {
        id: user.id.to_string(),
        initials: initials(&user.display_name),
        manager: manager.map(|them| (them.id.to_string(), them.display_name)),
        groups: groups.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        methods: methods.collect(),
        pass: pass.as_ref().map(pass_card),
        sessions,
        anew: user.reregister_since.filter(|_| sees_methods).map(Moment::new),
        codes: codes.map(|set| (set.left, Moment::new(set.created_at))),
        devices: devices::rows(&state, &admin, &user).await?,
        roles: user.roles.iter().copied().map(naming::role).collect(),
        created: Moment::new(user.created_at),
        lines: lines(&state, &admin, &search, LINES).await?,
        allowed: Allowed {
            issue: may(Action::IssuePass),
            delete_pass: may(Action::DeletePass),
            remove_methods: may(Action::RemoveMethod),
            add_method: may(Action::AddMethod)
                && !services.needs_second_admin(&admin.caller, &user).await?,
            remove_devices: may(Action::RemoveDevice),
            edit: may(Action::ChangePeople),
        },
        own: admin.user.id == user.id,
        frame: admin.frame(&state, Section::People).await?,
        user,
    };
    render(&page)
}

fn role_choices(roles: &BTreeSet<Role>) -> Vec<Choice> {
    let choice = |role: Role| Choice::new(role.name(), &naming::role(role), roles.contains(&role));
    Role::ALL.into_iter().map(choice).collect()
}

async fn edit_page(
    state: &AppState,
    admin: &mut Admin,
    user: &User,
    form: Option<(PersonForm, bool, BTreeSet<Role>, String)>,
) -> Result<EditPage, Problem> {
    let (form, enabled, roles, error) = if let Some((form, enabled, roles, error)) = form {
        (form, enabled, roles, Some(error))
    } else {
        let manager = match user.manager {
            Some(id) => state.services.find_user(&id.to_string()).await.ok(),
            None => None,
        };
        let form = PersonForm {
            username: user.username.as_str().to_owned(),
            display_name: user.display_name.clone(),
            email: user.email.clone().unwrap_or_default(),
            profile: user.profile.clone(),
            manager: manager.map(|it| it.username.as_str().to_owned()).unwrap_or_default(),
        };
        (form, user.enabled, user.roles.clone(), None)
    };
    Ok(EditPage {
        error,
        id: user.id.to_string(),
        title: user.display_name.clone(),
        version: user.version,
        form,
        enabled,
        roles: role_choices(&roles),
        may_assign: admin.may(Action::AssignRoles, Some(user)),
        frame: admin.frame(state, Section::People).await?,
    })
}

/// `GET /admin/people/{id}/edit`
pub(super) async fn edit(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let user = person(&state, &admin, &id).await?.user;
    render(&edit_page(&state, &mut admin, &user, None).await?)
}

/// `POST /admin/people/{id}/edit`
pub(super) async fn save(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let user = person(&state, &admin, &id).await?.user;
    let form = PersonForm::read(&fields);
    let enabled = fields.get("enabled").is_some();
    let assigns = admin.may(Action::AssignRoles, Some(&user));
    let roles: BTreeSet<Role> = if assigns {
        Role::ALL.into_iter().filter(|role| fields.get(role.name()).is_some()).collect()
    } else {
        user.roles.clone()
    };
    let version = fields.get("version").and_then(|text| text.parse().ok());
    let outcome = async {
        let manager = manager(&state, &form).await?;
        let (form, roles) = (form.clone(), roles.clone());
        let edit = move |user: &mut User| {
            if !form.username.is_empty() {
                user.username = crate::domain::user::Username::parse(&form.username)?;
            }
            user.display_name = form.display_name;
            user.email = Some(form.email).filter(|text| !text.is_empty());
            let hired = user.profile.employee_hire_date;
            user.profile = form.profile;
            user.profile.employee_hire_date = hired;
            user.manager = manager;
            user.enabled = enabled;
            user.roles = roles;
            Ok(())
        };
        state.services.edit_user(&admin.caller, &id, version, edit).await
    };
    match outcome.await {
        Ok(user) => {
            let page = format!("/admin/people/{}", user.id);
            let notice = say("admin-person-saved").with("name", &user.display_name);
            admin.done(&notice.spoken(), &page).await
        }
        Err(error) => {
            let form = Some((form, enabled, roles, explain(error)?));
            refusal(&edit_page(&state, &mut admin, &user, form).await?)
        }
    }
}

/// `POST /admin/people/{id}/delete`: only where the username was typed.
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { admin, fields } = change;
    let user = person(&state, &admin, &id).await?.user;
    let typed = fields.get("username").unwrap_or_default().trim().to_lowercase();
    let page = format!("/admin/people/{}", user.id);
    if typed != user.username.key() {
        let notice = say("admin-not-deleted").with("username", user.username.as_str());
        return admin.done(&notice.spoken(), &page).await;
    }
    state.services.remove_user(&admin.caller, &user.id.to_string()).await?;
    let notice = say("admin-deleted").with("name", &user.display_name);
    admin.done(&notice.spoken(), "/admin/people").await
}

/// What is gone already is as it was wanted: a second click, or another tab.
fn or_gone(done: Result<(), AdminError>) -> Result<(), Problem> {
    match done {
        Ok(()) | Err(AdminError::NotFound(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Back to the person's page, with what was done to whom.
async fn back(admin: Admin, user: &User, notice: Text) -> Result<Response, Problem> {
    let notice = notice.with("name", &user.display_name).spoken();
    admin.done(&notice, &format!("/admin/people/{}", user.id)).await
}

/// `POST /admin/people/{id}/methods/{method}/delete`
pub(super) async fn remove_method(
    State(state): State<AppState>,
    Path((id, method)): Path<(String, MethodId)>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    or_gone(state.services.remove_method(&admin.caller, &user, method).await)?;
    back(admin, &user, say("admin-method-removed")).await
}

/// `POST /admin/people/{id}/sessions/{session}/end`
pub(super) async fn end_session(
    State(state): State<AppState>,
    Path((id, session)): Path<(String, SessionId)>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    or_gone(state.services.end_session(&admin.caller, &user, session).await)?;
    back(admin, &user, say("admin-session-ended")).await
}

/// `POST /admin/people/{id}/require-registration`
pub(super) async fn require_registration(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    state.services.require_registration(&admin.caller, &user).await?;
    back(admin, &user, say("admin-anew-done")).await
}

/// `POST /admin/people/{id}/cancel-registration`
pub(super) async fn cancel_registration(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    let notice = match state.services.cancel_registration(&admin.caller, &user).await {
        Ok(()) => say("admin-not-anew-done"),
        // They were faster, or another admin was.
        Err(AdminError::Invalid(why)) => say("admin-not-taken-back").with("why", why.message),
        Err(other) => return Err(other.into()),
    };
    back(admin, &user, notice).await
}

/// `POST /admin/people/{id}/sessions/end`
pub(super) async fn end_sessions(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    state.services.end_sessions(&admin.caller, &user).await?;
    back(admin, &user, say("admin-sessions-ended")).await
}
