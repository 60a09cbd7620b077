//! PostgreSQL is restarted, cut off or silent under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinSet;

use super::site::{PATIENCE, Site, Trouble, refresh_token};
use crate::support::cluster::Cluster;
use crate::support::cuttable::{Cuttable, Way};
use crate::support::database::{Engine, Given as _, TestDatabase, fresh};
use crate::support::visitor::Request;

/// What a load of refreshes and page views met.
#[derive(Default)]
struct Met {
    good: AtomicUsize,
    later: AtomicUsize,
    odd: std::sync::Mutex<Vec<String>>,
}

struct Load {
    met: Arc<Met>,
    ended: Arc<AtomicBool>,
    work: JoinSet<()>,
}

impl Load {
    /// Refreshes and sign-ins without a pause. What fails must say when to come back, and works
    /// then.
    async fn on(site: &Arc<Site>) -> Self {
        let (met, ended) = (Arc::new(Met::default()), Arc::new(AtomicBool::new(false)));
        let mut work = JoinSet::new();
        for number in 0..4 {
            let (mut visitor, tokens) = site.at_home(&format!("family{number}")).await;
            let mut token = refresh_token(&tokens);
            let (site, met, ended) = (Arc::clone(site), met.clone(), ended.clone());
            work.spawn(async move {
                while !ended.load(Ordering::Relaxed) {
                    let refreshed = site.refresh(&token).await;
                    if let Ok(tokens) = &refreshed {
                        token = refresh_token(tokens);
                    }
                    met.note(refreshed.err());
                    let request = Request::of(&site.client);
                    let landing = visitor.try_open(&request.path()).await.map_err(Trouble::from);
                    met.note(landing.and_then(super::site::code).err());
                }
            });
        }
        Self { met, ended, work }
    }

    async fn end(self) -> Arc<Met> {
        self.ended.store(true, Ordering::Relaxed);
        self.work.join_all().await;
        self.met
    }
}

impl Met {
    fn note(&self, trouble: Option<Trouble>) {
        match trouble {
            None => self.good.fetch_add(1, Ordering::Relaxed),
            Some(trouble) if trouble.is_later() => self.later.fetch_add(1, Ordering::Relaxed),
            Some(trouble) => {
                let mut odd = self.odd.lock().unwrap();
                odd.push(format!("{trouble:?}"));
                odd.len()
            }
        };
    }

