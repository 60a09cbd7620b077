//! Registering a key for somebody else: an admin who hands out security keys does it before the
//! person's first day.

use std::time::Duration;

use serde_json::{Value, json};
use webauthn_rs::prelude::{PasskeyRegistration, RegisterPublicKeyCredential};

use super::caller::Caller;
use super::new_method::NewMethod;
use super::registration::{Reported, TAKEN, discoverable, passkey, to_json};
use super::{AdminError, Failure, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::{Action, Actor, Denied};
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::error::Invalid;
use crate::domain::language::say;
use crate::domain::policy::{Fido2Policy, KeyRefusal};
use crate::domain::recovery::is_outdated;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, parse_display_name};
use crate::store::{credentials, on_behalf, users};

/// For how many minutes a challenge may be answered, where nobody says.
pub const TIMEOUT_DEFAULT: u32 = 5;
/// For how many minutes at most: 30 days.
pub const TIMEOUT_MAX: u32 = 43_200;

/// A registration to hand to an authenticator.
#[derive(Clone, Debug)]
pub struct BegunOnBehalf {
    /// `PublicKeyCredentialCreationOptionsJSON`.
    pub public_key: Value,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
}

fn malformed() -> AdminError {
    let message = say("invalid-key-answer");
    Invalid::new("publicKeyCredential", message).into()
}

impl Services {
    /// Lets the caller give somebody a key, or refuses. Where a second admin must approve the passes
    /// of admins, no key goes around that.
    async fn permit_key(&self, caller: &Caller, user: &User) -> Result<(), AdminError> {
        let doing = Activity::MethodRegistered;
        self.permit(caller, Action::AddMethod, doing, Some(user)).await?;
        if !self.needs_second_admin(caller, user).await? {
            return Ok(());
        }
        let entry = self.entry_by(doing, caller).on(Some(user.id));
        self.note(entry.refused(Denied::Alone.to_string())).await?;
        Err(Denied::Alone.into())
    }

    /// Whether nobody can give this person a key alone.
    pub async fn needs_second_admin(&self, caller: &Caller, user: &User) -> Result<bool, Failure> {
        // Whoever sits at the machine can write to the database anyway.
        let counts =
            !user.roles.is_empty() && !matches!(caller.actor, Actor::Operator | Actor::System);
        Ok(counts && self.tap_policy().await?.is_approval_required_for_admins)
    }

    /// Begins a registration for somebody else.
    pub async fn begin_on_behalf(
        &self,
        caller: &Caller,
        user: &User,
        minutes: u32,
    ) -> Result<BegunOnBehalf, AdminError> {
        self.permit_key(caller, user).await?;
        if !(TIMEOUT_DEFAULT..=TIMEOUT_MAX).contains(&minutes) {
            let message = format!("{TIMEOUT_DEFAULT} to {TIMEOUT_MAX} minutes are allowed");
            return Err(Invalid::new("challengeTimeoutInMinutes", message).into());
        }
        let methods = credentials::by_user(&mut *self.store.reader().await?, user.id).await?;
        // What is worth nothing any more may be set up once more.
        let methods = methods.iter().filter(|method| !is_outdated(user, method));
        let exclude = methods.filter_map(|method| passkey(method).ok());
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
        discoverable(&mut options, MethodKind::SecurityKey);
        let mut public_key = options["publicKey"].take();
        // Whatever the person has at hand may be provisioned, not only a key that is carried along.
        if let Some(selection) = public_key["authenticatorSelection"].as_object_mut() {
            selection.remove("authenticatorAttachment");
        }
        // As in Graph: whoever hands out keys learns what their makers vouch for.
        public_key["attestation"] = "direct".into();
        let timeout = Duration::from_secs(u64::from(minutes) * 60);
        public_key["timeout"] = json!(u64::from(minutes) * 60_000);
        let name = public_key["challenge"].as_str().unwrap_or_default().to_owned();
        let state =
            serde_json::to_string(&state).map_err(|error| Failure::Internal(error.to_string()))?;
        let (id, expires_at) = (user.id, self.now().plus(timeout));
        self.store
            .write(move |conn| {
                Box::pin(
                    async move { on_behalf::insert(conn, &name, id, &state, expires_at).await },
                )
            })
            .await?;
        Ok(BegunOnBehalf { public_key, expires_at })
    }

