//! Applications that prove who they are with a key: `private_key_jwt` (RFC 7523 §3, OIDC Core §9).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Failure, Services};
use crate::crypto::jws::{self, Claims};
use crate::crypto::token;
use crate::domain::client::{AuthMethod, Client, Profile, SigningAlgorithm};
use crate::domain::id::ClientId;
use crate::domain::time::Timestamp;
use crate::store::{self, once};

/// How far into the future an assertion may reach.
const LIFETIME_MAX: Duration = Duration::from_secs(60 * 60);
/// How wrong the clock of an application may be. FAPI 2.0 §5.3.2.1 wants between 10 and 60 seconds:
/// it is a server that signs, whose clock is set, and no nonce says how old an assertion is.
const SKEW: Duration = Duration::from_secs(30);
/// The longest `jti`, in bytes.
const JTI_MAX: usize = 512;

/// Why an assertion proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum AssertionError {
    /// The sentence is for the developer.
    #[error("{0}")]
    Refused(&'static str),
    /// It could not be judged.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for AssertionError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl Services {
    /// The application that signed `assertion`; `named` is the `client_id` beside it, if any. An
    /// assertion is good for one request.
    pub async fn client_by_assertion(
        &self,
        assertion: &str,
        named: Option<&str>,
    ) -> Result<Arc<Client>, AssertionError> {
        use AssertionError::Refused;
        let (_, claims) = jws::unverified(assertion)
            .map_err(|_| Refused("client_assertion is no well-formed signed JWT"))?;
        let id = text(&claims, "sub").ok_or(Refused("client_assertion has no sub"))?;
        if text(&claims, "iss") != Some(id) || named.is_some_and(|named| named != id) {
            return Err(Refused("iss and sub of client_assertion must be the client_id"));
        }
        let client = self.client(&ClientId(id.to_owned())).await?;
        let client = client
            .filter(|client| client.may_authenticate_by(AuthMethod::PrivateKeyJwt))
            .ok_or(Refused("no client that uses private_key_jwt has this client_id"))?;
        let only = client.settings.token_endpoint_auth_signing_alg;
        let algorithms = only.map_or_else(|| allowed(&client), |only| vec![only]);
        let signed =
            self.verify_signed(&client, assertion, &algorithms).await.map_err(|error| {
                tracing::info!(client = %client.id, %error, "client assertion refused");
                Refused("client_assertion is not signed with a registered key and an allowed alg")
            })?;
        let expires_at = self.judge(&client, &signed.claims)?;
        let jti = text(&signed.claims, "jti").filter(|jti| jti.len() <= JTI_MAX);
        let jti = jti.ok_or(Refused("client_assertion has no jti"))?;
        let hash = token::hash(&format!("assertion {} {jti}", client.id));
        let kept = expires_at.plus(SKEW);
        let first = self
            .store
            .write(move |conn| Box::pin(async move { once::first(conn, &hash, kept).await }))
            .await?;
        if first { Ok(client) } else { Err(Refused("this client_assertion was used before")) }
    }

    /// Whom an assertion is for, and when; returns when it ends.
    fn judge(&self, client: &Client, claims: &Claims) -> Result<Timestamp, AssertionError> {
        use AssertionError::Refused;
        let issuer = self.issuer_text();
        let for_us = match claims.get("aud") {
            Some(Value::String(one)) => self.is_our_audience(client, one),
            // FAPI 2.0 §5.3.2.1: a string, so that it cannot be meant for somebody else, too.
            Some(Value::Array(_)) if client.settings.profile == Profile::Fapi2 => false,
            Some(Value::Array(many)) => {
                many.iter().filter_map(Value::as_str).any(|one| self.is_our_audience(client, one))
            }
            _ => false,
        };
        if !for_us {
            tracing::info!(client = %client.id, issuer, "client assertion for somebody else");
            return Err(Refused("aud of client_assertion must be the issuer"));
        }
        let now = self.now();
        let seconds = |name| claims.get(name).and_then(Value::as_f64).map(Timestamp::from_seconds);
        let ends = seconds("exp").ok_or(Refused("client_assertion has no exp"))?;
        if ends.plus(SKEW) <= now {
            return Err(Refused("client_assertion has expired"));
        }
        if ends > now.plus(LIFETIME_MAX) {
            return Err(Refused("client_assertion may be good for one hour at most"));
        }
        for name in ["nbf", "iat"] {
            if claims.contains_key(name) && seconds(name).is_none_or(|from| from > now.plus(SKEW)) {
                return Err(Refused("iat or nbf of client_assertion is in the future"));
            }
        }
        Ok(ends)
    }

    /// RFC 7523 §3, RFC 9126 §2: the issuer, or the endpoint that older libraries name instead.
    fn is_our_audience(&self, client: &Client, audience: &str) -> bool {
        let issuer = self.issuer_text();
        audience == issuer
            || (client.settings.profile != Profile::Fapi2
                && audience.strip_prefix(issuer).is_some_and(|path| {
                    matches!(path, "/" | "/token" | "/par" | "/introspect" | "/revoke")
                }))
    }
}

/// FAPI 2.0 §5.4.1: no RSA PKCS #1 v1.5.
pub(super) fn allowed(client: &Client) -> Vec<SigningAlgorithm> {
    let strict = client.settings.profile == Profile::Fapi2;
    let fits = |algorithm: &SigningAlgorithm| !strict || *algorithm != SigningAlgorithm::Rs256;
    SigningAlgorithm::ALL.into_iter().filter(fits).collect()
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}
