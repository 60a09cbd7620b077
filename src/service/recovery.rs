//! What becomes of the methods from before: the person who came back removes those that they lost;
//! an admin has a person register anew.

use super::caller::Caller;
use super::journeys::{JourneyError, Position, advance_within};
use super::{AdminError, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::credential::Credential;
use crate::domain::error::Invalid;
use crate::domain::id::{MethodId, RecoverySetId, UserId};
use crate::domain::journey::Step;
use crate::domain::language::say;
use crate::domain::mail::{MethodChange, method_changed};
use crate::domain::recovery::older;
use crate::domain::recovery_mail::{must_register_anew, need_not_register_anew};
use crate::domain::user::User;
use crate::store::{self, activity, audit, credentials, recovery_codes, sessions, users};

/// What the audit log says after the name of a method that its owner removed when they came back.
pub const ON_RETURN: &str = ", when setting up anew";

impl Position {
    /// The methods from before the session: what whoever came back is asked about.
    pub fn older_methods(&self) -> Vec<&Credential> {
        self.session.as_ref().map(|it| older(it, &self.methods).collect()).unwrap_or_default()
    }
}

impl Services {
    /// What the mail about a method says that is removed as lost: whether recovery codes go with it,
    /// other than those of the set that is `kept`.
    pub(super) async fn loss_told(
        &self,
        user: UserId,
        kept: Option<RecoverySetId>,
    ) -> store::Result<MethodChange> {
        let set = recovery_codes::by_user(&mut *self.store.reader().await?, user).await?;
        let void = set.is_some_and(|set| Some(set.id) != kept);
        Ok(if void { MethodChange::RemovedWithCodes } else { MethodChange::Removed })
    }

    /// The person said which of their older methods they do not have any more: those are removed,
    /// and every other session ends, because whoever found the lost one may be signed in with it.
    /// Recovery codes are void, which they may have made with it, unless the person came with one of
    /// those: then they are in their owner's hands. Of what is not among the older ones nothing is removed.
    pub async fn review_methods(
        &self,
        position: &Position,
        lost: &[MethodId],
        origin: Origin,
    ) -> Result<(), JourneyError> {
        let (Step::Review, Some(session), Some(user)) =
            (&position.step, &position.session, &position.user)
        else {
            return Err(JourneyError::MovedOn);
        };
        let now = self.now();
        let kept = session.recovery.map(|origin| origin.set);
        let told = self.loss_told(user.id, kept).await?;
        let mut removals = Vec::new();
        for method in position.older_methods() {
            if !lost.contains(&method.id) {
                continue;
            }
            let mail = method_changed(&self.sender(), user, &method.name, told, now);
            let entry = self.entry(Activity::MethodRemoved, origin).by_user(user.id);
            let event = entry.detail(format!("{}{ON_RETURN}", method.name)).done();
            removals.push((method.id, self.letter(mail)?, event));
        }
        let (user, session) = (user.id, session.id);
        let (journey, browser) = (position.journey.id, position.journey.browser.clone());
        let done = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // Whoever signed out or was shut out meanwhile removes nothing.
                    if !sessions::hold(conn, session).await? {
                        return Ok(false);
                    }
                    let mut removed = false;
                    for (method, letter, event) in &removals {
                        if !credentials::delete(conn, user, *method).await? {
                            continue;
                        }
                        removed = true;
                        if let Some(letter) = letter {
                            letter.queue(conn, now).await?;
                        }
                        audit::insert(conn, event).await?;
                    }
                    if removed {
                        // Codes first: whoever redeems one at this moment has a session after that.
                        recovery_codes::delete_but(conn, user, kept).await?;
                        activity::end_others(conn, user, session, now).await?;
                    }
                    advance_within(conn, journey, &browser, now, |progress| {
                        progress.reviewed = true;
                    })
                    .await?;
                    Ok(true)
                })
            })
            .await?;
        if done { Ok(()) } else { Err(JourneyError::MovedOn) }
    }

    /// Has a person register anew: from now on, what they registered opens nothing, their recovery
    /// codes are void, and they are signed out everywhere. A pass lets them in; the first method
    /// that they register with it takes the place of all that they had.
    pub async fn require_registration(
        &self,
        caller: &Caller,
        user: &User,
    ) -> Result<User, AdminError> {
        let doing = Activity::ReregistrationRequired;
        self.permit(caller, Action::RemoveMethod, doing, Some(user)).await?;
        let entry = self.entry_by(doing, caller).on(Some(user.id));
        let (services, person, name) = (self.clone(), user.clone(), user.username.clone());
        let after = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // Codes and sessions first: whoever redeems or registers at this moment holds
                    // one of them, and is done before the clock is read.
                    recovery_codes::delete(conn, person.id).await?;
                    sessions::end_by_user(conn, person.id, services.now()).await?;
                    let now = services.now();
                    if !users::require_registration(conn, person.id, now).await? {
                        return Ok(None);
                    }
                    // What was opened while this waited for the person's row.
                    sessions::end_by_user(conn, person.id, now).await?;
                    let mail = must_register_anew(&services.sender(), &person, now);
                    services.tell(conn, mail, now).await?;
                    let count = credentials::by_user(conn, person.id).await?.len();
                    let event = entry.detail(format!("{count} methods open nothing any more"));
                    audit::insert(conn, &event.done()).await?;
                    users::by_id(conn, person.id).await
                })
            })
            .await?;
        after.ok_or_else(|| AdminError::NotFound(format!("user {}", name.as_str())))
    }

    /// Takes that back, as long as nothing was registered since: the methods open the account again.
    /// What was ended stays ended, and recovery codes stay void.
    pub async fn cancel_registration(
        &self,
        caller: &Caller,
        user: &User,
    ) -> Result<(), AdminError> {
        let doing = Activity::ReregistrationCancelled;
        self.permit(caller, Action::RemoveMethod, doing, Some(user)).await?;
        let entry = self.entry_by(doing, caller).on(Some(user.id));
        let (services, person, now) = (self.clone(), user.clone(), self.now());
        let cancelled = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !users::cancel_registration(conn, person.id, now).await? {
                        return Ok(false);
                    }
                    let mail = need_not_register_anew(&services.sender(), &person, now);
                    services.tell(conn, mail, now).await?;
                    let count = credentials::by_user(conn, person.id).await?.len();
                    let event = entry.detail(format!("{count} methods open the account again"));
                    audit::insert(conn, &event.done()).await?;
                    Ok(true)
                })
            })
            .await?;
        if cancelled {
            return Ok(());
        }
        let name = user.username.as_str();
        let message = say("invalid-reregistration").with("name", name);
        Err(Invalid::new("reregistration", message).into())
    }
}
