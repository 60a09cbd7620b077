//! What the admin portal asks of those who change something in it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;
use crate::domain::language::say;

/// The policy of the admin portal. Ours; Entra has it in Conditional Access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PortalPolicy {
    /// How old, in minutes, the sign-in with a key may be when something is changed.
    pub strong_sign_in_max_age_in_minutes: u32,
}

/// The bounds of `strongSignInMaxAgeInMinutes`.
const MINUTES: std::ops::RangeInclusive<u32> = 1..=480;

impl Default for PortalPolicy {
    fn default() -> Self {
        Self { strong_sign_in_max_age_in_minutes: 15 }
    }
}

impl PortalPolicy {
    /// Checks every bound; the error names the field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        if MINUTES.contains(&self.strong_sign_in_max_age_in_minutes) {
            return Ok(());
        }
        let message =
            say("invalid-minutes").with("min", MINUTES.start()).with("max", MINUTES.end());
        Err(Invalid::new("strongSignInMaxAgeInMinutes", message))
    }

    /// How old the sign-in with a key may be when something is changed.
    pub fn strong_sign_in_max_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.strong_sign_in_max_age_in_minutes) * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_has_bounds() {
        for (minutes, fits) in [(0, false), (1, true), (15, true), (480, true), (481, false)] {
            let policy = PortalPolicy { strong_sign_in_max_age_in_minutes: minutes };
            assert_eq!(policy.validate().is_ok(), fits, "{minutes}");
        }
    }
}
