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

    /// Takes out what need not be counted any more by `now`.
    fn over(&self, now: Timestamp) -> Vec<(Kind, Counted)> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.extract_if(|_, counted| counted.until <= now).collect()
    }

    /// What could not be written down is for the next time.
    fn put_back(&self, kind: Kind, counted: Counted) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let more = counted.more;
        kinds.entry(kind).and_modify(|it| it.more += more).or_insert(counted);
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
        let mut outcome = Ok(());
        for (kind, counted) in self.own_tokens.over(by) {
            if counted.more == 0 {
                continue;
            }
            let times = counted.more;
            let entry = self.entry(Activity::Authorized, counted.origin).client(Some(&kind.client));
            let detail = format!("for itself: {}, {times} more within a minute", kind.scope);
            if let Err(failure) = self.note(entry.detail(detail)).await {
                self.own_tokens.put_back(kind, counted);
                outcome = Err(failure);
            }
        }
        outcome
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
        assert!(tokens.over(now).is_empty());
        let mut over = tokens.over(end);
        over.sort_by_key(|(kind, _)| kind.scope.clone());
        let counts: Vec<u64> = over.iter().map(|(_, counted)| counted.more).collect();
        assert_eq!(counts, [1, 0]);
        assert!(!tokens.count(&kind("a"), origin, end), "a new minute begins with a line");
    }
}
