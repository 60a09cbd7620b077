//! A server in Node that says on its standard output what happens to it, a line of JSON each, and
//! ends with its standard input.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// One that runs as long as this is held.
pub struct Node {
    process: Child,
    input: ChildStdin,
    lines: UnboundedReceiver<Value>,
}

impl Node {
    /// Starts `tests/clients/SCRIPT` with arguments.
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new("node")
            .arg(format!("tests/clients/{script}"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let said = serde_json::from_str(&line).expect("a line of JSON");
                if sender.send(said).is_err() {
                    return;
                }
            }
        });
        Self { process, input, lines }
    }

    /// Tells it something, in a line.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("it listens");
    }

    /// The next thing that happens to it, if it happens soon enough.
    pub async fn next_within(&mut self, patience: Duration) -> Option<Value> {
        let line = tokio::time::timeout(patience, self.lines.recv()).await.ok()?;
        Some(line.expect("it has ended (run tests/all for what node needs)"))
    }

    /// Whether nothing else has come.
    pub fn is_quiet(&mut self) -> bool {
        self.lines.try_recv().is_err()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
