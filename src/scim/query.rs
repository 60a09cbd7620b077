//! What a list is asked for: in the address (RFC 7644 §3.4.2), or in a body (§3.4.3).

use serde_json::Value;

use super::body::Body;
use super::error::ScimError;
use super::filter::{Named, sort_field, translate};
use super::selection::Selection;
use super::syntax::{Expression, parse_filter};
use crate::domain::filter::{Filter, Sort};
use crate::service::directory::Page;

/// The schema of a search.
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The largest page.
pub const COUNT_MAX: u32 = 200;
/// The page that nobody asked for in another size.
const COUNT_DEFAULT: u32 = 100;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Which attributes.
    pub selection: Selection,
    /// Which resources.
    pub filter: Option<Expression>,
    start_index: Option<i64>,
    count: Option<i64>,
    sort_by: Option<String>,
    descending: bool,
}

impl Query {
    /// Reads the parameters of an address. Those that nobody knows are none of our business.
    pub fn of_address(query: &str) -> Result<Self, ScimError> {
        let mut found = Self::default();
        let (mut only, mut without) = (Vec::new(), Vec::new());
        let list = |value: &str| -> Vec<String> {
            value.split(',').filter(|name| !name.trim().is_empty()).map(str::to_owned).collect()
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let number =
                |name| value.trim().parse::<i64>().map_err(|_| ScimError::value(name, NUMBER));
            match name.as_ref() {
                "attributes" => only.extend(list(&value)),
                "excludedAttributes" => without.extend(list(&value)),
                "filter" => found.filter = Some(parse_filter(&value)?),
                "startIndex" => found.start_index = Some(number("startIndex")?),
                "count" => found.count = Some(number("count")?),
                "sortBy" => found.sort_by = Some(value.into_owned()),
                "sortOrder" => found.descending = is_descending(&value)?,
                _ => {}
            }
        }
        found.selection = Selection::read(&only, &without)?;
        Ok(found)
    }

    /// Reads the body of a search.
    pub fn of_body(body: &Body) -> Result<Self, ScimError> {
        body.check_schema(SEARCH)?;
        let text = |name: &'static str| match body.field(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(ScimError::value(name, "text is needed")),
        };
        let number = |name: &'static str| match body.field(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| ScimError::value(name, NUMBER)),
        };
        let names = |name: &'static str| -> Result<Vec<String>, ScimError> {
            let refused = || ScimError::value(name, "a list of names is needed");
            match body.field(name) {
                None | Some(Value::Null) => Ok(Vec::new()),
                Some(Value::Array(list)) => list
                    .iter()
                    .map(|name| name.as_str().map(str::to_owned).ok_or_else(refused))
                    .collect(),
                Some(_) => Err(refused()),
            }
        };
        Ok(Self {
            selection: Selection::read(&names("attributes")?, &names("excludedAttributes")?)?,
            filter: text("filter")?.map(parse_filter).transpose()?,
            start_index: number("startIndex")?,
            count: number("count")?,
            sort_by: text("sortBy")?.map(str::to_owned),
            descending: text("sortOrder")?.map_or(Ok(false), is_descending)?,
        })
    }

    /// The place of the first result, counted from 1.
    pub fn start_index(&self) -> u32 {
        u32::try_from(self.start_index.unwrap_or(1).max(1)).unwrap_or(u32::MAX)
    }

    /// How many results there are at most.
    pub fn count(&self) -> u32 {
        let count = self.count.unwrap_or(i64::from(COUNT_DEFAULT)).max(0);
        u32::try_from(count).unwrap_or(u32::MAX).min(COUNT_MAX)
    }

    /// The part of a list that is asked for, in its order; in the order of `id`, which is that of
    /// their creation, where none is asked for.
    pub fn page<F: Named>(&self, id: F) -> Result<Page<F>, ScimError> {
        let field = self.sort_by.as_deref().map_or(Ok(id), sort_field)?;
        let sort = Sort { field, descending: self.descending };
        Ok(Page { sort, offset: self.start_index() - 1, limit: self.count() })
    }

    /// The filter as the database answers it; none where nothing can pass it.
    pub fn filter<F: Named>(&self, lenient: bool) -> Result<Option<Filter<F>>, ScimError> {
        match &self.filter {
            None => Ok(Some(Filter::default())),
            Some(filter) => translate(filter, lenient),
        }
    }

    /// Refuses what cannot be asked of all resources together.
    pub fn check_unsorted(&self) -> Result<(), ScimError> {
        if self.sort_by.is_some() {
            let message = "people and groups together come in no order of yours";
            return Err(ScimError::value("sortBy", message));
        }
        Ok(())
    }
}

const NUMBER: &str = "a whole number is needed";

fn is_descending(order: &str) -> Result<bool, ScimError> {
    match order.to_ascii_lowercase().as_str() {
        "ascending" => Ok(false),
        "descending" => Ok(true),
        _ => Err(ScimError::value("sortOrder", "ascending or descending is needed")),
    }
}
