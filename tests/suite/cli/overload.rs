//! A server that is attacked while people sign in: passes guessed from many addresses, connections
//! that say nothing, and bodies that are far too large. `docs/attacks.md` has the figures of longer
//! runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use firstkey::domain::pass::PassRequest;
use futures::future::join_all;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::machine::Machine;
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, Visitor};

/// More than wait for a processor at a time.
const GUESSERS: usize = 320;
/// Connections that never say all they have to.
const SLOW: usize = 200;
/// How many send too much at a time.
const LARGE: usize = 4;
/// How often somebody signs in with a key, at least.
const SIGN_INS: usize = 10;

/// What attackers were answered, by what they did.
type Answers = Arc<Mutex<BTreeMap<(&'static str, u16), usize>>>;

fn count(answers: &Answers, what: &'static str, status: u16) {
    *answers.lock().unwrap().entry((what, status)).or_default() += 1;
}

/// Guesses the passes of people who are known and of people who are not, each try from elsewhere.
async fn guess(mut visitor: Visitor, number: usize, stop: Arc<AtomicBool>, answers: Answers) {
    let page = visitor.page.clone();
    while !stop.load(Ordering::Relaxed) {
        visitor.page.clone_from(&page);
        visitor.moves();
        let pass = format!("ABCD-{:04}", number % 7777 + 2222).replace(['0', '1'], "9");
        let told = visitor.submit("pass", &[("pass", &pass)]).await.page();
        if told.status == 503 {
            assert!(told.headers.contains_key("retry-after"), "{}", told.body);
            // Whoever is told to come back later does.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        count(&answers, "guesses", told.status);
    }
}

async fn send_too_much(issuer: String, stop: Arc<AtomicBool>, answers: Answers) {
    let http = reqwest::Client::new();
    let body = vec![b'x'; 8 * 1024 * 1024];
    while !stop.load(Ordering::Relaxed) {
        let request = http.post(format!("{issuer}/token"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let status = request.body(body.clone()).send().await.map_or(0, |it| it.status().as_u16());
        count(&answers, "8 MiB", status);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Somebody signs in with a key; how long it took.
async fn by_key(app: &App, request: &Request, key: &mut SoftAuthenticator) -> Duration {
    let begun = Instant::now();
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    let code = visitor.use_passkey(key).await.code();
    let (status, tokens) = visitor.redeem(request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    begun.elapsed()
}

/// Somebody signs in with a pass, and comes back when they are told to; how often they were.
async fn by_pass(app: &App, request: &Request, username: &str, pass: &str) -> usize {
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    let asked = visitor.identify(username).await.page();
    for tries in 0..100 {
        visitor.page = Some(asked.clone());
        let page = visitor.submit("pass", &[("pass", pass)]).await.page();
        if page.heading().starts_with("Welcome, ") {
            return tries;
        }
        assert_eq!(page.status, 503, "{} {:?}", page.heading(), page.alert());
        let wait: u64 = page.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
    panic!("never let in")
}

fn memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// OWASP API4:2023: guessing from many addresses, slow clients and 8 MiB bodies, all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "more than a minute of both cores: `cargo test --test suite overload -- --ignored`"]
async fn people_sign_in_while_the_server_is_attacked() {
    let seconds = std::env::var("FIRSTKEY_ATTACK_SECONDS").ok().and_then(|it| it.parse().ok());
    let least = Duration::from_secs(seconds.unwrap_or(0));
    let machine = Machine::new().await;
    let served =
        machine.serve_with(&[("FIRSTKEY_TRUSTED_PROXIES", "127.0.0.1/32")], &["serve"]).await;
    let app = machine.app(&served.issuer).await;
    app.one_method_is_enough().await;
    let request = Request::of(&app.client("payroll").await);
    for name in ["ada", "grace", "bob"] {
        app.person(name).await;
    }
    let once = || PassRequest { one_time: Some(true), ..PassRequest::default() };
    let mut key = SoftAuthenticator::new();
    let pass = app.pass_with("ada", once()).await;
    app.visitor().day_one(&request, "ada", &pass, &mut key).await.code();
    let pass = app.pass("grace").await;
    app.pass("bob").await;
    let before = by_key(&app, &request, &mut key).await;

    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Answers::default());
    let ready = join_all((0..GUESSERS).map(|number| {
        let (mut visitor, request) = (app.visitor(), request.clone());
        async move {
            visitor.authorize(&request).await.page();
            let name = if number % 3 == 0 { "bob".into() } else { format!("nobody{number}") };
            visitor.identify(&name).await.page();
            visitor
        }
    }));
    let mut attack: Vec<_> = ready
        .await
        .into_iter()
        .enumerate()
        .map(|(number, visitor)| {
            tokio::spawn(guess(visitor, number, stop.clone(), answers.clone()))
        })
        .collect();
    for _ in 0..LARGE {
        let (issuer, stop, answers) = (app.issuer.clone(), stop.clone(), answers.clone());
        attack.push(tokio::spawn(send_too_much(issuer, stop, answers)));
    }
    let port: u16 = app.issuer.rsplit(':').next().unwrap().parse().unwrap();
    let mut slow = Vec::new();
    for _ in 0..SLOW {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 9").await.unwrap();
        slow.push(stream);
    }

    let begun = Instant::now();
    let keys = async {
        let mut took = Vec::new();
        while took.len() < SIGN_INS || begun.elapsed() < least {
            took.push(by_key(&app, &request, &mut key).await);
        }
        took
    };
    let passes = async {
        let mut sent_away = vec![by_pass(&app, &request, "grace", &pass).await];
        while begun.elapsed() < least {
            sent_away.push(by_pass(&app, &request, "grace", &pass).await);
        }
        sent_away
    };
    let (mut took, sent_away) = tokio::join!(keys, passes);
    let lasted = begun.elapsed();
    stop.store(true, Ordering::Relaxed);
    for task in attack {
        task.await.expect("an attacker was answered as they should");
    }
    drop(slow);

    took.sort();
    let memory = memory_kib(served.process.id());
    let answers = answers.lock().unwrap().clone();
    eprintln!(
        "{lasted:.1?} of attack: {} sign-ins by key, median {:.0?}, slowest {:.0?} ({before:.0?} before it); \
         {} by pass, sent away {:?} times before; attackers were answered {answers:?}; at most {} MiB",
        took.len(),
        took[took.len() / 2],
        took.last().unwrap(),
        sent_away.len(),
        sent_away,
        memory / 1024,
    );
    assert!(memory < 512 * 1024, "it grew to {} MiB", memory / 1024);
    let of = |what, status| answers.get(&(what, status)).copied().unwrap_or_default();
    assert!(of("guesses", 503) > 0, "the queue has an end: {answers:?}");
    assert!(of("guesses", 200) > 0, "whoever is in it is answered: {answers:?}");
    for (what, status) in answers.keys() {
        let fine: &[u16] = if *what == "guesses" { &[200, 429, 503] } else { &[0, 413] };
        assert!(fine.contains(status), "{what}: {status}");
    }
    assert_eq!(served.process.stop().code, Some(0));
}
