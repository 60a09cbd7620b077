//! `users`: people, in Graph's words.

use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::body::Fields;
use super::call::{Call, Target, done};
use super::error::{Area, GraphError};
use super::listing::{Listed, list};
use super::members::reference;
use super::operations::{Answer, Body, Operation, act, see};
use super::query::{LIST, ONE};
use super::schema::{Kind, Schema, Set, property};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::change::Change;
use crate::domain::filter::{Filter, UserField};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::http::etag::etag;
use crate::service::AdminError;
use crate::service::users::NewUser;

/// What it is called in `@odata.type`.
pub const TYPE: &str = "#microsoft.graph.user";
/// What there is to know about a person.
pub const SCHEMA: Schema = Schema {
    name: "user",
    about: "A person.",
    properties: &[
        property("id", Kind::Id, Set::Never, "Never changes; the `sub` that applications see."),
        property(
            "userPrincipalName",
            Kind::Text,
            Set::Always,
            "What they type to say who they are; unique without regard to case.",
        ),
        property("displayName", Kind::Text, Set::Always, "How pages address them."),
        property("mail", Kind::OptionalText, Set::Always, "Where mail reaches them."),
        property("givenName", Kind::OptionalText, Set::Always, "First name."),
        property("surname", Kind::OptionalText, Set::Always, "Family name."),
        property("jobTitle", Kind::OptionalText, Set::Always, "What they do."),
        property("department", Kind::OptionalText, Set::Always, "Where they do it."),
        property("employeeId", Kind::OptionalText, Set::Always, "Their number at the employer."),
        property("employeeHireDate", Kind::OptionalTime, Set::Always, "Their first day."),
        property(
            "preferredLanguage",
            Kind::OptionalText,
            Set::Always,
            "The language that they read best (BCP 47).",
        ),
        property(
            "otherMails",
            Kind::Texts,
            Set::Always,
            "At most one: where mail reaches them before they can open their own mailbox.",
        ),
        property(
            "externalId",
            Kind::OptionalText,
            Set::Always,
            "What the system calls them that provisions them. Not in Graph.",
        ),
        property(
            "reregistrationRequiredSince",
            Kind::OptionalTime,
            Set::Never,
            "Since when they must register their methods anew. Not in Graph.",
        ),
        property("accountEnabled", Kind::Flag, Set::Always, "Whether they may sign in."),
        property("createdDateTime", Kind::Time, Set::Never, "When they were added."),
    ],
};

pub(super) fn failed(error: AdminError) -> GraphError {
    match error {
        AdminError::Exists(_) => GraphError::taken("userPrincipalName"),
        other => GraphError::of(Area::Directory, other),
    }
}

