//! What pages name is there: settings, commands and their flags, files, tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use clap::CommandFactory as _;
use firstkey::cli::Cli;

use super::page::{Page, files, pages, root};

/// Flags of other programs that pages speak of.
const OTHERS: [&str; 4] = ["--quick", "--sanitizer", "--ignored", "--release"];

/// The text of everything that reads a variable of ours.
fn readers() -> String {
    let mut all = String::new();
    for folder in ["src", "tests", "benches"] {
        for file in files(folder, "") {
            // Corpora and pictures are no text.
            all += &fs::read_to_string(root().join(file)).unwrap_or_default();
        }
    }
    all
}

fn variables(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("FIRSTKEY_") {
        let rest = &text[at..];
        let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c == '_')).unwrap_or(rest.len());
        found.insert(rest[..end].trim_end_matches('_'));
    }
    found.remove("FIRSTKEY");
    found
}

#[test]
fn every_variable_that_a_page_names_is_read_somewhere() {
    // Those of settings are made of their names; a test of `config` holds the table against them.
    let table = Page::read("docs/configuration.md");
    let settings: BTreeSet<String> =
        table.spans().into_iter().filter(|span| span.starts_with("FIRSTKEY_")).collect();
    assert!(settings.len() > 15);
    let readers = readers();
    for page in pages() {
        for name in variables(&page.text) {
            // `FIRSTKEY_LIMIT_…` stands for several.
            let read = settings.iter().any(|it| it.starts_with(name)) || readers.contains(name);
            assert!(read, "{}: nobody reads {name}", page.path);
        }
    }
}

/// The words of a command line up to where the shell takes over again, without quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(std::mem::take(&mut word)),
            ('|' | ';' | '#' | '>' | '<' | ')' | '&', None) => break,
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// What is wrong with a command line of ours, if anything is.
fn wrong(line: &str) -> Option<String> {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    let words = words(line);
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        let word = word.trim_matches(['[', ']', '…', ',', '.']);
        if let Some(flag) = word.strip_prefix("--") {
            let name = flag.split('=').next().unwrap_or_default();
            let Some(known) = command.get_arguments().find(|it| it.get_long() == Some(name)) else {
                return Some(format!("{} has no --{name}", command.get_name()));
            };
            if known.get_action().takes_values() && !flag.contains('=') {
                words.next();
            }
        } else if let Some(next) = command.find_subcommand(word) {
            command = next;
        } else if command.has_subcommands() && !word.is_empty() {
            return Some(format!("{} has no command {word}", command.get_name()));
        }
    }
    None
}

/// Whether a shell takes the word after this for a command.
fn is_command_next(line: &str) -> bool {
    let (before, path) = line.rsplit_once(' ').unwrap_or(("", line));
    if path.ends_with("$(") {
        return true;
    }
    let last = before.trim_end().rsplit(' ').next().unwrap_or_default();
    // In a container that is named as we are, too.
    let starts = ["", "|", "&&", ";", "$(", "sudo", "exec", "then", "do", "firstkey", "--"];
    (path.is_empty() || path.ends_with('/')) && (last.contains('=') || starts.contains(&last))
}

