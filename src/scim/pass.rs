//! The extension by which a person is given a pass.

use serde_json::{Map, Value, json};

use super::body::checked;
use super::error::{ScimError, ScimType};
use super::patch::{Change, Op};
use super::resources::PASS;
use super::schema::Mutability;
use crate::domain::pass::{PassRequest, PassTerms};
use crate::domain::time::Timestamp;
use crate::service::passes::PassStatus;
use crate::service::provisioning::PassChange;

/// The state of a pass, never its value.
pub fn attributes(status: &PassStatus) -> Map<String, Value> {
    let PassStatus { pass, usability } = status;
    let fields = [
        ("startDateTime", json!(pass.terms.starts_at)),
        ("lifetimeInMinutes", json!(pass.terms.lifetime_minutes)),
        ("isUsableOnce", json!(pass.terms.one_time)),
        ("createdDateTime", json!(pass.created_at)),
        ("isUsable", json!(usability.name() == "EnabledByPolicy")),
        ("methodUsabilityReason", json!(usability.name())),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The pass that a resource asks for, if it asks for one.
pub fn request(resource: &Map<String, Value>) -> Option<PassRequest> {
    let Some(Value::Object(fields)) = resource.get(PASS.id) else { return None };
    Some(read(fields))
}

fn read(fields: &Map<String, Value>) -> PassRequest {
    PassRequest {
        start: fields.get("startDateTime").and_then(Value::as_str).and_then(Timestamp::parse),
        lifetime_minutes: fields.get("lifetimeInMinutes").and_then(Value::as_i64),
        one_time: fields.get("isUsableOnce").and_then(Value::as_bool),
    }
}

/// Whether a pass is what is asked for, in all that is said of it: whoever sends a person back as
/// they were asks for nothing new.
pub fn is_same(request: &PassRequest, terms: &PassTerms) -> bool {
    request.start.is_none_or(|start| start == terms.starts_at)
        && request
            .lifetime_minutes
            .is_none_or(|minutes| minutes == i64::from(terms.lifetime_minutes))
        && request.one_time.is_none_or(|one_time| one_time == terms.one_time)
}

/// What the changes of a person say of their pass.
#[derive(Debug, Default)]
pub struct Wish {
    fields: Option<Map<String, Value>>,
    deleted: bool,
}

impl Wish {
    /// Takes a change of the extension.
    pub fn take(&mut self, change: Change) -> Result<(), ScimError> {
        let Change { op, path, value } = change;
        let name = path.name.attribute;
        if path.which.is_some() || path.name.sub.is_some() {
            let detail = format!("{} has nothing within its attributes.", PASS.name);
            return Err(ScimError::bad(ScimType::InvalidPath, detail));
        }
        if name.is_empty() {
            match (op, value) {
                (Op::Remove, _) => *self = Self { fields: None, deleted: true },
                (_, Value::Object(_)) => {
                    self.fields.get_or_insert_default();
                }
                _ => return Err(ScimError::value(PASS.name, "an object is needed")),
            }
            return Ok(());
        }
        let Some(attribute) = PASS.attribute(&name) else {
            let detail = format!("There is no such attribute in {}.", PASS.id);
            return Err(ScimError::bad(ScimType::InvalidPath, detail));
        };
        if op == Op::Remove || attribute.mutability == Mutability::ReadOnly {
            let detail = format!("{} of a pass does not change; give another.", attribute.name);
            return Err(ScimError::bad(ScimType::Mutability, detail));
        }
        let fields = self.fields.get_or_insert_default();
        let value = checked(attribute, value)?;
        if !value.is_null() {
            fields.insert(attribute.name.to_owned(), value);
        }
        Ok(())
    }

    /// What is to be done.
    pub fn change(self) -> Option<PassChange> {
        match self.fields {
            Some(fields) => Some(PassChange::Issue(read(&fields))),
            None => self.deleted.then_some(PassChange::Delete),
        }
    }
}
