//! Phones that approve sign-ins by comparing a number; `docs/phone-sign-in.md` has the protocol.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attempts::Patience;
use super::error::Invalid;
use super::id::{JourneyId, MethodId, PairingId, PhoneRequestId, UserId};
use super::random::{self, Random};
use super::time::Timestamp;

/// How long a phone may take to approve.
pub const REQUEST_LIFETIME: Duration = Duration::from_secs(60);
/// How long the computer may take to go on from there.
pub const REDEEMED_WITHIN: Duration = Duration::from_secs(60);
/// How long a phone may take to be paired.
pub const PAIRING_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// For how long a phone that is being bothered can be silenced.
pub const SILENCE: Duration = Duration::from_secs(60 * 60);

/// How often a person is asked by strangers, or by one of their own browsers, without approving.
pub const ASKED: Patience = Patience {
    free: 5,
    longest: Duration::from_secs(10 * 60),
    forget_after: Duration::from_secs(10 * 60),
};
/// How often one address asks anybody at all, at which a whole company may be.
pub const ASKING: Patience = Patience {
    free: 15,
    longest: Duration::from_secs(60),
    forget_after: Duration::from_secs(15 * 60),
};

/// What a phone signs when it is paired (RFC 7515 §4.1.9).
pub const PAIRING_TYPE: &str = "phone-pairing+jwt";
/// What a phone signs when it decides.
pub const DECISION_TYPE: &str = "phone-decision+jwt";

/// The most characters of a phone's name.
const NAME_MAX: usize = 64;

/// The public key of a paired phone, a JWK (RFC 7517) for ES256, and what is known of the phone
/// that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneKey {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// The point, base64url.
    pub x: String,
    /// The point, base64url.
    pub y: String,
    /// Whether the phone verifies its user for each approval: a platform authenticator was paired
    /// with it, and has to sign as well.
    #[serde(default, rename = "user_verifying")]
    pub user_verifying: bool,
}

impl PhoneKey {
    /// Reads what is stored of a phone.
    pub fn parse(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok()
    }
}

/// The two digits that the computer shows and the phone asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(i64);

impl Number {
    /// Two digits, each number equally likely.
    pub fn generate(random: &dyn Random) -> Self {
        Self::among(90, 10, random)
    }

    /// Three digits, to compare two screens by.
    pub fn to_compare(random: &dyn Random) -> Self {
        Self::among(900, 100, random)
    }

    /// One of `count` numbers from `first` on.
    fn among(count: u16, first: i64, random: &dyn Random) -> Self {
        // What is above would make some numbers likelier than others.
        let limit = u16::MAX - u16::MAX % count;
        loop {
            let drawn = u16::from_be_bytes(random::bytes(random));
            if drawn < limit {
                return Self(first + i64::from(drawn % count));
            }
        }
    }

    /// What is stored.
    pub fn stored(self) -> i64 {
        self.0
    }

    /// The number that was stored.
    pub fn of_stored(stored: i64) -> Self {
        Self(stored)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A sign-in that waits for a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneRequest {
    /// The request.
    pub id: PhoneRequestId,
    /// Whom it reaches; nobody, where whoever asks is not to know.
    pub user_id: Option<UserId>,
    /// Whose journey goes on once it is approved.
    pub journey_id: JourneyId,
    /// Hash of the key of the browser that asked.
    pub browser: String,
    /// What that browser shows.
    pub number: Number,
    /// The application, by its name.
    pub app: Option<String>,
    /// From where it was asked.
    pub address: Option<String>,
    /// With what, in words of ours.
    pub agent: Option<String>,
    /// Whether this person has signed in in this browser before.
    pub known: bool,
    /// What became of it.
    pub state: RequestState,
    /// When it was asked.
    pub created_at: Timestamp,
    /// Until when it may be approved; once it was, until when it may be redeemed.
    pub expires_at: Timestamp,
    /// When the computer went on.
    pub redeemed_at: Option<Timestamp>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody has decided.
    Waiting,
    /// A phone approved it.
    Approved {
        /// Which.
        method: MethodId,
        /// Whether it verified its user for that.
        user_verified: bool,
    },
    /// A phone denied it, or was told a wrong number.
    Denied,
    /// The same browser asked again.
    Replaced,
}

impl PhoneRequest {
    /// Whether it may be approved now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == RequestState::Waiting && now < self.expires_at
    }

    /// How it looks from the computer. That a phone said no is told to nobody there: a stranger
    /// would learn that there is one.
    pub fn seen_from_computer(&self, now: Timestamp) -> Sight {
        match self.state {
            _ if now >= self.expires_at || self.redeemed_at.is_some() => Sight::Over,
            RequestState::Replaced => Sight::Over,
            RequestState::Approved { .. } => Sight::Approved,
            RequestState::Waiting | RequestState::Denied => Sight::Waiting,
        }
    }
}

/// What the computer is told of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It waits.
    Waiting,
    /// It can go on.
    Approved,
    /// Too late, or used.
    Over,
}

impl Sight {
    /// The name of it for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Over => "over",
        }
    }
}

