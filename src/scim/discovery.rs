//! What this server can do (RFC 7644 §4). Told to anybody, because it is the same for everybody.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::BODY_MAX;
use super::call::{base, list};
use super::error::ScimError;
use super::query::COUNT_MAX;
use super::reply::scim_json;
use super::resources::{ALL, GROUPS, USERS};
use super::schema::{Attribute, Kind, Mutability, ResourceType, Returned, Schema, Uniqueness};
use crate::http::AppState;

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
const TYPES: [&ResourceType; 2] = [&USERS, &GROUPS];

/// Lists of these are not narrowed down (RFC 7644 §4).
fn refuse_filter(uri: &Uri) -> Result<(), ScimError> {
    let query = uri.query().unwrap_or_default();
    if url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "filter") {
        return Err(ScimError::new(StatusCode::FORBIDDEN, "There is no filter here."));
    }
    Ok(())
}

/// `GET /ServiceProviderConfig`
pub async fn config(State(state): State<AppState>) -> Response {
    let issuer = state.services.issuer_text();
    let body = json!({
        "schemas": [CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": BODY_MAX },
        "filter": { "supported": true, "maxResults": COUNT_MAX },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth 2.0 access token",
            "description": format!(
                "An access token of {issuer}/token: client_credentials of an application that \
                 holds User.ReadWrite.All, Group.ReadWrite.All and, for passes, \
                 UserAuthMethod-TAP.ReadWrite.All; those for reading will do for reading."
            ),
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", base(issuer)),
        },
    });
    scim_json(StatusCode::OK, &body)
}

fn resource_type(of: &ResourceType, issuer: &str) -> Value {
    let extensions = of.extensions.iter();
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": of.name,
        "name": of.name,
        "endpoint": of.endpoint,
        "description": of.about,
        "schema": of.core.id,
        "schemaExtensions": extensions
            .map(|extension| json!({ "schema": extension.id, "required": false }))
            .collect::<Vec<_>>(),
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{}/ResourceTypes/{}", base(issuer), of.name),
        },
    })
}

/// `GET /ResourceTypes`
pub async fn resource_types(
    State(state): State<AppState>,
    uri: Uri,
) -> Result<Response, ScimError> {
    refuse_filter(&uri)?;
    let issuer = state.services.issuer_text();
    Ok(list(2, 1, &TYPES.map(|of| resource_type(of, issuer))))
}

/// `GET /ResourceTypes/{name}`
pub async fn one_resource_type(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, ScimError> {
    let of = TYPES.iter().find(|of| of.name == name).ok_or_else(ScimError::nothing_here)?;
    Ok(scim_json(StatusCode::OK, &resource_type(of, state.services.issuer_text())))
}

fn attribute(of: &Attribute) -> Value {
    let (kind, references) = match of.kind {
        Kind::Text => ("string", None),
        Kind::Boolean => ("boolean", None),
        Kind::Integer => ("integer", None),
        Kind::DateTime => ("dateTime", None),
        Kind::Reference(types) => ("reference", Some(types)),
        Kind::Complex(_) => ("complex", None),
    };
    let mut document = json!({
        "name": of.name,
        "type": kind,
        "multiValued": of.multi,
        "description": of.about,
        "required": of.required,
        "caseExact": of.case_exact,
        "mutability": match of.mutability {
            Mutability::ReadOnly => "readOnly",
            Mutability::ReadWrite => "readWrite",
            Mutability::Immutable => "immutable",
        },
        "returned": match of.returned {
            Returned::Always => "always",
            Returned::Default => "default",
            Returned::Request => "request",
        },
        "uniqueness": match of.uniqueness {
            Uniqueness::None => "none",
            Uniqueness::Server => "server",
        },
    });
    if let Some(types) = references {
        document["referenceTypes"] = json!(types);
    }
    if !of.canonical.is_empty() {
        document["canonicalValues"] = json!(of.canonical);
    }
    if !of.subs().is_empty() {
        document["subAttributes"] = of.subs().iter().map(attribute).collect();
    }
    document
}

fn schema(of: &Schema, issuer: &str) -> Value {
    json!({
        "schemas": [SCHEMA],
        "id": of.id,
        "name": of.name,
        "description": of.about,
        "attributes": of.attributes.iter().map(attribute).collect::<Vec<_>>(),
        "meta": {
            "resourceType": "Schema",
            "location": format!("{}/Schemas/{}", base(issuer), of.id),
        },
    })
}

/// `GET /Schemas`
pub async fn schemas(State(state): State<AppState>, uri: Uri) -> Result<Response, ScimError> {
    refuse_filter(&uri)?;
    let issuer = state.services.issuer_text();
    let found: Vec<_> = ALL.iter().map(|of| schema(of, issuer)).collect();
    Ok(list(u32::try_from(found.len()).unwrap_or(u32::MAX), 1, &found))
}

/// `GET /Schemas/{id}`
pub async fn one_schema(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ScimError> {
    let of = ALL.iter().find(|of| of.id.eq_ignore_ascii_case(&id));
    let of = of.ok_or_else(ScimError::nothing_here)?;
    Ok(scim_json(StatusCode::OK, &schema(of, state.services.issuer_text())))
}
