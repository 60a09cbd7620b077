//! Whom a policy is about: groups and people, of whom some are left out.

use serde::{Deserialize, Serialize};

use crate::domain::id::{GroupId, UserId};

/// Whether a method may be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// People in scope may use it.
    Enabled,
    /// Nobody may.
    Disabled,
}

/// What a target names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetType {
    /// A group, or everybody.
    Group,
    /// One person.
    User,
}

/// The id of the target that means everybody.
pub const ALL_USERS: &str = "all_users";

/// One entry of a policy's `includeTargets` or `excludeTargets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// What `id` names.
    pub target_type: TargetType,
    /// A group's or a person's id, or `all_users`. Compared without regard to case.
    pub id: String,
    /// Entra's field: whether people in this target are asked to register. Kept, not interpreted.
    #[serde(default)]
    pub is_registration_required: bool,
    /// In the policy of FIDO2 keys: the passkey profiles of whoever is in this target, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_passkey_profiles: Option<Vec<String>>,
}

impl Target {
    /// Whether it names a group, and not everybody.
    pub fn is_some_group(&self) -> bool {
        self.target_type == TargetType::Group && !self.id.eq_ignore_ascii_case(ALL_USERS)
    }

    /// The target that means everybody.
    pub fn everybody() -> Self {
        Self {
            target_type: TargetType::Group,
            id: ALL_USERS.into(),
            is_registration_required: false,
            allowed_passkey_profiles: None,
        }
    }

    /// The ids of the passkey profiles that it names.
    pub(super) fn profiles(&self) -> impl Iterator<Item = &str> {
        self.allowed_passkey_profiles.iter().flatten().map(String::as_str)
    }

    /// Whether it means everybody.
    pub(super) fn is_everybody(&self) -> bool {
        self.target_type == TargetType::Group && self.id.eq_ignore_ascii_case(ALL_USERS)
    }

    pub(super) fn matches(&self, user: UserId, groups: &[GroupId]) -> bool {
        match self.target_type {
            TargetType::User => self.id.eq_ignore_ascii_case(&user.to_string()),
            TargetType::Group => {
                self.id.eq_ignore_ascii_case(ALL_USERS)
                    || groups.iter().any(|group| self.id.eq_ignore_ascii_case(&group.to_string()))
            }
        }
    }
}

/// A target as people write it, `group:Staff=>hardware+any`: whom it names, and the ids of passkey
/// profiles.
pub fn split_profiles(word: &str) -> (&str, Option<Vec<&str>>) {
    match word.split_once("=>") {
        None => (word.trim(), None),
        Some((whom, profiles)) => {
            let ids = profiles.split('+').map(str::trim).filter(|id| !id.is_empty());
            (whom.trim(), Some(ids.collect()))
        }
    }
}

/// The same the other way round: what follows whom a target, in JSON, names.
pub fn written_profiles(target: &serde_json::Value) -> String {
    let ids = target.get("allowedPasskeyProfiles").and_then(serde_json::Value::as_array);
    let ids: Vec<_> = ids.into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    if ids.is_empty() { String::new() } else { format!("=>{}", ids.join("+")) }
}

/// Whether a person is among those included and not among those excluded: exclusion wins.
/// `groups` are all the groups that they are in, also through other groups.
pub(super) fn hits(
    include: &[Target],
    exclude: &[Target],
    user: UserId,
    groups: &[GroupId],
) -> bool {
    let any = |targets: &[Target]| targets.iter().any(|target| target.matches(user, groups));
    any(include) && !any(exclude)
}
