//! States put into words for people.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::views::{MethodView, PassView, ScopeView, SessionView};
use crate::domain::agent::{Agent, Place};
use crate::domain::assurance::Factor;
use crate::domain::authenticators::{self, Kind};
use crate::domain::client::Scope;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::MethodId;
use crate::domain::pass::Usability;
use crate::domain::permission::Permission;
use crate::domain::session::Seen;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::http::language::{Text, say};
use crate::service::passes::PassStatus;

const TIME: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");

/// A day.
fn day(moment: Timestamp) -> Text {
    let at = moment.to_datetime();
    say("date")
        .with("day", u32::from(at.day()))
        .with("month", u32::from(u8::from(at.month())))
        // Not a number: nothing is to be put between its thousands.
        .with("year", at.year().to_string())
}

/// A moment, to the minute.
pub(crate) fn moment(moment: Timestamp) -> String {
    let time = moment.to_datetime().format(&TIME).unwrap_or_default();
    say("moment").with("date", day(moment).spoken()).with("time", time).spoken()
}

/// How long ago something was. The reader's time zone is not known, so that near times are said
/// as spans and far ones as days.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.since(then).as_secs() / 60;
    let text = match minutes {
        0 => say("ago-now"),
        1..60 => say("ago-minutes").with("n", minutes),
        60..1440 => say("ago-hours").with("n", minutes / 60),
        _ => say("ago-date").with("date", day(then).spoken()),
    };
    text.spoken()
}

/// A method as a row; `added` are those of this journey.
pub(crate) fn method(method: &Credential, added: &[MethodId], now: Timestamp) -> MethodView {
    let known = method.aaguid.and_then(authenticators::name_of).map(|known| known.kind);
    let travels = method.transports.iter().any(|transport| transport == "hybrid")
        && !method.transports.iter().any(|transport| transport == "internal");
    let icon = match (method.kind, known) {
        (MethodKind::SecurityKey, _) | (_, Some(Kind::SecurityKey)) => "security-key",
        (MethodKind::Phone, _) => "phone",
        (_, Some(Kind::Platform)) => "laptop",
        (_, Some(Kind::SyncedProvider)) => "cloud",
        (_, None) if travels => "phone",
        (_, None) => "passkey",
    };
    let kind = match method.kind {
        MethodKind::SecurityKey => "security_key",
        MethodKind::Passkey => "passkey",
        MethodKind::Phone => "phone",
    };
    MethodView {
        id: method.id.to_string(),
        name: method.name.clone(),
        kind: kind.into(),
        icon: icon.into(),
        added: ago(method.created_at, now),
        new: added.contains(&method.id),
        last_used: method.last_used_at.map(|used| ago(used, now)),
        place: None,
    }
}

/// A browser and its platform.
fn browser(agent: Option<Agent>) -> String {
    match agent.map(|agent| (agent.browser, agent.platform)) {
        Some((Some(browser), Some(platform))) => {
            say("agent-on").with("browser", browser).with("platform", platform).spoken()
        }
        Some((Some(name), None) | (None, Some(name))) => name.to_owned(),
        Some((None, None)) | None => say("agent-unknown").spoken(),
    }
}

/// From where something was done; none where that is not known.
pub(crate) fn place(place: &Place) -> Option<String> {
    let browser = place.agent.map(|agent| browser(Some(agent)));
    let parts: Vec<String> = browser.into_iter().chain(place.address.clone()).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// How somebody signed in, by the strongest thing that they proved: the message that says so.
pub(crate) fn how(session: &Session) -> &'static str {
    let any = |test: fn(&Factor) -> bool| session.factors.iter().any(test);
    if any(|it| matches!(it, Factor::Key { .. })) {
        "how-key"
    } else if any(|it| matches!(it, Factor::Phone { .. })) {
        "how-phone"
    } else if any(|it| matches!(it, Factor::TemporaryAccessPass)) {
        "how-pass"
    } else if any(|it| matches!(it, Factor::RecoveryCode)) {
        "how-code"
    } else {
        "how-upstream"
    }
}

/// A session as a row.
pub(crate) fn session(seen: &Seen, now: Timestamp) -> SessionView {
    let platform = seen.place.agent.and_then(|agent| agent.platform).unwrap_or_default();
    SessionView {
        id: seen.session.id.to_string(),
        browser: browser(seen.place.agent),
        icon: if matches!(platform, "Android" | "iPhone" | "iPad") { "phone" } else { "laptop" },
        address: seen.place.address.clone(),
        began: ago(seen.session.created_at, now),
        active: ago(seen.last_active_at, now),
        how: say(how(&seen.session)).spoken(),
        this: false,
    }
}

/// A scope as a line of the consent page.
pub(crate) fn scope(scope: Scope) -> ScopeView {
    let (title, detail) = match scope {
        Scope::OpenId => ("scope-openid", say("scope-openid-text")),
        Scope::Profile => ("scope-profile", say("scope-profile-text")),
        Scope::Email => ("scope-email", say("scope-email-text")),
        Scope::Groups => ("scope-groups", say("scope-groups-text")),
        Scope::OfflineAccess => ("scope-offline", say("scope-offline-text")),
        Scope::Api(permission) => ("scope-api", allows(permission)),
    };
    ScopeView { name: scope.name().into(), title: say(title).spoken(), detail: detail.spoken() }
}

/// What a permission allows: the words of [`Permission::words`], in every language.
pub(crate) fn allows(permission: Permission) -> Text {
    Text::of(format!("permission-{}", permission.name().replace('.', "-")))
}

/// Whether a pass may be used.
pub(crate) fn usability(usability: Usability) -> String {
    state(usability).spoken()
}

fn state(usability: Usability) -> Text {
    say(match usability {
        Usability::EnabledByPolicy => "pass-ready",
        Usability::DisabledByPolicy => "pass-not-allowed",
        Usability::Expired => "pass-expired",
        Usability::NotYetValid => "pass-not-yet",
        Usability::OneTimeUsed => "pass-used",
        Usability::Voided => "pass-void",
        Usability::NotApproved => "pass-waits",
        Usability::AccountDisabled => "pass-disabled",
    })
}

/// A pass as its owner may see it.
pub(crate) fn pass(status: &PassStatus) -> PassView {
    PassView {
        starts: moment(status.pass.terms.starts_at),
        expires: moment(status.pass.terms.ends_at()),
        state: usability(status.usability),
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
        assert_eq!(moment(now), "5 March 2026, 12:00 UTC");
    }

    #[test]
    fn english_says_what_the_api_says() {
        for permission in Permission::ALL {
            assert_eq!(allows(permission).english(), permission.words());
        }
    }
}
