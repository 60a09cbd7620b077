//! A PostgreSQL of the test's own, which it may restart, stop and lose.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// As durable as the ones of operators, and gone with the test.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes one and starts it.
    pub async fn start() -> Self {
        tokio::task::spawn_blocking(Self::make).await.expect("a PostgreSQL of its own")
    }

    fn make() -> Self {
        let folder = TempDir::new().expect("a folder");
        if is_root() {
            run(Command::new("chown").arg("postgres:").arg(folder.path()));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let cluster = Self { folder, programs: programs(), port };
        let data = cluster.data();
        let data = data.to_str().expect("a readable path");
        run(&mut cluster.program(
            "initdb",
            &[
                "-D",
                data,
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
                "--locale=C.UTF-8",
            ],
        ));
        cluster.control(&["start"]);
        cluster
    }

    /// The URL of its database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it and starts it again: `fast` as an operator does, `immediate` as after a crash.
    pub async fn restart(&self, mode: &'static str) {
        self.controlled(&["-m", mode, "restart"]).await;
    }

    /// Stops it.
    pub async fn stop(&self, mode: &'static str) {
        self.controlled(&["-m", mode, "stop"]).await;
    }

    /// Starts it again.
    pub async fn go_on(&self) {
        self.controlled(&["start"]).await;
    }

    async fn controlled(&self, arguments: &[&'static str]) {
        let (mut command, arguments) = (self.controller(arguments), arguments.to_vec());
        let done = tokio::task::spawn_blocking(move || command.status().expect("pg_ctl runs"));
        assert!(done.await.expect("pg_ctl").success(), "{arguments:?}: {}", self.log());
    }

    fn control(&self, arguments: &[&str]) {
        let done = self.controller(arguments).status().expect("pg_ctl runs");
        assert!(done.success(), "{arguments:?}: {}", self.log());
    }

    fn controller(&self, arguments: &[&str]) -> Command {
        let here = self.folder.path().display();
        let options = format!(
            "-p {} -h 127.0.0.1 -k {here} -c max_connections=120 -c shared_buffers=32MB",
            self.port
        );
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let mut all = vec!["-D", data.to_str().expect("a readable path"), "-w", "-t", "30"];
        all.extend_from_slice(&["-l", log.to_str().expect("a readable path"), "-o", &options]);
        all.extend_from_slice(arguments);
        self.program("pg_ctl", &all)
    }

    /// PostgreSQL refuses to run as root: there it runs as the user of Debian's package.
    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may be stopped already.
        let _ = self.controller(&["-m", "immediate", "stop"]).status();
    }
}

fn run(command: &mut Command) {
    let done = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(done.success(), "{command:?}");
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&Path::new("/proc/self").metadata().expect("/proc")) == 0
}

/// The newest folder with the programs of the server.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("tests/all installs PostgreSQL");
    let mut folders: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    folders.sort();
    folders.pop().expect("tests/all installs PostgreSQL")
}
