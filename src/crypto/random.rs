//! The CSPRNG.

use crate::domain::random::Random;

/// The library's CSPRNG, seeded by the operating system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Fails only where the operating system has no entropy at all; going on without would be
        // worse than stopping.
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}
