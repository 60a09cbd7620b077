//! Visits to the admin portal.

use super::*;

fn see() -> Case {
    Case { request: None, admin: Some(false), own: false, methods: vec![old_key()], ..plain() }
}

fn change() -> Case {
    Case { admin: Some(true), ..see() }
}

#[test]
fn the_portal_takes_a_key_and_to_change_something_a_recent_one() {
    let later = |minutes: u32| start().plus(minutes * MINUTE);
    let with_key = || Some(by_key());
    check(vec![
        ("nobody", see(), Step::Identify),
        ("with a key", Case { session: with_key(), ..see() }, Step::Finish),
        ("hours ago", Case { session: with_key(), now: later(300), ..see() }, Step::Finish),
        ("a change", Case { session: with_key(), now: later(15), ..change() }, Step::Finish),
        (
            "a change, too late",
            Case { session: with_key(), now: later(16), ..change() },
            authenticate(false, Reason::BeforeAdminChange),
        ),
        (
            "a change, too late, in the journey that signed them in",
            Case { session: with_key(), own: true, now: later(16), ..change() },
            authenticate(false, Reason::BeforeAdminChange),
        ),
    ]);
}

#[test]
fn a_pass_alone_never_opens_the_portal() {
    let by_pass = |methods: Vec<Credential>, own: bool| Case {
        session: Some(by_pass()),
        own,
        methods,
        ..see()
    };
    let strengthened = by_pass(vec![new_key()], true).session.map(|session| {
        let key = Factor::Key { device_bound: true, attested: false };
        session.strengthened(Proof::by(&new_key(), key, start().plus(MINUTE)))
    });
    let declined = Some(Session { offer_declined: true, ..super::by_pass() });
    check(vec![
        ("the first admin's first day", by_pass(vec![], true), register(1, 0, false)),
        (
            "a key registered, and not used yet",
            Case { session: declined, ..by_pass(vec![new_key()], true) },
            authenticate(false, Reason::Stronger),
        ),
        (
            "a pass that was typed for something else",
            Case { now: start().plus(15 * MINUTE), ..by_pass(vec![old_key()], false) },
            authenticate(true, Reason::PassIsSpent),
        ),
        (
            "and used",
            Case {
                session: strengthened,
                progress: Progress { registration_closed: true, ..Progress::default() },
                ..by_pass(vec![new_key()], true)
            },
            Step::Finish,
        ),
    ]);
}
