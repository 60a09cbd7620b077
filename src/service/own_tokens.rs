//! How the tokens that applications get for themselves are written down. A service may ask for one
//! with every call that it makes: the first of its kind is a line of the audit log before it is
//! answered, and those of the minute after it are counted, and become one more line.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Failure, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::id::ClientId;
use crate::domain::time::Timestamp;

/// How long tokens of one kind are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// The most kinds that are counted; those that come past it are written down one by one.
const KINDS_MAX: usize = 10_000;

/// What is alike in all that a log says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    client: ClientId,
    address: Option<String>,
    scope: String,
}

struct Counted {
    origin: Origin,
    until: Timestamp,
    /// Whether its line is in the database: until then nobody rests on it.
    noted: bool,
    more: u64,
}

/// Tokens that are counted. Those of one instance: each writes its own lines.
#[derive(Default)]
pub struct OwnTokens(Mutex<HashMap<Kind, Counted>>);

impl fmt::Debug for OwnTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnTokens")
    }
}

impl OwnTokens {
    /// Counts one more of a kind; false where it needs a line of its own.
    fn count(&self, kind: &Kind, origin: Origin, now: Timestamp) -> bool {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counted) = kinds.get_mut(kind) {
            let in_time = counted.noted && now < counted.until;
            counted.more += u64::from(in_time);
            return in_time;
        }
        if kinds.len() < KINDS_MAX {
            let until = now.plus(WINDOW);
            kinds.insert(kind.clone(), Counted { origin, until, noted: false, more: 0 });
        }
        false
    }

    /// The line of a kind is in the database.
    fn noted(&self, kind: &Kind) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counted) = kinds.get_mut(kind) {
            counted.noted = true;
        }
    }

    /// What was counted in minutes that are over by `now`. It stays until it is [`Self::settled`]:
    /// whoever writes it down may be stopped on the way.
    fn due(&self, now: Timestamp) -> Vec<(Kind, Origin, u64)> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.retain(|_, counted| counted.more > 0 || counted.until > now);
        let due = kinds.iter().filter(|(_, counted)| counted.more > 0 && counted.until <= now);
        due.map(|(kind, counted)| (kind.clone(), counted.origin, counted.more)).collect()
    }

    /// So many of a kind are written down, and their minute is over.
    fn settled(&self, kind: &Kind, times: u64) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = kinds.get_mut(kind).map_or(0, |counted| {
            counted.more = counted.more.saturating_sub(times);
            counted.more
        });
        if left == 0 {
            kinds.remove(kind);
        }
    }
}

impl Services {
    /// Writes down that an application gets a token for itself, or counts it.
    pub(super) async fn note_own_token(
        &self,
        client: &ClientId,
        scope: &str,
        origin: Origin,
    ) -> Result<(), Failure> {
        let kind = Kind { client: client.clone(), address: origin.text(), scope: scope.to_owned() };
        if self.own_tokens.count(&kind, origin, self.now()) {
            return Ok(());
        }
        let entry = self.entry(Activity::Authorized, origin).client(Some(client));
        self.note(entry.detail(format!("for itself: {scope}"))).await?;
        self.own_tokens.noted(&kind);
        Ok(())
    }

    /// Writes down what was counted in minutes that are over; to be called now and then, and with a
    /// moment far away before the end.
    pub async fn note_counted(&self, by: Timestamp) -> Result<(), Failure> {
        for (kind, origin, times) in self.own_tokens.due(by) {
            let entry = self.entry(Activity::Authorized, origin).client(Some(&kind.client));
            let detail = format!("for itself: {}, {times} more within a minute", kind.scope);
            self.note(entry.detail(detail)).await?;
            self.own_tokens.settled(&kind, times);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(scope: &str) -> Kind {
        Kind { client: ClientId("hr".into()), address: None, scope: scope.into() }
    }

    #[test]
    fn what_comes_within_a_minute_of_a_line_is_counted_and_nothing_else_is() {
        let (tokens, origin) = (OwnTokens::default(), Origin::default());
        let now = Timestamp::from_micros(1_000_000_000);
        assert!(!tokens.count(&kind("a"), origin, now));
        assert!(!tokens.count(&kind("a"), origin, now), "the line is not there yet");
        tokens.noted(&kind("a"));
        assert!(tokens.count(&kind("a"), origin, now));
        assert!(!tokens.count(&kind("b"), origin, now));
        let end = now.plus(WINDOW);
        assert!(!tokens.count(&kind("a"), origin, end));
        assert!(tokens.due(now).is_empty());
        let due = |at| tokens.due(at).into_iter().map(|(kind, _, times)| (kind.scope, times));
        assert_eq!(due(end).collect::<Vec<_>>(), [("a".to_owned(), 1)]);
        assert_eq!(due(end).count(), 1, "until it is written down");
        tokens.settled(&kind("a"), 1);
        assert_eq!(due(end).count(), 0);
        assert!(!tokens.count(&kind("a"), origin, end), "a new minute begins with a line");
    }
}
