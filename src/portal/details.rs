//! What a line of the log says beside what happened, and why a line of a list cannot be carried out.
//! Both come in English; what they are known to say is told in the reader's language, and
//! everything else as it stands.

use std::sync::LazyLock;

use crate::domain::audit_log::Line;
use crate::domain::language::Language;
use crate::domain::pass::Usability;
use crate::domain::time::Timestamp;
use crate::http::language::{Text, say, spoken};
use crate::pages::words;

/// The messages whose English is what is written down, with what is filled in. Where several fit, one
/// of them would say what did not happen: then none is taken.
const KNOWN: [(&str, &[&str]); 84] = [
    ("admin-detail-signed-in", &[]),
    ("admin-detail-approved", &[]),
    ("admin-detail-deleted", &[]),
    ("admin-detail-everywhere", &[]),
    ("admin-detail-everywhere-else", &[]),
    ("admin-detail-one-session", &[]),
    ("admin-detail-rotated", &[]),
    ("admin-detail-approved-signed-in", &[]),
    ("admin-detail-once", &["minutes", "start"]),
    ("admin-detail-often", &["minutes", "start"]),
    ("admin-detail-code-left", &["left"]),
    ("admin-detail-codes-first", &["n"]),
    ("admin-detail-codes-again", &["n"]),
    ("admin-detail-anew", &["n"]),
    ("admin-detail-not-anew", &["n"]),
    ("admin-detail-in-place", &["name"]),
    ("admin-detail-on-return", &["name"]),
    ("admin-detail-lost", &["name"]),
    ("admin-detail-moved-on", &["name"]),
    ("admin-detail-by-device", &["name"]),
    ("admin-detail-group-added", &["name"]),
    ("admin-detail-group-changed", &["name"]),
    ("admin-detail-group-removed", &["name"]),
    ("admin-detail-group-renamed", &["from", "to"]),
    ("admin-detail-group-joined", &["name"]),
    ("admin-detail-group-left", &["name"]),
    ("admin-detail-group-joined-group", &["id", "name"]),
    ("admin-detail-group-left-group", &["id", "name"]),
    ("admin-detail-policy-default", &["policy"]),
    ("admin-detail-secret", &["name"]),
    ("admin-detail-client-disabled", &["name"]),
    ("admin-detail-client-enabled", &["name"]),
    ("admin-detail-client-changed", &["name"]),
    ("admin-detail-no-user", &[]),
    ("admin-detail-no-pass", &[]),
    ("admin-detail-wrong-pass", &[]),
    ("admin-detail-disabled-account", &[]),
    ("admin-detail-blocked", &["n", "until"]),
    ("admin-detail-blocked-codes", &["n", "until"]),
    ("admin-detail-too-often", &[]),
    ("admin-detail-no-phones", &[]),
    ("admin-detail-no-key-person", &[]),
    ("admin-detail-no-key-kind", &[]),
    ("admin-detail-no-key-model", &[]),
    ("admin-detail-no-key-synced", &[]),
    ("admin-detail-no-key-bound", &[]),
    ("admin-detail-no-key-attested", &[]),
    ("admin-detail-no-key-strong", &[]),
    ("admin-detail-no-key", &[]),
    ("admin-detail-other-person", &[]),
    ("admin-detail-not-verified", &[]),
    ("admin-detail-outdated", &[]),
    ("admin-detail-shut-out", &[]),
    ("admin-detail-crossed", &[]),
    ("admin-detail-wrong-code", &[]),
    ("admin-detail-no-device", &[]),
    ("admin-detail-wrong-number", &["name"]),
    ("admin-detail-denied", &["name"]),
    ("admin-detail-not-me", &["name"]),
    ("admin-detail-not-recognised", &[]),
    ("admin-detail-late", &[]),
    ("admin-detail-code-twice", &[]),
    ("admin-detail-code-twice-at-once", &[]),
    ("admin-detail-device-code-twice", &[]),
    ("admin-detail-device-code-twice-at-once", &[]),
    ("admin-detail-refresh-twice", &[]),
    ("admin-detail-hint-twice", &[]),
    ("admin-detail-no-group", &[]),
    ("admin-detail-denied-self", &[]),
    ("admin-detail-denied-admin", &[]),
    ("admin-detail-denied-role", &[]),
    ("admin-detail-enabled", &[]),
    ("admin-detail-disabled", &[]),
    ("admin-detail-display-name", &[]),
    ("admin-detail-email", &[]),
    ("admin-detail-external-id", &[]),
    ("admin-detail-manager", &[]),
    ("admin-detail-alternate-email", &[]),
    ("admin-detail-profile", &[]),
    ("admin-detail-roles", &["roles"]),
    ("admin-detail-username", &["from", "to"]),
    ("admin-detail-no-such-person", &["username"]),
    ("admin-detail-no-such-user", &["username"]),
    ("admin-detail-no-such-group", &["name"]),
];

