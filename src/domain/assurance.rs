//! How strongly somebody signed in, and how that is told to applications: `acr` and `amr`.
//!
//! [`table::TABLE`] has every way of signing in, and `docs/assurance.md` the same for people.
//!
//! `phr` is OpenID's "phishing-resistant", `phrh` "and protected by hardware": claimed only for an
//! attestation that was verified up to a trusted maker. A phone that approves is not
//! phishing-resistant: who is tricked into comparing numbers approves for the trickster.
//! RFC 8176 has no value for "somebody else says so"; `fed` is Entra's. Whatever an upstream claims
//! for itself, here it counts for no more than that. Nor has it one for a pass or a recovery code
//! beside `otp`; `tap` and `recovery` say which.

pub mod table;

use serde::{Deserialize, Serialize};

/// One thing that somebody proved when signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Factor {
    /// A Temporary Access Pass was redeemed.
    TemporaryAccessPass,
    /// A recovery code was redeemed (NIST SP 800-63B-4, saved recovery codes).
    RecoveryCode,
    /// An upstream said who it is.
    Upstream,
    /// A paired phone approved, with the number that the computer showed.
    #[serde(rename_all = "camelCase")]
    Phone {
        /// Whether the phone verified its user for this very approval.
        user_verified: bool,
    },
    /// A WebAuthn credential signed, with user verification.
    #[serde(rename_all = "camelCase")]
    Key {
        /// Whether the private key is bound to one device (not backup-eligible).
        device_bound: bool,
        /// Whether its maker's attestation was verified when it was registered.
        #[serde(default)]
        attested: bool,
    },
}

/// An authentication context class, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acr {
    /// An upstream alone: good for the same as a pass, and nobody here vouches for it.
    #[serde(rename = "urn:firstkey:acr:upstream")]
    Upstream,
    /// A pass or a recovery code alone: good for setting up, and for whoever asks for nothing more.
    #[serde(rename = "urn:firstkey:acr:bootstrap")]
    Bootstrap,
    /// One thing that the person has, and nothing that says who holds it.
    #[serde(rename = "urn:firstkey:acr:possession")]
    Possession,
    /// Two factors of different kinds, at least one of which can be phished.
    #[serde(rename = "urn:firstkey:acr:mfa")]
    MultiFactor,
    /// OpenID Connect Extended Authentication Profile ACR values: phishing-resistant.
    #[serde(rename = "phr")]
    PhishingResistant,
    /// The same: phishing-resistant and protected by hardware.
    #[serde(rename = "phrh")]
    PhishingResistantHardware,
}

impl Acr {
    /// Every class, the strongest first.
    pub const ALL: [Self; 6] = [
        Self::PhishingResistantHardware,
        Self::PhishingResistant,
        Self::MultiFactor,
        Self::Possession,
        Self::Bootstrap,
        Self::Upstream,
    ];

    /// The classes that can be reached and asked for, for discovery's `acr_values_supported`.
    pub const SERVED: [Self; 5] = [
        Self::PhishingResistantHardware,
        Self::PhishingResistant,
        Self::MultiFactor,
        Self::Bootstrap,
        Self::Upstream,
    ];

    /// The value of the `acr` claim.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upstream => "urn:firstkey:acr:upstream",
            Self::Bootstrap => "urn:firstkey:acr:bootstrap",
            Self::Possession => "urn:firstkey:acr:possession",
            Self::MultiFactor => "urn:firstkey:acr:mfa",
            Self::PhishingResistant => "phr",
            Self::PhishingResistantHardware => "phrh",
        }
    }

    /// The class of this name, if it is one that can be reached here.
    pub fn served(name: &str) -> Option<Self> {
        Self::SERVED.into_iter().find(|acr| acr.name() == name)
    }

    /// The first class that an `acr_values` parameter names: they stand in order of preference.
    pub fn preferred(acr_values: &str) -> Option<Self> {
        acr_values.split_ascii_whitespace().find_map(Self::served)
    }

    /// What an `acr_values` parameter (OIDC Core §3.1.2.1) asks for: the weakest class that it
    /// names. The claim is voluntary, so names that we do not know ask for nothing.
    pub fn demanded(acr_values: &str) -> Option<Self> {
        acr_values.split_ascii_whitespace().filter_map(Self::served).min()
    }
}

/// The class that these factors reach together.
pub fn acr(factors: &[Factor]) -> Acr {
    let any = |test: fn(&Factor) -> bool| factors.iter().any(test);
    let phone = any(|it| matches!(it, Factor::Phone { .. }));
    let verified = any(|it| matches!(it, Factor::Phone { user_verified: true }));
    let pass = factors.contains(&Factor::TemporaryAccessPass);
    if any(|it| matches!(it, Factor::Key { device_bound: true, attested: true })) {
        Acr::PhishingResistantHardware
    } else if any(|it| matches!(it, Factor::Key { .. })) {
        Acr::PhishingResistant
    } else if verified || (phone && pass) {
        Acr::MultiFactor
    } else if phone {
        Acr::Possession
    } else if pass || factors.contains(&Factor::RecoveryCode) {
        Acr::Bootstrap
    } else {
        Acr::Upstream
    }
}

/// The `amr` claim for these factors.
pub fn amr(factors: &[Factor]) -> Vec<&'static str> {
    let mut amr = Vec::new();
    let mut add = |values: &[&'static str]| {
        for value in values {
            if !amr.contains(value) {
                amr.push(*value);
            }
        }
    };
    for factor in factors {
        add(match factor {
            Factor::TemporaryAccessPass => &["tap", "otp"],
            Factor::RecoveryCode => &["recovery", "otp"],
            Factor::Upstream => &["fed"],
            Factor::Phone { user_verified: false } => &["swk", "pop"],
            Factor::Phone { user_verified: true } => &["swk", "pop", "user"],
            Factor::Key { device_bound: true, .. } => &["hwk", "user"],
            Factor::Key { device_bound: false, .. } => &["swk", "user"],
        });
    }
    if acr(factors) >= Acr::MultiFactor {
        add(&["mfa"]);
    }
    amr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_there_was_attestation_is_not_attested() {
        let stored = r#"{"type":"key","deviceBound":true}"#;
        let bound = Factor::Key { device_bound: true, attested: false };
        assert_eq!(serde_json::from_str::<Factor>(stored).unwrap(), bound);
    }

    #[test]
    fn classes_are_listed_from_the_strongest() {
        assert!(Acr::ALL.is_sorted_by(|stronger, weaker| stronger > weaker));
        assert!(Acr::SERVED.iter().all(|served| Acr::ALL.contains(served)));
    }

    #[test]
    fn acr_values_ask_for_the_weakest_class_they_name() {
        assert_eq!(Acr::demanded("phr"), Some(Acr::PhishingResistant));
        assert_eq!(Acr::demanded("phr urn:firstkey:acr:bootstrap"), Some(Acr::Bootstrap));
        assert_eq!(Acr::demanded("urn:firstkey:acr:upstream phr"), Some(Acr::Upstream));
        assert_eq!(Acr::demanded("urn:other phr"), Some(Acr::PhishingResistant));
        assert_eq!(Acr::preferred("gold urn:firstkey:acr:mfa phr"), Some(Acr::MultiFactor));
        assert_eq!(Acr::preferred("gold"), None);
        assert_eq!(Acr::demanded("silver gold"), None);
        assert_eq!(Acr::demanded(""), None);
    }
}
