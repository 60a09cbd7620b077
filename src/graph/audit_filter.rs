//! `$filter` and `$orderby` of the audit log: what Graph's clients narrow it down by.

use super::error::GraphError;
use super::filter::{Reader, refused};
use crate::domain::time::Timestamp;

/// The most conditions that one filter may have.
const CONDITIONS_MAX: usize = 20;

/// How something compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `eq`
    Is,
    /// `ne`
    IsNot,
    /// `ge`
    AtLeast,
    /// `gt`
    Above,
    /// `le`
    AtMost,
    /// `lt`
    Below,
    /// `startswith(…)`
    StartsWith,
}

/// One condition, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The path of a property.
    pub path: String,
    /// How it compares.
    pub operator: Operator,
    /// With what.
    pub value: String,
}

/// Reads conditions with `and` between them.
pub fn parse(text: &str) -> Result<Vec<Condition>, GraphError> {
    let mut reader = Reader { rest: text.trim() };
    let mut conditions = Vec::new();
    loop {
        conditions.push(condition(&mut reader)?);
        if conditions.len() > CONDITIONS_MAX {
            return Err(refused(&format!("at most {CONDITIONS_MAX} conditions are allowed")));
        }
        if reader.rest.is_empty() {
            return Ok(conditions);
        }
        if !reader.word("and") {
            return Err(refused("after a condition, only and may follow"));
        }
    }
}

fn condition(reader: &mut Reader<'_>) -> Result<Condition, GraphError> {
    if reader.word("startswith") {
        reader.sign('(')?;
        let path = path(reader)?;
        reader.sign(',')?;
        let value = reader.text()?;
        reader.sign(')')?;
        return Ok(Condition { path, operator: Operator::StartsWith, value });
    }
    let mut path = path(reader)?;
    // `targetResources/any(t:t/id eq 'x')`: any of a list.
    let any = path.ends_with("/any") && reader.sign('(').is_ok();
    if any {
        let name = reader.peek_name();
        reader.skip(name.len());
        reader.sign(':')?;
        if !reader.word(name) {
            return Err(refused(
                "in any(…), the property belongs to what is named before the colon",
            ));
        }
        reader.sign('/')?;
        path = format!("{path}/{}", self::path(reader)?);
    }
    let operator = [
        ("eq", Operator::Is),
        ("ne", Operator::IsNot),
        ("ge", Operator::AtLeast),
        ("gt", Operator::Above),
        ("le", Operator::AtMost),
        ("lt", Operator::Below),
    ]
    .into_iter()
    .find_map(|(word, operator)| reader.word(word).then_some(operator))
    .ok_or_else(|| refused("only eq, ne, ge, gt, le, lt and startswith are supported"))?;
    let value = if reader.rest.starts_with('\'') { reader.text()? } else { bare(reader)? };
    if any {
        reader.sign(')')?;
    }
    Ok(Condition { path, operator, value })
}

/// The path of a property: names with slashes between them.
fn path(reader: &mut Reader<'_>) -> Result<String, GraphError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '/';
    let end = reader.rest.find(|c| !plain(c)).unwrap_or(reader.rest.len());
    let path = reader.rest.get(..end).unwrap_or_default().to_owned();
    if path.is_empty() {
        return Err(refused("a property to filter by is needed"));
    }
    reader.skip(end);
    Ok(path)
}

/// A time or a number, which stand without quotes.
fn bare(reader: &mut Reader<'_>) -> Result<String, GraphError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-:.+".contains(c);
    let end = reader.rest.find(|c| !plain(c)).unwrap_or(reader.rest.len());
    let value = reader.rest.get(..end).unwrap_or_default().to_owned();
    if value.is_empty() {
        return Err(refused("a value is needed after the operator"));
    }
    reader.skip(end);
    Ok(value)
}

/// The time of a condition.
pub fn time(condition: &Condition) -> Result<Timestamp, GraphError> {
    // A day alone is its midnight, as in Graph.
    let text = &condition.value;
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.clone() };
    Timestamp::parse(&whole).ok_or_else(|| refused("a time as in 2026-11-24T08:00:00Z is needed"))
}

/// Whether the oldest are asked for first: `activityDateTime asc`.
pub fn oldest_first(orderby: Option<&str>, time: &str) -> Result<bool, GraphError> {
    let Some(text) = orderby else { return Ok(false) };
    let mut words = text.split_whitespace();
    let (name, direction) = (words.next(), words.next().unwrap_or("asc"));
    match direction.to_ascii_lowercase().as_str() {
        "asc" if name == Some(time) && words.next().is_none() => Ok(true),
        "desc" if name == Some(time) && words.next().is_none() => Ok(false),
        _ => {
            let message = format!("only {time} asc and {time} desc are supported");
            Err(GraphError::field("$orderby", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_clients_write_is_understood() {
        let found = parse(
            "activityDateTime ge 2026-11-24T00:00:00Z and startswith(activityDisplayName,'Add') \
             and targetResources/any(t:t/id eq 'x') and initiatedBy/user/id eq 'y'",
        )
        .unwrap();
        let paths: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.operator)).collect();
        assert_eq!(
            paths,
            [
                ("activityDateTime", Operator::AtLeast),
                ("activityDisplayName", Operator::StartsWith),
                ("targetResources/any/id", Operator::Is),
                ("initiatedBy/user/id", Operator::Is),
            ]
        );
        assert_eq!(found[0].value, "2026-11-24T00:00:00Z");
        assert!(oldest_first(Some("createdDateTime asc"), "createdDateTime").unwrap());
        assert!(!oldest_first(Some("createdDateTime DESC"), "createdDateTime").unwrap());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "a", "a eq", "a eq 'b' or c eq 'd'", "a like 'b'", "x/any(t:u/id eq 'y')"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["userId", "createdDateTime up", "createdDateTime asc, id", ""] {
            assert!(oldest_first(Some(text), "createdDateTime").is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_written_panics(text: String) {
            let _ = parse(&text);
        }
    }
}
