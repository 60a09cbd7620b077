//! What brings an admin to the portal, and people to what they want to change of their own.

use serde::{Deserialize, Serialize};

/// Where every page of the portal begins.
pub const PORTAL: &str = "/admin";
/// Where My Security Info begins.
pub const SECURITY_INFO: &str = "/security-info";
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

/// Whether an address is `root` or something in it, and nothing else in disguise.
fn is_inside(root: &str, path_and_query: &str) -> bool {
    let rest = path_and_query.strip_prefix(root);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        && path_and_query.len() <= LENGTH_MAX
        && path_and_query.chars().all(|c| c.is_ascii_graphic() && c != '\\' && c != '#')
        && !path_and_query.split('?').next().is_some_and(|path| path.contains(".."))
}

impl PortalPage {
    /// The page, if it is one of the portal; else its first page.
    pub fn new(path_and_query: &str) -> Self {
        let inside = is_inside(PORTAL, path_and_query);
        Self(if inside { path_and_query } else { PORTAL }.to_owned())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody wants to change in My Security Info, for which a strong sign-in must be recent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeVisit {
    /// The page on which it is done: where the journey leads.
    pub page: InfoPage,
}

/// The address of a page of My Security Info, never another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InfoPage(String);

impl InfoPage {
    /// The page, if it is one of My Security Info; else its first page.
    pub fn new(path_and_query: &str) -> Self {
        let inside = is_inside(SECURITY_INFO, path_and_query);
        Self(if inside { path_and_query } else { SECURITY_INFO }.to_owned())
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

    #[test]
    fn a_change_leads_nowhere_but_to_ones_own_pages() {
        for inside in ["/security-info", "/security-info/methods/1?name=a..b", "/security-info?x"] {
            assert_eq!(InfoPage::new(inside).as_str(), inside);
        }
        for outside in
            ["", "/security-information", "//evil.example/security-info", "/security-info/../admin"]
        {
            assert_eq!(InfoPage::new(outside).as_str(), SECURITY_INFO, "{outside:?}");
        }
    }
}
