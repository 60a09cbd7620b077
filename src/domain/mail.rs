//! What is told by mail, in the words of its reader. Plain text: there is nothing in it to click but
//! one address, and how to reach the help desk.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::language::{Language, Text, accept_language, say};
use super::pass::{PassTerms, PassValue};
use super::phone::PhoneRequest;
use super::time::Timestamp;
use super::user::User;

/// A mail to one person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// The name that goes with it.
    pub name: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

impl std::fmt::Debug for Mail {
    /// Without the text, which may hold a pass.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Where mail about us comes from.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The name that people know.
    pub brand: String,
    /// Where they sign in.
    pub issuer: String,
    /// How to reach the help desk, line by line.
    pub help: Vec<String>,
}

/// How long after it was written a mail is given up.
pub const GIVE_UP: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait after so many failed tries: a minute, doubling to an hour.
pub fn pause(attempts: u32) -> Duration {
    let minutes = 1_u64 << attempts.saturating_sub(1).min(6);
    Duration::from_secs(60 * minutes.min(60))
}

pub(super) fn moment(at: Timestamp) -> String {
    at.to_the_second().to_string().replace('T', " ").replace('Z', " UTC")
}

/// The language that somebody reads best, of those that there are.
fn language_of(user: &User) -> &'static Language {
    // Provisioning systems send a tag or a list with weights (RFC 7643 §4.1.1).
    let liked = user.profile.preferred_language.as_deref().map(accept_language);
    liked.and_then(|tags| Language::of(&tags)).unwrap_or_else(Language::english)
}

/// A mail: a greeting, what is to be said, and who says it.
fn letter(sender: &Sender, reader: &User, to: String, subject: &Text, paragraphs: &[Text]) -> Mail {
    let language = language_of(reader);
    let hello = say("mail-hello").with("name", &reader.display_name);
    let mut body: Vec<String> =
        [&hello].into_iter().chain(paragraphs).map(|text| language.say(text)).collect();
    let signature = [&sender.brand].into_iter().chain(&sender.help);
    body.push(signature.map(String::as_str).collect::<Vec<_>>().join("\n"));
    Mail {
        to,
        name: reader.display_name.clone(),
        subject: language.say(subject),
        body: format!("{}\n", body.join("\n\n")),
    }
}

/// A mail to the owner of an account about it, with a way to look at it; none where no mail reaches
/// them.
pub(super) fn about_account(
    sender: &Sender,
    user: &User,
    subject: &Text,
    paragraphs: impl IntoIterator<Item = Text>,
) -> Option<Mail> {
    let address = format!("{}/security-info", sender.issuer);
    let paragraphs = paragraphs.into_iter().chain([say("mail-opens").with("address", address)]);
    let paragraphs: Vec<_> = paragraphs.collect();
    user.email.clone().map(|to| letter(sender, user, to, subject, &paragraphs))
}

/// A pass was issued for somebody: to themselves at another address, or to their manager.
pub fn pass_issued(
    sender: &Sender,
    to: String,
    reader: &User,
    user: &User,
    terms: &PassTerms,
    value: Option<&PassValue>,
) -> Mail {
    let own = reader.id == user.id;
    let (subject, what) = if own {
        (say("mail-pass-subject"), say("mail-pass"))
    } else {
        let of = |id| say(id).with("name", &user.display_name);
        (of("mail-pass-subject-of"), of("mail-pass-of"))
    };
    let (address, username) = (&sender.issuer, user.username.as_str());
    let how = match (value, own) {
        (Some(value), _) => say("mail-pass-how-value").with("value", value.reveal_grouped()),
        (None, true) => say("mail-pass-how-own"),
        (None, false) => say("mail-pass-how"),
    };
    let often = say(if terms.one_time { "mail-pass-once" } else { "mail-pass-often" });
    let paragraphs = [
        what,
        how.with("address", address).with("username", username),
        often.with("starts", moment(terms.starts_at)).with("ends", moment(terms.ends_at())),
        say("mail-unexpected"),
    ];
    letter(sender, reader, to, &subject.with("brand", &sender.brand), &paragraphs)
}

/// What changed about how somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodChange {
    /// A method was added.
    Added,
    /// A method was removed.
    Removed,
    /// A method was removed, and the recovery codes with it.
    RemovedWithCodes,
}

/// What happened to an account, and when.
pub(super) fn happened(id: &'static str, user: &User, now: Timestamp) -> Text {
    say(id).with("username", user.username.as_str()).with("at", moment(now))
}

/// How somebody signs in was changed; none where no mail reaches them.
pub fn method_changed(
    sender: &Sender,
    user: &User,
    method: &str,
    change: MethodChange,
    now: Timestamp,
) -> Option<Mail> {
    let (subject, what) = match change {
        MethodChange::Added => ("mail-method-added-subject", "mail-method-added"),
        MethodChange::Removed | MethodChange::RemovedWithCodes => {
            ("mail-method-removed-subject", "mail-method-removed")
        }
    };
    let codes = (change == MethodChange::RemovedWithCodes).then(|| say("mail-codes-void"));
    let paragraphs = [happened(what, user, now).with("method", method)]
        .into_iter()
        .chain(codes)
        .chain([say("mail-was-it-you")]);
    about_account(sender, user, &say(subject), paragraphs)
}

