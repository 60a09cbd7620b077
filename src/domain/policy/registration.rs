//! What people must register before an application gets its tokens, by group.

use serde::{Deserialize, Serialize};

use super::fido2::Fido2Policy;
use super::profile::{self, KeyRefusal, PasskeyProfile};
use super::target::{Target, hits};
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::error::Invalid;
use crate::domain::id::{GroupId, MethodId, UserId};
use crate::domain::language::say;
use crate::domain::time::Timestamp;

/// What one person must register, and what they are asked for besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirements {
    /// How many methods they must have.
    pub required_methods: u32,
    /// How many methods are suggested; the difference may be skipped.
    pub recommended_methods: u32,
    /// Which kinds may be registered, and count.
    pub allowed_kinds: Vec<MethodKind>,
    /// How often what is suggested may be skipped before it is required; none: always.
    #[serde(default)]
    pub allowed_skips: Option<u32>,
    /// Days after which whoever skipped is reminded when they sign in; none: never.
    #[serde(default)]
    pub reminder_in_days: Option<u32>,
    /// Which keys are taken: those that fit any of these; from the policy of FIDO2 keys.
    #[serde(skip, default = "any_key")]
    pub profiles: Vec<PasskeyProfile>,
}

/// The registration policy: what everybody must register, and rules for some.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationPolicy {
    /// What is required of whoever no rule names.
    #[serde(flatten)]
    pub requirements: Requirements,
    /// Rules for some people; the first that names a person holds for them.
    #[serde(default)]
    pub rules: Vec<RegistrationRule>,
}

/// What is required of some people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationRule {
    /// Whom it names.
    pub include_targets: Vec<Target>,
    /// Whom it does not, even if included.
    #[serde(default)]
    pub exclude_targets: Vec<Target>,
    /// What is required of them.
    #[serde(flatten)]
    pub requirements: Requirements,
}

/// What it means to lose a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Whether none is left: without a pass, the person signs in no more.
    pub last: bool,
    /// How many the policy then wants the person to set up at their next sign-in.
    pub missing: usize,
}

/// The most methods a policy may ask for.
const METHODS_MAX: u32 = 5;
/// The most skips a policy may allow.
const SKIPS_MAX: u32 = 100;
/// The most days between reminders.
const DAYS_MAX: u32 = 365;
/// The most rules.
const RULES_MAX: usize = 50;

fn any_key() -> Vec<PasskeyProfile> {
    vec![PasskeyProfile::open()]
}

impl Default for Requirements {
    fn default() -> Self {
        Self {
            required_methods: 1,
            recommended_methods: 2,
            allowed_kinds: vec![MethodKind::Passkey, MethodKind::SecurityKey, MethodKind::Phone],
            allowed_skips: None,
            reminder_in_days: None,
            profiles: any_key(),
        }
    }
}

