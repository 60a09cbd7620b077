//! The policy of FIDO2 keys: Entra's `fido2AuthenticationMethodConfiguration`.

use serde::{Deserialize, Serialize};

use super::profile::{self, AttestationEnforcement, KeyRefusal, KeyRestrictions, PasskeyProfile};
use super::target::{State, Target, hits};
use crate::domain::credential::Credential;
use crate::domain::error::Invalid;
use crate::domain::id::{GroupId, UserId};
use crate::domain::language::say;

/// Which passkeys and security keys people may register and sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fido2Policy {
    /// Whether anybody may register and use a key.
    pub state: State,
    /// Whether people register keys themselves. An admin may on their behalf either way.
    pub is_self_service_registration_allowed: bool,
    /// Whether a maker must vouch for a new key, for whom no profile is.
    pub is_attestation_enforced: bool,
    /// Which models are taken, for whom no profile is.
    pub key_restrictions: KeyRestrictions,
    /// Who may register and use a key.
    pub include_targets: Vec<Target>,
    /// Who may not, even if included.
    pub exclude_targets: Vec<Target>,
    /// Sets of rules, of which targets name those that are for them.
    #[serde(default)]
    pub passkey_profiles: Vec<PasskeyProfile>,
    /// The profile, by its id, of targets that name none; without it, what the fields above say.
    #[serde(default)]
    pub default_passkey_profile: Option<String>,
}

impl Default for Fido2Policy {
    fn default() -> Self {
        Self {
            state: State::Enabled,
            is_self_service_registration_allowed: true,
            is_attestation_enforced: false,
            key_restrictions: KeyRestrictions::default(),
            include_targets: vec![Target::everybody()],
            exclude_targets: Vec::new(),
            passkey_profiles: Vec::new(),
            default_passkey_profile: None,
        }
    }
}

impl Fido2Policy {
    /// Checks every field; the error names the first that cannot be taken.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.key_restrictions
            .validate()
            .map_err(|message| Invalid::new("keyRestrictions", message))?;
        if self.exclude_targets.iter().any(|it| it.allowed_passkey_profiles.is_some()) {
            let message = say("invalid-excluded-profiles");
            return Err(Invalid::new("excludeTargets", message));
        }
        let default = self.default_passkey_profile.iter();
        let default = default.map(|id| ("defaultPasskeyProfile", id.as_str()));
        let targets = self.include_targets.iter().flat_map(Target::profiles);
        let targets = targets.map(|id| ("includeTargets", id));
        profile::validate(&self.passkey_profiles, default.chain(targets))
    }

    /// Whether this person may use keys. Exclusion wins over inclusion.
    pub fn in_scope(&self, user: UserId, groups: &[GroupId]) -> bool {
        self.state == State::Enabled
            && hits(&self.include_targets, &self.exclude_targets, user, groups)
    }

    /// What the fields outside of `passkeyProfiles` say: the profile of whoever no other is for.
    fn fallback(&self) -> PasskeyProfile {
        let chosen = self.default_passkey_profile.as_ref();
        let chosen = chosen.and_then(|id| self.passkey_profiles.iter().find(|it| it.id == *id));
        chosen.cloned().unwrap_or_else(|| PasskeyProfile {
            attestation_enforcement: if self.is_attestation_enforced {
                AttestationEnforcement::RegistrationOnly
            } else {
                AttestationEnforcement::Disabled
            },
            key_restrictions: self.key_restrictions.clone(),
            ..PasskeyProfile::open()
        })
    }

    /// The profiles that a target names, or else what holds for whoever has none.
    fn profiles_of(&self, target: &Target) -> Vec<PasskeyProfile> {
        let named = self.passkey_profiles.iter();
        let named = named.filter(|it| target.profiles().any(|id| id == it.id)).cloned();
        let own: Vec<_> = named.collect();
        if own.is_empty() { vec![self.fallback()] } else { own }
    }

    /// The profiles of a person: those of every target that names them. A key is taken where it
    /// fits any of them. Whoever is out of scope has none.
    pub fn profiles_for(&self, user: UserId, groups: &[GroupId]) -> Vec<PasskeyProfile> {
        let mut found: Vec<PasskeyProfile> = Vec::new();
        if !self.in_scope(user, groups) {
            return found;
        }
        for target in self.include_targets.iter().filter(|it| it.matches(user, groups)) {
            for profile in self.profiles_of(target) {
                if !found.contains(&profile) {
                    found.push(profile);
                }
            }
        }
        found
    }

    /// The profiles that somebody may have.
    pub(super) fn profiles_in_use(&self) -> Vec<PasskeyProfile> {
        let targets = self.include_targets.iter();
        targets.flat_map(|target| self.profiles_of(target)).collect()
    }

    /// Why a registered key of a person may not be used, where it may not.
    pub fn refuses_use(
        &self,
        user: UserId,
        groups: &[GroupId],
        key: &Credential,
    ) -> Option<KeyRefusal> {
        let profiles = self.profiles_for(user, groups);
        profile::refused(&profiles, |profile| profile.refuses_use(key))
    }
}

#[cfg(test)]
#[path = "fido2_tests.rs"]
mod tests;
