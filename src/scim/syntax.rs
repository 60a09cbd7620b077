//! Filters (RFC 7644 §3.4.2.2) and the paths of changes (§3.5.2), read into trees. What the names in
//! them stand for is looked up in the schemas; whether anything can answer is for others to say.

use serde_json::Value;

use super::error::{ScimError, ScimType};
use super::resources::ALL;
use super::schema::Schema;

/// The longest filter, in bytes.
const LENGTH_MAX: usize = 8 * 1024;
/// The most conditions that one filter may have.
const CONDITIONS_MAX: usize = 50;
/// How deep parentheses may go.
const DEPTH_MAX: usize = 20;

/// The name of an attribute: `emails.value`, with its schema in front where that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The schema that was named, if one was.
    pub schema: Option<&'static Schema>,
    /// The attribute; empty for all of the schema.
    pub attribute: String,
    /// The attribute within the attribute.
    pub sub: Option<String>,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Both.
    And(Box<Expression>, Box<Expression>),
    /// Either.
    Or(Box<Expression>, Box<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// It has a value.
    Present(Name),
    /// It compares like this.
    Compare(Name, Operator, Value),
    /// One of its values is like this: `emails[type eq "work"]`.
    Any(Name, Box<Expression>),
}

/// What a change is about: `emails[type eq "work"].value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The attribute.
    pub name: Name,
    /// Which of its values; all where absent.
    pub which: Option<Expression>,
}

impl Name {
    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let mut schema = None;
        let mut rest = text;
        if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
            let found = ALL.iter().find(|schema| {
                let start = text.get(..schema.id.len());
                let after = text.as_bytes().get(schema.id.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(schema.id))
                    && after.is_none_or(|after| *after == b':')
            })?;
            schema = Some(*found);
            rest = text.get(found.id.len()..)?.trim_start_matches(':');
            if rest.is_empty() {
                let all = text.len() == found.id.len();
                return all.then(|| Self { schema, attribute: String::new(), sub: None });
            }
        }
        let (attribute, sub) = match rest.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (rest, None),
        };
        let plain = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c))
        };
        (plain(attribute) && sub.is_none_or(plain)).then(|| Self {
            schema,
            attribute: attribute.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }
}

/// Reads a filter.
pub fn parse_filter(text: &str) -> Result<Expression, ScimError> {
    let mut reader = Reader::new(text, ScimType::InvalidFilter)?;
    let filter = reader.either()?;
    if reader.rest.is_empty() {
        Ok(filter)
    } else {
        Err(reader.refused("after a condition, only and or or may follow"))
    }
}

/// Reads the path of a change.
pub fn parse_path(text: &str) -> Result<Path, ScimError> {
    let mut reader = Reader::new(text, ScimType::InvalidPath)?;
    let mut name = reader.name()?;
    let mut which = None;
    if reader.sign('[') {
        which = Some(reader.inside()?);
        if let Some(sub) = reader.rest.strip_prefix('.') {
            let rest = Name::parse(sub).filter(|rest| rest.schema.is_none() && rest.sub.is_none());
            if name.sub.is_some() {
                return Err(reader.refused("there are attributes and attributes of these only"));
            }
            name.sub = match rest {
                Some(rest) => Some(rest.attribute),
                None => return Err(reader.refused("the name of an attribute is needed")),
            };
            reader.rest = "";
        }
    }
    if reader.rest.is_empty() {
        Ok(Path { name, which })
    } else {
        Err(reader.refused("it goes on"))
    }
}

