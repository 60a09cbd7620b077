//! Signing in with a registered key, without a username (Web Authentication Level 3 §7.2).

use serde_json::Value;
use webauthn_rs::prelude::{
    Credential as VerifiedCredential, DiscoverableAuthentication, DiscoverableKey,
    PublicKeyCredential,
};

use super::attestation::heed_warnings;
use super::audit::Entry;
use super::journeys::{Browser, Position};
use super::new_key::RefusedKey;
use super::opening::{Opening, open_session};
use super::registration::{Begun, CeremonyError, credential_id_text, passkey, to_json};
use super::{Failure, Origin, Services};
use crate::domain::assurance::Factor;
use crate::domain::audit::Activity;
use crate::domain::credential::Credential;
use crate::domain::id::{CeremonyId, SessionId};
use crate::domain::journey::Step;
use crate::domain::policy::Fido2Policy;
use crate::domain::recovery::is_outdated;
use crate::domain::session::{Proof, Session};
use crate::domain::user::User;
use crate::store::ceremonies::Kind;
use crate::store::{audit, credentials, policies, users};

/// A key that was used, and that may be.
struct Shown {
    user: User,
    method: Credential,
    /// What was proved with it.
    factor: Factor,
    /// The key as it is stored after this use: with the counter that it has now.
    after: String,
    entry: Entry,
}

impl Services {
    /// Begins a sign-in with whatever key the person has. Names no credential, so it says nothing
    /// about who exists.
    pub async fn begin_key_sign_in(&self, position: &Position) -> Result<Begun, CeremonyError> {
        if !matches!(position.step, Step::Identify | Step::Authenticate { .. }) {
            return Err(CeremonyError::Stale);
        }
        let (challenge, state) = self
            .webauthn
            .start_discoverable_authentication()
            .map_err(|error| Failure::Internal(format!("WebAuthn: {error}")))?;
        let mut options = to_json(&challenge)?;
        // Whether it is offered as autofill or by a button is for the page to say.
        if let Some(options) = options.as_object_mut() {
            options.remove("mediation");
        }
        let id = self.begin_ceremony(position, Kind::Authentication, None, &state).await?;
        Ok(Begun { id, options })
    }

    /// Checks the authenticator's answer and opens a session, or strengthens the one in hand.
    pub async fn finish_key_sign_in(
        &self,
        position: &Position,
        browser: &Browser,
        id: CeremonyId,
        answer: Value,
        origin: Origin,
    ) -> Result<SessionId, CeremonyError> {
        if !matches!(position.step, Step::Identify | Step::Authenticate { .. }) {
            return Err(CeremonyError::Stale);
        }
        let ceremony = self.take_ceremony(position, id, Kind::Authentication).await?;
        let entry = self
            .entry(Activity::KeySignIn, origin)
            .client(position.client.as_ref().map(|client| &client.id));
        let shown = self.judge_key(position, &ceremony.state, answer, entry).await?;
        self.record_key(position, browser, shown, origin).await
    }

    /// Whose key answers, and whether it may be used here. What is refused is in the audit log.
    async fn judge_key(
        &self,
        position: &Position,
        state: &str,
        answer: Value,
        entry: Entry,
    ) -> Result<Shown, CeremonyError> {
        let answer: PublicKeyCredential =
            serde_json::from_value(answer).map_err(|_| CeremonyError::Malformed)?;
        let (user, method) = match self.owner(&answer).await {
            Ok(owner) => owner,
            Err(CeremonyError::Failure(failure)) => return Err(failure.into()),
            Err(refused) => {
                self.note(entry.refused(refused.to_string())).await?;
                return Err(refused);
            }
        };
        let entry = entry.by_user(user.id);
        let refused = |reason: String| self.note(entry.clone().refused(reason));
        if !user.enabled {
            refused("the account is disabled".into()).await?;
            return Err(CeremonyError::Refused);
        }
        let request = position.journey.purpose.request();
        let expected = request.and_then(|request| request.expected_user.as_deref());
        let known = position.client.as_ref().map(|client| self.subject(client, user.id));
        if expected.is_some_and(|expected| known.as_deref() != Some(expected)) {
            refused("the application expects another person".into()).await?;
            return Err(CeremonyError::WrongUser);
        }

        let state: DiscoverableAuthentication =
            serde_json::from_str(state).map_err(|error| Failure::Internal(error.to_string()))?;
        let mut key = passkey(&method)?;
        let result = self.webauthn.finish_discoverable_authentication_v2(
            &answer,
            state,
            DiscoverableKey::from(&key),
        );
        let result = match result {
            Ok(result) if result.user_verified() => result,
            Ok(_) => {
                refused("the person was not verified".into()).await?;
                return Err(CeremonyError::Refused);
            }
            Err(error) => {
                refused(format!("{error:?}")).await?;
                return Err(CeremonyError::Refused);
            }
        };
        // Only whoever holds the key hears what the policy makes of it.
        if let Some(refusal) = self.refuses_key(&user, &method).await? {
            refused(refusal.why.reason().into()).await?;
            return Err(CeremonyError::NotAccepted(Box::new(refusal)));
        }
        // Said to whoever holds the key, and to nobody who merely names it.
        if is_outdated(&user, &method) {
            refused("their person must register anew".into()).await?;
            return Err(CeremonyError::Outdated);
        }
        key.update_credential(&result);
        let after =
            serde_json::to_string(&key).map_err(|error| Failure::Internal(error.to_string()))?;
        // A key that came to be backed up is worth no more than any other that is.
        let backup_eligible = VerifiedCredential::from(key).backup_eligible;
        let as_it_is = Credential { backup_eligible, ..method.clone() };
        let factor = as_it_is.factor();
        Ok(Shown { user, method, factor, after, entry })
    }

