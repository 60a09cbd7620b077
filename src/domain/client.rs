//! Applications that rely on Firstkey: OAuth clients.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::Invalid;
use super::id::ClientId;
use super::permission::Permission;
use super::redirect;
use super::time::Timestamp;

/// A registered application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// SHA-256 of its secret; none for a public client.
    pub secret_hash: Option<String>,
    /// What it may do.
    pub settings: ClientSettings,
    /// A disabled client gets nothing.
    pub enabled: bool,
    /// Counts changes.
    pub version: i64,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// How an application is set up. Names follow RFC 7591 where that has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSettings {
    /// The name that people see.
    pub client_name: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Which grants it may use at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// Which scopes it may ask for when a person signs in.
    pub scope: Vec<Scope>,
    /// What it may do on its own, without a person (`client_credentials`): Graph's application
    /// permissions.
    #[serde(default)]
    pub application_permissions: Vec<Permission>,
    /// Whether it runs on the person's device (RFC 8252): loopback ports may vary.
    pub native: bool,
    /// Whether it belongs to somebody else, so that people are asked for consent.
    pub third_party: bool,
    /// Whether PKCE (RFC 7636) is required of it.
    pub require_pkce: bool,
    /// How its ID tokens are signed.
    pub id_token_signed_response_alg: SigningAlgorithm,
}

/// Grants that the token endpoint knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4: the application on its own.
    ClientCredentials,
}

impl GrantType {
    /// Every grant, for discovery.
    pub const ALL: [Self; 3] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The value of `grant_type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

impl FromStr for GrantType {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|grant| grant.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|grant| grant.name()).collect();
            Invalid::new("grantType", format!("no such grant; the grants are {}", names.join(", ")))
        })
    }
}

/// How a token is signed (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256: what older libraries assume.
    #[serde(rename = "RS256")]
    Rs256,
}

impl SigningAlgorithm {
    /// Every algorithm, for discovery.
    pub const ALL: [Self; 2] = [Self::Es256, Self::Rs256];

    /// The value of `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl FromStr for SigningAlgorithm {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == text)
            .ok_or_else(|| Invalid::new("alg", "ES256 or RS256 is needed"))
    }
}

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
            Invalid::new("scope", format!("no such scope; the scopes are {}", Self::join(&all)))
        })
    }
}

/// Names in JSON are those of the protocol.
macro_rules! json_by_name {
    ($($kind:ty),+) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                name.parse().map_err(|error: Invalid| de::Error::custom(error.message))
            }
        }
    )+};
}

json_by_name!(Scope, Permission);

impl Client {
    /// Whether it holds no secret (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.secret_hash.is_none()
    }

    /// The registered redirect URI that `asked` is, if any.
    pub fn knows_redirect_uri(&self, asked: &str) -> bool {
        self.settings
            .redirect_uris
            .iter()
            .any(|registered| redirect::matches(registered, asked, self.settings.native))
    }

    /// Whether people may be sent to `asked` after signing out.
    pub fn knows_post_logout_redirect_uri(&self, asked: &str) -> bool {
        self.settings
            .post_logout_redirect_uris
            .iter()
            .any(|registered| redirect::matches(registered, asked, self.settings.native))
    }

    /// Those of the asked scopes that it may have.
    pub fn grant_scopes(&self, asked: &[Scope]) -> Vec<Scope> {
        asked.iter().copied().filter(|scope| self.settings.scope.contains(scope)).collect()
    }
}

impl ClientSettings {
    /// Checks everything that a person typed.
    pub fn validate(&self) -> Result<(), Invalid> {
        let name = self.client_name.trim();
        if name.is_empty() || name.chars().count() > 128 || name.chars().any(char::is_control) {
            return Err(Invalid::new("name", "1 to 128 printable characters are needed"));
        }
        if self.grant_types.contains(&GrantType::AuthorizationCode) && self.redirect_uris.is_empty()
        {
            return Err(Invalid::new(
                "redirectUri",
                "at least one is needed for authorization_code",
            ));
        }
        for uri in &self.redirect_uris {
            redirect::parse_registered("redirectUri", uri)?;
        }
        for uri in &self.post_logout_redirect_uris {
            redirect::parse_registered("postLogoutRedirectUri", uri)?;
        }
        let signs_people_in = self.grant_types.contains(&GrantType::AuthorizationCode);
        if signs_people_in && !self.scope.contains(&Scope::OpenId) {
            return Err(Invalid::new("scope", "openid must be among the scopes"));
        }
        let alone = self.grant_types.contains(&GrantType::ClientCredentials);
        if !alone && !self.application_permissions.is_empty() {
            let message = "only an application with the grant client_credentials can hold them";
            return Err(Invalid::new("applicationPermissions", message));
        }
        if let Some(own) =
            self.application_permissions.iter().find(|permission| !permission.reaches_everybody())
        {
            let message = format!("{own} is about whoever signs in, and here nobody does");
            return Err(Invalid::new("applicationPermissions", message));
        }
        Ok(())
    }

    /// Checks all that must hold of an application that keeps a secret, or is `public`.
    pub fn validate_as(&self, public: bool) -> Result<(), Invalid> {
        self.validate()?;
        if public { self.validate_public() } else { Ok(()) }
    }

    /// Checks what cannot be of an application that keeps no secret (RFC 9700 §2.1.1, RFC 6749
    /// §4.4).
    pub fn validate_public(&self) -> Result<(), Invalid> {
        if !self.require_pkce {
            let message = "a public application needs PKCE, for it has no secret";
            return Err(Invalid::new("requirePkce", message));
        }
        if self.grant_types.contains(&GrantType::ClientCredentials) {
            let message = "client_credentials needs a secret, and a public application has none";
            return Err(Invalid::new("grantType", message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_ignored_and_order_is_ours() {
        assert_eq!(Scope::parse_list("email  foo openid email"), [Scope::OpenId, Scope::Email]);
        assert_eq!(Scope::join(&[Scope::OpenId, Scope::OfflineAccess]), "openid offline_access");
    }

    #[test]
    fn names_in_json_are_those_of_the_protocol() {
        for scope in Scope::all() {
            let json = serde_json::to_value(scope).unwrap();
            assert_eq!(json, scope.name());
            assert_eq!(serde_json::from_value::<Scope>(json).unwrap(), scope);
        }
        for grant in GrantType::ALL {
            assert_eq!(serde_json::to_value(grant).unwrap(), grant.name());
        }
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.name());
        }
    }
}
