//! What there is to know about people and groups. These tables are the one place that says so:
//! `/Schemas`, bodies, PATCH and `attributes` all look here.

use super::schema::{Attribute, Kind, ResourceType, Returned, Schema};

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