    /// Checks the authenticator's answer and registers the key.
    pub async fn finish_on_behalf(
        &self,
        caller: &Caller,
        user: &User,
        name: Option<&str>,
        answer: Value,
    ) -> Result<Credential, AdminError> {
        self.permit_key(caller, user).await?;
        let name = name.map(parse_display_name).transpose()?;
        let answer = completed(answer);
        let reported = Reported::read(&answer);
        let answer: RegisterPublicKeyCredential =
            serde_json::from_value(answer).map_err(|_| malformed())?;
        let challenge = challenge(answer.response.client_data_json.as_ref());
        let challenge = challenge.ok_or_else(malformed)?;
        let entry = self.entry_by(Activity::MethodRegistered, caller).on(Some(user.id));
        let (id, now) = (user.id, self.now());
        let state = self
            .store
            .write(move |conn| {
                Box::pin(async move { on_behalf::take(conn, &challenge, id, now).await })
            })
            .await?;
        let state: PasskeyRegistration = serde_json::from_str(&state.ok_or_else(malformed)?)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let made = match self.verify_new_key(&answer, &state).await? {
            Ok(made) => made,
            Err(reason) => {
                self.note(entry.refused(reason)).await?;
                return Err(malformed());
            }
        };
        let methods = credentials::by_user(&mut *self.store.reader().await?, user.id).await?;
        let mut credential = self.credential(&methods, user, &made, reported)?;
        if let Some(name) = name {
            credential.name = name;
        }
        if let Some(why) = self.refusal(user, &credential).await? {
            let reason = made.reason(why);
            self.note(entry.refused(&reason)).await?;
            return Err(Invalid::new("publicKeyCredential", reason).into());
        }
        let stored = credential.clone();
        let new = NewMethod { credential: stored, user: user.clone(), entry, taken: TAKEN };
        let (services, now) = (self.clone(), self.now());
        let added = self
            .store
            .write(move |conn| Box::pin(async move { new.store(&services, conn, now).await }))
            .await?;
        if added {
            return Ok(credential);
        }
        Err(Invalid::new("publicKeyCredential", say("invalid-key-known")).into())
    }

    /// Why the policies do not take this key from this person, where they do not. That people may
    /// not register keys themselves is no hindrance here.
    async fn refusal(
        &self,
        user: &User,
        key: &Credential,
    ) -> Result<Option<KeyRefusal>, AdminError> {
        let policy = Fido2Policy {
            is_self_service_registration_allowed: true,
            ..self.fido2_policy().await?
        };
        let groups = users::all_groups_of(&mut *self.store.reader().await?, user.id).await?;
        let groups: Vec<_> = groups.into_iter().map(|(id, _)| id).collect();
        let registration = self.registration_policy().await?;
        Ok(registration.for_person(&policy, user.id, &groups).refuses_registration(key))
    }
}

/// Graph leaves out what the id and the kind of answer already say.
fn completed(mut answer: Value) -> Value {
    let id = answer["id"].clone();
    if let Some(fields) = answer.as_object_mut() {
        fields.entry("rawId").or_insert(id);
        fields.entry("type").or_insert_with(|| "public-key".into());
        if let Some(results) = fields.remove("clientExtensionResults") {
            fields.entry("extensions").or_insert(results);
        }
    }
    answer
}

/// The challenge that was answered (Web Authentication Level 3 §5.8.1), as it was asked: base64url.
fn challenge(client_data: &[u8]) -> Option<String> {
    let client_data: Value = serde_json::from_slice(client_data).ok()?;
    client_data["challenge"].as_str().map(|text| text.trim_end_matches('=').to_owned())
}
