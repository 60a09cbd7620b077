//! Passkey profiles: which keys are taken, as Entra's `passkeyProfile` has it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::domain::credential::Credential;
use crate::domain::error::Invalid;
use crate::domain::language::{Text, say};

/// One set of rules about keys. Whoever has several is content if a key fits any one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasskeyProfile {
    /// By which targets name it.
    pub id: String,
    /// What admins call it.
    pub name: String,
    /// Whether keys may be copied between devices. Heeded at registration and at each sign-in.
    pub passkey_types: PasskeyTypes,
    /// Whether a maker must vouch for a key.
    pub attestation_enforcement: AttestationEnforcement,
    /// Which models are taken. Heeded at registration and at each sign-in.
    pub key_restrictions: KeyRestrictions,
}

/// Where keys may live: Graph's flags `deviceBound,synced`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasskeyTypes {
    /// On one device.
    pub device_bound: bool,
    /// On several: they are backed up, or may be.
    pub synced: bool,
}

impl PasskeyTypes {
    /// All there are.
    pub const ANY: Self = Self { device_bound: true, synced: true };
}

impl Serialize for PasskeyTypes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match (self.device_bound, self.synced) {
            (true, true) => "deviceBound,synced",
            (true, false) => "deviceBound",
            (false, _) => "synced",
        })
    }
}

impl<'de> Deserialize<'de> for PasskeyTypes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut types = Self { device_bound: false, synced: false };
        for word in text.split(',').map(str::trim) {
            match word {
                "deviceBound" => types.device_bound = true,
                "synced" => types.synced = true,
                _ => return Err(D::Error::custom("passkeyTypes: deviceBound, synced or both")),
            }
        }
        Ok(types)
    }
}

/// When a maker must vouch for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttestationEnforcement {
    /// Never.
    Disabled,
    /// When it is registered. Keys that were registered before go on working.
    RegistrationOnly,
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

impl Default for KeyRestrictions {
    fn default() -> Self {
        Self { is_enforced: false, enforcement_type: EnforcementType::Block, aa_guids: Vec::new() }
    }
}

impl KeyRestrictions {
    pub(super) fn validate(&self) -> Result<(), Text> {
        if self.aa_guids.len() > MODELS_MAX {
            return Err(say("invalid-models").with("n", MODELS_MAX));
        }
        if self.only_these().is_some_and(<[Uuid]>::is_empty) {
            return Err(say("invalid-no-model"));
        }
        Ok(())
    }

    /// Whether a key of this model is taken. One that does not name its model is on no list.
    pub fn allow(&self, aaguid: Option<Uuid>) -> bool {
        let listed = aaguid.is_some_and(|aaguid| self.aa_guids.contains(&aaguid));
        !self.is_enforced
            || match self.enforcement_type {
                EnforcementType::Allow => listed,
                EnforcementType::Block => !listed,
            }
    }

    /// The models that alone are taken, where it is so.
    pub fn only_these(&self) -> Option<&[Uuid]> {
        let only = self.is_enforced && self.enforcement_type == EnforcementType::Allow;
        only.then_some(&self.aa_guids)
    }
}

/// Why a key is not taken, beginning with what is looked at first: of several profiles, the one that
/// came nearest says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyRefusal {
    /// This person may have none.
    NotThisPerson,
    /// It is of another kind than those that may be registered.
    Kind,
    /// Its model is not taken.
    Model,
    /// It may be copied to other devices.
    Synced,
    /// It stays on one device, and only those that are synced are taken.
    DeviceBound,
    /// No trusted maker vouches for it.
    NotAttested,
    /// The application wants a key that its maker vouches for.
    NotStrongEnough,
}

