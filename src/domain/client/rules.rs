//! What of an application's settings may be so: everything that a person or a program filled in is
//! held against these rules before it is kept.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::assurance::Acr;
use super::super::error::Invalid;
use super::super::language::{Text, say};
use super::super::redirect;
use super::{
    AuthMethod, ClientSettings, ContentEncryption, GrantType, Lifetimes, Profile, Requirement,
    ResponseType, Scope, SigningAlgorithm, SubjectType,
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

impl ClientSettings {
    /// Checks all that must hold of an application that is `public`, or proves who it is.
    pub fn validate_as(&self, public: bool) -> Result<(), Invalid> {
        self.validate()?;
        match (public, self.token_endpoint_auth_method) {
            (true, None | Some(AuthMethod::None)) => self.validate_public(),
            (false, Some(AuthMethod::None)) | (true, Some(_)) => {
                let message = say("invalid-auth-none");
                Err(Invalid::new("tokenEndpointAuthMethod", message))
            }
            (false, _) if self.device_registration => {
                let message = say("invalid-device-public");
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
            return Err(Invalid::new("name", say("invalid-printable-needed").with("max", 128_u32)));
        }
        for (field, text) in
            [("softwareId", &self.software_id), ("softwareVersion", &self.software_version)]
        {
            if text.as_ref().is_some_and(|text| !printable(text)) {
                return Err(Invalid::new(field, say("invalid-printable-allowed")));
            }
        }
        let texts = self.contacts.iter().chain(&self.default_acr_values);
        if texts.into_iter().any(|text| !printable(text)) {
            let message = say("invalid-contacts");
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
                return Err(Invalid::new(
                    field,
                    say("invalid-at-most-allowed").with("n", LIST_MAX),
                ));
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
            let message = say("invalid-redirect-needed");
            return Err(Invalid::new("redirectUri", message));
        }
        if self.signs_people_in() && !self.scope.contains(&Scope::OpenId) {
            return Err(Invalid::new("scope", say("invalid-openid")));
        }
        let code = self.response_types.contains(&ResponseType::Code);
        if self.grant_types.contains(&GrantType::AuthorizationCode) && !code {
            let message = say("invalid-response-type");
            return Err(Invalid::new("responseTypes", message));
        }
        let alone = self.grant_types.contains(&GrantType::ClientCredentials);
        if !alone && !self.application_permissions.is_empty() {
            let message = say("invalid-permissions-grant");
            return Err(Invalid::new("applicationPermissions", message));
        }
        if let Some(own) =
            self.application_permissions.iter().find(|permission| !permission.reaches_everybody())
        {
            let message = say("invalid-own-permission").with("name", own.to_string());
            return Err(Invalid::new("applicationPermissions", message));
        }
        Ok(())
    }

    /// What nobody can reach would let nobody in.
    fn validate_assurance(&self) -> Result<(), Invalid> {
        let Some(class) = self.require_acr else { return Ok(()) };
        if !Acr::SERVED.contains(&class) {
            let message = say("invalid-acr-unreached").with("name", class.name());
            return Err(Invalid::new("requireAcr", message));
        }
        if Requirement::of(Some(class)).is_none() {
            let classes = Requirement::ALL.into_iter().filter_map(Requirement::class);
            let names: Vec<_> = classes.map(Acr::name).collect();
            let message = say("invalid-acr-one-of").with("names", names.join(", "));
            return Err(Invalid::new("requireAcr", message));
        }
        Ok(())
    }

    fn validate_keys(&self) -> Result<(), Invalid> {
        if let Some(jwks) = &self.jwks {
            if self.jwks_uri.is_some() {
                let message = say("invalid-jwks-both");
                return Err(Invalid::new("jwks", message));
            }
            validate_jwks(jwks)?;
        }
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        let needs_keys = self.token_endpoint_auth_method == Some(AuthMethod::PrivateKeyJwt)
            || self.require_signed_request_object
            || self.id_token_encrypted_response_alg.is_some();
        if needs_keys && !has_keys {
            return Err(Invalid::new("jwks", say("invalid-jwks-needed")));
        }
        self.validate_encryption()
    }

    /// OIDC Registration §2.
    fn validate_encryption(&self) -> Result<(), Invalid> {
        let field = "idTokenEncryptedResponseEnc";
        match (self.id_token_encrypted_response_alg, self.id_token_encrypted_response_enc) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(Invalid::new(field, say("invalid-encryption-alg"))),
            // What OIDC takes where nothing is said, A128CBC-HS256, is not there.
            (Some(_), None) => {
                let names = ContentEncryption::names().join(" or ");
                Err(Invalid::new(field, say("invalid-needed-too").with("names", names)))
            }
            (Some(algorithm), Some(_)) => {
                let keys = self.jwks.as_ref().and_then(|set| set.get("keys")?.as_array());
                if keys.is_none_or(|keys| keys.iter().any(|key| algorithm.takes(key))) {
                    return Ok(());
                }
                let message = say("invalid-jwks-encrypt").with("name", algorithm.name());
                Err(Invalid::new("jwks", message))
            }
        }
    }

    /// OIDC Core §8.1: a sector must be sure.
    fn validate_subjects(&self) -> Result<(), Invalid> {
        if self.subject_type == SubjectType::Public || self.sector().is_some() {
            return Ok(());
        }
        let message = say("invalid-sector");
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
        let message = say("invalid-device-grants")
            .with("one", GrantType::RefreshToken.name())
            .with("other", GrantType::DeviceCode.name());
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
        let message = say("invalid-forward-auth").with("uri", rule.redirect_uri());
        Err(Invalid::new("forwardAuth", message))
    }

    /// Who is trusted to say whom a request is about gets an ID token and nothing else: what it asks
    /// for and how it is answered is not what other applications mean by it.
    fn validate_external_hint(&self) -> Result<(), Invalid> {
        let Some(hint) = &self.external_hint else { return Ok(()) };
        hint.validate()?;
        if self.response_types != [ResponseType::IdToken] || !self.grant_types.is_empty() {
            let message = say("invalid-external-hint");
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
            let message = say("invalid-fapi-auth");
            return Err(Invalid::new("tokenEndpointAuthMethod", message));
        }
        for (field, algorithm) in [
            ("alg", Some(self.id_token_signed_response_alg)),
            ("userinfoSignedResponseAlg", self.userinfo_signed_response_alg),
            ("tokenEndpointAuthSigningAlg", self.token_endpoint_auth_signing_alg),
            ("requestObjectSigningAlg", self.request_object_signing_alg),
        ] {
            if algorithm == Some(SigningAlgorithm::Rs256) {
                let message = say("invalid-fapi-alg");
                return Err(Invalid::new(field, message));
            }
        }
        if self.response_types.contains(&ResponseType::IdToken) {
            return Err(Invalid::new("responseTypes", say("invalid-fapi-code")));
        }
        // FAPI 2.0 §5.3.2.2 has the code flow alone: a device is bound to nobody's browser.
        if self.grant_types.contains(&GrantType::DeviceCode) {
            let message = say("invalid-fapi-device");
            return Err(Invalid::new("grantType", message));
        }
        if self.lifetimes.code.is_some_and(|seconds| seconds > 60) {
            let message = say("invalid-fapi-lifetime");
            return Err(Invalid::new("lifetimes.code", message));
        }
        Ok(())
    }

    /// Checks what cannot be of an application that proves nothing (RFC 9700 §2.1.1, RFC 6749
    /// §4.4).
    pub fn validate_public(&self) -> Result<(), Invalid> {
        if self.profile == Profile::Legacy {
            let message = say("invalid-public-pkce");
            return Err(Invalid::new("profile", message));
        }
        if self.grant_types.contains(&GrantType::ClientCredentials) {
            let message = say("invalid-public-grant");
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
                return Err(Invalid::new(
                    field,
                    say("invalid-seconds").with("min", least).with("max", most),
                ));
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
    let refuse = |why: Text| Err(Invalid::new("jwks", why));
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return refuse(say("invalid-jwks"));
    };
    if keys.is_empty() || keys.len() > KEYS_MAX || jwks.to_string().len() > JWKS_MAX {
        return refuse(say("invalid-jwks-size"));
    }
    for key in keys {
        let kind = key.get("kty").and_then(Value::as_str);
        if !matches!(kind, Some("EC" | "RSA" | "OKP")) {
            return refuse(say("invalid-jwks-kty"));
        }
        if PRIVATE_PARTS.iter().any(|part| key.get(part).is_some()) {
            return refuse(say("invalid-jwks-private"));
        }
    }
    Ok(())
}
