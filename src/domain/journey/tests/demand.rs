//! What is demanded of a sign-in is met by what somebody has or can have, inside the request.

use super::*;
use crate::domain::policy::{KeyRestrictions, PassMultifactor, PasskeyProfile};

const PHONE: Factor = Factor::Phone { user_verified: false };

fn by_phone() -> Session {
    Session::from_method(SessionId(Uuid::from_u128(8)), user_id(), Proof::of(PHONE, start()))
}

/// One that may register more: possession alone may not.
fn by_verifying_phone() -> Session {
    let proof = Proof::of(Factor::Phone { user_verified: true }, start());
    Session::from_method(SessionId(Uuid::from_u128(8)), user_id(), proof)
}

fn demanding(class: Acr) -> Case {
    Case { request: asking(|r| r.acr = Some(class)), ..plain() }
}

fn ruled(minimum: Acr) -> Case {
    Case { rules: Rules { minimum: Some(minimum), ..Rules::default() }, ..plain() }
}

fn holding(pass: PassMultifactor) -> Rules {
    Rules { minimum: None, pass, has_pass: true }
}

fn nothing_to_register() -> Requirements {
    Requirements {
        required_methods: 0,
        recommended_methods: 0,
        allowed_kinds: vec![],
        ..Requirements::default()
    }
}

fn two() -> Vec<Credential> {
    vec![old_key(), old_key()]
}

fn stronger(pass: bool) -> Step {
    authenticate(pass, Reason::Stronger)
}

fn unmet(class: Acr) -> Step {
    Step::Unmet { class }
}

#[test]
fn a_demand_is_met_by_what_somebody_has_or_may_register() {
    let phone = |class| Case { session: Some(by_verifying_phone()), ..demanding(class) };
    let shut = |case| Case { policy: nothing_to_register(), ..case };
    let late = |case| Case { now: start().plus(6 * MINUTE), ..case };
    check(vec![
        ("what is met asks for nothing", phone(Acr::Possession), register(1, 0, false)),
        ("nor if nothing is to be had", shut(phone(Acr::Possession)), Step::Finish),
        ("has a key", Case { methods: two(), ..phone(Acr::PhishingResistant) }, stronger(true)),
        (
            "has a key, and lost ones cannot be replaced",
            Case { methods: two(), policy: nothing_to_register(), ..phone(Acr::PhishingResistant) },
            stronger(false),
        ),
        ("has none", phone(Acr::PhishingResistant), register(1, 0, false)),
        (
            "has none, and signed in too long ago to register",
            late(phone(Acr::PhishingResistant)),
            authenticate(true, Reason::BeforeChange),
        ),
        (
            "has none and may register none",
            shut(phone(Acr::PhishingResistant)),
            unmet(Acr::PhishingResistant),
        ),
        (
            "came with a pass, and may register none",
            shut(Case { session: Some(by_pass()), ..demanding(Acr::MultiFactor) }),
            unmet(Acr::MultiFactor),
        ),
        (
            "the portal, too",
            shut(Case { request: None, admin: Some(false), session: Some(by_pass()), ..plain() }),
            unmet(Acr::PhishingResistant),
        ),
    ]);
}

#[test]
fn a_key_that_the_policy_does_not_take_meets_nothing() {
    let model = Some(Uuid::from_u128(7));
    let barred = KeyRestrictions {
        is_enforced: true,
        aa_guids: vec![Uuid::from_u128(7)],
        ..KeyRestrictions::default()
    };
    let policy = |kinds: Vec<MethodKind>| Requirements {
        profiles: vec![PasskeyProfile {
            key_restrictions: barred.clone(),
            ..PasskeyProfile::open()
        }],
        allowed_kinds: kinds,
        ..nothing_to_register()
    };
    let owner = |policy| Case {
        session: Some(by_verifying_phone()),
        methods: vec![Credential { aaguid: model, ..old_key() }],
        policy,
        ..demanding(Acr::PhishingResistant)
    };
    let off = Requirements { profiles: Vec::new(), ..nothing_to_register() };
    check(vec![
        ("of a barred model", owner(policy(vec![])), unmet(Acr::PhishingResistant)),
        (
            "of a barred model, another may be registered",
            owner(policy(vec![MethodKind::Passkey])),
            register(1, 0, false),
        ),
        ("keys are off", owner(off), unmet(Acr::PhishingResistant)),
    ]);
}

