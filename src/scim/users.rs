//! `Users`: people.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::body::Body;
use super::call::{Call, Resource, TRIES};
use super::error::ScimError;
use super::pass::{self, Wish, is_same};
use super::patch;
use super::person::{self, Person, parse_id};
use super::query::Query;
use super::resources::{ENTERPRISE, GROUPS, PASS, USERS};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::filter::UserField;
use crate::domain::pass::PassValue;
use crate::domain::user::User;
use crate::http::etag::etag_with;
use crate::service::provisioning::{PassChange, Provisioned};
use crate::service::{AdminError, Services};

/// People as resources, in the same order. Whoever may not see groups or passes does not.
pub async fn resources(call: &Call, people: &[User]) -> Result<Vec<Resource>, ScimError> {
    let services = &call.services;
    let groups = match services.groups_of_users(&call.caller, people).await {
        Err(AdminError::Denied(_)) => HashMap::new(),
        groups => groups?,
    };
    let passes = services.show_passes(people).await?;
    let resources = people.iter().map(|user| {
        let manager = user.manager.map(|id| call.location(&USERS, &id.to_string()));
        let mut attributes = person::attributes(user, manager);
        let mut schemas = vec![USERS.core.id];
        if attributes.contains_key(ENTERPRISE.id) {
            schemas.push(ENTERPRISE.id);
        }
        let in_groups = groups.get(&user.id).into_iter().flatten().map(|(id, name)| {
            let address = call.location(&GROUPS, &id.to_string());
            json!({ "value": id, "$ref": address, "display": name, "type": "direct" })
        });
        let in_groups: Vec<Value> = in_groups.collect();
        let seen = Services::permit_seeing(&call.caller, Action::SeePass, Some(user)).is_ok();
        let pass = passes.get(&user.id).filter(|_| seen).map(pass::attributes);
        // What has no version of its own is part of the ETag.
        let mut state = DefaultHasher::new();
        json!([in_groups, pass]).to_string().hash(&mut state);
        if !in_groups.is_empty() {
            attributes.insert("groups".into(), in_groups.into());
        }
        if let Some(pass) = pass {
            schemas.push(PASS.id);
            attributes.insert(PASS.id.into(), pass.into());
        }
        attributes.insert("schemas".into(), json!(schemas));
        Resource {
            of: &USERS,
            id: user.id.to_string(),
            etag: etag_with(user.version, state.finish()),
            created_at: user.created_at,
            updated_at: user.updated_at,
            attributes,
        }
    });
    Ok(resources.collect())
}

async fn resource(call: &Call, user: User) -> Result<Resource, ScimError> {
    let id = user.id.to_string();
    let found = resources(call, &[user]).await?.into_iter().next();
    found.ok_or_else(|| person::no_such(USERS.name, &id))
}

/// What came of a request that may have issued a pass: its value is there where it was asked for by
/// name.
async fn answer(call: &Call, status: StatusCode, done: Provisioned) -> Result<Response, ScimError> {
    let mut resource = resource(call, done.user).await?;
    if let Some(issued) = done.pass
        && call.query.selection.names(&PASS, "temporaryAccessPass")
        && let Some(Value::Object(pass)) = resource.attributes.get_mut(PASS.id)
    {
        pass.insert("temporaryAccessPass".into(), PassValue::reveal(&issued.value).into());
    }
    Ok(call.answer(status, resource))
}

/// The person of an address, for somebody who wants to do `action`.
async fn find(call: &Call, action: Action, id: &str) -> Result<User, ScimError> {
    let name = parse_id(id).map(|id| id.to_string()).unwrap_or_default();
    let found = call.services.find_user_for(&call.caller, action, &name).await;
    found.map_err(|error| match error {
        AdminError::NotFound(_) => person::no_such(USERS.name, id),
        other => other.into(),
    })
}

async fn changeable(call: &Call, id: &str, doing: Activity) -> Result<User, ScimError> {
    let user = find(call, Action::ChangePeople, id).await?;
    call.services.permit(&call.caller, Action::ChangePeople, doing, Some(&user)).await?;
    Ok(user)
}

