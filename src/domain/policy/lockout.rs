//! What policies do together that nobody wants: people who cannot register, mail that nobody gets.

use super::fido2::Fido2Policy;
use super::profile::PasskeyProfile;
use super::registration::RegistrationPolicy;
use super::tap::{DeliveryTarget, TapPolicy};
use super::target::{State, Target};
use crate::domain::assurance::{Acr, Factor};
use crate::domain::credential::MethodKind;
use crate::domain::journey::Demand;

/// Something about the policies that an admin should know. Nothing is refused for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Nobody may sign in with a pass.
    PassesAreOff,
    /// Nobody may have a key.
    KeysAreOff,
    /// Nobody registers a key themselves.
    SelfServiceIsOff,
    /// A pass works only together with what its person may have lost.
    LostMethodsMustBeRemoved,
    /// An application demands more than some people can show or set up.
    DemandIsUnmet,
    /// Everybody needs a key that its maker vouches for.
    OnlyAttestedKeys,
    /// A list of models is kept by what authenticators say of themselves.
    ModelsAreClaims,
    /// Passes are to be mailed, and no mail is sent from here.
    MailIsOff,
}

impl Warning {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::PassesAreOff => "passesAreOff",
            Self::KeysAreOff => "keysAreOff",
            Self::SelfServiceIsOff => "selfServiceIsOff",
            Self::LostMethodsMustBeRemoved => "lostMethodsMustBeRemoved",
            Self::DemandIsUnmet => "demandIsUnmet",
            Self::OnlyAttestedKeys => "onlyAttestedKeys",
            Self::ModelsAreClaims => "modelsAreClaims",
            Self::MailIsOff => "mailIsOff",
        }
    }

    /// What follows from it, in words.
    pub fn message(self) -> &'static str {
        match self {
            Self::PassesAreOff => {
                "Nobody may sign in with a pass, so whoever has no key yet cannot register one."
            }
            Self::KeysAreOff => {
                "Nobody may have a key: people sign in with passes alone, and no application that \
                 asks for more lets them in."
            }
            Self::SelfServiceIsOff => {
                "Nobody registers a key themselves: an admin must, on behalf of each person."
            }
            Self::LostMethodsMustBeRemoved => {
                "A pass works only together with a method that its person still has: what somebody \
                 lost must be removed before a pass helps them."
            }
            Self::DemandIsUnmet => {
                "An application requires a stronger sign-in than some people can set up \
                 themselves: whoever does not have it yet is turned away there."
            }
            Self::OnlyAttestedKeys => {
                "New keys are taken only if a trusted maker vouches for them: passkeys of phones, \
                 password managers and Windows Hello are not, so whoever has no security key can \
                 hardly register one."
            }
            Self::ModelsAreClaims => {
                "Models of keys are told apart without attestation: an authenticator may claim to be \
                 another than it is."
            }
            Self::MailIsOff => "Passes are to be mailed, but no mail server is configured here.",
        }
    }
}

fn nobody(state: State, include: &[Target], exclude: &[Target]) -> bool {
    state == State::Disabled || include.is_empty() || exclude.iter().any(Target::is_everybody)
}

/// Whether every profile that somebody may have wants an attestation.
fn only_attested(fido2: &Fido2Policy) -> bool {
    fido2.profiles_in_use().iter().all(PasskeyProfile::wants_attestation)
}

/// Whether some profile has a list of the only models, and wants no attestation.
fn models_are_claims(fido2: &Fido2Policy) -> bool {
    let claimed =
        |it: &PasskeyProfile| it.key_restrictions.only_these().is_some() && !it.wants_attestation();
    fido2.profiles_in_use().iter().any(claimed)
}

/// What an admin should know about these policies.
pub fn warnings(tap: &TapPolicy, fido2: &Fido2Policy, sends_mail: bool) -> Vec<Warning> {
    let keys_are_off = nobody(fido2.state, &fido2.include_targets, &fido2.exclude_targets);
    let cases = [
        (nobody(tap.state, &tap.include_targets, &tap.exclude_targets), Warning::PassesAreOff),
        (keys_are_off, Warning::KeysAreOff),
        (!keys_are_off && !fido2.is_self_service_registration_allowed, Warning::SelfServiceIsOff),
        (!keys_are_off && only_attested(fido2), Warning::OnlyAttestedKeys),
        (!keys_are_off && models_are_claims(fido2), Warning::ModelsAreClaims),
        (tap.is_existing_method_required, Warning::LostMethodsMustBeRemoved),
        (tap.delivery_target != DeliveryTarget::None && !sends_mail, Warning::MailIsOff),
    ];
    cases.into_iter().filter_map(|(holds, warning)| holds.then_some(warning)).collect()
}

