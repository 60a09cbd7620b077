//! Coming back without what one signed in with: recovery codes, and which methods whoever came back
//! may remove.
//!
//! A recovery code (NIST SP 800-63B-4 §4.2.1.1, saved recovery codes) opens what a pass opens: a
//! session in which a new method is registered, and that does nothing before one is.

use std::fmt;
use std::time::Duration;

use super::credential::Credential;
use super::id::RecoverySetId;
use super::pass::{ONE_TIME_REGISTRATION, PassValue};
use super::random::Random;
use super::session::{RecoveryOrigin, Session};
use super::time::Timestamp;
use super::user::User;

/// The characters of a code: 31 to the 24th is more than 118 bits. NIST asks for 64; from 112 on, a
/// plain approved hash is enough to store them by (§3.1.2.2), which one statement can look up. Nor
/// need a set be void after any number of wrong tries: whoever knows a username could do that.
pub const LENGTH: u32 = 24;
/// The codes of a set.
pub const COUNT: u32 = 10;
/// So few are left that the person is told.
pub const FEW: u32 = 3;
/// How long a session stands that rests on a code alone: as long as the usual pass.
pub const RECOVERY_SESSION: Duration = Duration::from_secs(60 * 60);

/// The secret value of a recovery code. Never printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(PassValue);

impl RecoveryCode {
    /// A new random one.
    pub fn generate(random: &dyn Random) -> Self {
        Self(PassValue::generate(LENGTH, random))
    }

    /// Reads what a person typed: separators and case do not matter. `None` where it cannot be a
    /// code at all.
    pub fn parse(text: &str) -> Option<Self> {
        PassValue::parse(text).filter(|value| value.reveal().len() == LENGTH as usize).map(Self)
    }

    /// The value itself. Whoever calls this decides where a secret goes.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The value as a person reads it: groups of four.
    pub fn reveal_grouped(&self) -> String {
        self.0.reveal_grouped()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

/// What is known of a person's recovery codes; their values nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoverySet {
    /// The set.
    pub id: RecoverySetId,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many are left.
    pub left: u32,
}

impl RecoverySet {
    /// Whether it is time for new ones.
    pub fn runs_low(&self) -> bool {
        self.left <= FEW
    }
}

/// What a code of this set gives to the session that it opens.
pub fn origin(set: RecoverySetId, now: Timestamp) -> RecoveryOrigin {
    RecoveryOrigin {
        set,
        deadline: now.plus(RECOVERY_SESSION),
        register_until: now.plus(ONE_TIME_REGISTRATION),
    }
}

/// Whether recovery codes may be made in this session: soon after a strong sign-in, or with a pass
/// in which a method has been set up, which could open the account in the next minute anyway. A
/// recovery code alone does not make others, nor does somebody else's word.
///
/// `may_register` is what [`Session::may_register`] says of it now.
pub fn may_make_codes(session: &Session, methods: &[Credential], may_register: bool) -> bool {
    let set_up = methods.iter().any(|method| method.created_at >= session.created_at);
    let good = !session.rests_on_bootstrap_alone() || (session.pass.is_some() && set_up);
    good && may_register && !methods.is_empty()
}

/// What the person is asked about who came by a pass, a recovery code or an upstream and set up
/// something new: what they had before.
pub fn older<'a>(
    session: &'a Session,
    methods: &'a [Credential],
) -> impl Iterator<Item = &'a Credential> {
    methods.iter().filter(|method| method.created_at < session.created_at)
}

