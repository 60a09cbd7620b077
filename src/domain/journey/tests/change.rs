//! Changing what opens one's account.

use super::*;

fn change() -> Case {
    Case { request: None, change: true, own: false, methods: vec![old_key()], ..plain() }
}

#[test]
fn a_change_takes_a_key_that_was_used_lately_and_nothing_less() {
    let later = |minutes: u32| start().plus(minutes * MINUTE);
    let proof = || authenticate(false, Reason::BeforeChange);
    let phone = Proof::of(Factor::Phone { user_verified: true }, later(6));
    let again = || {
        let key = Factor::Key { device_bound: true, attested: false };
        by_key().strengthened(Proof::by(&old_key(), key, later(6)))
    };
    let nobody = || Requirements { required_methods: 0, ..Requirements::default() };
    check(vec![
        ("nobody", change(), Step::Identify),
        ("just now", Case { session: Some(by_key()), ..change() }, Step::Finish),
        ("too long ago", Case { session: Some(by_key()), now: later(6), ..change() }, proof()),
        ("once more", Case { session: Some(again()), now: later(7), ..change() }, Step::Finish),
        (
            "a phone is no key",
            Case { session: Some(by_key().strengthened(phone)), now: later(7), ..change() },
            proof(),
        ),
        ("a pass", Case { session: Some(by_pass()), ..change() }, proof()),
        (
            "a pass of this journey",
            Case { session: Some(by_pass()), own: true, ..change() },
            proof(),
        ),
        (
            "nothing is there to change",
            Case { session: Some(by_pass()), methods: vec![], policy: nobody(), ..change() },
            Step::Finish,
        ),
        (
            "what is merely suggested waits",
            Case { session: Some(by_key()), policy: Requirements::default(), ..change() },
            Step::Finish,
        ),
    ]);
}
