//! `/admin/passes/bulk`: passes for many people from a list, looked at before anything is done.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::access::{Admin, Change, Editor};
use super::details;
use super::frame::{Frame, Section, explain};
use super::pass::sign_in_address;
use super::refusal;
use crate::domain::authority::Action;
use crate::http::AppState;
use crate::http::language::{Text, say};
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::bulk::{self, Outcome, Plan};
use crate::service::{AdminError, Failure};

#[derive(Clone, Debug, Template)]
#[template(path = "admin/bulk.html")]
struct BulkPage {
    frame: Frame,
    error: Option<String>,
    list: String,
    lines_max: usize,
    headings: String,
}

/// A line of the preview.
#[derive(Clone, Debug)]
struct PlanRow {
    number: u64,
    username: String,
    /// What would be done.
    what: String,
    /// Why nothing would be, and whether that is as services say it.
    error: Option<(String, bool)>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/bulk_preview.html")]
struct PreviewPage {
    frame: Frame,
    list: String,
    tokens: String,
    rows: Vec<PlanRow>,
    good: usize,
    bad: usize,
}

/// A line of the result.
#[derive(Clone, Debug)]
struct ResultRow {
    number: u64,
    username: String,
    name: String,
    /// The value, in the one answer that has it.
    value: String,
    /// Why there is none, and whether that is as services say it.
    error: Option<(String, bool)>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/bulk_result.html")]
struct ResultPage {
    frame: Frame,
    rows: Vec<ResultRow>,
    issued: usize,
    failed: usize,
    /// The same as a file.
    file: String,
}

async fn form(
    state: &AppState,
    admin: &mut Admin,
    list: String,
    error: Option<String>,
) -> Result<BulkPage, Problem> {
    Ok(BulkPage {
        error,
        list,
        lines_max: bulk::LINES_MAX,
        headings: bulk::HEADINGS.join(", "),
        frame: admin.frame(state, Section::People).await?,
    })
}

/// `GET /admin/passes/bulk`
pub(super) async fn new(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
) -> Result<Response, Problem> {
    if !admin.may(Action::IssuePass, None) {
        return Err(Problem::not_found());
    }
    render(&form(&state, &mut admin, String::new(), None).await?)
}

fn plan_row(line: &bulk::BulkLine, plan: &Result<Plan, Text>) -> PlanRow {
    let (what, error) = match plan {
        Ok(Plan::Add) => (Some(say("admin-bulk-adds")), None),
        Ok(Plan::Issue(user, None)) => {
            (Some(say("admin-pass-for").with("name", &user.display_name)), None)
        }
        Ok(Plan::Issue(user, Some(_))) => {
            (Some(say("admin-bulk-replaces").with("name", &user.display_name)), None)
        }
        Err(reason) => (None, Some(details::reason(reason))),
    };
    let what = what.map(|what| what.spoken()).unwrap_or_default();
    PlanRow { number: line.number, username: line.username.clone(), what, error }
}

/// `POST /admin/passes/bulk`: looks at a list. Nothing is done yet.
pub(super) async fn preview(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let list = fields.get("list").unwrap_or_default().to_owned();
    let lines = match bulk::read(&list) {
        Ok(lines) => lines,
        Err(invalid) => {
            let error = Some(explain(AdminError::Invalid(invalid))?);
            return refusal(&form(&state, &mut admin, list, error).await?);
        }
    };
    let plans = state.services.plan_bulk(&admin.caller, &lines).await?;
    let tokens = plans.iter().map(|plan| plan.as_ref().map_or("no".to_owned(), Plan::token));
    let bad = plans.iter().filter(|plan| plan.is_err()).count();
    let page = PreviewPage {
        list,
        tokens: tokens.collect::<Vec<_>>().join(" "),
        rows: lines.iter().zip(&plans).map(|(line, plan)| plan_row(line, plan)).collect(),
        good: plans.len() - bad,
        bad,
        frame: admin.frame(&state, Section::People).await?,
    };
    render(&page)
}

/// `POST /admin/passes/bulk/issue`: the one answer that holds the values.
pub(super) async fn issue(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let lines = bulk::read(fields.get("list").unwrap_or_default());
    let lines = lines.map_err(|invalid| match explain(invalid.into()) {
        Ok(why) => Problem::bad_request(why),
        Err(problem) => problem,
    })?;
    let tokens: Vec<&str> = fields.get("tokens").unwrap_or_default().split(' ').collect();
    let outcomes = state.services.issue_bulk(&admin.caller, lines, &tokens).await?;
    let failed = outcomes.iter().filter(|outcome| outcome.pass.is_err()).count();
    let page = ResultPage {
        issued: outcomes.len() - failed,
        failed,
        file: STANDARD.encode(file(&outcomes, &sign_in_address(&state))?),
        rows: outcomes.into_iter().map(result_row).collect(),
        frame: admin.frame(&state, Section::People).await?,
    };
    render(&page)
}

fn result_row(outcome: Outcome) -> ResultRow {
    let (name, value, error) = match outcome.pass {
        Ok(issued) => (issued.user.display_name.clone(), issued.value.reveal_grouped(), None),
        Err(reason) => (String::new(), String::new(), Some(details::reason(&reason))),
    };
    let line = outcome.line;
    ResultRow { number: line.number, username: line.username, name, value, error }
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The result as a file for a mail merge.
fn file(outcomes: &[Outcome], sign_in_at: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error: csv::Error| Failure::Internal(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = [
        "line",
        "username",
        "displayName",
        "temporaryAccessPass",
        "startDateTime",
        "endDateTime",
        "signInAt",
        "error",
    ];
    writer.write_record(headings).map_err(failed)?;
    for outcome in outcomes {
        let (number, username) =
            (outcome.line.number.to_string(), harmless(&outcome.line.username));
        let record = match &outcome.pass {
            Ok(issued) => {
                let terms = issued.status.pass.terms;
                [
                    number,
                    username,
                    harmless(&issued.user.display_name),
                    issued.value.reveal_grouped(),
                    terms.starts_at.to_string(),
                    terms.ends_at().to_string(),
                    sign_in_at.to_owned(),
                    String::new(),
                ]
            }
            Err(reason) => {
                let none = String::new;
                [
                    number,
                    username,
                    none(),
                    none(),
                    none(),
                    none(),
                    none(),
                    harmless(&reason.english()),
                ]
            }
        };
        writer.write_record(record).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| Failure::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(harmless(hostile).starts_with('\''), "{hostile:?}");
        }
        assert_eq!(harmless("ada"), "ada");
    }
}
