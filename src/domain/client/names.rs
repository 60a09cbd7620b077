//! Values of the protocols that an application is set up with, each with its name on the wire.

use serde_json::Value;

use super::super::error::Invalid;

/// An enumeration whose values have names in a protocol: in text, in JSON and in discovery.
macro_rules! named {
    ($(#[$doc:meta])* $kind:ident, $field:literal: $($(#[$of:meta])* $value:ident = $name:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind {$(
            $(#[$of])*
            $value,
        )+}

        impl $kind {
            /// Every value, for discovery.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// The value's name.
            pub fn name(self) -> &'static str {
                match self {$( Self::$value => $name, )+}
            }

            /// Every name, for discovery.
            pub fn names() -> Vec<&'static str> {
                Self::ALL.iter().map(|value| value.name()).collect()
            }
        }

        impl std::str::FromStr for $kind {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                Self::ALL.into_iter().find(|value| value.name() == text).ok_or_else(|| {
                    let names = Self::names().join(", ");
                    Invalid::new($field, crate::domain::language::say("invalid-one-of").with("names", names))
                })
            }
        }

        super::json_by_name!($kind);
    };
}

named! {
    /// Grants that the token endpoint knows.
    GrantType, "grantType":
    /// RFC 6749 §4.1.
    AuthorizationCode = "authorization_code",
    /// RFC 6749 §6.
    RefreshToken = "refresh_token",
    /// RFC 6749 §4.4: the application on its own.
    ClientCredentials = "client_credentials",
    /// RFC 8628 §3.4: a device that a person allows on another one.
    DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
}

named! {
    /// How a token is signed (RFC 7518 §3.1).
    SigningAlgorithm, "alg":
    /// ECDSA on P-256 with SHA-256.
    Es256 = "ES256",
    /// RSA PKCS #1 v1.5 with SHA-256: what older libraries assume.
    Rs256 = "RS256",
    /// RSA PSS with SHA-256.
    Ps256 = "PS256",
    /// Ed25519 (RFC 8037 §3.1).
    EdDsa = "EdDSA",
}

named! {
    /// How strict the protocol is kept with an application.
    Profile, "profile":
    /// OAuth 2.1: code flow with PKCE.
    Default = "default",
    /// FAPI 2.0 Security Profile: pushed requests, `private_key_jwt`, tokens bound to a key.
    Fapi2 = "fapi2",
    /// For an old application with a secret: as `default`, without PKCE where it sends none.
    Legacy = "legacy",
}

named! {
    /// How an application proves who it is at the token endpoint (OIDC Core §9).
    AuthMethod, "tokenEndpointAuthMethod":
    /// The secret in the `Authorization` header.
    ClientSecretBasic = "client_secret_basic",
    /// The secret in the form.
    ClientSecretPost = "client_secret_post",
    /// An assertion signed with a key of its own (RFC 7523).
    PrivateKeyJwt = "private_key_jwt",
    /// Nothing: a public client, protected by PKCE.
    None = "none",
}

named! {
    /// What the authorization endpoint answers with (OAuth 2.0 Multiple Response Types).
    ResponseType, "responseType":
    /// A code, to be exchanged at the token endpoint.
    Code = "code",
    /// An ID token and nothing else, by form post.
    IdToken = "id_token",
}

named! {
    /// How the answer of the authorization endpoint travels.
    ResponseMode, "responseMode":
    /// In the query of the redirect URI.
    Query = "query",
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost = "form_post",
}

impl Default for ResponseMode {
    /// What is meant where nothing is said (OAuth 2.0 Multiple Response Types §2.1).
    fn default() -> Self {
        Self::Query
    }
}

impl Default for ResponseType {
    /// What requests that were stored before there were others asked for.
    fn default() -> Self {
        Self::Code
    }
}

named! {
    /// By which claim of an outside issuer's hint people are found here.
    HintedBy, "externalHint.userClaim":
    /// Entra's id of the account, which is the person's external id here.
    Oid = "oid",
    /// The username.
    PreferredUsername = "preferred_username",
    /// The mail address, where one person alone has it.
    Email = "email",
}

impl Default for HintedBy {
    /// What Microsoft recommends: it never changes and is never given to somebody else.
    fn default() -> Self {
        Self::Oid
    }
}

named! {
    /// Whether every application knows a person by the same `sub` (OIDC Core §8).
    SubjectType, "subjectType":
    /// The same for all.
    Public = "public",
    /// Another one for each sector, so that applications cannot compare notes.
    Pairwise = "pairwise",
}

named! {
    /// How the key of an encrypted token is agreed (RFC 7518 §4.1).
    KeyManagement, "alg":
    /// Elliptic curves, direct.
    EcdhEs = "ECDH-ES",
    /// Elliptic curves, and a wrapped key.
    EcdhEsA256Kw = "ECDH-ES+A256KW",
}

impl KeyManagement {
    /// Whether a key of a JWK Set is one to encrypt to in this way (RFC 7517 §4, RFC 7518 §4.1).
    pub fn takes(self, key: &Value) -> bool {
        let says = |name: &str| key.get(name).and_then(Value::as_str);
        let kind = matches!(
            (says("kty"), says("crv")),
            (Some("EC"), Some("P-256" | "P-384" | "P-521")) | (Some("OKP"), Some("X25519"))
        );
        kind && says("use").is_none_or(|purpose| purpose == "enc")
            && says("alg").is_none_or(|algorithm| algorithm == self.name())
    }
}

named! {
    /// How the content of an encrypted token is encrypted (RFC 7518 §5.1).
    ContentEncryption, "enc":
    /// AES-128 in GCM.
    A128Gcm = "A128GCM",
    /// AES-256 in GCM.
    A256Gcm = "A256GCM",
}
