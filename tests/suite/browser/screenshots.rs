//! The pictures of README.md and of docs/, of fixed sizes, with fixed names and at a fixed hour.
//!
//! `docs/screenshots` takes them anew, by `FIRSTKEY_SCREENSHOTS=docs/images`. Without that the same
//! walk is made, so that it always can be, and the pictures go nowhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use firstkey::domain::time::Timestamp;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use serde_json::json;
use tempfile::TempDir;

use super::{finish, portal, sign_in};
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};
use crate::support::relying_party::RelyingParty;

/// Every picture, and how wide and high it is.
pub(crate) const PICTURES: [(&str, u32, u32); 5] = [
    ("set-up.png", 860, 1020),
    ("security-info.png", 1000, 800),
    ("overview.png", 1280, 860),
    ("pass-issued.png", 1280, 920),
    (PHONE, 1514, 410),
];
const PHONE: &str = "phone-sign-in.png";
/// A Monday morning.
const NOW: &str = "2030-01-07T09:00:00Z";
/// Stands in pictures instead of a pass, which is another one each time.
const PASS: &str = "K7WM-3QPX";
/// What Chromium's authenticators are called, which nobody has.
const DEVICE: &str = "Virtual authenticator";

/// Where pictures go, if they are wanted.
pub(super) fn folder() -> Option<PathBuf> {
    // Whoever runs the tests has their own folder; this is one below the root.
    let folder = std::env::var_os("FIRSTKEY_SCREENSHOTS")?;
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// Takes pictures, for keeps or for nothing.
struct Camera {
    folder: PathBuf,
    _nowhere: TempDir,
}

impl Camera {
    fn new() -> Self {
        let nowhere = TempDir::new().unwrap();
        Self { folder: folder().unwrap_or(nowhere.path().to_owned()), _nowhere: nowhere }
    }

    /// Takes the picture of this name of the top of the page.
    async fn take(&self, browser: &Browser, name: &str) {
        let found = PICTURES.into_iter().find(|(known, ..)| *known == name);
        let (_, width, height) = found.expect("a picture that is listed");
        browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
        browser.set_viewport(width, height, false).await;
        // Until what moves has arrived.
        let still = "const ends = (it) => it.effect.getComputedTiming().endTime !== Infinity; \
                     await Promise.all(document.getAnimations().filter(ends).map((it) => it.finished)); \
                     window.scrollTo(0, 0); document.activeElement?.blur();";
        browser.script(&format!("return (async () => {{ {still} }})();")).await;
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let picture = json!({ "format": "png", "clip": clip });
        let picture = browser.devtools("Page.captureScreenshot", picture).await;
        let png = BASE64.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(self.folder.join(name), png).unwrap();
    }
}

/// Puts the frames of a film side by side, each a part of its middle.
pub(super) async fn strip(browser: &Browser, film: &Path, frames: &[(&str, u32)]) {
    let mut row = String::new();
    for (name, width) in frames {
        let png = BASE64.encode(std::fs::read(film.join(name)).unwrap());
        let image = format!("<img src='data:image/png;base64,{png}' alt=''>");
        write!(row, "<div style='width:{width}px'>{image}</div>").unwrap();
    }
    let style = "body{margin:0;display:flex;gap:7px;background:#c6c6c6}\
                 div{position:relative;height:410px;overflow:hidden;flex:none}\
                 img{position:absolute}";
    let html = format!("<!doctype html><style>{style}</style>{row}");
    browser.goto("about:blank").await;
    let tree = browser.devtools("Page.getFrameTree", json!({})).await;
    let content = json!({ "frameId": tree["frameTree"]["frame"]["id"], "html": html });
    browser.devtools("Page.setDocumentContent", content).await;
    // At half their size, on whole pixels.
    let place = "return (async () => {
        for (const it of document.images) {
            await it.decode();
            it.width = it.naturalWidth / 2;
            it.style.left = `${Math.round((it.parentElement.clientWidth - it.width) / 2)}px`;
        }
    })();";
    browser.script(place).await;
    Camera::new().take(browser, PHONE).await;
}

/// A server where it always is, if pictures are kept: its address is in some of them.
async fn server() -> App {
    let app = App::at_port(if folder().is_some() { 8080 } else { 0 }).await;
    let then = Timestamp::parse(NOW).unwrap().seconds();
    app.clock.step(then - app.now());
    let people = [
        ("ada", "Ada Lovelace"),
        ("alan", "Alan Turing"),
        ("barbara", "Barbara Liskov"),
        ("katherine", "Katherine Johnson"),
        ("margaret", "Margaret Hamilton"),
    ];
    for (username, name) in people {
        let new = NewUser {
            username: username.into(),
            display_name: Some(name.into()),
            email: Some(format!("{username}@example.com")),
            ..NewUser::default()
        };
        app.services.add_user(&Caller::OPERATOR, new).await.unwrap();
    }
    app
}

/// Writes something else wherever the page shows this.
async fn replace(browser: &Browser, this: &str, by: &str) {
    let script = format!(
        "const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
         while (walk.nextNode())
             walk.currentNode.data = walk.currentNode.data.replaceAll('{this}', '{by}');"
    );
    browser.script(&script).await;
}

#[tokio::test]
async fn pictures_of_the_pages_are_taken_as_the_documentation_has_them() {
    let (browser, admins) = Browser::two().await;
    let app = server().await;
    let camera = Camera::new();
    for browser in [&browser, &admins] {
        let zone = json!({ "timezoneId": "Europe/London" });
        browser.devtools("Emulation.setTimezoneOverride", zone).await;
        browser.add_authenticator(Authenticator::Platform).await;
    }
    let payroll = RelyingParty::start(&app).await;
    let pass = app.pass("ada").await;
    app.one_time_pass("barbara").await;

    browser.goto(payroll.url("/login")).await;
    sign_in(&browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Lovelace.").await;
    browser.wait_for_text("Passkey on this device").await;
    camera.take(&browser, "set-up.png").await;
    app.one_method_is_enough().await;
    browser.press("Add a passkey").await;
    finish(&browser).await;
    payroll.result(&browser).await;
    browser.goto(app.url("/security-info")).await;
    browser.heading("My Security Info").await;
    replace(&browser, DEVICE, "Ada’s laptop").await;
    camera.take(&browser, "security-info.png").await;

    portal::come_in(&app, &admins).await;
    replace(&admins, DEVICE, "Grace’s laptop").await;
    camera.take(&admins, "overview.png").await;
    let alan = app.services.find_user("alan").await.unwrap();
    admins.goto(app.url(&format!("/admin/people/{}/pass/new", alan.id))).await;
    admins.press("Issue a pass").await;
    admins.wait_for_text("The pass is shown this once.").await;
    let value = admins.text_of("#value").await;
    replace(&admins, value.trim(), PASS).await;
    camera.take(&admins, "pass-issued.png").await;
    admins.close().await;
    browser.close().await;

    for (name, width, height) in PICTURES.into_iter().filter(|(name, ..)| *name != PHONE) {
        let png = std::fs::read(camera.folder.join(name)).unwrap();
        assert_eq!(crate::docs::pictures::size(&png), (width, height), "{name}");
    }
}
