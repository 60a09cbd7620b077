//! The journey as it is stored: what somebody came for, and how far they have come.

use serde::{Deserialize, Serialize};

use super::{AcrTerms, AdminVisit, ChangeVisit, Demand, DeviceVisit, Rules};
use crate::domain::assurance::Acr;
use crate::domain::claims::RequestedClaims;
use crate::domain::client::{ResponseMode, ResponseType, Scope};
use crate::domain::external_method::ExternalMethod;
use crate::domain::id::{ClientId, JourneyId, MethodId, SessionId, UserId};
use crate::domain::time::Timestamp;

/// A validated authorization request (OIDC Core §3.1.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes: known to be the client's.
    pub redirect_uri: String,
    /// What is to be answered.
    #[serde(default)]
    pub response_type: ResponseType,
    /// How the answer travels there.
    #[serde(default)]
    pub response_mode: ResponseMode,
    /// What is asked for and may be had.
    pub scopes: Vec<Scope>,
    /// Which resources its access tokens will be for (RFC 8707).
    #[serde(default)]
    pub resources: Vec<String>,
    /// Claims that were asked for one by one.
    #[serde(default)]
    pub claims: RequestedClaims,
    /// The thumbprint of the key that the code is bound to (RFC 9449 §10).
    #[serde(default)]
    pub dpop_jkt: Option<String>,
    /// Handed back unchanged.
    pub state: Option<String>,
    /// Repeated in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge, `S256`.
    pub code_challenge: Option<String>,
    /// What the client wants to happen.
    pub prompt: Prompt,
    /// How old, in seconds, the sign-in may be.
    pub max_age: Option<u64>,
    /// The class of sign-in asked for.
    pub acr: Option<Acr>,
    /// How it is asked for.
    #[serde(default)]
    pub acr_terms: AcrTerms,
    /// What the person is likely to type.
    pub login_hint: Option<String>,
    /// The languages that they like, the best first (BCP 47).
    #[serde(default)]
    pub ui_locales: Vec<String>,
    /// The person it must be, by the `sub` that the client knows them by.
    pub expected_user: Option<String>,
    /// The hash by which it is known, where it was pushed (RFC 9126): it is answered once.
    #[serde(default)]
    pub pushed: Option<String>,
    /// What an outside issuer says of that person, and wants to hear.
    #[serde(default)]
    pub external: Option<ExternalMethod>,
}

impl AuthorizationRequest {
    /// What a person is asked about: the scopes, and those of the claims asked for one by one.
    pub fn disclosed(&self) -> Vec<Scope> {
        let mut scopes = self.scopes.clone();
        for scope in self.claims.scopes() {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes.sort();
        scopes
    }
}

/// The `prompt` parameter (OIDC Core §3.1.2.1).
#[expect(clippy::struct_excessive_bools, reason = "a set of four values, as the standard has it")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Show no page: answer at once or with an error.
    pub none: bool,
    /// Sign in anew.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Let the person choose who they are.
    pub select_account: bool,
}

/// What a journey is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Purpose {
    /// An application asked for authorization.
    Authorize(Box<AuthorizationRequest>),
    /// The person came to see their own security info.
    SecurityInfo,
    /// The person came to register one more method.
    AddMethod,
    /// The person wants to change something of what opens their account.
    Change(ChangeVisit),
    /// The person came for new recovery codes.
    RecoveryCodes,
    /// The person came to the admin portal.
    Admin(AdminVisit),
    /// The person typed the code of a device (RFC 8628).
    Device(Box<DeviceVisit>),
}

impl Purpose {
    /// The authorization request, if it is one.
    pub fn request(&self) -> Option<&AuthorizationRequest> {
        match self {
            Self::Authorize(request) => Some(request),
            Self::SecurityInfo
            | Self::AddMethod
            | Self::Change(_)
            | Self::RecoveryCodes
            | Self::Admin(_)
            | Self::Device(_) => None,
        }
    }

    /// The device that asks, if one does.
    pub fn device(&self) -> Option<&DeviceVisit> {
        match self {
            Self::Device(visit) => Some(visit),
            _ => None,
        }
    }

    /// The application that something is for.
    pub fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Authorize(request) => Some(&request.client_id),
            Self::Device(visit) => Some(&visit.request.client_id),
            Self::SecurityInfo
            | Self::AddMethod
            | Self::Change(_)
            | Self::RecoveryCodes
            | Self::Admin(_) => None,
        }
    }

    /// How old, in seconds, the sign-in may be.
    pub fn max_age(&self) -> Option<u64> {
        match self {
            Self::Authorize(request) => request.max_age,
            Self::Device(visit) => visit.max_age,
            Self::SecurityInfo
            | Self::AddMethod
            | Self::Change(_)
            | Self::RecoveryCodes
            | Self::Admin(_) => None,
        }
    }

    /// The class of sign-in that it takes, where it takes one.
    pub fn demanded_acr(&self) -> Option<Acr> {
        match self {
            Self::Authorize(request) => request.acr,
            Self::SecurityInfo | Self::AddMethod | Self::Change(_) | Self::RecoveryCodes => None,
            Self::Admin(_) => Some(Acr::PhishingResistant),
            Self::Device(visit) => visit.acr,
        }
    }
}

/// How far a journey has come.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that the person did or not")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The username that was typed. Not yet proved, perhaps of nobody.
    pub username: Option<String>,
    /// The session that carries this journey.
    pub session: Option<SessionId>,
    /// When the person proved who they are in this very journey.
    pub authenticated_at: Option<Timestamp>,
    /// What was registered in this journey.
    pub registered: Vec<MethodId>,
    /// Whether the person declined or finished registering more in this journey.
    pub registration_closed: bool,
    /// Whether the person said which of their older methods they still have.
    #[serde(default)]
    pub reviewed: bool,
    /// Who consented in this journey: somebody else may sign in before it ends.
    pub consented: Option<UserId>,
    /// Whether the person asked to be somebody else than the browser's session says.
    pub switch_user: bool,
    /// Whether the person said that the device is theirs.
    #[serde(default)]
    pub recognised: bool,
    /// The session of this browser that the person chose to go on with. It was not opened in this
    /// journey, so it carries no more than any other.
    #[serde(default)]
    pub chosen: Option<SessionId>,
    /// Whether the person is none of those who are signed in in this browser.
    #[serde(default)]
    pub somebody_else: bool,
}

/// A journey as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// The journey.
    pub id: JourneyId,
    /// Hash of the key that binds it to one browser.
    pub browser: String,
    /// What it is for.
    pub purpose: Purpose,
    /// How far it has come.
    pub progress: Progress,
    /// Counts changes, so that two tabs cannot overwrite each other.
    pub version: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// When its answer was sent.
    pub finished_at: Option<Timestamp>,
}

impl Journey {
    /// The class that a sign-in must reach for it, by the request and by these rules.
    pub fn demand(&self, rules: Rules) -> Option<Demand> {
        Demand::of(self, rules)
    }

    /// What an outside issuer says of the person that it is about.
    pub fn external(&self) -> Option<&ExternalMethod> {
        self.purpose.request().and_then(|request| request.external.as_ref())
    }
}
