//! What surrounds the content of every page of the portal, and what pages say alike.

use std::fmt;

use super::access::Admin;
use super::naming::field;
use crate::domain::authority::Action;
use crate::domain::time::Timestamp;
use crate::http::language::{Text, ToValue, Value, say};
use crate::http::problem::Problem;
use crate::pages::views::Chrome;
use crate::pages::words;
use crate::service::AdminError;

/// How many rows a page of a list has.
pub(super) const PAGE: u32 = 25;

/// A part of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    People,
    Groups,
    Policies,
    Branding,
    Applications,
    Audit,
}

impl Section {
    const ALL: [Self; 7] = [
        Self::Overview,
        Self::People,
        Self::Groups,
        Self::Policies,
        Self::Branding,
        Self::Applications,
        Self::Audit,
    ];

    /// The message that names it.
    fn label(self) -> &'static str {
        match self {
            Self::Overview => "admin-overview",
            Self::People => "admin-people",
            Self::Groups => "admin-groups",
            Self::Policies => "admin-policies",
            Self::Branding => "admin-branding",
            Self::Applications => "admin-applications",
            Self::Audit => "admin-audit",
        }
    }

    /// Its picture.
    fn icon(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::People => "group",
            Self::Groups => "folder",
            Self::Policies => "policy",
            Self::Branding => "palette",
            Self::Applications => "app",
            Self::Audit => "log",
        }
    }

    fn href(self) -> &'static str {
        match self {
            Self::Overview => "/admin",
            Self::People => "/admin/people",
            Self::Groups => "/admin/groups",
            Self::Policies => "/admin/policies",
            Self::Branding => "/admin/branding",
            Self::Applications => "/admin/applications",
            Self::Audit => "/admin/audit",
        }
    }

    /// What one must be allowed to see it.
    fn action(self) -> Option<Action> {
        match self {
            Self::Overview => None,
            Self::People => Some(Action::SeePeople),
            Self::Groups => Some(Action::SeeGroups),
            Self::Policies | Self::Branding => Some(Action::SeePolicies),
            Self::Applications => Some(Action::SeeApps),
            Self::Audit => Some(Action::SeeAudit),
        }
    }
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub(super) struct NavLink {
    pub(super) label: String,
    pub(super) icon: &'static str,
    pub(super) href: &'static str,
    pub(super) current: bool,
}

/// What surrounds the content.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) chrome: Chrome,
    pub(super) nav: Vec<NavLink>,
    pub(super) username: String,
    /// What was just done.
    pub(super) notice: Option<String>,
}

impl Frame {
    pub(super) fn new(
        chrome: Chrome,
        section: Section,
        admin: &Admin,
        notice: Option<String>,
    ) -> Self {
        let visible =
            |section: &Section| section.action().is_none_or(|action| admin.may(action, None));
        let nav = Section::ALL.into_iter().filter(visible).map(|each| NavLink {
            label: say(each.label()).spoken(),
            icon: each.icon(),
            href: each.href(),
            current: each == section,
        });
        Self {
            chrome,
            nav: nav.collect(),
            username: admin.user.username.as_str().to_owned(),
            notice,
        }
    }
}

/// A moment, for people and for the script that tells it in their time zone.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    iso: String,
    text: String,
}

impl Moment {
    pub(super) fn new(at: Timestamp) -> Self {
        Self { iso: at.to_string(), text: words::moment(at) }
    }
}

impl fmt::Display for Moment {
    /// As a `time` element. Both parts are made of digits, and of letters and punctuation of ours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<time datetime=\"{}\" data-moment>{}</time>", self.iso, self.text)
    }
}

impl ToValue for Moment {
    /// For messages with markup.
    fn to_value(&self) -> Value {
        Value::Markup(self.to_string())
    }
}

/// A choice in a list of choices.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

impl Choice {
    pub(super) fn new(value: &str, label: &str, chosen: bool) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), chosen }
    }
}

/// A query with these parameters, empty ones left out; with its question mark, or empty.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { query } else { format!("?{query}") }
}

/// Why something was not done, for the form that asked for it; what no form can mend is a problem
/// of its own.
pub(super) fn explain(error: AdminError) -> Result<String, Problem> {
    match error {
        AdminError::Invalid(invalid) => {
            Ok(format!("{}: {}.", field(&invalid.field), invalid.message.spoken()))
        }
        AdminError::Exists(what) => Ok(exists(&what).spoken()),
        AdminError::Changed => Ok(say("admin-changed").spoken()),
        other => Err(other.into()),
    }
}

/// That a name is taken already.
fn exists(what: &str) -> Text {
    match what.split_once(' ') {
        Some(("user", name)) => say("admin-exists-user").with("name", name),
        Some(("group", name)) => say("admin-exists-group").with("name", name),
        Some(("client", name)) => say("admin-exists-client").with("name", name),
        _ => say("admin-exists").with("what", what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_leave_out_what_is_empty_and_escape_the_rest() {
        assert_eq!(query(&[("q", ""), ("after", "")]), "");
        assert_eq!(query(&[("q", "a&b=c"), ("after", ""), ("state", "x")]), "?q=a%26b%3Dc&state=x");
    }
}
