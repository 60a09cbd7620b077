//! Signing keys, and the ring of those that live at once.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use openidconnect::core::{CoreJsonCurveType, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey, SigningError};
use pkcs8::PrivateKeyInfo;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{certificate, signer, token};
use crate::domain::client::SigningAlgorithm;

/// A key cannot be made or read.
#[derive(Debug, thiserror::Error)]
#[error("a signing key is unusable: {0}")]
pub struct KeyError(String);

impl KeyError {
    /// With what a library says of it.
    pub(super) fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// A key that signs, with its public half in the forms that we publish and verify with.
pub struct SigningKey {
    id: String,
    algorithm: SigningAlgorithm,
    pair: Pair,
    jwk: CoreJsonWebKey,
    /// In base64 (RFC 7517 §4.7); for RSA only.
    certificate: Option<String>,
    decoding: DecodingKey,
    encoding: Option<EncodingKey>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// A new private key in PKCS #8. RSA keys have 2048 bits (RFC 7518 §3.3).
pub fn generate(algorithm: SigningAlgorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |_| KeyError("it could not be generated".into());
    match algorithm {
        SigningAlgorithm::Es256 => {
            let document = EcdsaKeyPair::generate_pkcs8(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                &SystemRandom::new(),
            )
            .map_err(failed)?;
            Ok(Zeroizing::new(document.as_ref().to_vec()))
        }
        SigningAlgorithm::EdDsa => {
            let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(failed)?;
            Ok(Zeroizing::new(document.as_ref().to_vec()))
        }
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            let document: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
            Ok(Zeroizing::new(document.as_ref().to_vec()))
        }
    }
}

impl SigningKey {
    /// Reads a private key in PKCS #8.
    pub fn from_pkcs8(
        id: &str,
        algorithm: SigningAlgorithm,
        pkcs8: &[u8],
    ) -> Result<Self, KeyError> {
        signer::install();
        let key_id = Some(JsonWebKeyId::new(id.to_owned()));
        let (pair, jwk, encoding) = match algorithm {
            SigningAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                    .map_err(KeyError::new)?;
                // An uncompressed point: 0x04, then x and y of 32 bytes each (SEC 1 §2.3.3).
                let point = pair.public_key().as_ref();
                let (x, y) = (point[1..33].to_vec(), point[33..65].to_vec());
                let jwk = CoreJsonWebKey::new_ec(x, y, CoreJsonCurveType::P256, key_id);
                (Pair::Ec(pair), jwk, Some(EncodingKey::from_ec_der(pkcs8)))
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(KeyError::new)?;
                let x = pair.public_key().as_ref().to_vec();
                let jwk = CoreJsonWebKey::new_okp(x, CoreJsonCurveType::Ed25519, key_id);
                (Pair::Ed(pair), jwk, Some(EncodingKey::from_ed_der(pkcs8)))
            }
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(KeyError::new)?;
                let n = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
                let e = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
                // `jsonwebtoken` wants what is inside (RFC 8017 appendix A.1.2).
                let inner = PrivateKeyInfo::try_from(pkcs8).map_err(KeyError::new)?;
                let encoding = EncodingKey::from_rsa_der(inner.private_key);
                (Pair::Rsa(pair), CoreJsonWebKey::new_rsa(n, e, key_id), Some(encoding))
            }
        };
        let certificate = match algorithm {
            SigningAlgorithm::Rs256 => Some(certificate::of_rsa(id, pkcs8)),
            SigningAlgorithm::Es256 | SigningAlgorithm::Ps256 | SigningAlgorithm::EdDsa => None,
        };
        let certificate = certificate.transpose().map_err(KeyError::new)?;
        let certificate = certificate.map(|der| STANDARD.encode(der));
        let public = serde_json::to_value(&jwk)
            .and_then(serde_json::from_value::<jsonwebtoken::jwk::Jwk>)
            .map_err(KeyError::new)?;
        let decoding = DecodingKey::from_jwk(&public).map_err(KeyError::new)?;
        Ok(Self { id: id.to_owned(), algorithm, pair, jwk, certificate, decoding, encoding })
    }

    /// The `kid`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it signs with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The key as `jsonwebtoken` verifies with it.
    pub fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// The key as `jsonwebtoken` signs with it.
    pub fn encoding(&self) -> Option<&EncodingKey> {
        self.encoding.as_ref()
    }

    /// The public half as a JWK (RFC 7517) with `alg`, which the type alone leaves out.
    fn public_json(&self) -> Value {
        let mut jwk = serde_json::to_value(&self.jwk).unwrap_or(Value::Null);
        jwk["alg"] = self.algorithm.name().into();
        if let Some(certificate) = &self.certificate {
            jwk["x5c"] = json!([certificate]);
        }
        jwk
    }
}

impl PrivateSigningKey for SigningKey {
    type VerificationKey = CoreJsonWebKey;

