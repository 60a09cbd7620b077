//! Three instances on one PostgreSQL behind a round-robin balancer that knows no stickiness.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use firstkey::service::caller::Caller;
use futures::future::join_all;
use tokio::task::JoinSet;

use super::rounds;
use super::site::{PATIENCE, Site, Trouble, code, page, refresh_token};
use crate::cli::machine::{Running, free_port};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::balancer::Balancer;
use crate::support::cluster::Cluster;
use crate::support::database::{Given as _, TestDatabase};
use crate::support::visitor::{Request, Visitor};

/// A place with three instances.
struct Three {
    site: Arc<Site>,
    ports: Vec<u16>,
    instances: Vec<Running>,
    balancer: Balancer,
    cluster: Cluster,
}

impl Three {
    async fn start() -> Self {
        let cluster = Cluster::start().await;
        let site = Arc::new(Site::given(TestDatabase::postgres(cluster.url())).await);
        let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
        let mut instances = Vec::new();
        for port in &ports {
            instances.push(site.serve_at(*port, &[]).await);
        }
        let at = format!("127.0.0.1:{}", site.port).parse().expect("an address");
        let balancer = Balancer::start(at, &ports).await;
        Self { site, ports, instances, balancer, cluster }
    }
}

/// What has been done so far.
#[derive(Default)]
struct Done {
    days: AtomicUsize,
    sign_ins: AtomicUsize,
    refreshes: AtomicUsize,
    rotations: AtomicUsize,
    days_cut: AtomicUsize,
    refreshes_cut: AtomicUsize,
}

impl Done {
    fn counts(&self) -> [usize; 3] {
        [&self.days, &self.sign_ins, &self.refreshes].map(|count| count.load(Ordering::Relaxed))
    }