impl KeyRefusal {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::NotThisPerson,
        Self::Kind,
        Self::Model,
        Self::Synced,
        Self::DeviceBound,
        Self::NotAttested,
        Self::NotStrongEnough,
    ];

    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotThisPerson => "person",
            Self::Kind => "kind",
            Self::Model => "model",
            Self::Synced => "synced",
            Self::DeviceBound => "device-bound",
            Self::NotAttested => "not-attested",
            Self::NotStrongEnough => "not-strong-enough",
        }
    }

    /// The true reason, for the audit log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotThisPerson => "the policy lets this person have no key",
            Self::Kind => "a key of this kind is not among the allowed ones",
            Self::Model => "the policy does not take this model",
            Self::Synced => "the policy takes only keys that stay on one device",
            Self::DeviceBound => "the policy takes only keys that are synced",
            Self::NotAttested => "the policy wants a key that a trusted maker vouches for",
            Self::NotStrongEnough => "the application wants a key that a trusted maker vouches for",
        }
    }
}

impl PasskeyProfile {
    /// Everything is taken.
    pub fn open() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            passkey_types: PasskeyTypes::ANY,
            attestation_enforcement: AttestationEnforcement::Disabled,
            key_restrictions: KeyRestrictions::default(),
        }
    }

    pub(super) fn validate(&self) -> Result<(), Text> {
        let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= 64;
        if !fits(&self.id) || self.id.contains(['+', ',', '=']) {
            return Err(say("invalid-profile-id"));
        }
        if !fits(&self.name) {
            return Err(say("invalid-profile-name"));
        }
        if self.wants_attestation() && self.passkey_types.synced {
            return Err(say("invalid-profile-synced"));
        }
        self.key_restrictions
            .validate()
            .map_err(|why| say("invalid-profile-restrictions").with("why", why))
    }

    /// Whether a maker must vouch for a new key.
    pub fn wants_attestation(&self) -> bool {
        self.attestation_enforcement == AttestationEnforcement::RegistrationOnly
    }

    /// Why a registered key may not be used, where it may not.
    pub fn refuses_use(&self, key: &Credential) -> Option<KeyRefusal> {
        if !self.key_restrictions.allow(key.aaguid) {
            Some(KeyRefusal::Model)
        } else if key.backup_eligible && !self.passkey_types.synced {
            Some(KeyRefusal::Synced)
        } else if !key.backup_eligible && !self.passkey_types.device_bound {
            Some(KeyRefusal::DeviceBound)
        } else {
            None
        }
    }

    /// Why a new key may not be registered, where it may not.
    pub fn refuses_registration(&self, key: &Credential) -> Option<KeyRefusal> {
        let unproved =
            self.wants_attestation() && (key.backup_eligible || !key.attestation.is_attested());
        self.refuses_use(key).or_else(|| unproved.then_some(KeyRefusal::NotAttested))
    }
}

/// Why none of the profiles takes a key, where none does.
pub fn refused(
    profiles: &[PasskeyProfile],
    why: impl Fn(&PasskeyProfile) -> Option<KeyRefusal>,
) -> Option<KeyRefusal> {
    let mut nearest = KeyRefusal::NotThisPerson;
    for profile in profiles {
        nearest = nearest.max(why(profile)?);
    }
    Some(nearest)
}

/// The most profiles that a policy may hold.
const PROFILES_MAX: usize = 10;

/// Checks a policy's profiles, and that what names one names one that there is.
pub(super) fn validate<'a>(
    profiles: &[PasskeyProfile],
    named: impl Iterator<Item = (&'static str, &'a str)>,
) -> Result<(), Invalid> {
    if profiles.len() > PROFILES_MAX {
        return Err(Invalid::new(
            "passkeyProfiles",
            say("invalid-at-most").with("n", PROFILES_MAX),
        ));
    }
    for (at, profile) in profiles.iter().enumerate() {
        let wrong = |why: Text| say("invalid-profile").with("n", at + 1).with("why", why);
        profile.validate().map_err(|message| Invalid::new("passkeyProfiles", wrong(message)))?;
        if profiles[..at].iter().any(|other| other.id == profile.id) {
            let message = wrong(say("invalid-profile-twice").with("id", &profile.id));
            return Err(Invalid::new("passkeyProfiles", message));
        }
    }
    for (field, id) in named {
        if !profiles.iter().any(|profile| profile.id == id) {
            let message = say("invalid-profile-unknown").with("id", id);
            return Err(Invalid::new(field, message));
        }
    }
    Ok(())
}
