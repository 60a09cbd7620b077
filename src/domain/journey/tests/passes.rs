//! What a session may carry that a pass opened.

use super::*;

#[test]
fn a_session_by_pass_does_what_it_was_opened_for_and_no_more() {
    let spent = || authenticate(true, Reason::PassIsSpent);
    // Opened by another journey: a second application, or the same one on another day.
    let elsewhere = || Case {
        own: false,
        session: Some(by_pass()),
        methods: vec![old_key(), new_key()],
        request: asking(|r| r.acr = None),
        ..plain()
    };
    check(vec![
        ("set up, another application", elsewhere(), spent()),
        ("its own journey", Case { own: true, ..elsewhere() }, Step::Finish),
        ("one more method", Case { add_method: true, request: None, ..elsewhere() }, spent()),
        ("their own page", Case { request: None, own: false, ..elsewhere() }, Step::Finish),
        ("with a key", Case { session: Some(by_key()), ..elsewhere() }, Step::Finish),
        (
            "begun again while setting up",
            Case { methods: vec![], ..elsewhere() },
            register(1, 0, false),
        ),
        (
            "begun again while recovering",
            Case { methods: vec![old_key()], ..elsewhere() },
            register(2, 1, true),
        ),
        (
            "recovered nothing, a quarter of an hour later",
            Case { methods: vec![old_key()], now: start().plus(15 * MINUTE), ..elsewhere() },
            spent(),
        ),
        (
            "declined to add more",
            Case {
                methods: vec![old_key()],
                session: Some(Session { offer_declined: true, ..by_pass() }),
                ..elsewhere()
            },
            spent(),
        ),
    ]);
}

#[test]
fn a_pass_together_with_what_is_still_there() {
    let both =
        |methods| Case { session: Some(by_pass()), methods, pass_needs_method: true, ..plain() };
    let asked = authenticate(false, Reason::WithMethod);
    check(vec![
        ("has a key", both(vec![old_key()]), asked),
        ("has none", both(vec![]), register(1, 0, false)),
        ("has one from just now", both(vec![new_key()]), register(2, 1, true)),
        (
            "used it",
            Case { session: Some(by_key()), ..both(vec![old_key(), old_key()]) },
            Step::Finish,
        ),
    ]);
}
