//! A key that an authenticator has just made: what holds of it, and what is registered of it (Web
//! Authentication Level 3 §7.1).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    Credential as VerifiedCredential, Passkey, PasskeyRegistration, RegisterPublicKeyCredential,
};
use webauthn_rs_core::internals::AuthenticatorData;
use webauthn_rs_core::proto::Registration;

use super::attestation::{judge, without_statement};
use super::registration::{Reported, credential_id_text};
use super::{Failure, Services};
use crate::domain::attestation::Attestation;
use crate::domain::credential::{Credential, MethodKind, name_for};
use crate::domain::id::MethodId;
use crate::domain::policy::{KeyRefusal, PasskeyProfile};
use crate::domain::user::User;

/// Where a passkey is to live, as its owner chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// On this device: Windows Hello, Touch ID, the phone in the hand.
    Here,
    /// On a phone or another device.
    Elsewhere,
}

impl Place {
    /// Asks for authenticators of this place only (Web Authentication Level 3 §5.4.4, §5.8.7).
    pub(super) fn narrow(self, public_key: &mut Value) {
        let (attachment, hint) = match self {
            Self::Here => ("platform", "client-device"),
            Self::Elsewhere => ("cross-platform", "hybrid"),
        };
        public_key["authenticatorSelection"]["authenticatorAttachment"] = attachment.into();
        public_key["hints"] = json!([hint]);
    }
}

/// A key that works and is not taken, and what would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedKey {
    /// Its model, where it says.
    pub model: Option<uuid::Uuid>,
    /// Why not.
    pub why: KeyRefusal,
    /// What it would have to fit, any one of these.
    pub profiles: Vec<PasskeyProfile>,
    /// Of which kinds it may be; none: any.
    pub kinds: Vec<MethodKind>,
    /// Whether its maker must vouch for it, because the application wants so.
    pub attested: bool,
}

/// A credential that an authenticator has just made.
pub(super) struct Made {
    key: Passkey,
    /// Its model, as its authenticator data has it.
    aaguid: Option<uuid::Uuid>,
    attestation: Attestation,
    /// Why the attestation reaches no further.
    trouble: Option<String>,
}

impl Made {
    /// The true reason of a refusal, for the audit log.
    pub(super) fn reason(&self, why: KeyRefusal) -> String {
        match (why, &self.trouble) {
            (KeyRefusal::NotAttested | KeyRefusal::NotStrongEnough, Some(trouble)) => {
                format!("{}: {trouble}", why.reason())
            }
            (KeyRefusal::Model, _) => {
                let model = self.aaguid.map_or("none".into(), |aaguid| aaguid.to_string());
                format!("{}: {model}", why.reason())
            }
            _ => why.reason().to_owned(),
        }
    }
}

impl Services {
    /// What the library makes of an answer, and what of its attestation holds; or the true reason why
    /// it is not taken. Where nobody wants an attestation, one that does not hold counts as none.
    pub(super) async fn verify_new_key(
        &self,
        answer: &RegisterPublicKeyCredential,
        state: &PasskeyRegistration,
    ) -> Result<Result<Made, String>, Failure> {
        let aaguid = aaguid(answer.response.attestation_object.as_ref());
        let (key, broken) = match self.webauthn.finish_passkey_registration(answer, state) {
            Ok(key) => (key, None),
            Err(error) => {
                let bare = without_statement(answer);
                let key = bare
                    .and_then(|bare| self.webauthn.finish_passkey_registration(&bare, state).ok());
                let Some(key) = key else { return Ok(Err(format!("{error:?}"))) };
                (key, Some(format!("{error:?}")))
            }
        };
        let judged =
            judge(&VerifiedCredential::from(key.clone()), aaguid, &self.trust().await?, self.now());
        Ok(Ok(Made {
            key,
            aaguid,
            attestation: judged.attestation,
            trouble: broken.or(judged.trouble),
        }))
    }

    /// What a verified answer registers, beside the `methods` that the person has.
    pub(super) fn credential(
        &self,
        methods: &[Credential],
        user: &User,
        made: &Made,
        reported: Reported,
    ) -> Result<Credential, Failure> {
        let internals = VerifiedCredential::from(made.key.clone());
        let aaguid = made.aaguid;
        let kind = MethodKind::judge(
            reported.cross_platform,
            internals.backup_eligible,
            &reported.transports,
        );
        let taken: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
        let now = self.now();
        Ok(Credential {
            id: MethodId::new(now, self.random.as_ref()),
            user_id: user.id,
            credential_id: credential_id_text(made.key.cred_id().as_ref()),
            kind,
            name: name_for(aaguid, kind, &taken),
            aaguid,
            passkey: serde_json::to_string(&made.key)
                .map_err(|error| Failure::Internal(error.to_string()))?,
            backup_eligible: internals.backup_eligible,
            attestation: made.attestation.clone(),
            transports: reported.transports,
            created_at: now,
            last_used_at: None,
        })
    }
}

/// The model of an authenticator, from the attestation object that has just been verified. The
/// library keeps it for attested credentials only.
pub(crate) fn aaguid(attestation_object: &[u8]) -> Option<uuid::Uuid> {
    #[derive(Deserialize)]
    struct AttestationObject {
        #[serde(rename = "authData")]
        auth_data: serde_cbor_2::Value,
    }
    let object: AttestationObject = serde_cbor_2::from_slice(attestation_object).ok()?;
    let serde_cbor_2::Value::Bytes(bytes) = object.auth_data else { return None };
    let data = AuthenticatorData::<Registration>::try_from(bytes.as_slice()).ok()?;
    let aaguid = uuid::Uuid::from_bytes(data.acd?.aaguid);
    (!aaguid.is_nil()).then_some(aaguid)
}
