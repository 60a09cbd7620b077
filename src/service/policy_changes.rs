//! Policies as documents: what is changed in one is checked field by field, and whom it names, too.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Failure;
use super::policies::{BRANDING, FIDO2, PORTAL, RECOVERY_CODES, SESSION, TAP};
use crate::domain::branding::BrandingPolicy;
use crate::domain::error::Invalid;
use crate::domain::id::{GroupId, UserId};
use crate::domain::language::say;
use crate::domain::policy::{
    ALL_USERS, Fido2Policy, PortalPolicy, RecoveryCodesPolicy, RegistrationPolicy, SessionPolicy,
    TapPolicy, Target, TargetType,
};
use crate::domain::time::Timestamp;
use crate::store::{self, Conn, branding, groups, policies, users};

/// A policy as JSON.
pub(super) fn to_map<T: Serialize>(policy: &T) -> Result<Map<String, Value>, Failure> {
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
    fn targets(&self) -> Vec<(&'static str, &[Target])> {
        Vec::new()
    }
    /// Which images it shows, by field.
    fn images(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }
}

impl Document for BrandingPolicy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
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
}

impl Document for SessionPolicy {
    fn check(&self) -> Result<(), Invalid> {
        self.validate()
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

/// Changes some fields of the policy with this id, or says which one cannot be taken.
pub(super) async fn change(
    conn: &mut Conn,
    id: &str,
    changes: Map<String, Value>,
    seen: Option<Timestamp>,
    now: Timestamp,
) -> store::Result<Result<(), Invalid>> {
    match id {
        TAP => replace::<TapPolicy>(conn, id, changes, seen, now).await,
        FIDO2 => replace::<Fido2Policy>(conn, id, changes, seen, now).await,
        PORTAL => replace::<PortalPolicy>(conn, id, changes, seen, now).await,
        SESSION => replace::<SessionPolicy>(conn, id, changes, seen, now).await,
        BRANDING => replace::<BrandingPolicy>(conn, id, changes, seen, now).await,
        RECOVERY_CODES => replace::<RecoveryCodesPolicy>(conn, id, changes, seen, now).await,
        _ => replace::<RegistrationPolicy>(conn, id, changes, seen, now).await,
    }
}

async fn replace<T: Document>(
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
                let message = message.with("id", target.id.as_str());
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
            assert_eq!(field, named, "{message:?}");
            assert!(message.english().contains(hint), "{message:?}");
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
        assert!(message.english().contains("alowedSkips"), "{message:?}");
    }

    #[test]
    fn what_is_not_named_stays() {
        let policy = merged(&json!({ "defaultLength": 12, "state": "disabled" })).unwrap();
        let expected =
            TapPolicy { default_length: 12, state: State::Disabled, ..TapPolicy::default() };
        assert_eq!(policy, expected);
    }
}
