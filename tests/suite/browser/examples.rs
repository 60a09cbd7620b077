//! The applications that the documentation shows are run as they are written there.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{finish, sign_in};
use crate::cli::machine::free_port;
use crate::docs::page::{Page, root};
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser};

/// An application of a page, running. It ends with this.
struct Example {
    process: Child,
    origin: String,
    _folder: TempDir,
}

impl Example {
    /// Writes the block of a page into a file, with this server's addresses, registers it and runs it
    /// by `command`.
    async fn start(app: &App, page: &str, file: &str, command: &mut Command) -> Self {
        let origin = format!("http://localhost:{}", free_port());
        let port = origin.rsplit(':').next().unwrap();
        let code = Page::read(page)
            .file(file)
            .replace("3000", port)
            .replace("http://localhost:8080", &app.issuer);
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(file), code).unwrap();
        let modules = root().join("tests/clients/openid-client/node_modules");
        symlink(modules, folder.path().join("node_modules")).unwrap();
        let callback = format!("{origin}/callback");
        let hello = app.client_with("hello", false, |it| it.redirect_uris = vec![callback]).await;
        let process = command
            .arg(file)
            .current_dir(folder.path())
            .env("CLIENT_SECRET", hello.secret)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts (run tests/all, which installs what it needs)");
        let example = Self { process, origin, _folder: folder };
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let http = http.build().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while http.get(&example.origin).send().await.is_err() {
            assert!(Instant::now() < deadline, "{file} does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        example
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody's first day in the application of a page, and the sign-in after that.
async fn tried(page: &str, file: &str, mut command: Command) {
    let browser = Browser::new().await;
    let app = App::start().await;
    app.person("ada").await;
    app.one_method_is_enough().await;
    let device = browser.add_authenticator(Authenticator::Platform).await;
    let pass = app.pass("ada").await;
    let example = Example::start(&app, page, file, &mut command).await;
    // An application without an icon is asked for one all the same.
    browser.expect_problem("status of 404");
    browser.goto(&example.origin).await;
    sign_in(&browser, "ada", &pass).await;
    browser.heading("Welcome, Ada Example.").await;
    browser.press("Add a passkey").await;
    finish(&browser).await;
    let first = "Hello, Ada Example! You signed in with urn:firstkey:acr:bootstrap.";
    browser.wait_for_text(first).await;

    browser.forget_cookies().await;
    browser.set_presence(&device, false).await;
    browser.goto(&example.origin).await;
    browser.heading("Hello. Who is signing in?").await;
    browser.set_presence(&device, true).await;
    browser.press("Use a passkey").await;
    browser.wait_for_text("Hello, Ada Example! You signed in with phr.").await;

    // An answer that this browser did not ask for is none.
    browser.expect_problem("status of 400");
    browser.expect_problem("status of 500");
    browser.goto(format!("{}/callback?state=nobody&code=stolen", example.origin)).await;
    assert!(!browser.shows("Hello").await);
    browser.close().await;
}

#[tokio::test]
async fn the_application_of_the_quick_start_signs_people_in() {
    tried("docs/quick-start.md", "hello.mjs", Command::new("node")).await;
}

#[tokio::test]
async fn the_application_of_the_application_guide_signs_people_in() {
    let python = root().join("tests/clients/authlib/.venv/bin/python");
    tried("docs/application-guide.md", "hello.py", Command::new(python)).await;
}
