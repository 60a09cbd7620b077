//! Registering passkeys and security keys (Web Authentication Level 3 §7.1).

use std::time::Duration;

use serde_json::{Value, json};
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

use super::journeys::{Browser, JourneyError, Position};
use super::new_key::{Place, RefusedKey};
use super::new_method::{NewMethod, Site, name_of};
use super::{Failure, Origin, Services};
use crate::domain::assurance::Acr;
use crate::domain::audit::Activity;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::CeremonyId;
use crate::domain::journey::Step;
use crate::domain::policy::KeyRefusal;
use crate::domain::user::User;
use crate::store;
use crate::store::ceremonies::{self, Ceremony, Kind};

/// How long a person may take for one ceremony.
pub const CEREMONY_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// What the audit log says of a key that is somebody's already.
pub(super) const TAKEN: &str = "the credential id is registered already";

/// Why a ceremony led to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The journey does not ask for this now, or the challenge is unknown, used or too old.
    #[error("this step is over; reload the page")]
    Stale,
    /// What the browser sent cannot be read.
    #[error("the answer of the authenticator cannot be read")]
    Malformed,
    /// The authenticator's answer does not hold. The true reason is in the audit log.
    #[error("the answer of the authenticator was not accepted")]
    Refused,
    /// No such key is registered (any more).
    #[error("this key is not registered here")]
    Unknown,
    /// The credential is registered already.
    #[error("this key is already registered")]
    AlreadyRegistered,
    /// The policy wants another kind.
    #[error("this kind of key is not accepted here")]
    KindNotAllowed,
    /// The policy, or the application, wants another key.
    #[error("{}", .0.why.reason())]
    NotAccepted(Box<RefusedKey>),
    /// Its person must register anew, and this is from before.
    #[error("this key is no longer accepted")]
    Outdated,
    /// The application expects another person.
    #[error("this key belongs to somebody else")]
    WrongUser,
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for CeremonyError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl From<JourneyError> for CeremonyError {
    fn from(error: JourneyError) -> Self {
        match error {
            JourneyError::Gone | JourneyError::MovedOn => Self::Stale,
            JourneyError::Failure(failure) => Self::Failure(failure),
        }
    }
}

/// A ceremony to hand to the browser.
#[derive(Debug)]
pub struct Begun {
    /// To be named in the answer.
    pub id: CeremonyId,
    /// `PublicKeyCredentialCreationOptionsJSON` or `…RequestOptionsJSON`, under `publicKey`.
    pub options: Value,
}

impl Services {
    /// Begins a registration for the person of this journey.
    pub async fn begin_registration(
        &self,
        position: &Position,
        kind: MethodKind,
        place: Option<Place>,
    ) -> Result<Begun, CeremonyError> {
        let (Step::Register { .. }, Some(user)) = (&position.step, &position.user) else {
            return Err(CeremonyError::Stale);
        };
        if !kind.is_key() || !position.policy.allows(kind) {
            return Err(CeremonyError::KindNotAllowed);
        }
        let exclude = position.methods.iter().filter_map(|method| passkey(method).ok());
        let exclude = exclude.map(|passkey| passkey.cred_id().clone()).collect();
        let (challenge, state) = self
            .webauthn
            .start_passkey_registration(
                user.handle,
                user.username.as_str(),
                &user.display_name,
                Some(exclude),
            )
            .map_err(|error| Failure::Internal(format!("WebAuthn: {error}")))?;
        let mut options = to_json(&challenge)?;
        discoverable(&mut options, kind);
        if let Some(place) = place.filter(|_| kind == MethodKind::Passkey) {
            place.narrow(&mut options["publicKey"]);
        }
        if wants_attestation(position) {
            options["publicKey"]["attestation"] = "direct".into();
        }
        let id = self.begin_ceremony(position, Kind::Registration, Some(user), &state).await?;
        Ok(Begun { id, options })
    }

    /// Stores what is needed to check the answer.
    pub(super) async fn begin_ceremony<S: serde::Serialize>(
        &self,
        position: &Position,
        kind: Kind,
        user: Option<&User>,
        state: &S,
    ) -> Result<CeremonyId, Failure> {
        let now = self.now();
        let ceremony = Ceremony {
            id: CeremonyId::new(now, self.random.as_ref()),
            journey_id: position.journey.id,
            kind,
            user_id: user.map(|user| user.id),
            state: serde_json::to_string(state)
                .map_err(|error| Failure::Internal(error.to_string()))?,
            expires_at: now.plus(CEREMONY_LIFETIME),
        };
        let id = ceremony.id;
        self.store
            .write(move |conn| Box::pin(async move { ceremonies::insert(conn, &ceremony).await }))
            .await?;
        Ok(id)
    }

    /// Takes a ceremony of this journey: it can be answered once.
    pub(super) async fn take_ceremony(
        &self,
        position: &Position,
        id: CeremonyId,
        kind: Kind,
    ) -> Result<Ceremony, CeremonyError> {
        let (journey, now) = (position.journey.id, self.now());
        let taken = self
            .store
            .write(move |conn| {
                Box::pin(async move { ceremonies::take(conn, id, journey, kind, now).await })
            })
            .await?;
        taken.ok_or(CeremonyError::Stale)
    }

