//! `/token` (RFC 6749 §3.2): codes and refresh tokens in, tokens out.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::client_auth;
use crate::domain::client::{Client, GrantType, Scope};
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::params::Params;
use crate::service::authorization::GrantError;
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
            GrantError::Failure(failure) => Self::Failure(failure),
        }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (status, error, description) = match &self {
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
                "grant_type must be authorization_code, refresh_token or client_credentials",
            ),
            Self::Grant(why) => (StatusCode::BAD_REQUEST, "invalid_grant", *why),
            Self::TokenType(why) => (StatusCode::BAD_REQUEST, "unsupported_token_type", *why),
            Self::Authorization(error, why) => (StatusCode::BAD_REQUEST, *error, *why),
            Self::Scope(why) => (StatusCode::BAD_REQUEST, "invalid_scope", *why),
            Self::Failure(Failure::Unavailable(reason)) => {
                tracing::warn!(reason, "not available");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "temporarily_unavailable",
                    "try again in a moment",
                )
            }
            Self::Failure(Failure::Internal(reason)) => {
                tracing::error!(reason, "internal error");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "server_error",
                    "something went wrong on our side",
                )
            }
        };
        let body = Json(json!({ "error": error, "error_description": description }));
        let mut response = (status, body).into_response();
        if let Self::Client { basic: true } = self {
            let realm = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
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

/// `POST`.
pub async fn exchange(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form(&headers, &body)?;
    let grant_type =
        params.get("grant_type").ok_or(TokenError::Request("grant_type is missing"))?;
    let client = client_auth::authenticate(&state.services, &headers, &params).await?;
    let grant_type: GrantType = grant_type.parse().map_err(|_| TokenError::GrantType)?;
    if !client.settings.grant_types.contains(&grant_type) {
        return Err(TokenError::Unauthorized);
    }
    let tokens = match grant_type {
        GrantType::AuthorizationCode => {
            authorization_code(&state, &client, &params, origin).await?
        }
        GrantType::RefreshToken => refresh_token(&state, &client, &params, origin).await?,
        GrantType::ClientCredentials if client.is_public() => {
            return Err(TokenError::Unauthorized);
        }
        GrantType::ClientCredentials => {
            state.services.application_tokens(&client, params.get("scope"), origin).await?
        }
    };
    Ok(no_store(Json(answer(&tokens)).into_response()))
}

/// RFC 6749 §4.1.3.
async fn authorization_code(
    state: &AppState,
    client: &Client,
    params: &Params,
    origin: Origin,
) -> Result<TokenSet, TokenError> {
    let code = params.get("code").ok_or(TokenError::Request("code is missing"))?;
    let verifier = params.get("code_verifier");
    let redirect_uri = params.get("redirect_uri");
    Ok(state.services.exchange_code(client, code, redirect_uri, verifier, origin).await?)
}

/// RFC 6749 §6.
async fn refresh_token(
    state: &AppState,
    client: &Client,
    params: &Params,
    origin: Origin,
) -> Result<TokenSet, TokenError> {
    let token =
        params.get("refresh_token").ok_or(TokenError::Request("refresh_token is missing"))?;
    Ok(state.services.refresh(client, token, params.get("scope"), origin).await?)
}

/// RFC 6749 §5.1, OIDC Core §3.1.3.3.
fn answer(tokens: &TokenSet) -> Value {
    let mut answer = Map::new();
    answer.insert("access_token".into(), tokens.access_token.clone().into());
    answer.insert("token_type".into(), "Bearer".into());
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