    fn sign(
        &self,
        algorithm: &CoreJwsSigningAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SigningError> {
        // One key, one algorithm: an RSA key that signs in two ways would weaken both.
        if *algorithm != jws_algorithm(self.algorithm) {
            return Err(SigningError::UnsupportedAlg(format!("{algorithm:?}")));
        }
        let failed = |_| SigningError::CryptoError;
        match &self.pair {
            Pair::Ec(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let padding = match self.algorithm {
                    SigningAlgorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
        }
    }

    fn as_verification_key(&self) -> Self::VerificationKey {
        self.jwk.clone()
    }
}

/// The keys that live at once: those that sign now, and all whose signatures are still accepted.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<Arc<SigningKey>>,
    current: Vec<Arc<SigningKey>>,
    jwks: Bytes,
    etag: String,
}

impl KeyRing {
    /// A ring of `keys`, of which those marked true sign now.
    pub fn new(keys: Vec<(SigningKey, bool)>) -> Self {
        let keys: Vec<(Arc<SigningKey>, bool)> =
            keys.into_iter().map(|(key, current)| (Arc::new(key), current)).collect();
        let public: Vec<Value> = keys.iter().map(|(key, _)| key.public_json()).collect();
        let jwks = json!({ "keys": public }).to_string();
        let etag = format!("\"{}\"", token::hash(&jwks));
        Self {
            current: keys.iter().filter(|(_, now)| *now).map(|(key, _)| Arc::clone(key)).collect(),
            keys: keys.into_iter().map(|(key, _)| key).collect(),
            jwks: jwks.into(),
            etag,
        }
    }

    /// The key that signs with this algorithm now.
    pub fn signer(&self, algorithm: SigningAlgorithm) -> Option<&Arc<SigningKey>> {
        self.current.iter().find(|key| key.algorithm == algorithm)
    }

    /// The published key with this `kid`.
    pub fn by_id(&self, id: &str) -> Option<&Arc<SigningKey>> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The JWK Set (RFC 7517 §5) as it is served.
    pub fn jwks(&self) -> &Bytes {
        &self.jwks
    }

    /// The entity tag of the JWK Set (RFC 9110 §8.8.3).
    pub fn etag(&self) -> &str {
        &self.etag
    }
}

/// The algorithm as `openidconnect` names it.
pub fn jws_algorithm(algorithm: SigningAlgorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        SigningAlgorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        SigningAlgorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        SigningAlgorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        SigningAlgorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

/// The algorithm as `jsonwebtoken` names it.
pub fn jwt_algorithm(algorithm: SigningAlgorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        SigningAlgorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        SigningAlgorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        SigningAlgorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
        SigningAlgorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

#[cfg(test)]
mod tests {
    use openidconnect::JsonWebKey;

    use super::*;

    #[test]
    fn signatures_verify_with_the_published_key_and_no_other() {
        for algorithm in SigningAlgorithm::ALL {
            let make = |id: &str| {
                SigningKey::from_pkcs8(id, algorithm, &generate(algorithm).unwrap()).unwrap()
            };
            let (ours, other) = (make("a"), make("b"));
            let jws = jws_algorithm(algorithm);
            let signature = ours.sign(&jws, b"message").unwrap();
            let verify = |key: &SigningKey, message: &[u8]| {
                key.as_verification_key().verify_signature(&jws, message, &signature)
            };
            verify(&ours, b"message").unwrap();
            assert!(verify(&ours, b"another").is_err());
            assert!(verify(&other, b"message").is_err());
            for another in SigningAlgorithm::ALL {
                let signed = ours.sign(&jws_algorithm(another), b"message");
                assert_eq!(signed.is_ok(), another == algorithm, "{algorithm:?} as {another:?}");
            }
        }
    }

    #[test]
    fn the_key_set_shows_public_halves_only() {
        let key = |id: &str, algorithm| {
            SigningKey::from_pkcs8(id, algorithm, &generate(algorithm).unwrap()).unwrap()
        };
        let ring = KeyRing::new(vec![
            (key("now", SigningAlgorithm::Es256), true),
            (key("next", SigningAlgorithm::Es256), false),
            (key("rsa", SigningAlgorithm::Rs256), true),
        ]);
        assert_eq!(ring.signer(SigningAlgorithm::Es256).unwrap().id(), "now");
        assert!(ring.by_id("next").is_some() && ring.by_id("none").is_none());
        let set: Value = serde_json::from_slice(ring.jwks()).unwrap();
        for (jwk, alg) in set["keys"].as_array().unwrap().iter().zip(["ES256", "ES256", "RS256"]) {
            assert_eq!((jwk["alg"].as_str(), jwk["use"].as_str()), (Some(alg), Some("sig")));
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(jwk.get(private).is_none());
            }
        }
    }
}
