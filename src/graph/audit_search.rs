//! What a filter makes of a search of the audit log.

use std::time::Duration;

use super::audit::{List, failed};
use super::audit_filter::{self, Condition, Operator};
use super::audit_words::words;
use super::call::Call;
use super::error::GraphError;
use super::filter::refused;
use crate::domain::audit::Activity;
use crate::domain::audit_log::{Part, Search};
use crate::domain::id::UserId;
use crate::service::AdminError;

const MICROSECOND: Duration = Duration::from_micros(1);

/// Narrows a search down by a condition; false where nothing can match it.
pub(super) async fn narrow(
    call: &Call,
    list: &List,
    search: &mut Search,
    condition: &Condition,
) -> Result<bool, GraphError> {
    use Operator as O;
    let Condition { path, operator, value } = condition;
    let changes = list.part == Part::Changes;
    if path == list.time {
        let time = audit_filter::time(condition)?;
        let after = time.plus(MICROSECOND);
        let (since, until) = match operator {
            O::Is => (Some(time), Some(after)),
            O::AtLeast => (Some(time), None),
            O::Above => (Some(after), None),
            O::AtMost => (None, Some(after)),
            O::Below => (None, Some(time)),
            O::IsNot | O::StartsWith => return Err(refused("a time cannot be compared so")),
        };
        search.since = search.since.max(since);
        search.until = match (search.until, until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        return Ok(true);
    }
    match (path.as_str(), operator) {
        ("id", O::Is) => Err(refused("one line is asked for by its address")),
        ("activityDisplayName", O::Is | O::StartsWith) if changes => {
            let fits = |name: &str| {
                if *operator == O::Is { name == value } else { name.starts_with(value.as_str()) }
            };
            Ok(activities(search, |activity| fits(words(activity.name()).0)))
        }
        ("category", O::Is) if changes => {
            Ok(activities(search, |activity| words(activity.name()).1 == value))
        }
        ("result", O::Is) if changes => match value.as_str() {
            "success" => Ok(one(&mut search.success, true)),
            "failure" => Ok(one(&mut search.success, false)),
            _ => Err(refused("result is success or failure")),
        },
        ("initiatedBy/user/id", O::Is) if changes => {
            let Ok(id) = value.parse::<UserId>() else { return Ok(false) };
            Ok(one(&mut search.actor, id.to_string()))
        }
        ("initiatedBy/user/userPrincipalName", O::Is) if changes => {
            let Some(id) = person(call, value).await? else { return Ok(false) };
            Ok(one(&mut search.actor, id.to_string()))
        }
        ("initiatedBy/app/appId", O::Is) if changes => {
            Ok(one(&mut search.actor, format!("app:{value}")))
        }
        ("initiatedBy/app/displayName", O::Is) if changes => {
            Ok(one(&mut search.actor, value.clone()))
        }
        ("targetResources/any/id", O::Is) if changes => {
            Ok(value.parse().is_ok_and(|id| one(&mut search.subject, id)))
        }
        ("userId", O::Is) if !changes => {
            Ok(value.parse().is_ok_and(|id| one(&mut search.subject, id)))
        }
        ("userPrincipalName", O::Is) if !changes => {
            let Some(id) = person(call, value).await? else { return Ok(false) };
            Ok(one(&mut search.subject, id))
        }
        ("appId", O::Is) if !changes => Ok(one(&mut search.client, value.clone())),
        ("status/errorCode", O::Is) if !changes && value == "0" => {
            Ok(one(&mut search.success, true))
        }
        ("status/errorCode", O::IsNot) if !changes && value == "0" => {
            Ok(one(&mut search.success, false))
        }
        _ => {
            let names = if changes {
                "activityDateTime, activityDisplayName, category, result, initiatedBy/user/id, \
                 initiatedBy/user/userPrincipalName, initiatedBy/app/appId, \
                 targetResources/any(t:t/id eq 'ID')"
            } else {
                "createdDateTime, userId, userPrincipalName, appId, status/errorCode eq 0 or ne 0"
            };
            Err(refused(&format!("this condition is not supported; supported: {names}")))
        }
    }
}

/// Asks for one value; false where another is asked for already.
fn one<T: PartialEq>(place: &mut Option<T>, value: T) -> bool {
    let fits = place.as_ref().is_none_or(|other| *other == value);
    *place = Some(value);
    fits
}

/// Asks for some activities, among those that are asked for already; false where none is left.
fn activities(search: &mut Search, fits: impl Fn(Activity) -> bool) -> bool {
    let among = std::mem::take(&mut search.activities);
    let left = Activity::ALL.into_iter().filter(|activity| fits(*activity));
    let left = left.map(|activity| activity.name().to_owned());
    search.activities = left.filter(|name| among.is_empty() || among.contains(name)).collect();
    !search.activities.is_empty()
}

/// The person with this username.
async fn person(call: &Call, name: &str) -> Result<Option<UserId>, GraphError> {
    match call.services.find_user(name).await {
        Ok(user) => Ok(Some(user.id)),
        Err(AdminError::NotFound(_)) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}