/// `GET /Users`
pub async fn list(call: Call) -> Result<Response, ScimError> {
    let query = call.query.clone();
    search(&call, &query).await
}

/// `POST /Users/.search`
pub async fn search_body(call: Call, body: Body) -> Result<Response, ScimError> {
    let query = Query::of_body(&body)?;
    search(&call, &query).await
}

async fn search(call: &Call, query: &Query) -> Result<Response, ScimError> {
    Services::permit_seeing(&call.caller, Action::SeePeople, None)?;
    let page = query.page(UserField::Id)?;
    let (people, total) = match query.filter(false)? {
        Some(filter) => call.services.page_of_users(&call.caller, &filter, page).await?,
        None => (Vec::new(), 0),
    };
    Ok(call.list(query, total, resources(call, &people).await?))
}

/// `GET /Users/{id}`
pub async fn show(call: Call, Path(id): Path<String>) -> Result<Response, ScimError> {
    let user = find(&call, Action::SeePeople, &id).await?;
    Services::permit_seeing(&call.caller, Action::SeePeople, Some(&user))?;
    Ok(call.answer_if_new(resource(&call, user).await?))
}

/// `POST /Users`
pub async fn create(call: Call, body: Body) -> Result<Response, ScimError> {
    let (services, caller) = (&call.services, &call.caller);
    services.permit(caller, Action::ChangePeople, Activity::UserAdded, None).await?;
    let body = body.resource(&USERS)?;
    let new = Person::read(&body)?.into_new();
    let done = services.provision_user(caller, new, pass::request(&body)).await?;
    answer(&call, StatusCode::CREATED, done).await
}

/// `PUT /Users/{id}`
pub async fn replace(
    call: Call,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, ScimError> {
    let user = changeable(&call, &id, Activity::UserChanged).await?;
    let body = body.resource(&USERS)?;
    let wanted = Person::read(&body)?;
    let pass = match pass::request(&body) {
        None => None,
        Some(request) => {
            let current = call.services.show_pass(&user).await?;
            let same = current.is_some_and(|current| is_same(&request, &current.pass.terms));
            (!same).then_some(PassChange::Issue(request))
        }
    };
    let edit = move |user: &mut User| wanted.apply(user);
    let name = user.id.to_string();
    let services = &call.services;
    let done = services.reprovision_user(&call.caller, &name, call.version, edit, pass).await?;
    answer(&call, StatusCode::OK, done).await
}

/// `PATCH /Users/{id}`
pub async fn change(call: Call, Path(id): Path<String>, body: Body) -> Result<Response, ScimError> {
    let mut tries = 0;
    loop {
        let user = changeable(&call, &id, Activity::UserChanged).await?;
        if call.version.is_some_and(|version| version != user.version) {
            return Err(ScimError::changed());
        }
        let manager = user.manager.map(|id| call.location(&USERS, &id.to_string()));
        let mut resource = person::attributes(&user, manager);
        let mut wish = Wish::default();
        for change in patch::read(&body, &USERS)? {
            if change.path.name.schema == Some(&PASS) {
                wish.take(change)?;
            } else {
                patch::apply(change, &mut resource, &USERS)?;
            }
        }
        let wanted = Person::read(&resource)?;
        let edit = move |user: &mut User| wanted.apply(user);
        let (name, version) = (user.id.to_string(), Some(user.version));
        let pass = wish.change();
        let done = call.services.reprovision_user(&call.caller, &name, version, edit, pass).await;
        match done {
            // What was changed was read, and somebody else came between.
            Err(AdminError::Changed) if call.version.is_none() && tries < TRIES => tries += 1,
            done => return answer(&call, StatusCode::OK, done?).await,
        }
    }
}

/// `DELETE /Users/{id}`
pub async fn delete(call: Call, Path(id): Path<String>) -> Result<Response, ScimError> {
    let user = changeable(&call, &id, Activity::UserRemoved).await?;
    let name = user.id.to_string();
    call.services.remove_user_at(&call.caller, &name, call.version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
