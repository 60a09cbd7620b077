//! What the policies of sign-in methods look like.

use super::schema::{Kind, Property, Schema, Set, property};
use crate::domain::pass::{LENGTH_MAX, LENGTH_MIN, LIFETIME_MAX, LIFETIME_MIN};

/// The whole policy.
pub const WHOLE: Schema = Schema {
    name: "authenticationMethodsPolicy",
    about: "How people sign in: one configuration for each kind of method.",
    properties: &[
        property("id", Kind::Text, Set::Never, "Always authenticationMethodsPolicy."),
        property("displayName", Kind::Text, Set::Never, "Its name."),
        property("description", Kind::Text, Set::Never, "What it is for."),
        property("policyVersion", Kind::Text, Set::Never, "The version of Graph's policy."),
        property(
            "authenticationMethodConfigurations",
            Kind::ListOf(&[&TAP_SCHEMA, &FIDO2_SCHEMA, &RECOVERY_CODES_SCHEMA]),
            Set::Never,
            "Every configuration.",
        ),
    ],
};

const TARGET_TYPE: Property =
    property("targetType", Kind::OneOf(&["group", "user"]), Set::Always, "What id names.");
const TARGET_ID: Property = property("id", Kind::Text, Set::Always, "An id, or all_users.");
const TARGET_REQUIRED: Property = property(
    "isRegistrationRequired",
    Kind::Flag,
    Set::Always,
    "Kept for Graph's sake; decides nothing.",
);

const TARGET: Schema = Schema {
    name: "authenticationMethodTarget",
    about: "Whom a policy is about.",
    properties: &[TARGET_TYPE, TARGET_ID, TARGET_REQUIRED],
};

/// What there is to decide about passes.
pub const TAP_SCHEMA: Schema = Schema {
    name: "temporaryAccessPassAuthenticationMethodConfiguration",
    about: "Who may use a pass, and what passes are like.",
    properties: &[
        property("id", Kind::Text, Set::Never, "Always TemporaryAccessPass."),
        property(
            "state",
            Kind::OneOf(&["enabled", "disabled"]),
            Set::Always,
            "Whether anyone may sign in with a pass.",
        ),
        property("minimumLifetimeInMinutes", MINUTES, Set::Always, "No pass is shorter."),
        property("maximumLifetimeInMinutes", MINUTES, Set::Always, "No pass is longer."),
        property(
            "defaultLifetimeInMinutes",
            MINUTES,
            Set::Always,
            "Where the issuer names none; between the two.",
        ),
        property(
            "defaultLength",
            Kind::Number(LENGTH_MIN, LENGTH_MAX),
            Set::Always,
            "Characters of a pass.",
        ),
        property("isUsableOnce", Kind::Flag, Set::Always, "Whether every pass is one-time."),
        property("includeTargets", Kind::List(&TARGET), Set::Always, "Who may use a pass."),
        property("excludeTargets", Kind::List(&TARGET), Set::Always, "Who may not, even so."),
        property(
            "isApprovalRequiredForAdmins",
            Kind::Flag,
            Set::Always,
            "Whether a pass for an admin works only once a second admin approved it. Not in Graph.",
        ),
        property(
            "isExistingMethodRequired",
            Kind::Flag,
            Set::Always,
            "Whether whoever still has a method must use it together with the pass. Not in Graph.",
        ),
        property(
            "deliveryTarget",
            Kind::OneOf(&["none", "alternateEmail", "manager"]),
            Set::Always,
            "Who is told by mail that a pass was issued. Not in Graph.",
        ),
        property(
            "isValueMailed",
            Kind::Flag,
            Set::Always,
            "Whether that mail holds the value, too. Not in Graph.",
        ),
        property(
            "multifactorUse",
            Kind::OneOf(&["never", "withAnother", "alone"]),
            Set::Always,
            "What a pass counts for where several factors are demanded. Not in Graph.",
        ),
    ],
};

