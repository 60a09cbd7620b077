//! What the pages of the steps show: one struct for each template.

use askama::Template;

use crate::pages::recovery_codes::RecoveryView;
use crate::pages::views::{Chrome, MethodView, ScopeView};

/// A provider that can say who somebody is.
#[derive(Clone, Debug)]
pub(super) struct UpstreamView {
    /// Its id, for the form.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
}

/// Somebody who is signed in in this browser.
#[derive(Clone, Debug)]
pub(super) struct AccountView {
    /// Their session.
    pub(super) id: String,
    /// Their name.
    pub(super) display_name: String,
    /// What they sign in with.
    pub(super) username: String,
}

/// Step `SelectAccount`: which of those who are signed in here is it?
#[derive(Clone, Debug, Template)]
#[template(path = "select_account.html")]
pub(super) struct SelectAccountPage {
    /// Brand, assets, CSRF token.
    pub(super) chrome: Chrome,
    /// Public id of the journey.
    pub(super) journey: String,
    /// The application that asked.
    pub(super) app: Option<String>,
    /// Who is signed in; who is in use comes first.
    pub(super) accounts: Vec<AccountView>,
}

/// Step `Identify`: who is it?
#[derive(Clone, Debug, Template)]
#[template(path = "identify.html")]
pub(super) struct IdentifyPage {
    /// Brand, assets, CSRF token.
    pub(super) chrome: Chrome,
    /// Public id of the journey, as in its URL.
    pub(super) journey: String,
    /// The application that asked, by display name.
    pub(super) app: Option<String>,
    /// What was typed before, or the `login_hint`.
    pub(super) username: String,
    /// A sentence for a person: what went wrong and what to do.
    pub(super) error: Option<String>,
    /// Providers that anybody may show who they are.
    pub(super) upstreams: Vec<UpstreamView>,
    /// Whether a recovery code may be used here.
    pub(super) recovery_codes: bool,
    /// Whether a phone may approve.
    pub(super) offers_phone: bool,
}

/// Step `Authenticate`: a pass or a passkey.
#[derive(Clone, Debug, Template)]
#[template(path = "authenticate.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is one independent thing the page shows or not"
)]
pub(super) struct AuthenticatePage {
    /// Brand, assets, CSRF token.
    pub(super) chrome: Chrome,
    /// Public id of the journey.
    pub(super) journey: String,
    /// The application that asked.
    pub(super) app: Option<String>,
    /// Who is signing in.
    pub(super) username: String,
    /// Whether it can be nobody else: the application's sign-in has said who it is.
    pub(super) fixed: bool,
    /// For a step-up: one sentence that says which app asks for more, and why.
    pub(super) reason: Option<String>,
    /// Whether a Temporary Access Pass may be used here.
    pub(super) pass_offered: bool,
    /// Whether the passkey is the main way (the pass then comes second).
    pub(super) passkey_first: bool,
    /// What went wrong with the last try.
    pub(super) error: Option<String>,
    /// How long further tries are refused, when throttled.
    pub(super) wait_seconds: Option<u64>,
    /// Providers to which people with such a username may show who they are.
    pub(super) upstreams: Vec<UpstreamView>,
    /// Whether a recovery code may be used here.
    pub(super) recovery_codes: bool,
    /// Whether a phone may approve.
    pub(super) offers_phone: bool,
}

impl AuthenticatePage {
    /// Whether the passkey comes before everything else.
    pub(super) fn passkey_leads(&self) -> bool {
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
pub(super) struct RegisterPage {
    /// Brand, assets, CSRF token.
    pub(super) chrome: Chrome,
    /// Public id of the journey.
    pub(super) journey: String,
    /// The application that asked.
    pub(super) app: Option<String>,
    /// The person's name, for the welcome.
    pub(super) display_name: String,
    /// A pass for somebody who already had methods: lost everything, starts again.
    pub(super) recovery: bool,
    /// What is registered, the newest last.
    pub(super) methods: Vec<MethodView>,
    /// How many methods the policy asks for.
    pub(super) required: usize,
    /// How many of those there are.
    pub(super) registered: usize,
    /// Whether a passkey may be added.
    pub(super) offers_passkey: bool,
    /// Whether a security key may be added.
    pub(super) offers_security_key: bool,
    /// Whether a phone may be paired.
    pub(super) offers_phone: bool,
    /// Nothing is owed any more: "Continue" or "Skip for now" is shown.
    pub(super) may_continue: bool,
    /// How many times this may still be skipped.
    pub(super) skips_left: Option<u32>,
    /// How long the pass, or the upstream, still lets this person do it.
    pub(super) minutes_left: Option<u64>,
    /// Whether a pass let them in, and not a recovery code, an upstream or what they have.
    pub(super) by_pass: bool,
    /// Which application asks for it, and why, where one does.
    pub(super) demanded: Option<String>,
    /// What went wrong with the last try.
    pub(super) error: Option<String>,
}

impl RegisterPage {
    /// Whether something was added in this journey ("Continue" rather than "Skip for now").
    pub(super) fn added(&self) -> bool {
        self.methods.iter().any(|method| method.new)
    }

    /// Whether there is a method of this kind at hand (the other kind is then the better second
    /// one). Who recovers may have lost the old ones: only new ones count.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.methods.iter().any(|method| method.kind == kind && (method.new || !self.recovery))
    }

    /// The count the progress runs to: what policy asks for, and never less than the two that keep
    /// people from being locked out, once there is one.
    pub(super) fn goal(&self) -> usize {
        self.required.max(2)
    }

    /// Progress is shown where there is a way to go: several owed, or the first one done.
    pub(super) fn shows_progress(&self) -> bool {
        let under_way = self.required > 1 || (self.registered > 0 && self.added());
        under_way && self.registered <= self.goal()
    }

    /// The security key comes first where it is the only choice or would be the second method.
    pub(super) fn security_key_first(&self) -> bool {
        self.offers_security_key
            && (!self.offers_passkey || (self.has("passkey") && !self.has("security_key")))
    }
}

/// Step `Confirm`: may this application know these things?
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub(super) struct ConsentPage {
    /// Brand, assets, CSRF token.
    pub(super) chrome: Chrome,
    /// Public id of the journey.
    pub(super) journey: String,
    /// The application that asks.
    pub(super) app: String,
    /// The host its answers go to.
    pub(super) app_host: String,
    /// Who is signed in.
    pub(super) username: String,
    /// What it asks for.
    pub(super) scopes: Vec<ScopeView>,
}

/// Set-up is done: what there is now, then on to the application.
#[derive(Clone, Debug, Template)]
#[template(path = "done.html")]
pub(super) struct DonePage {
    /// Brand, assets, CSRF token.
    pub(super) chrome: Chrome,
    /// Public id of the journey.
    pub(super) journey: String,
    /// The application that waits.
    pub(super) app: Option<String>,
    /// What is registered.
    pub(super) methods: Vec<MethodView>,
    /// Recovery codes, where they are offered now.
    pub(super) recovery: Option<RecoveryView>,
    /// How many recovery codes are left, where that is worth saying.
    pub(super) codes_left: Option<u32>,
}

impl DonePage {
    /// Whether a touch is all that the next sign-in takes: where there is a key.
    pub(super) fn by_touch(&self) -> bool {
        self.methods.iter().any(|method| method.kind != "phone")
    }
}
