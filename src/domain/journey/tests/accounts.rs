//! Several accounts in one browser.

use super::*;

fn two() -> Vec<Credential> {
    vec![old_key(), old_key()]
}

/// Somebody is signed in, and not by this journey.
fn here() -> Case {
    Case { session: Some(by_key()), own: false, accounts: true, methods: two(), ..plain() }
}

fn asked() -> Option<AuthorizationRequest> {
    asking(|r| r.prompt.select_account = true)
}

fn switched() -> Progress {
    Progress { switch_user: true, ..Progress::default() }
}

fn chosen(session: &Session) -> Progress {
    Progress { chosen: Some(session.id), ..switched() }
}

#[test]
fn who_chooses_among_whom() {
    let sign_in = || authenticate(true, Reason::SignIn);
    let ended = || Session { ended_at: Some(start()), ..by_key() };
    check(vec![
        ("nobody asked", here(), Step::Finish),
        ("prompt=select_account", Case { request: asked(), ..here() }, Step::SelectAccount),
        (
            "prompt=select_account, and nobody is there",
            Case { request: asked(), ..plain() },
            Step::Identify,
        ),
        ("not you?", Case { progress: switched(), ..here() }, Step::SelectAccount),
        (
            "not you, on my own page?",
            Case { request: None, progress: switched(), ..here() },
            Step::SelectAccount,
        ),
        (
            "none of them",
            Case { progress: Progress { somebody_else: true, ..switched() }, ..here() },
            Step::Identify,
        ),
        (
            "prompt=select_account, none of them",
            Case {
                request: asked(),
                progress: Progress { somebody_else: true, ..switched() },
                ..here()
            },
            Step::Identify,
        ),
        (
            "somebody else was named",
            Case { progress: Progress { username: Some("grace".into()), ..switched() }, ..here() },
            sign_in(),
        ),
        (
            "who was in use is not signed in any more, others are",
            Case { session: Some(ended()), ..here() },
            Step::SelectAccount,
        ),
        ("nobody was in use", Case { session: None, ..here() }, Step::SelectAccount),
        (
            "nobody is left whom the application means",
            Case {
                request: asking(|r| r.expected_user = Some("somebody else".into())),
                accounts: false,
                ..here()
            },
            Step::Identify,
        ),
        ("chosen", Case { progress: chosen(&by_key()), ..here() }, Step::Finish),
        (
            "chosen, as was asked for",
            Case { request: asked(), progress: chosen(&by_key()), ..here() },
            Step::Finish,
        ),
        (
            "chosen, and no longer signed in",
            Case { progress: chosen(&by_key()), session: Some(ended()), ..here() },
            sign_in(),
        ),
        (
            "chosen, and disabled meanwhile",
            Case { progress: chosen(&by_key()), user_enabled: false, ..here() },
            sign_in(),
        ),
        (
            "another session than the one that was chosen",
            Case { progress: chosen(&by_pass()), ..here() },
            Step::SelectAccount,
        ),
    ]);
}

#[test]
fn whoever_is_chosen_meets_the_same_demands() {
    let chosen_by =
        |session: Session| Case { progress: chosen(&session), session: Some(session), ..here() };
    check(vec![
        (
            "prompt=login",
            Case {
                request: asking(|r| {
                    r.prompt.login = true;
                    r.prompt.select_account = true;
                }),
                ..chosen_by(by_key())
            },
            authenticate(true, Reason::Fresh),
        ),
        (
            "max_age",
            Case { request: asking(|r| r.max_age = Some(30)), ..chosen_by(by_key()) },
            authenticate(true, Reason::Fresh),
        ),
        (
            "a pass that has done what it was for",
            Case { now: start().plus(30 * MINUTE), ..chosen_by(by_pass()) },
            authenticate(true, Reason::PassIsSpent),
        ),
        (
            "a pass where a key is asked for",
            Case {
                request: asking(|r| r.acr = Some(Acr::PhishingResistant)),
                methods: vec![new_key(), new_key()],
                progress: Progress { registration_closed: true, ..chosen(&by_pass()) },
                ..chosen_by(by_pass())
            },
            authenticate(false, Reason::Stronger),
        ),
        ("consent", Case { third_party: true, ..chosen_by(by_key()) }, Step::Confirm),
    ]);
}