/// What there is to decide about passkeys and security keys.
pub const FIDO2_SCHEMA: Schema = Schema {
    name: "fido2AuthenticationMethodConfiguration",
    about: "Who may use a passkey or security key, and which.",
    properties: &[
        property("id", Kind::Text, Set::Never, "Always Fido2."),
        property(
            "state",
            Kind::OneOf(&["enabled", "disabled"]),
            Set::Always,
            "Whether anyone may register and use a key.",
        ),
        property(
            "isSelfServiceRegistrationAllowed",
            Kind::Flag,
            Set::Always,
            "Whether people register keys themselves.",
        ),
        property(
            "isAttestationEnforced",
            Kind::Flag,
            Set::Always,
            "Whether the maker must vouch for a new key, for whom no profile is.",
        ),
        property(
            "keyRestrictions",
            Kind::Object(&RESTRICTIONS),
            Set::Always,
            "Which models, for whom no profile is.",
        ),
        property("includeTargets", Kind::List(&KEY_TARGET), Set::Always, "Who may use a key."),
        property("excludeTargets", Kind::List(&TARGET), Set::Always, "Who may not, even so."),
        property(
            "passkeyProfiles",
            Kind::List(&PROFILE),
            Set::Always,
            "Sets of rules, of which targets name those that are for them.",
        ),
        property(
            "defaultPasskeyProfile",
            Kind::OptionalText,
            Set::Always,
            "The profile of targets that name none; without it, the fields above hold for them.",
        ),
    ],
};

const KEY_TARGET: Schema = Schema {
    name: "passkeyAuthenticationMethodTarget",
    about: "Whom the policy of keys is about.",
    properties: &[
        TARGET_TYPE,
        TARGET_ID,
        TARGET_REQUIRED,
        property(
            "allowedPasskeyProfiles",
            Kind::Texts,
            Set::Always,
            "The profiles of whoever is in this target, by id: a key fits any one of them.",
        ),
    ],
};

const PROFILE: Schema = Schema {
    name: "passkeyProfile",
    about: "A set of rules about keys.",
    properties: &[
        property("id", Kind::Text, Set::Always, "By which targets name it."),
        property("name", Kind::Text, Set::Always, "What admins call it."),
        property(
            "passkeyTypes",
            Kind::Text,
            Set::Always,
            "deviceBound, synced or both with a comma: at registration and at each sign-in.",
        ),
        property(
            "attestationEnforcement",
            Kind::OneOf(&["disabled", "registrationOnly"]),
            Set::Always,
            "Whether the maker must vouch for a new key.",
        ),
        property("keyRestrictions", Kind::Object(&RESTRICTIONS), Set::Always, "Which models."),
    ],
};

/// What there is to decide about recovery codes.
pub const RECOVERY_CODES_SCHEMA: Schema = Schema {
    name: "recoveryCodesAuthenticationMethodConfiguration",
    about: "Who may have recovery codes. Not in Graph.",
    properties: &[
        property("id", Kind::Text, Set::Never, "Always RecoveryCodes."),
        property(
            "state",
            Kind::OneOf(&["enabled", "disabled"]),
            Set::Always,
            "Whether anyone may make codes and sign in with them.",
        ),
        property(
            "isOfferedAtSetUp",
            Kind::Flag,
            Set::Always,
            "Whether they are offered when somebody has set up a method.",
        ),
        property("includeTargets", Kind::List(&TARGET), Set::Always, "Who may have codes."),
        property("excludeTargets", Kind::List(&TARGET), Set::Always, "Who may not, even so."),
    ],
};

const RESTRICTIONS: Schema = Schema {
    name: "fido2KeyRestrictions",
    about: "Which models of authenticators are taken, at registration and at each sign-in.",
    properties: &[
        property("isEnforced", Kind::Flag, Set::Always, "Whether the list counts at all."),
        property(
            "enforcementType",
            Kind::OneOf(&["allow", "block"]),
            Set::Always,
            "Whether only these are taken, or all but these.",
        ),
        property("aaGuids", Kind::Texts, Set::Always, "The models, by AAGUID."),
    ],
};

const MINUTES: Kind = Kind::Number(LIFETIME_MIN, LIFETIME_MAX);
