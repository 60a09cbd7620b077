//! Web Push: messages that only the browser can read (RFC 8291), from a sender that its push
//! service knows again (VAPID, RFC 8292).

use std::fmt;
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use web_push_native::p256::PublicKey;

use super::signing::KeyError;
use crate::domain::push::PushSubscription;
use crate::domain::time::Timestamp;

/// How long what we say of ourselves to a push service is good for. RFC 8292 §2 allows a day.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The browser's key cannot be used: it is no point on the curve.
#[derive(Debug, thiserror::Error)]
#[error("a message cannot be encrypted to this subscription")]
pub struct Unusable;

/// Whether messages can be encrypted to a browser: its key is a point on the curve.
pub fn is_usable(to: &PushSubscription) -> bool {
    to.keys.point().is_some_and(|point| PublicKey::from_sec1_bytes(&point).is_ok())
}

/// Encrypts a message to a browser (RFC 8291), as `aes128gcm` (RFC 8188).
pub fn encrypt(to: &PushSubscription, message: &[u8]) -> Result<Vec<u8>, Unusable> {
    let point = to.keys.point().ok_or(Unusable)?;
    let public = PublicKey::from_sec1_bytes(&point).map_err(|_| Unusable)?;
    let secret = to.keys.secret().ok_or(Unusable)?.into();
    web_push_native::encrypt(message.to_vec(), &public, &secret).map_err(|_| Unusable)
}

/// The key by which push services know us again; browsers bind their subscription to it.
pub struct VapidKey {
    encoding: EncodingKey,
    public: String,
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapidKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl VapidKey {
    /// Reads a private key of P-256 in PKCS #8.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(KeyError::new)?;
        Ok(Self {
            encoding: EncodingKey::from_ec_der(pkcs8),
            public: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        })
    }

    /// The public key as browsers want it (`applicationServerKey`): an uncompressed point,
    /// base64url.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The `Authorization` header for a push service (RFC 8292 §3): who sends, by the address
    /// `contact`, and to whom.
    pub fn authorization(
        &self,
        to: &PushSubscription,
        contact: &str,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        let claims = json!({
            "aud": to.endpoint.origin().ascii_serialization(),
            "exp": now.plus(LIFETIME).seconds(),
            "sub": contact,
        });
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.encoding)
            .map_err(KeyError::new)?;
        Ok(format!("vapid t={token}, k={}", self.public))
    }
}

#[cfg(test)]
mod tests {
    use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;
    use web_push_native::p256::{SecretKey, elliptic_curve::rand_core::OsRng};

    use super::*;
    use crate::crypto::signing;
    use crate::domain::client::SigningAlgorithm;
    use crate::domain::push::PushKeys;

    fn subscription(point: &[u8]) -> PushSubscription {
        PushSubscription {
            endpoint: "https://push.example.com/a/b?c".parse().unwrap(),
            keys: PushKeys {
                p256dh: URL_SAFE_NO_PAD.encode(point),
                auth: URL_SAFE_NO_PAD.encode([9; 16]),
            },
        }
    }

    #[test]
    fn only_the_browser_can_read_a_message() {
        let browser = SecretKey::random(&mut OsRng);
        let to = subscription(browser.public_key().to_encoded_point(false).as_bytes());
        let sealed = encrypt(&to, b"somebody signs in").unwrap();
        let read = |key: &SecretKey, secret: [u8; 16]| {
            web_push_native::decrypt(sealed.clone(), key, &secret.into()).ok()
        };
        assert_eq!(read(&browser, [9; 16]).as_deref(), Some(&b"somebody signs in"[..]));
        assert_eq!(read(&browser, [8; 16]), None);
        assert_eq!(read(&SecretKey::random(&mut OsRng), [9; 16]), None);
        assert_ne!(sealed, encrypt(&to, b"somebody signs in").unwrap(), "a salt was used twice");
    }

    #[test]
    fn what_is_no_point_on_the_curve_is_refused() {
        let mut off = [7; 65];
        off[0] = 4;
        assert!(encrypt(&subscription(&off), b"message").is_err());
        assert!(encrypt(&subscription(&[]), b"message").is_err());
    }

    #[test]
    fn a_push_service_is_told_who_sends_and_nobody_elses_service_can_use_it() {
        let key =
            VapidKey::from_pkcs8(&signing::generate(SigningAlgorithm::Es256).unwrap()).unwrap();
        let now = Timestamp::parse("2026-11-26T09:00:00Z").unwrap();
        let header = key.authorization(&subscription(&[]), "https://login.example.com", now);
        let header = header.unwrap();
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key.public());
        let claims = token.split('.').nth(1).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["aud"], "https://push.example.com");
        assert_eq!(claims["sub"], "https://login.example.com");
        assert_eq!(claims["exp"], now.plus(LIFETIME).seconds());
    }
}
