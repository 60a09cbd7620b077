//! `kill -9` at any instant under load. What a client was told that it holds, holds; nothing that
//! works once works twice; the database is whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use firstkey::crypto::random::SystemRandom;
use firstkey::domain::random::Random as _;
use firstkey::store::Engine;
use serde_json::Value;
use sqlx::Row as _;
use tokio::task::JoinSet;

use super::rounds;
use super::site::{Site, Trouble, code, page, refresh_token};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor};

/// Families of refresh tokens that are used all the time.
const REFRESHING: usize = 5;
/// One-time passes in each round.
const PASSES: usize = 3;
/// A used refresh token may be asked for again for ten seconds.
const GRACE: Duration = Duration::from_secs(9);

/// What clients were told before the process died.
#[derive(Default)]
struct Ledger {
    /// The newest refresh token of a family, and whether it was sent without an answer.
    families: Vec<(String, bool)>,
    /// Those that were used, with an answer.
    used: Vec<String>,
    /// One-time passes: of whom, which, and whether they heard that it was taken.
    passes: Vec<(String, String, bool)>,
    /// Codes that were redeemed, and what came for them.
    codes: Vec<(Request, String, Value)>,
    /// Codes that were sent without an answer.
    unsure: Vec<(Request, String)>,
}

/// What one round's worker came home with.
enum Told {
    Family { token: String, unsure: bool, used: Vec<String> },
    Pass { username: String, pass: String, taken: bool },
    Codes { done: Vec<(Request, String, Value)>, unsure: Option<(Request, String)> },
}

on_both_engines! {
    async fn killed_at_any_instant_it_loses_nothing_and_does_nothing_twice(site: Site) {
        let site = Arc::new(site);
        let mut process = site.serve().await;
        let mut ada = site.at_home("ada").await.0;
        let mut ledger = Ledger::default();
        for number in 0..REFRESHING {
            let (_, tokens) = site.at_home(&format!("family{number}")).await;
            ledger.families.push((refresh_token(&tokens), false));
        }
        let (mut refreshes, mut codes, mut passes, mut unsure) = (0, 0, 0, 0);
        for round in 0..rounds(3) {
            let mut newcomers = Vec::new();
            for number in 0..PASSES {
                let username = format!("once{round}-{number}");
                let pass = site.newcomer(&username, true).await;
                newcomers.push((username, pass));
            }
            let ended = Arc::new(AtomicBool::new(false));
            let mut work = JoinSet::new();
            for (token, _) in std::mem::take(&mut ledger.families) {
                work.spawn(keep_refreshing(Arc::clone(&site), token, Arc::clone(&ended)));
            }
            for (username, pass) in newcomers {
                work.spawn(use_pass(Arc::clone(&site), username, pass));
            }
            work.spawn(redeem_codes(Arc::clone(&site), ada.clone(), Arc::clone(&ended)));

            let mut random = [0_u8; 2];
            SystemRandom.fill(&mut random);
            let instant = u64::from(u16::from_be_bytes(random)) % 700;
            tokio::time::sleep(Duration::from_millis(instant)).await;
            let killed = Instant::now();
            let outcome = process.signal("KILL");
            assert_eq!(outcome.code, None, "killed: {outcome:?}");
            ended.store(true, Ordering::Relaxed);
            ledger.used.clear();
            ledger.passes.clear();
            ledger.codes.clear();
            ledger.unsure.clear();
            while let Some(told) = work.join_next().await {
                match told.expect("a worker") {
                    Told::Family { token, unsure, used } => {
                        ledger.families.push((token, unsure));
                        ledger.used.extend(used);
                    }
                    Told::Pass { username, pass, taken } => {
                        ledger.passes.push((username, pass, taken));
                    }
                    Told::Codes { done, unsure } => {
                        ledger.codes.extend(done);
                        ledger.unsure.extend(unsure);
                    }
                }
            }
            process = site.serve().await;
            refreshes += ledger.used.len();
            codes += ledger.codes.len();
            passes += ledger.passes.iter().filter(|pass| pass.2).count();
            unsure += ledger.families.iter().filter(|family| family.1).count();
            hold_against(&site, &mut ledger, killed, round).await;
            let page = ada.open("/security-info").await.page();
            assert_eq!(page.status, 200, "the browser session is as it was: {}", page.heading());
        }
        assert!(refreshes > 0 && unsure > 0, "it was killed under load");
        println!(
            "{} kills: {refreshes} refreshes, {codes} codes and {passes} passes acknowledged, \
             {unsure} refreshes cut off",
            rounds(3)
        );
        assert_eq!(process.stop().code, Some(0));
        whole(&site).await;
    }
}

