//! What every API asks of a call before it is looked at: a token that holds, and a caller who has
//! not asked too much.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::AppState;
use super::address::origin;
use crate::service::Failure;
use crate::service::authorization::GrantError;
use crate::service::caller::Caller;

/// Why a call is not let in.
#[derive(Debug)]
pub enum Refused {
    /// There is no token (`None`), or it does not hold (RFC 6750 §3.1).
    Token(Option<&'static str>),
    /// Too many calls: how many seconds to wait.
    TooMany(u64),
    /// It could not be looked at.
    Failure(Failure),
}

/// Who calls. Whoever presents no token that holds counts against the limit of their address,
/// everybody else against that of their application.
pub async fn caller(parts: &Parts, state: &AppState) -> Result<Caller, Refused> {
    let origin = origin(parts, &state.config.trusted_proxies);
    let guess = |why| match state.limits.admit(&origin.limit_key()) {
        Ok(()) => Refused::Token(why),
        Err(seconds) => Refused::TooMany(seconds),
    };
    let Some(token) = bearer(&parts.headers) else { return Err(guess(None)) };
    let caller = match state.services.api_caller(token, origin).await {
        Ok(caller) => caller,
        Err(GrantError::Invalid(why) | GrantError::Scope(why)) => return Err(guess(Some(why))),
        Err(GrantError::Failure(failure)) => return Err(Refused::Failure(failure)),
    };
    if let Some(client) = caller.actor.client() {
        state.app_limits.admit(&client.0).map_err(Refused::TooMany)?;
    }
    Ok(caller)
}

/// The token of an `Authorization` header (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
