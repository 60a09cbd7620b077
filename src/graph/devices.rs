//! `devices`, `registeredDevices` and `ownedDevices`: what people have set up. Whoever set a device up
//! owns it, so that both lists of a person are the same one.

use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::call::{Call, Target, done};
use super::error::{Area, GraphError};
use super::operations::{Answer, Operation, act, see};
use super::query::{ONE, PLAIN_LIST, page};
use super::schema::{Kind, Schema, Set, property};
use super::users;
use crate::domain::authority::Action;
use crate::domain::registered_device::RegisteredDevice;
use crate::service::AdminError;

/// The type of a device.
pub const TYPE: &str = "#microsoft.graph.device";

/// What there is to know about a device.
pub const SCHEMA: Schema = Schema {
    name: "device",
    about: "A device that somebody has set up. Its tokens are bound to its key.",
    properties: &[
        property("id", Kind::Id, Set::Never, "Of the device on the list."),
        property("deviceId", Kind::Id, Set::Never, "The same."),
        property("displayName", Kind::Text, Set::Never, "What it calls itself; nobody checked."),
        property("operatingSystem", Kind::OptionalText, Set::Never, "What it says runs on it."),
        property("accountEnabled", Kind::Flag, Set::Never, "True: one that is not is not listed."),
        property("trustType", Kind::OneOf(&["Workplace"]), Set::Never, "Set up by its owner."),
        property(
            "profileType",
            Kind::OneOf(&["RegisteredDevice"]),
            Set::Never,
            "There is no other kind.",
        ),
        property("registrationDateTime", Kind::Time, Set::Never, "When it was set up."),
        property(
            "approximateLastSignInDateTime",
            Kind::Time,
            Set::Never,
            "When it last fetched tokens, to the minute.",
        ),
        property("appId", Kind::Text, Set::Never, "The application on it. Not in Graph."),
        property(
            "keyThumbprint",
            Kind::Text,
            Set::Never,
            "The SHA-256 thumbprint of its key (RFC 7638). Not in Graph.",
        ),
    ],
};

fn failed(error: AdminError) -> GraphError {
    GraphError::of(Area::Directory, error)
}

/// A device as JSON.
fn document(device: &RegisteredDevice) -> Map<String, Value> {
    let document = json!({
        "@odata.type": TYPE,
        "id": device.id,
        "deviceId": device.id,
        "displayName": device.name,
        "operatingSystem": device.platform,
        "accountEnabled": true,
        "trustType": "Workplace",
        "profileType": "RegisteredDevice",
        "registrationDateTime": device.created_at,
        "approximateLastSignInDateTime": device.last_seen_at,
        "appId": device.client_id,
        "keyThumbprint": device.thumbprint,
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

/// Devices that people have set up.
pub(super) fn operations() -> Vec<Operation> {
    let theirs = |path| {
        see(
            path,
            routing::get(of_user),
            "The devices that this person has set up, the oldest first.",
            Action::SeeDevices,
            Answer::List(&[&SCHEMA]),
        )
    };
    vec![
        theirs("/me/ownedDevices"),
        theirs("/me/registeredDevices"),
        theirs("/users/{user}/ownedDevices"),
        theirs("/users/{user}/registeredDevices"),
        see(
            "/devices",
            routing::get(list),
            "Everybody's devices, the oldest first.",
            Action::SeeDevices,
            Answer::List(&[&SCHEMA]),
        )
        .options(PLAIN_LIST),
        see(
            "/devices/{id}",
            routing::get(show),
            "A device.",
            Action::SeeDevices,
            Answer::One(&SCHEMA),
        ),
        see(
            "/devices/{id}/registeredOwners",
            routing::get(owners),
            "Who has set it up: a list of one.",
            Action::SeeDevices,
            Answer::List(&[&users::SCHEMA]),
        ),
        act(
            Method::DELETE,
            "/devices/{id}",
            routing::delete(delete),
            "Takes a device off its list: its tokens are worth nothing from now on.",
            Action::RemoveDevice,
        ),
    ]
}

/// `GET /users/{user}/registeredDevices` and `ownedDevices`
pub async fn of_user(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    options.check_select(&SCHEMA.names())?;
    let user = call.visible_person(Area::Directory, Action::SeeDevices, &target).await?;
    let devices = call.services.devices_of(&user).await.map_err(AdminError::from);
    let value = devices.map_err(failed)?.iter().map(|it| options.select(document(it))).collect();
    Ok(call.collection("directoryObjects", None, None, value))
}

/// `GET /devices`
pub async fn list(call: Call) -> Result<Response, GraphError> {
    let options = call.options(PLAIN_LIST)?;
    options.check_select(&SCHEMA.names())?;
    let after = options.after.as_deref().unwrap_or_default();
    let found = call.services.list_devices(&call.caller, after, options.top + 1).await;
    let (devices, next) = page(found.map_err(failed)?, options.top, |device| device.id.to_string());
    let value = devices.iter().map(|device| options.select(document(device))).collect();
    Ok(call.collection("devices", None, next.as_deref(), value))
}

/// `GET /devices/{id}`
pub async fn show(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    options.check_select(&SCHEMA.names())?;
    let (device, _) = call.services.find_device(&call.caller, &target.id).await.map_err(failed)?;
    let object = options.select(document(&device));
    Ok(call.entity(StatusCode::OK, "devices/$entity", None, object))
}

/// `GET /devices/{id}/registeredOwners`
pub async fn owners(call: Call, target: Target) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    options.check_select(&users::SCHEMA.names())?;
    let (_, owner) = call.services.find_device(&call.caller, &target.id).await.map_err(failed)?;
    let mut owner = options.select(users::document(&owner));
    owner.insert("@odata.type".into(), users::TYPE.into());
    Ok(call.collection("directoryObjects", None, None, vec![owner]))
}

/// `DELETE /devices/{id}`
pub async fn delete(call: Call, target: Target) -> Result<Response, GraphError> {
    let found = call.services.find_device(&call.caller, &target.id).await;
    let (device, owner) = found.map_err(failed)?;
    let removed = call.services.remove_device(&call.caller, &owner, device.id).await;
    removed.map_err(failed)?;
    Ok(done())
}
