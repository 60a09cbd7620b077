use uuid::Uuid;

use super::*;
use crate::domain::attestation::Attestation;
use crate::domain::credential::MethodKind;

const MINUTE: Duration = Duration::from_secs(60);
const SYNCED: Factor = Factor::Key { device_bound: false, attested: false };
const BOUND: Factor = Factor::Key { device_bound: true, attested: false };
const PASS: Factor = Factor::TemporaryAccessPass;
const CODE: Factor = Factor::RecoveryCode;
const VERIFYING: Factor = Factor::Phone { user_verified: true };
const PHONE: Factor = Factor::Phone { user_verified: false };

fn morning() -> Timestamp {
    Timestamp::parse("2026-11-23T09:00:00Z").unwrap()
}

/// A passkey; a different one for each number.
fn key(number: u128) -> Credential {
    Credential {
        id: MethodId(Uuid::from_u128(number)),
        user_id: UserId(Uuid::nil()),
        credential_id: number.to_string(),
        kind: MethodKind::Passkey,
        name: "Key".into(),
        aaguid: None,
        passkey: String::new(),
        backup_eligible: false,
        attestation: Attestation::default(),
        transports: vec![],
        created_at: morning(),
        last_used_at: None,
    }
}

fn pass_session(now: Timestamp) -> Session {
    let origin = PassOrigin {
        id: PassId(Uuid::nil()),
        deadline: now.plus(60 * MINUTE),
        register_until: now.plus(10 * MINUTE),
    };
    Session::from_pass(SessionId(Uuid::nil()), UserId(Uuid::nil()), origin, now)
}

#[test]
fn a_pass_session_dies_with_its_pass() {
    let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
    let session = pass_session(now);
    assert!(session.is_live(now.plus(59 * MINUTE)));
    assert!(!session.is_live(now.plus(60 * MINUTE)));
    assert!(!session.is_valid_grant_base(now.plus(60 * MINUTE)));
    assert!(session.may_register(&[], now.plus(9 * MINUTE)));
    assert!(!session.may_register(&[], now.plus(10 * MINUTE)));
}

#[test]
fn a_session_of_an_upstream_is_bounded_like_that_of_a_pass() {
    let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
    let upstream = UpstreamOrigin {
        id: "contoso".parse().unwrap(),
        deadline: now.plus(60 * MINUTE),
        register_until: now.plus(10 * MINUTE),
    };
    let (id, user) = (SessionId(Uuid::nil()), UserId(Uuid::nil()));
    let before = now.minus(30 * MINUTE);
    let session = Session::from_upstream(id, user, upstream, before, now);
    assert_eq!((session.acr(), session.auth_time), (Acr::Upstream, before));
    assert_eq!(session.hard_deadline(), Some(now.plus(60 * MINUTE)));
    assert!(session.rests_on_bootstrap_alone());
    assert!(session.is_live(now.plus(59 * MINUTE)));
    assert!(!session.is_valid_grant_base(now.plus(60 * MINUTE)));
    assert!(session.may_register(&[], now.plus(9 * MINUTE)));
    assert!(!session.may_register(&[], now.plus(10 * MINUTE)));
    let stronger = session.strengthened(Proof::of(SYNCED, now));
    assert_eq!(stronger.hard_deadline(), None);
    assert!(!stronger.rests_on_bootstrap_alone() && stronger.is_live(now.plus(120 * MINUTE)));
}

#[test]
fn a_key_makes_it_stand_on_its_own() {
    let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
    let later = now.plus(5 * MINUTE);
    let session = pass_session(now).strengthened(Proof::by(&key(1), BOUND, later));
    assert_eq!(session.acr(), Acr::PhishingResistant);
    assert_eq!(session.hard_deadline(), None);
    assert!(session.is_live(now.plus(120 * MINUTE)));
    assert!(session.may_register(&[&key(1)], later.plus(FRESH)));
    assert!(!session.may_register(&[&key(1)], later.plus(FRESH + MINUTE)));
    let ended = Session { ended_at: Some(later), ..session };
    assert!(!ended.is_live(later) && !ended.is_valid_grant_base(later));
}

