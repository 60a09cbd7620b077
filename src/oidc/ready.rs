//! Answers that lie ready: the discovery document and the JWK Set are the same for everybody, and
//! asked for by every application at every start. They are bytes in memory with all their headers,
//! and given before anything else looks at the request. What is not a plain `GET` of one of them goes
//! the usual way, to the same documents.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;

use super::{cors_headers, discovery, jwks};
use crate::crypto::signing::KeyRing;
use crate::http::etag::is_known;
use crate::http::{AppState, headers, trace};

/// An answer with all its headers.
#[derive(Clone)]
struct Answer {
    headers: HeaderMap,
    etag: String,
    body: Bytes,
}

impl Answer {
    fn new(kind: &'static str, age: &str, etag: &str, body: Bytes, https: bool) -> Self {
        let mut all = HeaderMap::new();
        all.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        for (name, value) in [(header::CACHE_CONTROL, age), (header::ETAG, etag)] {
            // Both are ours, and plain text.
            if let Ok(value) = HeaderValue::from_str(value) {
                all.insert(name, value);
            }
        }
        cors_headers(&mut all);
        headers::add(&mut all, https);
        Self { headers: all, etag: etag.to_owned(), body }
    }

    fn send(&self, asked: &HeaderMap) -> Response {
        if is_known(asked, &self.etag) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().clone_from(&self.headers);
            response.headers_mut().remove(header::CONTENT_TYPE);
            return response;
        }
        let mut response = Response::new(Body::from(self.body.clone()));
        response.headers_mut().clone_from(&self.headers);
        response
    }
}

/// The answers of a server. Cheap to clone.
#[derive(Clone)]
pub struct Ready(Arc<Inner>);

struct Inner {
    state: AppState,
    discovery: Answer,
    /// The JWK Set as it is, and the keys that it is of.
    jwks: RwLock<Option<(Arc<KeyRing>, Answer)>>,
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}

impl Ready {
    /// Makes them.
    pub fn new(state: &AppState) -> Self {
        let (body, etag) = discovery::document(state.services.issuer_text());
        let https = state.config.is_https();
        let discovery = Answer::new("application/json", discovery::CACHING, &etag, body, https);
        Self(Arc::new(Inner { state: state.clone(), discovery, jwks: RwLock::new(None) }))
    }

    /// The answer to a request that one lies ready for.
    pub fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        // At the end each answer closes its connection, which the router sees to.
        if method != Method::GET || self.0.state.stopping.load(Ordering::Relaxed) {
            return None;
        }
        let mut response = match uri.path() {
            "/jwks" => self.jwks(headers),
            "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => {
                self.0.discovery.send(headers)
            }
            _ => return None,
        };
        trace::ready(&mut response, uri.path());
        Some(response)
    }

    fn jwks(&self, asked: &HeaderMap) -> Response {
        let ring = self.0.state.services.keys.ring();
        {
            let kept = self.0.jwks.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((of, answer)) = kept.as_ref()
                && Arc::ptr_eq(of, &ring)
            {
                return answer.send(asked);
            }
        }
        let https = self.0.state.config.is_https();
        let body = ring.jwks().clone();
        let answer = Answer::new(jwks::KIND, &jwks::caching(), ring.etag(), body, https);
        let response = answer.send(asked);
        *self.0.jwks.write().unwrap_or_else(PoisonError::into_inner) = Some((ring, answer));
        response
    }
}
