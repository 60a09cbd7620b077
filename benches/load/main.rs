//! What Firstkey holds, side by side with the least that the same libraries can do and with npm's
//! `oidc-provider`, in one run on one machine.
//!
//! `benches/load/run` installs what is needed, starts a PostgreSQL and runs this; docs/performance.md
//! has the table that `--write` puts there, and says how to read it. The servers take turns in
//! rounds, so that whatever else the machine does falls on all alike, and what counts is the median.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod floor;
mod generator;
mod lanes;
mod postgres;
mod process;
mod report;
mod scale;
mod servers;
mod support;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::task::LocalSet;

use mimalloc::MiMalloc;

use crate::lanes::{Work, lanes};
use crate::report::{Report, Round};
use crate::servers::Server;

/// The floor has the same as the server.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What was asked for on the command line.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Options {
    works: Vec<Work>,
    servers: Vec<String>,
    journeys: bool,
    scale: bool,
    load: bool,
    write: bool,
    rounds: usize,
    seconds: f64,
    connections: usize,
    /// How many grants and people the small and the large database have.
    sizes: (u32, u32),
}

const USAGE: &str = "\
benches/load/run [--write] [--rounds N] [--seconds S] [--connections N]
    [--works discovery,jwks,…] [--servers floor,oidc-provider,sqlite,postgres]
    [--no-journeys] [--no-load] [--no-scale] [--sizes SMALL,LARGE]";

impl Options {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self {
            works: Work::ALL.to_vec(),
            servers: ["floor", "oidc-provider", "sqlite", "postgres"].map(str::to_owned).to_vec(),
            journeys: true,
            scale: true,
            load: true,
            write: false,
            rounds: 5,
            seconds: 3.0,
            connections: 32,
            sizes: (1_000, 1_000_000),
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().context(USAGE);
            match argument.as_str() {
                "--bench" => {}
                "--write" => options.write = true,
                "--no-journeys" => options.journeys = false,
                "--no-load" => options.load = false,
                "--no-scale" => options.scale = false,
                "--rounds" => options.rounds = value()?.parse()?,
                "--seconds" => options.seconds = value()?.parse()?,
                "--connections" => options.connections = value()?.parse()?,
                "--servers" => options.servers = list(value()?),
                "--works" => {
                    let names = list(value()?);
                    options.works.retain(|work| names.iter().any(|name| name == work.name()));
                }
                "--sizes" => {
                    let (small, large) = value()?.split_once(',').context(USAGE)?;
                    options.sizes = (small.parse()?, large.parse()?);
                }
                _ => bail!(USAGE),
            }
        }
        Ok(options)
    }

    fn has(&self, server: &str) -> bool {
        self.servers.iter().any(|name| name == server)
    }

    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

/// Passes that are redeemed in a round, and how many at once.
const JOURNEYS: usize = 60;
const AT_ONCE: usize = 8;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, port, document] = arguments.as_slice()
        && role == "--be-floor"
    {
        return floor::serve(port.parse()?, std::fs::read(document)?);
    }
    let options = Options::read(&arguments)?;
    // One thread: the machine is the servers'.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(options))
}

async fn run(options: Options) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut report = Report::new(&options);
    if options.load {
        let mut servers = start(&options, folder.path()).await?;
        for work in &options.works {
            for round in 0..=options.rounds {
                for server in &mut servers {
                    // The first round warms up.
                    let time = if round == 0 { options.time() / 3 } else { options.time() };
                    let done = one_round(server, *work, time, options.connections).await;
                    let done = done.with_context(|| format!("{} {}", work.name(), server.name))?;
                    if round > 0 {
                        report.add(work.name(), server.name, done);
                    }
                }
            }
            report.print(work.name());
        }
        if options.journeys {
            for _ in 0..options.rounds {
                for server in servers.iter_mut().filter(|server| !server.newcomers.is_empty()) {
                    let done = journeys(server).await?;
                    report.add("journey", server.name, done);
                }
            }
            report.print("journey");
        }
        for server in &servers {
            report.memory(server.name, server.process.memory().1);
        }
        drop(servers);
        postgres::drop_all().await?;
    }
    if options.scale {
        scale::measure(&options, folder.path(), &mut report).await?;
        postgres::drop_all().await?;
    }
    report.finish(options.write)
}

