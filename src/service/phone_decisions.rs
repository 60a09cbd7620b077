//! What a person decides on their phone. One statement in the database decides a request.

use serde_json::Value;
use webauthn_rs::prelude::{Passkey, PasskeyAuthentication, PublicKeyCredential};

use super::dpop::Proof;
use super::phones::{PhoneError, ProvedHolder, Statement};
use super::registration::{Begun, CEREMONY_LIFETIME, to_json};
use super::{Failure, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::id::{CeremonyId, PhoneRequestId};
use crate::domain::mail::phone_not_me;
use crate::domain::phone::{DECISION_TYPE, Decision, PhoneKey, PhoneRequest, REDEEMED_WITHIN};
use crate::store::ceremonies::{self, Ceremony, Kind};
use crate::store::phone_requests::{self, Verdict};
use crate::store::{audit, phones};

/// What a phone sends to decide a request.
#[derive(Debug)]
pub struct Deciding {
    /// What it signed: which request, which number, what the person decided.
    pub statement: String,
    /// The answer of its own authenticator, and to what; where it has one and approves.
    pub verification: Option<(CeremonyId, Value)>,
}

impl Services {
    /// Begins to verify the user of a phone for one request; none where this phone does not.
    pub async fn begin_verification(
        &self,
        proof: Proof<'_>,
        id: PhoneRequestId,
    ) -> Result<Option<Begun>, PhoneError> {
        let holder = self.phone_of(proof).await?;
        let request = self.open_request(&holder, id).await?;
        let mut conn = self.store.reader().await?;
        let Some(verifier) = phones::verifier(&mut conn, holder.phone.id).await? else {
            return Ok(None);
        };
        drop(conn);
        let (challenge, state) = self
            .webauthn
            .start_passkey_authentication(&[read_verifier(&verifier)?])
            .map_err(|error| Failure::Internal(format!("WebAuthn: {error}")))?;
        let now = self.now();
        let ceremony = Ceremony {
            id: CeremonyId::new(now, self.random.as_ref()),
            journey_id: request.journey_id,
            kind: Kind::Approval,
            user_id: Some(holder.user.id),
            state: serde_json::to_string(&state)
                .map_err(|error| Failure::Internal(error.to_string()))?,
            expires_at: now.plus(CEREMONY_LIFETIME),
        };
        let begun = Begun { id: ceremony.id, options: to_json(&challenge)? };
        self.store
            .write(move |conn| Box::pin(async move { ceremonies::insert(conn, &ceremony).await }))
            .await?;
        Ok(Some(begun))
    }

    /// Decides a request. What came first counts.
    pub async fn decide_on_phone(
        &self,
        id: PhoneRequestId,
        deciding: Deciding,
        origin: Origin,
    ) -> Result<(), PhoneError> {
        let statement = self.statement(&deciding.statement, DECISION_TYPE)?;
        let holder = self.holder(&statement.thumbprint).await?;
        if statement.text("request") != Some(id.to_string().as_str()) {
            return Err(PhoneError::Proof("it is about another request"));
        }
        let decision = decision(&statement).ok_or(PhoneError::Malformed)?;
        let request = self.open_request(&holder, id).await?;
        let user = &holder.user;
        let entry = self.entry(Activity::PhoneSignIn, origin).by_user(user.id);
        let name = &holder.phone.name;
        let number = statement.claims.get("number").and_then(Value::as_i64);
        let (approved, reason) = match decision {
            Decision::Approve if number == Some(request.number.stored()) => (true, ""),
            Decision::Approve => (false, "the number was wrong"),
            Decision::Deny => (false, "denied on the phone"),
            Decision::NotMe => (false, "“this was not me”, on the phone"),
        };
        let user_verified = if approved {
            match self.verify_user(&holder, &request, deciding.verification).await {
                Ok(verified) => verified,
                Err(PhoneError::NotVerified) => {
                    self.note(entry.refused(format!("{name} did not verify its user"))).await?;
                    return Err(PhoneError::NotVerified);
                }
                Err(other) => return Err(other),
            }
        } else {
            false
        };
        let now = self.now();
        let mail = (decision == Decision::NotMe)
            .then(|| phone_not_me(&self.sender(), user, &request, now))
            .flatten();
        let letter = self.letter(mail)?;
        // Where it was approved, the sign-in is written down once it happens.
        let event = (!approved).then(|| entry.refused(format!("{reason} ({name})")).done());
        let verdict = Verdict {
            method: holder.phone.id,
            user: user.id,
            approved,
            user_verified,
            redeem_until: now.plus(REDEEMED_WITHIN),
        };
        let first = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !phone_requests::decide(conn, id, verdict, now).await? {
                        return Ok(false);
                    }
                    phones::record_use(conn, verdict.method, now).await?;
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    if let Some(event) = event {
                        audit::insert(conn, &event).await?;
                    }
                    Ok(true)
                })
            })
            .await?;
        self.bell.ring();
        match (first, decision) {
            (false, _) => Err(PhoneError::Gone),
            (true, Decision::Approve) if !approved => Err(PhoneError::WrongNumber),
            (true, _) => Ok(()),
        }
    }

    /// The request with this id, if it is open and this phone's to decide.
    async fn open_request(
        &self,
        holder: &ProvedHolder,
        id: PhoneRequestId,
    ) -> Result<PhoneRequest, PhoneError> {
        let mut conn = self.store.reader().await?;
        let found = phone_requests::of_user(&mut conn, id, holder.user.id).await?;
        found.filter(|found| found.is_open(self.now())).ok_or(PhoneError::Gone)
    }

    /// Whether the phone verified its user for this request. One that can, must.
    async fn verify_user(
        &self,
        holder: &ProvedHolder,
        request: &PhoneRequest,
        verification: Option<(CeremonyId, Value)>,
    ) -> Result<bool, PhoneError> {
        let phone = holder.phone.id;
        let before = phones::verifier(&mut *self.store.reader().await?, phone).await?;
        let verifying =
            PhoneKey::parse(&holder.phone.passkey).is_some_and(|key| key.user_verifying);
        let Some(before) = before else {
            return if verifying { Err(PhoneError::NotVerified) } else { Ok(false) };
        };
        let (ceremony, answer) = verification.ok_or(PhoneError::NotVerified)?;
        let (journey, user, now) = (request.journey_id, holder.user.id, self.now());
        let taken = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    ceremonies::take(conn, ceremony, journey, Kind::Approval, now).await
                })
            })
            .await?;
        let taken = taken.filter(|taken| taken.user_id == Some(user)).ok_or(PhoneError::Gone)?;
        let answer: PublicKeyCredential =
            serde_json::from_value(answer).map_err(|_| PhoneError::Malformed)?;
        let state: PasskeyAuthentication = serde_json::from_str(&taken.state)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let mut passkey = read_verifier(&before)?;
        let result = self.webauthn.finish_passkey_authentication(&answer, &state);
        // The state names whose authenticator was asked, which may be that of another phone.
        let result = result
            .ok()
            .filter(|result| result.user_verified() && result.cred_id() == passkey.cred_id());
        let result = result.ok_or(PhoneError::NotVerified)?;
        passkey.update_credential(&result);
        let after = serde_json::to_string(&passkey)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let kept = self
            .store
            .write(move |conn| {
                Box::pin(
                    async move { phones::record_verification(conn, phone, &before, &after).await },
                )
            })
            .await?;
        if kept { Ok(true) } else { Err(PhoneError::NotVerified) }
    }
}

fn decision(statement: &Statement) -> Option<Decision> {
    let decision = statement.claims.get("decision")?.clone();
    serde_json::from_value(decision).ok()
}

fn read_verifier(stored: &str) -> Result<Passkey, Failure> {
    serde_json::from_str(stored)
        .map_err(|error| Failure::Internal(format!("a stored credential is unreadable: {error}")))
}