/// A session with these proofs: what, with which method, how many minutes ago.
fn proved(proofs: &[(Factor, Option<u128>, u32)], now: Timestamp) -> Session {
    let at = |(factor, method, ago): &(Factor, Option<u128>, u32)| Proof {
        factor: *factor,
        method: method.map(|number| MethodId(Uuid::from_u128(number))),
        at: now.minus(*ago * MINUTE),
    };
    let mut proofs = proofs.iter().map(at);
    let (id, user) = (SessionId(Uuid::nil()), UserId(Uuid::nil()));
    let mut session = Session::from_method(id, user, proofs.next().unwrap());
    if session.factors == [PASS] {
        let origin = PassOrigin {
            id: PassId(Uuid::nil()),
            deadline: now.plus(60 * MINUTE),
            register_until: now.plus(MINUTE),
        };
        session.pass = Some(origin);
    }
    proofs.fold(session, Session::strengthened)
}

/// What is tested, what was proved, what can still be used, whether methods may be changed.
type Row<'a> = (&'a str, &'a [(Factor, Option<u128>, u32)], &'a [&'a Credential], bool);

#[test]
fn what_it_takes_to_change_methods() {
    let (one, two) = (key(1), key(2));
    let key_left: &[&Credential] = &[&one];
    let both: &[&Credential] = &[&one, &two];
    let none: &[&Credential] = &[];
    let rows: [Row<'_>; 16] = [
        ("a key just now", &[(BOUND, Some(1), 0)], key_left, true),
        ("five minutes ago", &[(BOUND, Some(1), 5)], key_left, true),
        ("six minutes ago", &[(BOUND, Some(1), 6)], key_left, false),
        ("a synced one will do", &[(SYNCED, Some(2), 1)], both, true),
        ("a key that is gone, beside another", &[(BOUND, Some(2), 0)], key_left, false),
        ("the last one, gone", &[(BOUND, Some(1), 4)], none, true),
        ("the last one, gone too long", &[(BOUND, Some(1), 6)], none, false),
        ("a pass", &[(PASS, None, 0)], none, false),
        ("a pass, beside a key", &[(PASS, None, 0)], key_left, false),
        ("a recovery code", &[(CODE, None, 0)], none, false),
        ("an upstream", &[(Factor::Upstream, None, 0)], none, false),
        ("a phone, beside a key", &[(VERIFYING, Some(3), 0)], key_left, false),
        (
            "a key long ago, a phone now",
            &[(BOUND, Some(1), 9), (VERIFYING, Some(3), 0)],
            both,
            false,
        ),
        ("a key long ago, a code now", &[(BOUND, Some(1), 9), (CODE, None, 0)], both, false),
        ("a key twice", &[(BOUND, Some(1), 9), (BOUND, Some(1), 1)], both, true),
        ("one long ago, the other now", &[(BOUND, Some(1), 9), (BOUND, Some(2), 1)], both, true),
    ];
    for (name, proofs, usable, may) in rows {
        let session = proved(proofs, morning());
        assert_eq!(session.may_change(usable, morning()), may, "{name}");
        let registers = may || session.factors == [PASS];
        assert_eq!(session.may_register(usable, morning()), registers, "{name}");
    }
}

#[test]
fn nothing_weaker_makes_a_strong_proof_any_younger() {
    let one = key(1);
    let weaker = [PASS, CODE, Factor::Upstream, PHONE, VERIFYING];
    // Whatever is proved in between, in whatever order: a key is as old as its last use.
    for first in weaker {
        for second in weaker {
            for ago in 0..12 {
                let old = proved(&[(BOUND, Some(1), ago)], morning());
                let later = old.strengthened(Proof::of(first, morning())).strengthened(Proof {
                    method: Some(MethodId(Uuid::from_u128(7))),
                    ..Proof::of(second, morning())
                });
                assert_eq!(later.may_change(&[&one], morning()), ago <= 5, "{first:?} {second:?}");
                let at = later.reached_at(Acr::PhishingResistant);
                assert_eq!(at, Some(morning().minus(ago * MINUTE)));
                assert!(later.proofs.len() <= 3);
            }
        }
    }
}

#[test]
fn a_phone_and_a_pass_count_together_while_both_are_young() {
    let phone = key(3);
    for (pass_ago, phone_ago, reaches) in [(0, 0, true), (5, 1, true), (6, 1, false), (1, 6, false)]
    {
        let session = proved(&[(PASS, None, pass_ago), (PHONE, Some(3), phone_ago)], morning());
        assert_eq!(session.acr(), Acr::MultiFactor);
        assert_eq!(session.may_change(&[], morning()), reaches, "{pass_ago} {phone_ago}");
        // The key in this test's place of a phone takes more than that.
        assert!(!session.may_change(&[&phone], morning()));
    }
    assert!(!proved(&[(PHONE, Some(3), 0)], morning()).may_change(&[], morning()));
    assert!(proved(&[(VERIFYING, Some(3), 0)], morning()).may_change(&[], morning()));
}

#[test]
fn a_session_rests_on_the_method_without_which_it_would_not_stand() {
    let id = |number| MethodId(Uuid::from_u128(number));
    let alone = proved(&[(BOUND, Some(1), 0)], morning());
    assert!(alone.rests_on(id(1)) && !alone.rests_on(id(2)));
    let with_pass = proved(&[(PASS, None, 0), (BOUND, Some(1), 0)], morning());
    assert!(with_pass.rests_on(id(1)));
    let two = proved(&[(BOUND, Some(1), 0), (SYNCED, Some(2), 0)], morning());
    assert!(!two.rests_on(id(1)) && !two.rests_on(id(2)));
    // Nor does it keep the class of what is gone.
    let with_phone = proved(&[(BOUND, Some(1), 0), (VERIFYING, Some(2), 0)], morning());
    assert!(with_phone.rests_on(id(1)) && !with_phone.rests_on(id(2)));
    let unknown = Session { proofs: vec![], ..alone };
    assert!(unknown.rests_on(id(1)));
    let pass = Session { proofs: vec![], ..proved(&[(PASS, None, 0)], morning()) };
    assert!(!pass.rests_on(id(1)));
}

#[test]
fn what_is_fresh_is_a_session_of_its_own() {
    let now = morning();
    let both = proved(&[(BOUND, Some(1), 60), (VERIFYING, Some(2), 0)], now);
    let fresh = both.proved_since(now.minus(5 * MINUTE));
    assert_eq!((fresh.acr(), fresh.factors.as_slice()), (Acr::MultiFactor, [VERIFYING].as_slice()));
    assert_eq!(both.proved_since(now.minus(61 * MINUTE)).acr(), Acr::PhishingResistant);
    assert_eq!(both.proved_since(now.plus(MINUTE)), both, "where nothing is, all is told");
}

#[test]
fn it_stands_within_the_limits_of_the_policy() {
    let now = morning();
    let policy = |idle, absolute| SessionPolicy {
        idle_timeout_in_minutes: idle,
        absolute_lifetime_in_minutes: absolute,
    };
    let key = || proved(&[(BOUND, Some(1), 0)], now);
    let both = key().within(&policy(Some(15), 60), now);
    assert!(both.is_live(now.plus(14 * MINUTE)) && !both.is_live(now.plus(15 * MINUTE)));
    let active = Session { idle_until: Some(now.plus(90 * MINUTE)), ..both.clone() };
    assert!(active.is_live(now.plus(59 * MINUTE)) && !active.is_live(now.plus(60 * MINUTE)));
    // What applications were given with leave to go on offline outlives the browser's session.
    assert!(both.is_valid_grant_base(now.plus(600 * MINUTE)));
    let day = key().within(&policy(None, 1440), now);
    assert!(day.is_live(now.plus(1439 * MINUTE)));
    // A pass has its own end: the earlier one of both.
    let pass = || proved(&[(PASS, None, 0)], now);
    assert_eq!(pass().within(&policy(None, 720), now).expires_at, now.plus(60 * MINUTE));
    assert_eq!(pass().within(&policy(None, 30), now).expires_at, now.plus(30 * MINUTE));
}
