//! Devices that people have set up: each proves by a key of its own that it is still the same one
//! (RFC 9449), and stays signed in until it is taken off the list.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::{ClientId, DeviceId, GrantId, SessionId, UserId};
use super::language::say;
use super::mail::{Mail, Sender, about_account, happened};
use super::session::Session;
use super::time::Timestamp;
use super::user::User;

/// How many devices one person may have.
pub const PER_PERSON_MAX: u32 = 20;
/// How often at most it is written down that a device was seen.
pub const SEEN_EVERY: Duration = Duration::from_secs(60);
/// The longest name of a device, in characters: as long as a label of a host name (RFC 1035 §2.3.4).
pub const NAME_MAX: usize = 63;
/// The longest name of a platform, in characters.
pub const PLATFORM_MAX: usize = 40;
/// What a device is called that says no name.
pub const NAMELESS: &str = "Device";
/// What an entry of the audit log ends with where a device left by itself.
pub const BY_ITSELF: &str = ": by the device itself";
/// What it ends with where the device's key was used to set it up for somebody else.
pub const MOVED_ON: &str = ": its key joined for somebody else";
/// The client id of the device client that `firstkey device join` uses unless told otherwise.
pub const CLIENT_ID: &str = "firstkey-device";
/// The parameter of a device authorization request with the name of the device. The prefix is what
/// RFC 6749 §8.2 asks of parameters that one vendor knows.
pub const NAME_PARAMETER: &str = "firstkey_device_name";
/// The parameter with its platform.
pub const PLATFORM_PARAMETER: &str = "firstkey_device_platform";

/// What a device says about itself when it asks to be set up. Nobody has checked the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// What it is called.
    pub name: Option<String>,
    /// What runs on it.
    pub platform: Option<String>,
    /// The thumbprint of its key (RFC 7638, SHA-256).
    pub thumbprint: Option<String>,
}

impl Told {
    /// Its name and platform in one line.
    pub fn line(&self) -> String {
        line(self.name.as_deref().unwrap_or(NAMELESS), self.platform.as_deref())
    }
}

fn line(name: &str, platform: Option<&str>) -> String {
    platform.map_or_else(|| name.to_owned(), |platform| format!("{name}, {platform}"))
}

/// Words that a device says about itself, fit to be shown: on one line, without what moves a cursor,
/// is not seen or turns text around, and not longer than `max` characters. None where nothing is left.
pub fn shown(text: &str, max: usize) -> Option<String> {
    let hidden = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
    };
    let seen: String = text
        .chars()
        .filter_map(|c| match c {
            c if c.is_whitespace() || c.is_control() => Some(' '),
            c if hidden(c) => None,
            c => Some(c),
        })
        .collect();
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(max).collect();
    let short = short.trim_end();
    (!short.is_empty()).then(|| short.to_owned())
}

/// A device on somebody's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredDevice {
    /// The device.
    pub id: DeviceId,
    /// Who set it up.
    pub user_id: UserId,
    /// The application on it.
    pub client_id: ClientId,
    /// What its tokens rest on.
    pub grant_id: GrantId,
    /// Its session, which is no browser's.
    pub session_id: SessionId,
    /// The session of the browser in which it was allowed.
    pub allowed_in: Option<SessionId>,
    /// The thumbprint of its key (RFC 7638, SHA-256).
    pub thumbprint: String,
    /// What it calls itself.
    pub name: String,
    /// What it says runs on it.
    pub platform: Option<String>,
    /// From where it was set up.
    pub address: Option<String>,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When it last fetched tokens, to the minute.
    pub last_seen_at: Timestamp,
}

impl RegisteredDevice {
    /// Its name and platform in one line.
    pub fn line(&self) -> String {
        line(&self.name, self.platform.as_deref())
    }
}

/// Whether a device that is allowed in `session` stands on its own: a key was used there, or there is
/// a method and the session might itself have added one (which `could_add` says of the policy), so
/// that nothing more is given away. Any other device ends with the pass (or the upstream) that the
/// session rests on. A recovery code, which may have been found on paper, gives no device more than
/// its hour before a key is used.
pub fn stands_alone(session: &Session, could_add: bool, now: Timestamp) -> bool {
    let by_bootstrap = could_add && session.recovery.is_none() && session.may_register(&[], now);
    !session.rests_on_bootstrap_alone() || by_bootstrap
}

impl Session {
    /// The session of a device that is allowed in this one: it says the same of how somebody signed
    /// in, and ends on its own. It has run out as a session of a browser from the beginning.
    #[must_use]
    pub fn for_device(&self, id: SessionId, could_add: bool, now: Timestamp) -> Self {
        let session = Self {
            id,
            created_at: now,
            expires_at: now,
            // No policy for browsers limits it.
            idle_until: None,
            ended_at: None,
            ..self.clone()
        };
        if stands_alone(self, could_add, now) { session.alone() } else { session }
    }

