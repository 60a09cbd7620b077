//! Which attributes an answer has (RFC 7644 §3.9).

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::{Attribute, ResourceType, Returned, Schema};
use super::syntax::Name;

/// The most attributes that can be named.
const NAMES_MAX: usize = 100;

/// Which attributes an answer has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// Those that answers have.
    #[default]
    Default,
    /// Only these, and those that answers always have.
    Only(Vec<Name>),
    /// All but these.
    Without(Vec<Name>),
}

impl Selection {
    /// Reads the parameters `attributes` and `excludedAttributes`. Names that stand for nothing
    /// select nothing.
    pub fn read(only: &[String], without: &[String]) -> Result<Self, ScimError> {
        if !only.is_empty() && !without.is_empty() {
            let message = "it cannot be given together with excludedAttributes";
            return Err(ScimError::value("attributes", message));
        }
        if only.len().max(without.len()) > NAMES_MAX {
            return Err(ScimError::value("attributes", "these are more than there are"));
        }
        let names =
            |list: &[String]| list.iter().filter_map(|name| Name::parse(name.trim())).collect();
        Ok(if !only.is_empty() {
            Self::Only(names(only))
        } else if without.is_empty() {
            Self::Default
        } else {
            Self::Without(names(without))
        })
    }

    /// Whether an attribute of the core that is looked up on its own is wanted at all.
    pub fn wants(&self, attribute: &str) -> bool {
        let mentioned = |names: &[Name], whole: bool| {
            names.iter().any(|name| {
                name.attribute.eq_ignore_ascii_case(attribute) && !(whole && name.sub.is_some())
            })
        };
        match self {
            Self::Default => true,
            Self::Only(names) => mentioned(names, false),
            Self::Without(names) => !mentioned(names, true),
        }
    }

    /// Whether an attribute was asked for by its very name.
    pub fn names(&self, schema: &Schema, attribute: &str) -> bool {
        matches!(self, Self::Only(names) if names.iter().any(|name| {
            name.schema.is_some_and(|named| named.id == schema.id)
                && name.attribute.eq_ignore_ascii_case(attribute)
        }))
    }

    /// Leaves of a resource what is wanted.
    pub fn apply(&self, resource: Map<String, Value>, of: &ResourceType) -> Map<String, Value> {
        if *self == Self::Default {
            return resource;
        }
        let mut kept = Map::new();
        for (key, value) in resource {
            let extension = of.extensions.iter().find(|extension| extension.id == key);
            if let (Some(extension), Value::Object(fields)) = (extension, &value) {
                let whole = |name: &Name| {
                    name.schema.is_some_and(|schema| schema.id == extension.id)
                        && name.attribute.is_empty()
                };
                let left = match self {
                    Self::Only(names) if names.iter().any(whole) => fields.clone(),
                    Self::Without(names) if names.iter().any(whole) => Map::new(),
                    _ => self.fields(fields.clone(), Some(extension), of),
                };
                if !left.is_empty() {
                    kept.insert(key, Value::Object(left));
                }
            } else {
                kept.extend(self.fields(Map::from_iter([(key, value)]), None, of));
            }
        }
        kept
    }

    fn fields(
        &self,
        fields: Map<String, Value>,
        extension: Option<&Schema>,
        of: &ResourceType,
    ) -> Map<String, Value> {
        let mentioned = |attribute: &Attribute, names: &[Name]| -> Vec<Option<String>> {
            names
                .iter()
                .filter(|name| {
                    let core = name.schema.is_none_or(|schema| schema.id == of.core.id);
                    let here = match extension {
                        None => core,
                        Some(extension) => {
                            name.schema.is_some_and(|schema| schema.id == extension.id)
                        }
                    };
                    here && name.attribute.eq_ignore_ascii_case(attribute.name)
                })
                .map(|name| name.sub.clone())
                .collect()
        };
        let mut kept = Map::new();
        for (key, value) in fields {
            let Some(attribute) = of.attribute(extension, &key) else { continue };
            if attribute.returned == Returned::Always {
                kept.insert(key, value);
                continue;
            }
            let value = match self {
                Self::Default => Some(value),
                Self::Only(names) => {
                    let subs = mentioned(attribute, names);
                    if subs.contains(&None) {
                        Some(value)
                    } else if subs.is_empty() {
                        None
                    } else {
                        Some(narrow(value, &|name| is_among(&subs, name)))
                    }
                }
                Self::Without(names) => {
                    let subs = mentioned(attribute, names);
                    let left = |value| narrow(value, &|name| !is_among(&subs, name));
                    (!subs.contains(&None)).then(|| left(value))
                }
            };
            if let Some(value) = value {
                kept.insert(key, value);
            }
        }
        kept
    }
}

fn is_among(subs: &[Option<String>], name: &str) -> bool {
    subs.iter().flatten().any(|sub| sub.eq_ignore_ascii_case(name))
}

/// Leaves of a value, or of each of several, what is wanted of it.
fn narrow(value: Value, wanted: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().filter(|(name, _)| wanted(name)).collect())
        }
        Value::Array(list) => {
            Value::Array(list.into_iter().map(|value| narrow(value, wanted)).collect())
        }
        other => other,
    }
}
