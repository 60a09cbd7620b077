//! Applications with keys of their own: what they sign, and where they keep their public halves.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstkey::crypto::signing::{SigningKey, generate, jws_algorithm, jwt_algorithm};
use firstkey::domain::client::SigningAlgorithm;
use jsonwebtoken::{EncodingKey, Header};
use openidconnect::PrivateSigningKey;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::app::App;

/// What says that an assertion is one.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key of an application.
#[derive(Debug)]
pub struct ClientKey {
    key: SigningKey,
}

impl ClientKey {
    /// A new ES256 key with this `kid`.
    pub fn new(kid: &str) -> Self {
        Self::of(kid, SigningAlgorithm::Es256)
    }

    /// A new key of any kind.
    pub fn of(kid: &str, algorithm: SigningAlgorithm) -> Self {
        let pkcs8 = generate(algorithm).expect("a key");
        Self { key: SigningKey::from_pkcs8(kid, algorithm, &pkcs8).expect("a key") }
    }

    /// Its public half.
    pub fn jwk(&self) -> Value {
        serde_json::to_value(self.key.as_verification_key()).expect("JSON")
    }

    /// The set that it alone is in.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// Signs claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(claims, |_| ())
    }

    /// Signs claims under a header that `change` sees first.
    pub fn sign_as(&self, claims: &Value, change: impl FnOnce(&mut Header)) -> String {
        let mut header = Header::new(jwt_algorithm(self.key.algorithm()));
        header.kid = Some(self.key.id().to_owned());
        change(&mut header);
        self.seal(&header, claims)
    }

    /// Signs with its own algorithm, whatever the header says.
    fn seal(&self, header: &Header, claims: &Value) -> String {
        let part = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
        let header = part(serde_json::to_vec(header).expect("JSON"));
        let message = format!("{header}.{}", part(serde_json::to_vec(claims).expect("JSON")));
        let algorithm = jws_algorithm(self.key.algorithm());
        let signature = self.key.sign(&algorithm, message.as_bytes()).expect("a signature");
        format!("{message}.{}", part(signature))
    }

    /// The thumbprint of its public half (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(self.jwk()).expect("a JWK");
        jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256)
    }

    /// A proof of possession (RFC 9449 §4.2) with these claims.
    pub fn proof(&self, claims: &Value) -> String {
        self.proof_as(claims, |_| ())
    }

    /// The same under a header that `change` sees first.
    pub fn proof_as(&self, claims: &Value, change: impl FnOnce(&mut Header)) -> String {
        let mut header = Header::new(jwt_algorithm(self.key.algorithm()));
        header.typ = Some("dpop+jwt".into());
        header.jwk = Some(serde_json::from_value(self.jwk()).expect("a JWK"));
        change(&mut header);
        self.seal(&header, claims)
    }

    /// Proves to `app` that this is `client`.
    pub fn assertion(&self, app: &App, client: &str, jti: &str) -> String {
        self.sign(&assertion_claims(app, client, jti))
    }
}

/// What a good assertion says.
pub fn assertion_claims(app: &App, client: &str, jti: &str) -> Value {
    let now = app.now();
    json!({
        "iss": client, "sub": client, "aud": app.issuer, "jti": jti, "iat": now, "exp": now + 60,
    })
}

/// A JWT with HMAC, for those who take a public key for a secret.
pub fn hmac(claims: &Value, secret: &[u8], kid: &str) -> String {
    let mut header = Header::new(jsonwebtoken::Algorithm::HS256);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).expect("a JWT")
}

/// A place where an application keeps its JWK Set.
#[derive(Clone, Debug)]
pub struct KeyHost {
    pub uri: String,
    set: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

impl KeyHost {
    /// Serves this set on this machine.
    pub async fn start(set: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let host = Self {
            uri: format!("http://127.0.0.1:{port}/jwks"),
            set: Arc::new(Mutex::new(set)),
            asked: Arc::default(),
        };
        let answer = async |State(host): State<Self>| {
            host.asked.fetch_add(1, Ordering::SeqCst);
            let set = host.set.lock().expect("the set").clone();
            Json(set)
        };
        let router = Router::new().route("/jwks", get(answer)).with_state(host.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        host
    }

    /// Serves another set from now on.
    pub fn change(&self, set: Value) {
        *self.set.lock().expect("the set") = set;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
