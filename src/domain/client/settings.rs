//! How an application is set up, and what of it may be so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::super::assurance::Acr;
use super::super::error::Invalid;
use super::super::permission::Permission;
use super::super::redirect;
use super::{
    AuthMethod, ContentEncryption, ExternalHint, ForwardAuth, GrantType, KeyManagement, Profile,
    Requirement, ResponseType, Scope, SigningAlgorithm, SubjectType,
};

/// The most entries of a list.
const LIST_MAX: usize = 100;
/// The longest text, in bytes.
const TEXT_MAX: usize = 2048;
/// The largest JWK Set, in bytes.
const JWKS_MAX: usize = 16 * 1024;
/// The most keys of a JWK Set.
const KEYS_MAX: usize = 20;
/// Parameters that only a private or symmetric key has (RFC 7518 §6).
pub const PRIVATE_PARTS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

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
    fn is_answered_by_redirect(&self) -> bool {
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

    /// Checks all that must hold of an application that is `public`, or proves who it is.
    pub fn validate_as(&self, public: bool) -> Result<(), Invalid> {
        self.validate()?;
        match (public, self.token_endpoint_auth_method) {
            (true, None | Some(AuthMethod::None)) => self.validate_public(),
            (false, Some(AuthMethod::None)) | (true, Some(_)) => {
                let message = "none is for a public application, and nothing else is";
                Err(Invalid::new("tokenEndpointAuthMethod", message))
            }
            (false, _) if self.device_registration => {
                let message = "a device client is public: what it proves, it proves by its key";
                Err(Invalid::new("deviceRegistration", message))
            }
            (false, _) => Ok(()),
        }
    }

    /// Checks everything that a person or a program filled in.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.validate_texts()?;
        self.validate_uris()?;
        self.validate_grants()?;
        self.validate_assurance()?;
        self.validate_keys()?;
        self.validate_subjects()?;
        self.validate_profile()?;
        self.validate_external_hint()?;
        self.validate_forward_auth()?;
        self.validate_device_registration()?;
        self.lifetimes.validate()
    }

    fn validate_texts(&self) -> Result<(), Invalid> {
        let name = self.client_name.trim();
        if name.is_empty() || name.chars().count() > 128 || name.chars().any(char::is_control) {
            return Err(Invalid::new("name", "1 to 128 printable characters are needed"));
        }
        for (field, text) in
            [("softwareId", &self.software_id), ("softwareVersion", &self.software_version)]
        {
            if text.as_ref().is_some_and(|text| !printable(text)) {
                return Err(Invalid::new(field, "up to 2048 printable characters are allowed"));
            }
        }
        let texts = self.contacts.iter().chain(&self.default_acr_values);
        if texts.into_iter().any(|text| !printable(text)) {
            let message = "contacts and default_acr_values are printable and not longer than 2048";
            return Err(Invalid::new("contacts", message));
        }
        for (field, list) in [
            ("redirectUri", self.redirect_uris.len()),
            ("postLogoutRedirectUri", self.post_logout_redirect_uris.len()),
            ("contacts", self.contacts.len()),
            ("defaultAcrValues", self.default_acr_values.len()),
            ("resources", self.resources.len()),
            ("resourceServerFor", self.resource_server_for.len()),
        ] {
            if list > LIST_MAX {
                return Err(Invalid::new(field, format!("at most {LIST_MAX} are allowed")));
            }
        }
        Ok(())
    }

    fn validate_uris(&self) -> Result<(), Invalid> {
        for uri in &self.redirect_uris {
            redirect::parse_registered("redirectUri", uri)?;
        }
        for uri in &self.post_logout_redirect_uris {
            redirect::parse_registered("postLogoutRedirectUri", uri)?;
        }
        for (field, uri) in [
            ("jwksUri", &self.jwks_uri),
            ("sectorIdentifierUri", &self.sector_identifier_uri),
            ("backchannelLogoutUri", &self.backchannel_logout_uri),
            ("clientUri", &self.client_uri),
            ("logoUri", &self.logo_uri),
            ("policyUri", &self.policy_uri),
            ("tosUri", &self.tos_uri),
            ("initiateLoginUri", &self.initiate_login_uri),
        ] {
            if let Some(uri) = uri {
                redirect::parse_web(field, uri)?;
            }
        }
        for (field, uris) in
            [("resources", &self.resources), ("resourceServerFor", &self.resource_server_for)]
        {
            for uri in uris {
                redirect::parse_resource(field, uri)?;
            }
        }
        Ok(())
    }

    fn validate_grants(&self) -> Result<(), Invalid> {
        if self.is_answered_by_redirect() && self.redirect_uris.is_empty() {
            let message = "at least one is needed for authorization_code";
            return Err(Invalid::new("redirectUri", message));
        }
        if self.signs_people_in() && !self.scope.contains(&Scope::OpenId) {
            return Err(Invalid::new("scope", "openid must be among the scopes"));
        }
        let code = self.response_types.contains(&ResponseType::Code);
        if self.grant_types.contains(&GrantType::AuthorizationCode) && !code {
            let message = "authorization_code needs the response type code (RFC 7591 section 2.1)";
            return Err(Invalid::new("responseTypes", message));
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

    /// What nobody can reach would let nobody in.
    fn validate_assurance(&self) -> Result<(), Invalid> {
        let Some(class) = self.require_acr else { return Ok(()) };
        if !Acr::SERVED.contains(&class) {
            let message = format!("no sign-in here reaches {} yet", class.name());
            return Err(Invalid::new("requireAcr", message));
        }
        if Requirement::of(Some(class)).is_none() {
            let classes = Requirement::ALL.into_iter().filter_map(Requirement::class);
            let names: Vec<_> = classes.map(Acr::name).collect();
            let message = format!("one of {} is needed", names.join(", "));
            return Err(Invalid::new("requireAcr", message));
        }
        Ok(())
    }

    fn validate_keys(&self) -> Result<(), Invalid> {
        if let Some(jwks) = &self.jwks {
            if self.jwks_uri.is_some() {
                let message = "jwks and jwks_uri exclude each other (RFC 7591 section 2)";
                return Err(Invalid::new("jwks", message));
            }
            validate_jwks(jwks)?;
        }
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        let needs_keys = self.token_endpoint_auth_method == Some(AuthMethod::PrivateKeyJwt)
            || self.require_signed_request_object
            || self.id_token_encrypted_response_alg.is_some();
        if needs_keys && !has_keys {
            return Err(Invalid::new("jwks", "its public keys are needed: jwks or jwks_uri"));
        }
        self.validate_encryption()
    }

    /// OIDC Registration §2.
    fn validate_encryption(&self) -> Result<(), Invalid> {
        let field = "idTokenEncryptedResponseEnc";
        match (self.id_token_encrypted_response_alg, self.id_token_encrypted_response_enc) {
            (None, None) => Ok(()),
            (None, Some(_)) => {
                Err(Invalid::new(field, "id_token_encrypted_response_alg is needed, too"))
            }
            // What OIDC takes where nothing is said, A128CBC-HS256, is not there.
            (Some(_), None) => {
                let names = ContentEncryption::names().join(" or ");
                Err(Invalid::new(field, format!("it is needed, too: {names}")))
            }
            (Some(algorithm), Some(_)) => {
                let keys = self.jwks.as_ref().and_then(|set| set.get("keys")?.as_array());
                if keys.is_none_or(|keys| keys.iter().any(|key| algorithm.takes(key))) {
                    return Ok(());
                }
                let message = format!("no key in it is one to encrypt to by {}", algorithm.name());
                Err(Invalid::new("jwks", message))
            }
        }
    }

    /// OIDC Core §8.1: a sector must be sure.
    fn validate_subjects(&self) -> Result<(), Invalid> {
        if self.subject_type == SubjectType::Public || self.sector().is_some() {
            return Ok(());
        }
        let message = "sector_identifier_uri is needed where the redirect URIs are not all https \
                       with one host (OIDC Core section 8.1)";
        Err(Invalid::new("sectorIdentifierUri", message))
    }

    /// A device client does that and nothing else: each of its grants is one device.
    fn validate_device_registration(&self) -> Result<(), Invalid> {
        if !self.device_registration {
            return Ok(());
        }
        let grants: BTreeSet<_> = self.grant_types.iter().copied().collect();
        let needed = BTreeSet::from([GrantType::DeviceCode, GrantType::RefreshToken]);
        let scopes = [Scope::OpenId, Scope::OfflineAccess];
        if grants == needed && scopes.iter().all(|scope| self.scope.contains(scope)) {
            return Ok(());
        }
        let message = format!(
            "a device client has the grants {} and {} alone, and the scopes openid and \
             offline_access",
            GrantType::RefreshToken.name(),
            GrantType::DeviceCode.name()
        );
        Err(Invalid::new("deviceRegistration", message))
    }

    /// A protected application gets its codes where its proxy passes them to us, and nothing else.
    fn validate_forward_auth(&self) -> Result<(), Invalid> {
        let Some(rule) = &self.forward_auth else { return Ok(()) };
        rule.validate()?;
        let fits = self.redirect_uris == [rule.redirect_uri()]
            && self.grant_types == [GrantType::AuthorizationCode]
            && self.response_types == [ResponseType::Code];
        if fits {
            return Ok(());
        }
        let message = format!(
            "forward_auth needs authorization_code, code, and the redirect URI {} alone",
            rule.redirect_uri()
        );
        Err(Invalid::new("forwardAuth", message))
    }

    /// Who is trusted to say whom a request is about gets an ID token and nothing else: what it asks
    /// for and how it is answered is not what other applications mean by it.
    fn validate_external_hint(&self) -> Result<(), Invalid> {
        let Some(hint) = &self.external_hint else { return Ok(()) };
        hint.validate()?;
        if self.response_types != [ResponseType::IdToken] || !self.grant_types.is_empty() {
            let message = "external_hint needs response_types to be id_token, and no grant_types";
            return Err(Invalid::new("externalHint", message));
        }
        Ok(())
    }

    /// FAPI 2.0 Security Profile §5.3.2, §5.4.
    fn validate_profile(&self) -> Result<(), Invalid> {
        if self.profile != Profile::Fapi2 {
            return Ok(());
        }
        if self.token_endpoint_auth_method != Some(AuthMethod::PrivateKeyJwt) {
            let message = "the profile fapi2 needs private_key_jwt";
            return Err(Invalid::new("tokenEndpointAuthMethod", message));
        }
        for (field, algorithm) in [
            ("alg", Some(self.id_token_signed_response_alg)),
            ("userinfoSignedResponseAlg", self.userinfo_signed_response_alg),
            ("tokenEndpointAuthSigningAlg", self.token_endpoint_auth_signing_alg),
            ("requestObjectSigningAlg", self.request_object_signing_alg),
        ] {
            if algorithm == Some(SigningAlgorithm::Rs256) {
                let message = "the profile fapi2 has no RS256; choose ES256, PS256 or EdDSA";
                return Err(Invalid::new(field, message));
            }
        }
        if self.response_types.contains(&ResponseType::IdToken) {
            return Err(Invalid::new("responseTypes", "the profile fapi2 has only code"));
        }
        // FAPI 2.0 §5.3.2.2 has the code flow alone: a device is bound to nobody's browser.
        if self.grant_types.contains(&GrantType::DeviceCode) {
            let message = "the profile fapi2 has no device authorization";
            return Err(Invalid::new("grantType", message));
        }
        if self.lifetimes.code.is_some_and(|seconds| seconds > 60) {
            let message = "with the profile fapi2, a code is good for at most 60 seconds";
            return Err(Invalid::new("lifetimes.code", message));
        }
        Ok(())
    }

    /// Checks what cannot be of an application that proves nothing (RFC 9700 §2.1.1, RFC 6749
    /// §4.4).
    pub fn validate_public(&self) -> Result<(), Invalid> {
        if self.profile == Profile::Legacy {
            let message = "a public application needs PKCE, for it has no secret";
            return Err(Invalid::new("profile", message));
        }
        if self.grant_types.contains(&GrantType::ClientCredentials) {
            let message = "client_credentials needs a secret, and a public application has none";
            return Err(Invalid::new("grantType", message));
        }
        Ok(())
    }
}

impl Lifetimes {
    fn validate(&self) -> Result<(), Invalid> {
        let day = 24 * 60 * 60;
        for (field, seconds, least, most) in [
            ("lifetimes.code", self.code, 10, 600),
            ("lifetimes.accessToken", self.access_token, 60, day),
            ("lifetimes.idToken", self.id_token, 60, day),
            ("lifetimes.refreshToken", self.refresh_token, 60, 365 * day),
            ("lifetimes.refreshTokenAbsolute", self.refresh_token_absolute, 60, 5 * 365 * day),
        ] {
            if seconds.is_some_and(|seconds| !(least..=most).contains(&seconds)) {
                return Err(Invalid::new(field, format!("{least} to {most} seconds are allowed")));
            }
        }
        Ok(())
    }
}

fn printable(text: &str) -> bool {
    text.len() <= TEXT_MAX && !text.chars().any(char::is_control)
}

/// RFC 7517 §5: public keys only.
fn validate_jwks(jwks: &Value) -> Result<(), Invalid> {
    let refuse = |why: &str| Err(Invalid::new("jwks", why));
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return refuse("a JWK Set is needed: an object with the member keys");
    };
    if keys.is_empty() || keys.len() > KEYS_MAX || jwks.to_string().len() > JWKS_MAX {
        return refuse("1 to 20 keys, and at most 16 KiB, are allowed");
    }
    for key in keys {
        let kind = key.get("kty").and_then(Value::as_str);
        if !matches!(kind, Some("EC" | "RSA" | "OKP")) {
            return refuse("each key needs the kty EC, RSA or OKP");
        }
        if PRIVATE_PARTS.iter().any(|part| key.get(part).is_some()) {
            return refuse("a private key was sent: make a new one, and send its public half");
        }
    }
    Ok(())
}
