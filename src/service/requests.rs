//! Authorization requests that do not travel in the open: signed by the application (RFC 9101), or
//! pushed by it beforehand (RFC 9126).

use std::time::Duration;

use serde_json::Value;

use super::client_assertion::allowed;
use super::{Failure, Services, journeys};
use crate::crypto::token::{self, Token};
use crate::domain::client::{Client, Profile};
use crate::domain::journey::AuthorizationRequest;
use crate::domain::time::Timestamp;
use crate::store::once;

/// What a `request_uri` that we gave begins with (RFC 9126 §2.2).
pub const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a pushed request may wait for its browser.
pub const PUSHED_LIFETIME: Duration = Duration::from_secs(90);

/// How wrong the clock of an application may be. FAPI 2.0 §5.3.2.1 wants between 10 and 60 seconds:
/// it is a server that signs, whose clock is set, and no nonce says how old a request object is.
const SKEW: Duration = Duration::from_secs(30);
/// How long a request object of the FAPI 2.0 profile may be good for (FAPI 2.0 Message Signing
/// §5.3.1).
const OBJECT_LIFETIME_MAX: Duration = Duration::from_secs(60 * 60);
/// Claims that say something about a request object, not about the request (RFC 9101 §4).
const ENVELOPE: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];

impl Services {
    /// Keeps the parameters of a request, as a query; returns the `request_uri` that stands for
    /// them until it was answered.
    pub async fn push_request(&self, client: &Client, query: String) -> Result<String, Failure> {
        let reference = Token::generate(self.random.as_ref());
        let request_uri = format!("{REQUEST_URI}{}", reference.reveal());
        let (id, hash) = (client.id.clone(), reference.hash());
        let ends = self.now().plus(PUSHED_LIFETIME);
        self.store
            .write(move |conn| {
                Box::pin(async move { once::push(conn, &hash, &id, &query, ends).await })
            })
            .await?;
        Ok(request_uri)
    }

    /// The pushed request that a `request_uri` stands for, and the hash by which it is known. A page
    /// may be loaded again, so it can be opened more than once, and answered once (FAPI 2.0
    /// §5.3.2.2).
    pub async fn open_pushed_request(
        &self,
        client: &Client,
        request_uri: &str,
    ) -> Result<Option<(String, String)>, Failure> {
        let Some(reference) = request_uri.strip_prefix(REQUEST_URI) else { return Ok(None) };
        let (id, hash, now) = (client.id.clone(), token::hash(reference), self.now());
        let (kept_until, of) = (now.plus(journeys::JOURNEY_LIFETIME), hash.clone());
        let query = self
            .store
            .write(move |conn| {
                Box::pin(async move { once::open_pushed(conn, &of, &id, now, kept_until).await })
            })
            .await?;
        Ok(query.map(|query| (query, hash)))
    }

    /// Notes that a request was answered with an error, so that it cannot be answered again.
    pub async fn refused(&self, request: &AuthorizationRequest) -> Result<(), Failure> {
        let Some(hash) = request.pushed.clone() else { return Ok(()) };
        self.store
            .write(move |conn| {
                Box::pin(async move { once::answer_pushed(conn, &hash).await.map(|_| ()) })
            })
            .await?;
        Ok(())
    }

    /// The parameters in a request object that `client` signed (RFC 9101 §6). The error is for the
    /// developer.
    pub async fn open_request_object(
        &self,
        client: &Client,
        object: &str,
    ) -> Result<Vec<(String, String)>, &'static str> {
        let only = client.settings.request_object_signing_alg;
        let algorithms = only.map_or_else(|| allowed(client), |only| vec![only]);
        let signed = self.verify_signed(client, object, &algorithms).await.map_err(|error| {
            tracing::info!(client = %client.id, %error, "request object refused");
            "the request object is not signed with a registered key and an allowed alg"
        })?;
        // RFC 9101 §10.8: nothing that was signed for another purpose.
        if !matches!(signed.typ.as_deref(), None | Some("jwt" | "oauth-authz-req+jwt")) {
            return Err("the typ of the request object must be oauth-authz-req+jwt");
        }
        let claims = signed.claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let id = client.id.0.as_str();
        if text("client_id") != Some(id) || text("iss").is_some_and(|issuer| issuer != id) {
            return Err("client_id and iss of the request object must be the client_id");
        }
        if text("sub") == Some(id) {
            return Err("a request object must not have the client_id for its sub");
        }
        let for_us = match claims.get("aud") {
            None => client.settings.profile != Profile::Fapi2,
            Some(Value::String(one)) => one == self.issuer_text(),
            Some(Value::Array(many)) => many.iter().any(|one| *one == *self.issuer_text()),
            Some(_) => false,
        };
        if !for_us {
            return Err("aud of the request object must be the issuer");
        }
        let now = self.now();
        let moment = |name| claims.get(name).and_then(Value::as_f64).map(Timestamp::from_seconds);
        let strict = client.settings.profile == Profile::Fapi2;
        match moment("exp") {
            Some(ends) if ends.plus(SKEW) <= now => return Err("the request object has expired"),
            None if strict || claims.contains_key("exp") => {
                return Err("the request object has no exp");
            }
            _ => {}
        }
        match moment("nbf") {
            Some(from) if from > now.plus(SKEW) => {
                return Err("nbf of the request object is in the future");
            }
            Some(from) if strict && from.plus(OBJECT_LIFETIME_MAX) <= now => {
                return Err("nbf of the request object is more than an hour ago");
            }
            None if strict || claims.contains_key("nbf") => {
                return Err("the request object has no nbf");
            }
            _ => {}
        }
        if claims.contains_key("request") || claims.contains_key("request_uri") {
            return Err("a request object cannot hold another");
        }
        let pairs = claims.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str()));
        Ok(pairs.map(|(name, value)| (name.clone(), plain(value))).collect())
    }
}

/// A claim as it would stand in a query.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
