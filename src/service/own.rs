//! What people do about their own account in My Security Info.

use std::collections::HashMap;

use super::caller::Caller;
use super::journeys::Browser;
use super::{Failure, Origin, Services};
use crate::domain::agent::Place;
use crate::domain::audit::Activity;
use crate::domain::audit_log::{Line, Search};
use crate::domain::client::Client;
use crate::domain::credential::{Credential, parse_name};
use crate::domain::error::Invalid;
use crate::domain::grant::Access;
use crate::domain::id::{ClientId, MethodId, SessionId};
use crate::domain::journey::{Purpose, Step};
use crate::domain::mail::{MethodChange, method_changed, method_renamed, sessions_ended};
use crate::domain::policy::{Loss, Requirements};
use crate::domain::session::{Seen, Session};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::credentials::{self, Removal};
use crate::store::{self, access, activity, audit, clients, recovery_codes, sessions};

/// What the audit log says after the name of a method that was lost.
pub const LOST: &str = " (lost or stolen)";

/// Somebody who looks at what opens their own account.
#[derive(Clone, Debug)]
pub struct Own {
    /// The session in which they do.
    pub session: Session,
    /// Who.
    pub user: User,
    /// What they have registered.
    pub methods: Vec<Credential>,
    /// What the policy wants them to have.
    pub policy: Requirements,
    /// From where.
    pub origin: Origin,
}

/// Why something of one's own was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It takes a strong sign-in that is young.
    #[error("show first that it is you")]
    NotProved,
    /// There is no such method.
    #[error("there is no such method")]
    NotFound,
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is the only one left, and whoever removes it has not said that they know.
    #[error("this is the last way to sign in")]
    Last,
    /// The policy wants one, and this is the only one left.
    #[error("the policy wants a method, and this is the last one")]
    Required,
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for ChangeError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// How somebody wants a method removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removing {
    /// It was lost or stolen: nothing that may have been done with it stands.
    pub lost: bool,
    /// They know that it is the last one.
    pub last: bool,
}

impl Own {
    /// Whether what opens the account may be changed now.
    pub fn may_change(&self, now: Timestamp) -> bool {
        let usable: Vec<&Credential> = self.policy.usable(&self.methods).collect();
        self.session.may_change(&usable, now)
    }

    /// One of their methods.
    pub fn method(&self, id: MethodId) -> Option<&Credential> {
        self.methods.iter().find(|method| method.id == id)
    }

    /// What it would mean to lose one of their methods.
    pub fn loss(&self, id: MethodId) -> Loss {
        self.policy.loss(&self.methods, id)
    }
}

impl Services {
    /// Who looks at their own account in this browser; nobody where they must sign in or set up
    /// something first.
    pub async fn own(&self, browser: &Browser, origin: Origin) -> Result<Option<Own>, Failure> {
        let position = self.preview(Purpose::SecurityInfo, browser).await?;
        let (Step::Finish, Some(session), Some(user)) =
            (position.step, position.session, position.user)
        else {
            return Ok(None);
        };
        let (methods, policy) = (position.methods, position.policy);
        Ok(Some(Own { session, user, methods, policy, origin }))
    }

    /// From where each of somebody's methods was last used.
    pub async fn method_places(&self, user: &User) -> Result<HashMap<MethodId, Place>, Failure> {
        Ok(credentials::places(&mut *self.store.reader().await?, user.id).await?)
    }

    /// Gives one of one's own methods another name.
    pub async fn rename_own(&self, own: &Own, id: MethodId, name: &str) -> Result<(), ChangeError> {
        let now = self.now();
        let method = own.method(id).ok_or(ChangeError::NotFound)?;
        let name = parse_name(name)?;
        if !own.may_change(now) {
            return Err(ChangeError::NotProved);
        }
        if name == method.name {
            return Ok(());
        }
        let entry = self.entry(Activity::MethodRenamed, own.origin).by_user(own.user.id);
        let event = entry.detail(format!("{} → {name}", method.name)).done();
        let mail = method_renamed(&self.sender(), &own.user, &method.name, &name, now);
        let letter = self.letter(mail)?;
        let (session, user) = (own.session.id, own.user.id);
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    // Whoever signed out or was shut out meanwhile changes nothing.
                    if !sessions::hold(conn, session).await? {
                        return Ok(Err(ChangeError::NotProved));
                    }
                    if !credentials::rename(conn, user, id, &name).await? {
                        return Ok(Err(ChangeError::NotFound));
                    }
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?
    }

    /// Removes one of one's own methods. Sessions elsewhere that rest on it end. Where it was lost
    /// or stolen, every other session ends, recovery codes are void, and applications lose all that
    /// they were given.
    pub async fn remove_own(
        &self,
        own: &Own,
        id: MethodId,
        how: Removing,
    ) -> Result<(), ChangeError> {
        let now = self.now();
        let method = own.method(id).ok_or(ChangeError::NotFound)?;
        if !own.may_change(now) {
            return Err(ChangeError::NotProved);
        }
        let must_stay = own.policy.required_methods > 0 && !how.lost;
        let entry = self.entry(Activity::MethodRemoved, own.origin).by_user(own.user.id);
        let why = if how.lost { LOST } else { "" };
        let event = entry.detail(format!("{}{why}", method.name)).done();
        let change =
            if how.lost { self.loss_told(own.user.id, None).await? } else { MethodChange::Removed };
        let mail = method_changed(&self.sender(), &own.user, &method.name, change, now);
        let letter = self.letter(mail)?;
        let (session, user) = (own.session.id, own.user.id);
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    if !sessions::hold(conn, session).await? {
                        return Ok(Err(ChangeError::NotProved));
                    }
                    match credentials::remove(conn, user, id, how.last && !must_stay).await? {
                        Removal::Done => {}
                        Removal::Unknown => return Ok(Err(ChangeError::NotFound)),
                        Removal::Last if must_stay => return Ok(Err(ChangeError::Required)),
                        Removal::Last => return Ok(Err(ChangeError::Last)),
                    }
                    if how.lost {
                        // Whoever has it may have made codes with it. Codes first: whoever redeems
                        // one at this moment has a session after that.
                        recovery_codes::delete(conn, user).await?;
                        activity::end_others(conn, user, session, now).await?;
                        access::revoke_all(conn, user, now).await?;
                    } else {
                        activity::end_by_method(conn, user, id, session, now).await?;
                    }
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?
    }