/// Somebody said on their phone that a sign-in was not theirs; none where no mail reaches them.
pub fn phone_not_me(
    sender: &Sender,
    user: &User,
    request: &PhoneRequest,
    now: Timestamp,
) -> Option<Mail> {
    let language = language_of(user);
    let or = |known: &Option<String>, id: &'static str| {
        known.clone().unwrap_or_else(|| language.say(&say(id)))
    };
    let what = happened("mail-not-me", user, now)
        .with("app", request.app.as_deref().unwrap_or(&sender.brand))
        .with("address", or(&request.address, "mail-unknown-address"))
        .with("browser", or(&request.agent, "mail-unknown-browser"));
    let paragraphs = [what, say("mail-not-me-next")];
    about_account(sender, user, &say("mail-not-me-subject"), paragraphs)
}

/// A sign-in method was given another name; none where no mail reaches its owner.
pub fn method_renamed(
    sender: &Sender,
    user: &User,
    from: &str,
    to: &str,
    now: Timestamp,
) -> Option<Mail> {
    let what = happened("mail-method-renamed", user, now).with("from", from).with("to", to);
    let paragraphs = [what, say("mail-was-it-you")];
    about_account(sender, user, &say("mail-method-renamed-subject"), paragraphs)
}

/// Somebody signed out everywhere; none where no mail reaches them.
pub fn sessions_ended(sender: &Sender, user: &User, now: Timestamp) -> Option<Mail> {
    let paragraphs = [happened("mail-signed-out", user, now), say("mail-was-it-you")];
    about_account(sender, user, &say("mail-signed-out-subject"), paragraphs)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::UserId;
    use crate::domain::user::Username;

    fn user(number: u128, name: &str) -> User {
        let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let id = UserId(Uuid::from_u128(number));
        let mut user = User::new(id, Uuid::nil(), Username::parse(name).unwrap(), now);
        user.display_name = format!("{name} Example");
        user
    }

    #[test]
    fn a_pass_is_told_with_its_value_or_without() {
        let sender = &Sender {
            brand: "Firstkey".into(),
            issuer: "https://login.example".into(),
            help: vec!["Ask on the second floor.".into(), "+49 30 1234".into()],
        };
        let (ada, boss) = (user(1, "ada"), user(2, "boss"));
        let start = Timestamp::parse("2026-12-01T08:00:00.5Z").unwrap();
        let terms = PassTerms { starts_at: start, lifetime_minutes: 60, one_time: true };
        let value = PassValue::parse("ABCDEFGH").unwrap();
        let own = pass_issued(sender, "a@home".into(), &ada, &ada, &terms, Some(&value));
        assert_eq!(own.subject, "Your Temporary Access Pass for Firstkey");
        assert!(own.body.contains("ABCD-EFGH") && own.body.contains("works once"), "{}", own.body);
        assert!(own.body.contains("from 2026-12-01 08:00:00 UTC until 2026-12-01 09:00:00 UTC"));
        let managers = pass_issued(sender, "b@work".into(), &boss, &ada, &terms, None);
        assert_eq!(managers.subject, "ada Example's Temporary Access Pass for Firstkey");
        assert!(!managers.body.contains("ABCD") && managers.body.contains("Username:    ada"));
        assert!(!format!("{own:?}").contains("ABCD"));
        assert!(own.body.ends_with("\n\nFirstkey\nAsk on the second floor.\n+49 30 1234\n"));
    }

    #[test]
    fn everybody_is_written_to_in_their_language() {
        let sender = &Sender {
            brand: "Firstkey".into(),
            issuer: "https://login.example".into(),
            help: vec![],
        };
        let now = Timestamp::parse("2026-12-01T08:00:00Z").unwrap();
        let mut ada = user(1, "ada");
        ada.email = Some("ada@example.com".into());
        for (liked, hello) in [
            (None, "Hello ada Example,\n\nyour account was"),
            (Some("de-AT"), "Guten Tag ada Example,\n\nIhr Konto"),
            (Some("fr;q=0.9, de;q=0.8, en;q=0.1"), "Guten Tag ada"),
            (Some("fr"), "Hello ada"),
            (Some("\u{202e}<b>"), "Hello ada"),
        ] {
            ada.profile.preferred_language = liked.map(str::to_owned);
            let told = sessions_ended(sender, &ada, now).unwrap();
            assert!(told.body.starts_with(hello), "{liked:?}: {}", told.body);
        }
        ada.profile.preferred_language = Some("de".into());
        let told = method_changed(sender, &ada, "Key", MethodChange::Added, now).unwrap();
        assert_eq!(told.subject, "Eine Anmeldemethode wurde Ihrem Konto hinzugefügt");
        // It is the reader's that counts.
        let boss = user(2, "boss");
        let terms = PassTerms { starts_at: now, lifetime_minutes: 60, one_time: true };
        let told = pass_issued(sender, "b@work".into(), &boss, &ada, &terms, None);
        assert!(told.body.starts_with("Hello boss Example,"), "{}", told.body);
        let own = pass_issued(sender, "a@home".into(), &ada, &ada, &terms, None);
        assert_eq!(own.subject, "Ihr befristeter Zugriffspass für Firstkey");
    }

    #[test]
    fn pauses_grow_to_an_hour() {
        let minutes: Vec<u64> = (1..9).map(|tries| pause(tries).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