/// Whether one of the classes that applications require is more than the policies let everybody set
/// up. A pass that is enough by itself needs nothing to be set up.
pub fn is_demand_unmet(
    required: &[Acr],
    tap: &TapPolicy,
    fido2: &Fido2Policy,
    registration: &RegistrationPolicy,
) -> bool {
    let keys_are_off = nobody(fido2.state, &fido2.include_targets, &fido2.exclude_targets);
    let keys_by_oneself = !keys_are_off && fido2.is_self_service_registration_allowed;
    let passes_work = !nobody(tap.state, &tap.include_targets, &tap.exclude_targets);
    let may_register = |kind: &MethodKind| keys_by_oneself || !kind.is_key();
    let rules = registration.rules.iter().map(|rule| &rule.requirements);
    let everybody: Vec<_> = rules.chain([&registration.requirements]).collect();
    required.iter().any(|class| {
        let Some(demand) = Demand::by_rule(Some(*class), tap.multifactor_use) else { return false };
        let by_pass = passes_work && demand.met_by(&[Factor::TemporaryAccessPass]);
        let reaches = |kind: &MethodKind| demand.met_by(&[kind.factor_at_best()]);
        !by_pass
            && everybody.iter().any(|one| {
                !one.allowed_kinds.iter().any(|kind| may_register(kind) && reaches(kind))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::{EnforcementType, KeyRestrictions};

    #[test]
    fn what_would_lock_people_out_is_said() {
        let (tap, fido2) = (TapPolicy::default(), Fido2Policy::default());
        assert_eq!(warnings(&tap, &fido2, false), []);
        let off = TapPolicy { state: State::Disabled, ..tap.clone() };
        let for_none = TapPolicy { include_targets: Vec::new(), ..tap.clone() };
        let not_for_all = TapPolicy { exclude_targets: vec![Target::everybody()], ..tap.clone() };
        for tap in [off, for_none, not_for_all] {
            assert_eq!(warnings(&tap, &fido2, false), [Warning::PassesAreOff]);
        }
        let closed = Fido2Policy { state: State::Disabled, ..fido2.clone() };
        assert_eq!(warnings(&tap, &closed, false), [Warning::KeysAreOff]);
        let by_admins =
            Fido2Policy { is_self_service_registration_allowed: false, ..fido2.clone() };
        assert_eq!(warnings(&tap, &by_admins, false), [Warning::SelfServiceIsOff]);
        let attested = Fido2Policy { is_attestation_enforced: true, ..fido2.clone() };
        assert_eq!(warnings(&tap, &attested, false), [Warning::OnlyAttestedKeys]);
        let mut listed = fido2.clone();
        listed.key_restrictions = KeyRestrictions {
            is_enforced: true,
            enforcement_type: EnforcementType::Allow,
            aa_guids: vec![uuid::Uuid::from_u128(7)],
        };
        assert_eq!(warnings(&tap, &listed, false), [Warning::ModelsAreClaims]);
        listed.is_attestation_enforced = true;
        assert_eq!(warnings(&tap, &listed, false), [Warning::OnlyAttestedKeys]);
        let mailed = TapPolicy { delivery_target: DeliveryTarget::Manager, ..tap.clone() };
        assert_eq!(warnings(&mailed, &fido2, false), [Warning::MailIsOff]);
        assert_eq!(warnings(&mailed, &fido2, true), []);
        let together = TapPolicy { is_existing_method_required: true, ..tap };
        assert_eq!(warnings(&together, &fido2, true), [Warning::LostMethodsMustBeRemoved]);
    }

    #[test]
    fn what_applications_require_can_be_had_by_everybody_or_it_is_said() {
        use crate::domain::policy::PassMultifactor;

        let (tap, fido2) = (TapPolicy::default(), Fido2Policy::default());
        let mut registration = RegistrationPolicy::default();
        registration.requirements.allowed_kinds.retain(|kind| kind.is_key());
        let unmet = |required: &[Acr], tap: &TapPolicy, fido2: &Fido2Policy| {
            is_demand_unmet(required, tap, fido2, &registration)
        };
        let (phr, mfa) = (Acr::PhishingResistant, Acr::MultiFactor);
        assert!(!unmet(&[], &tap, &fido2) && !unmet(&[phr, mfa], &tap, &fido2));
        let closed = Fido2Policy { state: State::Disabled, ..fido2.clone() };
        let by_admins =
            Fido2Policy { is_self_service_registration_allowed: false, ..fido2.clone() };
        let alone = TapPolicy { multifactor_use: PassMultifactor::Alone, ..tap.clone() };
        let off = TapPolicy { state: State::Disabled, ..alone.clone() };
        let phones = RegistrationPolicy::default();
        assert!(is_demand_unmet(&[phr], &tap, &closed, &phones));
        assert!(!is_demand_unmet(&[mfa], &tap, &closed, &phones), "phones are several factors");
        for fido2 in [closed, by_admins] {
            assert!(unmet(&[phr], &tap, &fido2) && unmet(&[mfa], &tap, &fido2));
            assert!(unmet(&[phr], &alone, &fido2) && !unmet(&[mfa], &alone, &fido2));
            assert!(unmet(&[mfa], &off, &fido2));
            assert!(!unmet(&[], &tap, &fido2));
        }
    }
}
