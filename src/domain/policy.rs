//! What an organisation decides: who may use a pass and how, and what people must register.

use serde::{Deserialize, Serialize};

use super::credential::MethodKind;
use super::error::Invalid;
use super::id::{GroupId, UserId};
use super::pass::{LENGTH_MAX, LENGTH_MIN, LIFETIME_MAX, LIFETIME_MIN};

/// Whether a method may be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// People in scope may use it.
    Enabled,
    /// Nobody may.
    Disabled,
}

/// What a target names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetType {
    /// A group, or everybody.
    Group,
    /// One person.
    User,
}

/// The id of the target that means everybody.
pub const ALL_USERS: &str = "all_users";

/// One entry of a policy's `includeTargets` or `excludeTargets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// What `id` names.
    pub target_type: TargetType,
    /// A group's or a person's id, or `all_users`. Compared without regard to case.
    pub id: String,
    /// Entra's field: whether people in this target are asked to register. Kept, not interpreted.
    #[serde(default)]
    pub is_registration_required: bool,
}

impl Target {
    /// The target that means everybody.
    pub fn everybody() -> Self {
        Self {
            target_type: TargetType::Group,
            id: ALL_USERS.into(),
            is_registration_required: false,
        }
    }

    fn matches(&self, user: UserId, groups: &[GroupId]) -> bool {
        match self.target_type {
            TargetType::User => self.id.eq_ignore_ascii_case(&user.to_string()),
            TargetType::Group => {
                self.id.eq_ignore_ascii_case(ALL_USERS)
                    || groups.iter().any(|group| self.id.eq_ignore_ascii_case(&group.to_string()))
            }
        }
    }
}

/// The pass policy: Entra's `temporaryAccessPassAuthenticationMethodConfiguration`.
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
                let message =
                    format!("between {LIFETIME_MIN} and {LIFETIME_MAX} minutes are allowed");
                return Err(Invalid::new(field, message));
            }
        }
        if min > max {
            let message = format!("must not exceed maximumLifetimeInMinutes, which is {max}");
            return Err(Invalid::new("minimumLifetimeInMinutes", message));
        }
        if !(min..=max).contains(&self.default_lifetime_in_minutes) {
            let message =
                format!("must lie between the minimum of {min} and the maximum of {max} minutes");
            return Err(Invalid::new("defaultLifetimeInMinutes", message));
        }
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&self.default_length) {
            let message = format!("between {LENGTH_MIN} and {LENGTH_MAX} characters are allowed");
            return Err(Invalid::new("defaultLength", message));
        }
        Ok(())
    }

    /// Whether this person may sign in with a pass. Exclusion wins over inclusion.
    pub fn in_scope(&self, user: UserId, groups: &[GroupId]) -> bool {
        let hits = |targets: &[Target]| targets.iter().any(|target| target.matches(user, groups));
        self.state == State::Enabled && hits(&self.include_targets) && !hits(&self.exclude_targets)
    }
}

/// What people must register before an application gets its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationPolicy {
    /// How many methods everyone must have.
    pub required_methods: u32,
    /// How many methods are suggested; the difference may be skipped.
    pub recommended_methods: u32,
    /// Which kinds may be registered, and count.
    pub allowed_kinds: Vec<MethodKind>,
}

/// The most methods a policy may ask for.
const METHODS_MAX: u32 = 5;

impl Default for RegistrationPolicy {
    fn default() -> Self {
        Self {
            required_methods: 1,
            recommended_methods: 2,
            allowed_kinds: vec![MethodKind::Passkey, MethodKind::SecurityKey],
        }
    }
}

impl RegistrationPolicy {
    /// Checks every bound; the error names the first field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.required_methods > METHODS_MAX {
            return Err(Invalid::new("requiredMethods", format!("at most {METHODS_MAX}")));
        }
        if self.recommended_methods > METHODS_MAX {
            return Err(Invalid::new("recommendedMethods", format!("at most {METHODS_MAX}")));
        }
        if self.recommended_methods < self.required_methods {
            let message =
                format!("must not be below requiredMethods, which is {}", self.required_methods);
            return Err(Invalid::new("recommendedMethods", message));
        }
        if self.allowed_kinds.is_empty() {
            let message = "at least one kind is needed, or nobody could register anything";
            return Err(Invalid::new("allowedKinds", message));
        }
        Ok(())
    }

    /// Whether a method of this kind may be registered, and counts.
    pub fn allows(&self, kind: MethodKind) -> bool {
        self.allowed_kinds.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn defaults_are_valid_and_written_with_entras_names() {
        TapPolicy::default().validate().unwrap();
        RegistrationPolicy::default().validate().unwrap();
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
