//! SIGTERM under load: whoever is heard is answered, and the process ends soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::rounds;
use super::site::{Site, Trouble, refresh_token};
use crate::support::database::on_both_engines;

on_both_engines! {
    async fn told_to_stop_under_load_it_breaks_no_answer_and_ends_within_ten_seconds(site: Site) {
        let site = Arc::new(site);
        let mut slowest = Duration::ZERO;
        let (fresh, kept) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let later = Arc::new(AtomicUsize::new(0));
        for round in 0..rounds(3) {
            let process = site.serve().await;
            let mut work = JoinSet::new();
            let mut families = Vec::new();
            for number in 0..4 {
                families.push(site.at_home(&format!("family{round}-{number}")).await.1);
            }
            // A connection for each request, as balancers often have it.
            for _ in 0..6 {
                let (port, fresh) = (site.port, Arc::clone(&fresh));
                work.spawn(async move { while ask(port).await { fresh.fetch_add(1, Ordering::Relaxed); } });
            }
            // Connections that are kept, and requests that write.
            for tokens in families {
                let (site, kept, later) = (Arc::clone(&site), Arc::clone(&kept), Arc::clone(&later));
                work.spawn(async move {
                    let mut token = refresh_token(&tokens);
                    loop {
                        match site.refresh(&token).await {
                            Ok(tokens) => token = refresh_token(&tokens),
                            // A whole answer, of a database that two processes write to.
                            Err(trouble) if trouble.is_later() => {
                                later.fetch_add(1, Ordering::Relaxed);
                                continue;
                            }
                            // Nobody listens there any more.
                            Err(Trouble::Broken(how)) if how.contains("ConnectionRefused") => return,
                            Err(trouble) => panic!("a broken answer: {trouble:?}"),
                        }
                        kept.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            let begun = Instant::now();
            let outcome = tokio::task::spawn_blocking(|| process.stop()).await.unwrap();
            slowest = slowest.max(begun.elapsed());
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            while let Some(done) = work.join_next().await {
                done.expect("no broken answer");
            }
        }
        assert!(slowest < Duration::from_secs(10), "{slowest:?}");
        println!(
            "{} ends: {fresh:?} requests on new connections, {kept:?} refreshes on kept ones ({later:?} put off), the \
             slowest end took {slowest:?}",
            rounds(3)
        );
    }
}

/// One request on a connection of its own; false where nobody listens. A connection that was made and
/// not answered on is what must not be.
async fn ask(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { return false };
    let request =
        "GET /.well-known/openid-configuration HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut answer = Vec::new();
    let heard = async {
        stream.write_all(request.as_bytes()).await?;
        stream.read_to_end(&mut answer).await
    };
    let heard = heard.await;
    let whole = answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"}");
    assert!(heard.is_ok() && whole, "a broken answer: {heard:?}, {} bytes", answer.len());
    true
}
