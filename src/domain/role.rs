//! Admin roles, with the names and the limits of Microsoft Entra's.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::Invalid;
use super::id::UserId;

/// What an admin may do. A person without a role is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Everything, but no pass for themselves.
    GlobalAdministrator,
    /// Passes and methods of admins and members.
    PrivilegedAuthenticationAdministrator,
    /// Passes and methods of members.
    AuthenticationAdministrator,
    /// The policies; nobody's pass.
    AuthenticationPolicyAdministrator,
    /// Users and groups; nobody's pass.
    UserAdministrator,
    /// Sees everything but values, changes nothing.
    GlobalReader,
}

impl Role {
    /// Every role, in order of reach.
    pub const ALL: [Self; 6] = [
        Self::GlobalAdministrator,
        Self::PrivilegedAuthenticationAdministrator,
        Self::AuthenticationAdministrator,
        Self::AuthenticationPolicyAdministrator,
        Self::UserAdministrator,
        Self::GlobalReader,
    ];

    /// The stable name used by commands, JSON and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "globalAdministrator",
            Self::PrivilegedAuthenticationAdministrator => "privilegedAuthenticationAdministrator",
            Self::AuthenticationAdministrator => "authenticationAdministrator",
            Self::AuthenticationPolicyAdministrator => "authenticationPolicyAdministrator",
            Self::UserAdministrator => "userAdministrator",
            Self::GlobalReader => "globalReader",
        }
    }
}

impl FromStr for Role {
    type Err = Invalid;

    /// Reads a role's name without regard to case, spaces, dashes and underscores.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = |s: &str| -> String {
            s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let wanted = plain(text);
        Self::ALL.into_iter().find(|role| plain(role.name()) == wanted).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|role| role.name()).collect();
            Invalid::new("role", format!("no such role; the roles are {}", names.join(", ")))
        })
    }
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person at the machine, through the command line: as powerful as the database file.
    Operator,
    /// The server itself, when it makes the first admin.
    System,
    /// A signed-in person.
    User {
        /// Their account.
        id: UserId,
        /// What they may do.
        roles: BTreeSet<Role>,
    },
}

/// Why a pass may not be issued by this person to that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody issues a pass to themselves.
    #[error("nobody may issue a Temporary Access Pass to themselves")]
    Self_,
    /// The issuer's roles do not reach this person.
    #[error("your roles do not allow issuing a Temporary Access Pass to this person")]
    Role,
}

/// Whether `actor` may issue a pass to the person `target`, who holds `target_roles`.
pub fn may_issue_pass(
    actor: &Actor,
    target: UserId,
    target_roles: &BTreeSet<Role>,
) -> Result<(), Denied> {
    let Actor::User { id, roles } = actor else {
        return Ok(());
    };
    if *id == target {
        return Err(Denied::Self_);
    }
    let privileged = roles.contains(&Role::GlobalAdministrator)
        || roles.contains(&Role::PrivilegedAuthenticationAdministrator);
    let reaches_members = roles.contains(&Role::AuthenticationAdministrator);
    if privileged || (reaches_members && target_roles.is_empty()) {
        Ok(())
    } else {
        Err(Denied::Role)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn role_by_target_table() {
        let admin = UserId(Uuid::from_u128(1));
        let other = UserId(Uuid::from_u128(2));
        let member = BTreeSet::new();
        let reader = BTreeSet::from([Role::GlobalReader]);
        for role in Role::ALL {
            let actor = Actor::User { id: admin, roles: BTreeSet::from([role]) };
            let privileged = matches!(
                role,
                Role::GlobalAdministrator | Role::PrivilegedAuthenticationAdministrator
            );
            let members = privileged || role == Role::AuthenticationAdministrator;
            assert_eq!(
                may_issue_pass(&actor, other, &member).is_ok(),
                members,
                "{role:?} to a member"
            );
            assert_eq!(
                may_issue_pass(&actor, other, &reader).is_ok(),
                privileged,
                "{role:?} to an admin"
            );
            assert_eq!(
                may_issue_pass(&actor, admin, &member),
                Err(Denied::Self_),
                "{role:?} to themselves"
            );
        }
        let nobody = Actor::User { id: admin, roles: BTreeSet::new() };
        assert_eq!(may_issue_pass(&nobody, other, &member), Err(Denied::Role));
        assert_eq!(may_issue_pass(&Actor::Operator, other, &reader), Ok(()));
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        assert_eq!("Global Administrator".parse::<Role>().unwrap(), Role::GlobalAdministrator);
        assert_eq!("user-administrator".parse::<Role>().unwrap(), Role::UserAdministrator);
        assert!("root".parse::<Role>().unwrap_err().message.contains("globalReader"));
    }
}
