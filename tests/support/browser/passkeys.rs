//! Virtual authenticators. How they behave is told at the top of this folder's `mod.rs`.

use serde_json::{Value, json};

use super::Browser;

/// The kinds of authenticators that a person may have at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticator {
    /// A FIDO2 security key on USB with a PIN or fingerprint: keeps discoverable credentials,
    /// verifies its user, is never backed up.
    UsbSecurityKey,
    /// The computer's own (Touch ID, Windows Hello, a passkey manager): verifies its user, and its
    /// credentials are synced (backup eligible and backed up).
    Platform,
    /// A phone used across devices (hybrid transport), credentials synced.
    Phone,
    /// A FIDO2 security key on USB that cannot verify its user: touch only.
    NoUserVerification,
    /// An old U2F key: no discoverable credentials, no user verification.
    U2f,
}

impl Authenticator {
    /// What `WebAuthn.addVirtualAuthenticator` calls it.
    fn options(self) -> Value {
        let (protocol, transport, resident, verifies, synced) = match self {
            Self::UsbSecurityKey => ("ctap2", "usb", true, true, false),
            Self::Platform => ("ctap2", "internal", true, true, true),
            Self::Phone => ("ctap2", "cable", true, true, true),
            Self::NoUserVerification => ("ctap2", "usb", true, false, false),
            Self::U2f => ("u2f", "usb", false, false, false),
        };
        let mut options = json!({
            "protocol": protocol,
            "transport": transport,
            "hasResidentKey": resident,
            "hasUserVerification": verifies,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": true,
        });
        if protocol == "ctap2" {
            options["ctap2Version"] = json!("ctap2_1");
            options["defaultBackupEligibility"] = json!(synced);
            options["defaultBackupState"] = json!(synced);
        }
        options
    }
}

/// A virtual authenticator plugged into one tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorId(String);

impl Browser {
    /// Plugs an authenticator into this tab.
    pub async fn add_authenticator(&self, kind: Authenticator) -> AuthenticatorId {
        self.devtools("WebAuthn.enable", json!({ "enableUI": false })).await;
        let answer = self
            .devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": kind.options() }))
            .await;
        let id = answer["authenticatorId"].as_str().expect("an authenticator id");
        AuthenticatorId(id.to_owned())
    }

    /// Unplugs it, and loses its credentials.
    pub async fn remove_authenticator(&self, id: &AuthenticatorId) {
        self.devtools("WebAuthn.removeVirtualAuthenticator", json!({ "authenticatorId": id.0 }))
            .await;
    }

    /// The credentials on it, as `WebAuthn.Credential` of the `DevTools` protocol: `credentialId`,
    /// `isResidentCredential`, `rpId`, `userHandle`, `userName`, `signCount`, … Bytes are base64
    /// (not base64url).
    pub async fn credentials(&self, id: &AuthenticatorId) -> Vec<Value> {
        let answer =
            self.devtools("WebAuthn.getCredentials", json!({ "authenticatorId": id.0 })).await;
        answer["credentials"].as_array().cloned().unwrap_or_default()
    }

    /// Puts credentials from [`credentials`](Self::credentials) on this authenticator, as syncing
    /// does. The other may be in another tab or browser.
    pub async fn copy_credentials(&self, id: &AuthenticatorId, credentials: &[Value]) {
        for credential in credentials {
            self.devtools(
                "WebAuthn.addCredential",
                json!({ "authenticatorId": id.0, "credential": credential }),
            )
            .await;
        }
    }

    /// Whether the person gets their PIN or fingerprint right from now on.
    pub async fn set_user_verified(&self, id: &AuthenticatorId, verified: bool) {
        self.devtools(
            "WebAuthn.setUserVerified",
            json!({ "authenticatorId": id.0, "isUserVerified": verified }),
        )
        .await;
    }

    /// Whether the person touches the authenticator when asked from now on. A request that began
    /// while they did not stays pending until the page aborts it.
    pub async fn set_presence(&self, id: &AuthenticatorId, present: bool) {
        self.devtools(
            "WebAuthn.setAutomaticPresenceSimulation",
            json!({ "authenticatorId": id.0, "enabled": present }),
        )
        .await;
    }
}
