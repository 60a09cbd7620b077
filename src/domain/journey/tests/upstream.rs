//! What a session may carry that an upstream opened: what one by pass may, and no more.

use super::*;
use crate::domain::session::UpstreamOrigin;

fn by_upstream() -> Session {
    let origin = UpstreamOrigin {
        id: "contoso".parse().unwrap(),
        deadline: start().plus(HOUR),
        register_until: start().plus(10 * MINUTE),
    };
    // The person has been signed in there since the morning.
    let then = start().minus(HOUR);
    Session::from_upstream(SessionId(Uuid::from_u128(7)), user_id(), origin, then, start())
}

#[test]
fn an_upstream_alone_leads_where_a_pass_alone_leads() {
    let came = || Case { session: Some(by_upstream()), ..plain() };
    let set_up = || Case { methods: vec![new_key()], ..came() };
    let late = || start().plus(11 * MINUTE);
    let phr = || asking(|r| r.acr = Some(Acr::PhishingResistant));
    let spent = authenticate(true, Reason::PassIsSpent);
    check(vec![
        ("nothing is registered yet", came(), register(1, 0, false)),
        ("one is registered", set_up(), register(2, 1, true)),
        ("too late to register", Case { now: late(), ..came() }, Step::Identify),
        ("an hour later", Case { now: start().plus(HOUR), ..set_up() }, Step::Identify),
        ("begun again while setting up", Case { own: false, ..came() }, register(1, 0, false)),
        (
            "set up, another application",
            Case {
                own: false,
                methods: vec![old_key(), new_key()],
                session: Some(Session { offer_declined: true, ..by_upstream() }),
                ..came()
            },
            spent,
        ),
        (
            "an application that wants a key",
            Case { request: phr(), methods: vec![new_key(), new_key()], ..came() },
            authenticate(false, Reason::Stronger),
        ),
        (
            "the portal",
            Case {
                request: None,
                admin: Some(false),
                methods: vec![new_key(), new_key()],
                ..came()
            },
            authenticate(false, Reason::Stronger),
        ),
        (
            "the policy wants an old method used as well",
            Case { pass_needs_method: true, methods: vec![old_key()], ..came() },
            authenticate(false, Reason::WithMethod),
        ),
    ]);
}

#[test]
fn what_an_upstream_says_is_less_than_a_pass() {
    let asked = |acr| asking(move |r| r.acr = Some(acr));
    let came = |acr, methods| Case {
        request: asked(acr),
        session: Some(by_upstream()),
        methods,
        ..plain()
    };
    let two = || vec![new_key(), new_key()];
    let none_required =
        Requirements { required_methods: 0, recommended_methods: 0, ..Requirements::default() };
    check(vec![
        ("as much as is asked", came(Acr::Upstream, two()), Step::Finish),
        ("more is asked", came(Acr::Bootstrap, two()), authenticate(false, Reason::Stronger)),
        (
            "more is asked, and there is nothing to show",
            Case { policy: none_required, ..came(Acr::Bootstrap, vec![]) },
            register(1, 0, false),
        ),
    ]);
}
