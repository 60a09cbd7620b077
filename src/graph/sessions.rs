//! `revokeSignInSessions`: somebody is signed out everywhere.

use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::Map;

use super::call::{Call, Target};
use super::error::{Area, GraphError};
use super::operations::{Answer, Operation, act};
use super::schema::{Kind, Schema, Set, property};
use crate::domain::authority::Action;

/// What is answered.
pub const REVOKED: Schema = Schema {
    name: "revokeSignInSessionsResult",
    about: "That it was done.",
    properties: &[property("value", Kind::Flag, Set::Never, "Always true.")],
};

/// What is done with the sessions of one person.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        act(
            Method::POST,
            "/users/{user}/revokeSignInSessions",
            routing::post(revoke),
            "Signs this person out everywhere, and takes back what applications were given.",
            Action::RemoveMethod,
        )
        .answers(Answer::One(&REVOKED)),
    ]
}

/// `POST /users/{user}/revokeSignInSessions`
pub async fn revoke(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::RemoveMethod, &target).await?;
    let ended = call.services.end_sessions(&call.caller, &user).await;
    ended.map_err(|error| GraphError::of(Area::Methods, error))?;
    let object = Map::from_iter([("value".to_owned(), true.into())]);
    Ok(call.entity(StatusCode::OK, "Edm.Boolean", None, object))
}
