//! `/admin/people/{id}/key/new`: an admin with a key in hand makes it somebody else's.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::access::{Admin, Change, Editor};
use super::frame::{Frame, Section, explain};
use super::person::person;
use super::refusal;
use crate::domain::authority::Action;
use crate::domain::user::User;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::AdminError;

/// The longest answer of an authenticator that is taken, in bytes: it may hold certificates.
pub(super) const ANSWER_MAX: usize = 64 * 1024;

/// For how many minutes the page may be left open before the key is touched.
const MINUTES: u32 = 15;

#[derive(Clone, Debug, Template)]
#[template(path = "admin/key_new.html")]
struct NewKeyPage {
    frame: Frame,
    error: Option<String>,
    id: String,
    name: String,
    username: String,
    /// What it is to be called; empty: as its maker calls it.
    label: String,
    /// `PublicKeyCredentialCreationOptionsJSON`, for the script.
    options: String,
}

async fn page(
    state: &AppState,
    admin: &mut Admin,
    user: &User,
    tried: Option<(&str, String)>,
) -> Result<NewKeyPage, Problem> {
    let begun = state.services.begin_on_behalf(&admin.caller, user, MINUTES).await?;
    let (label, error) = tried.map_or_else(Default::default, |(label, error)| (label, Some(error)));
    Ok(NewKeyPage {
        error,
        id: user.id.to_string(),
        name: user.display_name.clone(),
        username: user.username.as_str().to_owned(),
        label: label.to_owned(),
        options: begun.public_key.to_string(),
        frame: admin.frame(state, Section::People).await?,
    })
}

/// `GET /admin/people/{id}/key/new`
pub(super) async fn new(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let user = person(&state, &admin, &id).await?.user;
    if !admin.may(Action::AddMethod, Some(&user)) {
        return Err(Problem::not_found());
    }
    render(&page(&state, &mut admin, &user, None).await?)
}

/// `POST /admin/people/{id}/key/new`
pub(super) async fn add(
    State(state): State<AppState>,
    Path(id): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let user = person(&state, &admin, &id).await?.user;
    let label = fields.get("label").unwrap_or_default().trim();
    let answer = fields.get("answer").and_then(|text| serde_json::from_str(text).ok());
    let name = Some(label).filter(|label| !label.is_empty());
    let caller = &admin.caller;
    let added =
        state.services.finish_on_behalf(caller, &user, name, answer.unwrap_or_default()).await;
    match added {
        Ok(key) => {
            let notice =
                say("admin-key-added").with("key", &key.name).with("name", &user.display_name);
            admin.done(&notice.spoken(), &format!("/admin/people/{}", user.id)).await
        }
        Err(AdminError::Invalid(invalid)) if invalid.field == "publicKeyCredential" => {
            let error = say("admin-key-refused").with("why", invalid.message).spoken();
            refusal(&page(&state, &mut admin, &user, Some((label, error))).await?)
        }
        Err(other) => {
            let error = explain(other)?;
            refusal(&page(&state, &mut admin, &user, Some((label, error))).await?)
        }
    }
}
