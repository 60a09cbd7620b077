//! Who the client is: `client_secret_basic`, `client_secret_post`, or `none` for public clients,
//! which PKCE protects (RFC 6749 §2.3, OIDC Core §9).

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::TokenError;
use crate::domain::client::Client;
use crate::domain::id::ClientId;
use crate::http::params::Params;
use crate::service::Services;
use crate::service::clients::secret_matches;

/// The client that made this request.
pub(super) async fn authenticate(
    services: &Services,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Client, TokenError> {
    let basic = basic(headers)?;
    let by_header = basic.is_some();
    let refused = TokenError::Client { basic: by_header };
    let (id, secret) = match basic {
        // RFC 6749 §2.3: not more than one method in a request.
        Some(_) if params.get("client_secret").is_some() => {
            return Err(TokenError::Request("the client authenticated in two ways at once"));
        }
        Some((id, _)) if params.get("client_id").is_some_and(|other| other != id) => {
            return Err(TokenError::Request(
                "client_id differs from the one in the Authorization header",
            ));
        }
        Some((id, secret)) => (id, Some(secret).filter(|secret| !secret.is_empty())),
        None => {
            let Some(id) = params.get("client_id") else { return Err(refused) };
            (id.to_owned(), params.owned("client_secret"))
        }
    };
    let Some(client) = services.client(&ClientId(id)).await? else { return Err(refused) };
    let right = match (&secret, client.is_public()) {
        (Some(secret), false) => secret_matches(&client, secret),
        (None, true) => true,
        (None, false) | (Some(_), true) => false,
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
