//! `/admin/passes`: passes that have not ended.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::access::Admin;
use super::frame::{Frame, Moment, PAGE, Section, query};
use crate::domain::authority::Action;
use crate::domain::pass::Usability;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::http::AppState;
use crate::http::problem::Problem;
use crate::pages::{render, words};
use crate::service::passes::PassStatus;

/// A pass as a row.
#[derive(Clone, Debug)]
struct PassRow {
    id: String,
    name: String,
    username: String,
    state: String,
    ready: bool,
    starts: Moment,
    ends: Moment,
    one_time: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/passes.html")]
struct PassesPage {
    frame: Frame,
    rows: Vec<PassRow>,
    first: Option<String>,
    next: Option<String>,
    may_issue: bool,
}

fn row((user, status): &(User, PassStatus)) -> PassRow {
    let terms = status.pass.terms;
    PassRow {
        id: user.id.to_string(),
        name: user.display_name.clone(),
        username: user.username.as_str().to_owned(),
        state: words::usability(status.usability),
        ready: status.usability == Usability::EnabledByPolicy,
        starts: Moment::new(terms.starts_at),
        ends: Moment::new(terms.ends_at()),
        one_time: terms.one_time,
    }
}

/// `GET /admin/passes`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: Admin,
    RawQuery(sent): RawQuery,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeePass, None) {
        return Err(Problem::not_found());
    }
    let sent = super::asked(sent)?;
    let after = sent.get("after").and_then(|text| {
        let (at, id) = text.split_once(':')?;
        Some((Timestamp::from_micros(at.parse().ok()?), id))
    });
    let mut found = state.services.open_passes(&admin.caller, after, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let last = found.last().filter(|_| more).map(|(_, status)| {
        let position = format!("{}:{}", status.pass.terms.ends_at().micros(), status.pass.id);
        format!("/admin/passes{}", query(&[("after", &position)]))
    });
    let page = PassesPage {
        rows: found.iter().map(row).collect(),
        first: after.map(|_| "/admin/passes".to_owned()),
        next: last,
        may_issue: admin.may(Action::IssuePass, None),
        frame: admin.frame(&state, Section::People).await?,
    };
    render(&page)
}
