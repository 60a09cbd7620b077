//! Reading typed values out of a row of either engine.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Column as _, Row};

use super::{Error, Result};
use crate::domain::time::Timestamp;

/// Typed access to a row's columns.
pub(super) trait Columns {
    fn text(&self, column: &'static str) -> Result<String>;
    fn opt_text(&self, column: &'static str) -> Result<Option<String>>;
    fn int(&self, column: &'static str) -> Result<i64>;
    fn opt_int(&self, column: &'static str) -> Result<Option<i64>>;

    /// Text that parses into `T`.
    fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T> {
        self.text(column)?.parse().map_err(|_| Error::Corrupt(column))
    }

    /// Text that parses into `T`, or NULL.
    fn opt_parsed<T: FromStr>(&self, column: &'static str) -> Result<Option<T>> {
        self.opt_text(column)?
            .map(|text| text.parse().map_err(|_| Error::Corrupt(column)))
            .transpose()
    }

    /// A JSON document.
    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        serde_json::from_str(&self.text(column)?).map_err(|_| Error::Corrupt(column))
    }

    fn flag(&self, column: &'static str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    fn count(&self, column: &'static str) -> Result<u32> {
        u32::try_from(self.int(column)?).map_err(|_| Error::Corrupt(column))
    }

    fn time(&self, column: &'static str) -> Result<Timestamp> {
        Ok(Timestamp::from_micros(self.int(column)?))
    }

    fn opt_time(&self, column: &'static str) -> Result<Option<Timestamp>> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }
}

impl Columns for AnyRow {
    fn text(&self, column: &'static str) -> Result<String> {
        Ok(self.try_get(column)?)
    }

    fn opt_text(&self, column: &'static str) -> Result<Option<String>> {
        Ok(self.try_get(column)?)
    }

    fn int(&self, column: &'static str) -> Result<i64> {
        Ok(self.try_get(column)?)
    }

    fn opt_int(&self, column: &'static str) -> Result<Option<i64>> {
        Ok(self.try_get(column)?)
    }
}

/// What stands between the columns of two tables in a statement that asks for several (see [`Part`]).
pub(super) const CUT: &str = "0 AS cut";

/// One table's columns in a row of several tables that are selected with [`CUT`] between them.
pub(super) struct Part<'a> {
    row: &'a AnyRow,
    first: usize,
    count: usize,
}

impl<'a> Part<'a> {
    /// The tables in a row, in their order.
    pub(super) fn of<const N: usize>(row: &'a AnyRow) -> Result<[Self; N]> {
        let mut parts = Vec::with_capacity(N);
        let mut first = 0;
        for table in row.columns().split(|column| column.name() == "cut") {
            parts.push(Self { row, first, count: table.len() });
            first += table.len() + 1;
        }
        parts.try_into().map_err(|_| Error::Corrupt("row"))
    }

    fn index(&self, column: &'static str) -> Result<usize> {
        let columns = self.row.columns().iter().enumerate().skip(self.first).take(self.count);
        let mut named = columns.filter(|(_, known)| known.name() == column);
        named.next().map(|(index, _)| index).ok_or(Error::Corrupt(column))
    }
}

impl Columns for Part<'_> {
    fn text(&self, column: &'static str) -> Result<String> {
        Ok(self.row.try_get(self.index(column)?)?)
    }

    fn opt_text(&self, column: &'static str) -> Result<Option<String>> {
        Ok(self.row.try_get(self.index(column)?)?)
    }

    fn int(&self, column: &'static str) -> Result<i64> {
        Ok(self.row.try_get(self.index(column)?)?)
    }

    fn opt_int(&self, column: &'static str) -> Result<Option<i64>> {
        Ok(self.row.try_get(self.index(column)?)?)
    }
}

/// A value as JSON text. Our own types always serialise.
pub(super) fn to_json<T: serde::Serialize>(value: &T, what: &'static str) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Corrupt(what))
}

/// So many parameters, separated by commas, from the first on.
pub(super) fn numbered(count: usize) -> String {
    (1..=count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}
