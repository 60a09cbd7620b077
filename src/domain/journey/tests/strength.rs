//! How fresh and how strong a sign-in must be.

use super::*;

#[test]
fn how_fresh_must_it_be() {
    let session =
        || Case { session: Some(by_key()), methods: vec![old_key(), old_key()], ..plain() };
    let again = || authenticate(true, Reason::Fresh);
    let proved = || Progress { authenticated_at: Some(start()), ..Progress::default() };
    let login = || asking(|r| r.prompt.login = true);
    let within = |seconds| asking(move |r| r.max_age = Some(seconds));
    check(vec![
        ("prompt=login", Case { request: login(), ..session() }, again()),
        (
            "prompt=login, done",
            Case { request: login(), progress: proved(), ..session() },
            Step::Finish,
        ),
        ("max_age reached", Case { request: within(60), ..session() }, Step::Finish),
        ("max_age passed", Case { request: within(59), ..session() }, again()),
        ("max_age=0", Case { request: within(0), now: start(), ..session() }, again()),
        (
            "max_age=0, done",
            Case { request: within(0), progress: proved(), ..session() },
            Step::Finish,
        ),
    ]);
}

#[test]
fn how_strong_must_it_be() {
    let phr = || asking(|r| r.acr = Some(Acr::PhishingResistant));
    let bootstrap = || asking(|r| r.acr = Some(Acr::Bootstrap));
    let key_now = || authenticate(false, Reason::Stronger);
    let two = || vec![new_key(), new_key()];
    let none_required =
        Requirements { required_methods: 0, recommended_methods: 0, ..Requirements::default() };
    let key = Factor::Key { device_bound: true, attested: false };
    let both = || by_pass().strengthened(Proof::by(&new_key(), key, start()));
    check(vec![
        (
            "pass, key registered, not yet used",
            Case { request: phr(), session: Some(by_pass()), methods: two(), ..plain() },
            key_now(),
        ),
        (
            "pass, then the key",
            Case { request: phr(), session: Some(both()), methods: two(), ..plain() },
            Step::Finish,
        ),
        (
            "pass is enough where no more is asked",
            Case { request: bootstrap(), session: Some(by_pass()), methods: two(), ..plain() },
            Step::Finish,
        ),
        (
            "no policy, but the demand needs a key",
            Case { request: phr(), session: Some(by_pass()), policy: none_required, ..plain() },
            register(1, 0, false),
        ),
    ]);
}

#[test]
fn a_sign_in_that_got_too_old_on_the_way_is_asked_for_again() {
    let slow = |now| Case {
        session: Some(by_key()),
        methods: vec![old_key(), old_key()],
        request: asking(|r| r.max_age = Some(300)),
        progress: Progress { authenticated_at: Some(start()), ..Progress::default() },
        now,
        ..plain()
    };
    check(vec![
        ("in time", slow(start().plus(5 * MINUTE)), Step::Finish),
        ("too late", slow(start().plus(6 * MINUTE)), authenticate(true, Reason::Fresh)),
        (
            "methods that are owed come first",
            Case { methods: vec![], session: Some(by_pass()), ..slow(start().plus(6 * MINUTE)) },
            register(1, 0, false),
        ),
    ]);
}
