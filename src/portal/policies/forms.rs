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
    /// Each value, and the message that is its label.
    Choice(&'static [(&'static str, &'static str)]),
    Targets,
    Kinds,
    Models,
    /// A list, as JSON.
    Json,
    /// A word, or nothing.
    Word,
}

/// A field: its name in the policy, the messages that are its label and its hint, perhaps none, and
/// how it is filled in.
pub(super) type Field = (&'static str, &'static str, &'static str, Kind);

/// A policy as the portal shows it: where it lives, the messages that name it, and its fields.
pub(super) struct Form {
    pub(super) slug: &'static str,
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) fields: &'static [Field],
}

/// The kinds of methods that may be set up, and the messages that name them.
pub(super) const KINDS: [(&str, &str); 3] = [
    ("passkey", "settings-kind-passkeys"),
    ("securityKey", "settings-kind-security-keys"),
    ("phone", "settings-kind-phones"),
];

const WHO: &str = "settings-targets";
const WHO_WITH: &str = "settings-targets-profiles";
const WHO_NOT: &str = "settings-targets-not";

pub(super) const FORMS: [Form; 6] = [
    Form {
        slug: "temporary-access-pass",
        id: policies::TAP,
        title: "settings-tap",
        about: "settings-tap-about",
        fields: &[
            ("state", "settings-tap-state", "", Kind::State),
            (
                "minimumLifetimeInMinutes",
                "settings-tap-shortest",
                "settings-tap-shortest-hint",
                Kind::Number,
            ),
            (
                "maximumLifetimeInMinutes",
                "settings-tap-longest",
                "settings-tap-longest-hint",
                Kind::Number,
            ),
            (
                "defaultLifetimeInMinutes",
                "settings-tap-usual",
                "settings-tap-usual-hint",
                Kind::Number,
            ),
            ("defaultLength", "settings-tap-length", "settings-tap-length-hint", Kind::Number),
            ("isUsableOnce", "settings-tap-once", "", Kind::Switch),
            ("isApprovalRequiredForAdmins", "settings-tap-approval", "", Kind::Switch),
            (
                "isExistingMethodRequired",
                "settings-tap-existing",
                "settings-tap-existing-hint",
                Kind::Switch,
            ),
            (
                "deliveryTarget",
                "settings-tap-mail",
                "",
                Kind::Choice(&[
                    ("none", "settings-tap-mail-nobody"),
                    ("alternateEmail", "settings-tap-mail-person"),
                    ("manager", "settings-tap-mail-manager"),
                ]),
            ),
            ("isValueMailed", "settings-tap-value-mailed", "", Kind::Switch),
            (
                "multifactorUse",
                "settings-tap-several",
                "settings-tap-several-hint",
                Kind::Choice(&[
                    ("withAnother", "settings-tap-several-with"),
                    ("alone", "settings-tap-several-alone"),
                    ("never", "settings-tap-several-never"),
                ]),
            ),
            ("includeTargets", "settings-tap-who", WHO, Kind::Targets),
            ("excludeTargets", "settings-who-not", WHO_NOT, Kind::Targets),
        ],
    },
    Form {
        slug: "fido2",
        id: policies::FIDO2,
        title: "settings-fido2",
        about: "settings-fido2-about",
        fields: &[
            ("state", "settings-fido2-state", "", Kind::State),
            ("isSelfServiceRegistrationAllowed", "settings-fido2-self", "", Kind::Switch),
            (
                "isAttestationEnforced",
                "settings-fido2-attested",
                "settings-fido2-attested-hint",
                Kind::Switch,
            ),
            ("keyRestrictions.isEnforced", "settings-fido2-models-only", "", Kind::Switch),
            (
                "keyRestrictions.enforcementType",
                "settings-fido2-list",
                "",
                Kind::Choice(&[
                    ("allow", "settings-fido2-list-allow"),
                    ("block", "settings-fido2-list-block"),
                ]),
            ),
            (
                "keyRestrictions.aaGuids",
                "settings-fido2-models",
                "settings-fido2-models-hint",
                Kind::Models,
            ),
            ("includeTargets", "settings-fido2-who", WHO_WITH, Kind::Targets),
            ("excludeTargets", "settings-who-not", WHO_NOT, Kind::Targets),
            (
                "passkeyProfiles",
                "settings-fido2-profiles",
                "settings-fido2-profiles-hint",
                Kind::Json,
            ),
            (
                "defaultPasskeyProfile",
                "settings-fido2-default",
                "settings-fido2-default-hint",
                Kind::Word,
            ),
        ],
    },
    Form {
        slug: "registration",
        id: policies::REGISTRATION,
        title: "settings-registration",
        about: "settings-registration-about",
        fields: &[
            (
                "requiredMethods",
                "settings-registration-required",
                "settings-registration-required-hint",
                Kind::Number,
            ),
            (
                "recommendedMethods",
                "settings-registration-suggested",
                "settings-registration-suggested-hint",
                Kind::Number,
            ),
            ("allowedKinds", "settings-registration-kinds", "", Kind::Kinds),
            (
                "allowedSkips",
                "settings-registration-skips",
                "settings-registration-skips-hint",
                Kind::Perhaps,
            ),
            (
                "reminderInDays",
                "settings-registration-reminder",
                "settings-registration-reminder-hint",
                Kind::Perhaps,
            ),
        ],
    },
    Form {
        slug: "recovery-codes",
        id: policies::RECOVERY_CODES,
        title: "settings-codes",
        about: "settings-codes-about",
        fields: &[
            ("state", "settings-codes-state", "", Kind::State),
            ("isOfferedAtSetUp", "settings-codes-offered", "", Kind::Switch),
            ("includeTargets", "settings-codes-who", WHO, Kind::Targets),
            ("excludeTargets", "settings-who-not", WHO_NOT, Kind::Targets),
        ],
    },
    Form {
        slug: "session",
        id: policies::SESSION,
        title: "settings-session",
        about: "settings-session-about",
        fields: &[
            (
                "idleTimeoutInMinutes",
                "settings-session-idle",
                "settings-session-idle-hint",
                Kind::Perhaps,
            ),
            (
                "absoluteLifetimeInMinutes",
                "settings-session-longest",
                "settings-session-longest-hint",
                Kind::Number,
            ),
        ],
    },
    Form {
        slug: "admin-portal",
        id: policies::PORTAL,
        title: "settings-portal",
        about: "settings-portal-about",
        fields: &[(
            "strongSignInMaxAgeInMinutes",
            "settings-portal-age",
            "settings-portal-age-hint",
            Kind::Number,
        )],
    },
];

/// The label of a field where its minutes are told as a span.
pub(super) fn short_label(label: &'static str) -> &'static str {
    match label {
        "settings-tap-shortest" => "settings-tap-shortest-short",
        "settings-tap-longest" => "settings-tap-longest-short",
        "settings-tap-usual" => "settings-tap-usual-short",
        "settings-session-idle" => "settings-session-idle-short",
        "settings-session-longest" => "settings-session-longest-short",
        "settings-portal-age" => "settings-portal-age-short",
        _ => label,
    }
}

pub(super) fn form(slug: &str) -> Result<&'static Form, Problem> {
    FORMS.iter().find(|form| form.slug == slug).ok_or_else(Problem::not_found)
}
