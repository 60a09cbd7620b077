//! The API as an OpenAPI 3.1 document, made from the table that its router is made from.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::operations::{self, Answer, Body, Operation};
use super::schema::{Schema, reference};
use crate::domain::permission::Permission;
use crate::http::AppState;

/// `GET /openapi.json`
pub async fn show(State(state): State<AppState>) -> Json<Value> {
    Json(document(state.services.issuer_text()))
}

/// The document.
pub fn document(issuer: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas: BTreeMap<&str, Value> = BTreeMap::new();
    for operation in operations::all() {
        collect(&operation, &mut schemas);
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_ascii_lowercase()] = describe(&operation);
    }
    let scopes: BTreeMap<_, _> =
        Permission::ALL.iter().map(|one| (one.name(), one.words())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Firstkey",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Passes, methods, policies, people, groups and the audit log, in the shape of Microsoft Graph.",
        },
        "servers": [
            { "url": format!("{issuer}/v1.0") },
            { "url": format!("{issuer}/beta"), "description": "The same." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": { "error": error() },
            "securitySchemes": {
                "firstkey": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": { "tokenUrl": format!("{issuer}/token"), "scopes": scopes },
                        "authorizationCode": {
                            "authorizationUrl": format!("{issuer}/authorize"),
                            "tokenUrl": format!("{issuer}/token"),
                            "scopes": scopes,
                        },
                    },
                },
            },
        },
    })
}

/// The schemas that an operation speaks of.
fn collect(operation: &Operation, schemas: &mut BTreeMap<&str, Value>) {
    let mut waiting: Vec<&'static Schema> = match operation.answer {
        Answer::One(schema) | Answer::Created(schema) => vec![schema],
        Answer::Any(list) | Answer::List(list) => list.to_vec(),
        Answer::Done => Vec::new(),
    };
    match operation.body {
        Some(Body::Fields(schema)) => waiting.push(schema),
        Some(Body::AnyFields(schemas)) => waiting.extend(schemas),
        Some(Body::Reference) | None => {}
    }
    while let Some(schema) = waiting.pop() {
        if schemas.insert(schema.name, schema.answered()).is_none() {
            waiting.extend(schema.inner());
        }
    }
}

fn describe(operation: &Operation) -> Value {
    let own = operation.path.starts_with("/me");
    let permissions = Permission::ALL.into_iter().filter(|one| one.covers(operation.action, own));
    let security: Vec<Value> = permissions.map(|one| json!({ "firstkey": [one.name()] })).collect();
    let (status, answer) = answer(operation.answer);
    let mut document = json!({
        "operationId": operation_id(operation),
        "tags": [tag(&operation.path)],
        "summary": operation.about,
        "parameters": parameters(operation),
        "security": security,
        "responses": { status: answer, "default": { "$ref": "#/components/responses/error" } },
    });
    if let Some(body) = operation.body {
        let schema = match body {
            Body::Fields(schema) => schema.sent(),
            Body::AnyFields(schemas) => {
                json!({ "anyOf": schemas.iter().map(|schema| schema.sent()).collect::<Vec<_>>() })
            }
            Body::Reference => json!({
                "type": "object",
                "properties": { "@odata.id": {
                    "type": "string",
                    "description": "An address that ends in directoryObjects/{id}, users/{id} or groups/{id}.",
                } },
                "required": ["@odata.id"],
            }),
        };
        document["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    document
}

fn operation_id(operation: &Operation) -> String {
    let words = operation.path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let name: Vec<_> = std::iter::once(operation.method.as_str()).chain(words).collect();
    name.join("_").to_ascii_lowercase()
}

/// What an operation is about, for the order of the page.
fn tag(path: &str) -> &'static str {
    if path.contains("/authentication/temporaryAccessPass") {
        "Passes"
    } else if path.contains("/authentication/") {
        "Methods"
    } else if path.starts_with("/policies") {
        "Policies"
    } else if path.starts_with("/groups") {
        "Groups"
    } else if path.starts_with("/devices") || path.contains("Devices") {
        "Devices"
    } else if path.starts_with("/auditLogs") {
        "Audit log"
    } else {
        "People"
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let about = if name == "user" { "An id or a userPrincipalName." } else { "An id." };
        Some(parameter("path", name, about, &json!({ "type": "string" })))
    });
    let in_query = operation.options.iter().map(|name| {
        let (about, schema) = match *name {
            "$select" => ("Properties, with commas between them.", json!({ "type": "string" })),
            "$top" => (
                "How many at most; 100 where it is left out.",
                json!({ "type": "integer", "minimum": 1, "maximum": 999 }),
            ),
            "$filter" => (
                "Conditions with eq and startswith, joined by and and or; in the audit log with eq, \
                 and ge, gt, le and lt for times, joined by and.",
                json!({ "type": "string" }),
            ),
            "$orderby" => (
                "The time, with asc or desc; the newest come first where it is left out.",
                json!({ "type": "string" }),
            ),
            "$count" => ("Whether to say how many there are.", json!({ "type": "boolean" })),
            _ => ("Where an @odata.nextLink goes on.", json!({ "type": "string" })),
        };
        parameter("query", name, about, &schema)
    });
    let about = "The ETag that was seen last; 412 where it is another now.";
    let version = parameter("header", "If-Match", about, &json!({ "type": "string" }));
    in_path.chain(in_query).chain(operation.versioned.then_some(version)).collect()
}

fn parameter(place: &str, name: &str, about: &str, schema: &Value) -> Value {
    json!({
        "in": place,
        "name": name,
        "description": about,
        "required": place == "path",
        "schema": schema,
    })
}

fn answer(answer: Answer) -> (&'static str, Value) {
    let of = |about: &str, schema: Value| json!({ "description": about, "content": { "application/json": { "schema": schema } } });
    match answer {
        Answer::One(schema) => ("200", of("The object.", reference(schema))),
        Answer::Created(schema) => ("201", of("The new object.", reference(schema))),
        Answer::Done => ("204", json!({ "description": "It was done." })),
        Answer::Any(schemas) => ("200", of("The object.", any_of(schemas))),
        Answer::List(schemas) => {
            let items = any_of(schemas);
            let list = json!({
                "type": "object",
                "required": ["value"],
                "properties": {
                    "@odata.context": { "type": "string" },
                    "@odata.nextLink": { "type": "string", "description": "The next page." },
                    "@odata.count": { "type": "integer" },
                    "value": { "type": "array", "items": items },
                },
            });
            ("200", of("The list.", list))
        }
    }
}

fn any_of(schemas: &[&Schema]) -> Value {
    match schemas {
        [one] => reference(one),
        many => json!({ "anyOf": many.iter().map(|schema| reference(schema)).collect::<Vec<_>>() }),
    }
}

fn error() -> Value {
    let text = json!({ "type": "string" });
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    let detail = object(json!({ "code": text, "target": text, "message": text }));
    let inner = object(json!({
        "date": { "type": "string", "format": "date-time" },
        "request-id": text,
        "client-request-id": text,
    }));
    let error = object(json!({
        "code": text,
        "message": text,
        "target": text,
        "details": { "type": "array", "items": detail },
        "innerError": inner,
    }));
    json!({
        "description": "What went wrong, and with which field.",
        "content": { "application/json": { "schema": object(json!({ "error": error })) } },
    })
}
