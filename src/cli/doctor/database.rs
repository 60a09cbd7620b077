//! The database, as it says itself.

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::Report;
use super::setting::exposed;
use crate::config::Config;
use crate::domain::time::Timestamp;
use crate::store::backup::file_of;
use crate::store::inspect::{Content, Facts, Schema};
use crate::store::{Engine, Error};

/// How far clocks may be apart without a word, and how far at all.
const APART: Duration = Duration::from_secs(2);
const TOO_FAR: Duration = Duration::from_secs(60);
/// How long something may wait while a server is running.
const LATE: Duration = Duration::from_secs(10 * 60);
/// Connections that one instance opens.
const CONNECTIONS: u32 = 20;

pub(super) fn look(
    config: &Config,
    shown: &str,
    facts: &Result<Facts, Error>,
    now: Timestamp,
    report: &mut Report,
) {
    let file = file_of(&config.database).ok();
    if let Some(file) = file.as_deref().filter(|file| !file.exists()) {
        return missing(file, report);
    }
    let facts = match facts {
        Ok(facts) => facts,
        Err(error) => {
            let advice = match file {
                Some(_) => {
                    "check the path, who may read and write it, and whether it is a database"
                }
                None => "check the address, the password, and whether the database is running",
            };
            return report.fail("database", format!("{shown}: {error}"), advice);
        }
    };
    report.ok("database", format!("{shown}, {}", facts.version));
    if let Some(file) = &file {
        permissions(file, report);
    }
    schema(&facts.schema, report);
    match facts.engine {
        Engine::Sqlite => sqlite(facts, report),
        Engine::Postgres => postgres(&config.database, facts, report),
    }
    clock(facts, now, report);
    if let Some(content) = &facts.content {
        waiting(content, report);
    }
}

fn missing(file: &Path, report: &mut Report) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    if folder.is_dir() {
        report.ok(
            "database",
            format!("{} is not there yet: the first start makes it", file.display()),
        );
    } else {
        let found = format!("there is no folder {}", folder.display());
        report.fail("database", found, "make it, for the user that the server runs as");
    }
}

fn permissions(file: &Path, report: &mut Report) {
    let shown = file.display();
    let writable = std::fs::OpenOptions::new().append(true).open(file).is_ok();
    if !writable {
        let advice = "run this as the user that the server runs as, or give it to that user";
        report.fail("database file", format!("{shown} cannot be written"), advice);
    } else if exposed(file) {
        let found = format!("{shown} can be read by others");
        report.warn("database file", found, format!("run: chmod 600 {shown}"));
    } else {
        report.ok("database file", "only its owner can read it");
    }
}

fn schema(schema: &Schema, report: &mut Report) {
    if let Some(broken) = schema.broken {
        let found = format!("migration {broken} was begun and did not finish");
        report.fail(
            "schema",
            found,
            "restore a backup, and report this with the log of that start",
        );
    } else if !schema.exists {
        report.ok("schema", "empty: the first start fills it");
    } else if let Some(lacks) = schema.lacks {
        let found = format!("migration {lacks} is missing");
        report.warn("schema", found, "back up, then start the server, which brings it up to date");
    } else if let Some(newer) = schema.newer {
        let found = format!("a newer version has been here, up to migration {newer}");
        report.warn("schema", found, "it works; upgrade this one, too");
    } else {
        report.ok("schema", "up to date");
    }
}

fn setting<'a>(facts: &'a Facts, name: &str) -> Option<&'a str> {
    let found = facts.settings.iter().find(|(known, _)| *known == name);
    found.and_then(|(_, value)| value.as_deref())
}

fn sqlite(facts: &Facts, report: &mut Report) {
    match setting(facts, "journal_mode") {
        Some("wal") => report.ok("durability", "write-ahead log; each commit is synced"),
        _ if !facts.schema.exists => {}
        mode => report.warn(
            "durability",
            format!("the journal is {}, not wal", mode.unwrap_or("unknown")),
            "the server turns the write-ahead log on; if it stays so, the file system cannot \
             share memory (a network drive): use a local disk",
        ),
    }
}

