//! Bodies: JSON objects, brought into the form that their schemas have. Names are found without
//! regard to case, what only we set is left out, and every error names its attribute.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::reply::MEDIA_TYPE;
use super::resources::COMMON;
use super::schema::{Attribute, Kind, Mutability, ResourceType, Schema};
use crate::domain::time::Timestamp;
use crate::http::AppState;

/// The most values that one attribute may have in a body.
const VALUES_MAX: usize = 20_000;

/// A body.
#[derive(Debug)]
pub struct Body(pub Map<String, Value>);

impl FromRequest<AppState> for Body {
    type Rejection = ScimError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ScimError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !["application/json", MEDIA_TYPE].iter().any(|one| kind.eq_ignore_ascii_case(one)) {
            let detail = format!("The body must be {MEDIA_TYPE}.");
            return Err(ScimError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            ScimError::new(rejection.status(), "The body cannot be read, or is too large.")
        })?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(syntax("The body must be a JSON object.")),
            // Where, but not what.
            Err(error) => Err(syntax(format!(
                "The body is no JSON: it is malformed at line {}, column {}.",
                error.line(),
                error.column()
            ))),
        }
    }
}

fn syntax(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, detail)
}

impl Body {
    /// Refuses a message that does not say that it is one of these.
    pub fn check_schema(&self, wanted: &str) -> Result<(), ScimError> {
        if self.schemas()?.iter().any(|one| one.eq_ignore_ascii_case(wanted)) {
            return Ok(());
        }
        Err(syntax(format!("schemas must name {wanted}.")))
    }

    fn schemas(&self) -> Result<Vec<&str>, ScimError> {
        let refused = || syntax("schemas: a list of URNs is needed.");
        let found = self.field("schemas").and_then(Value::as_array).ok_or_else(refused)?;
        found.iter().map(|one| one.as_str().ok_or_else(refused)).collect()
    }

    /// A field of a message, by its name without regard to case.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// A resource of this type, in the form that its schemas have.
    pub fn resource(self, of: &ResourceType) -> Result<Map<String, Value>, ScimError> {
        self.check_schema(of.core.id)?;
        for named in self.schemas()? {
            if !of.schemas().any(|schema| schema.id.eq_ignore_ascii_case(named)) {
                let known: Vec<_> = of.schemas().map(|schema| schema.id).collect();
                let known = known.join(", ");
                return Err(syntax(format!("schemas: a {} has only {known}.", of.name)));
            }
        }
        let mut resource = Map::new();
        for (key, value) in self.0 {
            let extension = of.extensions.iter().find(|one| one.id.eq_ignore_ascii_case(&key));
            if let Some(extension) = extension {
                match value {
                    Value::Null => {}
                    Value::Object(fields) => {
                        let fields = of_schema(fields, &[], extension)?;
                        resource.insert(extension.id.to_owned(), Value::Object(fields));
                    }
                    _ => return Err(ScimError::value(extension.id, "an object is needed")),
                }
            } else {
                let one = Map::from_iter([(key, value)]);
                resource.extend(of_schema(one, COMMON, of.core)?);
            }
        }
        Ok(resource)
    }
}

fn of_schema(
    fields: Map<String, Value>,
    common: &'static [Attribute],
    schema: &'static Schema,
) -> Result<Map<String, Value>, ScimError> {
    let mut known = Map::new();
    for (key, value) in fields {
        let attribute = common
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(&key))
            .or_else(|| schema.attribute(&key));
        let Some(attribute) = attribute else {
            if schema.leaves_aside(&key) {
                continue;
            }
            return Err(syntax(format!("There is no attribute {} in {}.", short(&key), schema.id)));
        };
        if attribute.mutability != Mutability::ReadOnly {
            let value = checked(attribute, value)?;
            if !is_unassigned(&value) {
                known.insert(attribute.name.to_owned(), value);
            }
        }
    }
    Ok(known)
}

/// A name as it can be repeated: one that is longer than any of ours says nothing.
pub fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// Whether a value is none (RFC 7643 §2.5).
pub fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// The value of an attribute in the form that its schema has.
pub fn checked(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Array(list) if attribute.multi => {
            if list.len() > VALUES_MAX {
                let detail = format!("{}: at most {VALUES_MAX} values in one go.", attribute.name);
                return Err(ScimError::bad(ScimType::TooMany, detail));
            }
            let list: Result<Vec<_>, _> =
                list.into_iter().map(|value| checked_one(attribute, value)).collect();
            Ok(Value::Array(list?))
        }
        value if attribute.multi => Ok(Value::Array(vec![checked_one(attribute, value)?])),
        value => checked_one(attribute, value),
    }
}

/// One value of an attribute.
pub fn checked_one(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    let refused = |wanted: &str| Err(ScimError::value(attribute.name, wanted));
    match (attribute.kind, value) {
        // PostgreSQL stores no NUL, and nothing that people type has one.
        (_, Value::String(text)) if text.contains('\0') => {
            refused("control characters are not allowed")
        }
        (Kind::Text | Kind::Reference(_), Value::String(text)) => Ok(Value::String(text)),
        (Kind::Boolean, Value::Bool(flag)) => Ok(Value::Bool(flag)),
        // Entra ID says "True" where it is not told to keep to the letter.
        (Kind::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => refused("true or false is needed"),
        },
        (Kind::Integer, value) if value.as_i64().is_some() => Ok(value),
        (Kind::DateTime, Value::String(text)) if Timestamp::parse(&text).is_some() => {
            Ok(Value::String(text))
        }
        (Kind::Complex(_), Value::Object(fields)) => {
            let mut known = Map::new();
            for (key, value) in fields {
                let Some(sub) = attribute.sub(&key) else { continue };
                if sub.mutability != Mutability::ReadOnly {
                    let value = checked(sub, value)?;
                    if !is_unassigned(&value) {
                        known.insert(sub.name.to_owned(), value);
                    }
                }
            }
            Ok(Value::Object(known))
        }
        // The value alone, as Entra ID names a manager.
        (Kind::Complex(_), Value::String(text)) if attribute.sub("value").is_some() => {
            Ok(Value::Object(Map::from_iter([("value".to_owned(), Value::String(text))])))
        }
        (Kind::Text | Kind::Reference(_), _) => refused("text is needed"),
        (Kind::Boolean, _) => refused("true or false is needed"),
        (Kind::Integer, _) => refused("a whole number is needed"),
        (Kind::DateTime, _) => refused("a time like 2026-11-23T08:00:00Z is needed"),
        (Kind::Complex(_), _) => refused("an object is needed"),
    }
}
