//! Reading and changing policies.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::branding::IMAGE_KEPT;
use super::caller::Caller;
use super::{AdminError, Failure, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::branding::BrandingPolicy;
use crate::domain::error::Invalid;
use crate::domain::id::{GroupId, UserId};
use crate::domain::language::say;
use crate::domain::policy::{
    ALL_USERS, Fido2Policy, PortalPolicy, RecoveryCodesPolicy, RegistrationPolicy, SessionPolicy,
    TapPolicy, Target, TargetType, Warning, is_demand_unmet, warnings,
};
use crate::domain::time::Timestamp;
use crate::store::{self, Conn, activity, audit, branding, clients, groups, policies, users};

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
        self.permit(caller, Action::ChangePolicies, Activity::PolicyChanged, None).await?;
        let id = known(id)?;
        let entry = self.entry_by(Activity::PolicyChanged, caller);
        let fields: Vec<&str> = changes.keys().map(String::as_str).collect();
        let event = entry.detail(format!("{id}: {}", fields.join(", "))).done();
        let now = self.now();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let seen = policies::updated_at(conn, id).await?;
                    if version.is_some_and(|version| version != version_of(seen)) {
                        return Ok(Err(AdminError::Changed));
                    }
                    let outcome = match id {
                        TAP => change::<TapPolicy>(conn, id, changes, seen, now).await?,
                        FIDO2 => change::<Fido2Policy>(conn, id, changes, seen, now).await?,
                        PORTAL => change::<PortalPolicy>(conn, id, changes, seen, now).await?,
                        SESSION => change::<SessionPolicy>(conn, id, changes, seen, now).await?,
                        BRANDING => change::<BrandingPolicy>(conn, id, changes, seen, now).await?,
                        RECOVERY_CODES => {
                            change::<RecoveryCodesPolicy>(conn, id, changes, seen, now).await?
                        }
                        _ => change::<RegistrationPolicy>(conn, id, changes, seen, now).await?,
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
        self.permit(caller, Action::ChangePolicies, Activity::PolicyChanged, None).await?;
        let id = known(id)?;
        let entry = self.entry_by(Activity::PolicyChanged, caller);
        let event = entry.detail(format!("{id}: back to its default")).done();
        let now = self.now();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let seen = policies::updated_at(conn, id).await?;
                    if version.is_some_and(|version| version != version_of(seen)) {
                        return Ok(Err(AdminError::Changed));
                    }
                    policies::reset(conn, id).await?;
                    hold(conn, id, now).await?;
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await??;
        if id == BRANDING {
            self.look_up_branding().await;
        }
        self.show_policy(id).await
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

fn to_map<T: Serialize>(policy: &T) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(policy) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Failure::Internal("a policy is no JSON object".into())),
    }
}

/// The policy with some fields replaced; the error names the field that cannot be.
pub(super) fn merge<T: Serialize + DeserializeOwned>(
    mut policy: T,
    changes: Map<String, Value>,
) -> Result<T, Invalid> {
    let mut document =
        to_map(&policy).map_err(|failure| Invalid::new("policy", failure.to_string()))?;
    let fields = document.keys().cloned().collect::<Vec<_>>().join(", ");
    for (field, value) in changes {
        let Some(old) = document.insert(field.clone(), value) else {
            return Err(Invalid::new(field, say("invalid-no-field").with("fields", fields)));
        };
        // One field after the other, so that it is known which one does not fit.
        policy = T::deserialize(Value::from(document.clone())).map_err(|error| {
            let message = match old {
                Value::Bool(_) => say("invalid-yes-or-no"),
                Value::Number(_) => say("invalid-whole-number"),
                _ => error.to_string().into(),
            };
            Invalid::new(field, message)
        })?;
    }
    let understood =
        to_map(&policy).map_err(|failure| Invalid::new("policy", failure.to_string()))?;
    for (field, value) in &document {
        if let Some(name) = lost(value, understood.get(field)) {
            return Err(Invalid::new(
                field.clone(),
                say("invalid-nothing-such").with("name", name),
            ));
        }
    }
    Ok(policy)
}

/// The name of something that was given and not understood.
fn lost(given: &Value, understood: Option<&Value>) -> Option<String> {
    match (given, understood) {
        (Value::Object(given), Some(Value::Object(understood))) => {
            given.iter().find_map(|(name, value)| match understood.get(name) {
                None => Some(name.clone()),
                found => lost(value, found),
            })
        }
        (Value::Array(given), Some(Value::Array(understood))) => {
            given.iter().zip(understood).find_map(|(one, other)| lost(one, Some(other)))
        }
        _ => None,
    }
}

/// A policy as a document that can be changed.
trait Document: Serialize + DeserializeOwned + Default + Send + Sync {
    /// Checks every bound.
    fn check(&self) -> Result<(), Invalid>;
    /// Whom it names, by field.
    fn targets(&self) -> Vec<(&'static str, &[Target])>;
    /// Which images it shows, by field.
    fn images(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }
}

impl Document for BrandingPolicy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        Vec::new()
    }

    fn images(&self) -> Vec<(&'static str, &str)> {
        self.images()
    }
}

