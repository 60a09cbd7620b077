//! The public keys of applications: those registered with them, or fetched from their `jwks_uri`
//! and kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use super::Services;
use crate::crypto::jws::{self, JwsError, Signed};
use crate::domain::client::{Client, SigningAlgorithm};
use crate::domain::id::ClientId;
use crate::domain::time::Timestamp;

/// How long fetched keys are good for.
const KEPT: Duration = Duration::from_secs(10 * 60);
/// How often they are fetched again because a token names a key that is not among them, and how
/// long nobody asks again after a failure. Strangers cannot make us ask more often than that; an
/// application that has just changed its keys need not wait.
const AGAIN: Duration = Duration::from_secs(30);
/// How many sets are kept.
const SETS_MAX: usize = 1000;
/// The most keys of a set that are looked at.
const KEYS_MAX: usize = 50;

/// Fetched keys, by their address.
#[derive(Debug, Default)]
pub struct ClientKeys(Mutex<HashMap<String, Fetched>>);

#[derive(Clone, Debug)]
struct Fetched {
    at: Timestamp,
    /// When that was because of an unknown key.
    anew_at: Option<Timestamp>,
    /// None after a failure.
    keys: Option<Arc<Vec<Value>>>,
}

impl ClientKeys {
    fn get(&self, uri: &str) -> Option<Fetched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(uri).cloned()
    }

    fn put(&self, uri: &str, fetched: Fetched) {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= SETS_MAX && !sets.contains_key(uri) {
            sets.retain(|_, set| fetched.at.since(set.at) < AGAIN);
            if sets.len() >= SETS_MAX {
                return;
            }
        }
        sets.insert(uri.to_owned(), fetched);
    }
}

impl Services {
    /// Verifies what an application says to have signed, with its keys.
    pub(super) async fn verify_signed(
        &self,
        client: &Client,
        token: &str,
        algorithms: &[SigningAlgorithm],
    ) -> Result<Signed, JwsError> {
        let keys = self.keys_of(client, false).await;
        let verified = jws::verify(token, &keys, algorithms);
        if verified != Err(JwsError::UnknownKey) || client.settings.jwks_uri.is_none() {
            return verified;
        }
        // It may have new keys (OIDC Core §10.1.1).
        let keys = self.keys_of(client, true).await;
        jws::verify(token, &keys, algorithms)
    }

    /// The public keys of an application; `anew` to see whether there are new ones.
    pub(super) async fn keys_of(&self, client: &Client, anew: bool) -> Arc<Vec<Value>> {
        if let Some(jwks) = &client.settings.jwks {
            return Arc::new(members(jwks));
        }
        let Some(uri) = &client.settings.jwks_uri else { return Arc::default() };
        self.keys_at(&client.id, uri, anew).await
    }

    /// The public keys at an address that the settings of `client` name.
    pub(super) async fn keys_at(
        &self,
        client: &ClientId,
        uri: &str,
        anew: bool,
    ) -> Arc<Vec<Value>> {
        let (now, known) = (self.now(), self.client_keys.get(uri));
        let within = |then: Timestamp, kept: Duration| now.since(then) < kept;
        let good = known.as_ref().is_some_and(|known| match (&known.keys, anew) {
            (None, _) => within(known.at, AGAIN),
            (Some(_), true) => known.anew_at.is_some_and(|then| within(then, AGAIN)),
            (Some(_), false) => within(known.at, KEPT),
        });
        if good {
            return known.and_then(|known| known.keys).unwrap_or_default();
        }
        // Noted before it is asked: of many tokens with an unknown key at once, one makes us ask.
        if let (true, Some(Fetched { at, keys: Some(keys), .. })) = (anew, &known) {
            let noted = Fetched { at: *at, anew_at: Some(now), keys: Some(Arc::clone(keys)) };
            self.client_keys.put(uri, noted);
        }
        let fetched = self.fetch_keys(client, uri).await;
        // Old keys are better than none while the application cannot be reached.
        let before = known.as_ref().and_then(|known| known.anew_at);
        let keys = fetched.or_else(|| known.and_then(|known| known.keys));
        let anew_at = if anew { Some(now) } else { before };
        self.client_keys.put(uri, Fetched { at: now, anew_at, keys: keys.clone() });
        keys.unwrap_or_default()
    }

    async fn fetch_keys(&self, id: &ClientId, uri: &str) -> Option<Arc<Vec<Value>>> {
        let url = uri.parse().ok()?;
        let document = match self.outbound.get(&url).await {
            Ok(document) => document,
            Err(error) => {
                tracing::warn!(client = %id, %error, "the jwks_uri of an application");
                return None;
            }
        };
        if let Ok(set) = serde_json::from_slice::<Map<String, Value>>(&document) {
            Some(Arc::new(members(&Value::Object(set))))
        } else {
            tracing::warn!(client = %id, "the jwks_uri of an application has no JWK Set");
            None
        }
    }
}

fn members(set: &Value) -> Vec<Value> {
    let keys = set.get("keys").and_then(Value::as_array);
    keys.map(|keys| keys.iter().take(KEYS_MAX).cloned().collect()).unwrap_or_default()
}
