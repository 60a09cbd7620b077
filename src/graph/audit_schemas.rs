//! What lines of the audit log look like in the API.

use super::schema::{Kind, Property, Schema, Set, property};

const fn told(name: &'static str, kind: Kind, about: &'static str) -> Property {
    property(name, kind, Set::Never, about)
}

/// A person who did something.
const USER: Schema = Schema {
    name: "userIdentity",
    about: "A person who did something.",
    properties: &[
        told("id", Kind::Id, "Their id."),
        told("displayName", Kind::OptionalText, "Always null."),
        told("userPrincipalName", Kind::OptionalText, "Null where they are gone."),
        told("ipAddress", Kind::OptionalText, "From where."),
    ],
};

/// Something that acted on its own.
const APP: Schema = Schema {
    name: "appIdentity",
    about: "An application that did something on its own, or the server.",
    properties: &[
        told("appId", Kind::OptionalText, "Its client_id; null for the server and its operator."),
        told("displayName", Kind::OptionalText, "Its name, or operator, or system."),
        told("servicePrincipalId", Kind::OptionalText, "Always null."),
        told("servicePrincipalName", Kind::OptionalText, "Always null."),
    ],
};

/// Who did something.
const INITIATOR: Schema = Schema {
    name: "auditActivityInitiator",
    about: "Who did something: user or app, the other is null.",
    properties: &[
        told("user", Kind::Object(&USER), "A person."),
        told("app", Kind::Object(&APP), "An application, or the server."),
    ],
};

/// On whom it was done.
const TARGET: Schema = Schema {
    name: "targetResource",
    about: "On whom something was done.",
    properties: &[
        told("id", Kind::Id, "Their id."),
        told("displayName", Kind::OptionalText, "Null where they are gone."),
        told("type", Kind::Text, "User."),
        told("userPrincipalName", Kind::OptionalText, "Null where they are gone."),
        told("modifiedProperties", Kind::Texts, "Always empty: resultReason says what was done."),
    ],
};

/// Something more that is known.
const DETAIL: Schema = Schema {
    name: "keyValue",
    about: "Something more that is known.",
    properties: &[
        told("key", Kind::Text, "What."),
        told("value", Kind::OptionalText, "Its value."),
    ],
};

/// A line that is no sign-in.
pub const CHANGE: Schema = Schema {
    name: "directoryAudit",
    about: "Something that was done, or refused.",
    properties: &[
        told("id", Kind::Id, "Of the line."),
        told("activityDateTime", Kind::Time, "When."),
        told("activityDisplayName", Kind::Text, "What."),
        told("category", Kind::Text, "Which kind of thing that is."),
        told("correlationId", Kind::Id, "The line's own id."),
        told("initiatedBy", Kind::Object(&INITIATOR), "Who did it."),
        told("loggedByService", Kind::Text, "Which part of the server wrote it down."),
        told("operationType", Kind::Text, "Add, Update, Delete or Other."),
        told("result", Kind::OneOf(&["success", "failure"]), "Whether it went through."),
        told("resultReason", Kind::Text, "The true reason of a failure, or what was done."),
        told("targetResources", Kind::List(&TARGET), "On whom."),
        told(
            "additionalDetails",
            Kind::List(&DETAIL),
            "activity: the name of the activity on the command line; seq: the number of the line, \
             once it is sealed; appId: the application that somebody used.",
        ),
    ],
};

/// How a sign-in ended.
const STATUS: Schema = Schema {
    name: "signInStatus",
    about: "How a sign-in ended.",
    properties: &[
        told(
            "errorCode",
            Kind::Number(0, u32::MAX),
            "0 where it went through. Else Entra's nearest: 50034 no such person, 50057 disabled, \
             50053 too many wrong tries, 50126 all else.",
        ),
        told("failureReason", Kind::OptionalText, "The true reason, which no page tells."),
        told("additionalDetails", Kind::OptionalText, "Always null."),
    ],
};

/// One step of a sign-in.
const STEP: Schema = Schema {
    name: "authenticationDetail",
    about: "With what somebody signed in.",
    properties: &[
        told("authenticationStepDateTime", Kind::Time, "When."),
        told("authenticationMethod", Kind::Text, "Temporary Access Pass, or Passkey (FIDO2)."),
        told("authenticationMethodDetail", Kind::OptionalText, "Always null."),
        told("succeeded", Kind::Flag, "Whether it went through."),
        told("authenticationStepResultDetail", Kind::OptionalText, "Why not."),
        told("authenticationStepRequirement", Kind::OptionalText, "Always null."),
    ],
};

/// A sign-in.
pub const SIGN_IN: Schema = Schema {
    name: "signIn",
    about: "A sign-in, or one that was refused.",
    properties: &[
        told("id", Kind::Id, "Of the line."),
        told("createdDateTime", Kind::Time, "When."),
        told("userDisplayName", Kind::OptionalText, "Null where nobody has that name, or is gone."),
        told("userPrincipalName", Kind::OptionalText, "The same."),
        told("userId", Kind::OptionalText, "Null where there is no such person."),
        told("appId", Kind::OptionalText, "The client_id of the application they were going to."),
        told("appDisplayName", Kind::OptionalText, "Its name."),
        told("ipAddress", Kind::OptionalText, "From where."),
        told("clientAppUsed", Kind::Text, "Browser."),
        told("correlationId", Kind::Id, "The line's own id."),
        told("isInteractive", Kind::Flag, "Always true."),
        told("status", Kind::Object(&STATUS), "How it ended."),
        told("authenticationDetails", Kind::List(&STEP), "With what."),
    ],
};
