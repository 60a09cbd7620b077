//! The browser's session: whose it is, and its end.

use super::accounts::Account;
use super::caller::Caller;
use super::journeys::Browser;
use super::token_reading::HintClaims;
use super::{AdminError, Failure, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::client::Client;
use crate::domain::id::SessionId;
use crate::domain::session::{Seen, Session};
use crate::domain::user::User;
use crate::store::{audit, sessions, users};

impl Services {
    /// Who is signed in in this browser.
    pub async fn signed_in(&self, browser: &Browser) -> Result<Option<(Session, User)>, Failure> {
        let Some(id) = browser.session else { return Ok(None) };
        let mut conn = self.store.reader().await?;
        let session =
            sessions::by_id(&mut conn, id).await?.filter(|session| session.is_live(self.now()));
        let Some(session) = session else { return Ok(None) };
        let user = users::by_id(&mut conn, session.user_id).await?.filter(|user| user.enabled);
        Ok(user.map(|user| (session, user)))
    }

    /// Ends every session of a person, and with them what applications were given under them.
    pub async fn end_sessions(&self, caller: &Caller, user: &User) -> Result<(), AdminError> {
        self.permit(caller, Action::RemoveMethod, Activity::SignedOut, Some(user)).await?;
        let entry = self.entry_by(Activity::SignedOut, caller).on(Some(user.id));
        let (event, id, now) = (entry.detail("everywhere").done(), user.id, self.now());
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    sessions::end_by_user(conn, id, now).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?)
    }

    /// Where a person is signed in, for somebody who may see how they sign in.
    pub async fn list_sessions(
        &self,
        caller: &Caller,
        user: &User,
    ) -> Result<Vec<Seen>, AdminError> {
        Self::permit_seeing(caller, Action::SeeMethods, Some(user))?;
        Ok(self.sessions_of(user).await?)
    }

    /// Ends one session of a person, and with it what applications were given under it.
    pub async fn end_session(
        &self,
        caller: &Caller,
        user: &User,
        id: SessionId,
    ) -> Result<(), AdminError> {
        self.permit(caller, Action::RemoveMethod, Activity::SignedOut, Some(user)).await?;
        if self.end_one(caller, user, id).await? {
            return Ok(());
        }
        Err(AdminError::NotFound(format!("session {id} of {}", user.username.as_str())))
    }

    /// Ends every session of this browser, and with them what applications were given under them.
    pub async fn sign_out(&self, browser: &Browser, origin: Origin) -> Result<(), Failure> {
        let entry = |account: &Account| {
            self.entry(Activity::SignedOut, origin).by_user(account.user.id).done()
        };
        let events: Vec<_> = self.accounts(browser).await?.iter().map(entry).collect();
        let (key, now) = (browser.key_hash.clone(), self.now());
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    sessions::end_by_browser(conn, &key, now).await?;
                    for event in &events {
                        audit::insert(conn, event).await?;
                    }
                    Ok(())
                })
            })
            .await?)
    }

    /// Ends the session of this browser that an ID token names and that has run out as a session of
    /// the browser: what applications were given under it may stand still.
    pub async fn end_run_out(
        &self,
        browser: &Browser,
        client: &Client,
        hint: &HintClaims,
        origin: Origin,
    ) -> Result<(), Failure> {
        let Some(sid) = hint.sid.filter(|_| !browser.key_hash.is_empty()) else { return Ok(()) };
        let found =
            sessions::of_browser(&mut *self.store.reader().await?, &browser.key_hash).await?;
        let is_meant = |it: &Session| {
            it.id == sid && it.ended_at.is_none() && self.subject(client, it.user_id) == hint.sub
        };
        let Some(session) = found.into_iter().find(is_meant) else { return Ok(()) };
        let event = self.entry(Activity::SignedOut, origin).by_user(session.user_id).done();
        let (key, user, now) = (browser.key_hash.clone(), session.user_id, self.now());
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    sessions::end_by_browser_and_user(conn, &key, user, now).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?)
    }
}
