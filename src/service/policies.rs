//! Reading and changing policies.

use serde_json::{Map, Value};

use super::branding::IMAGE_KEPT;
use super::caller::Caller;
use super::policy_changes::{change, to_map};
use super::{AdminError, Failure, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::branding::BrandingPolicy;
use crate::domain::policy::{
    Fido2Policy, PortalPolicy, RecoveryCodesPolicy, RegistrationPolicy, SessionPolicy, TapPolicy,
    Warning, is_demand_unmet, warnings,
};
use crate::domain::time::Timestamp;
use crate::store::{self, Conn, activity, audit, branding, clients, policies};

/// The id of the pass policy.
pub const TAP: &str = "TemporaryAccessPass";
/// The id of the registration policy.
pub const REGISTRATION: &str = "Registration";
/// The id of the policy of FIDO2 keys.
pub const FIDO2: &str = "Fido2";
/// The id of the policy of the admin portal.
pub const PORTAL: &str = "AdminPortal";
/// The id of the policy of sessions.
pub const SESSION: &str = "Session";
/// The id of the policy of recovery codes.
pub const RECOVERY_CODES: &str = "RecoveryCodes";
/// The id of the policy of branding.
pub const BRANDING: &str = "Branding";
/// Every policy.
pub const ALL: [&str; 7] = [TAP, FIDO2, REGISTRATION, RECOVERY_CODES, SESSION, PORTAL, BRANDING];

impl Services {
    /// The pass policy.
    pub async fn tap_policy(&self) -> Result<TapPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, TAP).await?)
    }

    /// The policy of FIDO2 keys.
    pub async fn fido2_policy(&self) -> Result<Fido2Policy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, FIDO2).await?)
    }

    /// What people must register.
    pub async fn registration_policy(&self) -> Result<RegistrationPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, REGISTRATION).await?)
    }

    /// What the admin portal asks for.
    pub async fn portal_policy(&self) -> Result<PortalPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, PORTAL).await?)
    }

    /// For how long somebody stays signed in.
    pub async fn session_policy(&self) -> Result<SessionPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, SESSION).await?)
    }

    /// Who may have recovery codes.
    pub async fn recovery_codes_policy(&self) -> Result<RecoveryCodesPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, RECOVERY_CODES).await?)
    }

    /// What an admin should know about the policies as they are together.
    pub async fn policy_warnings(&self) -> Result<Vec<Warning>, Failure> {
        let (tap, fido2) = (self.tap_policy().await?, self.fido2_policy().await?);
        let mut found = warnings(&tap, &fido2, self.sends_mail);
        let clients = clients::list(&mut *self.store.reader().await?).await?;
        let enabled = clients.iter().filter(|client| client.enabled);
        let required: Vec<_> = enabled.filter_map(|it| it.settings.require_acr).collect();
        if is_demand_unmet(&required, &tap, &fido2, &self.registration_policy().await?) {
            found.push(Warning::DemandIsUnmet);
        }
        Ok(found)
    }

    /// A policy as JSON, with its `id`. Ids compare without regard to case.
    pub async fn show_policy(&self, id: &str) -> Result<Value, AdminError> {
        let id = known(id)?;
        let mut document = match id {
            TAP => to_map(&self.tap_policy().await?)?,
            FIDO2 => to_map(&self.fido2_policy().await?)?,
            PORTAL => to_map(&self.portal_policy().await?)?,
            SESSION => to_map(&self.session_policy().await?)?,
            BRANDING => to_map(&self.branding_policy().await?)?,
            RECOVERY_CODES => to_map(&self.recovery_codes_policy().await?)?,
            _ => to_map(&self.registration_policy().await?)?,
        };
        document.insert("id".into(), id.into());
        Ok(document.into())
    }

    /// The version of a policy: when it was last set, or 0 where it is at its default.
    pub async fn policy_version(&self, id: &str) -> Result<i64, AdminError> {
        let mut conn = self.store.reader().await?;
        Ok(version_of(policies::updated_at(&mut conn, known(id)?).await?))
    }

    /// Changes some fields of a policy; refused whole where one of them cannot be taken.
    pub async fn change_policy(
        &self,
        caller: &Caller,
        id: &str,
        changes: Map<String, Value>,
    ) -> Result<Value, AdminError> {
        self.change_policy_at(caller, id, None, changes).await
    }

    /// The same, but refused where it is no longer at `version`.
    pub async fn change_policy_at(
        &self,
        caller: &Caller,
        id: &str,
        version: Option<i64>,
        changes: Map<String, Value>,
    ) -> Result<Value, AdminError> {
        self.decide_policy(caller, id, version, Decision::Change(changes)).await
    }

    /// Returns a policy to its default.
    pub async fn reset_policy(&self, caller: &Caller, id: &str) -> Result<Value, AdminError> {
        self.reset_policy_at(caller, id, None).await
    }

    /// The same, but refused where it is no longer at `version`.
    pub async fn reset_policy_at(
        &self,
        caller: &Caller,
        id: &str,
        version: Option<i64>,
    ) -> Result<Value, AdminError> {
        self.decide_policy(caller, id, version, Decision::Reset).await
    }

    /// Makes of a policy what was decided, where whoever decides may, and knows it as it is.
    async fn decide_policy(
        &self,
        caller: &Caller,
        id: &str,
        version: Option<i64>,
        decision: Decision,
    ) -> Result<Value, AdminError> {
        self.permit(caller, Action::ChangePolicies, Activity::PolicyChanged, None).await?;
        let id = known(id)?;
        let entry = self.entry_by(Activity::PolicyChanged, caller);
        let event = entry.detail(format!("{id}: {}", decision.words())).done();
        let now = self.now();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let seen = policies::updated_at(conn, id).await?;
                    if version.is_some_and(|version| version != version_of(seen)) {
                        return Ok(Err(AdminError::Changed));
                    }
                    let outcome = match decision {
                        Decision::Change(changes) => change(conn, id, changes, seen, now).await?,
                        Decision::Reset => policies::reset(conn, id).await.map(Ok)?,
                    };
                    if outcome.is_ok() {
                        hold(conn, id, now).await?;
                        audit::insert(conn, &event).await?;
                    }
                    Ok(outcome.map_err(AdminError::from))
                })
            })
            .await??;
        if id == BRANDING {
            self.look_up_branding().await;
        }
        self.show_policy(id).await
    }
}

