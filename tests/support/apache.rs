//! Debian's Apache with `mod_auth_openidc`: a process of its own, with a configuration of its own
//! in a temporary folder. The system's service is left alone.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything but what the test is about. `-X` keeps it one process.
const BASE: &str = r#"
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{folder}/pid"
DefaultRuntimeDir "{folder}"
ErrorLog "{folder}/error.log"
LogLevel warn
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule env_module {modules}/mod_env.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule filter_module {modules}/mod_filter.so
LoadModule include_module {modules}/mod_include.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
User www-data
Group www-data
TypesConfig /dev/null
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
DocumentRoot "{folder}/site"
DirectoryIndex index.shtml
# Every path is the one page, which says what it was told.
AliasMatch "^/" "{folder}/site/index.shtml"
<Directory "{folder}/site">
    Options +Includes
</Directory>
"#;

const PAGE: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Protected</title><link rel="icon" href="data:,"></head>
<body><h1>Protected</h1><p id="uri"><!--#echo var="REQUEST_URI" --></p>
<pre id="environment"><!--#printenv --></pre></body></html>
"#;

/// Ends Apache when standard input does, at the latest when the tests do.
const WATCHDOG: &str = r#"
    /usr/sbin/apache2 -X -f "$1/apache.conf" </dev/null >>"$1/error.log" 2>&1 &
    apache=$!
    cat >/dev/null
    kill "$apache"
    wait "$apache"
"#;

/// An Apache that runs as long as this is held.
pub struct Apache {
    /// Where it lives, without a trailing slash.
    pub origin: String,
    folder: TempDir,
    port: u16,
    lifeline: Option<ChildStdin>,
    watchdog: Option<Child>,
}

impl Apache {
    /// Finds it a place to be. It listens once it is [started](Self::start).
    pub fn new() -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let folder = TempDir::new().expect("a folder");
        // Started by root, it reads as somebody else.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its folder");
        let site = folder.path().join("site");
        fs::create_dir(&site).expect("a folder");
        fs::write(site.join("index.shtml"), PAGE).expect("a page");
        let origin = format!("http://localhost:{port}");
        Self { origin, folder, port, lifeline: None, watchdog: None }
    }

    /// Starts it with this configuration besides.
    pub fn start(&mut self, configuration: &str) {
        let folder = self.folder.path();
        let base = BASE
            .replace("{folder}", &folder.display().to_string())
            .replace("{port}", &self.port.to_string())
            .replace("{modules}", &modules().display().to_string());
        fs::write(folder.join("apache.conf"), base + configuration).expect("its configuration");
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh runs");
        self.lifeline = watchdog.stdin.take();
        self.watchdog = Some(watchdog);
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "Apache does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// What it complained about.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

/// Where Debian keeps its modules.
fn modules() -> PathBuf {
    let modules = Path::new("/usr/lib/apache2/modules");
    let module = modules.join("mod_auth_openidc.so");
    assert!(module.exists(), "Apache or its module is missing (run tests/all)");
    modules.to_owned()
}

impl Drop for Apache {
    fn drop(&mut self) {
        self.lifeline.take();
        if let Some(mut watchdog) = self.watchdog.take() {
            let _ = watchdog.wait();
        }
        if std::thread::panicking() {
            eprintln!("Apache's log: {}", self.log());
        }
    }
}
