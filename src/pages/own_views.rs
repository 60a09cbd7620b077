//! What the pages about one's own account show, beside [`SecurityInfoPage`](super::views).

use askama::Template;

use super::views::{Chrome, MethodView};

/// Where somebody is signed in, as a list row.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// The session, for the form.
    pub id: String,
    /// The browser and its platform, in words.
    pub browser: String,
    /// Symbol of `templates/partials/icons.html` without its `i-`.
    pub icon: &'static str,
    /// The address of the last activity.
    pub address: Option<String>,
    /// When it began, in words.
    pub began: String,
    /// When something was last done in it, in words.
    pub active: String,
    /// How the person signed in, in words.
    pub how: String,
    /// Whether it is the one that looks.
    pub this: bool,
}

/// An application that has something of the person, as a list row.
#[derive(Clone, Debug)]
pub struct AccessView {
    /// Its `client_id`, for the form.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is somebody else's.
    pub third_party: bool,
    /// What it may see or do, in words.
    pub scopes: Vec<String>,
    /// Since when, in words.
    pub since: String,
    /// When it was last given something, in words.
    pub last_used: Option<String>,
}

/// Something that happened, as a list row.
#[derive(Clone, Debug)]
pub struct ActivityView {
    /// What, in words.
    pub what: String,
    /// When.
    pub when: String,
    /// From which address.
    pub address: Option<String>,
    /// Whether somebody was refused.
    pub refused: bool,
}

/// What the browser's own list of passkeys is brought in step with.
#[derive(Clone, Debug)]
pub struct SignalView {
    /// The relying party.
    pub rp_id: String,
    /// The person's user handle, base64url.
    pub user_id: String,
    /// Their credential ids, base64url, as a JSON array.
    pub accepted: String,
    /// Their username.
    pub name: String,
    /// How pages address them.
    pub display_name: String,
}

/// One method of one's own.
#[derive(Clone, Debug, Template)]
#[template(path = "security_info/method.html")]
pub struct MethodPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The method.
    pub method: MethodView,
    /// What stands in the field of its name.
    pub name: String,
    /// The most characters of a name.
    pub name_max: usize,
    /// Why the name cannot be taken.
    pub error: Option<String>,
}

/// Really remove it?
#[derive(Clone, Debug, Template)]
#[template(path = "security_info/remove.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is one sentence or one box")]
pub struct RemovePage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The method.
    pub method: MethodView,
    /// Whether it is the last one.
    pub last: bool,
    /// Whether the policy wants that one to stay.
    pub required: bool,
    /// How many others the policy will then want.
    pub missing: usize,
    /// Whether "lost or stolen" was ticked.
    pub lost_ticked: bool,
    /// Whether "I know" was ticked.
    pub last_ticked: bool,
    /// Why it was not removed.
    pub error: Option<String>,
}

/// All that happened, page by page.
#[derive(Clone, Debug, Template)]
#[template(path = "security_info/all_activity.html")]
pub struct ActivityPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The person's username.
    pub username: String,
    /// The lines of this page.
    pub activity: Vec<ActivityView>,
    /// Where the next page begins.
    pub next: Option<String>,
}
