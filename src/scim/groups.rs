//! `Groups`: sets of people.

use std::collections::HashMap;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::body::{Body, checked};
use super::call::{Call, Resource, TRIES};
use super::error::{ScimError, ScimType};
use super::patch::{self, Change, Op};
use super::person::no_such;
use super::query::Query;
use super::resources::{GROUPS, USERS};
use super::selection::Selection;
use super::syntax::{Expression, Operator};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::filter::GroupField;
use crate::domain::group::{Group, Member};
use crate::http::etag::etag;
use crate::service::groups::NewGroup;
use crate::service::members::MemberChanges;
use crate::service::{AdminError, Services};

/// The most members that one answer has.
const MEMBERS_MAX: u32 = 50_000;

fn attributes(group: &Group) -> Map<String, Value> {
    let mut attributes = Map::new();
    attributes.insert("displayName".into(), json!(group.name));
    if let Some(external_id) = &group.external_id {
        attributes.insert("externalId".into(), json!(external_id));
    }
    attributes
}

/// Groups as resources, in the same order, with their members unless these are not wanted.
pub async fn resources(
    call: &Call,
    groups: &[Group],
    selection: &Selection,
) -> Result<Vec<Resource>, ScimError> {
    let mut members = HashMap::new();
    if selection.wants("members") {
        let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
        let found = call.services.members_of_groups(&call.caller, &ids, MEMBERS_MAX).await?;
        members = found.ok_or_else(|| {
            let detail = format!(
                "There are more than {MEMBERS_MAX} members: ask with excludedAttributes=members, \
                 or for fewer groups."
            );
            ScimError::bad(ScimType::TooMany, detail)
        })?;
    }
    let resources = groups.iter().map(|group| {
        let mut attributes = attributes(group);
        let inside = members.remove(&group.id).unwrap_or_default();
        if !inside.is_empty() {
            let inside = inside.into_iter().map(|member| {
                let (of, id) = match member {
                    Member::User(id) => (&USERS, id.to_string()),
                    Member::Group(id) => (&GROUPS, id.to_string()),
                };
                let address = call.location(of, &id);
                json!({ "value": id, "$ref": address, "type": of.name })
            });
            attributes.insert("members".into(), inside.collect());
        }
        attributes.insert("schemas".into(), json!([GROUPS.core.id]));
        Resource {
            of: &GROUPS,
            id: group.id.to_string(),
            etag: etag(group.version),
            created_at: group.created_at,
            updated_at: group.updated_at,
            attributes,
        }
    });
    Ok(resources.collect())
}

async fn resource(call: &Call, group: Group) -> Result<Resource, ScimError> {
    let id = group.id.to_string();
    let found = resources(call, &[group], &call.query.selection).await?.into_iter().next();
    found.ok_or_else(|| no_such(GROUPS.name, &id))
}

/// The group of an address, for somebody who may change groups.
async fn changeable(call: &Call, id: &str) -> Result<Group, ScimError> {
    permit(call).await?;
    find(call, id).await
}

async fn permit(call: &Call) -> Result<(), ScimError> {
    let (action, activity) = (Action::ChangeGroups, Activity::GroupChanged);
    Ok(call.services.permit(&call.caller, action, activity, None).await?)
}

async fn find(call: &Call, id: &str) -> Result<Group, ScimError> {
    call.services.group_by_id(id).await.map_err(|error| match error {
        AdminError::NotFound(_) => no_such(GROUPS.name, id),
        other => other.into(),
    })
}

/// `GET /Groups`
pub async fn list(call: Call) -> Result<Response, ScimError> {
    let query = call.query.clone();
    search(&call, &query).await
}

/// `POST /Groups/.search`
pub async fn search_body(call: Call, body: Body) -> Result<Response, ScimError> {
    let query = Query::of_body(&body)?;
    search(&call, &query).await
}

