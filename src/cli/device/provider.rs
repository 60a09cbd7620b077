//! The server, as a device sees it: all of the protocol is the library's; what the device adds are the
//! proofs of its key.

use std::error::Error;
use std::time::Duration;

use anyhow::{anyhow, bail};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreDeviceAuthorizationResponse, CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, DeviceAuthorizationUrl, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, ErrorResponse, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    ProviderMetadata, RefreshToken, RequestTokenError, RevocationUrl, Scope, TokenResponse,
};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::proving::{Proving, SendError};
use crate::domain::registered_device::{NAME_PARAMETER, PLATFORM_PARAMETER};

/// What RFC 8628 §4 and RFC 8414 §2 add to a provider's metadata.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct MoreMetadata {
    device_authorization_endpoint: DeviceAuthorizationUrl,
    revocation_endpoint: RevocationUrl,
}

impl AdditionalProviderMetadata for MoreMetadata {}

type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Application = CoreClient<
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A server, and the device that talks to it.
pub(super) struct Provider {
    client: Application,
    client_id: String,
    revocation: Url,
    userinfo: Option<Url>,
    pub(super) http: Proving,
}

/// What a device asks for.
pub(super) struct Asking<'a> {
    pub(super) scopes: &'a [String],
    pub(super) resources: &'a [String],
    pub(super) name: &'a str,
    pub(super) platform: &'a str,
}

/// Why a device has no tokens any more, or none yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// The server takes the refresh token no more.
    #[error("this device is no longer set up: {0}")]
    Gone(String),
    /// It may work later.
    #[error("{0}")]
    Failed(String),
}

/// The issuer as it is named to the server: https, but for this machine itself.
pub(super) fn issuer(text: &str) -> anyhow::Result<String> {
    let text = text.trim().trim_end_matches('/');
    let url = Url::parse(text).map_err(|error| anyhow!("--issuer: {error}"))?;
    if !is_safe(&url) {
        bail!("--issuer must be an https URL: what is sent to {url} could be read on the way");
    }
    Ok(text.to_owned())
}

/// Whether nobody on the way can read what is sent there.
fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && here))
}

/// An error and its causes. Of what a server sent, no more is repeated than its own error.
fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

fn refused<E: ErrorResponse>(error: &RequestTokenError<SendError, E>) -> String {
    match error {
        RequestTokenError::ServerResponse(answer) => answer.to_string(),
        RequestTokenError::Request(error) => error.to_string(),
        // What it holds may be secret.
        RequestTokenError::Parse(..) => "the server's answer is not what it should be".into(),
        RequestTokenError::Other(text) => text.clone(),
    }
}

impl Provider {
    /// Asks a server what there is.
    pub(super) async fn find(issuer: &str, client_id: &str, http: Proving) -> anyhow::Result<Self> {
        let url = IssuerUrl::new(issuer.to_owned())?;
        let metadata = Metadata::discover_async(url, &http)
            .await
            .map_err(|error| anyhow!("{issuer}: {}", told(&error)))?;
        let more = metadata.additional_metadata().clone();
        let token = metadata.token_endpoint().map(|it| it.url().clone());
        let userinfo = metadata.userinfo_endpoint().map(|it| it.url().clone());
        let endpoints = [
            Some(more.device_authorization_endpoint.url()),
            Some(more.revocation_endpoint.url()),
            Some(metadata.jwks_uri().url()),
            userinfo.as_ref(),
        ];
        let all_safe = endpoints.into_iter().flatten().chain(&token).all(is_safe);
        if token.is_none() || !all_safe {
            bail!("{issuer} names no token endpoint, or one of its endpoints is not https");
        }
        let id = ClientId::new(client_id.to_owned());
        let client = CoreClient::from_provider_metadata(metadata, id, None)
            .set_auth_type(AuthType::RequestBody)
            .set_device_authorization_url(more.device_authorization_endpoint.clone());
        let revocation = more.revocation_endpoint.url().clone();
        Ok(Self { client, client_id: client_id.to_owned(), revocation, userinfo, http })
    }

