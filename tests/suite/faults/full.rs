//! A disk without space, and one that only reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use firstkey::store::Engine;

use super::site::{Site, refresh_token};
use crate::support::database::{Given as _, TestDatabase, fresh};

/// A small file system of the test's own, where the system lets us mount one.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    /// One of so many bytes; none where we may not mount anything.
    fn mount(bytes: u32) -> Option<Self> {
        let folder = tempfile::TempDir::new().expect("a folder");
        let options = format!("size={bytes},mode=0755");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "firstkey-test"])
            .arg(folder.path())
            .output();
        let done = mounted.is_ok_and(|done| done.status.success());
        if !done {
            eprintln!("skipped: only root may mount a small file system");
        }
        done.then_some(Self { folder })
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(self.folder.path())
            .output()
            .expect("mount runs");
        assert!(done.status.success(), "{done:?}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Takes all the space that is left.
    fn fill(&self) -> PathBuf {
        use std::io::Write as _;
        let path = self.path("filler");
        let mut file = std::fs::File::create(&path).expect("a file");
        for size in [65536, 4096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}

/// A place whose database is on it. The master secret is beside the database.
async fn on(small: &Small) -> Site {
    let mut database: TestDatabase = fresh(Engine::Sqlite).await;
    database.url = format!("sqlite:{}", small.path("firstkey.db").display());
    Site::given(database).await
}

async fn integrity(path: &Path) -> String {
    use sqlx::{Connection as _, Row as _};
    let url = format!("sqlite:{}", path.display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let row = sqlx::query("PRAGMA integrity_check").fetch_one(&mut conn).await.unwrap();
    row.get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_503_until_there_is_space_and_breaks_nothing() {
    let Some(small) = Small::mount(24 * 1024 * 1024) else { return };
    let site = on(&small).await;
    let process = site.serve().await;
    let (_, tokens) = site.at_home("ada").await;
    let mut token = refresh_token(&tokens);
    for _ in 0..2 {
        let filler = small.fill();
        // The write-ahead log has room for some.
        let mut told = None;
        for _ in 0..5000 {
            match site.refresh(&token).await {
                Ok(tokens) => token = refresh_token(&tokens),
                Err(trouble) => {
                    told = Some(trouble);
                    break;
                }
            }
        }
        let trouble = told.expect("the disk is full");
        assert!(trouble.is_later(), "{trouble:?}");
        assert!(!format!("{trouble:?}").contains("disk"), "what is wrong here is for the log");
        let alive = reqwest::get(format!("{}/jwks", site.issuer)).await.unwrap();
        assert_eq!(alive.status(), 200, "what needs no writing goes on");
        std::fs::remove_file(filler).unwrap();
        (token, _) = site.refresh_at_last(&token).await;
    }
    assert_eq!(integrity(&small.path("firstkey.db")).await, "ok");
    let outcome = process.stop();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains("full"), "the log says why: {}", outcome.stderr);
    let again = site.serve().await;
    site.refresh(&token).await.expect("all is there");
    assert_eq!(again.stop().code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_on_a_full_disk_it_starts_once_there_is_space() {
    let Some(small) = Small::mount(24 * 1024 * 1024) else { return };
    let site = on(&small).await;
    let process = site.serve().await;
    let (_, tokens) = site.at_home("ada").await;
    let mut token = refresh_token(&tokens);
    let filler = small.fill();
    for _ in 0..5000 {
        let Ok(tokens) = site.refresh(&token).await else { break };
        token = refresh_token(&tokens);
    }
    process.signal("KILL");
    std::fs::remove_file(filler).unwrap();
    let process = site.serve().await;
    site.refresh(&token).await.expect("what was acknowledged is there");
    assert_eq!(integrity(&small.path("firstkey.db")).await, "ok");
    assert_eq!(process.stop().code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cannot_be_written_is_named_at_the_start() {
    let Some(small) = Small::mount(24 * 1024 * 1024) else { return };
    let site = on(&small).await;
    let process = site.serve().await;
    let (_, tokens) = site.at_home("ada").await;
    assert_eq!(process.stop().code, Some(0));
    site.services.store.close().await;
    small.remount("ro");
    let outcome = site.start_at(site.port, &[]).wait();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let said = outcome.stderr.lines().last().unwrap_or_default();
    assert!(said.starts_with("firstkey: sqlite:") && said.contains("firstkey.db: "), "{said}");
    small.remount("rw");
    let process = site.serve().await;
    site.refresh(&refresh_token(&tokens)).await.expect("nothing is lost");
    assert_eq!(process.stop().code, Some(0));
}

/// Without a mount: writes beyond a size fail, as they do where a quota ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_costs_503_and_breaks_nothing() {
    let database = fresh(Engine::Sqlite).await;
    let site = Site::given(database).await;
    let process = site.serve().await;
    let (_, tokens) = site.at_home("ada").await;
    let mut token = refresh_token(&tokens);
    let limit = |how: &str| {
        let limit = format!("--fsize={how}:unlimited");
        let id = process.id().to_string();
        let done = Command::new("prlimit").args(["--pid", &id, &limit]).output().expect("prlimit");
        assert!(done.status.success(), "{done:?}");
    };
    limit("4096");
    let trouble = site.refresh(&token).await.expect_err("no file may grow");
    assert!(trouble.is_later(), "{trouble:?}");
    limit("unlimited");
    (token, _) = site.refresh_at_last(&token).await;
    for _ in 0..20 {
        token = refresh_token(&site.refresh(&token).await.expect("all is well"));
    }
    let outcome = process.stop();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let path = site.machine.database().strip_prefix("sqlite:").unwrap();
    assert_eq!(integrity(Path::new(path)).await, "ok");
}
