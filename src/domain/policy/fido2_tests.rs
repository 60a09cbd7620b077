use uuid::Uuid;

use super::*;
use crate::domain::attestation::{Attestation, Level};
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::MethodId;
use crate::domain::policy::{EnforcementType, KeyRefusal, PasskeyTypes, Requirements, TargetType};
use crate::domain::time::Timestamp;

const MODEL: Uuid = Uuid::from_u128(7);
const ADA: UserId = UserId(Uuid::from_u128(1));
const ADMINS: GroupId = GroupId(Uuid::from_u128(2));
const LEFT_OUT: GroupId = GroupId(Uuid::from_u128(3));

fn restricted(enforcement_type: EnforcementType) -> KeyRestrictions {
    KeyRestrictions { is_enforced: true, enforcement_type, aa_guids: vec![MODEL] }
}

fn group(id: GroupId, profiles: &[&str]) -> Target {
    Target {
        target_type: TargetType::Group,
        id: id.to_string(),
        is_registration_required: false,
        allowed_passkey_profiles: (!profiles.is_empty())
            .then(|| profiles.iter().map(ToString::to_string).collect()),
    }
}

/// Keys that stay on one device, of one model, for which a maker vouches.
fn hardware() -> PasskeyProfile {
    PasskeyProfile {
        id: "hardware".into(),
        name: "Hardware".into(),
        passkey_types: PasskeyTypes { device_bound: true, synced: false },
        attestation_enforcement: AttestationEnforcement::RegistrationOnly,
        key_restrictions: restricted(EnforcementType::Allow),
    }
}

fn anything() -> PasskeyProfile {
    PasskeyProfile { id: "any".into(), name: "Any".into(), ..PasskeyProfile::open() }
}

fn key(model: Uuid, synced: bool, level: Level) -> Credential {
    Credential {
        id: MethodId(Uuid::from_u128(9)),
        user_id: ADA,
        credential_id: "c".into(),
        kind: MethodKind::SecurityKey,
        name: "Key".into(),
        aaguid: Some(model),
        passkey: String::new(),
        backup_eligible: synced,
        attestation: Attestation { level, ..Attestation::default() },
        transports: vec![],
        created_at: Timestamp::from_micros(0),
        last_used_at: None,
    }
}

fn with_profiles() -> Fido2Policy {
    Fido2Policy {
        passkey_profiles: vec![hardware(), anything()],
        include_targets: vec![group(ADMINS, &["hardware"]), Target::everybody()],
        default_passkey_profile: Some("any".into()),
        exclude_targets: vec![group(LEFT_OUT, &[])],
        ..Fido2Policy::default()
    }
}

#[test]
fn models_are_let_in_by_list_or_kept_out() {
    let other = Some(Uuid::from_u128(8));
    let allow = restricted(EnforcementType::Allow);
    assert!(allow.allow(Some(MODEL)) && !allow.allow(other) && !allow.allow(None));
    let block = restricted(EnforcementType::Block);
    assert!(!block.allow(Some(MODEL)) && block.allow(other) && block.allow(None));
    let idle = KeyRestrictions { is_enforced: false, ..block };
    assert!(idle.allow(Some(MODEL)));
}

#[test]
fn what_would_lock_everybody_out_or_cannot_be_kept_is_refused() {
    Fido2Policy::default().validate().unwrap();
    with_profiles().validate().unwrap();
    let refused = |change: fn(&mut Fido2Policy)| {
        let mut policy = with_profiles();
        change(&mut policy);
        let Invalid { field, message } = policy.validate().unwrap_err();
        (field.to_string(), message)
    };
    let (field, _) = refused(|it| {
        it.key_restrictions = restricted(EnforcementType::Allow);
        it.key_restrictions.aa_guids.clear();
    });
    assert_eq!(field, "keyRestrictions");
    let (field, message) = refused(|it| it.passkey_profiles[0].passkey_types.synced = true);
    assert_eq!(field, "passkeyProfiles");
    assert!(message.english().starts_with("profile 1: attestationEnforcement"), "{message:?}");
    let (_, message) = refused(|it| it.passkey_profiles[1].id = "hardware".into());
    assert!(message.english().contains("another with the id hardware"), "{message:?}");
    let (field, _) = refused(|it| it.default_passkey_profile = Some("none".into()));
    assert_eq!(field, "defaultPasskeyProfile");
    let (field, _) = refused(|it| it.include_targets[0] = group(ADMINS, &["gone"]));
    assert_eq!(field, "includeTargets");
    let (field, _) = refused(|it| it.exclude_targets = vec![group(LEFT_OUT, &["any"])]);
    assert_eq!(field, "excludeTargets");
    let (_, message) = refused(|it| it.passkey_profiles[0].key_restrictions.aa_guids.clear());
    assert!(message.english().contains("keyRestrictions"), "{message:?}");
}

