//! The policy of FIDO2 keys: Entra's `fido2AuthenticationMethodConfiguration`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::target::{State, Target, hits};
use crate::domain::error::Invalid;
use crate::domain::id::{GroupId, UserId};

/// Which passkeys and security keys people may register and sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fido2Policy {
    /// Whether anybody may register and use a key.
    pub state: State,
    /// Whether people register keys themselves. An admin may on their behalf either way.
    pub is_self_service_registration_allowed: bool,
    /// Whether a key must prove its model by a certificate of its maker. Not to be had yet.
    pub is_attestation_enforced: bool,
    /// Which models are taken.
    pub key_restrictions: KeyRestrictions,
    /// Who may register and use a key.
    pub include_targets: Vec<Target>,
    /// Who may not, even if included.
    pub exclude_targets: Vec<Target>,
}

/// Which models of authenticators are taken, by AAGUID (Web Authentication Level 3 §6.5.1). Heeded
/// at registration and at each sign-in. Without attestation an authenticator may lie about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyRestrictions {
    /// Whether the list counts at all.
    pub is_enforced: bool,
    /// What the list is.
    pub enforcement_type: EnforcementType,
    /// The models.
    pub aa_guids: Vec<Uuid>,
}

/// What a list of models says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EnforcementType {
    /// Only these are taken.
    Allow,
    /// All but these are.
    Block,
}

/// The most models that a list may hold.
const MODELS_MAX: usize = 500;

impl Default for Fido2Policy {
    fn default() -> Self {
        Self {
            state: State::Enabled,
            is_self_service_registration_allowed: true,
            is_attestation_enforced: false,
            key_restrictions: KeyRestrictions::default(),
            include_targets: vec![Target::everybody()],
            exclude_targets: Vec::new(),
        }
    }
}

impl Default for KeyRestrictions {
    fn default() -> Self {
        Self { is_enforced: false, enforcement_type: EnforcementType::Block, aa_guids: Vec::new() }
    }
}

impl Fido2Policy {
    /// Checks every field; the error names the first that cannot be taken.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.is_attestation_enforced {
            let message = "attestation cannot be verified yet, so it cannot be enforced; restrict \
                           keys by keyRestrictions";
            return Err(Invalid::new("isAttestationEnforced", message));
        }
        let restrictions = &self.key_restrictions;
        if restrictions.aa_guids.len() > MODELS_MAX {
            return Err(Invalid::new("keyRestrictions", format!("at most {MODELS_MAX} aaGuids")));
        }
        let only_these = restrictions.enforcement_type == EnforcementType::Allow;
        if restrictions.is_enforced && only_these && restrictions.aa_guids.is_empty() {
            let message = "a list of what is allowed needs at least one of aaGuids, or nobody \
                           could sign in with a key";
            return Err(Invalid::new("keyRestrictions", message));
        }
        Ok(())
    }

    /// Whether this person may use keys. Exclusion wins over inclusion.
    pub fn in_scope(&self, user: UserId, groups: &[GroupId]) -> bool {
        self.state == State::Enabled
            && hits(&self.include_targets, &self.exclude_targets, user, groups)
    }
}

impl KeyRestrictions {
    /// Whether a key of this model is taken. One that does not name its model is on no list.
    pub fn allow(&self, aaguid: Option<Uuid>) -> bool {
        let listed = aaguid.is_some_and(|aaguid| self.aa_guids.contains(&aaguid));
        !self.is_enforced
            || match self.enforcement_type {
                EnforcementType::Allow => listed,
                EnforcementType::Block => !listed,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: Uuid = Uuid::from_u128(7);

    fn restricted(enforcement_type: EnforcementType) -> KeyRestrictions {
        KeyRestrictions { is_enforced: true, enforcement_type, aa_guids: vec![MODEL] }
    }

    #[test]
    fn models_are_let_in_by_list_or_kept_out() {
        let other = Some(Uuid::from_u128(8));
        let allow = restricted(EnforcementType::Allow);
        assert!(allow.allow(Some(MODEL)) && !allow.allow(other) && !allow.allow(None));
        let block = restricted(EnforcementType::Block);
        assert!(!block.allow(Some(MODEL)) && block.allow(other) && block.allow(None));
        let idle = KeyRestrictions { is_enforced: false, ..block };
        assert!(idle.allow(Some(MODEL)));
    }

    #[test]
    fn what_would_lock_everybody_out_or_cannot_be_kept_is_refused() {
        Fido2Policy::default().validate().unwrap();
        let mut policy = Fido2Policy { is_attestation_enforced: true, ..Fido2Policy::default() };
        assert_eq!(policy.validate().unwrap_err().field, "isAttestationEnforced");
        policy.is_attestation_enforced = false;
        policy.key_restrictions = restricted(EnforcementType::Allow);
        policy.validate().unwrap();
        policy.key_restrictions.aa_guids.clear();
        assert_eq!(policy.validate().unwrap_err().field, "keyRestrictions");
    }
}
