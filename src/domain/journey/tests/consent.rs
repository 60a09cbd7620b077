//! What people are asked before an application is told anything, and what a silent request is told.

use super::*;

#[test]
fn consent() {
    let theirs = || Case {
        session: Some(by_key()),
        methods: vec![old_key(), old_key()],
        third_party: true,
        ..plain()
    };
    let given = || Progress { consented: Some(user_id()), ..Progress::default() };
    let by_another =
        || Progress { consented: Some(UserId(Uuid::from_u128(77))), ..Progress::default() };
    let again = || asking(|r| r.prompt.consent = true);
    check(vec![
        ("third party", theirs(), Step::Confirm),
        ("third party, on record", Case { consent_on_record: true, ..theirs() }, Step::Finish),
        ("third party, given now", Case { progress: given(), ..theirs() }, Step::Finish),
        (
            "third party, given by somebody else",
            Case { progress: by_another(), ..theirs() },
            Step::Confirm,
        ),
        ("first party", Case { third_party: false, ..theirs() }, Step::Finish),
        (
            "prompt=consent",
            Case { request: again(), third_party: false, ..theirs() },
            Step::Confirm,
        ),
        (
            "prompt=consent, on record",
            Case { request: again(), consent_on_record: true, ..theirs() },
            Step::Confirm,
        ),
        (
            "owed methods come before consent",
            Case { session: Some(by_pass()), methods: vec![], ..theirs() },
            register(1, 0, false),
        ),
    ]);
}

#[test]
fn a_silent_request_is_told_what_is_missing() {
    assert_eq!(silent_error(&Step::SelectAccount), Some("account_selection_required"));
    assert_eq!(silent_error(&Step::Identify), Some("login_required"));
    assert_eq!(silent_error(&authenticate(true, Reason::Fresh)), Some("login_required"));
    assert_eq!(silent_error(&register(1, 0, false)), Some("interaction_required"));
    assert_eq!(silent_error(&Step::Recognise), Some("interaction_required"));
    assert_eq!(silent_error(&Step::Confirm), Some("consent_required"));
    assert_eq!(silent_error(&Step::Finish), None);
}
