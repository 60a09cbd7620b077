//! Servers as processes of their own, and what they cost.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Ticks of `/proc` in a second, on every Linux.
const TICKS: f64 = 100.0;

/// A server that runs as long as this is held.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// The PostgreSQL server behind it.
    pub database: Option<u32>,
}

impl Process {
    /// Starts a server, and waits until it listens on `port`.
    pub fn start(mut command: Command, port: u16) -> anyhow::Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context(format!("starting {}", command.get_program().display()))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut process = Self { child, address, database: None };
        let give_up = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(address).is_err() {
            if let Some(status) = process.child.try_wait()? {
                bail!("{} ended: {status}", command.get_program().display());
            }
            if Instant::now() > give_up {
                bail!("{} does not listen", command.get_program().display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(process)
    }

    /// Seconds of CPU so far: its own, and of the PostgreSQL behind it.
    pub fn cpu(&self) -> f64 {
        cpu(self.child.id()) + self.database.map_or(0.0, of_children)
    }

    /// Its memory now and at most, in KiB.
    pub fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse().ok())
        };
        (field("VmRSS:").unwrap_or_default(), field("VmHWM:").unwrap_or_default())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The fields of `/proc/PID/stat` after the command's name: the first is the state.
fn stat(process: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Seconds of CPU that a process has used.
pub fn cpu(process: u32) -> f64 {
    let stat = stat(process);
    let field = |at: usize| stat.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (field(11) + field(12)) / TICKS
}

/// The process that started another.
pub fn parent(process: u32) -> Option<u32> {
    stat(process).get(1)?.parse().ok()
}

fn of_children(of: u32) -> f64 {
    let Ok(entries) = fs::read_dir("/proc") else { return 0.0 };
    let processes = entries.flatten().filter_map(|it| it.file_name().to_str()?.parse().ok());
    processes.filter(|it| *it == of || parent(*it) == Some(of)).map(cpu).sum()
}
