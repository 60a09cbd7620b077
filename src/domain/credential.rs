//! A registered sign-in method that is a WebAuthn credential.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::assurance::{self, Acr, Factor};
use super::attestation::Attestation;
use super::authenticators;
use super::error::Invalid;
use super::id::{MethodId, UserId};
use super::time::Timestamp;

/// The kinds of method that a policy can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MethodKind {
    /// A passkey: the platform's own authenticator, a phone or a password manager.
    Passkey,
    /// A FIDO2 security key that is carried along.
    SecurityKey,
}

impl MethodKind {
    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::SecurityKey => "securityKey",
        }
    }

    /// What it is called where the authenticator does not say its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Passkey => "Passkey",
            Self::SecurityKey => "Security key",
        }
    }

    /// What an authenticator is, judged by what it reported at registration: a roaming key that
    /// cannot be backed up and is plugged in or held against is a security key.
    pub fn judge(cross_platform: bool, backup_eligible: bool, transports: &[String]) -> Self {
        let roams =
            transports.iter().any(|t| matches!(t.as_str(), "usb" | "nfc" | "ble" | "smart-card"));
        let stays = transports.iter().any(|t| matches!(t.as_str(), "internal" | "hybrid"));
        if !backup_eligible && !stays && (cross_platform || roams) {
            Self::SecurityKey
        } else {
            Self::Passkey
        }
    }
}

impl FromStr for MethodKind {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "passkey" => Ok(Self::Passkey),
            "securityKey" | "security_key" => Ok(Self::SecurityKey),
            _ => Err(Invalid::new("kind", "passkey or securityKey is needed")),
        }
    }
}

/// A registered passkey or security key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The method.
    pub id: MethodId,
    /// Whose it is.
    pub user_id: UserId,
    /// The authenticator's credential id, base64url; unique across all people.
    pub credential_id: String,
    /// What it is.
    pub kind: MethodKind,
    /// How the person knows it.
    pub name: String,
    /// The authenticator's model, where it says (Web Authentication Level 3 §6.5.1).
    pub aaguid: Option<Uuid>,
    /// The verified public key and counter, as the WebAuthn library serialises them.
    pub passkey: String,
    /// Whether the private key may be copied to other devices.
    pub backup_eligible: bool,
    /// What its maker vouches for.
    pub attestation: Attestation,
    /// How the authenticator is reached, sent back as a hint at sign-in.
    pub transports: Vec<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl Credential {
    /// What is proved by signing in with it.
    pub fn factor(&self) -> Factor {
        Factor::Key {
            device_bound: !self.backup_eligible,
            attested: self.attestation.is_attested(),
        }
    }

    /// The class that a sign-in with it alone reaches.
    pub fn reaches(&self) -> Acr {
        assurance::acr(&[self.factor()])
    }
}

/// The name of a newly registered method: the authenticator's own, numbered where it is taken.
pub fn name_for(aaguid: Option<Uuid>, kind: MethodKind, taken: &[&str]) -> String {
    let base = aaguid.and_then(authenticators::name_of).map_or(kind.label(), |known| known.name);
    let mut name = base.to_owned();
    let mut number = 2;
    while taken.contains(&name.as_str()) {
        name = format!("{base} {number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_judged_by_what_the_authenticator_reports() {
        let t = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(MethodKind::judge(true, false, &t(&["usb", "nfc"])), MethodKind::SecurityKey);
        assert_eq!(MethodKind::judge(true, false, &[]), MethodKind::SecurityKey);
        assert_eq!(MethodKind::judge(false, false, &t(&["internal"])), MethodKind::Passkey);
        assert_eq!(MethodKind::judge(true, true, &t(&["hybrid", "internal"])), MethodKind::Passkey);
        assert_eq!(MethodKind::judge(true, true, &t(&["usb"])), MethodKind::Passkey);
    }

    #[test]
    fn a_second_key_of_a_model_is_numbered() {
        assert_eq!(name_for(None, MethodKind::SecurityKey, &[]), "Security key");
        assert_eq!(name_for(None, MethodKind::SecurityKey, &["Security key"]), "Security key 2");
        let taken = ["Passkey", "Passkey 2"];
        assert_eq!(name_for(Some(Uuid::from_u128(7)), MethodKind::Passkey, &taken), "Passkey 3");
    }
}