    /// Waits for more of `count`.
    async fn more(&self, what: &str, count: &AtomicUsize) {
        let (before, give_up) = (count.load(Ordering::Relaxed), Instant::now() + PATIENCE);
        while count.load(Ordering::Relaxed) < before + 20 {
            assert!(Instant::now() < give_up, "{what}: no more; odd: {:?}", self.odd.lock());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn fair(&self) {
        let odd = self.odd.lock().unwrap();
        assert!(odd.is_empty(), "{} odd answers: {:?}", odd.len(), odd.first());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_restarted_under_load_costs_503_with_retry_after_and_nothing_else() {
    let cluster = Cluster::start().await;
    let site = Arc::new(Site::given(TestDatabase::postgres(cluster.url())).await);
    let process = site.serve().await;
    let load = Load::on(&site).await;
    let met = load.met.clone();
    for mode in ["fast", "immediate"] {
        met.more("before", &met.good).await;
        cluster.restart(mode).await;
        let begun = Instant::now();
        met.more(mode, &met.good).await;
        println!("{mode}: well again {:?} after PostgreSQL", begun.elapsed());
    }
    cluster.stop("fast").await;
    met.more("while it is away", &met.later).await;
    cluster.go_on().await;
    met.more("after it was away", &met.good).await;
    let met = load.end().await;
    println!("{:?} good, {:?} later", met.good, met.later);
    met.fair();
    let outcome = process.stop();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    // Sessions that cannot be loaded are errors to the library that keeps them.
    let errors = outcome.stderr.lines().filter(|line| line.contains("\"ERROR\""));
    let ours: Vec<&str> = errors.filter(|line| !line.contains("tower_sessions")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_to_postgresql_that_is_cut_costs_503_with_retry_after_and_nothing_else() {
    let mut database = fresh(Engine::Postgres).await;
    let (way, url) = Cuttable::to_database(&database.url).await;
    database.url = url;
    let site = Arc::new(Site::given(database).await);
    let process = site.serve().await;
    let load = Load::on(&site).await;
    let met = load.met.clone();
    for _ in 0..3 {
        met.more("before", &met.good).await;
        way.set(Way::Cut);
        met.more("while it is cut", &met.later).await;
        way.set(Way::Open);
        met.more("after", &met.good).await;
    }
    load.end().await.fair();
    assert_eq!(process.stop().code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_that_a_newer_version_adds_meanwhile_cost_503_with_retry_after_and_nothing_else() {
    let database = fresh(Engine::Postgres).await;
    let mut newer = sqlx::PgConnection::connect(&database.url).await.unwrap();
    let site = Arc::new(Site::given(database).await);
    let process = site.serve().await;
    let load = Load::on(&site).await;
    let met = load.met.clone();
    for round in 0..3 {
        met.more("before", &met.good).await;
        for table in ["users", "sessions", "grants", "refresh_tokens", "clients", "policies"] {
            let sql = format!("ALTER TABLE {table} ADD COLUMN newer_{round} TEXT");
            newer.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        }
        met.more("after", &met.good).await;
        // It is over then: at most one connection each knew what was in between, and had not told.
        let before = met.later.load(Ordering::Relaxed);
        met.more("well again", &met.good).await;
        let more = met.later.load(Ordering::Relaxed) - before;
        assert!(more <= 4, "{more} were told to come later, long after the columns were added");
    }
    let met = load.end().await;
    println!("{:?} good, {:?} later", met.good, met.later);
    met.fair();
    assert_eq!(process.stop().code, Some(0));
}

/// A machine that is gone answers nothing, and nothing says that its connections are over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_network_forgot_are_given_up_and_replaced() {
    let mut database = fresh(Engine::Postgres).await;
    let (way, url) = Cuttable::to_database(&database.url).await;
    database.url = url;
    let site = Arc::new(Site::given(database).await);
    let process = site.serve().await;
    let (_, tokens) = site.at_home("ada").await;
    let mut token = refresh_token(&tokens);
    // More requests at once than there are connections, none of which will be heard of again.
    let http = reqwest::Client::new();
    way.set(Way::Lost);
    let asked: Vec<_> = (0..40)
        .map(|_| {
            let request = http.get(format!("{}/authorize?client_id=payroll", site.issuer));
            tokio::spawn(tokio::time::timeout(Duration::from_secs(1), request.send()))
        })
        .collect();
    futures::future::join_all(asked).await;
    way.set(Way::Open);
    let begun = Instant::now();
    (token, _) = site.refresh_at_last(&token).await;
    println!("well again after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    for _ in 0..30 {
        token = refresh_token(&site.refresh(&token).await.expect("all is well"));
    }
    assert_eq!(process.stop().code, Some(0));
}

/// As after a failover, when the first has become a standby.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_only_reads_costs_503_until_it_writes_again() {
    let cluster = Cluster::start().await;
    let site = Arc::new(Site::given(TestDatabase::postgres(cluster.url())).await);
    let process = site.serve().await;
    let (_, tokens) = site.at_home("ada").await;
    let set = async |sql: &'static str| {
        use sqlx::Connection as _;
        let mut conn = sqlx::PgConnection::connect(&cluster.url()).await.unwrap();
        conn.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE").await.unwrap();
        conn.execute(sql).await.unwrap();
        // New connections only hear of it.
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
        .await
        .unwrap();
    };
    set("ALTER DATABASE postgres SET default_transaction_read_only = on").await;
    let token = refresh_token(&tokens);
    for _ in 0..5 {
        let trouble = site.refresh(&token).await.expect_err("nothing can be written");
        assert!(trouble.is_later(), "{trouble:?}");
    }
    let jwks = reqwest::get(format!("{}/jwks", site.issuer)).await.unwrap();
    assert_eq!(jwks.status(), 200, "what needs no writing goes on");
    set("ALTER DATABASE postgres RESET default_transaction_read_only").await;
    site.refresh_at_last(&token).await;
    let outcome = process.stop();
    assert!(outcome.stderr.contains("read-only transaction"), "it is said why: {outcome:?}");
}
