//! The demo application's side of OpenID Connect: what any relying party does, with the library
//! that any relying party in Rust would take.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreGenderClaim, CoreIdToken,
    CoreTokenResponse,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, LogoutRequest, Nonce,
    NonceVerifier, OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardErrorResponse, SubjectIdentifier, TokenResponse, UserInfoClaims, reqwest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::visitors::{Pending, SignedIn};
use crate::domain::time::{Clock, SystemClock};

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the application knows about its provider.
#[derive(Debug)]
pub(super) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect: RedirectUrl,
    after_logout: PostLogoutRedirectUrl,
    http: reqwest::Client,
}

/// Why a sign-in or a refresh came to nothing: a code as in OAuth, and a sentence.
#[derive(Debug)]
pub(super) struct Trouble {
    /// The code.
    pub(super) error: String,
    /// The sentence.
    pub(super) description: String,
}

impl Trouble {
    /// A trouble of our own.
    pub(super) fn new(error: &str, description: impl Into<String>) -> Self {
        Self { error: error.into(), description: description.into() }
    }

    fn caused(error: &str, what: &str, cause: &dyn std::error::Error) -> Self {
        let mut description = format!("{what}: {cause}");
        let mut next = cause.source();
        while let Some(cause) = next {
            // Writing to a string cannot fail.
            let _ = write!(description, ": {cause}");
            next = cause.source();
        }
        Self { error: error.into(), description }
    }
}

/// Claims that the standard does not name, such as `groups`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OtherClaims {
    #[serde(flatten)]
    all: BTreeMap<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Provider {
    /// A provider at `issuer`, for an application at `app`.
    pub(super) fn new(issuer: &str, app: &str, id: &str, secret: &str) -> anyhow::Result<Self> {
        Ok(Self {
            issuer: IssuerUrl::new(issuer.to_owned())?,
            client_id: ClientId::new(id.to_owned()),
            client_secret: ClientSecret::new(secret.to_owned()),
            redirect: RedirectUrl::new(format!("{app}/callback"))?,
            after_logout: PostLogoutRedirectUrl::new(format!("{app}/"))?,
            // Following redirects would let a provider send the application anywhere.
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(PATIENCE)
                .no_proxy()
                .build()?,
        })
    }

    /// The provider's own description of itself. Read anew each time, which a busier application
    /// would not do; so the demo sees every change of keys at once.
    async fn discover(&self) -> Result<ProviderMetadataWithLogout, Trouble> {
        ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| Trouble::caused("discovery_failed", "Discovery", &error))
    }

    fn client(&self, metadata: ProviderMetadataWithLogout) -> Client {
        let secret = Some(self.client_secret.clone());
        CoreClient::from_provider_metadata(metadata, self.client_id.clone(), secret)
            .set_redirect_uri(self.redirect.clone())
    }

    /// Where to send somebody to sign in, and what to remember until they are back.
    pub(super) async fn authorize(&self) -> Result<(Url, Pending), Trouble> {
        let client = self.client(self.discover().await?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(
                ["profile", "email", "groups", "offline_access"].map(|s| Scope::new(s.into())),
            )
            .set_pkce_challenge(challenge)
            .url();
        Ok((url, Pending { state: state.secret().clone(), nonce, verifier }))
    }

    /// Trades the code for tokens and checks all that can be checked.
    pub(super) async fn exchange(
        &self,
        code: String,
        pending: Pending,
    ) -> Result<SignedIn, Trouble> {
        let client = self.client(self.discover().await?);
        let response = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Trouble::caused("discovery_failed", "No token endpoint", &error))?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await
            .map_err(refused)?;
        let id_token = response
            .id_token()
            .ok_or_else(|| Trouble::new("invalid_id_token", "The answer holds no ID token."))?;
        let subject = verify(&client, id_token, &response, &pending.nonce)?;
        let userinfo = self.userinfo(&client, response.access_token(), subject).await?;
        Ok(signed_in(id_token.clone(), userinfo, &response, response.refresh_token().cloned()))
    }

    /// Gets fresh tokens for somebody who is signed in.
    pub(super) async fn refresh(&self, person: &SignedIn) -> Result<SignedIn, Trouble> {
        let refresh_token = person
            .refresh_token
            .as_ref()
            .ok_or_else(|| Trouble::new("no_refresh_token", "There is no refresh token."))?;
        let client = self.client(self.discover().await?);
        let response = client
            .exchange_refresh_token(refresh_token)
            .map_err(|error| Trouble::caused("discovery_failed", "No token endpoint", &error))?
            .request_async(&self.http)
            .await
            .map_err(refused)?;
        let id_token = response.id_token().unwrap_or(&person.id_token);
        if let Some(fresh) = response.id_token() {
            // The nonce belonged to the sign-in (OpenID Connect Core §12.2).
            let subject = verify(&client, fresh, &response, |_: Option<&Nonce>| Ok(()))?;
            if person.claims.get("sub").and_then(Value::as_str) != Some(subject.as_str()) {
                let description = "The new ID token is somebody else's.";
                return Err(Trouble::new("invalid_id_token", description));
            }
        }
        let subject = person.claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let subject = SubjectIdentifier::new(subject.to_owned());
        let userinfo = self.userinfo(&client, response.access_token(), subject).await?;
        // A provider that does not rotate refresh tokens sends none, and the old one stays.
        let refresh_token = response.refresh_token().unwrap_or(refresh_token).clone();
        Ok(signed_in(id_token.clone(), userinfo, &response, Some(refresh_token)))
    }

    async fn userinfo(
        &self,
        client: &Client,
        access_token: &AccessToken,
        subject: SubjectIdentifier,
    ) -> Result<Map<String, Value>, Trouble> {
        let claims: UserInfoClaims<OtherClaims, CoreGenderClaim> = client
            .user_info(access_token.clone(), Some(subject))
            .map_err(|error| Trouble::caused("discovery_failed", "No userinfo endpoint", &error))?
            .request_async(&self.http)
            .await
            .map_err(|error| Trouble::caused("userinfo_failed", "Userinfo", &error))?;
        match serde_json::to_value(claims) {
            Ok(Value::Object(claims)) => Ok(claims),
            _ => Err(Trouble::new("userinfo_failed", "The userinfo answer is no object.")),
        }
    }

    /// Where to send somebody to sign out at the provider too.
    pub(super) async fn end_session(&self, person: &SignedIn) -> Result<Url, Trouble> {
        let metadata = self.discover().await?;
        let endpoint =
            metadata.additional_metadata().end_session_endpoint.clone().ok_or_else(|| {
                Trouble::new("no_logout", "The provider has no sign-out endpoint.")
            })?;
        Ok(LogoutRequest::from(endpoint)
            .set_id_token_hint(&person.id_token)
            .set_client_id(self.client_id.clone())
            .set_post_logout_redirect_uri(self.after_logout.clone())
            .http_get_url())
    }
}