impl Document for TapPolicy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        vec![("includeTargets", &self.include_targets), ("excludeTargets", &self.exclude_targets)]
    }
}

impl Document for Fido2Policy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        vec![("includeTargets", &self.include_targets), ("excludeTargets", &self.exclude_targets)]
    }
}

impl Document for RecoveryCodesPolicy {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }

    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        vec![("includeTargets", &self.include_targets), ("excludeTargets", &self.exclude_targets)]
    }
}

impl Document for PortalPolicy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        Vec::new()
    }
}

impl Document for SessionPolicy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        Vec::new()
    }
}

impl Document for RegistrationPolicy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        let lists =
            self.rules.iter().flat_map(|rule| [&rule.include_targets, &rule.exclude_targets]);
        lists.map(|targets| ("rules", targets.as_slice())).collect()
    }
}

/// Changes some fields of a policy, or says which one cannot be taken.
async fn change<T: Document>(
    conn: &mut Conn,
    id: &str,
    changes: Map<String, Value>,
    seen: Option<Timestamp>,
    now: Timestamp,
) -> store::Result<Result<(), Invalid>> {
    let policy: T = policies::get(conn, id).await?;
    let merged = merge(policy, changes).and_then(|policy: T| policy.check().map(|()| policy));
    let policy = match merged {
        Ok(policy) => policy,
        Err(invalid) => return Ok(Err(invalid)),
    };
    // Every target names somebody who exists.
    for (field, targets) in policy.targets() {
        for target in targets {
            if id != FIDO2 && target.allowed_passkey_profiles.is_some() {
                let message = say("invalid-target-profiles");
                return Ok(Err(Invalid::new(field, message)));
            }
            if !exists(conn, target).await? {
                let message = match target.target_type {
                    TargetType::Group => say("invalid-target-group"),
                    TargetType::User => say("invalid-target-user"),
                };
                let message = message.with("id", target.id.to_string());
                return Ok(Err(Invalid::new(field, message)));
            }
        }
    }
    for (field, name) in policy.images() {
        if !branding::exists(conn, name).await? {
            return Ok(Err(Invalid::new(field, say("invalid-image-gone"))));
        }
    }
    policies::replace(conn, id, &policy, seen, now).await?;
    Ok(Ok(()))
}

async fn exists(conn: &mut Conn, target: &Target) -> store::Result<bool> {
    match target.target_type {
        TargetType::Group if target.id.eq_ignore_ascii_case(ALL_USERS) => Ok(true),
        TargetType::Group => match target.id.parse::<GroupId>() {
            Ok(id) => Ok(groups::by_id(conn, id).await?.is_some()),
            Err(_) => Ok(false),
        },
        TargetType::User => match target.id.parse::<UserId>() {
            Ok(id) => Ok(users::by_id(conn, id).await?.is_some()),
            Err(_) => Ok(false),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::policy::State;

    fn merged(changes: &Value) -> Result<TapPolicy, Invalid> {
        merge(TapPolicy::default(), changes.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn a_refusal_names_the_field_that_is_wrong() {
        for (changes, named, hint) in [
            (json!({ "isUsableOnce": "yes" }), "isUsableOnce", "true or false"),
            (json!({ "defaultLength": "twelve" }), "defaultLength", "whole number"),
            (json!({ "defaultLength": -1 }), "defaultLength", "whole number"),
            (json!({ "defaultLength": 12, "state": "on" }), "state", "`enabled` or `disabled`"),
            (json!({ "includeTargets": [{ "id": "x" }] }), "includeTargets", "targetType"),
            (json!({ "defaultLenght": 12 }), "defaultLenght", "the fields are state,"),
        ] {
            let Invalid { field, message } = merged(&changes).unwrap_err();
            assert_eq!(field, named, "{message}");
            assert!(message.english().contains(hint), "{message}");
        }
    }

    #[test]
    fn what_is_not_understood_inside_a_field_is_named() {
        let rule = json!({ "rules": [{
            "includeTargets": [{ "targetType": "group", "id": "all_users" }],
            "requiredMethods": 1, "recommendedMethods": 1, "allowedKinds": ["passkey"],
            "alowedSkips": 3,
        }] });
        let changes = rule.as_object().cloned().unwrap_or_default();
        let Invalid { field, message } = merge(RegistrationPolicy::default(), changes).unwrap_err();
        assert_eq!(field, "rules");
        assert!(message.english().contains("alowedSkips"), "{message}");
    }

    #[test]
    fn what_is_not_named_stays() {
        let policy = merged(&json!({ "defaultLength": 12, "state": "disabled" })).unwrap();
        let expected =
            TapPolicy { default_length: 12, state: State::Disabled, ..TapPolicy::default() };
        assert_eq!(policy, expected);
    }
}
