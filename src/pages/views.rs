//! What each page shows: one struct per template, filled by the handlers and rendered by askama.
//!
//! Every value that reaches HTML passes through here, is already worded for people (times, names)
//! and is escaped by the template. No decision is taken here beyond how a state is put into words.

use std::collections::BTreeMap;
use std::fmt;

use askama::Template;

use super::brand_view::BrandView;
use super::device_views::DeviceView;
use super::own_views::{AccessView, ActivityView, SessionView, SignalView};
use super::recovery_views::RecoveryView;
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

/// A provider that can say who somebody is.
#[derive(Clone, Debug)]
pub struct UpstreamView {
    /// Its id, for the form.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Somebody who is signed in in this browser.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// Their session.
    pub id: String,
    /// Their name.
    pub display_name: String,
    /// What they sign in with.
    pub username: String,
}

/// Step `SelectAccount`: which of those who are signed in here is it?
#[derive(Clone, Debug, Template)]
#[template(path = "select_account.html")]
pub struct SelectAccountPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// Who is signed in; who is in use comes first.
    pub accounts: Vec<AccountView>,
}

/// Step `Identify`: who is it?
#[derive(Clone, Debug, Template)]
#[template(path = "identify.html")]
pub struct IdentifyPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey, as in its URL.
    pub journey: String,
    /// The application that asked, by display name.
    pub app: Option<String>,
    /// What was typed before, or the `login_hint`.
    pub username: String,
    /// A sentence for a person: what went wrong and what to do.
    pub error: Option<String>,
    /// Providers that anybody may show who they are.
    pub upstreams: Vec<UpstreamView>,
    /// Whether a recovery code may be used here.
    pub recovery_codes: bool,
    /// Whether a phone may approve.
    pub offers_phone: bool,
}

/// Step `Authenticate`: a pass or a passkey.
#[derive(Clone, Debug, Template)]
#[template(path = "authenticate.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is one independent thing the page shows or not"
)]
pub struct AuthenticatePage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// Who is signing in.
    pub username: String,
    /// Whether it can be nobody else: the application's sign-in has said who it is.
    pub fixed: bool,
    /// For a step-up: one sentence that says which app asks for more, and why.
    pub reason: Option<String>,
    /// Whether a Temporary Access Pass may be used here.
    pub pass_offered: bool,
    /// Whether the passkey is the main way (the pass then comes second).
    pub passkey_first: bool,
    /// What went wrong with the last try.
    pub error: Option<String>,
    /// How long further tries are refused, when throttled.
    pub wait_seconds: Option<u64>,
    /// Providers to which people with such a username may show who they are.
    pub upstreams: Vec<UpstreamView>,
    /// Whether a recovery code may be used here.
    pub recovery_codes: bool,
    /// Whether a phone may approve.
    pub offers_phone: bool,
}

impl AuthenticatePage {
    /// Whether the passkey comes before everything else.
    pub fn passkey_leads(&self) -> bool {
        !self.pass_offered || self.passkey_first
    }
}

/// Step `Register`: add a passkey or a security key.
#[derive(Clone, Debug, Template)]
#[template(path = "register.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is one independent thing the page shows or not"
)]
pub struct RegisterPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asked.
    pub app: Option<String>,
    /// The person's name, for the welcome.
    pub display_name: String,
    /// A pass for somebody who already had methods: lost everything, starts again.
    pub recovery: bool,
    /// What is registered, the newest last.
    pub methods: Vec<MethodView>,
    /// How many methods the policy asks for.
    pub required: usize,
    /// How many of those there are.
    pub registered: usize,
    /// Whether a passkey may be added.
    pub offers_passkey: bool,
    /// Whether a security key may be added.
    pub offers_security_key: bool,
    /// Whether a phone may be paired.
    pub offers_phone: bool,
    /// Nothing is owed any more: "Continue" or "Skip for now" is shown.
    pub may_continue: bool,
    /// How many times this may still be skipped.
    pub skips_left: Option<u32>,
    /// How long the pass, or the upstream, still lets this person do it.
    pub minutes_left: Option<u64>,
    /// Whether a pass let them in, and not a recovery code, an upstream or what they have.
    pub by_pass: bool,
    /// Which application asks for it, and why, where one does.
    pub demanded: Option<String>,
    /// What went wrong with the last try.
    pub error: Option<String>,
}

