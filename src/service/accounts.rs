//! The accounts of one browser: whoever has a live session from a sign-in of their own there.

use super::journeys::{Browser, JourneyError, Position};
use super::{Failure, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::client::Client;
use crate::domain::id::SessionId;
use crate::domain::journey::{AuthorizationRequest, Progress, Step};
use crate::domain::session::Session;
use crate::domain::user::{User, Username};
use crate::store::{self, Conn, audit, sessions, users};

/// Somebody who is signed in in a browser.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who it is.
    pub user: User,
    /// The session that they go on with: the one in use, or else the strongest and newest.
    pub session: Session,
    /// All their live sessions there.
    pub sessions: Vec<SessionId>,
    /// Whether the browser is signed in as them now.
    pub is_current: bool,
}

impl Services {
    /// Who is signed in in a browser; who is in use comes first.
    pub async fn accounts(&self, browser: &Browser) -> Result<Vec<Account>, Failure> {
        let mut conn = self.store.reader().await?;
        Ok(self.accounts_within(&mut conn, browser).await?)
    }

    pub(super) async fn accounts_within(
        &self,
        conn: &mut Conn,
        browser: &Browser,
    ) -> store::Result<Vec<Account>> {
        if browser.key_hash.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now();
        let mut live = sessions::live_of_browser(conn, &browser.key_hash, now).await?;
        live.retain(|session| session.is_live(now));
        live.sort_by_key(|session| {
            let is_current = browser.session == Some(session.id);
            std::cmp::Reverse((is_current, session.acr(), session.auth_time))
        });
        let mut accounts: Vec<Account> = Vec::new();
        for session in live {
            if let Some(known) = accounts.iter_mut().find(|it| it.user.id == session.user_id) {
                known.sessions.push(session.id);
                continue;
            }
            let user = users::by_id(conn, session.user_id).await?;
            let Some(user) = user.filter(|user| user.enabled) else { continue };
            accounts.push(Account {
                user,
                is_current: browser.session == Some(session.id),
                sessions: vec![session.id],
                session,
            });
        }
        // The strongest session comes first within a person; people in the order of their last
        // sign-in.
        accounts.sort_by_key(|it| std::cmp::Reverse((it.is_current, it.session.auth_time)));
        Ok(accounts)
    }

    /// Whether an account is the one that a request is about, where it is about one.
    pub(super) fn fits(
        &self,
        account: &Account,
        request: Option<&AuthorizationRequest>,
        client: Option<&Client>,
    ) -> bool {
        let expected = request.and_then(|request| request.expected_user.as_deref());
        expected.is_none_or(|expected| {
            client.is_some_and(|client| self.subject(client, account.user.id) == expected)
        })
    }

    /// Goes on as somebody who has signed in in this browser. Returns the session that the browser
    /// is signed in with from now on; none where that is over, and they must sign in again.
    pub async fn choose(
        &self,
        position: &Position,
        browser: &Browser,
        chosen: SessionId,
    ) -> Result<Option<SessionId>, JourneyError> {
        if position.step != Step::SelectAccount {
            return Err(JourneyError::MovedOn);
        }
        let live = position.accounts.iter().any(|account| account.session.id == chosen);
        if !live && !self.has_ended(position, browser, chosen).await? {
            return Err(JourneyError::MovedOn);
        }
        let progress = Progress {
            switch_user: position.journey.progress.switch_user,
            recognised: position.journey.progress.recognised,
            chosen: Some(chosen),
            ..Progress::default()
        };
        self.advance(position, progress).await?;
        Ok(live.then_some(chosen))
    }

    /// Whether it is a session of this browser that came to its end while the page was open.
    async fn has_ended(
        &self,
        position: &Position,
        browser: &Browser,
        chosen: SessionId,
    ) -> Result<bool, Failure> {
        let mut conn = self.store.reader().await?;
        let known = sessions::of_browser(&mut conn, &browser.key_hash).await?;
        let Some(session) = known.into_iter().find(|it| it.id == chosen && !it.is_live(self.now()))
        else {
            return Ok(false);
        };
        let Some(user) = users::by_id(&mut conn, session.user_id).await? else { return Ok(false) };
        let sessions = vec![session.id];
        let account = Account { user, session, sessions, is_current: false };
        let request = position.journey.purpose.request();
        Ok(self.fits(&account, request, position.client.as_ref()))
    }

    /// Lets somebody in who has not signed in in this browser.
    pub async fn somebody_else(&self, position: &Position) -> Result<(), JourneyError> {
        if position.step != Step::SelectAccount {
            return Err(JourneyError::MovedOn);
        }
        let progress = Progress { switch_user: true, somebody_else: true, ..Progress::default() };
        self.advance(position, progress).await
    }

    /// Ends every session of one person in this browser, and leaves the others there alone.
    pub async fn sign_out_account(
        &self,
        browser: &Browser,
        account: &Account,
        origin: Origin,
    ) -> Result<(), Failure> {
        let event = self.entry(Activity::SignedOut, origin).by_user(account.user.id).done();
        let (key, user, now) = (browser.key_hash.clone(), account.user.id, self.now());
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

/// The session that a request is about among those of its browser; none where it does not say.
pub(super) fn hinted(accounts: &[Account], request: &AuthorizationRequest) -> Option<SessionId> {
    if request.expected_user.is_some() {
        // None but theirs are left.
        return accounts.first().map(|account| account.session.id);
    }
    let hint = request.login_hint.as_deref()?.trim();
    let username = Username::parse(hint).ok();
    let named = |account: &&Account| {
        let by_name = username.as_ref().is_some_and(|it| it.key() == account.user.username.key());
        let by_mail = account.user.email.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(hint));
        by_name || by_mail
    };
    accounts.iter().find(named).map(|account| account.session.id)
}
