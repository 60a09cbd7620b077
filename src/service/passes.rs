//! Issuing, showing and deleting Temporary Access Passes.

use std::collections::HashMap;

use super::caller::Caller;
use super::{AdminError, Services};
use crate::domain::audit::{Activity, Event};
use crate::domain::authority::{Action, Actor, Denied};
use crate::domain::id::{PassId, UserId};
use crate::domain::mail::{self, Mail};
use crate::domain::pass::{Approval, Pass, PassRequest, PassTerms, PassValue, Usability};
use crate::domain::policy::{DeliveryTarget, TapPolicy};
use crate::domain::user::User;
use crate::store::{self, Conn, audit, passes, sessions, users};

/// A pass with what is worth knowing about it now.
#[derive(Clone, Debug)]
pub struct PassStatus {
    /// The pass.
    pub pass: Pass,
    /// Whether it may be used now, and if not, why.
    pub usability: Usability,
}

/// A pass that was just issued. Its value exists here and nowhere else.
#[derive(Clone, Debug)]
pub struct IssuedPass {
    /// Whose it is.
    pub user: User,
    /// The pass.
    pub status: PassStatus,
    /// Its value.
    pub value: PassValue,
    /// The address that is told about it, as the policy has it.
    pub mailed_to: Option<String>,
}

/// A pass that is about to be issued.
#[derive(Clone, Debug)]
pub(super) struct NewPass {
    pass: Pass,
    value: PassValue,
    hash: String,
    policy: TapPolicy,
    event: Event,
}

impl NewPass {
    /// Stores it in place of the one before it, in the transaction of what else is done for the
    /// person, who is as they will be. Queues the mail about it, and returns whom that is to.
    pub(super) async fn store(
        &self,
        services: &Services,
        conn: &mut Conn,
        user: &User,
    ) -> store::Result<Option<String>> {
        let now = self.pass.created_at;
        let mail = self.mail(services, conn, user).await?;
        let mailed_to = mail.as_ref().map(|mail| mail.to.clone()).filter(|_| services.sends_mail);
        if let Some(old) = passes::replace(conn, &self.pass, &self.hash).await? {
            sessions::end_by_pass(conn, old, now).await?;
        }
        services.tell(conn, mail, now).await?;
        audit::insert(conn, &self.event).await?;
        Ok(mailed_to)
    }

    /// What is told about it, to whom the policy names; none where no mail reaches them.
    async fn mail(
        &self,
        services: &Services,
        conn: &mut Conn,
        user: &User,
    ) -> store::Result<Option<Mail>> {
        let policy = &self.policy;
        let manager = match (policy.delivery_target, user.manager) {
            (DeliveryTarget::Manager, Some(id)) => users::by_id(conn, id).await?,
            _ => None,
        };
        let (reader, to) = match policy.delivery_target {
            DeliveryTarget::None => return Ok(None),
            DeliveryTarget::AlternateEmail => (user, user.profile.alternate_email.clone()),
            DeliveryTarget::Manager => match &manager {
                Some(manager) => (manager, manager.email.clone()),
                None => return Ok(None),
            },
        };
        let (sender, terms) = (services.sender(), &self.pass.terms);
        let value = policy.is_value_mailed.then_some(&self.value);
        Ok(to.map(|to| mail::pass_issued(&sender, to, reader, user, terms, value)))
    }
}

impl Services {
    /// Issues a pass to a person and deletes the one they had.
    pub async fn issue_pass(
        &self,
        caller: &Caller,
        user: &str,
        request: PassRequest,
    ) -> Result<IssuedPass, AdminError> {
        self.issue_pass_if(caller, user, request, |_| true).await
    }

    /// The same, but only while the pass that is there is still the one that the caller has seen,
    /// or none: a form that is sent twice issues one pass.
    pub async fn issue_pass_over(
        &self,
        caller: &Caller,
        user: &str,
        request: PassRequest,
        seen: Option<PassId>,
    ) -> Result<IssuedPass, AdminError> {
        self.issue_pass_if(caller, user, request, move |there| there == seen).await
    }

