//! What is told by mail when somebody comes back without what they signed in with. An owner who is
//! being robbed hears of each step.

use super::mail::{Mail, Sender};
use super::recovery::FEW;
use super::time::Timestamp;
use super::user::User;

fn moment(at: Timestamp) -> String {
    at.to_the_second().to_string().replace('T', " ").replace('Z', " UTC")
}

fn mail(sender: Sender<'_>, user: &User, subject: String, text: &str) -> Option<Mail> {
    let Sender { brand, issuer } = sender;
    let body = format!(
        "Hello {},\n\n{text}\n\n\
         What opens your account: {issuer}/security-info\n\n{brand}\n",
        user.display_name,
    );
    user.email.clone().map(|to| Mail { to, name: user.display_name.clone(), subject, body })
}

/// New recovery codes were made.
pub fn codes_made(sender: Sender<'_>, user: &User, now: Timestamp) -> Option<Mail> {
    let text = format!(
        "new recovery codes were made for your account {} on {}. Those before them open nothing \
         any more.\n\n\
         If that was you, there is nothing to do. If it was not, tell your help desk at once.",
        user.username.as_str(),
        moment(now),
    );
    mail(sender, user, "New recovery codes were made for your account".into(), &text)
}

/// A recovery code was used.
pub fn code_used(sender: Sender<'_>, user: &User, left: u32, now: Timestamp) -> Option<Mail> {
    let remaining = match left {
        0 => "That was the last one: make new ones as soon as you can.".to_owned(),
        1 => "One is left: make new ones soon.".to_owned(),
        few if few <= FEW => format!("{few} are left: make new ones soon."),
        more => format!("{more} are left."),
    };
    let text = format!(
        "a recovery code was used to sign in to your account {} on {}. {remaining}\n\n\
         If that was you, there is nothing to do. If it was not, tell your help desk at once: \
         somebody has your codes.",
        user.username.as_str(),
        moment(now),
    );
    mail(sender, user, "A recovery code was used for your account".into(), &text)
}

/// An admin wants the person to register anew.
pub fn must_register_anew(sender: Sender<'_>, user: &User, now: Timestamp) -> Option<Mail> {
    let text = format!(
        "on {}, your organisation asked for your account {} to be set up anew. What you signed in \
         with until now, recovery codes included, opens nothing any more, and you are signed out \
         everywhere.\n\n\
         Ask your help desk for a Temporary Access Pass. With it, you set up a new passkey or \
         security key, and the old ones are removed.",
        moment(now),
        user.username.as_str(),
    );
    mail(sender, user, "Your sign-in must be set up anew".into(), &text)
}

/// An admin no longer wants the person to register anew.
pub fn need_not_register_anew(sender: Sender<'_>, user: &User, now: Timestamp) -> Option<Mail> {
    let text = format!(
        "on {}, your organisation took back that your account {} must be set up anew. The passkeys, \
         security keys and phones that you had open it again; recovery codes from before do not.\n\n\
         If you lost one of them, or think that somebody else may use it, tell your help desk at once.",
        moment(now),
        user.username.as_str(),
    );
    mail(sender, user, "Your sign-in need not be set up anew".into(), &text)
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
        let sender = Sender { brand: "Firstkey", issuer: "https://login.example" };
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
