//! What is told by mail when somebody comes back without what they signed in with. An owner who is
//! being robbed hears of each step.

use super::language::say;
use super::mail::{Mail, Sender, about_account, happened};
use super::recovery::FEW;
use super::time::Timestamp;
use super::user::User;

/// New recovery codes were made.
pub fn codes_made(sender: &Sender, user: &User, now: Timestamp) -> Option<Mail> {
    let paragraphs = [happened("mail-codes-made", user, now), say("mail-was-it-you")];
    about_account(sender, user, &say("mail-codes-made-subject"), paragraphs)
}

/// A recovery code was used.
pub fn code_used(sender: &Sender, user: &User, left: u32, now: Timestamp) -> Option<Mail> {
    let remaining = say(match left {
        0 => "mail-code-last",
        1 => "mail-code-one-left",
        few if few <= FEW => "mail-code-few-left",
        _ => "mail-code-left",
    });
    let paragraphs = [
        happened("mail-code-used", user, now),
        remaining.with("left", left),
        say("mail-code-was-it-you"),
    ];
    about_account(sender, user, &say("mail-code-used-subject"), paragraphs)
}

/// An admin wants the person to register anew.
pub fn must_register_anew(sender: &Sender, user: &User, now: Timestamp) -> Option<Mail> {
    let paragraphs = [happened("mail-anew", user, now), say("mail-anew-next")];
    about_account(sender, user, &say("mail-anew-subject"), paragraphs)
}

/// An admin no longer wants the person to register anew.
pub fn need_not_register_anew(sender: &Sender, user: &User, now: Timestamp) -> Option<Mail> {
    let paragraphs = [happened("mail-not-anew", user, now), say("mail-not-anew-next")];
    about_account(sender, user, &say("mail-not-anew-subject"), paragraphs)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::UserId;
    use crate::domain::user::Username;

    #[test]
    fn each_says_what_happened_and_what_is_left() {
        let now = Timestamp::parse("2026-11-23T09:00:00.5Z").unwrap();
        let sender = &Sender {
            brand: "Firstkey".into(),
            issuer: "https://login.example".into(),
            help: Vec::new(),
        };
        let id = UserId(Uuid::nil());
        let mut ada = User::new(id, Uuid::nil(), Username::parse("ada").unwrap(), now);
        assert_eq!(code_used(sender, &ada, 9, now), None, "no mail reaches them");
        ada.email = Some("ada@example.com".into());
        for (left, words) in [(9, "9 are left."), (3, "3 are left: make new"), (1, "One is left")] {
            let told = code_used(sender, &ada, left, now).unwrap();
            assert!(told.body.contains(words), "{}", told.body);
            assert!(told.body.contains("ada on 2026-11-23 09:00:00 UTC"), "{}", told.body);
        }
        assert!(code_used(sender, &ada, 0, now).unwrap().body.contains("the last one"));
        assert!(codes_made(sender, &ada, now).unwrap().body.contains("open nothing any more"));
        let anew = must_register_anew(sender, &ada, now).unwrap();
        assert!(anew.body.contains("Temporary Access Pass") && anew.to == "ada@example.com");
        let back = need_not_register_anew(sender, &ada, now).unwrap();
        assert!(back.body.contains("open it again"), "{}", back.body);
    }
}
