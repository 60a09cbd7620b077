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

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use thirtyfour::common::command::{Command as WebDriverCommand, ExtensionCommand};
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::{Capabilities, WebDriver, WebElement, WindowHandle};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a helper waits for a page to show what it is told to use.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Browsers at a time: more than the machine has cores only makes each of them time out.
static SEATS: Semaphore = Semaphore::const_new(2);

/// The kinds of authenticators that a person may have at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticator {
    /// A FIDO2 security key on USB with a PIN or fingerprint: keeps discoverable credentials,
    /// verifies its user, is never backed up.
    UsbSecurityKey,
    /// The computer's own (Touch ID, Windows Hello, a passkey manager): verifies its user, and its
    /// credentials are synced (backup eligible and backed up).
    Platform,
    /// A phone used across devices (hybrid transport), credentials synced.
    Phone,
    /// A FIDO2 security key on USB that cannot verify its user: touch only.
    NoUserVerification,
    /// An old U2F key: no discoverable credentials, no user verification.
    U2f,
}

impl Authenticator {
    /// What `WebAuthn.addVirtualAuthenticator` calls it.
    fn options(self) -> Value {
        let (protocol, transport, resident, verifies, synced) = match self {
            Self::UsbSecurityKey => ("ctap2", "usb", true, true, false),
            Self::Platform => ("ctap2", "internal", true, true, true),
            Self::Phone => ("ctap2", "cable", true, true, true),
            Self::NoUserVerification => ("ctap2", "usb", true, false, false),
            Self::U2f => ("u2f", "usb", false, false, false),
        };
        let mut options = json!({
            "protocol": protocol,
            "transport": transport,
            "hasResidentKey": resident,
            "hasUserVerification": verifies,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": true,
        });
        if protocol == "ctap2" {
            options["ctap2Version"] = json!("ctap2_1");
            options["defaultBackupEligibility"] = json!(synced);
            options["defaultBackupState"] = json!(synced);
        }
        options
    }
}

/// A virtual authenticator plugged into one tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorId(String);

/// What a control is to a screen reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something to press.
    Button,
    /// Something to follow.
    Link,
    /// Something to type into.
    Textbox,
    /// A list to choose from.
    Choice,
    /// A box or radio button to tick.
    Tick,
    /// A heading.
    Heading,
}

impl Role {
    /// The elements that can have this role.
    fn selector(self) -> &'static str {
        match self {
            Self::Button => {
                "button, summary, input[type=submit], input[type=button], input[type=reset], \
                 input[type=image], [role=button]"
            }
            Self::Link => "a[href], area[href], [role=link]",
            Self::Textbox => {
                "input:not([type=hidden], [type=submit], [type=button], [type=reset], \
                 [type=image], [type=checkbox], [type=radio], [type=file]), textarea, \
                 [role=textbox], [contenteditable=true]"
            }
            Self::Choice => "select, [role=combobox], [role=listbox]",
            Self::Tick => {
                "input[type=checkbox], input[type=radio], [role=checkbox], [role=radio], \
                 [role=switch]"
            }
            Self::Heading => "h1, h2, h3, h4, h5, h6, [role=heading]",
        }
    }
}

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
    closed: bool,
    /// Freed last, when the driver is gone.
    _seat: SemaphorePermit<'static>,
}

