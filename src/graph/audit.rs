//! `auditLogs`: what was done, and who signed in, in Graph's words. There is no `$count`: nobody
//! waits for a million lines to be counted.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::audit_filter;
use super::audit_schemas::{CHANGE, SIGN_IN};
use super::audit_search::narrow;
use super::audit_words::words;
use super::call::{Call, Target};
use super::error::{Area, GraphError};
use super::operations::{Answer, Operation, see};
use super::query::{ONE, TIMED_LIST, page};
use super::schema::Schema;
use crate::domain::audit::Activity;
use crate::domain::audit_log::{Line, Part, Search};
use crate::domain::authority::Action;
use crate::domain::id::{ClientId, UserId};
use crate::domain::time::Timestamp;
use crate::service::{AdminError, Services};

pub(super) fn failed(error: AdminError) -> GraphError {
    GraphError::of(Area::Directory, error)
}

/// One of the two lists.
pub(super) struct List {
    pub(super) part: Part,
    /// Its name.
    name: &'static str,
    /// The property that it is in the order of.
    pub(super) time: &'static str,
    schema: &'static Schema,
    document: fn(&Line, &BTreeMap<String, String>) -> Value,
}

const CHANGES: List = List {
    part: Part::Changes,
    name: "directoryAudits",
    time: "activityDateTime",
    schema: &CHANGE,
    document: change,
};

const SIGN_INS: List = List {
    part: Part::SignIns,
    name: "signIns",
    time: "createdDateTime",
    schema: &SIGN_IN,
    document: sign_in,
};

/// The audit log, in the two parts that Graph has.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        see(
            "/auditLogs/directoryAudits",
            routing::get(list_changes),
            "What was done, the newest first. Filtered by activityDateTime, activityDisplayName, \
             category, result, initiatedBy/user/id, initiatedBy/app/appId and \
             targetResources/any(t:t/id eq 'ID').",
            Action::SeeAudit,
            Answer::List(&[&CHANGE]),
        )
        .options(TIMED_LIST),
        see(
            "/auditLogs/directoryAudits/{id}",
            routing::get(show_change),
            "One thing that was done.",
            Action::SeeAudit,
            Answer::One(&CHANGE),
        ),
        see(
            "/auditLogs/signIns",
            routing::get(list_sign_ins),
            "Sign-ins, and those that were refused, the newest first. Filtered by createdDateTime, \
             userId, userPrincipalName, appId and status/errorCode (eq 0 or ne 0).",
            Action::SeeAudit,
            Answer::List(&[&SIGN_IN]),
        )
        .options(TIMED_LIST),
        see(
            "/auditLogs/signIns/{id}",
            routing::get(show_sign_in),
            "One sign-in.",
            Action::SeeAudit,
            Answer::One(&SIGN_IN),
        ),
    ]
}

/// `GET /auditLogs/directoryAudits`
pub async fn list_changes(call: Call) -> Result<Response, GraphError> {
    list(call, &CHANGES).await
}

/// `GET /auditLogs/directoryAudits/{id}`
pub async fn show_change(call: Call, target: Target) -> Result<Response, GraphError> {
    show(call, &target, &CHANGES).await
}

/// `GET /auditLogs/signIns`
pub async fn list_sign_ins(call: Call) -> Result<Response, GraphError> {
    list(call, &SIGN_INS).await
}

/// `GET /auditLogs/signIns/{id}`
pub async fn show_sign_in(call: Call, target: Target) -> Result<Response, GraphError> {
    show(call, &target, &SIGN_INS).await
}

async fn list(call: Call, list: &List) -> Result<Response, GraphError> {
    let options = call.options(TIMED_LIST)?;
    options.check_select(&list.schema.names())?;
    // Whoever may not see the log is not told who is in it.
    Services::permit_seeing(&call.caller, Action::SeeAudit, None).map_err(failed)?;
    let oldest_first = audit_filter::oldest_first(options.orderby.as_deref(), list.time)?;
    let mut search = Search { part: Some(list.part), oldest_first, ..Search::default() };
    let mut matches = true;
    if let Some(text) = &options.filter {
        for condition in audit_filter::parse(text)? {
            matches &= narrow(&call, list, &mut search, &condition).await?;
        }
    }
    let place = options.after.as_deref().map(place).transpose()?;
    if oldest_first {
        search.newer_than = place;
    } else {
        search.older_than = place;
    }
    let found = if matches {
        call.services.search_audit(&call.caller, &search, options.top + 1).await.map_err(failed)?
    } else {
        Vec::new()
    };
    let key = |line: &Line| format!("{}:{}", line.at.micros(), line.id);
    let (lines, next) = page(found, options.top, key);
    let names = client_names(&call, &lines).await?;
    let value = lines.iter().map(|line| options.select(object(list, line, &names))).collect();
    Ok(call.collection(&format!("auditLogs/{}", list.name), None, next.as_deref(), value))
}

