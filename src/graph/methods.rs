//! `authentication/methods` and `fido2Methods`: what people have registered, and their pass.

use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::body::Fields;
use super::call::{Call, Target, done};
use super::error::{Area, GraphError};
use super::operations::{Answer, Body, Operation, act, see};
use super::passes;
use super::phones;
use super::query::ONE;
use super::schema::{Kind, Schema, Set, property};
use crate::domain::audit::Activity;
use crate::domain::authenticators;
use crate::domain::authority::Action;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::MethodId;
use crate::domain::user::User;
use crate::service::AdminError;
use crate::service::on_behalf::TIMEOUT_DEFAULT;

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
            "The thumbprints (SHA-256) of the certificates with which the maker does.",
        ),
        property(
            "passkeyType",
            Kind::OneOf(&["deviceBound", "synced"]),
            Set::Never,
            "Whether it may be copied to other devices.",
        ),
    ],
};

/// What is sent to register a key on somebody's behalf.
pub const SENT: Schema = Schema {
    name: "fido2AuthenticationMethodCreation",
    about: "A key that an authenticator has just made.",
    properties: &[
        property("displayName", Kind::Text, Set::Always, "How its owner will know it."),
        property(
            "publicKeyCredential",
            Kind::Object(&CREDENTIAL),
            Set::Always,
            "What navigator.credentials.create() gave.",
        ),
    ],
};

const CREDENTIAL: Schema = Schema {
    name: "webauthnPublicKeyCredential",
    about: "The answer of an authenticator (Web Authentication Level 3), in base64url: id, \
            response with attestationObject and clientDataJSON, and what else there is.",
    properties: &[property("id", Kind::Text, Set::Always, "The credential id.")],
};

/// What is handed to an authenticator.
pub const OPTIONS: Schema = Schema {
    name: "webauthnCredentialCreationOptions",
    about: "What an authenticator needs to make a key.",
    properties: &[
        property(
            "challengeTimeoutDateTime",
            Kind::Time,
            Set::Never,
            "Until when it may be answered, once.",
        ),
        property(
            "publicKey",
            Kind::Object(&PUBLIC_KEY),
            Set::Never,
            "The publicKey of navigator.credentials.create().",
        ),
    ],
};

const PUBLIC_KEY: Schema = Schema {
    name: "webauthnPublicKeyCredentialCreationOptions",
    about: "PublicKeyCredentialCreationOptionsJSON of Web Authentication Level 3.",
    properties: &[property("challenge", Kind::Text, Set::Never, "In base64url.")],
};

pub(super) fn failed(error: AdminError) -> GraphError {
    GraphError::of(Area::Methods, error)
}

/// A method as JSON.
fn document(method: &Credential) -> Map<String, Value> {
    if method.kind == MethodKind::Phone {
        return phones::document(method);
    }
    let model = method.aaguid.and_then(authenticators::name_of).map(|known| known.name);
    let attestation = &method.attestation;
    let thumbprints: Vec<_> = attestation.certificates.iter().map(|it| &it.thumbprint).collect();
    let document = json!({
        "@odata.type": KEY_TYPE,
        "id": method.id,
        "displayName": method.name,
        "createdDateTime": method.created_at,
        "lastUsedDateTime": method.last_used_at,
        "aaGuid": method.aaguid,
        "model": model,
        "attestationLevel": if attestation.is_attested() { "attested" } else { "notAttested" },
        "attestationCertificates": thumbprints,
        "passkeyType": if method.backup_eligible { "synced" } else { "deviceBound" },
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

pub(super) fn context(user: &User, list: &str) -> String {
    format!("users('{}')/authentication/{list}", user.id)
}

pub(super) async fn keys(call: &Call, user: &User) -> Result<Vec<Credential>, GraphError> {
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

/// What is done with the methods and keys of one person, whoever names them how.
pub(super) fn personal(root: &str) -> Vec<Operation> {
    let at = |path: &str| format!("{root}/authentication/{path}");
    let any: &[&Schema] = &[&SCHEMA, &phones::SCHEMA, &passes::SCHEMA];
    vec![
        see(
            &at("methods"),
            routing::get(list),
            "Everything that signs this person in, told apart by @odata.type.",
            Action::SeeMethods,
            Answer::List(any),
        ),
        see(
            &at("methods/{id}"),
            routing::get(show),
            "One of these.",
            Action::SeeMethods,
            Answer::Any(any),
        ),
        see(
            &at("fido2Methods"),
            routing::get(list_keys),
            "The passkeys and security keys.",
            Action::SeeMethods,
            Answer::List(&[&SCHEMA]),
        ),
        see(
            &at("fido2Methods/{id}"),
            routing::get(show_key),
            "A passkey or security key.",
            Action::SeeMethods,
            Answer::One(&SCHEMA),
        ),
        act(
            Method::DELETE,
            &at("fido2Methods/{id}"),
            routing::delete(delete_key),
            "Removes a lost key, and signs its owner out everywhere. Not one's own.",
            Action::RemoveMethod,
        ),
    ]
}

/// What is done for somebody else alone.
pub(super) fn operations() -> Vec<Operation> {
    let root = "/users/{user}/authentication/fido2Methods";
    vec![
        act(
            Method::POST,
            "/users/{user}/authentication/requireReregistration",
            routing::post(require_registration),
            "Has a person register anew: their methods and recovery codes open nothing any more, and \
         they are signed out everywhere. A pass lets them in. Not one's own. Not in Graph.",
            Action::RemoveMethod,
        ),
        act(
            Method::POST,
            "/users/{user}/authentication/cancelReregistration",
            routing::post(cancel_registration),
            "Takes that back, as long as nothing was registered since: the methods that were there open \
         the account again. Recovery codes stay void, and sessions ended. Not one's own. Not in Graph.",
            Action::RemoveMethod,
        ),
        act(
            Method::GET,
            &format!("{root}/creationOptions"),
            routing::get(creation_options),
            "What an authenticator needs to make a key for this person. May be written as \
             creationOptions() or creationOptions(challengeTimeoutInMinutes=N), N from 5 to 43200.",
            Action::AddMethod,
        )
        .answers(Answer::One(&OPTIONS)),
        act(
            Method::POST,
            root,
            routing::post(add_key),
            "Registers a key on this person's behalf. Not one's own.",
            Action::AddMethod,
        )
        .sends(Body::Fields(&SENT))
        .answers(Answer::Created(&SCHEMA)),
    ]
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
    let keys = keys.iter().filter(|key| key.kind.is_key());
    let value = keys.map(|key| options.select(document(key))).collect();
    Ok(call.collection(&context(&user, "fido2Methods"), None, None, value))
}

/// `GET …/authentication/fido2Methods/{id}`, and the function `creationOptions(…)`, which looks like
/// an id to the router.
pub async fn show_key(call: Call, target: Target) -> Result<Response, GraphError> {
    if let Some(arguments) = target.id.strip_prefix("creationOptions(") {
        return begin(call, &target, arguments.strip_suffix(')')).await;
    }
    let options = call.options(ONE)?;
    let user = call.visible_person(Area::Methods, Action::SeeMethods, &target).await?;
    let keys = keys(&call, &user).await?;
    let key = keys
        .iter()
        .find(|key| key.kind.is_key() && target.id.parse() == Ok(key.id))
        .ok_or_else(|| gone(&target))?;
    let object = options.select(document(key));
    Ok(call.entity(StatusCode::OK, &context(&user, "fido2Methods/$entity"), None, object))
}

/// `DELETE …/authentication/fido2Methods/{id}`
pub async fn delete_key(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::RemoveMethod, &target).await?;
    // What is no id is nobody's key, but whether the caller may ask comes first.
    let id = target.id.parse().unwrap_or(MethodId(uuid::Uuid::nil()));
    let meant = MethodKind::is_key;
    call.services.remove_method_of(&call.caller, &user, id, meant).await.map_err(failed)?;
    Ok(done())
}

/// `POST …/authentication/cancelReregistration`
pub async fn cancel_registration(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::RemoveMethod, &target).await?;
    call.services.cancel_registration(&call.caller, &user).await.map_err(failed)?;
    Ok(done())
}

/// `POST …/authentication/requireReregistration`
pub async fn require_registration(call: Call, target: Target) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::RemoveMethod, &target).await?;
    call.services.require_registration(&call.caller, &user).await.map_err(failed)?;
    Ok(done())
}

