//! `temporaryAccessPassMethods`: the passes of people, or one's own. Whoever wants to change one
//! issues another.

use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::body::Fields;
use super::call::{Call, Target, done};
use super::error::{Area, GraphError};
use super::operations::{Answer, Body, Operation, act, see};
use super::query::ONE;
use super::schema::{Kind, Schema, Set, property};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::id::PassId;
use crate::domain::pass::{LIFETIME_MAX, LIFETIME_MIN, PassRequest, PassValue};
use crate::domain::user::User;
use crate::service::AdminError;
use crate::service::passes::PassStatus;

/// What it is called in `@odata.type`.
pub const TYPE: &str = "#microsoft.graph.temporaryAccessPassAuthenticationMethod";
/// What there is to know about a pass.
pub const SCHEMA: Schema = Schema {
    name: "temporaryAccessPassAuthenticationMethod",
    about: "A code for a limited time that signs one person in, so that they can set up a key.",
    properties: &[
        property("id", Kind::Id, Set::Never, "Of this pass, not of the next."),
        property(
            "temporaryAccessPass",
            Kind::OptionalText,
            Set::Never,
            "The value, in the answer to its creation; null ever after.",
        ),
        property("createdDateTime", Kind::Time, Set::Never, "When it was issued."),
        property(
            "startDateTime",
            Kind::Time,
            Set::Always,
            "When it begins to work, at most a year ahead; now where it is left out.",
        ),
        property(
            "lifetimeInMinutes",
            Kind::Number(LIFETIME_MIN, LIFETIME_MAX),
            Set::Always,
            "Counted from its start, within the bounds of the policy.",
        ),
        property(
            "isUsableOnce",
            Kind::Flag,
            Set::Always,
            "Whether it works once only; the policy may want it so.",
        ),
        property("isUsable", Kind::Flag, Set::Never, "Whether it works now."),
        property(
            "methodUsabilityReason",
            Kind::OneOf(&[
                "EnabledByPolicy",
                "DisabledByPolicy",
                "Expired",
                "NotYetValid",
                "OneTimeUsed",
                "Voided",
                "NotApproved",
                "AccountDisabled",
            ]),
            Set::Never,
            "Why it does or does not. The last three are not in Graph: 100 wrong tries, a second \
             admin's approval that is missing, and an account that may not sign in.",
        ),
    ],
};

fn failed(error: AdminError) -> GraphError {
    GraphError::of(Area::Methods, error)
}

/// The pass as JSON. Its value is there once, in the answer to its creation.
pub fn document(status: &PassStatus, value: Option<&PassValue>) -> Map<String, Value> {
    let PassStatus { pass, usability } = status;
    let document = json!({
        "@odata.type": TYPE,
        "id": pass.id,
        "temporaryAccessPass": value.map(PassValue::reveal),
        "createdDateTime": pass.created_at,
        "startDateTime": pass.terms.starts_at,
        "lifetimeInMinutes": pass.terms.lifetime_minutes,
        "isUsableOnce": pass.terms.one_time,
        "isUsable": usability.name() == "EnabledByPolicy",
        "methodUsabilityReason": usability.name(),
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

fn context(user: &User) -> String {
    format!("users('{}')/authentication/temporaryAccessPassMethods", user.id)
}

/// What is done with the pass of one person, whoever names them how.
pub(super) fn personal(root: &str) -> Vec<Operation> {
    let at = |path: &str| format!("{root}/authentication/{path}");
    vec![
        see(
            &at("temporaryAccessPassMethods"),
            routing::get(list),
            "The pass, without its value: a list of none or one.",
            Action::SeePass,
            Answer::List(&[&SCHEMA]),
        ),
        see(
            &at("temporaryAccessPassMethods/{id}"),
            routing::get(show),
            "The pass, without its value.",
            Action::SeePass,
            Answer::One(&SCHEMA),
        ),
        act(
            Method::DELETE,
            &at("temporaryAccessPassMethods/{id}"),
            routing::delete(delete),
            "Deletes the pass, and ends what rests on it alone.",
            Action::DeletePass,
        ),
    ]
}

/// What is done for somebody else alone.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        act(
            Method::POST,
            "/users/{user}/authentication/temporaryAccessPassMethods",
            routing::post(create),
            "Issues a pass, and deletes the one before it. Its value is in this answer and nowhere \
             ever after.",
            Action::IssuePass,
        )
        .sends(Body::Fields(&SCHEMA))
        .answers(Answer::Created(&SCHEMA)),
        act(
            Method::POST,
            "/users/{user}/authentication/temporaryAccessPassMethods/{id}/approve",
            routing::post(approve),
            "Approves a pass that another admin issued to an admin, where the policy wants two. Not \
             in Graph.",
            Action::IssuePass,
        )
        .answers(Answer::One(&SCHEMA)),
    ]
}

