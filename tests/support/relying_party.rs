//! Applications that a browser can open: one on the certified npm library openid-client, one on
//! `PyPI`'s Authlib, and the demo application, which is on the openidconnect crate.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};

use firstkey::demo::{DemoApp, DemoSettings};
use firstkey::domain::client::{
    AuthMethod, ClientSettings, ContentEncryption, KeyManagement, Profile, SigningAlgorithm,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::app::App;
use super::browser::Browser;

/// `tests/clients/openid-client/rp.mjs` or `tests/clients/authlib/app.py`, running.
pub struct RelyingParty {
    /// Where it lives, without a trailing slash.
    pub origin: String,
    /// It ends when this closes, at the latest when the tests do.
    _lifeline: ChildStdin,
    process: Child,
}

impl RelyingParty {
    /// A first-party application called Payroll.
    pub async fn start(app: &App) -> Self {
        Self::start_with(app, "payroll", |_| ()).await
    }

    /// An application; `change` sees its settings before they are registered.
    pub async fn start_with(app: &App, id: &str, change: impl FnOnce(&mut ClientSettings)) -> Self {
        Self::start_as(app, id, &[], change).await
    }

    /// The same under the FAPI 2.0 Security Profile, with a key of its own.
    pub async fn start_fapi(app: &App, id: &str) -> Self {
        Self::start_as(app, id, &[("RP_PROFILE", "fapi2")], |_| ()).await
    }

    /// One that takes only ID tokens that are signed like this.
    pub async fn start_signed(app: &App, id: &str, algorithm: SigningAlgorithm) -> Self {
        Self::start_as(app, id, &[("RP_ID_TOKEN_ALG", algorithm.name())], |settings| {
            settings.id_token_signed_response_alg = algorithm;
        })
        .await
    }

    /// One whose ID tokens are encrypted to a key of its own.
    pub async fn start_encrypted(app: &App, id: &str, algorithm: KeyManagement) -> Self {
        Self::start_as(app, id, &[("RP_ENCRYPTION", algorithm.name())], |settings| {
            settings.id_token_encrypted_response_alg = Some(algorithm);
            settings.id_token_encrypted_response_enc = Some(ContentEncryption::A256Gcm);
        })
        .await
    }

    async fn start_as(
        app: &App,
        id: &str,
        environment: &[(&str, &str)],
        change: impl FnOnce(&mut ClientSettings),
    ) -> Self {
        // A public client: its secret would have to be known before its port, which the redirect
        // URI needs.
        let script = "tests/clients/openid-client/rp.mjs";
        let mut process = Command::new("node")
            .args([script, &app.issuer, id, "", "0"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("RP_EXIT_WITH_STDIN", "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What fails is on its pages, too.
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let lifeline = process.stdin.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("rp.mjs says where it is");
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|e| panic!("rp.mjs does not start (run tests/all): {e} {line:?}"));
        let origin = said["origin"].as_str().expect("an origin").to_owned();
        let keys = said.get("jwks").cloned();
        let fapi = environment.contains(&("RP_PROFILE", "fapi2"));
        app.client_with(id, !fapi, |settings| {
            settings.redirect_uris = vec![format!("{origin}/callback")];
            settings.post_logout_redirect_uris = vec![format!("{origin}/signed-out")];
            settings.jwks = keys;
            if fapi {
                settings.profile = Profile::Fapi2;
                settings.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
                settings.id_token_signed_response_alg = SigningAlgorithm::Es256;
            }
            change(settings);
        })
        .await;
        Self { origin, _lifeline: lifeline, process }
    }

    /// An application with a secret, on Authlib's integration for Flask.
    pub async fn start_authlib(app: &App, id: &str) -> Self {
        let folder = "tests/clients/authlib";
        let mut process = Command::new(format!("{folder}/.venv/bin/python"))
            .args([&format!("{folder}/app.py"), &app.issuer])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("its Python is installed (run tests/all)");
        let mut lifeline = process.stdin.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("app.py says where it is");
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|e| panic!("app.py does not start (run tests/all): {e} {line:?}"));
        let origin = said["origin"].as_str().expect("an origin").to_owned();
        let client = app
            .client_with(id, false, |settings| {
                settings.redirect_uris = vec![format!("{origin}/callback")];
                settings.post_logout_redirect_uris = vec![format!("{origin}/signed-out")];
            })
            .await;
        let registered = json!({ "client_id": client.id, "client_secret": client.secret });
        writeln!(lifeline, "{registered}").expect("app.py listens");
        Self { origin, _lifeline: lifeline, process }
    }

    /// An address of the application.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Waits until the browser is back and signed in, and returns what the application was told:
    /// `claims`, `userinfo`, `tokens` and so on.
    pub async fn result(&self, browser: &Browser) -> Value {
        browser.wait_url(&self.url("/callback")).await;
        let text = browser.text_of("#result, #error").await;
        let told: Value = serde_json::from_str(&text).expect("JSON");
        assert!(told.get("error").is_none(), "the application was refused: {text}");
        told
    }

    /// What the application was told with new tokens.
    pub async fn refreshed(&self, browser: &Browser) -> Value {
        browser.goto(self.url("/refresh")).await;
        serde_json::from_str(&browser.text_of("#result").await).expect("JSON")
    }

    /// Waits until the browser is back and the application was refused, and returns the error.
    pub async fn error(&self, browser: &Browser) -> String {
        browser.wait_url(&self.url("/callback")).await;
        let text = browser.text_of("#error").await;
        let told: Value = serde_json::from_str(&text).expect("JSON");
        told["error"].as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for RelyingParty {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The demo application, in this process, against an [`App`].
pub struct Demo {
    /// Where it lives, without a trailing slash.
    pub url: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl Demo {
    /// Registers it and starts it.
    pub async fn start(app: &App, hint: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let url = format!("http://localhost:{port}");
        let client = app
            .client_with("demo-app", false, |settings| {
                settings.client_name = "Demo App".into();
                settings.redirect_uris = vec![format!("{url}/callback")];
                settings.post_logout_redirect_uris = vec![format!("{url}/")];
            })
            .await;
        let settings = DemoSettings {
            issuer: app.issuer.clone(),
            url: url.clone(),
            client_id: client.id,
            client_secret: client.secret,
            hint: Some(hint.to_owned()),
        };
        let demo = DemoApp::new(settings).expect("the demo application");
        let server = tokio::spawn(demo.run(listener, std::future::pending()));
        Self { url, server }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.server.abort();
    }
}