/// `GET …/authentication/fido2Methods/creationOptions`
pub async fn creation_options(call: Call, target: Target) -> Result<Response, GraphError> {
    begin(call, &target, Some("")).await
}

async fn begin(
    call: Call,
    target: &Target,
    arguments: Option<&str>,
) -> Result<Response, GraphError> {
    call.options(&[])?;
    let user = call.person(Area::Methods, Action::AddMethod, target).await?;
    call.permit(Area::Methods, Action::AddMethod, Activity::MethodRegistered, Some(&user)).await?;
    let minutes = match arguments.map(|text| (text, text.split_once('='))) {
        Some(("", _)) => Some(TIMEOUT_DEFAULT),
        Some((_, Some(("challengeTimeoutInMinutes", minutes)))) => minutes.parse().ok(),
        _ => None,
    };
    let Some(minutes) = minutes else {
        let name = "challengeTimeoutInMinutes";
        return Err(GraphError::field(name, "a whole number of minutes is needed"));
    };
    let begun = call.services.begin_on_behalf(&call.caller, &user, minutes).await;
    let begun = begun.map_err(failed)?;
    let mut object = Map::new();
    object.insert("challengeTimeoutDateTime".into(), json!(begun.expires_at));
    object.insert("publicKey".into(), begun.public_key);
    let context = "microsoft.graph.webauthnCredentialCreationOptions";
    Ok(call.entity(StatusCode::OK, context, None, object))
}

/// `POST …/authentication/fido2Methods`: registers a key on this person's behalf.
pub async fn add_key(
    call: Call,
    target: Target,
    mut fields: Fields,
) -> Result<Response, GraphError> {
    let user = call.person(Area::Methods, Action::AddMethod, &target).await?;
    call.permit(Area::Methods, Action::AddMethod, Activity::MethodRegistered, Some(&user)).await?;
    let name = fields.required_text("displayName")?;
    let wanted = "the answer of an authenticator";
    let answer = fields.other::<Map<String, Value>>("publicKeyCredential", wanted)?;
    fields.finish(&SENT.settable())?;
    let answer = answer
        .ok_or_else(|| GraphError::field("publicKeyCredential", format!("{wanted} is needed")))?;
    let added = call
        .services
        .finish_on_behalf(&call.caller, &user, name.as_deref(), Value::Object(answer))
        .await;
    let key = added.map_err(failed)?;
    let path = format!("/users/{}/authentication/fido2Methods/{}", user.id, key.id);
    let context = context(&user, "fido2Methods/$entity");
    Ok(call.created(&context, None, document(&key), &path))
}

pub(super) fn gone(target: &Target) -> GraphError {
    failed(AdminError::NotFound(format!("method {}", target.id)))
}
