//! A machine: a folder, a database, and the real binary, which knows of no configuration but ours.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::app::App;
use crate::support::database::{self, Engine, Given, TestDatabase};

/// How long a command may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Machine {
    folder: TempDir,
    database: TestDatabase,
    started: AtomicU32,
}

/// What a command that has ended left behind.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A command that may still run. Killed when it is dropped.
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// A server that answers.
pub struct Served {
    pub issuer: String,
    pub process: Running,
}

impl Given for Machine {
    async fn given(database: TestDatabase) -> Self {
        Self { folder: TempDir::new().expect("a folder"), database, started: AtomicU32::new(0) }
    }
}

impl Machine {
    /// The server that runs here at `issuer`, for those who act on one.
    pub async fn app(&self, issuer: &str) -> App {
        App::beside(self.database.clone(), &self.secret(), issuer).await
    }

    /// A machine with a database in a file.
    pub async fn new() -> Self {
        Self::given(database::fresh(Engine::Sqlite).await).await
    }

    /// A file in the folder that commands run in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of all that is in the folder, but for what commands said.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder");
        let names = entries.map(|entry| entry.expect("a file").file_name());
        let names = names.map(|name| name.into_string().expect("a readable name"));
        let mut names: Vec<String> = names.filter(|name| !name.starts_with("said-")).collect();
        names.sort();
        names
    }

    /// The URL of the database.
    pub fn database(&self) -> &str {
        &self.database.url
    }

    /// The file that holds the master secret.
    pub fn secret(&self) -> PathBuf {
        let file = self.database.url.strip_prefix("sqlite:");
        let beside = file.and_then(|file| Path::new(file).parent());
        beside.unwrap_or(self.folder.path()).join("firstkey.secret")
    }

    /// Makes the next keys as old as they must be to sign: commands go by the real clock.
    pub async fn let_keys_be_known(&self) {
        const OLDER: &str = "UPDATE signing_keys SET created_at = created_at - 600000000";
        let store = self.database.open().await;
        let aged = store.write(|conn| {
            Box::pin(async move { Ok(sqlx::query(OLDER).execute(conn).await?.rows_affected()) })
        });
        assert!(aged.await.expect("older keys") > 0);
        store.close().await;
    }

    /// Starts a command with these variables and no others.
    pub fn start_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Running {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let stdout = self.path(&format!("said-{number}.out"));
        let stderr = self.path(&format!("said-{number}.err"));
        let child = Command::new(env!("CARGO_BIN_EXE_firstkey"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("TMPDIR", self.folder.path())
            .envs(variables.iter().copied())
            .stdout(File::create(&stdout).expect("a file"))
            .stderr(File::create(&stderr).expect("a file"))
            .spawn()
            .expect("the binary runs");
        Running { child, stdout, stderr }
    }

    /// Starts a command on the machine's database.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.start_with(&[("FIRSTKEY_DATABASE", self.database())], arguments)
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).wait()
    }

    /// Runs a command that must succeed, without a word of complaint, and returns what it said.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stderr, "", "{arguments:?}");
        outcome.stdout
    }

    /// The same for scripts: one JSON document on one line.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let said = self.ok(&[arguments, &["--json"]].concat());
        assert_eq!(said.matches('\n').count(), 1, "{arguments:?}: {said}");
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {said}"))
    }

    /// Runs a command that must succeed with a word of warning; returns what it answered to a
    /// script, and the warning.
    #[track_caller]
    pub fn warned(&self, arguments: &[&str]) -> (Value, String) {
        let outcome = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
        let warning = outcome.stderr.strip_prefix("firstkey: warning: ");
        let warning = warning.unwrap_or_else(|| panic!("{arguments:?}: {}", outcome.stderr));
        let answer = serde_json::from_str(&outcome.stdout);
        (answer.expect("one JSON document"), warning.trim_end().to_owned())
    }

    /// The entries of a list.
    #[track_caller]
    pub fn list(&self, arguments: &[&str]) -> Vec<Value> {
        self.json(arguments)["value"].as_array().expect("a list").clone()
    }

    /// Runs a command that must fail with one line that says why, in text and in JSON mode alike.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let outcome = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(outcome.code, Some(1), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        let line = outcome.stderr.strip_prefix("firstkey: ");
        let line = line.and_then(|line| line.strip_suffix('\n'));
        let line = line.unwrap_or_else(|| panic!("{arguments:?}: {}", outcome.stderr));
        assert!(!line.contains('\n'), "{arguments:?}: {line}");
        line.to_owned()
    }

    /// Runs a command line that cannot be understood, and returns what was said about it.
    #[track_caller]
    pub fn misused(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        outcome.stderr
    }

    /// All that commands can tell about the database, to see whether anything has changed.
    pub fn everything(&self) -> Value {
        let lists = ["user", "group", "client", "policy", "keys", "audit"];
        lists.map(|what| Value::from(self.list(&[what, "list"]))).to_vec().into()
    }

    /// Starts the server on a free port and waits until it answers.
    pub async fn serve(&self) -> Served {
        self.serve_with(&[], &["serve"]).await
    }

    /// The same with more variables and other arguments.
    pub async fn serve_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Served {
        for _ in 0..5 {
            let port = free_port();
            let (issuer, listen) =
                (format!("http://localhost:{port}"), format!("127.0.0.1:{port}"));
            let own = [
                ("FIRSTKEY_DATABASE", self.database()),
                ("FIRSTKEY_ISSUER", &issuer),
                ("FIRSTKEY_LISTEN", &listen),
            ];
            let mut process = self.start_with(&[&own, variables].concat(), arguments);
            if process.answers(&issuer).await {
                return Served { issuer, process };
            }
            // Somebody else may have got the port first.
            let said = process.stderr();
            assert!(said.contains("cannot listen"), "the server ended: {said}");
        }
        panic!("no port stays free");
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

impl Running {
    /// What it has said so far.
    pub fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).expect("what it said")
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has complained of or logged so far.
    pub fn stderr(&self) -> String {
        fs::read_to_string(&self.stderr).expect("what it logged")
    }

    /// Whether the server at `issuer` comes to answer; false where the command ends first.
    pub async fn answers(&mut self, issuer: &str) -> bool {
        let http = reqwest::Client::new();
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("a process").is_none() {
            let answer = http.get(format!("{issuer}/readyz")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return true;
            }
            assert!(Instant::now() < deadline, "no answer: {}", self.stderr());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self) -> Outcome {
        let deadline = Instant::now() + PATIENCE;
        let status: ExitStatus = loop {
            match self.child.try_wait().expect("a process") {
                Some(status) => break status,
                None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
                None => panic!("still running: {} {}", self.stdout(), self.stderr()),
            }
        };
        Outcome { code: status.code(), stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Sends SIGTERM, as whoever runs services does, and waits for the end.
    pub fn stop(self) -> Outcome {
        self.signal("TERM")
    }

    /// Sends a signal and waits for the end.
    pub fn signal(self, name: &str) -> Outcome {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("a shell");
        assert!(sent.success(), "it had ended already: {}", self.stderr());
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
