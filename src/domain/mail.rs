//! What is told by mail, in words. Plain text: there is nothing in it to click but one address.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The name that people know.
    pub brand: &'a str,
    /// Where they sign in.
    pub issuer: &'a str,
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

/// A pass was issued for somebody: to themselves at another address, or to their manager.
pub fn pass_issued(
    sender: Sender<'_>,
    to: String,
    reader: &User,
    user: &User,
    terms: &PassTerms,
    value: Option<&PassValue>,
) -> Mail {
    let Sender { brand, issuer } = sender;
    let own = reader.id == user.id;
    let (whose, owner) = if own {
        ("you".to_owned(), "Your".to_owned())
    } else {
        (user.display_name.clone(), format!("{}'s", user.display_name))
    };
    let how_often = if terms.one_time { "once" } else { "as often as needed" };
    let handed = match value {
        Some(value) => format!("Pass:        {}", value.reveal_grouped()),
        None if own => "Your help desk or your manager will give you the pass itself.".to_owned(),
        None => "Your help desk will give you the pass itself.".to_owned(),
    };
    let body = format!(
        "Hello {},\n\n\
         a Temporary Access Pass was issued for {whose}. With it, {} signs in for the first time \
         and sets up a passkey or a security key.\n\n\
         Sign in at:  {issuer}\n\
         Username:    {}\n\
         {handed}\n\n\
         It works {how_often}, from {} until {}.\n\n\
         If you did not expect this, tell your help desk at once.\n\n{brand}\n",
        reader.display_name,
        if own { "one" } else { user.display_name.as_str() },
        user.username.as_str(),
        moment(terms.starts_at),
        moment(terms.ends_at()),
    );
    Mail {
        to,
        name: reader.display_name.clone(),
        subject: format!("{owner} Temporary Access Pass for {brand}"),
        body,
    }
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

/// How somebody signs in was changed; none where no mail reaches them.
pub fn method_changed(
    sender: Sender<'_>,
    user: &User,
    method: &str,
    change: MethodChange,
    now: Timestamp,
) -> Option<Mail> {
    let Sender { brand, issuer } = sender;
    let verb = match change {
        MethodChange::Added => "added to",
        MethodChange::Removed | MethodChange::RemovedWithCodes => "removed from",
    };
    let codes = match change {
        MethodChange::RemovedWithCodes => {
            "Your recovery codes open nothing any more, since whoever has it may have made them. \
             Make new ones as soon as you can.\n\n"
        }
        MethodChange::Added | MethodChange::Removed => "",
    };
    let body = format!(
        "Hello {},\n\n\
         the sign-in method “{method}” was {verb} your account {} on {}.\n\n{codes}\
         If that was you, there is nothing to do. If it was not, tell your help desk at once.\n\n\
         What opens your account: {issuer}/security-info\n\n{brand}\n",
        user.display_name,
        user.username.as_str(),
        moment(now),
    );
    user.email.clone().map(|to| Mail {
        to,
        name: user.display_name.clone(),
        subject: format!("A sign-in method was {verb} your account"),
        body,
    })
}

/// Somebody said on their phone that a sign-in was not theirs; none where no mail reaches them.
pub fn phone_not_me(
    sender: Sender<'_>,
    user: &User,
    request: &PhoneRequest,
    now: Timestamp,
) -> Option<Mail> {
    let Sender { brand, issuer } = sender;
    let app = request.app.as_deref().unwrap_or(brand);
    let address = request.address.as_deref().unwrap_or("an unknown address");
    let agent = request.agent.as_deref().unwrap_or("an unknown browser");
    let body = format!(
        "Hello {},\n\n\
         on {} somebody tried to sign in to {app} as {}, from {address} with {agent}. You said on \
         your phone that this was not you, and they were not let in.\n\n\
         There is nothing else to do. If it happens again, or you did not say so, tell your help \
         desk at once.\n\n\
         What opens your account: {issuer}/security-info\n\n{brand}\n",
        user.display_name,
        moment(now),
        user.username.as_str(),
    );
    user.email.clone().map(|to| Mail {
        to,
        name: user.display_name.clone(),
        subject: "Somebody tried to sign in as you".to_owned(),
        body,
    })
}

/// A sign-in method was given another name; none where no mail reaches its owner.
pub fn method_renamed(
    sender: Sender<'_>,
    user: &User,
    from: &str,
    to: &str,
    now: Timestamp,
) -> Option<Mail> {
    let what = format!("the sign-in method “{from}” of your account is now called “{to}”, since");
    own_change(sender, user, "A sign-in method of your account was renamed", &what, now)
}

/// Somebody signed out everywhere; none where no mail reaches them.
pub fn sessions_ended(sender: Sender<'_>, user: &User, now: Timestamp) -> Option<Mail> {
    let what = "your account was signed out in every other browser and app on";
    own_change(sender, user, "Your account was signed out everywhere", what, now)
}

/// What somebody changed themselves, as it seems.
fn own_change(
    sender: Sender<'_>,
    user: &User,
    subject: &str,
    what: &str,
    now: Timestamp,
) -> Option<Mail> {
    let Sender { brand, issuer } = sender;
    let body = format!(
        "Hello {},\n\n\
         {what} {}. Your username is {}.\n\n\
         If that was you, there is nothing to do. If it was not, tell your help desk at once.\n\n\
         What opens your account: {issuer}/security-info\n\n{brand}\n",
        user.display_name,
        moment(now),
        user.username.as_str(),
    );
    user.email.clone().map(|to| Mail {
        to,
        name: user.display_name.clone(),
        subject: subject.to_owned(),
        body,
    })
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
        let sender = Sender { brand: "Firstkey", issuer: "https://login.example" };
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
    }

    #[test]
    fn pauses_grow_to_an_hour() {
        let minutes: Vec<u64> = (1..9).map(|tries| pause(tries).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
