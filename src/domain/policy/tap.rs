//! The pass policy.

use serde::{Deserialize, Serialize};

use super::target::{State, Target, hits};
use crate::domain::error::Invalid;
use crate::domain::id::{GroupId, UserId};
use crate::domain::language::say;
use crate::domain::pass::{LENGTH_MAX, LENGTH_MIN, LIFETIME_MAX, LIFETIME_MIN};

/// The pass policy: Entra's `temporaryAccessPassAuthenticationMethodConfiguration`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that an admin sees")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TapPolicy {
    /// Whether anyone may sign in with a pass.
    pub state: State,
    /// No pass is shorter than this, in minutes.
    pub minimum_lifetime_in_minutes: u32,
    /// No pass is longer than this, in minutes.
    pub maximum_lifetime_in_minutes: u32,
    /// The lifetime of a pass whose issuer names none, in minutes.
    pub default_lifetime_in_minutes: u32,
    /// Characters of a generated pass.
    pub default_length: u32,
    /// Whether every pass must be one-time.
    pub is_usable_once: bool,
    /// Who may sign in with a pass.
    pub include_targets: Vec<Target>,
    /// Who may not, even if included.
    pub exclude_targets: Vec<Target>,
    /// Whether a pass for somebody who holds an admin role works only once a second admin has
    /// approved it. Ours; Entra has no such rule.
    #[serde(default)]
    pub is_approval_required_for_admins: bool,
    /// Whether somebody who still has a method must use it together with the pass. Ours; whoever
    /// lost everything needs what they lost removed first.
    #[serde(default)]
    pub is_existing_method_required: bool,
    /// Who is told by mail that a pass was issued. Ours.
    #[serde(default)]
    pub delivery_target: DeliveryTarget,
    /// Whether that mail holds the value, too. Ours.
    #[serde(default)]
    pub is_value_mailed: bool,
    /// What a pass is worth where several factors are demanded. Ours; in Entra a pass is worth all
    /// of them.
    #[serde(default)]
    pub multifactor_use: PassMultifactor,
}

/// What a pass is worth where several factors are demanded. What an application is told is not
/// changed by it: a pass alone is never called several factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PassMultifactor {
    /// Nothing: the others must be enough without it.
    Never,
    /// One of them: together with a phone it makes two. A pass is one thing that somebody was told,
    /// so this is what is true, and the default.
    #[default]
    WithAnother,
    /// All of them, as in Entra.
    Alone,
}

impl PassMultifactor {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::WithAnother => "withAnother",
            Self::Alone => "alone",
        }
    }
}

/// Who is told by mail that a pass was issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryTarget {
    /// Nobody.
    #[default]
    None,
    /// The person, at the address that they have besides the mailbox they cannot open yet.
    AlternateEmail,
    /// Their manager.
    Manager,
}

impl Default for TapPolicy {
    fn default() -> Self {
        Self {
            state: State::Enabled,
            minimum_lifetime_in_minutes: 60,
            maximum_lifetime_in_minutes: 480,
            default_lifetime_in_minutes: 60,
            default_length: 8,
            is_usable_once: false,
            include_targets: vec![Target::everybody()],
            exclude_targets: Vec::new(),
            is_approval_required_for_admins: false,
            is_existing_method_required: false,
            delivery_target: DeliveryTarget::None,
            is_value_mailed: false,
            multifactor_use: PassMultifactor::default(),
        }
    }
}

impl TapPolicy {
    /// Checks every bound; the error names the first field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        let (min, max) = (self.minimum_lifetime_in_minutes, self.maximum_lifetime_in_minutes);
        let bounds = LIFETIME_MIN..=LIFETIME_MAX;
        for (field, value) in [
            ("minimumLifetimeInMinutes", min),
            ("maximumLifetimeInMinutes", max),
            ("defaultLifetimeInMinutes", self.default_lifetime_in_minutes),
        ] {
            if !bounds.contains(&value) {
                let message = say("invalid-minutes-allowed")
                    .with("min", LIFETIME_MIN)
                    .with("max", LIFETIME_MAX);
                return Err(Invalid::new(field, message));
            }
        }
        if min > max {
            let message = say("invalid-tap-minimum").with("max", max);
            return Err(Invalid::new("minimumLifetimeInMinutes", message));
        }
        if !(min..=max).contains(&self.default_lifetime_in_minutes) {
            let message = say("invalid-tap-default").with("min", min).with("max", max);
            return Err(Invalid::new("defaultLifetimeInMinutes", message));
        }
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&self.default_length) {
            let message = say("invalid-tap-length").with("min", LENGTH_MIN).with("max", LENGTH_MAX);
            return Err(Invalid::new("defaultLength", message));
        }
        Ok(())
    }

    /// Whether it makes a difference to it in which groups somebody is.
    pub fn aims_at_groups(&self) -> bool {
        self.include_targets.iter().chain(&self.exclude_targets).any(Target::is_some_group)
    }

    /// Whether this person may sign in with a pass. Exclusion wins over inclusion.
    pub fn in_scope(&self, user: UserId, groups: &[GroupId]) -> bool {
        self.state == State::Enabled
            && hits(&self.include_targets, &self.exclude_targets, user, groups)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::policy::target::TargetType;

    #[test]
    fn defaults_are_valid_and_written_with_entras_names() {
        TapPolicy::default().validate().unwrap();
        let json = serde_json::to_value(TapPolicy::default()).unwrap();
        assert_eq!(json["state"], "enabled");
        assert_eq!(json["minimumLifetimeInMinutes"], 60);
        assert_eq!(json["includeTargets"][0]["targetType"], "group");
        assert_eq!(json["includeTargets"][0]["id"], "all_users");
    }

    #[test]
    fn broken_bounds_name_their_field() {
        type Break = fn(&mut TapPolicy);
        let cases: [(Break, &str); 6] = [
            (|p| p.minimum_lifetime_in_minutes = 9, "minimumLifetimeInMinutes"),
            (|p| p.maximum_lifetime_in_minutes = 43_201, "maximumLifetimeInMinutes"),
            (|p| p.minimum_lifetime_in_minutes = 481, "minimumLifetimeInMinutes"),
            (|p| p.default_lifetime_in_minutes = 481, "defaultLifetimeInMinutes"),
            (|p| p.default_length = 7, "defaultLength"),
            (|p| p.default_length = 49, "defaultLength"),
        ];
        for (break_it, field) in cases {
            let mut policy = TapPolicy::default();
            break_it(&mut policy);
            assert_eq!(policy.validate().unwrap_err().field, field);
        }
    }

    #[test]
    fn exclusion_wins_and_ids_compare_without_case() {
        let user = UserId(Uuid::from_u128(0xabc));
        let staff = GroupId(Uuid::from_u128(0xdef));
        let group = |id: String| Target {
            target_type: TargetType::Group,
            id,
            is_registration_required: false,
            allowed_passkey_profiles: None,
        };
        let mut policy = TapPolicy::default();
        assert!(policy.in_scope(user, &[]));
        policy.exclude_targets = vec![group(staff.to_string().to_uppercase())];
        assert!(policy.in_scope(user, &[]));
        assert!(!policy.in_scope(user, &[staff]));
        policy.include_targets =
            vec![Target { target_type: TargetType::User, ..group(user.to_string()) }];
        assert!(policy.in_scope(user, &[]));
        assert!(!policy.in_scope(UserId(Uuid::nil()), &[]));
        policy.state = State::Disabled;
        assert!(!policy.in_scope(user, &[]));
    }
}
