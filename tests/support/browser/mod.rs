//! A person at a real browser: Chromium, driven through chromedriver as one would use it, by the
//! names that people and screen readers know the controls by.
//!
//! ```ignore
//! let browser = Browser::new().await;
//! let key = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
//! browser.goto(&issuer).await;
//! browser.fill("Username", "ada").await;
//! browser.press("Next").await;
//! browser.heading("You're all set").await;
//! assert_eq!(browser.credentials(&key).await.len(), 1);
//! browser.close().await;
//! ```
//!
//! Every helper waits up to [`PATIENCE`] for what it needs, and panics with what the page showed
//! instead. Names are compared with the *computed accessible name*, by Chromium's own accessibility
//! tree, so a control that a screen reader cannot name cannot be used here either.
//!
//! [`Browser::close`] ends every test: it fails when the page ever logged an error or broke its
//! content security policy. When a test panics, `test-results/` gets a picture of the page, its
//! text and its console.
//!
//! One chromedriver serves the whole test process and two browsers run at a time. A watchdog shell
//! holds a pipe to the tests and takes everything down when they end, however they end.
//!
//! # Passkeys
//!
//! [`Browser::add_authenticator`] plugs a virtual authenticator into the current tab. It stays
//! there across navigations and reloads; another tab has its own (see [`Browser::new_tab`]).
//! What Chromium does with them, as observed:
//!
//! - An authenticator is *touched at once* whenever a page asks. That also holds for conditional
//!   mediation (autofill): a sign-in page that starts a conditional `navigator.credentials.get`
//!   while a matching discoverable credential is plugged in is answered within milliseconds, as if
//!   the person had picked the passkey from the list.
//! - Without a matching credential on any plugged-in authenticator a conditional request is
//!   refused with `NotAllowedError` (a real browser would keep it pending): pages must not show
//!   that as a failure. With no authenticator plugged in at all it stays pending.
//! - To play a person who types a username or presses a button instead, call
//!   `set_presence(&key, false)` before the page loads. A request that began untouched stays
//!   untouched: `set_presence(&key, true)` holds for the *next* request, so turn it on and then
//!   press "Use a passkey" (the page aborts its conditional request and makes a new one).
//! - With attestation `none` Chromium blanks the AAGUID of USB authenticators (zeros), and keeps
//!   that of platform and hybrid ones (`01020304-0506-0708-0102-030405060708`).
//! - Of several plugged-in authenticators the first to answer wins: silence the others with
//!   `set_presence`.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]
mod accessibility;
mod circumstances;
mod controls;
mod driver;
mod passkeys;
mod reading;

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::{Capabilities, WebDriver, WindowHandle};
use tokio::sync::{Semaphore, SemaphorePermit};

pub use self::controls::Role;
use self::driver::{blocking, chromedriver};
pub use self::passkeys::{Authenticator, AuthenticatorId};

/// How long a helper waits for a page to show what it is told to use.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Browsers at a time: more than the machine has cores only makes each of them time out.
static SEATS: Semaphore = Semaphore::const_new(2);

/// One browser with a profile of its own: nothing is shared with any other.
pub struct Browser {
    driver: WebDriver,
    session: String,
    /// The tabs in the order in which they came to be.
    tabs: Mutex<Vec<WindowHandle>>,
    /// Everything the console said so far; the driver forgets what it has told once.
    console: Mutex<Vec<Value>>,
    /// Answers that a test provokes on purpose.
    expected: Mutex<Vec<String>>,
    /// Whether the scripts of pages are off.
    scripts_off: AtomicBool,
    closed: bool,
    /// Freed last, when the driver is gone.
    _seat: SemaphorePermit<'static>,
}

impl Browser {
    /// Waits for a free seat and starts a headless Chromium with an empty profile.
    pub async fn new() -> Self {
        Self::on(SEATS.acquire().await.expect("the semaphore is never closed")).await
    }

    /// Two at once, for somebody with two devices: of tests that took their seats one by one, each
    /// could wait for the other.
    pub async fn two() -> (Self, Self) {
        let mut first = SEATS.acquire_many(2).await.expect("the semaphore is never closed");
        let second = first.split(1).expect("two seats");
        (Self::on(first).await, Self::on(second).await)
    }

