//! Whether unknown and known usernames take the same time.
//!
//! `cargo bench --bench enumeration` starts a server on a new SQLite database (or on the empty one
//! whose URL is in `FIRSTKEY_BENCH_DATABASE`) and lets strangers type names over HTTP: one that
//! nobody has, and others of people with a pass, with none, and with a pass that has expired, one
//! after the other and each round in another order, so that whatever else the machine does falls on
//! all alike. It prints the medians, their ratio to the unknown name's, and the two-sided p-value of
//! the Mann-Whitney test: how likely as large a difference is where there is none. A small p in one
//! run is chance; the same sign and a small p run after run is a leak.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use firstkey::config::{Config, Flags};
use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::pass::PassRequest;
use firstkey::server::Server;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use firstkey::service::{Services, Setup};
use firstkey::store::Store;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How often each kind of name is typed.
const ROUNDS: usize = 400;
/// Wrong tries that one person's pass gets: it is void after a hundred.
const TRIES: usize = 50;
/// Rounds that are not counted.
const WARM_UP: usize = 20;

/// Kinds of names.
const KINDS: [&str; 4] = ["nobody", "pass", "no-pass", "disabled"];

/// The time that one visit took: typing the name, and a wrong pass.
struct Visit {
    name: Duration,
    pass: Duration,
}

/// One stranger: a browser and an address of their own.
struct Stranger<'a> {
    http: reqwest::Client,
    issuer: &'a str,
    address: String,
}

impl<'a> Stranger<'a> {
    fn new(issuer: &'a str, number: usize) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().cookie_store(true).build()?;
        let [.., a, b, c] = number.to_be_bytes();
        Ok(Self { http, issuer, address: format!("10.{a}.{b}.{c}") })
    }

    async fn page(&self, request: reqwest::RequestBuilder) -> anyhow::Result<(String, String)> {
        let answer = request.header("x-forwarded-for", &self.address).send().await?;
        let path = answer.url().path().to_owned();
        Ok((path, answer.error_for_status()?.text().await?))
    }

    async fn visit(&self, username: &str) -> anyhow::Result<Visit> {
        let at = |path: &str| format!("{}{path}", self.issuer);
        let (journey, page) = self.page(self.http.get(at("/security-info"))).await?;
        let csrf = csrf(&page)?.to_owned();
        let form = [("csrf", csrf.as_str()), ("username", username)];
        let request = self.http.post(at(&format!("{journey}/identify"))).form(&form);
        let begun = Instant::now();
        let (_, page) = self.page(request).await?;
        let name = begun.elapsed();
        ensure!(page.contains("name=\"pass\""), "a pass is asked for");
        let form = [("csrf", csrf.as_str()), ("pass", "ABCD-2345")];
        let request = self.http.post(at(&format!("{journey}/pass"))).form(&form);
        let begun = Instant::now();
        let (_, page) = self.page(request).await?;
        let pass = begun.elapsed();
        ensure!(page.contains("That did not work."), "it is refused");
        Ok(Visit { name, pass })
    }
}

fn csrf(page: &str) -> anyhow::Result<&str> {
    let (_, rest) = page.split_once("<meta name=\"csrf\" content=\"").context("a page of ours")?;
    Ok(rest.split_once('"').context("a page of ours")?.0)
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The two-sided p-value of the Mann-Whitney U test, by its normal approximation.
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|it| (*it, true)).chain(other.iter().map(|it| (*it, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Clocks count nanoseconds: ties do not matter.
    let ranks: f64 =
        (1_u32..).zip(&all).filter(|(_, it)| it.1).map(|(rank, _)| f64::from(rank)).sum();
    let (n, m) = (count(one), count(other));
    let u = ranks - n * (n + 1.0) / 2.0;
    let z = (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

fn count(list: &[f64]) -> f64 {
    list.iter().map(|_| 1.0).sum()
}

/// The complementary error function (Abramowitz and Stegun, 7.1.26), for x of at least 0.
fn erfc(x: f64) -> f64 {
    let t = 1.0 / 0.327_591_1_f64.mul_add(x, 1.0);
    let parts = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let sum = parts.into_iter().fold(0.0, |sum: f64, part| sum.mul_add(t, part));
    sum * t * (-x * x).exp()
}

fn report(what: &str, times: &[Vec<f64>; KINDS.len()]) {
    println!("\n{what}");
    println!("{:<12}{:>14}{:>10}{:>10}", "name", "median, ms", "ratio", "p");
    let nobody = median(&times[0]);
    for (kind, times_of) in KINDS.iter().zip(times) {
        let (median, p) = (median(times_of), mann_whitney(&times[0], times_of));
        println!("{kind:<12}{median:>14.3}{:>10.4}{p:>10.3}", median / nobody);
    }
}

async fn fill(services: &Services, each: usize) -> anyhow::Result<()> {
    for number in 0..each {
        for kind in &KINDS[1..] {
            let username = format!("{kind}-{number}");
            let new = NewUser { username: username.clone(), ..NewUser::default() };
            services.add_user(&Caller::OPERATOR, new).await?;
            if *kind != "no-pass" {
                let pass = PassRequest::default();
                services.issue_pass(&Caller::OPERATOR, &username, pass).await?;
            }
            if *kind == "disabled" {
                let disable = |user: &mut firstkey::domain::user::User| {
                    user.enabled = false;
                    Ok(())
                };
                services.edit_user(&Caller::OPERATOR, &username, None, disable).await?;
            }
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let database = std::env::var("FIRSTKEY_BENCH_DATABASE")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("firstkey.db").display()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://localhost:{}", listener.local_addr()?.port());
    let mut config = Config::load(&Flags {
        issuer: Some(issuer.clone()),
        database: Some(database.clone()),
        secret_file: Some(folder.path().join("secret")),
        ..Flags::default()
    })?;
    // Every stranger names an address of its own, as a trusted proxy would.
    config.trusted_proxies = vec!["127.0.0.1/32".parse()?];
    config.limit_global = 0;
    config.limit_per_address = 0;
    let services = Services::start(Setup {
        store: Store::open(&database).await?,
        clock: Arc::new(firstkey::domain::time::SystemClock),
        random: Arc::new(SystemRandom),
        master: MasterSecret::load_or_create(&config.secret_file, &SystemRandom)?,
        issuer: config.issuer.clone(),
        brand: config.brand.clone(),
        sends_mail: false,
        outbound_networks: Vec::new(),
        push_networks: Vec::new(),
    })
    .await?;
    fill(&services, (WARM_UP + ROUNDS).div_ceil(TRIES)).await?;
    let server = Server::on(listener, config, services.clone())?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));

    let (mut names, mut passes) = ([const { Vec::new() }; 4], [const { Vec::new() }; 4]);
    let mut number = 0;
    for round in 0..WARM_UP + ROUNDS {
        for place in 0..KINDS.len() {
            let kind = (place + round) % KINDS.len();
            number += 1;
            let username = format!("{}-{}", KINDS[kind], round / TRIES);
            let visit = Stranger::new(&issuer, number)?.visit(&username).await?;
            if round >= WARM_UP {
                names[kind].push(visit.name.as_secs_f64() * 1000.0);
                passes[kind].push(visit.pass.as_secs_f64() * 1000.0);
            }
        }
    }
    println!("{ROUNDS} visits for each kind of name, one after the other");
    report("Typing the name", &names);
    report("Typing a wrong pass", &passes);
    let _ = stop.send(());
    server.await??;
    Ok(())
}
