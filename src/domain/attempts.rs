//! How long somebody who guesses must wait.

use std::time::Duration;

/// Wrong tries by one person's name from one address that cost nothing.
pub const FREE_TRIES: u32 = 5;
/// The wait after the first try too many.
const FIRST_DELAY: Duration = Duration::from_secs(15);
/// The longest wait.
const LONGEST_DELAY: Duration = Duration::from_secs(60 * 60);
/// After this long without a try, the count starts anew.
pub const FORGET_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How much guessing is put up with.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Wrong tries that cost nothing.
    pub free: u32,
    /// The longest wait.
    pub longest: Duration,
    /// After this long without a try, the count starts anew.
    pub forget_after: Duration,
}

/// With passes: by one person's name from one address.
pub const PASSES: Patience =
    Patience { free: FREE_TRIES, longest: LONGEST_DELAY, forget_after: FORGET_AFTER };
/// With user codes (RFC 8628 §5.1): by one address, at which a whole company may be. A guess a
/// minute finds none of a handful of codes among 20⁸ while they live.
pub const USER_CODES: Patience = Patience {
    free: 10,
    longest: Duration::from_secs(60),
    forget_after: Duration::from_secs(15 * 60),
};

impl Patience {
    /// The wait that follows the `failures`-th wrong try: none for the first ones, then doubling.
    pub fn delay_after(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free) {
            None => Duration::ZERO,
            Some(extra) => FIRST_DELAY.saturating_mul(1 << extra.min(16)).min(self.longest),
        }
    }
}

/// The wait that follows the `failures`-th wrong try of a pass: none for the first five, then
/// doubling.
pub fn delay_after(failures: u32) -> Duration {
    PASSES.delay_after(failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_free_then_doubling_up_to_an_hour() {
        let waits: Vec<u64> = (0..=15).map(|n| delay_after(n).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(delay_after(u32::MAX), LONGEST_DELAY);
        let waits: Vec<u64> = (9..=14).map(|n| USER_CODES.delay_after(n).as_secs()).collect();
        assert_eq!(waits, [0, 15, 30, 60, 60, 60]);
    }
}
