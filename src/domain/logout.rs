//! Telling applications that a session ended (OpenID Connect Back-Channel Logout 1.0): how long a
//! logout token is good for, what an answer to it means, and when to try again.

use std::time::Duration;

/// The member of `events` that makes a JWT a logout token (§2.4).
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The `typ` of a logout token (§2.4).
pub const TOKEN_TYPE: &str = "logout+jwt";

/// How long a logout token is good for: two minutes at most (§2.4).
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(120);

/// How long after the end of the session an application is given up that cannot be told.
pub const GIVE_UP: Duration = Duration::from_secs(6 * 60 * 60);

/// What is to be done after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The application knows.
    Told,
    /// It may know after another try.
    Again,
    /// It says that it will not (§2.8).
    Refused,
}

/// What the status of an answer means (§2.8).
pub fn verdict(status: u16) -> Verdict {
    match status {
        200 | 204 => Verdict::Told,
        400 => Verdict::Refused,
        _ => Verdict::Again,
    }
}

/// How long to wait after so many failed tries: ten seconds, doubling to half an hour.
pub fn pause(attempts: u32) -> Duration {
    let seconds = 10_u64 << attempts.saturating_sub(1).min(8);
    Duration::from_secs(seconds.min(30 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_made_over_some_hours_and_ever_more_rarely() {
        let waits: Vec<u64> = (1..=9).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 1800]);
        assert_eq!(pause(u32::MAX), pause(9));
        let tries = (1..).scan(Duration::ZERO, |all, tries| {
            *all += pause(tries);
            (*all < GIVE_UP).then_some(tries)
        });
        assert_eq!(tries.count(), 18);
    }

    #[test]
    fn only_an_answer_that_the_standard_knows_ends_it() {
        for (status, means) in [
            (200, Verdict::Told),
            (204, Verdict::Told),
            (400, Verdict::Refused),
            (201, Verdict::Again),
            (302, Verdict::Again),
            (404, Verdict::Again),
            (500, Verdict::Again),
            (501, Verdict::Again),
        ] {
            assert_eq!(verdict(status), means, "{status}");
        }
    }
}
