//! Tokens of ours that come back: access tokens (RFC 9068 §4) and ID tokens as hints.

use jsonwebtoken::Validation;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Services;
use super::tokens::OneOrMany;
use crate::crypto::signing::jwt_algorithm;
use crate::domain::client::SigningAlgorithm;
use crate::domain::id::SessionId;

/// What an `id_token_hint` says (OIDC RP-Initiated Logout §2).
#[derive(Clone, Debug, Deserialize)]
pub struct HintClaims {
    /// Whom it was issued about, as that application knows them.
    pub sub: String,
    /// For which application.
    pub aud: OneOrMany,
    /// In which session.
    pub sid: Option<SessionId>,
}

impl Services {
    /// The claims of an access token that is ours and has not expired. Nothing but our own ES256
    /// keys and `typ: at+jwt` is accepted, so no ID token passes for one (RFC 9068 §4).
    pub(super) fn read_access_token<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        self.read_token_for(token, Some(self.issuer_text()))
    }

    /// The same of a token for one audience, or for any.
    pub(super) fn read_token_for<T: DeserializeOwned>(
        &self,
        token: &str,
        audience: Option<&str>,
    ) -> Option<T> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt")) {
            return None;
        }
        let ring = self.keys.ring();
        let key = ring.by_id(header.kid.as_deref()?)?;
        if key.algorithm() != SigningAlgorithm::Es256 {
            return None;
        }
        let mut validation = Validation::new(jwt_algorithm(SigningAlgorithm::Es256));
        validation.set_issuer(&[self.issuer_text()]);
        match audience {
            Some(audience) => validation.set_audience(&[audience]),
            None => validation.validate_aud = false,
        }
        // Our own clock decides, with the claim below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Value>(token, key.decoding(), &validation).ok()?.claims;
        let expires_at = claims.get("exp")?.as_i64()?;
        if self.now().seconds() >= expires_at {
            return None;
        }
        serde_json::from_value(claims).ok()
    }

    /// What an `id_token_hint` says, if it is an ID token of ours. It may have expired
    /// (OIDC RP-Initiated Logout §2).
    pub fn read_id_token_hint(&self, token: &str) -> Option<HintClaims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // RFC 8725 §3.11: whatever else we sign says what it is; an ID token says nothing.
        if header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("jwt")) {
            return None;
        }
        let ring = self.keys.ring();
        let key = ring.by_id(header.kid.as_deref()?)?;
        let mut validation = Validation::new(jwt_algorithm(key.algorithm()));
        validation.set_issuer(&[self.issuer_text()]);
        validation.validate_aud = false;
        validation.validate_exp = false;
        jsonwebtoken::decode::<HintClaims>(token, key.decoding(), &validation)
            .ok()
            .map(|data| data.claims)
    }
}
