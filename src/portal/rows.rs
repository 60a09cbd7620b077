//! Rows of the lists that several pages show.

use super::access::Admin;
use super::details;
use super::frame::Moment;
pub(super) use super::naming::activity;
use crate::domain::audit_log::{Line, Search};
use crate::domain::authority::Action;
use crate::domain::pass::Usability;
use crate::domain::user::User;
use crate::http::AppState;
use crate::http::language::say;
use crate::pages::words;
use crate::service::AdminError;
use crate::service::passes::PassStatus;

/// A person as a row.
#[derive(Clone, Debug)]
pub(super) struct PersonRow {
    pub(super) id: String,
    /// For the picture that stands in for them.
    pub(super) initials: String,
    pub(super) display_name: String,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) methods: u32,
    /// The state of their pass, in words.
    pub(super) pass: Option<String>,
    pub(super) pass_ready: bool,
    pub(super) enabled: bool,
    pub(super) admin: bool,
}

impl PersonRow {
    pub(super) fn new(user: &User, pass: Option<&PassStatus>) -> Self {
        let usability = pass.map(|pass| pass.usability);
        Self {
            id: user.id.to_string(),
            initials: initials(&user.display_name),
            display_name: user.display_name.clone(),
            username: user.username.as_str().to_owned(),
            email: user.email.clone().unwrap_or_default(),
            methods: user.method_count,
            pass: usability.map(words::usability),
            pass_ready: usability == Some(Usability::EnabledByPolicy),
            enabled: user.enabled,
            admin: !user.roles.is_empty(),
        }
    }
}

/// A line of the audit log as a row.
#[derive(Clone, Debug)]
pub(super) struct LineRow {
    /// When, as HTML.
    pub(super) at: Moment,
    pub(super) what: String,
    /// The picture of what it is about.
    pub(super) icon: &'static str,
    pub(super) detail: String,
    /// Whether that is as it was written down, whatever the language of the page.
    pub(super) as_written: bool,
    /// On whom it was done; who did it where it was done to nobody.
    pub(super) whom: String,
    /// The page of that person.
    pub(super) href: Option<String>,
    /// By whom and from where.
    pub(super) by: String,
    pub(super) success: bool,
}

/// The first letters of the first and the last part of a name.
pub(super) fn initials(name: &str) -> String {
    let parts: Vec<&str> = name.split_whitespace().collect();
    let ends = [parts.first(), parts.last().filter(|_| parts.len() > 1)];
    let letters = ends.into_iter().flatten().filter_map(|part| part.chars().next());
    letters.flat_map(char::to_uppercase).collect()
}

/// The picture of what an activity is about.
fn icon(activity: &str) -> &'static str {
    let about = [
        ("pass", "pass"),
        ("policy", "policy"),
        ("group", "folder"),
        ("client", "app"),
        ("consent", "app"),
        ("grant", "app"),
        ("access", "app"),
        ("upstream", "cloud"),
        ("device", "laptop"),
        ("recovery", "codes"),
        ("phone", "phone"),
        ("method", "passkey"),
        ("key", "passkey"),
        ("user", "person"),
        ("reregistration", "passkey"),
        ("signedout", "out"),
        ("authorized", "app"),
    ];
    let activity = activity.to_lowercase();
    about.iter().find(|(word, _)| activity.contains(word)).map_or("check", |(_, icon)| *icon)
}

/// Lines of the audit log with the names of those who did it, where the admin may see them.
pub(super) async fn lines(
    state: &AppState,
    admin: &Admin,
    search: &Search,
    limit: u32,
) -> Result<Vec<LineRow>, AdminError> {
    if !admin.may(Action::SeeAudit, None) {
        return Ok(Vec::new());
    }
    let found = state.services.search_audit(&admin.caller, search, limit).await?;
    Ok(rows_of(state, found).await)
}

/// Lines with the names of those who did it.
pub(super) async fn rows_of(state: &AppState, found: Vec<Line>) -> Vec<LineRow> {
    let mut rows = Vec::with_capacity(found.len());
    for line in found {
        let actor = name_of(state, &line).await;
        rows.push(row(line, actor));
    }
    rows
}

/// Who did it: a username where it was a person who still exists.
async fn name_of(state: &AppState, line: &Line) -> String {
    let Some(actor) = &line.actor else {
        return say("admin-actor-unknown").spoken();
    };
    if line.subject.as_ref() == Some(actor) {
        return line.username.clone().unwrap_or_else(|| actor.clone());
    }
    match actor.as_str() {
        "operator" => say("admin-actor-operator").spoken(),
        "system" => say("admin-actor-system").spoken(),
        _ => match actor.strip_prefix("app:") {
            Some(client) => say("admin-actor-app").with("client", client).spoken(),
            None => match state.services.find_user(actor).await {
                Ok(user) => user.username.as_str().to_owned(),
                Err(_) => actor.clone(),
            },
        },
    }
}

fn row(line: Line, actor: String) -> LineRow {
    let whom = line.username.clone().or(line.subject.clone());
    let own = line.subject.is_some() && line.subject == line.actor;
    let href = line
        .username
        .is_some()
        .then(|| format!("/admin/people/{}", line.subject.as_deref().unwrap_or_default()));
    let who = (!own && whom.is_some()).then(|| say("admin-by").with("actor", &actor));
    let from = line.address.as_ref().map(|address| say("admin-from").with("address", address));
    let by: Vec<String> = who.into_iter().chain(from).map(|part| part.spoken()).collect();
    let detail = details::told(&line);
    LineRow {
        at: Moment::new(line.at),
        what: activity(&line.activity),
        icon: icon(&line.activity),
        as_written: detail.is_none(),
        detail: detail.unwrap_or(line.detail),
        whom: whom.unwrap_or(actor),
        href,
        by: by.join(" "),
        success: line.success,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_initials() {
        for (name, letters) in [
            ("Ada Lovelace", "AL"),
            ("Maria del Carmen Ruiz", "MR"),
            ("ada", "A"),
            ("ünal  özil ", "ÜÖ"),
            ("", ""),
        ] {
            assert_eq!(initials(name), letters);
        }
    }
}
