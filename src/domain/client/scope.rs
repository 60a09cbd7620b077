//! Scopes: what an application asks for when a person signs in.

use std::fmt;
use std::str::FromStr;

use super::super::error::Invalid;
use super::super::permission::Permission;
use crate::domain::language::say;

/// Scopes that we know. Others in a request are ignored (OIDC Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Asks for an ID token.
    OpenId,
    /// Name and username.
    Profile,
    /// E-mail address.
    Email,
    /// Names of the groups that the person is in.
    Groups,
    /// A refresh token.
    OfflineAccess,
    /// The API, on behalf of whoever signs in.
    Api(Permission),
}

impl Scope {
    /// The scopes of OpenID Connect: what most applications need.
    pub const SIGN_IN: [Self; 5] =
        [Self::OpenId, Self::Profile, Self::Email, Self::Groups, Self::OfflineAccess];

    /// Every scope, for discovery.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::SIGN_IN.into_iter().chain(Permission::ALL.into_iter().map(Self::Api))
    }

    /// The permission, if it is one.
    pub fn permission(self) -> Option<Permission> {
        match self {
            Self::Api(permission) => Some(permission),
            _ => None,
        }
    }

    /// The name in a `scope` parameter.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Groups => "groups",
            Self::OfflineAccess => "offline_access",
            Self::Api(permission) => permission.name(),
        }
    }

    /// The known scopes of a space-separated list, each once, in our order.
    pub fn parse_list(text: &str) -> Vec<Self> {
        let asked: Vec<&str> = text.split_ascii_whitespace().collect();
        Self::all().filter(|scope| asked.contains(&scope.name())).collect()
    }

    /// The space-separated list of these scopes.
    pub fn join(scopes: &[Self]) -> String {
        scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::all().find(|scope| scope.name() == text).ok_or_else(|| {
            let all: Vec<Self> = Self::all().collect();
            Invalid::new("scope", say("invalid-scope").with("names", Self::join(&all)))
        })
    }
}

super::json_by_name!(Scope);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_ignored_and_order_is_ours() {
        assert_eq!(Scope::parse_list("email  foo openid email"), [Scope::OpenId, Scope::Email]);
        assert_eq!(Scope::join(&[Scope::OpenId, Scope::OfflineAccess]), "openid offline_access");
    }
}