struct Reader<'a> {
    rest: &'a str,
    kind: ScimType,
    depth: usize,
    conditions: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, kind: ScimType) -> Result<Self, ScimError> {
        let reader = Self { rest: text.trim(), kind, depth: 0, conditions: 0 };
        // No column holds a NUL, and PostgreSQL is asked for none.
        if text.len() > LENGTH_MAX || text.contains('\0') {
            return Err(reader.refused("it is too long, or has characters that nothing has"));
        }
        Ok(reader)
    }

    fn refused(&self, message: &str) -> ScimError {
        let (what, example) = match self.kind {
            ScimType::InvalidPath => ("path", "emails[type eq \"work\"].value"),
            _ => ("filter", "userName eq \"ada\" and not (emails co \"example.com\")"),
        };
        ScimError::bad(
            self.kind,
            format!("The {what} cannot be read: {message}. One is written like {example}."),
        )
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default().trim_start();
    }

    /// Takes a sign, if it comes next.
    fn sign(&mut self, sign: char) -> bool {
        let found = self.rest.starts_with(sign);
        if found {
            self.skip(sign.len_utf8());
        }
        found
    }

    fn peek_word(&self) -> &'a str {
        let end = self.rest.find(|c: char| c.is_whitespace() || "()[]\"".contains(c));
        self.rest.get(..end.unwrap_or(self.rest.len())).unwrap_or_default()
    }

    /// Takes a word that stands for itself, if it comes next.
    fn word(&mut self, word: &str) -> bool {
        let found = self.peek_word().eq_ignore_ascii_case(word);
        if found {
            self.skip(word.len());
        }
        found
    }

    fn deeper(&mut self) -> Result<(), ScimError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(self.refused("it is nested too deeply")) } else { Ok(()) }
    }

    fn either(&mut self) -> Result<Expression, ScimError> {
        let mut left = self.both()?;
        while self.word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expression, ScimError> {
        let mut left = self.one()?;
        while self.word("and") {
            left = Expression::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Expression, ScimError> {
        let negated = self.word("not");
        if self.sign('(') {
            self.deeper()?;
            let inner = self.either()?;
            self.depth -= 1;
            if !self.sign(')') {
                return Err(self.refused("a parenthesis is not closed"));
            }
            return Ok(if negated { Expression::Not(Box::new(inner)) } else { inner });
        }
        if negated {
            return Err(self.refused("after not, a condition in parentheses is needed"));
        }
        let name = self.name()?;
        if self.sign('[') {
            let inner = self.inside()?;
            // Not in the standard's grammar of filters, but what Entra ID matches people by:
            // emails[type eq "work"].value eq "…"
            let inner = if self.rest.starts_with('.') {
                self.skip(1);
                let sub = self.name()?;
                Expression::And(Box::new(inner), Box::new(self.condition(sub)?))
            } else {
                inner
            };
            self.skip(0);
            return Ok(Expression::Any(name, Box::new(inner)));
        }
        self.condition(name)
    }

    /// What is said of a name.
    fn condition(&mut self, name: Name) -> Result<Expression, ScimError> {
        self.conditions += 1;
        if self.conditions > CONDITIONS_MAX {
            return Err(self.refused(&format!("at most {CONDITIONS_MAX} conditions are allowed")));
        }
        if self.word("pr") {
            return Ok(Expression::Present(name));
        }
        let operator = self.operator()?;
        Ok(Expression::Compare(name, operator, self.value()?))
    }

    /// What is in brackets, after the first one.
    fn inside(&mut self) -> Result<Expression, ScimError> {
        self.deeper()?;
        let inner = self.either()?;
        self.depth -= 1;
        let Some(rest) = self.rest.strip_prefix(']') else {
            return Err(self.refused("a bracket is not closed"));
        };
        // What follows may have to follow at once.
        self.rest = rest;
        Ok(inner)
    }

    fn name(&mut self) -> Result<Name, ScimError> {
        let word = self.peek_word();
        let name = Name::parse(word)
            .ok_or_else(|| self.refused("the name of an attribute of a known schema is needed"))?;
        self.skip(word.len());
        Ok(name)
    }

    fn operator(&mut self) -> Result<Operator, ScimError> {
        let operator = match self.peek_word().to_ascii_lowercase().as_str() {
            "eq" => Operator::Equal,
            "ne" => Operator::NotEqual,
            "co" => Operator::Contains,
            "sw" => Operator::StartsWith,
            "ew" => Operator::EndsWith,
            "gt" => Operator::Greater,
            "ge" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "le" => Operator::LessOrEqual,
            _ => return Err(self.refused("eq, ne, co, sw, ew, pr, gt, ge, lt or le is needed")),
        };
        self.skip(2);
        Ok(operator)
    }

    /// Takes a JSON value that is no object and no list.
    fn value(&mut self) -> Result<Value, ScimError> {
        let length = if self.rest.starts_with('"') {
            let mut escaped = false;
            let end = self.rest.char_indices().skip(1).find(|(_, letter)| {
                let closes = *letter == '"' && !escaped;
                escaped = *letter == '\\' && !escaped;
                closes
            });
            end.map_or(0, |(index, _)| index + 1)
        } else {
            self.peek_word().len()
        };
        let text = self.rest.get(..length).unwrap_or_default();
        let value = serde_json::from_str(text).ok().filter(|value| match value {
            Value::String(text) => !text.contains('\0'),
            Value::Array(_) | Value::Object(_) => false,
            _ => true,
        });
        let Some(value) = value else {
            return Err(self.refused("a value is needed: text in double quotes, true or a number"));
        };
        self.skip(length);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::scim::resources::{ENTERPRISE, PASS};

    fn name(text: &str) -> Name {
        Name::parse(text).expect(text)
    }

    fn equal(attribute: &str, value: Value) -> Expression {
        Expression::Compare(name(attribute), Operator::Equal, value)
    }

    #[test]
    fn what_clients_write_is_understood() {
        let boxed = |one| Box::new(one);
        let read = |text| parse_filter(text).expect(text);
        assert_eq!(read(r#" userName Eq "a\"d]a" "#), equal("userName", json!("a\"d]a")));
        assert_eq!(
            read(r#"a eq 1 or b eq true AND not(c eq "x")"#),
            Expression::Or(
                boxed(equal("a", json!(1))),
                boxed(Expression::And(
                    boxed(equal("b", json!(true))),
                    boxed(Expression::Not(boxed(equal("c", json!("x"))))),
                )),
            )
        );
        assert_eq!(
            read(r#"(emails[type eq "work"]) and title pr"#),
            Expression::And(
                boxed(Expression::Any(name("emails"), boxed(equal("type", json!("work"))))),
                boxed(Expression::Present(name("title"))),
            )
        );
        let urn = format!("{}:manager.value", ENTERPRISE.id.to_uppercase());
        let manager = name(&urn);
        assert_eq!(manager.schema, Some(&ENTERPRISE));
        assert_eq!(
            (manager.attribute.as_str(), manager.sub.as_deref()),
            ("manager", Some("value"))
        );
        let path = parse_path(r#"emails[type eq "work"].value"#).expect("a path");
        assert_eq!(path.name, name("emails.value"));
        assert_eq!(path.which, Some(equal("type", json!("work"))));
        assert_eq!(parse_path(PASS.id).expect("a path").name.attribute, "");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq ada",
            "userName eq \"ada",
            "userName eq \"ada\" title pr",
            "userName like \"a\"",
            "not userName pr",
            "(title pr",
            "title pr)",
            "emails[type eq \"work\"",
            "userName eq {\"a\":1}",
            "userName eq []",
            "urn:other:User:userName pr",
            "a.b.c pr",
            "userName eq \"a\\u0000b\"",
            ".a pr",
            &vec!["a pr"; CONDITIONS_MAX + 1].join(" or "),
            &"(".repeat(5000),
            &format!("a eq \"{}\"", "x".repeat(LENGTH_MAX)),
        ] {
            assert!(parse_filter(text).is_err(), "{text}");
        }
        for text in [
            "",
            "emails[",
            "emails[type eq \"work\"]value",
            "a[b pr].c.d",
            "a.b[c pr].d",
            "a b",
            "emails[type eq \"work\"] .value",
            "urn:ietf:params:scim:schemas:core:2.0:User:",
        ] {
            assert!(parse_path(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_written_panics(text: String) {
            let _ = parse_filter(&text);
            let _ = parse_path(&text);
        }

        #[test]
        fn any_value_comes_through(value in "[^\0]*") {
            let text = format!("title eq {}", json!(value));
            if text.len() <= LENGTH_MAX {
                prop_assert_eq!(parse_filter(&text).unwrap(), equal("title", json!(value)));
            }
        }
    }
}