    /// Asks to be set up (RFC 8628 §3.1).
    pub(super) async fn ask(
        &self,
        asking: Asking<'_>,
    ) -> anyhow::Result<CoreDeviceAuthorizationResponse> {
        let scopes = asking.scopes.iter().cloned().map(Scope::new);
        let mut request = self
            .client
            .exchange_device_code()
            .add_scopes(scopes)
            .add_extra_param(NAME_PARAMETER, asking.name.to_owned())
            .add_extra_param(PLATFORM_PARAMETER, asking.platform.to_owned());
        for resource in asking.resources {
            request = request.add_extra_param("resource", resource.clone());
        }
        request.request_async(&self.http).await.map_err(|error| anyhow!("{}", refused(&error)))
    }

    /// Waits until somebody has decided (RFC 8628 §3.4, §3.5).
    pub(super) async fn wait(
        &self,
        asked: &CoreDeviceAuthorizationResponse,
    ) -> anyhow::Result<CoreTokenResponse> {
        let request = self.client.exchange_device_access_token(asked)?;
        let waited = request.request_async(&self.http, tokio::time::sleep, None);
        waited.await.map_err(|error| anyhow!("{}", refused(&error)))
    }

    /// Who signed in, from the ID token: its signature, issuer, audience and times are checked.
    pub(super) fn who(&self, tokens: &CoreTokenResponse) -> anyhow::Result<CoreIdTokenClaims> {
        let Some(token) = tokens.id_token() else { bail!("the server sent no ID token") };
        // There is no nonce in this flow: nothing but the server's own answer brought the token.
        let without = |_: Option<&Nonce>| Ok(());
        let claims = token
            .claims(&self.client.id_token_verifier(), without)
            .map_err(|error| anyhow!("the ID token is not to be trusted: {}", told(&error)))?;
        Ok(claims.clone())
    }

    /// New tokens (RFC 6749 §6).
    pub(super) async fn refresh(&self, refresh_token: &str) -> Result<CoreTokenResponse, Refused> {
        let token = RefreshToken::new(refresh_token.to_owned());
        let request = self.client.exchange_refresh_token(&token);
        let request = request.map_err(|error| Refused::Failed(error.to_string()))?;
        request.request_async(&self.http).await.map_err(|error| {
            let gone = matches!(&error, RequestTokenError::ServerResponse(answer)
                if matches!(answer.error().as_ref(), "invalid_grant" | "invalid_client" | "unauthorized_client"));
            if gone { Refused::Gone(refused(&error)) } else { Refused::Failed(refused(&error)) }
        })
    }

    /// Gives back what the device was given (RFC 7009).
    pub(super) async fn revoke(&self, refresh_token: &str) -> anyhow::Result<()> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.client_id)
            .append_pair("token", refresh_token)
            .append_pair("token_type_hint", "refresh_token")
            .finish();
        let request = openidconnect::http::Request::builder()
            .method("POST")
            .uri(self.revocation.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into_bytes())?;
        let answer = self.http.send(request, None).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        bail!("the server answered {}", answer.status().as_u16())
    }

    /// Whether the server still takes an access token (OIDC Core §5.3); none where it has no userinfo.
    pub(super) async fn takes(&self, access_token: &str) -> anyhow::Result<Option<bool>> {
        let Some(userinfo) = &self.userinfo else { return Ok(None) };
        let request: HttpRequest =
            openidconnect::http::Request::builder().uri(userinfo.as_str()).body(Vec::new())?;
        let answer: HttpResponse = self.http.send(request, Some(access_token)).await?;
        match answer.status().as_u16() {
            200 => Ok(Some(true)),
            401 => Ok(Some(false)),
            other => bail!("the server answered {other}"),
        }
    }
}

/// How long an access token is good for, or a little where nothing is said.
pub(super) fn lifetime(tokens: &CoreTokenResponse) -> Duration {
    use openidconnect::OAuth2TokenResponse;
    tokens.expires_in().unwrap_or(Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for good in [
            "https://login.example.com/",
            "http://localhost:8080",
            "http://[::1]:1",
            "http://127.0.0.1",
        ] {
            assert!(issuer(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "login.example.com",
            "http://login.example.com",
            "http://localhost.example.com",
            "ftp://localhost",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
            "file:///etc",
        ] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
