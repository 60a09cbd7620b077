//! Proof of possession (RFC 9449): tokens that are worth nothing without a key that their owner
//! keeps.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::Services;
use super::authorization::GrantError;
use crate::crypto::jws::{self, Claims};
use crate::crypto::nonce::WINDOW;
use crate::crypto::token;
use crate::domain::client::SigningAlgorithm;
use crate::domain::time::Timestamp;
use crate::store::once;

/// How far the `iat` of a proof may be off: minutes, since people's own devices make proofs, and
/// their clocks are wrong. How old a proof is at most says the nonce, whose time is ours.
const SKEW: Duration = Duration::from_secs(5 * 60);
/// The longest `jti`, in bytes.
const JTI_MAX: usize = 512;
/// How many nonces are taken at a time: this window's and the last one's.
const WINDOWS: u32 = 2;

/// A proof as it came with a request.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    /// The JWT in the `DPoP` header.
    pub jwt: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// Its path.
    pub path: &'a str,
}

/// An access token as it came with a request.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The token.
    pub token: &'a str,
    /// The proof beside it, where it came under the scheme `DPoP`.
    pub proof: Option<Proof<'a>>,
}

/// Algorithms that a proof may be signed with: none that newer profiles forbid.
pub fn proof_algorithms() -> Vec<SigningAlgorithm> {
    SigningAlgorithm::ALL.into_iter().filter(|alg| *alg != SigningAlgorithm::Rs256).collect()
}

impl Services {
    /// The nonce that a proof of this moment must carry (RFC 9449 §8).
    pub fn dpop_nonce(&self) -> String {
        self.dpop_nonces.now(self.now())
    }

    /// The thumbprint of the key that a proof is of (RFC 9449 §4.3). A proof is good once.
    /// `access_token` is the token that came with it, at a resource.
    pub async fn prove(
        &self,
        proof: Proof<'_>,
        access_token: Option<&str>,
    ) -> Result<String, GrantError> {
        use GrantError::Proof as Refused;
        let (signed, thumbprint) = jws::verify_self_signed(proof.jwt, &proof_algorithms())
            .map_err(|error| {
                tracing::info!(%error, "DPoP proof refused");
                Refused("the DPoP proof is not signed by the key in it with an allowed alg")
            })?;
        if signed.typ.as_deref() != Some("dpop+jwt") {
            return Err(Refused("the typ of the DPoP proof must be dpop+jwt"));
        }
        let claims = &signed.claims;
        if text(claims, "htm") != Some(proof.method) {
            return Err(Refused("htm of the DPoP proof is not the method of this request"));
        }
        if !text(claims, "htu").is_some_and(|htu| self.is_here(htu, proof.path)) {
            return Err(Refused("htu of the DPoP proof is not the address of this request"));
        }
        if text(claims, "ath") != access_token.map(token::hash).as_deref() {
            return Err(Refused("ath of the DPoP proof is not the hash of the access token"));
        }
        let now = self.now();
        let nonce = text(claims, "nonce");
        if !nonce.is_some_and(|nonce| self.dpop_nonces.holds(nonce, now)) {
            return Err(GrantError::Nonce(self.dpop_nonce()));
        }
        let issued = claims.get("iat").and_then(Value::as_f64).map(Timestamp::from_seconds);
        if issued.is_none_or(|iat| iat > now.plus(SKEW) || iat.plus(SKEW + WINDOW * WINDOWS) < now)
        {
            return Err(Refused("iat of the DPoP proof is missing or not about now"));
        }
        let jti = text(claims, "jti").filter(|jti| jti.len() <= JTI_MAX);
        let jti = jti.ok_or(Refused("the DPoP proof has no jti"))?;
        let hash = token::hash(&format!("proof {thumbprint} {jti}"));
        let kept = now.plus(WINDOW * WINDOWS);
        let first = self
            .store
            .write(move |conn| Box::pin(async move { once::first(conn, &hash, kept).await }))
            .await?;
        if first { Ok(thumbprint) } else { Err(Refused("this DPoP proof was used before")) }
    }

    /// Whether a token that is bound to the key `bound` came with a proof of it, and any other
    /// without one (RFC 9449 §7).
    pub(super) async fn holds_key(
        &self,
        presented: Presented<'_>,
        bound: Option<&str>,
    ) -> Result<(), GrantError> {
        match (presented.proof, bound) {
            (None, None) => Ok(()),
            (Some(proof), Some(bound)) => {
                let thumbprint = self.prove(proof, Some(presented.token)).await?;
                if token::equal(&thumbprint, bound) {
                    Ok(())
                } else {
                    Err(GrantError::Invalid("the access token is bound to another key"))
                }
            }
            (None, Some(_)) => Err(GrantError::Invalid(
                "the access token is bound to a key: use the scheme DPoP and send a proof",
            )),
            (Some(_), None) => Err(GrantError::Invalid(
                "the access token is bound to no key: use the scheme Bearer",
            )),
        }
    }

    /// Whether `htu` is the address at `path` here, whatever its query and fragment are.
    fn is_here(&self, htu: &str, path: &str) -> bool {
        let here = Url::parse(&format!("{}{path}", self.issuer_text()));
        let there = Url::parse(htu).map(|mut url| {
            url.set_query(None);
            url.set_fragment(None);
            url
        });
        matches!((here, there), (Ok(here), Ok(there)) if here == there)
    }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}
