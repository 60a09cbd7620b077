//! Writing down what happened.

use super::caller::Caller;
use super::{AdminError, Failure, Origin, Services};
use crate::crypto::chain::Chain;
use crate::domain::audit::{Activity, Event};
use crate::domain::audit_log::{Line, Search};
use crate::domain::authority::Action;
use crate::domain::id::{AuditId, ClientId, UserId};
use crate::domain::time::Timestamp;
use crate::store::{self, Conn, audit};

/// An [`Event`] in the making. Succeeds unless [`Entry::refused`] is called.
#[derive(Clone, Debug)]
pub struct Entry(Event);

impl Services {
    /// Begins a line of the audit log.
    pub fn entry(&self, activity: Activity, origin: Origin) -> Entry {
        let now = self.now();
        Entry(Event {
            id: AuditId::new(now, self.random.as_ref()),
            at: now,
            activity,
            actor: None,
            subject: None,
            client: None,
            address: origin.text(),
            success: true,
            detail: String::new(),
        })
    }

    /// Begins a line about what a caller does.
    pub fn entry_by(&self, activity: Activity, caller: &Caller) -> Entry {
        let mut entry = self.entry(activity, caller.origin);
        entry.0.actor = Some(caller.actor.name());
        entry.0.client = caller.actor.client().cloned();
        entry
    }

    /// Begins a line about something else that the same deed brought about.
    pub(super) fn entry_beside(&self, entry: &Entry, activity: Activity) -> Entry {
        let id = AuditId::new(self.now(), self.random.as_ref());
        Entry(Event { id, activity, ..entry.0.clone() })
    }

    /// Writes a line on its own, where nothing else is written with it.
    pub async fn note(&self, entry: Entry) -> Result<(), Failure> {
        let event = entry.done();
        Ok(self
            .store
            .write(|conn| Box::pin(async move { audit::insert(conn, &event).await }))
            .await?)
    }

    /// The lines that match, newest first unless the oldest are asked for first.
    pub async fn search_audit(
        &self,
        caller: &Caller,
        search: &Search,
        limit: u32,
    ) -> Result<Vec<Line>, AdminError> {
        Self::permit_seeing(caller, Action::SeeAudit, None)?;
        Ok(audit::search(&mut *self.store.reader().await?, search, limit).await?)
    }

    /// The line with this id.
    pub async fn audit_line(&self, caller: &Caller, id: &str) -> Result<Option<Line>, AdminError> {
        Self::permit_seeing(caller, Action::SeeAudit, None)?;
        Ok(audit::by_id(&mut *self.store.reader().await?, id).await?)
    }

    /// Seals the lines that were written since: gives each a number and a hash over itself and the
    /// line before it. Nobody who writes a line waits for that. Returns how many were sealed.
    pub async fn seal_audit(&self) -> Result<usize, Failure> {
        let mut sealed = 0;
        loop {
            let chain = Chain::of_audit_log(&self.master);
            let count = self
                .store
                .write(move |conn| Box::pin(async move { seal_batch(conn, &chain).await }))
                .await?;
            sealed += count;
            if count < SEAL_BATCH as usize {
                return Ok(sealed);
            }
        }
    }

    /// How many lines are sealed in the chain.
    pub async fn sealed_lines(&self) -> Result<i64, Failure> {
        Ok(audit::head(&mut *self.store.reader().await?).await?.0)
    }

    /// Whether there is anything to seal.
    pub async fn audit_is_sealed(&self) -> Result<bool, Failure> {
        Ok(audit::unsealed(&mut *self.store.reader().await?, 1).await?.is_empty())
    }

    /// Sealed lines in their order, after the `after`-th, for an export.
    pub async fn sealed_audit(
        &self,
        caller: &Caller,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Line>, AdminError> {
        Self::permit_seeing(caller, Action::SeeAudit, None)?;
        let lines = audit::sealed(&mut *self.store.reader().await?, after, limit).await?;
        Ok(lines.into_iter().map(|(line, _)| line).collect())
    }

    /// Follows the chain from its beginning, and says where it does not hold.
    pub async fn verify_audit(&self) -> Result<Verdict, Failure> {
        self.seal_audit().await?;
        let (last, last_hash) = audit::head(&mut *self.store.reader().await?).await?;
        let chain = Chain::of_audit_log(&self.master);
        let (mut seq, mut hash) = (0, String::new());
        'pages: loop {
            let lines = {
                let mut conn = self.store.reader().await?;
                audit::sealed(&mut conn, seq, VERIFY_PAGE).await?
            };
            if lines.is_empty() {
                break;
            }
            for (line, stored) in lines {
                let number = line.seq.unwrap_or_default();
                if number > last {
                    // Sealed since we began.
                    break 'pages;
                }
                if number != seq + 1 {
                    return Ok(Verdict::Missing { from: seq + 1, to: number - 1 });
                }
                hash = chain.link(&hash, &line.covered(number));
                if hash != stored {
                    return Ok(Verdict::Altered { seq: number, at: line.at });
                }
                seq = number;
            }
            if seq >= last {
                break;
            }
        }
        Ok(if seq < last {
            Verdict::Missing { from: seq + 1, to: last }
        } else if hash == last_hash {
            Verdict::Intact { lines: seq }
        } else {
            Verdict::HeadAltered
        })
    }
}

async fn seal_batch(conn: &mut Conn, chain: &Chain) -> store::Result<usize> {
    let (mut seq, mut hash) = audit::lock_head(conn).await?;
    let lines = audit::unsealed(conn, SEAL_BATCH).await?;
    for line in &lines {
        seq += 1;
        hash = chain.link(&hash, &line.covered(seq));
        audit::seal(conn, &line.id, seq, &hash).await?;
    }
    if !lines.is_empty() {
        audit::set_head(conn, seq, &hash).await?;
    }
    Ok(lines.len())
}

/// What became of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is whole.
    Intact {
        /// How many lines it has.
        lines: i64,
    },
    /// Lines are gone.
    Missing {
        /// The number of the first.
        from: i64,
        /// The number of the last.
        to: i64,
    },
    /// A line is not as it was written, or was put there.
    Altered {
        /// Its number.
        seq: i64,
        /// When it says that it was written.
        at: Timestamp,
    },
    /// Its head does not fit its last line.
    HeadAltered,
}

/// How many lines are sealed in one transaction.
const SEAL_BATCH: u32 = 500;
/// How many lines are read at once to verify them.
const VERIFY_PAGE: u32 = 1000;

impl Entry {
    /// The person did it to themselves.
    #[must_use]
    pub fn by_user(mut self, user: UserId) -> Self {
        self.0.actor = Some(user.to_string());
        self.0.subject = Some(user);
        self
    }

    /// On whom.
    #[must_use]
    pub fn on(mut self, user: Option<UserId>) -> Self {
        self.0.subject = user;
        self
    }

    /// Through which application.
    #[must_use]
    pub fn client(mut self, client: Option<&ClientId>) -> Self {
        self.0.client = client.cloned();
        self
    }

    /// It did not go through; the true reason.
    #[must_use]
    pub fn refused(mut self, reason: impl Into<String>) -> Self {
        self.0.success = false;
        self.0.detail = reason.into();
        self
    }

    /// What was done.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// The finished line.
    pub fn done(self) -> Event {
        self.0
    }
}
