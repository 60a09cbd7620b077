//! An upstream, as its relying party sees it (OpenID Connect Core §3.1): where to send somebody, and
//! what their code is good for. All of the protocol is the library's; what it fetches goes through
//! [`Outbound`], and nothing is believed that is not signed for us.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType,
    CoreClient, CoreClientAuthMethod, CoreGrantType, CoreIdToken, CoreIdTokenVerifier,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AsyncHttpClient, AuthType, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndUserUsername, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, LocalizedClaim, LoginHint,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::outbound::{FetchError, Outbound};
use super::{Failure, Services};
use crate::domain::time::Timestamp;
use crate::domain::upstream::{Freshness, Identity, Upstream, is_subject};
use crate::store::upstreams;

/// How long what an upstream says about itself is good for.
const KEPT: Duration = Duration::from_secs(5 * 60);
/// How soon it is asked again because a token names a key that is not known.
const AGAIN: Duration = Duration::from_secs(30);
/// How far from now a token may have been made.
const ISSUED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// What RFC 9207 adds to an upstream's metadata.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct MoreMetadata {
    #[serde(default)]
    authorization_response_iss_parameter_supported: Option<bool>,
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

type RelyingParty = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What upstreams say about themselves, by issuer.
#[derive(Debug, Default)]
pub struct Providers(Mutex<HashMap<String, (Timestamp, Arc<Metadata>)>>);

impl Providers {
    fn get(&self, issuer: &str) -> Option<(Timestamp, Arc<Metadata>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    fn put(&self, issuer: &str, at: Timestamp, metadata: Arc<Metadata>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(issuer.to_owned(), (at, metadata));
    }
}

/// Why an upstream could not be used, without anything that it or we keep secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderError {
    /// It cannot be reached, or says nothing that makes sense.
    #[error("{0}")]
    Unreachable(String),
    /// What it says does not hold.
    #[error("{0}")]
    Untrue(String),
    /// It could not be done, through a fault of ours.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// What is sent with somebody to an upstream, and must fit what they come back with.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// How somebody is sent there.
pub(super) struct Errand<'a> {
    pub(super) state: &'a str,
    pub(super) kept: &'a Kept,
    pub(super) login_hint: Option<String>,
    pub(super) freshness: Freshness,
    /// Whether the person wants to choose who they are.
    pub(super) choose: bool,
}

/// The library's view of the guarded client.
struct Guarded<'a>(&'a Outbound);

impl<'c> AsyncHttpClient<'c> for Guarded<'_> {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.send(request))
    }
}

