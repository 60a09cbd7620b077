//! `/token` (RFC 6749 §3.2): codes and refresh tokens in, tokens out.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::client_auth;
use crate::domain::client::{Client, GrantType, Scope};
use crate::http::AppState;
use crate::http::access::{self, DPOP_NONCE};
use crate::http::address::ClientAddress;
use crate::http::params::{Params, RESOURCE};
use crate::service::authorization::{Asked, GrantError, PresentedCode};
use crate::service::device::DeviceError;
use crate::service::tokens::TokenSet;
use crate::service::{Failure, Origin};

/// The longest parameter, in bytes: a request object or an assertion.
const REQUEST_MAX: usize = 16 * 1024;

/// An error of the token endpoint (RFC 6749 §5.2).
#[derive(Debug)]
pub enum TokenError {
    /// `invalid_request`
    Request(&'static str),
    /// `invalid_client`; whether the client tried `Authorization: Basic`.
    Client {
        /// Then it is told so by `WWW-Authenticate`.
        basic: bool,
    },
    /// `invalid_client`, with what is wrong with its assertion.
    Assertion(&'static str),
    /// `unauthorized_client`
    Unauthorized,
    /// `unsupported_grant_type`
    GrantType,
    /// `invalid_grant`
    Grant(&'static str),
    /// `invalid_scope`
    Scope(&'static str),
    /// `invalid_target` (RFC 8707 §2)
    Target(&'static str),
    /// `invalid_dpop_proof` (RFC 9449 §5)
    Proof(&'static str),
    /// `use_dpop_nonce`, and the nonce to use (RFC 9449 §8)
    Nonce(String),
    /// `unsupported_token_type` (RFC 7009 §2.2.1)
    TokenType(&'static str),
    /// An error of the authorization endpoint, told where a request is pushed (RFC 9126 §2.3).
    Authorization(&'static str, &'static str),
    /// Our fault.
    Failure(Failure),
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<GrantError> for TokenError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Invalid(description) => Self::Grant(description),
            GrantError::Scope(description) => Self::Scope(description),
            GrantError::Target(description) => Self::Target(description),
            GrantError::Proof(description) => Self::Proof(description),
            GrantError::Nonce(nonce) => Self::Nonce(nonce),
            GrantError::Failure(failure) => Self::Failure(failure),
        }
    }
}

impl From<DeviceError> for TokenError {
    /// RFC 8628 §3.5.
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Pending => {
                Self::Authorization("authorization_pending", "nobody has allowed the device yet")
            }
            DeviceError::SlowDown => {
                let why = "the device polls too often: add 5 seconds to its interval";
                Self::Authorization("slow_down", why)
            }
            DeviceError::Denied => {
                Self::Authorization("access_denied", "the person did not allow the device")
            }
            DeviceError::Full => {
                let why = "the person has as many devices as one may have: remove one first";
                Self::Authorization("access_denied", why)
            }
            DeviceError::Expired => {
                Self::Authorization("expired_token", "the device code has expired: begin again")
            }
            DeviceError::Grant(error) => error.into(),
        }
    }
}

impl TokenError {
    /// The error code, also for numbers.
    pub(super) fn code(&self) -> &'static str {
        self.told().1
    }

    /// The status, the code and the description.
    fn told(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Request(why) => (StatusCode::BAD_REQUEST, "invalid_request", *why),
            Self::Client { .. } => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "the client is unknown, or its secret is wrong or missing",
            ),
            Self::Assertion(why) => (StatusCode::UNAUTHORIZED, "invalid_client", *why),
            Self::Unauthorized => {
                (StatusCode::BAD_REQUEST, "unauthorized_client", "this client may not do this")
            }
            Self::GrantType => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "grant_type must be one of grant_types_supported in the discovery document",
            ),
            Self::Grant(why) => (StatusCode::BAD_REQUEST, "invalid_grant", *why),
            Self::Target(why) => (StatusCode::BAD_REQUEST, "invalid_target", *why),
            Self::Proof(why) => (StatusCode::BAD_REQUEST, "invalid_dpop_proof", *why),
            Self::Nonce(_) => (
                StatusCode::BAD_REQUEST,
                "use_dpop_nonce",
                "the DPoP proof must carry the nonce in DPoP-Nonce",
            ),
            Self::TokenType(why) => (StatusCode::BAD_REQUEST, "unsupported_token_type", *why),
            Self::Authorization(error, why) => (StatusCode::BAD_REQUEST, *error, *why),
            Self::Scope(why) => (StatusCode::BAD_REQUEST, "invalid_scope", *why),
            Self::Failure(Failure::Unavailable(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "try again in a moment",
            ),
            Self::Failure(Failure::Internal(_)) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "something went wrong on our side",
            ),
        }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        match &self {
            Self::Failure(Failure::Unavailable(reason)) => tracing::warn!(reason, "not available"),
            Self::Failure(Failure::Internal(reason)) => tracing::error!(reason, "internal error"),
            _ => {}
        }
        let (status, error, description) = self.told();
        let body = Json(json!({ "error": error, "error_description": description }));
        let mut response = (status, body).into_response();
        if let Self::Client { basic: true } = self {
            let realm = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
        }
        if let Self::Nonce(nonce) = &self
            && let Ok(value) = HeaderValue::from_str(nonce)
        {
            response.headers_mut().insert(DPOP_NONCE, value);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        no_store(response)
    }
}