impl Browser {
    /// Waits for a free seat and starts a headless Chromium with an empty profile.
    pub async fn new() -> Self {
        let seat = SEATS.acquire().await.expect("the semaphore is never closed");
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

    // Reading.

    /// The title of the page.
    pub async fn title(&self) -> String {
        self.driver.title().await.expect("a title")
    }

    /// All the text that can be seen.
    pub async fn text(&self) -> String {
        self.visible_text().await.unwrap_or_default()
    }

    /// Waits until the text can be seen anywhere on the page (white space runs count as one).
    pub async fn wait_for_text(&self, text: &str) {
        let wanted = squeeze(text);
        self.until(&format!("text “{text}”"), async || {
            squeeze(&self.visible_text().await?).contains(&wanted).then_some(())
        })
        .await;
    }

    /// Whether the text can be seen now.
    pub async fn shows(&self, text: &str) -> bool {
        squeeze(&self.text().await).contains(&squeeze(text))
    }

    /// Waits for a heading that contains the text.
    pub async fn heading(&self, text: &str) {
        let wanted = squeeze(text);
        self.until(&format!("heading “{text}”"), async || {
            self.headings().await.iter().any(|h| h.contains(&wanted)).then_some(())
        })
        .await;
    }

    /// The text of all headings that can be seen, in order.
    pub async fn headings(&self) -> Vec<String> {
        let mut names = Vec::new();
        for heading in self.candidates(Role::Heading, "", None).await {
            if let Some(name) = self.name_of(&heading).await {
                names.push(name);
            }
        }
        names
    }

    /// Whether a control of this role and exact name can be used now.
    pub async fn has(&self, role: Role, name: &str) -> bool {
        self.look(role, name, None).await.is_some()
    }

    /// The value of a text box.
    pub async fn value(&self, label: &str) -> String {
        let field = self.find(Role::Textbox, label, None).await;
        field.value().await.expect("the field is there").unwrap_or_default()
    }

    /// The text of the element with this id (or any other CSS selector), waiting for it.
    pub async fn text_of(&self, selector: &str) -> String {
        let script = "const e = document.querySelector(arguments[0]); return e && e.innerText;";
        self.until(&format!("element {selector}"), async || {
            let found = self.driver.execute(script, vec![json!(selector)]).await.ok()?;
            found.json().as_str().map(str::to_owned)
        })
        .await
    }

    /// Runs a script in the page and returns what it returns: for looking, not for doing.
    pub async fn script(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::<Value>::new()).await;
        answer.unwrap_or_else(|e| panic!("the script fails: {e}\n{script}")).json().clone()
    }

    // Doing.

    /// Types into the text box with this label, in place of what is in it.
    pub async fn fill(&self, label: &str, text: &str) {
        let what = format!("{} that can be typed into", wanted(Role::Textbox, label, None));
        self.until(&what, async || {
            let field = self.look(Role::Textbox, label, None).await?;
            let kind = field.attr("type").await.ok()?.unwrap_or_default();
            if matches!(kind.as_str(), "date" | "time" | "datetime-local" | "month" | "week") {
                // Typing into these depends on the locale of the browser.
                let set = "arguments[0].value = arguments[1];
                    for (const e of ['input', 'change'])
                        arguments[0].dispatchEvent(new Event(e, { bubbles: true }));";
                let arguments = vec![field.to_json().ok()?, json!(text)];
                return self.driver.execute(set, arguments).await.ok().map(drop);
            }
            field.clear().await.ok()?;
            field.send_keys(text).await.ok()
        })
        .await;
    }

    /// Types keys wherever the focus is; [`Key`](thirtyfour::Key) has names for Tab, Enter and so on.
    pub async fn type_keys(&self, keys: impl Into<thirtyfour::TypingData>) {
        let typing = self.driver.action_chain().send_keys(keys);
        typing.perform().await.expect("the page takes keys");
    }

    /// The accessible name of the element that has the focus.
    pub async fn focused(&self) -> String {
        let focused = self.driver.active_element().await.expect("a focused element");
        self.name_of(&focused).await.unwrap_or_default()
    }

    /// Presses the button with this exact name.
    ///
    /// When the next page has a button of the same name, wait for something else of that page
    /// first, or the old one may be pressed twice.
    pub async fn press(&self, name: &str) {
        self.click(Role::Button, name, None).await;
    }

    /// Presses the button with this exact name in the row, list item, card, form part or dialog
    /// that contains the text `within`.
    pub async fn press_in(&self, within: &str, name: &str) {
        self.click(Role::Button, name, Some(within)).await;
    }

    /// Follows the link with this exact name.
    pub async fn link(&self, name: &str) {
        self.click(Role::Link, name, None).await;
    }

