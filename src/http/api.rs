//! What every API asks of a call before it is looked at: a token that holds, and a caller who has
//! not asked too much.

use axum::extract::OriginalUri;
use axum::http::request::Parts;

use super::AppState;
use super::access::{Challenge, presented};
use super::address::origin;
use crate::service::Failure;
use crate::service::authorization::GrantError;
use crate::service::caller::Caller;

/// Why a call is not let in.
#[derive(Debug)]
pub enum Refused {
    /// There is no token, or it does not hold (RFC 6750 §3.1).
    Token(Challenge),
    /// Too many calls: how many seconds to wait.
    TooMany(u64),
    /// It could not be looked at.
    Failure(Failure),
}

/// Who calls. Whoever presents no token that holds counts against the limit of their address,
/// everybody else against that of their application.
pub async fn caller(parts: &Parts, state: &AppState) -> Result<Caller, Refused> {
    let origin = origin(parts, &state.config.trusted_proxies);
    let guess = |challenge| match state.limits.admit(&origin.limit_key()) {
        Ok(()) => Refused::Token(challenge),
        Err(seconds) => Refused::TooMany(seconds),
    };
    // Where an API is nested, the address that was called is another.
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |whole| &whole.0);
    let presented = presented(&parts.headers, &parts.method, uri);
    let caller = match presented {
        Ok(None) => return Err(guess(Challenge::none())),
        Ok(Some(presented)) => state.services.api_caller(presented, origin).await,
        Err(error) => Err(error),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(GrantError::Failure(failure)) => return Err(Refused::Failure(failure)),
        Err(error) => return Err(guess(Challenge::refused(&error))),
    };
    if let Some(client) = caller.actor.client() {
        state.app_limits.admit(&client.0).map_err(Refused::TooMany)?;
    }
    Ok(caller)
}