#[test]
fn whoever_has_several_profiles_is_content_with_any_that_fits_whole() {
    let policy = Fido2Policy {
        include_targets: vec![group(ADMINS, &["hardware"]), group(LEFT_OUT, &["synced"])],
        exclude_targets: vec![],
        passkey_profiles: vec![
            hardware(),
            PasskeyProfile {
                id: "synced".into(),
                passkey_types: PasskeyTypes { device_bound: false, synced: true },
                ..anything()
            },
        ],
        ..Fido2Policy::default()
    };
    let other = Uuid::from_u128(8);
    let refusal = |groups: &[GroupId], key: &Credential| {
        let profiles = policy.profiles_for(ADA, groups);
        Requirements { profiles, ..Requirements::default() }.refuses_registration(key)
    };
    let both = [ADMINS, LEFT_OUT];
    assert_eq!(refusal(&both, &key(MODEL, false, Level::Attested)), None);
    assert_eq!(refusal(&both, &key(other, true, Level::None)), None);
    // Halves of two profiles are none.
    assert_eq!(refusal(&both, &key(other, false, Level::Attested)), Some(KeyRefusal::DeviceBound));
    for level in [Level::None, Level::SelfSigned, Level::Untrusted] {
        let found = refusal(&[ADMINS], &key(MODEL, false, level));
        assert_eq!(found, Some(KeyRefusal::NotAttested), "{level:?}");
    }
    assert_eq!(refusal(&[ADMINS], &key(MODEL, true, Level::Attested)), Some(KeyRefusal::Synced));
    assert_eq!(refusal(&[ADMINS], &key(other, true, Level::None)), Some(KeyRefusal::Model));
    assert_eq!(refusal(&[], &key(MODEL, true, Level::None)), Some(KeyRefusal::NotThisPerson));
}

#[test]
fn profiles_come_from_every_target_and_exclusion_beats_all() {
    let policy = with_profiles();
    let ids = |groups: &[GroupId]| -> Vec<String> {
        policy.profiles_for(ADA, groups).into_iter().map(|it| it.id).collect()
    };
    assert_eq!(ids(&[]), ["any"]);
    assert_eq!(ids(&[ADMINS]), ["hardware", "any"]);
    assert!(ids(&[ADMINS, LEFT_OUT]).is_empty());
}

#[test]
fn the_old_fields_speak_where_no_profile_does() {
    let mut policy = Fido2Policy {
        is_attestation_enforced: true,
        key_restrictions: restricted(EnforcementType::Block),
        ..Fido2Policy::default()
    };
    let profiles = policy.profiles_for(ADA, &[]);
    assert_eq!(profiles.len(), 1);
    let synced = key(Uuid::from_u128(8), true, Level::None);
    assert_eq!(profiles[0].refuses_registration(&synced), Some(KeyRefusal::NotAttested));
    // What was registered before attestation was wanted goes on working.
    assert_eq!(profiles[0].refuses_use(&synced), None);
    assert_eq!(profiles[0].refuses_use(&key(MODEL, false, Level::None)), Some(KeyRefusal::Model));
    policy.passkey_profiles = vec![anything()];
    policy.default_passkey_profile = Some("any".into());
    assert_eq!(policy.profiles_for(ADA, &[]), [anything()]);
}

#[test]
fn profiles_read_and_write_as_graph_has_them() {
    let json = serde_json::to_value(hardware()).unwrap();
    assert_eq!(json["passkeyTypes"], "deviceBound");
    assert_eq!(json["attestationEnforcement"], "registrationOnly");
    assert_eq!(serde_json::to_value(anything()).unwrap()["passkeyTypes"], "deviceBound,synced");
    let mut odd = json.clone();
    odd["passkeyTypes"] = "synced, deviceBound".into();
    let read: PasskeyProfile = serde_json::from_value(odd).unwrap();
    assert_eq!(read.passkey_types, PasskeyTypes::ANY);
    for wrong in ["", "hardware", "deviceBound,"] {
        let mut odd = json.clone();
        odd["passkeyTypes"] = wrong.into();
        assert!(serde_json::from_value::<PasskeyProfile>(odd).is_err(), "{wrong}");
    }
    // A policy that was stored before there were profiles.
    let mut old = serde_json::to_value(Fido2Policy::default()).unwrap();
    let fields = old.as_object_mut().unwrap();
    fields.remove("passkeyProfiles");
    fields.remove("defaultPasskeyProfile");
    assert_eq!(serde_json::from_value::<Fido2Policy>(old).unwrap(), Fido2Policy::default());
}
