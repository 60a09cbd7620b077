//! How recovery codes are stored: an HMAC-SHA-256 keyed by the master secret, over whose it is and
//! its value.
//!
//! A code has more than 112 random bits, so NIST SP 800-63B-4 §3.1.2.2 asks for an approved one-way
//! function and no more: a slow hash would only cost speed, and one that is salted by chance could
//! not be looked up by the one statement that redeems it. The key makes a stolen database worth
//! even less, and the person stands in for the salt: one's code is nothing with another's name.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master::MasterSecret;
use crate::domain::id::UserId;
use crate::domain::recovery::RecoveryCode;

/// Hashes recovery codes.
pub struct RecoveryHasher(hmac::Key);

impl fmt::Debug for RecoveryHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryHasher")
    }
}

impl RecoveryHasher {
    /// A hasher under this master secret.
    pub fn new(master: &MasterSecret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &master.derive("recovery codes")))
    }

    /// What is stored of a code, and looked up. What was typed and cannot be a code is hashed as
    /// well, to what no code is: the time tells nothing.
    pub fn hash(&self, user: UserId, code: Option<&RecoveryCode>) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(user.0.as_bytes());
        context.update(code.map_or("", RecoveryCode::reveal).as_bytes());
        URL_SAFE_NO_PAD.encode(context.sign())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::crypto::random::SystemRandom;

    #[test]
    fn a_hash_is_one_persons_one_codes_and_one_secrets() {
        let (ada, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let code = RecoveryCode::generate(&SystemRandom);
        let other = RecoveryCode::generate(&SystemRandom);
        let master = MasterSecret::generate(&SystemRandom);
        let hasher = RecoveryHasher::new(&master);
        let hash = hasher.hash(ada, Some(&code));
        assert_eq!(hash, RecoveryHasher::new(&master).hash(ada, Some(&code)));
        let elsewhere = RecoveryHasher::new(&MasterSecret::generate(&SystemRandom));
        for different in [
            hasher.hash(bob, Some(&code)),
            hasher.hash(ada, Some(&other)),
            hasher.hash(ada, None),
            elsewhere.hash(ada, Some(&code)),
        ] {
            assert_ne!(hash, different);
        }
        assert!(!hash.contains(code.reveal()));
    }
}