/// Holds what the server says now against what it said before.
async fn hold_against(site: &Site, ledger: &mut Ledger, killed: Instant, round: u32) {
    for (number, (token, unsure)) in ledger.families.iter_mut().enumerate() {
        match site.refresh(token).await {
            Ok(tokens) => *token = refresh_token(&tokens),
            Err(trouble) => {
                let late = *unsure && killed.elapsed() > GRACE;
                assert!(late, "an acknowledged refresh token is lost: {trouble:?}");
                let (_, tokens) = site.at_home(&format!("again{round}-{number}")).await;
                *token = refresh_token(&tokens);
            }
        }
        *unsure = false;
    }
    for (request, code, tokens) in &ledger.codes {
        let access = tokens["access_token"].as_str().expect("an access token");
        let (status, _) = site.visitor().userinfo(access).await;
        assert_eq!(status, 200, "what was given for a code holds");
        let again = site.redeem(request, code).await;
        assert!(matches!(again, Err(Trouble::Refused { status: 400, .. })), "{again:?}");
    }
    for (request, code) in &ledger.unsure {
        let first = site.redeem(request, code).await.is_ok();
        let second = site.redeem(request, code).await.is_ok();
        assert!(!second, "a code was redeemed twice, {first}");
    }
    for (username, pass, taken) in &ledger.passes {
        let mut times = usize::from(*taken);
        for _ in 0..2 {
            let mut visitor = site.visitor();
            visitor.open("/").await.page();
            let page = visitor.sign_in(username, pass).await.page();
            times += usize::from(page.alert().is_none());
        }
        assert!(times <= 1, "the pass of {username} was taken {times} times");
    }
}

async fn keep_refreshing(site: Arc<Site>, mut token: String, ended: Arc<AtomicBool>) -> Told {
    let mut used = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        match site.refresh(&token).await {
            Ok(tokens) => used.push(std::mem::replace(&mut token, refresh_token(&tokens))),
            Err(Trouble::Broken(_)) => return Told::Family { token, unsure: true, used },
            Err(trouble) => panic!("refused under load: {trouble:?}"),
        }
    }
    Told::Family { token, unsure: false, used }
}

async fn use_pass(site: Arc<Site>, username: String, pass: String) -> Told {
    let (mut visitor, request) = (site.visitor(), Request::of(&site.client));
    let taken = site.arrive(&mut visitor, &request, &username, &pass).await.is_ok();
    if taken {
        // However far it comes.
        let _ = site.set_up(&mut visitor, &request, &mut SoftAuthenticator::new()).await;
    }
    Told::Pass { username, pass, taken }
}

async fn redeem_codes(site: Arc<Site>, mut ada: Visitor, ended: Arc<AtomicBool>) -> Told {
    let mut done = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let request = Request::of(&site.client);
        let landing = ada.try_open(&request.path()).await.map_err(Trouble::from);
        let Ok(code) = landing.and_then(code) else { break };
        match site.redeem(&request, &code).await {
            Ok(tokens) => done.push((request, code, tokens)),
            Err(Trouble::Broken(_)) => {
                return Told::Codes { done, unsure: Some((request, code)) };
            }
            Err(trouble) => panic!("refused under load: {trouble:?}"),
        }
    }
    Told::Codes { done, unsure: None }
}

/// The database is whole, and so is the chain of the audit log.
async fn whole(site: &Site) {
    if site.services.store.engine() == Engine::Sqlite {
        let mut reader = site.services.store.reader().await.unwrap();
        for pragma in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
            let rows = sqlx::query(pragma).fetch_all(&mut *reader).await.unwrap();
            let said: Vec<String> =
                rows.iter().map(|row| row.try_get(0).unwrap_or_default()).collect();
            assert!(said.is_empty() || said == ["ok"], "{pragma}: {said:?}");
        }
    }
    site.machine.ok(&["audit", "verify", "--secret-file", site.machine.secret().to_str().unwrap()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_starts_on_an_empty_database_it_starts_the_next_time() {
    use crate::support::database::{Given as _, fresh};
    let machine = crate::cli::machine::Machine::given(fresh(Engine::Sqlite).await).await;
    let begun = Instant::now();
    assert_eq!(machine.serve().await.process.stop().code, Some(0));
    let start = begun.elapsed();
    for round in 0..rounds(4) {
        let machine = crate::cli::machine::Machine::given(fresh(Engine::Sqlite).await).await;
        let process = machine.start(&["serve", "--listen", "127.0.0.1:0"]);
        tokio::time::sleep(start * (round % 8) / 16).await;
        process.signal("KILL");
        let served = machine.serve().await;
        let mut visitor = Visitor::new(&served.issuer);
        page(visitor.open("/").await).expect("a page");
    }
}
