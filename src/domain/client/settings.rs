//! How an application is set up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::super::assurance::Acr;
use super::super::permission::Permission;
use super::{
    AuthMethod, ContentEncryption, ExternalHint, ForwardAuth, GrantType, KeyManagement, Profile,
    ResponseType, Scope, SigningAlgorithm, SubjectType,
};

/// How an application is set up. Names follow RFC 7591 where that has one, or the specification
/// that adds one to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting with a name in an RFC")]
pub struct ClientSettings {
    /// The name that people see.
    pub client_name: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Which grants it may use at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// What it may be answered at the authorization endpoint.
    pub response_types: Vec<ResponseType>,
    /// Which scopes it may ask for when a person signs in.
    pub scope: Vec<Scope>,
    /// What it may do on its own, without a person (`client_credentials`): Graph's application
    /// permissions.
    pub application_permissions: Vec<Permission>,
    /// Whether it runs on the person's device (RFC 8252): loopback ports may vary.
    pub native: bool,
    /// Whether it belongs to somebody else, so that people are asked for consent.
    pub third_party: bool,
    /// How strict the protocol is kept.
    pub profile: Profile,
    /// The one way in which it proves who it is. Without one, an application with a secret may send
    /// it either way, for libraries differ.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// The one algorithm of its assertions (OIDC Registration §2).
    pub token_endpoint_auth_signing_alg: Option<SigningAlgorithm>,
    /// Its public keys, as a JWK Set.
    pub jwks: Option<Value>,
    /// Where its public keys are. Not together with `jwks`.
    pub jwks_uri: Option<String>,
    /// How its ID tokens are signed.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// How the key of its encrypted ID tokens is agreed; none for ID tokens that are only signed.
    pub id_token_encrypted_response_alg: Option<KeyManagement>,
    /// How its encrypted ID tokens are encrypted.
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// How the answers of userinfo are signed; none for plain JSON.
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// The one algorithm of its request objects (RFC 9101).
    pub request_object_signing_alg: Option<SigningAlgorithm>,
    /// Whether its requests must be signed (RFC 9101 §10.5).
    pub require_signed_request_object: bool,
    /// Whether its requests must be pushed (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// Whether its access tokens are always bound to a key of its own (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// Whether whoever allows it on a device sets that device up: it is on their list, proves by a
    /// key of its own that it is still the same, and stays signed in until it is removed.
    pub device_registration: bool,
    /// Whether it knows people by a `sub` of its own sector.
    pub subject_type: SubjectType,
    /// What names its sector, where its redirect URIs have several hosts (OIDC Core §8.1).
    pub sector_identifier_uri: Option<String>,
    /// How old, in seconds, a sign-in may be where its request says nothing.
    pub default_max_age: Option<u64>,
    /// The classes of sign-in that it wants where its request says nothing.
    pub default_acr_values: Vec<String>,
    /// The least class of sign-in with which anybody gets in, whatever its requests say: they can
    /// only ask for more. For the operator to say.
    pub require_acr: Option<Acr>,
    /// Where it is told that a person signed out (OIDC Back-Channel Logout §2.2).
    pub backchannel_logout_uri: Option<String>,
    /// Whether it needs the session's id to know whom that is about.
    pub backchannel_logout_session_required: bool,
    /// Resources that it may name in a `resource` parameter (RFC 8707).
    pub resources: Vec<String>,
    /// Resources that it is: it may introspect the tokens that were issued for them.
    pub resource_server_for: Vec<String>,
    /// Its home page, for people who are asked for consent.
    pub client_uri: Option<String>,
    /// Its logo. Kept for those who manage it, never fetched and never shown to people.
    pub logo_uri: Option<String>,
    /// How it handles personal data.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
    /// Where a sign-in that somebody else begins goes to (OIDC Core §4).
    pub initiate_login_uri: Option<String>,
    /// Who is responsible for it: mail addresses.
    pub contacts: Vec<String>,
    /// What software it is (RFC 7591 §2).
    pub software_id: Option<String>,
    /// In which version.
    pub software_version: Option<String>,
    /// The outside issuer that says whom its requests are about.
    pub external_hint: Option<ExternalHint>,
    /// How it is protected by a proxy, where it knows no OpenID Connect itself.
    pub forward_auth: Option<ForwardAuth>,
    /// How long what it gets is good for.
    pub lifetimes: Lifetimes,
}

