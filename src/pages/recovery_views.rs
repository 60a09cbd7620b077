//! What the pages for coming back show: recovery codes, and the methods from before.

use askama::Template;

use super::views::{Chrome, MethodView};

/// Signing in with a recovery code.
#[derive(Clone, Debug, Template)]
#[template(path = "recover.html")]
pub struct RecoverPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// What was typed before.
    pub username: String,
    /// Whether it can be nobody else: the application's sign-in has said who it is.
    pub fixed: bool,
    /// What went wrong with the last try.
    pub error: Option<String>,
    /// How long further tries are refused, when throttled.
    pub wait_seconds: Option<u64>,
}

/// A method from before, and the name of its box.
#[derive(Clone, Debug)]
pub struct RowView {
    /// The name of the form's field.
    pub field: String,
    /// The method.
    pub method: MethodView,
}

/// Step `Review`: still have these?
#[derive(Clone, Debug, Template)]
#[template(path = "review.html")]
pub struct ReviewPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// What there was before.
    pub methods: Vec<RowView>,
    /// Whether there are recovery codes that end with whatever is removed.
    pub ends_codes: bool,
    /// What went wrong with the last try.
    pub error: Option<String>,
}

/// A person's recovery codes, as far as anybody knows them.
#[derive(Clone, Debug)]
pub struct RecoveryView {
    /// The set that is seen, for the form; empty where there is none.
    pub seen: String,
    /// How many are left, and when they were made, in words.
    pub made: Option<(u32, String)>,
    /// Whether it is time for new ones.
    pub runs_low: bool,
}

/// What a person has, and a button for new ones.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// What they have.
    pub recovery: RecoveryView,
    /// What went wrong with the last try.
    pub error: Option<String>,
}

/// New codes, this once.
#[derive(Clone, Template)]
#[template(path = "recovery_codes_made.html")]
pub struct MadePage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The application that waits.
    pub app: Option<String>,
    /// Whose they are.
    pub username: String,
    /// The provider's address.
    pub issuer: String,
    /// When they were made, in words.
    pub made: String,
    /// The codes, in groups.
    pub codes: Vec<String>,
    /// Where it goes on.
    pub onward: String,
}
