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

/// The wait that follows the `failures`-th wrong try: none for the first five, then doubling.
pub fn delay_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE_TRIES) {
        None => Duration::ZERO,
        Some(extra) => FIRST_DELAY.saturating_mul(1 << extra.min(16)).min(LONGEST_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_free_then_doubling_up_to_an_hour() {
        let waits: Vec<u64> = (0..=15).map(|n| delay_after(n).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(delay_after(u32::MAX), LONGEST_DELAY);
    }
}