    async fn on(seat: SemaphorePermit<'static>) -> Self {
        let mut capabilities = Capabilities::new();
        capabilities.insert("browserName".to_owned(), json!("chrome"));
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        capabilities.insert("unhandledPromptBehavior".to_owned(), json!("accept"));
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            json!({
                "args": [
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--disable-dev-shm-usage",
                    "--disable-crash-reporter",
                    "--window-size=1280,900",
                    "--lang=en-US",
                ],
                "prefs": { "intl.accept_languages": "en-US,en" },
            }),
        );
        let server = format!("http://127.0.0.1:{}", chromedriver().port);
        let driver = WebDriver::new(server, capabilities).await.unwrap_or_else(|e| {
            panic!("Chromium does not start (run tests/all, which installs it): {e}")
        });
        let session = driver.handle.session_id().to_string();
        let first = driver.window().await.expect("a first tab");
        Self {
            driver,
            session,
            tabs: Mutex::new(vec![first]),
            console: Mutex::default(),
            expected: Mutex::default(),
            scripts_off: AtomicBool::default(),
            closed: false,
            _seat: seat,
        }
    }

    /// Ends the test: no errors may be on the console ([`assert_clean`](Self::assert_clean)).
    pub async fn close(mut self) {
        self.assert_clean().await;
        self.closed = true;
        self.driver.clone().quit().await.expect("the browser closes");
    }

    // Going places.

    /// Opens an address, as typed into the address bar.
    pub async fn goto(&self, url: impl AsRef<str>) {
        let url = url.as_ref();
        self.driver.goto(url).await.unwrap_or_else(|e| panic!("cannot open {url}: {e}"));
    }

    /// The address in the address bar.
    pub async fn url(&self) -> String {
        self.driver.current_url().await.expect("an address").into()
    }

    /// Reloads the page.
    pub async fn reload(&self) {
        self.driver.refresh().await.expect("the page reloads");
    }

    /// Goes back in the history of the tab.
    pub async fn back(&self) {
        self.driver.back().await.expect("the browser goes back");
    }

    /// Goes forward again.
    pub async fn forward(&self) {
        self.driver.forward().await.expect("the browser goes forward");
    }

    /// Opens an empty tab, goes to it and returns its number. It shares cookies with the others but
    /// has no authenticators: plug in one with [`add_authenticator`](Self::add_authenticator), and
    /// [`copy_credentials`](Self::copy_credentials) if it shall hold the same keys.
    pub async fn new_tab(&self) -> usize {
        let tab = self.driver.new_tab().await.expect("a new tab");
        self.tabs.lock().expect("tabs").push(tab.clone());
        self.driver.switch_to_window(tab).await.expect("the new tab");
        self.tabs.lock().expect("tabs").len() - 1
    }

    /// Goes to a tab by number, from 0 in the order of opening. Waits for one that a page opens.
    pub async fn switch_tab(&self, number: usize) {
        let tab = self
            .until(&format!("tab {number}"), async || {
                let open = self.driver.windows().await.ok()?;
                let mut tabs = self.tabs.lock().expect("tabs");
                for tab in open {
                    if !tabs.contains(&tab) {
                        tabs.push(tab);
                    }
                }
                tabs.get(number).cloned()
            })
            .await;
        self.driver.switch_to_window(tab).await.expect("the tab is open");
    }

    /// Waits until the address starts with `prefix`, and returns it whole.
    pub async fn wait_url(&self, prefix: &str) -> String {
        self.until(&format!("address {prefix}…"), async || {
            let url = self.driver.current_url().await.ok()?.to_string();
            url.starts_with(prefix).then_some(url)
        })
        .await
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        if std::thread::panicking() {
            self.keep_evidence();
        }
        blocking("DELETE", &format!("/session/{}", self.session), &Value::Null);
        // The driver's own clean-up needs a runtime, which may be going down around us.
        let _ = self.driver.clone().leak();
        assert!(
            std::thread::panicking(),
            "end the test with browser.close().await: it checks the console"
        );
    }
}

/// Text with every run of white space as one space.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How a control that is missing is called in the panic.
fn wanted(role: Role, name: &str, within: Option<&str>) -> String {
    let within = within.map(|w| format!(" within “{w}”")).unwrap_or_default();
    format!("{role:?} “{name}”{within}")
}
