//! The policy of recovery codes.

use serde::{Deserialize, Serialize};

use super::target::{State, Target, hits};
use crate::domain::id::{GroupId, UserId};

/// Who may have recovery codes. Ours; Entra has none.
///
/// Disabled by default: a code is written down, can be phished, and opens the door to registering
/// a key. Where a help desk issues passes, nobody needs one; whether it is worth having where there
/// is none, the organisation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryCodesPolicy {
    /// Whether anyone may make codes and sign in with them.
    pub state: State,
    /// Whether they are offered when somebody has set up their first method.
    pub is_offered_at_set_up: bool,
    /// Who may have codes.
    pub include_targets: Vec<Target>,
    /// Who may not, even if included.
    pub exclude_targets: Vec<Target>,
}

impl Default for RecoveryCodesPolicy {
    fn default() -> Self {
        Self {
            state: State::Disabled,
            is_offered_at_set_up: true,
            include_targets: vec![Target::everybody()],
            exclude_targets: Vec::new(),
        }
    }
}

impl RecoveryCodesPolicy {
    /// Whether this person may have codes, and sign in with them. Exclusion wins over inclusion.
    pub fn in_scope(&self, user: UserId, groups: &[GroupId]) -> bool {
        self.state == State::Enabled
            && hits(&self.include_targets, &self.exclude_targets, user, groups)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn nobody_has_codes_until_the_organisation_says_so() {
        let ada = UserId(Uuid::from_u128(1));
        let off = RecoveryCodesPolicy::default();
        assert!(!off.in_scope(ada, &[]));
        let on = RecoveryCodesPolicy { state: State::Enabled, ..off };
        assert!(on.in_scope(ada, &[]));
        let none = RecoveryCodesPolicy { exclude_targets: vec![Target::everybody()], ..on };
        assert!(!none.in_scope(ada, &[]));
    }
}
