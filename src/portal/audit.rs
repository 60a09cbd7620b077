//! `/admin/audit`: who did what to whom.

use std::convert::Infallible;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::access::Admin;
use super::frame::{Choice, Frame, PAGE, Section, query};
use super::rows::{LineRow, activity, rows_of};
use crate::domain::audit::Activity;
use crate::domain::audit_log::{Line, Search};
use crate::domain::authority::Action;
use crate::domain::time::Timestamp;
use crate::http::AppState;
use crate::http::language::{Text, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::AdminError;
use crate::service::caller::Caller;

/// How many lines an export reads at once.
const BATCH: u32 = 1000;

#[derive(Clone, Debug, Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    frame: Frame,
    asked: Asked,
    /// Why something that was asked for matches nothing.
    error: Option<String>,
    activities: Vec<Choice>,
    results: Vec<Choice>,
    lines: Vec<LineRow>,
    first: Option<String>,
    next: Option<String>,
    export: String,
    /// How many lines are sealed in the chain.
    sealed: u64,
}

/// What was asked for, as it was typed.
#[derive(Clone, Debug, Default)]
struct Asked {
    activity: String,
    person: String,
    by: String,
    result: String,
    since: String,
    until: String,
}

impl Asked {
    fn read(params: &Params) -> Self {
        let text = |name| params.get(name).unwrap_or_default().trim().to_owned();
        Self {
            activity: text("activity"),
            person: text("person"),
            by: text("by"),
            result: text("result"),
            since: text("since"),
            until: text("until"),
        }
    }

    /// The address of these lines on the page or the export.
    fn link(&self, page: &str, after: &str) -> String {
        let pairs = [
            ("activity", self.activity.as_str()),
            ("person", &self.person),
            ("by", &self.by),
            ("result", &self.result),
            ("since", &self.since),
            ("until", &self.until),
            ("after", after),
        ];
        format!("/admin/{page}{}", query(&pairs))
    }

    /// The search that this asks for; the sentence says what cannot be looked for.
    async fn search(&self, state: &AppState) -> Result<Search, Text> {
        let services = &state.services;
        let person = |name: String| async move {
            let found = services.find_user(&name).await;
            found.map_err(|_| say("settings-audit-nobody").with("name", name))
        };
        let subject = match self.person.as_str() {
            "" => None,
            name => Some(person(name.to_owned()).await?.id),
        };
        let actor = match self.by.as_str() {
            "" => None,
            name @ ("operator" | "system") => Some(name.to_owned()),
            app if app.starts_with("app:") => Some(app.to_owned()),
            name => Some(person(name.to_owned()).await?.id.to_string()),
        };
        let day = |wrong: &'static str, text: &str, end: bool| {
            if text.is_empty() {
                return Ok(None);
            }
            let start = Timestamp::parse(&format!("{text}T00:00:00Z"));
            let start = start.ok_or_else(|| say(wrong))?;
            let day = std::time::Duration::from_secs(if end { 24 * 60 * 60 } else { 0 });
            Ok::<_, Text>(Some(start.plus(day)))
        };
        Ok(Search {
            activities: match self.activity.as_str() {
                "" => Vec::new(),
                "signIn" => [
                    Activity::PassSignIn,
                    Activity::KeySignIn,
                    Activity::RecoveryCodeSignIn,
                    Activity::PhoneSignIn,
                    Activity::UpstreamSignIn,
                ]
                .map(|it| it.name().to_owned())
                .to_vec(),
                name => vec![name.to_owned()],
            },
            actor,
            subject,
            success: match self.result.as_str() {
                "done" => Some(true),
                "refused" => Some(false),
                _ => None,
            },
            since: day("settings-audit-wrong-from", &self.since, false)?,
            until: day("settings-audit-wrong-to", &self.until, true)?,
            ..Search::default()
        })
    }
}

/// Where the page before ended.
fn read_after(text: &str) -> Option<(Timestamp, String)> {
    let (at, id) = text.split_once(':')?;
    Some((Timestamp::from_micros(at.parse().ok()?), id.to_owned()))
}

fn write_after(line: &Line) -> String {
    format!("{}:{}", line.at.micros(), line.id)
}

/// `GET /admin/audit`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: Admin,
    RawQuery(sent): RawQuery,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeeAudit, None) {
        return Err(Problem::not_found());
    }
    let params = super::asked(sent)?;
    let asked = Asked::read(&params);
    let after = params.get("after").unwrap_or_default();
    let (mut found, mut error) = (Vec::new(), None);
    match asked.search(&state).await {
        Ok(search) => {
            let search = Search { older_than: read_after(after), ..search };
            found = state.services.search_audit(&admin.caller, &search, PAGE + 1).await?;
        }
        Err(message) => error = Some(message.spoken()),
    }
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let last = found.last().map(write_after).filter(|_| more);
    let mut activities = vec![
        Choice::new("", &say("settings-audit-everything").spoken(), asked.activity.is_empty()),
        Choice::new("signIn", &say("settings-audit-sign-ins").spoken(), asked.activity == "signIn"),
    ];
    activities.extend(
        Activity::ALL
            .iter()
            .map(|it| Choice::new(it.name(), &activity(it.name()), asked.activity == it.name())),
    );
    let results = [
        ("", "settings-audit-either"),
        ("done", "settings-audit-done"),
        ("refused", "settings-audit-refused"),
    ];
    let page = AuditPage {
        error,
        activities,
        results: results
            .iter()
            .map(|(value, label)| Choice::new(value, &say(label).spoken(), asked.result == *value))
            .collect(),
        lines: rows_of(&state, found).await,
        first: (!after.is_empty()).then(|| asked.link("audit", "")),
        next: last.map(|last| asked.link("audit", &last)),
        export: asked.link("audit/export", ""),
        sealed: state.services.sealed_lines().await?.unsigned_abs(),
        frame: admin.frame(&state, Section::Audit).await?,
        asked,
    };
    render(&page)
}

/// `GET /admin/audit/export`: the same lines as JSON Lines, page by page, newest first.
pub(super) async fn export(
    State(state): State<AppState>,
    admin: Admin,
    RawQuery(sent): RawQuery,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeeAudit, None) {
        return Err(Problem::not_found());
    }
    let asked = Asked::read(&super::asked(sent)?);
    let search = asked.search(&state).await.map_err(Problem::bad_request)?;
    let first = read_batch(&state, &admin.caller, search.clone()).await?;
    let (services, caller) = (state, admin.caller);
    let pages = stream::unfold(Some((first, search)), move |page| {
        let (state, caller) = (services.clone(), caller.clone());
        async move {
            let (lines, search) = page?;
            let last = lines.last().map(|line| (line.at, line.id.clone()))?;
            let mut text = String::new();
            for line in lines {
                text.push_str(&line.document().to_string());
                text.push('\n');
            }
            let search = Search { older_than: Some(last), ..search };
            // An export that breaks off is seen to: its last line is the last that was read.
            let next = read_batch(&state, &caller, search.clone()).await.ok();
            Some((Ok::<_, Infallible>(Bytes::from(text)), next.map(|lines| (lines, search))))
        }
    });
    let headers = [
        (CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

async fn read_batch(
    state: &AppState,
    caller: &Caller,
    search: Search,
) -> Result<Vec<Line>, AdminError> {
    state.services.search_audit(caller, &search, BATCH).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_where_it_ended() {
        let (at, id) = read_after("1772366400000000:abc").unwrap();
        assert_eq!((at.micros(), id.as_str()), (1_772_366_400_000_000, "abc"));
        for broken in ["", "abc", "x:y"] {
            assert_eq!(read_after(broken), None);
        }
    }
}
