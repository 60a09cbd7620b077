//! `next_step` as a table: one row for each way in which somebody can stand.

mod accounts;
mod device;
mod passes;
mod portal;
mod recovery;
mod upstream;

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::domain::assurance::Factor;
use crate::domain::credential::MethodKind;
use crate::domain::id::{PassId, SessionId};
use crate::domain::session::PassOrigin;
use crate::domain::user::Username;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn start() -> Timestamp {
    Timestamp::parse("2026-11-23T09:00:00Z").unwrap()
}

#[expect(clippy::struct_excessive_bools, reason = "each is one independent fact of the table")]
/// How somebody stands; each row of the table changes a few fields of the plain case.
struct Case {
    request: Option<AuthorizationRequest>,
    add_method: bool,
    codes: bool,
    anew: bool,
    admin: Option<bool>,
    device: Option<DeviceVisit>,
    progress: Progress,
    session: Option<Session>,
    own: bool,
    accounts: bool,
    user_enabled: bool,
    methods: Vec<Credential>,
    policy: Requirements,
    pass_needs_method: bool,
    skips: u32,
    third_party: bool,
    consent_on_record: bool,
    now: Timestamp,
}

fn user_id() -> UserId {
    UserId(Uuid::from_u128(1))
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: ClientId("app".into()),
        redirect_uri: "https://app.example.com/cb".into(),
        response_type: crate::domain::client::ResponseType::default(),
        response_mode: crate::domain::client::ResponseMode::default(),
        resources: Vec::new(),
        dpop_jkt: None,
        claims: RequestedClaims::default(),
        scopes: vec![Scope::OpenId],
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Prompt::default(),
        max_age: None,
        acr: None,
        login_hint: None,
        ui_locales: Vec::new(),
        expected_user: None,
        pushed: None,
        external: None,
    }
}

fn plain() -> Case {
    Case {
        request: Some(request()),
        add_method: false,
        codes: false,
        anew: false,
        admin: None,
        device: None,
        progress: Progress::default(),
        session: None,
        own: true,
        accounts: false,
        user_enabled: true,
        methods: vec![],
        policy: Requirements::default(),
        pass_needs_method: false,
        skips: 0,
        third_party: false,
        consent_on_record: false,
        now: start().plus(MINUTE),
    }
}

fn by_pass() -> Session {
    let origin = PassOrigin {
        id: PassId(Uuid::nil()),
        deadline: start().plus(HOUR),
        register_until: start().plus(10 * MINUTE),
    };
    Session::from_pass(SessionId(Uuid::from_u128(5)), user_id(), origin, start())
}

fn by_key() -> Session {
    let key = Factor::Key { device_bound: true, attested: false };
    Session::from_key(SessionId(Uuid::from_u128(6)), user_id(), key, start())
}

fn key(kind: MethodKind, created_at: Timestamp) -> Credential {
    Credential {
        id: MethodId(Uuid::from_u128(9)),
        user_id: user_id(),
        credential_id: "c".into(),
        kind,
        name: "Key".into(),
        aaguid: None,
        passkey: String::new(),
        backup_eligible: false,
        transports: vec![],
        created_at,
        last_used_at: None,
    }
}

fn old_key() -> Credential {
    key(MethodKind::Passkey, start().minus(HOUR))
}

fn new_key() -> Credential {
    key(MethodKind::Passkey, start().plus(Duration::from_secs(30)))
}

fn run(case: Case) -> Step {
    let username = Username::parse("ada").unwrap();
    let mut user = User::new(user_id(), Uuid::nil(), username, start());
    user.enabled = case.user_enabled;
    user.skips = case.skips;
    user.reregister_since = case.anew.then(|| start().minus(MINUTE));
    let mut progress = case.progress;
    if case.own {
        progress.session = case.session.as_ref().map(|session| session.id);
    }
    let journey = Journey {
        id: JourneyId(Uuid::nil()),
        browser: String::new(),
        purpose: match (case.request, case.device) {
            (Some(request), _) => Purpose::Authorize(Box::new(request)),
            (None, Some(visit)) => Purpose::Device(Box::new(visit)),
            (None, None) if case.add_method => Purpose::AddMethod,
            (None, None) if case.codes => Purpose::RecoveryCodes,
            (None, None) if case.admin.is_some() => Purpose::Admin(AdminVisit {
                page: PortalPage::new("/admin/people"),
                change: case.admin == Some(true),
            }),
            (None, None) => Purpose::SecurityInfo,
        },
        progress,
        version: 0,
        created_at: start(),
        expires_at: start().plus(HOUR),
        finished_at: None,
    };
    let subject = user.id.to_string();
    let facts = Facts {
        subject: Some(&subject),
        session: case.session.as_ref(),
        user: case.session.as_ref().map(|_| &user),
        accounts: usize::from(case.accounts),
        methods: &case.methods,
        policy: &case.policy,
        pass_needs_method: case.pass_needs_method,
        third_party: case.third_party,
        admin_max_age: 15 * MINUTE,
        consent_on_record: case.consent_on_record,
        now: case.now,
    };
    next_step(&journey, &facts)
}

