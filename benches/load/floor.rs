//! The floor: what this machine does with the same libraries and nothing else. A bare axum server
//! that answers bytes from memory, and signs one ES256 token for each request.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Floor {
    document: Bytes,
    key: EncodingKey,
}

/// Serves on a port of this machine: `document` as JSON at `/static`, tokens at `/token`.
pub fn serve(port: u16, document: Vec<u8>) -> anyhow::Result<()> {
    let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("no key"))?;
    let key = EncodingKey::from_ec_der(pair.as_ref());
    let state = Arc::new(Floor { document: document.into(), key });
    let app = Router::new()
        .route("/static", get(document_of))
        .route("/token", post(token))
        .with_state(state);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        Ok(axum::serve(listener, app).await?)
    })
}

async fn document_of(State(floor): State<Arc<Floor>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], floor.document.clone())
}

/// The claims that an application's own token has (RFC 9068).
async fn token(State(floor): State<Arc<Floor>>, _form: Bytes) -> Json<Value> {
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".into());
    header.kid = Some("01997e2c-8f3a-7bbb-9d57-1f6a3f1f0c11".into());
    let claims = json!({
        "iss": "http://localhost:8080",
        "sub": "01997e2c-8f3a-7bbb-9d57-1f6a3f1f0c12",
        "aud": "http://localhost:8080",
        "exp": 1_800_000_600,
        "iat": 1_800_000_000,
        "jti": uuid::Uuid::new_v4().to_string(),
        "client_id": "01997e2c-8f3a-7bbb-9d57-1f6a3f1f0c12",
        "scope": "",
    });
    let token = jsonwebtoken::encode(&header, &claims, &floor.key).unwrap_or_default();
    Json(json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "",
    }))
}
