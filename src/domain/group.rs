//! Groups of people: what policies aim at.

use super::error::Invalid;
use super::id::{GroupId, UserId};
use super::time::Timestamp;
use crate::domain::language::say;

/// A named set of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub id: GroupId,
    /// Its name; unique without regard to case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The name by which the system that provisions it knows it (RFC 7643 §3.1).
    pub external_id: Option<String>,
    /// Counts changes of the group and of who is in it; what an `ETag` is made of.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Who is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// A person.
    User(UserId),
    /// All who are in another group.
    Group(GroupId),
}

impl Group {
    /// A group that nobody is in yet.
    pub fn new(id: GroupId, name: String, now: Timestamp) -> Self {
        Self {
            id,
            name,
            description: None,
            external_id: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Checks and trims what somebody typed; the error names the field.
    pub fn tidy(&mut self) -> Result<(), Invalid> {
        self.name = parse_name(&self.name)?;
        for (field, value) in
            [("description", &mut self.description), ("externalId", &mut self.external_id)]
        {
            let text = value.take().unwrap_or_default().trim().to_owned();
            if text.chars().count() > 1024 || text.chars().any(char::is_control) {
                return Err(Invalid::new(field, say("invalid-description")));
            }
            *value = Some(text).filter(|text| !text.is_empty());
        }
        Ok(())
    }
}

/// Reads a group's name: 1 to 128 characters, none of them a control character.
pub fn parse_name(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 128 || text.chars().any(char::is_control) {
        return Err(Invalid::new("group", say("invalid-group-name")));
    }
    Ok(text.to_owned())
}

/// The form of a group's name that is compared.
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}
