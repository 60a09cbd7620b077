//! What is about no one kind of resource: a search through all, `/Me`, and `/Bulk`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body::Body;
use super::call::Call;
use super::error::ScimError;
use super::query::Query;
use super::resources::USERS;
use super::{groups, users};
use crate::domain::authority::Action;
use crate::domain::filter::{GroupField, UserField};
use crate::service::Services;

/// `POST /.search`: people, and then groups (RFC 7644 §3.4.3).
pub async fn search(call: Call, body: Body) -> Result<Response, ScimError> {
    let query = Query::of_body(&body)?;
    query.check_unsorted()?;
    Services::permit_seeing(&call.caller, Action::SeePeople, None)?;
    Services::permit_seeing(&call.caller, Action::SeeGroups, None)?;
    let page = query.page(UserField::Id)?;
    let (people, count_of_people) = match query.filter(true)? {
        Some(filter) => call.services.page_of_users(&call.caller, &filter, page).await?,
        None => (Vec::new(), 0),
    };
    let mut page = query.page(GroupField::Id)?;
    page.offset = page.offset.saturating_sub(count_of_people);
    page.limit = page.limit.saturating_sub(u32::try_from(people.len()).unwrap_or(u32::MAX));
    let (found, count_of_groups) = match query.filter(true)? {
        Some(filter) => call.services.page_of_groups(&call.caller, &filter, page).await?,
        None => (Vec::new(), 0),
    };
    let mut resources = users::resources(&call, &people).await?;
    resources.extend(groups::resources(&call, &found, &query.selection).await?);
    Ok(call.list(&query, count_of_people.saturating_add(count_of_groups), resources))
}

/// `/Me`: whoever signed in is somewhere else (RFC 7644 §3.11); an application is nobody.
pub async fn me(call: Call) -> Result<Response, ScimError> {
    let Some(id) = call.caller.actor.user() else {
        return Err(ScimError::not_implemented("Nobody has signed in, so that nobody is meant"));
    };
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    if let Ok(value) = HeaderValue::from_str(&call.location(&USERS, &id.to_string())) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// `POST /Bulk`
pub async fn bulk(_: Call) -> ScimError {
    ScimError::not_implemented("Requests are sent one by one")
}
