//! Device authorization (RFC 8628): a device without a browser asks, and a person allows it on
//! another device, by a code that they type.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::Scope;
use super::id::{ClientId, GrantId, JourneyId, SessionId};
use super::random::{self, Random};
use super::registered_device::Told;
use super::time::Timestamp;

/// How long somebody may take to allow a device: time to fetch a pass and set up a key.
pub const DEVICE_CODE_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a device must leave between two polls at first (RFC 8628 §3.2).
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How much longer with each poll that came too soon (RFC 8628 §3.5).
pub const SLOW_DOWN: Duration = Duration::from_secs(5);
/// How much too soon a poll may come: networks do not keep time.
pub const LEEWAY: Duration = Duration::from_secs(1);

/// The letters of a user code: no vowels, so that no word comes about, and no digits (RFC 8628
/// §6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters a user code has: 20⁸ are 34.5 bits, of which a guesser may try a few.
const LENGTH: usize = 8;
/// The longest text that is read for a user code, in bytes.
const TYPED_MAX: usize = 64;

/// What a person types to name the request of their device (RFC 8628 §3.2). It opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserCode(String);

impl UserCode {
    /// A new random code, each equally likely.
    pub fn generate(random: &dyn Random) -> Self {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            // 240 = 12 × 20: bytes above it would make some letters likelier than others.
            for byte in random::bytes::<16>(random).into_iter().filter(|byte| *byte < 240) {
                if code.len() < LENGTH {
                    code.push(char::from(ALPHABET[usize::from(byte % 20)]));
                }
            }
        }
        Self(code)
    }

    /// Reads what a person typed: separators and case do not matter (RFC 8628 §6.1). `None` where
    /// it cannot be a code at all.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_MAX {
            return None;
        }
        let mut code = String::with_capacity(LENGTH);
        for c in typed.chars() {
            if c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '_' | '.') {
                continue;
            }
            let letter = c.to_ascii_uppercase();
            let known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !known || code.len() == LENGTH {
                return None;
            }
            code.push(letter);
        }
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// The letters alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    /// In two groups of four.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

/// What a device asked for (RFC 8628 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// What the person types.
    pub user_code: UserCode,
    /// Which application runs on the device.
    pub client_id: ClientId,
    /// What is asked for and may be had.
    pub scopes: Vec<Scope>,
    /// Which resources its access tokens will be for (RFC 8707).
    pub resources: Vec<String>,
    /// What the device says about itself.
    #[serde(default)]
    pub told: Told,
    /// From where it asked.
    pub address: Option<String>,
    /// When it asked.
    pub asked_at: Timestamp,
    /// Until when it may be allowed.
    pub expires_at: Timestamp,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Nobody has decided.
    Pending,
    /// A person allowed it: here is what they gave, and in which journey.
    Approved(GrantId, JourneyId),
    /// A person denied it.
    Denied,
}

/// A request as it is stored, under the hash of its device code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// What was asked for.
    pub request: DeviceRequest,
    /// What became of it.
    pub state: DeviceState,
    /// The session of the browser in which it was allowed.
    pub allowed_in: Option<SessionId>,
    /// When the device fetched its tokens.
    pub redeemed_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Bytes that count up.
    #[derive(Debug)]
    struct Counting(std::sync::Mutex<u8>);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            for byte in bytes {
                *byte = *next;
                *next = next.wrapping_add(1);
            }
        }
    }

    #[test]
    fn every_letter_comes_and_none_is_a_vowel_or_a_digit() {
        let random = Counting(std::sync::Mutex::new(0));
        let codes: Vec<UserCode> = (0..30).map(|_| UserCode::generate(&random)).collect();
        let letters: HashSet<char> = codes.iter().flat_map(|code| code.as_str().chars()).collect();
        assert_eq!(letters.len(), 20);
        assert!(letters.iter().all(|c| !"AEIOUY0123456789".contains(*c)));
    }

    #[test]
    fn what_people_type_is_understood() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        assert_eq!((code.as_str(), code.to_string().as_str()), ("WDJBMJHT", "WDJB-MJHT"));
        for typed in ["wdjbmjht", " WDJB MJHT\n", "WDJB\u{2013}MJHT", "w-d-j-b_m.j.h.t"] {
            assert_eq!(UserCode::parse(typed).as_ref(), Some(&code), "{typed:?}");
        }
        let long = "B".repeat(65);
        for typed in
            ["", "WDJB", "WDJB-MJHA", "WDJB-MJH1", "WDJB-MJHTT", "WDJB'MJHT", "ẂDJBMJHT", &long]
        {
            assert_eq!(UserCode::parse(typed), None, "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn a_code_survives_being_typed_and_nothing_typed_panics(seed: u8, text: String) {
            let code = UserCode::generate(&Counting(std::sync::Mutex::new(seed)));
            prop_assert_eq!(UserCode::parse(&code.to_string().to_lowercase()), Some(code));
            let _ = UserCode::parse(&text);
        }
    }
}
