//! A registered sign-in method: a WebAuthn credential, or a paired phone.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::assurance::{self, Acr, Factor};
use super::attestation::Attestation;
use super::authenticators;
use super::error::Invalid;
use super::id::{MethodId, UserId};
use super::phone::PhoneKey;
use super::time::Timestamp;

/// The kinds of method that a policy can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MethodKind {
    /// A passkey: the platform's own authenticator, a phone or a password manager.
    Passkey,
    /// A FIDO2 security key that is carried along.
    SecurityKey,
    /// A paired phone that approves sign-ins. Not a WebAuthn credential.
    Phone,
}

impl MethodKind {
    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::SecurityKey => "securityKey",
            Self::Phone => "phone",
        }
    }

    /// What it is called where the authenticator does not say its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Passkey => "Passkey",
            Self::SecurityKey => "Security key",
            Self::Phone => "Phone",
        }
    }

    /// Whether it is a key of WebAuthn, which nobody can be tricked into using elsewhere.
    pub fn is_key(self) -> bool {
        matches!(self, Self::Passkey | Self::SecurityKey)
    }

    /// The most that may be proved by signing in with one: what it is worth shows once it is
    /// registered.
    pub fn factor_at_best(self) -> Factor {
        let attested = Acr::SERVED.contains(&Acr::PhishingResistantHardware);
        match self {
            Self::Passkey | Self::SecurityKey => Factor::Key { device_bound: true, attested },
            Self::Phone => Factor::Phone { user_verified: true },
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
            "phone" => Ok(Self::Phone),
            _ => Err(Invalid::new("kind", "passkey, securityKey or phone is needed")),
        }
    }
}

/// A registered passkey or security key, or a paired phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The method.
    pub id: MethodId,
    /// Whose it is.
    pub user_id: UserId,
    /// The authenticator's credential id, base64url; unique across all people. A phone's is the
    /// thumbprint of its key (RFC 7638).
    pub credential_id: String,
    /// What it is.
    pub kind: MethodKind,
    /// How the person knows it.
    pub name: String,
    /// The authenticator's model, where it says (Web Authentication Level 3 §6.5.1).
    pub aaguid: Option<Uuid>,
    /// The verified public key and counter, as the WebAuthn library serialises them. Of a phone:
    /// its [`PhoneKey`].
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
        if self.kind == MethodKind::Phone {
            let user_verified = PhoneKey::parse(&self.passkey).is_some_and(|it| it.user_verifying);
            return Factor::Phone { user_verified };
        }
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

/// The longest name of a method, in characters.
pub const NAME_MAX: usize = 64;

/// Reads the name that somebody gives to a method of theirs: 1 to [`NAME_MAX`] characters, none of
/// which hides or turns around what is written.
pub fn parse_name(text: &str) -> Result<String, Invalid> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Invalid::new("name", format!("1 to {NAME_MAX} characters are needed")));
    }
    let hides = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                    | '\u{e0000}'..='\u{e007f}'
            )
    };
    if name.chars().any(hides) {
        return Err(Invalid::new("name", "invisible characters are not allowed"));
    }
    Ok(name.to_owned())
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
    fn names_are_trimmed_and_hide_nothing() {
        assert_eq!(parse_name("  My blue key ").unwrap(), "My blue key");
        assert_eq!(parse_name(&"ö".repeat(64)).unwrap().chars().count(), 64);
        assert!(parse_name("\u{1f468}\u{200d}\u{1f4bb} laptop").is_ok());
        let long = "x".repeat(65);
        for bad in ["", " \t ", &long, "a\u{0}b", "a\nb", "\u{202e}yek", "a\u{200b}", "\u{2066}a"] {
            assert_eq!(parse_name(bad).unwrap_err().field, "name", "{bad:?}");
        }
    }

    #[test]
    fn a_second_key_of_a_model_is_numbered() {
        assert_eq!(name_for(None, MethodKind::SecurityKey, &[]), "Security key");
        assert_eq!(name_for(None, MethodKind::SecurityKey, &["Security key"]), "Security key 2");
        let taken = ["Passkey", "Passkey 2"];
        assert_eq!(name_for(Some(Uuid::from_u128(7)), MethodKind::Passkey, &taken), "Passkey 3");
    }
}