/// An error and its causes. None of those that are read here repeats what was sent or received.
fn told(what: &str, error: &dyn std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

impl Services {
    /// What an upstream says about itself; `anew` to see whether it has new keys.
    async fn provider(
        &self,
        upstream: &Upstream,
        anew: bool,
    ) -> Result<Arc<Metadata>, ProviderError> {
        let (issuer, now) = (&upstream.settings.issuer, self.now());
        if let Some((at, metadata)) = self.providers.get(issuer)
            && now.since(at) < if anew { AGAIN } else { KEPT }
        {
            return Ok(metadata);
        }
        let url = IssuerUrl::new(issuer.clone()).map_err(|error| told_untrue("issuer", &error))?;
        let metadata = Metadata::discover_async(url, &Guarded(&self.outbound))
            .await
            .map_err(|error| ProviderError::Unreachable(told("discovery", &error)))?;
        let https = issuer.starts_with("https:");
        let endpoints = [
            Some(metadata.authorization_endpoint().url()),
            metadata.token_endpoint().map(openidconnect::TokenUrl::url),
            metadata.userinfo_endpoint().map(openidconnect::UserInfoUrl::url),
            Some(metadata.jwks_uri().url()),
        ];
        let fits = |url: &Url| url.scheme() == "https" || (!https && url.scheme() == "http");
        if !endpoints.into_iter().flatten().all(fits) {
            return Err(ProviderError::Untrue("discovery: an endpoint is not https".into()));
        }
        let metadata = Arc::new(metadata);
        self.providers.put(issuer, now, Arc::clone(&metadata));
        Ok(metadata)
    }

    /// Where an upstream sends people back to. Each has its own, so that one cannot pass off what
    /// another said (RFC 9700 §4.4.2).
    pub fn upstream_redirect_uri(&self, upstream: &Upstream) -> String {
        format!("{}/upstream/{}/callback", self.issuer_text(), upstream.id)
    }

    fn relying_party(
        &self,
        upstream: &Upstream,
        metadata: &Metadata,
    ) -> Result<RelyingParty, ProviderError> {
        let secret = match &upstream.sealed_secret {
            None => None,
            Some(sealed) => Some(ClientSecret::new(self.open_upstream_secret(upstream, sealed)?)),
        };
        let redirect = RedirectUrl::new(self.upstream_redirect_uri(upstream))
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        // `client_secret_basic` where nothing is said (OpenID Connect Discovery §3).
        let posts = methods.is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let id = ClientId::new(upstream.settings.client_id.clone());
        Ok(CoreClient::from_provider_metadata(metadata.clone(), id, secret)
            .set_auth_type(if posts { AuthType::RequestBody } else { AuthType::BasicAuth })
            .set_redirect_uri(redirect))
    }

    /// Where to send somebody.
    pub(super) async fn authorization_url(
        &self,
        upstream: &Upstream,
        errand: Errand<'_>,
    ) -> Result<Url, ProviderError> {
        let metadata = self.provider(upstream, false).await?;
        let client = self.relying_party(upstream, &metadata)?;
        let (state, nonce) = (errand.state.to_owned(), errand.kept.nonce.clone());
        let verifier = PkceCodeVerifier::new(errand.kept.verifier.clone());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(upstream.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Some(hint) = errand.login_hint {
            request = request.set_login_hint(LoginHint::new(hint));
        }
        if let Some(seconds) = errand.freshness.limit() {
            request = request.set_max_age(Duration::from_secs(seconds));
        }
        if errand.freshness.anew {
            request = request.add_prompt(CoreAuthPrompt::Login);
        } else if errand.choose {
            request = request.add_prompt(CoreAuthPrompt::SelectAccount);
        }
        Ok(request.url().0)
    }

    /// Whether an answer comes from this upstream, as far as it says so (RFC 9207 §2.4).
    pub(super) async fn check_answer_issuer(
        &self,
        upstream: &Upstream,
        iss: Option<&str>,
    ) -> Result<(), ProviderError> {
        let untrue = |why: &str| Err(ProviderError::Untrue(why.to_owned()));
        match iss {
            Some(iss) if iss == upstream.settings.issuer => Ok(()),
            Some(_) => untrue("the answer comes from another issuer"),
            None => {
                let metadata = self.provider(upstream, false).await?;
                let more = metadata.additional_metadata();
                if more.authorization_response_iss_parameter_supported == Some(true) {
                    return untrue("the answer does not name its issuer");
                }
                Ok(())
            }
        }
    }

    /// Trades a code for what the upstream says about somebody, and checks all that can be checked.
    pub(super) async fn identity(
        &self,
        upstream: &Upstream,
        code: &str,
        kept: Kept,
    ) -> Result<Identity, ProviderError> {
        let metadata = self.provider(upstream, false).await?;
        let client = self.relying_party(upstream, &metadata)?;
        let unreachable = |what: &str, error: &dyn std::error::Error| {
            ProviderError::Unreachable(told(what, error))
        };
        let response: CoreTokenResponse = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| unreachable("no token endpoint", &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(kept.verifier))
            .request_async(&Guarded(&self.outbound))
            .await
            .map_err(|error| match error {
                // What it says beside the code is its own to word, and might repeat anything.
                RequestTokenError::ServerResponse(answer) => {
                    let code: String =
                        answer.error().as_ref().chars().filter(char::is_ascii_graphic).collect();
                    ProviderError::Untrue(format!("token endpoint: {}", shortened(&code)))
                }
                other => unreachable("token endpoint", &other),
            })?;
        let untrue = |why: &str| ProviderError::Untrue(why.to_owned());
        let id_token = response.id_token().ok_or_else(|| untrue("there is no ID token"))?;
        let nonce = Nonce::new(kept.nonce);
        let (client, subject) = match self.verify(&client, &response, id_token, &nonce) {
            Ok(subject) => (client, subject),
            Err(Unverified::Key) => {
                // It may have new keys (OIDC Core §10.1.1).
                let metadata = self.provider(upstream, true).await?;
                let client = self.relying_party(upstream, &metadata)?;
                let verified = self.verify(&client, &response, id_token, &nonce);
                (client, verified.map_err(Unverified::into_error)?)
            }
            Err(other) => return Err(other.into_error()),
        };
        // A linked account needs no name, and many say more at userinfo than in the ID token (OIDC
        // Core §5.4).
        let named = upstream.settings.name_of(&subject).is_ok()
            || self.is_linked(upstream, &subject.subject).await?;
        if named || client.user_info_url().is_none() {
            return Ok(subject);
        }
        let about: CoreUserInfoClaims = client
            .user_info(
                response.access_token().clone(),
                Some(openidconnect::SubjectIdentifier::new(subject.subject.clone())),
            )
            .map_err(|error| unreachable("no userinfo endpoint", &error))?
            .request_async(&Guarded(&self.outbound))
            .await
            .map_err(|error| unreachable("userinfo", &error))?;
        Ok(Identity {
            preferred_username: plain(about.preferred_username()),
            email: about.email().map(|it| it.to_string()),
            email_verified: about.email_verified() == Some(true),
            name: about.name().and_then(first),
            ..subject
        })
    }

    async fn is_linked(&self, upstream: &Upstream, subject: &str) -> Result<bool, Failure> {
        let mut conn = self.store.reader().await?;
        Ok(upstreams::linked(&mut conn, &upstream.id, subject).await?.is_some())
    }

    fn verify(
        &self,
        client: &RelyingParty,
        response: &CoreTokenResponse,
        id_token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<Identity, Unverified> {
        let now = self.now();
        let verifier = verifier(client, now);
        let claims = id_token.claims(&verifier, nonce)?;
        let own = |id: &ClientId| id == client.client_id();
        if !claims.authorized_party().is_none_or(own) {
            return Err(Unverified::Claims("the ID token was made for another party".into()));
        }
        if let Some(expected) = claims.access_token_hash() {
            let signed_with = id_token.signing_alg().ok().zip(id_token.signing_key(&verifier).ok());
            let actual = signed_with.and_then(|(algorithm, key)| {
                AccessTokenHash::from_token(response.access_token(), algorithm, key).ok()
            });
            if actual.as_ref() != Some(expected) {
                return Err(Unverified::Claims("the ID token belongs to another token".into()));
            }
        }
        if !is_subject(claims.subject().as_str()) {
            return Err(Unverified::Claims("the sub is not one".into()));
        }
        Ok(Identity {
            subject: claims.subject().to_string(),
            preferred_username: plain(claims.preferred_username()),
            email: claims.email().map(|it| it.to_string()),
            email_verified: claims.email_verified() == Some(true),
            name: claims.name().and_then(first),
            auth_time: claims.auth_time().map(|it| Timestamp::from_micros(it.timestamp_micros())),
        })
    }
}

/// The library's checks: signature, `iss`, `aud`, `exp`, `nonce`; with our clock, and with the
/// algorithms of public keys alone.
fn verifier(client: &RelyingParty, now: Timestamp) -> CoreIdTokenVerifier<'_> {
    use CoreJwsSigningAlgorithm as Alg;
    let moment = chrono::DateTime::from_timestamp_micros(now.micros()).unwrap_or_default();
    let within = i64::try_from(ISSUED_WITHIN.as_secs()).unwrap_or(i64::MAX);
    client
        .id_token_verifier()
        .set_allowed_algs([
            Alg::RsaSsaPkcs1V15Sha256,
            Alg::RsaSsaPkcs1V15Sha384,
            Alg::RsaSsaPkcs1V15Sha512,
            Alg::RsaSsaPssSha256,
            Alg::RsaSsaPssSha384,
            Alg::RsaSsaPssSha512,
            Alg::EcdsaP256Sha256,
            Alg::EcdsaP384Sha384,
            Alg::EdDsa,
        ])
        .set_time_fn(move || moment)
        .set_issue_time_verifier_fn(move |issued| {
            let apart = (moment - issued).num_seconds().abs();
            if apart <= within { Ok(()) } else { Err("it was not made just now".into()) }
        })
}

/// Why an ID token does not hold.
enum Unverified {
    /// Its key is not among those that are known.
    Key,
    /// Anything else.
    Claims(String),
}

impl Unverified {
    fn into_error(self) -> ProviderError {
        ProviderError::Untrue(match self {
            Self::Key => "ID token: its key is unknown".into(),
            Self::Claims(why) => why,
        })
    }
}

impl From<ClaimsVerificationError> for Unverified {
    fn from(error: ClaimsVerificationError) -> Self {
        // The library's texts repeat what was expected and what was found: nonces among it.
        let what = match error {
            ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            ) => return Self::Key,
            ClaimsVerificationError::SignatureVerification(_) => "its signature",
            ClaimsVerificationError::Expired(_) => "its time",
            ClaimsVerificationError::InvalidAudience(_) => "its audience",
            ClaimsVerificationError::InvalidIssuer(_) => "its issuer",
            ClaimsVerificationError::InvalidNonce(_) => "its nonce",
            _ => "its form",
        };
        Self::Claims(format!("ID token: {what} does not hold"))
    }
}

fn told_untrue(what: &str, error: &dyn std::error::Error) -> ProviderError {
    ProviderError::Untrue(told(what, error))
}

/// At most so much of a code as a log can bear.
pub(super) fn shortened(code: &str) -> String {
    code.chars().filter(char::is_ascii_graphic).take(64).collect()
}

fn plain(name: Option<&EndUserUsername>) -> Option<String> {
    name.map(|name| name.as_str().to_owned())
}

/// A claim in whichever language it is in.
fn first(claim: &LocalizedClaim<openidconnect::EndUserName>) -> Option<String> {
    let any = || claim.iter().next().map(|(_, value)| value);
    claim.get(None).or_else(any).map(|value| value.as_str().to_owned())
}
