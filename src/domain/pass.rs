//! The Temporary Access Pass: its value, its terms, and whether it may be used now.
//! Names and bounds are those of Microsoft Entra's `temporaryAccessPassAuthenticationMethod`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::error::Invalid;
use super::id::{PassId, UserId};
use super::policy::TapPolicy;
use super::random::Random;
use super::time::Timestamp;
use crate::domain::language::say;

/// The characters of a pass: 31, one case, none that looks like another (no 0 O 1 L I).
pub const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// The shortest pass, in characters.
pub const LENGTH_MIN: u32 = 8;
/// The longest pass, in characters.
pub const LENGTH_MAX: u32 = 48;
/// The shortest lifetime that any policy may set, in minutes.
pub const LIFETIME_MIN: u32 = 10;
/// The longest lifetime that any policy may set, in minutes (30 days).
pub const LIFETIME_MAX: u32 = 43_200;
/// How long the person has to finish registering after the sign-in that used up a one-time pass.
pub const ONE_TIME_REGISTRATION: Duration = Duration::from_secs(10 * 60);
/// Wrong tries, from everywhere together, after which a pass is void (NIST SP 800-63B §5.2.2).
pub const FAILURES_MAX: u32 = 100;
/// A start this far in the past is a slow clock, not a mistake.
const START_TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// The furthest start: a year ahead.
const START_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The secret value of a pass, in its plain form. Never printed by accident.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PassValue(String);

impl PassValue {
    /// A new random value of `length` characters, each equally likely.
    pub fn generate(length: u32, random: &dyn Random) -> Self {
        let length = length.clamp(LENGTH_MIN, LENGTH_MAX) as usize;
        let mut value = String::with_capacity(length);
        // 248 = 8 × 31: bytes above it would make some characters likelier than others.
        while value.len() < length {
            let mut bytes = [0_u8; 16];
            random.fill(&mut bytes);
            for byte in bytes.into_iter().filter(|byte| *byte < 248) {
                if value.len() < length {
                    value.push(char::from(ALPHABET[usize::from(byte % 31)]));
                }
            }
        }
        Self(value)
    }

    /// Reads what a person typed: separators and case do not matter. `None` where it cannot be a
    /// pass at all.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 512 {
            return None;
        }
        let mut value = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '_' | '.') {
                continue;
            }
            let c = c.to_ascii_uppercase();
            if !c.is_ascii() || !ALPHABET.contains(&(c as u8)) {
                return None;
            }
            value.push(c);
        }
        let length = u32::try_from(value.len()).ok()?;
        (LENGTH_MIN..=LENGTH_MAX).contains(&length).then_some(Self(value))
    }

    /// The value itself. Whoever calls this decides where a secret goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The value as a person reads it: groups of four.
    pub fn reveal_grouped(&self) -> String {
        let groups: Vec<&str> = self
            .0
            .as_bytes()
            .chunks(4)
            .filter_map(|chunk| std::str::from_utf8(chunk).ok())
            .collect();
        groups.join("-")
    }
}

impl fmt::Debug for PassValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassValue(…)")
    }
}

/// What whoever issues a pass may ask for. What they leave out, the policy decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassRequest {
    /// When the pass begins to work; now where absent.
    pub start: Option<Timestamp>,
    /// Minutes from the start during which it works.
    pub lifetime_minutes: Option<i64>,
    /// Whether it works once only.
    pub one_time: Option<bool>,
}

/// The terms on which a pass is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassTerms {
    /// When it begins to work.
    pub starts_at: Timestamp,
    /// Minutes from the start during which it works.
    pub lifetime_minutes: u32,
    /// Whether it works once only.
    pub one_time: bool,
}

impl PassTerms {
    /// Settles a request against the policy; the error names the field and the bounds in force.
    pub fn settle(
        request: &PassRequest,
        policy: &TapPolicy,
        now: Timestamp,
    ) -> Result<Self, Invalid> {
        let (min, max) = (policy.minimum_lifetime_in_minutes, policy.maximum_lifetime_in_minutes);
        let lifetime_minutes = match request.lifetime_minutes {
            None => policy.default_lifetime_in_minutes,
            Some(minutes) => u32::try_from(minutes)
                .ok()
                .filter(|minutes| (min..=max).contains(minutes))
                .ok_or_else(|| {
                    Invalid::new(
                        "lifetimeInMinutes",
                        say("invalid-lifetime-policy").with("min", min).with("max", max),
                    )
                })?,
        };
        let starts_at = match request.start {
            None => now,
            Some(start) if start.plus(START_TOLERANCE) < now => {
                return Err(Invalid::new("startDateTime", say("invalid-start-past")));
            }
            Some(start) if start > now.plus(START_MAX) => {
                return Err(Invalid::new("startDateTime", say("invalid-start-far")));
            }
            Some(start) => start.max(now),
        };
        let one_time = match request.one_time {
            Some(false) if policy.is_usable_once => {
                return Err(Invalid::new("isUsableOnce", say("invalid-one-time")));
            }
            Some(choice) => choice,
            None => policy.is_usable_once,
        };
        Ok(Self { starts_at, lifetime_minutes, one_time })
    }

