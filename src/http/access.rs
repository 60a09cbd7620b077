//! Access tokens in requests: `Bearer` (RFC 6750) and `DPoP` (RFC 9449 §7).

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use crate::domain::assurance::Acr;
use crate::domain::client::SigningAlgorithm;
use crate::service::authorization::GrantError;
use crate::service::dpop::{Presented, Proof, proof_algorithms};

/// The header of a proof.
pub const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The header of the nonce for the next proof.
pub const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The one proof of a request, if any (RFC 9449 §4.3).
pub fn proof<'a>(
    headers: &'a HeaderMap,
    method: &'a Method,
    path: &'a str,
) -> Result<Option<Proof<'a>>, &'static str> {
    let mut all = headers.get_all(DPOP).iter();
    let (one, more) = (all.next(), all.next());
    let Some(value) = one else { return Ok(None) };
    match (value.to_str(), more) {
        (Ok(jwt), None) => Ok(Some(Proof { jwt, method: method.as_str(), path })),
        _ => Err("one DPoP header with one proof is needed"),
    }
}

/// The token of a request's `Authorization` header, if any.
pub fn presented<'a>(
    headers: &'a HeaderMap,
    method: &'a Method,
    uri: &'a Uri,
) -> Result<Option<Presented<'a>>, GrantError> {
    let Some((scheme, token)) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
    else {
        return Ok(None);
    };
    let token = token.trim();
    if token.is_empty() {
        return Ok(None);
    }
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Some(Presented { token, proof: None }));
    }
    if !scheme.eq_ignore_ascii_case("dpop") {
        return Ok(None);
    }
    let proof = proof(headers, method, uri.path()).map_err(GrantError::Proof)?;
    let proof = proof.ok_or(GrantError::Proof("the DPoP header with a proof is missing"))?;
    Ok(Some(Presented { token, proof: Some(proof) }))
}

/// What a caller is told whose token does not let it in (RFC 6750 §3, RFC 9449 §7.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// What is protected.
    pub realm: Option<String>,
    /// The error's code; none where there was no token.
    pub error: Option<&'static str>,
    /// What the developer should know.
    pub description: Option<&'static str>,
    /// The nonce that a proof must carry.
    pub nonce: Option<String>,
    /// The class of sign-in that is needed (RFC 9470 §3).
    pub acr_values: Option<&'static str>,
}

impl Challenge {
    /// Where there was no token.
    pub fn none() -> Self {
        Self::default()
    }

    /// Where what was sent does not do.
    pub fn of(error: &'static str, description: Option<&'static str>) -> Self {
        Self { error: Some(error), description, ..Self::default() }
    }

    /// Where a token or its proof was refused, and not by a failure of ours.
    pub fn refused(error: &GrantError) -> Self {
        match error {
            GrantError::Proof(why) => Self::of("invalid_dpop_proof", Some(why)),
            GrantError::Nonce(nonce) => Self {
                nonce: Some(nonce.clone()),
                ..Self::of("use_dpop_nonce", Some("the proof must carry the nonce in DPoP-Nonce"))
            },
            GrantError::Scope(why) => Self::of("insufficient_scope", Some(why)),
            GrantError::Invalid(why) | GrantError::Target(why) => {
                Self::of("invalid_token", Some(why))
            }
            GrantError::Failure(_) => Self::none(),
        }
    }

    /// What a caller is told whose person may do this, and signed in too weakly for it (RFC 9470).
    pub fn stronger() -> Self {
        let why = "sign in with a key: a Temporary Access Pass alone does not allow this";
        Self {
            acr_values: Some(Acr::PhishingResistant.name()),
            ..Self::of("insufficient_user_authentication", Some(why))
        }
    }

    /// The same, with what is protected.
    #[must_use]
    pub fn realm(mut self, realm: &str) -> Self {
        self.realm = Some(realm.to_owned());
        self
    }

    /// Writes the headers of the answer. Both schemes are offered, and the one that the error is
    /// about comes first.
    pub fn write(&self, headers: &mut HeaderMap) {
        let about_proof = matches!(self.error, Some("invalid_dpop_proof" | "use_dpop_nonce"));
        let algorithms: Vec<_> =
            proof_algorithms().into_iter().map(SigningAlgorithm::name).collect();
        let algs = format!("algs=\"{}\"", algorithms.join(" "));
        let realm = self.realm.as_ref().map(|realm| format!("realm=\"{realm}\""));
        let error = self.error.map(|error| format!("error=\"{error}\""));
        let why = self.description.map(|why| format!("error_description=\"{why}\""));
        let acr = self.acr_values.map(|acr| format!("acr_values=\"{acr}\""));
        let said: Vec<String> = [error, why, acr].into_iter().flatten().collect();
        let line = |scheme: &str, fixed: Option<String>, said: &[String]| {
            let parts: Vec<&str> =
                realm.iter().chain(&fixed).chain(said).map(String::as_str).collect();
            format!("{scheme} {}", parts.join(", ")).trim_end().to_owned()
        };
        let lines = if about_proof {
            vec![line("DPoP", Some(algs), &said)]
        } else {
            vec![line("Bearer", None, &said), line("DPoP", Some(algs), &said)]
        };
        headers.remove(header::WWW_AUTHENTICATE);
        for line in lines {
            if let Ok(value) = HeaderValue::from_str(&line) {
                headers.append(header::WWW_AUTHENTICATE, value);
            }
        }
        if let Some(value) = self.nonce.as_ref().and_then(|it| HeaderValue::from_str(it).ok()) {
            headers.insert(DPOP_NONCE, value);
        }
    }
}
