//! What the pages of phone sign-in show.

use askama::Template;

use super::qr::Qr;
use super::views::Chrome;

/// The phone's own page: every view that its script switches between.
#[derive(Clone, Debug, Template)]
#[template(path = "phone.html")]
pub struct PhonePage {
    /// Brand, assets.
    pub chrome: Chrome,
    /// The issuer, for which the phone signs.
    pub issuer: String,
    /// The nonce for the first proof (RFC 9449 §8).
    pub nonce: String,
    /// The server's time in milliseconds: phones may be wrong about it.
    pub now: u64,
}

/// The computer waits for the phone.
#[derive(Clone, Debug, Template)]
#[template(path = "phone_wait.html")]
pub struct PhoneWaitPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// Who is signing in.
    pub username: String,
    /// What the phone asks for.
    pub number: String,
    /// `waiting`, `approved` or `over`.
    pub sight: &'static str,
    /// Seconds that are left.
    pub seconds: u64,
    /// What went wrong with the last try.
    pub error: Option<String>,
}

/// The computer pairs a phone: the code to scan, or the phone that came, to be recognised.
#[derive(Clone, Debug, Template)]
#[template(path = "phone_pair.html")]
pub struct PhonePairPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// `open`, `claimed`, `proved` or `over`.
    pub state: &'static str,
    /// The code, where it waits for a phone.
    pub code: Option<PairingCodeView>,
    /// The phone that came, where one did.
    pub phone: Option<PhoneView>,
    /// What went wrong with the last try.
    pub error: Option<String>,
}

/// A code for a phone.
#[derive(Clone, Debug)]
pub struct PairingCodeView {
    /// To be scanned.
    pub(super) qr: Qr,
    /// Where it leads.
    pub href: String,
    /// The page, to be typed.
    pub page: String,
    /// The code, to be typed.
    pub code: String,
    /// Minutes that are left.
    pub minutes: u64,
}

/// A phone that wants to be paired.
#[derive(Clone, Debug)]
pub struct PhoneView {
    /// What it calls itself.
    pub name: String,
    /// The number that it shows.
    pub number: String,
    /// Whether it verifies its user.
    pub verifying: bool,
}