    /// Follows the link with this exact name in the row, card or the like that contains `within`.
    pub async fn link_in(&self, within: &str, name: &str) {
        self.click(Role::Link, name, Some(within)).await;
    }

    /// Where the link with this exact name leads, as written in the page.
    pub async fn href(&self, name: &str) -> String {
        let link = self.find(Role::Link, name, None).await;
        link.attr("href").await.expect("the link is there").unwrap_or_default()
    }

    /// Clicks the check box or radio button with this label.
    pub async fn tick(&self, label: &str) {
        self.click(Role::Tick, label, None).await;
    }

    /// Whether the check box or radio button with this label is ticked.
    pub async fn is_ticked(&self, label: &str) -> bool {
        self.find(Role::Tick, label, None).await.is_selected().await.expect("it is there")
    }

    /// Chooses the option with this text in the list with this label.
    pub async fn choose(&self, label: &str, option: &str) {
        let list = self.find(Role::Choice, label, None).await;
        let pick = "const [list, text] = arguments;
            const found = [...list.options].find((o) => o.text.trim() === text);
            if (!found) return [...list.options].map((o) => o.text.trim());
            list.value = found.value;
            for (const e of ['input', 'change']) list.dispatchEvent(new Event(e, { bubbles: true }));
            return null;";
        let list = list.to_json().expect("an element reference");
        let answer = self.driver.execute(pick, vec![list, json!(option)]).await.expect("a list");
        let others = answer.json();
        assert!(others.is_null(), "“{label}” has no option “{option}”, only {others}");
    }

    // Circumstances.

