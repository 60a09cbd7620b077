//! The tests that need the world outside: both database engines, HTTP, browsers, the command line.
//! One binary, so that they share one build and one PostgreSQL. Run them with `tests/all`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how trouble is told")]
#![allow(clippy::doc_markdown, reason = "annotations that become a table, see conformance")]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod cli;
mod conformance;
mod docs;
mod faults;
mod graph;
mod hostile;
mod http;
mod portal;
mod scim;
mod storage;
