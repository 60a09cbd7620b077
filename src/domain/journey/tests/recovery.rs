//! Coming back: what is asked about older methods, what a recovery code carries, and who must
//! register anew.

use super::*;
use crate::domain::id::RecoverySetId;
use crate::domain::recovery::origin;
use crate::domain::session::UpstreamOrigin;

fn wants(required: u32, recommended: u32) -> Requirements {
    Requirements {
        required_methods: required,
        recommended_methods: recommended,
        ..Requirements::default()
    }
}

/// A key that was registered in this journey, and one from before.
fn fresh() -> Credential {
    Credential { id: MethodId(Uuid::from_u128(10)), ..new_key() }
}

fn registered() -> Progress {
    Progress { registered: vec![fresh().id], ..Progress::default() }
}

fn reviewed() -> Progress {
    Progress { reviewed: true, ..registered() }
}

fn by_upstream() -> Session {
    let upstream = UpstreamOrigin {
        id: "contoso".parse().expect("an id"),
        deadline: start().plus(60 * MINUTE),
        register_until: start().plus(10 * MINUTE),
    };
    Session::from_upstream(SessionId(Uuid::from_u128(8)), user_id(), upstream, start(), start())
}

fn by_code() -> Session {
    let recovery = origin(RecoverySetId(Uuid::nil()), start());
    Session::from_recovery_code(SessionId(Uuid::from_u128(7)), user_id(), recovery, start())
}

/// Somebody who came back with a pass, and has registered something new.
fn back() -> Case {
    Case {
        session: Some(by_pass()),
        methods: vec![old_key(), fresh()],
        progress: registered(),
        ..plain()
    }
}

#[test]
fn whoever_came_back_is_asked_once_what_they_still_have() {
    let key = Factor::Key { device_bound: true, attested: false };
    let phr = || asking(|r| r.acr = Some(Acr::PhishingResistant));
    check(vec![
        ("a new one is made", back(), Step::Review),
        ("they said", Case { progress: reviewed(), ..back() }, Step::Finish),
        ("nothing was made", Case { progress: Progress::default(), ..back() }, Step::Finish),
        ("nothing is old", Case { methods: vec![fresh(), fresh()], ..back() }, Step::Finish),
        (
            "what was made is gone again",
            Case { methods: vec![old_key(), old_key()], ..back() },
            register(3, 2, true),
        ),
        (
            "the last old one was removed: a second is suggested",
            Case { methods: vec![fresh()], progress: reviewed(), ..back() },
            register(2, 1, true),
        ),
        ("more are required first", Case { policy: wants(3, 3), ..back() }, register(3, 2, false)),
        ("the window is over", Case { now: start().plus(11 * MINUTE), ..back() }, Step::Finish),
        ("with a key, nobody came back", Case { session: Some(by_key()), ..back() }, Step::Finish),
        ("before the new one is asked for", Case { request: phr(), ..back() }, Step::Review),
        (
            "and then it is",
            Case { request: phr(), progress: reviewed(), ..back() },
            authenticate(false, Reason::Stronger),
        ),
        (
            "with the old one as well as the pass",
            Case { session: Some(by_pass().strengthened(Proof::of(key, start()))), ..back() },
            Step::Review,
        ),
        ("by a recovery code", Case { session: Some(by_code()), ..back() }, Step::Review),
        ("by an upstream", Case { session: Some(by_upstream()), ..back() }, Step::Review),
        ("their own page", Case { request: None, ..back() }, Step::Review),
        ("one more method", Case { request: None, add_method: true, ..back() }, Step::Review),
    ]);
    assert_eq!(silent_error(&Step::Review), Some("interaction_required"));
}

#[test]
fn a_recovery_code_registers_before_it_does_anything() {
    let code = || Case { session: Some(by_code()), methods: vec![old_key()], ..plain() };
    let key = Factor::Key { device_bound: true, attested: false };
    let strong = by_code().strengthened(Proof::of(key, start()));
    check(vec![
        ("nothing is left", Case { methods: vec![], ..code() }, register(1, 0, false)),
        ("old ones do not count", code(), register(2, 1, false)),
        (
            "two of them",
            Case { methods: vec![old_key(), old_key()], ..code() },
            register(3, 2, false),
        ),
        ("nothing is required", Case { policy: wants(0, 0), ..code() }, register(2, 1, false)),
        (
            "not to be skipped",
            Case {
                progress: Progress { registration_closed: true, ..Progress::default() },
                ..code()
            },
            register(2, 1, false),
        ),
        ("their own page", Case { request: None, ..code() }, register(2, 1, false)),
        ("another journey", Case { own: false, ..code() }, register(2, 1, false)),
        (
            "another journey, set up",
            Case { own: false, methods: vec![old_key(), fresh()], ..code() },
            authenticate(true, Reason::PassIsSpent),
        ),
        (
            "the ten minutes ran out",
            Case { now: start().plus(11 * MINUTE), ..code() },
            Step::Identify,
        ),
        (
            "not together with a method: a code is for when there is none",
            Case { pass_needs_method: true, ..code() },
            register(2, 1, false),
        ),
        ("set up", Case { methods: vec![fresh(), fresh()], ..code() }, Step::Finish),
        (
            "it never reaches more than a pass",
            Case {
                request: asking(|r| r.acr = Some(Acr::PhishingResistant)),
                methods: vec![fresh(), fresh()],
                ..code()
            },
            authenticate(false, Reason::Stronger),
        ),
        (
            "with a key, it is offered and no more",
            Case { session: Some(strong), ..code() },
            register(2, 1, true),
        ),
    ]);
}

#[test]
fn new_codes_are_made_soon_after_showing_who_one_is() {
    let codes = || Case {
        request: None,
        codes: true,
        own: false,
        session: Some(by_key()),
        methods: vec![old_key(), old_key()],
        ..plain()
    };
    let change = || authenticate(false, Reason::BeforeChange);
    check(vec![
        ("a key, now", codes(), Step::Finish),
        ("a key, a while ago", Case { now: start().plus(6 * MINUTE), ..codes() }, change()),
        (
            "a pass that was there for something else",
            Case { session: Some(by_pass()), now: start().plus(20 * MINUTE), ..codes() },
            authenticate(true, Reason::PassIsSpent),
        ),
        (
            "a pass of its own",
            Case {
                own: true,
                session: Some(by_pass()),
                progress: Progress { registration_closed: true, ..Progress::default() },
                ..codes()
            },
            change(),
        ),
        ("nobody", Case { session: None, ..codes() }, Step::Identify),
    ]);
}

#[test]
fn whoever_must_register_anew_does() {
    // What is outdated is not among the methods.
    let anew = || Case { anew: true, session: Some(by_pass()), methods: vec![], ..plain() };
    check(vec![
        ("as on day one", anew(), register(1, 0, false)),
        (
            "even where nothing is required",
            Case { policy: wants(0, 0), ..anew() },
            register(1, 0, false),
        ),
        ("set up", Case { methods: vec![fresh(), fresh()], ..anew() }, Step::Finish),
        (
            "whoever may have nothing registers nothing",
            Case { policy: Requirements { allowed_kinds: vec![], ..wants(0, 0) }, ..anew() },
            Step::Finish,
        ),
    ]);
}
