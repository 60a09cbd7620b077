//! Bodies: JSON objects whose fields are taken one by one, so that every error names its field and
//! nothing is left unread.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::GraphError;
use crate::domain::change::Change;
use crate::domain::time::Timestamp;
use crate::http::AppState;

/// The fields of a body that have not been taken yet.
#[derive(Debug, Default)]
pub struct Fields {
    fields: Map<String, Value>,
    /// What OData says about the object: `@odata.type` and the like.
    notes: Map<String, Value>,
}

impl FromRequest<AppState> for Fields {
    type Rejection = GraphError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, GraphError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(GraphError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaType",
                "The body must be application/json.",
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let message = "The body cannot be read, or is too large.";
            GraphError::new(rejection.status(), "badRequest", message)
        })?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self::new(fields)),
            Ok(_) => Err(GraphError::bad_request("The body must be a JSON object.")),
            // Where, but not what: it may hold a secret.
            Err(error) => Err(GraphError::bad_request(format!(
                "Unable to read JSON request payload: it is malformed at line {}, column {}.",
                error.line(),
                error.column()
            ))),
        }
    }
}

impl Fields {
    fn new(fields: Map<String, Value>) -> Self {
        let (notes, fields) = fields.into_iter().partition(|(name, _)| is_note(name));
        Self { fields, notes }
    }

    /// What OData says about the object, such as `@odata.type`.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).and_then(Value::as_str)
    }

    /// Takes a field whose value is text.
    pub fn text(&mut self, name: &str) -> Result<Change<String>, GraphError> {
        match self.fields.remove(name) {
            None => Ok(Change::Keep),
            Some(Value::Null) => Ok(Change::Clear),
            // PostgreSQL stores no NUL, and nothing that people type has one.
            Some(Value::String(text)) if !text.contains('\0') => Ok(Change::Set(text)),
            Some(_) => Err(GraphError::field(name, "text is needed")),
        }
    }

    /// Takes a field whose value is text and never null.
    pub fn required_text(&mut self, name: &str) -> Result<Option<String>, GraphError> {
        match self.text(name)? {
            Change::Keep => Ok(None),
            Change::Clear => Err(GraphError::field(name, "text is needed, and not null")),
            Change::Set(text) => Ok(Some(text)),
        }
    }

    /// Takes a field whose value is a whole number. Null counts as left out.
    pub fn number(&mut self, name: &str) -> Result<Option<i64>, GraphError> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(GraphError::field(name, "a whole number is needed")),
            },
        }
    }

    /// Takes a field whose value is true or false. Null counts as left out.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, GraphError> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(GraphError::field(name, "true or false is needed")),
        }
    }

    /// Takes a field whose value is a time (RFC 3339, any offset).
    pub fn time(&mut self, name: &str) -> Result<Change<Timestamp>, GraphError> {
        match self.text(name)? {
            Change::Keep => Ok(Change::Keep),
            Change::Clear => Ok(Change::Clear),
            Change::Set(text) => match Timestamp::parse(&text) {
                Some(time) => Ok(Change::Set(time)),
                None => Err(GraphError::field(name, "a time like 2026-11-23T08:00:00Z is needed")),
            },
        }
    }

    /// Takes a field whose value is something else; `wanted` says what.
    pub fn other<T: DeserializeOwned>(
        &mut self,
        name: &str,
        wanted: &str,
    ) -> Result<Option<T>, GraphError> {
        let Some(mut value) = self.fields.remove(name) else { return Ok(None) };
        strip(&mut value, 8);
        match serde_json::from_value(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(GraphError::field(name, format!("{wanted} is needed"))),
        }
    }

    /// Takes a field and looks away: Graph demands it, and here it decides nothing.
    pub fn ignore(&mut self, name: &str) {
        self.fields.remove(name);
    }

    /// Refuses what nobody took.
    pub fn finish(self, known: &[&str]) -> Result<(), GraphError> {
        let Some((name, _)) = self.fields.into_iter().next() else { return Ok(()) };
        let message = format!(
            "the property does not exist or cannot be set here; there are {}",
            known.join(", ")
        );
        // A name that is longer than any of ours says nothing.
        let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        Err(GraphError::field(name, message))
    }
}

/// Annotations (OData JSON Format §4.6) but `@odata.bind`, which asks for something to be done.
fn is_note(name: &str) -> bool {
    name.contains('@') && !name.ends_with("@odata.bind")
}

/// Takes annotations out of what is inside.
fn strip(value: &mut Value, depth: u32) {
    match value {
        Value::Object(fields) if depth > 0 => {
            fields.retain(|name, _| !is_note(name));
            for value in fields.values_mut() {
                strip(value, depth - 1);
            }
        }
        Value::Array(list) if depth > 0 => {
            for value in list {
                strip(value, depth - 1);
            }
        }
        _ => {}
    }
}
