//! `microsoftAuthenticatorMethods`: phones that approve sign-ins, in the shape in which Microsoft Graph
//! has those of its own app.

use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::call::{Call, Target, done};
use super::error::{Area, GraphError};
use super::methods::{context, failed, gone, keys};
use super::operations::{Answer, Operation, act, see};
use super::query::ONE;
use super::schema::{Kind, Schema, Set, property};
use crate::domain::authority::Action;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::MethodId;
use crate::domain::phone::PhoneKey;
use crate::domain::user::User;

const PHONE_TYPE: &str = "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod";

/// What there is to know about a phone.
pub const SCHEMA: Schema = Schema {
    name: "microsoftAuthenticatorAuthenticationMethod",
    about: "A phone that approves sign-ins.",
    properties: &[
        property("id", Kind::Id, Set::Never, "Of the method."),
        property("displayName", Kind::Text, Set::Never, "How its owner knows it."),
        property("createdDateTime", Kind::Time, Set::Never, "When it was paired."),
        property("lastUsedDateTime", Kind::OptionalTime, Set::Never, "When it was last used."),
        property(
            "deviceTag",
            Kind::OneOf(&["userVerifying", "possessionOnly"]),
            Set::Never,
            "Whether its own screen lock verifies each approval.",
        ),
        property(
            "phoneAppVersion",
            Kind::OptionalText,
            Set::Never,
            "Always null: the app is a page, and as new as the server.",
        ),
    ],
};

/// A phone as JSON.
pub(super) fn document(phone: &Credential) -> Map<String, Value> {
    let verifying = PhoneKey::parse(&phone.passkey).is_some_and(|key| key.user_verifying);
    let document = json!({
        "@odata.type": PHONE_TYPE,
        "id": phone.id,
        "displayName": phone.name,
        "createdDateTime": phone.created_at,
        "lastUsedDateTime": phone.last_used_at,
        "deviceTag": if verifying { "userVerifying" } else { "possessionOnly" },
        "phoneAppVersion": null,
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

async fn phones(call: &Call, user: &User) -> Result<Vec<Credential>, GraphError> {
    let mut phones = keys(call, user).await?;
    phones.retain(|method| method.kind == MethodKind::Phone);
    Ok(phones)
}

/// What is done with the phones of one person, whoever names them how.
pub(super) fn personal(root: &str) -> Vec<Operation> {
    let at = |path: &str| format!("{root}/authentication/{path}");
    vec![
        see(
            &at("microsoftAuthenticatorMethods"),
            routing::get(list),
            "The phones that approve sign-ins.",
            Action::SeeMethods,
            Answer::List(&[&SCHEMA]),
        ),
        see(
            &at("microsoftAuthenticatorMethods/{id}"),
            routing::get(show),
            "A phone.",
            Action::SeeMethods,
            Answer::One(&SCHEMA),
        ),
        act(
            Method::DELETE,
            &at("microsoftAuthenticatorMethods/{id}"),
            routing::delete(delete),
            "Removes a lost phone, and signs its owner out everywhere. Not one's own.",
            Action::RemoveMethod,
        ),
    ]
}

/// `GET …/authentication/microsoftAuthenticatorMethods`
pub async fn list(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeeMethods, &target).await?;
    let phones = phones(&call, &user).await?;
    let value = phones.iter().map(|phone| options.select(document(phone))).collect();
    Ok(call.collection(&context(&user, "microsoftAuthenticatorMethods"), None, None, value))
}

/// `GET …/authentication/microsoftAuthenticatorMethods/{id}`
pub async fn show(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeeMethods, &target).await?;
    let phones = phones(&call, &user).await?;
    let phone = phones.iter().find(|it| target.id.parse() == Ok(it.id));
    let object = options.select(document(phone.ok_or_else(|| gone(&target))?));
    let context = context(&user, "microsoftAuthenticatorMethods/$entity");
    Ok(call.entity(StatusCode::OK, &context, None, object))
}

/// `DELETE …/authentication/microsoftAuthenticatorMethods/{id}`
pub async fn delete(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::RemoveMethod, &target).await?;
    // What is no id is nobody's phone, but whether the caller may ask comes first.
    let id = target.id.parse().unwrap_or(MethodId(uuid::Uuid::nil()));
    let meant = |kind| kind == MethodKind::Phone;
    call.services.remove_method_of(&call.caller, &user, id, meant).await.map_err(failed)?;
    Ok(done())
}
