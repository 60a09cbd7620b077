//! `/revoke` (RFC 7009): an application gives back what it does not need any more.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::client_auth;
use super::token::{TokenError, form, no_store};
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::service::token_status::RevokeError;

/// `POST`. `token_type_hint` is not needed: each kind of token shows what it is.
pub async fn revoke(
    State(state): State<AppState>,
    ClientAddress(origin): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form(&headers, &body)?;
    let client = client_auth::authenticate(&state.services, &headers, &params).await?;
    let token = params.get("token").ok_or(TokenError::Request("token is missing"))?;
    state.services.revoke_token(&client, token, origin).await.map_err(|error| match error {
        RevokeError::Unsupported(why) => TokenError::TokenType(why),
        RevokeError::Failure(failure) => failure.into(),
    })?;
    Ok(no_store(StatusCode::OK.into_response()))
}
