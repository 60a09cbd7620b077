//! How a schema describes what there is to know about a resource (RFC 7643 §7). The tables are in
//! [`resources`](super::resources).

use super::resources::COMMON;

/// What an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// An RFC 3339 time.
    DateTime,
    /// The address of one of these resources.
    Reference(&'static [&'static str]),
    /// Attributes of its own.
    Complex(&'static [Attribute]),
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// We do.
    ReadOnly,
    /// Anybody who may, at any time.
    ReadWrite,
    /// Anybody who may, once.
    Immutable,
}

/// When an attribute is in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Whatever is asked for.
    Always,
    /// Unless something else is asked for.
    Default,
    /// If it is asked for by its name.
    Request,
}

/// Among whom a value is the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniqueness {
    /// It need not be.
    None,
    /// Among all that this server has.
    Server,
}

/// One attribute (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name; found without regard to case.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it holds several.
    pub multi: bool,
    /// Whether it always has a value.
    pub required: bool,
    /// Whether its text is compared with regard to case.
    pub case_exact: bool,
    /// Who sets it.
    pub mutability: Mutability,
    /// When it is in an answer.
    pub returned: Returned,
    /// Among whom it is the only one.
    pub uniqueness: Uniqueness,
    /// The values that it takes; none for any.
    pub canonical: &'static [&'static str],
    /// What it is, in a sentence.
    pub about: &'static str,
}

impl Attribute {
    pub(super) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            multi: false,
            required: false,
            case_exact: !matches!(kind, Kind::Text),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical: &[],
            about,
        }
    }

    pub(super) const fn multi(self) -> Self {
        Self { multi: true, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    pub(super) const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    pub(super) const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    pub(super) const fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    pub(super) const fn unique(self) -> Self {
        Self { uniqueness: Uniqueness::Server, ..self }
    }

    pub(super) const fn of(self, canonical: &'static [&'static str]) -> Self {
        Self { canonical, ..self }
    }

    /// Its own attributes.
    pub fn subs(&self) -> &'static [Attribute] {
        match self.kind {
            Kind::Complex(subs) => subs,
            _ => &[],
        }
    }

    /// One of its own attributes.
    pub fn sub(&self, name: &str) -> Option<&'static Attribute> {
        find(self.subs(), name)
    }
}

/// A schema: the core of a resource, or an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it describes.
    pub about: &'static str,
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// What RFC 7643 has besides, and is taken and left aside: clients send what they have.
    pub left_aside: &'static [&'static str],
}

impl Schema {
    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        find(self.attributes, name)
    }

    /// Whether this is an attribute of the standard that is not kept here.
    pub fn leaves_aside(&self, name: &str) -> bool {
        self.left_aside.iter().any(|one| one.eq_ignore_ascii_case(name))
    }
}

fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// Its name.
    pub name: &'static str,
    /// Where its resources are.
    pub endpoint: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Its core.
    pub core: &'static Schema,
    /// What may be said besides.
    pub extensions: &'static [&'static Schema],
}

impl ResourceType {
    /// Its schemas, the core first.
    pub fn schemas(&self) -> impl Iterator<Item = &'static Schema> {
        std::iter::once(self.core).chain(self.extensions.iter().copied())
    }

    /// The attribute with this name of the core (which has those that all resources have), or of an
    /// extension.
    pub fn attribute(&self, schema: Option<&Schema>, name: &str) -> Option<&'static Attribute> {
        match schema.filter(|schema| schema.id != self.core.id) {
            Some(extension) => extension.attribute(name),
            None => find(COMMON, name).or_else(|| self.core.attribute(name)),
        }
    }
}
