//! Devices in My Security Info: what was set up, and how it is taken off the list again.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;

use super::{security_info, words};
use crate::domain::id::DeviceId;
use crate::domain::user::User;
use crate::http::address::ClientAddress;
use crate::http::forms::Form;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::service::caller::Caller;
use crate::service::{AdminError, Failure, Services};

/// A device on somebody's list.
#[derive(Clone, Debug)]
pub(super) struct DeviceView {
    /// Which.
    pub(super) id: String,
    /// What it calls itself.
    pub(super) name: String,
    /// What it says runs on it.
    pub(super) platform: Option<String>,
    /// When it was set up, in words.
    pub(super) added: String,
    /// When it was last seen, in words.
    pub(super) seen: String,
    /// The beginning of the thumbprint of its key, to tell it from one of the same name.
    pub(super) key: String,
}

/// As much of a thumbprint as tells the devices of one person apart.
pub(crate) const KEY_SHOWN: usize = 8;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/security-info/devices/{id}/remove", post(remove))
}

/// A person's devices as rows.
pub(super) async fn views(services: &Services, user: &User) -> Result<Vec<DeviceView>, Failure> {
    let now = services.now();
    let devices = services.devices_of(user).await?.into_iter().map(|device| DeviceView {
        id: device.id.to_string(),
        name: device.name,
        platform: device.platform,
        added: words::ago(device.created_at, now),
        seen: words::ago(device.last_seen_at, now),
        key: device.thumbprint.chars().take(KEY_SHOWN).collect(),
    });
    Ok(devices.collect())
}

/// `POST /security-info/devices/{id}/remove`: one's own device. Taking something away needs no sign-in
/// of the last minutes: whoever has lost a laptop is not held up.
async fn remove(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    Path(id): Path<DeviceId>,
    form: Form,
) -> Result<Response, Problem> {
    if let Some((_, user)) = state.services.signed_in(&form.browser.browser()).await? {
        let caller = Caller::person(&user, origin);
        match state.services.remove_device(&caller, &user, id).await {
            // Gone already: a second click, or another tab. Or never one's own.
            Ok(_) | Err(AdminError::NotFound(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(redirect::see_other(security_info::PATH))
}
