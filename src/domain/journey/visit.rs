//! What brings an admin to the portal.

use serde::{Deserialize, Serialize};

/// Where every page of the portal begins.
pub const PORTAL: &str = "/admin";
/// The longest address of a page, in bytes.
const LENGTH_MAX: usize = 2048;

/// A visit to the admin portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminVisit {
    /// The page that was asked for: where the journey leads.
    pub page: PortalPage,
    /// Whether something is to be changed there, for which the sign-in must be recent.
    pub change: bool,
}

/// The address of a page of the portal: a path with or without a query, never another origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PortalPage(String);

impl PortalPage {
    /// The page, if it is one of the portal; else its first page.
    pub fn new(path_and_query: &str) -> Self {
        let rest = path_and_query.strip_prefix(PORTAL);
        let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        let plain = path_and_query.len() <= LENGTH_MAX
            && path_and_query.chars().all(|c| c.is_ascii_graphic() && c != '\\' && c != '#')
            && !path_and_query.contains("..");
        Self(if inside && plain { path_and_query } else { PORTAL }.to_owned())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_leads_nowhere_but_to_the_portal() {
        for inside in ["/admin", "/admin/people?q=a%20b&after=x", "/admin?x=//evil.example"] {
            assert_eq!(PortalPage::new(inside).as_str(), inside);
        }
        let long = format!("/admin/{}", "a".repeat(LENGTH_MAX));
        for outside in [
            "",
            "//evil.example/admin",
            "https://evil.example/admin",
            "/administrator",
            "/admin\\evil",
            "/admin/../security-info",
            "/admin/\r\nLocation: x",
            "/admin#x",
            &long,
        ] {
            assert_eq!(PortalPage::new(outside).as_str(), PORTAL, "{outside:?}");
        }
    }
}