    /// Sets the size of the page and the colour scheme that the person prefers, for this tab.
    pub async fn set_viewport(&self, width: u32, height: u32, dark: bool) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await;
        let scheme = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )
        .await;
    }

    /// Whether the page is wider than its window, so that one has to scroll sideways.
    pub async fn overflows(&self) -> bool {
        let script = "const e = document.documentElement; return e.scrollWidth > e.clientWidth;";
        self.script(script).await.as_bool().unwrap_or_default()
    }

    /// Turns the page's scripts off for this tab, from the next page on. Everything here but
    /// passkeys still works.
    pub async fn disable_javascript(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Saves a picture of the whole page, below the fold too.
    pub async fn screenshot(&self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        let picture = self
            .devtools(
                "Page.captureScreenshot",
                json!({ "format": "png", "captureBeyondViewport": true }),
            )
            .await;
        let png = BASE64.decode(picture["data"].as_str().expect("a picture")).expect("base64");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder for pictures");
        }
        std::fs::write(path, png).expect("the picture is saved");
    }

    /// The cookies of the current page's site, as name, value and attributes.
    pub async fn cookies(&self) -> Vec<Value> {
        let cookies = self.devtools("Network.getCookies", json!({})).await;
        cookies["cookies"].as_array().cloned().unwrap_or_default()
    }

    /// Forgets all cookies, like a new browser with the same authenticators.
    pub async fn forget_cookies(&self) {
        self.devtools("Network.clearBrowserCookies", json!({})).await;
    }

    // Console.

    /// What went wrong on any page so far: errors on the console (failed loads, exceptions, what
    /// the pages logged as errors) and every violation of a content security policy or of Trusted
    /// Types, whatever its level.
    pub async fn console_problems(&self) -> Vec<String> {
        self.drain_console().await;
        let expected = self.expected.lock().expect("expectations").clone();
        let console = self.console.lock().expect("console");
        console
            .iter()
            .filter(|e| is_problem(e))
            .map(describe)
            .filter(|line| !expected.iter().any(|e| line.contains(e.as_str())))
            .collect()
    }

    /// Panics when there were any [`console_problems`](Self::console_problems).
    pub async fn assert_clean(&self) {
        let problems = self.console_problems().await;
        assert!(problems.is_empty(), "the console has problems:\n  {}", problems.join("\n  "));
    }

    /// Says that the console may carry this: Chromium writes an error for every answer of 400 or
    /// more, so a test that wants to see an error page says `expect_problem("status of 400")`.
    pub fn expect_problem(&self, part: &str) {
        self.expected.lock().expect("expectations").push(part.to_owned());
    }

    // Passkeys. How virtual authenticators behave is told at the top of this file.

    /// Plugs an authenticator into this tab.
    pub async fn add_authenticator(&self, kind: Authenticator) -> AuthenticatorId {
        self.devtools("WebAuthn.enable", json!({ "enableUI": false })).await;
        let answer = self
            .devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": kind.options() }))
            .await;
        let id = answer["authenticatorId"].as_str().expect("an authenticator id");
        AuthenticatorId(id.to_owned())
    }

    /// Unplugs it, and loses its credentials.
    pub async fn remove_authenticator(&self, id: &AuthenticatorId) {
        self.devtools("WebAuthn.removeVirtualAuthenticator", json!({ "authenticatorId": id.0 }))
            .await;
    }

    /// The credentials on it, as `WebAuthn.Credential` of the `DevTools` protocol: `credentialId`,
    /// `isResidentCredential`, `rpId`, `userHandle`, `userName`, `signCount`, … Bytes are base64
    /// (not base64url).
    pub async fn credentials(&self, id: &AuthenticatorId) -> Vec<Value> {
        let answer =
            self.devtools("WebAuthn.getCredentials", json!({ "authenticatorId": id.0 })).await;
        answer["credentials"].as_array().cloned().unwrap_or_default()
    }

    /// Puts credentials from [`credentials`](Self::credentials) on this authenticator, as syncing
    /// does. The other may be in another tab or browser.
    pub async fn copy_credentials(&self, id: &AuthenticatorId, credentials: &[Value]) {
        for credential in credentials {
            self.devtools(
                "WebAuthn.addCredential",
                json!({ "authenticatorId": id.0, "credential": credential }),
            )
            .await;
        }
    }

    /// Whether the person gets their PIN or fingerprint right from now on.
    pub async fn set_user_verified(&self, id: &AuthenticatorId, verified: bool) {
        self.devtools(
            "WebAuthn.setUserVerified",
            json!({ "authenticatorId": id.0, "isUserVerified": verified }),
        )
        .await;
    }

    /// Whether the person touches the authenticator when asked from now on. A request that began
    /// while they did not stays pending until the page aborts it.
    pub async fn set_presence(&self, id: &AuthenticatorId, present: bool) {
        self.devtools(
            "WebAuthn.setAutomaticPresenceSimulation",
            json!({ "authenticatorId": id.0, "enabled": present }),
        )
        .await;
    }

    // Machinery.

    /// A command of the Chrome `DevTools` protocol for this tab.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        ChromeDevTools::new(Arc::clone(&self.driver.handle))
            .execute_cdp_with_params(command, parameters.clone())
            .await
            .unwrap_or_else(|e| panic!("{command} {parameters}: {e}"))
    }

    /// Clicks a control, trying again while the page moves under the pointer.
    async fn click(&self, role: Role, name: &str, within: Option<&str>) {
        self.until(&wanted(role, name, within), async || {
            self.look(role, name, within).await?.click().await.ok()
        })
        .await;
    }

    /// Waits for a control.
    async fn find(&self, role: Role, name: &str, within: Option<&str>) -> WebElement {
        self.until(&wanted(role, name, within), async || self.look(role, name, within).await).await
    }

    /// Looks for a control once.
    async fn look(&self, role: Role, name: &str, within: Option<&str>) -> Option<WebElement> {
        let wanted = squeeze(name);
        for candidate in self.candidates(role, name, within).await {
            if self.name_of(&candidate).await.is_some_and(|n| n == wanted) {
                return Some(candidate);
            }
        }
        None
    }

    /// Controls of a role that can be seen and used, those that likely have the name first.
    async fn candidates(&self, role: Role, name: &str, within: Option<&str>) -> Vec<WebElement> {
        let script = r"
            const [selector, name, within] = arguments;
            const squeeze = (s) => (s ?? '').replace(/\s+/g, ' ').trim();
            const modal = [...document.querySelectorAll('dialog:modal')].pop();
            const usable = (e) =>
                e.checkVisibility({ visibilityProperty: true }) && !e.matches(':disabled')
                && e.getAttribute('aria-disabled') !== 'true' && !e.closest('[inert]')
                && (!modal || modal.contains(e));
            const place = (e) => e.parentElement?.closest(
                'li, tr, article, fieldset, section, form, dialog, [role=row], [role=listitem]');
            const inside = (e) => {
                for (let p = place(e); p; p = place(p))
                    if (squeeze(p.innerText).includes(within)) return true;
                return false;
            };
            const likely = (e) => [
                e.innerText, e.value, e.title, e.getAttribute('aria-label'),
                ...[...(e.labels ?? [])].map((l) => l.innerText),
            ].some((text) => squeeze(text).includes(name));
            let all = [...document.querySelectorAll(selector)].filter(usable);
            if (within !== null) {
                all = all.filter(inside);
                // The closest match wins: a row before the list that holds all rows.
                const depth = (e) => {
                    let n = 0;
                    for (let p = place(e); p; p = place(p), n++)
                        if (squeeze(p.innerText).includes(within)) return n;
                    return n;
                };
                all.sort((a, b) => depth(a) - depth(b));
            }
            return [...all.filter(likely), ...all.filter((e) => !likely(e))];";
        let arguments =
            vec![json!(role.selector()), json!(squeeze(name)), json!(within.map(squeeze))];
        let Ok(found) = self.driver.execute(script, arguments).await else { return Vec::new() };
        found.elements().unwrap_or_default()
    }

    /// The accessible name, as Chromium's accessibility tree has it.
    async fn name_of(&self, element: &WebElement) -> Option<String> {
        let path = format!("/element/{}/computedlabel", element.element_id());
        let name = self.raw(reqwest::Method::GET, path, None).await?;
        name.as_str().map(squeeze)
    }

    /// The text that can be seen, or nothing while the page changes.
    async fn visible_text(&self) -> Option<String> {
        let script = "return document.body ? document.body.innerText : '';";
        let text = self.driver.execute(script, Vec::<Value>::new()).await.ok()?;
        text.json().as_str().map(str::to_owned)
    }

    /// Looks again and again until there is something, or panics with what there was instead.
    async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if start.elapsed() > PATIENCE {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let url = self.driver.current_url().await.map_or_else(|e| e.to_string(), Into::into);
        let mut names = Vec::new();
        for role in [Role::Textbox, Role::Button, Role::Link] {
            for candidate in self.candidates(role, "", None).await.into_iter().take(30) {
                names.push(format!(
                    "{role:?} “{}”",
                    self.name_of(&candidate).await.unwrap_or_default()
                ));
            }
        }
        panic!(
            "no {what} after {PATIENCE:?}\nat {url}\ncontrols: {}\nconsole: {:?}\n---\n{}\n---",
            names.join(", "),
            self.console_problems().await,
            self.text().await,
        );
    }

    /// Fetches what the console said since the last time.
    async fn drain_console(&self) {
        let path = "/se/log".to_owned();
        let said = self.raw(reqwest::Method::POST, path, Some(json!({ "type": "browser" }))).await;
        if let Some(Value::Array(entries)) = said {
            self.console.lock().expect("console").extend(entries);
        }
    }

    /// A command that thirtyfour has no method for.
    async fn raw(
        &self,
        method: reqwest::Method,
        path: String,
        body: Option<Value>,
    ) -> Option<Value> {
        let command = Raw { method, path, body };
        let answer = self.driver.handle.cmd(WebDriverCommand::ExtensionCommand(Box::new(command)));
        answer.await.ok()?.value_json().ok()
    }

    /// Keeps what can be seen of a failure: picture, text and console. Blocking, for [`Drop`].
    fn keep_evidence(&self) {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("browser").replace("::", ".");
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("test-results");
        let session = format!("/session/{}", self.session);
        let text = "return location.href + '\\n\\n' + document.body.innerText;";
        let text = blocking(
            "POST",
            &format!("{session}/execute/sync"),
            &json!({ "script": text, "args": [] }),
        );
        let said = blocking("POST", &format!("{session}/se/log"), &json!({ "type": "browser" }));
        let picture = blocking("GET", &format!("{session}/screenshot"), &Value::Null);

        let mut console = self.console.lock().map(|c| c.clone()).unwrap_or_default();
        console.extend(said.as_ref().and_then(Value::as_array).cloned().unwrap_or_default());
        let console: Vec<String> = console.iter().map(describe).collect();
        let text = text.as_ref().and_then(Value::as_str).unwrap_or("(no page)").to_owned();
        let report = format!("{text}\n\n--- console ---\n{}\n", console.join("\n"));
        let png = picture.as_ref().and_then(Value::as_str).and_then(|p| BASE64.decode(p).ok());

        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(format!("{name}.txt")), report))
            .and_then(|()| {
                std::fs::write(folder.join(format!("{name}.png")), png.unwrap_or_default())
            });
        if written.is_ok() {
            eprintln!("the page as it was: {}", folder.join(format!("{name}.png")).display());
        }
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

