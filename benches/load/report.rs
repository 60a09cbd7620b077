//! Results: as a table to read, and as JSON for whoever compares runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::generator::Load;
use crate::servers::Server;
use crate::{Options, process};

/// What one server did in one round.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// Units of work in a second.
    pub rate: f64,
    /// Microseconds.
    pub p50: u32,
    pub p99: u32,
    pub count: usize,
    /// Seconds of CPU: the server's (with its PostgreSQL), and the load generator's.
    pub cpu: f64,
    pub own: f64,
    /// KiB.
    pub memory: u64,
}

impl Round {
    /// What came of a load on a server; `cpu` and `own` are what both had used before it.
    pub fn new(load: &Load, server: &Server, cpu: f64, own: f64) -> Self {
        Self {
            rate: load.rate(),
            p50: load.latency(500),
            p99: load.latency(990),
            count: load.latencies.len(),
            cpu: server.process.cpu() - cpu,
            own: process::cpu(std::process::id()) - own,
            memory: server.process.memory().0,
        }
    }
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: BTreeMap<&'static str, String>,
    rounds: usize,
    seconds: f64,
    connections: usize,
    /// Work, then server, then round.
    works: BTreeMap<String, BTreeMap<String, Vec<Round>>>,
    /// The most memory that each server had, in KiB.
    memory: BTreeMap<String, u64>,
    #[serde(skip)]
    order: Vec<String>,
}

const SERVERS: [&str; 10] = [
    "floor",
    "oidc-provider",
    "sqlite before",
    "sqlite",
    "postgres before",
    "postgres",
    "sqlite small",
    "sqlite large",
    "postgres small",
    "postgres large",
];

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn first_line(path: &str, name: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_start_matches([':', ' ', '\t']).to_owned()
}

fn said(program: &str, argument: &str) -> String {
    let output = std::process::Command::new(program).arg(argument).output();
    output
        .map_or_else(|_| "none".into(), |it| String::from_utf8_lossy(&it.stdout).trim().to_owned())
}

impl Report {
    pub fn new(options: &Options) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        Self {
            machine: BTreeMap::from([
                ("processor", first_line("/proc/cpuinfo", "model name")),
                ("cores", cores.to_string()),
                ("memory", first_line("/proc/meminfo", "MemTotal")),
                ("kernel", first_line("/proc/sys/kernel/osrelease", "")),
                ("node", said("node", "--version")),
            ]),
            rounds: options.rounds,
            seconds: options.seconds,
            connections: options.connections,
            works: BTreeMap::new(),
            memory: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    pub fn add(&mut self, work: &str, server: &str, round: Round) {
        if !self.order.iter().any(|known| known == work) {
            self.order.push(work.to_owned());
        }
        let of_work = self.works.entry(work.to_owned()).or_default();
        of_work.entry(server.to_owned()).or_default().push(round);
    }

    pub fn memory(&mut self, server: &str, most: u64) {
        let known = self.memory.entry(server.to_owned()).or_default();
        *known = most.max(*known);
    }

    fn rounds(&self, work: &str, server: &str) -> &[Round] {
        self.works.get(work).and_then(|it| it.get(server)).map_or(&[], Vec::as_slice)
    }

    /// How much faster than another, in the median of the rounds that they did next to each other.
    fn ratio(&self, work: &str, server: &str, other: &str) -> Option<f64> {
        let (ours, theirs) = (self.rounds(work, server), self.rounds(work, other));
        if server == other || ours.is_empty() || theirs.is_empty() {
            return None;
        }
        Some(median(ours.iter().zip(theirs).map(|(ours, theirs)| ours.rate / theirs.rate)))
    }

    fn line(&self, work: &str, server: &str) -> Option<String> {
        let rounds = self.rounds(work, server);
        if rounds.is_empty() {
            return None;
        }
        let of = |what: fn(&Round) -> f64| median(rounds.iter().map(what));
        let ratio = |other: &str| self.ratio(work, server, other);
        let shown = |ratio: Option<f64>| ratio.map_or_else(String::new, |it| format!("{it:.2}"));
        let base = match server.rsplit_once(' ') {
            Some((engine, "large")) => shown(ratio(&format!("{engine} small"))),
            None if !self.rounds(work, &format!("{server} before")).is_empty() => format!(
                "{} (was {})",
                shown(ratio("floor")),
                shown(self.ratio(work, &format!("{server} before"), "floor")),
            ),
            _ => shown(ratio("floor")),
        };
        let (p50, p99) = (of(|it| it.p50.into()), of(|it| it.p99.into()));
        Some(format!(
            "| {work} | {server} | {:.0} | {base} | {} | {:.2} | {:.2} | {:.1} | {:.0} | {:.0} |",
            of(|it| it.rate),
            shown(ratio("oidc-provider")),
            p50 / 1000.0,
            p99 / 1000.0,
            p99 / p50,
            of(|it| it.cpu * 1e6 / f64::from(u32::try_from(it.count).unwrap_or(u32::MAX))),
            of(|it| f64::from(u32::try_from(it.memory).unwrap_or(u32::MAX)) / 1024.0),
        ))
    }

    /// Prints the lines of one kind of work.
    pub fn print(&self, work: &str) {
        for server in SERVERS {
            if let Some(line) = self.line(work, server) {
                println!("{line}");
            }
        }
    }

    fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "On {} with {} cores and {} of memory; Node {}. {} connections, the median of {} rounds \
             of {} s each.\n",
            self.machine["processor"],
            self.machine["cores"],
            self.machine["memory"],
            self.machine["node"],
            self.connections,
            self.rounds,
            self.seconds,
        );
        for (title, scale) in [("of the floor", false), ("of small", true)] {
            let _ = writeln!(
                text,
                "| work | server | per second | {title} | × oidc-provider | p50, ms | p99, ms | \
                 p99/p50 | CPU, µs | memory, MiB |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
            );
            for work in self.order.iter().filter(|work| work.contains(',') == scale) {
                for server in SERVERS {
                    if let Some(line) = self.line(work, server) {
                        let _ = writeln!(text, "{line}");
                    }
                }
            }
            text.push('\n');
        }
        let memory = self.memory.iter();
        let memory: Vec<String> =
            memory.map(|(server, kib)| format!("{server} {} MiB", kib / 1024)).collect();
        let _ = writeln!(text, "The most memory that each had: {}.", memory.join(", "));
        text
    }

    /// Writes everything down.
    pub fn finish(&self, write: bool) -> anyhow::Result<()> {
        let table = self.table();
        println!("\n{table}");
        let json = serde_json::to_string_pretty(self)? + "\n";
        if !write {
            return Ok(());
        }
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        std::fs::write(docs.join("performance.json"), json)?;
        let path = docs.join("performance.md");
        let page = std::fs::read_to_string(&path)?;
        let (begin, end) = ("<!-- load: begin -->\n", "<!-- load: end -->");
        let (before, rest) = page.split_once(begin).context("no mark to write after")?;
        let (_, after) = rest.split_once(end).context("no mark to write before")?;
        Ok(std::fs::write(path, format!("{before}{begin}\n{table}\n{end}{after}"))?)
    }
}
