//! Typed identifiers: a user's id cannot be passed where a pass's id belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Invalid;
use super::language::say;
use super::random::{self, Random};
use super::time::Timestamp;

/// A new UUID version 7 (RFC 9562 §5.7): sorts by creation, so that indexes grow at one end.
pub fn new_uuid(now: Timestamp, random: &dyn Random) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now.millis(), &random::bytes(random)).into_uuid()
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh identifier.
            pub fn new(now: Timestamp, random: &dyn Random) -> Self {
                Self(new_uuid(now, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

uuid_id! {
    /// A person's account. Also the public `sub` of OpenID Connect.
    UserId,
    /// A group of people.
    GroupId,
    /// A Temporary Access Pass.
    PassId,
    /// A set of recovery codes.
    RecoverySetId,
    /// A registered sign-in method (not the authenticator's own credential id).
    MethodId,
    /// A signed-in session: the `sid` of OpenID Connect.
    SessionId,
    /// One person's way through identify, authenticate, register, confirm and finish.
    JourneyId,
    /// One WebAuthn ceremony, begun and not yet finished.
    CeremonyId,
    /// A phone that is being paired.
    PairingId,
    /// A sign-in that waits for a phone.
    PhoneRequestId,
    /// What one authorization gave to one client: its code, its refresh tokens.
    GrantId,
    /// A line of the audit log.
    AuditId,
    /// A device on somebody's list.
    DeviceId,
}

/// The `client_id` of an application (RFC 6749 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

/// The longest `client_id` that a caller may choose, in bytes.
const CLIENT_ID_MAX: usize = 128;

impl FromStr for ClientId {
    type Err = Invalid;

    /// Reads the `client_id` that a caller chose for a new application. RFC 6749 appendix A.1 allows
    /// all of visible ASCII; but ids are pasted into shells and all kinds of settings, so these are
    /// of what means nothing in any of them.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins && text.bytes().all(plain) && text.len() <= CLIENT_ID_MAX {
            Ok(Self(text.to_owned()))
        } else {
            let message = say("invalid-client-id").with("max", CLIENT_ID_MAX);
            Err(Invalid::new("clientId", message))
        }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_client_id_means_nothing_in_a_shell_and_is_not_too_long() {
        let longest = "x".repeat(CLIENT_ID_MAX);
        for good in ["a", "0", "payroll", "Pay-roll_2.x", &longest] {
            assert_eq!(good.parse::<ClientId>(), Ok(ClientId(good.into())));
        }
        let too_long = format!("{longest}x");
        for bad in [
            "",
            " ",
            " app",
            "app ",
            "a b",
            "a\tb",
            "a\nb",
            "a\u{7f}",
            "käse",
            "a\u{200b}",
            "a'b",
            "a\"b",
            "a`b",
            "$(id)",
            "a;b",
            "a|b",
            "a&b",
            "a\\b",
            "a#b",
            "a%b",
            "a~b",
            "a:b",
            "a/b",
            "{{a}}",
            "<a>",
            "-a",
            "--url",
            ".a",
            "_a",
            &too_long,
        ] {
            let invalid = bad.parse::<ClientId>().expect_err(bad);
            assert_eq!(invalid.field, "clientId");
            assert!(invalid.message.english().contains("128"), "{invalid}");
        }
    }
}
