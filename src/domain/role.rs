//! Admin roles, with the names and the limits of Microsoft Entra's.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::Invalid;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        assert_eq!("Global Administrator".parse::<Role>().unwrap(), Role::GlobalAdministrator);
        assert_eq!("user-administrator".parse::<Role>().unwrap(), Role::UserAdministrator);
        assert!("root".parse::<Role>().unwrap_err().message.english().contains("globalReader"));
    }
}
