//! High load for long: memory and file handles stay flat.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::number;
use super::site::{Site, code, refresh_token};
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

/// What the process holds: resident memory in KiB, file handles, threads.
fn held(process: u32) -> [u64; 3] {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let of = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.split_whitespace().next().expect("a number").parse().expect("a number")
    };
    let handles = std::fs::read_dir(format!("/proc/{process}/fd")).expect("it runs").count();
    [of("VmRSS:"), u64::try_from(handles).unwrap_or(u64::MAX), of("Threads:")]
}

on_both_engines! {
    async fn under_load_memory_and_file_handles_stay_flat(site: Site) {
        let site = Arc::new(site);
        let process = site.serve().await;
        let soak = Duration::from_secs(number("FIRSTKEY_SOAK").unwrap_or(6).into());
        let (done, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut work = JoinSet::new();
        for number in 0..8 {
            let (mut visitor, tokens) = site.at_home(&format!("family{number}")).await;
            let mut token = refresh_token(&tokens);
            let (site, done, ended) = (Arc::clone(&site), done.clone(), ended.clone());
            work.spawn(async move {
                while !ended.load(Ordering::Relaxed) {
                    for _ in 0..10 {
                        token = refresh_token(&site.refresh(&token).await.expect("a refresh"));
                    }
                    let request = Request::of(&site.client);
                    let code = code(visitor.open(&request.path()).await).expect("a code");
                    site.redeem(&request, &code).await.expect("tokens");
                    site.visitor().open("/").await.page();
                    done.fetch_add(13, Ordering::Relaxed);
                }
            });
        }
        // Caches fill first; then three thirds, of which the last holds no more than the first.
        tokio::time::sleep(soak / 4).await;
        let mut most = [[0; 3]; 3];
        for third in &mut most {
            let until = Instant::now() + soak / 4;
            while Instant::now() < until {
                let now = held(process.id());
                for (most, now) in third.iter_mut().zip(now) {
                    *most = now.max(*most);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        ended.store(true, Ordering::Relaxed);
        work.join_all().await;
        println!("{soak:?}: {done:?} requests; KiB, handles, threads by third: {most:?}");
        let [first, _, last] = most;
        assert!(last[0] < first[0] + first[0] / 4 + 8 * 1024, "memory grows: {most:?}");
        assert!(last[1] <= first[1] + 12, "file handles grow: {most:?}");
        assert!(last[2] <= first[2] + 4, "threads grow: {most:?}");
        assert_eq!(process.stop().code, Some(0));
    }
}
