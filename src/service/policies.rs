//! Reading and changing policies.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::caller::Caller;
use super::{AdminError, Failure, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::error::Invalid;
use crate::domain::id::{GroupId, UserId};
use crate::domain::policy::{ALL_USERS, RegistrationPolicy, TapPolicy, Target, TargetType};
use crate::domain::time::Timestamp;
use crate::store::{Conn, audit, groups, policies, users};

/// The id of the pass policy.
pub const TAP: &str = "TemporaryAccessPass";
/// The id of the registration policy.
pub const REGISTRATION: &str = "Registration";
/// Every policy.
pub const ALL: [&str; 2] = [TAP, REGISTRATION];

impl Services {
    /// The pass policy.
    pub async fn tap_policy(&self) -> Result<TapPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, TAP).await?)
    }

    /// What people must register.
    pub async fn registration_policy(&self) -> Result<RegistrationPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, REGISTRATION).await?)
    }

    /// A policy as JSON, with its `id`. Ids compare without regard to case.
    pub async fn show_policy(&self, id: &str) -> Result<Value, AdminError> {
        let id = known(id)?;
        let mut document = match id {
            TAP => to_map(&self.tap_policy().await?)?,
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
                    let outcome = if id == TAP {
                        let policy: TapPolicy = policies::get(conn, id).await?;
                        match merge(&policy, changes)
                            .and_then(|new: TapPolicy| new.validate().map(|()| new))
                        {
                            Ok(policy) => match check_targets(conn, &policy).await? {
                                Ok(()) => {
                                    Ok(policies::replace(conn, id, &policy, seen, now).await?)
                                }
                                Err(invalid) => Err(invalid),
                            },
                            Err(invalid) => Err(invalid),
                        }
                    } else {
                        let policy: RegistrationPolicy = policies::get(conn, id).await?;
                        let merged = merge(&policy, changes)
                            .and_then(|new: RegistrationPolicy| new.validate().map(|()| new));
                        match merged {
                            Ok(policy) => {
                                Ok(policies::replace(conn, id, &policy, seen, now).await?)
                            }
                            Err(invalid) => Err(invalid),
                        }
                    };
                    if outcome.is_ok() {
                        audit::insert(conn, &event).await?;
                    }
                    Ok(outcome.map_err(AdminError::from))
                })
            })
            .await??;
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
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let seen = policies::updated_at(conn, id).await?;
                    if version.is_some_and(|version| version != version_of(seen)) {
                        return Ok(Err(AdminError::Changed));
                    }
                    policies::reset(conn, id).await?;
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await??;
        self.show_policy(id).await
    }
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

/// The policy with some fields replaced.
fn merge<T: Serialize + DeserializeOwned>(
    policy: &T,
    changes: Map<String, Value>,
) -> Result<T, Invalid> {
    let mut document =
        to_map(policy).map_err(|failure| Invalid::new("policy", failure.to_string()))?;
    for (field, value) in changes {
        if !document.contains_key(&field) {
            let fields: Vec<&str> = document.keys().map(String::as_str).collect();
            let message =
                format!("there is no field {field}; the fields are {}", fields.join(", "));
            return Err(Invalid::new("policy", message));
        }
        document.insert(field, value);
    }
    serde_json::from_value(document.into())
        .map_err(|error| Invalid::new("policy", error.to_string()))
}

/// Every target names somebody who exists.
async fn check_targets(
    conn: &mut Conn,
    policy: &TapPolicy,
) -> crate::store::Result<Result<(), Invalid>> {
    let lists =
        [("includeTargets", &policy.include_targets), ("excludeTargets", &policy.exclude_targets)];
    for (field, targets) in lists {
        for target in targets {
            if !exists(conn, target).await? {
                let message =
                    format!("there is no {:?} with this id: {}", target.target_type, target.id);
                return Ok(Err(Invalid::new(field, message.to_lowercase())));
            }
        }
    }
    Ok(Ok(()))
}

async fn exists(conn: &mut Conn, target: &Target) -> crate::store::Result<bool> {
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
