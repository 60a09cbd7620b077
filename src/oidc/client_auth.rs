//! Who the client is: `client_secret_basic`, `client_secret_post`, `private_key_jwt`, or `none` for
//! public clients, which PKCE protects (RFC 6749 §2.3, OIDC Core §9).

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::token::TokenError;
use crate::domain::client::{AuthMethod, Client};
use crate::domain::id::ClientId;
use crate::http::params::Params;
use crate::service::Services;
use crate::service::client_assertion::AssertionError;
use crate::service::clients::secret_matches;

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Parameters by which a client says who it is, and which are no part of what it asks.
pub(super) const PARAMETERS: [&str; 3] =
    ["client_secret", "client_assertion", "client_assertion_type"];

/// The client that made this request.
pub(super) async fn authenticate(
    services: &Services,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Arc<Client>, TokenError> {
    let basic = basic(headers)?;
    let (secret, assertion) = (params.get("client_secret"), params.get("client_assertion"));
    // RFC 6749 §2.3: not more than one method in a request.
    if usize::from(basic.is_some()) + usize::from(secret.is_some() || assertion.is_some()) > 1
        || (secret.is_some() && assertion.is_some())
    {
        return Err(TokenError::Request("the client authenticated in two ways at once"));
    }
    if let Some(assertion) = assertion {
        if params.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(TokenError::Request("client_assertion_type must be the one of RFC 7523"));
        }
        return services.client_by_assertion(assertion, params.get("client_id")).await.map_err(
            |error| match error {
                AssertionError::Refused(why) => TokenError::Assertion(why),
                AssertionError::Failure(failure) => failure.into(),
            },
        );
    }
    let refused = TokenError::Client { basic: basic.is_some() };
    let (id, secret, method) = match basic {
        Some((id, _)) if params.get("client_id").is_some_and(|other| other != id) => {
            return Err(TokenError::Request(
                "client_id differs from the one in the Authorization header",
            ));
        }
        Some((id, secret)) => {
            (id, Some(secret).filter(|secret| !secret.is_empty()), AuthMethod::ClientSecretBasic)
        }
        None => {
            let Some(id) = params.get("client_id") else { return Err(refused) };
            let secret = params.owned("client_secret");
            let method =
                if secret.is_some() { AuthMethod::ClientSecretPost } else { AuthMethod::None };
            (id.to_owned(), secret, method)
        }
    };
    let Some(client) = services.client(&ClientId(id)).await? else { return Err(refused) };
    let right = client.may_authenticate_by(method)
        && match &secret {
            Some(secret) => secret_matches(&client, secret),
            None => client.is_public(),
        };
    if right { Ok(client) } else { Err(refused) }
}

/// The id and secret of an `Authorization: Basic` header, each form-encoded (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, TokenError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let refused = || TokenError::Client { basic: true };
    let value = value.to_str().map_err(|_| refused())?;
    let (scheme, encoded) = value.split_once(' ').ok_or_else(refused)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refused());
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| refused())?;
    let text = String::from_utf8(decoded).map_err(|_| refused())?;
    let (id, secret) = text.split_once(':').ok_or_else(refused)?;
    Ok(Some((form_decoded(id), form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    // A lone value parses as a name without a value.
    form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(name, value)| {
        if value.is_empty() { name.into_owned() } else { format!("{name}={value}") }
    })
}
