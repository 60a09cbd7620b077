//! `firstkey user sessions` and `sign-out`: where somebody is signed in, and ending it.

use serde::Serialize;

use crate::cli::output::{Reply, Table, moment};
use crate::domain::assurance;
use crate::domain::id::SessionId;
use crate::domain::session::Seen;
use crate::domain::time::Timestamp;
use crate::service::Services;
use crate::service::caller::Caller;

/// A session in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    id: SessionId,
    acr: &'static str,
    amr: Vec<&'static str>,
    address: Option<String>,
    browser: Option<&'static str>,
    platform: Option<&'static str>,
    created_date_time: Timestamp,
    last_active_date_time: Timestamp,
    expires_date_time: Timestamp,
}

impl SessionView {
    fn new(seen: &Seen) -> Self {
        let session = &seen.session;
        let idle = session.idle_until.unwrap_or(session.expires_at);
        Self {
            id: session.id,
            acr: session.acr().name(),
            amr: assurance::amr(&session.factors),
            address: seen.place.address.clone(),
            browser: seen.place.agent.and_then(|agent| agent.browser),
            platform: seen.place.agent.and_then(|agent| agent.platform),
            created_date_time: session.created_at,
            last_active_date_time: seen.last_active_at,
            expires_date_time: session.expires_at.min(idle),
        }
    }
}

pub(super) async fn list(services: &Services, name: &str) -> anyhow::Result<Reply> {
    let user = services.find_user(name).await?;
    let found = services.list_sessions(&Caller::OPERATOR, &user).await?;
    let columns = ["BROWSER", "ADDRESS", "SIGNED IN WITH", "BEGAN", "ACTIVE", "ID"];
    let mut table = Table::new(&columns, "Not signed in anywhere.");
    let views: Vec<SessionView> = found.iter().map(SessionView::new).collect();
    for view in &views {
        let parts = [view.browser, view.platform];
        let browser: Vec<&str> = parts.into_iter().flatten().collect();
        table.row(vec![
            if browser.is_empty() { "unknown".into() } else { browser.join(" on ") },
            view.address.clone().unwrap_or_else(|| "–".into()),
            view.amr.join(" "),
            moment(view.created_date_time),
            moment(view.last_active_date_time),
            view.id.to_string(),
        ]);
    }
    Reply::list(views, &table)
}

pub(super) async fn end(
    services: &Services,
    name: &str,
    session: Option<SessionId>,
) -> anyhow::Result<Reply> {
    let user = services.find_user(name).await?;
    let username = user.username.as_str();
    let text = if let Some(id) = session {
        services.end_session(&Caller::OPERATOR, &user, id).await?;
        format!("{username} is signed out there.")
    } else {
        services.end_sessions(&Caller::OPERATOR, &user).await?;
        format!("{username} is signed out everywhere.")
    };
    let json = serde_json::json!({ "username": username, "session": session, "signedOut": true });
    Reply::new(&json, text)
}