/// The command lines of ours in a page: those of blocks, and those in running text.
fn commands(page: &Page) -> Vec<String> {
    let mut found: Vec<String> = page.spans();
    found.retain(|span| span == "firstkey" || span.starts_with("firstkey "));
    for block in page.blocks() {
        if !["sh", "console", "bash"].contains(&block.language.as_str()) {
            continue;
        }
        for line in block.text.replace("\\\n", " ").lines() {
            let line = line.split(" # ").next().unwrap_or_default();
            for (at, _) in line.match_indices("firstkey ") {
                let contains = ["firstkey firstkey ", "firstkey -- "];
                let container = contains.iter().any(|it| line[at..].starts_with(it));
                // What a function of the shell is given is looked at where it is called.
                let given = line[at..].contains("\"$@\"");
                if !container && !given && is_command_next(&line[..at]) {
                    found.push(line[at..].to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn every_command_and_flag_that_a_page_names_is_there() {
    assert_eq!(wrong("firstkey user ad ada"), Some("user has no command ad".into()));
    assert_eq!(wrong("firstkey pass issue ada --twice"), Some("issue has no --twice".into()));
    let mut root = Cli::command();
    root.build();
    let mut flags = BTreeSet::new();
    let mut waiting = vec![&root];
    while let Some(command) = waiting.pop() {
        flags.extend(command.get_arguments().filter_map(|it| it.get_long()));
        waiting.extend(command.get_subcommands());
    }
    let (mut looked_at, mut missing) = (0, Vec::new());
    for page in pages() {
        for line in commands(&page) {
            looked_at += 1;
            missing.extend(wrong(&line).map(|why| format!("{}: {line}: {why}", page.path)));
        }
        // Pages about other programs name the flags of those.
        let ours = !page.path.starts_with("docs/integrations/");
        for span in page.spans().into_iter().filter(|_| ours) {
            let Some(flag) = span.strip_prefix("--") else { continue };
            let name = flag.split([' ', '=']).next().unwrap_or_default();
            if !flags.contains(name) && !OTHERS.contains(&&*format!("--{name}")) {
                missing.push(format!("{}: nothing has --{name}", page.path));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(looked_at > 100, "only {looked_at} commands were found");
}

#[test]
fn every_file_that_a_page_names_is_there() {
    const FOLDERS: [&str; 10] = [
        "src/",
        "tests/",
        "docs/",
        "migrations/",
        "locales/",
        "templates/",
        "fuzz/",
        "benches/",
        "static/",
        "deploy/",
    ];
    for page in pages() {
        for span in page.spans() {
            let path = span.split(' ').next().unwrap_or_default();
            let ours = FOLDERS.iter().any(|folder| path.starts_with(folder));
            if ours && !path.contains(['*', '…', '{', 'N']) {
                assert!(root().join(path).exists(), "{}: there is no {path}", page.path);
            }
        }
    }
}

/// Every function of the tests, by the module that the harness names, and whether it is left out of
/// ordinary runs.
fn functions() -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let suite = files("tests/suite", ".rs").into_iter().map(|file| (file, "tests/suite/"));
    let units = files("src", ".rs").into_iter().map(|file| (file, "src/"));
    for (file, base) in suite.chain(units) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let module = file.strip_prefix(base).unwrap().trim_end_matches(".rs");
        let module = module.trim_end_matches("/mod").replace('/', "::");
        let inner = if base == "src/" && text.contains("mod tests {") { "::tests" } else { "" };
        let mut ignored = false;
        for line in text.lines() {
            let line = line.trim_start();
            ignored |= line.starts_with("#[ignore");
            let line = line.strip_prefix("async ").unwrap_or(line);
            if let Some(name) = line.strip_prefix("fn ").and_then(|it| it.split(['(', '<']).next())
            {
                found.insert(format!("{module}{inner}::{name}"), ignored);
                ignored = false;
            }
        }
    }
    found
}

/// Whether a span is the name of a test, or of several: `http::passes::*`.
fn is_test(span: &str, page: &str) -> bool {
    const FOLDERS: [&str; 11] = [
        "browser",
        "cli",
        "conformance",
        "docs",
        "faults",
        "graph",
        "hostile",
        "http",
        "portal",
        "scim",
        "storage",
    ];
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:*".contains(c);
    let first = span.split("::").next().unwrap_or_default();
    let placed = span.contains("::") && (FOLDERS.contains(&first) || span.contains("::tests::"));
    // Pages of proofs name the others of a row by their last part.
    let alone = ["docs/attacks.md", "docs/security.md", "docs/scaling.md"].contains(&page)
        && span.matches('_').count() >= 4
        && !span.starts_with("firstkey_");
    span.chars().all(plain) && (placed || alone)
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let functions = functions();
    let mut looked_at = 0;
    for page in pages() {
        for span in page.spans().iter().filter(|span| is_test(span, &page.path)) {
            looked_at += 1;
            let there = match span.strip_suffix("::*") {
                Some(module) => functions.keys().any(|it| it.starts_with(&format!("{module}::"))),
                None => functions.keys().any(|it| {
                    it == span
                        || it.starts_with(&format!("{span}::"))
                        || it.ends_with(&format!("::{span}"))
                }),
            };
            assert!(there, "{}: there is no test {span}", page.path);
        }
    }
    assert!(looked_at > 100, "only {looked_at} names were found");
}

#[test]
fn every_promise_has_a_test_of_the_ordinary_run() {
    let functions = functions();
    let page = Page::read("docs/security.md");
    let mut promises = 0;
    for line in page.prose().lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [promise, proofs] = cells[..] else { continue };
        if promise == "promise" || promise.starts_with("---") {
            continue;
        }
        promises += 1;
        let names: Vec<&str> = proofs.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing proves: {promise}");
        for name in names {
            assert_eq!(functions.get(name), Some(&false), "{promise}: {name}");
        }
    }
    assert!(promises > 30, "only {promises} promises were found");
}