/// What is to become of a policy.
#[derive(Clone)]
enum Decision {
    /// These fields are replaced.
    Change(Map<String, Value>),
    /// It is at its default again.
    Reset,
}

impl Decision {
    /// What the audit log says of it.
    fn words(&self) -> String {
        match self {
            Self::Change(changes) => {
                changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            }
            Self::Reset => "back to its default".to_owned(),
        }
    }
}

/// Sessions that stand are held to what was just decided about them, and images are kept that are in
/// use.
async fn hold(conn: &mut Conn, id: &str, now: Timestamp) -> store::Result<()> {
    if id == SESSION {
        let policy: SessionPolicy = policies::get(conn, id).await?;
        activity::hold_to(conn, &policy, now).await?;
    }
    if id == BRANDING {
        let policy: BrandingPolicy = policies::get(conn, id).await?;
        branding::hold(conn, &policy, now.plus(IMAGE_KEPT)).await?;
    }
    Ok(())
}

fn version_of(seen: Option<Timestamp>) -> i64 {
    seen.map_or(0, Timestamp::micros)
}

fn known(id: &str) -> Result<&'static str, AdminError> {
    ALL.into_iter().find(|known| known.eq_ignore_ascii_case(id)).ok_or_else(|| {
        AdminError::NotFound(format!("policy {id}; the policies are {}", ALL.join(", ")))
    })
}