/// Whether a method is worth nothing any more, because its person must register anew.
pub fn is_outdated(user: &User, method: &Credential) -> bool {
    user.reregister_since.is_some_and(|since| method.created_at <= since)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::assurance::{Acr, Factor};
    use crate::domain::attestation::Attestation;
    use crate::domain::credential::MethodKind;
    use crate::domain::id::{MethodId, PassId, SessionId, UserId};
    use crate::domain::random::FixedRandom;
    use crate::domain::session::{PassOrigin, Proof};
    use crate::domain::user::Username;

    const MINUTE: Duration = Duration::from_secs(60);
    const ID: SessionId = SessionId(Uuid::nil());
    const ADA: UserId = UserId(Uuid::nil());
    const KEY: Factor = Factor::Key { device_bound: true, attested: false };

    fn nine() -> Timestamp {
        Timestamp::parse("2026-11-23T09:00:00Z").unwrap()
    }

    fn method(created_at: Timestamp) -> Credential {
        Credential {
            id: MethodId(Uuid::nil()),
            user_id: ADA,
            credential_id: "c".into(),
            kind: MethodKind::Passkey,
            name: "Passkey".into(),
            aaguid: None,
            passkey: String::new(),
            backup_eligible: false,
            attestation: Attestation::default(),
            transports: vec![],
            created_at,
            last_used_at: None,
        }
    }

    fn by_code() -> Session {
        Session::from_recovery_code(ID, ADA, origin(RecoverySetId(Uuid::nil()), nine()), nine())
    }

    fn by_pass() -> Session {
        let pass = PassOrigin {
            id: PassId(Uuid::nil()),
            deadline: nine().plus(60 * MINUTE),
            register_until: nine().plus(60 * MINUTE),
        };
        Session::from_pass(ID, ADA, pass, nine())
    }

    #[test]
    fn a_code_has_more_than_112_bits_and_is_read_however_it_is_typed() {
        let bits = f64::from(LENGTH) * 31_f64.log2();
        assert!(bits > 112.0, "{bits}");
        let code = RecoveryCode::generate(&FixedRandom::default());
        assert_eq!(code.reveal_grouped().len(), 29);
        for typed in [code.reveal_grouped().to_lowercase(), code.reveal().replace('A', "a ")] {
            assert_eq!(RecoveryCode::parse(&typed), Some(code.clone()), "{typed}");
        }
        // A pass is none, nor is anything longer.
        for typed in ["ABCD-EFGH", &format!("{}A", code.reveal()), "", "ABCD-EFGH-0000"] {
            assert_eq!(RecoveryCode::parse(typed), None, "{typed}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }

    #[test]
    fn a_session_of_a_recovery_code_is_bounded_like_that_of_a_pass() {
        let session = by_code();
        assert_eq!(session.acr(), Acr::Bootstrap);
        assert!(session.rests_on_bootstrap_alone());
        assert!(session.may_register(&[], nine().plus(9 * MINUTE)));
        assert!(!session.may_register(&[], nine().plus(10 * MINUTE)));
        assert!(session.is_valid_grant_base(nine().plus(59 * MINUTE)));
        assert!(!session.is_live(nine().plus(60 * MINUTE)));
        let stronger = session.strengthened(Proof::of(KEY, nine().plus(5 * MINUTE)));
        assert_eq!((stronger.acr(), stronger.hard_deadline()), (Acr::PhishingResistant, None));
    }

    #[test]
    fn codes_are_made_after_a_strong_sign_in_or_by_whoever_sets_up() {
        let (old, new) = (method(nine().minus(MINUTE)), method(nine().plus(MINUTE)));
        let soon = nine().plus(4 * MINUTE);
        let key = || Session::from_method(ID, ADA, Proof::of(KEY, nine()));
        let cases = [
            ("a key, now", key(), vec![old.clone()], soon, true),
            ("a key, a while ago", key(), vec![old.clone()], nine().plus(6 * MINUTE), false),
            ("a pass that set up", by_pass(), vec![new.clone()], soon, true),
            ("a pass, among old ones", by_pass(), vec![old.clone(), new.clone()], soon, true),
            ("a pass that set up nothing", by_pass(), vec![old.clone()], soon, false),
            (
                "a pass and a key",
                by_pass().strengthened(Proof::of(KEY, soon)),
                vec![old.clone()],
                soon,
                true,
            ),
            ("a code", by_code(), vec![old.clone(), new.clone()], soon, false),
            (
                "a code and the new key",
                by_code().strengthened(Proof::of(KEY, soon)),
                vec![new],
                soon,
                true,
            ),
            ("nothing to come back to", key(), vec![], soon, false),
        ];
        for (name, session, methods, now, expected) in cases {
            let usable: Vec<&Credential> = methods.iter().collect();
            let may_register = session.may_register(&usable, now);
            assert_eq!(may_make_codes(&session, &methods, may_register), expected, "{name}");
        }
    }

    #[test]
    fn what_was_registered_before_the_demand_is_outdated() {
        let mut user = User::new(ADA, Uuid::nil(), Username::parse("ada").unwrap(), nine());
        let (old, new) = (method(nine()), method(nine().plus(MINUTE)));
        assert!(!is_outdated(&user, &old));
        user.reregister_since = Some(nine());
        assert!(is_outdated(&user, &old) && !is_outdated(&user, &new));
    }

    #[test]
    fn few_codes_are_few() {
        let set = |left| RecoverySet { id: RecoverySetId(Uuid::nil()), created_at: nine(), left };
        assert!(!set(10).runs_low() && !set(4).runs_low());
        assert!(set(3).runs_low() && set(0).runs_low());
    }
}
