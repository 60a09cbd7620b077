//! The chain of the audit log: each line's hash covers the line and the hash before it, under a key
//! that whoever can write to the database does not have.

use std::fmt;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master::MasterSecret;

/// Makes the links of a chain.
#[derive(Clone)]
pub struct Chain(Key);

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}

impl Chain {
    /// The chain of the audit log.
    pub fn of_audit_log(master: &MasterSecret) -> Self {
        Self(Key::new(HMAC_SHA256, &master.derive("audit log")))
    }

    /// The hash of `line`, which follows the line with the hash `before`.
    pub fn link(&self, before: &str, line: &str) -> String {
        // A hash has one length, so that no line can be taken for a part of it; the first has none.
        let covered = format!("{before}\n{line}");
        URL_SAFE_NO_PAD.encode(sign(&self.0, covered.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    #[test]
    fn a_link_depends_on_everything_before_it_and_on_the_secret() {
        let chain = Chain::of_audit_log(&MasterSecret::generate(&SystemRandom));
        let first = chain.link("", "a");
        assert_eq!(first, chain.link("", "a"));
        assert_ne!(first, chain.link("", "b"));
        assert_ne!(chain.link(&first, "c"), chain.link(&chain.link("", "b"), "c"));
        let other = Chain::of_audit_log(&MasterSecret::generate(&SystemRandom));
        assert_ne!(first, other.link("", "a"));
    }
}
