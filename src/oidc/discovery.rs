//! `/.well-known/openid-configuration` (OpenID Connect Discovery §3) and
//! `/.well-known/oauth-authorization-server` (RFC 8414 §2): exactly what works.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::crypto::token;
use crate::domain::assurance::Acr;
use crate::domain::claims::Claim;
use crate::domain::client::{
    AuthMethod, ContentEncryption, GrantType, KeyManagement, ResponseMode, ResponseType, Scope,
    SigningAlgorithm, SubjectType,
};
use crate::http::AppState;
use crate::http::language::Language;
use crate::service::dpop::proof_algorithms;

fn metadata(issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let names = |list: &[&str]| list.iter().map(|name| Value::from(*name)).collect::<Vec<_>>();
    let scopes: Vec<_> = Scope::all().map(Scope::name).collect();
    let grants: Vec<_> = GrantType::ALL.iter().map(|grant| grant.name()).collect();
    let classes: Vec<_> = Acr::SERVED.iter().map(|acr| acr.name()).collect();
    let algorithms: Vec<_> = SigningAlgorithm::ALL.iter().map(|alg| alg.name()).collect();
    let mut claims = names(&[
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "sid",
        "at_hash",
    ]);
    claims.extend(Claim::ALL.into_iter().map(|claim| Value::from(claim.name())));
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "device_authorization_endpoint": at("/device_authorization"),
        "userinfo_endpoint": at("/userinfo"),
        "registration_endpoint": at("/register"),
        "revocation_endpoint": at("/revoke"),
        "revocation_endpoint_auth_methods_supported": AuthMethod::names(),
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint": at("/introspect"),
        "introspection_endpoint_auth_methods_supported":
            names(&["client_secret_basic", "client_secret_post", "private_key_jwt"]),
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "pushed_authorization_request_endpoint": at("/par"),
        "require_pushed_authorization_requests": false,
        "jwks_uri": at("/jwks"),
        "end_session_endpoint": at("/end_session"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "scopes_supported": scopes,
        "response_types_supported": ResponseType::names(),
        "response_modes_supported": ResponseMode::names(),
        "grant_types_supported": grants,
        "subject_types_supported": SubjectType::names(),
        "userinfo_signing_alg_values_supported": algorithms,
        "id_token_signing_alg_values_supported": algorithms,
        "id_token_encryption_alg_values_supported": KeyManagement::names(),
        "id_token_encryption_enc_values_supported": ContentEncryption::names(),
        "token_endpoint_auth_methods_supported":
            AuthMethod::names(),
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "dpop_signing_alg_values_supported":
            proof_algorithms().into_iter().map(SigningAlgorithm::name).collect::<Vec<_>>(),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": classes,
        "claims_supported": claims,
        "prompt_values_supported": names(&["none", "login", "consent", "select_account"]),
        "ui_locales_supported": Language::all().iter().map(Language::tag).collect::<Vec<_>>(),
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": algorithms,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    })
}

/// How long the document may be kept.
pub(super) const CACHING: &str = "public, max-age=300";

/// The document as it is sent, and its entity tag (RFC 9110 §8.8.3).
pub(super) fn document(issuer: &str) -> (Bytes, String) {
    let text = metadata(issuer).to_string();
    let etag = format!("\"{}\"", token::hash(&text));
    (text.into(), etag)
}

/// `GET`: the same document under both addresses; see [`super::ready`] for how it is answered nearly
/// always.
pub async fn show(State(state): State<AppState>) -> Response {
    let (document, etag) = document(state.services.issuer_text());
    let kind = "application/json".to_owned();
    let caching = [(header::CACHE_CONTROL, CACHING.to_owned()), (header::ETAG, etag)];
    (caching, [(header::CONTENT_TYPE, kind)], document).into_response()
}
