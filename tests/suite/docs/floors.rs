//! The floors of the house: everything imports downward only.

use std::collections::BTreeSet;
use std::fs;

use super::page::{files, root};

/// Each room, and the rooms that it may use. Those of the ground floor are `domain` and what stands
/// beside the floors; `untrusted` reads for fuzzing whatever strangers send, wherever that is read.
const ROOMS: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("config", &[]),
    ("version", &[]),
    ("metrics", &["version"]),
    ("telemetry", &[]),
    ("store", &["domain", "metrics"]),
    ("crypto", &["domain"]),
    ("service", &["store", "crypto", "domain", "metrics"]),
    ("http", &["service", "store", "crypto", "domain", "config", "telemetry"]),
    ("pages", &["http", "service", "domain"]),
    ("oidc", &["pages", "http", "service", "crypto", "domain"]),
    ("portal", &["pages", "http", "service", "domain"]),
    ("graph", &["http", "service", "domain"]),
    ("scim", &["http", "service", "domain"]),
    (
        "server",
        &[
            "oidc", "pages", "portal", "graph", "scim", "http", "service", "store", "domain",
            "config", "metrics",
        ],
    ),
    ("demo", &["pages", "http", "crypto", "domain"]),
    (
        "cli",
        &[
            "demo",
            "server",
            "pages",
            "service",
            "store",
            "crypto",
            "domain",
            "config",
            "telemetry",
            "version",
        ],
    ),
    ("untrusted", &["graph", "scim", "oidc", "http", "service", "crypto", "domain"]),
];

/// The code of a file without comments and without its tests, which may build what they need.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms that a file speaks of: `crate::room`, and `crate::{room, room::x}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        let name = |text: &str| -> String {
            text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        match rest.strip_prefix('{') {
            None => found.extend([name(rest)]),
            Some(list) => {
                let (mut depth, mut item) = (0, String::new());
                for c in list.chars() {
                    match c {
                        '}' if depth == 0 => break,
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => found.extend([name(&std::mem::take(&mut item))]),
                        c => item.push(c),
                    }
                }
                found.extend([name(&item)]);
            }
        }
    }
    found.remove("");
    found
}

fn room_of(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn everything_imports_downward_only() {
    let mut looked_at = 0;
    for file in files("src", ".rs") {
        let room = room_of(&file);
        if room == "main" || room == "lib" {
            continue;
        }
        let is_test = file.contains("/tests/") || file.ends_with("tests.rs");
        let known = ROOMS.iter().find(|(name, _)| *name == room);
        let (_, may) = known.unwrap_or_else(|| panic!("{file}: a room on no floor"));
        let text = fs::read_to_string(root().join(&file)).unwrap();
        for other in used(&code(&text)) {
            looked_at += 1;
            let fine = is_test || other == room || may.contains(&other.as_str());
            assert!(fine, "{file}: {room} must not use {other}");
        }
    }
    assert!(looked_at > 300, "only {looked_at} imports were found");
}

#[test]
fn no_room_is_above_one_that_it_is_below() {
    // The table itself goes downward: each room uses only rooms that stand before it.
    for (at, (room, may)) in ROOMS.iter().enumerate() {
        for other in *may {
            let floor = ROOMS.iter().position(|(name, _)| name == other);
            assert!(floor.is_some_and(|floor| floor < at), "{room} uses {other}");
        }
    }
}

#[test]
fn sql_is_in_the_store_alone_and_html_on_no_floor_below_the_pages() {
    for file in files("src", ".rs") {
        let room = room_of(&file);
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let code = code(&text);
        let sql = code.contains("sqlx::query");
        assert!(!sql || room == "store", "{file} asks the database itself");
        let html = code.contains("derive(Template)") || code.contains("askama::Template");
        let may = ["pages", "portal", "oidc", "demo", "http", "cli"].contains(&room);
        assert!(!html || may, "{file} renders a page");
    }
}
