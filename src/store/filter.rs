//! A [`Filter`] as the condition of a statement. What is compared goes in by parameter; only names
//! of columns, which are ours, become part of the text.
//!
//! The one place where the engines are asked in different ways: text that begins with something is
//! a range by bytes. That is how SQLite sorts text anyway; PostgreSQL sorts it as people do, and has
//! operators and indexes of its own for bytes (`text_pattern_ops`). Flags are written out, so that
//! indexes of some rows answer them.

use std::fmt::{self, Write as _};

use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

use super::Conn;
use crate::domain::filter::{
    Comparison, Condition, Field, Filter, GroupField, Order, Sort, Test, UserField,
};

/// The column that answers for a field.
pub(super) trait Column: Field {
    /// Its name.
    fn column(self) -> &'static str;

    /// What holds for the column where a field is on; where it is off, it is 0.
    fn on(self) -> &'static str {
        "= 1"
    }

    /// The column that lists are in the order of, unless another is asked for.
    const ORDER: &str;

    /// For several ids: what has this one among them, as a list of ids; `?` stands for it.
    fn holders(self) -> &'static str {
        ""
    }
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
            Self::AlternateEmail => "alternate_email_key",
            Self::GivenName => "given_name_key",
            Self::Surname => "surname_key",
            Self::JobTitle => "job_title_key",
            Self::Department => "department_key",
            Self::EmployeeId => "employee_id_key",
            Self::Manager => "manager_id",
            Self::Groups => "group_id",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }

    fn on(self) -> &'static str {
        if self == Self::Registered { "> 0" } else { "= 1" }
    }

    const ORDER: &str = "username_key";

    fn holders(self) -> &'static str {
        "SELECT user_id FROM group_members WHERE group_id = ?"
    }
}

impl Column for GroupField {
    fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name_key",
            Self::ExternalId => "external_id",
            Self::Members => "user_id",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }

    const ORDER: &str = "name_key";

    fn holders(self) -> &'static str {
        "SELECT group_id FROM group_members WHERE user_id = ?
         UNION ALL SELECT parent_id FROM group_groups WHERE child_id = ?"
    }
}

/// The order of a list. What has no value comes last, or first in descending order (RFC 7644
/// §3.4.2.3), which is also how indexes of PostgreSQL have it.
pub(super) fn order_by<F: Column>(sort: Sort<F>) -> String {
    let column = sort.field.column();
    let (way, nulls) = if sort.descending { ("DESC", "FIRST") } else { ("ASC", "LAST") };
    // What nobody shares needs nothing to tell two apart, and has an index of its own.
    if matches!(column, "id" | "username_key" | "name_key") {
        format!("ORDER BY {column} {way}")
    } else {
        format!("ORDER BY {column} {way} NULLS {nulls}, id {way}")
    }
}

enum Value {
    Text(String),
    Number(i64),
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
    values: Vec<Value>,
}

/// How a condition is written.
#[derive(Clone, Copy)]
struct Style {
    /// The number of the first parameter.
    next: usize,
    /// Whether text is in the order of its bytes.
    sorts_by_bytes: bool,
    /// Whether no index is to be looked up by a flag.
    hide_flags: bool,
    /// The same for all else.
    hide_all: bool,
}

impl Style {
    /// The column of a field as it is to be written.
    fn column<F: Column>(self, field: F) -> String {
        let column = field.column();
        match field.comparison() {
            Comparison::Flag if self.hide_flags => format!("({column} + 0)"),
            Comparison::Exact | Comparison::Folded if self.hide_all => format!("({column} || '')"),
            _ => column.to_owned(),
        }
    }
}

impl Clause {
    /// The condition for this connection's engine; its parameters are numbered from `next`.
    pub(super) fn of<F: Column>(conn: &Conn, filter: &Filter<F>, next: usize) -> Self {
        let sorts_by_bytes = conn.backend_name() == "SQLite";
        let walked = Self::write(filter, next, sorts_by_bytes, true).sql;
        Self { walked, ..Self::write(filter, next, sorts_by_bytes, false) }
    }

