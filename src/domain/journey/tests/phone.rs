//! People who approve on their phone.

use super::*;

fn phone(created_at: Timestamp) -> Credential {
    let passkey = r#"{"kty":"EC","crv":"P-256","x":"","y":"","user_verifying":true}"#.into();
    Credential { passkey, ..key(MethodKind::Phone, created_at) }
}

fn by_phone(user_verified: bool) -> Session {
    let factor = Factor::Phone { user_verified };
    Session::from_method(SessionId(Uuid::from_u128(7)), user_id(), Proof::of(factor, start()))
}

fn asks(acr: Acr, methods: Vec<Credential>, session: Session) -> Case {
    let request = Some(AuthorizationRequest { acr: Some(acr), ..request() });
    Case { request, methods, session: Some(session), ..plain() }
}

fn register(wanted: usize, have: usize) -> Step {
    Step::Register { wanted, have, optional: false }
}

#[test]
fn a_phone_signs_in_but_never_where_a_key_is_demanded() {
    let old = || phone(start().minus(HOUR));
    let key_demanded = Acr::PhishingResistant;
    let stronger = || authenticate(true, Reason::Stronger);
    let careless = || key(MethodKind::Phone, start().minus(HOUR));
    let late = start().plus(10 * MINUTE);
    check(vec![
        (
            "nothing demanded",
            Case { methods: vec![old()], session: Some(by_phone(false)), ..plain() },
            Step::Finish,
        ),
        ("mfa", asks(Acr::MultiFactor, vec![old()], by_phone(true)), Step::Finish),
        (
            "a key, and there is none",
            asks(key_demanded, vec![old()], by_phone(true)),
            register(2, 1),
        ),
        (
            "the same, later: a fresh sign-in comes first",
            Case { now: late, ..asks(key_demanded, vec![old()], by_phone(true)) },
            authenticate(true, Reason::BeforeChange),
        ),
        (
            "a key, and there is one",
            asks(key_demanded, vec![old(), old_key()], by_phone(true)),
            stronger(),
        ),
        (
            "a key that was just registered is used",
            asks(key_demanded, vec![old(), new_key()], by_phone(true)),
            stronger(),
        ),
        (
            "a key, where none may be registered",
            Case {
                policy: Requirements {
                    allowed_kinds: vec![MethodKind::Phone],
                    ..Requirements::default()
                },
                ..asks(key_demanded, vec![old()], by_phone(true))
            },
            Step::Unmet { class: key_demanded },
        ),
        (
            "mfa, of a phone that verifies nobody",
            asks(Acr::MultiFactor, vec![careless()], by_phone(false)),
            authenticate(true, Reason::BeforeChange),
        ),
    ]);
}

#[test]
fn no_phone_opens_the_portal() {
    let case = Case {
        request: None,
        admin: Some(false),
        own: false,
        methods: vec![phone(start().minus(HOUR)), old_key()],
        session: Some(by_phone(true)),
        ..plain()
    };
    check(vec![("portal", case, authenticate(true, Reason::Stronger))]);
}