    /// When the pass stops working.
    pub fn ends_at(&self) -> Timestamp {
        self.starts_at.plus(Duration::from_secs(u64::from(self.lifetime_minutes) * 60))
    }
}

/// A pass as it is stored: everything but its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The pass.
    pub id: PassId,
    /// Whose it is; a person has one at most.
    pub user_id: UserId,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Its terms.
    pub terms: PassTerms,
    /// When it was last used to sign in.
    pub used_at: Option<Timestamp>,
    /// Wrong tries so far, from everywhere.
    pub failures: u32,
    /// Who issued it, as the audit log names them.
    pub issued_by: Option<String>,
    /// Whether a second admin must approve it, and has.
    pub approval: Approval,
}

/// Whether a second admin must approve a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Approval {
    /// Nobody must.
    #[default]
    None,
    /// Somebody must, and has not yet.
    Pending,
    /// Somebody has.
    Approved,
}

impl Approval {
    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Approved => "approved",
        }
    }
}

impl FromStr for Approval {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::None, Self::Pending, Self::Approved]
            .into_iter()
            .find(|approval| approval.name() == text)
            .ok_or_else(|| Invalid::new("approval", "none, pending or approved is needed"))
    }
}

/// Whether a pass may be used now, and if not, why: Entra's `methodUsabilityReason`, and reasons of
/// our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usability {
    /// It works.
    EnabledByPolicy,
    /// The person is out of the policy's scope, or the policy wants another kind of pass.
    DisabledByPolicy,
    /// Its lifetime is over.
    Expired,
    /// Its start lies ahead.
    NotYetValid,
    /// It was one-time and has been used.
    OneTimeUsed,
    /// Too many wrong tries were made against it.
    Voided,
    /// A second admin has not approved it yet.
    NotApproved,
    /// The person whose it is may not sign in at all.
    AccountDisabled,
}

impl Usability {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::EnabledByPolicy => "EnabledByPolicy",
            Self::DisabledByPolicy => "DisabledByPolicy",
            Self::Expired => "Expired",
            Self::NotYetValid => "NotYetValid",
            Self::OneTimeUsed => "OneTimeUsed",
            Self::Voided => "Voided",
            Self::NotApproved => "NotApproved",
            Self::AccountDisabled => "AccountDisabled",
        }
    }
}

impl Pass {
    /// Whether it may be used now. `in_scope` says whether the policy lets this person use passes.
    pub fn usability(&self, policy: &TapPolicy, in_scope: bool, now: Timestamp) -> Usability {
        if self.terms.one_time && self.used_at.is_some() {
            Usability::OneTimeUsed
        } else if now >= self.terms.ends_at() {
            Usability::Expired
        } else if self.failures >= FAILURES_MAX {
            Usability::Voided
        } else if !in_scope || (policy.is_usable_once && !self.terms.one_time) {
            Usability::DisabledByPolicy
        } else if self.approval == Approval::Pending {
            Usability::NotApproved
        } else if now < self.terms.starts_at {
            Usability::NotYetValid
        } else {
            Usability::EnabledByPolicy
        }
    }

