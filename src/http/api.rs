//! What every API asks of a call before it is looked at: a token that holds, and a caller who has
//! not asked too much.

use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};

use super::AppState;
use super::access::{Challenge, presented};
use super::address::origin;
use crate::domain::authority::Denied;
use crate::service::Failure;
use crate::service::authorization::GrantError;
use crate::service::caller::Caller;

/// The header that names a call in every answer, as in Microsoft Graph.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// How a caller is told that they may not: the status, and what would help them, if anything would.
pub fn denied(denied: Denied) -> (StatusCode, Option<Box<Challenge>>) {
    match denied {
        Denied::Scope => {
            (StatusCode::FORBIDDEN, Some(Box::new(Challenge::of("insufficient_scope", None))))
        }
        Denied::Weak => (StatusCode::UNAUTHORIZED, Some(Box::new(Challenge::stronger()))),
        Denied::Self_ | Denied::Admin | Denied::Alone | Denied::Role => {
            (StatusCode::FORBIDDEN, None)
        }
    }
}

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
