//! Reading what applications signed with keys of their own (RFC 7515): assertions, request
//! objects, proofs.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Map, Value};

use super::signing::jwt_algorithm;
use crate::domain::client::{PRIVATE_PARTS, SigningAlgorithm};

/// The longest token that is looked at, in bytes.
const LENGTH_MAX: usize = 16 * 1024;

/// The members of a JSON object.
pub type Claims = Map<String, Value>;

/// Why something signed is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// It is no signed JWT, or asks for an extension that we do not know (RFC 7515 §4.1.11).
    #[error("it is no well-formed signed JWT")]
    Malformed,
    /// Signed in a way that may not be; `none` and HMAC never may.
    #[error("its alg is not one of those allowed")]
    Algorithm,
    /// None of the keys is the one it names. The set may be newer by now.
    #[error("its key is not in the registered JWK Set")]
    UnknownKey,
    /// The signature is not of that key.
    #[error("its signature is wrong")]
    Signature,
}

/// A JWT whose signature is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its `typ`, in lower case and without `application/` (RFC 7515 §4.1.9).
    pub typ: Option<String>,
    /// The claims, none of them looked at yet.
    pub claims: Claims,
}

/// Verifies a JWT with the public key in its own header: it proves that whoever made it holds that
/// key, and nothing else (RFC 9449 §4.2). Returns the key's SHA-256 thumbprint (RFC 7638), too.
pub fn verify_self_signed(
    token: &str,
    algorithms: &[SigningAlgorithm],
) -> Result<(Signed, String), JwsError> {
    let (header, _) = unverified(token)?;
    let Some(Value::Object(mut key)) = header.get("jwk").cloned() else {
        return Err(JwsError::UnknownKey);
    };
    if PRIVATE_PARTS.iter().any(|part| key.contains_key(*part)) {
        return Err(JwsError::UnknownKey);
    }
    // The header's kid, if any, need not be the key's.
    key.remove("kid");
    let key = Value::Object(key);
    let parsed: Jwk = serde_json::from_value(key.clone()).map_err(|_| JwsError::UnknownKey)?;
    let sound = match &parsed.algorithm {
        AlgorithmParameters::EllipticCurve(curve) => curve.curve == EllipticCurve::P256,
        AlgorithmParameters::RSA(_) => true,
        AlgorithmParameters::OctetKeyPair(curve) => curve.curve == EllipticCurve::Ed25519,
        AlgorithmParameters::OctetKey(_) => false,
    };
    if !sound {
        return Err(JwsError::UnknownKey);
    }
    let signed = verify_any(token, &[key], None, algorithms)?;
    Ok((signed, parsed.thumbprint(ThumbprintHash::SHA256)))
}

/// The JOSE header and the claims of a JWT that nobody has verified: to find out who says to have
/// signed it, and for nothing else.
pub fn unverified(token: &str) -> Result<(Claims, Claims), JwsError> {
    if token.len() > LENGTH_MAX {
        return Err(JwsError::Malformed);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwsError::Malformed);
    };
    let object = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Malformed)?;
        serde_json::from_slice(&bytes).map_err(|_| JwsError::Malformed)
    };
    Ok((object(header)?, object(claims)?))
}

/// Verifies `token` with one of `keys` (members of a JWK Set) and one of `algorithms`. Keys that
/// the token itself carries or points to (`jwk`, `jku`, `x5u`, `x5c`) count for nothing.
pub fn verify(
    token: &str,
    keys: &[Value],
    algorithms: &[SigningAlgorithm],
) -> Result<Signed, JwsError> {
    let (header, _) = unverified(token)?;
    verify_any(token, keys, header.get("kid").and_then(Value::as_str), algorithms)
}