    /// Waits until so many more days, sign-ins and refreshes were done.
    async fn goes_on(&self, what: &str, more: usize) {
        let (before, give_up) = (self.counts(), Instant::now() + PATIENCE);
        loop {
            let now = self.counts();
            if now.iter().zip(before).all(|(now, before)| *now >= before + more) {
                return;
            }
            assert!(Instant::now() < give_up, "{what}: {before:?} became {now:?} and no more");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Somebody who was cut off on their first day.
struct CutOff {
    username: String,
    pass: String,
    trouble: Trouble,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_set_ups_and_refreshes_go_on_while_an_instance_dies_and_postgresql_restarts() {
    let mut three = Three::start().await;
    let site = Arc::clone(&three.site);
    let (done, ended) = (Arc::new(Done::default()), Arc::new(AtomicBool::new(false)));
    let mut families = Vec::new();
    let mut ada = None;
    for number in 0..4 {
        let (visitor, tokens) = site.at_home(&format!("family{number}")).await;
        families.push(refresh_token(&tokens));
        ada.get_or_insert(visitor);
    }
    let mut refreshing = JoinSet::new();
    for token in families {
        refreshing.spawn(keep_refreshing(site.clone(), token, done.clone(), ended.clone()));
    }
    let mut days = JoinSet::new();
    for number in 0..2 {
        days.spawn(first_days(site.clone(), number, done.clone(), ended.clone()));
    }
    let signing_in =
        tokio::spawn(sign_ins(site.clone(), ada.expect("somebody"), done.clone(), ended.clone()));
    let rotating = tokio::spawn(rotate(site.clone(), done.clone(), ended.clone()));

    done.goes_on("all is well", 3).await;
    for round in 0..rounds(1) {
        let dead = usize::try_from(round % 3).unwrap();
        let process = three.instances.remove(dead);
        assert_eq!(process.signal("KILL").code, None);
        done.goes_on("one of three is dead", 3).await;
        three.cluster.restart(if round % 2 == 0 { "fast" } else { "immediate" }).await;
        done.goes_on("PostgreSQL was restarted", 3).await;
        three.instances.insert(dead, site.serve_at(three.ports[dead], &[]).await);
        done.goes_on("three again", 3).await;
    }
    ended.store(true, Ordering::Relaxed);

    let mut cut = Vec::new();
    while let Some(of) = days.join_next().await {
        cut.extend(of.expect("first days"));
    }
    let tokens: Vec<String> = refreshing.join_all().await;
    signing_in.await.expect("sign-ins");
    rotating.await.expect("rotations");

    // Each family lives, and none has two living tokens.
    for token in &tokens {
        site.refresh(token).await.expect("a family lives");
    }
    let forked = "SELECT COUNT(*) FROM (SELECT grant_id FROM refresh_tokens WHERE used_at IS NULL
        GROUP BY grant_id HAVING COUNT(*) > 1) AS forked";
    assert_eq!(site.count(forked, None).await, 0, "families with two living tokens");
    // Nobody is half set up: whoever was cut off has one key or none, and gets on from there.
    let doubled = "SELECT COUNT(*) FROM (SELECT user_id FROM credentials GROUP BY user_id
        HAVING COUNT(*) > 1) AS doubled";
    assert_eq!(site.count(doubled, None).await, 0, "people with a key twice");
    for CutOff { username, pass, trouble } in &cut {
        assert!(matches!(trouble, Trouble::Broken(_)) || is_fair(trouble), "{trouble:?}");
        let (mut visitor, request) = (site.visitor(), Request::of(&site.client));
        page(visitor.open(&request.path()).await).expect("a page");
        let shown = page(visitor.sign_in(username, pass).await).expect("a page");
        assert!(shown.alert().is_none(), "{username}: {:?}", shown.alert());
    }
    let passed = three.balancer.passed();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for one in &passed {
        *statuses.entry(one.status).or_default() += 1;
    }
    let shares = three.balancer.shares();
    let all = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    println!(
        "{} kills and restarts: {} first days, {} sign-ins, {} refreshes, {} rotations; cut off: \
         {} first days, {} refreshes; answers {statuses:?}, shares {shares:?}",
        rounds(1),
        all(&done.days),
        all(&done.sign_ins),
        all(&done.refreshes),
        all(&done.rotations),
        all(&done.days_cut),
        all(&done.refreshes_cut),
    );
    assert!(all(&done.rotations) > 0, "keys were rotated meanwhile");
    assert_eq!(statuses.get(&500), None, "an internal error");
    for port in &three.ports {
        let share = shares.get(&format!("127.0.0.1:{port}")).copied().unwrap_or_default();
        assert!(share > passed.len() / 10, "no stickiness: {shares:?}");
    }
    site.machine.ok(&["audit", "verify", "--secret-file", site.machine.secret().to_str().unwrap()]);
}

/// What an instance, or the balancer where there was none, says when it cannot do it now.
fn is_fair(trouble: &Trouble) -> bool {
    trouble.is_later() || matches!(trouble, Trouble::Refused { status: 502 | 504, .. })
}

async fn keep_refreshing(
    site: Arc<Site>,
    mut token: String,
    done: Arc<Done>,
    ended: Arc<AtomicBool>,
) -> String {
    while !ended.load(Ordering::Relaxed) {
        let (fresh, troubles) = site.refresh_at_last(&token).await;
        for trouble in &troubles {
            assert!(matches!(trouble, Trouble::Broken(_)) || is_fair(trouble), "{trouble:?}");
        }
        done.refreshes_cut.fetch_add(troubles.len(), Ordering::Relaxed);
        done.refreshes.fetch_add(1, Ordering::Relaxed);
        token = fresh;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    token
}

async fn first_days(
    site: Arc<Site>,
    worker: usize,
    done: Arc<Done>,
    ended: Arc<AtomicBool>,
) -> Vec<CutOff> {
    let mut cut = Vec::new();
    // Their passes are there before anything breaks.
    let mut newcomers = Vec::new();
    for number in 0..(15 + 25 * rounds(1)) {
        let username = format!("new{worker}-{number}");
        newcomers.push((site.newcomer(&username, false).await, username));
    }
    for (pass, username) in newcomers {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        match site.first_day(&username, &pass, &mut SoftAuthenticator::new()).await {
            Ok(_) => {
                done.days.fetch_add(1, Ordering::Relaxed);
            }
            Err(trouble) => {
                done.days_cut.fetch_add(1, Ordering::Relaxed);
                cut.push(CutOff { username, pass, trouble });
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    cut
}

/// Somebody who is signed in and opens one application after the other.
async fn sign_ins(site: Arc<Site>, mut ada: Visitor, done: Arc<Done>, ended: Arc<AtomicBool>) {
    while !ended.load(Ordering::Relaxed) {
        let request = Request::of(&site.client);
        let landing = ada.try_open(&request.path()).await.map_err(Trouble::from);
        match landing.and_then(code) {
            Ok(code) => match site.redeem(&request, &code).await {
                Ok(_) => {
                    done.sign_ins.fetch_add(1, Ordering::Relaxed);
                }
                Err(trouble) => {
                    assert!(
                        matches!(trouble, Trouble::Broken(_)) || is_fair(&trouble),
                        "{trouble:?}"
                    );
                }
            },
            Err(trouble) => {
                assert!(matches!(trouble, Trouble::Broken(_)) || is_fair(&trouble), "{trouble:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Makes the next keys old enough, and rotates.
async fn rotate(site: Arc<Site>, done: Arc<Done>, ended: Arc<AtomicBool>) {
    const OLDER: &str = "UPDATE signing_keys SET created_at = created_at - 600000000";
    while !ended.load(Ordering::Relaxed) {
        let aged = site.services.store.write(|conn| {
            Box::pin(async move { Ok(sqlx::query(OLDER).execute(conn).await?.rows_affected()) })
        });
        // While PostgreSQL is away, there is nothing to rotate.
        if aged.await.is_ok() && site.services.rotate_keys(&Caller::OPERATOR).await.is_ok() {
            done.rotations.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_parallel_redeems_over_three_instances_one_wins() {
    let three = Three::start().await;
    let site = &three.site;

    // A pass that works once.
    let pass = site.newcomer("grace", true).await;
    let request = Request::of(&site.client);
    let mut visitors: Vec<Visitor> = (0..200).map(|_| site.visitor()).collect();
    for visitor in &mut visitors {
        visitor.authorize(&request).await.page();
        visitor.identify("grace").await.page();
    }
    let tries = visitors.iter_mut().map(|visitor| {
        let pass = pass.clone();
        async move { visitor.submit("pass", &[("pass", &pass)]).await.page() }
    });
    let pages = join_all(tries).await;
    let won = pages.iter().filter(|page| page.heading().starts_with("Welcome, ")).count();
    // Instances that have more to hash than they can say so, and have taken nothing then.
    let lost = pages.iter().filter(|page| page.alert().is_some() || page.status == 503).count();
    assert_eq!((won, lost), (1, 199), "passes");

    // A code.
    let (mut ada, tokens) = site.at_home("ada").await;
    let request = Request::of(&site.client);
    let code = ada.authorize(&request).await.code();
    let answers = join_all((0..200).map(|_| site.redeem(&request, &code))).await;
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    let lost = answers.iter();
    let lost = lost.filter(|answer| matches!(answer, Err(Trouble::Refused { status: 400, .. })));
    assert_eq!((won, lost.count()), (1, 199), "codes");

    // A refresh token: an answer that was lost may be asked for again, and so each may get one; but
    // of all successors one lives, and the family forks for nobody.
    let token = refresh_token(&tokens);
    let answers = join_all((0..200).map(|_| site.refresh(&token))).await;
    let unfair = answers
        .iter()
        .filter(|answer| !matches!(answer, Ok(_) | Err(Trouble::Refused { status: 400, .. })));
    assert_eq!(unfair.count(), 0, "refreshes");
    let living = "SELECT COUNT(*) FROM refresh_tokens WHERE used_at IS NULL AND parent = $1";
    let hash = firstkey::crypto::token::hash(&token);
    assert_eq!(site.count(living, Some(&hash)).await, 1, "living successors");

    let shares = three.balancer.shares();
    let least = shares.values().min().copied().unwrap_or_default();
    assert!(shares.len() == 3 && least > 200, "spread over three: {shares:?}");
}
