//! Opaque tokens: codes, refresh tokens, client secrets, and what browsers hold.
//!
//! Each is 256 random bits, so a plain SHA-256 is the right thing to store: there is nothing to
//! guess, and a slow hash would only cost speed.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::domain::random::{self, Random};

/// The value of an opaque token. Never printed by accident.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Token(String);

impl Token {
    /// 256 random bits, base64url.
    pub fn generate(random: &dyn Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random::bytes::<32>(random)))
    }

    /// The value itself. Whoever calls this decides where a secret goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> String {
        hash(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// SHA-256, base64url: how an opaque token is stored and looked up.
pub fn hash(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, value.as_bytes()))
}

/// Whether a presented value is the one whose hash is stored; in constant time.
pub fn matches(presented: &str, stored_hash: &str) -> bool {
    equal(&hash(presented), stored_hash)
}

/// Whether two strings are equal; in time that depends on their lengths only.
pub fn equal(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Whether a PKCE verifier belongs to an `S256` challenge (RFC 7636 §4.6).
pub fn pkce_matches(verifier: &str, challenge: &str) -> bool {
    equal(&hash(verifier), challenge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    #[test]
    fn tokens_are_long_distinct_and_found_by_hash() {
        let (a, b) = (Token::generate(&SystemRandom), Token::generate(&SystemRandom));
        assert_eq!(a.reveal().len(), 43);
        assert_ne!(a.reveal(), b.reveal());
        assert!(matches(a.reveal(), &a.hash()));
        assert!(!matches(b.reveal(), &a.hash()));
        assert_eq!(format!("{a:?}"), "Token(…)");
    }

    #[test]
    fn pkce_example_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(pkce_matches(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!pkce_matches(verifier, verifier));
        assert!(!pkce_matches("", ""));
    }
}
