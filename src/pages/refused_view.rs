//! What the page about a key that is not taken shows.

use askama::Template;

use super::views::Chrome;

/// A key works, and is not taken here.
#[derive(Clone, Debug, Template)]
#[template(path = "refused.html")]
pub struct RefusedPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// What the key calls itself, where that is known.
    pub name: Option<String>,
    /// Symbol in `templates/partials/icons.html` without its `i-`.
    pub icon: &'static str,
    /// Why it is not taken, in a sentence or two.
    pub reason: String,
    /// What is: conditions that hold together, of which any one set will do.
    pub accepted: Vec<Vec<String>>,
    /// Whether it was to be registered, and not used.
    pub registering: bool,
}