async fn show(call: Call, target: &Target, list: &List) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    options.check_select(&list.schema.names())?;
    let id = target.id.to_ascii_lowercase();
    let line = call.services.audit_line(&call.caller, &id).await.map_err(failed)?;
    let is_sign_in = |line: &Line| {
        matches!(
            Activity::named(&line.activity),
            Some(
                Activity::PassSignIn
                    | Activity::KeySignIn
                    | Activity::RecoveryCodeSignIn
                    | Activity::PhoneSignIn
                    | Activity::UpstreamSignIn
            )
        )
    };
    let line = line.filter(|line| is_sign_in(line) == (list.part == Part::SignIns));
    let Some(line) = line else {
        return Err(failed(AdminError::NotFound(format!("line {}", target.id))));
    };
    let names = client_names(&call, std::slice::from_ref(&line)).await?;
    let object = options.select(object(list, &line, &names));
    let context = format!("auditLogs/{}/$entity", list.name);
    Ok(call.entity(StatusCode::OK, &context, None, object))
}

/// Where a page ended.
fn place(token: &str) -> Result<(Timestamp, String), GraphError> {
    token
        .split_once(':')
        .and_then(|(at, id)| Some((Timestamp::from_micros(at.parse().ok()?), id.to_owned())))
        .ok_or_else(|| {
            GraphError::field("$skiptoken", "this is not one that an @odata.nextLink gave")
        })
}

/// The names of the applications that these lines speak of.
async fn client_names(call: &Call, lines: &[Line]) -> Result<BTreeMap<String, String>, GraphError> {
    let mut names = BTreeMap::new();
    for id in lines.iter().filter_map(|line| line.client.as_ref()) {
        if !names.contains_key(id) {
            let client = call.services.client(&ClientId(id.clone())).await?;
            let name =
                client.map_or_else(|| id.clone(), |client| client.settings.client_name.clone());
            names.insert(id.clone(), name);
        }
    }
    Ok(names)
}

fn object(list: &List, line: &Line, names: &BTreeMap<String, String>) -> Map<String, Value> {
    match (list.document)(line, names) {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn change(line: &Line, names: &BTreeMap<String, String>) -> Value {
    let (name, category, service, operation) = words(&line.activity);
    let app = |id: Option<&str>, name: Option<&str>| {
        json!({
            "appId": id,
            "displayName": name,
            "servicePrincipalId": null,
            "servicePrincipalName": null,
        })
    };
    let (user, app) = match line.actor.as_deref() {
        None => (Value::Null, Value::Null),
        Some(actor) => match actor.strip_prefix("app:") {
            Some(id) => (Value::Null, app(Some(id), names.get(id).map(String::as_str))),
            None if actor.parse::<UserId>().is_err() => (Value::Null, app(None, Some(actor))),
            None => {
                let user = json!({
                    "id": actor,
                    "displayName": null,
                    "userPrincipalName": line.actor_username,
                    "ipAddress": line.address,
                });
                (user, Value::Null)
            }
        },
    };
    let target = |id: &String| {
        json!({
            "id": id,
            "displayName": line.display_name,
            "type": "User",
            "userPrincipalName": line.username,
            "modifiedProperties": [],
        })
    };
    let details = [
        ("activity", Some(line.activity.clone())),
        ("seq", line.seq.map(|seq| seq.to_string())),
        ("appId", line.client.clone()),
    ];
    let details = details.into_iter().filter(|(_, value)| value.is_some());
    json!({
        "id": line.id,
        "activityDateTime": line.at,
        "activityDisplayName": name,
        "category": category,
        "correlationId": line.id,
        "initiatedBy": { "user": user, "app": app },
        "loggedByService": service,
        "operationType": operation,
        "result": if line.success { "success" } else { "failure" },
        "resultReason": line.detail,
        "targetResources": line.subject.iter().map(target).collect::<Vec<_>>(),
        "additionalDetails":
            details.map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>(),
    })
}

fn sign_in(line: &Line, names: &BTreeMap<String, String>) -> Value {
    let method = match Activity::named(&line.activity) {
        Some(Activity::PassSignIn) => "Temporary Access Pass",
        Some(Activity::PhoneSignIn) => "Phone",
        Some(Activity::UpstreamSignIn) => "Federated",
        Some(Activity::RecoveryCodeSignIn) => "Recovery code",
        _ => "Passkey (FIDO2)",
    };
    let code = match line.detail.as_str() {
        _ if line.success => 0,
        "no such user" => 50034,
        "the account is disabled" => 50057,
        "Voided" => 50053,
        detail if detail.starts_with("blocked after") => 50053,
        detail if detail.ends_with("the account is disabled") => 50057,
        _ => 50126,
    };
    let reason = (!line.success).then_some(&line.detail);
    json!({
        "id": line.id,
        "createdDateTime": line.at,
        "userDisplayName": line.display_name,
        "userPrincipalName": line.username,
        "userId": line.subject,
        "appId": line.client,
        "appDisplayName": line.client.as_ref().and_then(|id| names.get(id)),
        "ipAddress": line.address,
        "clientAppUsed": "Browser",
        "correlationId": line.id,
        "isInteractive": true,
        "status": { "errorCode": code, "failureReason": reason, "additionalDetails": null },
        "authenticationDetails": [{
            "authenticationStepDateTime": line.at,
            "authenticationMethod": method,
            "authenticationMethodDetail": null,
            "succeeded": line.success,
            "authenticationStepResultDetail": reason,
            "authenticationStepRequirement": null,
        }],
    })
}
