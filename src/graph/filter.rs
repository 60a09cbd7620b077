//! `$filter` (OData 4.01 URL Conventions §5.1.1): `eq`, `startswith`, `and`, `or`.

use super::error::GraphError;
use crate::domain::filter::{Comparison, Condition, Field, Filter, GroupField, Test, UserField};

/// The most conditions that one filter may have.
const CONDITIONS_MAX: usize = 20;

/// A field by its name in Graph.
pub trait Named: Field {
    /// The field with this name.
    fn named(name: &str) -> Option<Self>;
    /// Every name, for the error.
    const NAMES: &[&str];
}

impl Named for UserField {
    const NAMES: &[&str] =
        &["id", "userPrincipalName", "displayName", "mail", "externalId", "accountEnabled"];

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "userPrincipalName" => Self::Username,
            "displayName" => Self::DisplayName,
            "mail" => Self::Email,
            "externalId" => Self::ExternalId,
            "accountEnabled" => Self::Enabled,
            _ => return None,
        })
    }
}

impl Named for GroupField {
    const NAMES: &[&str] = &["id", "displayName", "externalId"];

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "displayName" => Self::Name,
            "externalId" => Self::ExternalId,
            _ => return None,
        })
    }
}

/// Reads a filter.
pub fn parse<F: Named>(text: &str) -> Result<Filter<F>, GraphError> {
    let mut reader = Reader { rest: text.trim() };
    let mut any_of = vec![Vec::new()];
    let mut count = 0;
    loop {
        let condition = reader.condition()?;
        // The list is never empty.
        if let Some(all_of) = any_of.last_mut() {
            all_of.push(condition);
        }
        count += 1;
        if count > CONDITIONS_MAX {
            return Err(refused(&format!("at most {CONDITIONS_MAX} conditions are allowed")));
        }
        if reader.rest.is_empty() {
            return Ok(Filter { any_of });
        }
        if reader.word("or") {
            any_of.push(Vec::new());
        } else if !reader.word("and") {
            return Err(refused("after a condition, only and or or may follow"));
        }
    }
}

pub(super) fn refused(message: &str) -> GraphError {
    GraphError::field("$filter", message)
}

/// Takes a filter apart, piece by piece.
pub(super) struct Reader<'a> {
    /// What is left.
    pub(super) rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Takes a keyword that stands for itself.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let name = self.peek_name();
        let found = name.eq_ignore_ascii_case(word);
        if found {
            self.skip(name.len());
        }
        found
    }

    /// Takes a sign.
    pub(super) fn sign(&mut self, sign: char) -> Result<(), GraphError> {
        if !self.rest.starts_with(sign) {
            return Err(refused(&format!("{sign} is missing")));
        }
        self.skip(sign.len_utf8());
        Ok(())
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default().trim_start();
    }

    pub(super) fn peek_name(&self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    fn field<F: Named>(&mut self) -> Result<F, GraphError> {
        let name = self.peek_name();
        let field = F::named(name).ok_or_else(|| {
            refused(&format!(
                "a property to filter by is needed: {}; all else is written as in \
                 startswith(displayName,'A') and accountEnabled eq true",
                F::NAMES.join(", ")
            ))
        })?;
        self.skip(name.len());
        Ok(field)
    }

    fn condition<F: Named>(&mut self) -> Result<Condition<F>, GraphError> {
        let (field, test) = if self.word("startswith") {
            self.sign('(')?;
            let field: F = self.field()?;
            // Graph has no beginnings of ids.
            if field.comparison() != Comparison::Folded {
                return Err(refused("this property has no beginning to look for"));
            }
            self.sign(',')?;
            let text = self.text()?;
            self.sign(')')?;
            (field, Test::StartsWith(text))
        } else {
            let field = self.field()?;
            if !self.word("eq") {
                return Err(refused("only eq and startswith are supported"));
            }
            let test = if self.word("true") {
                Test::Flag(true)
            } else if self.word("false") {
                Test::Flag(false)
            } else {
                Test::Is(self.text()?)
            };
            (field, test)
        };
        Condition::new(field, test)
            .ok_or_else(|| refused("a property cannot be compared in this way"))
    }

    /// Takes a text in single quotes; a quote in it is doubled.
    pub(super) fn text(&mut self) -> Result<String, GraphError> {
        let mut letters = self.rest.char_indices();
        if letters.next().is_none_or(|(_, first)| first != '\'') {
            return Err(refused("a value in single quotes is needed"));
        }
        let mut text = String::new();
        while let Some((index, letter)) = letters.next() {
            if letter == '\'' {
                let after = index + 1;
                if !self.rest[after..].starts_with('\'') {
                    self.skip(after);
                    return Ok(text);
                }
                letters.next();
            }
            if letter == '\0' {
                break;
            }
            text.push(letter);
        }
        Err(refused("a value in single quotes does not end"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_clients_write_is_understood() {
        let filter: Filter<UserField> = parse(
            "startswith(displayName, 'O''Neil') and accountEnabled eq true OR mail eq 'a@b' ",
        )
        .unwrap();
        let condition = |field, test| Condition { field, test };
        assert_eq!(
            filter.any_of,
            [
                vec![
                    condition(UserField::DisplayName, Test::StartsWith("O'Neil".into())),
                    condition(UserField::Enabled, Test::Flag(true)),
                ],
                vec![condition(UserField::Email, Test::Is("a@b".into()))],
            ]
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "displayName",
            "displayName eq",
            "displayName eq Ada",
            "displayName eq 'Ada",
            "displayName eq 'Ada' or",
            "displayName eq 'Ada' mail eq 'x'",
            "displayName ne 'Ada'",
            "displayName eq true",
            "startswith(id,'a')",
            "startswith(displayName 'a')",
            "accountEnabled eq 'true'",
            "password eq 'x'",
            "(displayName eq 'Ada')",
            &vec!["id eq 'a'"; CONDITIONS_MAX + 1].join(" or "),
        ] {
            assert!(parse::<UserField>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_written_panics(text: String) {
            let _ = parse::<UserField>(&text);
        }

        #[test]
        fn any_value_comes_through(value in "[^\0]*") {
            let text = format!("displayName eq '{}'", value.replace('\'', "''"));
            let filter = parse::<GroupField>(&text).unwrap();
            let condition = Condition { field: GroupField::Name, test: Test::Is(value) };
            prop_assert_eq!(filter.any_of, vec![vec![condition]]);
        }
    }
}
