//! What is shown where a form came too late, and after signing in for it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::access::Editor;
use crate::http::AppState;
use crate::http::problem::Problem;
use crate::pages::views::Chrome;
use crate::pages::{chrome, render};

/// The sign-in is too old for what was sent. Nothing of that is lost.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/late.html")]
pub(super) struct LatePage {
    pub(super) chrome: Chrome,
    /// Where the form goes once more.
    pub(super) action: String,
    /// What was filled in.
    pub(super) fields: Vec<(String, String)>,
}

/// Signed in again, beside the page that waits.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/back_in.html")]
struct BackInPage {
    chrome: Chrome,
}

/// `GET /admin/sign-in`: a recent sign-in, and nothing else.
pub(super) async fn sign_in(
    State(state): State<AppState>,
    Editor(admin): Editor,
) -> Result<Response, Problem> {
    render(&BackInPage { chrome: chrome(&state, admin.browser.csrf()) })
}
