//! Properties of everything that reads what strangers send: whatever comes, nothing panics, what is
//! taken is taken again, and it takes no time worth mentioning.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use firstkey::untrusted::{READERS, authorization_request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

use super::corpus::{files, provider};

/// How long any one of them may take, built without optimisation and beside everything else that
/// is tested: a quadratic one takes minutes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The words that all these languages are made of, and what breaks them.
const WORDS: [&str; 64] = [
    "userName",
    "displayName",
    "emails[",
    "]",
    "(",
    ")",
    " eq ",
    " and ",
    " or ",
    "not (",
    " pr",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\u{0}",
    "\u{fffd}",
    "\u{202e}",
    "ß",
    "İ",
    "🗝",
    "urn:ietf:params:scim:",
    "startswith(",
    "/any(t:t/",
    "id",
    "2026-11-24T08:00:00Z",
    "-1",
    "99999999999999999999",
    "1e400",
    "NaN",
    "true",
    "null",
    "{",
    "}",
    "[",
    ":",
    ",",
    ";",
    "\r\n",
    "\n",
    "=",
    "&",
    "%00",
    "%0d%0a",
    "+",
    "client_id=web",
    "&redirect_uri=https://app.example/cb",
    "&response_type=code",
    "&scope=openid",
    "&claims={",
    "&request=",
    "&prompt=none",
    "eyJhbGciOiJub25lIn0",
    ".",
    "..",
    "https://",
    "@",
    "#",
    "*",
    "q=",
    "de-",
    "10.0.0.1",
    "[::1]:80",
    "username",
];

fn made_of_words() -> impl Strategy<Value = Vec<u8>> {
    vec(select(&WORDS[..]), 0..40).prop_map(|words| words.concat().into_bytes())
}

/// A file of the corpus with some of it cut, doubled, or replaced.
fn spoilt(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), any::<Index>(), select(&WORDS[..]), 0_u8..4);
    (select(files(target)), vec(edit, 1..4)).prop_map(|(mut file, edits)| {
        for (from, to, word, how) in edits {
            let (a, b) = (from.index(file.len() + 1), to.index(file.len() + 1));
            let range = a.min(b)..a.max(b);
            match how {
                0 => drop(file.drain(range)),
                1 => file.extend_from_within(range),
                2 => drop(file.splice(a..a, word.bytes())),
                _ => drop(file.splice(range, word.bytes())),
            }
        }
        file
    })
}

fn anything(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        any::<String>().prop_map(String::into_bytes),
        made_of_words(),
        spoilt(target),
        spoilt(target),
    ]
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// [Attacks] property tests · whatever is sent, no parser panics, and what it takes it takes again
#[test]
fn no_parser_breaks_a_promise_whatever_is_sent() {
    for (target, read) in READERS {
        let cases = if target == "webauthn" { 100 } else { 400 };
        let found = runner(cases).run(&anything(target), |data| {
            read(&data);
            Ok(())
        });
        assert!(found.is_ok(), "{target}: {found:?}");
    }
}

/// [Attacks] property tests · whatever an authorization request says, its answer stays at home
#[test]
fn no_authorization_request_is_answered_where_nobody_registered() {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> =
        LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());
    let app = RUNTIME.block_on(provider());
    let found = runner(300).run(&anything("authorization_request"), |data| {
        RUNTIME.block_on(authorization_request(&app.services, &data)).unwrap();
        Ok(())
    });
    assert!(found.is_ok(), "{found:?}");
}

/// [Attacks] algorithmic complexity · input as long as a request may be, of the same thing again and again
#[test]
fn no_parser_takes_long_over_much_of_the_same() {
    let bodies = [
        "(",
        "((a pr) and ",
        "not (",
        "[",
        "{\"a\":",
        "{\"a\":1,",
        "a pr or ",
        "a eq 1 and (b eq 2 or ",
        "id eq 'x' or ",
        "a,",
        "\"",
        "\"\n",
        "\r\n",
        "\\",
        "%",
        "%25",
        "&",
        "a=1&",
        "=;",
        "10.0.0.1,",
        "de;q=0.5,",
        "a.",
        "-",
        "@",
        "//",
        "/../",
        "é",
        "\u{0}",
        "eyJh",
        "emails[type eq \"work\"].",
        "username\n",
    ];
    for (target, read) in READERS {
        for body in bodies {
            for ends in ["", ")", "}", "]"] {
                let many = body.repeat(64 * 1024 / body.len());
                let closed = ends.repeat(many.len() / body.len());
                let begun = Instant::now();
                read(format!("{many}{closed}").as_bytes());
                let took = begun.elapsed();
                assert!(took < PATIENCE, "{target} takes {took:?} over {body:?} {ends:?}");
            }
        }
    }
}