impl Requirements {
    fn validate(&self) -> Result<(), Invalid> {
        if self.required_methods > METHODS_MAX {
            return Err(Invalid::new(
                "requiredMethods",
                say("invalid-at-most").with("n", METHODS_MAX),
            ));
        }
        if self.recommended_methods > METHODS_MAX {
            return Err(Invalid::new(
                "recommendedMethods",
                say("invalid-at-most").with("n", METHODS_MAX),
            ));
        }
        if self.recommended_methods < self.required_methods {
            let message = say("invalid-below-required").with("n", self.required_methods);
            return Err(Invalid::new("recommendedMethods", message));
        }
        if self.allowed_kinds.is_empty() {
            let message = say("invalid-no-kind");
            return Err(Invalid::new("allowedKinds", message));
        }
        if self.allowed_skips.is_some_and(|skips| skips > SKIPS_MAX) {
            return Err(Invalid::new("allowedSkips", say("invalid-at-most").with("n", SKIPS_MAX)));
        }
        if self.reminder_in_days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            return Err(Invalid::new("reminderInDays", say("invalid-days").with("max", DAYS_MAX)));
        }
        Ok(())
    }

    /// Whether a method of this kind may be registered.
    pub fn allows(&self, kind: MethodKind) -> bool {
        self.allowed_kinds.contains(&kind)
    }

    /// Whether any key may be registered.
    pub fn allows_keys(&self) -> bool {
        self.allowed_kinds.iter().any(|kind| kind.is_key())
    }

    /// Whether a registered method counts. Lists of models are about keys.
    pub fn counts(&self, method: &Credential) -> bool {
        self.allows(method.kind) && self.takes(method)
    }

    /// The methods that the person can still sign in with, whether they count or not.
    pub fn usable<'a>(&self, methods: &'a [Credential]) -> impl Iterator<Item = &'a Credential> {
        methods.iter().filter(|method| self.takes(method))
    }

    /// Whether somebody may sign in with a method: a key of a kind that they would not register, too.
    pub fn takes(&self, method: &Credential) -> bool {
        if method.kind.is_key() {
            self.refuses_use(method).is_none()
        } else {
            self.allows(method.kind)
        }
    }

    /// What it means for somebody with these methods to lose this one.
    pub fn loss(&self, methods: &[Credential], id: MethodId) -> Loss {
        let left = || methods.iter().filter(|method| method.id != id);
        let counted = left().filter(|method| self.counts(method)).count();
        Loss {
            last: left().next().is_none(),
            missing: (self.required_methods as usize).saturating_sub(counted),
        }
    }

    /// Why a registered key may not be used, where it may not.
    pub fn refuses_use(&self, key: &Credential) -> Option<KeyRefusal> {
        profile::refused(&self.profiles, |profile| profile.refuses_use(key))
    }

    /// Why a new key may not be registered, where it may not.
    pub fn refuses_registration(&self, key: &Credential) -> Option<KeyRefusal> {
        if !self.profiles.is_empty() && !self.allows(key.kind) {
            return Some(KeyRefusal::Kind);
        }
        profile::refused(&self.profiles, |profile| profile.refuses_registration(key))
    }

    /// Whether a maker has to vouch for a new key, or one that vouches opens more profiles.
    pub fn wants_attestation(&self) -> bool {
        self.profiles.iter().any(PasskeyProfile::wants_attestation)
    }

    /// How many more times what is suggested may be skipped; none: always.
    pub fn skips_left(&self, skipped: u32) -> Option<u32> {
        self.allowed_skips.map(|allowed| allowed.saturating_sub(skipped))
    }

    /// Whether it is time to suggest more to somebody who signs in with what they have. Whoever
    /// never skipped has not been asked since they came with a pass.
    pub fn reminder_due(&self, skipped_at: Option<Timestamp>, now: Timestamp) -> bool {
        self.reminder_in_days.is_some_and(|days| {
            let pause = std::time::Duration::from_secs(u64::from(days) * 24 * 60 * 60);
            skipped_at.is_none_or(|then| now.since(then) >= pause)
        })
    }
}