    async fn issue_pass_if(
        &self,
        caller: &Caller,
        user: &str,
        request: PassRequest,
        fits: impl Fn(Option<PassId>) -> bool + Clone + Send + Sync + 'static,
    ) -> Result<IssuedPass, AdminError> {
        let user = self.find_user(user).await?;
        let new = self.prepare_pass(caller, &user, &request).await?;
        let (services, stored, owner) = (self.clone(), new.clone(), user.clone());
        let mailed_to = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let there = passes::by_user(conn, owner.id).await?.map(|(pass, _)| pass.id);
                    if !fits(there) {
                        return Ok(Err(AdminError::Changed));
                    }
                    stored.store(&services, conn, &owner).await.map(Ok)
                })
            })
            .await??;
        self.issued(user, new, mailed_to).await
    }

    /// Settles the terms of a pass and makes its value. Nothing of it is stored yet, and `user` may
    /// not be, either.
    pub(super) async fn prepare_pass(
        &self,
        caller: &Caller,
        user: &User,
        request: &PassRequest,
    ) -> Result<NewPass, AdminError> {
        let entry = self.entry_by(Activity::PassIssued, caller).on(Some(user.id));
        self.permit(caller, Action::IssuePass, Activity::PassIssued, Some(user)).await?;
        let now = self.now();
        let policy = self.tap_policy().await?;
        // Whoever sits at the machine can write to the database anyway.
        let needs_approval = policy.is_approval_required_for_admins
            && !user.roles.is_empty()
            && !matches!(caller.actor, Actor::Operator | Actor::System);
        let terms = PassTerms::settle(request, &policy, now)?;
        let value = PassValue::generate(policy.default_length, self.random.as_ref());
        let hash = self
            .hasher
            .hash(value.clone(), self.random.as_ref())
            .await
            .map_err(|busy| AdminError::Failure(busy.into()))?;
        let pass = Pass {
            id: PassId::new(now, self.random.as_ref()),
            user_id: user.id,
            created_at: now,
            terms,
            used_at: None,
            failures: 0,
            issued_by: Some(caller.actor.name()),
            approval: if needs_approval { Approval::Pending } else { Approval::None },
        };
        let kind = if terms.one_time { "one-time" } else { "multi-use" };
        let event = entry
            .detail(format!(
                "{kind}, {} minutes from {}",
                terms.lifetime_minutes,
                terms.starts_at.to_the_second()
            ))
            .done();
        Ok(NewPass { pass, value, hash, policy, event })
    }

    /// What whoever issued a pass is told, once it is stored.
    pub(super) async fn issued(
        &self,
        user: User,
        new: NewPass,
        mailed_to: Option<String>,
    ) -> Result<IssuedPass, AdminError> {
        let status = self.pass_status(&user, new.pass).await?;
        Ok(IssuedPass { user, status, value: new.value, mailed_to })
    }

    /// Approves a pass that somebody else issued to an admin: whoever may issue one to that person
    /// may approve it, but nobody their own.
    pub async fn approve_pass(
        &self,
        caller: &Caller,
        user: &str,
    ) -> Result<PassStatus, AdminError> {
        let user = self.find_user(user).await?;
        self.approve_pass_if(caller, user, None).await
    }

    /// The same, if it is still the pass with this id.
    pub async fn approve_pass_if(
        &self,
        caller: &Caller,
        user: User,
        id: Option<PassId>,
    ) -> Result<PassStatus, AdminError> {
        self.permit(caller, Action::IssuePass, Activity::PassApproved, Some(&user)).await?;
        let name = user.username.as_str();
        let found = passes::by_user(&mut *self.store.reader().await?, user.id).await?;
        let waiting = found
            .filter(|(pass, _)| pass.approval == Approval::Pending)
            .filter(|(pass, _)| id.is_none_or(|id| id == pass.id));
        let Some((mut pass, _)) = waiting else {
            return Err(AdminError::NotFound(format!("pass of {name} that waits for approval")));
        };
        let entry = self.entry_by(Activity::PassApproved, caller).on(Some(user.id));
        let name_of_caller = caller.actor.name();
        if pass.issued_by.as_deref() == Some(name_of_caller.as_str()) {
            self.note(entry.refused(Denied::Self_.to_string())).await?;
            return Err(Denied::Self_.into());
        }
        let (id, event) = (pass.id, entry.detail("approved").done());
        let approved = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let approved = passes::approve(conn, id, &name_of_caller).await?;
                    if approved {
                        audit::insert(conn, &event).await?;
                    }
                    Ok(approved)
                })
            })
            .await?;
        if !approved {
            return Err(AdminError::NotFound(format!("pass of {name} that waits for approval")));
        }
        pass.approval = Approval::Approved;
        self.pass_status(&user, pass).await
    }

    /// A person's pass, if they have one.
    pub async fn show_pass(&self, user: &User) -> Result<Option<PassStatus>, AdminError> {
        let found = passes::by_user(&mut *self.store.reader().await?, user.id).await?;
        match found {
            Some((pass, _)) => Ok(Some(self.pass_status(user, pass).await?)),
            None => Ok(None),
        }
    }

    /// Whether the policy lets a person sign in with a pass.
    pub async fn may_use_passes(&self, user: &User) -> Result<bool, AdminError> {
        let policy = self.tap_policy().await?;
        let groups = users::all_groups_of(&mut *self.store.reader().await?, user.id).await?;
        let groups: Vec<_> = groups.into_iter().map(|(id, _)| id).collect();
        Ok(policy.in_scope(user.id, &groups))
    }

    /// The passes of several people, of those who have one.
    pub async fn show_passes(
        &self,
        people: &[User],
    ) -> Result<HashMap<UserId, PassStatus>, AdminError> {
        let ids: Vec<_> = people.iter().map(|user| user.id).collect();
        let found = passes::by_users(&mut *self.store.reader().await?, &ids).await?;
        let mut of: HashMap<_, _> = people.iter().map(|user| (user.id, user)).collect();
        let mut statuses = HashMap::new();
        for pass in found {
            if let Some(user) = of.remove(&pass.user_id) {
                statuses.insert(user.id, self.pass_status(user, pass).await?);
            }
        }
        Ok(statuses)
    }

    async fn pass_status(&self, user: &User, pass: Pass) -> Result<PassStatus, AdminError> {
        let policy = self.tap_policy().await?;
        let groups = if policy.aims_at_groups() {
            let found = users::all_groups_of(&mut *self.store.reader().await?, user.id).await?;
            found.into_iter().map(|(id, _)| id).collect()
        } else {
            Vec::new()
        };
        let usability = if user.enabled {
            pass.usability(&policy, policy.in_scope(user.id, &groups), self.now())
        } else {
            Usability::AccountDisabled
        };
        Ok(PassStatus { pass, usability })
    }

    /// Deletes a person's pass and ends what rests on it alone.
    pub async fn delete_pass(&self, caller: &Caller, user: &User) -> Result<PassId, AdminError> {
        self.delete_pass_if(caller, user, None).await
    }

    /// The same, but nothing where the pass is no longer the one that the caller means.
    pub async fn delete_pass_if(
        &self,
        caller: &Caller,
        user: &User,
        only: Option<PassId>,
    ) -> Result<PassId, AdminError> {
        self.permit(caller, Action::DeletePass, Activity::PassDeleted, Some(user)).await?;
        let (user_id, now) = (user.id, self.now());
        let event =
            self.entry_by(Activity::PassDeleted, caller).on(Some(user_id)).detail("deleted").done();
        let deleted = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let deleted = match only {
                        None => passes::delete(conn, user_id).await?,
                        Some(id) => passes::delete_this(conn, user_id, id).await?.then_some(id),
                    };
                    let Some(id) = deleted else { return Ok(None) };
                    sessions::end_by_pass(conn, id, now).await?;
                    audit::insert(conn, &event).await?;
                    Ok(Some(id))
                })
            })
            .await?;
        deleted.ok_or_else(|| AdminError::NotFound(format!("pass of {}", user.username.as_str())))
    }
}
