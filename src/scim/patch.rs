//! Changes (RFC 7644 §3.5.2): read, and made to a resource in the form that its schemas have.

use serde_json::{Map, Value};

use super::body::{Body, checked, checked_one, is_unassigned, short};
use super::error::{ScimError, ScimType};
use super::filter::passes;
use super::schema::{Attribute, Kind, Mutability, ResourceType, Schema};
use super::syntax::{Expression, Name, Operator, Path, parse_path};

/// The schema of a request for changes.
const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most changes in one request.
const OPERATIONS_MAX: usize = 1000;
/// What RFC 7643 has within attributes, and is not kept here.
const LEFT_ASIDE: [&str; 6] =
    ["primary", "display", "displayName", "middleName", "honorificPrefix", "honorificSuffix"];

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// A value comes to those that are there.
    Add,
    /// A value goes.
    Remove,
    /// A value takes the place of those that are there.
    Replace,
}

/// One change of one attribute.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is done.
    pub op: Op,
    /// To what.
    pub path: Path,
    /// The value; null where there is none.
    pub value: Value,
}

/// Reads a request. What it says without a path is taken apart, attribute by attribute.
pub fn read(body: &Body, of: &ResourceType) -> Result<Vec<Change>, ScimError> {
    body.check_schema(SCHEMA)?;
    let syntax = |detail: &str| ScimError::bad(ScimType::InvalidSyntax, detail);
    let operations = body.field("Operations").and_then(Value::as_array);
    let operations =
        operations.ok_or_else(|| syntax("Operations: a list of operations is needed."))?;
    if operations.is_empty() || operations.len() > OPERATIONS_MAX {
        return Err(syntax(&format!("Operations: 1 to {OPERATIONS_MAX} are needed.")));
    }
    let mut changes = Vec::new();
    for operation in operations {
        let Value::Object(operation) = operation else {
            return Err(syntax("Operations: each must be an object."));
        };
        let field = |name: &str| {
            operation.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let op = field("op").and_then(Value::as_str).unwrap_or_default();
        let op = match op.to_ascii_lowercase().as_str() {
            "add" => Op::Add,
            "remove" => Op::Remove,
            "replace" => Op::Replace,
            _ => return Err(syntax("op: add, remove or replace is needed.")),
        };
        let value = field("value").cloned().unwrap_or_default();
        match field("path") {
            Some(Value::String(path)) => expand(op, parse_path(path)?, value, of, &mut changes)?,
            Some(Value::Null) | None => match (op, value) {
                (Op::Remove, _) => {
                    let detail = "A path is needed to remove something.";
                    return Err(ScimError::bad(ScimType::NoTarget, detail));
                }
                (_, Value::Object(fields)) => attributes(op, None, fields, of, &mut changes)?,
                _ => return Err(ScimError::value("value", "an object is needed without a path")),
            },
            Some(_) => return Err(ScimError::bad(ScimType::InvalidPath, "path: text is needed.")),
        }
    }
    Ok(changes)
}

/// A change of a whole schema is one of its attributes; that of an extension may be more, and stays.
fn expand(
    op: Op,
    path: Path,
    value: Value,
    of: &ResourceType,
    changes: &mut Vec<Change>,
) -> Result<(), ScimError> {
    let whole = path.name.schema.filter(|_| path.name.attribute.is_empty());
    match (whole, op, value) {
        (Some(schema), Op::Add | Op::Replace, Value::Object(fields)) if !fields.is_empty() => {
            attributes(op, Some(schema), fields, of, changes)
        }
        (_, op, value) => {
            changes.push(Change { op, path, value });
            Ok(())
        }
    }
}

fn attributes(
    op: Op,
    schema: Option<&'static Schema>,
    fields: Map<String, Value>,
    of: &ResourceType,
    changes: &mut Vec<Change>,
) -> Result<(), ScimError> {
    for (key, value) in fields {
        // A whole resource is sent back with what it is.
        let own: &[&str] = if schema.is_none() { &["schemas", "id", "meta"] } else { &["schemas"] };
        if own.iter().any(|own| key.eq_ignore_ascii_case(own)) {
            continue;
        }
        let mut path = parse_path(&key)?;
        path.name.schema = path.name.schema.or(schema);
        expand(op, path, value, of, changes)?;
    }
    Ok(())
}

/// Makes a change.
pub fn apply(
    change: Change,
    resource: &mut Map<String, Value>,
    of: &ResourceType,
) -> Result<(), ScimError> {
    let Change { op, path: Path { name, which }, value } = change;
    let extension = name.schema.filter(|schema| schema.id != of.core.id);
    if extension.is_some_and(|one| !of.extensions.iter().any(|other| other.id == one.id)) {
        return Err(no_path(&name));
    }
    if name.attribute.is_empty() {
        return match (extension, op) {
            (Some(extension), Op::Remove) => {
                resource.remove(extension.id);
                Ok(())
            }
            (_, Op::Remove) => Err(mutability(of.name)),
            _ => Err(ScimError::value("value", "an object with attributes is needed")),
        };
    }
    let Some(attribute) = of.attribute(name.schema, &name.attribute) else {
        let schema = extension.unwrap_or(of.core);
        return if schema.leaves_aside(&name.attribute) { Ok(()) } else { Err(no_path(&name)) };
    };
    if attribute.mutability == Mutability::ReadOnly {
        return Err(mutability(attribute.name));
    }
    let sub = match &name.sub {
        None => None,
        Some(sub) => match attribute.sub(sub) {
            Some(found) if found.mutability == Mutability::ReadOnly => {
                return Err(mutability(found.name));
            }
            Some(found) => Some(found),
            None if LEFT_ASIDE.iter().any(|one| one.eq_ignore_ascii_case(sub)) => return Ok(()),
            None => return Err(no_path(&name)),
        },
    };
    if op != Op::Remove && value.is_null() && change_needs_value(attribute, sub) {
        return Err(ScimError::value(attribute.name, "a value is needed"));
    }
    // Without a value, it becomes none.
    let op = if value.is_null() { Op::Remove } else { op };
    let make = |at: &mut Map<String, Value>| {
        if attribute.multi {
            change_values(attribute, sub, op, which.as_ref(), value, at)
        } else if which.is_some() {
            let detail = format!("{} has one value only.", attribute.name);
            Err(ScimError::bad(ScimType::InvalidPath, detail))
        } else if let Some(sub) = sub {
            within(at, attribute.name, |of| change_one(sub, op, value, of))
        } else {
            change_one(attribute, op, value, at)
        }
    };
    match extension {
        None => make(resource),
        Some(extension) => within(resource, extension.id, make),
    }
}

fn change_needs_value(attribute: &Attribute, sub: Option<&Attribute>) -> bool {
    attribute.required && sub.is_none()
}

fn no_path(name: &Name) -> ScimError {
    let name = short(&name.attribute);
    ScimError::bad(ScimType::InvalidPath, format!("There is no attribute {name} here."))
}

fn mutability(name: &str) -> ScimError {
    ScimError::bad(ScimType::Mutability, format!("{name} cannot be changed in this way."))
}

/// Changes the object of this name, which is made where it is missing and gone where it is empty.
fn within(
    at: &mut Map<String, Value>,
    name: &str,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<(), ScimError>,
) -> Result<(), ScimError> {
    let mut fields = match at.remove(name) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    change(&mut fields)?;
    if !fields.is_empty() {
        at.insert(name.to_owned(), Value::Object(fields));
    }
    Ok(())
}

/// Changes an attribute that has one value.
fn change_one(
    attribute: &Attribute,
    op: Op,
    value: Value,
    at: &mut Map<String, Value>,
) -> Result<(), ScimError> {
    if op == Op::Remove {
        if attribute.required {
            return Err(mutability(attribute.name));
        }
        at.remove(attribute.name);
        return Ok(());
    }
    match (attribute.kind, checked(attribute, value)?) {
        // What is not mentioned stays (RFC 7644 §3.5.2.1, §3.5.2.3).
        (Kind::Complex(_), Value::Object(fields)) => within(at, attribute.name, |of| {
            // Both name the same: who gives the one means another than the other.
            for (one, other) in [("value", "$ref"), ("$ref", "value")] {
                if fields.contains_key(one) {
                    of.remove(other);
                }
            }
            of.extend(fields);
            Ok(())
        }),
        (_, value) => {
            at.insert(attribute.name.to_owned(), value);
            Ok(())
        }
    }
}

/// Changes an attribute that has several values, all of them or those that pass the filter.
fn change_values(
    attribute: &Attribute,
    sub: Option<&Attribute>,
    op: Op,
    which: Option<&Expression>,
    value: Value,
    at: &mut Map<String, Value>,
) -> Result<(), ScimError> {
    let mut values = match at.remove(attribute.name) {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    let exact = |name: &str| attribute.sub(name).is_some_and(|sub| sub.case_exact);
    let hit = |one: &Value| match (which, one) {
        (Some(filter), Value::Object(fields)) => passes(filter, fields, &exact),
        _ => true,
    };
    if which.is_none() && sub.is_none() {
        let new = match checked(attribute, value)? {
            Value::Array(new) => new,
            _ => Vec::new(),
        };
        match op {
            Op::Remove => values.clear(),
            Op::Replace => values = new,
            Op::Add => new.into_iter().for_each(|one| take(&mut values, one)),
        }
    } else {
        if !values.iter().any(hit) {
            let template = which.map_or_else(|| Some(Map::new()), template);
            let Some(fields) = template.filter(|_| op == Op::Add) else {
                let detail = format!("There is no such value of {}.", attribute.name);
                return Err(ScimError::bad(ScimType::NoTarget, detail));
            };
            take(&mut values, Value::Object(fields));
        }
        let new = match (op, sub) {
            (Op::Remove, _) => Value::Null,
            (_, Some(sub)) => checked(sub, value)?,
            (_, None) => checked_one(attribute, first(value))?,
        };
        for one in values.iter_mut().filter(|one| hit(one)) {
            let Value::Object(fields) = one else { continue };
            match (op, sub, &new) {
                (Op::Remove, None, _) => fields.clear(),
                (Op::Remove, Some(sub), _) => {
                    fields.remove(sub.name);
                }
                (_, Some(sub), new) => {
                    fields.insert(sub.name.to_owned(), new.clone());
                }
                (_, None, Value::Object(new)) => fields.extend(new.clone()),
                _ => {}
            }
        }
        // What has lost its value is gone.
        values.retain(|one| one.get("value").is_some());
    }
    let values = Value::Array(values);
    if !is_unassigned(&values) {
        at.insert(attribute.name.to_owned(), values);
    }
    Ok(())
}

/// The only one of a list.
fn first(value: Value) -> Value {
    match value {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        other => other,
    }
}

/// Takes in one more value, in place of the one of its type.
fn take(values: &mut Vec<Value>, one: Value) {
    let kind = kind_of(&one);
    values.retain(|other| kind_of(other) != kind);
    values.push(one);
}

/// The type of one of several values, as it is kept.
pub fn kind_of(one: &Value) -> String {
    let kind = one.get("type").and_then(Value::as_str).unwrap_or("work").to_ascii_lowercase();
    if kind == "other" { "home".to_owned() } else { kind }
}

/// What a new value is like for which `type eq "work"` shall hold; none where that is not clear.
fn template(filter: &Expression) -> Option<Map<String, Value>> {
    match filter {
        Expression::Compare(name, Operator::Equal, value) => {
            Some(Map::from_iter([(name.attribute.to_ascii_lowercase(), value.clone())]))
        }
        Expression::And(left, right) => {
            let mut fields = template(left)?;
            fields.extend(template(right)?);
            Some(fields)
        }
        _ => None,
    }
}
