//! The end of every registration: a new method is stored, told of and written down in one
//! transaction, and so is each that it takes the place of.

use super::Services;
use super::audit::Entry;
use super::journeys::{Browser, Position, advance_within};
use super::registration::CeremonyError;
use crate::domain::audit::Activity;
use crate::domain::credential::Credential;
use crate::domain::id::{JourneyId, MethodId, SessionId};
use crate::domain::mail::{Mail, MethodChange, method_changed};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::{self, Conn, audit, credentials, sessions};

/// What the audit log says after the name of a method whose place a new one took, because its person
/// had to register anew.
pub const OUTDATED: &str = ", in whose place another was registered";

/// A method that is about to be somebody's.
#[derive(Clone, Debug)]
pub(super) struct NewMethod {
    /// What is stored.
    pub(super) credential: Credential,
    /// Whose it will be.
    pub(super) user: User,
    /// Who registers it, as the audit log says it.
    pub(super) entry: Entry,
    /// What the audit log says where its credential id is somebody's already.
    pub(super) taken: &'static str,
}

impl NewMethod {
    /// Stores it; false where its credential id is registered already.
    pub(super) async fn store(
        &self,
        services: &Services,
        conn: &mut Conn,
        now: Timestamp,
    ) -> store::Result<bool> {
        let name = &self.credential.name;
        let Some(replaced) = credentials::insert(conn, &self.credential).await? else {
            audit::insert(conn, &self.entry.clone().refused(self.taken).done()).await?;
            return Ok(false);
        };
        services.tell(conn, self.changed(services, name, MethodChange::Added, now), now).await?;
        audit::insert(conn, &self.entry.clone().detail(name).done()).await?;
        for old in &replaced {
            let mail = self.changed(services, &old.name, MethodChange::Removed, now);
            services.tell(conn, mail, now).await?;
            let entry = services.entry_beside(&self.entry, Activity::MethodRemoved);
            let event = entry.detail(format!("{}{OUTDATED}", old.name)).done();
            audit::insert(conn, &event).await?;
        }
        Ok(true)
    }

    fn changed(
        &self,
        services: &Services,
        name: &str,
        change: MethodChange,
        now: Timestamp,
    ) -> Option<Mail> {
        method_changed(&services.sender(), &self.user, name, change, now)
    }
}

/// The journey in which somebody registers something for themselves.
#[derive(Clone, Debug)]
pub(super) struct Site {
    journey: JourneyId,
    browser: String,
    session: Option<SessionId>,
}

impl Site {
    pub(super) fn of(position: &Position, browser: &Browser) -> Self {
        Self {
            journey: position.journey.id,
            browser: browser.key_hash.clone(),
            session: position.session.as_ref().map(|session| session.id),
        }
    }

    /// Whether the session stands, to the end of this transaction: whoever signed out, lost their
    /// pass or was disabled meanwhile adds nothing.
    pub(super) async fn holds(&self, conn: &mut Conn) -> store::Result<bool> {
        match self.session {
            Some(session) => sessions::hold(conn, session).await,
            None => Ok(false),
        }
    }

    /// Something was registered here.
    pub(super) async fn registered(
        &self,
        conn: &mut Conn,
        method: MethodId,
        now: Timestamp,
    ) -> store::Result<()> {
        advance_within(conn, self.journey, &self.browser, now, |progress| {
            progress.registered.push(method);
        })
        .await
    }
}

/// The name of what was added, where it was; nothing is known where the session or the challenge was
/// over.
pub(super) fn name_of(added: Option<bool>, name: String) -> Result<String, CeremonyError> {
    match added {
        Some(true) => Ok(name),
        Some(false) => Err(CeremonyError::AlreadyRegistered),
        None => Err(CeremonyError::Stale),
    }
}