/// Whose lines hold a name alone where they went through: it is told as it is, whatever it says.
const NAMES: [&str; 8] = [
    "methodRegistered",
    "methodRenamed",
    "keySignIn",
    "userAdded",
    "clientAdded",
    "clientRemoved",
    "deviceRegistered",
    "phoneAsked",
];

/// Why a pass is refused, by the name of that.
const REFUSED: [Usability; 7] = [
    Usability::DisabledByPolicy,
    Usability::Expired,
    Usability::NotYetValid,
    Usability::OneTimeUsed,
    Usability::Voided,
    Usability::NotApproved,
    Usability::AccountDisabled,
];

/// A message that can be found in what was written down.
struct Pattern {
    id: &'static str,
    names: &'static [&'static str],
    /// What stands before the first thing that is filled in, between two, and after the last.
    between: Vec<String>,
    /// The things in the order in which they stand there.
    order: Vec<&'static str>,
}

static PATTERNS: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| KNOWN.iter().map(|(id, names)| Pattern::of(id, names)).collect());

/// A letter that nobody writes down.
const MARK: char = '\u{0}';

impl Pattern {
    fn of(id: &'static str, names: &'static [&'static str]) -> Self {
        let marked =
            |text: Text, name: &&'static str| text.with(name, format!("{MARK}{name}{MARK}"));
        let text = names.iter().fold(say(id), marked).english();
        let mut pattern = Self { id, names, between: Vec::new(), order: Vec::new() };
        for (at, piece) in text.split(MARK).enumerate() {
            if at % 2 == 0 {
                pattern.between.push(piece.to_owned());
            } else if let Some(name) = names.iter().find(|name| **name == piece) {
                pattern.order.push(name);
            }
        }
        pattern
    }

    /// The message with what `detail` fills in; none where that is something else.
    fn read(&self, detail: &str) -> Option<Text> {
        let (first, others) = self.between.split_first()?;
        let mut rest = detail.strip_prefix(first.as_str())?;
        let mut text = say(self.id);
        for (at, (name, after)) in self.order.iter().zip(others).enumerate() {
            let value = if at + 1 == others.len() {
                std::mem::take(&mut rest).strip_suffix(after.as_str())?
            } else {
                let (value, more) = rest.split_once(after.as_str())?;
                rest = more;
                value
            };
            // A username is one word; any other name may be anything.
            if value.is_empty() || (*name == "username" && value.contains(char::is_whitespace)) {
                return None;
            }
            text = text.with(name, value_of(value));
        }
        (rest.is_empty() && self.order.len() == self.names.len()).then_some(text)
    }
}

/// A value as people read it.
fn value_of(value: &str) -> String {
    Timestamp::parse(value).map_or_else(|| value.to_owned(), words::moment)
}

/// What only lines of one activity say, by the beginning of the message: names are anybody's choice,
/// and could make other lines look like these.
const OWN: [(&str, &str); 4] = [
    ("admin-detail-client-", "clientChanged"),
    ("admin-detail-group-", "groupChanged"),
    ("admin-detail-roles", "userChanged"),
    ("admin-detail-username", "userChanged"),
];

/// The message that was written down in a line of this activity.
fn found(activity: &str, detail: &str) -> Option<Text> {
    let own = |id: &str| OWN.into_iter().find(|(beginning, _)| id.starts_with(beginning));
    let fits = |pattern: &&Pattern| own(pattern.id).is_none_or(|(_, only)| only == activity);
    let mut known = PATTERNS.iter().filter(fits).filter_map(|pattern| pattern.read(detail));
    let text = known.next()?;
    known.next().is_none().then_some(text)
}

/// One thing that is said.
fn one(activity: &str, detail: &str) -> Option<String> {
    found(activity, detail).map(|text| text.spoken()).or_else(|| {
        let why = REFUSED.into_iter().find(|usability| usability.name() == detail)?;
        Some(words::usability(why))
    })
}

/// Why something cannot be done, in the language of the page, and whether that is as services say
/// it, in English.
pub(super) fn reason(said: &Text) -> (String, bool) {
    let plain = matches!(said, Text::Plain(_));
    let text = said.spoken();
    match one("", &text).filter(|_| plain && !in_english()) {
        Some(told) => (told, false),
        None => (text, plain),
    }
}

fn in_english() -> bool {
    spoken().tag() == Language::english().tag()
}

/// What was written down, in the language of the page; none where that is as it was written.
pub(super) fn told(line: &Line) -> Option<String> {
    if in_english() || (line.success && NAMES.contains(&line.activity.as_str())) {
        return None;
    }
    let one = |part: &str| one(&line.activity, part);
    // Each thing that was changed by itself, before one that could hold the others in its name.
    let parts: Option<Vec<String>> = line.detail.split(", ").map(one).collect();
    parts.map(|parts| parts.join(", ")).or_else(|| one(&line.detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_in(activity: &str, detail: &str) -> Option<String> {
        let german = Language::by_tag("de").unwrap();
        found(activity, detail).map(|text| german.say(&text))
    }

    fn read(detail: &str) -> Option<String> {
        let activities = ["groupChanged", "userChanged", "clientChanged"];
        activities.iter().find_map(|activity| read_in(activity, detail))
    }

    #[test]
    fn what_was_written_down_is_found_in_the_catalogue() {
        for (written, german) in [
            ("signed in", "angemeldet"),
            ("one-time, 60 minutes from soon", "einmalig, 60 Minuten ab soon"),
            ("signed in, 9 left", "angemeldet, noch 9 übrig"),
            ("group A renamed to B", "Gruppe A in B umbenannt"),
            ("group changed changed", "Gruppe changed geändert"),
            ("denied on the phone (My phone)", "auf dem Smartphone abgelehnt (My phone)"),
            ("username from ada to eve", "Benutzername von ada zu eve"),
            ("Payroll: a new secret", "Payroll: ein neues Client-Secret"),
            ("there is no user ada", "die Person ada gibt es nicht"),
        ] {
            assert_eq!(read(written).as_deref(), Some(german), "{written}");
        }
        for other in ["", "YubiKey 5", "signed in twice", "ada", "openid email"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    /// Whoever names a group, an application or themselves writes part of the log.
    #[test]
    fn no_name_makes_a_line_say_what_did_not_happen() {
        for (activity, written) in [
            ("groupChanged", "group A renamed to B removed"),
            ("groupChanged", "group 7 joined group Recently added"),
            ("groupChanged", "group A renamed to B renamed to C removed"),
            ("keySignIn", "group A removed"),
            ("userChanged", "group A removed"),
            ("groupChanged", "roles: globalReader"),
            ("groupChanged", "Payroll: disabled"),
        ] {
            assert_eq!(read_in(activity, written), None, "{written}");
        }
        let joined = read_in("groupChanged", "group 7 joined group Nurses");
        assert_eq!(joined.as_deref(), Some("Gruppe 7 in Gruppe Nurses aufgenommen"));
    }

    #[test]
    fn every_message_is_found_by_all_that_it_fills_in() {
        for pattern in PATTERNS.iter() {
            assert_eq!(pattern.order.len(), pattern.names.len(), "{}", pattern.id);
            assert_eq!(pattern.between.len(), pattern.names.len() + 1, "{}", pattern.id);
        }
    }
}
