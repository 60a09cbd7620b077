//! Which methods somebody owes, and which are suggested to them.

use super::*;

#[test]
fn what_is_owed() {
    let pass = || Case { session: Some(by_pass()), ..plain() };
    let closed = || Progress { registration_closed: true, ..Progress::default() };
    let wants = |required, recommended| Requirements {
        required_methods: required,
        recommended_methods: recommended,
        ..Requirements::default()
    };
    let only = |kind| Requirements { allowed_kinds: vec![kind], ..Requirements::default() };
    check(vec![
        ("pass, no method", pass(), register(1, 0, false)),
        (
            "pass, no method, skip is not heard",
            Case { progress: closed(), ..pass() },
            register(1, 0, false),
        ),
        (
            "the first is made, a second is suggested",
            Case { methods: vec![new_key()], ..pass() },
            register(2, 1, true),
        ),
        (
            "the second was declined",
            Case { methods: vec![new_key()], progress: closed(), ..pass() },
            Step::Finish,
        ),
        (
            "declined in another journey of this session",
            Case {
                methods: vec![new_key()],
                session: Some(Session { offer_declined: true, ..by_pass() }),
                ..plain()
            },
            Step::Finish,
        ),
        ("both are made", Case { methods: vec![new_key(), new_key()], ..pass() }, Step::Finish),
        (
            "two are required",
            Case { methods: vec![new_key()], policy: wants(2, 2), ..pass() },
            register(2, 1, false),
        ),
        (
            "nothing is required",
            Case { policy: wants(0, 0), progress: closed(), ..pass() },
            Step::Finish,
        ),
        (
            "a method of another kind does not count",
            Case { methods: vec![new_key()], policy: only(MethodKind::SecurityKey), ..pass() },
            register(1, 0, false),
        ),
        (
            "recovery: old methods, a new one is offered",
            Case { methods: vec![old_key(), old_key()], ..pass() },
            register(3, 2, true),
        ),
        (
            "recovery: the new one is made",
            Case { methods: vec![old_key(), old_key(), new_key()], ..pass() },
            Step::Finish,
        ),
        (
            "the ten minutes of a one-time pass ran out",
            Case { now: start().plus(11 * MINUTE), ..pass() },
            Step::Identify,
        ),
        (
            "they ran out after the first method was made",
            Case { methods: vec![new_key()], now: start().plus(11 * MINUTE), ..pass() },
            Step::Finish,
        ),
        (
            "came with a key, nothing more is offered",
            Case { session: Some(by_key()), methods: vec![old_key()], ..plain() },
            Step::Finish,
        ),
        (
            "came with a key just now, one more is required",
            Case {
                session: Some(by_key()),
                methods: vec![old_key()],
                policy: wants(2, 2),
                ..plain()
            },
            register(2, 1, false),
        ),
        (
            "came with a key long ago, one more is required",
            Case {
                session: Some(by_key()),
                methods: vec![old_key()],
                policy: wants(2, 2),
                now: start().plus(6 * MINUTE),
                ..plain()
            },
            authenticate(true, Reason::BeforeChange),
        ),
    ]);
}

#[test]
fn adding_one_more() {
    let add = || Case {
        request: None,
        add_method: true,
        session: Some(by_key()),
        methods: vec![old_key(), old_key()],
        ..plain()
    };
    let done = Progress { registered: vec![MethodId(Uuid::from_u128(9))], ..Progress::default() };
    check(vec![
        ("fresh", add(), register(3, 2, true)),
        (
            "stale",
            Case { now: start().plus(6 * MINUTE), ..add() },
            authenticate(false, Reason::BeforeChange),
        ),
        ("made", Case { progress: done, ..add() }, Step::Finish),
        (
            "declined",
            Case {
                progress: Progress { registration_closed: true, ..Progress::default() },
                ..add()
            },
            Step::Finish,
        ),
    ]);
}

#[test]
fn what_is_suggested_may_be_skipped_as_often_as_the_policy_allows() {
    let twice = || Requirements { allowed_skips: Some(2), ..Requirements::default() };
    let by_pass_with_one = |skips| Case {
        session: Some(by_pass()),
        methods: vec![new_key()],
        policy: twice(),
        skips,
        ..plain()
    };
    let monthly = || Requirements { reminder_in_days: Some(30), ..twice() };
    let by_key_with_one = |skips| Case {
        session: Some(by_key()),
        methods: vec![old_key()],
        policy: monthly(),
        skips,
        ..plain()
    };
    check(vec![
        ("not skipped yet", by_pass_with_one(0), register(2, 1, true)),
        ("once more", by_pass_with_one(1), register(2, 1, true)),
        ("no more", by_pass_with_one(2), register(2, 1, false)),
        ("reminded", by_key_with_one(1), register(2, 1, true)),
        ("reminded for the last time", by_key_with_one(2), register(2, 1, false)),
        ("no reminders", Case { policy: twice(), ..by_key_with_one(1) }, Step::Finish),
        (
            "nothing to be reminded of",
            Case { methods: vec![old_key(), old_key()], ..by_key_with_one(1) },
            Step::Finish,
        ),
        (
            "not where the sign-in is too old to change methods",
            Case { now: start().plus(6 * MINUTE), ..by_key_with_one(1) },
            Step::Finish,
        ),
    ]);
}