    /// Writes down that the key was used, and opens the session: both, or neither.
    async fn record_key(
        &self,
        position: &Position,
        browser: &Browser,
        shown: Shown,
        origin: Origin,
    ) -> Result<SessionId, CeremonyError> {
        let Shown { user, method, factor, after, entry } = shown;
        let proof = Proof::by(&method, factor, self.now());
        let session = self.session_after(position, &user, proof).await?;
        let opened = session.id;
        let shut_out = entry.clone().refused("shut out meanwhile").done();
        let crossed = entry.clone().refused("two uses of this key crossed").done();
        let event = entry.detail(&method.name).done();
        let now = self.now();
        let opening = Opening::here(position, browser, session, now);
        let place = origin.place();
        let recorded = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !credentials::record_use(conn, method.id, &method.passkey, &after, now)
                        .await?
                    {
                        // The counter moved in between: a copy of the key may be at work.
                        audit::insert(conn, &crossed).await?;
                        return Ok(false);
                    }
                    if !users::hold(conn, user.id, method.created_at).await? {
                        audit::insert(conn, &shut_out).await?;
                        return Ok(false);
                    }
                    credentials::record_place(conn, method.id, &place).await?;
                    open_session(conn, &opening).await?;
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if recorded { Ok(opened) } else { Err(CeremonyError::Refused) }
    }

    /// Whose key it is: by the credential id, and by the user handle that it must agree with.
    async fn owner(
        &self,
        answer: &PublicKeyCredential,
    ) -> Result<(User, Credential), CeremonyError> {
        let (handle, credential_id) = self
            .webauthn
            .identify_discoverable_authentication(answer)
            .map_err(|_| CeremonyError::Malformed)?;
        let mut conn = self.store.reader().await?;
        let id = credential_id_text(credential_id);
        let method = credentials::by_credential_id(&mut conn, &id).await?;
        let method = method.filter(|method| method.kind.is_key());
        let mut method = method.ok_or(CeremonyError::Unknown)?;
        heed_warnings(&mut conn, std::slice::from_mut(&mut method)).await?;
        let user = users::by_handle(&mut conn, handle).await?;
        let user = user.filter(|user| user.id == method.user_id).ok_or(CeremonyError::Refused)?;
        Ok((user, method))
    }

    /// Why the policy of FIDO2 keys does not take this key of this person, where it does not.
    async fn refuses_key(
        &self,
        user: &User,
        method: &Credential,
    ) -> Result<Option<RefusedKey>, Failure> {
        let mut conn = self.store.reader().await?;
        let policy: Fido2Policy = policies::get(&mut conn, super::policies::FIDO2).await?;
        let groups: Vec<_> =
            users::all_groups_of(&mut conn, user.id).await?.into_iter().map(|(id, _)| id).collect();
        let why = policy.refuses_use(user.id, &groups, method);
        Ok(why.map(|why| RefusedKey {
            model: method.aaguid,
            why,
            profiles: policy.profiles_for(user.id, &groups),
            kinds: Vec::new(),
            attested: false,
        }))
    }

    /// The session that stands after a method was used: the one in hand made stronger, if it is this
    /// person's and stands; a new one otherwise.
    pub(super) async fn session_after(
        &self,
        position: &Position,
        user: &User,
        proof: Proof,
    ) -> Result<Session, Failure> {
        let now = self.now();
        let session = match &position.session {
            Some(session) if session.user_id == user.id && session.is_live(now) => {
                session.clone().strengthened(proof)
            }
            _ => Session::from_method(SessionId::new(now, self.random.as_ref()), user.id, proof),
        };
        Ok(session.within(&self.session_policy().await?, now))
    }
}
