//! How strongly somebody signed in, and how that is told to applications: `acr` and `amr`.
//!
//! | signed in with | `acr` | `amr` (RFC 8176) |
//! |---|---|---|
//! | an upstream alone | `urn:firstkey:acr:upstream` | `fed` |
//! | Temporary Access Pass alone | `urn:firstkey:acr:bootstrap` | `tap otp` |
//! | key, copyable (synced passkey) | `phr` | `swk user mfa` |
//! | key, bound to one device | `phr` | `hwk user mfa` |
//! | pass and key | `phr` | `tap otp` and the key's |
//! | upstream and key | `phr` | `fed` and the key's |
//!
//! `phr` is OpenID's "phishing-resistant". `phrh` ("and protected by hardware") is claimed only
//! for a verified attestation; since none is verified yet, it is never claimed.
//! RFC 8176 has no value for "somebody else says so"; `fed` is Entra's. Whatever an upstream claims
//! for itself, here it counts for no more than that.

use serde::{Deserialize, Serialize};

/// One thing that somebody proved when signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Factor {
    /// A Temporary Access Pass was redeemed.
    TemporaryAccessPass,
    /// An upstream said who it is.
    Upstream,
    /// A WebAuthn credential signed, with user verification.
    #[serde(rename_all = "camelCase")]
    Key {
        /// Whether the private key is bound to one device (not backup-eligible).
        device_bound: bool,
    },
}

/// An authentication context class, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acr {
    /// An upstream alone: good for the same as a pass, and nobody here vouches for it.
    #[serde(rename = "urn:firstkey:acr:upstream")]
    Upstream,
    /// A pass alone: good for setting up, and for whoever asks for nothing more.
    #[serde(rename = "urn:firstkey:acr:bootstrap")]
    Bootstrap,
    /// OpenID Connect Extended Authentication Profile ACR values: phishing-resistant.
    #[serde(rename = "phr")]
    PhishingResistant,
}

impl Acr {
    /// Every class we can reach, for discovery's `acr_values_supported`.
    pub const ALL: [Self; 3] = [Self::PhishingResistant, Self::Bootstrap, Self::Upstream];

    /// The value of the `acr` claim.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upstream => "urn:firstkey:acr:upstream",
            Self::Bootstrap => "urn:firstkey:acr:bootstrap",
            Self::PhishingResistant => "phr",
        }
    }

    /// What an `acr_values` parameter (OIDC Core §3.1.2.1) asks for: the weakest class that it
    /// names. The claim is voluntary, so names that we do not know ask for nothing.
    pub fn demanded(acr_values: &str) -> Option<Self> {
        acr_values
            .split_ascii_whitespace()
            .filter_map(|wanted| Self::ALL.into_iter().find(|acr| acr.name() == wanted))
            .min()
    }
}

/// The class that these factors reach together.
pub fn acr(factors: &[Factor]) -> Acr {
    if factors.iter().any(|factor| matches!(factor, Factor::Key { .. })) {
        Acr::PhishingResistant
    } else if factors.contains(&Factor::TemporaryAccessPass) {
        Acr::Bootstrap
    } else {
        Acr::Upstream
    }
}

/// The `amr` claim for these factors.
pub fn amr(factors: &[Factor]) -> Vec<&'static str> {
    let mut amr = Vec::new();
    for factor in factors {
        let values: &[&str] = match factor {
            Factor::TemporaryAccessPass => &["tap", "otp"],
            Factor::Upstream => &["fed"],
            Factor::Key { device_bound: true } => &["hwk", "user", "mfa"],
            Factor::Key { device_bound: false } => &["swk", "user", "mfa"],
        };
        for value in values {
            if !amr.contains(value) {
                amr.push(*value);
            }
        }
    }
    amr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_above() {
        let pass = Factor::TemporaryAccessPass;
        let synced = Factor::Key { device_bound: false };
        let bound = Factor::Key { device_bound: true };
        let cases: [(&[Factor], &str, &[&str]); 6] = [
            (&[Factor::Upstream], "urn:firstkey:acr:upstream", &["fed"]),
            (&[Factor::Upstream, synced], "phr", &["fed", "swk", "user", "mfa"]),
            (&[pass], "urn:firstkey:acr:bootstrap", &["tap", "otp"]),
            (&[synced], "phr", &["swk", "user", "mfa"]),
            (&[bound], "phr", &["hwk", "user", "mfa"]),
            (&[pass, bound], "phr", &["tap", "otp", "hwk", "user", "mfa"]),
        ];
        for (factors, class, methods) in cases {
            assert_eq!(acr(factors).name(), class);
            assert_eq!(amr(factors), methods);
        }
    }

    #[test]
    fn acr_values_ask_for_the_weakest_class_they_name() {
        assert_eq!(Acr::demanded("phr"), Some(Acr::PhishingResistant));
        assert_eq!(Acr::demanded("phr urn:firstkey:acr:bootstrap"), Some(Acr::Bootstrap));
        assert_eq!(Acr::demanded("urn:firstkey:acr:upstream phr"), Some(Acr::Upstream));
        assert!(Acr::Upstream < Acr::Bootstrap && Acr::Bootstrap < Acr::PhishingResistant);
        assert_eq!(Acr::demanded("urn:other phr"), Some(Acr::PhishingResistant));
        assert_eq!(Acr::demanded("phrh gold"), None);
        assert_eq!(Acr::demanded(""), None);
    }
}