async fn start(options: &Options, folder: &std::path::Path) -> anyhow::Result<Vec<Server>> {
    let mut all = Vec::new();
    let newcomers =
        options.connections + if options.journeys { JOURNEYS * options.rounds } else { 0 };
    let empty = |_| async { Ok(()) };
    // Another build, to see what a change has brought.
    let before = std::env::var("FIRSTKEY_BENCH_BEFORE").ok();
    let now = env!("CARGO_BIN_EXE_firstkey");
    for (engine, name, program) in [
        ("sqlite", "sqlite before", before.as_deref()),
        ("sqlite", "sqlite", Some(now)),
        ("postgres", "postgres before", before.as_deref()),
        ("postgres", "postgres", Some(now)),
    ] {
        let Some(program) = program.filter(|_| options.has(engine)) else { continue };
        let home = folder.join(name.replace(' ', "-"));
        std::fs::create_dir_all(&home)?;
        let (database, postmaster) = if engine == "sqlite" {
            (format!("sqlite:{}", home.join("firstkey.db").display()), None)
        } else {
            let (url, postmaster) = postgres::new_database(&name.replace(' ', "_")).await?;
            (url, Some(postmaster))
        };
        let prepared = servers::prepare(&home, &database, newcomers, empty).await?;
        let mut server = prepared.start(name, program, options.connections).await?;
        server.process.database = postmaster;
        all.push(server);
    }
    if options.has("oidc-provider") {
        all.insert(0, servers::oidc_provider()?);
    }
    if options.has("floor") {
        let document = match all.last() {
            Some(server) => {
                let path = format!("{}{}", server.issuer, server.place.discovery);
                reqwest::get(path).await?.bytes().await?.to_vec()
            }
            None => br#"{"issuer":"http://localhost"}"#.to_vec(),
        };
        all.insert(0, servers::floor(folder, &document)?);
    }
    Ok(all)
}

/// Loads one server with one kind of work for a while.
pub async fn one_round(
    server: &mut Server,
    work: Work,
    time: Duration,
    connections: usize,
) -> anyhow::Result<Round> {
    // What the floor is to work with tokens is the route that signs one.
    let asked = match (server.name, work) {
        ("floor", work) if !work.is_static() => Work::ClientCredentials,
        (_, work) => work,
    };
    if server.name == "oidc-provider" && !work.is_static() {
        servers::sign_in_at_oidc_provider(server, connections).await?;
    }
    if server.name != "floor" && matches!(work, Work::Introspection | Work::Userinfo) {
        fresh_tokens(server).await?;
    }
    let lanes = lanes(asked, &server.place, &server.people, connections);
    let (cpu, own) = (server.process.cpu(), process::cpu(std::process::id()));
    let load = generator::load(server.process.address, lanes, time).await?;
    Ok(Round::new(&load, server, cpu, own))
}

/// Access tokens live for ten minutes only: everybody gets a new one.
async fn fresh_tokens(server: &Server) -> anyhow::Result<()> {
    let http = reqwest::Client::new();
    for person in &server.people {
        let form = [
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", person.borrow().refresh.clone()),
        ];
        let answer: serde_json::Value = http
            .post(format!("{}{}", server.issuer, server.place.token))
            .basic_auth(lanes::CLIENT_ID, Some(&server.place.secret))
            .form(&form)
            .send()
            .await?
            .json()
            .await?;
        let text =
            |name: &str| answer[name].as_str().map(str::to_owned).context(answer.to_string());
        let mut person = person.borrow_mut();
        person.refresh = text("refresh_token")?;
        person.access = text("access_token")?;
    }
    Ok(())
}

/// Whole first days: a pass, a passkey in software, tokens. One each for so many newcomers.
async fn journeys(server: &mut Server) -> anyhow::Result<Round> {
    let count = JOURNEYS.min(server.newcomers.len());
    let newcomers: Vec<_> = server.newcomers.drain(..count).collect();
    let waiting = std::cell::RefCell::new(newcomers);
    let (cpu, own) = (server.process.cpu(), process::cpu(std::process::id()));
    let begun = Instant::now();
    let one_after_the_other = || async {
        let mut took = Vec::new();
        loop {
            let Some((username, pass)) = waiting.borrow_mut().pop() else { return Ok(took) };
            let begun = Instant::now();
            servers::day_one(server, &username, &pass).await?;
            took.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    };
    let all = (0..AT_ONCE).map(|_| one_after_the_other());
    let all: Vec<anyhow::Result<Vec<u32>>> =
        LocalSet::new().run_until(futures::future::join_all(all)).await;
    let elapsed = begun.elapsed();
    let mut load = generator::Load { elapsed, latencies: Vec::new() };
    for took in all {
        load.latencies.extend(took?);
    }
    load.latencies.sort_unstable();
    Ok(Round::new(&load, server, cpu, own))
}