    /// Until when a session opened by this pass at `now` may register methods.
    pub fn register_until(&self, now: Timestamp) -> Timestamp {
        let end = self.terms.ends_at();
        if self.terms.one_time { end.min(now.plus(ONE_TIME_REGISTRATION)) } else { end }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug)]
    struct Counting(Mutex<u8>);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            for byte in bytes {
                *byte = *next;
                *next = next.wrapping_add(1);
            }
        }
    }

    fn pass(terms: PassTerms) -> Pass {
        Pass {
            id: PassId(Uuid::nil()),
            user_id: UserId(Uuid::nil()),
            created_at: terms.starts_at,
            terms,
            used_at: None,
            failures: 0,
            issued_by: None,
            approval: Approval::None,
        }
    }

    #[test]
    fn every_character_comes_and_none_that_looks_like_another() {
        let random = Counting(Mutex::new(0));
        let value = PassValue::generate(48, &random);
        let distinct: HashSet<char> = value.reveal().chars().collect();
        assert_eq!(distinct.len(), 31);
        assert!(!value.reveal().contains(['0', 'O', '1', 'L', 'I']));
    }

    #[test]
    fn what_people_type_is_understood() {
        let value = PassValue::parse("k7qm-x3wp").unwrap();
        assert_eq!(value.reveal(), "K7QMX3WP");
        assert_eq!(value.reveal_grouped(), "K7QM-X3WP");
        assert_eq!(PassValue::parse(" K7QM X3WP\n").unwrap(), value);
        assert_eq!(PassValue::parse("K7QM\u{2013}X3WP").unwrap(), value);
        for text in ["", "K7QM", "K7QM-X3W0", "K7QM-X3W'", "🔑🔑🔑🔑🔑🔑🔑🔑", &"A".repeat(49)]
        {
            assert!(PassValue::parse(text).is_none(), "{text}");
        }
        assert_eq!(format!("{value:?}"), "PassValue(…)");
    }

    #[test]
    fn usability_says_the_first_true_reason() {
        let policy = TapPolicy::default();
        let start = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let minute = Duration::from_secs(60);
        let terms = PassTerms { starts_at: start, lifetime_minutes: 60, one_time: false };
        let it = pass(terms);
        assert_eq!(it.usability(&policy, true, start.minus(minute)), Usability::NotYetValid);
        assert_eq!(it.usability(&policy, true, start), Usability::EnabledByPolicy);
        assert_eq!(it.usability(&policy, false, start), Usability::DisabledByPolicy);
        assert_eq!(
            it.usability(&policy, true, start.plus(59 * minute)),
            Usability::EnabledByPolicy
        );
        assert_eq!(it.usability(&policy, true, start.plus(60 * minute)), Usability::Expired);
        let once_only = TapPolicy { is_usable_once: true, ..TapPolicy::default() };
        assert_eq!(it.usability(&once_only, true, start), Usability::DisabledByPolicy);
        let used = Pass { used_at: Some(start), ..pass(PassTerms { one_time: true, ..terms }) };
        assert_eq!(used.usability(&policy, true, start), Usability::OneTimeUsed);
        let guessed = Pass { failures: FAILURES_MAX, ..pass(terms) };
        assert_eq!(guessed.usability(&policy, true, start), Usability::Voided);
    }

    #[test]
    fn a_one_time_pass_leaves_ten_minutes_to_register_and_never_more_than_its_life() {
        let start = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let it = pass(PassTerms { starts_at: start, lifetime_minutes: 60, one_time: true });
        assert_eq!(it.register_until(start), start.plus(Duration::from_secs(600)));
        let late = start.plus(Duration::from_secs(55 * 60));
        assert_eq!(it.register_until(late), it.terms.ends_at());
    }

    #[test]
    fn requests_are_held_to_the_policy() {
        let policy = TapPolicy::default();
        let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let settle = |request: PassRequest| PassTerms::settle(&request, &policy, now);
        assert_eq!(
            settle(PassRequest::default()).unwrap(),
            PassTerms { starts_at: now, lifetime_minutes: 60, one_time: false }
        );
        for minutes in [-1, 0, 59, 481, i64::MAX] {
            let error =
                settle(PassRequest { lifetime_minutes: Some(minutes), ..PassRequest::default() });
            assert_eq!(error.unwrap_err().field, "lifetimeInMinutes");
        }
        let hour = Duration::from_secs(3600);
        let start = |start| settle(PassRequest { start: Some(start), ..PassRequest::default() });
        assert_eq!(start(now.minus(hour)).unwrap_err().field, "startDateTime");
        assert_eq!(start(now.plus(hour * 24 * 400)).unwrap_err().field, "startDateTime");
        assert_eq!(start(now.minus(Duration::from_secs(30))).unwrap().starts_at, now);
        assert_eq!(start(now.plus(hour)).unwrap().starts_at, now.plus(hour));
        let once_only = TapPolicy { is_usable_once: true, ..TapPolicy::default() };
        let multi = PassRequest { one_time: Some(false), ..PassRequest::default() };
        assert_eq!(PassTerms::settle(&multi, &once_only, now).unwrap_err().field, "isUsableOnce");
        assert!(PassTerms::settle(&PassRequest::default(), &once_only, now).unwrap().one_time);
    }

    proptest! {
        #[test]
        fn a_generated_value_survives_being_typed(seed: u8, length in LENGTH_MIN..=LENGTH_MAX) {
            let value = PassValue::generate(length, &Counting(Mutex::new(seed)));
            prop_assert_eq!(value.reveal().len(), length as usize);
            prop_assert_eq!(PassValue::parse(&value.reveal_grouped().to_lowercase()), Some(value));
        }

        #[test]
        fn nothing_typed_panics(text: String) {
            let _ = PassValue::parse(&text);
        }
    }
}
