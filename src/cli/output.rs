//! What a command says: on standard output, as text for people or as one JSON document.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;

use crate::domain::time::Timestamp;

/// Where and how answers are printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    json: bool,
}

/// An answer in both forms.
#[derive(Debug)]
pub(super) struct Reply {
    json: Value,
    text: String,
    warning: Option<String>,
}

/// A list in JSON.
#[derive(Debug, Serialize)]
pub(super) struct List<T> {
    value: Vec<T>,
}

impl Reply {
    /// An answer: `json` for scripts, `text` for people.
    pub(super) fn new(json: &impl Serialize, text: impl Into<String>) -> anyhow::Result<Self> {
        let json = serde_json::to_value(json).context("the answer cannot be written as JSON")?;
        Ok(Self { json, text: text.into(), warning: None })
    }

    /// A list: every entry for scripts, a table for people.
    pub(super) fn list<T: Serialize>(value: Vec<T>, table: &Table) -> anyhow::Result<Self> {
        Self::new(&List { value }, table.to_text())
    }

    /// Nothing to say.
    pub(super) fn empty() -> Self {
        Self { json: Value::Null, text: String::new(), warning: None }
    }

    /// Adds something worth knowing, which goes to standard error.
    #[must_use]
    pub(super) fn warn(mut self, warning: Option<String>) -> Self {
        self.warning = warning;
        self
    }
}

impl Output {
    /// Prints JSON, or text for people.
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints an answer. A reader that has gone away is no error.
    pub(super) fn print(self, reply: &Reply) -> anyhow::Result<()> {
        if let Some(warning) = &reply.warning {
            complain(&format!("warning: {warning}"));
        }
        let mut text = if self.json { reply.json.to_string() } else { reply.text.clone() };
        if reply.json.is_null() {
            return Ok(());
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(error).context("standard output")
            }
            _ => Ok(()),
        }
    }
}

/// One line on standard error, whatever the message holds.
pub(super) fn complain(message: &str) {
    let line = format!("firstkey: {}\n", plain(message));
    // There is nobody left to tell where standard error is closed.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// The text without characters that would move a terminal's cursor or turn the text around.
fn plain(text: &str) -> Cow<'_, str> {
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(hostile) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Cow::Owned(lines.join(" ").replace(hostile, "\u{fffd}"))
}

/// Rows in aligned columns.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    nothing: &'static str,
}

impl Table {
    /// A table with these headings; `nothing` is said where it has no rows.
    pub(super) fn new(headings: &[&str], nothing: &'static str) -> Self {
        Self { rows: vec![headings.iter().map(ToString::to_string).collect()], nothing }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The whole table.
    pub(super) fn to_text(&self) -> String {
        if self.rows.len() == 1 { self.nothing.to_owned() } else { align(&self.rows) }
    }
}

/// Names and what they are, one below the other.
pub(super) fn fields(pairs: &[(&str, String)]) -> String {
    let rows: Vec<Vec<String>> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![(*name).to_owned(), value.clone()])
        .collect();
    align(&rows)
}

fn align(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<Cow<'_, str>>> =
        rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            let gap = width.saturating_sub(cell.chars().count()) + 2;
            line.extend(std::iter::repeat_n(' ', gap));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A point in time for people to read, to the second.
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.get(..19).unwrap_or(&text);
    format!("{} UTC", seconds.replace('T', " "))
}

/// A list of words, or a dash.
pub(super) fn or_dash(words: &[String]) -> String {
    if words.is_empty() { "–".into() } else { words.join(", ") }
}

/// Yes or no.
pub(super) fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["NAME", "ID"], "nothing");
        assert_eq!(table.to_text(), "nothing");
        table.row(vec!["jürgen".into(), "1".into()]);
        table.row(vec!["al".into(), String::new()]);
        assert_eq!(table.to_text(), "NAME    ID\njürgen  1\nal\n");
    }

    #[test]
    fn moments_are_shown_to_the_second() {
        let at = Timestamp::parse("2026-11-23T18:38:44.244768+01:00").unwrap();
        assert_eq!(moment(at), "2026-11-23 17:38:44 UTC");
    }

    #[test]
    fn messages_are_one_harmless_line() {
        assert_eq!(plain("no newline"), "no newline");
        assert_eq!(plain("one\n  two\n"), "one two");
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
    }
}
