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