async fn search(call: &Call, query: &Query) -> Result<Response, ScimError> {
    Services::permit_seeing(&call.caller, Action::SeeGroups, None)?;
    let page = query.page(GroupField::Id)?;
    let (groups, total) = match query.filter(false)? {
        Some(filter) => call.services.page_of_groups(&call.caller, &filter, page).await?,
        None => (Vec::new(), 0),
    };
    let resources = resources(call, &groups, &query.selection).await?;
    Ok(call.list(query, total, resources))
}

/// `GET /Groups/{id}`
pub async fn show(call: Call, Path(id): Path<String>) -> Result<Response, ScimError> {
    Services::permit_seeing(&call.caller, Action::SeeGroups, None)?;
    let group = find(&call, &id).await?;
    Ok(call.answer_if_new(resource(&call, group).await?))
}

/// What a resource says of a group.
#[derive(Clone, Debug)]
struct Wanted {
    name: String,
    external_id: Option<String>,
}

impl Wanted {
    fn read(resource: &Map<String, Value>) -> Result<Self, ScimError> {
        let text = |name: &str| resource.get(name).and_then(Value::as_str).map(str::to_owned);
        let name =
            text("displayName").ok_or_else(|| ScimError::value("displayName", "it is needed"))?;
        Ok(Self { name, external_id: text("externalId") })
    }

    fn apply(self, group: &mut Group) {
        group.name = self.name;
        group.external_id = self.external_id;
    }
}

/// The ids in a list of members.
fn ids(members: &Value) -> Result<Vec<Uuid>, ScimError> {
    let members = members.as_array().map(Vec::as_slice).unwrap_or_default();
    members
        .iter()
        .map(|member| {
            let text = |name: &str| member.get(name).and_then(Value::as_str);
            let address = || text("$ref").and_then(|address| address.rsplit('/').next());
            let id = text("value").or_else(address).unwrap_or_default();
            parse_member(id)
        })
        .collect()
}

fn parse_member(id: &str) -> Result<Uuid, ScimError> {
    Uuid::try_parse(id.trim())
        .map_err(|_| ScimError::value("members", "each needs the id of a person or a group"))
}

/// All the members that a resource has, and nobody else.
fn these(resource: &Map<String, Value>) -> Result<MemberChanges, ScimError> {
    let members = ids(resource.get("members").unwrap_or(&Value::Null))?;
    let inside = members.into_iter().map(|id| (id, true)).collect();
    Ok(MemberChanges { nobody_else: true, inside })
}

/// `POST /Groups`
pub async fn create(call: Call, body: Body) -> Result<Response, ScimError> {
    permit(&call).await?;
    let body = body.resource(&GROUPS)?;
    let Wanted { name, external_id } = Wanted::read(&body)?;
    let new = NewGroup { name, description: None, external_id };
    let members = these(&body)?;
    let group = call.services.provision_group(&call.caller, new, members).await?;
    Ok(call.answer(
        StatusCode::CREATED,
        resource(&call, find(&call, &group.id.to_string()).await?).await?,
    ))
}