/// [Attacks] policy by application · a request that asks for less, or for nothing, is not let in
/// below what the operator demands
#[test]
fn a_request_can_only_raise_what_the_operator_demands() {
    let by_phone = |case: Case| Case { session: Some(by_phone()), methods: two(), ..case };
    let asks = |class: Option<Acr>, case: Case| Case { request: asking(|r| r.acr = class), ..case };
    let strict = || by_phone(ruled(Acr::PhishingResistant));
    let lax = || by_phone(ruled(Acr::Possession));
    check(vec![
        ("nothing is asked", strict(), stronger(true)),
        ("less is asked", asks(Some(Acr::Bootstrap), strict()), stronger(true)),
        (
            "silently",
            Case { request: asking(|r| r.prompt.none = true), ..strict() },
            stronger(true),
        ),
        ("the rule is met", lax(), Step::Finish),
        ("more is asked", asks(Some(Acr::PhishingResistant), lax()), stronger(true)),
        (
            "with a key",
            Case { session: Some(by_key()), ..asks(Some(Acr::Bootstrap), strict()) },
            Step::Finish,
        ),
        (
            "a device",
            Case {
                request: None,
                device: Some(super::device::visit()),
                progress: Progress { recognised: true, ..Progress::default() },
                ..strict()
            },
            stronger(true),
        ),
    ]);
}

#[test]
fn a_pass_completes_several_factors_where_its_policy_says_so() {
    let phone = |rules| Case {
        session: Some(by_phone()),
        policy: nothing_to_register(),
        rules,
        ..demanding(Acr::MultiFactor)
    };
    let both = |rules| Case {
        session: Some(by_phone().strengthened(Proof::of(Factor::TemporaryAccessPass, start()))),
        ..phone(rules)
    };
    let alone = |rules| Case { session: Some(by_pass()), ..phone(rules) };
    let essential = |case| Case {
        request: asking(|r| {
            r.acr = Some(Acr::MultiFactor);
            r.acr_terms.essential = vec![Acr::MultiFactor];
        }),
        ..case
    };
    let gone = |rules| Rules { has_pass: false, ..rules };
    let (never, with, sole) = (
        holding(PassMultifactor::Never),
        holding(PassMultifactor::WithAnother),
        holding(PassMultifactor::Alone),
    );
    check(vec![
        ("a phone, and now a pass", phone(with), stronger(true)),
        ("a phone, and no pass", phone(gone(with)), unmet(Acr::MultiFactor)),
        ("both", both(with), Step::Finish),
        ("both, and the pass is spent", both(gone(with)), Step::Finish),
        ("both, and essential", essential(both(with)), Step::Finish),
        ("a pass alone is one thing", alone(with), unmet(Acr::MultiFactor)),
        ("where a pass counts for nothing", phone(never), unmet(Acr::MultiFactor)),
        ("both, where a pass counts for nothing", both(never), unmet(Acr::MultiFactor)),
        ("a pass alone, where it is enough", alone(sole), Step::Finish),
        ("it is enough for no essential claim", essential(alone(sole)), unmet(Acr::MultiFactor)),
        (
            "nor for a key",
            Case { request: asking(|r| r.acr = Some(Acr::PhishingResistant)), ..alone(sole) },
            unmet(Acr::PhishingResistant),
        ),
        ("with a phone it is both", essential(phone(sole)), stronger(true)),
    ]);
}

