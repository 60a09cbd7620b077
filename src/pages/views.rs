//! What pages show that two of them share: every other view stands beside its handler.
//!
//! Every value that reaches HTML passes through a view, is already worded for people (times, names)
//! and is escaped by the template. No decision is taken there beyond how a state is put into words.

use std::collections::BTreeMap;
use std::fmt;

use askama::Template;

use super::brand_view::BrandView;
use crate::http::language::{Language, Text, ToValue, say};

/// What every first-party page carries around its content.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// The name in the top left corner and in titles.
    pub brand: String,
    /// Logo, colour, and whom to ask for help.
    pub branding: BrandView,
    /// Where the static files of this build live, e.g. `/static/3fa9c1`, without a trailing slash.
    pub assets: String,
    /// The anti-forgery token of this browser session: in every form and in `<meta name="csrf">`.
    pub csrf: String,
    /// What it is in.
    pub language: &'static Language,
    /// What else it can be had in, each with its address.
    pub others: Vec<(&'static Language, String)>,
}

impl Chrome {
    /// A message of the catalogue in the page's language, e.g. `chrome.t("next")`.
    pub fn t(&self, id: &'static str) -> Phrase {
        Phrase { language: self.language, text: say(id) }
    }

    /// What the page's scripts say, as JSON: each message by its name.
    pub fn script_words(&self) -> String {
        let words = self.language.ids().filter(|id| id.starts_with("script-")).map(|id| {
            // The script fills in a name in place of its name in braces.
            let text = Text::of(id.to_owned()).with("name", "{name}");
            (id, self.language.say(&text))
        });
        serde_json::to_string(&words.collect::<BTreeMap<_, _>>()).unwrap_or_default()
    }
}

/// A message in a page.
#[derive(Clone, Debug)]
pub struct Phrase {
    language: &'static Language,
    text: Text,
}

impl Phrase {
    /// With something filled in.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl ToValue) -> Self {
        Self { text: self.text.with(name, value), ..self }
    }

    /// With the message's own markup: for `|safe`. What is filled in is escaped.
    pub fn markup(&self) -> String {
        self.language.markup(&self.text)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.language.say(&self.text))
    }
}

/// One registered sign-in method, as a list row.
#[derive(Clone, Debug)]
pub struct MethodView {
    /// The method, for links and forms.
    pub id: String,
    /// What people call it: "iCloud Keychain", "`YubiKey` 5", or their own name for it.
    pub name: String,
    /// `passkey`, `security_key` or `phone`.
    pub kind: String,
    /// Symbol in `templates/partials/icons.html` without its `i-`: `passkey`, `security-key`, `phone`, `laptop` or `cloud`.
    pub icon: String,
    /// When it was added, in words: "today", "3 March 2026".
    pub added: String,
    /// Added in this journey.
    pub new: bool,
    /// When it was last used, in words.
    pub last_used: Option<String>,
    /// From where, in words.
    pub place: Option<String>,
}

impl MethodView {
    /// The message that says what kind of thing this is.
    pub fn kind_word(&self) -> &'static str {
        match self.kind.as_str() {
            "security_key" => "kind-security-key",
            "phone" => "kind-phone",
            _ => "kind-passkey",
        }
    }
}

/// One scope that an application asks for.
#[derive(Clone, Debug)]
pub struct ScopeView {
    /// The scope value, e.g. `profile`.
    pub name: String,
    /// What it is called here: "Your name".
    pub title: String,
    /// What the application learns or may do by it.
    pub detail: String,
}

/// An open pass, as the person it was issued for may see it (never its value).
#[derive(Clone, Debug)]
pub struct PassView {
    /// When it starts, in words.
    pub starts: String,
    /// When it ends, in words.
    pub expires: String,
    /// "Ready to use", "Not yet valid", "Used", …
    pub state: String,
    /// Whether it works once only.
    pub one_time: bool,
}

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

/// The hop to the application (a page, so that `form-action` may stay `'self'`).
#[derive(Clone, Debug, Template)]
#[template(path = "leaving.html")]
pub struct LeavingPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The application.
    pub app: String,
    /// Where it goes on.
    pub target: String,
}

/// Signed out.
#[derive(Clone, Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// A registered way back to the application.
    pub app_href: Option<String>,
    /// The application's name.
    pub app: Option<String>,
}
