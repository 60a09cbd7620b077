//! Applications that rely on Firstkey: OAuth clients.

/// Names in JSON are those of the protocol.
macro_rules! json_by_name {
    ($($kind:ty),+) => {$(
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                name.parse().map_err(|error: crate::domain::error::Invalid| serde::de::Error::custom(error.message.english()))
            }
        }
    )+};
}

use json_by_name;

mod change;
mod external_hint;
mod forward_auth;
mod metadata;
mod names;
mod presets;
mod requirement;
mod rules;
mod scope;
mod settings;

use super::id::ClientId;
use super::permission::Permission;
use super::redirect;
use super::time::Timestamp;

pub use external_hint::ExternalHint;
pub use forward_auth::{FORWARD_PATH, ForwardAuth};
pub use names::{
    AuthMethod, ContentEncryption, GrantType, HintedBy, KeyManagement, Profile, ResponseMode,
    ResponseType, SigningAlgorithm, SubjectType,
};
pub use presets::Preset;
pub use requirement::Requirement;
pub use rules::PRIVATE_PARTS;
pub use scope::Scope;
pub use settings::{ClientSettings, Lifetimes};

json_by_name!(Permission);

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

impl Client {
    /// Whether it has nothing to prove who it is with (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.secret_hash.is_none()
            && self.settings.token_endpoint_auth_method != Some(AuthMethod::PrivateKeyJwt)
    }

    /// The way in which it proves who it is, or is likely to.
    pub fn auth_method(&self) -> AuthMethod {
        let usual = if self.is_public() { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
        self.settings.token_endpoint_auth_method.unwrap_or(usual)
    }

    /// Whether it may prove who it is in this way.
    pub fn may_authenticate_by(&self, method: AuthMethod) -> bool {
        match self.settings.token_endpoint_auth_method {
            Some(only) => only == method,
            None if self.is_public() => method == AuthMethod::None,
            None => matches!(method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost),
        }
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

    /// Why it may not name these resources (RFC 8707 §2), if it may not. Ours, the issuer, anybody
    /// may.
    pub fn refuses_resources(&self, asked: &[String], issuer: &str) -> Option<&'static str> {
        let may = |one: &String| one == issuer || self.settings.resources.contains(one);
        (!asked.iter().all(may)).then_some("a resource is none that this client may name")
    }

    /// Those of the asked scopes that it may have.
    pub fn grant_scopes(&self, asked: &[Scope]) -> Vec<Scope> {
        asked.iter().copied().filter(|scope| self.settings.scope.contains(scope)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_not_done_yet_is_not_promised() {
        let good = ClientSettings {
            client_name: "App".into(),
            redirect_uris: vec!["https://app.example/cb".into()],
            ..ClientSettings::default()
        };
        good.validate().unwrap();
        let refused = |change: fn(&mut ClientSettings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.validate().unwrap_err().field.into_owned()
        };
        let redirects = ["https://a.example/cb", "https://b.example/cb"].map(str::to_owned);
        let mut two = good.clone();
        two.redirect_uris = redirects.to_vec();
        two.subject_type = SubjectType::Pairwise;
        assert_eq!(two.validate().unwrap_err().field, "sectorIdentifierUri");
        for uri in ["com.example.app:/cb", "com.example.app://host/cb", "http://localhost/cb"] {
            two.redirect_uris = vec![uri.into()];
            assert_eq!(two.sector(), None, "{uri} belongs to whoever registers it");
            assert_eq!(two.validate().unwrap_err().field, "sectorIdentifierUri");
            two.redirect_uris.push("https://a.example/cb".into());
            assert_eq!(two.validate().unwrap_err().field, "sectorIdentifierUri");
        }
        two.redirect_uris = vec!["com.example.app:/cb".into()];
        two.sector_identifier_uri = Some("https://a.example/sector.json".into());
        two.validate().unwrap();
        assert_eq!(two.sector().as_deref(), Some("a.example"));
        assert_eq!(refused(|it| it.lifetimes.code = Some(3000)), "lifetimes.code");
        assert_eq!(refused(|it| it.resources = vec!["api".into()]), "resources");
    }

    #[test]
    fn the_profile_fapi2_has_every_algorithm_but_rs256() {
        type Set = fn(&mut ClientSettings, SigningAlgorithm);
        let ways: [Set; 4] = [
            |it, algorithm| it.id_token_signed_response_alg = algorithm,
            |it, algorithm| it.userinfo_signed_response_alg = Some(algorithm),
            |it, algorithm| it.token_endpoint_auth_signing_alg = Some(algorithm),
            |it, algorithm| it.request_object_signing_alg = Some(algorithm),
        ];
        for algorithm in SigningAlgorithm::ALL {
            for set in ways {
                let mut settings = ClientSettings {
                    client_name: "Bank".into(),
                    redirect_uris: vec!["https://bank.example/cb".into()],
                    profile: Profile::Fapi2,
                    token_endpoint_auth_method: Some(AuthMethod::PrivateKeyJwt),
                    jwks_uri: Some("https://bank.example/jwks".into()),
                    id_token_signed_response_alg: SigningAlgorithm::Es256,
                    ..ClientSettings::default()
                };
                set(&mut settings, algorithm);
                let allowed = algorithm != SigningAlgorithm::Rs256;
                assert_eq!(settings.validate().is_ok(), allowed, "{algorithm:?}");
            }
        }
    }
}