/// A person as JSON.
pub fn document(user: &User) -> Map<String, Value> {
    let profile = &user.profile;
    let document = json!({
        "@odata.etag": etag(user.version),
        "id": user.id,
        "userPrincipalName": user.username.as_str(),
        "displayName": user.display_name,
        "mail": user.email,
        "givenName": profile.given_name,
        "surname": profile.surname,
        "jobTitle": profile.job_title,
        "department": profile.department,
        "employeeId": profile.employee_id,
        "employeeHireDate": profile.employee_hire_date,
        "preferredLanguage": profile.preferred_language,
        "otherMails": profile.alternate_email.iter().collect::<Vec<_>>(),
        "externalId": user.external_id,
        "reregistrationRequiredSince": user.reregister_since,
        "accountEnabled": user.enabled,
        "createdDateTime": user.created_at,
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

impl Listed for User {
    const NAME: &'static str = "users";
    const SCHEMA: &'static Schema = &SCHEMA;
    type Field = UserField;

    async fn search(
        call: &Call,
        filter: &Filter<UserField>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Self>, AdminError> {
        call.services.search_users(&call.caller, filter, after, limit).await
    }

    async fn count(call: &Call, filter: &Filter<UserField>) -> Result<u32, AdminError> {
        call.services.count_users(&call.caller, filter).await
    }

    fn key(&self) -> String {
        self.username.key()
    }

    fn document(&self) -> Map<String, Value> {
        document(self)
    }
}

/// What is done with people.
pub(super) fn operations() -> Vec<Operation> {
    let person = Answer::One(&SCHEMA);
    vec![
        see("/me", routing::get(show), "Whoever signed in.", Action::SeePeople, person),
        see(
            "/users",
            routing::get(list::<User>),
            "People, in the order of their userPrincipalName.",
            Action::SeePeople,
            Answer::List(&[&SCHEMA]),
        )
        .options(LIST),
        act(
            Method::POST,
            "/users",
            routing::post(create),
            "Adds a person. mailNickname and passwordProfile, which Graph demands, are not kept: \
             there are no mailboxes and no passwords here.",
            Action::ChangePeople,
        )
        .sends(Body::Fields(&SCHEMA))
        .answers(Answer::Created(&SCHEMA)),
        see("/users/{user}", routing::get(show), "A person.", Action::SeePeople, person),
        act(
            Method::PATCH,
            "/users/{user}",
            routing::patch(change),
            "Changes some fields, or none. Whoever is disabled is signed out at once.",
            Action::ChangePeople,
        )
        .sends(Body::Fields(&SCHEMA))
        .versioned(),
        act(
            Method::DELETE,
            "/users/{user}",
            routing::delete(delete),
            "Removes a person and all that hangs on them.",
            Action::ChangePeople,
        )
        .versioned(),
        see(
            "/users/{user}/manager",
            routing::get(manager),
            "Whom they report to.",
            Action::SeePeople,
            person,
        ),
        act(
            Method::PUT,
            "/users/{user}/manager/$ref",
            routing::put(set_manager),
            "Says whom they report to.",
            Action::ChangePeople,
        )
        .sends(Body::Reference)
        .versioned(),
        act(
            Method::DELETE,
            "/users/{user}/manager/$ref",
            routing::delete(clear_manager),
            "Leaves them reporting to nobody.",
            Action::ChangePeople,
        )
        .versioned(),
    ]
}

/// `GET /users/{user}`, `GET /me`
pub async fn show(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    options.check_select(&SCHEMA.names())?;
    let user = call.visible_person(Area::Directory, Action::SeePeople, &target).await?;
    let object = options.select(document(&user));
    Ok(call.entity(StatusCode::OK, "users/$entity", Some(user.version), object))
}

/// What a body says of a person.
#[derive(Clone, Debug)]
struct Changes {
    username: Option<String>,
    display_name: Option<String>,
    enabled: Option<bool>,
    email: Change<String>,
    external_id: Change<String>,
    given_name: Change<String>,
    surname: Change<String>,
    job_title: Change<String>,
    department: Change<String>,
    employee_id: Change<String>,
    employee_hire_date: Change<Timestamp>,
    preferred_language: Change<String>,
    alternate_email: Change<String>,
}

impl Changes {
    fn read(mut fields: Fields) -> Result<Self, GraphError> {
        let changes = Self {
            username: fields.required_text("userPrincipalName")?,
            display_name: fields.required_text("displayName")?,
            enabled: fields.flag("accountEnabled")?,
            email: fields.text("mail")?,
            external_id: fields.text("externalId")?,
            given_name: fields.text("givenName")?,
            surname: fields.text("surname")?,
            job_title: fields.text("jobTitle")?,
            department: fields.text("department")?,
            employee_id: fields.text("employeeId")?,
            employee_hire_date: fields.time("employeeHireDate")?,
            preferred_language: fields.text("preferredLanguage")?,
            alternate_email: other_mails(&mut fields)?,
        };
        // Graph demands both of a new person. There are no passwords here and no mailboxes, so
        // neither is kept.
        fields.ignore("passwordProfile");
        fields.ignore("mailNickname");
        fields.finish(&SCHEMA.settable())?;
        Ok(changes)
    }

    fn apply(self, user: &mut User) -> Result<(), crate::domain::error::Invalid> {
        if let Some(username) = self.username {
            user.username = crate::domain::user::Username::parse(&username)?;
        }
        if let Some(name) = self.display_name {
            user.display_name = name;
        }
        if let Some(enabled) = self.enabled {
            user.enabled = enabled;
        }
        self.email.apply(&mut user.email);
        self.external_id.apply(&mut user.external_id);
        let profile = &mut user.profile;
        self.given_name.apply(&mut profile.given_name);
        self.surname.apply(&mut profile.surname);
        self.job_title.apply(&mut profile.job_title);
        self.department.apply(&mut profile.department);
        self.employee_id.apply(&mut profile.employee_id);
        self.employee_hire_date.apply(&mut profile.employee_hire_date);
        self.preferred_language.apply(&mut profile.preferred_language);
        self.alternate_email.apply(&mut profile.alternate_email);
        Ok(())
    }
}

/// Graph has a list; here there is one address at most.
fn other_mails(fields: &mut Fields) -> Result<Change<String>, GraphError> {
    const WANTED: &str = "a list of at most one address";
    match fields.other::<Option<Vec<String>>>("otherMails", WANTED)? {
        None => Ok(Change::Keep),
        Some(list) => match list.unwrap_or_default().as_slice() {
            [] => Ok(Change::Clear),
            [one] => Ok(Change::Set(one.clone())),
            _ => Err(GraphError::field("otherMails", format!("{WANTED} is needed"))),
        },
    }
}

/// `POST /users`
pub async fn create(call: Call, fields: Fields) -> Result<Response, GraphError> {
    call.permit(Area::Directory, Action::ChangePeople, Activity::UserAdded, None).await?;
    let changes = Changes::read(fields).map_err(GraphError::in_directory)?;
    let mut new = NewUser {
        username: changes.username.unwrap_or_default(),
        display_name: changes.display_name,
        disabled: changes.enabled == Some(false),
        email: changes.email.value(),
        external_id: changes.external_id.value(),
        ..NewUser::default()
    };
    new.profile.given_name = changes.given_name.value();
    new.profile.surname = changes.surname.value();
    new.profile.job_title = changes.job_title.value();
    new.profile.department = changes.department.value();
    new.profile.employee_id = changes.employee_id.value();
    new.profile.employee_hire_date = changes.employee_hire_date.value();
    new.profile.preferred_language = changes.preferred_language.value();
    new.profile.alternate_email = changes.alternate_email.value();
    let user = call.services.add_user(&call.caller, new).await.map_err(failed)?;
    let path = format!("/users/{}", user.id);
    Ok(call.created("users/$entity", Some(user.version), document(&user), &path))
}

/// The person who is to be changed, if the caller may change them.
async fn changeable(call: &Call, target: &Target, doing: Activity) -> Result<User, GraphError> {
    let user = call.person(Area::Directory, Action::ChangePeople, target).await?;
    call.permit(Area::Directory, Action::ChangePeople, doing, Some(&user)).await?;
    Ok(user)
}

/// `PATCH /users/{user}`
pub async fn change(call: Call, target: Target, fields: Fields) -> Result<Response, GraphError> {
    let user = changeable(&call, &target, Activity::UserChanged).await?;
    let changes = Changes::read(fields).map_err(GraphError::in_directory)?;
    let edit = move |user: &mut User| changes.apply(user);
    let id = user.id.to_string();
    call.services.edit_user(&call.caller, &id, call.version, edit).await.map_err(failed)?;
    Ok(done())
}

/// `DELETE /users/{user}`
pub async fn delete(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = changeable(&call, &target, Activity::UserRemoved).await?;
    let id = user.id.to_string();
    call.services.remove_user_at(&call.caller, &id, call.version).await.map_err(failed)?;
    Ok(done())
}

/// `GET /users/{user}/manager`
pub async fn manager(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    options.check_select(&SCHEMA.names())?;
    let user = call.visible_person(Area::Directory, Action::SeePeople, &target).await?;
    let Some(id) = user.manager else {
        return Err(failed(AdminError::NotFound("manager".into())));
    };
    // Who may see a person may not see everybody.
    let manager = Target::of(id);
    let manager = call.visible_person(Area::Directory, Action::SeePeople, &manager).await?;
    let mut object = options.select(document(&manager));
    object.insert("@odata.type".into(), TYPE.into());
    Ok(call.entity(StatusCode::OK, "directoryObjects/$entity", Some(manager.version), object))
}

/// `PUT /users/{user}/manager/$ref`
pub async fn set_manager(
    call: Call,
    target: Target,
    fields: Fields,
) -> Result<Response, GraphError> {
    let user = changeable(&call, &target, Activity::UserChanged).await?;
    let named = reference(&fields)?;
    fields.finish(&["@odata.id"]).map_err(GraphError::in_directory)?;
    let manager = call.services.find_user(&named.id).await.map_err(failed)?.id;
    edit_manager(&call, &user, Some(manager)).await
}

/// `DELETE /users/{user}/manager/$ref`
pub async fn clear_manager(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = changeable(&call, &target, Activity::UserChanged).await?;
    edit_manager(&call, &user, None).await
}

async fn edit_manager(
    call: &Call,
    user: &User,
    manager: Option<crate::domain::id::UserId>,
) -> Result<Response, GraphError> {
    let edit = move |user: &mut User| {
        user.manager = manager;
        Ok(())
    };
    let id = user.id.to_string();
    call.services.edit_user(&call.caller, &id, call.version, edit).await.map_err(failed)?;
    Ok(done())
}
