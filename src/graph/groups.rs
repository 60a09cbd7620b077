//! `groups`: sets of people, in Graph's words. All of ours are security groups.

use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::body::Fields;
use super::call::{Call, Target, done};
use super::error::{Area, GraphError};
use super::listing::{Listed, list};
use super::operations::{Answer, Body, Operation, act, see};
use super::query::{LIST, ONE};
use super::schema::{Kind, Schema, Set, property};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::change::Change;
use crate::domain::filter::{Filter, GroupField};
use crate::domain::group::{Group, name_key};
use crate::http::etag::etag;
use crate::service::AdminError;
use crate::service::groups::NewGroup;

/// What it is called in `@odata.type`.
pub const TYPE: &str = "#microsoft.graph.group";
/// What there is to know about a group.
pub const SCHEMA: Schema = Schema {
    name: "group",
    about: "A set of people and other groups: what policies aim at.",
    properties: &[
        property("id", Kind::Id, Set::Never, "Never changes."),
        property("displayName", Kind::Text, Set::Always, "Unique without regard to case."),
        property("description", Kind::OptionalText, Set::Always, "What it is for."),
        property(
            "externalId",
            Kind::OptionalText,
            Set::Always,
            "What the system calls it that provisions it. Not in Graph.",
        ),
        property("securityEnabled", Kind::Flag, Set::Always, "Always true."),
        property("mailEnabled", Kind::Flag, Set::Always, "Always false."),
        property("groupTypes", Kind::Texts, Set::Always, "Always empty."),
        property("createdDateTime", Kind::Time, Set::Never, "When it was added."),
    ],
};

pub(super) fn failed(error: AdminError) -> GraphError {
    GraphError::of(Area::Directory, error)
}

/// A group as JSON.
pub fn document(group: &Group) -> Map<String, Value> {
    let document = json!({
        "@odata.etag": etag(group.version),
        "id": group.id,
        "displayName": group.name,
        "description": group.description,
        "externalId": group.external_id,
        "securityEnabled": true,
        "mailEnabled": false,
        "groupTypes": [],
        "createdDateTime": group.created_at,
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

impl Listed for Group {
    const NAME: &'static str = "groups";
    const SCHEMA: &'static Schema = &SCHEMA;
    type Field = GroupField;

    async fn search(
        call: &Call,
        filter: &Filter<GroupField>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Self>, AdminError> {
        call.services.search_groups(&call.caller, filter, after, limit).await
    }

    async fn count(call: &Call, filter: &Filter<GroupField>) -> Result<u32, AdminError> {
        call.services.count_groups(&call.caller, filter).await
    }

    fn key(&self) -> String {
        name_key(&self.name)
    }

    fn document(&self) -> Map<String, Value> {
        document(self)
    }
}

/// What is done with groups.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        see(
            "/groups",
            routing::get(list::<Group>),
            "Groups, in the order of their names.",
            Action::SeeGroups,
            Answer::List(&[&SCHEMA]),
        )
        .options(LIST),
        act(
            Method::POST,
            "/groups",
            routing::post(create),
            "Adds a group. mailNickname, which Graph demands, is not kept.",
            Action::ChangeGroups,
        )
        .sends(Body::Fields(&SCHEMA))
        .answers(Answer::Created(&SCHEMA)),
        see(
            "/groups/{id}",
            routing::get(show),
            "A group.",
            Action::SeeGroups,
            Answer::One(&SCHEMA),
        ),
        act(
            Method::PATCH,
            "/groups/{id}",
            routing::patch(change),
            "Changes some fields, or none.",
            Action::ChangeGroups,
        )
        .sends(Body::Fields(&SCHEMA))
        .versioned(),
        act(
            Method::DELETE,
            "/groups/{id}",
            routing::delete(delete),
            "Removes a group; its members stay.",
            Action::ChangeGroups,
        )
        .versioned(),
    ]
}

/// `GET /groups/{id}`
pub async fn show(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    options.check_select(&SCHEMA.names())?;
    let group = call.services.group_for(&call.caller, &target.id).await.map_err(failed)?;
    let object = options.select(document(&group));
    Ok(call.entity(StatusCode::OK, "groups/$entity", Some(group.version), object))
}

/// What a body says of a group.
#[derive(Clone, Debug)]
struct Changes {
    name: Option<String>,
    description: Change<String>,
    external_id: Change<String>,
}

impl Changes {
    fn read(mut fields: Fields) -> Result<Self, GraphError> {
        let changes = Self {
            name: fields.required_text("displayName")?,
            description: fields.text("description")?,
            external_id: fields.text("externalId")?,
        };
        // Graph demands these of a new group. There are no mailboxes here.
        fields.ignore("mailNickname");
        for (name, wanted) in [("mailEnabled", false), ("securityEnabled", true)] {
            if fields.flag(name)?.is_some_and(|flag| flag != wanted) {
                return Err(GraphError::field(name, format!("it is always {wanted}")));
            }
        }
        let wanted = "an empty list";
        if fields.other::<Vec<String>>("groupTypes", wanted)?.is_some_and(|list| !list.is_empty()) {
            return Err(GraphError::field("groupTypes", format!("{wanted} is needed")));
        }
        fields.finish(&SCHEMA.settable())?;
        Ok(changes)
    }
}

async fn permit(call: &Call) -> Result<(), GraphError> {
    call.permit(Area::Directory, Action::ChangeGroups, Activity::GroupChanged, None).await
}

/// The group that is to be changed, if the caller may change groups.
pub async fn changeable(call: &Call, target: &Target) -> Result<Group, GraphError> {
    permit(call).await?;
    call.services.group_by_id(&target.id).await.map_err(failed)
}

/// `POST /groups`
pub async fn create(call: Call, fields: Fields) -> Result<Response, GraphError> {
    permit(&call).await?;
    let changes = Changes::read(fields).map_err(GraphError::in_directory)?;
    let new = NewGroup {
        name: changes.name.unwrap_or_default(),
        description: changes.description.value(),
        external_id: changes.external_id.value(),
    };
    let group = call.services.create_group(&call.caller, new).await.map_err(failed)?;
    let path = format!("/groups/{}", group.id);
    Ok(call.created("groups/$entity", Some(group.version), document(&group), &path))
}

/// `PATCH /groups/{id}`
pub async fn change(call: Call, target: Target, fields: Fields) -> Result<Response, GraphError> {
    let group = changeable(&call, &target).await?;
    let changes = Changes::read(fields).map_err(GraphError::in_directory)?;
    let edit = move |group: &mut Group| {
        if let Some(name) = changes.name {
            group.name = name;
        }
        changes.description.apply(&mut group.description);
        changes.external_id.apply(&mut group.external_id);
        Ok(())
    };
    call.services.edit_group(&call.caller, group.id, call.version, edit).await.map_err(failed)?;
    Ok(done())
}

/// `DELETE /groups/{id}`
pub async fn delete(call: Call, target: Target) -> Result<Response, GraphError> {
    let group = changeable(&call, &target).await?;
    let id = group.id.to_string();
    call.services.remove_group_at(&call.caller, &id, call.version).await.map_err(failed)?;
    Ok(done())
}
