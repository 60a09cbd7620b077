//! The devices of a person, on their page.

use axum::extract::{Path, State};
use axum::response::Response;

use super::access::{Admin, Change};
use super::frame::Moment;
use super::person::person;
use crate::domain::authority::Action;
use crate::domain::id::DeviceId;
use crate::domain::user::User;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::pages::devices::KEY_SHOWN;
use crate::service::{AdminError, Failure};

/// A device as a row.
#[derive(Clone, Debug)]
pub(super) struct DeviceRow {
    pub(super) id: String,
    pub(super) line: String,
    pub(super) added: Moment,
    pub(super) seen: Moment,
    pub(super) address: Option<String>,
    pub(super) key: String,
}

/// The devices of a person, as far as the admin may see them.
pub(super) async fn rows(
    state: &AppState,
    admin: &Admin,
    user: &User,
) -> Result<Vec<DeviceRow>, Failure> {
    if !admin.may(Action::SeeDevices, Some(user)) {
        return Ok(Vec::new());
    }
    let devices = state.services.devices_of(user).await?.into_iter().map(|device| DeviceRow {
        id: device.id.to_string(),
        line: device.line(),
        added: Moment::new(device.created_at),
        seen: Moment::new(device.last_seen_at),
        key: device.thumbprint.chars().take(KEY_SHOWN).collect(),
        address: device.address,
    });
    Ok(devices.collect())
}

/// `POST /admin/people/{id}/devices/{device}/remove`
pub(super) async fn remove(
    State(state): State<AppState>,
    Path((id, device)): Path<(String, DeviceId)>,
    change: Change,
) -> Result<Response, Problem> {
    let admin = change.admin;
    let user = person(&state, &admin, &id).await?.user;
    let page = format!("/admin/people/{}", user.id);
    match state.services.remove_device(&admin.caller, &user, device).await {
        Ok(device) => {
            let notice = say("admin-device-removed").with("name", device.line());
            admin.done(&notice.spoken(), &page).await
        }
        // Gone already: a second click, or another tab.
        Err(AdminError::NotFound(_)) => admin.done(&say("admin-device-gone").spoken(), &page).await,
        Err(other) => Err(other.into()),
    }
}