    /// Whether all that is let through comes after this in the order.
    pub(super) fn begins_after(&self, after: &str) -> bool {
        self.begins.as_deref().is_some_and(|start| after < start)
    }

    /// Whether a walk in the order is all there is to do from here on.
    pub(super) fn is_walk(&self) -> bool {
        self.out_of_order || self.begins.is_some()
    }

    fn write<F: Column>(
        filter: &Filter<F>,
        next: usize,
        sorts_by_bytes: bool,
        hide_all: bool,
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
            let hide_flags = hide_all || is_called;
            let style = Style { next, sorts_by_bytes, hide_flags, hide_all };
            for (index, condition) in conditions.iter().enumerate() {
                if index > 0 {
                    clause.sql.push_str(" AND ");
                }
                clause.test(condition, &condition.test, style);
                let Test::StartsWith(text) = &condition.test else { continue };
                if condition.field.column() != F::ORDER {
                    clause.out_of_order = true;
                } else if sorts_by_bytes && filter.any_of.len() == 1 {
                    clause.begins = Some(text.to_lowercase());
                }
            }
        }
        if !clause.sql.is_empty() {
            clause.sql.push_str("))");
        }
        clause
    }

    fn test<F: Column>(&mut self, condition: &Condition<F>, wanted: &Test, style: Style) {
        let Style { next, sorts_by_bytes, .. } = style;
        let (field, comparison) = (condition.field, condition.field.comparison());
        let column = style.column(field);
        let column = column.as_str();
        let fold = |text: &str| match comparison {
            Comparison::Folded => Value::Text(text.to_lowercase()),
            _ => Value::Text(text.to_owned()),
        };
        match wanted {
            Test::Not(wanted) => {
                // Not NOT: of NULL, one knows neither a thing nor its opposite.
                self.sql.push_str("CASE WHEN ");
                self.test(condition, wanted, style);
                self.sql.push_str(" THEN 0 ELSE 1 END = 1");
            }
            Test::Present if comparison == Comparison::Ids => {
                let holders = field.holders().replace(" = ?", " IS NOT NULL");
                self.write_text(format_args!("id IN ({holders})"));
            }
            Test::Present => self.write_text(format_args!("{column} IS NOT NULL")),
            Test::Is(id) if comparison == Comparison::Ids => {
                let parameter = format!("${}", next + self.values.len());
                self.write_text(format_args!(
                    "id IN ({})",
                    field.holders().replace('?', &parameter)
                ));
                self.values.push(Value::Text(id.clone()));
            }
            Test::Is(text) => self.add(column, "=", next, fold(text)),
            Test::Text(order, text) => self.add(column, operator(*order), next, fold(text)),
            Test::Time(order, time) => {
                self.add(column, operator(*order), next, Value::Number(time.micros()));
            }
            Test::Flag(true) => self.write_text(format_args!("{column} {}", field.on())),
            Test::Flag(false) => self.write_text(format_args!("{column} = 0")),
            Test::StartsWith(text) => {
                let Value::Text(text) = fold(text) else { return };
                let end = successor(&text);
                let (from, before) = if sorts_by_bytes { (">=", "<") } else { ("~>=~", "~<~") };
                self.sql.push('(');
                self.add(column, from, next, Value::Text(text));
                if let Some(end) = end {
                    self.sql.push_str(" AND ");
                    self.add(column, before, next, Value::Text(end));
                }
                self.sql.push(')');
            }
            // LIKE of SQLite knows no case, and here some columns do.
            Test::Contains(text) if sorts_by_bytes => {
                let call = format!("instr({column}, ${})", next + self.values.len());
                self.write_text(format_args!("{call} > 0"));
                self.values.push(fold(text));
            }
            Test::Contains(text) => self.like(column, next, &fold(text), "%", "%"),
            Test::EndsWith(text) if sorts_by_bytes && !text.is_empty() => {
                let parameter = format!("${}", next + self.values.len());
                let end = format!("substr({column}, -length({parameter})) = {parameter}");
                self.sql.push_str(&end);
                self.values.push(fold(text));
            }
            Test::EndsWith(text) => self.like(column, next, &fold(text), "%", ""),
        }
    }

    fn write_text(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.sql.write_fmt(text);
    }

    fn like(&mut self, column: &str, next: usize, value: &Value, before: &str, after: &str) {
        let Value::Text(text) = value else { return };
        let pattern = format!("{before}{}{after}", literal(text));
        self.add(column, "LIKE", next, Value::Text(pattern));
        self.sql.push_str(" ESCAPE '\\'");
    }

    fn add(&mut self, column: &str, operator: &str, first: usize, value: Value) {
        // Writing to a string does not fail.
        let _ = write!(self.sql, "{column} {operator} ${}", first + self.values.len());
        self.values.push(value);
    }

    /// Binds what it compares with.
    pub(super) fn bind(self, query: Query<'_, Any, AnyArguments>) -> Query<'_, Any, AnyArguments> {
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        })
    }
}