    /// The same without what it began with: it no longer ends with a pass, nor with anything in its
    /// place.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { pass: None, upstream: None, recovery: None, ..self }
    }
}

/// What became of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    /// It was set up.
    Added,
    /// It was taken off the list.
    Removed,
    /// Its key was used to set it up for somebody else.
    Moved,
}

/// The mail about it; none where no mail reaches the person.
pub fn device_changed(
    sender: &Sender,
    user: &User,
    device: &str,
    change: DeviceChange,
    now: Timestamp,
) -> Option<Mail> {
    let (subject, what) = match change {
        DeviceChange::Added => ("mail-device-added-subject", "mail-device-added"),
        DeviceChange::Removed => ("mail-device-removed-subject", "mail-device-removed"),
        DeviceChange::Moved => ("mail-device-removed-subject", "mail-device-moved"),
    };
    let paragraphs =
        [happened(what, user, now).with("device", device), say("mail-device-was-it-you")];
    about_account(sender, user, &say(subject), paragraphs)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::assurance::Factor;
    use crate::domain::id::{PassId, RecoverySetId};
    use crate::domain::policy::SessionPolicy;
    use crate::domain::recovery::origin;
    use crate::domain::session::{PassOrigin, Proof};

    const MINUTE: Duration = Duration::from_secs(60);

    fn by_pass(now: Timestamp) -> Session {
        let origin = PassOrigin {
            id: PassId(Uuid::nil()),
            deadline: now.plus(60 * MINUTE),
            register_until: now.plus(10 * MINUTE),
        };
        Session::from_pass(SessionId(Uuid::nil()), UserId(Uuid::nil()), origin, now)
    }

    #[test]
    fn words_of_a_device_are_one_short_line_that_shows_all_that_is_in_it() {
        assert_eq!(shown("ADA-LAPTOP", NAME_MAX).as_deref(), Some("ADA-LAPTOP"));
        assert_eq!(shown("  a\u{1b}[2J\nb\tc ", NAME_MAX).as_deref(), Some("a [2J b c"));
        assert_eq!(shown("pc\u{202e}gpj\u{200b}", NAME_MAX).as_deref(), Some("pcgpj"));
        assert_eq!(shown("Jürgens Gerät ", NAME_MAX).as_deref(), Some("Jürgens Gerät"));
        assert_eq!(shown(&"x".repeat(500), NAME_MAX).map(|name| name.len()), Some(63));
        for nothing in ["", " \n", "\u{200b}\u{feff}"] {
            assert_eq!(shown(nothing, NAME_MAX), None);
        }
    }

    #[test]
    fn a_device_ends_with_the_pass_unless_it_stands_alone() {
        let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let id = SessionId(Uuid::from_u128(1));
        let table = [(false, 1, false), (true, 1, true), (true, 11, false), (false, 11, false)];
        for (has_method, minutes, alone) in table {
            let later = now.plus(minutes * MINUTE);
            let device = by_pass(now).for_device(id, has_method, later);
            assert_eq!(device.hard_deadline().is_none(), alone, "{has_method} {minutes}");
            assert_eq!(device.is_valid_grant_base(now.plus(61 * MINUTE)), alone);
            // It says what it rests on, and is no session of a browser.
            assert_eq!((device.acr(), device.is_live(later)), (by_pass(now).acr(), false));
        }
        let key = Factor::Key { device_bound: true, attested: false };
        let code = origin(RecoverySetId(Uuid::nil()), now);
        let by_code = Session::from_recovery_code(id, UserId(Uuid::nil()), code, now);
        let device = by_code.for_device(id, true, now.plus(MINUTE));
        assert_eq!(device.hard_deadline(), Some(now.plus(60 * MINUTE)));
        assert_eq!(device.alone().hard_deadline(), None);
        let strong = by_pass(now).strengthened(Proof::of(key, now));
        let device = strong.for_device(id, true, now.plus(60 * MINUTE));
        assert_eq!((device.id, device.hard_deadline()), (id, None));
        // Nor does the policy for browsers end it.
        let policy =
            SessionPolicy { idle_timeout_in_minutes: Some(5), absolute_lifetime_in_minutes: 10 };
        let strict = by_pass(now).strengthened(Proof::of(key, now)).within(&policy, now);
        let device = strict.for_device(id, true, now);
        assert_eq!(device.idle_until, None);
        assert!(device.is_valid_grant_base(now.plus(365 * 24 * 60 * MINUTE)));
    }
}
