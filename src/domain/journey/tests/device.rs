//! Somebody signs in a device.

use super::*;
use crate::domain::device::{DeviceRequest, UserCode};

pub(super) fn visit() -> DeviceVisit {
    DeviceVisit {
        code: "hash".into(),
        request: DeviceRequest {
            user_code: UserCode::parse("WDJB-MJHT").unwrap(),
            client_id: ClientId("tv".into()),
            scopes: vec![Scope::OpenId],
            resources: vec![],
            told: crate::domain::registered_device::Told::default(),
            address: None,
            asked_at: start(),
            expires_at: start().plus(15 * MINUTE),
        },
        max_age: None,
        acr: None,
    }
}

fn typed() -> Case {
    Case { request: None, device: Some(visit()), methods: vec![old_key(), old_key()], ..plain() }
}

fn recognised() -> Progress {
    Progress { recognised: true, ..Progress::default() }
}

/// The person has said that the device is theirs.
fn theirs() -> Case {
    Case { progress: recognised(), ..typed() }
}

#[test]
fn a_device_is_looked_at_first_and_allowed_by_a_word_of_its_own() {
    let signed_in = || Case { session: Some(by_key()), own: false, ..theirs() };
    let allowed = || Progress { consented: Some(user_id()), ..recognised() };
    let by_another = || Progress { consented: Some(UserId(Uuid::from_u128(77))), ..recognised() };
    check(vec![
        ("nobody yet", typed(), Step::Recognise),
        (
            "somebody who is signed in",
            Case { session: Some(by_key()), own: false, ..typed() },
            Step::Recognise,
        ),
        (
            "a word given before the device was looked at",
            Case {
                session: Some(by_key()),
                progress: Progress { consented: Some(user_id()), ..Progress::default() },
                ..typed()
            },
            Step::Recognise,
        ),
        ("it is theirs", theirs(), Step::Identify),
        (
            "a name was typed",
            Case {
                progress: Progress { username: Some("ada".into()), ..recognised() },
                ..theirs()
            },
            authenticate(true, Reason::SignIn),
        ),
        ("signed in already", signed_in(), Step::Confirm),
        (
            "signed in already, and the same was allowed before",
            Case { consent_on_record: true, ..signed_in() },
            Step::Confirm,
        ),
        ("allowed", Case { progress: allowed(), ..signed_in() }, Step::Finish),
        ("allowed by somebody else", Case { progress: by_another(), ..signed_in() }, Step::Confirm),
        (
            "allowed, and signed out since",
            Case {
                progress: allowed(),
                session: Some(Session { ended_at: Some(start()), ..by_key() }),
                ..theirs()
            },
            Step::Identify,
        ),
    ]);
}

#[test]
fn a_device_waits_until_nothing_is_owed() {
    let by_pass = || Case { session: Some(by_pass()), ..theirs() };
    let closed = || Progress { registration_closed: true, ..recognised() };
    let strict = || Some(DeviceVisit { acr: Some(Acr::PhishingResistant), ..visit() });
    let recent = || Some(DeviceVisit { max_age: Some(120), ..visit() });
    check(vec![
        ("pass, no method", Case { methods: vec![], ..by_pass() }, register(1, 0, false)),
        (
            "pass, no method, and a word given already",
            Case {
                methods: vec![],
                progress: Progress { consented: Some(user_id()), ..recognised() },
                ..by_pass()
            },
            register(1, 0, false),
        ),
        (
            "pass, one method, no second",
            Case { methods: vec![new_key()], progress: closed(), ..by_pass() },
            Step::Confirm,
        ),
        (
            "a pass that has done what it was for",
            Case { own: false, methods: vec![old_key(), new_key()], ..by_pass() },
            authenticate(true, Reason::PassIsSpent),
        ),
        (
            "the application wants a key",
            Case { device: strict(), methods: vec![new_key()], progress: closed(), ..by_pass() },
            authenticate(false, Reason::Stronger),
        ),
        (
            "the application wants a recent sign-in",
            Case {
                device: recent(),
                session: Some(by_key()),
                own: false,
                now: start().plus(3 * MINUTE),
                ..theirs()
            },
            authenticate(true, Reason::Fresh),
        ),
        (
            "it was recent when it began, and went stale",
            Case {
                device: recent(),
                session: Some(by_key()),
                progress: Progress { authenticated_at: Some(start()), ..recognised() },
                now: start().plus(3 * MINUTE),
                ..theirs()
            },
            authenticate(true, Reason::Fresh),
        ),
    ]);
}
