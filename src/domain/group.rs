//! Groups of people: what policies aim at.

use super::error::Invalid;
use super::id::GroupId;
use super::time::Timestamp;

/// A named set of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub id: GroupId,
    /// Its name; unique without regard to case.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Reads a group's name: 1 to 128 characters, none of them a control character.
pub fn parse_name(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 128 || text.chars().any(char::is_control) {
        return Err(Invalid::new("group", "a name of 1 to 128 printable characters is needed"));
    }
    Ok(text.to_owned())
}

/// The form of a group's name that is compared.
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}