/// Checks signature, issuer, audience, times, nonce and `at_hash`; says whose it is.
fn verify(
    client: &Client,
    id_token: &CoreIdToken,
    response: &CoreTokenResponse,
    nonce: impl NonceVerifier,
) -> Result<SubjectIdentifier, Trouble> {
    let invalid =
        |cause: &dyn std::error::Error| Trouble::caused("invalid_id_token", "ID token", cause);
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, nonce).map_err(|error| invalid(&error))?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|error| invalid(&error))?;
        let key = id_token.signing_key(&verifier).map_err(|error| invalid(&error))?;
        let actual = AccessTokenHash::from_token(response.access_token(), algorithm, key)
            .map_err(|error| invalid(&error))?;
        if actual != *expected {
            let description = "The ID token was made for another access token.";
            return Err(Trouble::new("invalid_id_token", description));
        }
    }
    Ok(claims.subject().clone())
}

fn signed_in(
    id_token: CoreIdToken,
    userinfo: Map<String, Value>,
    response: &CoreTokenResponse,
    refresh_token: Option<RefreshToken>,
) -> SignedIn {
    SignedIn {
        claims: all_claims(&id_token),
        id_token,
        userinfo,
        expires: response.expires_in().map(|lifetime| SystemClock.now().plus(lifetime)),
        refresh_token,
    }
}

/// Every claim of an ID token that was verified before, also those that the library does not know.
fn all_claims(id_token: &CoreIdToken) -> Map<String, Value> {
    let jws = id_token.to_string();
    let payload = jws.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    payload.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

/// What the token endpoint said, in its own words where it has some.
fn refused<E: std::error::Error + 'static>(
    error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> Trouble {
    match error {
        RequestTokenError::ServerResponse(answer) => Trouble {
            error: answer.error().as_ref().to_owned(),
            description: answer
                .error_description()
                .cloned()
                .unwrap_or_else(|| "The provider did not say why.".into()),
        },
        other => Trouble::caused("token_request_failed", "Token endpoint", &other),
    }
}
