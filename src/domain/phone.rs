//! Phones that approve sign-ins by comparing a number; `docs/phone-sign-in.md` has the protocol.

use serde::{Deserialize, Serialize};

/// The public key of a paired phone, a JWK (RFC 7517) for ES256, and what is known of the phone
/// that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneKey {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// The point, base64url.
    pub x: String,
    /// The point, base64url.
    pub y: String,
    /// Whether the phone verifies its user for each approval: a platform authenticator was paired
    /// with it, and has to sign as well.
    #[serde(default, rename = "user_verifying")]
    pub user_verifying: bool,
}

impl PhoneKey {
    /// Reads what is stored of a phone.
    pub fn parse(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok()
    }
}
