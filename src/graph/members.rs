//! `groups/{id}/members`: who is in a group, people and groups alike.

use axum::extract::Path;
use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::body::Fields;
use super::call::{Call, Target, done};
use super::error::GraphError;
use super::groups::{self, changeable, failed};
use super::operations::{Answer, Body, Operation, act, see};
use super::query::{PLAIN_LIST, page};
use super::users;
use crate::domain::authority::Action;
use crate::domain::group::{Member, name_key};
use crate::service::AdminError;
use crate::service::directory::{After, Inside};

/// Something that a body refers to by its address.
#[derive(Debug)]
pub struct Reference {
    kind: Kind,
    /// Its id; for people, their username will do.
    pub id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    User,
    Group,
}

/// Reads `@odata.id`: an address that ends in `users/…`, `groups/…` or `directoryObjects/…`, on
/// whatever host, because scripts have Graph's own in them.
pub fn reference(fields: &Fields) -> Result<Reference, GraphError> {
    let refused = || {
        let message = "an address that ends in directoryObjects/{id}, users/{id} or groups/{id} is \
                       needed";
        GraphError::field("@odata.id", message).in_directory()
    };
    let address = fields.note("@odata.id").ok_or_else(refused)?;
    let mut parts = address.rsplit('/');
    let (id, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let kind = match kind.to_ascii_lowercase().as_str() {
        "directoryobjects" => Kind::Any,
        "users" => Kind::User,
        "groups" => Kind::Group,
        _ => return Err(refused()),
    };
    let id = percent_decode_str(id).decode_utf8().map_err(|_| refused())?.into_owned();
    if id.is_empty() || id.contains('\0') { Err(refused()) } else { Ok(Reference { kind, id }) }
}

/// Who or what is referred to.
async fn resolve(call: &Call, reference: &Reference) -> Result<Member, GraphError> {
    let Reference { kind, id } = reference;
    let is_id = uuid::Uuid::try_parse(id).is_ok();
    let missing = || failed(AdminError::NotFound(format!("directory object {id}")));
    if *kind == Kind::User || (*kind == Kind::Any && is_id) {
        match call.services.find_user(id).await {
            Ok(user) => return Ok(Member::User(user.id)),
            Err(AdminError::NotFound(_)) if *kind == Kind::Any => {}
            Err(other) => return Err(failed(other)),
        }
    }
    match call.services.group_by_id(id).await {
        Ok(group) => Ok(Member::Group(group.id)),
        Err(AdminError::NotFound(_)) => Err(missing()),
        Err(other) => Err(failed(other)),
    }
}

fn document(inside: &Inside) -> Map<String, Value> {
    let (mut document, odata_type) = match inside {
        Inside::User(user) => (users::document(user), users::TYPE),
        Inside::Group(group) => (groups::document(group), groups::TYPE),
    };
    document.insert("@odata.type".into(), odata_type.into());
    document
}

/// What is done with who is in a group.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        see(
            "/groups/{id}/members",
            routing::get(list),
            "Who was put into a group: people first, then groups.",
            Action::SeeGroups,
            Answer::List(&[&users::SCHEMA, &groups::SCHEMA]),
        )
        .options(PLAIN_LIST),
        act(
            Method::POST,
            "/groups/{id}/members/$ref",
            routing::post(add),
            "Puts a person or a group into a group.",
            Action::ChangeGroups,
        )
        .sends(Body::Reference),
        act(
            Method::DELETE,
            "/groups/{id}/members/{member}/$ref",
            routing::delete(remove),
            "Takes a person or a group out of a group.",
            Action::ChangeGroups,
        ),
    ]
}

/// `GET /groups/{id}/members`
pub async fn list(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(PLAIN_LIST)?;
    let known = [users::SCHEMA.names(), groups::SCHEMA.names()].concat();
    options.check_select(&known)?;
    let group = call.services.group_for(&call.caller, &target.id).await.map_err(failed)?;
    let after = match options.after.as_deref().map(|after| after.split_at_checked(1)) {
        None => After::User(String::new()),
        Some(Some(("u", key))) => After::User(key.to_owned()),
        Some(Some(("g", key))) => After::Group(key.to_owned()),
        Some(_) => {
            let message = "this is not one that an @odata.nextLink of this list gave";
            return Err(GraphError::field("$skiptoken", message));
        }
    };
    let found = call.services.members_of(&call.caller, &group, &after, options.top + 1).await;
    let (members, next) = page(found.map_err(failed)?, options.top, |inside| match inside {
        Inside::User(user) => format!("u{}", user.username.key()),
        Inside::Group(group) => format!("g{}", name_key(&group.name)),
    });
    let value = members.iter().map(|inside| options.select(document(inside))).collect();
    Ok(call.collection("directoryObjects", None, next.as_deref(), value))
}

/// `POST /groups/{id}/members/$ref`
pub async fn add(call: Call, target: Target, fields: Fields) -> Result<Response, GraphError> {
    let group = changeable(&call, &target).await?;
    let reference = reference(&fields)?;
    fields.finish(&["@odata.id"]).map_err(GraphError::in_directory)?;
    let member = resolve(&call, &reference).await?;
    let added = call.services.set_member(&call.caller, &group, member, true).await;
    if added.map_err(failed)? {
        return Ok(done());
    }
    // Graph's own words: scripts look for them to go on.
    Err(GraphError::new(
        StatusCode::BAD_REQUEST,
        "Request_BadRequest",
        "One or more added object references already exist for the following modified properties: \
         'members'.",
    ))
}

/// `DELETE /groups/{id}/members/{member}/$ref`
pub async fn remove(
    call: Call,
    target: Target,
    Path((_, member)): Path<(String, String)>,
) -> Result<Response, GraphError> {
    let group = changeable(&call, &target).await?;
    let reference = Reference { kind: Kind::Any, id: member };
    let member = resolve(&call, &reference).await?;
    let removed = call.services.set_member(&call.caller, &group, member, false).await;
    if removed.map_err(failed)? {
        return Ok(done());
    }
    let what = format!("member {} of this group", reference.id);
    Err(failed(AdminError::NotFound(what)))
}
