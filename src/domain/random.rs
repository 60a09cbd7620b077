//! Where unpredictable bytes come from.

use std::fmt;

/// A source of random bytes. The one in use is a CSPRNG; a test may pass a fixed one.
pub trait Random: Send + Sync + fmt::Debug + 'static {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// An array of `N` random bytes.
pub fn bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// Bytes that look random and are the same each time, for tests of rules.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct FixedRandom(std::sync::atomic::AtomicU64);

#[cfg(test)]
impl Random for FixedRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // A step of splitmix64, whose highest bits are spread best.
            let step =
                self.0.fetch_add(0x9e37_79b9_7f4a_7c15, std::sync::atomic::Ordering::Relaxed);
            let mixed = (step ^ (step >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            [.., *byte] = mixed.to_le_bytes();
        }
    }
}