fn postgres(url: &str, facts: &Facts, report: &mut Report) {
    let off = |name| setting(facts, name) == Some("off");
    if off("fsync") || off("synchronous_commit") {
        let name = if off("fsync") { "fsync" } else { "synchronous_commit" };
        report.fail(
            "durability",
            format!("{name} is off: after a crash a one-time pass could be used again"),
            format!("set {name} = on"),
        );
    } else if off("full_page_writes") {
        let found = "full_page_writes is off: a crash can leave torn pages";
        report.warn(
            "durability",
            found,
            "set full_page_writes = on, unless the disk prevents that",
        );
    } else {
        report.ok("durability", "each commit is synced");
    }
    if setting(facts, "standby") == Some("true")
        || setting(facts, "default_transaction_read_only") == Some("on")
    {
        let found = "it takes no changes: a standby, or read-only";
        report.fail("primary", found, "name the primary in database");
    }
    match setting(facts, "server_encoding") {
        Some("UTF8") | None => {}
        Some(other) => {
            let advice = "make the database anew with ENCODING 'UTF8'";
            report.fail("encoding", format!("{other}: not every name can be stored"), advice);
        }
    }
    if let Some(isolation) = setting(facts, "default_transaction_isolation") {
        let found = format!("{isolation}; what collides is tried again");
        report.ok("isolation", found);
    }
    if let Some(most) = setting(facts, "max_connections").and_then(|most| most.parse::<u32>().ok())
        && most <= CONNECTIONS
    {
        report.warn(
            "connections",
            format!("max_connections is {most}, and one instance opens up to {CONNECTIONS}"),
            "raise max_connections to 25 for each instance",
        );
    }
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.filter(|host| !host.is_empty() && !is_local(host));
    if let Some(host) = host
        && setting(facts, "tls") == Some("false")
    {
        let found = format!("the connection to {host} is not encrypted");
        report.warn("database TLS", found, "add ?sslmode=verify-full to the database URL");
    }
}

fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Ours against the database's, and against what was written last.
fn clock(facts: &Facts, now: Timestamp, report: &mut Report) {
    let apart = facts.clock.map(|theirs| now.since(theirs).max(theirs.since(now)));
    let latest = facts.content.as_ref().and_then(|content| content.latest);
    let ahead = latest.map(|latest| latest.since(now)).unwrap_or_default();
    let advice = "keep the clocks of all machines by NTP";
    if let Some(apart) = apart.filter(|apart| *apart > APART) {
        let found = format!("{} s apart from the database's", apart.as_secs());
        if apart > TOO_FAR {
            report.fail("clock", found, advice);
        } else {
            report.warn("clock", found, advice);
        }
    } else if ahead > APART {
        let found = format!("the audit log has a line {} s in the future", ahead.as_secs());
        if ahead > TOO_FAR {
            report.fail("clock", found, advice);
        } else {
            report.warn("clock", found, advice);
        }
    } else {
        report.ok("clock", now);
    }
}

/// What a running server works off within seconds.
fn waiting(content: &Content, report: &mut Report) {
    let stored = content.stored;
    let mut late = Vec::new();
    for (what, depth) in [
        ("lines of the audit log", stored.unsealed),
        ("sign-outs", stored.logouts),
        ("mails", stored.mail),
    ] {
        if depth.oldest > LATE {
            let minutes = depth.oldest.as_secs() / 60;
            late.push(format!("{} {what} for up to {minutes} min", depth.count));
        }
    }
    if late.is_empty() {
        report.ok("queues", "nothing waits for long");
    } else {
        let advice = "is the server running? its log says what cannot be sent";
        report.warn("queues", format!("waiting: {}", late.join(", ")), advice);
    }
}
