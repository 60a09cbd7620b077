//! Encrypting what only one application may read (RFC 7516). The `picky` crate does all of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use picky::jose::jwe::{Jwe, JweAlg, JweEnc, JweHeader};
use picky::jose::jwk::Jwk;
use serde_json::{Map, Value};

use crate::domain::client::{ContentEncryption, KeyManagement};

/// What of a JWK makes the public key (RFC 7518 §6, RFC 8037 §2); the rest says what it is for.
const PUBLIC_PARTS: [&str; 6] = ["kty", "n", "e", "crv", "x", "y"];

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
            KeyManagement::RsaOaep256 => JweAlg::RsaOaep256,
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
    if algorithm != KeyManagement::RsaOaep256 {
        header.apu = Some(URL_SAFE_NO_PAD.encode(parties.producer));
        header.apv = Some(URL_SAFE_NO_PAD.encode(parties.recipient));
    }
    Jwe { header, payload: token.as_bytes().to_vec() }
        .encode(&public)
        .map_err(|error| unusable(error.to_string()))
}
