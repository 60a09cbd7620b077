//! The HTTP client of a device: every request carries a proof of the device's key (RFC 9449), with the
//! nonce that the server asks for.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use jsonwebtoken::Header;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, PrivateSigningKey};
use reqwest::Method;
use reqwest::redirect::Policy;
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use crate::crypto::signing::{SigningKey, jwt_algorithm};
use crate::crypto::token;
use crate::domain::time::{Clock, SystemClock};

/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const ANSWER_MAX: usize = 1024 * 1024;
const DPOP: &str = "dpop";
const DPOP_NONCE: &str = "dpop-nonce";

/// The HTTP client, and the key.
pub(super) struct Proving {
    http: reqwest::Client,
    key: SigningKey,
    jwk: Jwk,
    nonce: Mutex<Option<String>>,
}

/// Why there is no answer. Nothing that was sent is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("{0}")]
    Http(String),
    #[error("the server has trouble: {0}")]
    Trouble(u16),
    #[error("{0}")]
    Proof(String),
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        // The last cause is the one that helps: a name that is not found, a certificate.
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        Self::Http(text)
    }
}

impl Proving {
    pub(super) fn new(key: SigningKey) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            // What is sent is for the server that was named, and nobody else.
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("firstkey/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let jwk = serde_json::to_value(key.as_verification_key())
            .and_then(serde_json::from_value::<Jwk>)
            .context("the key of this device")?;
        Ok(Self { http, key, jwk, nonce: Mutex::new(None) })
    }

    /// The thumbprint of the key (RFC 7638).
    pub(super) fn thumbprint(&self) -> String {
        self.jwk.thumbprint(ThumbprintHash::SHA256)
    }

    /// A proof for one request (RFC 9449 §4.2), with the access token that goes with it.
    pub(super) fn proof(
        &self,
        method: &str,
        url: &Url,
        access_token: Option<&str>,
        nonce: Option<String>,
    ) -> anyhow::Result<String> {
        let encoding = self.key.encoding().ok_or_else(|| anyhow!("the key cannot sign"))?;
        let mut header = Header::new(jwt_algorithm(self.key.algorithm()));
        header.typ = Some("dpop+jwt".into());
        header.jwk = Some(self.jwk.clone());
        let mut address = url.clone();
        address.set_query(None);
        address.set_fragment(None);
        let mut claims = Map::new();
        claims.insert("jti".into(), Uuid::new_v4().to_string().into());
        claims.insert("htm".into(), method.into());
        claims.insert("htu".into(), address.as_str().into());
        claims.insert("iat".into(), SystemClock.now().seconds().into());
        if let Some(token) = access_token {
            claims.insert("ath".into(), token::hash(token).into());
        }
        if let Some(nonce) = nonce {
            claims.insert("nonce".into(), nonce.into());
        }
        jsonwebtoken::encode(&header, &claims, encoding).context("a proof of the key")
    }

    fn nonce(&self) -> Option<String> {
        self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends one request; whatever is posted is proved.
    async fn once(
        &self,
        request: &HttpRequest,
        access_token: Option<&str>,
    ) -> Result<HttpResponse, SendError> {
        let url = Url::parse(&request.uri().to_string())
            .map_err(|error| SendError::Http(error.to_string()))?;
        let method = Method::from_bytes(request.method().as_str().as_bytes())
            .map_err(|error| SendError::Http(error.to_string()))?;
        let mut sent = self.http.request(method.clone(), url.clone());
        for (name, value) in request.headers() {
            sent = sent.header(name.as_str(), value.as_bytes());
        }
        if method == Method::POST || access_token.is_some() {
            let proof = self.proof(method.as_str(), &url, access_token, self.nonce());
            sent = sent.header(DPOP, proof.map_err(|error| SendError::Proof(error.to_string()))?);
        }
        if let Some(token) = access_token {
            sent = sent.header("authorization", format!("DPoP {token}"));
        }
        let mut answer = sent.body(request.body().clone()).send().await?;
        let status = answer.status();
        if let Some(nonce) = answer.headers().get(DPOP_NONCE).and_then(|it| it.to_str().ok()) {
            *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce.to_owned());
        }
        if status.is_server_error() {
            return Err(SendError::Trouble(status.as_u16()));
        }
        let mut response = openidconnect::http::Response::builder().status(status.as_u16());
        for (name, value) in answer.headers() {
            response = response.header(name.as_str(), value.as_bytes());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(SendError::Http("the answer is too long".into()));
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(|error| SendError::Http(error.to_string()))
    }

    /// Sends a request, and once more where the server asks for a nonce (RFC 9449 §8).
    pub(super) async fn send(
        &self,
        request: HttpRequest,
        access_token: Option<&str>,
    ) -> Result<HttpResponse, SendError> {
        let answer = self.once(&request, access_token).await?;
        if wants_nonce(&answer) { self.once(&request, access_token).await } else { Ok(answer) }
    }
}

/// Whether a server asks for a nonce: in the body (RFC 9449 §8) or in a challenge (§9).
fn wants_nonce(answer: &HttpResponse) -> bool {
    const ERROR: &str = "use_dpop_nonce";
    if !answer.headers().contains_key(DPOP_NONCE) {
        return false;
    }
    let challenged = |value: &openidconnect::http::HeaderValue| {
        value.to_str().is_ok_and(|text| text.contains(ERROR))
    };
    match answer.status().as_u16() {
        400 => serde_json::from_slice::<Value>(answer.body())
            .is_ok_and(|body| body.get("error").and_then(Value::as_str) == Some(ERROR)),
        401 => answer.headers().get_all("www-authenticate").iter().any(challenged),
        _ => false,
    }
}

impl<'c> AsyncHttpClient<'c> for Proving {
    type Error = SendError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, SendError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request, None))
    }
}