/// `GET …/temporaryAccessPassMethods`: none or one.
pub async fn list(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeePass, &target).await?;
    let pass = call.services.show_pass(&user).await.map_err(failed)?;
    let value = pass.iter().map(|pass| options.select(document(pass, None))).collect();
    Ok(call.collection(&context(&user), None, None, value))
}

/// `GET …/temporaryAccessPassMethods/{id}`.
pub async fn show(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeePass, &target).await?;
    let pass = call.services.show_pass(&user).await.map_err(failed)?;
    let pass = pass.filter(|status| is(&target.id, status.pass.id)).ok_or_else(|| gone(&target))?;
    let object = options.select(document(&pass, None));
    Ok(call.entity(StatusCode::OK, &format!("{}/$entity", context(&user)), None, object))
}

fn is(text: &str, id: PassId) -> bool {
    text.parse() == Ok(id)
}

fn gone(target: &Target) -> GraphError {
    failed(AdminError::NotFound(format!("pass {}", target.id)))
}

/// `POST …/temporaryAccessPassMethods`: issues a pass, and deletes the one before it.
pub async fn create(
    call: Call,
    target: Target,
    mut fields: Fields,
) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::IssuePass, &target).await?;
    call.permit(Area::Methods, Action::IssuePass, Activity::PassIssued, Some(&user)).await?;
    let request = PassRequest {
        start: fields.time("startDateTime")?.value(),
        lifetime_minutes: fields.number("lifetimeInMinutes")?,
        one_time: fields.flag("isUsableOnce")?,
    };
    fields.finish(&SCHEMA.settable())?;
    let issued = call.services.issue_pass(&call.caller, &user.id.to_string(), request).await;
    let issued = issued.map_err(failed)?;
    let object = document(&issued.status, Some(&issued.value));
    let context = format!("{}/$entity", context(&user));
    let path = format!(
        "/users/{}/authentication/temporaryAccessPassMethods/{}",
        user.id, issued.status.pass.id
    );
    Ok(call.created(&context, None, object, &path))
}

/// `POST …/temporaryAccessPassMethods/{id}/approve`
pub async fn approve(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::IssuePass, &target).await?;
    let context = format!("{}/$entity", context(&user));
    // What is no id is nobody's pass, but whether the caller may ask comes first.
    let id = target.id.parse().unwrap_or(PassId(uuid::Uuid::nil()));
    let approved = call.services.approve_pass_if(&call.caller, user, Some(id)).await;
    let object = document(&approved.map_err(failed)?, None);
    Ok(call.entity(StatusCode::OK, &context, None, object))
}

/// `DELETE …/temporaryAccessPassMethods/{id}`.
pub async fn delete(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::DeletePass, &target).await?;
    // What is no id is nobody's pass, but whether the caller may ask comes first.
    let id = target.id.parse().unwrap_or(PassId(uuid::Uuid::nil()));
    call.services.delete_pass_if(&call.caller, &user, Some(id)).await.map_err(failed)?;
    Ok(done())
}
