//! Applications that know no OpenID Connect and stand behind a proxy that asks us of each request.

use serde::{Deserialize, Serialize};
use url::Url;

use super::super::error::Invalid;
use super::super::id::GroupId;
use super::super::redirect;
use crate::domain::language::say;

/// Under this path of a protected application, its proxy passes requests to us.
pub const FORWARD_PATH: &str = "/.firstkey";

/// How a protected application is reached, and who may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardAuth {
    /// Where people reach it: `https://wiki.example.com`, without a slash at the end.
    pub origin: String,
    /// Ids of the groups of which a person must be in one; none for everybody.
    #[serde(default)]
    pub groups: Vec<GroupId>,
}

impl ForwardAuth {
    /// Where it gets its codes.
    pub fn redirect_uri(&self) -> String {
        format!("{}{FORWARD_PATH}/callback", self.origin)
    }

    /// Where people are sent after signing out.
    pub fn front_door(&self) -> String {
        format!("{}/", self.origin)
    }

    /// The address of something in it, as its proxy or a query names it; none of anything else.
    /// What a browser would make of the text counts, not what it looks like.
    pub fn address(&self, path: &str) -> Option<String> {
        let fits =
            path.starts_with('/') && path.len() <= 4096 && !path.chars().any(char::is_control);
        let base = Url::parse(&self.front_door()).ok().filter(|_| fits)?;
        let url = base.join(path).ok()?;
        let same =
            url.origin() == base.origin() && url.username().is_empty() && url.password().is_none();
        same.then(|| url.into())
    }

    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let url = redirect::parse_web("forwardAuth.origin", &self.origin)?;
        if url.origin().ascii_serialization() != self.origin {
            let message = say("invalid-origin");
            return Err(Invalid::new("forwardAuth.origin", message));
        }
        if self.groups.len() > 100 {
            return Err(Invalid::new(
                "forwardAuth.groups",
                say("invalid-at-most-allowed").with("n", 100_u32),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_application() {
        let wiki = ForwardAuth { origin: "https://wiki.example.com".into(), groups: vec![] };
        let to = |path: &str| wiki.address(path);
        assert_eq!(to("/a/b?c=d&e=%2F").as_deref(), Some("https://wiki.example.com/a/b?c=d&e=%2F"));
        assert_eq!(to("/").as_deref(), Some("https://wiki.example.com/"));
        for hostile in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "///evil.example/",
            "https://evil.example/",
            "/\t/evil.example",
            "/\n/evil.example",
            "//@evil.example",
            "//u@wiki.example.com/",
            "//wiki.example.com:444/",
            "javascript:alert(1)",
        ] {
            assert_eq!(to(hostile), None, "{hostile:?}");
        }
        for origin in [
            "https://a.example/",
            "https://a.example/x",
            "http://a.example",
            "a.example",
            "https://A.example",
            "https://a.example:443",
            "https://u@a.example",
        ] {
            let it = ForwardAuth { origin: origin.into(), groups: vec![] };
            assert!(it.validate().is_err(), "{origin}");
        }
    }
}