impl RegisterPage {
    /// Whether something was added in this journey ("Continue" rather than "Skip for now").
    pub fn added(&self) -> bool {
        self.methods.iter().any(|method| method.new)
    }

    /// Whether there is a method of this kind at hand (the other kind is then the better second
    /// one). Who recovers may have lost the old ones: only new ones count.
    pub fn has(&self, kind: &str) -> bool {
        self.methods.iter().any(|method| method.kind == kind && (method.new || !self.recovery))
    }

    /// The count the progress runs to: what policy asks for, and never less than the two that keep
    /// people from being locked out, once there is one.
    pub fn goal(&self) -> usize {
        self.required.max(2)
    }

    /// Progress is shown where there is a way to go: several owed, or the first one done.
    pub fn shows_progress(&self) -> bool {
        let under_way = self.required > 1 || (self.registered > 0 && self.added());
        under_way && self.registered <= self.goal()
    }

    /// The security key comes first where it is the only choice or would be the second method.
    pub fn security_key_first(&self) -> bool {
        self.offers_security_key
            && (!self.offers_passkey || (self.has("passkey") && !self.has("security_key")))
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

/// Step `Confirm`: may this application know these things?
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that asks.
    pub app: String,
    /// The host its answers go to.
    pub app_host: String,
    /// Who is signed in.
    pub username: String,
    /// What it asks for.
    pub scopes: Vec<ScopeView>,
}

/// Set-up is done: what there is now, then on to the application.
#[derive(Clone, Debug, Template)]
#[template(path = "done.html")]
pub struct DonePage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that waits.
    pub app: Option<String>,
    /// What is registered.
    pub methods: Vec<MethodView>,
    /// Recovery codes, where they are offered now.
    pub recovery: Option<RecoveryView>,
    /// How many recovery codes are left, where that is worth saying.
    pub codes_left: Option<u32>,
}

impl DonePage {
    /// Whether a touch is all that the next sign-in takes: where there is a key.
    pub fn by_touch(&self) -> bool {
        self.methods.iter().any(|method| method.kind != "phone")
    }
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

/// An answer that the browser posts to an application.
#[derive(Clone, Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The application.
    pub app: String,
    /// Where it goes.
    pub target: String,
    /// What it says; a code among it.
    pub parameters: Vec<(&'static str, String)>,
}

/// A sign-in that the application has been answered for, opened once more.
#[derive(Clone, Debug, Template)]
#[template(path = "already.html")]
pub struct AlreadyPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The application.
    pub app: String,
    /// Its front door.
    pub app_href: Option<String>,
}

/// Something went wrong: what, what was not lost, and what to do next.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The heading.
    pub title: String,
    /// What happened, in a sentence or two.
    pub message: String,
    /// What to do next.
    pub next: String,
    /// Where the way out leads.
    pub next_href: Option<String>,
    /// What the way out is called; "Start again" where absent.
    pub next_label: Option<String>,
    /// The reference that the log also has.
    pub id: String,
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

/// My Security Info: what opens this account.
#[derive(Clone, Debug, Template)]
#[template(path = "security_info.html")]
pub struct SecurityInfoPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The person's name.
    pub display_name: String,
    /// The person's username.
    pub username: String,
    /// What is registered.
    pub methods: Vec<MethodView>,
    /// Their recovery codes, where they may have any.
    pub recovery: Option<RecoveryView>,
    /// The open pass, if there is one.
    pub pass: Option<PassView>,
    /// Where the person is signed in, this browser first.
    pub sessions: Vec<SessionView>,
    /// Which applications have something of them.
    pub apps: Vec<AccessView>,
    /// What happened lately.
    pub activity: Vec<ActivityView>,
    /// What was just done.
    pub word: Option<String>,
    /// What the browser is told of the methods.
    pub signals: SignalView,
    /// Devices that were set up.
    pub devices: Vec<DeviceView>,
}

/// RP-initiated logout: really sign out?
#[derive(Clone, Debug, Template)]
#[template(path = "sign_out.html")]
pub struct SignOutPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The application that asked.
    pub app: Option<String>,
    /// Who is signed in, one or several.
    pub usernames: Vec<String>,
    /// The stored logout request, handed back with the answer.
    pub request: Option<String>,
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