    /// Checks the authenticator's answer and registers the credential; returns its name.
    pub async fn finish_registration(
        &self,
        position: &Position,
        browser: &Browser,
        id: CeremonyId,
        answer: Value,
        origin: Origin,
    ) -> Result<String, CeremonyError> {
        let (Step::Register { .. }, Some(user)) = (&position.step, &position.user) else {
            return Err(CeremonyError::Stale);
        };
        let ceremony = self.take_ceremony(position, id, Kind::Registration).await?;
        if ceremony.user_id != Some(user.id) {
            return Err(CeremonyError::Stale);
        }
        let reported = Reported::read(&answer);
        let entry = self.entry(Activity::MethodRegistered, origin).by_user(user.id);
        let refuse = |reason: String| self.note(entry.clone().refused(reason));

        let answer: RegisterPublicKeyCredential =
            serde_json::from_value(answer).map_err(|_| CeremonyError::Malformed)?;
        let state: PasskeyRegistration = serde_json::from_str(&ceremony.state)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let made = match self.verify_new_key(&answer, &state).await? {
            Ok(made) => made,
            Err(reason) => {
                refuse(reason).await?;
                return Err(CeremonyError::Refused);
            }
        };
        let credential = self.credential(&position.methods, user, &made, reported)?;
        let falls_short =
            wants_hardware(position) && credential.reaches() < Acr::PhishingResistantHardware;
        let refusal = position.policy.refuses_registration(&credential);
        if let Some(why) = refusal.or(falls_short.then_some(KeyRefusal::NotStrongEnough)) {
            refuse(made.reason(why)).await?;
            return Err(CeremonyError::NotAccepted(Box::new(RefusedKey {
                model: credential.aaguid,
                why,
                profiles: position.policy.profiles.clone(),
                kinds: position.policy.allowed_kinds.clone(),
                attested: wants_hardware(position),
            })));
        }

        let (name, method) = (credential.name.clone(), credential.id);
        let site = Site::of(position, browser);
        let new = NewMethod { credential, user: user.clone(), entry, taken: TAKEN };
        let (services, now) = (self.clone(), self.now());
        let added = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !site.holds(conn).await? {
                        return Ok(None);
                    }
                    let added = new.store(&services, conn, now).await?;
                    if added {
                        site.registered(conn, method, now).await?;
                    }
                    Ok(Some(added))
                })
            })
            .await?;
        name_of(added, name)
    }
}

/// Whether an application waits for a key that its maker vouches for, by its own wish or its
/// operator's, and the person has none.
fn wants_hardware(position: &Position) -> bool {
    let strongest = Acr::PhishingResistantHardware;
    position.demand.is_some_and(|demand| demand.class == strongest)
        && !position.methods.iter().any(|method| method.reaches() >= strongest)
}

/// Whether the new key is to bring its maker's word. Browsers ask the person before they hand it on,
/// so that it is not asked for where nobody needs it.
fn wants_attestation(position: &Position) -> bool {
    position.policy.wants_attestation() || wants_hardware(position)
}

/// How a credential id is stored and looked up: base64url.
pub(super) fn credential_id_text(id: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id)
}

/// The library's form of a stored credential.
pub(super) fn passkey(method: &Credential) -> Result<Passkey, Failure> {
    if !method.kind.is_key() {
        return Err(Failure::Internal(format!("a {} is no key", method.kind.name())));
    }
    serde_json::from_str(&method.passkey)
        .map_err(|error| Failure::Internal(format!("a stored credential is unreadable: {error}")))
}

pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::Internal(error.to_string()))
}

/// Asks for a credential that can be found without a username, which the library does not: it
/// makes passkeys for a second step by default. The answer is checked in the same way.
pub(super) fn discoverable(options: &mut Value, kind: MethodKind) {
    let public_key = &mut options["publicKey"];
    public_key["authenticatorSelection"]["residentKey"] = "required".into();
    public_key["authenticatorSelection"]["requireResidentKey"] = true.into();
    match kind {
        MethodKind::SecurityKey => {
            public_key["authenticatorSelection"]["authenticatorAttachment"] =
                "cross-platform".into();
            public_key["hints"] = json!(["security-key"]);
        }
        MethodKind::Passkey | MethodKind::Phone => {
            public_key["hints"] = json!(["client-device", "hybrid"]);
        }
    }
}

/// What the browser says about the authenticator. Unsigned: whoever runs the browser may say
/// anything. It makes the name, the hints, and whether a key that is not copied counts as a passkey or
/// a security key, so that a policy that tells those kinds apart guides honest people and keeps out
/// nobody else. What must hold is for an attestation to say.
pub(super) struct Reported {
    pub(super) cross_platform: bool,
    pub(super) transports: Vec<String>,
}

impl Reported {
    pub(super) fn read(answer: &Value) -> Self {
        const KNOWN: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];
        let list =
            answer["response"]["transports"].as_array().map(Vec::as_slice).unwrap_or_default();
        let said: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        Self {
            cross_platform: answer["authenticatorAttachment"] == "cross-platform",
            transports: KNOWN.into_iter().filter(|t| said.contains(t)).map(str::to_owned).collect(),
        }
    }
}