/// What the person decided on their phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// They want to be signed in.
    Approve,
    /// They do not.
    Deny,
    /// They did not ask for that.
    NotMe,
}

/// What a phone proved when it was paired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvedPhone {
    /// What it is called.
    pub name: String,
    /// The thumbprint of its key (RFC 7638).
    pub thumbprint: String,
    /// Its key.
    pub key: PhoneKey,
    /// The WebAuthn credential that verifies its user, as the library serialises it.
    pub verifier: Option<String>,
}

/// How far a pairing has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairingState {
    /// The code waits for a phone.
    Open,
    /// A phone came, and has not proved anything.
    Claimed,
    /// It proved that it holds its key: the person has to say that it is theirs.
    Proved(Box<ProvedPhone>, Number),
    /// It is paired.
    Paired,
    /// The person did not recognise it.
    Refused,
}

impl PairingState {
    /// The name of it for scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Proved(..) => "proved",
            Self::Paired => "paired",
            Self::Refused => "refused",
        }
    }
}

/// A phone that is being paired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// The pairing.
    pub id: PairingId,
    /// The code, sealed.
    pub sealed: String,
    /// For whom.
    pub user_id: UserId,
    /// In which journey.
    pub journey_id: JourneyId,
    /// How far it has come.
    pub state: PairingState,
    /// When it is given up.
    pub expires_at: Timestamp,
}

/// Reads the name that a phone gives itself: letters, digits and a few signs, so that it cannot be
/// mistaken for words of ours or turn the line around.
pub fn parse_phone_name(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let plain = |c: char| c.is_alphanumeric() || " -_.,'’()+&".contains(c);
    if text.is_empty() || text.chars().count() > NAME_MAX || !text.chars().all(plain) {
        let message = format!("1 to {NAME_MAX} letters, digits and spaces are needed");
        return Err(Invalid::new("name", message));
    }
    Ok(text.to_owned())
}

/// A name that is not among those taken: numbered where it is.
pub fn untaken(name: &str, taken: &[&str]) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(&name.as_str())).unwrap_or_else(|| name.to_owned())
}

/// Browser and system in words of ours, by what the browser says of itself: no part of that is
/// repeated.
pub fn agent_name(user_agent: &str) -> Option<String> {
    let first = |table: &[(&str, &'static str)]| {
        table.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrom", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::random::FixedRandom;

    fn request(state: RequestState) -> PhoneRequest {
        let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        PhoneRequest {
            id: PhoneRequestId(Uuid::nil()),
            user_id: None,
            journey_id: JourneyId(Uuid::nil()),
            browser: String::new(),
            number: Number(42),
            app: None,
            address: None,
            agent: None,
            known: false,
            state,
            created_at: now,
            expires_at: now.plus(REQUEST_LIFETIME),
            redeemed_at: None,
        }
    }

    #[test]
    fn numbers_have_two_digits_or_three() {
        let random = FixedRandom::default();
        for _ in 0..500 {
            assert!((10..=99).contains(&Number::generate(&random).stored()));
            assert!((100..=999).contains(&Number::to_compare(&random).stored()));
        }
    }

    #[test]
    fn the_computer_cannot_tell_a_no_from_silence() {
        let approved =
            RequestState::Approved { method: MethodId(Uuid::nil()), user_verified: true };
        let (waiting, denied) = (request(RequestState::Waiting), request(RequestState::Denied));
        for seconds in [0, 30, 59, 60, 61, 3600] {
            let now = waiting.created_at.plus(Duration::from_secs(seconds));
            assert_eq!(waiting.seen_from_computer(now), denied.seen_from_computer(now));
        }
        let now = waiting.created_at;
        assert!(waiting.is_open(now) && !denied.is_open(now));
        assert!(!waiting.is_open(now.plus(REQUEST_LIFETIME)));
        let approved = request(approved);
        assert_eq!(approved.seen_from_computer(now), Sight::Approved);
        let redeemed = PhoneRequest { redeemed_at: Some(now), ..approved };
        assert_eq!(redeemed.seen_from_computer(now), Sight::Over);
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(parse_phone_name(" Ada’s iPhone (2) ").unwrap(), "Ada’s iPhone (2)");
        let long = "x".repeat(NAME_MAX + 1);
        for bad in ["", " ", "a\u{202e}b", "<b>", "a\nb", "Add this: yes", &long] {
            assert!(parse_phone_name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(untaken("iPhone", &["iPhone", "iPhone 2"]), "iPhone 3");
        assert_eq!(untaken("iPhone", &["Key"]), "iPhone");
    }

    #[test]
    fn what_a_browser_says_of_itself_is_not_repeated() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                       Gecko) Chrome/143.0.0.0 Safari/537.36";
        assert_eq!(agent_name(windows).as_deref(), Some("Chrome, Windows"));
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(agent_name(iphone).as_deref(), Some("Safari, iPhone"));
        assert_eq!(agent_name("Firefox/140.0 your bank").as_deref(), Some("Firefox"));
        assert_eq!(agent_name("your bank"), None);
    }
}
