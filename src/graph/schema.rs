//! What objects of the API look like: said once, for the handlers, the OpenAPI document and the
//! page that people read.

use serde_json::{Map, Value, json};

/// An object of the API.
#[derive(Debug)]
pub struct Schema {
    /// Its name in Graph.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Everything about it.
    pub properties: &'static [Property],
}

/// One thing about an object.
#[derive(Debug)]
pub struct Property {
    /// Its name in Graph.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Who decides it.
    pub set: Set,
    /// What it means.
    pub about: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A UUID.
    Id,
    /// Text.
    Text,
    /// Text or null.
    OptionalText,
    /// A time (RFC 3339).
    Time,
    /// A time or null.
    OptionalTime,
    /// A whole number within bounds.
    Number(u32, u32),
    /// True or false.
    Flag,
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// An object.
    Object(&'static Schema),
    /// A list of objects.
    List(&'static Schema),
    /// A list of any of some objects, told apart by `@odata.type`.
    ListOf(&'static [&'static Schema]),
}

/// Who decides a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// We do.
    Never,
    /// The caller, as long as the object lives.
    Always,
}

/// A property; a short form for tables.
pub const fn property(name: &'static str, kind: Kind, set: Set, about: &'static str) -> Property {
    Property { name, kind, set, about }
}

impl Schema {
    /// The names of all properties.
    pub fn names(&self) -> Vec<&'static str> {
        self.properties.iter().map(|property| property.name).collect()
    }

    /// The names of those that callers decide.
    pub fn settable(&self) -> Vec<&'static str> {
        self.decided().map(|property| property.name).collect()
    }

    fn decided(&self) -> impl Iterator<Item = &'static Property> {
        self.properties.iter().filter(|property| property.set == Set::Always)
    }

    /// The objects that properties of this one hold.
    pub fn inner(&self) -> Vec<&'static Self> {
        let held = |property: &'static Property| match property.kind {
            Kind::Object(schema) | Kind::List(schema) => vec![schema],
            Kind::ListOf(schemas) => schemas.to_vec(),
            _ => Vec::new(),
        };
        self.properties.iter().flat_map(held).collect()
    }

    /// The object as it is answered (JSON Schema 2020-12).
    pub fn answered(&self) -> Value {
        let properties: Map<_, _> = self.properties.iter().map(Property::document).collect();
        json!({ "type": "object", "description": self.about, "properties": properties })
    }

    /// What may be sent: whatever callers decide, and annotations; anything else is refused.
    pub fn sent(&self) -> Value {
        let properties: Map<_, _> = self.decided().map(Property::document).collect();
        json!({
            "type": "object",
            "description": self.about,
            "properties": properties,
            "patternProperties": { "@": {} },
            "additionalProperties": false,
        })
    }
}

impl Property {
    fn document(&self) -> (String, Value) {
        let mut document = self.kind.document();
        document["description"] = self.about.into();
        if self.set == Set::Never {
            document["readOnly"] = true.into();
        }
        (self.name.to_owned(), document)
    }
}

/// Where the document has an object.
pub fn reference(schema: &Schema) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", schema.name) })
}

impl Kind {
    fn document(self) -> Value {
        match self {
            Self::Id => json!({ "type": "string", "format": "uuid" }),
            Self::Text => json!({ "type": "string" }),
            Self::OptionalText => json!({ "type": ["string", "null"] }),
            Self::Time => json!({ "type": "string", "format": "date-time" }),
            Self::OptionalTime => json!({ "type": ["string", "null"], "format": "date-time" }),
            Self::Number(min, max) => {
                json!({ "type": "integer", "minimum": min, "maximum": max })
            }
            Self::Flag => json!({ "type": "boolean" }),
            Self::OneOf(words) => json!({ "type": "string", "enum": words }),
            Self::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Self::Object(schema) => json!({ "allOf": [reference(schema)] }),
            Self::List(schema) => json!({ "type": "array", "items": reference(schema) }),
            Self::ListOf(schemas) => {
                let any: Vec<_> = schemas.iter().map(|schema| reference(schema)).collect();
                json!({ "type": "array", "items": { "anyOf": any } })
            }
        }
    }
}
