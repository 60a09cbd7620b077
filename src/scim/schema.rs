//! What there is to know about a resource, as RFC 7643 §7 describes it. The tables are the one
//! place that says so: `/Schemas`, bodies, PATCH and `attributes` all look here.

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
    const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
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

    const fn multi(self) -> Self {
        Self { multi: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    const fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    const fn unique(self) -> Self {
        Self { uniqueness: Uniqueness::Server, ..self }
    }

    const fn of(self, canonical: &'static [&'static str]) -> Self {
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

/// What all resources have (RFC 7643 §3.1); no schema lists it.
pub const COMMON: &[Attribute] = &[
    Attribute::new("schemas", Kind::Text, "")
        .multi()
        .exact()
        .read_only()
        .returned(Returned::Always),
    Attribute::new("id", Kind::Text, "").exact().read_only().returned(Returned::Always),
    Attribute::new("externalId", Kind::Text, "").exact(),
    Attribute::new(
        "meta",
        Kind::Complex(&[
            Attribute::new("resourceType", Kind::Text, "").exact(),
            Attribute::new("created", Kind::DateTime, ""),
            Attribute::new("lastModified", Kind::DateTime, ""),
            Attribute::new("location", Kind::Reference(&["uri"]), ""),
            Attribute::new("version", Kind::Text, "").exact(),
        ]),
        "",
    )
    .read_only(),
];

/// People.
pub const USERS: ResourceType = ResourceType {
    name: "User",
    endpoint: "/Users",
    about: "A person who can sign in.",
    core: &USER,
    extensions: &[&ENTERPRISE, &PASS],
};

/// Groups.
pub const GROUPS: ResourceType = ResourceType {
    name: "Group",
    endpoint: "/Groups",
    about: "A set of people and other groups.",
    core: &GROUP,
    extensions: &[],
};

/// RFC 7643 §4.1.
pub const USER: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    about: "A person who can sign in.",
    attributes: &[
        Attribute::new(
            "userName",
            Kind::Text,
            "What they type to say who they are: letters, digits and . _ - + @ ', at most 128.",
        )
        .required()
        .unique(),
        Attribute::new(
            "name",
            Kind::Complex(&[
                Attribute::new("formatted", Kind::Text, "The whole name."),
                Attribute::new("familyName", Kind::Text, "Family name."),
                Attribute::new("givenName", Kind::Text, "First name."),
            ]),
            "Their name in parts.",
        ),
        Attribute::new(
            "displayName",
            Kind::Text,
            "How pages address them. Where it is left out: their name, or else their userName.",
        )
        .required(),
        Attribute::new("title", Kind::Text, "What they do."),
        Attribute::new(
            "preferredLanguage",
            Kind::Text,
            "The language that they read best (BCP 47).",
        ),
        Attribute::new(
            "active",
            Kind::Boolean,
            "Whether they may sign in; true where it is left out of a new person. Turning it off \
             ends their sessions and tokens at once.",
        )
        .required(),
        Attribute::new(
            "emails",
            Kind::Complex(&[
                Attribute::new("value", Kind::Text, "The address."),
                Attribute::new(
                    "type",
                    Kind::Text,
                    "work, where it is left out; home reaches them before they can open their own \
                     mailbox. other is taken as home.",
                )
                .of(&["work", "home"]),
            ]),
            "At most one address of each type.",
        )
        .multi(),
        Attribute::new(
            "phoneNumbers",
            Kind::Complex(&[
                Attribute::new("value", Kind::Text, "The number."),
                Attribute::new("type", Kind::Text, "work, where it is left out.")
                    .of(&["work", "mobile"]),
            ]),
            "At most one number of each type.",
        )
        .multi(),
        Attribute::new(
            "groups",
            Kind::Complex(&[
                Attribute::new("value", Kind::Text, "The group's id.").exact().read_only(),
                Attribute::new("$ref", Kind::Reference(&["Group"]), "Where the group is.")
                    .read_only(),
                Attribute::new("display", Kind::Text, "The group's name.").read_only(),
                Attribute::new("type", Kind::Text, "Always direct.").of(&["direct"]).read_only(),
            ]),
            "The groups that they were put into, for whoever may see groups. Changed at the group.",
        )
        .multi()
        .read_only(),
    ],
    left_aside: &[
        "nickName",
        "profileUrl",
        "userType",
        "locale",
        "timezone",
        "password",
        "ims",
        "photos",
        "addresses",
        "entitlements",
        "roles",
        "x509Certificates",
    ],
};

/// RFC 7643 §4.3.
pub const ENTERPRISE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    about: "What an employer knows of a person.",
    attributes: &[
        Attribute::new("employeeNumber", Kind::Text, "Their number at the employer."),
        Attribute::new("department", Kind::Text, "Where they work."),
        Attribute::new(
            "manager",
            Kind::Complex(&[
                Attribute::new("value", Kind::Text, "The manager's id.").exact(),
                Attribute::new("$ref", Kind::Reference(&["User"]), "Where the manager is."),
            ]),
            "Whom they report to.",
        ),
    ],
    left_aside: &["costCenter", "organization", "division"],
};

/// Ours: a pass for the first day.
pub const PASS: Schema = Schema {
    id: "urn:firstkey:params:scim:schemas:extension:2.0:TemporaryAccessPass",
    name: "TemporaryAccessPass",
    about: "A code for a limited time that signs one person in, so that they can set up a key. \
            Given with a new person, or by PATCH or PUT; where it says nothing, the policy decides. \
            Seen only by whoever may see passes.",
    attributes: &[
        Attribute::new(
            "startDateTime",
            Kind::DateTime,
            "When it begins to work, at most a year ahead; now where it is left out.",
        ),
        Attribute::new(
            "lifetimeInMinutes",
            Kind::Integer,
            "Counted from its start, within the bounds of the policy.",
        ),
        Attribute::new("isUsableOnce", Kind::Boolean, "Whether it works once only."),
        Attribute::new("createdDateTime", Kind::DateTime, "When it was issued.").read_only(),
        Attribute::new("isUsable", Kind::Boolean, "Whether it works now.").read_only(),
        Attribute::new("methodUsabilityReason", Kind::Text, "Why it does or does not.")
            .read_only()
            .exact()
            .of(&[
                "EnabledByPolicy",
                "DisabledByPolicy",
                "Expired",
                "NotYetValid",
                "OneTimeUsed",
                "Voided",
                "NotApproved",
                "AccountDisabled",
            ]),
        Attribute::new(
            "temporaryAccessPass",
            Kind::Text,
            "The value, once: in the answer to the request that issued it, and only where its \
             parameter attributes names it.",
        )
        .read_only()
        .exact()
        .returned(Returned::Request),
    ],
    left_aside: &[],
};

/// RFC 7643 §4.2.
pub const GROUP: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    about: "A set of people and other groups: what policies aim at.",
    attributes: &[
        Attribute::new("displayName", Kind::Text, "Its name.").required().unique(),
        Attribute::new(
            "members",
            Kind::Complex(&[
                Attribute::new("value", Kind::Text, "The member's id.").exact().immutable(),
                Attribute::new("$ref", Kind::Reference(&["User", "Group"]), "Where the member is.")
                    .immutable(),
                Attribute::new("type", Kind::Text, "What the member is.")
                    .of(&["User", "Group"])
                    .immutable(),
            ]),
            "Who was put into it.",
        )
        .multi(),
    ],
    left_aside: &[],
};

/// Every schema that resources have.
pub const ALL: &[&Schema] = &[&USER, &GROUP, &ENTERPRISE, &PASS];
