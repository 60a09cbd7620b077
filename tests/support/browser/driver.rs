//! The one chromedriver of the process, and commands that thirtyfour has no method for.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;
use thirtyfour::common::command::{Command as WebDriverCommand, ExtensionCommand};
use thirtyfour::extensions::cdp::ChromeDevTools;

use super::Browser;

impl Browser {
    /// A command of the Chrome `DevTools` protocol for this tab.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        ChromeDevTools::new(Arc::clone(&self.driver.handle))
            .execute_cdp_with_params(command, parameters.clone())
            .await
            .unwrap_or_else(|e| panic!("{command} {parameters}: {e}"))
    }

    /// A command that thirtyfour has no method for.
    pub(super) async fn raw(
        &self,
        method: reqwest::Method,
        path: String,
        body: Option<Value>,
    ) -> Option<Value> {
        let command = Raw { method, path, body };
        let answer = self.driver.handle.cmd(WebDriverCommand::ExtensionCommand(Box::new(command)));
        answer.await.ok()?.value_json().ok()
    }
}

/// An entry of the console on one line.
pub(super) fn describe(entry: &Value) -> String {
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
pub(super) struct Chromedriver {
    pub(super) port: u16,
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
pub(super) fn chromedriver() -> &'static Chromedriver {
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
pub(super) fn blocking(method: &str, path: &str, body: &Value) -> Option<Value> {
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