/// Whether an entry of the console is worth failing a test.
fn is_problem(entry: &Value) -> bool {
    let message = entry["message"].as_str().unwrap_or_default();
    entry["level"] == "SEVERE"
        || entry["source"] == "security"
        || ["Content Security Policy", "Content-Security-Policy", "Trusted Type", "TrustedHTML"]
            .iter()
            .any(|mark| message.contains(mark))
}

/// An entry of the console on one line.
fn describe(entry: &Value) -> String {
    let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}: {}", part("level"), part("source"), part("message"))
}

/// A `WebDriver` command by its path below the session.
#[derive(Debug)]
struct Raw {
    method: reqwest::Method,
    path: String,
    body: Option<Value>,
}

impl ExtensionCommand for Raw {
    fn parameters_json(&self) -> Option<Value> {
        self.body.clone()
    }

    fn method(&self) -> reqwest::Method {
        self.method.clone()
    }

    fn endpoint(&self) -> Arc<str> {
        self.path.as_str().into()
    }
}

/// The one chromedriver of this process.
struct Chromedriver {
    port: u16,
    /// The watchdog's end of the pipe: it acts when this closes, at the latest when we are gone.
    _lifeline: ChildStdin,
    _watchdog: Child,
}

/// Runs chromedriver in a process group of its own and ends the group when standard input does.
/// Chromium stays in the group that chromedriver started it in, and dies with it.
const WATCHDOG: &str = r#"
    TMPDIR=$(mktemp -d) && export TMPDIR HOME="$TMPDIR" || exit 1
    { chromedriver --port=0 </dev/null 2>&1; echo "(chromedriver ended)"; } &
    driver=$!
    cat >/dev/null
    trap '' TERM
    kill 0
    wait "$driver"
    sleep 0.3
    rm -rf "$TMPDIR" || { sleep 1; rm -rf "$TMPDIR"; }
"#;

/// Starts chromedriver on a free port, the first time.
fn chromedriver() -> &'static Chromedriver {
    static DRIVER: OnceLock<Chromedriver> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let lifeline = watchdog.stdin.take().expect("a pipe");
        let mut lines = BufReader::new(watchdog.stdout.take().expect("a pipe")).lines();
        let mut said = String::new();
        let port = loop {
            let line = lines.next().and_then(Result::ok).unwrap_or_default();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse().expect("a port");
            }
            said.push_str(&line);
            assert!(
                !line.is_empty() && !line.contains("(chromedriver ended)"),
                "chromedriver does not start (run tests/all, which installs it): {said}"
            );
        };
        // Keep reading, or chromedriver would block once the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        Chromedriver { port, _lifeline: lifeline, _watchdog: watchdog }
    })
}

/// A `WebDriver` command without an async runtime, for use while a test is unwinding.
fn blocking(method: &str, path: &str, body: &Value) -> Option<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", chromedriver().port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;

    let mut answer = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    answer.read_exact(&mut body).ok()?;
    let mut answer: Value = serde_json::from_slice(&body).ok()?;
    Some(answer["value"].take())
}
