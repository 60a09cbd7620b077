//! Who is looking at the demo application: kept in memory, by a random cookie, for a while.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, header};
use openidconnect::core::CoreIdToken;
use openidconnect::{Nonce, PkceCodeVerifier, RefreshToken};
use serde_json::{Map, Value};

use crate::crypto::random::SystemRandom;
use crate::crypto::token::{self, Token};
use crate::domain::time::Timestamp;

/// Cookies do not know ports, so the name must not be one of the provider's.
const COOKIE: &str = "demo_app";
/// How long somebody who does nothing is remembered.
const IDLE: Duration = Duration::from_secs(8 * 60 * 60);
/// How many are remembered; the one who has been away longest goes first.
const VISITORS_MAX: usize = 1_000;
/// How many sign-ins one visitor may have under way, in as many tabs.
const PENDING_MAX: usize = 8;

/// Everybody. The keys are hashes of what browsers hold.
#[derive(Debug, Default)]
pub(super) struct Visitors(Mutex<HashMap<String, Visit>>);

#[derive(Debug)]
struct Visit {
    seen: Instant,
    pending: Vec<Pending>,
    person: Option<SignedIn>,
}

/// A sign-in that has left for the provider and not come back.
pub(super) struct Pending {
    /// Comes back in the answer.
    pub(super) state: String,
    /// Comes back in the ID token.
    pub(super) nonce: Nonce,
    /// Proves at the token endpoint that it was us who left.
    pub(super) verifier: PkceCodeVerifier,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

/// Somebody who is signed in, and what the application was told about them.
#[derive(Clone, Debug)]
pub(super) struct SignedIn {
    /// The ID token, for signing out.
    pub(super) id_token: CoreIdToken,
    /// Its claims.
    pub(super) claims: Map<String, Value>,
    /// What the userinfo endpoint said.
    pub(super) userinfo: Map<String, Value>,
    /// When the access token ends, where the provider said.
    pub(super) expires: Option<Timestamp>,
    /// The refresh token, where there is one.
    pub(super) refresh_token: Option<RefreshToken>,
}

/// What a browser shows to be known again.
#[derive(Clone, Debug)]
pub(super) struct Key(String);

impl Key {
    /// The key in a request's cookie.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == COOKIE)
            .map(|(_, value)| Self(token::hash(value)))
    }
}

/// The `Set-Cookie` that takes the cookie away.
pub(super) fn forget_cookie() -> HeaderValue {
    HeaderValue::from_static("demo_app=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

impl Visitors {
    fn map(&self) -> MutexGuard<'_, HashMap<String, Visit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a sign-in under way: with a visitor who is known, or with a new one, whose cookie
    /// is returned.
    pub(super) fn leave(&self, key: Option<&Key>, pending: Pending) -> Option<HeaderValue> {
        let mut map = self.map();
        let now = Instant::now();
        if let Some(visit) = key.and_then(|key| map.get_mut(&key.0)) {
            if visit.pending.len() >= PENDING_MAX {
                visit.pending.remove(0);
            }
            visit.pending.push(pending);
            visit.seen = now;
            return None;
        }
        Some(insert(&mut map, Visit { seen: now, pending: vec![pending], person: None }))
    }

    /// The sign-in that `state` belongs to, which can come back only once.
    pub(super) fn come_back(&self, key: &Key, state: &str) -> Option<Pending> {
        let mut map = self.map();
        let visit = map.get_mut(&key.0)?;
        let at = visit.pending.iter().position(|pending| token::equal(&pending.state, state))?;
        Some(visit.pending.remove(at))
    }

    /// Signs somebody in under a new cookie, which is returned: one that was known before the
    /// sign-in proves nothing.
    pub(super) fn sign_in(&self, old: &Key, person: SignedIn) -> HeaderValue {
        let mut map = self.map();
        let pending = map.remove(&old.0).map(|visit| visit.pending).unwrap_or_default();
        insert(&mut map, Visit { seen: Instant::now(), pending, person: Some(person) })
    }

    /// Who this is.
    pub(super) fn person(&self, key: &Key) -> Option<SignedIn> {
        let mut map = self.map();
        let visit = map.get_mut(&key.0).filter(|visit| visit.seen.elapsed() < IDLE)?;
        visit.seen = Instant::now();
        visit.person.clone()
    }

    /// Takes over what a refresh brought.
    pub(super) fn update(&self, key: &Key, person: SignedIn) {
        if let Some(visit) = self.map().get_mut(&key.0) {
            visit.person = Some(person);
        }
    }

    /// Forgets a visitor.
    pub(super) fn forget(&self, key: &Key) -> Option<SignedIn> {
        self.map().remove(&key.0)?.person
    }
}

fn insert(map: &mut HashMap<String, Visit>, visit: Visit) -> HeaderValue {
    map.retain(|_, visit| visit.seen.elapsed() < IDLE);
    if map.len() >= VISITORS_MAX {
        let oldest = map.iter().min_by_key(|(_, visit)| visit.seen).map(|(key, _)| key.clone());
        if let Some(oldest) = oldest {
            map.remove(&oldest);
        }
    }
    let fresh = Token::generate(&SystemRandom);
    map.insert(fresh.hash(), visit);
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", fresh.reveal());
    // A base64url token is always a valid header value.
    HeaderValue::from_str(&cookie).unwrap_or_else(|_| forget_cookie())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(state: &str) -> Pending {
        Pending {
            state: state.into(),
            nonce: Nonce::new("n".into()),
            verifier: PkceCodeVerifier::new("v".repeat(43)),
        }
    }

    fn key_of(cookie: &HeaderValue) -> Key {
        let mut headers = HeaderMap::new();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        headers.insert(header::COOKIE, format!("other=1; {pair}").parse().unwrap());
        Key::read(&headers).unwrap()
    }

    #[test]
    fn a_sign_in_comes_back_once_to_the_browser_that_left() {
        let visitors = Visitors::default();
        let ada = key_of(&visitors.leave(None, pending("a")).unwrap());
        let eve = key_of(&visitors.leave(None, pending("e")).unwrap());
        assert!(visitors.leave(Some(&ada), pending("second tab")).is_none());
        assert!(visitors.come_back(&eve, "a").is_none());
        assert!(visitors.come_back(&ada, "").is_none());
        assert!(visitors.come_back(&ada, "a").is_some());
        assert!(visitors.come_back(&ada, "a").is_none());
        assert!(visitors.come_back(&ada, "second tab").is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let visitors = Visitors::default();
        let first = key_of(&visitors.leave(None, pending("first")).unwrap());
        for _ in 0..VISITORS_MAX {
            visitors.leave(None, pending("x"));
        }
        assert_eq!(visitors.map().len(), VISITORS_MAX);
        assert!(visitors.come_back(&first, "first").is_none());
        let one = key_of(&visitors.leave(None, pending("0")).unwrap());
        for tab in 1..=PENDING_MAX {
            visitors.leave(Some(&one), pending(&tab.to_string()));
        }
        assert!(visitors.come_back(&one, "0").is_none());
        assert!(visitors.come_back(&one, "1").is_some());
    }
}
