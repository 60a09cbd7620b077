//! When signing keys change places, so that nobody is broken by it.

use std::time::Duration;

use super::grant::SIGNED_LIFETIME_MAX;
use super::time::Timestamp;

/// How long whoever verifies may keep the JWK Set without asking again.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(5 * 60);
/// How long a key is published before it signs. Twice as long as the set may be kept, for a cache
/// in between may keep it once more.
const ANNOUNCED_FOR: Duration = Duration::from_secs(2 * 5 * 60);
/// How long a retired key stays published, in multiples of the longest token it can have signed;
/// ID tokens are also shown at sign-out (`id_token_hint`) long after they expired.
const RETIRED_FOR: u32 = 2;

/// From when on a key that was made at `made` may sign.
pub fn may_sign_from(made: Timestamp) -> Timestamp {
    made.plus(ANNOUNCED_FOR)
}

/// Until when a key that stops signing at `now` is published.
pub fn published_until(now: Timestamp) -> Timestamp {
    now.plus(SIGNED_LIFETIME_MAX * RETIRED_FOR)
}

/// Whether a key that signs since `since` has done so for long enough.
pub fn is_due(since: Timestamp, every: Duration, now: Timestamp) -> bool {
    since.plus(every) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_before_it_signs_and_as_long_as_anything_it_signed() {
        let now = Timestamp::from_seconds(1_000_000.0);
        assert!(may_sign_from(now).since(now) > JWKS_MAX_AGE);
        assert!(published_until(now).since(now) > SIGNED_LIFETIME_MAX);
        let day = Duration::from_secs(24 * 60 * 60);
        assert!(is_due(now, day, now.plus(day)) && !is_due(now, day * 2, now.plus(day)));
    }
}
