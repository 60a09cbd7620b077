//! `authentication/methods` and `fido2Methods`: what people have registered, and their pass.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::call::{Call, Target, done};
use super::error::{Area, GraphError};
use super::passes;
use super::query::ONE;
use super::schema::{Kind, Schema, Set, property};
use crate::domain::authenticators;
use crate::domain::authority::Action;
use crate::domain::credential::Credential;
use crate::domain::id::MethodId;
use crate::domain::user::User;
use crate::service::AdminError;

const KEY_TYPE: &str = "#microsoft.graph.fido2AuthenticationMethod";

/// What there is to know about a passkey or security key.
pub const SCHEMA: Schema = Schema {
    name: "fido2AuthenticationMethod",
    about: "A passkey or security key.",
    properties: &[
        property("id", Kind::Id, Set::Never, "Of the method, not the authenticator's own."),
        property("displayName", Kind::Text, Set::Never, "How its owner knows it."),
        property("createdDateTime", Kind::Time, Set::Never, "When it was registered."),
        property("lastUsedDateTime", Kind::OptionalTime, Set::Never, "When it was last used."),
        property("aaGuid", Kind::OptionalText, Set::Never, "Its model, where it says."),
        property("model", Kind::OptionalText, Set::Never, "What people call that model."),
        property(
            "attestationLevel",
            Kind::OneOf(&["attested", "notAttested"]),
            Set::Never,
            "Whether its maker vouches for the model.",
        ),
        property(
            "attestationCertificates",
            Kind::Texts,
            Set::Never,
            "The certificates with which the maker does.",
        ),
        property(
            "passkeyType",
            Kind::OneOf(&["deviceBound", "synced"]),
            Set::Never,
            "Whether it may be copied to other devices.",
        ),
    ],
};

fn failed(error: AdminError) -> GraphError {
    GraphError::of(Area::Methods, error)
}

/// A passkey or security key as JSON.
fn document(method: &Credential) -> Map<String, Value> {
    let model = method.aaguid.and_then(authenticators::name_of).map(|known| known.name);
    let document = json!({
        "@odata.type": KEY_TYPE,
        "id": method.id,
        "displayName": method.name,
        "createdDateTime": method.created_at,
        "lastUsedDateTime": method.last_used_at,
        "aaGuid": method.aaguid,
        "model": model,
        // Attestation is not asked for yet: what an authenticator says of itself is a claim.
        "attestationLevel": "notAttested",
        "attestationCertificates": [],
        "passkeyType": if method.backup_eligible { "synced" } else { "deviceBound" },
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

fn context(user: &User, list: &str) -> String {
    format!("users('{}')/authentication/{list}", user.id)
}

async fn keys(call: &Call, user: &User) -> Result<Vec<Credential>, GraphError> {
    let person = call.services.show_user(&user.id.to_string()).await.map_err(failed)?;
    Ok(person.methods)
}

/// Keys, and the pass if there is one.
async fn all(call: &Call, user: &User) -> Result<Vec<Map<String, Value>>, GraphError> {
    let mut all: Vec<_> = keys(call, user).await?.iter().map(document).collect();
    let pass = call.services.show_pass(user).await.map_err(failed)?;
    all.extend(pass.iter().map(|pass| passes::document(pass, None)));
    Ok(all)
}

/// `GET …/authentication/methods`
pub async fn list(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeeMethods, &target).await?;
    let value = all(&call, &user).await?.into_iter().map(|one| options.select(one)).collect();
    Ok(call.collection(&context(&user, "methods"), None, None, value))
}

/// `GET …/authentication/methods/{id}`
pub async fn show(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeeMethods, &target).await?;
    let id = target.id.to_ascii_lowercase();
    let found = all(&call, &user).await?.into_iter().find(|one| one["id"] == id.as_str());
    let object = options.select(found.ok_or_else(|| gone(&target))?);
    Ok(call.entity(StatusCode::OK, &context(&user, "methods/$entity"), None, object))
}

/// `GET …/authentication/fido2Methods`
pub async fn list_keys(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeeMethods, &target).await?;
    let keys = keys(&call, &user).await?;
    let value = keys.iter().map(|key| options.select(document(key))).collect();
    Ok(call.collection(&context(&user, "fido2Methods"), None, None, value))
}

/// `GET …/authentication/fido2Methods/{id}`
pub async fn show_key(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeeMethods, &target).await?;
    let keys = keys(&call, &user).await?;
    let key =
        keys.iter().find(|key| target.id.parse() == Ok(key.id)).ok_or_else(|| gone(&target))?;
    let object = options.select(document(key));
    Ok(call.entity(StatusCode::OK, &context(&user, "fido2Methods/$entity"), None, object))
}

/// `DELETE …/authentication/fido2Methods/{id}`
pub async fn delete_key(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::RemoveMethod, &target).await?;
    // What is no id is nobody's key, but whether the caller may ask comes first.
    let id = target.id.parse().unwrap_or(MethodId(uuid::Uuid::nil()));
    call.services.remove_method(&call.caller, &user, id).await.map_err(failed)?;
    Ok(done())
}

fn gone(target: &Target) -> GraphError {
    failed(AdminError::NotFound(format!("method {}", target.id)))
}
