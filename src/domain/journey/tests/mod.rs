//! `next_step` as a table: one row for each way in which somebody can stand.

mod accounts;
mod change;
mod consent;
mod demand;
mod device;
mod methods;
mod passes;
mod phone;
mod portal;
mod recovery;
mod strength;
mod upstream;

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::domain::assurance::Factor;
use crate::domain::attestation::Attestation;
use crate::domain::claims::RequestedClaims;
use crate::domain::client::Scope;
use crate::domain::credential::MethodKind;
use crate::domain::id::{ClientId, JourneyId, MethodId, PassId, SessionId, UserId};
use crate::domain::session::{PassOrigin, Proof};
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
    change: bool,
    device: Option<DeviceVisit>,
    progress: Progress,
    session: Option<Session>,
    own: bool,
    accounts: bool,
    user_enabled: bool,
    methods: Vec<Credential>,
    policy: Requirements,
    pass_needs_method: bool,
    rules: Rules,
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
        acr_terms: AcrTerms::default(),
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
        change: false,
        device: None,
        progress: Progress::default(),
        session: None,
        own: true,
        accounts: false,
        user_enabled: true,
        methods: vec![],
        policy: Requirements::default(),
        pass_needs_method: false,
        rules: Rules::default(),
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
    let proof = Proof::by(&old_key(), key, start());
    Session::from_method(SessionId(Uuid::from_u128(6)), user_id(), proof)
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
        attestation: Attestation::default(),
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
            (None, None) if case.change => {
                Purpose::Change(ChangeVisit { page: InfoPage::new("/security-info/methods/1") })
            }
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
        rules: case.rules,
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
