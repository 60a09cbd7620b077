//! Which applications have something of one's own, and taking it from them.

use axum::extract::State;
use axum::response::Response;

use super::{Here, PATH};
use crate::domain::client::{Client, Scope};
use crate::domain::grant::Access;
use crate::domain::id::ClientId;
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::forms::Form;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::pages::words;
use crate::service::own::Own;

/// An application that has something of the person, as a list row.
#[derive(Clone, Debug)]
pub(super) struct AccessView {
    /// Its `client_id`, for the form.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// Whether it is somebody else's.
    pub(super) third_party: bool,
    /// What it may see or do, in words.
    pub(super) scopes: Vec<String>,
    /// Since when, in words.
    pub(super) since: String,
    /// When it was last given something, in words.
    pub(super) last_used: Option<String>,
}

/// The applications as rows.
pub(super) async fn rows(state: &AppState, own: &Own) -> Result<Vec<AccessView>, Problem> {
    let now = state.services.now();
    let row = |(client, access): (Client, Access)| {
        let said = |scope: &Scope| words::scope(*scope).title;
        AccessView {
            id: client.id.0,
            name: client.settings.client_name,
            third_party: client.settings.third_party,
            scopes: access.scopes.iter().map(said).collect(),
            since: words::ago(access.since, now),
            last_used: access.last_used_at.map(|used| words::ago(used, now)),
        }
    };
    Ok(state.services.access_of(&own.user).await?.into_iter().map(row).collect())
}

/// `POST /security-info/apps/remove`: the application in `client` loses what it has.
pub(super) async fn remove(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    form: Form,
) -> Result<Response, Problem> {
    let here = match Here::at(&state, form.browser, origin, PATH).await? {
        Ok(here) => here,
        Err(onward) => return Ok(onward),
    };
    let id = ClientId(form.fields.get("client").unwrap_or_default().to_owned());
    let Some(client) = state.services.client(&id).await? else { return Err(Problem::not_found()) };
    // Nothing is there any more after a second click, or another tab.
    state.services.remove_access(&here.own, &id).await?;
    here.done(&say("app-removed").with("app", client.settings.client_name.as_str())).await
}
