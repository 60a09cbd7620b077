//! What the pages for signing in a device show (RFC 8628 §3.3).

use askama::Template;

use super::views::{Chrome, MethodView, ScopeView};

/// The code that the device shows is typed here.
#[derive(Clone, Debug, Template)]
#[template(path = "device.html")]
pub struct DeviceCodePage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// What was typed before, or came with the link.
    pub user_code: String,
    /// Whether it came with a link: then it is to be compared.
    pub linked: bool,
    /// What went wrong with the last try.
    pub error: Option<String>,
    /// How long further tries are refused, when throttled.
    pub wait_seconds: Option<u64>,
}

/// A device on somebody's list.
#[derive(Clone, Debug)]
pub struct DeviceView {
    /// Which.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// What it says runs on it.
    pub platform: Option<String>,
    /// When it was set up, in words.
    pub added: String,
    /// When it was last seen, in words.
    pub seen: String,
    /// The beginning of the thumbprint of its key, to tell it from one of the same name.
    pub key: String,
}

/// Step `Recognise`: is this device yours?
#[derive(Clone, Debug, Template)]
#[template(path = "device_recognise.html")]
pub struct RecognisePage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that runs on the device.
    pub app: String,
    /// Where the application is at home, if it is somewhere.
    pub app_host: Option<String>,
    /// What the device says it is.
    pub device: Option<String>,
    /// The code, as the device shows it.
    pub user_code: String,
    /// When the device asked, in words.
    pub asked: String,
    /// From which address.
    pub address: Option<String>,
    /// Whether that is the network that this page is looked at from.
    pub same_network: bool,
}

/// Step `Confirm` of a device: may it have these things?
#[derive(Clone, Debug, Template)]
#[template(path = "device_confirm.html")]
pub struct DeviceConfirmPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// Public id of the journey.
    pub journey: String,
    /// The application that runs on the device.
    pub app: String,
    /// Where the application is at home, if it is somewhere.
    pub app_host: Option<String>,
    /// The code, as the device shows it.
    pub user_code: String,
    /// What the device says it is, where it is set up.
    pub device: Option<String>,
    /// Whether it then stays signed in until it is removed.
    pub stays: bool,
    /// Whether it is a recovery code with which it ends otherwise.
    pub by_code: bool,
    /// Who is signed in.
    pub username: String,
    /// What it asks for.
    pub scopes: Vec<ScopeView>,
}

/// The person has decided: the device goes on by itself.
#[derive(Clone, Debug, Template)]
#[template(path = "device_decided.html")]
pub struct DeviceDecidedPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// The application that runs on the device.
    pub app: String,
    /// Who is signed in there; none where that was denied.
    pub username: Option<String>,
    /// What was set up on the way.
    pub methods: Vec<MethodView>,
}
