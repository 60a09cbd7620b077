//! States put into words for people.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::views::{MethodView, PassView, ScopeView};
use crate::domain::authenticators::{self, Kind};
use crate::domain::client::Scope;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::MethodId;
use crate::domain::pass::Usability;
use crate::domain::time::Timestamp;
use crate::service::passes::PassStatus;

const DAY: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:long] [year]");
const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");

fn formatted(moment: Timestamp, format: &[BorrowedFormatItem<'_>]) -> String {
    moment.to_datetime().format(&format).unwrap_or_else(|_| moment.to_string())
}

/// A moment, to the minute.
pub(crate) fn moment(moment: Timestamp) -> String {
    formatted(moment, MOMENT)
}

/// How long ago something was. The reader's time zone is not known, so that near times are said
/// as spans and far ones as days.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.since(then).as_secs() / 60;
    match minutes {
        0 => "just now".into(),
        1 => "a minute ago".into(),
        2..60 => format!("{minutes} minutes ago"),
        60..120 => "an hour ago".into(),
        120..1440 => format!("{} hours ago", minutes / 60),
        _ => formatted(then, DAY),
    }
}

/// A method as a row; `added` are those of this journey.
pub(crate) fn method(method: &Credential, added: &[MethodId], now: Timestamp) -> MethodView {
    let known = method.aaguid.and_then(authenticators::name_of).map(|known| known.kind);
    let travels = method.transports.iter().any(|transport| transport == "hybrid")
        && !method.transports.iter().any(|transport| transport == "internal");
    let icon = match (method.kind, known) {
        (MethodKind::SecurityKey, _) | (_, Some(Kind::SecurityKey)) => "security-key",
        (_, Some(Kind::Platform)) => "laptop",
        (_, Some(Kind::SyncedProvider)) => "cloud",
        (_, None) if travels => "phone",
        (_, None) => "passkey",
    };
    let kind = match method.kind {
        MethodKind::SecurityKey => "security_key",
        MethodKind::Passkey => "passkey",
    };
    MethodView {
        name: method.name.clone(),
        kind: kind.into(),
        icon: icon.into(),
        added: ago(method.created_at, now),
        new: added.contains(&method.id),
        last_used: method.last_used_at.map(|used| ago(used, now)),
    }
}

/// A scope as a line of the consent page.
pub(crate) fn scope(scope: Scope) -> ScopeView {
    let (title, detail) = match scope {
        Scope::OpenId => ("That it is you", "A number that stands for you, the same each time."),
        Scope::Profile => ("Your name", "Your name and your username."),
        Scope::Email => ("Your e-mail address", "The address that is on record here."),
        Scope::Groups => ("Your groups", "The names of the groups that you are in."),
        Scope::OfflineAccess => {
            ("Access while you are away", "It stays connected until you sign out here.")
        }
        Scope::Api(permission) => ("In your name", permission.words()),
    };
    ScopeView { name: scope.name().into(), title: title.into(), detail: detail.into() }
}

/// Whether a pass may be used, in words.
pub(crate) fn usability(usability: Usability) -> &'static str {
    match usability {
        Usability::EnabledByPolicy => "Ready to use",
        Usability::DisabledByPolicy => "Not allowed by policy",
        Usability::Expired => "Expired",
        Usability::NotYetValid => "Not valid yet",
        Usability::OneTimeUsed => "Used",
        Usability::Voided => "Void after too many wrong tries",
        Usability::NotApproved => "Waits for a second admin's approval",
        Usability::AccountDisabled => "The account is disabled",
    }
}

/// A pass as its owner may see it.
pub(crate) fn pass(status: &PassStatus) -> PassView {
    PassView {
        starts: moment(status.pass.terms.starts_at),
        expires: moment(status.pass.terms.ends_at()),
        state: usability(status.usability).into(),
        one_time: status.pass.terms.one_time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_times_are_spans_and_far_ones_days() {
        let now = Timestamp::parse("2026-03-05T12:00:00Z").unwrap();
        let table = [
            ("2026-03-05T12:00:30Z", "just now"),
            ("2026-03-05T11:59:30Z", "just now"),
            ("2026-03-05T11:58:30Z", "a minute ago"),
            ("2026-03-05T11:01:00Z", "59 minutes ago"),
            ("2026-03-05T11:00:00Z", "an hour ago"),
            ("2026-03-04T12:01:00Z", "23 hours ago"),
            ("2026-03-04T12:00:00Z", "4 March 2026"),
        ];
        for (then, words) in table {
            assert_eq!(ago(Timestamp::parse(then).unwrap(), now), words);
        }
        assert_eq!(formatted(now, MOMENT), "5 March 2026, 12:00 UTC");
    }
}
