//! One call: who makes it, and how it is answered.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::error::ScimError;
use super::query::Query;
use super::reply::scim_json;
use super::schema::ResourceType;
use crate::domain::time::Timestamp;
use crate::http::AppState;
use crate::http::api;
use crate::http::etag::{if_match, is_known};
use crate::service::Services;
use crate::service::caller::Caller;

/// How often a change is made anew that somebody else's came before.
pub const TRIES: u32 = 8;

/// The schema of a list.
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// One call by somebody whose token holds.
#[derive(Debug)]
pub struct Call {
    /// What people do.
    pub services: Services,
    /// Who calls.
    pub caller: Caller,
    /// The version that `If-Match` names.
    pub version: Option<i64>,
    /// What the address asks for.
    pub query: Query,
    headers: HeaderMap,
}

impl FromRequestParts<AppState> for Call {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ScimError> {
        let caller = api::caller(parts, state).await?;
        Ok(Self {
            services: state.services.clone(),
            caller,
            version: if_match(&parts.headers),
            query: Query::of_address(parts.uri.query().unwrap_or_default())?,
            headers: parts.headers.clone(),
        })
    }
}

/// Where everything of ours is.
pub fn base(issuer: &str) -> String {
    format!("{issuer}/scim/v2")
}

/// A resource as it is answered.
#[derive(Clone, Debug)]
pub struct Resource {
    /// What it is.
    pub of: &'static ResourceType,
    /// Its id.
    pub id: String,
    /// Its ETag.
    pub etag: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its schemas and attributes.
    pub attributes: Map<String, Value>,
}

impl Call {
    /// The address of a resource.
    pub fn location(&self, of: &ResourceType, id: &str) -> String {
        format!("{}{}/{id}", base(self.services.issuer_text()), of.endpoint)
    }

    fn document(&self, resource: Resource, query: &Query) -> Value {
        let Resource { of, id, etag, created_at, updated_at, mut attributes } = resource;
        let meta = json!({
            "resourceType": of.name,
            "created": created_at,
            "lastModified": updated_at,
            "location": self.location(of, &id),
            "version": etag,
        });
        attributes.insert("id".into(), id.into());
        attributes.insert("meta".into(), meta);
        Value::Object(query.selection.apply(attributes, of))
    }

    /// A resource as an answer, with where it is and its version.
    pub fn answer(&self, status: StatusCode, resource: Resource) -> Response {
        let location = self.location(resource.of, &resource.id);
        let etag = resource.etag.clone();
        let mut response = scim_json(status, &self.document(resource, &self.query));
        for (name, value) in [(header::LOCATION, location), (header::ETAG, etag)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// The same, or that the caller has it already (RFC 7644 §3.14).
    pub fn answer_if_new(&self, resource: Resource) -> Response {
        if !is_known(&self.headers, &resource.etag) {
            return self.answer(StatusCode::OK, resource);
        }
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        if let Ok(value) = HeaderValue::from_str(&resource.etag) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }

    /// Part of a list as an answer (RFC 7644 §3.4.2).
    pub fn list(&self, query: &Query, total: u32, found: Vec<Resource>) -> Response {
        let found: Vec<_> =
            found.into_iter().map(|resource| self.document(resource, query)).collect();
        list(total, query.start_index(), &found)
    }
}

/// A list as an answer.
pub fn list(total: u32, start_index: u32, found: &[Value]) -> Response {
    let body = json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": found.len(),
        "Resources": found,
    });
    scim_json(StatusCode::OK, &body)
}
