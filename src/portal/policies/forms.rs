//! The policies as forms: how each is called, and how its fields are.

use crate::http::problem::Problem;
use crate::service::policies;

/// How a field is filled in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Switch,
    /// On where the policy's `state` is `enabled`.
    State,
    Number,
    /// A number, or nothing.
    Perhaps,
    Choice(&'static [(&'static str, &'static str)]),
    Targets,
    Kinds,
    Models,
    /// A list, as JSON.
    Json,
    /// A word, or nothing.
    Word,
}

/// A policy as the portal shows it: where it lives, how it is called, and its fields.
pub(super) struct Form {
    pub(super) slug: &'static str,
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) fields: &'static [(&'static str, &'static str, &'static str, Kind)],
}

/// The kinds of methods that may be set up.
pub(super) const KINDS: [(&str, &str); 3] =
    [("passkey", "Passkeys"), ("securityKey", "Security keys"), ("phone", "Phones")];

const WHO: &str = "One in each line: all, group:NAME or user:NAME.";
const WHO_WITH: &str = "One in each line: all, group:NAME or user:NAME. To name profiles, add => \
                        and their ids: group:Staff=>hardware+any.";
const WHO_NOT: &str = "Exclusion wins over inclusion.";

pub(super) const FORMS: [Form; 6] = [
    Form {
        slug: "temporary-access-pass",
        id: policies::TAP,
        title: "Temporary Access Pass",
        about: "Who may sign in with a pass, and for how long passes work.",
        fields: &[
            ("state", "People may sign in with a pass", "", Kind::State),
            (
                "minimumLifetimeInMinutes",
                "Shortest lifetime in minutes",
                "At least 10.",
                Kind::Number,
            ),
            (
                "maximumLifetimeInMinutes",
                "Longest lifetime in minutes",
                "At most 43200: 30 days.",
                Kind::Number,
            ),
            (
                "defaultLifetimeInMinutes",
                "Usual lifetime in minutes",
                "Where whoever issues a pass names none.",
                Kind::Number,
            ),
            ("defaultLength", "Characters of a pass", "From 8 to 48.", Kind::Number),
            ("isUsableOnce", "Every pass works once", "", Kind::Switch),
            (
                "isApprovalRequiredForAdmins",
                "A second admin approves passes for admins",
                "",
                Kind::Switch,
            ),
            (
                "isExistingMethodRequired",
                "Together with what is still registered",
                "Whoever still has a passkey or key uses it as well as the pass.",
                Kind::Switch,
            ),
            (
                "deliveryTarget",
                "Who is told by mail",
                "",
                Kind::Choice(&[
                    ("none", "Nobody"),
                    ("alternateEmail", "The person, at their alternate address"),
                    ("manager", "Their manager"),
                ]),
            ),
            ("isValueMailed", "That mail holds the pass itself", "", Kind::Switch),
            (
                "multifactorUse",
                "Where an application asks for several factors",
                "What it is told stays true: a pass alone is never called several factors.",
                Kind::Choice(&[
                    ("withAnother", "A pass is one of them"),
                    ("alone", "A pass alone is enough"),
                    ("never", "A pass counts for nothing"),
                ]),
            ),
            ("includeTargets", "Who may use a pass", WHO, Kind::Targets),
            ("excludeTargets", "Who may not", WHO_NOT, Kind::Targets),
        ],
    },
    Form {
        slug: "fido2",
        id: policies::FIDO2,
        title: "Passkeys and security keys",
        about: "Who may have a key, and which models.",
        fields: &[
            ("state", "People may use passkeys and security keys", "", Kind::State),
            (
                "isSelfServiceRegistrationAllowed",
                "People register keys themselves",
                "",
                Kind::Switch,
            ),
            (
                "isAttestationEnforced",
                "A trusted maker vouches for each new key",
                "Passkeys that are synced are not taken then: nobody vouches for them.",
                Kind::Switch,
            ),
            ("keyRestrictions.isEnforced", "Only some models", "", Kind::Switch),
            (
                "keyRestrictions.enforcementType",
                "What the list of models says",
                "",
                Kind::Choice(&[("allow", "which are taken"), ("block", "which are not taken")]),
            ),
            ("keyRestrictions.aaGuids", "Models", "AAGUIDs, one in each line.", Kind::Models),
            ("includeTargets", "Who may have a key", WHO_WITH, Kind::Targets),
            ("excludeTargets", "Who may not", WHO_NOT, Kind::Targets),
            (
                "passkeyProfiles",
                "Profiles",
                "JSON, as the API has it: a list in which each profile has id, name, passkeyTypes \
                 (deviceBound, synced or both with a comma), attestationEnforcement (disabled or \
                 registrationOnly) and keyRestrictions. A key must fit one profile of its owner.",
                Kind::Json,
            ),
            (
                "defaultPasskeyProfile",
                "Profile of whoever has none",
                "The id of a profile. Empty: the fields at the top of this form.",
                Kind::Word,
            ),
        ],
    },
    Form {
        slug: "registration",
        id: policies::REGISTRATION,
        title: "Registration",
        about: "What people set up before an application lets them in.",
        fields: &[
            ("requiredMethods", "Methods that everybody must have", "From 0 to 5.", Kind::Number),
            (
                "recommendedMethods",
                "Methods that are suggested",
                "What goes beyond the required ones may be skipped.",
                Kind::Number,
            ),
            ("allowedKinds", "What may be set up", "", Kind::Kinds),
            (
                "allowedSkips",
                "How often a suggestion may be skipped",
                "Empty: always.",
                Kind::Perhaps,
            ),
            ("reminderInDays", "Days until somebody is reminded", "Empty: never.", Kind::Perhaps),
        ],
    },
    Form {
        slug: "recovery-codes",
        id: policies::RECOVERY_CODES,
        title: "Recovery codes",
        about: "Who may print codes that let them back in when they lost everything else.",
        fields: &[
            ("state", "People may make recovery codes and sign in with them", "", Kind::State),
            ("isOfferedAtSetUp", "Offered when somebody has set up a method", "", Kind::Switch),
            ("includeTargets", "Who may have codes", WHO, Kind::Targets),
            ("excludeTargets", "Who may not", WHO_NOT, Kind::Targets),
        ],
    },
    Form {
        slug: "session",
        id: policies::SESSION,
        title: "Sessions",
        about: "For how long people stay signed in in a browser.",
        fields: &[
            (
                "idleTimeoutInMinutes",
                "Time without any activity, in minutes",
                "From 5. Empty: no such limit.",
                Kind::Perhaps,
            ),
            (
                "absoluteLifetimeInMinutes",
                "Time from the last sign-in, in minutes",
                "From 10 to 43200: 30 days.",
                Kind::Number,
            ),
        ],
    },
    Form {
        slug: "admin-portal",
        id: policies::PORTAL,
        title: "Admin portal",
        about: "What is asked of admins before they change something.",
        fields: &[(
            "strongSignInMaxAgeInMinutes",
            "Age of the sign-in, in minutes",
            "From 1 to 480.",
            Kind::Number,
        )],
    },
];

pub(super) fn form(slug: &str) -> Result<&'static Form, Problem> {
    FORMS.iter().find(|form| form.slug == slug).ok_or_else(Problem::not_found)
}
