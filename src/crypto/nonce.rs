//! Nonces that nobody has to remember: each is a MAC of the time at which it was given out, so any
//! instance recognises what another gave.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master::MasterSecret;
use super::token;
use crate::domain::time::Timestamp;

/// How long one nonce is given out. It is taken for as long again.
pub const WINDOW: Duration = Duration::from_secs(5 * 60);

/// Gives out nonces, and knows its own.
pub struct Nonces(Key);

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonces(…)")
    }
}

impl Nonces {
    /// Nonces of one purpose.
    pub fn new(master: &MasterSecret, purpose: &str) -> Self {
        Self(Key::new(HMAC_SHA256, &master.derive(purpose)))
    }

    /// The nonce of this moment.
    pub fn now(&self, now: Timestamp) -> String {
        self.of(window(now))
    }

    /// Whether this is a nonce of this moment or of shortly before.
    pub fn holds(&self, nonce: &str, now: Timestamp) -> bool {
        let window = window(now);
        let (this, last) = (self.of(window), self.of(window - 1));
        token::equal(nonce, &this) | token::equal(nonce, &last)
    }

    fn of(&self, window: i64) -> String {
        URL_SAFE_NO_PAD.encode(sign(&self.0, &window.to_be_bytes()))
    }
}

fn window(now: Timestamp) -> i64 {
    now.seconds().div_euclid(WINDOW.as_secs().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    #[test]
    fn a_nonce_holds_for_a_while_and_for_one_purpose() {
        let master = MasterSecret::generate(&SystemRandom);
        let (nonces, others) = (Nonces::new(&master, "a"), Nonces::new(&master, "b"));
        let start = Timestamp::from_seconds(1_000_000.0);
        let nonce = nonces.now(start);
        assert!(nonces.holds(&nonce, start));
        assert!(nonces.holds(&nonce, start.plus(WINDOW)));
        assert!(!nonces.holds(&nonce, start.plus(WINDOW * 2)));
        assert!(!others.holds(&nonce, start));
        assert!(!nonces.holds("", start));
    }
}