    /// Where a person is signed in.
    pub async fn sessions_of(&self, user: &User) -> Result<Vec<Seen>, Failure> {
        Ok(activity::of_user(&mut *self.store.reader().await?, user.id, self.now()).await?)
    }

    /// Signs out somewhere else, or here; false where there is no such session of theirs.
    pub async fn end_own(&self, own: &Own, id: SessionId) -> Result<bool, Failure> {
        let caller = Caller::person(&own.user, own.origin);
        Ok(self.end_one(&caller, &own.user, id).await?)
    }

    pub(super) async fn end_one(
        &self,
        caller: &Caller,
        user: &User,
        id: SessionId,
    ) -> store::Result<bool> {
        let entry = self.entry_by(Activity::SignedOut, caller).on(Some(user.id));
        let (event, user, now) = (entry.detail("one session").done(), user.id, self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let ended = activity::end_one(conn, user, id, now).await?;
                    if ended {
                        audit::insert(conn, &event).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Signs out everywhere: but here, or here as well.
    pub async fn end_own_sessions(&self, own: &Own, here_too: bool) -> Result<(), Failure> {
        let now = self.now();
        let entry = self.entry(Activity::SignedOut, own.origin).by_user(own.user.id);
        let what = if here_too { "everywhere" } else { "everywhere else" };
        let event = entry.detail(what).done();
        let letter = self.letter(sessions_ended(&self.sender(), &own.user, now))?;
        let (session, user) = (own.session.id, own.user.id);
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if here_too {
                        sessions::end_by_user(conn, user, now).await?;
                    } else {
                        activity::end_others(conn, user, session, now).await?;
                    }
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    audit::insert(conn, &event).await
                })
            })
            .await?)
    }

    /// Whether a session was once this person's, whatever became of it.
    pub async fn had_session(&self, user: &User, id: SessionId) -> Result<bool, Failure> {
        let found = sessions::by_id(&mut *self.store.reader().await?, id).await?;
        Ok(found.is_some_and(|session| session.user_id == user.id))
    }

    /// What happened to a person's account, of these kinds, newest first.
    pub async fn own_activity(
        &self,
        user: &User,
        kinds: &[Activity],
        older_than: Option<(Timestamp, String)>,
        most: usize,
    ) -> Result<Vec<Line>, Failure> {
        let search = Search {
            subject: Some(user.id),
            activities: kinds.iter().map(|kind| kind.name().to_owned()).collect(),
            older_than,
            ..Search::default()
        };
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        Ok(audit::search(&mut *self.store.reader().await?, &search, most).await?)
    }

    /// Which applications have something of a person.
    pub async fn access_of(&self, user: &User) -> Result<Vec<(Client, Access)>, Failure> {
        let mut conn = self.store.reader().await?;
        let mut found = Vec::new();
        for access in access::of_user(&mut conn, user.id, self.now()).await? {
            if let Some(client) = clients::by_id(&mut conn, &access.client_id).await? {
                found.push((client, access));
            }
        }
        Ok(found)
    }

    /// Takes from an application what it has; false where it had nothing.
    pub async fn remove_access(&self, own: &Own, client: &ClientId) -> Result<bool, Failure> {
        let entry = self.entry(Activity::AccessRemoved, own.origin).by_user(own.user.id);
        let event = entry.client(Some(client)).done();
        let (user, client, now) = (own.user.id, client.clone(), self.now());
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let removed = access::remove(conn, user, &client, now).await?;
                    if removed {
                        audit::insert(conn, &event).await?;
                    }
                    Ok(removed)
                })
            })
            .await?)
    }

    /// Something is done in a session by way of an application's proxy: it is not idle.
    pub(super) async fn seen_by_proxy(&self, session: &Session) -> Result<(), Failure> {
        let (id, now) = (session.id, self.now());
        let due = {
            let mut conn = self.store.reader().await?;
            activity::is_due(&mut conn, id, &Place::default(), now).await?
        };
        if !due {
            return Ok(());
        }
        let policy = self.session_policy().await?;
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move { activity::keep(conn, id, &policy, now).await })
            })
            .await?)
    }

    /// Something is done in a session, which is written down once a minute at most.
    pub async fn seen(&self, session: SessionId, origin: Origin) -> Result<(), Failure> {
        let (place, now) = (origin.place(), self.now());
        if !activity::is_due(&mut *self.store.reader().await?, session, &place, now).await? {
            return Ok(());
        }
        let policy = self.session_policy().await?;
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move { activity::record(conn, session, &place, &policy, now).await })
            })
            .await?)
    }
}
