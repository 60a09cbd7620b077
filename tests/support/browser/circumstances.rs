//! The screen, the scripts and the cookies, and what is kept of a failure.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::Browser;
use super::driver::{blocking, describe};

impl Browser {
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

    /// Makes this tab that of a phone, with a small screen that is touched.
    pub async fn be_a_phone(&self) {
        let agent = "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like \
                     Gecko) Chrome/143.0.0.0 Mobile Safari/537.36";
        self.devtools("Emulation.setUserAgentOverride", json!({ "userAgent": agent })).await;
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true }),
        )
        .await;
    }

    /// Lets pages of this origin show notifications, as their owner would when asked.
    pub async fn allow_notifications(&self, origin: &str) {
        let granted = json!({ "origin": origin, "permissions": ["notifications"] });
        self.devtools("Browser.grantPermissions", granted).await;
    }

    /// Subscribes there when a page asks for Web Push, from the next page on: the push service of
    /// the browser's maker is out of a test's reach. Delivery is [`Self::deliver_push`].
    pub async fn subscribe_at(&self, subscription: &Value) {
        let script = format!(
            r#"(() => {{
                const given = {subscription}, kept = "test-subscription";
                const made = () => localStorage.getItem(kept) && {{
                    options: {{ applicationServerKey:
                        Uint8Array.from(JSON.parse(localStorage.getItem(kept))).buffer }},
                    toJSON: () => given,
                    unsubscribe: async () => {{ localStorage.removeItem(kept); return true; }},
                }};
                PushManager.prototype.getSubscription = async () => made();
                PushManager.prototype.subscribe = async (options) => {{
                    if (!options.userVisibleOnly) throw new DOMException("", "NotAllowedError");
                    const key = Array.from(options.applicationServerKey);
                    localStorage.setItem(kept, JSON.stringify(key));
                    return made();
                }};
            }})()"#
        );
        self.before_each_page(&script).await;
    }

    /// Adds a script that runs before those of each page; says by which name it is taken away again.
    pub async fn before_each_page(&self, script: &str) -> String {
        let source = json!({ "source": script });
        let added = self.devtools("Page.addScriptToEvaluateOnNewDocument", source).await;
        added["identifier"].as_str().expect("an identifier").to_owned()
    }

    /// Gives a message from a push service to the service workers of this origin. The browser
    /// numbers them, and takes no notice of numbers that it has not given.
    pub async fn deliver_push(&self, origin: &str, text: &str) {
        self.devtools("ServiceWorker.enable", json!({})).await;
        for id in 0..4 {
            let message =
                json!({ "origin": origin, "registrationId": id.to_string(), "data": text });
            self.devtools("ServiceWorker.deliverPushMessage", message).await;
        }
    }

    /// Whether the page is wider than its window, so that one has to scroll sideways.
    pub async fn overflows(&self) -> bool {
        let script = "const e = document.documentElement; return e.scrollWidth > e.clientWidth;";
        self.script(script).await.as_bool().unwrap_or_default()
    }

    /// Turns the page's scripts off for this tab, from the next page on. Everything here but
    /// passkeys still works.
    pub async fn disable_javascript(&self) {
        self.scripts_off.store(true, Ordering::Relaxed);
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

    /// Keeps what can be seen of a failure: picture, text and console. Blocking, for [`Drop`].
    pub(super) fn keep_evidence(&self) {
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
