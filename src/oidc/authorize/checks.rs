//! The checks of an authorization request, in order, each with the section that asks for it.

use std::sync::Arc;

use url::form_urlencoded;

use crate::domain::assurance::Acr;
use crate::domain::claims::{Claim, ClaimsParameter};
use crate::domain::client::{Client, GrantType, ResponseMode, ResponseType, Scope};
use crate::domain::external_method::{ExternalMethod, Wanted};
use crate::domain::id::ClientId;
use crate::domain::journey::{AcrTerms, AuthorizationRequest, Prompt};
use crate::domain::language::ui_locales;
use crate::http::params::{Params, RESOURCE};
use crate::service::requests::REQUEST_URI;
use crate::service::{Failure, Services};

/// The longest `state` and `nonce`, in bytes.
const ECHO_MAX: usize = 2048;

/// The longest parameter of a pushed request, in bytes.
const PUSHED_MAX: usize = 16 * 1024;

/// A request that may be answered.
pub(crate) struct Validated {
    /// The request.
    pub(crate) request: AuthorizationRequest,
}

/// A request that may not.
pub(crate) enum Rejected {
    /// Who asked is not known for sure: say so on a page, never by a redirect (RFC 6749 §4.1.2.1).
    Page(&'static str),
    /// Tell the client.
    Redirect {
        /// Where it wants answers.
        uri: String,
        /// How it wants them.
        mode: ResponseMode,
        /// What it wants back.
        state: Option<String>,
        /// The error's code.
        error: &'static str,
        /// What the developer should know.
        description: &'static str,
    },
}

/// An error's code and what the developer should know.
pub(in crate::oidc) type Refusal = (&'static str, &'static str);

/// Checks a request that came by the browser, wherever its parameters are: in it, in a signed
/// object in it, or pushed before.
pub(crate) async fn check(
    services: &Services,
    params: &Params,
) -> Result<Result<Validated, Rejected>, Failure> {
    let client = match client(services, params).await? {
        Ok(client) => client,
        Err(rejected) => return Ok(Err(rejected)),
    };
    if let Some(request_uri) = params.get("request_uri") {
        if !request_uri.starts_with(REQUEST_URI) {
            // RFC 9101 §10.4: who may make us fetch something may make us attack somebody.
            let refusal = ("request_uri_not_supported", "push the request (RFC 9126) instead");
            return Ok(Err(rejected(&client, params, refusal)));
        }
        return Ok(match services.open_pushed_request(&client, request_uri).await? {
            Some((query, hash)) => match Params::parse_up_to(query.as_bytes(), PUSHED_MAX) {
                Ok(pushed) => validated(services, &client, &pushed).await?.map(|mut validated| {
                    validated.request.pushed = Some(hash);
                    validated
                }),
                Err(why) => Err(Rejected::Page(why)),
            },
            None => Err(Rejected::Page("the request_uri is unknown, answered, or expired")),
        });
    }
    if client.settings.requires_pushed_requests() {
        let refusal = ("invalid_request", "this client must push its requests (RFC 9126)");
        return Ok(Err(rejected(&client, params, refusal)));
    }
    Ok(match opened(services, &client, params).await {
        Ok(opened) => validated(services, &client, &opened).await?,
        Err(refusal) => Err(rejected(&client, params, refusal)),
    })
}

/// Checks a request that is being pushed by `client`; returns the parameters that count.
pub(in crate::oidc) async fn check_pushed(
    services: &Services,
    client: &Client,
    params: &Params,
) -> Result<Params, Refusal> {
    if params.get("request_uri").is_some() {
        return Err(("invalid_request", "request_uri cannot be pushed"));
    }
    if params.get("client_id").is_some_and(|id| id != client.id.0) {
        return Err(("invalid_request", "client_id is not the client that authenticated"));
    }
    let opened = opened(services, client, params).await?;
    let unavailable = |_| ("temporarily_unavailable", "try again in a moment");
    match validated(services, client, &opened).await.map_err(unavailable)? {
        Ok(_) => Ok(opened),
        Err(Rejected::Page(why)) => Err(("invalid_request", why)),
        Err(Rejected::Redirect { error, description, .. }) => Err((error, description)),
    }
}

/// RFC 9101 §6.3: where there is a request object, nothing but what it says counts.
async fn opened(services: &Services, client: &Client, params: &Params) -> Result<Params, Refusal> {
    let Some(object) = params.get("request") else {
        if client.settings.require_signed_request_object {
            return Err(("invalid_request", "this client must sign its requests (RFC 9101)"));
        }
        return Ok(params.clone());
    };
    let refuse = |why| ("invalid_request_object", why);
    let pairs = services.open_request_object(client, object).await.map_err(refuse)?;
    // Read like any other query, so that the same may stand in it.
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Params::parse_up_to(query.as_bytes(), PUSHED_MAX).map_err(refuse)
}

async fn validated(
    services: &Services,
    client: &Client,
    params: &Params,
) -> Result<Result<Validated, Rejected>, Failure> {
    let redirect_uri = match redirect_uri(client, params) {
        Ok(redirect_uri) => redirect_uri,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let request = match rest(services, client, redirect_uri, params) {
        Ok(request) => external(services, client, params, request).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(request
        .map(|request| Validated { request })
        .map_err(|refusal| rejected(client, params, refusal)))
}

/// A request that is about whom an outside issuer says: whom it names is found, and must prove who
/// they are now, with a key.
async fn external(
    services: &Services,
    client: &Client,
    params: &Params,
    mut request: AuthorizationRequest,
) -> Result<Result<AuthorizationRequest, Refusal>, Failure> {
    let Some(trust) = &client.settings.external_hint else { return Ok(Ok(request)) };
    let Some(wanted) = Wanted::from_claims(params.get("claims")) else {
        let why = "a key is a possession, and something else is asked for";
        return Ok(Err(("unmet_authentication_requirements", why)));
    };
    let hint = params.get("id_token_hint");
    let hinted = match services.read_external_hint(client, trust, hint).await? {
        Ok(hinted) => hinted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    request.expected_user = Some(services.subject(client, hinted.user.id));
    request.max_age = request.max_age.or(Some(0));
    request.acr = Some(Acr::PhishingResistant);
    request.external = Some(ExternalMethod {
        subject: hinted.subject,
        username: hinted.user.username.as_str().to_owned(),
        hint: hinted.hash,
        wanted,
    });
    Ok(Ok(request))
}

/// Tells the client, if the address that it names is its own; else the person.
fn rejected(client: &Client, params: &Params, (error, description): Refusal) -> Rejected {
    match redirect_uri(client, params) {
        Ok(uri) => Rejected::Redirect {
            mode: error_mode(params, &uri),
            uri,
            state: params.owned("state").filter(|state| state.len() <= ECHO_MAX),
            error,
            description,
        },
        Err(_) => Rejected::Page(description),
    }
}

/// RFC 6749 §4.1.1: the client must be known.
async fn client(
    services: &Services,
    params: &Params,
) -> Result<Result<Arc<Client>, Rejected>, Failure> {
    let Some(id) = params.get("client_id") else {
        return Ok(Err(Rejected::Page("the parameter client_id is missing")));
    };
    let client = services.client(&ClientId(id.to_owned())).await?;
    Ok(client.ok_or(Rejected::Page("no app with this client_id is registered")))
}

/// RFC 9700 §2.1, OIDC Core §3.1.2.1: given, and exactly one of those registered.
fn redirect_uri(client: &Client, params: &Params) -> Result<String, Rejected> {
    let Some(uri) = params.get("redirect_uri") else {
        return Err(Rejected::Page("the parameter redirect_uri is missing"));
    };
    if client.knows_redirect_uri(uri) {
        Ok(uri.to_owned())
    } else {
        Err(Rejected::Page("the redirect_uri is not one of those registered for this app"))
    }
}

/// What is checked once the client can be told.
fn rest(
    services: &Services,
    client: &Client,
    redirect_uri: String,
    params: &Params,
) -> Result<AuthorizationRequest, Refusal> {
    if params.get("registration").is_some() {
        return Err(("registration_not_supported", "registration is not supported"));
    }
    let response_type = response_type(client, params)?;
    let response_mode = response_mode(params, &redirect_uri)?;
    if response_type == ResponseType::IdToken && response_mode != ResponseMode::FormPost {
        return Err(("invalid_request", "an ID token travels with response_mode=form_post only"));
    }
    let scopes = scopes(client, params)?;
    let resources = resources(services, client, params)?;
    let dpop_jkt = dpop_jkt(params)?;
    let state = echoed(params, "state")?;
    let nonce = echoed(params, "nonce")?;
    let code_challenge = match response_type {
        ResponseType::Code => code_challenge(client, params)?,
        // OIDC Core §3.2.2.1. There is no code, so there is nothing for PKCE to protect.
        ResponseType::IdToken if nonce.is_none() => {
            return Err(("invalid_request", "nonce is missing: response_type=id_token needs it"));
        }
        ResponseType::IdToken => None,
    };
    let prompt = prompt(params)?;
    let max_age = max_age(params)?.or(client.settings.default_max_age);
    let asked = claims(client, params)?;
    let expected_user = match client.settings.external_hint {
        None => expected_user(services, client, params, asked.subject)?,
        Some(_) => None,
    };
    let usual = client.settings.default_acr_values.join(" ");
    let values = params.get("acr_values").unwrap_or(&usual);
    let acr_terms = AcrTerms {
        preferred: asked.preferred_acr.or(Acr::preferred(values)),
        essential: asked.essential_acr,
    };
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri,
        response_type,
        response_mode,
        scopes,
        resources,
        claims: asked.claims,
        dpop_jkt,
        state,
        nonce,
        code_challenge,
        prompt,
        max_age,
        acr: asked.acr.max(Acr::demanded(values)),
        acr_terms,
        login_hint: params.owned("login_hint").filter(|hint| hint.len() <= 256),
        ui_locales: ui_locales(params.get("ui_locales").unwrap_or_default()),
        expected_user,
        pushed: None,
        external: None,
    })
}

/// RFC 6749 §3.1.1.
fn response_type(client: &Client, params: &Params) -> Result<ResponseType, Refusal> {
    let settings = &client.settings;
    match params.get("response_type").map(str::parse) {
        None => Err(("invalid_request", "response_type is missing")),
        Some(Ok(ResponseType::Code))
            if settings.grant_types.contains(&GrantType::AuthorizationCode) =>
        {
            Ok(ResponseType::Code)
        }
        Some(Ok(ResponseType::Code)) => {
            Err(("unauthorized_client", "this client may not use authorization_code"))
        }
        Some(Ok(it @ ResponseType::IdToken)) if settings.response_types.contains(&it) => Ok(it),
        Some(Ok(ResponseType::IdToken)) => {
            Err(("unauthorized_client", "this client may not use response_type=id_token"))
        }
        Some(Err(_)) => {
            Err(("unsupported_response_type", "response_type must be code or id_token"))
        }
    }
}

/// How an error travels, whatever is wrong with the request: where an ID token was asked for,
/// never in an address.
fn error_mode(params: &Params, redirect_uri: &str) -> ResponseMode {
    let web = redirect_uri.starts_with("https:") || redirect_uri.starts_with("http:");
    if params.get("response_type") == Some(ResponseType::IdToken.name()) && web {
        return ResponseMode::FormPost;
    }
    response_mode(params, redirect_uri).unwrap_or_default()
}

/// OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode.
fn response_mode(params: &Params, redirect_uri: &str) -> Result<ResponseMode, Refusal> {
    let mode = params.get("response_mode").map_or(Ok(ResponseMode::default()), str::parse);
    let Ok(mode) = mode else {
        return Err(("invalid_request", "response_mode must be query or form_post"));
    };
    let web = redirect_uri.starts_with("https:") || redirect_uri.starts_with("http:");
    if mode == ResponseMode::FormPost && !web {
        return Err(("invalid_request", "a form can be posted to https and http alone"));
    }
    Ok(mode)
}

/// OIDC Core §3.1.2.1: `openid` is a must; scopes that are unknown or not the client's are dropped.
fn scopes(client: &Client, params: &Params) -> Result<Vec<Scope>, Refusal> {
    let asked = Scope::parse_list(params.get("scope").unwrap_or_default());
    let scopes = client.grant_scopes(&asked);
    if scopes.contains(&Scope::OpenId) {
        Ok(scopes)
    } else {
        Err(("invalid_scope", "the scope openid is missing"))
    }
}

/// RFC 8707 §2.
fn resources(
    services: &Services,
    client: &Client,
    params: &Params,
) -> Result<Vec<String>, Refusal> {
    let asked = params.all(RESOURCE);
    match client.refuses_resources(&asked, services.issuer_text()) {
        Some(why) => Err(("invalid_target", why)),
        None => Ok(asked),
    }
}

/// OIDC Core §5.5: claims of scopes that are not the client's are dropped, as those scopes are.
fn claims(client: &Client, params: &Params) -> Result<ClaimsParameter, Refusal> {
    let Some(text) = params.get("claims") else { return Ok(ClaimsParameter::default()) };
    let mut asked = ClaimsParameter::parse(text).map_err(|why| ("invalid_request", why))?;
    // What an outside issuer asks for has names of its own.
    if asked.impossible && client.settings.external_hint.is_none() {
        let why = "no sign-in here has a class that the essential acr claim asks for";
        return Err(("unmet_authentication_requirements", why));
    }
    let may = |claim: &Claim| client.settings.scope.contains(&claim.scope());
    asked.claims.id_token.retain(may);
    asked.claims.userinfo.retain(may);
    Ok(asked)
}

/// RFC 9449 §10: a SHA-256 thumbprint.
fn dpop_jkt(params: &Params) -> Result<Option<String>, Refusal> {
    match params.owned("dpop_jkt") {
        Some(thumbprint) if thumbprint.len() != 43 => {
            Err(("invalid_request", "dpop_jkt must be a JWK SHA-256 thumbprint"))
        }
        thumbprint => Ok(thumbprint),
    }
}

fn echoed(params: &Params, name: &str) -> Result<Option<String>, Refusal> {
    match params.owned(name) {
        Some(value) if value.len() > ECHO_MAX => {
            Err(("invalid_request", "state and nonce may have at most 2048 bytes"))
        }
        value => Ok(value),
    }
}

/// RFC 7636 §4.3, RFC 9700 §2.1.1: `S256` only, and required unless the client is exempt.
fn code_challenge(client: &Client, params: &Params) -> Result<Option<String>, Refusal> {
    let Some(challenge) = params.get("code_challenge") else {
        if params.get("code_challenge_method").is_some() {
            return Err(("invalid_request", "code_challenge_method came without code_challenge"));
        }
        if client.settings.requires_pkce() || client.is_public() {
            return Err(("invalid_request", "PKCE is required: code_challenge is missing"));
        }
        return Ok(None);
    };
    if params.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    let well_formed = challenge.len() == 43
        && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if well_formed {
        Ok(Some(challenge.to_owned()))
    } else {
        Err(("invalid_request", "code_challenge must be 43 base64url characters"))
    }
}

/// OIDC Core §3.1.2.1.
fn prompt(params: &Params) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    for value in params.get("prompt").unwrap_or_default().split_ascii_whitespace() {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => {
                return Err((
                    "invalid_request",
                    "prompt must be none, login, consent or select_account",
                ));
            }
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        return Err(("invalid_request", "prompt=none cannot be combined with another prompt"));
    }
    Ok(prompt)
}

/// OIDC Core §3.1.2.1: seconds.
fn max_age(params: &Params) -> Result<Option<u64>, Refusal> {
    params
        .get("max_age")
        .map(str::parse)
        .transpose()
        .map_err(|_| ("invalid_request", "max_age must be a number of seconds"))
}

/// OIDC Core §3.1.2.1: only the application can open what was encrypted to it (RFC 7516 §9).
fn is_encrypted(token: &str) -> bool {
    token.split('.').count() == 5
}

/// OIDC Core §3.1.2.1, §5.5.1: whom the request is about, by an ID token of ours that was issued to
/// this client, or by a `sub` that it was told.
fn expected_user(
    services: &Services,
    client: &Client,
    params: &Params,
    subject: Option<String>,
) -> Result<Option<String>, Refusal> {
    let Some(hint) = params.get("id_token_hint") else { return Ok(subject) };
    if is_encrypted(hint) {
        let message = "id_token_hint is encrypted: send the signed ID token in it, decrypted";
        return Err(("invalid_request", message));
    }
    let hinted = services
        .read_id_token_hint(hint)
        .filter(|claims| claims.aud.first() == Some(client.id.0.as_str()))
        .map(|claims| claims.sub)
        .ok_or((
            "invalid_request",
            "id_token_hint is no ID token that was issued to this client",
        ))?;
    if subject.is_some_and(|subject| subject != hinted) {
        return Err(("invalid_request", "id_token_hint and claims are about two people"));
    }
    Ok(Some(hinted))
}
