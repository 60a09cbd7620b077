//! Encrypting what only one application may read (RFC 7516). The `picky` crate does all of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use picky::jose::jwe::{Jwe, JweAlg, JweEnc, JweHeader};
use picky::jose::jwk::Jwk;
use serde_json::{Map, Value};

use crate::domain::client::{ContentEncryption, KeyManagement};

/// What of a JWK makes the public key (RFC 7518 §6.2, RFC 8037 §2); the rest says what it is for.
const PUBLIC_PARTS: [&str; 4] = ["kty", "crv", "x", "y"];

/// Why something cannot be encrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JweError {
    /// None of the keys fits.
    #[error("there is no key to encrypt to by {0}")]
    NoKey(&'static str),
    /// The key that fits cannot be used.
    #[error("the key cannot be encrypted to: {0}")]
    Unusable(String),
}

/// Who encrypts, and for whom: what RFC 7518 §4.6.1 binds an agreed key to.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// Who encrypts.
    pub producer: &'a str,
    /// Who decrypts.
    pub recipient: &'a str,
}

/// A nested JWT (RFC 7519 §5.2): `token`, which is signed, encrypted to the first of `keys`
/// (members of a JWK Set) that fits. One that says that it is for encryption comes first.
pub fn encrypt(
    token: &str,
    keys: &[Value],
    algorithm: KeyManagement,
    encryption: ContentEncryption,
    parties: Parties<'_>,
) -> Result<String, JweError> {
    let fits = || keys.iter().filter(|key| algorithm.takes(key));
    let key = fits()
        .find(|key| key.get("use").is_some())
        .or_else(|| fits().next())
        .ok_or(JweError::NoKey(algorithm.name()))?;
    let parts: Map<String, Value> = PUBLIC_PARTS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), key.get(name)?.clone())))
        .collect();
    let unusable = |error: String| JweError::Unusable(error);
    let public = serde_json::from_value::<Jwk>(Value::Object(parts))
        .map_err(|error| unusable(error.to_string()))?
        .to_public_key()
        .map_err(|error| unusable(error.to_string()))?;
    let mut header = JweHeader::new_with_cty(
        match algorithm {
            KeyManagement::EcdhEs => JweAlg::EcdhEs,
            KeyManagement::EcdhEsA256Kw => JweAlg::EcdhEsAesKeyWrap256,
        },
        match encryption {
            ContentEncryption::A128Gcm => JweEnc::Aes128Gcm,
            ContentEncryption::A256Gcm => JweEnc::Aes256Gcm,
        },
        "JWT",
    );
    header.kid = key.get("kid").and_then(Value::as_str).map(str::to_owned);
    header.apu = Some(URL_SAFE_NO_PAD.encode(parties.producer));
    header.apv = Some(URL_SAFE_NO_PAD.encode(parties.recipient));
    Jwe { header, payload: token.as_bytes().to_vec() }
        .encode(&public)
        .map_err(|error| unusable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use picky::key::{EcCurve, EdAlgorithm, PrivateKey};
    use serde_json::json;

    use super::*;

    const PARTIES: Parties<'_> = Parties { producer: "https://login.example", recipient: "app" };

    fn pairs() -> Vec<(PrivateKey, Value)> {
        let curves = [EcCurve::NistP256, EcCurve::NistP384, EcCurve::NistP521];
        let mut keys: Vec<_> =
            curves.into_iter().map(|curve| PrivateKey::generate_ec(curve).unwrap()).collect();
        keys.push(PrivateKey::generate_ed(EdAlgorithm::X25519, false).unwrap());
        let public = |key: &PrivateKey| {
            let jwk = Jwk::from_public_key(&key.to_public_key().unwrap()).unwrap();
            serde_json::to_value(jwk).unwrap()
        };
        keys.into_iter().map(|key| (public(&key), key)).map(|(jwk, key)| (key, jwk)).collect()
    }

    #[test]
    fn what_is_encrypted_to_a_key_opens_with_it_and_no_other() {
        let pairs = pairs();
        for (number, (private, public)) in pairs.iter().enumerate() {
            for algorithm in KeyManagement::ALL {
                for encryption in ContentEncryption::ALL {
                    let token = encrypt(
                        "a.b.c",
                        std::slice::from_ref(public),
                        algorithm,
                        encryption,
                        PARTIES,
                    )
                    .unwrap();
                    assert_eq!(Jwe::decode(&token, private).unwrap().payload, b"a.b.c");
                    let (other, _) = &pairs[(number + 1) % pairs.len()];
                    assert!(Jwe::decode(&token, other).is_err());
                    let header = token.split('.').next().unwrap();
                    let header: Value =
                        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
                    let members = header.as_object().unwrap();
                    // Strict readers refuse a member that says nothing.
                    assert!(members.values().all(|value| !value.is_null()), "{header}");
                    assert!(header["epk"].get("d").is_none());
                }
            }
        }
    }

    #[test]
    fn the_key_that_is_for_encryption_is_taken_and_none_that_is_not() {
        let pairs = pairs();
        let (mut plain, mut meant) = (pairs[0].1.clone(), pairs[1].1.clone());
        plain["kid"] = "plain".into();
        meant["kid"] = "meant".into();
        meant["use"] = "enc".into();
        let to = |keys: &[Value]| {
            encrypt("a.b.c", keys, KeyManagement::EcdhEs, ContentEncryption::A256Gcm, PARTIES)
        };
        let kid = |token: String| {
            let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
            serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
        };
        assert_eq!(kid(to(&[plain.clone(), meant.clone()]).unwrap()), "meant");
        assert_eq!(kid(to(&[plain.clone()]).unwrap()), "plain");
        let mut signs = plain.clone();
        signs["use"] = "sig".into();
        let mut other = plain.clone();
        other["alg"] = "ECDH-ES+A256KW".into();
        let rsa = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
        assert_eq!(to(&[signs, other, rsa, json!(7)]), Err(JweError::NoKey("ECDH-ES")));
        // Invalid curve attack: a point that is not on the curve.
        let mut broken = plain.clone();
        broken["y"] = broken["x"].clone();
        assert!(matches!(to(&[broken]), Err(JweError::Unusable(_))));
    }
}
