//! For how long somebody stays signed in in a browser.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;

/// The policy of sessions. Ours; Entra has it in Conditional Access and as configurable token
/// lifetimes. NIST SP 800-63B-4 §2.2.3 suggests a day and an hour for AAL2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionPolicy {
    /// Minutes after which a session ends that nothing was done in; none: only the other limit.
    pub idle_timeout_in_minutes: Option<u32>,
    /// Minutes after the last sign-in at which a session ends, whatever is done in it.
    pub absolute_lifetime_in_minutes: u32,
}

/// The bounds of `idleTimeoutInMinutes`: activity is written down once a minute.
const IDLE: std::ops::RangeInclusive<u32> = 5..=43_200;
/// The bounds of `absoluteLifetimeInMinutes`: time enough to change one's methods, and 30 days.
const ABSOLUTE: std::ops::RangeInclusive<u32> = 10..=43_200;

impl Default for SessionPolicy {
    fn default() -> Self {
        Self { idle_timeout_in_minutes: None, absolute_lifetime_in_minutes: 720 }
    }
}

impl SessionPolicy {
    /// Checks every bound; the error names the field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        let between = |range: &std::ops::RangeInclusive<u32>| {
            format!("between {} and {} minutes", range.start(), range.end())
        };
        if self.idle_timeout_in_minutes.is_some_and(|idle| !IDLE.contains(&idle)) {
            return Err(Invalid::new("idleTimeoutInMinutes", between(&IDLE)));
        }
        if !ABSOLUTE.contains(&self.absolute_lifetime_in_minutes) {
            return Err(Invalid::new("absoluteLifetimeInMinutes", between(&ABSOLUTE)));
        }
        Ok(())
    }

    /// How long a session stands in which nothing is done.
    pub fn idle(&self) -> Option<Duration> {
        self.idle_timeout_in_minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60))
    }

    /// How long a session stands from its last sign-in.
    pub fn absolute(&self) -> Duration {
        Duration::from_secs(u64::from(self.absolute_lifetime_in_minutes) * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_have_bounds() {
        for (idle, absolute, refused) in [
            (None, 720, None),
            (Some(5), 10, None),
            (Some(43_200), 43_200, None),
            (Some(4), 720, Some("idleTimeoutInMinutes")),
            (Some(43_201), 720, Some("idleTimeoutInMinutes")),
            (None, 9, Some("absoluteLifetimeInMinutes")),
            (None, 43_201, Some("absoluteLifetimeInMinutes")),
        ] {
            let policy = SessionPolicy {
                idle_timeout_in_minutes: idle,
                absolute_lifetime_in_minutes: absolute,
            };
            let field = policy.validate().err().map(|invalid| invalid.field);
            assert_eq!(field.as_deref(), refused, "{policy:?}");
        }
    }

    #[test]
    fn unless_said_otherwise_it_is_half_a_day() {
        let policy = SessionPolicy::default();
        assert_eq!(policy.absolute(), crate::domain::session::SESSION_LIFETIME);
        assert_eq!(policy.idle(), None);
    }
}