impl RegistrationPolicy {
    /// Checks every bound; the error names the first field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.requirements.validate()?;
        if self.rules.len() > RULES_MAX {
            return Err(Invalid::new("rules", say("invalid-at-most").with("n", RULES_MAX)));
        }
        for (number, rule) in self.rules.iter().enumerate() {
            if rule.include_targets.is_empty() {
                let message = say("invalid-rule-nobody").with("n", number + 1);
                return Err(Invalid::new("rules", message));
            }
            rule.requirements.validate().map_err(|invalid| {
                let message = say("invalid-rule")
                    .with("n", number + 1)
                    .with("field", invalid.field.as_ref())
                    .with("why", invalid.message);
                Invalid::new("rules", message)
            })?;
        }
        Ok(())
    }

    /// What is required of one person, who is in these groups. Nobody is asked for what the policy
    /// of FIDO2 keys does not let them have.
    pub fn for_person(
        &self,
        fido2: &Fido2Policy,
        user: UserId,
        groups: &[GroupId],
    ) -> Requirements {
        let rule = self
            .rules
            .iter()
            .find(|rule| hits(&rule.include_targets, &rule.exclude_targets, user, groups));
        let mut requirements = rule.map_or(&self.requirements, |rule| &rule.requirements).clone();
        requirements.profiles = fido2.profiles_for(user, groups);
        let no_keys =
            !fido2.is_self_service_registration_allowed || requirements.profiles.is_empty();
        if no_keys && requirements.allows_keys() {
            requirements.required_methods = 0;
            requirements.recommended_methods = 0;
            requirements.allowed_kinds.retain(|kind| !kind.is_key());
        }
        requirements
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;
    use crate::domain::policy::{State, TargetType};

    const ADA: UserId = UserId(Uuid::from_u128(1));
    const ADMINS: GroupId = GroupId(Uuid::from_u128(2));
    const TRAINEES: GroupId = GroupId(Uuid::from_u128(3));

    fn group(id: GroupId) -> Target {
        Target {
            target_type: TargetType::Group,
            id: id.to_string(),
            is_registration_required: false,
            allowed_passkey_profiles: None,
        }
    }

    fn rule(include: GroupId, required: u32) -> RegistrationRule {
        RegistrationRule {
            include_targets: vec![group(include)],
            exclude_targets: vec![],
            requirements: Requirements {
                required_methods: required,
                recommended_methods: required,
                ..Requirements::default()
            },
        }
    }

    #[test]
    fn the_first_rule_that_names_a_person_holds() {
        let rules = vec![rule(ADMINS, 3), rule(TRAINEES, 0)];
        let policy = RegistrationPolicy { rules, ..RegistrationPolicy::default() };
        policy.validate().unwrap();
        let fido2 = Fido2Policy::default();
        let required = |groups: &[GroupId]| policy.for_person(&fido2, ADA, groups).required_methods;
        assert_eq!(required(&[]), 1);
        assert_eq!(required(&[TRAINEES]), 0);
        assert_eq!(required(&[TRAINEES, ADMINS]), 3);
    }

    #[test]
    fn nobody_must_register_what_they_may_not_have() {
        let policy = RegistrationPolicy::default();
        let off = Fido2Policy { state: State::Disabled, ..Fido2Policy::default() };
        let by_admins =
            Fido2Policy { is_self_service_registration_allowed: false, ..Fido2Policy::default() };
        let not_them =
            Fido2Policy { exclude_targets: vec![group(ADMINS)], ..Fido2Policy::default() };
        for fido2 in [off, by_admins, not_them] {
            let requirements = policy.for_person(&fido2, ADA, &[ADMINS]);
            assert_eq!(requirements.required_methods, 0);
            assert!(!requirements.allows_keys() && requirements.allows(MethodKind::Phone));
        }
    }

    #[test]
    fn phones_may_be_all_that_is_wanted_and_are_no_business_of_the_policy_of_keys() {
        let requirements =
            Requirements { allowed_kinds: vec![MethodKind::Phone], ..Requirements::default() };
        let policy = RegistrationPolicy { requirements, ..RegistrationPolicy::default() };
        let off = Fido2Policy { state: State::Disabled, ..Fido2Policy::default() };
        let requirements = policy.for_person(&off, ADA, &[]);
        assert_eq!((requirements.required_methods, requirements.allows_keys()), (1, false));
    }

    #[test]
    fn reminders_come_after_their_days() {
        let start = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        let never = Requirements::default();
        assert!(!never.reminder_due(None, start));
        let weekly = Requirements { reminder_in_days: Some(7), ..Requirements::default() };
        assert!(weekly.reminder_due(None, start));
        assert!(!weekly.reminder_due(Some(start), start.plus(6 * day)));
        assert!(weekly.reminder_due(Some(start), start.plus(7 * day)));
        let twice = Requirements { allowed_skips: Some(2), ..Requirements::default() };
        assert_eq!(never.skips_left(9), None);
        assert_eq!([0, 1, 2, 3].map(|used| twice.skips_left(used)), [2, 1, 0, 0].map(Some));
    }

    #[test]
    fn a_rule_that_breaks_a_bound_is_named() {
        let rules = vec![rule(ADMINS, 1), rule(TRAINEES, 6)];
        let mut policy = RegistrationPolicy { rules, ..RegistrationPolicy::default() };
        let invalid = policy.validate().unwrap_err();
        assert_eq!(invalid.field, "rules");
        assert!(
            invalid.message.english().starts_with("rule 2: requiredMethods:"),
            "{:?}",
            invalid.message
        );
        policy.rules = vec![RegistrationRule { include_targets: vec![], ..rule(ADMINS, 1) }];
        assert!(policy.validate().unwrap_err().message.english().contains("nobody"));
    }

    #[test]
    fn in_json_the_requirements_stand_beside_the_rules() {
        let json = serde_json::to_value(RegistrationPolicy::default()).unwrap();
        assert_eq!(json["requiredMethods"], 1);
        assert_eq!(json["allowedKinds"], serde_json::json!(["passkey", "securityKey", "phone"]));
        assert_eq!(json["rules"], serde_json::json!([]));
    }
}
