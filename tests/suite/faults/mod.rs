//! What breaks, and what holds all the same: the real binary, killed, cut off, out of space, and
//! three of them at once. `docs/reliability.md` has the table.
//!
//! Each test is short. `FIRSTKEY_LONG=50` gives the number of rounds of those that come in rounds,
//! `FIRSTKEY_SOAK=600` the seconds of the soak. With
//! `-- --nocapture` they tell the figures of `docs/reliability.md`.

#![allow(clippy::print_stdout, reason = "figures for docs/reliability.md")]

mod additive;
mod clock;
mod database_gone;
mod ending;
mod full;
mod killed;
mod scale_out;
mod site;
mod soak;

/// How many rounds a test goes.
fn rounds(usual: u32) -> u32 {
    number("FIRSTKEY_LONG").unwrap_or(usual)
}

/// A number that the environment gives.
fn number(name: &str) -> Option<u32> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}
