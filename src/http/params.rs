//! Request parameters as OAuth wants them: each at most once, empty ones as if left out.

use std::fmt;

use url::form_urlencoded;

/// The most parameters that a request may have.
const COUNT_MAX: usize = 64;
/// The longest value, in bytes.
pub const VALUE_MAX: usize = 8 * 1024;

/// The one parameter that may come more than once (RFC 8707 §2).
pub const RESOURCE: &str = "resource";

/// The parameters of one request.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl fmt::Debug for Params {
    /// Names alone: among the values are passes, codes and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Why parameters cannot be taken, for the developer.
pub type Malformed = &'static str;

impl Params {
    /// Reads `application/x-www-form-urlencoded` text: a query or a body. A parameter that comes
    /// twice is refused (RFC 6749 §3.1).
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        Self::parse_up_to(text, VALUE_MAX)
    }

    /// The same with values of up to so many bytes.
    pub fn parse_up_to(text: &[u8], value_max: usize) -> Result<Self, Malformed> {
        let mut params: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if params.len() == COUNT_MAX {
                return Err("there are too many parameters");
            }
            if value.len() > value_max {
                return Err("a parameter is too long");
            }
            if value.contains('\0') || value.contains(char::REPLACEMENT_CHARACTER) {
                return Err("a parameter is not valid UTF-8 text");
            }
            if name != RESOURCE && params.iter().any(|(known, _)| *known == name) {
                return Err("a parameter was sent more than once");
            }
            params.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(params))
    }

    /// The same without those of these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }

    /// A parameter; one without a value counts as left out (RFC 6749 §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// Every value of a parameter, each once; empty ones count as left out.
    pub fn all(&self, name: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (known, value) in &self.0 {
            if known == name && !value.is_empty() && !all.contains(value) {
                all.push(value.clone());
            }
        }
        all
    }

    /// The same parameters, and one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, owned.
    pub fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Every parameter, in the order in which they came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters as a query.
    pub fn to_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_and_empty_is_absent() {
        let params = Params::parse(b"a=1&b=&c=x%20y+z").unwrap();
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
        assert_eq!(params.get("c"), Some("x y z"));
        assert!(Params::parse(b"a=1&a=1").is_err());
    }

    #[test]
    fn hostile_input_is_refused() {
        assert!(Params::parse(b"a=%00").is_err());
        assert!(Params::parse(b"a=%ff%fe").is_err());
        let many: Vec<u8> = (0..100_000).flat_map(|n| format!("p{n}=1&").into_bytes()).collect();
        assert!(Params::parse(&many).is_err());
        assert!(Params::parse(format!("a={}", "x".repeat(VALUE_MAX + 1)).as_bytes()).is_err());
    }
}
