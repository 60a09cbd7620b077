//! Subjects that differ from sector to sector (OIDC Core §8.1): a MAC of who it is and for whom, so
//! that nobody else can tell which of them belong together.

use std::fmt;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master::MasterSecret;
use crate::domain::id::UserId;

/// Makes subjects.
pub struct Subjects(Key);

impl fmt::Debug for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subjects(…)")
    }
}

impl Subjects {
    /// Subjects that hang on this secret. They last as long as it does.
    pub fn new(master: &MasterSecret) -> Self {
        Self(Key::new(HMAC_SHA256, &master.derive("pairwise subjects")))
    }

    /// The subject by which a sector knows somebody.
    pub fn of(&self, sector: &str, user: UserId) -> String {
        // A host has no space in it, so no two of these are the same text.
        URL_SAFE_NO_PAD.encode(sign(&self.0, format!("{sector} {user}").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_sector_knows_somebody_by_one_name_and_another_by_another() {
        let subjects = Subjects::new(&MasterSecret::generate(&SystemRandom));
        let other = Subjects::new(&MasterSecret::generate(&SystemRandom));
        let now = Timestamp::from_seconds(0.0);
        let (ada, grace) = (UserId::new(now, &SystemRandom), UserId::new(now, &SystemRandom));
        let subject = subjects.of("a.example", ada);
        assert_eq!(subject, subjects.of("a.example", ada));
        for another in [
            subjects.of("b.example", ada),
            subjects.of("a.example", grace),
            other.of("a.example", ada),
        ] {
            assert_ne!(subject, another);
        }
        assert!(!subject.contains(&ada.to_string()));
    }
}
