//! A [`Filter`] as the condition of a statement. What is compared goes in by parameter; only names
//! of columns, which are ours, become part of the text.

use std::fmt::Write as _;

use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

use crate::domain::filter::{Comparison, Field, Filter, GroupField, Test, UserField};

/// The column that answers for a field.
pub(super) trait Column: Field {
    fn column(self) -> &'static str;
}

impl Column for UserField {
    fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Username => "username_key",
            Self::DisplayName => "display_name_key",
            Self::Email => "email_key",
            Self::ExternalId => "external_id",
            Self::Enabled => "enabled",
        }
    }
}

impl Column for GroupField {
    fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name_key",
            Self::ExternalId => "external_id",
        }
    }
}

enum Value {
    Text(String),
    Flag(i64),
}

/// The condition and what it compares with.
pub(super) struct Clause {
    /// ` AND (…)`, or nothing.
    pub(super) sql: String,
    values: Vec<Value>,
}

impl Clause {
    /// The condition; its parameters are numbered from `next`.
    pub(super) fn of<F: Column>(filter: &Filter<F>, mut next: usize) -> Self {
        let mut clause = Self { sql: String::new(), values: Vec::new() };
        for (index, conditions) in filter.any_of.iter().enumerate() {
            clause.sql.push_str(if index == 0 { " AND ((" } else { ") OR (" });
            for (index, condition) in conditions.iter().enumerate() {
                if index > 0 {
                    clause.sql.push_str(" AND ");
                }
                let folded = condition.field.comparison() == Comparison::Folded;
                let fold = |text: &str| if folded { text.to_lowercase() } else { text.to_owned() };
                let column = condition.field.column();
                let (operator, value) = match &condition.test {
                    Test::Is(text) => ("=", Value::Text(fold(text))),
                    Test::StartsWith(text) => ("LIKE", Value::Text(pattern(&fold(text)))),
                    Test::Flag(flag) => ("=", Value::Flag(i64::from(*flag))),
                };
                // Writing to a string does not fail.
                let _ = write!(clause.sql, "{column} {operator} ${next}");
                if operator == "LIKE" {
                    clause.sql.push_str(" ESCAPE '\\'");
                }
                clause.values.push(value);
                next += 1;
            }
        }
        if !clause.sql.is_empty() {
            clause.sql.push_str("))");
        }
        clause
    }

    /// Binds what it compares with.
    pub(super) fn bind(self, query: Query<'_, Any, AnyArguments>) -> Query<'_, Any, AnyArguments> {
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Flag(flag) => query.bind(flag),
        })
    }
}

/// What `LIKE` finds that begins with this. A range would be wrong where PostgreSQL sorts text as
/// people do.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        if matches!(letter, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::Condition;

    #[test]
    fn conditions_are_numbered_and_values_stay_out_of_the_text() {
        let is = |field, text: &str| Condition { field, test: Test::Is(text.into()) };
        let filter = Filter {
            any_of: vec![
                vec![
                    is(UserField::Email, "A@B"),
                    Condition { field: UserField::Enabled, test: Test::Flag(true) },
                ],
                vec![Condition {
                    field: UserField::Username,
                    test: Test::StartsWith("'; DROP_".into()),
                }],
            ],
        };
        let clause = Clause::of(&filter, 2);
        assert_eq!(
            clause.sql,
            " AND ((email_key = $2 AND enabled = $3) OR (username_key LIKE $4 ESCAPE '\\'))"
        );
        assert!(matches!(&clause.values[0], Value::Text(text) if text == "a@b"));
        assert!(matches!(&clause.values[2], Value::Text(text) if text == "'; drop\\_%"));
        assert_eq!(Clause::of(&Filter::<GroupField>::default(), 1).sql, "");
    }
}