/// `PUT /Groups/{id}`
pub async fn replace(
    call: Call,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, ScimError> {
    let group = changeable(&call, &id).await?;
    let body = body.resource(&GROUPS)?;
    let (wanted, members) = (Wanted::read(&body)?, these(&body)?);
    let edit = move |group: &mut Group| {
        wanted.apply(group);
        Ok(())
    };
    let services = &call.services;
    let done =
        services.reprovision_group(&call.caller, group.id, call.version, edit, members).await?;
    Ok(call.answer(StatusCode::OK, resource(&call, done).await?))
}

/// `PATCH /Groups/{id}`: 204, unless `attributes` asks for something (RFC 7644 §3.5.2).
pub async fn change(call: Call, Path(id): Path<String>, body: Body) -> Result<Response, ScimError> {
    let mut tries = 0;
    loop {
        let group = changeable(&call, &id).await?;
        if call.version.is_some_and(|version| version != group.version) {
            return Err(ScimError::changed());
        }
        let before = attributes(&group);
        let mut resource_now = before.clone();
        let mut members = MemberChanges::default();
        for change in patch::read(&body, &GROUPS)? {
            let name = &change.path.name;
            let core = name.schema.is_none_or(|schema| schema.id == GROUPS.core.id);
            if core && name.attribute.eq_ignore_ascii_case("members") {
                move_members(change, &mut members)?;
            } else {
                patch::apply(change, &mut resource_now, &GROUPS)?;
            }
        }
        // Who joins and leaves does not depend on what was read.
        let version = if resource_now == before { call.version } else { Some(group.version) };
        let wanted = Wanted::read(&resource_now)?;
        let edit = move |group: &mut Group| {
            if version.is_some() {
                wanted.apply(group);
            }
            Ok(())
        };
        let services = &call.services;
        let done = services.reprovision_group(&call.caller, group.id, version, edit, members).await;
        match done {
            // What was changed was read, and somebody else came between.
            Err(AdminError::Changed) if call.version.is_none() && tries < TRIES => tries += 1,
            Err(error) => return Err(error.into()),
            Ok(done) if matches!(call.query.selection, Selection::Default) => {
                let mut response = StatusCode::NO_CONTENT.into_response();
                if let Ok(value) = etag(done.version).parse() {
                    response.headers_mut().insert(axum::http::header::ETAG, value);
                }
                return Ok(response);
            }
            Ok(done) => return Ok(call.answer(StatusCode::OK, resource(&call, done).await?)),
        }
    }
}

/// Takes a change of members.
fn move_members(change: Change, members: &mut MemberChanges) -> Result<(), ScimError> {
    let Change { op, path, value } = change;
    let immutable = || {
        let detail = "A member does not change: remove it, and add another.";
        ScimError::bad(ScimType::Mutability, detail)
    };
    if path.name.sub.is_some() || (path.which.is_some() && op == Op::Replace) {
        return Err(immutable());
    }
    let value = match GROUPS.core.attribute("members") {
        Some(attribute) => checked(attribute, value)?,
        None => value,
    };
    match (op, path.which) {
        (Op::Remove, Some(filter)) => {
            for id in named(&filter)? {
                members.inside.insert(id, false);
            }
        }
        (Op::Remove, None) if value.is_null() => {
            *members = MemberChanges { nobody_else: true, ..MemberChanges::default() };
        }
        // Entra ID names those who leave like those who join.
        (Op::Remove, None) => members.inside.extend(ids(&value)?.into_iter().map(|id| (id, false))),
        (Op::Replace, _) => {
            *members = MemberChanges { nobody_else: true, ..MemberChanges::default() };
            members.inside.extend(ids(&value)?.into_iter().map(|id| (id, true)));
        }
        (Op::Add, None) => members.inside.extend(ids(&value)?.into_iter().map(|id| (id, true))),
        (Op::Add, Some(_)) => return Err(immutable()),
    }
    Ok(())
}

/// Whom a filter names: `value eq "…"`, any number of times.
fn named(filter: &Expression) -> Result<Vec<Uuid>, ScimError> {
    match filter {
        Expression::Compare(name, Operator::Equal, Value::String(id))
            if name.attribute.eq_ignore_ascii_case("value") && name.sub.is_none() =>
        {
            // What is no id is nobody's.
            Ok(Uuid::try_parse(id).into_iter().collect())
        }
        Expression::Or(left, right) => Ok([named(left)?, named(right)?].concat()),
        _ => {
            let detail = "Members are named like members[value eq \"…\"].";
            Err(ScimError::bad(ScimType::InvalidPath, detail))
        }
    }
}

/// `DELETE /Groups/{id}`
pub async fn delete(call: Call, Path(id): Path<String>) -> Result<Response, ScimError> {
    let group = changeable(&call, &id).await?;
    let name = group.id.to_string();
    call.services.remove_group_at(&call.caller, &name, call.version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
