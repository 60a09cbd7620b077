//! What is shown of people.

use serde::Serialize;
use uuid::Uuid;

use super::super::output::{fields, moment, or_dash, yes_no};
use super::super::pass::PassView;
use crate::domain::credential::Credential;
use crate::domain::id::{MethodId, UserId};
use crate::domain::recovery::RecoverySet;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::domain::user::Profile;
use crate::service::users::Person;

/// A person in JSON. Names are Microsoft Graph's where it has one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView {
    id: UserId,
    pub(super) username: String,
    user_principal_name: String,
    pub(super) display_name: String,
    mail: Option<String>,
    roles: Vec<Role>,
    groups: Vec<String>,
    enabled: bool,
    account_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reregistration_required_since: Option<Timestamp>,
    #[serde(flatten)]
    profile: Profile,
    created_date_time: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FullView {
    #[serde(flatten)]
    pub(super) user: UserView,
    pub(super) methods: Vec<MethodView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recovery_codes: Option<CodesView>,
    pub(super) temporary_access_pass: Option<PassView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodesView {
    left: u32,
    created_date_time: Timestamp,
}

impl CodesView {
    pub(super) fn new(set: &RecoverySet) -> Self {
        Self { left: set.left, created_date_time: set.created_at }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MethodView {
    id: MethodId,
    kind: &'static str,
    name: String,
    aa_guid: Option<Uuid>,
    created_date_time: Timestamp,
    last_used_date_time: Option<Timestamp>,
}

pub(super) fn describe(person: &Person) -> String {
    let view = UserView::new(person);
    let profile = view.profile;
    let whole_name = [profile.given_name, profile.surname].into_iter().flatten();
    fields(&[
        ("Username", view.username),
        ("Name", view.display_name),
        ("Whole name", whole_name.collect::<Vec<_>>().join(" ")),
        ("Mail", view.mail.unwrap_or_default()),
        ("Other mail", profile.alternate_email.unwrap_or_default()),
        ("Job", profile.job_title.unwrap_or_default()),
        ("Department", profile.department.unwrap_or_default()),
        ("Employee id", profile.employee_id.unwrap_or_default()),
        ("First day", profile.employee_hire_date.map(moment).unwrap_or_default()),
        ("Language", profile.preferred_language.unwrap_or_default()),
        ("External id", view.external_id.unwrap_or_default()),
        ("Manager", view.manager.map(|id| id.to_string()).unwrap_or_default()),
        ("Roles", or_dash(&role_names(&view.roles))),
        ("Groups", or_dash(&view.groups)),
        ("Enabled", yes_no(view.enabled)),
        ("Registers anew", view.reregistration_required_since.map(since).unwrap_or_default()),
        ("Created", moment(view.created_date_time)),
        ("Id", view.id.to_string()),
    ])
}

fn since(at: Timestamp) -> String {
    format!("required since {}", moment(at))
}

fn role_names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

impl UserView {
    pub(super) fn new(person: &Person) -> Self {
        let user = &person.user;
        Self {
            id: user.id,
            username: user.username.as_str().to_owned(),
            user_principal_name: user.username.as_str().to_owned(),
            display_name: user.display_name.clone(),
            mail: user.email.clone(),
            roles: user.roles.iter().copied().collect(),
            groups: person.groups.iter().map(|(_, name)| name.clone()).collect(),
            enabled: user.enabled,
            account_enabled: user.enabled,
            external_id: user.external_id.clone(),
            manager: user.manager,
            reregistration_required_since: user.reregister_since,
            profile: user.profile.clone(),
            created_date_time: user.created_at,
        }
    }

    pub(super) fn cells(&self) -> Vec<String> {
        vec![
            self.username.clone(),
            self.display_name.clone(),
            self.mail.clone().unwrap_or_else(|| "–".into()),
            or_dash(&role_names(&self.roles)),
            or_dash(&self.groups),
            yes_no(self.enabled),
        ]
    }
}

impl MethodView {
    pub(super) fn new(method: &Credential) -> Self {
        Self {
            id: method.id,
            kind: method.kind.name(),
            name: method.name.clone(),
            aa_guid: method.aaguid,
            created_date_time: method.created_at,
            last_used_date_time: method.last_used_at,
        }
    }
}