#[test]
fn what_is_preferred_is_asked_for_once_of_whoever_has_it() {
    let prefers = |change: fn(&mut AuthorizationRequest)| {
        asking(|r| {
            r.acr = Some(Acr::Possession);
            r.acr_terms.preferred = Some(Acr::PhishingResistant);
            change(r);
        })
    };
    let phone =
        || Case { request: prefers(|_| ()), session: Some(by_phone()), methods: two(), ..plain() };
    let proved = Progress { authenticated_at: Some(start()), ..Progress::default() };
    check(vec![
        ("has a key", phone(), stronger(true)),
        (
            "a pass leads nowhere",
            Case { policy: nothing_to_register(), ..phone() },
            stronger(false),
        ),
        ("used it", Case { session: Some(by_key()), ..phone() }, Step::Finish),
        ("showed something else instead", Case { progress: proved, ..phone() }, Step::Finish),
        ("silently", Case { request: prefers(|r| r.prompt.none = true), ..phone() }, Step::Finish),
        (
            "has none",
            Case { methods: vec![], policy: nothing_to_register(), ..phone() },
            Step::Finish,
        ),
    ]);
}

#[test]
fn a_pass_is_offered_again_only_where_it_leads_to_what_is_demanded() {
    let stale = |class, policy| Case {
        session: Some(by_key()),
        methods: two(),
        policy,
        request: asking(|r| {
            r.acr = class;
            r.prompt.login = true;
        }),
        ..plain()
    };
    let fresh = |pass| authenticate(pass, Reason::Fresh);
    let phr = Some(Acr::PhishingResistant);
    check(vec![
        ("nothing is demanded", stale(None, nothing_to_register()), fresh(true)),
        ("a pass is enough", stale(Some(Acr::Bootstrap), nothing_to_register()), fresh(true)),
        ("a lost key is replaced", stale(phr, Requirements::default()), fresh(true)),
        ("a lost key is not replaced", stale(phr, nothing_to_register()), fresh(false)),
    ]);
}

/// [Attacks] RFC 9470 §4, OIDC Core §3.1.2.1 · a key in the morning and something weaker now are not
/// a fresh sign-in with a key
#[test]
fn strength_and_freshness_are_met_together() {
    let age = |class, session: Session| Case {
        request: asking(|r| {
            r.acr = Some(class);
            r.max_age = Some(60);
        }),
        session: Some(session),
        methods: two(),
        ..plain()
    };
    let proved = || Progress { authenticated_at: Some(start()), ..Progress::default() };
    // Something weaker just now makes an old key no younger.
    let old = || {
        let mut session = by_key();
        session.proofs[0].at = start().minus(HOUR);
        session.strengthened(Proof::of(Factor::TemporaryAccessPass, start()))
    };
    let phr = Acr::PhishingResistant;
    check(vec![
        ("a fresh key", age(phr, by_key()), Step::Finish),
        ("an old key", age(phr, old()), authenticate(true, Reason::Fresh)),
        (
            "an old key, and something was shown in this very journey",
            Case { progress: proved(), ..age(phr, old()) },
            authenticate(true, Reason::Fresh),
        ),
        (
            "a pass just now is fresh, and no key",
            Case { progress: proved(), ..age(phr, by_pass()) },
            register(3, 2, true),
        ),
        (
            "and nothing more is offered",
            Case {
                progress: Progress { registration_closed: true, ..proved() },
                ..age(phr, by_pass())
            },
            stronger(false),
        ),
    ]);
}

#[test]
fn what_is_told_is_true_and_one_of_the_names_that_are_essential() {
    use Acr::{Bootstrap, MultiFactor, PhishingResistant};
    let told = |essential: &[Acr], reached| {
        AcrTerms { preferred: None, essential: essential.to_vec() }.told(reached)
    };
    assert_eq!(told(&[], PhishingResistant), PhishingResistant);
    assert_eq!(told(&[MultiFactor], PhishingResistant), MultiFactor);
    assert_eq!(told(&[Bootstrap, MultiFactor], PhishingResistant), MultiFactor);
    assert_eq!(told(&[Bootstrap, PhishingResistant], MultiFactor), Bootstrap);
    assert_eq!(told(&[PhishingResistant], PhishingResistant), PhishingResistant);
}

#[test]
fn a_silent_request_is_told_that_nothing_meets_it() {
    assert_eq!(silent_error(&unmet(Acr::MultiFactor)), Some(UNMET));
    assert_eq!(UNMET, "unmet_authentication_requirements");
}