/// How long what an application gets is good for, in seconds; what is not said is as for everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lifetimes {
    /// An authorization code, 10 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// An access token, 60 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<u32>,
    /// An ID token, 60 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<u32>,
    /// A refresh token from its last use, 60 to 31,536,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<u32>,
    /// A family of refresh tokens in all, 60 to 157,680,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_absolute: Option<u32>,
}

impl Default for ClientSettings {
    /// A web application that people sign in to, without a name and an address yet.
    fn default() -> Self {
        Self {
            client_name: String::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            response_types: vec![ResponseType::Code],
            scope: Scope::SIGN_IN.to_vec(),
            application_permissions: Vec::new(),
            native: false,
            third_party: false,
            profile: Profile::Default,
            token_endpoint_auth_method: None,
            token_endpoint_auth_signing_alg: None,
            jwks: None,
            jwks_uri: None,
            id_token_signed_response_alg: SigningAlgorithm::Rs256,
            id_token_encrypted_response_alg: None,
            id_token_encrypted_response_enc: None,
            userinfo_signed_response_alg: None,
            request_object_signing_alg: None,
            require_signed_request_object: false,
            require_pushed_authorization_requests: false,
            dpop_bound_access_tokens: false,
            device_registration: false,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            default_max_age: None,
            default_acr_values: Vec::new(),
            require_acr: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            resources: Vec::new(),
            resource_server_for: Vec::new(),
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            initiate_login_uri: None,
            contacts: Vec::new(),
            software_id: None,
            software_version: None,
            external_hint: None,
            forward_auth: None,
            lifetimes: Lifetimes::default(),
        }
    }
}

impl ClientSettings {
    /// Whether a request of its must carry a PKCE challenge (RFC 9700 §2.1.1).
    pub fn requires_pkce(&self) -> bool {
        self.profile != Profile::Legacy
    }

    /// Whether its requests must be pushed (RFC 9126; FAPI 2.0 §5.3.2.2).
    pub fn requires_pushed_requests(&self) -> bool {
        self.require_pushed_authorization_requests || self.profile == Profile::Fapi2
    }

    /// Whether its access tokens must be bound to a key (RFC 9449; FAPI 2.0 §5.3.2.1).
    pub fn requires_dpop(&self) -> bool {
        self.dpop_bound_access_tokens || self.device_registration || self.profile == Profile::Fapi2
    }

    /// Whether people sign in to it.
    pub fn signs_people_in(&self) -> bool {
        self.is_answered_by_redirect() || self.grant_types.contains(&GrantType::DeviceCode)
    }

    /// Whether the authorization endpoint answers it.
    pub(super) fn is_answered_by_redirect(&self) -> bool {
        self.grant_types.contains(&GrantType::AuthorizationCode)
            || self.response_types.contains(&ResponseType::IdToken)
    }

    /// The sector in which its people are known (OIDC Core §8.1): the host of its
    /// `sector_identifier_uri`, or the one host of all its redirect URIs. Only `https` says whose a
    /// host is: anybody may register a private scheme, or a loopback address, with the same.
    pub fn sector(&self) -> Option<String> {
        if let Some(uri) = &self.sector_identifier_uri {
            return Url::parse(uri).ok()?.host_str().map(str::to_owned);
        }
        let hosts: Option<BTreeSet<String>> = self
            .redirect_uris
            .iter()
            .map(|uri| {
                let url = Url::parse(uri).ok().filter(|url| url.scheme() == "https")?;
                url.host_str().map(str::to_owned)
            })
            .collect();
        hosts.filter(|hosts| hosts.len() == 1)?.pop_first()
    }
}
