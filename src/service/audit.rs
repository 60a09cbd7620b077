//! Writing down what happened.

use super::caller::Caller;
use super::{Failure, Origin, Services};
use crate::domain::audit::{Activity, Event};
use crate::domain::id::{AuditId, ClientId, UserId};
use crate::store::audit::{self, Line};

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

    /// Writes a line on its own, where nothing else is written with it.
    pub async fn note(&self, entry: Entry) -> Result<(), Failure> {
        let event = entry.done();
        Ok(self
            .store
            .write(|conn| Box::pin(async move { audit::insert(conn, &event).await }))
            .await?)
    }

    /// The latest lines, newest first.
    pub async fn audit_log(&self, limit: u32) -> Result<Vec<Line>, Failure> {
        Ok(audit::latest(&mut *self.store.reader().await?, limit).await?)
    }
}

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