fn authenticate(pass: bool, reason: Reason) -> Step {
    Step::Authenticate { pass, reason }
}

fn register(wanted: usize, have: usize, optional: bool) -> Step {
    Step::Register { wanted, have, optional }
}

/// One row: what is tested, how somebody stands, where they are sent.
type Row = (&'static str, Case, Step);

fn check(rows: Vec<Row>) {
    for (name, case, expected) in rows {
        assert_eq!(run(case), expected, "{name}");
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is written where a request is optional")]
fn asking(change: impl FnOnce(&mut AuthorizationRequest)) -> Option<AuthorizationRequest> {
    let mut request = request();
    change(&mut request);
    Some(request)
}

#[test]
fn who_is_it() {
    let typed = || Progress { username: Some("ada".into()), ..Progress::default() };
    let sign_in = || authenticate(true, Reason::SignIn);
    let two = || vec![old_key(), old_key()];
    check(vec![
        ("nobody yet", plain(), Step::Identify),
        ("a name was typed", Case { progress: typed(), ..plain() }, sign_in()),
        (
            "a live key session",
            Case { session: Some(by_key()), methods: two(), ..plain() },
            Step::Finish,
        ),
        (
            "the browser's session, not yet the journey's",
            Case { session: Some(by_key()), own: false, methods: two(), ..plain() },
            Step::Finish,
        ),
        (
            "the session has expired",
            Case {
                session: Some(by_key()),
                methods: two(),
                now: start().plus(12 * HOUR),
                ..plain()
            },
            Step::Identify,
        ),
        (
            "the session was ended",
            Case {
                session: Some(Session { ended_at: Some(start()), ..by_key() }),
                methods: two(),
                progress: typed(),
                ..plain()
            },
            sign_in(),
        ),
        (
            "the account was disabled",
            Case { session: Some(by_key()), methods: two(), user_enabled: false, ..plain() },
            Step::Identify,
        ),
        (
            "the person wants to be somebody else",
            Case {
                session: Some(by_key()),
                own: false,
                methods: two(),
                progress: Progress { switch_user: true, ..Progress::default() },
                ..plain()
            },
            Step::Identify,
        ),
        (
            "the hint names somebody else",
            Case {
                request: asking(|r| r.expected_user = Some("somebody else".into())),
                session: Some(by_key()),
                methods: two(),
                ..plain()
            },
            Step::Identify,
        ),
        (
            "prompt=select_account ignores the browser's session",
            Case {
                request: asking(|r| r.prompt.select_account = true),
                session: Some(by_key()),
                own: false,
                methods: two(),
                ..plain()
            },
            Step::Identify,
        ),
        (
            "my own page asks for nothing more",
            Case { request: None, session: Some(by_key()), methods: two(), ..plain() },
            Step::Finish,
        ),
    ]);
}

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
fn what_is_owed() {
    let pass = || Case { session: Some(by_pass()), ..plain() };
    let closed = || Progress { registration_closed: true, ..Progress::default() };
    let wants = |required, recommended| Requirements {
        required_methods: required,
        recommended_methods: recommended,
        ..Requirements::default()
    };
    let only = |kind| Requirements { allowed_kinds: vec![kind], ..Requirements::default() };
    check(vec![
        ("pass, no method", pass(), register(1, 0, false)),
        (
            "pass, no method, skip is not heard",
            Case { progress: closed(), ..pass() },
            register(1, 0, false),
        ),
        (
            "the first is made, a second is suggested",
            Case { methods: vec![new_key()], ..pass() },
            register(2, 1, true),
        ),
        (
            "the second was declined",
            Case { methods: vec![new_key()], progress: closed(), ..pass() },
            Step::Finish,
        ),
        (
            "declined in another journey of this session",
            Case {
                methods: vec![new_key()],
                session: Some(Session { offer_declined: true, ..by_pass() }),
                ..plain()
            },
            Step::Finish,
        ),
        ("both are made", Case { methods: vec![new_key(), new_key()], ..pass() }, Step::Finish),
        (
            "two are required",
            Case { methods: vec![new_key()], policy: wants(2, 2), ..pass() },
            register(2, 1, false),
        ),
        (
            "nothing is required",
            Case { policy: wants(0, 0), progress: closed(), ..pass() },
            Step::Finish,
        ),
        (
            "a method of another kind does not count",
            Case { methods: vec![new_key()], policy: only(MethodKind::SecurityKey), ..pass() },
            register(1, 0, false),
        ),
        (
            "recovery: old methods, a new one is offered",
            Case { methods: vec![old_key(), old_key()], ..pass() },
            register(3, 2, true),
        ),
        (
            "recovery: the new one is made",
            Case { methods: vec![old_key(), old_key(), new_key()], ..pass() },
            Step::Finish,
        ),
        (
            "the ten minutes of a one-time pass ran out",
            Case { now: start().plus(11 * MINUTE), ..pass() },
            Step::Identify,
        ),
        (
            "they ran out after the first method was made",
            Case { methods: vec![new_key()], now: start().plus(11 * MINUTE), ..pass() },
            Step::Finish,
        ),
        (
            "came with a key, nothing more is offered",
            Case { session: Some(by_key()), methods: vec![old_key()], ..plain() },
            Step::Finish,
        ),
        (
            "came with a key just now, one more is required",
            Case {
                session: Some(by_key()),
                methods: vec![old_key()],
                policy: wants(2, 2),
                ..plain()
            },
            register(2, 1, false),
        ),
        (
            "came with a key long ago, one more is required",
            Case {
                session: Some(by_key()),
                methods: vec![old_key()],
                policy: wants(2, 2),
                now: start().plus(6 * MINUTE),
                ..plain()
            },
            authenticate(true, Reason::BeforeChange),
        ),
    ]);
}

#[test]
fn adding_one_more() {
    let add = || Case {
        request: None,
        add_method: true,
        session: Some(by_key()),
        methods: vec![old_key(), old_key()],
        ..plain()
    };
    let done = Progress { registered: vec![MethodId(Uuid::from_u128(9))], ..Progress::default() };
    check(vec![
        ("fresh", add(), register(3, 2, true)),
        (
            "stale",
            Case { now: start().plus(6 * MINUTE), ..add() },
            authenticate(false, Reason::BeforeChange),
        ),
        ("made", Case { progress: done, ..add() }, Step::Finish),
        (
            "declined",
            Case {
                progress: Progress { registration_closed: true, ..Progress::default() },
                ..add()
            },
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
    let both =
        || by_pass().strengthened(Factor::Key { device_bound: true, attested: false }, start());
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
fn what_is_suggested_may_be_skipped_as_often_as_the_policy_allows() {
    let twice = || Requirements { allowed_skips: Some(2), ..Requirements::default() };
    let by_pass_with_one = |skips| Case {
        session: Some(by_pass()),
        methods: vec![new_key()],
        policy: twice(),
        skips,
        ..plain()
    };
    let monthly = || Requirements { reminder_in_days: Some(30), ..twice() };
    let by_key_with_one = |skips| Case {
        session: Some(by_key()),
        methods: vec![old_key()],
        policy: monthly(),
        skips,
        ..plain()
    };
    check(vec![
        ("not skipped yet", by_pass_with_one(0), register(2, 1, true)),
        ("once more", by_pass_with_one(1), register(2, 1, true)),
        ("no more", by_pass_with_one(2), register(2, 1, false)),
        ("reminded", by_key_with_one(1), register(2, 1, true)),
        ("reminded for the last time", by_key_with_one(2), register(2, 1, false)),
        ("no reminders", Case { policy: twice(), ..by_key_with_one(1) }, Step::Finish),
        (
            "nothing to be reminded of",
            Case { methods: vec![old_key(), old_key()], ..by_key_with_one(1) },
            Step::Finish,
        ),
        (
            "not where the sign-in is too old to change methods",
            Case { now: start().plus(6 * MINUTE), ..by_key_with_one(1) },
            Step::Finish,
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
