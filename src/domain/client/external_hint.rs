//! Whose hints an application may send: an outside issuer that says who is to sign in, as Microsoft
//! Entra does of its users with an *external authentication method*.

use serde::{Deserialize, Serialize};

use super::super::error::Invalid;
use super::super::redirect;
use super::HintedBy;
use crate::domain::language::say;

/// An outside issuer whose ID tokens say, as `id_token_hint`, whom a request is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalHint {
    /// Its `iss`, to the letter.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_uri: String,
    /// The `aud` of its hints: the id by which it knows us.
    pub audience: String,
    /// The `tid` of its hints, where it has tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// By what of a hint people are found here.
    #[serde(default)]
    pub user_claim: HintedBy,
}

impl ExternalHint {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        redirect::parse_web("externalHint.issuer", &self.issuer)?;
        redirect::parse_web("externalHint.jwksUri", &self.jwks_uri)?;
        for (field, text) in [
            ("externalHint.audience", Some(&self.audience)),
            ("externalHint.tenant", self.tenant.as_ref()),
        ] {
            if text.is_some_and(|text| text.trim().is_empty() || text.len() > 256) {
                return Err(Invalid::new(
                    field,
                    say("invalid-characters-needed").with("min", 1_u32).with("max", 256_u32),
                ));
            }
        }
        Ok(())
    }
}
