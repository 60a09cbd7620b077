//! What we are built of: every dependency has a licence that ours goes with.

use std::process::Command;

use serde_json::Value;

use super::page::root;

/// The licences that `deny.toml` allows, too.
const ALLOWED: [&str; 9] = [
    "0BSD",
    "Apache-2.0",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

/// Whether an SPDX expression leaves a choice that is allowed.
fn allowed(expression: &str) -> bool {
    // Older crates write a slash for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (fine, rest) = either(&words);
    fine && rest.is_empty()
}

fn either<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut fine, mut rest) = both(words);
    while let ["OR", more @ ..] = rest {
        let (next, left) = both(more);
        (fine, rest) = (fine | next, left);
    }
    (fine, rest)
}

fn both<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut fine, mut rest) = one(words);
    while let ["AND", more @ ..] = rest {
        let (next, left) = one(more);
        (fine, rest) = (fine & next, left);
    }
    (fine, rest)
}

fn one<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inner @ ..] => match either(inner) {
            (fine, [")", rest @ ..]) => (fine, rest),
            (_, rest) => (false, rest),
        },
        [name, "WITH", exception, rest @ ..] => {
            let whole = format!("{name} WITH {exception}");
            // An exception only adds to what is allowed.
            (ALLOWED.contains(&whole.as_str()) || ALLOWED.contains(name), rest)
        }
        [name, rest @ ..] => (ALLOWED.contains(name), rest),
        // Something is missing, and what is left over says so.
        [] => (false, &["?"]),
    }
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    for good in
        ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR X) AND ISC", "MIT AND (X OR Zlib)"]
    {
        assert!(allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND X", "MIT OR", "MIT ISC"] {
        assert!(!allowed(bad), "{bad}");
    }
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    // What was built is on this machine: nothing is fetched.
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--offline",
            "--filter-platform",
            &host,
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 200, "only {} packages", packages.len());
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        let (name, version) = (&package["name"], &package["version"]);
        assert!(allowed(licence), "{name} {version}: {licence:?}");
        let source = package["source"].as_str();
        let known =
            source.is_none_or(|it| it == "registry+https://github.com/rust-lang/crates.io-index");
        assert!(known, "{name}: {source:?} is not the registry");
    }
}

#[test]
fn the_file_for_cargo_deny_allows_the_same_licences() {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let list = text.split("allow = [").nth(1).and_then(|it| it.split(']').next()).expect("a list");
    let named: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    assert_eq!(named, ALLOWED);
}
