//! `/admin`: how things stand.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::access::Admin;
use super::frame::{Frame, Section};
use super::rows::{LineRow, PersonRow, lines};
use crate::domain::audit_log::Search;
use crate::domain::authority::Action;
use crate::domain::filter::{Condition, Filter, Test, UserField};
use crate::http::AppState;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::overview::Overview;

/// How many people and lines are shown.
const FEW: u32 = 8;

#[derive(Clone, Debug, Template)]
#[template(path = "admin/overview.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is something that is shown or not")]
struct OverviewPage {
    frame: Frame,
    /// None for whoever may not see people.
    numbers: Option<Overview>,
    /// Who has not finished onboarding.
    rows: Vec<PersonRow>,
    lines: Vec<LineRow>,
    may_add: bool,
    may_audit: bool,
    may_see_passes: bool,
    may_issue: bool,
    /// The admin's own id: nobody issues a pass to themselves.
    own: String,
}

/// People who may sign in and have registered nothing yet.
pub(super) fn waiting() -> Filter<UserField> {
    let flag = |field, on| Condition { field, test: Test::Flag(on) };
    Filter {
        any_of: vec![vec![flag(UserField::Registered, false), flag(UserField::Enabled, true)]],
    }
}

/// `GET /admin`
pub(super) async fn show(
    State(state): State<AppState>,
    mut admin: Admin,
) -> Result<Response, Problem> {
    let services = &state.services;
    let (mut numbers, mut rows) = (None, Vec::new());
    if admin.may(Action::SeePeople, None) {
        numbers = Some(services.overview(&admin.caller).await?);
        let people = services.search_users(&admin.caller, &waiting(), "", FEW).await?;
        let people = services.with_passes(people).await?;
        rows = people.iter().map(|(user, pass)| PersonRow::new(user, pass.as_ref())).collect();
    }
    let page = OverviewPage {
        lines: lines(&state, &admin, &Search::default(), FEW).await?,
        may_add: admin.may(Action::ChangePeople, None),
        may_audit: admin.may(Action::SeeAudit, None),
        may_see_passes: admin.may(Action::SeePass, None),
        may_issue: admin.may(Action::IssuePass, None),
        own: admin.user.id.to_string(),
        frame: admin.frame(&state, Section::Overview).await?,
        numbers,
        rows,
    };
    render(&page)
}