/// RFC 6749 §5.1: no answer of this endpoint may be kept.
pub(super) fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The parameters of a request from an application.
pub(super) fn form(headers: &HeaderMap, body: &[u8]) -> Result<Params, TokenError> {
    let form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if !form {
        return Err(TokenError::Request("the body must be application/x-www-form-urlencoded"));
    }
    Params::parse_up_to(body, REQUEST_MAX).map_err(TokenError::Request)
}

/// The thumbprint of the key that a request proves, where it has a proof (RFC 9449 §5).
pub(super) async fn proved(
    state: &AppState,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<String>, TokenError> {
    match access::proof(headers, method, uri.path()).map_err(TokenError::Proof)? {
        Some(proof) => Ok(Some(state.services.prove(proof, None).await?)),
        None => Ok(None),
    }
}

/// RFC 9449 §8.2: whoever sent a proof gets the nonce for the next one.
pub(super) fn with_nonce(state: &AppState, mut response: Response, proved: bool) -> Response {
    if proved && let Ok(value) = HeaderValue::from_str(&state.services.dpop_nonce()) {
        response.headers_mut().insert(DPOP_NONCE, value);
    }
    response
}

/// `POST`.
pub async fn exchange(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form(&headers, &body);
    let grant_type = params.as_ref().ok().and_then(|params| params.get("grant_type"));
    let counted = match grant_type.map(str::parse::<GrantType>) {
        None => "none",
        Some(Err(_)) => "unsupported",
        Some(Ok(grant_type)) => grant_type.name(),
    };
    let answer = match params {
        Ok(params) => give(&state, &params, origin, (&method, &uri, &headers)).await,
        Err(error) => Err(error),
    };
    let outcome = answer.as_ref().map_or_else(TokenError::code, |_| "ok");
    state.services.store.metrics().token_request(counted, outcome);
    answer
}

async fn give(
    state: &AppState,
    params: &Params,
    origin: Origin,
    (method, uri, headers): (&Method, &Uri, &HeaderMap),
) -> Result<Response, TokenError> {
    let grant_type =
        params.get("grant_type").ok_or(TokenError::Request("grant_type is missing"))?;
    let client = client_auth::authenticate(&state.services, headers, params).await?;
    let grant_type: GrantType = grant_type.parse().map_err(|_| TokenError::GrantType)?;
    if !client.settings.grant_types.contains(&grant_type) {
        return Err(TokenError::Unauthorized);
    }
    let proved = proved(state, method, uri, headers).await?;
    let resources = params.all(RESOURCE);
    let asked = Asked { scope: params.get("scope"), resources: &resources, key: proved.as_deref() };
    let tokens = match grant_type {
        GrantType::DeviceCode => device_code(state, &client, params, asked, origin).await?,
        GrantType::AuthorizationCode => {
            authorization_code(state, &client, params, asked, origin).await?
        }
        GrantType::RefreshToken => refresh_token(state, &client, params, asked, origin).await?,
        GrantType::ClientCredentials if client.is_public() => {
            return Err(TokenError::Unauthorized);
        }
        GrantType::ClientCredentials => {
            state.services.application_tokens(&client, asked, origin).await?
        }
    };
    let answer = no_store(Json(answer(&tokens)).into_response());
    Ok(with_nonce(state, answer, proved.is_some()))
}

/// RFC 6749 §4.1.3.
async fn authorization_code(
    state: &AppState,
    client: &Client,
    params: &Params,
    asked: Asked<'_>,
    origin: Origin,
) -> Result<TokenSet, TokenError> {
    let presented = PresentedCode {
        code: params.get("code").ok_or(TokenError::Request("code is missing"))?,
        verifier: params.get("code_verifier"),
        redirect_uri: params.get("redirect_uri"),
    };
    Ok(state.services.exchange_code(client, presented, asked, origin).await?)
}

/// RFC 8628 §3.4.
async fn device_code(
    state: &AppState,
    client: &Client,
    params: &Params,
    asked: Asked<'_>,
    origin: Origin,
) -> Result<TokenSet, TokenError> {
    let code = params.get("device_code").ok_or(TokenError::Request("device_code is missing"))?;
    Ok(state.services.exchange_device_code(client, code, asked, origin).await?)
}

/// RFC 6749 §6.
async fn refresh_token(
    state: &AppState,
    client: &Client,
    params: &Params,
    asked: Asked<'_>,
    origin: Origin,
) -> Result<TokenSet, TokenError> {
    let token =
        params.get("refresh_token").ok_or(TokenError::Request("refresh_token is missing"))?;
    Ok(state.services.refresh(client, token, asked, origin).await?)
}

/// RFC 6749 §5.1, OIDC Core §3.1.3.3.
fn answer(tokens: &TokenSet) -> Value {
    let mut answer = Map::new();
    answer.insert("access_token".into(), tokens.access_token.clone().into());
    answer.insert("token_type".into(), if tokens.bound { "DPoP" } else { "Bearer" }.into());
    answer.insert("expires_in".into(), tokens.expires_in.into());
    answer.insert("scope".into(), Scope::join(&tokens.scopes).into());
    if let Some(id_token) = &tokens.id_token {
        answer.insert("id_token".into(), id_token.clone().into());
    }
    if let Some(refresh_token) = &tokens.refresh_token {
        answer.insert("refresh_token".into(), refresh_token.reveal().into());
    }
    answer.into()
}
