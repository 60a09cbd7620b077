//! A [`Filter`] as the condition of a statement. What is compared goes in by parameter; only names
//! of columns, which are ours, become part of the text.
//!
//! The one place where the engines are asked in different ways: text that begins with something is
//! a range by bytes. That is how SQLite sorts text anyway; PostgreSQL sorts it as people do, and has
//! operators and indexes of its own for bytes (`text_pattern_ops`). Flags are written out, so that
//! indexes of some rows answer them.

use std::fmt::Write as _;

use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

use super::Conn;
use crate::domain::filter::{Comparison, Field, Filter, GroupField, Test, UserField};

/// The column that answers for a field.
pub(super) trait Column: Field {
    fn column(self) -> &'static str;

    /// What holds for the column where a field is on; where it is off, it is 0.
    fn on(self) -> &'static str {
        "= 1"
    }

    /// The column that lists are in the order of.
    const ORDER: &str;
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
            Self::Registered => "method_count",
        }
    }

    fn on(self) -> &'static str {
        if self == Self::Registered { "> 0" } else { "= 1" }
    }

    const ORDER: &str = "username_key";
}

impl Column for GroupField {
    fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name_key",
            Self::ExternalId => "external_id",
        }
    }

    const ORDER: &str = "name_key";
}

/// The condition and what it compares with.
pub(super) struct Clause {
    /// ` AND (…)`, or nothing.
    pub(super) sql: String,
    /// The same with columns that no index is looked up by, for a walk through a list in its order.
    pub(super) walked: String,
    /// Whether it may let through many that no index has in the order of the list.
    pub(super) out_of_order: bool,
    /// What the column of the order begins with, where all that is let through does, and the order
    /// is by bytes.
    begins: Option<String>,
    values: Vec<String>,
}

impl Clause {
    /// Whether all that is let through comes after this in the order.
    pub(super) fn begins_after(&self, after: &str) -> bool {
        self.begins.as_deref().is_some_and(|start| after < start)
    }

    /// Whether a walk in the order is all there is to do from here on.
    pub(super) fn is_walk(&self) -> bool {
        self.out_of_order || self.begins.is_some()
    }

    /// The condition for this connection's engine; its parameters are numbered from `next`.
    pub(super) fn of<F: Column>(conn: &Conn, filter: &Filter<F>, next: usize) -> Self {
        let sorts_by_bytes = conn.backend_name() == "SQLite";
        let walked = Self::write(filter, next, sorts_by_bytes, true).sql;
        Self { walked, ..Self::write(filter, next, sorts_by_bytes, false) }
    }

    fn write<F: Column>(
        filter: &Filter<F>,
        next: usize,
        sorts_by_bytes: bool,
        walked: bool,
    ) -> Self {
        let mut clause = Self {
            sql: String::new(),
            walked: String::new(),
            out_of_order: filter.any_of.len() > 1,
            begins: None,
            values: Vec::new(),
        };
        for (index, conditions) in filter.any_of.iter().enumerate() {
            clause.sql.push_str(if index == 0 { " AND ((" } else { ") OR (" });
            // What somebody is called says more than a flag, which half of all people have.
            let is_called = conditions.iter().any(|one| !matches!(one.test, Test::Flag(_)));
            for (index, condition) in conditions.iter().enumerate() {
                if index > 0 {
                    clause.sql.push_str(" AND ");
                }
                let folded = condition.field.comparison() == Comparison::Folded;
                let fold = |text: &str| if folded { text.to_lowercase() } else { text.to_owned() };
                let column = condition.field.column();
                let starts = matches!(condition.test, Test::StartsWith(_));
                clause.out_of_order |= starts && column != F::ORDER;
                let flag = matches!(condition.test, Test::Flag(_));
                let column = match (flag, walked) {
                    (true, walked) if walked || is_called => format!("({column} + 0)"),
                    (false, true) => format!("({column} || '')"),
                    _ => column.to_owned(),
                };
                let column = column.as_str();
                match &condition.test {
                    Test::Is(text) => clause.add(column, "=", next, fold(text)),
                    Test::Flag(flag) => {
                        let operator = if *flag { F::on(condition.field) } else { "= 0" };
                        // Writing to a string does not fail.
                        let _ = write!(clause.sql, "{column} {operator}");
                    }
                    Test::StartsWith(text) => {
                        let start = fold(text);
                        let end = successor(&start);
                        if condition.field.column() == F::ORDER
                            && sorts_by_bytes
                            && filter.any_of.len() == 1
                        {
                            clause.begins = Some(start.clone());
                        }
                        let (from, before) =
                            if sorts_by_bytes { (">=", "<") } else { ("~>=~", "~<~") };
                        clause.add(column, from, next, start);
                        if let Some(end) = end {
                            clause.sql.push_str(" AND ");
                            clause.add(column, before, next, end);
                        }
                    }
                }
            }
        }
        if !clause.sql.is_empty() {
            clause.sql.push_str("))");
        }
        clause
    }

    fn add(&mut self, column: &str, operator: &str, first: usize, value: String) {
        // Writing to a string does not fail.
        let _ = write!(self.sql, "{column} {operator} ${}", first + self.values.len());
        self.values.push(value);
    }

    /// Binds what it compares with.
    pub(super) fn bind(self, query: Query<'_, Any, AnyArguments>) -> Query<'_, Any, AnyArguments> {
        self.values.into_iter().fold(query, Query::bind)
    }
}

/// The first text that does not begin with this and comes after all that does, by bytes; none where
/// nothing comes after.
fn successor(text: &str) -> Option<String> {
    let mut letters: Vec<char> = text.chars().collect();
    while let Some(last) = letters.pop() {
        // The next letter; between D7FF and E000 there is none.
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
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
        let clause = Clause::write(&filter, 2, false, false);
        assert_eq!(
            clause.sql,
            " AND ((email_key = $2 AND (enabled + 0) = 1) OR (username_key ~>=~ $3 AND username_key ~<~ $4))"
        );
        assert_eq!(clause.values, ["a@b", "'; drop_", "'; drop`"]);
        let clause = Clause::write(&filter, 2, true, false);
        assert!(clause.sql.ends_with("OR (username_key >= $3 AND username_key < $4))"));
        assert_eq!(Clause::write(&Filter::<GroupField>::default(), 1, true, false).sql, "");
    }

    #[test]
    fn what_comes_after_comes_after_all_that_begins_like_it() {
        assert_eq!(successor("ada").as_deref(), Some("adb"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor("\u{10ffff}"), None);
        assert_eq!(successor(""), None);
    }
}
