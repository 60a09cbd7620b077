//! Pairing a phone: the computer shows a code, the phone takes it and proves that it holds a key,
//! and the person says on the computer that it is theirs.

use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{PasskeyRegistration, RegisterPublicKeyCredential};

use super::dpop::Proof;
use super::journeys::{Browser, Position};
use super::new_method::{NewMethod, Site, name_of};
use super::phones::PhoneError;
use super::registration::{CeremonyError, to_json};
use super::{Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::attestation::Attestation;
use crate::domain::audit::Activity;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::{MethodId, PairingId};
use crate::domain::journey::Step;
use crate::domain::pass::PassValue;
use crate::domain::phone::{
    Number, PAIRING_LIFETIME, PAIRING_TYPE, Pairing, PairingState, PhoneKey, ProvedPhone,
    parse_phone_name, untaken,
};
use crate::domain::user::User;
use crate::store::phone_pairings::{self, Claim};
use crate::store::{audit, credentials, phones, users};

/// How many characters the code has: 12 of 31 are 59 bits, for five minutes.
const CODE_LENGTH: u32 = 12;

/// What a phone that came with a code is to do.
#[derive(Debug)]
pub struct Claimed {
    /// What it signs.
    pub challenge: String,
    /// `PublicKeyCredentialCreationOptionsJSON`, for a phone that can verify its user.
    pub options: Value,
    /// For whom it is paired.
    pub username: String,
}

/// What a phone sends to be paired.
#[derive(Debug)]
pub struct Proving {
    /// What it signed, with its name in it.
    pub statement: String,
    /// The answer to the options, where it can verify its user.
    pub credential: Option<Value>,
}

fn hash(code: &PassValue) -> String {
    token::hash(&format!("phone pairing {}", code.reveal()))
}

impl Services {
    /// Begins to pair a phone for the person of this journey: a new code, in the place of an older
    /// one.
    pub async fn begin_pairing(&self, position: &Position) -> Result<(), CeremonyError> {
        let user = pairing_for(position)?;
        let (now, code) = (self.now(), PassValue::generate(CODE_LENGTH, self.random.as_ref()));
        let id = PairingId::new(now, self.random.as_ref());
        let pairing = Pairing {
            id,
            sealed: self.master.seal(&format!("phone pairing {id}"), code.reveal().as_bytes()),
            user_id: user.id,
            journey_id: position.journey.id,
            state: PairingState::Open,
            expires_at: now.plus(PAIRING_LIFETIME),
        };
        let hash = hash(&code);
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move { phone_pairings::insert(conn, &pairing, &hash, now).await })
            })
            .await?)
    }

    /// The pairing of this journey, while it is good, and for the person who is setting up.
    pub async fn pairing(&self, position: &Position) -> Result<Option<Pairing>, Failure> {
        let Some(user) = &position.user else { return Ok(None) };
        let mut conn = self.store.reader().await?;
        let found = phone_pairings::of_journey(&mut conn, position.journey.id).await?;
        let now = self.now();
        Ok(found.filter(|found| found.user_id == user.id && now < found.expires_at))
    }

    /// The code of a pairing, in groups of four.
    pub fn pairing_code(&self, pairing: &Pairing) -> Result<String, Failure> {
        let opened = self.master.open(&format!("phone pairing {}", pairing.id), &pairing.sealed);
        let code = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let code = code.as_deref().and_then(PassValue::parse);
        let code = code.ok_or_else(|| Failure::Internal("a code cannot be opened".into()))?;
        Ok(code.reveal_grouped())
    }

    /// A phone came with a code: the pairing is that phone's from now on.
    pub async fn claim_pairing(
        &self,
        typed: &str,
        proof: Proof<'_>,
    ) -> Result<Claimed, PhoneError> {
        let thumbprint = self.prove(proof, None).await?;
        let code = PassValue::parse(typed).ok_or(PhoneError::Gone)?;
        // A user handle of its own, so that it takes the place of no passkey on the phone.
        let (challenge, state) = self
            .webauthn
            .start_passkey_registration(
                Uuid::new_v4(),
                &self.default_brand,
                &self.default_brand,
                None,
            )
            .map_err(|error| Failure::Internal(format!("WebAuthn: {error}")))?;
        let mut options = to_json(&challenge)?;
        let public_key = &mut options["publicKey"];
        public_key["authenticatorSelection"] = json!({
            "authenticatorAttachment": "platform",
            "residentKey": "discouraged",
            "requireResidentKey": false,
            "userVerification": "required",
        });
        let claim = Claim {
            thumbprint,
            challenge: Token::generate(self.random.as_ref()).reveal().to_owned(),
            ceremony: serde_json::to_string(&state)
                .map_err(|error| Failure::Internal(error.to_string()))?,
        };
        let (challenge, hash, now) = (claim.challenge.clone(), hash(&code), self.now());
        let user = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let user = phone_pairings::claim(conn, &hash, &claim, now).await?;
                    match user {
                        Some(user) => users::by_id(conn, user).await,
                        None => Ok(None),
                    }
                })
            })
            .await?;
        let user = user.filter(|user| user.enabled).ok_or(PhoneError::Gone)?;
        self.bell.ring();
        Ok(Claimed { challenge, options, username: user.username.as_str().to_owned() })
    }

    /// The phone proves that it holds its key, and that it verifies its user if it can. Returns the
    /// number that both screens show.
    pub async fn prove_pairing(
        &self,
        proving: Proving,
        origin: Origin,
    ) -> Result<Number, PhoneError> {
        let statement = self.statement(&proving.statement, PAIRING_TYPE)?;
        let name = parse_phone_name(statement.text("name").unwrap_or_default());
        let name = name.map_err(|_| PhoneError::Malformed)?;
        let challenge = statement.text("challenge").unwrap_or_default().to_owned();
        let (thumbprint, now) = (statement.thumbprint.clone(), self.now());
        let taken = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    phone_pairings::take_challenge(conn, &thumbprint, &challenge, now).await
                })
            })
            .await?;
        let (pairing, ceremony) = taken.ok_or(PhoneError::Gone)?;
        let verifier = match proving.credential {
            None => None,
            Some(answer) => match self.verifier(answer, &ceremony) {
                Ok(verifier) => Some(verifier),
                Err(PhoneError::NotVerified) => {
                    let entry = self.entry(Activity::MethodRegistered, origin);
                    let entry = entry.on(Some(pairing.user_id));
                    self.note(entry.refused("the phone's authenticator was not accepted")).await?;
                    return Err(PhoneError::NotVerified);
                }
                Err(other) => return Err(other),
            },
        };
        let key = PhoneKey { user_verifying: verifier.is_some(), ..statement.key };
        let phone = ProvedPhone { name, thumbprint: statement.thumbprint, key, verifier };
        let number = Number::to_compare(self.random.as_ref());
        let proved = self
            .store
            .write(move |conn| {
                Box::pin(
                    async move { phone_pairings::prove(conn, pairing.id, &phone, number).await },
                )
            })
            .await?;
        self.bell.ring();
        if proved { Ok(number) } else { Err(PhoneError::Gone) }
    }

    /// Checks the answer of the phone's own authenticator; returns what is kept of it.
    fn verifier(&self, answer: Value, ceremony: &str) -> Result<String, PhoneError> {
        let answer: RegisterPublicKeyCredential =
            serde_json::from_value(answer).map_err(|_| PhoneError::Malformed)?;
        let state: PasskeyRegistration =
            serde_json::from_str(ceremony).map_err(|error| Failure::Internal(error.to_string()))?;
        // The library takes none that did not verify its user.
        let verified = self.webauthn.finish_passkey_registration(&answer, &state);
        let verified = verified.map_err(|error| {
            tracing::info!(?error, "the authenticator of a phone was refused");
            PhoneError::NotVerified
        })?;
        Ok(serde_json::to_string(&verified)
            .map_err(|error| Failure::Internal(error.to_string()))?)
    }

    /// How far the pairing is that a phone came to, for that phone.
    pub async fn pairing_of_phone(&self, thumbprint: &str) -> Result<&'static str, Failure> {
        let mut conn = self.store.reader().await?;
        let found = phone_pairings::of_phone(&mut conn, thumbprint).await?;
        // Whatever became of the rest: it is a method by now.
        if credentials::by_credential_id(&mut conn, thumbprint).await?.is_some() {
            return Ok("paired");
        }
        let now = self.now();
        Ok(match found {
            Some(found) if now < found.expires_at => found.state.name(),
            _ => "over",
        })
    }

    /// The person says on the computer whether the phone that shows this number is theirs. Returns
    /// the name of the phone that was added.
    pub async fn settle_pairing(
        &self,
        position: &Position,
        browser: &Browser,
        number: i64,
        theirs: bool,
        origin: Origin,
    ) -> Result<Option<String>, CeremonyError> {
        let user = pairing_for(position)?;
        let pairing = self.pairing(position).await?.ok_or(CeremonyError::Stale)?;
        let PairingState::Proved(phone, shown) = &pairing.state else {
            return Err(CeremonyError::Stale);
        };
        if shown.stored() != number {
            return Err(CeremonyError::Stale);
        }
        let (shown, now) = (*shown, self.now());
        let entry = self.entry(Activity::MethodRegistered, origin).by_user(user.id);
        if !theirs {
            let event = entry.refused("the person did not recognise the phone").done();
            let settled = self
                .store
                .write(move |conn| {
                    Box::pin(async move {
                        let first =
                            phone_pairings::settle(conn, &pairing, shown, false, now).await?;
                        if first {
                            audit::insert(conn, &event).await?;
                        }
                        Ok(first)
                    })
                })
                .await?;
            self.bell.ring();
            return if settled { Ok(None) } else { Err(CeremonyError::Stale) };
        }
        let credential = self.phone_credential(user, &position.methods, phone)?;
        let (name, verifier) = (credential.name.clone(), phone.verifier.clone());
        let (site, method) = (Site::of(position, browser), credential.id);
        let taken = "the phone's key is paired already";
        let new = NewMethod { credential, user: user.clone(), entry, taken };
        let services = self.clone();
        let added = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !site.holds(conn).await?
                        || !phone_pairings::settle(conn, &pairing, shown, true, now).await?
                    {
                        return Ok(None);
                    }
                    let added = new.store(&services, conn, now).await?;
                    if added {
                        phones::insert(conn, method, verifier.as_deref()).await?;
                        site.registered(conn, method, now).await?;
                    }
                    Ok(Some(added))
                })
            })
            .await?;
        self.bell.ring();
        name_of(added, name).map(Some)
    }

    /// The method that a phone becomes, beside those that the person has.
    fn phone_credential(
        &self,
        user: &User,
        methods: &[Credential],
        phone: &ProvedPhone,
    ) -> Result<Credential, Failure> {
        let taken: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
        let (now, key) = (self.now(), &phone.key);
        Ok(Credential {
            id: MethodId::new(now, self.random.as_ref()),
            user_id: user.id,
            credential_id: phone.thumbprint.clone(),
            kind: MethodKind::Phone,
            name: untaken(&phone.name, &taken),
            aaguid: None,
            attestation: Attestation::default(),
            passkey: serde_json::to_string(key)
                .map_err(|error| Failure::Internal(error.to_string()))?,
            backup_eligible: false,
            transports: Vec::new(),
            created_at: now,
            last_used_at: None,
        })
    }
}

/// Who pairs a phone, where this journey asks them to register something and lets them have one.
fn pairing_for(position: &Position) -> Result<&User, CeremonyError> {
    let (Step::Register { .. }, Some(user)) = (&position.step, &position.user) else {
        return Err(CeremonyError::Stale);
    };
    if position.policy.allows(MethodKind::Phone) {
        Ok(user)
    } else {
        Err(CeremonyError::KindNotAllowed)
    }
}
