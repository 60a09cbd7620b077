//! OData's query options, as far as Graph's clients use them here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::error::GraphError;

/// The options of a list.
pub const LIST: &[&str] = &["$select", "$top", "$filter", "$count", "$skiptoken"];
/// The options of a list that cannot be narrowed down.
pub const PLAIN_LIST: &[&str] = &["$select", "$top", "$skiptoken"];
/// The options of a list that is in the order of its times.
pub const TIMED_LIST: &[&str] = &["$select", "$top", "$filter", "$orderby", "$skiptoken"];
/// The options of one object.
pub const ONE: &[&str] = &["$select"];

/// The page that nobody asked for in another size.
const TOP_DEFAULT: u32 = 100;
/// The largest page.
const TOP_MAX: u32 = 999;

/// What a query asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Properties; none for all.
    select: Option<Vec<String>>,
    /// How many.
    pub top: u32,
    /// Which; not read yet.
    pub filter: Option<String>,
    /// Whether it is to be said how many there are.
    pub count: bool,
    /// In which order; not read yet.
    pub orderby: Option<String>,
    /// Where the page before this one ended.
    pub after: Option<String>,
}

impl Options {
    /// Reads a query. An option of OData that is not among `known` is refused, because leaving it
    /// out would answer another question; all else is none of our business.
    pub fn parse(query: &str, known: &[&str]) -> Result<Self, GraphError> {
        let mut options = Self { top: TOP_DEFAULT, ..Self::default() };
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if !name.starts_with('$') {
                continue;
            }
            if seen.iter().any(|other| *other == name) {
                return Err(GraphError::field(name, "it was given more than once"));
            }
            let Some(name) = known.iter().find(|known| **known == name) else {
                let list = if known.is_empty() { "none".into() } else { known.join(", ") };
                let message = format!("this option is not supported here; supported: {list}");
                return Err(GraphError::field(name, message));
            };
            seen.push((*name).to_owned());
            let invalid = |message: &str| Err(GraphError::field(*name, message));
            match *name {
                "$select" => {
                    let names = value.split(',').map(|name| name.trim().to_owned());
                    options.select = Some(names.filter(|name| !name.is_empty()).collect());
                }
                "$top" => match value.parse() {
                    Ok(top) if (1..=TOP_MAX).contains(&top) => options.top = top,
                    _ => return invalid("a whole number from 1 to 999 is needed"),
                },
                "$filter" => options.filter = Some(value.into_owned()),
                "$orderby" => options.orderby = Some(value.into_owned()),
                "$count" => match value.as_ref() {
                    "true" => options.count = true,
                    "false" => {}
                    _ => return invalid("true or false is needed"),
                },
                _ => match decode_token(&value) {
                    Some(after) => options.after = Some(after),
                    None => return invalid("this is not one that an @odata.nextLink gave"),
                },
            }
        }
        Ok(options)
    }

    /// Leaves the selected properties of an object, and what OData says about it.
    pub fn select(&self, object: Map<String, Value>) -> Map<String, Value> {
        let Some(names) = &self.select else { return object };
        object
            .into_iter()
            .filter(|(name, _)| name.starts_with('@') || names.contains(name))
            .collect()
    }

    /// Refuses to select what there is not.
    pub fn check_select(&self, known: &[&str]) -> Result<(), GraphError> {
        let unknown = self.select.iter().flatten().find(|name| !known.contains(&name.as_str()));
        match unknown {
            None => Ok(()),
            Some(name) => {
                let message =
                    format!("there is no property {name}; there are {}", known.join(", "));
                Err(GraphError::field("$select", message))
            }
        }
    }
}

/// The place in a list as an opaque token.
pub fn token(after: &str) -> String {
    URL_SAFE_NO_PAD.encode(after)
}

fn decode_token(token: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    (!text.contains('\0')).then_some(text)
}

/// The page that was asked for, out of one more than that, and the token of the next one.
pub fn page<T>(
    mut found: Vec<T>,
    top: u32,
    key: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let top = top as usize;
    let more = found.len() > top;
    found.truncate(top);
    let next = found.last().filter(|_| more).map(|last| token(&key(last)));
    (found, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_refused_by_name() {
        let query = "$top=5&$select=id,%20displayName&$count=true&other=1&$skiptoken=YWRh";
        let options = Options::parse(query, LIST).unwrap();
        assert_eq!((options.top, options.count), (5, true));
        assert_eq!(options.select, Some(vec!["id".into(), "displayName".into()]));
        assert_eq!(options.after.as_deref(), Some("ada"));
        for query in [
            "$top=0",
            "$top=1000",
            "$top=x",
            "$count=yes",
            "$skiptoken=%21",
            "$skiptoken=AA",
            "$expand=manager",
            "$top=1&$top=2",
        ] {
            assert!(Options::parse(query, LIST).is_err(), "{query}");
        }
        assert!(Options::parse("$filter=id%20eq%20'a'", ONE).is_err());
    }
}