fn operator(order: Order) -> &'static str {
    match order {
        Order::Less => "<",
        Order::AtMost => "<=",
        Order::Same => "=",
        Order::AtLeast => ">=",
        Order::More => ">",
    }
}

/// What `LIKE` takes for this very text.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        if matches!(letter, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
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
            " AND ((email_key = $2 AND (enabled + 0) = 1) OR ((username_key ~>=~ $3 AND username_key ~<~ $4)))"
        );
        assert!(matches!(&clause.values[0], Value::Text(text) if text == "a@b"));
        assert!(matches!(&clause.values[1], Value::Text(text) if text == "'; drop_"));
        let clause = Clause::write(&filter, 2, true, false);
        assert!(clause.sql.ends_with("OR ((username_key >= $3 AND username_key < $4)))"));
        assert!(matches!(&clause.values[2], Value::Text(text) if text == "'; drop`"));
        assert_eq!(Clause::write(&Filter::<GroupField>::default(), 1, true, false).sql, "");
    }

    #[test]
    fn every_test_has_its_words() {
        let write = |field: UserField, test: Test| {
            let filter = Filter { any_of: vec![vec![Condition::new(field, test).unwrap()]] };
            Clause::write(&filter, 1, false, false)
        };
        let not = |test| Test::Not(Box::new(test));
        for (field, test, sql) in [
            (UserField::Surname, Test::Present, "surname_key IS NOT NULL"),
            (UserField::Surname, Test::Contains("a%".into()), "surname_key LIKE $1 ESCAPE '\\'"),
            (UserField::Surname, Test::Text(Order::AtMost, "a".into()), "surname_key <= $1"),
            (
                UserField::CreatedAt,
                not(Test::Time(Order::More, crate::domain::time::Timestamp::default())),
                "CASE WHEN created_at > $1 THEN 0 ELSE 1 END = 1",
            ),
            (
                UserField::Groups,
                Test::Is("g".into()),
                "id IN (SELECT user_id FROM group_members WHERE group_id = $1)",
            ),
            (
                UserField::Groups,
                Test::Present,
                "id IN (SELECT user_id FROM group_members WHERE group_id IS NOT NULL)",
            ),
        ] {
            assert_eq!(write(field, test).sql, format!(" AND (({sql}))"));
        }
        let clause = write(UserField::Email, Test::EndsWith("@A_b".into()));
        assert!(matches!(&clause.values[0], Value::Text(text) if text == "%@a\\_b"));
        assert_eq!(Condition::new(UserField::Enabled, Test::Is("true".into())), None);
        assert_eq!(Condition::new(UserField::CreatedAt, not(Test::Flag(true))), None);
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