fn verify_any(
    token: &str,
    keys: &[Value],
    kid: Option<&str>,
    algorithms: &[SigningAlgorithm],
) -> Result<Signed, JwsError> {
    let (header, claims) = unverified(token)?;
    if header.contains_key("crit") {
        return Err(JwsError::Malformed);
    }
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let algorithm = text("alg")
        .and_then(|name| SigningAlgorithm::from_str(name).ok())
        .filter(|algorithm| algorithms.contains(algorithm))
        .ok_or(JwsError::Algorithm)?;
    let mut tried = false;
    for key in keys.iter().filter(|key| fits(key, kid, algorithm)) {
        let Ok(key) = serde_json::from_value::<Jwk>(key.clone()) else { continue };
        if matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption)) {
            continue;
        }
        let Ok(key) = DecodingKey::from_jwk(&key) else { continue };
        tried = true;
        let mut validation = Validation::new(jwt_algorithm(algorithm));
        // Claims are the caller's to judge, by our own clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        if jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok() {
            let typ = text("typ").map(|typ| {
                let typ = typ.to_ascii_lowercase();
                typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
            });
            return Ok(Signed { typ, claims });
        }
    }
    Err(if tried { JwsError::Signature } else { JwsError::UnknownKey })
}

fn fits(key: &Value, kid: Option<&str>, algorithm: SigningAlgorithm) -> bool {
    let says = |name: &str| key.get(name).and_then(Value::as_str);
    kid.is_none_or(|kid| says("kid") == Some(kid))
        && says("alg").is_none_or(|alg| alg == algorithm.name())
}

#[cfg(test)]
mod tests {
    use openidconnect::PrivateSigningKey;
    use serde_json::json;

    use super::*;
    use crate::crypto::signing::{SigningKey, generate, jws_algorithm};

    fn key(algorithm: SigningAlgorithm) -> SigningKey {
        SigningKey::from_pkcs8("k", algorithm, &generate(algorithm).unwrap()).unwrap()
    }

    fn jwk(key: &SigningKey) -> Value {
        serde_json::to_value(key.as_verification_key()).unwrap()
    }

    /// A token that `key` signs under a header that says `alg`.
    fn signed(key: &SigningKey, alg: &str) -> String {
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = part(json!({ "alg": alg, "kid": "k" }));
        let message = format!("{header}.{}", part(json!({ "sub": "s" })));
        let signature = key.sign(&jws_algorithm(key.algorithm()), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn each_algorithm_is_believed_with_its_own_key_and_where_it_may_be_used() {
        for algorithm in SigningAlgorithm::ALL {
            let key = key(algorithm);
            let token = signed(&key, algorithm.name());
            verify(&token, &[jwk(&key)], &[algorithm]).unwrap();
            let others: Vec<_> =
                SigningAlgorithm::ALL.into_iter().filter(|other| *other != algorithm).collect();
            assert_eq!(verify(&token, &[jwk(&key)], &others), Err(JwsError::Algorithm));
        }
    }

    #[test]
    fn no_key_is_taken_for_one_of_another_algorithm() {
        let all = SigningAlgorithm::ALL;
        for algorithm in all {
            let key = key(algorithm);
            for claimed in all.into_iter().filter(|claimed| *claimed != algorithm) {
                // The key says nothing of how it is used: the signature must not fit.
                let token = signed(&key, claimed.name());
                assert!(verify(&token, &[jwk(&key)], &all).is_err(), "{algorithm:?} {claimed:?}");
                // It says so: it is not even tried, and not for what it really signed.
                let mut bound = jwk(&key);
                bound["alg"] = claimed.name().into();
                let honest = signed(&key, algorithm.name());
                assert_eq!(verify(&honest, &[bound], &all), Err(JwsError::UnknownKey));
            }
        }
        let key = key(SigningAlgorithm::EdDsa);
        let mut agreeing = jwk(&key);
        agreeing["crv"] = "X25519".into();
        assert!(verify(&signed(&key, "EdDSA"), &[agreeing], &all).is_err());
        for none in ["none", "None", "HS256", "ES384", "Ed448", ""] {
            let refused = verify(&signed(&key, none), &[jwk(&key)], &all);
            assert_eq!(refused, Err(JwsError::Algorithm), "{none}");
        }
    }
}
